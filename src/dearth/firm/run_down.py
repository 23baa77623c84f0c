"""Who stops when: a firm's stocks and parts against what its suppliers still get, week by week.

Every node goes on at its usual rate while its inputs arrive; a stock is drawn upon only for what falls short,
and is filled again at once where more arrives than is used.  A part that is short is shared out in proportion
to what its users ask for.  From the week in which a source first falls short the others start to ramp up.

This is what a firm does that does not know what comes.  The time to survive (:mod:`dearth.firm.survive`) is
what it could do at best, so no line here stops later than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault, InputError
from dearth.firm.graph import Floats, Graph, Ints

__all__ = ["Arrivals", "RunDown", "arriving", "extra_stock", "run_down"]

_FULL: Final = 1.0 - 1e-9
_TINY: Final = 1e-12  # weeks of use a week that are rounding, not a draw on the stock
_PHASE: Final = "Running a firm down"


@dataclass(frozen=True)
class RunDown:
    """What became of the lines.

    Attributes
    ----------
    output
        Share of its usual output that each line made in each week, (week, line, draw).
    stop
        Weeks until the line first could not be served in full; NaN: never, (line, draw).
    binding
        Node that ended it, -1: none, (line, draw).
    path
        Of each line, the nodes from the line down to the one that ended it in most draws; empty: none did.
    ways
        All such paths that were met, by line and node that ended it.
    """

    output: Floats
    stop: Floats
    binding: Ints
    path: tuple[tuple[str, ...], ...]
    ways: Mapping[tuple[int, int], tuple[str, ...]]

    def money_at_risk(self, margin_per_week: Floats) -> Floats:
        """Return margin lost in each week, all lines together, (week, draw).

        Parameters
        ----------
        margin_per_week
            Of each line at its usual output, (line,).
        """
        lost: Floats = np.einsum("wld,l->wd", 1.0 - self.output, np.asarray(margin_per_week, float))
        return lost


class Arrivals(NamedTuple):
    """What still arrives from each source; sources that share a fate share a path.

    Attributes
    ----------
    shares
        Share of the usual deliveries, 0 to 1, (week, path, draw).
    of
        Path of each source, (source,).
    """

    shares: Floats
    of: Ints


def arriving(graph: Graph, by_source: Mapping[int, Floats], weeks: int, draws: int) -> Arrivals:
    """Return what still arrives from each source; a source that is not named sends as ever.

    Parameters
    ----------
    by_source
        Share of its usual deliveries that still arrives, (week, draw), by number of the source.
    """
    paths = [np.ones((weeks, draws)), *by_source.values()]
    of = np.zeros(len(graph.node), np.intp)
    of[list(by_source)] = np.arange(1, len(paths))
    return Arrivals(np.stack(paths, axis=1), of)


def extra_stock(graph: Graph, weeks: Mapping[str, float]) -> Floats:
    """Return stocks in weeks of use with some weeks more of some nodes, (node,)."""
    stock = graph.stock.copy()
    index = {name: number for number, name in enumerate(graph.names)}
    for name, more in weeks.items():
        stock[index[name]] += more
    return stock


def run_down(graph: Graph, arrive: Floats | Arrivals, stock: Floats | None = None) -> RunDown:
    """Return who stops when.

    Parameters
    ----------
    arrive
        Share of the usual deliveries that each source still sends, (week, source, draw), or see
        :func:`arriving`; of a plant, what share of its usual output it can make.
    stock
        Weeks of use at hand instead of the firm's own, (node,); see :func:`extra_stock`.

    Raises
    ------
    InputError
        The shares have another shape, or are not between 0 and 1.
    """
    given = arrive if isinstance(arrive, Arrivals) else _one_each(np.asarray(arrive, float))
    sources = len(graph.node)
    if given.shares.ndim != 3 or given.of.shape != (sources,):  # noqa: PLR2004 (three axes)
        what = f"shares have the shape {given.shares.shape}, there are {sources} sources"
        raise InputError(_PHASE, Fault(what, cure="give (week, source, draw)"))
    if not bool(((given.shares >= 0) & (given.shares <= 1)).all()):
        raise InputError(
            _PHASE, Fault("a share is not between 0 and 1", cure="give shares of usual deliveries")
        )
    return _Weeks(graph, given, graph.stock if stock is None else stock).run()


def _one_each(shares: Floats) -> Arrivals:
    """Return a path for each source."""
    return Arrivals(shares, np.arange(shares.shape[1] if shares.ndim > 1 else 0))


class _Level(NamedTuple):
    """Nodes of one level with what belongs to them, sorted by node; `*_at`: where each node's rows begin.

    Attributes
    ----------
    nodes
        Needed nodes of the level.
    users, users_at
        Edges by which they are used, none for lines.
    sources, sources_at, owner, rank
        Their sources; the place in `nodes` of the node of each; its turn among the sources of the node.
    inputs, inputs_of
        Edges of their own parts, and the place in `nodes` of the parent of each.
    """

    nodes: Ints
    users: Ints
    users_at: Ints
    sources: Ints
    sources_at: Ints
    owner: Ints
    rank: Ints
    inputs: Ints
    inputs_of: Ints


class _Weeks:
    """The loop over weeks; all draws and all nodes of a level at once."""

    def __init__(self, graph: Graph, arrive: Arrivals, stock: Floats) -> None:
        self.graph, self.arrive = graph, arrive
        self.weeks, _paths, self.draws = arrive.shares.shape
        start = np.where(np.isfinite(stock), stock, 0.0)
        self.start = np.repeat(start[:, None], self.draws, axis=1)
        self.stock = self.start.copy()
        self.short_since = np.full((graph.size, self.draws), np.inf)
        self.levels = _levels(graph)
        self.inputs = _grouped(graph.parent, graph.weight > 0, graph.size)

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
        share = graph.share[:, None]
        sent = share * arrive
        lacks = (sent < share * _FULL) & (share > 0)
        rows = np.flatnonzero(lacks.any(axis=1))
        since = np.where(lacks[rows], float(week), np.inf)
        np.minimum.at(self.short_since, graph.node[rows], since)
        ready = week >= self.short_since[graph.node] + graph.ramp[:, None]
        most = np.where(graph.site < 0, 1.0, np.minimum(graph.most, 1.0))[:, None]
        caps: Floats = np.where(ready, most * arrive, sent)
        return caps

    def _asked(self, caps: Floats) -> tuple[Floats, Floats]:
        """Return what is asked of each node, and what each source shall make, from the lines down."""
        graph = self.graph
        asked, total = np.zeros((2, graph.size, self.draws))
        asked[: graph.lines] = 1.0
        wanted = np.zeros_like(caps)
        for level in self.levels:
            nodes, mine = level.nodes, level.sources
            if len(level.users):
                asked[nodes] = np.add.reduceat(self._used(level.users, wanted, total), level.users_at, axis=0)
            left = asked[nodes] + np.maximum(self.start[nodes] - self.stock[nodes], 0.0)
            wanted[mine] = _fill(np.minimum(caps[mine], graph.share[mine][:, None]), caps[mine], left, level)
            total[nodes] = np.add.reduceat(wanted[mine], level.sources_at, axis=0)
        return asked, wanted

    def _used(self, edges: Ints, amounts: Floats, total: Floats) -> Floats:
        """Return what the parents of some edges take of their children, (edge, draw).

        Parameters
        ----------
        amounts, total
            What each source makes, and each node in all.
        """
        tied = self.graph.only[edges]
        made = np.where((tied >= 0)[:, None], amounts[tied], total[self.graph.parent[edges]])
        return np.asarray(self.graph.weight[edges][:, None] * made)

    def _made(self, asked: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats]:
        """Return share served and until when in full of each node, and what each source makes, from below."""
        served, until = np.ones((2, self.graph.size, self.draws))
        made = np.zeros_like(wanted)
        for level in reversed(self.levels):
            nodes, mine = level.nodes, level.sources
            inputs_until = self._limit(level, wanted, served, until, made)
            rate, into = (np.add.reduceat(rows[mine], level.sources_at, axis=0) for rows in (wanted, made))
            want, stock = asked[nodes], self.stock[nodes]
            share = np.divide(stock + into, want, out=np.ones_like(want), where=want > 0)
            served[nodes] = np.minimum(share, 1.0)
            until[nodes] = _until(stock, want, rate, into, inputs_until)
        return served, until, made

    def _limit(self, level: _Level, wanted: Floats, served: Floats, until: Floats, made: Floats) -> Floats:
        """Make what the inputs of a level allow; return until when they allow all of it, (node, draw)."""
        graph, mine = self.graph, level.sources
        limit, inputs_until = np.ones((2, len(level.nodes), self.draws))
        child, tied = graph.child[level.inputs], graph.only[level.inputs]
        np.minimum.at(inputs_until, level.inputs_of, until[child])
        free = tied < 0
        np.minimum.at(limit, level.inputs_of[free], served[child[free]])
        made[mine] = limit[level.owner]
        np.minimum.at(made, tied[~free], served[child[~free]])
        made[mine] *= wanted[mine]
        return inputs_until

    def _settle(self, asked: Floats, served: Floats, made: Floats) -> None:
        """Book the week: what was made goes in, what users took goes out."""
        total = np.zeros_like(asked)
        for level in self.levels:
            total[level.nodes] = np.add.reduceat(made[level.sources], level.sources_at, axis=0)
        for level in self.levels:
            nodes = level.nodes
            if len(level.users):
                taken = np.add.reduceat(self._used(level.users, made, total), level.users_at, axis=0)
            else:
                taken = served[nodes] * asked[nodes]
            self.stock[nodes] = np.maximum(self.stock[nodes] + total[nodes] - taken, 0.0)

    def _way(self, line: int, draw: int, served: Floats) -> list[int]:
        """Return the nodes from a line down to the one whose own supply ended it."""
        way = [line]
        while True:
            below = [int(self.graph.child[edge]) for edge in self.inputs[way[-1]]]
            lacking = [node for node in below if served[node, draw] < _FULL]
            if not lacking:
                return way
            way.append(min(lacking, key=lambda node: (served[node, draw], node)))


def _levels(graph: Graph) -> list[_Level]:
    """Return the needed nodes level by level, lines first."""
    counts = graph.weight > 0
    users = _grouped(graph.child, counts, graph.size)
    inputs = _grouped(graph.parent, counts, graph.size)
    sources = _grouped(graph.node, np.ones(len(graph.node), bool), graph.size)
    needed = np.flatnonzero(graph.scale > 0)
    depth = graph.level[needed]
    return [
        _level(needed[depth == level], users, sources, inputs, lines=level == 0)
        for level in np.unique(depth).tolist()
    ]


def _level(
    nodes: Ints, users: list[list[int]], sources: list[list[int]], inputs: list[list[int]], *, lines: bool
) -> _Level:
    names = nodes.tolist()
    used, used_at = _flat([] if lines else [users[node] for node in names])
    mine, mine_at = _flat([sources[node] for node in names])
    below, _ = _flat([inputs[node] for node in names])
    many = np.array([len(sources[node]) for node in names], np.intp)
    fed = np.array([len(inputs[node]) for node in names], np.intp)
    places = np.arange(len(names))
    rank = np.arange(len(mine)) - np.repeat(mine_at, many)
    return _Level(
        nodes, used, used_at, mine, mine_at, np.repeat(places, many), rank, below, np.repeat(places, fed)
    )


def _flat(groups: list[list[int]]) -> tuple[Ints, Ints]:
    """Return the members of groups one after the other, and where each group begins."""
    counts = np.array([len(group) for group in groups], np.intp)
    members = np.array([member for group in groups for member in group], np.intp)
    return members, np.cumsum(counts) - counts


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


def _fill(usual: Floats, caps: Floats, wanted: Floats, level: _Level) -> Floats:
    """Share out what nodes want over their sources: usual shares first, then whoever can send more, in order.

    `usual` and `caps` are (source, draw), `wanted` is (node, draw).
    """
    total = np.add.reduceat(usual, level.sources_at, axis=0)
    scale = np.divide(wanted, total, out=np.ones_like(wanted), where=total > 0)
    found: Floats = usual * np.minimum(scale, 1.0)[level.owner]
    left = np.maximum(wanted - total, 0.0)
    for turn in range(int(level.rank.max(initial=-1)) + 1):
        rows = np.flatnonzero(level.rank == turn)
        more = np.minimum(left[level.owner[rows]], caps[rows] - found[rows])
        found[rows] += more
        left[level.owner[rows]] -= more
    return found


def _grouped(key: Ints, some: npt.NDArray[np.bool_], size: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(size)]
    for number in np.flatnonzero(some).tolist():
        found[int(key[number])].append(number)
    return found
