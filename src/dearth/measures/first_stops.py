"""When the first users of magnets stop: from the market, from the network, and from two rivals.

A stop of a place counts from the moment at which 0.1 % of the planned output of its magnet users is lost: a
few plants among thousands, which is what newspapers report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.calendar import week_of_date
from dearth.engine.arrays import FloatArray
from dearth.measures.errors import brier
from dearth.measures.groups import GROUPS, members
from dearth.measures.observed import Run
from dearth.measures.rivals import Throttle, ario_throttle, run_down
from dearth.measures.sites import Site, keys_of, seen_of
from dearth.measures.stops import NEVER
from dearth.world.build import Model

__all__ = [
    "PLACES_SEEN",
    "WIDE",
    "StopView",
    "brier_of",
    "chances",
    "interval",
    "market_stops",
    "network_stops",
    "rival_stops",
]

PLACES_SEEN: Final = ("JPN", "EUR", "USA", "IND")
FIRST_SHARE: Final = 0.001
WIDE: Final = 0.5
_ARIO: Final = {"goal": 90.0 / 7.0, "psi": 0.8}  # defaults of BoARIO: 90 days, 0.8
_NETWORK: Final = {"JPN": "JPN", "EUR": "EUROPE", "USA": "USA", "IND": "IND"}


class StopView(NamedTuple):
    """What one view says of stops.

    Attributes
    ----------
    first
        Weeks from the start until the first stop, by place; `NEVER` where none; (N,).
    hit
        Largest share of plants that stood still up to each week, by place, (W + 1, N).
    worst
        Largest share of output that stood still at once, by place, (N,).
    """

    first: Mapping[str, FloatArray]
    hit: Mapping[str, FloatArray]
    worst: Mapping[str, FloatArray]

    @property
    def earliest(self) -> FloatArray:
        """First stop anywhere, (N,)."""
        return np.asarray(np.min([*self.first.values()], axis=0))


def _view(share: Mapping[str, FloatArray]) -> StopView:
    """Return first stops of shares at whole weeks, (W + 1, N) by place; week 0 is the start."""
    return StopView(
        {place: _crossing(path) for place, path in share.items()},
        {place: np.maximum.accumulate(path, axis=0) for place, path in share.items()},
        {place: np.asarray(path.max(axis=0)) for place, path in share.items()},
    )


def _crossing(path: FloatArray) -> FloatArray:
    """Return the week at which a path, linear between weeks, first reaches `FIRST_SHARE`."""
    above = path >= FIRST_SHARE
    k = np.maximum(1, np.argmax(above, axis=0))
    n = np.arange(path.shape[1])
    before, after = path[k - 1, n], path[k, n]
    part = np.clip((FIRST_SHARE - before) / np.maximum(after - before, 1e-300), 0.0, 1.0)
    return np.where(above.any(axis=0), k - 1 + part, NEVER)


def _users(run: Run, place: str) -> list[int]:
    return [
        i for i, b in enumerate(run.model.buyers) if b.destination == place and b.good not in set(ELEMENTS)
    ]


def market_stops(run: Run) -> StopView:
    """Return the stops of magnet users in the market, with heavy and light magnets weighted by need."""
    found = {}
    for place in PLACES_SEEN:
        at = _users(run, place)
        if not at:
            continue
        need = run.market.need0[at]
        path = (run.trace.lost[:, at] * need).sum(axis=1) / need.sum(axis=0)
        found[place] = np.concatenate([np.zeros((1, path.shape[1])), path])
    return _view(found)


def network_stops(model: Model, sites: Sequence[Site]) -> StopView:
    """Return the stops of automotive lines in the network of the countdown."""
    found = {}
    for place, key in _NETWORK.items():
        group = next(g for g in GROUPS if g.key == "automotive" and g.place_key == key)
        chosen = [sites[i] for i in members(group, keys_of(sites))]
        if chosen:
            found[place] = seen_of(model, chosen).end[:: model.world.steps_per_week]
    return _view(found)


def rival_stops(run: Run) -> dict[str, StopView]:
    """Return plain run-down and the ARIO throttle of the magnet users, on the market's stocks and gates.

    Plain run-down: nothing more leaves, every user of a good holds the mean cover.  ARIO: the stock in
    hand and on the way is used under its throttle while what the gates let pass arrives.
    """
    share: dict[str, dict[str, FloatArray]] = {"run-down": {}, "ario": {}}
    weeks = run.trace.lost.shape[0]
    for place in PLACES_SEEN:
        at = _users(run, place)
        if not at:
            continue
        need = run.market.need0[at]
        weight = need / need.sum(axis=0)
        gated = np.array([run.market.klass[b] >= 0 for b in at])
        plain, slow = (np.zeros((weeks + 1, need.shape[1])) for _ in range(2))
        for j, b in enumerate(at):
            plain += weight[j] * (_plain(run, b, weeks) if gated[j] else 0.0)
            slow += weight[j] * _throttled(run, b, weeks)
        share["run-down"][place], share["ario"][place] = plain, slow
    return {key: _view(found) for key, found in share.items()}


def _plain(run: Run, b: int, weeks: int) -> FloatArray:
    m = run.market
    inflow = m.other0[b]
    gone = run_down((m.cover[b] + m.transit[b]) * m.need0[b], m.need0[b], inflow)
    return np.asarray(np.arange(weeks + 1)[:, None] >= gone, np.float64)


def _throttled(run: Run, b: int, weeks: int) -> FloatArray:
    """Return the share of plan that ARIO does not make, with its target stock at the start."""
    m, goal = run.market, _ARIO["goal"]
    late = int(np.rint(np.median(m.transit[b])))
    under_way = np.repeat(m.need0[b][None], late, axis=0)
    arrivals = np.concatenate([under_way, run.trace.shipped[:, b] + m.other0[b]])[:weeks]
    rule = Throttle(goal, _ARIO["psi"], 1.0)
    stock = np.maximum(m.cover[b], goal * _ARIO["psi"]) * m.need0[b]
    made = ario_throttle(stock, m.need0[b], arrivals, rule)
    return np.concatenate([np.zeros((1, made.shape[1])), 1.0 - made])


def interval(weeks: FloatArray) -> tuple[float, float, float]:
    """Return P10, P50 and P90 as order statistics, so that "never" needs no interpolation."""
    low, mid, high = np.quantile(weeks, [0.1, 0.5, 0.9], method="inverted_cdf")
    return float(low), float(mid), float(high)


def chances(view: StopView, events: Sequence[Observation], start: date) -> list[float | None]:
    """Return the chance of each observed event.

    A stop somewhere in a place by the last day of the observation is certain in a draw whose first stop comes
    before; the stop of one firm has the chance that a plant taken at random had stopped by then.
    """
    found: list[float | None] = []
    for obs in events:
        week = week_of_date(obs.end, start)
        if obs.place not in view.first:
            found.append(None)
        elif obs.value > 0.0:
            found.append(float(np.mean(view.first[obs.place] <= week)))
        else:
            path = view.hit[obs.place]
            found.append(float(np.mean(path[min(int(week), path.shape[0] - 1)])))
    return found


def brier_of(view: StopView, events: Sequence[Observation], start: date) -> float | None:
    """Return the Brier score of a view over the observed stops, and firms that did not stop."""
    return brier(chances(view, events, start), [float(o.value > 0.0) for o in events])
