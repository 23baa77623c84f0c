"""The data book: sourced facts, read, checked and looked up; see ``docs/data.md``."""

from dearth.book.audit import AuditReport, Disagreement, audit
from dearth.book.book import Book, Origin, Rivals, load_book
from dearth.book.events import Event, load_events
from dearth.book.schema import COLUMNS, GRADES, KINDS, TERMS, FactRow
from dearth.book.search import Shown, show

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
