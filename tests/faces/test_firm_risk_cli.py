"""``dearth firm risk`` as a process, and its page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from process import dearth

from dearth.book import load_book
from dearth.faces.firm_risk import risk_answer, risk_csv, risk_html
from dearth.firm.workbook import example_firm

BAD = Path(__file__).resolve().parents[1] / "bad_firms"


@pytest.fixture(scope="module")
def answer():
    return risk_answer(example_firm(), load_book())


def test_hidden_comes_first_in_every_form(answer, tmp_path) -> None:
    path = tmp_path / "firm.json"
    assert dearth("firm", "template", "--json-file", str(path), "-q").status == 0
    done = dearth(
        "firm",
        "risk",
        str(path),
        "--csv",
        str(tmp_path / "r.csv"),
        "--html",
        str(tmp_path / "r.html"),
        COLUMNS="120",
    )
    assert done.status == 0
    assert "site sensors-japan" in done.out
    assert "(hidden)" in done.out
    assert "420 000" in done.out
    assert "sensors-japan" not in done.err
    as_json = json.loads(dearth("firm", "risk", str(path), "--json").out)
    assert as_json == json.loads(json.dumps(answer))
    rows = list(csv.DictReader((tmp_path / "r.csv").read_text("utf-8").splitlines()))
    assert (rows[0]["name"], rows[0]["hidden"], rows[0]["recover_weeks"]) == ("sensors-japan", "yes", "")
    assert len(rows) == len(answer["rows"])


def test_the_page_draws_every_loss_that_stops_a_line_and_loads_nothing(answer) -> None:
    text = risk_html(answer, "0")
    stopping = [row for row in answer["rows"] if row["survive_weeks"] is not None]
    assert text.count("<circle") == len(stopping)
    assert '<circle class="hidden"' in text
    assert "<script" not in text
    assert "src=" not in text
    assert risk_html({**answer, "rows": []}, "0").count("<circle") == 0


def test_texts_of_the_firm_are_escaped(answer) -> None:
    row = {**answer["rows"][0], "shown": "<b>x</b>", "name": "=1+1", "supplier": "<i>y</i>"}
    text = risk_html({**answer, "rows": [row], "firm": "<script>z</script>"}, "0")
    assert not any(mark in text for mark in ("<b>x", "<i>y", "<script>z"))
    assert "'=1+1" in risk_csv({**answer, "rows": [row]})


def test_a_wrong_workbook_and_a_wrong_target_are_told_together(tmp_path) -> None:
    done = dearth("firm", "risk", str(BAD / "many_faults.json"), "--csv", str(tmp_path))
    assert (done.status, done.out) == (2, "")
    for word in ("is a folder", "70 is above 1", "-4 is below 0"):
        assert word in done.err
