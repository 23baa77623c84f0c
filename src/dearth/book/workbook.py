"""A workbook (XLSX) as a table of texts, and back; a workbook that is not plainly a table is refused.

A workbook comes from a stranger: it is a zip file of XML, may hold programs, links and formulas, and may
unpack to more than the machine has.  What it holds is looked at before a parser sees it.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from dearth.errors import Fault

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

__all__ = ["CODED", "SHEET", "restamped", "sheet_names", "table_of", "tables_of", "workbook_bytes"]

SHEET: Final = "facts"
MAX_PARTS: Final = 1000
MAX_UNPACKED: Final = 128 * 2**20
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 64
MAX_FAULTS: Final = 50
_OLE: Final = b"\xd0\xcf\x11\xe0"
_CHUNK: Final = 2**20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_WHOLE: Final = 2.0**53
_PROGRAMS: Final = ("vbaproject", "macrosheets", "dialogsheets", "activex", "embeddings", "externallinks")
# ECMA-376 part 1, 22.9.2.19: in a workbook `_x0041_` stands for the character 41 (hexadecimal).
CODED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([^"]{1,40})"')
_SAVE: Final = "save the table alone as .xlsx or CSV"


def sheet_names(data: bytes) -> tuple[str, ...]:
    """Return the sheets of a workbook that :func:`table_of` has read, none when it cannot be read."""
    from openpyxl import load_workbook  # noqa: PLC0415 (a fast start)

    if _zip_faults("", data):
        return ()
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    except Exception:  # as in table_of, which has told of it
        return ()
    names = tuple(book.sheetnames)
    book.close()
    return names


def table_of(name: str, data: bytes) -> bytes | list[Fault]:
    """Return the table of a workbook as CSV text in UTF-8, or everything that is wrong with the workbook.

    The sheet called ``facts`` is read, or the only sheet.  Line n of the text is row n of the sheet.
    """
    faults = _zip_faults(name, data)
    if faults:
        return faults
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(name, data)
    except Exception as error:  # a parser may trip over anything in a stranger's file
        why = f"{type(error).__name__}: {error}"[:120]
        return [Fault("cannot be read as a workbook", name, why, _SAVE)]


def tables_of(name: str, data: bytes, wanted: Sequence[str]) -> tuple[dict[str, bytes], list[Fault]]:
    """Return the wanted sheets of a workbook as CSV texts in UTF-8, and everything that is wrong with them.

    A sheet is found by its name whatever its case; one with faults, merged cells among them, is left out.
    Line n of a text is row n of its sheet.
    """
    faults = _zip_faults(name, data)
    if faults:
        return {}, faults
    found: dict[str, bytes] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for sheet, text in _read_sheets(name, data, wanted):
                if isinstance(text, bytes):
                    found[sheet] = text
                else:
                    faults += text
    except Exception as error:  # a parser may trip over anything in a stranger's file
        why = f"{type(error).__name__}: {error}"[:120]
        return {}, [Fault("cannot be read as a workbook", name, why, _SAVE)]
    return found, faults


def _read_sheets(name: str, data: bytes, wanted: Sequence[str]) -> Iterator[tuple[str, bytes | list[Fault]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 (a fast start)

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        for title in book.sheetnames:
            sheet: Any = book[title]
            plain = title.strip().casefold()
            if plain not in wanted or not hasattr(sheet, "iter_rows"):
                continue
            where = f"{name}, sheet {plain}"
            merged = _merged_faults(where, data, str(getattr(sheet, "_worksheet_path", "")))
            text = _sheet_text(where, sheet)
            yield plain, text if not merged else [*merged, *(text if isinstance(text, list) else ())]
    finally:
        book.close()


def _merged_faults(where: str, data: bytes, part: str) -> list[Fault]:
    """Return a fault for every block of merged cells: all but one of its cells would read as empty."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(part) if part in archive.namelist() else b""
    blocks = [found.decode("ascii", "replace") for found in _MERGED.findall(content)]
    cure = "split them, and write the value into every cell"
    return [Fault("has merged cells", f"{where}, cells {block}", cure=cure) for block in blocks[:MAX_FAULTS]]


