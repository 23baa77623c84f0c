"""Which stocks and second sources buy a firm most time: trials on its network, and the cheapest stocks.

A trial runs the firm down again with more stock or a source that is ready.  The programme looks for the
cheapest stocks that keep a service in the worst draws; it knows what comes, so it is a bound on what a firm
can do, and its stocks are run down again beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.firm.graph import Graph, Ints
from dearth.firm.run_down import Arrivals, RunDown, extra_stock, run_down
from dearth.measures.bought import restricted_gain
from dearth.measures.firm_run import FirmRun
from dearth.measures.firm_stops import items_that_matter, lost_money, margins, stops, week_cost
from dearth.measures.portfolio_rows import Problem

__all__ = ["SIZES", "FirmProgramme", "Trial", "missing", "programme_of_firm", "trials_of"]

SIZES: Final = (4.0, 8.0)  # weeks of use: a month, and the two months that Japan aims at
_TRIED: Final = 12  # items of most margin: a firm of thousands of parts is not tried one by one
_FULL: Final = 1.0 - 1e-9
_MOST: Final = 52.0  # weeks of use that a firm would hold at most
_LEAST: Final = 1e-9


class Trial(NamedTuple):
    """A measure of a firm, and what it buys.

    Attributes
    ----------
    lever
        ``stock`` or ``second source``.
    item
        Part or line it is about.
    size
        Weeks of use more; of a second source the weeks of ramp that fall away.
    purchase
        In the firm's currency; None: unknown.
    later
        Weeks by which each line stops later, cut at the end of the run, (line, N).
    saved
        Margin no longer lost, (N,).
    """

    lever: str
    item: str
    size: float
    purchase: float | None
    later: FloatArray
    saved: FloatArray


def trials_of(done: FirmRun) -> list[Trial]:
    """Return stocks of what matters and second sources made ready, each tried alone."""
    items = items_that_matter(done.firm, done.graph, done.done)[:_TRIED]
    found = [_stock(done, item, size) for item in items for size in SIZES]
    return found + [_ready(done, item) for item in items if _ramp(done.graph, item) > 0.0]


def _stock(done: FirmRun, item: str, size: float) -> Trial:
    cost = week_cost(done.firm, item)
    after = run_down(done.graph, done.arrive, extra_stock(done.graph, {item: size}))
    return _trial(done, ("stock", item, size, None if cost is None else cost * size), after)


def _ramp(graph: Graph, item: str) -> float:
    """Return the longest ramp of a source that could send more of a part, weeks."""
    mine = (graph.node == graph.names.index(item)) & (graph.most > graph.share + _LEAST) & (graph.site >= 0)
    return float(graph.ramp[mine].max(initial=0.0))


def _ready(done: FirmRun, item: str) -> Trial:
    mine = done.graph.node == done.graph.names.index(item)
    ready = replace(done.graph, ramp=np.where(mine, 0.0, done.graph.ramp))
    return _trial(done, ("second source", item, _ramp(done.graph, item), None), run_down(ready, done.arrive))


def _trial(done: FirmRun, what: tuple[str, str, float, float | None], after: RunDown) -> Trial:
    later = restricted_gain(stops(done.done), stops(after), float(done.weeks))
    saved = (lost_money(done.firm, done.done) - lost_money(done.firm, after)).sum(axis=0)
    return Trial(*what, later, np.asarray(saved))


class FirmProgramme(NamedTuple):
    """The programme of a firm's stocks, in weeks and its currency.

    Attributes
    ----------
    items
        Parts of which more may be held, one lever each.
    unpriced
        Parts that fall short and have no known price, so that no stock of them is chosen.
    """

    problem: Problem
    items: tuple[str, ...]
    unpriced: tuple[str, ...]


def programme_of_firm(done: FirmRun, carry: float) -> FirmProgramme | None:
    """Return the programme of a firm, or None where nothing it needs falls short.

    Parameters
    ----------
    carry
        Cost of a stock over its purchase: bought once, and held for a year.
    """
    graph = done.graph
    lack = missing(graph, done.arrive)
    rows = [node for node in range(graph.size) if graph.use[node] > 0.0 and lack[:, node].max() > _LEAST]
    if not rows:
        return None
    through = _through(graph)
    nodes = [n for n in range(graph.size) if through[rows, n].max() > _LEAST and np.isfinite(graph.stock[n])]
    priced = [n for n in nodes if n >= graph.lines and week_cost(done.firm, graph.names[n]) is not None]
    need = np.moveaxis(lack[:, rows], 2, 0)
    draws, weeks = need.shape[:2]
    stored = np.zeros((len(priced), len(nodes)))
    for j, node in enumerate(priced):
        stored[j, nodes.index(node)] = 1.0
    cost = [(week_cost(done.firm, graph.names[n]) or 0.0) * carry for n in priced]
    problem = Problem(
        cost=np.array(cost, float),
        most=np.full(len(priced), _MOST),
        whole=np.zeros(len(priced), bool),
        running=np.zeros((draws, len(priced))),
        made=np.zeros((draws, weeks, len(priced))),
        make=np.zeros((len(priced), len(rows))),
        stored=stored,
        held=np.broadcast_to(graph.stock[nodes], (draws, len(nodes))),
        serves=through[np.ix_(rows, nodes)].T,
        uses=through[np.ix_(rows, range(graph.lines))].T,
        need=need,
        squeeze=np.zeros((draws, weeks), np.intp),
        spot=np.zeros((draws, weeks, graph.lines)),
        premium=np.zeros(graph.lines),
        refill=np.zeros(len(nodes)),
        value=margins(done.firm),
        chance=np.full(draws, 1.0 / draws),
    )
    names = [graph.names[n] for n in rows]
    bare = tuple(name for name in names if week_cost(done.firm, name) is None)
    return FirmProgramme(problem, tuple(graph.names[n] for n in priced), bare)


def missing(graph: Graph, arrive: Arrivals) -> FloatArray:
    """Return what sources leave short of usual use in each week, (week, node, N).

    Others of a part send what they can once ramped up, counted from the first week in which one falls short.
    """
    weeks, _paths, draws = arrive.shares.shape
    lack = np.zeros((weeks, graph.size, draws))
    for node in range(graph.size):
        mine = np.flatnonzero((graph.node == node) & (graph.site >= 0))
        if len(mine):
            shares = arrive.shares[:, arrive.of[mine]]
            sent = graph.share[mine][None, :, None] * shares
            lack[:, node] = np.maximum(0.0, 1.0 - _sent(graph, mine, shares, sent))
    lack[lack < _LEAST] = 0.0
    return lack


def _sent(graph: Graph, mine: Ints, shares: FloatArray, sent: FloatArray) -> FloatArray:
    """Return what all sources of a part can send, as a share of its use, (week, N)."""
    usual = graph.share[mine][None, :, None]
    short = ((sent < usual * _FULL) & (usual > 0.0)).any(axis=1)
    first = np.where(short.any(axis=0), short.argmax(axis=0), np.inf)
    week = np.arange(shares.shape[0])[:, None, None]
    ready = week >= first[None, None, :] + graph.ramp[mine][None, :, None]
    most = np.minimum(graph.most[mine], 1.0)[None, :, None]
    return np.asarray(np.where(ready, most * shares, sent).sum(axis=1))


def _through(graph: Graph) -> FloatArray:
    """Return the share of each node's use that goes through each node above it, (node, node)."""
    step = np.zeros((graph.size, graph.size))
    np.add.at(step, (graph.child, graph.parent), graph.usual)
    return np.asarray(np.linalg.inv(np.eye(graph.size) - step))
