"""Time to survive where second sources couple: one small linear program, solved by HiGHS.

Over each stretch of time in which no ramp ends, rates may be taken as constant, so production in each stretch
is one variable for each source; stocks are carried from stretch to stretch.  Only the part of the firm that
the loss can touch is written down.

References
----------
Simchi-Levi et al. (2015), as in :mod:`dearth.firm.sweep`: the model there has one stretch and no ramps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np

from dearth.errors import Fault, ModelError
from dearth.firm.graph import Bools, Floats, Graph, Ints

__all__ = ["Coupled", "solve_weeks"]

_EXACT: Final = 1e-10
_END: Final = 1e-9  # a stretch that lasts all but this share of its length is survived


@dataclass
class Coupled:
    """What of a firm's structure couples, found once for all losses.

    Attributes
    ----------
    mixed
        Nodes whose sources need different parts, so that choosing among them moves other needs, (node,).
    joint
        Sources at a site with a capacity for all it makes together, (source,).
    """

    graph: Graph
    mixed: Bools = field(init=False)
    joint: Bools = field(init=False)

    def __post_init__(self) -> None:
        graph = self.graph
        self.mixed = np.zeros(graph.size, bool)
        self.mixed[graph.parent[graph.only >= 0]] = True
        bound = graph.site >= 0
        self.joint = bound & np.isfinite(np.where(bound, graph.capacity[graph.site], np.inf))

    @cached_property
    def users(self) -> list[list[int]]:
        """Parents of each node."""
        return _lists(self.graph.size, self.graph.child, self.graph.parent)

    @cached_property
    def inputs(self) -> list[list[int]]:
        """Children of each node."""
        return _lists(self.graph.size, self.graph.parent, self.graph.child)

    @cached_property
    def tied(self) -> list[list[int]]:
        """Children that a node needs at some of its sources only."""
        some = self.graph.only >= 0
        return _lists(self.graph.size, self.graph.parent[some], self.graph.child[some])

    @cached_property
    def sources(self) -> list[list[int]]:
        """Sources of each node."""
        return _lists(self.graph.size, self.graph.node, np.arange(len(self.graph.node)))

    @cached_property
    def at_joint(self) -> dict[int, list[int]]:
        """Nodes made at each site with a capacity."""
        found: dict[int, list[int]] = {}
        for source in np.flatnonzero(self.joint):
            found.setdefault(int(self.graph.site[source]), []).append(int(self.graph.node[source]))
        return found

    @cached_property
    def below_mixed(self) -> Bools:
        """Nodes that go, however far down, into a node of many recipes or of a shared capacity, (node,)."""
        movable = self.mixed.copy()
        movable[self.graph.node[self.joint & (self.graph.share < 1)]] = True
        found = np.zeros(self.graph.size, bool)
        if not movable.any():
            return found
        for node in np.argsort(self.graph.level, kind="stable"):
            found[node] = any(movable[user] or found[user] for user in self.users[node])
        return found

    @cached_property
    def raisable(self) -> Bools:
        """Nodes whose sources together can make more than the usual use, (node,)."""
        return np.asarray(np.bincount(self.graph.node, self.graph.most, self.graph.size) > 1 + _EXACT)

    @cached_property
    def moves(self) -> Bools:
        """Nodes for which it matters elsewhere from which source they come, (node,)."""
        many = np.bincount(self.graph.node, minlength=self.graph.size) > 1
        joint = np.zeros(self.graph.size, bool)
        joint[self.graph.node[self.joint]] = True
        return np.asarray(self.mixed | (joint & (many | self.raisable)))

    def touched(self, nodes: Iterable[int]) -> Ints:
        """Return the nodes whose balance a loss of `nodes` can touch.

        A need goes down to the lines.  It goes up only where a choice of source, or a rate above the usual
        one, asks more of an input than usual; elsewhere the inputs go on as ever.
        """
        found: set[int] = set()
        moved = set(map(int, nodes))  # may come from other sources than usual
        raised: set[int] = set()  # may be asked for more than usual
        todo = list(moved)
        while todo:
            node = todo.pop()
            found.add(node)
            beside = self._beside(node) if self.moves[node] and node in moved | raised else []
            raises = self._raises(node, node in raised)
            todo += {*beside} - moved
            todo += {*raises} - raised
            moved.update(beside)
            raised.update(raises)
            todo += [user for user in self.users[node] if user not in found]
            if self.mixed[node] and node not in moved:
                moved.add(node)
                todo.append(node)
        return np.array(sorted(found), np.intp)

    def _beside(self, node: int) -> list[int]:
        """Return the nodes made at the same sites of a shared capacity; they may be moved away."""
        sites = {int(self.graph.site[source]) for source in self.sources[node]}
        return [other for site in sites for other in self.at_joint.get(site, [])]

    def _raises(self, node: int, is_raised: bool) -> list[int]:
        """Return the inputs of which a node may take more than usual."""
        if self.raisable[node] and (self.moves[node] or is_raised):
            return self.inputs[node]
        return self.tied[node] if self.mixed[node] else []


def _lists(size: int, key: Ints, value: Ints) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    for one, other in zip(key.tolist(), value.tolist(), strict=True):
        found[one].append(other)
    return found


class _Rows:
    """Entries of a sparse matrix, gathered row by row."""

    def __init__(self) -> None:
        self.start: list[int] = [0]
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, entries: dict[int, float], low: float, high: float) -> None:
        """Add one row ``low <= entries <= high``."""
        self.column += entries.keys()
        self.value += entries.values()
        self.start.append(len(self.column))
        self.low.append(low)
        self.high.append(high)


def solve_weeks(coupled: Coupled, removed: Bools, horizon: float) -> float:
    """Return weeks until some line cannot be served, whatever is done; infinite beyond the horizon.

    Parameters
    ----------
    removed
        Sources that are lost from the first day on, (source,).

    Raises
    ------
    ModelError
        The solver found no answer, which cannot be.
    """
    graph = coupled.graph
    nodes = coupled.touched(np.unique(graph.node[removed]))
    inside = np.zeros(graph.size, bool)
    inside[nodes] = True
    alive = inside[graph.node] & ~removed
    ramps = graph.ramp[alive & (graph.most > graph.share)]
    ends = [*np.unique(ramps[(ramps > 0) & (ramps < horizon)]).tolist(), horizon]
    for count in range(1, len(ends) + 1):
        starts = [0.0, *ends[: count - 1]]
        length = ends[count - 1] - starts[-1]
        program = _Program(coupled, inside, np.flatnonzero(alive), starts)
        last = program.longest(length)
        if last < length * (1 - _END):
            return float(starts[-1] + last)
    return float("inf")


class _Program:
    """The program over some stretches; the last one is as long as can be.

    Columns: source by source within a stretch, stretch by stretch, then the length of the last one.
    """

    def __init__(self, coupled: Coupled, inside: Bools, sources: Ints, starts: list[float]) -> None:
        self.coupled, self.graph, self.sources, self.starts = coupled, coupled.graph, sources, starts
        self.stretches = len(starts)
        self.last = len(sources) * self.stretches
        self.inside, self.rows = inside, _Rows()
        place = {source: number for number, source in enumerate(sources.tolist())}
        self._balances(np.flatnonzero(inside), place, inside)
        for stretch in range(self.stretches):
            self._limits(stretch)
            self._capacities(stretch, place)

    def longest(self, most: float) -> float:
        """Return the largest length of the last stretch, up to `most`."""
        import highspy  # noqa: PLC0415 (only firms with coupled sources need it)

        size = self.last + 1
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = size, len(self.rows.low)
        program.col_cost_ = np.r_[np.zeros(size - 1), -1.0]
        program.col_lower_, program.col_upper_ = np.zeros(size), self._upper(most)
        program.row_lower_, program.row_upper_ = np.array(self.rows.low), np.array(self.rows.high)
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.array(self.rows.start, np.int32)
        matrix.index_ = np.array(self.rows.column, np.int32)
        matrix.value_ = np.array(self.rows.value, float)
        return _solved(highspy, program)

    def _upper(self, most: float) -> Floats:
        """Upper ends of the columns: full stretches by their length, the last by rows of its own."""
        upper = np.full(self.last + 1, np.inf)
        upper[-1] = most
        for stretch in range(self.stretches - 1):
            length = self.starts[stretch + 1] - self.starts[stretch]
            at = slice(stretch * len(self.sources), (stretch + 1) * len(self.sources))
            upper[at] = self._rates(stretch) * length
        return upper

    def _rates(self, stretch: int) -> Floats:
        """Largest rate of each source in a stretch, in weeks of use a week."""
        graph, some = self.graph, self.sources
        ready = graph.ramp[some] <= self.starts[stretch]
        rates: Floats = np.where(ready, graph.most[some], graph.share[some])
        rates[graph.site[some] < 0] = np.inf
        return rates

    def _limits(self, stretch: int) -> None:
        if stretch < self.stretches - 1:
            return
        for number, rate in enumerate(self._rates(stretch).tolist()):
            if np.isfinite(rate):
                column = stretch * len(self.sources) + number
                self.rows.add({column: 1.0, self.last: -rate}, -np.inf, 0.0)

    def _capacities(self, stretch: int, place: dict[int, int]) -> None:
        graph = self.graph
        for site in self.coupled.at_joint:
            some = [one for one in np.flatnonzero(graph.site == site).tolist() if one in place]
            if not some:
                continue
            capacity = float(graph.capacity[site])
            free = 1.0 - self._taken(site, place) / capacity
            offset = stretch * len(self.sources)
            entries = {offset + place[one]: float(graph.scale[graph.node[one]]) / capacity for one in some}
            if stretch == self.stretches - 1:
                self.rows.add({**entries, self.last: -free}, -np.inf, 0.0)
            else:
                length = self.starts[stretch + 1] - self.starts[stretch]
                self.rows.add(entries, -np.inf, free * length)

    def _taken(self, site: int, place: dict[int, int]) -> float:
        """Units a week that a site makes, as usual, of what stands outside the program."""
        graph = self.graph
        others = [one for one in np.flatnonzero(graph.site == site).tolist() if one not in place]
        others = [one for one in others if not self.inside[graph.node[one]]]
        return float(sum(graph.share[one] * graph.use[graph.node[one]] for one in others))

    def _balances(self, nodes: Ints, place: dict[int, int], inside: Bools) -> None:
        """Stock and all that was made cover all that was used, at the end of every stretch."""
        graph = self.graph
        flows: dict[int, dict[int, float]] = {int(node): {} for node in nodes}
        for source, number in place.items():
            flows[int(graph.node[source])][number] = 1.0
        for edge in np.flatnonzero(inside[graph.child] & (graph.weight > 0)).tolist():
            self._uses(edge, flows[int(graph.child[edge])], place)
        for node, flow in flows.items():
            if np.isfinite(graph.stock[node]):
                self._balance(node, flow)

    def _uses(self, edge: int, flow: dict[int, float], place: dict[int, int]) -> None:
        graph, tied = self.graph, int(self.graph.only[edge])
        makers = [tied] if tied >= 0 else self.coupled.sources[int(graph.parent[edge])]
        for source in makers:
            if source in place:
                number = place[source]
                flow[number] = flow.get(number, 0.0) - float(graph.weight[edge])

    def _balance(self, node: int, flow: dict[int, float]) -> None:
        width, wanted = len(self.sources), float(node < self.graph.lines)
        for stretch in range(self.stretches):
            row = {
                part * width + number: value for part in range(stretch + 1) for number, value in flow.items()
            }
            passed = self.starts[stretch + 1] if stretch < self.stretches - 1 else self.starts[-1]
            if stretch == self.stretches - 1 and wanted:
                row[self.last] = -wanted
            self.rows.add(row, wanted * passed - float(self.graph.stock[node]), np.inf)


def _solved(highspy: Any, program: Any) -> float:
    solver = highspy.Highs()
    solver.silent()
    for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(option, _EXACT)
    solver.setOptionValue("threads", 1)
    solver.passModel(program)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        what = f"HiGHS ended with {solver.modelStatusToString(solver.getModelStatus())}"
        raise ModelError("Time to survive", Fault(what, "firm.second", "stocks and zero output are a way"))
    return float(solver.getSolution().col_value[-1])
