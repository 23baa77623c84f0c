"""The chain: what a row is, how it is hashed, and what may be wrong with a sequence of rows.

The recipe is public, so that a third party can check an export without dearth: SHA-256 over the bytes
``dearth-register/1``, a line feed, and the JSON array ``[number, kind, day, payload, previous]`` in UTF-8,
without spaces, characters beyond ASCII as they are.  `payload` is the text of the row, not parsed; the first
row follows sixty-four zeros.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from dearth.errors import Fault, InputError

__all__ = ["GENESIS", "MAX_PAYLOAD", "Head", "Row", "canonical", "chain_faults", "head_fault", "row_hash"]

GENESIS: Final = "0" * 64
MAX_PAYLOAD: Final = 64 * 2**20
_DOMAIN: Final = b"dearth-register/1\n"
_HEAD: Final = re.compile(r"(\d{1,15}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is stored: `day` is an ISO date given by the user, `payload` canonical JSON."""

    number: int
    kind: str
    day: str
    payload: str
    previous: str
    hash: str

    @property
    def record(self) -> dict[str, Any]:
        """The payload, parsed."""
        found = json.loads(self.payload)
        return found if isinstance(found, dict) else {}

    @property
    def head(self) -> Head:
        """The head of a register that ends with this row."""
        return Head(self.number, self.hash)


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a register: whoever keeps it notices when rows are cut off later."""

    number: int
    hash: str

    def __str__(self) -> str:
        """Return ``NUMBER:HASH``, the form that answers print."""
        return f"{self.number}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> Head:
        """Return the head that `text` says.

        Raises
        ------
        InputError
            `text` is not ``NUMBER:HASH``.
        """
        found = _HEAD.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            cure = "give it as an answer printed it, NUMBER:HASH"
            raise InputError("Reading a head of the register", Fault(f"{text!r:.90} is no head", cure=cure))
        return cls(int(found[1]), found[2])


def canonical(record: Mapping[str, Any]) -> str:
    """Return `record` as JSON text with sorted keys and no spaces.

    Raises
    ------
    InputError
        It holds NaN, infinity, keys that are no texts, characters that UTF-8 lacks, or objects of other
        types, is nested too deep, or is larger than 64 MiB.
    """
    why = ""
    try:
        _only_text_keys(record)
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"[:160]
    else:
        if size <= MAX_PAYLOAD:
            return text
        why = f"it is {size} bytes, more than {MAX_PAYLOAD}"
    cure = "give plain texts, finite numbers, truth values, lists and mappings"
    raise InputError("Writing to the register", Fault("the record cannot be kept as JSON", "", why, cure))


def _only_text_keys(value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r:.40} is not a text")
            _only_text_keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _only_text_keys(inner)


def row_hash(number: int, kind: str, day: str, payload: str, previous: str) -> str:
    """Return the hash of a row; the module says how it is made."""
    parts = json.dumps([number, kind, day, payload, previous], ensure_ascii=False, separators=(",", ":"))
    return sha256(_DOMAIN + parts.encode("utf-8", "surrogatepass")).hexdigest()


def chain_faults(rows: Iterable[Row]) -> Iterator[Fault]:
    """Yield what is wrong with rows in the order of their numbers: changed, missing, moved, unreadable."""
    expected, previous = 1, GENESIS
    for row in rows:
        where = f"row {row.number}"
        if row.number != expected:
            yield Fault(_gap(expected, row.number), where, "rows are numbered without gaps")
        elif row.previous != previous:
            why = "the hash of the row before is not the one this row was chained to"
            yield Fault("does not follow the row before", where, why)
        if row_hash(row.number, row.kind, row.day, row.payload, row.previous) != row.hash:
            yield Fault("was changed after it was written", where, "its hash is not that of its content")
        yield from _payload_faults(row, where)
        expected, previous = row.number + 1, row.hash


def _gap(expected: int, found: int) -> str:
    if found < expected:
        return f"row {found} stands where {expected} should"
    return (
        f"row {expected} is missing" if found == expected + 1 else f"rows {expected}-{found - 1} are missing"
    )


def _payload_faults(row: Row, where: str) -> Iterator[Fault]:
    try:
        if not isinstance(json.loads(row.payload), dict):
            yield Fault("its content is not a mapping", where)
    except (ValueError, RecursionError) as error:
        yield Fault("its content is not JSON", where, str(error)[:120])


def head_fault(head: Head, last: int, found: str | None) -> Fault | None:
    """Return what is wrong when a kept `head` is held against a register that ends at row `last`.

    `found` is the hash of the row that the head names, None when there is no such row.
    """
    if head.number == 0 and head.hash == GENESIS:
        return None
    if found is None:
        what = f"rows {last + 1}-{head.number} are gone" if head.number > last else "is gone"
        return Fault(what, f"row {head.number}", "an answer printed this head, the register lacks the row")
    if found != head.hash:
        return Fault("is not the row that the head names", f"row {head.number}", "its hash differs")
    return None
