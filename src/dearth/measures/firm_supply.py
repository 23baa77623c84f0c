"""What still arrives at a firm, week by week, from the run of the world.

A shortage falls on customers, not on averages: a licence is given to one and refused to another.  So in each
draw a firm has a rank among the customers of a supplier, and by the engine's own law of the stop front it is
among those that miss out or not.  An application of its own, where the firm names one, comes before that.

Axes: step or week, draw.  Shares are of usual deliveries, 0 to 1; weeks count from the start of the run,
goods that left before it arrive as usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.firm_lanes import Way
from dearth.world.build import Model

__all__ = ["Window", "arrived", "left_for_all", "left_for_one", "licensed", "rank_of", "transit"]

_LEAST: Final = 1e-12
_ALL: Final = 1.0 - 1e-6


class Window(NamedTuple):
    """Goods of one application: week from which they may leave, and weeks of usual use they cover; (N,)."""

    start: FloatArray
    length: FloatArray


def left_for_all(model: Model, trace: Trace, way: Way, series: Mapping[int, int]) -> FloatArray:
    """Return what share of the usual shipments of a way still leaves, all customers together, (step, N).

    Of a dip that orders explain, as nobody asked for more, nothing counts: what is missing over the run is
    at most what was ordered and not shipped.
    """
    per_week = model.world.steps_per_week
    shipped = trace.series[:, [series[int(edge)] for edge in way.edges]].sum(axis=1)
    usual = model.world.flow[way.edges].sum(axis=0) / per_week
    missing = np.clip(1.0 - shipped / np.maximum(usual, _LEAST), 0.0, 1.0)
    total = missing.sum(axis=0) * usual
    real = np.minimum(1.0, trace.edge_unfilled[way.edges].sum(axis=0) / np.maximum(total, _LEAST))
    return np.asarray(1.0 - missing * real)


def rank_of(name: str, seed: int, draws: int) -> FloatArray:
    """Return the rank of the firm among a supplier's customers, 0 to 1, one draw in each of N equal bins."""
    if draws == 1:
        return np.full(1, 0.5)
    rng = np.random.Generator(np.random.PCG64([seed, crc32(name.encode())]))
    return np.asarray((rng.permutation(draws) + rng.random(draws)) / draws)


def left_for_one(left: FloatArray, focus: FloatArray, rank: FloatArray) -> FloatArray:
    """Return what leaves for one customer of that rank.

    Parameters
    ----------
    left
        Share that leaves for all, (step, N).
    focus
        How far a shortage falls on single customers: 1 wholly, 0 evenly, (N,).

    Notes
    -----
    Law of the stop front (:mod:`dearth.engine.front`): of a group that misses m, the share m / d is hit,
    each missing d = focus + (1 - focus) m of its need.
    """
    missing = 1.0 - left
    depth = focus + (1.0 - focus) * missing
    hit = rank < missing / np.maximum(depth, _LEAST)
    return np.asarray(np.where(hit & (missing > 0), 1.0 - depth, 1.0))


def licensed(left: FloatArray, windows: Sequence[Window], gate: FloatArray, per_week: int) -> FloatArray:
    """Return what leaves for one customer whose own applications decide, (step, N).

    Parameters
    ----------
    left
        What leaves for it once its quantities are used up.
    windows
        Of its applications; what one leaves unused when the next begins is used after it.
    gate
        Week until which goods already declared still pass, (N,).
    """
    begin = np.arange(left.shape[0])[:, None] / per_week
    free = np.full(gate.shape, -np.inf)
    open_: FloatArray = np.asarray(begin < gate, float)
    for window in sorted(windows, key=lambda one: float(np.median(one.start))):
        first = np.maximum(window.start, free)
        free = first + window.length
        open_ = np.maximum(open_, _overlap(begin, 1.0 / per_week, first, free))
    return np.where(begin >= free, np.maximum(left, open_), np.minimum(open_, 1.0))


def _overlap(begin: FloatArray, step: float, first: FloatArray, last: FloatArray) -> FloatArray:
    """Return the share of each step that lies between `first` and `last`."""
    inside = np.minimum(begin + step, last) - np.maximum(begin, first)
    return np.asarray(np.clip(inside / step, 0.0, 1.0))


def transit(model: Model, way: Way) -> FloatArray:
    """Return door-to-door weeks of a way, the mean of its routes by flow, (N,)."""
    flow = np.maximum(model.world.flow[way.edges], _LEAST)
    return np.asarray((model.world.lag[way.edges] * flow).sum(axis=0) / flow.sum(axis=0))


def arrived(  # noqa: PLR0913 (a clock and a path)
    left: FloatArray, lag: FloatArray, per_week: int, begin: float, weeks: int, *, before: float = 1.0
) -> FloatArray:
    """Return what arrives in each of some weeks, (week, N).

    Parameters
    ----------
    left
        What leaves in each step, (step, N).
    lag
        Door-to-door weeks, (N,).
    begin
        Where the first of the weeks begins, in weeks of the run.
    before
        What left before the run.
    """
    sent = np.concatenate([np.zeros((1, left.shape[1])), np.cumsum(left, axis=0) / per_week])
    at = begin + np.arange(weeks + 1)[:, None] - lag[None, :]
    inside = np.clip(at * per_week, 0.0, left.shape[0])
    low = np.minimum(inside.astype(np.int64), left.shape[0] - 1)
    below, above = (np.take_along_axis(sent, rows, axis=0) for rows in (low, low + 1))
    total = below + (inside - low) * (above - below) + before * np.minimum(at, 0.0)
    share = np.clip(np.diff(total, axis=0), 0.0, 1.0)
    return np.where(share > _ALL, 1.0, share)
