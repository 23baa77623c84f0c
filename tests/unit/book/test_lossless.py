"""Hostile texts and awkward numbers: refused with a reason, or back from every form to the last bit."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import ValidationError

from dearth.book import COLUMNS, Book, FactRow, load_book
from dearth.book.book import book_of_layers
from dearth.book.compare import Difference, diff, rows_of
from dearth.book.export import as_files, as_parquet, as_workbook, facts_csv
from dearth.book.history import RowChange, full_record, read_record, record_text
from dearth.book.row import PlainRow
from dearth.book.workbook import workbook_bytes
from dearth.errors import BookError, InputError
from small_book import book_of, row

# Texts that programs like to turn into something else, and that the book keeps.
KEPT = (
    *("'=1+1", "{=1+1}", "1e5", "007", "1,250", "1/2", "50%", "$5", "00:10", "2024-05-06", "nan", "inf"),
    *("TRUE", "NULL", "#N/A", "#DIV/0!", "'", '"', '""', "a,b;c|d", "&amp;<b>", "]]>", "a  b", "\\N"),
    *("\u202eabc\u200f", "\u200b=1", "\ufeffmark", "é", "e\u0301", "\U0001f9f2", "a\u2028b", "稀土"),
    *("x" * 600, "\U0001f9f2" * 600),
)
# Texts that start a formula in some spreadsheet, or that drive a terminal, or that no table can hold.
REFUSED = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"),
    *("a\tb", "a\nb", "a\rb", "a\x00b", "a\x1b[31m", "a\x7f", "a\x85b", "a\x9b31m"),
)
NUMBERS = (5e-324, 1e-320, -0.0, 0.1 + 0.2, 1 / 3, -1e-7, 2.0**53 + 2, 1.7976931348623157e308, -1e300)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True)
MANY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def exact(rows: Iterable[FactRow]) -> list[list[str]]:
    """Rows as text that tells every two floats apart, zeros of either sign too."""
    return [[repr(getattr(r, column)) for column in COLUMNS] for r in rows]


def from_csv(book: Book, folder: Path) -> list[FactRow]:
    (folder / "book").mkdir(exist_ok=True)
    for name, text in as_files(book).items():
        (folder / "book" / name).write_bytes(text.encode())
    return list(rows_of(folder / "book"))


def from_workbook(book: Book, folder: Path) -> list[FactRow]:
    (folder / "book.xlsx").write_bytes(as_workbook(book))
    return list(rows_of(folder / "book.xlsx"))


def from_parquet(book: Book, folder: Path) -> list[FactRow]:
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    return [FactRow(**cells) for cells in pq.read_table(io.BytesIO(as_parquet(book))).to_pylist()]


FORMS: dict[str, Callable[[Book, Path], list[FactRow]]] = {
    "csv": from_csv,
    "xlsx": from_workbook,
    "parquet": from_parquet,
}


def hostile_rows() -> list[FactRow]:
    texts = [row(f"text-{i}", f"made-{i}", 1, low=0, high=2, note=t, sector=t) for i, t in enumerate(KEPT)]
    return texts + [row(f"number-{i}", f"made-up-{i}", number) for i, number in enumerate(NUMBERS)]


@pytest.mark.parametrize("form", FORMS)
def test_hostile_texts_and_numbers_come_back_to_the_last_bit(form, tmp_path):
    book = book_of(hostile_rows())
    assert exact(FORMS[form](book, tmp_path)) == exact(book.rows)


@pytest.mark.parametrize("form", FORMS)
@MANY
@given(st.lists(FLOATS, min_size=3, max_size=3).map(sorted))
@example([-0.0, -0.0, 0.0])
@example([1e-320, 1e-320, 0.1 + 0.2])
def test_any_number_comes_back_to_the_last_bit(form, tmp_path, numbers):
    low, value, high = numbers
    book = book_of([row("a", "made-up", value, low=low, high=high)])
    assert exact(FORMS[form](book, tmp_path)) == exact(book.rows)


@pytest.mark.parametrize("cell", ["-0", "-0.0", "-0e5", -0.0])
def test_a_negative_zero_is_zero(cell):
    assert repr(row("a", "made-up", cell).value) == "0.0"
    cells = {column: str(getattr(row("a", "made-up", 1), column) or "") for column in COLUMNS}
    assert repr(PlainRow.of({**cells, "value": str(cell)}).value) == "0.0"


@pytest.mark.parametrize("column", ["note", "source", "basis", "sector", "place", "material"])
@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_could_act_is_refused_by_every_free_column(column, text):
    with pytest.raises(ValidationError, match=column):
        row("a", "made-up", 1, **{column: text})


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_could_act_is_refused_from_a_file(text, tmp_path):
    cells = {c: str(getattr(row("a", "made-up", 1), c) or "") for c in COLUMNS} | {"note": text}
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([COLUMNS, [cells[c] for c in COLUMNS]])
    (tmp_path / "mine.csv").write_text(out.getvalue(), "utf-8", newline="")
    with pytest.raises(BookError, match=r"looks like a formula or holds control|NUL byte"):
        load_book([tmp_path / "mine.csv"])


def test_601_characters_are_too_many():
    with pytest.raises(ValidationError, match="600"):
        row("a", "made-up", 1, note="x" * 601)


@pytest.mark.parametrize("text", ["_x0041_", "a_x000D_b"])
def test_a_text_that_a_workbook_reads_as_a_code_is_refused_there_and_kept_elsewhere(text, tmp_path):
    book = book_of([row("a", "made-up", 1, note=text)])
    assert exact(from_csv(book, tmp_path)) == exact(book.rows)
    with pytest.raises(InputError, match=r"a:note: holds '_x00.._', which a workbook takes for one"):
        as_workbook(book)


def test_a_coded_character_of_a_workbook_is_read_in_clear(tmp_path):
    lines = [list(COLUMNS), [getattr(row("a", "made-up", 1, note="x_x0041_y"), c) for c in COLUMNS]]
    (tmp_path / "a.xlsx").write_bytes(workbook_bytes([("facts", lines)], "2026-01-02"))
    assert load_book([tmp_path / "a.xlsx"]).get("a").note == "xAy"


NAMES = st.sampled_from(["a", "b", "c", "d"])
CELLS = st.fixed_dictionaries(
    {"value": st.integers(0, 2), "note": st.sampled_from(["", "x"]), "grade": st.sampled_from(["-", "C"])}
)
BOOKS = st.dictionaries(NAMES, CELLS, max_size=4).map(
    lambda made: [row(name, f"made-up-{name}", low=0, high=2, **cells) for name, cells in made.items()]
)


def applied(before: list[FactRow], change: Difference) -> dict[str, FactRow]:
    """Rows by id after a difference: what it removes goes, what it changes or adds comes."""
    rows = {r.id: r for r in before}
    for gone in change.removed:
        del rows[gone.id]
    for c in change.changed:
        update = {column: getattr(c.after, column) for column in c.columns}
        rows[c.before.id] = c.before.model_copy(update=update)
    return rows | {r.id: r for r in change.added}


@MANY
@given(BOOKS, BOOKS)
def test_a_difference_leads_from_one_book_to_the_other(before, after):
    assert applied(before, diff(before, after)) == {r.id: r for r in after}


@MANY
@given(BOOKS, BOOKS)
def test_a_difference_of_files_is_that_of_the_rows(before, after):
    one, other = (book_of_layers([[("a.csv", facts_csv(rows).encode())]]).rows for rows in (before, after))
    assert diff(one, other) == diff(before, after)


@MANY
@given(st.lists(BOOKS, min_size=1, max_size=4))
def test_the_record_follows_any_history_and_reads_back(versions):
    record: tuple[RowChange, ...] = ()
    for rows in versions:
        record = read_record(record_text(full_record(book_of(rows), record)).encode())
        assert full_record(book_of(rows), record) == record
    last = {event.id: event for event in record}
    assert {name for name, e in last.items() if e.what != "removed"} == {r.id for r in versions[-1]}


@pytest.fixture(scope="module")
def saved_again(tmp_path_factory) -> Callable[[bytes], Path]:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed here (no soffice on the path); `make test` says how")
    home = tmp_path_factory.mktemp("office")

    def save(data: bytes) -> Path:
        folder = tmp_path_factory.mktemp("saved")
        (folder / "in.xlsx").write_bytes(data)
        form = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "out", "in.xlsx"]
        command = [office, f"-env:UserInstallation=file://{home}", "--headless", *form]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)
        return folder / "out" / "in.xlsx"

    return save


class TestLibreOffice:
    """Workbooks of ours, opened and saved again by LibreOffice Calc without a window."""

    def test_an_overlay_reads_back_as_it_was(self, saved_again):
        """Calc keeps 15 digits of a number, as many as a figure of the book has at most."""
        shipped = load_book()
        rows = [r for r in hostile_rows() if r.value is None or float(f"{r.value:.15g}") == r.value]
        assert len(rows) >= len(KEPT) + 4
        again = rows_of(saved_again(as_workbook(book_of([*shipped.rows, *rows]))))
        assert exact(again) == exact([*shipped.rows, *rows])

    def test_texts_like_formulas_stay_texts(self, saved_again):
        texts = [t for t in (*KEPT, *REFUSED) if not any(c < " " or "\x7f" <= c <= "\x9f" for c in t)]
        data = workbook_bytes([("facts", [["head"], *([t] for t in texts)])], "2026-01-02")
        sheet = load_workbook(saved_again(data))["facts"]
        found = [(sheet.cell(i + 2, 1).value, sheet.cell(i + 2, 1).data_type) for i in range(len(texts))]
        assert found == [(text, "s") for text in texts]
