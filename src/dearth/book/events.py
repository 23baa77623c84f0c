"""Dated events since 2005, above all of the two squeezes: who did what, when, and who says so."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dearth.book.read import DATA, fault_of, read_bytes, read_table, refuse
from dearth.book.row import SAFE
from dearth.errors import Fault

__all__ = ["EVENT_COLUMNS", "Event", "load_events"]


class Event(BaseModel):
    """One event.

    Attributes
    ----------
    date
        Day of the event; the first of the month or year where `precision` says so.
    precision
        ``"day"``, ``"about"`` (the day is approximate), ``"month"`` or ``"year"``.
    episode
        ``"2005-09"``, ``"2010-15"``, ``"2016-24"`` or ``"2025-26"``; the second and fourth are the squeezes.
    actor, event
        Who did what, in short words.
    source, url, note
        Who says so, where, and what to know before citing it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    date: datetime.date
    precision: Literal["day", "about", "month", "year"]
    episode: Literal["2005-09", "2010-15", "2016-24", "2025-26"]
    actor: str = Field(min_length=1, max_length=120, pattern=SAFE)
    event: str = Field(min_length=1, max_length=600, pattern=SAFE)
    source: str = Field(min_length=1, max_length=600, pattern=SAFE)
    url: str = Field(max_length=600, pattern=r"^https?://\S+$")
    note: str = Field(max_length=600, pattern=SAFE)


EVENT_COLUMNS: Final[tuple[str, ...]] = tuple(Event.model_fields)
_EVENTS: Final = TypeAdapter(tuple[Event, ...])


def load_events(path: str | Path | None = None) -> tuple[Event, ...]:
    """Return the events of `path` (None: dearth's own), ordered by date.

    Raises
    ------
    BookError
        Anything is wrong with the file: all faults, each with file, line and column.
    """
    file = DATA / "events.csv" if path is None else Path(path)
    data = read_bytes(file)
    if isinstance(data, Fault):
        refuse([data])
        return ()
    table = read_table(file.name, data, EVENT_COLUMNS)
    events: tuple[Event, ...] = ()
    try:
        events = _EVENTS.validate_python(table.cells)
    except ValidationError as error:
        table.faults.extend(fault_of(table, detail) for detail in error.errors(include_url=False))
    refuse(table.faults)
    return tuple(sorted(events, key=lambda event: event.date))
