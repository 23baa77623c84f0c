"""What the market says where something was observed: the same price, tier, place and days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from dearth.axes import ELEMENTS, PLACES
from dearth.book.observations import Observation
from dearth.calendar import DAYS_PER_WEEK
from dearth.engine.arrays import FloatArray
from dearth.engine.market import Market, MarketTrace
from dearth.measures.fit import KG_PER_TONNE
from dearth.world.market import MarketModel
from dearth.world.market_rows import DESTINATIONS

__all__ = ["Run", "fob", "in_days", "modelled"]


class Run(NamedTuple):
    """A market that has been run.

    Attributes
    ----------
    start
        Day of week 0.
    fx
        CNY per USD by year, to read prices quoted in yuan.
    basket
        Share of each element in the Mt Weld mix, (E,).
    reo_share
        REO in a tonne of traded product, (N,).
    """

    model: MarketModel
    trace: MarketTrace
    start: date
    fx: Mapping[int, float]
    basket: FloatArray
    reo_share: FloatArray

    @property
    def market(self) -> Market:
        """The arrays that were run."""
        return self.model.market


def _weights(run: Run, first: date, last: date) -> FloatArray:
    """Return how much of each week lies within the days, in weeks, (W,)."""
    weeks = np.arange(run.trace.china.shape[0])
    a = (first - run.start).days / DAYS_PER_WEEK
    b = ((last - run.start).days + 1) / DAYS_PER_WEEK
    return np.asarray(np.clip(np.minimum(weeks + 1, b) - np.maximum(weeks, a), 0.0, 1.0))


def in_days(run: Run, weekly: FloatArray, first: date, last: date) -> FloatArray | None:
    """Return the mean of a weekly path over the days, or None where the run does not cover them."""
    weight = _weights(run, first, last)
    if weight.sum() <= 0.0:
        return None
    return np.asarray(np.tensordot(weight, weekly, axes=(0, 0)) / weight.sum())


def _buyers(run: Run, goods: Callable[[str], bool], place: str) -> list[int]:
    inside = {place} if place in DESTINATIONS else {d for d, p in DESTINATIONS.items() if place in p}
    anywhere = place in {"WORLD", "", "*", "outside"}
    return [
        i for i, b in enumerate(run.model.buyers) if goods(b.good) and (anywhere or b.destination in inside)
    ]


def _flow(run: Run, at: list[int], weekly: FloatArray, first: date, last: date) -> FloatArray | None:
    """Return tonnes within the days; days before the start run at the flow of the base year."""
    end = run.start + timedelta(weeks=weekly.shape[0])
    if not at or last < run.start or last >= end:
        return None
    w = _weights(run, first, last)
    before = max(0, (run.start - first).days) / DAYS_PER_WEEK
    base = (run.market.need0[at] - run.market.other0[at]).sum(axis=0)
    return np.asarray(np.tensordot(w, weekly[:, at].sum(axis=1), axes=(0, 0)) + before * base)


def fob(run: Run, good: int) -> FloatArray:
    """Return the price at a Chinese port, (W, N): inside price, duty, and the rent of a quota.

    A quota is sold by its holder in China, so its rent is in the port price.  A licence is given to one
    shipment: its rent goes to whoever holds stock outside, and shows in the quote at the door alone.
    """
    m, t = run.market, run.trace
    at = [b for b in range(m.good.size) if m.good[b] == good]
    k = np.arange(t.china.shape[0]) * m.steps_per_week + m.steps_per_week - 1
    under = t.quota_rent if m.quota[at[0]] else 0.0
    return np.asarray(t.china[:, good] * (1.0 + m.duty[k, good]) + under)


def _before(run: Run, obs: Observation) -> FloatArray | None:
    """Return the price of the start for a day just before it: nothing has happened yet."""
    m = run.market
    g = [*ELEMENTS].index(obs.element)
    inside = m.price0[g]
    if obs.tier == "china":
        return np.asarray(inside)
    at = _buyers(run, lambda good: good == obs.element, obs.place)
    if obs.tier != "quote" or not at:
        return np.asarray(inside * (1.0 + m.duty[0, g]))
    b = at[0]
    return np.asarray((inside * (1.0 + m.duty[0, g]) + m.freight[b]) * (1.0 + m.import_duty[b]))


def _tier(run: Run, tier: str, element: str, place: str) -> FloatArray | None:
    """Return the weekly path of one price, (W, N)."""
    e = ELEMENTS.index(element)
    if tier == "china":
        return run.trace.china[:, e]
    if tier == "fob":
        return fob(run, e)
    if tier == "volume-weighted":
        return _volume_weighted(run, e)
    at = _buyers(run, lambda good: good == element, place)
    return run.trace.quote[:, at[0]] if at else None


def _volume_weighted(run: Run, e: int) -> FloatArray:
    """Return the mean price of all tonnes sold, China's own included, (W, N)."""
    m, t = run.market, run.trace
    at = [b for b in range(m.good.size) if m.good[b] == e]
    weeks = t.china.shape[0]
    home = m.home0[e] * m.home_path[:weeks, e]
    paid = t.china[:, e] * home + (t.weighted[:, at] * t.shipped[:, at]).sum(axis=1)
    return np.asarray(paid / (home + t.shipped[:, at].sum(axis=1)))


