"""Who stops when, node by node: the plain second writing of `dearth.firm.run_down`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dearth.firm.graph import Floats, Graph, Ints
from dearth.firm.run_down import Arrivals, RunDown

_FULL = 1.0 - 1e-9
_TINY = 1e-12


def plain_run_down(graph: Graph, arrive: Arrivals, stock: Floats | None = None) -> RunDown:
    """Return who stops when, by loops over nodes."""
    return _Weeks(graph, arrive, graph.stock if stock is None else stock).run()


class _Weeks:
    """The loop over weeks; all draws at once."""

    def __init__(self, graph: Graph, arrive: Arrivals, stock: Floats) -> None:
        self.graph, self.arrive = graph, arrive
        self.weeks, _paths, self.draws = arrive.shares.shape
        self.needed = graph.scale > 0
        start = np.where(np.isfinite(stock), stock, 0.0)
        self.start = np.repeat(start[:, None], self.draws, axis=1)
        self.stock = self.start.copy()
        self.short_since = np.full((graph.size, self.draws), np.inf)
        self.order = [node for node in np.argsort(graph.level, kind="stable").tolist() if self.needed[node]]
        self.inputs = _grouped(graph.parent, graph.weight > 0, graph.size)
        self.users = _grouped(graph.child, graph.weight > 0, graph.size)
        self.sources = _grouped(graph.node, np.ones(len(graph.node), bool), graph.size)

    def run(self) -> RunDown:
        """Run all weeks."""
        lines = self.graph.lines
        output = np.ones((self.weeks, lines, self.draws))
        stop = np.full((lines, self.draws), np.nan)
        binding = np.full((lines, self.draws), -1, np.intp)
        ways: dict[tuple[int, int], tuple[str, ...]] = {}
        for week in range(self.weeks):
            served, until = self._week(week)
            output[week] = served[:lines]
            new = np.isnan(stop) & (served[:lines] < _FULL)
            stop[new] = (week + until[:lines])[new]
            for line, draw in np.argwhere(new).tolist():
                way = self._way(line, draw, served)
                binding[line, draw] = way[-1]
                ways.setdefault((line, way[-1]), tuple(self.graph.names[node] for node in way))
        path = tuple(_most_met(row, ways, line) for line, row in enumerate(binding.tolist()))
        return RunDown(output, stop, binding, path, ways)

    def _week(self, week: int) -> tuple[Floats, Floats]:
        """Run one week; return which share of what was asked each node served, and until when all of it.

        Both are (node, draw); the second is a share of the week.
        """
        asked, wanted = self._asked(self._caps(week))
        served, until, made = self._made(asked, wanted)
        self._settle(asked, served, made)
        return served, until

    def _caps(self, week: int) -> Floats:
        """Return what each source can send this week, in weeks of use, (source, draw)."""
        graph, arrive = self.graph, self.arrive.shares[week][self.arrive.of]
        sent = graph.share[:, None] * arrive
        lacks = (sent < graph.share[:, None] * _FULL) & (graph.share[:, None] > 0)
        for node in np.unique(graph.node[lacks.any(axis=1)]).tolist():
            short = lacks[self.sources[node]].any(axis=0)
            since = self.short_since[node]
            self.short_since[node] = np.where(short, np.minimum(since, week), since)
        ready = week >= self.short_since[graph.node] + graph.ramp[:, None]
        most = np.where(graph.site < 0, 1.0, np.minimum(graph.most, 1.0))[:, None]
        caps: Floats = np.where(ready, most * arrive, sent)
        return caps

    def _asked(self, caps: Floats) -> tuple[Floats, Floats]:
        """Return what is asked of each node, and what each source shall make, from the lines down."""
        graph = self.graph
        asked = np.zeros((graph.size, self.draws))
        asked[: graph.lines] = 1.0
        wanted = np.zeros_like(caps)
        for node in self.order:
            for edge in self.users[node]:
                asked[node] += graph.weight[edge] * self._made_by(edge, wanted)
            gap = np.maximum(self.start[node] - self.stock[node], 0.0)
            left = asked[node] + gap
            mine = self.sources[node]
            usual = np.minimum(np.minimum(caps[mine], graph.share[mine][:, None]), caps[mine])
            wanted[mine] = _fill(usual, caps[mine], left)
        return asked, wanted

    def _made_by(self, edge: int, amounts: Floats) -> Floats:
        """Return how much of the parent of an edge is made where the edge counts, (draw,)."""
        tied = int(self.graph.only[edge])
        if tied >= 0:
            return np.asarray(amounts[tied])
        return np.asarray(amounts[self.sources[int(self.graph.parent[edge])]].sum(axis=0))

    def _made(self, asked: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
        """Return share served and until when in full of each node, and what each source makes, from below."""
        graph = self.graph
        served, until = np.ones((2, graph.size, self.draws))
        made = np.zeros_like(wanted)
        for node in reversed(self.order):
            mine = self.sources[node]
            limit = np.ones((len(mine), self.draws))
            inputs_until = np.ones(self.draws)
            for edge in self.inputs[node]:
                tied, child = int(graph.only[edge]), int(graph.child[edge])
                rows = slice(None) if tied < 0 else mine.index(tied)
                limit[rows] = np.minimum(limit[rows], served[child])
                inputs_until = np.minimum(inputs_until, until[child])
            made[mine] = wanted[mine] * limit
            rate, into = wanted[mine].sum(axis=0), made[mine].sum(axis=0)
            np.divide(self.stock[node] + into, asked[node], out=served[node], where=asked[node] > 0)
            served[node] = np.minimum(served[node], 1.0)
            until[node] = _until(self.stock[node], asked[node], rate, into, inputs_until)
        return served, until, made

    def _settle(self, asked: Floats, served: Floats, made: Floats) -> None:
        """Book the week: what was made goes in, what users took goes out."""
        graph = self.graph
        for node in self.order:
            taken = served[node] * asked[node] if node < graph.lines else np.zeros(self.draws)
            for edge in self.users[node]:
                taken = taken + graph.weight[edge] * self._made_by(edge, made)
            into = made[self.sources[node]].sum(axis=0)
            self.stock[node] = np.maximum(self.stock[node] + into - taken, 0.0)

    def _way(self, line: int, draw: int, served: Floats) -> list[int]:
        """Return the nodes from a line down to the one whose own supply ended it."""
        way = [line]
        while True:
            below = [int(self.graph.child[edge]) for edge in self.inputs[way[-1]]]
            lacking = [node for node in below if served[node, draw] < _FULL]
            if not lacking:
                return way
            way.append(min(lacking, key=lambda node: (served[node, draw], node)))


def _most_met(
    binding: list[int], ways: Mapping[tuple[int, int], tuple[str, ...]], line: int
) -> tuple[str, ...]:
    """Return the path to the node that ended a line in most draws; of equals the first."""
    met = Counter(node for node in binding if node >= 0)
    return ways[line, min(met, key=lambda node: (-met[node], node))] if met else ()


def _until(stock: Floats, asked: Floats, rate: Floats, into: Floats, inputs: Floats) -> Floats:
    """Return the share of the week until which a node serves all that is asked of it, (draw,).

    It makes `rate` until its inputs run short, after the share `inputs` of the week, then as much as gives
    `into` over the whole week; it draws on its stock for the rest.
    """
    rest = 1.0 - inputs
    later = np.divide(np.maximum(into - rate * inputs, 0.0), rest, out=rate.copy(), where=rest > 0)
    early = np.divide(stock, asked - rate, out=np.full_like(stock, np.inf), where=asked > rate + _TINY)
    saved = stock + (rate - later) * inputs
    late = np.divide(saved, asked - later, out=np.full_like(stock, np.inf), where=asked > later + _TINY)
    found: Floats = np.where(early <= inputs, early, np.maximum(late, inputs))
    return np.minimum(found, 1.0)


def _fill(usual: Floats, caps: Floats, wanted: Floats) -> Floats:
    """Share out what is wanted over sources: usual shares first, then whoever can send more, in order."""
    total = usual.sum(axis=0)
    scale = np.divide(wanted, total, out=np.ones_like(wanted), where=total > 0)
    found: Floats = usual * np.minimum(scale, 1.0)
    left = np.maximum(wanted - total, 0.0)
    for number in range(len(caps)):
        more = np.minimum(left, caps[number] - found[number])
        found[number] += more
        left -= more
    return found


def _grouped(key: Ints, some: npt.NDArray[np.bool_], size: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    for number in np.flatnonzero(some).tolist():
        found[int(key[number])].append(number)
    return found
