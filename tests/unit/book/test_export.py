"""Exports read back as they were: by dearth, by the schema they carry, and by other programs."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from dearth.book import COLUMNS, GRADES, KINDS, TERMS, load_book
from dearth.book.book import book_of_layers
from dearth.book.compare import diff, rows_of
from dearth.book.export import FILES, as_files, as_parquet, as_workbook, facts_csv
from dearth.book.read import DATA
from dearth.errors import BookError, InputError
from dearth.units import UNITS
from small_book import book_of, row

ROOT = Path(__file__).parents[3]
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
TEXTS = st.text(LETTERS, max_size=30).map(str.strip).filter(lambda text: text[:1] not in set("=+-@"))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MADE = st.fixed_dictionaries(
    {
        "numbers": st.lists(NUMBERS, min_size=3, max_size=3).map(sorted),
        "sector": TEXTS,
        "basis": TEXTS,
        "note": TEXTS,
        "source": TEXTS.filter(bool),
        "unit": st.sampled_from(sorted(set(UNITS) - {"text"})),
        "date": st.sampled_from(["2024", "2024e", "2024-02-29", "2010..2030f"]),
        "grade": st.sampled_from(GRADES),
        "terms": st.sampled_from(TERMS),
        "preferred": st.sampled_from(["yes", "no", ""]),
    }
)


def rows_from(made):
    kept = []
    for i, cells in enumerate(made):
        low, value, high = cells.pop("numbers")
        kept.append(row(f"row-{i}", f"made-up-{i}", value, low=low, high=high, **cells))
    return book_of(kept)


MANY = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(st.lists(MADE, max_size=5))
def test_csv_round_trip_loses_nothing(made):
    book = rows_from(made)
    again = book_of_layers([[("facts.csv", facts_csv(book.rows).encode())]])
    assert diff(book.rows, again.rows).empty
    assert [r.id for r in again.rows] == [r.id for r in book.rows]


@MANY
@given(st.lists(MADE, max_size=3))
def test_workbook_round_trip_loses_nothing(tmp_path, made):
    book = rows_from(made)
    path = tmp_path / "book.xlsx"
    path.write_bytes(as_workbook(book))
    assert diff(book.rows, rows_of(path)).empty


@MANY
@given(st.lists(MADE, max_size=3))
def test_parquet_round_trip_loses_nothing(made):
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `parquet` is not installed")
    book = rows_from(made)
    table = pq.read_table(io.BytesIO(as_parquet(book)))
    assert table.to_pylist() == [r.model_dump() for r in book.rows]
    assert b"LICENCE.txt" in table.schema.metadata


@pytest.fixture(scope="module")
def exported(book_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "book"
    folder.mkdir()
    for name, text in as_files(book_module).items():
        (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture(scope="module")
def book_module():
    return load_book()


def test_the_shipped_book_comes_back_from_a_folder_and_from_a_workbook(book_module, exported, tmp_path):
    assert diff(rows_of("shipped"), rows_of(exported)).empty
    path = tmp_path / "book.xlsx"
    path.write_bytes(as_workbook(book_module))
    assert diff(rows_of("shipped"), rows_of(path)).empty
    laid = load_book([exported])
    assert diff(book_module.rows, laid.rows).empty


def test_an_export_with_a_row_less_shows_it_as_removed(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "less")
    facts = tmp_path / "less" / "facts.csv"
    lines = facts.read_text("utf-8").splitlines(keepends=True)
    facts.write_text("".join([*lines[:1], *lines[2:]]), "utf-8")
    found = diff(rows_of("shipped"), rows_of(tmp_path / "less"))
    assert [r.id for r in found.removed] == [lines[1].split(",")[0]]
    assert not found.added
    assert not found.changed


def test_the_same_book_gives_the_same_bytes(book_module):
    assert as_workbook(book_module) == as_workbook(book_module)
    assert as_files(book_module) == as_files(book_module)


def test_the_export_carries_licence_readme_and_a_true_description(exported):
    assert {path.name for path in exported.iterdir()} == set(FILES)
    assert (exported / "LICENCE.txt").read_bytes() == (ROOT / "DATA-LICENCE").read_bytes()
    package = json.loads((exported / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        data = (exported / resource["path"]).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{sha256(data).hexdigest()}"
        header = next(csv.reader(io.StringIO(data.decode())))
        assert [field["name"] for field in resource["schema"]["fields"]] == header
    assert package["dearth"]["overlay_rows"] == []


def schema_faults(field, values):
    limits = field.get("constraints", {})
    for value in values:
        if value == "":
            if limits.get("required"):
                yield field["name"], "empty"
            continue
        if field["type"] == "number":
            float(value)
        if "enum" in limits and value not in limits["enum"]:
            yield field["name"], value
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield field["name"], value
    if limits.get("unique") and len(set(values)) < len(values):
        yield field["name"], "twice"


def test_every_cell_keeps_the_constraints_of_the_schema(exported):
    package = json.loads((exported / "datapackage.json").read_text("utf-8"))
    facts = package["resources"][0]
    with (exported / "facts.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 1000
    for field in facts["schema"]["fields"]:
        assert list(schema_faults(field, [r[field["name"]] for r in rows])) == []
    assert set(facts["schema"]["fields"][13]["constraints"]["enum"]) == set(KINDS)


def test_the_schema_check_can_fail():
    field = {"name": "kind", "type": "string", "constraints": {"enum": ["a"], "required": True}}
    assert list(schema_faults(field, ["a", "b", ""])) == [("kind", "b"), ("kind", "empty")]


def test_the_copy_of_the_licence_inside_the_package_is_the_one_outside():
    assert (DATA / "DATA-LICENCE").read_bytes() == (ROOT / "DATA-LICENCE").read_bytes()


def test_a_text_that_no_workbook_can_hold_is_refused():
    book = book_of([row("a", "made-up", 1, low=0, high=2, note="x\uffff")])
    with pytest.raises(InputError, match=r"a:note: holds a character that a workbook cannot"):
        as_workbook(book)


def test_overlay_rows_are_named_in_an_export(tmp_path):
    path = tmp_path / "mine.csv"
    mine = row("mine", "made-up", 1, low=0, high=2)
    path.write_text(facts_csv([mine]), "utf-8")
    files = as_files(load_book([path]))
    assert json.loads(files["datapackage.json"])["dearth"]["overlay_rows"] == ["mine"]
    assert "1 rows come from an overlay" in files["README.md"]


def test_numbers_and_texts_are_so_in_the_workbook(book_module):
    sheets = load_workbook(io.BytesIO(as_workbook(book_module)), read_only=True)
    assert sheets.sheetnames == ["facts", "events", "README", "LICENCE", "datapackage"]
    rows = sheets["facts"].iter_rows(values_only=True)
    assert next(rows) == COLUMNS
    cells = dict(zip(COLUMNS, next(rows), strict=True))
    assert isinstance(cells["value"], int | float)
    assert isinstance(cells["date"], str)


def test_the_workbook_opens_in_libreoffice(book_module, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed here (soffice not on the path)")
    (tmp_path / "book.xlsx").write_bytes(as_workbook(book_module))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    form = "csv:Text - txt - csv (StarCalc):44,34,76"
    convert = [office, home, "--headless", "--convert-to", form, "book.xlsx"]
    subprocess.run(convert, cwd=tmp_path, check=True, capture_output=True, timeout=240)
    with (tmp_path / "book.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["id"] for line in lines] == [r.id for r in book_module.rows]
    assert [line["note"] for line in lines] == [r.note for r in book_module.rows]


def test_a_broken_export_is_refused(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "broken")
    (tmp_path / "broken" / "facts.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BookError, match="unknown column 'a'"):
        rows_of(tmp_path / "broken")
