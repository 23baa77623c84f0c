"""Events of a scenario to the gates, quotas, duties and floors of the market."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.calendar import WEEKS_PER_YEAR, week_of_date
from dearth.engine.arrays import FloatArray, IntArray
from dearth.engine.licences import OPEN, licensed_share
from dearth.world.market_rows import DESTINATIONS, MarketRows
from dearth.world.scenario import Event, Scenario

__all__ = [
    "GOODS",
    "Buyer",
    "Clock",
    "duties",
    "floors",
    "gates",
    "goods_of",
    "held_at_port",
    "leak_open",
    "quota",
    "stockpiles",
]

GOODS: Final = (*ELEMENTS, "magnet-light", "magnet-heavy")
_GATES: Final = frozenset({"licence", "prohibit", "inspect", "open"})
_HALF_YEAR: Final = WEEKS_PER_YEAR / 2.0
_YEARS: Final = 12  # a run is ten years at most
_SECOND_HALF: Final = 7  # month
_LEAST_SHARE: Final = 1e-6


class Buyer(NamedTuple):
    """Users of one good at one destination."""

    good: str
    destination: str


class Clock(NamedTuple):
    """Steps of a run."""

    n_steps: int
    steps_per_week: int

    def step(self, week: float) -> int:
        """Return the first step that begins at `week` or later."""
        return int(np.ceil(week * self.steps_per_week - 1e-9))

    def split(self, week: float) -> tuple[int, float]:
        """Return the step in which `week` falls, and the share of that step that lies after it."""
        at = week * self.steps_per_week
        k = int(np.floor(at + 1e-9))
        return k, 1.0 - max(0.0, at - k)


def goods_of(materials: tuple[str, ...]) -> frozenset[str]:
    """Return the goods of the market that a list of materials of the chain touches."""
    found = {m.split(":")[1] for m in materials if m.startswith(("oxide:", "metal:"))} & set(ELEMENTS)
    heavy = {"magnet:low", "magnet:high", "magnet:smco"}
    found |= {"magnet-heavy"} if heavy & set(materials) else set()
    found |= {"magnet-light"} if "magnet:none" in materials else set()
    return frozenset(found)


def _touches(event: Event, buyer: Buyer) -> bool:
    return (
        event.origin == "CHN"
        and buyer.good in goods_of(event.materials)
        and any(place in event.destinations for place in DESTINATIONS[buyer.destination])
        and "civil" in event.end_uses
    )


def _decision(rows: MarketRows, buyer: Buyer) -> FloatArray:
    """Return the mean weeks of a decision: by law for magnets, longer for oxides, decided lot by lot."""
    if buyer.good in ELEMENTS:
        return rows.get("lot-decision-time")
    return rows.draws.get("decision-time", place="CHN")


def _licensed(rows: MarketRows, buyer: Buyer, weeks: FloatArray) -> FloatArray:
    """Return the share of standing customers whose goods leave, `weeks` after a rule, (S, N).

    The refused are decided anew, round after round; a licensed lot leaves after its clearance.
    """
    draws, at = rows.draws, {"place": "CHN"}
    place = DESTINATIONS[buyer.destination][0]
    grant = draws.get("licence-grant-share", **at, partner=place, sector="civil")
    share = licensed_share(
        weeks,
        _decision(rows, buyer),
        np.clip(grant, _LEAST_SHARE, 1.0),
        draws.get("licence-refile-time", **at),
        np.clip(np.rint(draws.get("licence-stages", **at)), 1.0, 5.0),
    )
    late = rows.get("clearance-time")
    return np.stack([np.interp(weeks - late[n], weeks, share[:, n], left=0.0) for n in range(rows.n)], axis=1)


class Gates(NamedTuple):
    """Licence classes: class of each buyer (-1: none), what may leave, and what buyers expect, (T, C, N)."""

    klass: IntArray
    allowance: FloatArray
    outlook: FloatArray


def _paths(
    clock: Clock, events: list[Event], scenario: Scenario, rows: MarketRows, buyer: Buyer
) -> tuple[FloatArray, FloatArray]:
    """Return the allowance and the outlook of one class, (T, N).

    Customs cannot see whether a magnet holds Tb or Dy, so a share of the unlisted ones (`queue-share`)
    waits for the same decision as the listed ones; the rest passes.  Declared goods still leave, but
    nobody expects them to come again.
    """
    weeks = np.arange(clock.n_steps) / clock.steps_per_week
    allowed, outlook = np.full((clock.n_steps, rows.n), OPEN), np.ones((clock.n_steps, rows.n))
    declared = rows.get("declared-pass")
    for event in events:
        since = weeks - scenario.week_of(event)
        share = np.ones((clock.n_steps, rows.n))
        if event.action in {"licence", "inspect"}:
            share = _licensed(rows, buyer, np.maximum(0.0, since))
        elif event.action == "prohibit":
            share[:] = 0.0
        if event.action == "inspect":
            share = 1.0 - np.clip(rows.get("queue-share", material="magnet-light"), 0.0, 1.0) * (1.0 - share)
        new = np.where(event.action == "open", OPEN, share)
        passed = np.clip(
            (since[:, None] + 1.0 / clock.steps_per_week - declared) * clock.steps_per_week, 0.0, 1.0
        )
        mixed = new * passed + np.minimum(allowed, 1.0) * (1.0 - passed)
        here = (since >= 0.0)[:, None]
        allowed = np.where(here, new if event.action == "open" else mixed, allowed)
        outlook = np.where(here, share, outlook)
    return allowed, outlook


def gates(scenario: Scenario, rows: MarketRows, buyers: tuple[Buyer, ...], clock: Clock) -> Gates:
    """Return the licence classes of a scenario: one for each good and destination that a rule touches."""
    at = np.full(len(buyers), -1, np.int64)
    found: list[tuple[FloatArray, FloatArray]] = []
    for i, buyer in enumerate(buyers):
        events = [e for e in scenario.active_events if e.action in _GATES and _touches(e, buyer)]
        if any(e.action != "open" for e in events):
            at[i] = len(found)
            found.append(_paths(clock, events, scenario, rows, buyer))
    if not found:
        none = np.zeros((clock.n_steps, 0, rows.n))
        return Gates(at, none, none)
    allowed, outlook = (np.ascontiguousarray(np.stack(part, axis=1)) for part in zip(*found, strict=True))
    return Gates(at, allowed, outlook)


def held_at_port(scenario: Scenario, rows: MarketRows, buyers: tuple[Buyer, ...], clock: Clock) -> FloatArray:
    """Return the share of what is sent that stays at the port (``stop-flow`` until ``open``), (T, B, N)."""
    out = np.zeros((clock.n_steps, len(buyers), rows.n))
    for i, buyer in enumerate(buyers):
        for event in scenario.active_events:
            if event.action in {"stop-flow", "open"} and _touches(event, buyer):
                stops = event.action == "stop-flow"
                out[clock.step(scenario.week_of(event)) :, i] = rows.get("held-share") if stops else 0.0
    return out


class Quota(NamedTuple):
    """Tonnage of oxides and metals that may leave: released, kept, and its pace (below 0: none)."""

    add: FloatArray
    keep: FloatArray
    pace: FloatArray


def quota(scenario: Scenario, clock: Clock, reo_share: float) -> Quota:
    """Return the quota of each step, (T,), in t REO.

    Each event is one release.  What is unused is carried into the second half of the year and lost at its
    end; a half-year without an event of its own gets the tonnage of the last one.  The event ``open`` of
    all oxides ends the quota.  `reo_share` turns product tonnes into REO.
    """
    add, keep, pace = np.zeros(clock.n_steps + 1), np.ones(clock.n_steps), np.full(clock.n_steps, -1.0)
    releases = _releases(scenario)
    for day, tonnes in releases:
        k, after = clock.split(week_of_date(day, scenario.start))
        if 0 <= k < clock.n_steps:
            new = _pace_of(day, releases) * reo_share / _HALF_YEAR if tonnes >= 0.0 else -1.0
            add[k] += max(0.0, tonnes) * reo_share * after
            add[k + 1] += max(0.0, tonnes) * reo_share * (1.0 - after)
            pace[k] = new if min(new, pace[k]) < 0.0 else pace[k] * (1.0 - after) + new * after
            pace[k + 1 :] = new
    for year in {day.year for day, _ in releases}:
        k, _ = clock.split(week_of_date(date(year, 1, 1), scenario.start))
        if 0 <= k < clock.n_steps:
            keep[k] = 0.0
    return Quota(add[:-1], keep, pace)


def _pace_of(day: date, releases: list[tuple[date, float]]) -> float:
    """Return the product tonnes released in the half-year of a day, up to and with that day."""
    half = (day.year, day.month < _SECOND_HALF)
    return sum(t for d, t in releases if d <= day and (d.year, d.month < _SECOND_HALF) == half)


def _releases(scenario: Scenario) -> list[tuple[date, float]]:
    """Return days and product tonnes of every release, in order; -1 t: the quota ends."""
    found = [(e.date, e.tonnes_per_half_year or 0.0) for e in scenario.active_events if _is_quota(e)]
    ends = [e.date for e in scenario.active_events if _ends_quota(e)]
    if not found:
        return []
    last = min([day for day in ends if day > found[0][0]], default=date(scenario.start.year + _YEARS, 1, 1))
    given = {(day.year, day.month < _SECOND_HALF) for day, _ in found}
    for year in range(found[0][0].year, last.year + 1):
        for month, first in ((1, True), (_SECOND_HALF, False)):
            day = date(year, month, 1)
            if found[0][0] < day < last and (year, first) not in given:
                found.append((day, max((f for f in found if f[0] < day), key=lambda f: f[0])[1]))
    return sorted([*(f for f in found if f[0] < last), (last, -1.0)])


def _is_quota(event: Event) -> bool:
    return event.action == "quota" and event.origin == "CHN" and bool(goods_of(event.materials))


def _ends_quota(event: Event) -> bool:
    whole = goods_of(event.materials) >= set(ELEMENTS)
    return event.action == "open" and event.origin == "CHN" and whole and _everywhere(event)


def _everywhere(event: Event) -> bool:
    return all(any(p in event.destinations for p in places) for places in DESTINATIONS.values())


def duties(scenario: Scenario, rows: MarketRows, clock: Clock) -> FloatArray:
    """Return the export duty as a share of the price, (T, G, N): the book's year by year, then events."""
    out = np.zeros((clock.n_steps, len(GOODS), rows.n))
    for g, good in enumerate(GOODS):
        if good in ELEMENTS and scenario.base < _CONTROLS:
            for year, rate in rows.years("market-duty", element=good, place="CHN").items():
                k = max(0, clock.step(week_of_date(date(year, 1, 1), scenario.start)))
                out[k:, g] = rate / 100.0
        for event in scenario.active_events:
            if event.action == "duty" and good in goods_of(event.materials):
                out[clock.step(scenario.week_of(event)) :, g] = (event.percent or 0.0) / 100.0
    return out


