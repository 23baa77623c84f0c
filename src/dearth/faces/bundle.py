"""An answer as files to keep: one zip with tables, sources, metadata and a README, or one workbook."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any, Final

from openpyxl import Workbook

from dearth.answer import Answer
from dearth.faces.catalogue import Study, load
from dearth.faces.present import csv_text
from dearth.world.scenario import Scenario

__all__ = ["metadata_of", "workbook", "zipped"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_DAY: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_WIDEST: Final = 60
_SOURCE_COLUMNS: Final = (
    *("id", "quantity", "kind", "value", "low", "high", "unit", "date"),
    *("source", "url", "grade", "terms", "note"),
)


def metadata_of(answer: Answer) -> dict[str, Any]:
    """Return the envelope without what the tables hold."""
    told = answer.to_dict()
    return {key: value for key, value in told.items() if key not in ("answer", "sources")}


def _tables(one: Study, answer: Answer, scenario: Scenario) -> dict[str, str]:
    """Return CSV text by name of table: the study's own where it has one, and the sources."""
    own = one.views.files.get("--csv")
    tables = {one.name: str(load(own)(answer, scenario))} if own else {}
    return {**tables, "sources": csv_text(_SOURCE_COLUMNS, answer.sources)}


def _readme(one: Study, answer: Answer, scenario: Scenario) -> str:
    book, told = answer.book, answer.scenario
    lines = [
        f"{one.name} of {scenario.name}: {scenario.title}",
        "",
        one.line,
        "",
        f"dearth {answer.version}, data book {book['version']} (sha256 {book['sha256']})",
        f"scenario {told['name']} (sha256 {told['sha256']}), as of {answer.as_of}",
        f"{answer.draws} draws, seed {answer.seed}: the same inputs, seed and version give the same answer.",
        "",
        f"{one.name}.csv      the answer as a table, where the study has one"
        if "--csv" in one.views.files
        else "",
        "answer.json    the answer in full, with everything it rests on",
        "sources.csv    every row of the data book behind it: value, range, unit, source, grade, terms",
        "metadata.json  versions, scenario, question and warnings",
        "",
        "Read before citing:",
        *(f"- {warning}" for warning in answer.warnings),
        "",
        "Terms of single figures stand in sources.csv, column terms; see DATA-LICENCE of dearth.",
    ]
    return "\n".join(lines) + "\n"


def zipped(one: Study, answer: Answer, scenario: Scenario) -> bytes:
    """Return the zip; the same answer gives the same bytes."""
    files = {f"{name}.csv": text for name, text in _tables(one, answer, scenario).items()}
    files["answer.json"] = answer.to_json() + "\n"
    files["metadata.json"] = json.dumps(metadata_of(answer), ensure_ascii=False, indent=1) + "\n"
    files["README.txt"] = _readme(one, answer, scenario)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, text)
    return out.getvalue()


def workbook(one: Study, answer: Answer, scenario: Scenario) -> bytes:
    """Return an XLSX with a sheet of metadata and a sheet for each table; no cell is a formula."""
    book = Workbook()
    book.properties.created = book.properties.modified = _DAY
    first = book.active
    if first is None:  # openpyxl's types allow it
        first = book.create_sheet()
    first.title = "about"
    for line in _readme(one, answer, scenario).splitlines():
        first.append([_typed(line)])
    first.column_dimensions["A"].width = 2 * _WIDEST
    for name, text in _tables(one, answer, scenario).items():
        _fill(book.create_sheet(name), text)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, text: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows:
        sheet.append([_typed(cell) for cell in row])
    sheet.freeze_panes = "A2"
    for column in sheet.iter_cols(min_row=1, max_row=min(len(rows), 50)):
        longest = max((len(str(cell.value or "")) for cell in column), default=0)
        sheet.column_dimensions[column[0].column_letter].width = min(_WIDEST, longest + 2)


def _typed(cell: str) -> str | float | None:
    """Return a number where a cell is one; text that a spreadsheet would compute stays text."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
