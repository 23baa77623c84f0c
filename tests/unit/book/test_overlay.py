"""Overlays: a file, a folder, a workbook; and every way in which a workbook can be hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from dearth.book import COLUMNS, audit, load_book, show
from dearth.book import workbook as book_of_sheets
from dearth.errors import BookError

ROW = dict.fromkeys(COLUMNS, "") | {
    "id": "made-up-1",
    "quantity": "made-up",
    "value": 1.5,
    "unit": "t",
    "date": "2024",
    "kind": "sourced",
    "source": "someone",
    "url": "https://a.org/",
    "grade": "B",
    "terms": "quoted-fact",
}


def cells(**changes):
    return [{**ROW, **changes}[column] or None for column in COLUMNS]


def saved(workbook: Workbook, path: Path) -> Path:
    workbook.save(path)
    return path


def one_sheet(*rows, title="Sheet"):
    workbook = Workbook()
    workbook.active.title = title
    for row in [COLUMNS, *rows]:
        workbook.active.append(row)
    return workbook


def rezipped(path: Path, **parts: bytes) -> Path:
    """Add parts to a workbook; a double underscore in a name stands for a slash, `_dot_` for a dot."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BookError) as caught:
        load_book([path])
    return str(caught.value)


def csv_of(folder: Path, name: str, **changes) -> Path:
    path = folder / name
    full = {**ROW, **changes}
    path.write_text(",".join(COLUMNS) + "\n" + ",".join(str(full[c]) for c in COLUMNS) + "\n", "utf-8")
    return path


def test_a_workbook_reads_as_its_csv_would(tmp_path):
    path = saved(one_sheet(cells(date=2024, low=1, high=2.25)), tmp_path / "mine.xlsx")
    row = load_book([path]).get("made-up-1")
    assert (row.value, row.low, row.high, row.date) == (1.5, 1, 2.25, "2024")


def test_the_sheet_called_facts_is_read_among_others(tmp_path):
    workbook = one_sheet(cells(), title="facts")
    workbook.create_sheet("scratch").append(["=1+1"])
    assert load_book([saved(workbook, tmp_path / "a.xlsx")]).get("made-up-1").value == 1.5


def test_the_line_of_a_fault_is_the_row_of_the_sheet(tmp_path):
    workbook = one_sheet(cells(), [None], cells(id="made-up-2", unit="tons"))
    assert "a.xlsx:4:unit: unknown unit 'tons'" in refusal(saved(workbook, tmp_path / "a.xlsx"))


def test_a_folder_is_one_overlay_and_hidden_files_are_left_out(tmp_path):
    csv_of(tmp_path, "a.csv")
    csv_of(tmp_path, "B.CSV", id="made-up-2")
    (tmp_path / ".~lock.a.csv").write_text("rubbish")
    (tmp_path / "notes.txt").write_text("rubbish")
    book = load_book([tmp_path])
    assert {book.origins[f"made-up-{i}"].overlay for i in (1, 2)} == {1}
    assert str(book.origins["made-up-2"]) == f"{tmp_path.name}/B.CSV:2"


