"""What can be wrong with a scenario, in words: checks over several fields, and pydantic's findings.

The checks here read raw data and skip what they cannot read, so that they speak even when other
fields are wrong: all faults are reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from dearth.calendar import DAYS_PER_WEEK, date_of_week
from dearth.errors import Fault, did_you_mean

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "MAX_WEEKS",
    "_NEEDS",
    "action_faults",
    "cross_faults",
    "faults_of",
    "parse_day",
]

FIRST_YEAR: Final = 2005
LAST_YEAR: Final = 2060
_SHOWN: Final = 100
MAX_WEEKS: Final = 520

# action -> fields without which it means nothing
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "licence": ("origin", "materials", "destinations"),
    "prohibit": ("origin", "materials", "destinations"),
    "inspect": ("origin", "materials", "destinations"),
    "open": ("origin", "materials", "destinations"),
    "stop-flow": ("origin", "materials", "destinations"),
    "quota": ("origin", "materials", "destinations", "tonnes_per_half_year"),
    "note": (),
    "duty": ("origin", "materials", "percent"),
    "curb": ("origin", "materials"),
    "enforce": ("origin", "materials"),
    "floor": ("origin", "materials", "usd_per_kg"),
    "stockpile": ("origin", "materials", "tonnes", "over_weeks"),
}
# number -> the one action that it belongs to
_BELONGS: Final = {
    "tonnes_per_half_year": "quota",
    "percent": "duty",
    "usd_per_kg": "floor",
    "tonnes": "stockpile",
    "over_weeks": "stockpile",
}


_CURES: Final = {
    "int_type": "write a whole number, e.g. 52",
    "string_type": "put it in quotes",
    "dict_type": "write `key: value` lines",
    "model_type": "write `key: value` lines",
    "string_pattern_mismatch": "use small letters, digits and hyphens",
    "finite_number": "write a plain number, e.g. 6.5",
}


def parse_day(value: object) -> tuple[date | None, tuple[str, str]]:
    """Return the day written as ``YYYY-MM-DD``, or None and ``(what is wrong, cure)``."""
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    else:
        text = value if isinstance(value, str) else ""
        cure = "write YYYY-MM-DD, e.g. 2025-04-04"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return None, (f"{str(value)[:60]!r} is not a day", cure)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None, (f"{text!r} is not a day of the calendar", cure)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None, (f"{day} is out of range", f"use a day of {FIRST_YEAR} to {LAST_YEAR}")
    return day, ("", "")


def action_faults(event: Mapping[str, Any], where: str) -> list[Fault]:
    """Return what an event lacks, or has too much of, for its action."""
    action = event.get("action")
    if not isinstance(action, str) or action not in _NEEDS:
        return []
    faults = [
        Fault(f"action {action!r} needs {field!r}", where, cure=f"add `{field}:`")
        for field in _NEEDS[action]
        if _missing(event, field)
    ]
    faults += [
        Fault(f"action {action!r} has no {field!r}", where, cure=f"use action `{owner}`, or remove it")
        for field, owner in _BELONGS.items()
        if event.get(field) is not None and action != owner
    ]
    return faults


def _missing(event: Mapping[str, Any], field: str) -> bool:
    value = event.get(field)
    if field != "destinations":
        return value is None or value in ((), [])
    if value is None:  # absent: all
        return "destinations" in event
    return isinstance(value, list | tuple) and not [place for place in value if place != event.get("origin")]


def cross_faults(raw: Mapping[str, Any]) -> list[Fault]:
    """Return the faults that only several fields together show."""
    events = raw.get("events")
    if not isinstance(events, list | tuple):
        return []
    faults: list[Fault] = []
    for i, event in enumerate(events):
        if isinstance(event, Mapping):
            faults += action_faults(event, f"events[{i}]")
            faults += _horizon_faults(raw, event.get("date"), f"events[{i}].date")
    return faults


def _horizon_faults(raw: Mapping[str, Any], value: object, where: str) -> list[Fault]:
    day, start = parse_day(value)[0], parse_day(raw.get("start"))[0]
    weeks = raw.get("weeks")
    if day is None or start is None:
        return []
    if day < start:
        cure = f"move `start` to {day} or earlier, or leave the event out"
        return [Fault(f"{day} is before the start", where, f"week 0 is {start}", cure)]
    if type(weeks) is not int or not 1 <= weeks <= MAX_WEEKS:
        return []
    end = date_of_week(weeks, start)
    if day > end:
        need = -(-(day - start).days // DAYS_PER_WEEK)
        cure = f"set `weeks` to {need} or more" if need <= MAX_WEEKS else "leave the event out"
        return [Fault(f"{day} is after the end", where, f"week {weeks} is {end}", cure)]
    return []


def faults_of(error: ValidationError, fields: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    """Return pydantic's findings as faults; `fields` gives the known keys by section."""
    found = [f for item in error.errors() if item["type"] != "cross" for f in _fault_of(dict(item), fields)]
    if len(found) > _SHOWN:
        found = [*found[:_SHOWN], Fault(f"and {len(found) - _SHOWN} more faults")]
    return found


def _fault_of(item: dict[str, Any], fields: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    loc, kind = item["loc"], item["type"]
    where = _where(loc)
    if kind == "dearth":
        yield Fault(item["ctx"]["what"], where, cure=item["ctx"]["cure"])
    elif kind == "extra_forbidden":
        known = fields["events" if loc and loc[0] == "events" else ""]
        key = str(loc[-1])[:80]
        yield Fault(f"unknown key {key!r}", _where(loc[:-1]), cure=did_you_mean(key, known))
    elif kind == "missing":
        yield Fault(f"{loc[-1]!r} is missing", _where(loc[:-1]), cure=f"add `{loc[-1]}:`")
    elif kind == "literal_error":
        given = str(item["input"])[:60]
        names = re.findall(r"'([^']*)'", str(item["ctx"]["expected"]))
        yield Fault(f"unknown {loc[-1]} {given!r}", where, cure=did_you_mean(given, names))
    else:
        cure = _CURES.get(kind, "")
        yield Fault(f"{_shown(item['input'])} will not do", where, _plain(str(item["msg"])), cure)


def _where(loc: tuple[int | str, ...]) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{_safe(str(part))}"
    return path.removeprefix(".").removesuffix(".[key]")


def _safe(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _plain(message: str) -> str:
    return message.removeprefix("Input ").replace("should be", "must be").replace("should", "must")
