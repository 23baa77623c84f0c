"""Every way in which a bill of materials can be wrong, one file each, and files too large to keep."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from dearth.book.workbook import workbook_bytes
from dearth.errors import InputError
from dearth.rules.bill import read_bill, read_bill_bytes

FOLDER = Path(__file__).resolve().parents[2] / "bad_bills"
# file -> what its message must say; the place first
SAYS = {
    "blank.csv": ("blank.csv", "is empty"),
    "breakdown_unknown.csv": (":2:breakdown", "whole or part"),
    "broken_quoting.csv": (":2", "broken quoting"),
    "broken_zip.xlsx": ("broken_zip.xlsx", "broken zip file"),
    "cell_is_a_mapping.json": (":1:id", "no text, number"),
    "chinese_share_above_one.csv": (":2:cn_share_high", "above 1"),
    "chinese_share_backwards.csv": (":2:cn_share_low", "0.5 is above 0.1"),
    "column_twice.csv": (":1", "'description' stands twice"),
    "comma_decimal.csv": (":2:value", "no commas"),
    "control_character.csv": (":2:description", "control characters"),
    "currency_in_words.csv": (":2:currency", "three capital letters"),
    "cut_off.json": ("cut_off.json", "is not JSON"),
    "cycle.csv": (":3:parent", "b in c in d in b"),
    "deep.json": ("deep.json", "RecursionError"),
    "duplicate_id.csv": (":4:id", "row 3 too"),
    "element_unknown.csv": (":2:elements", "did you mean 'Dy'"),
    "elements_of_marks.csv": (":2:elements", "names no element"),
    "empty.csv": ("empty.csv", "is empty"),
    "encrypted.xlsx": ("encrypted.xlsx", "is encrypted"),
    "family_unknown.csv": (":2:family", "did you mean 'NdFeB'"),
    "flag_in_words.csv": (":2:deep_processed", "yes or no"),
    "form_unknown.csv": (":2:form", "did you mean 'assembly'"),
    "gb18030.csv": (":2", "not UTF-8"),
    "header_only.csv": ("header_only.csv", "has no lines"),
    "hs_in_words.csv": (":2:hs", "digits"),
    "huge_number.json": ("huge_number.json", "digits"),
    "id_empty.csv": (":3:id", "is empty"),
    "key_twice.json": ("key_twice.json", "'id' stands twice"),
    "latin1.csv": (":2", "0xf6 is not UTF-8"),
    "line_break.csv": (":2:description", "control characters"),
    "line_is_a_text.json": (":1", "no mapping"),
    "long_cell.csv": (":2:description", "longer than 2000"),
    "many_faults.csv": (":4:id", "is empty"),
    "nan.json": ("nan.json", "NaN is no number"),
    "negative_share.csv": (":3:value_share", "below 0"),
    "negative_value.csv": (":2:value", "-10 is below 0"),
    "no_id_column.csv": (":1", "column 'id' is missing"),
    "no_lines.json": ("no_lines.json", "no list of lines"),
    "no_rows.json": ("no_rows.json", "has no lines"),
    "not_a_workbook.xlsx": ("not_a_workbook.xlsx", "is not a workbook"),
    "nothing_said.csv": (":2:description", "nothing says what it is"),
    "nul_byte.csv": (":2", "NUL byte"),
    "origin_in_words.csv": (":2:origin", "two capital letters"),
    "own_parent.csv": (":3:parent", "b in b"),
    "quantity_huge.csv": (":2:quantity", "above 1e+15"),
    "quantity_zero.csv": (":2:quantity", "not above 0"),
    "share_above_one.csv": (":3:value_share", "1.2 is above 1"),
    "share_in_percent.csv": (":3:value_share", "percent signs"),
    "share_of_nothing.csv": (":2:value_share", "no share of a parent"),
    "shares_above_one_together.csv": (":3:value_share", "add up to 1.2"),
    "text_in_quantity.csv": (":2:quantity", "'two' is not a plain number"),
    "text_in_value.csv": (":2:value", "'about ten' is not a plain number"),
    "thousands_mark.csv": (":2:value", "no commas"),
    "too_few_cells.csv": (":2", "3 cells, the header has 10"),
    "too_many_cells.csv": (":2", "12 cells, the header has 10"),
    "unknown_parent.csv": (":3:parent", "did you mean 'motor'"),
    "utf16.csv": ("utf16.csv", "is UTF-16"),
    "utf16_big.csv": ("utf16_big.csv", "is UTF-16"),
    "value_arabic_digits.csv": (":2:value", "not a plain number"),
    "value_infinite.csv": (":2:value", "above 1e+15"),
    "value_nan.csv": (":2:value", "not a plain number"),
    "value_with_unit.csv": (":2:value", "no unit"),
    "value_without_currency.csv": (":2:currency", "needs a currency"),
}


def test_every_bad_file_has_its_message() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_a_bad_bill_is_refused_with_row_column_and_cure(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_bill(FOLDER / name)
    where, what = SAYS[name]
    assert [fault for fault in caught.value.faults if where in fault.where and what in str(fault)], str(
        caught.value
    )
    assert caught.value.exit_status == 2


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_bill(FOLDER / "many_faults.csv")
    places = {fault.where.split(":", 1)[1] for fault in caught.value.faults}
    assert places >= {
        "2:value", "3:quantity", "3:currency", "3:origin", "3:form", "3:elements", "3:id", "3:parent",
        "4:id", "4:quantity", "4:value", "4:description",
    }  # fmt: skip


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError):
            read_bill(path)


def test_two_hundred_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    with pytest.raises(InputError, match="larger than"):
        read_bill(path)


def zipped(parts: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return raw.getvalue()


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"xl/worksheets/sheet1.xml": b"\x00" * (130 * 2**20)}, "unpacks to more than"),
        ({f"part{number}": b"" for number in range(1001)}, "parts, more than"),
        ({"../../etc/passwd": b"x"}, "leads out"),
        ({"xl/vbaProject.bin": b"x"}, "programs"),
        ({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]>"}, "XML entities"),
    ],
)
def test_a_hostile_workbook_is_refused(parts: dict[str, bytes], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_bill_bytes("bill.xlsx", zipped(parts))


def test_a_formula_in_a_workbook_is_refused_with_its_cell() -> None:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook()
    book.active.append(["id", "description", "value", "currency"])
    book.active.append(["a", "car", "=1+1", "EUR"])
    raw = io.BytesIO()
    book.save(raw)
    with pytest.raises(InputError, match=r"2:C.*formula"):
        read_bill_bytes("bill.xlsx", raw.getvalue())


def test_too_many_lines_are_refused() -> None:
    text = "id,description\n" + "".join(f"p{number},x\n" for number in range(100_001))
    with pytest.raises(InputError, match="more than 100000 lines"):
        read_bill_bytes("bill.csv", text.encode())


def test_many_unknown_names_stay_fast_and_are_cut() -> None:
    text = "id,parent,description,form\n" + "".join(f"p{n},q{n},x,formm{n}\n" for n in range(5000))
    with pytest.raises(InputError) as caught:
        read_bill_bytes("bill.csv", text.encode())
    assert str(caught.value.faults[-1]) == "bill.csv: and 9800 more faults"


def test_a_circle_of_ten_thousand_lines_is_one_fault() -> None:
    text = "id,parent,description\n" + "".join(f"p{n},p{(n + 1) % 10_000},x\n" for n in range(10_000))
    with pytest.raises(InputError) as caught:
        read_bill_bytes("bill.csv", text.encode())
    assert len(caught.value.faults) == 1


def test_a_formula_like_text_is_a_text() -> None:
    bill = read_bill_bytes("bill.csv", b"id,description\n=cmd|' /C calc'!A0,@SUM(1)\n")
    assert (bill.lines[0].id, bill.lines[0].words) == ("=cmd|' /C calc'!A0", "@SUM(1)")


def test_a_good_workbook_of_our_own_is_read() -> None:
    rows = [
        ["id", "parent", "description", "value", "currency"],
        ["a", None, "car", 1.5, "EUR"],
        ["b", "a", "motor", 1, "EUR"],
    ]
    bill = read_bill_bytes("bill.xlsx", workbook_bytes([("bill", rows)], "2026-11-22"))
    assert [(line.id, line.parent, line.value) for line in bill.lines] == [("a", "", 1.5), ("b", "a", 1.0)]
