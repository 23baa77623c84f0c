"""The report of coverage, and that the documents carry the one of the committed data."""

from __future__ import annotations

from pathlib import Path

import pytest

from dearth.book import load_book
from dearth.book.coverage import INFLUENCE, Influence, load_influence, report, stage_of_row, weakest
from dearth.errors import BookError, InputError
from dearth.faces.cli_book_files import BEGIN, END, spliced
from small_book import book_of, row

DOCS = Path(__file__).parents[3] / "docs" / "data.md"


def test_the_documents_carry_the_report_of_these_data():
    document = DOCS.read_text("utf-8")
    wanted = spliced(document, report(load_book(), load_influence()))
    assert document == wanted, "the data changed: run `make book`"


@pytest.mark.parametrize(
    ("columns", "stage"),
    [
        ({"material": "ore:*"}, "concentrate"),
        ({"material": "oxide:Dy"}, "oxide"),
        ({"material": "magnet"}, "magnet"),
        ({"material": "NdFeB magnet blanks"}, "magnet"),
        ({"material": "rare earths without magnets"}, "oxide"),
        ({"material": "SmCo alloy"}, "magnet"),
        ({"quantity": "mine-production", "material": "REO"}, "concentrate"),
        ({"material": "licences"}, "other"),
    ],
)
def test_the_stage_a_row_tells_of(columns, stage):
    made = row("a", columns.pop("quantity", "made-up"), 1, **columns)
    assert stage_of_row(made) == stage


def line_of(text, name):
    return next(line for line in text.splitlines() if line.startswith(f"| {name} |"))


def test_rows_are_counted_by_element_stage_place_year_and_hole():
    rows = [
        row("a", "made-up", 1, element="NdPr", place="CHN", material="oxide:NdPr", date="2024"),
        row("b", "made-up", None, element="Nd", kind="hole", date="2011"),
    ]
    text = report(book_of(rows))
    assert line_of(text, "Nd") == "| Nd | 2 | 0 | 0 | 1 | 1 | 0 | 0 | 0 |"
    assert line_of(text, "Pr") == "| Pr | 1 | 0 | 0 | 1 | 0 | 0 | 0 | 0 |"
    assert line_of(text, "CHN").startswith("| CHN | 1 |")
    assert line_of(text, "2020-2024").startswith("| 2020-2024 | 1 |")
    assert line_of(text, "`made-up`") == "| `made-up` | 1 |"
    assert "are not known yet" in text


def test_the_weakest_numbers_are_grade_times_influence():
    rows = [row("a", "x", 1, grade="A"), row("b", "x", 1, grade="C"), row("c", "x", 1)]
    found = weakest(book_of(rows), Influence({"a": 0.9, "b": 0.3, "zzz": 1.0}))
    assert [(w.row.id, round(w.score, 2)) for w in found] == [("b", 1.2), ("a", 0.9)]
    assert weakest(book_of(rows), None) == ()
    line = "| `b` | 1 | 1 to 1 | 1 | assumption | C | 0.30 | 4 | 1.20 |"
    assert line in report(book_of(rows), Influence({"b": 0.3}))


def test_influences_are_read_the_largest_over_studies(tmp_path):
    path = tmp_path / "influence.csv"
    path.write_text("id,influence,study\na,-0.5,x\na,0.2,y\n")
    assert load_influence(path) == Influence({"a": 0.5})
    assert load_influence(tmp_path / "none.csv") is None


@pytest.mark.parametrize("size", ["much", "2", "nan", ""])
def test_a_broken_file_of_influences_is_refused(tmp_path, size):
    path = tmp_path / "influence.csv"
    path.write_text(f"id,influence,study\na,{size},x\n")
    with pytest.raises(BookError, match=r"influence.csv:2:influence: .* is no number from -1 to 1"):
        load_influence(path)


def test_stored_influences_name_rows_of_the_book():
    known = {r.id for r in load_book().rows}
    stored = load_influence(INFLUENCE)
    assert stored is not None
    assert set(stored.by_id) <= known, "a row that mattered is gone: run `make influence`"


def test_the_report_names_ten_weak_numbers_that_matter():
    found = weakest(load_book(), load_influence())
    assert len(found) == 10
    assert [w.score for w in found] == sorted((w.score for w in found), reverse=True)
    text = report(load_book(), load_influence())
    assert all(f"| `{w.row.id}` |" in text for w in found)


@pytest.mark.parametrize(
    "text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_document_without_its_two_marks_is_refused(text):
    with pytest.raises(InputError, match="has no place for the report"):
        spliced(text, "x")


def test_a_report_replaces_the_old_one():
    once = spliced(f"a\n{BEGIN}old{END}\nb", "new\n")
    assert once == f"a\n{BEGIN}\n\nnew\n\n{END}\nb"
    assert spliced(once, "new\n") == once
