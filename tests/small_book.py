"""Books of a few made-up rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dearth.book import Book, FactRow
from dearth.book.book import Origin


def row(name: str, quantity: str, value: float | None = None, **columns: Any) -> FactRow:
    """Return a row of kind assumption, all columns empty but those given."""
    blank = dict.fromkeys(("material", "element", "place", "partner", "sector", "basis", "url", "note"), "")
    fixed = {"unit": "1", "date": "2024", "kind": "assumption", "source": "made up", "grade": "-"}
    rest = {"low": None, "high": None, "terms": "own-work", "preferred": ""}
    made: dict[str, Any] = {**blank, **fixed, **rest, "id": name, "quantity": quantity, "value": value}
    return FactRow(**{**made, **columns})


def book_of(rows: Iterable[FactRow], folder: str = "chain") -> Book:
    """Return a book of the rows, as if read from one file of `folder`."""
    kept = tuple(rows)
    origins = {r.id: Origin(f"{folder}/made_up.csv", i + 2, 0, i) for i, r in enumerate(kept)}
    return Book(kept, origins, "0.0", "2024-01-01", "0" * 64)


def without(book: Book, *names: str) -> Book:
    """Return the book without some rows."""
    rows = [r for r in book.rows if r.id not in names]
    return Book(rows, book.origins, book.version, book.date, book.sha256)
