"""The book in forms that other programs read: CSV, workbook, Parquet, with README, licence and schema.

The description is a Frictionless Data Package (version 1): a Table Schema with types, closed lists and
patterns for every column.  Numbers are written so that reading them gives the same number; texts stay texts.
The same book gives the same files.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from dearth.book.overlay import DESCRIPTOR, FACTS
from dearth.book.read import DATA
from dearth.book.row import COLUMNS, GRADES, KINDS, NUMBERS, TERMS
from dearth.book.workbook import CODED, SHEET, workbook_bytes
from dearth.errors import Fault, InputError
from dearth.units import UNITS

if TYPE_CHECKING:
    from dearth.book.book import Book
    from dearth.book.schema import FactRow

__all__ = ["FILES", "as_files", "as_parquet", "as_workbook", "descriptor", "facts_csv"]

EVENTS: Final = "events.csv"
FILES: Final = (FACTS, EVENTS, "README.md", "LICENCE.txt", DESCRIPTOR)
_MEANING: Final = {
    "id": "unique and stable name of the row",
    "quantity": "what is measured",
    "material": "material of the model, or a free product name",
    "element": "element, group of elements, or REO",
    "place": "code of a place, or the name of a country",
    "partner": "destination of trade",
    "sector": "sector of use, firm, plant or part",
    "basis": "what the figure counts",
    "value": "central figure, in the unit of the row",
    "low": "lower end, in the unit of the row",
    "high": "upper end, in the unit of the row",
    "unit": "unit; t REO counts oxide equivalent, t magnet contained magnet",
    "date": "period: YYYY, YYYY-MM, YYYY-MM-DD or FIRST..LAST; e marks an estimate, f a forecast",
    "kind": "sourced, derived, assumption or hole (known to be missing)",
    "source": "who says so",
    "url": "where",
    "grade": "A primary, B secondary, C no primary named, - none",
    "terms": "terms on which the row may be passed on; see LICENCE.txt",
    "preferred": "explicit choice among rival rows",
    "note": "how derived, why preferred, the reasoning of an assumption",
}
_LISTS: Final[Mapping[str, Iterable[str]]] = {
    "unit": UNITS,
    "kind": KINDS,
    "grade": GRADES,
    "terms": TERMS,
    "preferred": ("yes", "no"),
}
_PATTERNS: Final = {
    "id": r"[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*",
    "quantity": r"[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*",
    "date": r"\d{4}(-\d{2}(-\d{2})?)?(\.\.\d{4}(-\d{2}(-\d{2})?)?)?[fe]?",
    "url": r"https?://\S+",
}
_NEEDED: Final = ("id", "quantity", "unit", "date", "kind", "source", "grade", "terms")
_EVENT_FIELDS: Final = ("date", "precision", "episode", "actor", "event", "source", "url", "note")
_LICENCES: Final = (
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "notes, names and arrangement, and rows under own-work; every other row: its own terms",
    },
)


def _cell(value: object) -> str:
    """Return a cell as text that reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 2.0**53 else repr(value)
    return str(value)


def facts_csv(rows: Iterable[FactRow]) -> str:
    """Return rows as a CSV table of the columns of the book, which an overlay may be as well."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, column)) for column in COLUMNS] for row in rows)
    return out.getvalue()


def _field(column: str) -> dict[str, Any]:
    limits: dict[str, Any] = {"required": True} if column in _NEEDED else {}
    if column == "id":
        limits["unique"] = True
    if column in _LISTS:
        limits["enum"] = list(_LISTS[column])
    if column in _PATTERNS:
        limits["pattern"] = _PATTERNS[column]
    kind = "number" if column in NUMBERS else "string"
    field = {"name": column, "type": kind, "description": _MEANING[column]}
    return {**field, "constraints": limits} if limits else field


def _resource(name: str, path: str, text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    data = text.encode()
    return {
        "name": name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{sha256(data).hexdigest()}",
        "schema": {**schema, "missingValues": [""]},
    }


def descriptor(book: Book, facts: str, events: str) -> dict[str, Any]:
    """Return the Frictionless descriptor of the two tables, given as CSV text."""
    fields = [{"name": name, "type": "date" if name == "date" else "string"} for name in _EVENT_FIELDS]
    sources = dict.fromkeys(
        (row.source, row.url) for row in book.rows if row.kind != "assumption" and row.url
    )
    return {
        "profile": "tabular-data-package",
        "name": "dearth-book",
        "title": "dearth data book: figures on rare earths, with source, range and rivals",
        "version": book.version,
        "created": f"{book.date}T00:00:00Z",
        "licenses": list(_LICENCES),
        "sources": [{"title": title, "path": url} for title, url in sources],
        "resources": [
            _resource("facts", FACTS, facts, {"fields": list(map(_field, COLUMNS)), "primaryKey": "id"}),
            _resource("events", EVENTS, events, {"fields": fields}),
        ],
        "dearth": {"sha256": book.sha256, "overlay_rows": [r.id for r in book.rows if book.is_yours(r)]},
    }


def _readme(book: Book) -> str:
    yours = sum(book.is_yours(row) for row in book.rows)
    sources = len({row.source for row in book.rows})
    overlay = (
        f"\n{yours} rows come from an overlay of whoever wrote this export: dearth does not vouch for them,\n"
        f"and LICENCE.txt does not cover them. Their ids are in `{DESCRIPTOR}` under `dearth.overlay_rows`.\n"
        if yours
        else ""
    )
    columns = "\n".join(f"- `{column}`: {_MEANING[column]}" for column in COLUMNS)
    return f"""# dearth data book

