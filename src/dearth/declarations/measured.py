"""Layers 2 and 3: what a declaration's figures are beside those of its peers, exact medians and spreads.

A figure is a logarithm of a ratio: value per kg, kg per m3, kg per package, freight over value.  Its peers
are the finest group that is large enough; what lacks a figure, or peers, is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.robust import grouped, stats_of
from dearth.declarations.sheet import Sheet, mixed

__all__ = ["MEASURES", "Beside", "Measure", "measure"]

Array = NDArray[Any]
_NORMAL: Final = 1.4826  # MAD of a normal distribution is its deviation over this
_AT_ONCE: Final = 4_000_000  # rows in memory while medians are taken


class Measure(NamedTuple):
    """A figure: its columns of keys, and groups of peers as (name, number of columns), the finest first.

    A group's key is the first so many columns, so a coarser group holds the finer ones.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[tuple[str, int], ...]


MEASURES: Final = (
    Measure(
        "uv",
        ("six", "money", "origin", "destination"),
        (("heading, origin, destination", 4), ("heading, origin", 3), ("heading", 2)),
    ),
    Measure("den", ("four", "six"), (("heading", 2), ("4-digit heading", 1))),
    Measure("kpp", ("four", "six"), (("heading", 2), ("4-digit heading", 1))),
    Measure("frt", ("mode", "four"), (("4-digit heading, mode", 2), ("mode", 1))),
)


class Beside(NamedTuple):
    """Rows that have a figure and peers: position, figure, peers, their median, robust z, level; [rows]."""

    position: Array
    figure: Array
    n: Array
    median: Array
    z: Array
    level: Array


def measure(sheet: Sheet, criteria: Criteria, m: Measure) -> Iterator[Beside]:
    """Yield what a figure is beside its peers, in pieces that hold whole groups; nothing without it."""
    if m.name not in sheet.kinds:
        return
    passes = max(1, -(-sheet.rows // _AT_ONCE))
    for part in range(passes):
        position, figure, keys = _gathered(sheet, m, part, passes)
        if not position.size:
            continue
        found = _levels(criteria, m, figure, keys)
        known = found[0] > 0
        n, median, mad, level = (column[known] for column in found)
        z = (figure[known] - median) / (_NORMAL * np.maximum(mad, criteria.limit("spread-least")))
        yield Beside(position[known], figure[known], n, median, z, level)


def _gathered(sheet: Sheet, m: Measure, part: int, passes: int) -> tuple[Array, Array, list[Array]]:
    """Return position, figure and keys of each level (0: not known) of one part of the rows."""
    found: list[list[Array]] = []
    for first, (figure, *columns) in sheet.pieces(m.name, *m.columns):
        keys = _keys(m, columns)
        taken = np.isfinite(figure) & (keys[-1] != 0)
        if passes > 1:
            taken &= keys[-1] % np.uint64(passes) == part
        here = np.flatnonzero(taken)
        found.append([here + first, figure[here], *(key[here] for key in keys)])
    position, figure, *keys = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return position, figure, keys


def _keys(m: Measure, columns: list[Array]) -> list[Array]:
    """Return the key of each level, the finest first; 0 where one of its columns is not known."""
    known = np.logical_and.accumulate([column != 0 for column in columns])
    return [np.where(known[size - 1], mixed(*columns[:size]), 0) for _name, size in m.levels]


def _levels(criteria: Criteria, m: Measure, figure: Array, keys: list[Array]) -> tuple[Array, ...]:
    """Return number, median, MAD and level of the peers of each row; number 0 where they are too few."""
    least = criteria.limit("peers-least")
    n, median, mad = np.zeros(figure.size, np.int64), np.zeros(figure.size), np.zeros(figure.size)
    level = np.zeros(figure.size, np.int8)
    for i in range(len(m.levels)):
        rows = np.flatnonzero(keys[i])
        groups = grouped(keys[i][rows])
        stats = stats_of(groups, figure[rows])
        taken = (n[rows] == 0) & (stats.n[groups.ids] >= least)
        ids, at = groups.ids[taken], rows[taken]
        n[at], median[at], mad[at], level[at] = stats.n[ids], stats.median[ids], stats.mad[ids], i
    return n, median, mad, level
