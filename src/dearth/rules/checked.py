"""The rules as they were checked, so that dearth's own files are not parsed and checked again at each start.

``checked.jsonl`` holds the rows of the YAML files beside it, as they were read and found right.  Its first
line is the seal: one hash over these rows, over every byte of the files and over the program that checked
them.  Where the seal is not met (the copy is stale, altered, cut short, of another version) the copy is as
if it were not there, and the files are read.  So a rule is written in one place only.  The copy is shipped
beside the files, not kept in a cache: who can forge it there could change the program as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dearth.rules.rule import ROWS, row_of, spelled

__all__ = ["CHECKED", "Sections", "kept_sections", "sealed"]

CHECKED: Final = "checked.jsonl"
Sections = Mapping[str, Mapping[str, Any]]
"""Rows by name, by section of the files; values of a list are a tuple."""

_HERE: Final = Path(__file__).parent
_CHECKERS: Final = (
    *(
        _HERE / f"{name}.py"
        for name in ("checked", "conditions", "effects", "goods", "links", "read", "rule", "schema")
    ),
    *(_HERE.parent / name for name in ("plain_yaml.py", "book/read.py")),
)


def sealed(sections: Sections, files: str) -> bytes:
    """Return the copy of rows that have been checked.

    Parameters
    ----------
    files
        A hash of every byte of the files in which they stand.
    """
    rows = [[section, name, _told(row)] for section, found in sections.items() for name, row in found.items()]
    body = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows).encode()
    return f'"{_seal(files, body)}"\n'.encode() + body


def kept_sections(copy: Path, files: str) -> dict[str, dict[str, Any]] | None:
    """Return the rows of a copy; None where its seal is not met, whatever the reason.

    Parameters
    ----------
    files
        As for `sealed`.
    """
    try:
        seal, _line, body = copy.read_bytes().partition(b"\n")
        if seal != f'"{_seal(files, body)}"'.encode():
            return None
        return _rows(body)
    except (OSError, ValueError, TypeError, KeyError):  # no such copy, or none of rows
        return None


def _rows(body: bytes) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {section: {} for section in ROWS}
    for section, name, told in json.loads(b"[" + b",".join(body.splitlines()) + b"]"):
        kind = ROWS[section]
        found[section][name] = tuple(told) if kind is None else row_of(kind, told)
    return found


def _told(row: Any) -> Any:
    if isinstance(row, tuple):
        return list(row)
    return {name: value for name, value in spelled(row).items() if value not in (None, [], {})}


def _seal(files: str, body: bytes) -> str:
    """Return the hash of the program that checks, of the files and of the rows."""
    digest = sha256()
    for part in (*(path.read_bytes() for path in _CHECKERS), files.encode(), body):
        digest.update(f"{len(part)}\0".encode() + part)
    return digest.hexdigest()
