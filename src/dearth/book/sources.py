"""Rows of the book as an answer cites them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Final
from weakref import WeakKeyDictionary

from dearth.book.book import Book
from dearth.book.schema import FactRow

__all__ = ["source_of", "sources_of"]

_SHOWN: Final = (
    "id", "quantity", "kind", "low", "high", "unit", "date", "source", "url", "grade", "terms", "note",
)  # fmt: skip
_TOLD: Final = attrgetter(*_SHOWN)
_Told = dict[str, tuple[FactRow, dict[str, Any]]]
_BY_BOOK: Final[WeakKeyDictionary[Book, _Told]] = WeakKeyDictionary()  # every answer cites hundreds


def source_of(book: Book, row: FactRow) -> dict[str, Any]:
    """Return a row as plain data, its value None where it has no number; a user's own row is marked."""
    told = _BY_BOOK.setdefault(book, {})
    known = told.get(row.id)
    if known is None or known[0] is not row:
        known = told[row.id] = row, _source(book, row)
    return dict(known[1])


def _source(book: Book, row: FactRow) -> dict[str, Any]:
    told = dict(zip(_SHOWN, _TOLD(row), strict=True))
    source = {"value": row.central if row.has_number else None, **told}
    return {**source, "yours": True} if book.is_yours(row) else source


def sources_of(book: Book, rows: Iterable[FactRow]) -> list[dict[str, Any]]:
    """Return the rows an answer rests on, assumptions first."""
    return [source_of(book, r) for r in sorted(rows, key=lambda r: (r.kind != "assumption", r.id))]
