"""What every node must still be made or bought, as time goes on, when stocks downstream are used up first.

With all else running, a node is asked for ``gross(t)`` by week t and must deliver what its stock does not,
``need(t) = max(0, gross(t) - stock)``; its parents ask for no more than their own need.  Both are convex,
made of straight pieces, and are kept as *hinges*: a time and the slope that begins there, in weeks of usual
use of the node.  So one sweep from the lines down gives the time to survive the total loss of every node:
where its need begins.

References
----------
Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders, Zhang (2015): Identifying risks and mitigating
disruptions in the automotive supply chain. Interfaces 45(5), 375-390, https://doi.org/10.1287/inte.2015.0804
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dearth.firm.graph import Floats, Graph, Ints, ragged

__all__ = ["HORIZON", "Needs", "needs_of"]

HORIZON: Final = 520.0
"""Weeks beyond which a stock counts as lasting for good: ten years."""

_LARGEST: Final = int(np.iinfo(np.int64).max)


class Needs:
    """Hinges of what each node must deliver, node by node.

    Attributes
    ----------
    weeks
        When the need begins, so the time to survive the total loss; infinite beyond the horizon, (node,).
    """

    def __init__(self, size: int) -> None:
        self.weeks: Floats = np.full(size, np.inf)
        self._start: Ints = np.zeros(size, np.intp)
        self._count: Ints = np.zeros(size, np.intp)
        self._time: Floats = np.empty(1024)
        self._slope: Floats = np.empty(1024)
        self._used = 0

    def of(self, node: int) -> tuple[Floats, Floats]:
        """Return times and slopes of a node's hinges, times rising."""
        start = self._start[node]
        piece = slice(start, start + self._count[node])
        return self._time[piece], self._slope[piece]

    def asked(self, parents: Ints) -> tuple[Ints, Floats, Floats]:
        """Return hinges of many nodes one after the other: which of `parents`, time, slope."""
        counts = self._count[parents]
        at = ragged(self._start[parents], counts)
        return np.repeat(np.arange(len(parents)), counts), self._time[at], self._slope[at]

    def keep(self, nodes: Ints, counts: Ints, times: Floats, slopes: Floats) -> None:
        """Store the hinges of `nodes`, which stand one after the other."""
        end = self._used + len(times)
        if end > len(self._time):
            room = max(end, 2 * len(self._time))
            self._time = np.resize(self._time, room)
            self._slope = np.resize(self._slope, room)
        self._time[self._used : end] = times
        self._slope[self._used : end] = slopes
        self._start[nodes] = self._used + np.cumsum(counts) - counts
        self._count[nodes] = counts
        self._used = end


def needs_of(graph: Graph, weight: Floats, horizon: float = HORIZON) -> Needs:
    """Return what every node must deliver.

    Parameters
    ----------
    weight
        Share of the child's usual use that a need of one of the parent takes, (edge,).
    horizon
        Weeks after which nothing is looked at.
    """
    needs = Needs(graph.size)
    depth = graph.level[graph.child]
    order = np.argsort(depth, kind="stable")
    cuts = np.searchsorted(depth[order], np.arange(int(graph.level.max(initial=0)) + 2))
    for level in range(len(cuts) - 1):
        edges = order[cuts[level] : cuts[level + 1]]
        if level == 0:
            nodes = np.arange(graph.lines)  # a line is wanted from the first day on
            asked = nodes, np.zeros(graph.lines), np.ones(graph.lines)
        else:
            which, times, slopes = needs.asked(graph.parent[edges])
            asked = graph.child[edges][which], times, slopes * weight[edges][which]
        _settle(needs, graph, *asked, horizon)
    return needs


def _settle(  # noqa: PLR0913, PLR0917 (three aligned arrays)
    needs: Needs, graph: Graph, nodes: Ints, times: Floats, slopes: Floats, horizon: float
) -> None:
    """Add up what the nodes of a level are asked for, take their stock off, and store what is left."""
    wanted = slopes > 0
    nodes, times, slopes = _merged(nodes[wanted], times[wanted], slopes[wanted])
    if not len(nodes):
        return
    first = np.flatnonzero(np.diff(nodes, prepend=-1))
    counts = np.diff(first, append=len(nodes))
    steep = _running(slopes, first, counts)
    gaps = np.diff(times, prepend=times[0])
    gaps[first] = 0.0
    before = np.concatenate(([0.0], steep[:-1]))
    value = _running(before * gaps, first, counts)
    stock = np.repeat(graph.stock[nodes[first]], counts)
    passed = value <= stock
    last = first + np.add.reduceat(passed, first) - 1  # the piece in which the stock is used up
    weeks = times[last] + (graph.stock[nodes[first]] - value[last]) / steep[last]
    slopes[last], times[last] = steep[last], weeks
    kept = ~passed
    kept[last] = True
    kept &= times <= horizon
    found = nodes[first]
    needs.weeks[found] = np.where(weeks <= horizon, weeks, np.inf)
    needs.keep(found, np.add.reduceat(kept, first), times[kept], slopes[kept])


def _merged(nodes: Ints, times: Floats, slopes: Floats) -> tuple[Ints, Floats, Floats]:
    """Sort by node and time; hinges at one time become one."""
    order = _by_node_and_time(nodes, times)
    nodes, times, slopes = nodes[order], times[order], slopes[order]
    if not len(nodes):
        return nodes, times, slopes
    new = np.flatnonzero((np.diff(nodes, prepend=-1) != 0) | (np.diff(times, prepend=-1.0) != 0))
    return nodes[new], times[new], np.add.reduceat(slopes, new)


def _by_node_and_time(nodes: Ints, times: Floats) -> Ints:
    """Return what ``np.lexsort((times, nodes))`` does, by sorting whole numbers of which no two are equal."""
    size = len(nodes)
    if size == 0 or int(nodes.max()) >= _LARGEST // (size * size) - 1:
        return np.lexsort((times, nodes))
    by_time = np.argsort(times)
    sorted_times = times[by_time]
    rank = np.empty(size, np.int64)
    rank[by_time] = np.cumsum(np.diff(sorted_times, prepend=sorted_times[0]) != 0)
    keys = np.sort((nodes * size + rank) * size + np.arange(size))
    return np.asarray(keys % size)


def _running(values: Floats, first: Ints, counts: Ints) -> Floats:
    """Return running sums that begin anew at each of `first`; what went before is taken off there."""
    taken = values.copy()
    taken[first[1:]] -= np.add.reduceat(values, first)[:-1]
    sums = np.cumsum(taken)
    return sums - np.repeat(sums[first] - values[first], counts)  # what rounding carried over
