"""Peaks of ensembles of prices, and what moved a price: cost, scarcity, rent and panic, which add up."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray, IntArray
from dearth.measures.bands import five
from dearth.measures.peaks import half_life
from dearth.measures.tiers import MOVED, Parts

__all__ = [
    "CAUSES",
    "Peaks",
    "at",
    "before_peak",
    "elasticity",
    "moves_of",
    "peaks_of",
    "shares_when",
    "tonnes_when",
]

_WINDOW: Final = 4  # weeks up to a peak over which tonnes are counted

# cause -> the parts of a price that it sums
CAUSES: Final = {
    "cost": ("anchor", "tax", "freight"),
    "scarcity": ("scarcity",),
    "rent": ("licence", "quota"),
    "floor": ("floor",),
    "panic": ("panic",),
}


class Peaks(NamedTuple):
    """The highest point of each draw, (N,).

    Attributes
    ----------
    value, point
        In the unit of the path; its first such point.
    moved
        Whether it is above the start.
    halved
        Weeks after the peak until half of the rise is gone; infinite if never in the run, NaN if not moved.
    last
        Whether it is the last point: the true peak may come later.
    """

    value: FloatArray
    point: IntArray
    moved: NDArray[np.bool_]
    halved: FloatArray
    last: NDArray[np.bool_]


def peaks_of(path: FloatArray) -> Peaks:
    """Return the peaks of an ensemble of weekly prices, (W + 1, N), above their start."""
    point = path.argmax(axis=0)
    value = np.take_along_axis(path, point[None], axis=0)[0]
    moved = value > path[0] * (1.0 + MOVED)
    weeks = np.arange(path.shape[0], dtype=np.float64)
    halved = np.full(path.shape[1], np.nan)
    for n in np.flatnonzero(moved):
        found = half_life(weeks, path[:, n], float(path[0, n]))
        halved[n] = np.inf if found is None else found
    return Peaks(value, point, moved, halved, moved & (point == path.shape[0] - 1))


def at(path: FloatArray, point: IntArray) -> FloatArray:
    """Return the path at one point of each draw, (N,)."""
    return np.asarray(np.take_along_axis(path, point[None], axis=0)[0])


def moves_of(parts: Parts, calm: Parts) -> dict[str, FloatArray]:
    """Return what moved a price since its start, by part, USD/kg, each (W + 1, N); they add up to the move.

    Parameters
    ----------
    parts
        Of the run.
    calm
        Of the same run in which nobody orders more than need and the gap of stock: the other parts are of
        this run, and ``panic`` is the difference.
    """
    found = {name: getattr(calm, name) for name in Parts._fields if name != "start"}
    return {**found, "panic": parts.path - calm.path}


def elasticity(up: FloatArray, down: FloatArray, factor: float) -> FloatArray:
    """Return d ln(peak) / d ln(input) by central difference, from the input times and over `factor`."""
    return np.asarray(np.log(up / down) / (2.0 * np.log(factor)))


def before_peak(flow: FloatArray, peaks: Peaks) -> FloatArray:
    """Return the mean of the weeks up to each draw's peak; the base flow where that is the start, (N,)."""
    total = np.concatenate([np.zeros_like(flow[:1]), np.cumsum(flow, axis=0)])
    last = peaks.point + 1
    first = np.maximum(np.minimum(1, peaks.point), last - _WINDOW)
    return np.asarray((at(total, last) - at(total, first)) / (last - first))


def tonnes_when(tonnes: FloatArray, peaks: Peaks) -> dict[str, dict[str, float | None]]:
    """Return bands of tonnes per week at the start, up to the peak, and over the run."""
    found = {"start": tonnes[0], "peak": before_peak(tonnes, peaks), "run": tonnes[1:].mean(axis=0)}
    return {name: five(values) for name, values in found.items()}


def shares_when(tonnes: FloatArray, total: FloatArray, peaks: Peaks) -> dict[str, dict[str, float | None]]:
    """Return tonnes as a share of all that China sold of the good, at home and abroad."""
    pairs = {
        "start": (tonnes[0], total[0]),
        "peak": (before_peak(tonnes, peaks), before_peak(total, peaks)),
        "run": (tonnes[1:].sum(axis=0), total[1:].sum(axis=0)),
    }
    return {name: five(part / np.maximum(whole, 1e-300)) for name, (part, whole) in pairs.items()}
