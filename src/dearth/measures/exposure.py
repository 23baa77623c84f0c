"""The plain rule beside the model: stock / (use - inflow), along the chain.

What a careful buyer would put into a spreadsheet: the weeks of stock and goods on their way between a
line and the border that has closed, divided by the share of supply that comes from behind it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray, World

__all__ = ["Exposure", "exposure"]

_LEAST: Final = 1e-12
_UNEXPOSED: Final = 1e-6


class Exposure(NamedTuple):
    """Exposure of every process to closed routes.

    Attributes
    ----------
    share
        Share of the most exposed input that stems from behind a closed gate, (P, N).
    weeks
        Mean stock and transit on that way, weeks, (P, N).
    """

    share: FloatArray
    weeks: FloatArray

    def plain(self) -> FloatArray:
        """Return the plain stop date in weeks, infinite without exposure; (P, N)."""
        inflow_missing = np.maximum(self.share, _LEAST)
        return np.where(self.share > _UNEXPOSED, self.weeks / inflow_missing, np.inf)


class _Way(NamedTuple):
    """Closed share of each route (E, N); exposed share and weeks of stock behind each pool (L, N)."""

    closed: FloatArray
    share: FloatArray
    weeks: FloatArray


def _closed(w: World, week: float) -> FloatArray:
    """Return the share of each route's base flow that the gates hold back at `week`, (E, N)."""
    closed = np.zeros_like(w.flow)
    k = min(int(week * w.steps_per_week), w.n_steps - 1)
    gated = w.edge_class >= 0
    closed[gated] = np.clip(1.0 - w.allowance[k, w.edge_class[gated]], 0.0, 1.0)
    return closed


def exposure(w: World, week: float = 3.0) -> Exposure:
    """Return the exposure of every process to the gates as they stand at `week`.

    Parameters
    ----------
    w
        The world.
    week
        When the gates are looked at; three weeks in, goods already declared have left and hardly any
        licence has been decided.
    """
    way = _Way(_closed(w, week), np.zeros_like(w.pool_base), np.zeros_like(w.pool_base))
    share, weeks = np.zeros_like(w.rate), np.zeros_like(w.rate)
    for level in range(w.level_ptr.size - 2, -1, -1):
        first, last = int(w.level_ptr[level]), int(w.level_ptr[level + 1])
        _take(w, slice(first, last), way, share, weeks)
        _pass_on(w, slice(first, last), way, share, weeks)
    return Exposure(share, weeks)


def _take(w: World, makers: slice, way: _Way, share: FloatArray, weeks: FloatArray) -> None:
    """Give the processes of a level the share and weeks of their most exposed input."""
    starts, ends = w.buf_ptr[makers], w.buf_ptr[makers.start + 1 : makers.stop + 1]
    through, time = _markets(w, np.unique(w.buf_market[starts[0] : ends[-1]]), way)
    for nth in range(int((ends - starts).max(initial=0))):
        have = np.flatnonzero(ends - starts > nth)
        buffers, at = starts[have] + nth, have + makers.start
        market = w.buf_market[buffers]
        worse = through[market] > share[at]
        weeks[at] = np.where(worse, w.cover[buffers] + time[market], weeks[at])
        share[at] = np.where(worse, through[market], share[at])


def _pass_on(w: World, makers: slice, way: _Way, share: FloatArray, weeks: FloatArray) -> None:
    """Add the exposure of the processes of a level to the pools they fill."""
    first, last = w.out_ptr[makers.start], w.out_ptr[makers.stop]
    counts = np.diff(w.out_ptr[makers.start : makers.stop + 1])
    owner, pool = np.repeat(np.arange(makers.start, makers.stop), counts), w.out_pool[first:last]
    base = np.maximum(w.pool_base[pool], _LEAST)
    part = np.minimum(1.0, w.rate[owner] * w.out_yield[first:last] / base) * share[owner]
    np.add.at(way.share, pool, part)
    np.add.at(way.weeks, pool, part * (weeks[owner] + w.lead[owner] + w.pool_stock[pool] / base))


def _markets(w: World, markets: NDArray[np.int64], way: _Way) -> tuple[FloatArray, FloatArray]:
    """Return the exposed share of markets' supply and the weeks of stock on that way, (M, N)."""
    total, through, time = (np.zeros((w.edge_ptr.size - 1, w.rate.shape[1])) for _ in range(3))
    wanted = np.zeros(w.edge_ptr.size - 1, np.bool_)
    wanted[markets] = True
    market = np.repeat(np.arange(wanted.size), np.diff(w.edge_ptr))
    edges = np.flatnonzero(wanted[market])
    market, pool, closed, flow = market[edges], w.edge_pool[edges], way.closed[edges], w.flow[edges]
    upstream = (1.0 - closed) * np.minimum(1.0, way.share[pool])
    behind = way.weeks[pool] / np.maximum(way.share[pool], _LEAST)
    lag = w.lag[edges]
    np.add.at(total, market, flow)
    np.add.at(through, market, flow * (closed + upstream))
    np.add.at(time, market, flow * (closed * lag + upstream * (lag + behind)))
    return through / np.maximum(total, _LEAST), time / np.maximum(through, _LEAST)
