"""`dearth screen` as a process: files that other programs open, and nothing half-written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from process import Done, dearth

from planted_disguises import COLUMNS, ordinary, planted


def run(*arguments: str, folder: Path) -> Done:
    return dearth("screen", *arguments, folder=folder)


def write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    folder = tmp_path_factory.mktemp("screen")
    rows, where = planted(400)
    hostile = next(r for r in rows if r["id"] == where["family-swap"])
    hostile["id"] = '=HYPERLINK("x")'
    hostile["description"] = "sintered NdFeB magnets <script>alert(1)</script>"
    write(folder / "t.csv", rows)
    files = ("--csv", "r.csv", "--parquet", "r.parquet", "--xlsx", "r.xlsx", "--html", "r.html")
    return folder, run("t.csv", "--capacity", "40", "--json", *files, folder=folder)


def test_standard_output_is_one_object_and_nothing_else(done) -> None:
    _folder, got = done
    assert got.status == 0, got.err
    answer = json.loads(got.out)
    assert answer["study"] == "screen"
    assert len(answer["answer"]["rows"]) == 40


def test_csv_and_parquet_hold_every_row_and_no_formula(done) -> None:
    folder, got = done
    with (folder / "r.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    table = pq.read_table(folder / "r.parquet").to_pylist()
    assert len(rows) == len(table) == 400
    assert [row["status"] for row in rows] == [row["status"] for row in table]
    assert not [row["id"] for row in rows if row["id"].startswith("=")]
    assert '=HYPERLINK("x")' in {row["id"] for row in table}
    selected = {row["id"] for row in json.loads(got.out)["answer"]["rows"]}
    checks = ("inspect first", "uncertain check", "random check")
    assert {row["id"] for row in table if row["status"] in checks} == selected


def test_the_workbook_opens_and_has_room_for_outcomes(done) -> None:
    folder, _got = done
    sheet = load_workbook(folder / "r.xlsx")["inspect"]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.max_row == 41
    assert {"id", "why", "look at", "outcome", "label_date"} <= set(heads)
    assert not [c.value for row in sheet for c in row if isinstance(c.value, str) and c.value.startswith("=")]


def test_the_page_runs_nothing_and_escapes_what_it_shows(done) -> None:
    folder, _got = done
    page = (folder / "r.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "no finding against anybody" in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("t.csv", "--capacity", "many", "--memory", "lots"), ("capacity", "--memory")),
        (("t.csv", "--csv", "t.csv"), ("one file",)),
        (("none.csv",), ("no such file",)),
        (("t.csv", "--html", "none/x.html"), ("folder",)),
    ],
)
def test_wrong_requests_exit_2_and_touch_nothing(tmp_path: Path, arguments, says) -> None:
    write(tmp_path / "t.csv", ordinary(5))
    before = (tmp_path / "t.csv").read_bytes()
    got = run(*arguments, folder=tmp_path)
    assert got.status == 2, got.err
    assert all(word in got.err for word in says)
    assert "Traceback" not in got.err
    assert (tmp_path / "t.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
