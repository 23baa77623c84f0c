"""A firm in the world of a scenario: one run, from which all that is asked of the firm follows.

Everything here is for one firm and one scenario; nothing is written anywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import numpy as np

from dearth.book import Book
from dearth.calendar import week_of_date
from dearth.engine.arrays import FloatArray, Trace
from dearth.engine.run import run
from dearth.errors import Fault, InputError
from dearth.firm.contents import Content, contents_of
from dearth.firm.graph import Graph, graph_of
from dearth.firm.network import Firm, Licence
from dearth.firm.run_down import Arrivals, RunDown, arriving, run_down
from dearth.firm.workbook import as_json
from dearth.measures.firm_lanes import Lane, Supply, Way, assembly_of, guessed, supplies_of, watched, way_of
from dearth.measures.firm_licences import granted_in
from dearth.measures.firm_stops import stops
from dearth.measures.firm_supply import (
    Window,
    arrived,
    left_for_all,
    left_for_one,
    licensed,
    rank_of,
    transit,
)
from dearth.world.build import Model
from dearth.world.gates import events_on, licence_numbers
from dearth.world.ready import built
from dearth.world.scenario import Scenario

__all__ = ["FirmRun", "firm_question", "firm_run"]

_PHASE: Final = "A firm in a scenario"


@dataclass(frozen=True)
class FirmRun:
    """What a run of the world means for a firm.

    Attributes
    ----------
    begin
        Where the firm's week 0 lies, in weeks of the run: the later of its start and the day of the stocks.
    weeks
        Weeks followed from then on.
    supplies
        What each source hangs on.
    ways
        How the world carries each of their lanes.
    left
        Share of its usual shipments that leaves on each lane for all its customers, (step, N).
    by_source
        What still arrives from each source that hangs on something, (week, N).
    windows
        When the goods of each application may leave, in weeks of the run, by id.
    arrive, done
        All sources together, and who stops.
    """

    firm: Firm
    scenario: Scenario
    model: Model
    trace: Trace
    graph: Graph
    contents: Mapping[str, Content]
    notes: tuple[str, ...]
    begin: float
    weeks: int
    supplies: tuple[Supply, ...]
    ways: Mapping[Lane, Way]
    left: Mapping[Lane, FloatArray]
    by_source: Mapping[int, FloatArray]
    windows: Mapping[str, Window]
    arrive: Arrivals
    done: RunDown

    @property
    def draws(self) -> int:
        """Draws of the ensemble."""
        return self.model.draws.n

    @property
    def start(self) -> date:
        """Day of the firm's week 0."""
        counted = self.firm.head.stocks_on or self.scenario.start
        return max(self.scenario.start, counted)

    @cached_property
    def at_worst(self) -> FloatArray | None:
        """Stops if parts of unknown content held magnets with much Dy and Tb, (line, N); None: no such."""
        blind = [one for one in self.supplies if not one.lanes]
        if not blind:
            return None
        stages = {site.id: site.stage for site in self.firm.sites}
        sending = _Arriving(self.model, self.firm, self.graph, self.scenario, self.begin, self.weeks)
        guesses = [guessed(one, stages[one.site]) for one in blind]
        more = {one.source: sending.of(one, self.ways, self.left)[0] for one in guesses}
        arrive = arriving(self.graph, {**self.by_source, **more}, self.weeks, self.draws)
        return stops(run_down(self.graph, arrive))


def firm_run(firm: Firm, scenario: Scenario, book: Book, workers: int = 1) -> FirmRun:
    """Run the world once, and the firm in it.

    Raises
    ------
    InputError
        The firm's stocks were counted after the scenario ends; its usual use is above a stated capacity.
    ScenarioError, BookError
        The input does not describe a world.
    """
    begin = _begin(firm, scenario)
    weeks = max(1, math.floor(scenario.weeks - begin))
    graph = graph_of(firm)
    contents, notes = contents_of(firm, book)
    supplies = supplies_of(firm, graph, contents)
    model = built(scenario, book)
    stages = {site.id: site.stage for site in firm.sites}
    lanes = {lane for one in supplies for lane in one.lanes}
    lanes |= {guessed(one, stages[one.site]).lanes[0] for one in supplies if not one.lanes}
    lanes |= {assembly_of(lane) for lane in lanes}
    ways = {lane: way_of(model, lane) for lane in sorted(lanes)}
    world, series = watched(model.world, ways.values())
    trace = run(world, model.labels, workers)
    left = {lane: left_for_all(model, trace, way, series) for lane, way in ways.items() if len(way.edges)}
    sending = _Arriving(model, firm, graph, scenario, begin, weeks)
    by_source, windows = {}, dict[str, Window]()
    for one in supplies:
        if any(lane in left for lane in one.lanes):
            by_source[one.source], mine = sending.of(one, ways, left)
            windows |= mine
    arrive = arriving(graph, by_source, weeks, model.draws.n)
    return FirmRun(
        firm, scenario, model, trace, graph, contents, tuple(notes), begin, weeks, supplies, ways, left,
        by_source, windows, arrive, run_down(graph, arrive),
    )  # fmt: skip


