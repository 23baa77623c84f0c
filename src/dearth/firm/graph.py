"""A firm as arrays: what goes into what, how much of it a week, and where it comes from.

Axes: node (lines first, then parts, as in the workbook), edge (row of the bill), source (a site from which a
node comes; a line comes from its plant).  Amounts are counted in *weeks of usual use* of their node, so that
every coefficient is of order one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault, InputError
from dearth.firm.network import Firm, Source

__all__ = ["Bools", "Floats", "Graph", "Ints", "graph_of", "ragged", "use_differs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

EVERY: Final = -1
_PHASE: Final = "Reading the firm"
_SLACK: Final = 1e-6


@dataclass(frozen=True)
class Graph:
    """The arrays; see the module for axes and units.

    Attributes
    ----------
    names
        Id of each node, lines first.
    lines
        How many of the nodes are lines.
    level
        Longest way down from a line, (node,).
    use
        Usual weekly use in units of the node; 0 where no line needs it, (node,).
    scale
        The same; of a part that only an idle source needs, its use if that source did all it can, (node,).
    stock
        Weeks of `scale` at hand; infinite where that is 0, (node,).
    parent, child
        Nodes of each edge, (edge,).
    weight
        Share of the child's scale that the parent takes by this edge when it is made at its scale, (edge,).
    only
        Source of the parent to which the edge is tied, or -1 for every source, (edge,).
    node, site
        Node of each source and index of its site, -1 for none, (source,).
    share
        Usual share of the node's use, (source,).
    most
        Largest share it can reach; infinite for a part made in the house, (source,).
    ramp
        Weeks until `most` is reached, (source,).
    sites
        Id of each site and plant.
    places
        Place of each site, aligned with `sites`.
    recover
        Weeks to recover, NaN where unknown, (site,).
    capacity
        Units a week of all nodes together; infinite where none is stated, (site,).
    """

    names: tuple[str, ...]
    lines: int
    level: Ints
    use: Floats
    scale: Floats
    stock: Floats
    parent: Ints
    child: Ints
    weight: Floats
    only: Ints
    node: Ints
    site: Ints
    share: Floats
    most: Floats
    ramp: Floats
    sites: tuple[str, ...]
    places: tuple[str, ...]
    recover: Floats
    capacity: Floats

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.names)

    @property
    def usual(self) -> Floats:
        """Weight of each edge when every source makes its usual share, (edge,)."""
        share = np.where(self.only >= 0, self.share[self.only], 1.0)
        return np.asarray(self.weight * share)


def ragged(starts: Ints, counts: Ints) -> Ints:
    """Return ``[starts[0], starts[0]+1, ...]`` for all ranges one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    return np.asarray(np.arange(total) + np.repeat(starts - ends + counts, counts))


def graph_of(firm: Firm) -> Graph:
    """Return the arrays of a firm.

    Raises
    ------
    InputError
        The usual use is above the capacity that a site states.
    """
    names = (*(line.id for line in firm.lines), *(part.id for part in firm.parts))
    index = {name: number for number, name in enumerate(names)}
    sites, capacity, recover = _sites(firm)
    source = _Sources(firm, index, {name: number for number, name in enumerate(sites)})
    edges = _Edges(firm, index, source)
    level = _levels(len(names), edges.parent, edges.child)
    demand = np.zeros(len(names))
    demand[: len(firm.lines)] = [line.weekly_output for line in firm.lines]
    use, scale = _use(level, demand, edges)
    graph = Graph(
        names=names, lines=len(firm.lines), level=level, use=use, scale=scale,
        stock=_stock(firm, index, scale),
        parent=edges.parent, child=edges.child, weight=_weight(edges, scale), only=edges.only,
        node=source.node, site=source.site, share=source.share, most=source.most, ramp=source.ramp,
        sites=sites, places=tuple(firm.places[name] for name in sites), recover=recover, capacity=capacity,
    )  # fmt: skip
    _refuse_overload(graph)
    return graph


def _sites(firm: Firm) -> tuple[tuple[str, ...], Floats, Floats]:
    rows = firm.anywhere
    capacity = [np.inf if row.capacity is None else row.capacity for row in rows]
    recover = [np.nan if row.recover_weeks is None else row.recover_weeks for row in rows]
    return tuple(row.id for row in rows), np.array(capacity, float), np.array(recover, float)


class _Sources:
    """Sources as arrays: those of the sheet, the plant of every line, and `in the house` for the rest."""

    def __init__(self, firm: Firm, index: dict[str, int], sites: dict[str, int]) -> None:
        rows: list[tuple[int, int, float, float, float]] = []
        rows += [(index[line.id], sites[line.plant], 1.0, 1.0, 0.0) for line in firm.lines]
        groups: dict[str, list[Source]] = defaultdict(list)
        for one in firm.sources:
            groups[one.part].append(one)
        for part, found in groups.items():
            rows += [(index[part], sites[one.site], *_shares(one, found)) for one in found]
        bare = [part.id for part in firm.parts if part.id not in groups]
        rows += [(index[part], EVERY, 1.0, np.inf, 0.0) for part in bare]
        table = np.array(rows, float).reshape(-1, 5)
        self.node, self.site = table[:, 0].astype(np.intp), table[:, 1].astype(np.intp)
        self.share, self.most, self.ramp = table[:, 2], table[:, 3], table[:, 4]
        self.at = {pair: number for number, pair in enumerate(zip(self.node, self.site, strict=True))}
        self.sites = sites


