"""When each row of the book was added, changed or removed.

``data/CHANGES.csv`` is the record: one line per event, dated by the version of the data that brought it, with
a hash of the row as it then was.  Rows that differ from the record belong to the version at hand and are
reported with its date, so that the answer is true before the record is brought up to date, too.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from dearth.book.read import DATA, read_bytes, read_table, refuse
from dearth.book.row import COLUMNS
from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from dearth.book.book import Book
    from dearth.book.schema import FactRow

__all__ = ["RECORD", "RowChange", "changes", "full_record", "read_record", "record_text", "row_hash"]

RECORD: Final = DATA / "CHANGES.csv"
_COLUMNS: Final = ("id", "date", "what", "hash")
_WHATS: Final = ("added", "changed", "removed")
_DIGITS: Final = 12
_HASH: Final = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row was ``added``, ``changed`` or ``removed`` on an ISO date; `hash` is that of the row, if any."""

    id: str
    date: str
    what: str
    hash: str


def row_hash(row: FactRow) -> str:
    """Return a short hash over all cells of a row."""
    cells = [getattr(row, column) for column in COLUMNS]
    text = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def read_record(data: bytes | None = None) -> tuple[RowChange, ...]:
    """Return the events of a record (None: dearth's own; none when there is no file), oldest first.

    Raises
    ------
    BookError
        Anything is wrong with the record.
    """
    if data is None and not RECORD.is_file():
        return ()
    found = read_bytes(RECORD) if data is None else data
    if isinstance(found, Fault):
        refuse([found])
        return ()
    table = read_table(RECORD.name, found, _COLUMNS)
    events = [RowChange(**cells) for cells in table.cells]
    for line, event in zip(table.lines, events, strict=True):
        table.faults.extend(Fault(what, f"{RECORD.name}:{line}") for what in _faults(event))
    refuse(table.faults)
    return tuple(sorted(events, key=lambda event: event.date))


def _faults(event: RowChange) -> Iterator[str]:
    if event.what not in _WHATS:
        yield f"{event.what!r} is none of {', '.join(_WHATS)}"
    if (event.what == "removed") != (event.hash == "") or (event.hash and not _HASH.fullmatch(event.hash)):
        yield f"{event.hash!r} is no hash of a row that was {event.what}"
    if not _is_day(event.date):
        yield f"{event.date!r} is not a day"


def _is_day(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def full_record(book: Book, record: Iterable[RowChange]) -> tuple[RowChange, ...]:
    """Return the record, followed by what of dearth's own rows differs from it, dated by the book."""
    known = tuple(record)
    last = {event.id: event for event in known}
    now = {row.id: row_hash(row) for row in book.rows if not book.is_yours(row)}
    fresh = []
    for name, code in now.items():
        event = last.get(name)
        if event is None or event.hash != code:
            what = "changed" if event is not None and event.what != "removed" else "added"
            fresh.append(RowChange(name, book.date, what, code))
    gone = [name for name, event in last.items() if event.what != "removed" and name not in now]
    return (*known, *fresh, *(RowChange(name, book.date, "removed", "") for name in gone))


def changes(book: Book, since: str) -> tuple[RowChange, ...]:
    """Return what happened to dearth's own rows on or after a day, oldest first.

    Parameters
    ----------
    book
        Loaded without overlays; a row that an overlay replaced would count as removed.
    since
        ISO date.

    Raises
    ------
    InputError
        `since` is not a day.
    BookError
        The record is broken.
    """
    if not _is_day(since):
        fault = Fault(f"{since[:40]!r} is not a day", "--since", cure="write YYYY-MM-DD")
        raise InputError("Reading the command line", fault)
    return tuple(event for event in full_record(book, read_record()) if event.date >= since)


def record_text(events: Iterable[RowChange]) -> str:
    """Return a record as the text of its file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((event.id, event.date, event.what, event.hash) for event in events)
    return out.getvalue()
