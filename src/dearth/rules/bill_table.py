"""Bytes of a bill of materials to cells, each with its place: CSV, workbook (XLSX) or JSON.

A CSV may be separated by commas, semicolons or tabs.  A workbook is looked at before a parser sees it, as in
the data book.  JSON is a list of lines, or a mapping with ``lines``; every line is a flat mapping.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from dearth.book.workbook import table_of
from dearth.errors import Fault

__all__ = ["MAX_LINES", "BillTable", "Cells", "cut"]

MAX_LINES: Final = 100_000
MAX_CELL: Final = 2_000
_SAVE: Final = "save it as CSV in UTF-8"
_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"


class Cells(NamedTuple):
    """The cells of one line by column, and the line of the file on which it stands."""

    row: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class BillTable:
    """A file cut into cells, and what is wrong with it."""

    name: str
    columns: tuple[str, ...] = ()
    lines: list[Cells] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fail(self, what: str, row: int | None = None, column: str = "", cure: str = "") -> None:
        """Note a fault with its place."""
        where = ":".join(filter(None, (self.name, str(row or ""), column)))
        self.faults.append(Fault(what, where, cure=cure))


def cut(name: str, data: bytes) -> BillTable:
    """Return the cells of a bill; what is wrong is kept in the table's faults."""
    table = BillTable(name)
    if data.startswith((_ZIP, _OLE)) or name.lower().endswith((".xlsx", ".xls", ".xlsm")):
        found = table_of(name, data)
        if isinstance(found, list):
            table.faults += found
            return table
        data = found
    text = _decoded(table, data)
    if text is None:
        return table
    if text.lstrip()[:1] in {"{", "["} and text.strip():
        _cut_json(table, text)
    else:
        _cut_csv(table, text)
    if not table.faults and not table.lines:
        table.fail("has no lines", cure="write a header and a row for every part")
    return table


def _decoded(table: BillTable, data: bytes) -> str | None:
    for head, what in _BOMS.items():
        if data.startswith(head):
            table.fail(f"is {what}", cure=_SAVE)
            return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        table.fail(f"byte 0x{data[error.start]:02x} is not UTF-8", row, cure=_SAVE)
        return None
    if "\x00" in text:
        table.fail("holds a NUL byte", text.count("\n", 0, text.index("\x00")) + 1, cure=_SAVE)
        return None
    if not text.strip():
        table.fail("is empty", cure="write a header and a row for every part")
        return None
    return text


def _cut_csv(table: BillTable, text: str) -> None:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    rows = _csv_rows(table, text, mark)
    row, header = next(rows, (1, []))
    table.columns = tuple(cell.strip().casefold() for cell in header)
    for column in sorted({c for c in table.columns if c and table.columns.count(c) > 1}):
        table.fail(f"column {column!r:.60} stands twice", row, cure="drop one")
    for row, cells in rows if not table.faults else ():
        if len(table.lines) >= MAX_LINES:
            table.fail(f"has more than {MAX_LINES} lines", row, cure="split the bill")
            return
        _add_row(table, row, cells)


def _csv_rows(table: BillTable, text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells; empty records are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    row = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield row, record
            row = reader.line_num + 1
    except csv.Error as error:
        table.fail(f"broken quoting: {error}", row, cure="quote cells that hold the separator or a quote")


def _add_row(table: BillTable, row: int, cells: Sequence[str]) -> None:
    while len(cells) > len(table.columns) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(table.columns):
        what = f"{len(cells)} cells, the header has {len(table.columns)}"
        table.fail(what, row, cure="quote cells that hold the separator")
        return
    found = {column: cell.strip() for column, cell in zip(table.columns, cells, strict=True) if column}
    _check_cells(table, row, found)
    table.lines.append(Cells(row, found))


def _check_cells(table: BillTable, row: int, cells: Mapping[str, str]) -> None:
    for column, cell in cells.items():
        if len(cell) > MAX_CELL:
            table.fail(f"longer than {MAX_CELL} characters", row, column, "shorten it")
        elif not cell.isprintable():
            table.fail("holds control characters", row, column, "write it on one line, in plain characters")


def _cut_json(table: BillTable, text: str) -> None:
    try:
        raw = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        table.fail(f"is not JSON that can be read: {type(error).__name__}: {error}"[:200], cure="mend it")
        return
    lines = raw.get("lines") if isinstance(raw, dict) else raw
    if not isinstance(lines, list):
        table.fail("holds no list of lines", cure='write [{"id": ...}, ...] or {"lines": [...]}')
        return
    if len(lines) > MAX_LINES:
        table.fail(f"has more than {MAX_LINES} lines", cure="split the bill")
        return
    columns: dict[str, None] = {}
    for number, line in enumerate(lines, start=1):
        if not isinstance(line, dict):
            table.fail("is no mapping of columns to cells", number, cure='write {"id": ...}')
            continue
        cells = {key.strip().casefold(): _json_cell(table, number, key, cell) for key, cell in line.items()}
        _check_cells(table, number, cells)
        columns.update(dict.fromkeys(cells))
        table.lines.append(Cells(number, cells))
    table.columns = tuple(columns)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r:.60} stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _json_cell(table: BillTable, row: int, column: str, cell: object) -> str:
    """Return a JSON value as the text that a CSV would hold."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list) and all(isinstance(one, str) for one in cell):
        return "|".join(cell) if cell else "none"
    if isinstance(cell, str | int | float):
        return str(cell).strip()
    table.fail("is no text, number, truth value or list of texts", row, column[:40])
    return ""
