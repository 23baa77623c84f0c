"""``dearth firm changes`` as a process: what moved since a saved run, and runs that are none."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from process import dearth


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("changes")
    firm = folder / "firm.json"
    assert dearth("firm", "template", "--json-file", str(firm), "--quiet").status == 0
    done = dearth(
        "countdown", "squeeze-2025", "--firm", str(firm), "--draws", "6", "--weeks", "24", "-q", "--json"
    )
    assert (done.status, done.err) == (0, "")
    (folder / "run.json").write_text(done.out, "utf-8")
    return folder


def test_nothing_moves_when_nothing_changed(saved: Path) -> None:
    done = dearth("firm", "changes", str(saved / "firm.json"), "--since", str(saved / "run.json"))
    assert done.status == 0
    assert "No date has moved." in done.out
    assert done.err == ""  # and nothing had to be run


def test_a_stock_that_grew_is_named_with_the_days_it_bought(saved: Path) -> None:
    raw = json.loads((saved / "firm.json").read_text("utf-8"))
    next(row for row in raw["stocks"] if row["item"] == "magnets-hub")["quantity"] = 15000
    (saved / "firm-2.json").write_text(json.dumps(raw), "utf-8")
    args = ("firm", "changes", str(saved / "firm-2.json"), "--since", str(saved / "run.json"))
    done = dearth(*args, "--json", "--csv", str(saved / "c.csv"))
    assert done.status == 0
    found = json.loads(done.out)
    assert found["workbook"] == [
        {"sheet": "stocks", "row": "magnets-hub", "column": "quantity", "unit": "units",
         "before": 9000.0, "after": 15000.0}
    ]  # fmt: skip
    assert (found["book"], found["scenario"]) == ([], [])
    assert [row["line"] for row in found["lines"] if row["moved"]] == ["line-hub"]
    hub = next(row for row in found["lines"] if row["line"] == "line-hub")
    assert hub["by"]["workbook"]["weeks"] is None or hub["by"]["workbook"]["weeks"] == pytest.approx(
        2.0, abs=0.6
    )
    assert hub["by"]["book"]["weeks"] in (0.0, None)
    assert len(list(csv.DictReader((saved / "c.csv").read_text("utf-8").splitlines()))) == 4


def test_another_scenario_is_told_by_its_events(saved: Path) -> None:
    args = ("firm", "changes", str(saved / "firm.json"), "--since", str(saved / "run.json"), "--quiet")
    done = dearth(*args, "--scenario", "steady")
    assert done.status == 0
    words = " ".join(done.out.split())
    assert "Changed in the scenario" in words
    assert "name: squeeze-2025 -> steady" in words
    assert "Announcement 18" in words


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"study": "firm"}', '{"study": "firm", "seed": NaN}', "[" * 9999]
)
def test_a_file_that_is_no_run_is_refused(saved: Path, tmp_path: Path, text: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text, "utf-8")
    done = dearth("firm", "changes", str(saved / "firm.json"), "--since", str(bad))
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err
