"""Values of the book's rows, one per draw of the ensemble.

Every row with a range is drawn from a triangle over (low, central, high) by a Latin hypercube; a row
without a range keeps its value in every draw.  Each row has its own stream, keyed by its id, so that a
new row in the book does not move the draws of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cache
from itertools import product
from typing import Any, Final
from zlib import crc32

import numpy as np

from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray
from dearth.errors import BookError, Fault

__all__ = ["Draws", "RowIndex", "triangle"]

ANY: Final = "*"
_KEYS: Final = ("material", "element", "place", "partner", "sector")
_Index = dict[str, dict[tuple[str, ...], FactRow]]


def triangle(u: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Return the quantiles `u` (0 to 1) of the triangular distribution on [low, high]."""
    if high <= low:
        return np.full_like(u, mode)
    at = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * max(mode - low, 0.0))
    right = high - np.sqrt((1.0 - u) * (high - low) * max(high - mode, 0.0))
    return np.where(u < at, left, right)


class RowIndex:
    """The rows of data/chain and of overlays by quantity and keys; of rivals the winner stands."""

    def __init__(self, book: Book) -> None:
        self._rows = _by_quantity(book)
        self._found: dict[tuple[str, tuple[str, ...]], FactRow | None] = {}

    def rows(self, quantity: str) -> tuple[FactRow, ...]:
        """Return all rows of a quantity, in file order."""
        return tuple(self._rows.get(quantity, {}).values())

    def find(self, quantity: str, wanted: tuple[str, ...]) -> FactRow | None:
        """Return the row that fits the keys material .. sector best, or None."""
        asked = quantity, wanted
        if asked not in self._found:
            rows = self._rows.get(quantity, {})
            self._found[asked] = next((rows[p] for p in _patterns(wanted) if p in rows), None)
        return self._found[asked]


class Draws:
    """Looks rows up by quantity and keys (``*`` in a row matches all) and gives their draws.

    Parameters
    ----------
    book
        The data book.
    n, seed
        Size and seed of the ensemble; with ``n == 1`` every row keeps its central value.
    fixed
        Values by row id that replace the row (overrides of a scenario), one or one per draw.
    centres
        Values by row id that replace the central value only (the reconciled base year).
    central
        No row is drawn: the draws differ in `fixed` alone.
    index
        Of the same book, where one was made before.
    kept
        Draws by row id of an ensemble with the same book, size, seed and centres: read, and added to.
    """

    def __init__(
        self,
        book: Book,
        n: int,
        seed: int,
        *,
        fixed: Mapping[str, float | FloatArray] | None = None,
        centres: Mapping[str, float] | None = None,
        central: bool = False,
        index: RowIndex | None = None,
        kept: MutableMapping[str, FloatArray] | None = None,
    ) -> None:
        self._central = central or n == 1
        self.n = n
        self.seed = seed
        self._fixed = dict(fixed or {})
        self._centres = dict(centres or {})
        self._index = RowIndex(book) if index is None else index
        self._own: dict[str, FloatArray] = {}
        self._kept = {} if kept is None else kept
        self.used: dict[str, FactRow] = {}

    def of(self, row: FactRow) -> FloatArray:
        """Return the draws of one row, shape (N,), in the unit of the row; not to be written to."""
        self.used[row.id] = row
        drawn = self._own if row.id in self._fixed else self._kept
        if row.id not in drawn:
            drawn[row.id] = self._draw(row)
        return drawn[row.id]

    @contextmanager
    def reading(self) -> Iterator[dict[str, FactRow]]:
        """Give the rows that are used inside, by id in the order of their first use."""
        before = self.used
        inside: dict[str, FactRow] = {}
        self.used = inside
        try:
            yield inside
        finally:
            self.used = before | inside

    @property
    def ensemble(self) -> tuple[int, int, bool]:
        """What tells ensembles of one book apart: size, seed, and whether no row is drawn."""
        return self.n, self.seed, self._central

    def told(self, rows: Collection[str]) -> dict[str, bytes]:
        """Return what replaces any of these rows, as bytes by row id."""
        return {i: np.asarray(v, np.float64).tobytes() for i, v in self._fixed.items() if i in rows}

    def quantiles(self, row: FactRow) -> FloatArray:
        """Return the Latin-hypercube quantiles of one row: one draw in each of N equal bins."""
        rng = np.random.Generator(np.random.PCG64([self.seed, crc32(row.id.encode())]))
        return np.asarray((rng.permutation(self.n) + rng.random(self.n)) / self.n)

    def _draw(self, row: FactRow) -> FloatArray:
        if row.id in self._fixed:
            return np.broadcast_to(np.asarray(self._fixed[row.id], np.float64), (self.n,)).copy()
        centre = self._centres.get(row.id, row.central)
        if centre is None:
            fault = Fault(f"row {row.id!r} has no value", row.quantity, cure="give it a value or a range")
            raise BookError("Drawing the ensemble", fault)
        if self._central or row.low is None or row.high is None:
            return np.full(self.n, centre)
        return triangle(self.quantiles(row), min(row.low, centre), centre, max(row.high, centre))

    def rows(self, quantity: str) -> tuple[FactRow, ...]:
        """Return all rows of a quantity, in file order."""
        return self._index.rows(quantity)

    def get(self, quantity: str, **keys: str) -> FloatArray:
        """Return the draws of the row that fits best: fewest ``*`` among material .. sector.

        Raises
        ------
        BookError
            No row fits.
        """
        found = self.find(quantity, **keys)
        if found is None:
            asked = ", ".join(f"{k}={v}" for k, v in keys.items())
            fault = Fault(f"no row of {quantity!r} for {asked}", "data/chain", cure="add it, or a row with *")
            raise BookError("Building the world", fault)
        return self.of(found)

    def find(self, quantity: str, **keys: str) -> FactRow | None:
        """Return the row that fits best, or None."""
        get = keys.get
        asked = (
            get("material", ""),
            get("element", ""),
            get("place", ""),
            get("partner", ""),
            get("sector", ""),
        )
        return self._index.find(quantity, asked)


def _patterns(wanted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield key patterns from exact to general: of a key itself, ``*`` and nothing."""
    choices = [(key, ANY, "") if key else ("", ANY) for key in wanted]
    for picks in _picks(tuple(map(len, choices))):
        yield tuple(of[i] for of, i in zip(choices, picks, strict=True))


@cache
def _picks(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return which choice to take of each key, those with the most first choices first."""
    picks = product(*(range(size) for size in sizes))
    return tuple(sorted(picks, key=lambda pick: sum(i > 0 for i in pick)))


def _by_quantity(book: Book) -> _Index:
    """Index the rows of data/chain and of overlays; of rivals the winner stands."""
    index: _Index = {}
    for row in book.rows:
        origin = book.origins[row.id]
        if row.kind == "hole" or not (origin.overlay or origin.file.startswith("chain")):
            continue
        if book.rivals(row).winner is row:
            keys: Any = tuple(getattr(row, k) for k in _KEYS)
            index.setdefault(row.quantity, {}).setdefault(keys, row)
    return index
