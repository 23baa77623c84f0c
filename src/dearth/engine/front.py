"""The stop front: how many customers of a buyer group are out of stock.

A shortage falls on customers, not on averages: a licence is given to one and refused to another, a
part fits one line.  Of a group whose arrivals fall short by `missing`, the share
``missing / depth`` is affected, each missing ``depth = focus + (1 - focus) * missing`` of its need
(focus 1: all or nothing; focus 0: all alike, the law of MODEL.md, step 8).  Customers enter and leave
this share at random, with the stock they hold.

Among the affected, cover differs.  With s = cover / mean cover distributed as F, and each having
missed x * mean cover weeks of need, the stock left is R(x) = integral of (1 - F) from x on (a share of
what it was), and F(x) of them are out.  The front therefore follows from their stock alone:
dR = -(1 - F) dx, which conserves mass exactly; dx/dt = depth / mean cover.  Output stopped is
missing * F(x).  F is lognormal with mean 1, cut at `X_MAX` and rescaled to mean 1.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, IntArray

__all__ = ["SPREADS", "X_MAX", "FrontTables", "front_tables", "spread_row"]

X_MAX: Final = 12.0
_MEAN_OFF: Final = 1e-9  # how far the mean cover of the table may be from 1
# Spreads of ln(cover) that are tabulated; row 0 is "all buyers alike".
SPREADS: Final = np.concatenate(([0.0], np.linspace(0.10, 1.20, 56)))


class FrontTables(NamedTuple):
    """Tables over the spreads: rows as in `SPREADS`."""

    left: FloatArray
    out: FloatArray
    x: FloatArray
    x_max: float


def spread_row(sigma: FloatArray) -> IntArray:
    """Return the row of the nearest tabulated spread (grid step 0.02); 0 stays 0."""
    inner = np.clip(np.rint((sigma - SPREADS[1]) / (SPREADS[2] - SPREADS[1])), 0, len(SPREADS) - 2)
    return np.where(sigma <= 0.0, 0, inner + 1).astype(np.int64)


def _survival(x: FloatArray, sigma: float) -> FloatArray:
    """Return 1 - F(x) of a lognormal with mean 1 and spread `sigma`, zero at the last x."""
    z = (np.log(np.maximum(x, 1e-300)) + 0.5 * sigma**2) / sigma
    tail = np.array([0.5 * math.erfc(v / math.sqrt(2.0)) for v in z])
    tail[0] = 1.0
    return np.asarray((tail - tail[-1]) / (1.0 - tail[-1]), np.float64)


def _cut_tail(grid: FloatArray, sigma: float) -> FloatArray:
    """Return 1 - F on the grid, cut at its end; stretched until the mean of what is left is 1."""
    stretch = 1.0
    while True:
        tail = _survival(grid * stretch, sigma)
        mean = float(np.trapezoid(tail, grid))
        if abs(mean - 1.0) < _MEAN_OFF:
            return tail
        stretch *= mean


def _one_front(sigma: float, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return R on the x grid, F on the x grid and x on the uniform grid of R."""
    grid = np.linspace(0.0, X_MAX, n)
    share = np.linspace(0.0, 1.0, n)
    if sigma == 0.0:
        return np.maximum(0.0, 1.0 - grid), np.where(grid >= 1.0, 1.0, 0.0), 1.0 - share
    tail = _cut_tail(grid, sigma)
    out = 1.0 - tail
    steps = 0.5 * ((1.0 - out[1:]) + (1.0 - out[:-1])) * np.diff(grid)
    left = np.concatenate((np.cumsum(steps[::-1])[::-1], [0.0]))
    left /= left[0]
    return left, out, np.interp(share, left[::-1], grid[::-1])


@cache
def front_tables(n: int = 1537) -> FrontTables:
    """Return the tables on `n` points of x (the coverage classes of a buyer group), not to be written to."""
    rows = [_one_front(float(s), n) for s in SPREADS]
    left, out, x = (np.ascontiguousarray(np.stack(t)) for t in zip(*rows, strict=True))
    return FrontTables(left=left, out=out, x=x, x_max=X_MAX)
