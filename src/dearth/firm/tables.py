"""A firm's file to cells, each with its place: a workbook, a folder of CSV files, or JSON.

Nothing here knows what a cell means.  A workbook comes from a stranger, and is read as by the data book.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from dearth.book.read import read_bytes
from dearth.book.workbook import tables_of
from dearth.errors import Fault, did_you_mean
from dearth.firm.fields import NEEDED, SHEETS

__all__ = ["MAX_ROWS", "Cells", "Tables", "json_tables", "read_tables", "rows_of"]

MAX_ROWS: Final = 500_000
MAX_CELL: Final = 2_000
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_SAVE: Final = "save it as CSV in UTF-8"


class Cells(NamedTuple):
    """One row: the cells by column, and where it stands."""

    at: str
    cells: Mapping[str, str]


@dataclass(slots=True)
class Tables:
    """Rows by sheet, and what is wrong with the file."""

    rows: dict[str, list[Cells]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def fail(self, what: str, where: str, cure: str = "", why: str = "") -> None:
        """Note a fault."""
        self.faults.append(Fault(what, where, why, cure))


def read_tables(path: Path) -> Tables:
    """Return the cells of a firm's file; what is wrong is kept in the faults, each with its place."""
    tables = Tables()
    if path.is_dir():
        _from_folder(tables, path)
    else:
        _from_file(tables, path)
    return _complete(tables, path.name)


def json_tables(name: str, data: bytes) -> Tables:
    """Return the cells of a firm in JSON text; `name` stands in messages."""
    tables = Tables()
    _from_json(tables, name, data)
    return _complete(tables, name)


def _complete(tables: Tables, name: str) -> Tables:
    """Note the sheets that are missing."""
    for sheet in NEEDED:
        if sheet not in tables.rows and sheet not in tables.broken and not _hopeless(tables):
            cure = f"add it; its columns are {', '.join(column.name for column in SHEETS[sheet])}"
            tables.fail(f"the sheet {sheet!r} is missing", name, cure)
            tables.broken.add(sheet)
    tables.broken |= {sheet for sheet in SHEETS if sheet not in tables.rows and sheet in NEEDED}
    return tables


def _hopeless(tables: Tables) -> bool:
    """Say whether the file as a whole could not be read, so that what it lacks is unknown."""
    return not tables.rows and bool(tables.faults)


def _from_file(tables: Tables, path: Path) -> None:
    data = read_bytes(path)
    if isinstance(data, Fault):
        cure = "give an XLSX, a folder of CSV files, or JSON"
        tables.faults.append(data if "larger" in data.what else Fault(data.what, data.where, data.why, cure))
    elif data.startswith((b"PK", b"\xd0\xcf\x11\xe0")) or path.name.lower().endswith(_WORKBOOKS):
        texts, faults = tables_of(path.name, data, tuple(SHEETS))
        tables.faults += faults
        tables.broken |= {sheet for sheet in SHEETS if any(f"sheet {sheet}" in one.where for one in faults)}
        for sheet, text in texts.items():
            _cut(tables, sheet, f"{path.name}, sheet {sheet}", text)
    else:
        _from_json(tables, path.name, data)


def _from_folder(tables: Tables, folder: Path) -> None:
    for sheet in SHEETS:
        file = folder / f"{sheet}.csv"
        if not file.is_file():
            continue
        label = f"{folder.name}/{file.name}"
        if folder.resolve() not in file.resolve().parents:
            tables.fail("is a link that leads out of the folder", label, "copy the file there")
            tables.broken.add(sheet)
            continue
        data = read_bytes(file)
        if isinstance(data, Fault):
            tables.faults.append(data)
            tables.broken.add(sheet)
        else:
            _cut(tables, sheet, label, data)


def _cut(tables: Tables, sheet: str, label: str, data: bytes) -> None:
    """Cut a CSV text into cells; a sheet that is broken gives none."""
    before = len(tables.faults)
    text = _decoded(tables, label, data)
    rows = [] if text is None else list(_csv_rows(tables, label, text))
    if not rows:
        if text is not None and len(tables.faults) == before:
            cure = "its first row names the columns: " + ", ".join(one.name for one in SHEETS[sheet])
            tables.fail("is empty", label, cure)
        tables.broken.add(sheet)
        return
    header = [_plain(cell) for cell in rows[0][1]]
    _check_header(tables, sheet, label, header)
    if len(tables.faults) > before:
        tables.broken.add(sheet)
        return
    tables.rows[sheet] = [
        cells for number, row in rows[1:] if (cells := _cells(tables, f"{label}, row {number}", header, row))
    ]


