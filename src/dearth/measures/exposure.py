"""The plain rule beside the model: stock / (use - inflow), along the chain.

What a careful buyer would put into a spreadsheet: the weeks of stock and goods on their way between a
line and the border that has closed, divided by the share of supply that comes from behind it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

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
        for p in range(w.level_ptr[level], w.level_ptr[level + 1]):
            for b in range(w.buf_ptr[p], w.buf_ptr[p + 1]):
                through, time = _market(w, int(w.buf_market[b]), way)
                worse = through > share[p]
                share[p] = np.where(worse, through, share[p])
                weeks[p] = np.where(worse, w.cover[b] + time, weeks[p])
            _pass_on(w, p, share[p], weeks[p], way)
    return Exposure(share, weeks)


def _pass_on(w: World, p: int, share: FloatArray, weeks: FloatArray, way: _Way) -> None:
    """Add the exposure of maker `p` to the pools it fills."""
    for o in range(w.out_ptr[p], w.out_ptr[p + 1]):
        pool = w.out_pool[o]
        base = np.maximum(w.pool_base[pool], _LEAST)
        part = np.minimum(1.0, w.rate[p] * w.out_yield[o] / base) * share
        way.share[pool] += part
        way.weeks[pool] += part * (weeks + w.lead[p] + w.pool_stock[pool] / base)


def _market(w: World, m: int, way: _Way) -> tuple[FloatArray, FloatArray]:
    """Return the exposed share of a market's supply and the weeks of stock on that way."""
    total, through, time = (np.zeros(w.rate.shape[1]) for _ in range(3))
    for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
        pool, closed = w.edge_pool[e], way.closed[e]
        upstream = (1.0 - closed) * np.minimum(1.0, way.share[pool])
        total += w.flow[e]
        through += w.flow[e] * (closed + upstream)
        behind = way.weeks[pool] / np.maximum(way.share[pool], _LEAST)
        time += w.flow[e] * (closed * w.lag[e] + upstream * (w.lag[e] + behind))
    return through / np.maximum(total, _LEAST), time / np.maximum(through, _LEAST)
