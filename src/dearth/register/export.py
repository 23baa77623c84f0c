"""The register for other programs: JSON with everything that checks the chain, and CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from dearth.register.chain import GENESIS, Head, Row, canonical
from dearth.register.holdings import Holdings

__all__ = ["ROW_COLUMNS", "holdings_csv", "rows_csv", "rows_json"]

ROW_COLUMNS: Final = (
    "number",
    "kind",
    "day",
    "subject",
    "determination",
    "quantity",
    "unit",
    "party",
    "warnings",
    "payload",
    "previous",
    "hash",
)
_LICENCE: Final = (
    "number",
    "item",
    "type",
    "consignees",
    "issued",
    "expires",
    "state",
    "days_left",
    "quantity",
    "drawn",
    "left",
    "unit",
    "warnings",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MOST_CELL: Final = 32_000  # a spreadsheet keeps 32,767 characters in a cell


def rows_json(rows: Sequence[Row]) -> str:
    """Return rows as one JSON object; payloads stay texts, so that hashes can be checked from the export.

    ``record`` is the payload parsed, for reading.
    """
    head = rows[-1].head if rows else Head(0, GENESIS)
    entries = [
        {
            "number": row.number,
            "kind": row.kind,
            "day": row.day,
            "record": row.record,
            "payload": row.payload,
            "previous": row.previous,
            "hash": row.hash,
        }
        for row in rows
    ]
    envelope = {"register": {"format": 1, "rows": len(rows), "head": str(head)}, "entries": entries}
    return json.dumps(envelope, ensure_ascii=False, allow_nan=False, indent=1)


def rows_csv(rows: Iterable[Row]) -> str:
    """Return rows as a table; a text that a spreadsheet would take for a formula is led by an apostrophe.

    Hashes are checked from the JSON export: a long payload does not fit a cell and is cut here, with a mark.
    """
    return _table(ROW_COLUMNS, (_row_cells(row) for row in rows))


def holdings_csv(held: Holdings, on: str, warn_days: int | None = None) -> str:
    """Return the licences held on a day as a table, texts kept texts as in :func:`rows_csv`."""
    found = (one.to_dict(on, warn_days) for one in held.licences.values())
    return _table(_LICENCE, ([one[column] for column in _LICENCE] for one in found))


def _row_cells(row: Row) -> list[Any]:
    record = row.record
    case = record.get("case")
    subject = case.get("id") if isinstance(case, dict) else None
    names = ("number", "licence", "application", "row")
    subject = subject or next((record[name] for name in names if record.get(name) is not None), None)
    answer = record.get("answer")
    return [
        row.number,
        row.kind,
        row.day,
        subject,
        answer.get("determination") if isinstance(answer, dict) else record.get("result"),
        record.get("quantity"),
        record.get("unit"),
        record.get("consignee") or record.get("consignees"),
        record.get("warnings"),
        row.payload,
        row.previous,
        row.hash,
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return "" if value is None else value
    if isinstance(value, list | tuple):
        return _cell("; ".join(map(str, value)))
    if isinstance(value, dict):
        return _cell(canonical(value))
    text = str(value).replace("\x00", "")
    if len(text) > _MOST_CELL:
        text = text[:_MOST_CELL] + " [cut]"
    return "'" + text if text.lstrip(" ").startswith(_FORMULA) else text