Version {book.version} of {book.date}: {len(book.rows)} rows, {sources} sources. sha256 of the data:
`{book.sha256}`.
{overlay}
- `{FACTS}`: the rows, UTF-8, comma, header. An empty cell means: not known, or does not apply.
- `{EVENTS}`: dated events of the two squeezes.
- `{DESCRIPTOR}`: types, closed lists and patterns of the columns (Frictionless Data Package, Table Schema).
- `LICENCE.txt`: what each value of `terms` allows. Keep the source when you pass a row on.

Rows that tell the same thing are rivals, and all are kept: `preferred` says which one dearth uses where
grade and vintage do not decide it. To lay rows of your own over the book, write a table of the same columns
and give it to `dearth ... --book FILE`; two exports are compared by `dearth book diff A B`.

## Columns of {FACTS}

{columns}
"""


def _licence() -> str:
    return (DATA / "DATA-LICENCE").read_text(encoding="utf-8")


def _events() -> str:
    return (DATA / EVENTS).read_text(encoding="utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def as_files(book: Book) -> dict[str, str]:
    """Return the text of every file of an export folder by name, those of `FILES`."""
    facts, events = facts_csv(book.rows), _events()
    texts = (facts, events, _readme(book), _licence(), _json(descriptor(book, facts, events)))
    return dict(zip(FILES, texts, strict=True))


def as_workbook(book: Book) -> bytes:
    """Return the export as one workbook: facts first, then events, README, licence and schema.

    Raises
    ------
    InputError
        A text holds a character that no workbook can.
    """
    files = as_files(book)
    facts = [COLUMNS, *([getattr(row, column) for column in COLUMNS] for row in book.rows)]
    _refuse_unwritable(book.rows)
    sheets: list[tuple[str, Any]] = [(SHEET, facts)]
    sheets.append(("events", list(csv.reader(io.StringIO(files[EVENTS])))))
    for title, name in (("README", "README.md"), ("LICENCE", "LICENCE.txt"), ("datapackage", DESCRIPTOR)):
        sheets.append((title, [[line] for line in files[name].splitlines()]))
    return workbook_bytes(sheets, book.date)


def _refuse_unwritable(rows: Iterable[FactRow]) -> None:
    faults = [
        Fault(what, f"{row.id}:{column}", cure="export CSV instead")
        for row in rows
        for column in COLUMNS
        if isinstance(text := getattr(row, column), str) and (what := _unwritable(text))
    ]
    if faults:
        raise InputError("Exporting the data book", faults)


def _unwritable(text: str) -> str:
    """Say why no workbook can hold a text; empty when one can."""
    if not text.isascii() and any(c in "\ufffe\uffff" or "\ud800" <= c <= "\udfff" for c in text):
        return "holds a character that a workbook cannot"
    coded = CODED.search(text)
    return f"holds {coded[0]!r}, which a workbook takes for one coded character" if coded else ""


def as_parquet(book: Book) -> bytes:
    """Return the facts as one Parquet file; README, licence and schema are in its metadata.

    Raises
    ------
    InputError
        pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 (an extra)
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        fault = Fault("pyarrow is not installed", "--parquet", cure="pip install 'dearth[parquet]'")
        raise InputError("Exporting the data book", fault) from None
    files = as_files(book)
    metadata = {name: files[name] for name in FILES if name not in {FACTS, EVENTS}}
    kinds = [(column, pa.float64() if column in NUMBERS else pa.string()) for column in COLUMNS]
    columns = {column: [getattr(row, column) for row in book.rows] for column in COLUMNS}
    out = io.BytesIO()
    pq.write_table(pa.table(columns, pa.schema(kinds, metadata)), out)
    return out.getvalue()
