"""Events of a scenario to gates and quotas on trade routes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.calendar import week_of_date
from dearth.engine.arrays import FloatArray, IntArray
from dearth.engine.licences import Gate, GateNumbers, allowance
from dearth.world.draws import Draws
from dearth.world.parts import Route
from dearth.world.scenario import Event, Scenario

__all__ = ["Edges", "events_on", "gate_arrays", "licence_numbers", "quota_arrays"]

_GATES: Final = frozenset({"licence", "inspect", "prohibit", "stop-flow", "open"})
_LEAST_SHARE: Final = 1e-6
_NONE: Final = np.zeros(0)  # of what a rule does not ask for
_HALF_YEAR_STARTS: Final = ((1, 1), (7, 1))


class Edges(NamedTuple):
    """The routes of a world and its clock."""

    routes: tuple[Route, ...]
    n_steps: int
    steps_per_week: int


class _Class(NamedTuple):
    """Goods under one gate: the dated rule, and whom the licence numbers belong to."""

    gates: tuple[Gate, ...]
    origin: str
    destination: str
    use: str


def _touches(event: Event, route: Route) -> bool:
    """Tell whether an event is about the goods of a route."""
    use = "military" if route.use == "military" else "civil"
    return (
        route.origin == event.origin
        and route.material in event.materials
        and route.destination in event.destinations
        and use in event.end_uses
    )


def events_on(route: Route, scenario: Scenario) -> tuple[Event, ...]:
    """Return the active events that gate or count the goods of a route, in order of day."""
    acts = _GATES | {"quota"}
    return tuple(e for e in scenario.active_events if e.action in acts and _touches(e, route))


def _class_of(route: Route, scenario: Scenario) -> _Class | None:
    gates = tuple(
        Gate(scenario.week_of(event), event.action)
        for event in scenario.active_events
        if event.action in _GATES and _touches(event, route)
    )
    use = "military" if route.use == "military" else "civil"
    return _Class(gates, route.origin, route.destination, use) if gates else None


def licence_numbers(draws: Draws, origin: str, destination: str, use: str) -> GateNumbers:
    """Return the licence numbers of the goods of one origin for one destination and end use, by draw."""
    keys = {"place": origin}
    grant = draws.get("licence-grant-share", **keys, partner=destination, sector=use)
    return GateNumbers(
        decision=draws.get("decision-time", **keys),
        grant=np.clip(grant, _LEAST_SHARE, 1.0),
        refile=draws.get("licence-refile-time", **keys),
        stages=np.clip(np.rint(draws.get("licence-stages", **keys)), 1.0, 5.0),
        declared=draws.get("declared-pass", **keys),
        headroom=draws.get("licence-headroom", **keys),
        inspected=np.clip(draws.get("inspection-share", material="magnet:none", **keys), 0.0, 1.0),
        inspection=draws.get("inspection-time", material="magnet:none", **keys),
    )


def gate_arrays(edges: Edges, scenario: Scenario, draws: Draws) -> tuple[IntArray, FloatArray]:
    """Return the class of each route (-1: none) and the allowance of each class, (T, C, N)."""
    found: dict[_Class, int] = {}
    at = np.full(len(edges.routes), -1, np.int64)
    for i, route in enumerate(edges.routes):
        group = _class_of(route, scenario)
        if group is not None:
            at[i] = found.setdefault(group, len(found))
    paths = _paths(edges, found, draws)
    if not paths:
        return at, np.zeros((edges.n_steps, 0, draws.n))
    return at, np.ascontiguousarray(np.stack(paths, axis=1))


def _paths(edges: Edges, groups: Iterable[_Class], draws: Draws) -> list[FloatArray]:
    """Return the allowance of each class, (T, N); classes with the same gates and numbers share one."""
    made: dict[object, FloatArray] = {}
    paths = []
    for group in groups:
        numbers = licence_numbers(draws, group.origin, group.destination, group.use)
        licensed = any(gate.kind == "licence" for gate in group.gates)
        asked = numbers if licensed else numbers._replace(grant=_NONE, decision=_NONE, refile=_NONE)
        key = (group.gates, *(values.tobytes() for values in asked))
        if key not in made:
            made[key] = allowance(edges.n_steps, edges.steps_per_week, group.gates, numbers)
        paths.append(made[key])
    return paths


def _period_starts(event: Event, scenario: Scenario, n_steps: int, per_week: int) -> list[tuple[int, date]]:
    """Return the step and day of each release of a half-year quota, the day of the event first."""
    days = [event.date]
    last = scenario.start.year + n_steps // (per_week * 52) + 1
    days += [
        day
        for year in range(scenario.start.year, last + 1)
        for month, first in _HALF_YEAR_STARTS
        if (day := date(year, month, first)) > event.date
    ]
    steps = [(int(week_of_date(day, scenario.start) * per_week), day) for day in days]
    return [(k, day) for k, day in steps if 0 <= k < n_steps]


def quota_arrays(edges: Edges, scenario: Scenario) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the quota of each route (-1: none), tonnes released, and the share kept, (T, Q).

    What is unused is carried into the second half-year and lost at the end of the year.
    """
    events: Sequence[Event] = [e for e in scenario.active_events if e.action == "quota"]
    at = np.full(len(edges.routes), -1, np.int64)
    add = np.zeros((edges.n_steps, len(events)))
    keep = np.ones((edges.n_steps, len(events)))
    for q, event in enumerate(events):
        for i, route in enumerate(edges.routes):
            if _touches(event, route):
                at[i] = q
        for k, day in _period_starts(event, scenario, edges.n_steps, edges.steps_per_week):
            add[k, q] = event.tonnes_per_half_year or 0.0
            if day.month == 1:
                keep[k, q] = 0.0
    return at, add, keep
