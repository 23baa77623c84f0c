"""Leverage as rows of an answer: by element, link and buyer, three ways, with half-life and first years."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.project_rows import LINKS
from dearth.engine.arrays import FloatArray
from dearth.measures.bands import five, tidy
from dearth.measures.card import Outcome, Table
from dearth.measures.horizon_table import Stakes
from dearth.measures.leverage import first_below, half_life, rent_of, weeks_to_half
from dearth.world.standing import BUYERS

__all__ = ["LEVELS", "SHOWN", "links_of", "rows_of", "summary"]

LEVELS: Final = {"65": 0.65, "60": 0.60, "50": 0.50, "25": 0.25}
SHOWN: Final = ("NdPr", "Dy", "Tb", "Sm", "Gd", "Y", "La", "Ce")
_OUTSIDE: Final = "outside"
_FAN: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def links_of(table: Table, element: str) -> list[str]:
    """Return the links of the chain that an element passes."""
    passes = table.standing.through_magnets[ELEMENTS.index(element)] > 0.0
    return list(LINKS) if passes else list(LINKS[:2])


def summary(leverage: FloatArray, years: FloatArray) -> dict[str, Any]:
    """Return half-life and first years of a path of leverage, (Y, N); None: not within the years."""
    return {
        "half_life_years": five(half_life(leverage, years)),
        "first_year_at_or_below": {name: _when(leverage, years, level) for name, level in LEVELS.items()},
    }


def _when(leverage: FloatArray, years: FloatArray, level: float) -> dict[str, Any]:
    """Return when leverage is at or below a level for good, in whole years, and in what share of draws."""
    year = first_below(leverage, years, level)
    return {**five(np.floor(year)), "ever": tidy(float(np.isfinite(year).mean()))}


def _fan(path: FloatArray) -> dict[str, list[float]]:
    found = np.quantile(path, list(_FAN.values()), axis=1, method="inverted_cdf")
    return {q: [tidy(v) for v in line] for q, line in zip(_FAN, found, strict=True)}


def rows_of(table: Table, stakes: Stakes, outcome: Outcome) -> list[dict[str, Any]]:
    """Return one row per element, link and buyer, all buyers together first."""
    return [
        _row(table, stakes, outcome, (element, link, buyer))
        for element in SHOWN
        for link in links_of(table, element)
        for buyer in (_OUTSIDE, *BUYERS)
    ]


def _row(table: Table, stakes: Stakes, outcome: Outcome, key: tuple[str, str, str]) -> dict[str, Any]:
    element, link, buyer = key
    e, s = ELEMENTS.index(element), LINKS.index(link)
    if buyer == _OUTSIDE:
        share, need = outcome.survival.outside[s, e], outcome.need[:, s, e].sum(axis=0)
        cover, spread = (_mean(x[:, s, e], outcome.need[:, s, e, 0]) for x in (stakes.cover, stakes.spread))
    else:
        b = BUYERS.index(buyer)
        share, need = outcome.survival.buyers[b, s, e], outcome.need[b, s, e]
        cover, spread = stakes.cover[b, s, e], stakes.spread[b, s, e]
    weeks = weeks_to_half(share, cover, spread)
    rent = rent_of(share, need, stakes.value[e])
    return {
        **dict(zip(("element", "link", "buyer"), key, strict=True)),
        "need_t": five(need[0]),
        "survives": {"now": five(share[0]), "path": _fan(share)},
        **summary(1.0 - share, table.years),
        "weeks_to_half": {"now": five(weeks[0]), "in_ten_years": five(weeks[min(10, len(weeks) - 1)])},
        "rent_musd": {"now": five(rent[0]), "in_ten_years": five(rent[min(10, len(rent) - 1)])},
    }


def _mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    return np.asarray((values * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-12))
