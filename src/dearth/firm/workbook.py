"""A firm as a file: the template with lists to choose from, help and an example; workbook, CSV folder, JSON.

Texts stay texts whatever they begin with, and the same firm gives the same bytes.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Final

from dearth.book.read import DATA
from dearth.book.workbook import CODED, restamped
from dearth.firm.fields import CHOICES, CURES, NEEDED, SHEETS, Column
from dearth.firm.network import Firm, Part
from dearth.firm.read import UNKNOWN, read_firm

__all__ = ["EXAMPLE", "as_files", "as_json", "as_workbook", "example_firm"]

EXAMPLE: Final = DATA / "firm" / "example"
HELP: Final = "help"
_LISTS: Final = "lists"
_ROOM: Final = 2000  # rows below the header for which lists are offered
_DAY: Final = "2026-01-01"
_WIDTHS: Final = {"text": 34, "id": 22, "ref": 22, "elements": 22}
_HEAD_COLOUR: Final = "DDE6EE"
_NEEDED_COLOUR: Final = "F7D9B5"
_MARKS: Final = frozenset("=+-@\t\r")
_WELCOME: Final = (
    "One sheet for each thing: plants and lines, parts and what goes into what, suppliers and their sites.",
    "Columns with a darker head must be filled in every row; an empty cell is unknown, never zero.",
    "Numbers: a decimal point, no unit, no thousands mark. Days: YYYY-MM-DD. Shares: 0 to 1.",
    "An id is your own short name and stands once in the workbook; other sheets refer to it.",
    "Do not merge cells and do not write formulas: paste values.",
    "Unknown contents may name a component of the list: dearth fills them, marked, with a range.",
    "The rows in here are an EXAMPLE of an invented firm: replace them by your own.",
    "Check it with: dearth firm check FILE. Nothing of it leaves your machine.",
)  # fmt: skip


@cache
def example_firm() -> Firm:
    """Return the example: a mid-size maker of motors, invented, with magnets as in the data book."""
    return read_firm(EXAMPLE)


def _cell(column: Column, row: Any) -> str | float | None:
    """Return the content of a cell: a text, a number, or None."""
    value = getattr(row, column.name)
    if isinstance(row, Part) and column.name == "magnet_grams" and value is None:
        return UNKNOWN
    if column.kind == "elements":
        return "; ".join(f"{name} {grams!r}" for name, grams in value) or None
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if value != "" else None


def _table(sheet: str, firm: Firm) -> list[list[str | float | None]]:
    return [[_cell(column, row) for column in SHEETS[sheet]] for row in firm.sheet(sheet)]


def as_json(firm: Firm) -> str:
    """Return a firm as JSON: a list of rows for each sheet, in plain text and numbers."""
    sheets = {
        sheet: [
            {column.name: cell for column, cell in zip(columns, row, strict=True) if cell is not None}
            for row in _table(sheet, firm)
        ]
        for sheet, columns in SHEETS.items()
    }
    return json.dumps(sheets, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def as_files(firm: Firm) -> dict[str, str]:
    """Return a firm as CSV texts by file name."""
    found = {}
    for sheet, columns in SHEETS.items():
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        writer.writerows([_plain(cell) for cell in row] for row in _table(sheet, firm))
        found[f"{sheet}.csv"] = out.getvalue()
    return found


def _plain(cell: str | float | None) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else _number(cell)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def as_workbook(firm: Firm, components: Sequence[str] = ()) -> bytes:
    """Return a firm as a workbook (XLSX) with lists to choose from, units and a help sheet.

    Parameters
    ----------
    components
        Names of the component library of the book, offered in the sheet of parts.
    """
    from openpyxl import Workbook  # noqa: PLC0415 (a fast start)

    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    _fill_help(book.create_sheet(HELP))
    for sheet, columns in SHEETS.items():
        _fill_sheet(book.create_sheet(sheet), columns, _table(sheet, firm))
    lists = {**CHOICES, "component": tuple(components)}
    _fill_lists(book.create_sheet(_LISTS), lists)
    for sheet, columns in SHEETS.items():
        for number, column in enumerate(columns, start=1):
            _offer(book[sheet], number, column, lists)
    book.properties.creator = "dearth"
    moment = datetime.datetime.fromisoformat(_DAY)
    book.properties.created = book.properties.modified = moment
    raw = io.BytesIO()
    book.save(raw)
    return restamped(raw.getvalue(), moment)


def _head(column: Column) -> str:
    return f"{column.name} [{column.unit}]" if column.unit else column.name


def _put(cell: Any, value: str | float | None) -> None:
    """Write a value; a text stays a text even if it begins like a formula."""
    if value is None:
        return
    if isinstance(value, str):
        cell.value = CODED.sub(lambda found: f"_x005F{found[0]}", value)
        cell.data_type = "s"
        cell.number_format = "@"
        if value[:1] in _MARKS:
            cell.quotePrefix = True
    else:
        cell._value, cell.data_type = _number(value), "n"  # openpyxl would keep 16 digits only


def _fill_sheet(sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[str | float | None]]) -> None:
    from openpyxl.comments import Comment  # noqa: PLC0415
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    for number, column in enumerate(columns, start=1):
        cell = sheet.cell(row=1, column=number, value=_head(column))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color=_NEEDED_COLOUR if column.needed else _HEAD_COLOUR)
        cell.comment = Comment(column.meaning, "dearth", height=60, width=260)
        width = max(_WIDTHS.get(column.kind, 14), len(_head(column)) + 2)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for place, row in enumerate(rows, start=2):
        for number, value in enumerate(row, start=1):
            if value is not None:
                _put(sheet.cell(row=place, column=number), value)
    sheet.freeze_panes = "A2"


def _fill_help(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    for line in _help_lines():
        sheet.append(list(line))
    for row in sheet.iter_rows(max_row=1):
        for cell in row:
            cell.font = Font(bold=True, size=14)
    for letter, width in zip("ABCDEF", (14, 20, 16, 10, 70, 60), strict=True):
        sheet.column_dimensions[letter].width = width
        for cell in sheet[letter][len(_WELCOME) + 1 :]:
            cell.alignment = Alignment(wrap_text=letter in "EF", vertical="top")


def _help_lines() -> Iterator[tuple[str, ...]]:
    yield ("dearth: the workbook of a firm",)
    yield from ((line,) for line in _WELCOME)
    yield ()
    yield "sheet", "column", "unit", "needed", "meaning", "how to write it"
    for sheet, columns in SHEETS.items():
        for column in columns:
            needed = "yes" if column.needed else "no"
            yield sheet, column.name, column.unit, needed, column.meaning, _how(column)
    yield ()
    left_out = [sheet for sheet in SHEETS if sheet not in NEEDED]
    yield (f"The sheets {' and '.join(left_out)} may be left out.",)


def _how(column: Column) -> str:
    if column.kind in CHOICES:
        return "one of " + ", ".join(CHOICES[column.kind])
    if column.refers:
        return "an id of " + " or ".join(column.refers)
    return CURES.get(column.kind, "")


def _fill_lists(sheet: Any, lists: dict[str, tuple[str, ...]]) -> None:
    for number, (name, values) in enumerate(lists.items(), start=1):
        for place, value in enumerate((name, *values), start=1):
            _put(sheet.cell(row=place, column=number), value)
    sheet.sheet_state = "hidden"


def _offer(sheet: Any, number: int, column: Column, lists: dict[str, tuple[str, ...]]) -> None:
    """Offer a list for the cells of a column; ids of several sheets cannot be one list, and stay open."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    kind = "component" if column.name == "component" else column.kind
    if lists.get(kind):
        letter = get_column_letter(list(lists).index(kind) + 1)
        source = f"{_LISTS}!${letter}$2:${letter}${len(lists[kind]) + 1}"
    elif len(column.refers) == 1:
        source = f"{column.refers[0]}!$A$2:$A${_ROOM}"
    else:
        return
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
    letter = get_column_letter(number)
    rule.add(f"{letter}2:{letter}{_ROOM}")
    sheet.add_data_validation(rule)