def _zip_faults(name: str, data: bytes) -> list[Fault]:
    if data.startswith(_OLE):
        return [Fault("is encrypted, or an old .xls file", name, cure=f"{_SAVE}, without a password")]
    if not data.startswith(b"PK"):
        return [Fault("is not a workbook", name, cure=_SAVE)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return list(_archive_faults(name, archive))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        return [Fault("is a broken zip file", name, str(error)[:120], _SAVE)]
    except Exception as error:  # zlib, lzma and bz2 have errors of their own
        return [Fault("is a broken zip file", name, type(error).__name__, _SAVE)]


def _archive_faults(name: str, archive: zipfile.ZipFile) -> Iterator[Fault]:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        yield Fault(f"holds {len(parts)} parts, more than {MAX_PARTS}", name, cure=_SAVE)
        return
    names = [part.filename for part in parts]
    for part in names:
        if part.startswith(("/", "\\")) or ".." in part.replace("\\", "/").split("/") or ":" in part:
            yield Fault(f"holds a part with a path that leads out, {part[:80]!r}", name, cure=_SAVE)
    for word in _PROGRAMS:
        if any(word in part.lower() for part in names):
            yield Fault(f"holds programs, links or other files ({word})", name, cure=_SAVE)
    if len(set(names)) < len(names):
        yield Fault("holds two parts of one name", name, cure=_SAVE)
    if any(part.flag_bits & 1 for part in parts):
        yield Fault("is encrypted", name, cure="save it without a password")
        return
    yield from _content_faults(name, archive, parts)


def _content_faults(name: str, archive: zipfile.ZipFile, parts: Iterable[zipfile.ZipInfo]) -> Iterator[Fault]:
    """Unpack into nothing: the true size counts, not the one that the file claims."""
    total = 0
    for part in parts:
        with archive.open(part) as stream:
            tail = b""
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAX_UNPACKED:
                    yield Fault(f"unpacks to more than {MAX_UNPACKED // 2**20} MiB", name, cure=_SAVE)
                    return
                if b"<!ENTITY" in tail + chunk or b"<!DOCTYPE" in tail + chunk:
                    yield Fault(f"declares XML entities in {part.filename[:80]!r}", name, cure=_SAVE)
                    return
                tail = chunk[-16:]


def _read(name: str, data: bytes) -> bytes | list[Fault]:
    from openpyxl import load_workbook  # noqa: PLC0415 (a fast start)

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        sheets = book.sheetnames
        if SHEET not in sheets and len(sheets) != 1:
            what = f"has the sheets {', '.join(map(repr, sheets[:8]))}, and none is called {SHEET!r}"
            return [Fault(what[:200], name, cure=f"call the sheet with the rows {SHEET!r}")]
        sheet = book[SHEET if SHEET in sheets else sheets[0]]
        if not hasattr(sheet, "iter_rows"):
            return [Fault("its sheet is a chart", name, cure=_SAVE)]
        return _sheet_text(name, sheet)
    finally:
        book.close()


def _sheet_text(name: str, sheet: Any) -> bytes | list[Fault]:
    sheet.reset_dimensions()  # what the file claims of its size is not trusted
    out, faults, width = io.StringIO(), [], 0
    writer = csv.writer(out, lineterminator="\n")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MAX_ROWS:
            faults.append(Fault(f"has more than {MAX_ROWS} rows", name, cure="split the table"))
            break
        if len(row) > MAX_COLUMNS:
            faults.append(Fault(f"row {number} has {len(row)} columns", name, cure=_SAVE))
            break
        cells = [_text(name, cell, faults) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        width = width or len(cells)
        writer.writerow(cells + [""] * (width - len(cells)) if cells else [])
        if len(faults) > MAX_FAULTS:
            break
    return faults or out.getvalue().encode()


def _text(name: str, cell: Any, faults: list[Fault]) -> str:
    """Return what a cell says as text; a formula, an error or a truth value is a fault."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e", "b"}:
        what = {"f": "a formula", "e": "an error", "b": "a truth value"}[cell.data_type]
        where = f"{name}:{cell.row}:{cell.column_letter}"
        faults.append(Fault(f"the cell holds {what}", where, cure="paste the value itself"))
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    return _unescaped(str(value))


def _unescaped(text: str) -> str:
    """Return a text of a workbook with its coded characters in clear."""
    return CODED.sub(lambda found: chr(int(found[1], 16)), text)


def workbook_bytes(sheets: Iterable[tuple[str, Sequence[Sequence[object]]]], day: str) -> bytes:
    """Return a workbook; texts stay texts whatever they begin with, and the same rows give the same bytes.

    Parameters
    ----------
    sheets
        Name and rows of each; a cell is a text, a number or None.
    day
        ISO date that the workbook carries in place of the clock.
    """
    from openpyxl import Workbook  # noqa: PLC0415 (a fast start)

    book = Workbook(write_only=True)
    for name, rows in sheets:
        _write_sheet(book, name, rows)
    book.properties.creator = "dearth"
    moment = datetime.datetime.fromisoformat(day)
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    book.save(raw)
    return restamped(raw.getvalue(), moment)


def _write_sheet(book: Workbook, name: str, rows: Sequence[Sequence[object]]) -> None:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    sheet: Any = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for row in rows:
        cells = []
        for value in row:
            cell: Any = WriteOnlyCell(sheet)
            if value not in (None, ""):
                is_text = isinstance(value, str)
                cell._value = value if is_text else repr(value)  # openpyxl would keep 16 digits only
                cell.data_type = "s" if is_text else "n"  # else "=..." would become a formula
            cells.append(cell)
        sheet.append(cells)


def restamped(data: bytes, moment: datetime.datetime) -> bytes:
    """Return the zip file with one fixed time on every part and no clock in its properties."""
    out = io.BytesIO()
    day = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(part)
            if part == "docProps/core.xml":
                content = _without_clock(content, day)
            new.writestr(zipfile.ZipInfo(part, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _without_clock(xml: bytes, day: bytes) -> bytes:
    """Return the properties with `day` as the moment of the last change, which saving sets to now."""
    head, opening, rest = xml.partition(b"<dcterms:modified")
    start, _, tail = rest.partition(b">")
    return head + opening + start + b">" + day + tail[tail.index(b"<") :] if opening else xml
