"""A screening as a workbook: the rows to open with space for what was found, and what it rests on."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font

from dearth.answer import Answer
from dearth.faces.present import safe_cell
from dearth.faces.screen_view import headline, plan_line

__all__ = ["screen_workbook"]

_MOST: Final = 100_000
_CELL: Final = 32_000
_ROWS: Final = (
    "place", "id", "status", "score", "probability", "date", "office", "hs", "description", "origin",
    "place_to", "exporter", "net_kg", "value", "currency",
)  # fmt: skip
_ASKED: Final = ("outcome", "label_date", "remarks")
_WIDTHS: Final = {"why": 80, "description": 40, "id": 18, "status": 16, "reasons": 40, "look at": 40}


def screen_workbook(answer: Answer) -> bytes:
    """Return an XLSX file of the selected rows; `outcome` and `label_date` are for the officer to fill in."""
    book = Workbook(write_only=True)
    found = answer.answer
    columns = (*_ROWS, "reasons", "why", "look at", "reason_selected", *_ASKED)
    _sheet(book, "inspect", columns, (_cells(row) for row in found["rows"][:_MOST]))
    signals = ([s["code"], s["title"], s["rows"]] for s in found["signals"])
    _sheet(book, "signals", ("code", "title", "rows"), signals)
    weights = found["weights"]
    names = ("code", "layer", "assumed", "found", "clean", "points")
    _sheet(book, "points", names, ([w[name] for name in names] for w in weights))
    _sheet(book, "about", ("what", "text"), _about(answer))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(row: dict[str, Any]) -> list[Any]:
    reasons = row["reasons"]
    told = [
        "; ".join(dict.fromkeys(r["code"] for r in reasons)),
        "; ".join(r["words"] for r in reasons),
        "; ".join(dict.fromkeys(r["look"] for r in reasons)),
        row["status"],
    ]
    return [*(row[name] for name in _ROWS), *told, *(None for _ in _ASKED)]


def _about(answer: Answer) -> Iterable[list[str]]:
    yield ["answer", headline(answer)]
    yield ["chances", plan_line(answer)]
    yield [
        "made by",
        f"dearth {answer.version}, data book {answer.book['version']}, criteria "
        f"{answer.scenario['sha256'][:12]}",
    ]
    yield from (["before you act on this", warning] for warning in answer.warnings)
    for source in answer.sources:
        yield [source["id"], f"{source['value']} {source['unit']} ({source['kind']}): {source['note']}"]


def _sheet(book: Workbook, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for i, column in enumerate(columns):
        sheet.column_dimensions[_letter(i)].width = _WIDTHS.get(column, 14)
    heads = [WriteOnlyCell(sheet, column) for column in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([_plain(cell) for cell in row])


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        kept = "".join(c for c in cell[:_CELL] if c.isprintable() or c == "\n")
        return safe_cell(kept)
    return cell


def _letter(i: int) -> str:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    return str(get_column_letter(i + 1))
