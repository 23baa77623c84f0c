"""Kinds of record, the fields of each, and what may be wrong with one.

============== ==================================================================================
kind           fields beside ``kind`` and ``day`` (those in brackets may be left out)
============== ==================================================================================
determination  case, rules (with its sha256), answer, [dearth, title, note]; day: the as-of date
licence        number, item, issued, expires, consignees, [quantity, unit, type, note]
application    number, item, filed, [quantity, unit, consignees, note]
outcome        application, result (granted, refused, withdrawn), [quantity, unit, licence, note]
drawdown       licence, quantity, unit, consignee, [item, reference, note]; day: of the shipment
void           row (a licence, application, outcome or drawdown entered by mistake), reason
============== ==================================================================================

A row that was wrong stays, and a ``void`` says so: nothing is ever changed.  ``expires`` is the last day on
which a licence may be used.  A licence without a quantity (a general licence may have none) has no limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from math import isfinite
from typing import Any, Final

from dearth.errors import Fault, InputError, did_you_mean
from dearth.units import UNITS

__all__ = ["FIELDS", "KINDS", "UNITS_HELD", "check_record", "day_of", "kind_of"]

_DIMENSIONS: Final = ("mass", "mass REO", "mass magnet", "count")
MAX_TEXT: Final = 2000
MAX_NAMES: Final = 1000
MAX_QUANTITY: Final = 1e15
UNITS_HELD: Final = tuple(unit for unit, (kind, _) in UNITS.items() if kind in _DIMENSIONS)
RESULTS: Final = ("granted", "refused", "withdrawn")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SHA: Final = re.compile(r"[0-9a-f]{64}")
# field -> what it must be; a trailing ? marks one that may be left out
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "determination": {
        "case": "mapping",
        "rules": "rules",
        "answer": "mapping",
        "dearth": "text?",
        "title": "text?",
        "note": "text?",
    },
    "licence": {
        "number": "text",
        "item": "text",
        "issued": "day",
        "expires": "day",
        "consignees": "texts",
        "quantity": "quantity?",
        "unit": "unit?",
        "type": "text?",
        "note": "text?",
    },
    "application": {
        "number": "text",
        "item": "text",
        "filed": "day",
        "quantity": "quantity?",
        "unit": "unit?",
        "consignees": "texts?",
        "note": "text?",
    },
    "outcome": {
        "application": "text",
        "result": "result",
        "quantity": "quantity?",
        "unit": "unit?",
        "licence": "text?",
        "note": "text?",
    },
    "drawdown": {
        "licence": "text",
        "quantity": "quantity",
        "unit": "unit",
        "consignee": "text",
        "item": "text?",
        "reference": "text?",
        "note": "text?",
    },
    "void": {"row": "row", "reason": "text"},
}
KINDS: Final = tuple(FIELDS)


def kind_of(record: Mapping[str, Any]) -> str:
    """Return the kind of a checked record."""
    return str(record["kind"])


def day_of(record: Mapping[str, Any]) -> str:
    """Return the day of a checked record as an ISO date."""
    return _iso(record["day"]) or ""


def check_record(record: Mapping[str, Any]) -> None:
    """Check a record before it is written.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    faults = list(_faults(record))
    if faults:
        raise InputError("Writing to the register", faults)


def _faults(record: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(record, Mapping):
        yield Fault("is not a mapping", "the record", cure="give its fields by name")
        return
    kind = record.get("kind")
    if kind not in KINDS:
        yield Fault(f"{kind!r:.80} is no kind of record", "kind", cure=did_you_mean(str(kind), KINDS))
        return
    fields = {"kind": "kind", "day": "day", **FIELDS[kind]}
    for name in record:
        if name not in fields:
            cure = did_you_mean(str(name), list(fields))
            yield Fault(f"unknown field {name!r:.80}", f"the {kind}", cure=cure)
    for name, wanted in fields.items():
        yield from _field_faults(kind, name, wanted, record)
    yield from _pair_faults(kind, record)


def _field_faults(kind: str, name: str, wanted: str, record: Mapping[str, Any]) -> Iterator[Fault]:
    value = record.get(name)
    if value is None:
        if not wanted.endswith("?"):
            yield Fault(
                "is missing", f"{kind}: {name}", cure=_CURES.get(wanted, "every record of this kind has it")
            )
        return
    test = _TESTS[wanted.rstrip("?")]
    if not test(value):
        yield Fault(f"{value!r:.80} will not do", f"{kind}: {name}", cure=_CURES[wanted.rstrip("?")])


def _pair_faults(kind: str, record: Mapping[str, Any]) -> Iterator[Fault]:
    fields = FIELDS[kind]
    if "quantity" in fields and (record.get("quantity") is None) != (record.get("unit") is None):
        yield Fault("a quantity needs a unit, and a unit a quantity", kind)
    issued, expires = _iso(record.get("issued")), _iso(record.get("expires"))
    if issued and expires and expires < issued:
        yield Fault(f"expires on {expires}, before it was issued on {issued}", kind)


def _iso(value: object) -> str | None:
    """Return an ISO date as text, None when it is not a day between 1900 and 2199."""
    text = value.isoformat() if type(value) is date else value
    if not isinstance(text, str) or not re.fullmatch(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _is_text(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value.strip()) <= len(value) <= MAX_TEXT
        and not _CONTROL.search(value)
    )


def _is_quantity(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value < MAX_QUANTITY and isfinite(value)


def _is_rules(value: object) -> bool:
    return isinstance(value, Mapping) and bool(_SHA.fullmatch(str(value.get("sha256"))))


def _is_row(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and 0 < len(value) <= MAX_NAMES and all(map(_is_text, value))


_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "kind": lambda _: True,
    "day": lambda value: isinstance(value, str) and _iso(value) is not None,
    "text": _is_text,
    "texts": _are_texts,
    "quantity": _is_quantity,
    "unit": lambda value: value in UNITS_HELD,
    "result": lambda value: value in RESULTS,
    "mapping": lambda value: isinstance(value, Mapping),
    "rules": _is_rules,
    "row": _is_row,
}
_CURES: Final = {
    "day": "write it YYYY-MM-DD, between 1900 and 2199",
    "text": f"a text of 1-{MAX_TEXT} characters without control characters",
    "texts": "a list of texts, at least one",
    "quantity": "a number above 0 and below 1e15",
    "unit": "one of " + ", ".join(UNITS_HELD),
    "result": "one of " + ", ".join(RESULTS),
    "mapping": "give its fields by name",
    "rules": "a mapping with the sha256 of the rule set",
    "row": "the number of the row",
}
