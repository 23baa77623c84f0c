"""Files to rows: every fault of every file at once, each with file, line and column.

A file is a UTF-8 table with exactly the columns of :data:`dearth.book.schema.COLUMNS`, in any order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dearth.book.row import COLUMNS
from dearth.errors import BookError, Fault, did_you_mean

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from dearth.book.schema import FactRow

__all__ = [
    "DATA",
    "MAX_BYTES",
    "Table",
    "duplicate_ids",
    "fault_of",
    "read_bytes",
    "read_rows",
    "read_table",
    "refuse",
]

DATA: Final = Path(__file__).resolve().parent.parent / "data"
MAX_BYTES: Final = 16 * 2**20
MAX_FAULTS: Final = 200
_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a workbook or a zip file"}
_PHASE: Final = "Reading the data book"
_NUMBER: Final = ("{cell} is not a finite number", "write it plainly, or leave the cell empty")
_WORDS: Final = {
    "literal_error": ("{cell} is not in the list", "one of {expected}"),
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "string_too_short": ("the cell is empty", "every row needs it"),
    "string_too_long": ("longer than {max_length} characters", "shorten it"),
}


@dataclass(slots=True)
class Table:
    """A file cut into cells: `cells` by line, in the order of the wanted columns, and its faults."""

    name: str
    lines: list[int] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def refuse(faults: Sequence[Fault], phase: str = _PHASE) -> None:
    """Raise a BookError when there are faults; only the first 200 are shown.

    Raises
    ------
    BookError
        `faults` is not empty.
    """
    if not faults:
        return
    shown = list(faults[:MAX_FAULTS])
    if len(faults) > MAX_FAULTS:
        shown.append(Fault(what=f"and {len(faults) - MAX_FAULTS} more faults"))
    raise BookError(phase, shown)


def read_bytes(path: Path) -> bytes | Fault:
    """Return the bytes of a regular file of at most `MAX_BYTES`, or what is wrong with it."""
    name = path.name or str(path)
    if not path.exists():
        return Fault(what="no such file", where=str(path), cure="check the path")
    if not path.is_file():
        return Fault(what="not a regular file", where=str(path), cure="give a CSV file")
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Fault(what="cannot be read", where=name, why=error.strerror or str(error))
    if len(data) > MAX_BYTES:
        return Fault(what=f"larger than {MAX_BYTES // 2**20} MiB", where=name, cure="split the table")
    return data


def _decode(name: str, data: bytes) -> str | Fault:
    for head, what in _BOMS.items():
        if data.startswith(head):
            return Fault(what=f"this is {what}", where=name, cure="save it as CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return Fault(what=what, where=f"{name}:{line}", cure="save it as CSV in UTF-8")
    if "\x00" in text:
        return Fault(what="holds a NUL byte", where=name, cure="save it as CSV in UTF-8")
    return text


def _header_faults(name: str, header: Sequence[str], wanted: Sequence[str]) -> Iterator[Fault]:
    where = f"{name}:1"
    cure = "the header is " + ",".join(wanted)
    for column in wanted:
        if column not in header:
            yield Fault(what=f"column {column!r} is missing", where=where, cure=cure)
    for column in dict.fromkeys(header):
        if column not in wanted:
            yield Fault(what=f"unknown column {column!r}", where=where, cure=did_you_mean(column, wanted))
        elif header.count(column) > 1:
            yield Fault(what=f"column {column!r} stands twice", where=where, cure="drop one")


def _records(table: Table, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        fault = Fault(what="broken quoting", where=f"{table.name}:{line}", why=str(error))
        table.faults.append(fault)


def read_table(name: str, data: bytes, wanted: Sequence[str]) -> Table:
    """Cut `data` into cells of the `wanted` columns; what is wrong is kept in the table's faults."""
    table = Table(name)
    text = _decode(name, data)
    if isinstance(text, Fault):
        table.faults.append(text)
        return table
    records = _records(table, text)
    header = [cell.strip() for cell in next(records, (1, []))[1]]
    if not header:
        table.faults.append(Fault(what="the file is empty", where=name, cure="write a header and rows"))
        return table
    table.faults.extend(_header_faults(name, header, wanted))
    for line, record in records if not table.faults else ():
        if len(record) == len(header):
            table.lines.append(line)
            table.cells.append(dict(zip(header, map(str.strip, record), strict=True)))
        else:
            what = f"{len(record)} cells, the header has {len(header)}"
            cure = "quote cells that hold commas"
            table.faults.append(Fault(what=what, where=f"{name}:{line}", cure=cure))
    return table


def _words(error: ErrorDetails) -> tuple[str, str]:
    """Return what a validation error says in words, and its cure."""
    kind, cell = error["type"], repr(error["input"])[:80]
    context = error.get("ctx", {})
    if kind == "dearth":
        return str(context["what"]), str(context["cure"])
    if kind == "string_pattern_mismatch":
        return _pattern_words(str(error["loc"][-1]), cell)
    what, cure = _WORDS.get(kind, (error["msg"], ""))
    return what.format(cell=cell, **context), cure.format(**context)


def _pattern_words(column: str, cell: str) -> tuple[str, str]:
    if column in {"id", "quantity"}:
        return f"{cell} is not kebab-case", "small letters, digits and dots, joined by single hyphens"
    return f"{cell} looks like a formula or holds control characters", "start with a letter or a digit"


def fault_of(table: Table, detail: ErrorDetails) -> Fault:
    """Return what a validation error of a list of rows says, with file, line and column."""
    what, cure = _words(detail)
    where = f"{table.name}:{table.lines[int(detail['loc'][0])]}:{detail['loc'][-1]}"
    return Fault(what=what, where=where, cure=cure)


@cache
def _checker() -> TypeAdapter[list[FactRow]]:
    """Return what checks rows; built on first use, for it takes longer than a look-up may."""
    from pydantic import TypeAdapter  # noqa: PLC0415 (a fast start)

    from dearth.book.schema import FactRow  # noqa: PLC0415

    return TypeAdapter(list[FactRow])


def read_rows(name: str, data: bytes) -> tuple[list[FactRow], Table]:
    """Return the rows of one file, none if any is wrong, and its table with everything that is wrong."""
    from pydantic import ValidationError  # noqa: PLC0415 (a fast start)

    table = read_table(name, data, COLUMNS)
    try:
        return _checker().validate_python(table.cells), table
    except ValidationError as error:
        table.faults.extend(fault_of(table, detail) for detail in error.errors(include_url=False))
    return [], table


def duplicate_ids(tables: Iterable[Table]) -> list[Fault]:
    """Return a fault for every id that stands twice in `tables`."""
    first: dict[str, str] = {}
    faults = []
    for table in tables:
        for line, cells in zip(table.lines, table.cells, strict=True):
            name, where = cells["id"], f"{table.name}:{line}"
            if name and name in first:
                what = f"id {name!r} stands already at {first[name]}"
                faults.append(Fault(what=what, where=f"{where}:id", cure="give one of them another id"))
            first.setdefault(name, where)
    return faults
