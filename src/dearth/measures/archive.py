"""Published forecasts and goals beside our own run of their assumptions.

Two assumptions separate most of them from the base rates: that plans come as announced, and that they make
their nameplate.  Both are run here, on the same need.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.project_rows import LINKS, History, PublishedForecast
from dearth.engine.arrays import FloatArray
from dearth.measures.card import Outcome, Table
from dearth.measures.leverage import capacity_of, need_in, survival
from dearth.world.projects import Projects
from dearth.world.standing import BUYERS
from dearth.world.starts import Starts, output_share

__all__ = ["as_announced", "as_announced_run", "goal_chances", "light_run", "pooled", "sealed_rows"]

_MAGNET: Final = ("NdPr", "Tb", "Dy")
_AT_ONCE: Final = 0.01
_LIGHT: Final = ("La", "Ce", "NdPr")
_PLATEAU: Final = 1.0


def as_announced(projects: Projects, as_of: float, n: int) -> Starts:
    """Return the fates that plans claim: first product in the planned year, at nameplate, nobody fails.

    A plan whose year has passed is given the year after the as-of day; one without a year adds nothing.
    """
    runs = np.array([s in ("commissioned", "ramped") for s in projects.stage])
    planned = np.where(projects.planned < as_of, as_of + 1.0, projects.planned)
    first = np.where(runs, projects.since, np.where(np.isnan(planned), math.inf, planned))
    wide = np.broadcast_to(first[:, None], (projects.size, n)).copy()
    never = np.full_like(wide, math.inf)
    return Starts(wide, wide, never, never, np.full_like(wide, _AT_ONCE), np.full_like(wide, _PLATEAU))


def pooled(own: FloatArray, need: FloatArray, link: str) -> FloatArray:
    """Return own supply over need of the magnet rare earths together at one link, (Y, N)."""
    s, rows = LINKS.index(link), [ELEMENTS.index(e) for e in _MAGNET]
    weight = need[:, s].sum(axis=0)[rows]
    return np.asarray((own[s, rows] * weight).sum(axis=0) / weight.sum(axis=0))


def as_announced_run(table: Table) -> tuple[FloatArray, FloatArray]:
    """Return what survives if all live plans come as announced: down the chain, and link by link."""
    starts = as_announced(table.projects, table.as_of, table.draws.n)
    share = output_share(starts, table.years)
    need = need_in(table.standing, table.years)
    found = survival(table.standing, table.projects, share, need, capacity_of(table.standing, table.projects))
    return found.outside, found.own


def goal_chances(table: Table, outcome: Outcome, goal: PublishedForecast) -> dict[str, float | None]:
    """Return, by element, the chance that a goal on the share of the supplier is met in its year.

    The share is that of need outside the supplier at the last link an element passes; a goal of the European
    Union is asked of European buyers.
    """
    at = int(np.searchsorted(table.years, goal.due + 0.5))
    if goal.quantity != "share-of-supplier" or goal.high is None or at >= table.years.size:
        return {}
    share = (
        outcome.survival.outside if goal.id.startswith("g7") else outcome.survival.buyers[BUYERS.index("EUR")]
    )
    return {
        element: float(np.mean(1.0 - share[-1, e, at] <= goal.high / 100.0))
        for e, element in enumerate(ELEMENTS)
    }


def light_run(
    histories: Sequence[History],
    need: Mapping[int, float],
    other: float,
    chances: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return the assumptions of 2013 beside the base rates, for light rare earths outside the supplier.

    Parameters
    ----------
    histories
        Of the lists of 2010-15: their capacities, where read, in t REO a year.
    need
        Light oxides used outside by year, t REO.
    other
        Made outside in 2009 already, t REO.
    chances
        Rows of the back-test.

    Returns
    -------
    dict
        ``planned``: year -> share of need met with all plans on time at nameplate; ``base_rate``: the same
        with the chance of each plan; ``year_met``: first year in which the plans on time meet all of it.
    """
    listed = {
        h.id: h
        for h in histories
        if h.cohort == "listed-2010" and h.capacity_unit == "t REO/y" and h.capacity
    }
    planned, rated = {}, {}
    for year, used in need.items():
        on_time = [h.capacity or 0.0 for h in listed.values() if h.planned_first and h.planned_first <= year]
        planned[year] = (other + math.fsum(on_time)) / used
        here = [r for r in chances if r["project"] in listed and int(r["year"]) == year]
        if here:
            expected = math.fsum(float(r["chance"]) * (listed[r["project"]].capacity or 0.0) for r in here)
            rated[year] = (other + expected) / used
    met = [year for year, share in planned.items() if share >= 1.0]
    return {
        "planned": planned,
        "base_rate": rated,
        "year_met": min(met) if met else None,
        "plans": len(listed),
    }


def sealed_rows(table: Table, outcome: Outcome) -> list[dict[str, Any]]:
    """Return what a horizon foretells as observables of a sealed forecast: share of need met from outside.

    One row per magnet rare earth, link and year due; the quantiles are P5, P50 and P95.
    """
    rows = []
    for year in (2028, 2030, 2035):
        y = int(np.searchsorted(table.years, year + 0.5))
        for element in _MAGNET if y < table.years.size else ():
            for link in ("separation", "magnet"):
                share = outcome.survival.outside[LINKS.index(link), ELEMENTS.index(element), y]
                low, mid, high = (float(f"{v:.6g}") for v in np.quantile(share, [0.05, 0.5, 0.95]))
                rows.append(
                    {
                        "observable": f"share-without-supplier-{link}",
                        **{
                            "element": element,
                            "place": "outside",
                            "partner": "",
                            "tier": "flow",
                            "unit": "1",
                        },
                        **{
                            "start": f"{year}-01-01",
                            "end": f"{year}-12-31",
                            "p5": low,
                            "p50": mid,
                            "p95": high,
                        },
                    }
                )
    return rows
