"""The plain rule beside the model: stock / (use - inflow), along the chain.

What a careful buyer would put into a spreadsheet: the weeks of stock and goods on their way between a
line and the border that has closed, divided by the share of supply that comes from behind it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, World

__all__ = ["Exposure", "exposure"]

_LEAST = 1e-12


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
        return np.where(self.share > 1e-6, self.weeks / inflow_missing, np.inf)


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
    n = w.rate.shape[1]
    closed = _closed(w, week)
    share, weeks = np.zeros_like(w.rate), np.zeros_like(w.rate)
    maker_share, maker_weeks = np.zeros_like(w.pool_base), np.zeros_like(w.pool_base)
    for level in range(w.level_ptr.size - 2, -1, -1):
        for p in range(w.level_ptr[level], w.level_ptr[level + 1]):
            for b in range(w.buf_ptr[p], w.buf_ptr[p + 1]):
                through, time = _market(w, int(w.buf_market[b]), closed, maker_share, maker_weeks, n)
                worse = through > share[p]
                share[p] = np.where(worse, through, share[p])
                weeks[p] = np.where(worse, w.cover[b] + time, weeks[p])
            for o in range(w.out_ptr[p], w.out_ptr[p + 1]):
                pool = w.out_pool[o]
                part = w.rate[p] * w.out_yield[o] / np.maximum(w.pool_base[pool], _LEAST)
                held = w.lead[p] + w.pool_stock[pool] / np.maximum(w.pool_base[pool], _LEAST)
                maker_share[pool] += np.minimum(1.0, part) * share[p]
                maker_weeks[pool] += np.minimum(1.0, part) * share[p] * (weeks[p] + held)
    return Exposure(share, weeks)


def _market(
    w: World, m: int, closed: FloatArray, maker_share: FloatArray, maker_weeks: FloatArray, n: int
) -> tuple[FloatArray, FloatArray]:
    """Return the exposed share of a market's supply and the weeks of stock on that way."""
    total, through, time = np.zeros(n), np.zeros(n), np.zeros(n)
    for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
        pool = w.edge_pool[e]
        upstream = (1.0 - closed[e]) * np.minimum(1.0, maker_share[pool])
        total += w.flow[e]
        through += w.flow[e] * (closed[e] + upstream)
        behind = maker_weeks[pool] / np.maximum(maker_share[pool], _LEAST)
        time += w.flow[e] * (closed[e] * w.lag[e] + upstream * (w.lag[e] + behind))
    return through / np.maximum(total, _LEAST), time / np.maximum(through, _LEAST)