def _begin(firm: Firm, scenario: Scenario) -> float:
    day = firm.head.stocks_on
    begin = 0.0 if day is None else max(0.0, week_of_date(day, scenario.start))
    if begin > scenario.weeks - 1:
        what = f"the stocks were counted on {day}, after scenario {scenario.name} ends"
        cure = f"follow it for longer (--weeks {math.ceil(begin) + 26}), or take a scenario of these days"
        raise InputError(_PHASE, Fault(what, "sheet firm, column stocks_on", cure=cure))
    return begin


@dataclass(frozen=True)
class _Arriving:
    """What still arrives from a source."""

    model: Model
    firm: Firm
    graph: Graph
    scenario: Scenario
    begin: float
    weeks: int

    def of(
        self, supply: Supply, ways: Mapping[Lane, Way], left: Mapping[Lane, FloatArray]
    ) -> tuple[FloatArray, dict[str, Window]]:
        """Return shares (week, N), and when the goods of its applications may leave."""
        draws = self.model.draws.n
        rank = rank_of(f"{supply.site} {supply.part}", self.scenario.seed, draws)
        found, windows = [], dict[str, Window]()
        for lane in supply.lanes:
            if lane not in left:
                found.append(np.ones((self.weeks, draws)))
                continue
            goes = left_for_one(left[lane], self.model.world.focus, rank)
            mine = self._windows(supply, lane, ways[lane])
            if mine:
                gate = self._gate(lane, ways[lane])
                goes = licensed(goes, [*mine.values()], gate, self.model.world.steps_per_week)
                windows |= mine
            lag = transit(self.model, ways[lane])
            found.append(arrived(goes, lag, self.model.world.steps_per_week, self.begin, self.weeks))
        return self._joined(supply, found), windows

    def _joined(self, supply: Supply, found: list[FloatArray]) -> FloatArray:
        """Return the worst of several materials, or in each draw one of the magnets that it may be."""
        if not supply.one_of or len(found) == 1:
            return np.asarray(np.min(found, axis=0))
        draws = self.model.draws.n
        which = rank_of(f"grade of {supply.part}", self.scenario.seed, draws) * len(found)
        return np.stack(found)[which.astype(np.int64), :, np.arange(draws)].T

    def _windows(self, supply: Supply, lane: Lane, way: Way) -> dict[str, Window]:
        """Return when goods of the firm's applications for a source may leave, by their id."""
        mine = [
            one for one in self.firm.licences if one.part == supply.part and one.site in ("", supply.site)
        ]
        if not mine or not self._licence_weeks(way):
            return {}
        use = float(self.graph.use[self.graph.node[supply.source]] * self.graph.share[supply.source])
        return {one.id: self._window(one, lane, way, use) for one in mine if use > 0}

    def _window(self, licence: Licence, lane: Lane, way: Way, use: float) -> Window:
        filed = self.scenario.start if licence.filed is None else licence.filed
        week = max(week_of_date(filed, self.scenario.start), self._licence_weeks(way)[0])
        numbers = licence_numbers(self.model.draws, lane.origin, lane.destination, lane.use)
        start = granted_in(licence, week, numbers, self.scenario.seed)
        return Window(start, np.full(start.shape, licence.quantity / use))

    def _licence_weeks(self, way: Way) -> list[float]:
        """Return the weeks of the run from which licences are needed on a way."""
        routes = [self.model.routes[edge] for edge in way.edges.tolist()]
        found = {e for route in routes for e in events_on(route, self.scenario) if e.action == "licence"}
        return sorted(self.scenario.week_of(event) for event in found)

    def _gate(self, lane: Lane, way: Way) -> FloatArray:
        numbers = licence_numbers(self.model.draws, lane.origin, lane.destination, lane.use)
        return self._licence_weeks(way)[0] + numbers.declared


def firm_question(scenario: Scenario, firm: Firm) -> dict[str, Any]:
    """Return what is asked of a firm as plain data: scenario, workbook, and a hash of the workbook."""
    data = json.loads(as_json(firm))
    digest = sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return {"scenario": scenario.to_dict(), "firm": data, "firm_sha256": digest}
