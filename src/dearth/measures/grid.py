"""Fixed grids: a number becomes the nearest point of a grid, so that counts of many runs add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray

__all__ = ["NEVER_CELL", "Cells", "Grid"]

Cells = NDArray[np.int64]

NEVER_CELL: Final = 2**32 - 1
"""Cell of what is infinite."""
_LEAST: Final = 1e-9  # of a relative grid; what is less is zero


@dataclass(frozen=True, slots=True)
class Grid:
    """Points ``0, width, 2 width, ...``, or zero and a geometric row.

    Attributes
    ----------
    width
        Distance of two points; of a relative grid, that of their logarithms.
    relative
        Points are ``1e-9 exp(k width)``: for sizes that differ by orders of magnitude.
    """

    width: float
    relative: bool = False

    def cells(self, values: FloatArray) -> Cells:
        """Return the number of the point nearest to each value, `NEVER_CELL` for what is infinite.

        Raises
        ------
        ValueError
            A value is NaN, below zero by more than half a cell, or too large for the grid.
        """
        never = np.isposinf(values) if values.max(initial=0.0) == np.inf else None
        found = self._place(values if never is None else np.where(never, 0.0, values))
        np.rint(found, out=found)
        if found.size and not (found.min() >= 0.0 and found.max() < NEVER_CELL):  # NaN is neither
            raise ValueError(f"a value does not fit on a grid of {self.width:g}")
        cells = found.astype(np.int64)
        if never is not None:
            cells[never] = NEVER_CELL
        return cells

    def values(self, cells: Cells) -> FloatArray:
        """Return the points of some cells; infinite for `NEVER_CELL`."""
        never = cells == NEVER_CELL
        cells = np.where(never, 0, cells)
        if self.relative:
            finite = np.where(cells > 0, _LEAST * np.exp((cells - 1) * self.width), 0.0)
        else:
            finite = cells / self._per
        return np.where(never, np.inf, finite)

    @property
    def _per(self) -> float:
        """Points in one unit: a whole number, so that points are what they are called."""
        return float(np.rint(1.0 / self.width))

    def _place(self, values: FloatArray) -> FloatArray:
        if not self.relative:
            return values * self._per
        above = values >= _LEAST
        place = np.log(np.where(above, values, _LEAST) / _LEAST) / self.width + 1.0
        return np.where(above, place, np.where(np.isnan(values), np.nan, np.minimum(values, 0.0)))
