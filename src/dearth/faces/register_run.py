"""What ``dearth register`` does and shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dearth.errors import Fault, InputError
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.register import Register, Row, holdings, replay
from dearth.register.entries import FIELDS
from dearth.rules.read import load_rules
from dearth.rules.rule import parse_day
from dearth.rules.ruleset import RuleSet
from dearth.studies.licence import redecide

__all__ = ["add_record", "day_of", "held_in", "held_lines", "kind_lines", "replay_lines", "replayed"]

_RECORD: Final = Bounds("record")
_PHASE: Final = "Reading the command line"
_REVIEW: Final = "review_working_days"
_WEEK: Final = 7
_WORKING: Final = 5
_WORDS: Final = {
    "text": "text",
    "texts": "list of texts",
    "day": "YYYY-MM-DD",
    "quantity": "number",
    "unit": "unit, e.g. kg",
    "result": "granted, refused or withdrawn",
    "row": "number of a row",
    "mapping": "mapping",
    "rules": "version and sha256 of the rules",
}


def _rows(file: Path) -> tuple[Row, ...]:
    """Return the rows of a register that is whole."""
    with Register.open(file, create=False) as register:
        faults = register.verify()
        if faults:
            raise InputError(f"Reading {file}", faults)
        return register.rows()


def _checked_day(on: str | None, fallback: str) -> str:
    if on is not None and parse_day(on) is None:
        raise InputError(_PHASE, Fault(f"{on[:60]!r} is not a day", "--on", cure="write YYYY-MM-DD"))
    return on or fallback


def day_of(file: Path, on: str | None) -> tuple[tuple[Row, ...], str]:
    """Return the rows of a register and the day to show: `on`, else the latest day of a row."""
    _checked_day(on, "")
    rows = _rows(file)
    latest = max((row.day for row in rows), default=load_rules().as_of.isoformat())
    return rows, _checked_day(on, latest)


def held_in(rows: Sequence[Row], day: str, warn_days: int) -> dict[str, Any]:
    """Return licences and applications on a day; an application is late after the term of the law."""
    found = holdings(rows, day).to_dict(day, warn_days, _review_days(load_rules()))
    kept = [row for row in rows if row.kind == "determination" and row.day <= day]
    head = str(rows[-1].head) if rows else ""
    return {**found, "determinations": len(kept), "head": head}


def _review_days(rules: RuleSet) -> int | None:
    """Return the statutory review in calendar days, public holidays not counted."""
    terms = [rule.params[_REVIEW] for rule in rules.rules if _REVIEW in rule.params]
    return max(terms) * _WEEK // _WORKING if terms else None


def held_lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is held in words."""
    yield f"on {found['on']}: {found['determinations']} determinations kept", "bold"
    for one in found["licences"]:
        left = (
            "no limit stated"
            if one["left"] is None
            else f"{one['left']:g} of {one['quantity']:g} {one['unit']} left"
        )
        yield f"licence {one['number']}, {one['item']}: {left}, {one['state']}, to {one['expires']}", ""
        yield f"  for {', '.join(one['consignees'])}", ""
        yield from ((f"  warning: {line}", "yellow") for line in one["warnings"])
    for one in found["applications"]:
        waiting = f", {one['days_waiting']} days" if one["days_waiting"] is not None else ""
        yield f"application {one['number']}, {one['item']}: {one['state']}{waiting}, filed {one['filed']}", ""
        yield from ((f"  warning: {line}", "yellow") for line in one["warnings"])
    yield f"head {found['head'] or '0'}", ""


def add_record(file: Path, record: Path) -> Row:
    """Add the record of a YAML file to a register and return its row.

    Raises
    ------
    InputError
        The file or the record is wrong, or it names what the register does not hold; nothing is written.
    """
    raw = parse_yaml(read_bytes(record, _RECORD), record.name, _RECORD)
    if raw.get("kind") == "determination":
        cure = "use: dearth licence CASE --register FILE"
        raise InputError(
            "Reading a record file", Fault("a determination is made, not written", record.name, cure=cure)
        )
    with Register.open(file) as register:
        return register.append(raw)


def kind_lines() -> Iterator[tuple[str, str]]:
    """Yield the kinds of record and their fields."""
    for kind, fields in FIELDS.items():
        if kind == "determination":
            continue
        yield f"kind: {kind}", "bold"
        yield "  day: YYYY-MM-DD", ""
        for name, shape in fields.items():
            may = " (may be left out)" if shape.endswith("?") else ""
            yield f"  {name}: {_WORDS[shape.rstrip('?')]}{may}", ""


def replayed(file: Path, number: int | None, on: str | None) -> dict[str, Any]:
    """Return determinations decided again, on their own day and on another."""
    rules = load_rules()
    day = _checked_day(on, rules.as_of.isoformat())
    rows = [row for row in _rows(file) if row.kind == "determination"]
    if number is not None:
        with Register.open(file, create=False) as register:
            rows = [register.row(number)]
    found = [replay(row, redecide(rules), day, rules.sha256).to_dict() for row in rows]
    return {"on": day, "rules": {"version": rules.version, "sha256": rules.sha256}, "rows": found}


def replay_lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield in words whether records are found again, and whether they stand on the day."""
    for one in found["rows"]:
        same = "the same rules" if one["same_rules"] else "other rules than recorded"
        holds = "found again" if one["holds"] else "not found again"
        stands = "the same" if one["stands"] else "another"
        yield (
            f"row {one['row']}, {one['case']}, {one['day']}: {holds} ({same}); on {found['on']} {stands}",
            "",
        )
        for key in ("differences_then", "differences_now"):
            word = "on its day" if key == "differences_then" else f"on {found['on']}"
            for name, (was, now) in one[key].items():
                yield f"  {word}: {name} was {_plain(was)}, is {_plain(now)}", ""
    yield f"{len(found['rows'])} determinations decided again", "bold"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
