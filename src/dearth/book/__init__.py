"""The data book: sourced facts, read, checked and looked up; see ``docs/data.md``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from dearth.book.audit import AuditReport, Disagreement, audit
from dearth.book.book import Book, Origin, Rivals, load_book
from dearth.book.row import COLUMNS, GRADES, KINDS, TERMS
from dearth.book.search import Shown, show

if TYPE_CHECKING:
    from dearth.book.events import Event, load_events
    from dearth.book.schema import FactRow

__all__ = [
    "COLUMNS",
    "GRADES",
    "KINDS",
    "TERMS",
    "AuditReport",
    "Book",
    "Disagreement",
    "Event",
    "FactRow",
    "Origin",
    "Rivals",
    "Shown",
    "audit",
    "load_book",
    "load_events",
    "show",
]

# Imported on first use: a look-up must not wait for the checker of rows.
_HOMES: Final = {
    "Event": "dearth.book.events",
    "FactRow": "dearth.book.schema",
    "load_events": "dearth.book.events",
}


def __getattr__(name: str) -> Any:
    """Return a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dearth.book' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
