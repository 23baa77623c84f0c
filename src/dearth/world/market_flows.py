"""Flows of the market's base year, and how the book lets them grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Unpack

import numpy as np

from dearth.axes import ELEMENTS
from dearth.calendar import WEEKS_PER_YEAR, date_of_week
from dearth.engine.arrays import FloatArray
from dearth.world.market_rows import Keys, MarketRows
from dearth.world.market_rules import Buyer
from dearth.world.scenario import Scenario

__all__ = ["ERA_2009", "MINES", "Flows", "growth_path", "keys_of", "other_path", "stacked"]

MINES: Final = ("light", "ionic")
ERA_2009: Final = 2009
_LEAST_HOME: Final = 0.02  # of supply: below it, the rows of supply and export contradict each other


def keys_of(good: str, **more: Unpack[Keys]) -> Keys:
    """Return the columns that name a good, and `more`."""
    named: Keys = {"element": good} if good in ELEMENTS else {"material": good}
    return {**more, **named}


def stacked(parts: list[FloatArray]) -> FloatArray:
    """Return arrays as one, a new first axis in front."""
    return np.ascontiguousarray(np.stack(parts))


def growth_path(
    rows: MarketRows, scenario: Scenario, weeks: int, quantity: str, **keys: Unpack[Keys]
) -> FloatArray:
    """Return the level over the base year, week by week, (W, N).

    Growth is of a year's mean over the year before: the level is 1 until the middle of the base year and
    runs from mid-year to mid-year after it, at a constant rate.
    """
    rates = rows.years(quantity, **keys)
    if scenario.base != ERA_2009 and scenario.growth == "none":
        rates = {}
    at: int = scenario.base
    level: dict[int, FloatArray] = {at: np.zeros(rows.n)}
    while at + 1 in rates:
        level[at + 1] = level[at] + np.log1p(rates[at + 1] / 100.0)
        at += 1
    return np.exp(stacked([_between(level, _year_of(scenario, w)) for w in range(weeks + 1)]))


def _made(rows: MarketRows, mine: str, element: str) -> FloatArray:
    return rows.get("market-output", place="CHN", element=element, basis=mine, default=0.0)


class Flows:
    """Flows of the base year, t/week, (.., N); home use closes the balance of each element."""

    def __init__(self, rows: MarketRows, buyers: tuple[Buyer, ...]) -> None:
        per_week = 1.0 / WEEKS_PER_YEAR
        quantity = {True: "market-export", False: "market-magnet"}
        self.bought = stacked(
            [
                rows.get(quantity[b.good in ELEMENTS], **keys_of(b.good, place="CHN", partner=b.destination))
                * per_week
                for b in buyers
            ]
        )
        self.supply = stacked([stacked([_made(rows, m, e) * per_week for e in ELEMENTS]) for m in MINES])
        self.export = stacked(
            [
                sum((self.bought[i] for i, b in enumerate(buyers) if b.good == e), np.zeros(rows.n))
                for e in ELEMENTS
            ]
        )
        total = self.supply.sum(axis=0)
        least = self.export / (1.0 - _LEAST_HOME)
        self.supply *= np.maximum(1.0, least / np.maximum(total, 1e-9))
        self.home = self.supply.sum(axis=0) - self.export
        self.other = self._other(rows, buyers, per_week)

    def _other(self, rows: MarketRows, buyers: tuple[Buyer, ...], per_week: float) -> FloatArray:
        """Share the supply of others over the destinations, as China's exports are."""
        out = np.zeros_like(self.bought)
        for i, b in enumerate(buyers):
            if b.good in ELEMENTS:
                total = rows.get("market-supply", place="ROW", element=b.good, default=0.0) * per_week
                out[i] = total * self.bought[i] / self.export[ELEMENTS.index(b.good)]
        return out


def other_path(rows: MarketRows, scenario: Scenario, weeks: int) -> FloatArray:
    """Return the supply of others over its start, (W, E, N): the book's years, linear between mid-years."""
    out = np.ones((weeks + 1, len(ELEMENTS), rows.n))
    for i, element in enumerate(ELEMENTS):
        found = rows.years("market-supply", place="ROW", element=element)
        if scenario.base != ERA_2009 or len(found) < 2:  # noqa: PLR2004 (a path needs two points)
            continue
        first = np.maximum(found[min(found)], 1e-9)
        for w in range(weeks + 1):
            out[w, i] = _between(found, _year_of(scenario, w)) / first
    return out


def _year_of(scenario: Scenario, week: int) -> float:
    day = date_of_week(week, scenario.start)
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def _between(points: Mapping[int, FloatArray], year: float) -> FloatArray:
    years = sorted(points)
    at = min(max(year - 0.5, years[0]), years[-1])
    low = max(y for y in years if y <= at)
    high = min(y for y in years if y >= at)
    if low == high:
        return points[low]
    return points[low] + (points[high] - points[low]) * ((at - low) / (high - low))
