"""Every way in which a row or a file can be wrong has one bad file, and one message."""

from pathlib import Path

import pytest

from dearth.book import load_book
from dearth.errors import BookError

FOLDER = Path(__file__).parents[2] / "bad_book"

MESSAGES = {
    "empty.csv": "the file is empty",
    "not_utf8.csv": "not_utf8.csv:2: byte 0xf8 is not UTF-8",
    "utf16.csv": "this is UTF-16",
    "workbook.csv": "a workbook or a zip file",
    "nul_byte.csv": "NUL byte",
    "missing_column.csv": "column 'note' is missing",
    "unknown_column.csv": "unknown column 'unti'; did you mean 'unit'",
    "column_twice.csv": "column 'note' stands twice",
    "too_few_cells.csv": ":2: 17 cells, the header has 20",
    "too_many_cells.csv": ":2: 21 cells, the header has 20; quote cells that hold commas",
    "broken_quoting.csv": "quot",
    "id_twice.csv": ":3:id: id 'mine-production-aus-2024' stands already at id_twice.csv:2",
    "id_empty.csv": ":2:id: '' is not kebab-case",
    "id_not_kebab.csv": ":2:id: 'Mine Output' is not kebab-case",
    "quantity_not_kebab.csv": ":2:quantity: 'mine output' is not kebab-case",
    "material_unknown.csv": ":2:material: unknown material 'oxide:Dyy'; did you mean 'oxide:Dy'",
    "element_unknown.csv": ":2:element: unknown element 'Dz'",
    "place_code_unknown.csv": ":2:place: unknown place code 'AUT'; did you mean 'AUS'",
    "place_by_name.csv": ":2:place: place 'Australia' is written by its code; write 'AUS'",
    "partner_unknown.csv": ":2:partner: unknown place code 'CHI'; did you mean 'CHN'",
    "value_not_number.csv": ":2:value: 'about 29000' is not a finite number",
    "value_with_comma.csv": ":2:value: '29,000' is not a finite number",
    "value_nan.csv": ":2:value: 'nan' is not a finite number",
    "value_infinite.csv": ":2:value: 'inf' is not a finite number",
    "value_underscore.csv": ":2:value: '29_000' is not a number",
    "value_missing.csv": ":2:kind: a sourced row needs a value, or low and high",
    "value_below_low.csv": ":2:high: value 26000 is below low 27000",
    "value_above_high.csv": ":2:high: value 31000 is above high 30000",
    "low_above_high.csv": ":2:high: low 30000 is above high 27000; swap them",
    "hole_with_value.csv": ":2:kind: a hole has no value",
    "unit_unknown.csv": ":2:unit: unknown unit 't REO/yr'; did you mean 't REO/y'",
    "unit_empty.csv": ":2:unit: unknown unit ''",
    "date_empty.csv": ":2:date: '' is not a date",
    "date_not_a_date.csv": ":2:date: 'last year' is not a date",
    "date_no_such_day.csv": ":2:date: '2024-02-30' is not a date",
    "date_backwards.csv": ":2:date: '2024..2020' ends before it begins",
    "date_out_of_range.csv": ":2:date: date '0024' is outside 1900..2100",
    "kind_unknown.csv": ":2:kind: 'guess' is not in the list; one of 'sourced'",
    "source_empty.csv": ":2:source: the cell is empty",
    "url_empty.csv": ":2:url: a sourced row needs an address",
    "url_not_http.csv": ":2:url: 'ftp://pubs.usgs.gov/' is not one address",
    "url_two.csv": ":2:url: 'https://a.org/ and https://b.org/' is not one address",
    "grade_unknown.csv": ":2:grade: 'D' is not in the list; one of 'A', 'B', 'C' or '-'",
    "terms_unknown.csv": ":2:terms: 'fair-use' is not in the list",
    "preferred_unknown.csv": ":2:preferred: 'maybe' is not in the list",
    "preferred_twice.csv": ":3:preferred: 'mine-production-aus-2024-b' and 'mine-production-aus-2024'",
    "formula_note.csv": ":2:note: '=HYPERLINK(\"x\")' looks like a formula",
    "formula_source.csv": ":2:source: '@SUM(A1)' looks like a formula",
    "control_character.csv": ":2:note: 'a\\x1b[31mred' looks like a formula or holds control characters",
    "text_too_long.csv": ":2:note: longer than 600 characters",
    "value_overflow.csv": ":2:value: '1e999' is not a finite number",
    "value_fullwidth.csv": ":2:value: '\uff12\uff19000' is not a finite number",
    "low_not_number.csv": ":2:low: '27 000' is not a finite number",
    "high_not_number.csv": ":2:high: '<30000' is not a finite number",
    "value_missing_derived.csv": ":2:kind: a derived row needs a value, or low and high",
    "hole_with_range.csv": ":2:kind: a hole has no low or high",
    "grade_missing.csv": ":2:grade: a sourced row needs a grade",
    "grade_empty.csv": ":2:grade: '' is not in the list; one of 'A', 'B', 'C' or '-'",
    "terms_empty.csv": ":2:terms: '' is not in the list",
    "kind_empty.csv": ":2:kind: '' is not in the list",
    "quantity_empty.csv": ":2:quantity: '' is not kebab-case",
    "id_too_long.csv": ":2:id: longer than 120 characters",
    "element_part_empty.csv": ":2:element: unknown element ''",
    "source_too_long.csv": ":2:source: longer than 600 characters",
    "formula_fullwidth.csv": ":2:note: '\uff1d1+1' looks like a formula",
    "formula_after_tab.csv": ":2:note: '+1' looks like a formula",
    "tab_in_cell.csv": ":2:note: 'a\\tb' looks like a formula or holds control characters",
    "newline_in_cell.csv": ":2:note: 'a\\nb' looks like a formula or holds control characters",
    "control_c1.csv": ":2:note: 'a\\x9b31mred' looks like a formula or holds control characters",
    "three_faults.csv": ":2:unit: unknown unit 'tons'",
}