_CONTROLS: Final = 2015  # rows of export duties end with the year in which the duties ended


def floors(scenario: Scenario, buyers: tuple[Buyer, ...], clock: Clock) -> FloatArray:
    """Return the price that public contracts pay at least, USD/kg, (T, B); 0: none.

    A floor holds where its government pays it, the `origin` of the event.
    """
    out = np.zeros((clock.n_steps, len(buyers)))
    for event in scenario.active_events:
        if event.action == "floor":
            goods, k = goods_of(event.materials), clock.step(scenario.week_of(event))
            for i, buyer in enumerate(buyers):
                if buyer.good in goods and event.origin in DESTINATIONS[buyer.destination]:
                    out[k:, i] = event.usd_per_kg or 0.0
    return out


def stockpiles(scenario: Scenario, clock: Clock) -> FloatArray:
    """Return what China's reserve buys, t/week, (T, E)."""
    out = np.zeros((clock.n_steps, len(ELEMENTS)))
    for event in scenario.active_events:
        goods = sorted(goods_of(event.materials) & set(ELEMENTS))
        if event.action != "stockpile" or event.origin != "CHN" or not goods:
            continue
        k, weeks = clock.step(scenario.week_of(event)), event.over_weeks or 1.0
        for good in goods:
            out[k : clock.step(scenario.week_of(event) + weeks), ELEMENTS.index(good)] += (
                (event.tonnes or 0.0) / weeks / len(goods)
            )
    return out


def leak_open(scenario: Scenario, clock: Clock) -> FloatArray:
    """Return 1 where smuggling answers the wedge and 0 where it is enforced away, (T,)."""
    out = np.ones(clock.n_steps)
    for event in scenario.active_events:
        if event.action == "enforce":
            out[clock.step(scenario.week_of(event)) :] = 0.0
    return out
