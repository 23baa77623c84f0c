"""Every way in which a firm's file can be wrong, one file each, and files too large to keep."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from dearth.errors import InputError
from dearth.firm.graph import graph_of
from dearth.firm.read import read_firm

FOLDER = Path(__file__).resolve().parents[2] / "bad_firms"
SOUND = Path(__file__).with_name("sound.json")
# file -> what its message must say, the place first
SAYS = {
    "a_list.json": ("a_list.json", "not a mapping of sheets"),
    "arabic_digits.json": ("list stocks, row 1, column quantity", "not a plain number"),
    "broken_quoting": ("parts.csv, row 4", "broken quoting"),
    "capacity_too_small.json": ("'north', column capacity", "above its capacity of 10"),
    "cell_is_a_list.json": ("list stocks, row 1, column quantity", "no text and no number"),
    "column_missing": ("stocks.csv, row 1", "'quantity' is missing"),
    "column_twice": ("stocks.csv, row 1", "stands twice"),
    "comma_decimal.json": ("row 1, column share", "no commas"),
    "contract_of_no_line.json": ("list contracts, row 1, column line", "known: motors"),
    "currency_in_words.json": ("column currency", "three capital letters"),
    "cut_off.json": ("cut_off.json", "no JSON"),
    "cycle.json": ("list bill, row 3, column part", "rotor needs magnet needs rotor"),
    "day_in_words.json": ("column stocks_on", "YYYY-MM-DD"),
    "deep.json": ("deep.json", "RecursionError"),
    "duplicate_bill_row.json": ("list bill, row 3", "stands twice"),
    "duplicate_id.json": ("list parts, row 3, column id", "first at"),
    "duplicate_id_across_sheets.json": ("list suppliers, row 2, column id", "list parts, row 1"),
    "duplicate_source.json": ("list sources, row 3", "stands twice"),
    "duplicate_stock.json": ("list stocks, row 3", "add the quantities up"),
    "element_twice.json": ("column element_grams", "Dy stands twice"),
    "element_unknown.json": ("column element_grams", "no rare earth"),
    "element_without_grams.json": ("column element_grams", "symbol and grams"),
    "empty.json": ("empty.json", "dearth firm template"),
    "empty_id.json": ("list parts, row 1, column id", "the cell is empty"),
    "empty_sheet": ("stocks.csv", "is empty"),
    "formula.xlsx": ("sheet stocks:2:B", "holds a formula"),
    "grade_unknown.json": ("list parts, row 2, column grade", "N42SH"),
    "grams_in_words.json": ("column magnet_grams", "or unknown"),
    "huge_number.json": ("column quantity", "beyond"),
    "just_words.json": ("just_words.json", "no workbook"),
    "key_twice.json": ("key_twice.json", "'firm' stands twice"),
    "latin1.json": ("row 49", "0xf6 is not UTF-8"),
    "licence_status.json": ("list licences, row 1, column status", "pending, granted, refused"),
    "line_break.json": ("column description", "line break"),
    "long_cell.json": ("column description", "longer than 2000"),
    "long_id.json": ("column id", "longer than 80"),
    "many_faults.json": ("column place", "China"),
    "merged_cells.xlsx": ("sheet stocks, cells A2:A3", "merged cells"),
    "missing_file": ("missing_file", "'bill' is missing"),
    "missing_quantity.json": ("list bill, row 1, column quantity", "the cell is empty"),
    "missing_sheet.json": ("missing_sheet.json", "'sources' is missing"),
    "missing_sheet.xlsx": ("missing_sheet.xlsx", "'bill' is missing"),
    "most_below_share.json": ("row 2, column most_share", "below the usual share"),
    "nan.json": ("nan.json", "NaN is no number"),
    "negative_output.json": ("column weekly_output", "not above 0"),
    "negative_stock.json": ("list stocks, row 1, column quantity", "-4 is below 0"),
    "negative_weeks.json": ("column ramp_weeks", "below 0"),
    "no_firm_row.json": ("no_firm_row.json", "has no row"),
    "no_lines.json": ("sheet lines", "there is no line"),
    "no_such_day.json": ("column stocks_on", "'2025-02-30' is not a day"),
    "not_a_workbook.xlsx": ("not_a_workbook.xlsx", "broken zip"),
    "nul_byte.json": ("nul_byte.json", "NUL byte"),
    "old_workbook.xls": ("old_workbook.xls", "old .xls file"),
    "own_part.json": ("list bill, row 3", "rotor needs rotor"),
    "percent.json": ("column share", "percent signs"),
    "recipe_of_another_site.json": ("list bill, row 2, column site", "does not come from 'south'"),
    "row_is_a_text.json": ("list parts, row 3", "no mapping"),
    "share_above_one.json": ("list sources, row 1, column share", "70 is above 1"),
    "shares_above_one_together.json": ("column share", "add up to 1.1, above 1"),
    "shares_below_one_together.json": ("column share", "add up to 0.8, below 1"),
    "sheet_is_a_text.json": ("list parts", "no list of rows"),
    "text_in_number.json": ("column quantity", "'about 400' is not a plain number"),
    "text_in_number.xlsx": ("sheet stocks, row 2, column quantity", "'four hundred'"),
    "too_many_cells": ("stocks.csv, row 2", "7 cells"),
    "truth_value.json": ("column quantity", "no text and no number"),
    "truth_value.xlsx": ("sheet stocks:2:B", "a truth value"),
    "two_firm_rows.json": ("list firm, row 2", "more than one row"),
    "unknown_item.json": ("list stocks, row 1, column item", "did you mean 'magnet'"),
    "unknown_parent.json": ("list bill, row 1, column parent", "did you mean 'motors'"),
    "unknown_part.json": ("list bill, row 2, column part", "did you mean 'magnet'"),
    "unknown_place.json": ("list sites, row 1, column place", "did you mean 'China'"),
    "unknown_plant.json": ("list lines, row 1, column plant", "did you mean 'works'"),
    "unknown_sector.json": ("column sector", "known: ev-traction"),
    "unknown_site.json": ("list sources, row 1, column site", "did you mean 'north'"),
    "unknown_stage.json": ("column stage", "did you mean 'magnet'"),
    "unknown_supplier.json": ("list sites, row 1, column supplier", "did you mean 'maker'"),
    "zero_output.json": ("column weekly_output", "not above 0"),
}


def faults_of(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        graph_of(read_firm(path))
    return [str(fault) for fault in caught.value.faults]


def test_every_bad_file_has_its_line_here() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_a_bad_file_is_told_with_place_and_cure(name: str) -> None:
    place, what = SAYS[name]
    found = faults_of(FOLDER / name)
    assert any(place in one and what in one for one in found), found
    assert all(";" in one for one in found), "a fault without a cure"


def test_all_faults_come_at_once() -> None:
    found = faults_of(FOLDER / "many_faults.json")
    for place in ("list sites", "list sources", "list stocks", "list bill"):
        assert any(place in one for one in found)


def test_the_firm_from_which_they_were_made_is_sound() -> None:
    firm = read_firm(SOUND)
    assert graph_of(firm).names == ("motors", "rotor", "magnet")
    assert firm.warnings == ()


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    bomb.write_bytes(zipped({"xl/worksheets/sheet1.xml": bytes(140 * 2**20)}))
    assert bomb.stat().st_size < 2**20
    assert any("unpacks to more than" in one for one in faults_of(bomb))


def test_a_sheet_of_200_mb_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.xlsx"
    with large.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 2**20)
    assert any("larger than 16 MiB" in one for one in faults_of(large))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert any("no such file" in one for one in faults_of(tmp_path / "none.xlsx"))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "firm"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("id\nx\n")
    (folder / "parts.csv").symlink_to(tmp_path / "secret.csv")
    assert any("leads out of the folder" in one for one in faults_of(folder))


def test_hundreds_of_faults_are_cut_off(tmp_path: Path) -> None:
    rows = ",".join(f'{{"item": "x{number}", "quantity": -1}}' for number in range(400))
    text = SOUND.read_text("utf-8").replace('"stocks": [', f'"stocks": [{rows},')
    (tmp_path / "many.json").write_text(text)
    found = faults_of(tmp_path / "many.json")
    assert len(found) == 201
    assert "more faults" in found[-1]