def rows_of(label: str, data: bytes) -> tuple[list[str], list[Cells], list[Fault]]:
    """Return header and rows of one CSV text, and everything that is wrong with it."""
    tables = Tables()
    text = _decoded(tables, label, data)
    rows = [] if text is None else list(_csv_rows(tables, label, text))
    header = [_plain(cell) for cell in rows[0][1]] if rows else []
    cells = [_cells(tables, f"{label}, row {number}", header, row) for number, row in rows[1:]]
    return header, [one for one in cells if one is not None], tables.faults


def _decoded(tables: Tables, label: str, data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        tables.fail(f"byte 0x{data[error.start]:02x} is not UTF-8", f"{label}, row {row}", _SAVE)
        return None
    if "\x00" in text:
        tables.fail("holds a NUL byte", label, _SAVE)
        return None
    return text


def _csv_rows(tables: Tables, label: str, text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    row = 1
    try:
        for record in reader:
            if row > MAX_ROWS:
                tables.fail(f"has more than {MAX_ROWS} rows", label, "leave out what never stops a line")
                return
            if any(cell.strip() for cell in record):
                yield row, record
            row = reader.line_num + 1
    except csv.Error as error:
        tables.fail(f"broken quoting: {error}", f"{label}, row {row}", "quote cells that hold the separator")


def _plain(cell: str) -> str:
    """Return the name of a column without its unit: ``share [0-1]`` is ``share``."""
    return cell.partition("[")[0].strip().casefold().replace(" ", "_")


def _check_header(tables: Tables, sheet: str, label: str, header: Sequence[str]) -> None:
    known = [column.name for column in SHEETS[sheet]]
    where = f"{label}, row 1"
    for name in dict.fromkeys(header):
        if name and header.count(name) > 1:
            tables.fail(f"column {name[:60]!r} stands twice", where, "drop one")
        elif name and name not in known:
            near = did_you_mean(name[:60], known)
            hint = f"; {near}" if near.startswith("did") else ""
            tables.warnings.append(f"{where}: column {name[:60]!r} is not read{hint}")
    for column in SHEETS[sheet]:
        if column.needed and column.name not in header:
            cure = f"the columns are {', '.join(known)}"
            tables.fail(f"column {column.name!r} is missing", where, cure)


def _cells(tables: Tables, at: str, header: Sequence[str], row: list[str]) -> Cells | None:
    while len(row) > len(header) and not row[-1].strip():
        row = row[:-1]
    if len(row) > len(header):
        tables.fail(
            f"{len(row)} cells, the header has {len(header)}", at, "quote cells that hold the separator"
        )
        return None
    found = {name: cell.strip() for name, cell in zip(header, row, strict=False) if name}
    for name, cell in found.items():
        if len(cell) > MAX_CELL:
            tables.fail(f"longer than {MAX_CELL} characters", f"{at}, column {name}", "shorten it")
            found[name] = ""
        elif not cell.isprintable():
            where = f"{at}, column {name}"
            tables.fail("holds control characters or a line break", where, "write it on one line")
            found[name] = ""
    return Cells(at, found)


def _from_json(tables: Tables, name: str, data: bytes) -> None:
    text = _decoded(tables, name, data)
    if text is None:
        return
    try:
        raw = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        why = f"{type(error).__name__}: {error}"[:160]
        tables.fail("is no workbook, no folder and no JSON", name, "start from `dearth firm template`", why)
        return
    if not isinstance(raw, dict):
        tables.fail("is not a mapping of sheets", name, 'write {"firm": [...], "lines": [...], ...}')
        return
    for key in raw:
        if key not in SHEETS:
            tables.warnings.append(
                f"{name}: {key[:60]!r} is not read; {did_you_mean(key[:60], list(SHEETS))}"
            )
    for sheet in SHEETS:
        if sheet in raw:
            _json_sheet(tables, sheet, f"{name}, list {sheet}", raw[sheet])


def _json_sheet(tables: Tables, sheet: str, label: str, rows: object) -> None:
    if not isinstance(rows, list):
        tables.fail("is no list of rows", label, 'write [{"id": ...}, ...]')
        tables.broken.add(sheet)
        return
    known = {column.name for column in SHEETS[sheet]}
    tables.rows[sheet] = []
    for number, row in enumerate(rows, start=1):
        at = f"{label}, row {number}"
        if not isinstance(row, dict):
            tables.fail("is no mapping of columns to cells", at, 'write {"id": ...}')
            continue
        for extra in [key for key in row if key not in known]:
            tables.warnings.append(f"{at}: column {extra[:60]!r} is not read")
        texts = {key: _json_cell(tables, f"{at}, column {key[:60]}", cell) for key, cell in row.items()}
        cells = _cells(tables, at, list(texts), list(texts.values()))
        if cells is not None:
            tables.rows[sheet].append(cells)


def _json_cell(tables: Tables, where: str, cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str | int | float) and not isinstance(cell, bool):
        return cell if isinstance(cell, str) else repr(cell)
    tables.fail("is no text and no number", where, "write a text, a number or null")
    return ""


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r:.60} stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
