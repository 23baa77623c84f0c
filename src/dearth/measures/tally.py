"""What is left of many runs: counts on fixed grids and sums of whole numbers, which add up exactly.

Whole numbers do not care in which order they are added, so the tally of an ensemble is the same to the last
bit however its members were spread over workers.  Its size depends on the cells met, not on the members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray
from dearth.measures.grid import NEVER_CELL, Cells, Grid

__all__ = ["Counted", "Tally", "counted", "ever", "fixed", "merged", "order_statistics", "quantiles", "total"]

_SHIFT: Final = 32
_DENSE: Final = 8  # cells a value, up to which they are counted in a table
_PER_UNIT: Final = 1_000_000  # what is summed counts to a millionth: grams of tonnes


class Counted(NamedTuple):
    """Histograms of one kind: a row has so many `points`, each point a histogram.

    Attributes
    ----------
    rows
        Names, sorted.
    points
        Histograms of a row.
    keys
        ``(row * points + point) << 32 | cell`` of every cell that was met, rising; (K,).
    counts
        How often; (K,).
    """

    rows: tuple[str, ...]
    points: int
    keys: Cells
    counts: Cells


@dataclass(frozen=True, slots=True)
class Tally:
    """Of some members of an ensemble.

    Attributes
    ----------
    members
        How many.
    worst
        Largest residual of mass met.
    counts
        By kind.
    sums
        By kind and name.
    """

    members: int
    worst: float
    counts: Mapping[str, Counted]
    sums: Mapping[str, Mapping[str, int]]


def counted(rows: Sequence[str], values: FloatArray, grid: Grid) -> Counted:
    """Count values on a grid.

    Parameters
    ----------
    rows
        Names, each once, in any order.
    values
        (row, point, N).
    grid
        See `Grid.cells`.
    """
    order = sorted(range(len(rows)), key=lambda i: rows[i])
    points = values.shape[1]
    first = np.argsort(np.array(order, np.int64))[:, np.newaxis] * points
    slots = (first + np.arange(points)).ravel()
    keys, counts = _cells_met(grid.cells(values).reshape(slots.size, -1), slots)
    return Counted(tuple(rows[i] for i in order), points, keys, counts)


def _cells_met(cells: Cells, slots: Cells) -> tuple[Cells, Cells]:
    """Return the key of every cell met, rising, and how often it was; `cells` is (slots, N), overwritten."""
    span = int(cells.max(initial=0)) + 1
    if span > _DENSE * max(1, cells.shape[1]):
        cells += (slots << _SHIFT)[:, np.newaxis]
        keys, counts = np.unique(cells, return_counts=True)
        return keys, counts.astype(np.int64)
    cells += (slots * span)[:, np.newaxis]
    found = np.bincount(cells.ravel())  # a table takes less time than sorting where cells are few
    met = np.flatnonzero(found)
    slot, cell = np.divmod(met, span)
    return (slot << _SHIFT) + cell, found[met].astype(np.int64)


def fixed(values: FloatArray) -> NDArray[np.int64]:
    """Return the sums over the last axis, each value rounded to a millionth first; in millionths."""
    return np.asarray(np.rint(values * _PER_UNIT).astype(np.int64).sum(axis=-1))


def merged(tallies: Iterable[Tally]) -> Tally:
    """Return the tally of all members together; the order does not matter, nor how they are grouped."""
    parts = list(tallies)
    kinds = sorted({kind for part in parts for kind in part.counts})
    return Tally(
        members=sum(part.members for part in parts),
        worst=max((part.worst for part in parts), default=0.0),
        counts={kind: _merged([p.counts[kind] for p in parts if kind in p.counts]) for kind in kinds},
        sums=_summed([part.sums for part in parts]),
    )


def _merged(parts: Sequence[Counted]) -> Counted:
    rows = tuple(sorted({row for part in parts for row in part.rows}))
    keys = np.concatenate([_on(part, rows) for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    order = np.argsort(keys, kind="stable")  # merges runs that are sorted already
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    summed = np.add.reduceat(counts, first) if first.size else counts
    return Counted(rows, parts[0].points, keys[first], summed)


def _on(part: Counted, rows: tuple[str, ...]) -> Cells:
    """Return the keys of a part as they are among more rows."""
    if part.rows == rows:
        return part.keys
    at = {row: i for i, row in enumerate(rows)}
    place = np.array([at[row] for row in part.rows], np.int64)
    slot, cell = part.keys >> _SHIFT, part.keys & NEVER_CELL
    row, point = np.divmod(slot, part.points)
    return np.asarray((place[row] * part.points + point) << _SHIFT | cell)


def _summed(parts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    out: dict[str, dict[str, int]] = {}
    for part in parts:
        for kind, found in part.items():
            into = out.setdefault(kind, {})
            for name, number in found.items():
                into[name] = into.get(name, 0) + number
    return {kind: dict(sorted(out[kind].items())) for kind in sorted(out)}


def total(counts: Counted) -> Cells:
    """Return how many values each histogram holds; (row, point)."""
    slots = len(counts.rows) * counts.points
    found = np.zeros(slots, np.int64)
    np.add.at(found, counts.keys >> _SHIFT, counts.counts)
    return found.reshape(len(counts.rows), counts.points)


def ever(counts: Counted) -> FloatArray:
    """Return the share of the values of each histogram that are finite; (row, point)."""
    some = (counts.keys & NEVER_CELL) != NEVER_CELL
    finite = total(counts._replace(keys=counts.keys[some], counts=counts.counts[some]))
    return np.asarray(finite / np.maximum(total(counts), 1))


def order_statistics(counts: Counted, grid: Grid, at: Cells) -> FloatArray:
    """Return the values at the places `at` of the sorted values of each histogram; (row, point)."""
    sizes = total(counts).ravel()
    before = np.cumsum(sizes) - sizes
    place = np.clip(at.ravel(), 0, np.maximum(sizes - 1, 0)) + before
    entry = np.searchsorted(np.cumsum(counts.counts), place, side="right")
    return grid.values(counts.keys[entry] & NEVER_CELL).reshape(at.shape)


def quantiles(counts: Counted, grid: Grid, shares: Sequence[float], *, between: bool = False) -> FloatArray:
    """Return quantiles of every histogram, exact to half a cell; (row, point, share).

    Parameters
    ----------
    counts, grid
        Histograms, none of them empty, and their grid.
    shares
        From 0 to 1.
    between
        Interpolate between two neighbours as ``numpy.quantile`` does; else they are order statistics
        (``method="inverted_cdf"``), which need no interpolation to what never comes.
    """
    find = _between if between else _order
    return np.stack([find(counts, grid, share) for share in shares], axis=-1)


def _order(counts: Counted, grid: Grid, share: float) -> FloatArray:
    return order_statistics(counts, grid, np.ceil(total(counts) * share - 1.0).astype(np.int64))


def _between(counts: Counted, grid: Grid, share: float) -> FloatArray:
    place = (total(counts) - 1) * share
    low = np.floor(place).astype(np.int64)
    below, above = order_statistics(counts, grid, low), order_statistics(counts, grid, low + 1)
    part = place - low
    same = (below == above) | (part == 0.0)
    step = np.where(same, 0.0, above - np.where(same, 0.0, below))
    return np.asarray(below + np.where(same, 0.0, step * part))
