"""Who stops when: a firm's stocks and parts against what its suppliers still get, week by week.

Every node goes on at its usual rate while its inputs arrive; a stock is drawn upon only for what falls short,
and is filled again at once where more arrives than is used.  A part that is short is shared out in proportion
to what its users ask for.  From the week in which a source first falls short the others start to ramp up.

This is what a firm does that does not know what comes.  The time to survive (:mod:`dearth.firm.survive`) is
what it could do at best, so no line here stops later than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault, InputError
from dearth.firm.graph import Floats, Graph, Ints

__all__ = ["RunDown", "arriving", "extra_stock", "run_down"]

_FULL: Final = 1.0 - 1e-9
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
        For the first draw in which a line stops, the nodes from the line down to the one that ended it.
    """

    output: Floats
    stop: Floats
    binding: Ints
    path: tuple[tuple[str, ...], ...]

    def money_at_risk(self, margin_per_week: Floats) -> Floats:
        """Return margin lost in each week, all lines together, (week, draw).

        Parameters
        ----------
        margin_per_week
            Of each line at its usual output, (line,).
        """
        lost: Floats = np.einsum("wld,l->wd", 1.0 - self.output, np.asarray(margin_per_week, float))
        return lost


def arriving(graph: Graph, shares: Mapping[tuple[str, str], Floats], held: Mapping[str, str]) -> Floats:
    """Return what still arrives from each source, from what still arrives at each place.

    Parameters
    ----------
    shares
        Share of the usual shipments that still arrives, (week, draw), by place of the supplier and material.
    held
        Material that decides a part's supply, by part; a part that is not named arrives as ever.

    Returns
    -------
    ndarray
        Shares 0 to 1, (week, source, draw).
    """
    if not shares:
        raise InputError(
            _PHASE, Fault("no share of any shipment is given", cure="give one place and material")
        )
    weeks, draws = next(iter(shares.values())).shape
    found = np.ones((weeks, len(graph.node), draws))
    for source, (node, site) in enumerate(zip(graph.node.tolist(), graph.site.tolist(), strict=True)):
        material = held.get(graph.names[node], "")
        place = graph.places[site] if site >= 0 else ""
        if (place, material) in shares:
            found[:, source] = shares[place, material]
    return found


def extra_stock(graph: Graph, weeks: Mapping[str, float]) -> Floats:
    """Return stocks in weeks of use with some weeks more of some nodes, (node,)."""
    stock = graph.stock.copy()
    index = {name: number for number, name in enumerate(graph.names)}
    for name, more in weeks.items():
        stock[index[name]] += more
    return stock


def run_down(graph: Graph, arrive: Floats, stock: Floats | None = None) -> RunDown:
    """Return who stops when.

    Parameters
    ----------
    arrive
        Share of the usual deliveries that each source still sends, (week, source, draw); of a plant, what
        share of its usual output it can make.
    stock
        Weeks of use at hand instead of the firm's own, (node,); see :func:`extra_stock`.

    Raises
    ------
    InputError
        The shares have another shape, or are not between 0 and 1.
    """
    shares = np.asarray(arrive, float)
    if shares.ndim != 3 or shares.shape[1] != len(graph.node):  # noqa: PLR2004 (three axes)
        what = f"shares have the shape {shares.shape}, there are {len(graph.node)} sources"
        raise InputError(_PHASE, Fault(what, cure="give (week, source, draw)"))
    if not bool(((shares >= 0) & (shares <= 1)).all()):
        raise InputError(
            _PHASE, Fault("a share is not between 0 and 1", cure="give shares of usual deliveries")
        )
    return _Weeks(graph, shares, graph.stock if stock is None else stock).run()


class _Weeks:
    """The loop over weeks; all draws at once."""

    def __init__(self, graph: Graph, arrive: Floats, stock: Floats) -> None:
        self.graph, self.arrive = graph, arrive
        self.weeks, _sources, self.draws = arrive.shape
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
        path: list[tuple[str, ...]] = [()] * lines
        for week in range(self.weeks):
            served, until = self._week(week)
            output[week] = served[:lines]
            new = np.isnan(stop) & (served[:lines] < _FULL)
            stop[new] = (week + until[:lines])[new]
            for line, draw in np.argwhere(new).tolist():
                way = self._way(line, draw, served)
                binding[line, draw] = way[-1]
                path[line] = path[line] or tuple(self.graph.names[node] for node in way)
        return RunDown(output, stop, binding, tuple(path))

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
        graph = self.graph
        sent = graph.share[:, None] * self.arrive[week]
        lacks = (sent < graph.share[:, None] * _FULL) & (graph.share[:, None] > 0)
        for node in np.unique(graph.node[lacks.any(axis=1)]).tolist():
            short = lacks[self.sources[node]].any(axis=0)
            since = self.short_since[node]
            self.short_since[node] = np.where(short, np.minimum(since, week), since)
        ready = week >= self.short_since[graph.node] + graph.ramp[:, None]
        most = np.where(graph.site < 0, 1.0, np.minimum(graph.most, 1.0))[:, None]
        caps: Floats = np.where(ready, most * self.arrive[week], sent)
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


def _until(stock: Floats, asked: Floats, rate: Floats, into: Floats, inputs: Floats) -> Floats:
    """Return the share of the week until which a node serves all that is asked of it, (draw,).

    It makes `rate` until its inputs run short, after the share `inputs` of the week, then as much as gives
    `into` over the whole week; it draws on its stock for the rest.
    """
    rest = 1.0 - inputs
    later = np.divide(np.maximum(into - rate * inputs, 0.0), rest, out=rate.copy(), where=rest > 0)
    early = np.divide(stock, asked - rate, out=np.full_like(stock, np.inf), where=asked > rate)
    saved = stock + (rate - later) * inputs
    late = np.divide(saved, asked - later, out=np.full_like(stock, np.inf), where=asked > later)
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
