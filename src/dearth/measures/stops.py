"""When shares of output stop, for how long, and how much is lost.

The share stopped of a line is the share of its plants that stand still: out of stock, and among
those not served (licences and lots are all or nothing for a customer).  A stop counts once the share
has stayed at or above the threshold for a full week, and is dated from the moment it got there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray

__all__ = [
    "LEAST",
    "NEVER",
    "THRESHOLDS",
    "Band",
    "Stops",
    "band",
    "bands",
    "crossing_weeks",
    "share_of_group",
    "stops_of",
    "stops_of_many",
    "worst_part",
]

NEVER: Final = np.inf
LEAST: Final = 1e-300  # t/week: the weight of what has none
THRESHOLDS: Final = {"0.1": 0.001, "1": 0.01, "10": 0.10, "50": 0.50}
FIRST: Final = "1"  # "first lines stop" means 1 %


class Band(NamedTuple):
    """P10, P50 and P90 of an ensemble; `NEVER` where that share of the draws has none."""

    p10: float
    p50: float
    p90: float


class Stops(NamedTuple):
    """Stops of one line or group, one entry per draw.

    Attributes
    ----------
    weeks
        Threshold name -> week of the stop, `NEVER` if none; (N,).
    peak
        Largest share stopped; (N,).
    lost
        Share of the planned output of the horizon that is lost; (N,).
    recovery
        Week from which the share stays below 1 % to the end, 0 if it never stopped, `NEVER` if it is
        still stopped at the end; (N,).
    """

    weeks: dict[str, FloatArray]
    peak: FloatArray
    lost: FloatArray
    recovery: FloatArray


def band(values: FloatArray) -> Band:
    """Return P10, P50, P90 as order statistics, so that `NEVER` needs no interpolation."""
    if values.size == 1:
        return Band(*(float(values[0]),) * 3)
    p10, p50, p90 = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    return Band(float(p10), float(p50), float(p90))


def bands(values: FloatArray) -> FloatArray:
    """Return P10, P50, P90 of many numbers at once, as :func:`band` does; (..., N) to (..., 3)."""
    found = np.quantile(values, [0.1, 0.5, 0.9], axis=-1, method="inverted_cdf")
    return np.asarray(np.moveaxis(found, 0, -1))


def share_of_group(share: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the output-weighted mean over lines.

    Parameters
    ----------
    share
        (time, lines, N).
    weight
        (lines, N), for example the planned rate.
    """
    return np.asarray((share * weight).sum(axis=1) / np.maximum(weight.sum(axis=0), LEAST))


def worst_part(share: FloatArray, dependence: FloatArray) -> FloatArray:
    """Return the share of a sector's output that stands still for want of its worst part.

    A good needs all its parts, so the parts' shares are not added: the same goods are taken to lack
    several of them.

    Parameters
    ----------
    share
        (time, parts, N), of the output that needs the part.
    dependence
        Share of the output that needs the part, (parts, N).
    """
    return np.asarray((share * dependence).max(axis=1))


def _inside(
    end: FloatArray,
    mean: FloatArray,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    level: float,
    dt: float,
) -> FloatArray:
    """Return the moment in a step at which the share reaches `level`, in weeks; `at` is step and draw.

    The share goes from end[k] to end[k + 1] and has the mean mean[k]: a jump sits where the mean
    puts it, a ramp is linear, anything between is shifted by the difference of the two.
    """
    k, n = at
    before, after, through = end[k, n], end[k + 1, n], mean[k, n]
    rise = np.maximum(after - before, 1e-300)
    jump_at = (after - through) / rise
    inside = np.clip(jump_at + (level - before) / rise - 0.5, 0.0, 1.0)
    return np.asarray((k + inside) * dt)


def crossing_weeks(end: FloatArray, mean: FloatArray, level: float, steps_per_week: int) -> FloatArray:
    """Return the week from which the share is at or above `level` for a full week.

    Parameters
    ----------
    end
        Share at the instants, (T + 1, N).
    mean
        Mean share during the steps, (T, N).
    level
        Threshold, above 0.

    Returns
    -------
    FloatArray
        Weeks, interpolated inside the step; `NEVER` if none; (N,).
    """
    return _crossings(end, mean, [level], steps_per_week)[0]


def _crossings(
    end: FloatArray, mean: FloatArray, levels: Iterable[float], steps_per_week: int
) -> list[FloatArray]:
    """Return what :func:`crossing_weeks` does, of several levels."""
    top = end[1:].max(axis=0, initial=0.0)
    found = []
    for level in levels:
        weeks = np.full(end.shape[1], NEVER)
        some = np.flatnonzero(top >= level)  # the others never reach it
        if some.size:
            weeks[some] = _crossing(end, mean, some, level, steps_per_week)
        found.append(weeks)
    return found


def _crossing(
    end: FloatArray, mean: FloatArray, some: NDArray[np.int64], level: float, steps_per_week: int
) -> FloatArray:
    """Return what :func:`crossing_weeks` does, of `some` draws, which reach `level` at some instant."""
    above = (end if some.size == end.shape[1] else end[:, some])[1:] >= level
    hold = min(steps_per_week, above.shape[0])
    last = above.shape[0] - hold + 1
    lasting = above[:last].copy()
    for later in range(1, hold):
        lasting &= above[later : last + later]
    k = _first(lasting)
    found = lasting[k, np.arange(k.size)]
    weeks = _inside(end, mean, (k, some), level, 1.0 / steps_per_week)
    weeks = np.where(end[0, some] >= level, 0.0, weeks)
    return np.where(found, weeks, NEVER)


def _first(when: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first instant at which a column is true, 0 where none is; fast along memory only."""
    return np.asarray(np.ascontiguousarray(when.T).argmax(axis=1))


def _recovery(end: FloatArray, ever: NDArray[np.bool_], steps_per_week: int) -> FloatArray:
    above = end >= THRESHOLDS[FIRST]
    last = end.shape[0] - 1 - _first(above[::-1])
    weeks = np.where(above[-1], NEVER, (last + 1) / steps_per_week)
    return np.where(ever, weeks, 0.0)


def stops_of(end: FloatArray, mean: FloatArray, steps_per_week: int) -> Stops:
    """Return the stops of one line or group from its shares, (T + 1, N) and (T, N)."""
    found = _crossings(end, mean, THRESHOLDS.values(), steps_per_week)
    weeks = dict(zip(THRESHOLDS, found, strict=True))
    return Stops(
        weeks=weeks,
        peak=end.max(axis=0),
        lost=mean.mean(axis=0),
        recovery=_recovery(end, np.isfinite(weeks[FIRST]), steps_per_week),
    )


def stops_of_many(end: FloatArray, mean: FloatArray, steps_per_week: int) -> list[Stops]:
    """Return the stops of many lines or groups at once, from shares (T + 1, R, N) and (T, R, N)."""
    rows, n = end.shape[1:]
    flat = stops_of(end.reshape(-1, rows * n), mean.reshape(-1, rows * n), steps_per_week)
    weeks = {name: found.reshape(rows, n) for name, found in flat.weeks.items()}
    peak, lost, recovery = (found.reshape(rows, n) for found in (flat.peak, flat.lost, flat.recovery))
    return [
        Stops({name: found[i] for name, found in weeks.items()}, peak[i], lost[i], recovery[i])
        for i in range(rows)
    ]