def _basket(run: Run) -> FloatArray:
    prices = np.stack([fob(run, e) for e in range(len(ELEMENTS))], axis=1)
    return np.asarray((prices * run.basket[None, :, None]).sum(axis=1))


def _price(run: Run, obs: Observation) -> FloatArray | None:
    if obs.end < run.start and obs.element in ELEMENTS:
        near = (run.start - obs.end).days <= DAYS_PER_WEEK
        found = _before(run, obs) if near else None
        return None if found is None else _in_money(run, obs, found)
    path = _basket(run) if obs.observable == "basket-price" else _tier(run, obs.tier, obs.element, obs.place)
    found = None if path is None else in_days(run, path, obs.start, obs.end)
    return None if found is None else _in_money(run, obs, found)


def _in_money(run: Run, obs: Observation, price: FloatArray) -> FloatArray:
    """Return USD/kg in the money of an observation."""
    return np.asarray(price * run.fx[obs.start.year]) if obs.unit.startswith("CNY") else price


def _tonnes(run: Run, obs: Observation) -> FloatArray | None:
    """Return a flow in the unit of its observation; exports leave, imports arrive."""
    oxides = set(ELEMENTS)
    wanted: dict[str, Callable[[str], bool]] = {
        "magnet-export": lambda good: good not in oxides,
        "magnet-export-path": lambda good: good not in oxides,
        "oxide-export": lambda good: good == obs.element,
        "aggregate-export": lambda good: good in oxides,
        "import": lambda good: good in oxides,
    }
    if obs.observable not in wanted or obs.partner not in {"WORLD", *DESTINATIONS, *PLACES}:
        return None
    if obs.partner in PLACES and obs.partner not in DESTINATIONS:
        return None  # the market does not tell Germany from the rest of Europe
    at = _buyers(run, wanted[obs.observable], obs.partner)
    flow = run.trace.received if obs.observable == "import" else run.trace.shipped
    tonnes = _flow(run, at, flow, obs.start, obs.end)
    if tonnes is None:
        return None
    if obs.element == "*":
        tonnes = tonnes / run.reo_share
    return tonnes * KG_PER_TONNE if obs.unit.startswith("kg") else tonnes


def modelled(run: Run, obs: Observation) -> FloatArray | None:
    """Return the model's value of an observation in its unit, (N,), or None where the market cannot say."""
    if obs.tier in {"china", "fob", "quote", "volume-weighted"} and obs.observable in {
        "price",
        "basket-price",
    }:
        return _price(run, obs)
    return _tonnes(run, obs) if obs.tier in {"flow", "sign"} else None