def test_an_id_twice_in_a_folder_is_refused(tmp_path):
    csv_of(tmp_path, "a.csv")
    csv_of(tmp_path, "b.csv")
    assert "id 'made-up-1' stands already at" in refusal(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    assert "no folder of CSV files" in refusal(tmp_path)


def test_a_link_that_leads_out_of_the_folder_is_refused_unread(tmp_path):
    (tmp_path / "secret.csv").write_text("password")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.csv").symlink_to(tmp_path / "secret.csv")
    text = refusal(folder)
    assert "leads out of the folder" in text
    assert "password" not in text


def test_your_rows_win_and_are_marked(tmp_path):
    book = load_book()
    row = book.find(quantity="mine-production", place="AUS", date="2024")[0]
    changes = {c: getattr(row, c) for c in COLUMNS if getattr(row, c) is not None} | {"id": "my-aus"}
    changes |= {"value": 17, "grade": "C", "preferred": "", "note": "", "source": "me"}
    path = saved(one_sheet([changes.get(c) or None for c in COLUMNS]), tmp_path / "mine.xlsx")
    mine = load_book([path])
    assert mine.rivals(row).winner.id == "my-aus"
    assert mine.rivals(row).reason == "your overlay comes first"
    assert mine.is_yours("my-aus")
    assert not mine.is_yours(row)
    assert [s.overlay for s in show(mine, "my-aus")][:2] == [True, False]
    assert [r.id for r in audit(mine).yours] == ["my-aus"]


class TestHostileWorkbooks:
    """Each is refused with a clear message; nothing is unpacked to disk or run."""

    @pytest.fixture
    def good(self, tmp_path):
        return saved(one_sheet(cells()), tmp_path / "bad.xlsx")

    @pytest.mark.parametrize("cell", ["=1+1", "=HYPERLINK(A1)"])
    def test_formula(self, tmp_path, cell):
        text = refusal(saved(one_sheet(cells(value=cell)), tmp_path / "bad.xlsx"))
        assert "bad.xlsx:2:I: the cell holds a formula; paste the value itself" in text

    def test_a_text_like_a_formula_is_no_formula_and_is_refused_as_text(self, tmp_path):
        workbook = one_sheet(cells(note="x"))
        cell = workbook.active.cell(2, len(COLUMNS))
        cell.value, cell.data_type = "=1+1", "s"
        assert "'=1+1' looks like a formula" in refusal(saved(workbook, tmp_path / "bad.xlsx"))

    @pytest.mark.parametrize(("value", "what"), [(True, "a truth value"), ("#DIV/0!", "an error")])
    def test_error_and_truth_value(self, tmp_path, value, what):
        assert what in refusal(saved(one_sheet(cells(value=value)), tmp_path / "bad.xlsx"))

    def test_macros(self, good):
        assert "holds programs" in refusal(rezipped(good, xl__vbaProject_dot_bin=b"x"))

    def test_links_to_other_files(self, good):
        assert "externallinks" in refusal(rezipped(good, xl__externalLinks__a_dot_xml=b"<a/>"))

    def test_a_part_that_leads_out(self, good):
        with zipfile.ZipFile(good, "a") as archive:
            archive.writestr("../../escape.txt", "x")
        assert "a path that leads out, '../../escape.txt'" in refusal(good)
        assert not (good.parent.parent / "escape.txt").exists()

    def test_entities(self, good):
        bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
        assert "declares XML entities" in refusal(rezipped(good, xl__more_dot_xml=bomb))

    def test_zip_bomb(self, good, monkeypatch):
        monkeypatch.setattr(book_of_sheets, "MAX_UNPACKED", 2**20)
        assert "unpacks to more than 1 MiB" in refusal(rezipped(good, xl__big_dot_xml=bytes(2**22)))

    def test_too_many_parts(self, good):
        parts = {f"xl__{i}": b"" for i in range(1000)}
        assert "more than 1000" in refusal(rezipped(good, **parts))

    def test_password(self, tmp_path):
        path = tmp_path / "bad.xlsx"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
        assert "is encrypted, or an old .xls file" in refusal(path)

    def test_encrypted_parts(self, good):
        data = bytearray(good.read_bytes())
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = 0
            while (start := data.find(mark, start)) >= 0:
                data[start + at] |= 1
                start += 4
        good.write_bytes(data)
        assert "is encrypted" in refusal(good)

    @pytest.mark.parametrize("data", [b"", b"hello", b"PK", b"PK\x03\x04" + b"x" * 99, b"%PDF-1.7"])
    def test_rubbish(self, tmp_path, data):
        path = tmp_path / "bad.xlsx"
        path.write_bytes(data)
        assert "workbook" in refusal(path) or "zip" in refusal(path)

    def test_a_zip_that_is_no_workbook(self, tmp_path):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "x")
        path = tmp_path / "bad.xlsx"
        path.write_bytes(out.getvalue())
        assert "cannot be read as a workbook" in refusal(path)

    def test_cut_short(self, good):
        good.write_bytes(good.read_bytes()[:-400])
        assert "broken zip file" in refusal(good)

    def test_wrong_sheet(self, tmp_path):
        workbook = one_sheet(cells())
        workbook.create_sheet("two")
        text = refusal(saved(workbook, tmp_path / "bad.xlsx"))
        assert "has the sheets 'Sheet', 'two', and none is called 'facts'" in text

    def test_wrong_columns(self, tmp_path):
        workbook = Workbook()
        workbook.active.append(["a", "b"])
        assert "unknown column 'a'" in refusal(saved(workbook, tmp_path / "bad.xlsx"))

    def test_empty(self, tmp_path):
        assert "the file is empty" in refusal(saved(Workbook(), tmp_path / "bad.xlsx"))

    def test_a_sheet_of_a_million_rows(self, tmp_path, monkeypatch):
        monkeypatch.setattr(book_of_sheets, "MAX_ROWS", 1000)
        workbook = one_sheet(cells())
        workbook.active.cell(1_048_576, 1).value = "x"
        assert "has more than 1000 rows" in refusal(saved(workbook, tmp_path / "bad.xlsx"))

    def test_a_sheet_of_thousands_of_columns(self, tmp_path):
        workbook = one_sheet(cells())
        workbook.active.cell(1, 16_000).value = "x"
        assert "row 1 has 16000 columns" in refusal(saved(workbook, tmp_path / "bad.xlsx"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "1e5", "007", "TRUE", "#N/A"])
def test_a_text_stays_a_text_in_a_workbook_of_ours(text):
    data = book_of_sheets.workbook_bytes([("facts", [["head"], [text]])], "2026-01-02")
    cell = load_workbook(io.BytesIO(data))["facts"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