def _shares(one: Source, all_of_part: list[Source]) -> tuple[float, float, float]:
    """Return usual share, largest share and ramp of a source."""
    stated = sum(row.share for row in all_of_part if row.share is not None)
    empty = sum(row.share is None for row in all_of_part)
    share = max(0.0, 1.0 - stated) / empty if one.share is None else one.share
    most = share if one.most_share is None else max(share, one.most_share)
    return share, most, one.ramp_weeks or 0.0


class _Edges:
    """Rows of the bill as arrays, with units of the child in one of the parent (`each`)."""

    def __init__(self, firm: Firm, index: dict[str, int], source: _Sources) -> None:
        rows = firm.bill
        self.parent = np.array([index[row.parent] for row in rows], np.intp)
        self.child = np.array([index[row.part] for row in rows], np.intp)
        pairs = zip(self.parent, rows, strict=True)
        tied = [source.at[parent, source.sites[row.site]] if row.site else EVERY for parent, row in pairs]
        self.only = np.array(tied, np.intp)
        self.each = np.array([row.quantity for row in rows], float)
        self.usual = self.each * np.where(self.only < 0, 1.0, source.share[self.only])
        self.able = self.each * np.where(self.only < 0, 1.0, source.most[self.only])


def _levels(size: int, parent: Ints, child: Ints) -> Ints:
    """Return the longest way down to each node from a node without parents, (node,)."""
    level = np.zeros(size, np.intp)
    waiting = np.bincount(child, minlength=size)
    order = np.argsort(parent, kind="stable")
    starts = np.searchsorted(parent[order], np.arange(size))
    counts = np.bincount(parent, minlength=size)
    front, depth = np.flatnonzero(waiting == 0), 0
    while len(front):
        level[front] = depth
        below = child[order[ragged(starts[front], counts[front])]]
        waiting -= np.bincount(below, minlength=size)
        candidates = np.unique(below)
        front, depth = candidates[waiting[candidates] == 0], depth + 1
    return level


def _use(level: Ints, demand: Floats, edges: _Edges) -> tuple[Floats, Floats]:
    """Return usual use and scale of each node."""
    use, scale, could = demand.copy(), demand.copy(), np.zeros(len(demand))
    by_level = np.argsort(level[edges.parent], kind="stable")
    cuts = np.searchsorted(level[edges.parent][by_level], np.arange(int(level.max(initial=0)) + 2))
    for depth, (first, last) in enumerate(pairwise(cuts)):
        here = level == depth
        scale[here] = np.where(use > 0, use, could)[here]
        some = by_level[first:last]
        np.add.at(use, edges.child[some], edges.usual[some] * use[edges.parent[some]])
        np.add.at(could, edges.child[some], edges.able[some] * scale[edges.parent[some]])
    return use, scale


def _weight(edges: _Edges, scale: Floats) -> Floats:
    below, full = scale[edges.child], edges.each * scale[edges.parent]
    return np.divide(full, below, out=np.zeros(len(full)), where=below > 0)


def _stock(firm: Firm, index: dict[str, int], scale: Floats) -> Floats:
    units = np.zeros(len(scale))
    for row in firm.stocks:
        units[index[row.item]] = row.quantity
    return np.asarray(np.divide(units, scale, out=np.full(len(scale), np.inf), where=scale > 0))


def use_differs(firm: Firm, graph: Graph, slack: float = 0.02) -> list[str]:
    """Return a warning for every stated weekly use that lines and bill do not give, by more than `slack`."""
    index = {name: number for number, name in enumerate(graph.names)}
    found = []
    for row in firm.stocks:
        use = float(graph.use[index[row.item]])
        if row.weekly_use is not None and abs(row.weekly_use - use) > slack * max(use, row.weekly_use):
            stated = f"{row.item[:40]!r} is used {row.weekly_use:g} a week as stated"
            found.append(f"{row.at}: {stated}, {use:g} by lines and bill; the latter is taken")
        elif use == 0:
            found.append(f"{row.at}: no line needs {row.item[:40]!r}")
    return found


def _refuse_overload(graph: Graph) -> None:
    bound = graph.site >= 0
    load = np.zeros(len(graph.sites))
    np.add.at(load, graph.site[bound], (graph.share * graph.use[graph.node])[bound])
    faults = [
        Fault(
            f"makes {load[site]:g} units in a usual week, above its capacity of {graph.capacity[site]:g}",
            f"site {graph.sites[site]!r:.60}, column capacity",
            cure="correct the capacity, the shares, or the output of the lines",
        )
        for site in np.flatnonzero(load > graph.capacity * (1 + _SLACK))
    ]
    if faults:
        raise InputError(_PHASE, faults)
