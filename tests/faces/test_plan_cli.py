"""``dearth plan`` as a process: streams, files, a firm's workbook, bad input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from nested import Page
from process import Done, dearth
from report_scripts import markup_of

from dearth.faces.plan_firm import FIRM_PLAN_COLUMNS
from dearth.faces.plan_text import PLAN_COLUMNS, amount

SMALL = ("plan", "cutoff", "--for", "KOR", "--draws", "2", "--weeks", "40")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """One small run that writes everything."""
    folder = tmp_path_factory.mktemp("out")
    return dearth(*SMALL, "--csv", str(folder / "p.csv"), "--html", str(folder / "p.html"), "--json"), folder


def test_json_csv_and_page_say_the_same(answered: tuple[Done, Path]) -> None:
    done, folder = answered
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert (found["study"], found["draws"], found["question"]["for"]) == ("plan", 2, "KOR")
    rows = list(csv.DictReader(io.StringIO((folder / "p.csv").read_text("utf-8"))))
    assert tuple(rows[0]) == PLAN_COLUMNS
    assert {row["section"] for row in rows} == {"measure", "frontier", "plan", "cut-off", "published"}
    best = found["answer"]["measures"][0]
    mine = [r for r in rows if r["key"] == best["key"] and r["quantity"] == "cost_musd"]
    assert float(mine[0]["value_p50"]) == best["cost_musd"]
    page = markup_of((folder / "p.html").read_text("utf-8"))
    seen = Page(page)
    assert len(seen.ids) == len(set(seen.ids))
    assert "http-equiv" in page
    assert "<script" not in page
    assert best["name"] in page


def test_a_firm_gets_steps_with_cost_and_weeks(tmp_path: Path) -> None:
    assert dearth("firm", "template", "--json-file", str(tmp_path / "firm.json")).status == 0
    small = ("--draws", "2", "--weeks", "60", "--json")
    files = ("--firm", str(tmp_path / "firm.json"), "--csv", str(tmp_path / "f.csv"))
    done = dearth("plan", "cutoff", *files, *small)
    assert done.status == 0, done.err
    answer = json.loads(done.out)["answer"]
    by_key = {row["key"]: row for row in answer["measures"]}
    hub = by_key["stock: magnets-hub, 4 weeks"]
    assert hub["purchase"] == pytest.approx(2_500_000 * 7 / 365.25 * 4, rel=1e-5)
    assert hub["weeks"] == pytest.approx(4.0, abs=0.2)
    traction = by_key["stock: magnets-traction, 4 weeks"]
    assert traction["weeks"] == pytest.approx(4.0 / 0.8, abs=0.2)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "f.csv").read_text("utf-8"))))
    assert tuple(rows[0]) == FIRM_PLAN_COLUMNS
    assert len(rows) >= len(answer["measures"])
    for kept in answer["portfolio"]["frontier"]:
        assert kept["run_down"]["worst"] == pytest.approx(kept["worst"], rel=0.02)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--for", "Atlantis"), "no plan is known for 'Atlantis'"),
        (("--for", "JPN", "--firm", "none.json"), "leave out --for"),
        (("--draws", "many"), "draws"),
    ],
)
def test_bad_input_exits_with_two(asked: tuple[str, ...], says: str) -> None:
    done = dearth("plan", "cutoff", *asked)
    assert done.status == 2
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("value", "text"), [(None, "?"), (0.0, "0"), (0.004, "0"), (0.034, "0.03"), (0.41, "0.41"), (3.44, "3.4"),
                        (7890.0, "7,890"), (-12.0, "-12.0")]
)  # fmt: skip
def test_amounts_are_short(value: float | None, text: str) -> None:
    assert amount(value) == text
