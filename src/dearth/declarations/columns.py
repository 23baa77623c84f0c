"""Which column of a table is which field: by name, by a saved mapping, with "did you mean"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from dearth.declarations.criteria import Column, load_criteria
from dearth.errors import Fault, InputError, did_you_mean
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes

__all__ = ["Mapping", "guess_mapping", "mapping_text", "read_mapping"]

_PHASE: Final = "Matching columns to fields"
_MARKS: Final = re.compile(r"[\s_\-./()#]+")
_NEAR: Final = 0.8
_SCHEMA: Final = "dearth-screen-mapping/1"
_BOUNDS: Final = Bounds("mapping")


@dataclass(frozen=True)
class Mapping:
    """Field -> column of the table; `unused` columns, with the field each may have meant, or ``""``."""

    fields: dict[str, str]
    unused: dict[str, str]


def _plain(name: str) -> str:
    return _MARKS.sub(" ", name.strip().casefold()).strip()


def _known(columns: Iterable[Column]) -> dict[str, str]:
    return {_plain(name): column.field for column in columns for name in (column.field, *column.aliases)}


def guess_mapping(header: Sequence[str], given: dict[str, str] | None = None) -> Mapping:
    """Return the mapping of a header, names in `given` (field -> column) first.

    Raises
    ------
    InputError
        A column stands twice, two columns are one field, a given name is unknown, or no column is the id.
    """
    given = given or {}
    known = _known(load_criteria().columns)
    faults = [*_given_faults(header, given, set(known.values())), *_twice(header)]
    fields: dict[str, str] = dict(given)
    taken = set(given.values())
    for column in header:
        field = known.get(_plain(column))
        if column in taken or field is None or field in given:
            continue
        if field in fields:
            what = f"columns {fields[field]!r} and {column!r} are both {field!r}"
            faults.append(Fault(what, "header", cure="say in a mapping file which one counts"))
        fields.setdefault(field, column)
    unused = {c: _meant(c, known, fields) for c in header if c not in fields.values()}
    faults += _no_id(header, fields)
    if faults:
        raise InputError(_PHASE, faults)
    return Mapping(dict(sorted(fields.items())), unused)


def _meant(column: str, known: dict[str, str], fields: dict[str, str]) -> str:
    near = get_close_matches(_plain(column), [n for n, f in known.items() if f not in fields], 1, _NEAR)
    return known[near[0]] if near else ""


def _twice(header: Sequence[str]) -> list[Fault]:
    return [
        Fault(f"column {name!r} stands twice", "header", cure="drop or rename one")
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]


def _no_id(header: Sequence[str], fields: dict[str, str]) -> list[Fault]:
    if "id" in fields:
        return []
    near = [c for c in header if re.search(r"(?:^|[ _])(?:id|no|number)$", c.strip().casefold())]
    cure = f"did you mean {' or '.join(map(repr, near[:3]))}? say so in a mapping file" if near else ""
    return [Fault("no column is the id of a row", "header", cure=cure or did_you_mean("id", list(header)))]


def _given_faults(header: Sequence[str], given: dict[str, str], known: set[str]) -> list[Fault]:
    faults = []
    for field, column in given.items():
        if field not in known:
            faults.append(Fault(f"no field {field!r}", "mapping", cure=did_you_mean(field, sorted(known))))
        if column not in header:
            faults.append(Fault(f"no column {column!r}", "mapping", cure=did_you_mean(column, list(header))))
    return faults


def read_mapping(path: Path) -> dict[str, str]:
    """Return the mapping saved in a YAML file: field -> column.

    Raises
    ------
    InputError
        It is no such file.
    """
    raw = parse_yaml(read_bytes(path, _BOUNDS), path.name, _BOUNDS)
    columns: Any = raw.get("columns")
    good = isinstance(columns, dict) and all(
        isinstance(k, str) and isinstance(v, str) for k, v in columns.items()
    )
    if not good or raw.get("schema") != _SCHEMA:
        cure = f"write `schema: {_SCHEMA}` and, below `columns:`, lines FIELD: COLUMN"
        raise InputError(_PHASE, Fault("this is no mapping file", path.name, cure=cure))
    return dict(columns)


def mapping_text(mapping: Mapping) -> str:
    """Return a mapping as the text of a YAML file."""
    lines = [f"schema: {_SCHEMA}", "columns:"]
    lines += [f"  {field}: {_quoted(column)}" for field, column in mapping.fields.items()]
    lines += ["# not used:"] if mapping.unused else []
    for column, meant in mapping.unused.items():
        lines.append(f"#  {_quoted(column)}" + (f"   did you mean {meant}?" if meant else ""))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
