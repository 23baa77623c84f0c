"""A firm's file to a checked :class:`~dearth.firm.network.Firm`; every fault at once, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from dearth.axes import PLACES
from dearth.errors import Fault, InputError, did_you_mean
from dearth.firm.check import firm_faults
from dearth.firm.fields import CHOICES, CURES, ELEMENTS, SHEETS, Column
from dearth.firm.network import ROWS, Firm, Head
from dearth.firm.tables import Cells, Tables, json_tables, read_tables

__all__ = ["GRADE", "UNKNOWN", "firm_of_json", "read_cell", "read_firm"]

UNKNOWN: Final = "unknown"
GRADE: Final = re.compile(
    r"(?:N?\d{2}|N)?(M|H|SH|UH|EH|AH|TH|N)?|(SmCo(?: ?(?:1:5|2:17|5))?|Sm2Co17)|ferrite|unknown",
    re.IGNORECASE,
)
MAX_FAULTS: Final = 200
_PHASE: Final = "Reading the firm"
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_LIKE_NUMBER: Final = re.compile(r"[+-]?[\d.,'\s]+%?")
_ELEMENT: Final = re.compile(r"([A-Z][A-Za-z]*)\s*:?\s*(\d+(?:\.\d*)?|\.\d+)")
_MOST: Final = 1e15
_ID_LENGTH: Final = 80
_PLACE_OF: Final = {name.casefold(): code for code, name in PLACES.items()}


class _CellError(Exception):
    """What is wrong with a cell, and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.cure = cure


def read_firm(path: Path) -> Firm:
    """Return the firm in a workbook, a folder of CSV files, or a JSON file.

    Raises
    ------
    InputError
        With everything that is wrong with it, each with sheet, row, column and cure; nothing of the firm's
        data stays anywhere.
    """
    return _firm(read_tables(Path(path)), path.name)


def firm_of_json(data: bytes, name: str) -> Firm:
    """Return the firm in JSON text, as an answer holds it; `name` stands in messages.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    return _firm(json_tables(name, data), name)


def _firm(tables: Tables, name: str) -> Firm:
    rows = {sheet: tuple(_rows(tables, sheet)) for sheet in SHEETS}
    heads = rows.pop("firm")
    if len(heads) > 1:
        tables.fail("has more than one row", heads[1].at, "a workbook is one firm")
    elif not heads and "firm" not in tables.broken:
        tables.fail("the sheet 'firm' has no row", name, "write name, currency and day of the stocks")
    firm = Firm(head=heads[0] if heads else Head(), **rows, warnings=tuple(tables.warnings))
    if not (tables.faults and not tables.rows):
        tables.faults += firm_faults(firm, tables.broken)
    if tables.faults:
        more = len(tables.faults) - MAX_FAULTS
        tail = [Fault(f"and {more} more faults", name)] if more > 0 else []
        raise InputError(_PHASE, [*tables.faults[:MAX_FAULTS], *tail])
    return firm


def read_cell(kind: str, text: str, where: str, faults: list[Fault]) -> Any:
    """Return the value of one cell, None when it is empty or unknown; what is wrong goes to `faults`."""
    if not text:
        return None
    try:
        return _READ[kind](Column("", kind, "", False, ""), text)
    except _CellError as error:
        faults.append(Fault(str(error), where, cure=error.cure))
        return None


def _rows(tables: Tables, sheet: str) -> list[Any]:
    return [_row(tables, sheet, cells) for cells in tables.rows.get(sheet, ())]


def _row(tables: Tables, sheet: str, cells: Cells) -> Any:
    """Return a row; a cell that cannot be read is a fault and stays as if empty."""
    values: dict[str, Any] = {}
    for column in SHEETS[sheet]:
        text = cells.cells.get(column.name, "")
        where = f"{cells.at}, column {column.name}"
        if not text:
            if column.needed:
                tables.fail("the cell is empty", where, CURES.get(column.kind, "every row needs it"))
            continue
        try:
            values[column.name] = _READ[column.kind](column, text)
        except _CellError as error:
            tables.fail(str(error), where, error.cure)
    return ROWS[sheet](at=cells.at, **{**_NOTHING.get(sheet, {}), **values})


_NOTHING: Final[dict[str, dict[str, str]]] = {
    sheet: {column.name: "" for column in columns if column.needed and column.kind in {"id", "ref"}}
    for sheet, columns in SHEETS.items()
}


def _text(_column: Column, text: str) -> str:
    return text


def _id(_column: Column, text: str) -> str:
    if len(text) > _ID_LENGTH:
        raise _CellError(f"{text[:40]!r}... is longer than {_ID_LENGTH} characters", CURES["id"])
    return text


def _number(column: Column, text: str) -> float:
    cure = CURES[column.kind]
    if not text.isascii() or not _NUMBER.fullmatch(text):
        marks = "; no commas, blanks or percent signs" if _LIKE_NUMBER.fullmatch(text) else ""
        raise _CellError(f"{text[:40]!r} is not a plain number", cure + marks)
    value = float(text)
    wrong = _out_of_range(value, column.kind)
    if wrong:
        raise _CellError(f"{text[:40]} is {wrong}", cure)
    return value + 0.0


def _out_of_range(value: float, kind: str) -> str:
    if kind == "share" and value > 1:
        return "above 1"
    if kind == "amount" and value <= 0:
        return "not above 0"
    if kind != "signed" and value < 0:
        return "below 0"
    return f"beyond {_MOST:g}" if abs(value) > _MOST else ""


def _grams(column: Column, text: str) -> float | None:
    return None if text.casefold() == UNKNOWN else _number(column, text)


def _choice(column: Column, text: str) -> str:
    known = CHOICES[column.kind]
    by_fold = {name.casefold(): name for name in known} | (_PLACE_OF if column.kind == "place" else {})
    if text.casefold() not in by_fold:
        raise _CellError(
            f"{text[:40]!r} is not known",
            did_you_mean(text[:60], [*known, *(PLACES.values() if column.kind == "place" else ())]),
        )
    return by_fold[text.casefold()]


def _day(_column: Column, text: str) -> date:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else date.fromisoformat("")
    except ValueError:
        raise _CellError(f"{text[:40]!r} is not a day", CURES["date"]) from None


def _currency(_column: Column, text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise _CellError(f"{text[:40]!r} is not a currency", CURES["currency"])
    return text


def _grade(_column: Column, text: str) -> str:
    if not GRADE.fullmatch(text):
        raise _CellError(f"{text[:40]!r} is not a grade of magnets", CURES["grade"])
    return text


def _elements(_column: Column, text: str) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for piece in filter(None, (one.strip() for one in re.split(r"[;|]", text))):
        match = _ELEMENT.fullmatch(piece)
        if not match:
            raise _CellError(f"{piece[:40]!r} is not an element with its grams", CURES["elements"])
        if match[1] not in ELEMENTS:
            raise _CellError(f"{match[1][:20]!r} is no rare earth", did_you_mean(match[1], ELEMENTS))
        if match[1] in dict(found):
            raise _CellError(f"{match[1]} stands twice", CURES["elements"])
        found.append((match[1], float(match[2])))
    return tuple(found)


_READ: Final[dict[str, Callable[[Column, str], Any]]] = {
    **dict.fromkeys(("text", "ref"), _text),
    **dict.fromkeys(("amount", "quantity", "money", "signed", "weeks", "share"), _number),
    **dict.fromkeys(CHOICES, _choice),
    "id": _id,
    "date": _day,
    "currency": _currency,
    "grams": _grams,
    "grade": _grade,
    "elements": _elements,
}
