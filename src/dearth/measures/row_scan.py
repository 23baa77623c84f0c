"""Rows of an answer out of the records of a run, in one scan: lines put together, and when they stop.

What :mod:`dearth.measures.stops` says of a row is found here for many rows of many draws, without arrays by
step in between: the same additions in the same order, so the same figures to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numba import njit

from dearth.engine.arrays import FloatArray, IntArray

__all__ = ["Rows", "scan"]

_LEAST: Final = 1e-300


def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Return a function that is compiled when first called, kept on disk where there is a place for it."""
    try:
        made: Callable[..., None] = njit(function, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:  # no folder can be written to
        made = njit(function, nogil=True, error_model="numpy")
    return made


class Rows(NamedTuple):
    """Who belongs to whom: sites are made of lines, rows of sites; ``*_ptr`` are offsets."""

    site_ptr: IntArray
    line: IntArray  # lines by site
    row_ptr: IntArray
    site: IntArray  # sites by row


@_compiled
def _weigh(need: FloatArray, rows: Rows, row: int, total: FloatArray) -> None:
    """Sum up the need of a row, (N,)."""
    first = rows.row_ptr[row]
    for j in range(first, rows.row_ptr[row + 1]):
        for d in range(total.size):
            total[d] = need[rows.site[j], d] + (total[d] if j > first else 0.0)
    for d in range(total.size):
        total[d] = max(total[d], _LEAST)


@_compiled
def _put_together(  # noqa: PLR0913, PLR0917 (a kernel: arrays to read, and one to fill)
    share: FloatArray,
    dependence: FloatArray,
    need: FloatArray,
    rows: Rows,
    row: int,
    scratch: FloatArray,
    into: FloatArray,
) -> None:
    """Add up what stands still at each site for want of its worst part, weighted by need; (time, N)."""
    n, worst, total = share.shape[2], scratch[0], scratch[1]
    _weigh(need, rows, row, total)
    first, last = rows.row_ptr[row], rows.row_ptr[row + 1]
    for t in range(share.shape[0]):
        for j in range(first, last):
            site = rows.site[j]
            lo = rows.site_ptr[site]
            for i in range(lo, rows.site_ptr[site + 1]):
                line = rows.line[i]
                for d in range(n):
                    part = share[t, line, d] * dependence[line, d]
                    worst[d] = part if i == lo else max(worst[d], part)
            for d in range(n):
                into[t, d] = worst[d] * need[site, d] + (into[t, d] if j > first else 0.0)
        for d in range(n):
            into[t, d] /= total[d]


@_compiled
def _sums(end: FloatArray, mean: FloatArray, rest: FloatArray) -> None:
    """Find the largest share stopped and the share lost, the first two of (3, N)."""
    peak, lost = rest[0], rest[1]
    for d in range(peak.size):
        peak[d], lost[d] = end[0, d], 0.0
    for k in range(mean.shape[0]):
        for d in range(peak.size):
            peak[d] = max(peak[d], end[k + 1, d])
            lost[d] += mean[k, d]
    for d in range(peak.size):
        lost[d] /= mean.shape[0]


@_compiled
def _stop(  # noqa: PLR0913, PLR0917 (a kernel)
    end: FloatArray, mean: FloatArray, level: float, per_week: int, peak: FloatArray, weeks: FloatArray
) -> None:
    """Find the week from which the share is at or above `level` for a full week, infinite if none; (N,).

    See :func:`dearth.measures.stops.crossing_weeks`.
    """
    hold = min(per_week, mean.shape[0])
    for d in range(weeks.size):
        weeks[d] = np.inf
        lasted = 0
        for k in range(mean.shape[0] if peak[d] >= level else 0):
            lasted = lasted + 1 if end[k + 1, d] >= level else 0
            if lasted == hold:
                at = k + 1 - hold
                rise = max(end[at + 1, d] - end[at, d], _LEAST)
                inside = (end[at + 1, d] - mean[at, d]) / rise + (level - end[at, d]) / rise - 0.5
                weeks[d] = (at + min(max(inside, 0.0), 1.0)) * (1.0 / per_week)
                if end[0, d] >= level:
                    weeks[d] = 0.0
                break


@_compiled
def _recover(end: FloatArray, stop: FloatArray, level: float, per_week: int, weeks: FloatArray) -> None:
    """Find the week from which the share stays below `level`: 0 without a stop, infinite if none; (N,)."""
    steps = end.shape[0] - 1
    for d in range(stop.size):
        weeks[d] = 0.0
        if stop[d] < np.inf:
            last = steps
            while end[last, d] < level:
                last -= 1
            weeks[d] = np.inf if last == steps else (last + 1) / per_week


@_compiled
def scan(  # noqa: PLR0913, PLR0917 (a kernel)
    lost: tuple[FloatArray, FloatArray],
    dependence: FloatArray,
    need: FloatArray,
    rows: Rows,
    levels: tuple[FloatArray, int],
    per_week: int,
    out: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """Find when and how much of each row stops.

    Parameters
    ----------
    lost
        Share of the lines' plan stopped at each instant, (T + 1, lines, N), and lost in each step.
    dependence
        Share of the output that needs the part of a line, (lines, N).
    need
        Of the sites, (sites, N).
    rows
        Which lines make a site, and which sites a row.
    levels
        Thresholds, above 0, and the number of the one that is the first stop.
    per_week
        Steps of a week.
    out
        Filled: weeks (R, levels, N); peak, share lost, recovery (R, 3, N); share stopped by week (R, W, N).
    """
    n = need.shape[1]
    end, mean, scratch = (np.empty((lost[0].shape[0], n)), np.empty((lost[1].shape[0], n)), np.empty((2, n)))
    weeks, rest, path = out
    level, first = levels
    for row in range(weeks.shape[0]):
        _put_together(lost[0], dependence, need, rows, row, scratch, end)
        _put_together(lost[1], dependence, need, rows, row, scratch, mean)
        _sums(end, mean, rest[row])
        for i in range(level.size):
            _stop(end, mean, level[i], per_week, rest[row, 0], weeks[row, i])
        _recover(end, weeks[row, first], level[first], per_week, rest[row, 2])
        for week in range(path.shape[1]):
            path[row, week] = end[week * per_week]