def test_every_bad_file_has_a_message():
    assert {path.name for path in FOLDER.iterdir()} == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_bad_file_is_refused_with_place_and_cure(name):
    with pytest.raises(BookError) as caught:
        load_book([FOLDER / name])
    assert MESSAGES[name] in str(caught.value)
    assert name in str(caught.value)


def test_all_faults_of_all_files_at_once():
    with pytest.raises(BookError) as caught:
        load_book([FOLDER / "three_faults.csv", FOLDER / "unit_unknown.csv"])
    places = [fault.where for fault in caught.value.faults]
    assert places == [
        "three_faults.csv:2:unit",
        "three_faults.csv:2:date",
        "three_faults.csv:2:grade",
        "three_faults.csv:3:terms",
        "unit_unknown.csv:2:unit",
    ]


@pytest.mark.parametrize("path", ["no/such.csv", ".", "/dev/zero"])
def test_a_path_that_is_no_file_is_refused(path):
    with pytest.raises(BookError, match=r"no such file|not a regular file"):
        load_book([path])


def test_a_huge_file_is_refused(tmp_path):
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as stream:
        stream.truncate(17 * 2**20)
    with pytest.raises(BookError, match="larger than 16 MiB"):
        load_book([huge])


def test_thousands_of_faults_are_cut_short(tmp_path):
    good = (FOLDER / "grade_unknown.csv").read_text().splitlines()
    many = tmp_path / "many.csv"
    lines = [good[1].replace("aus-2024", f"aus-{i}") for i in range(1500)]
    many.write_text("\n".join([good[0], *lines]))
    with pytest.raises(BookError, match="and 1300 more faults"):
        load_book([many])


def test_a_cell_of_a_book_is_refused(tmp_path):
    good = (FOLDER / "grade_unknown.csv").read_text("utf-8").splitlines()
    path = tmp_path / "long.csv"
    path.write_text(f"{good[0]}\n{good[1]}{'x' * 200_000}\n", "utf-8")
    with pytest.raises(BookError, match=r"long.csv:2: broken quoting .*field larger than field limit"):
        load_book([path])
