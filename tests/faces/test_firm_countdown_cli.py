"""``dearth countdown --firm`` as a process: every form of the answer, every fault, no trace of the firm."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from process import dearth

BAD = Path(__file__).resolve().parents[1] / "bad_firms"
SECRETS = ("Mittelmotor", "magnet-maker", "Example Magnets", "66000")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("firm") / "firm.json"
    assert dearth("firm", "template", "--json-file", str(path), "--quiet").status == 0
    return path


@pytest.fixture(scope="module")
def run(firm: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    out = tmp_path_factory.mktemp("out")
    done = dearth(
        "countdown", "squeeze-2025", "--firm", str(firm), "--draws", "12", "--weeks", "30",
        "--html", str(out / "firm.html"), "--csv", str(out / "firm.csv"), COLUMNS="100",
    )  # fmt: skip
    assert done.status == 0, done.err
    return out, done.out, done.err


def test_the_terminal_says_who_stops_when_why_and_what_a_week_is_worth(run) -> None:
    _out, text, _err = run
    words = " ".join(text.split())
    assert "stops first" in words
    assert "line-hub <- magnets-hub <- Example Magnets Two (invented) (China)" in words
    assert "licence since 4 Apr 2025: Announcement 18" in words
    assert "Money at risk" in words
    assert "What more stock buys" in words
    assert "application-1" in words
    assert "no facility found for: Example Magnets One" in words


def test_nothing_of_the_firm_is_on_the_stream_of_messages(run) -> None:
    _out, _text, err = run
    assert not [secret for secret in SECRETS if secret in err]


def test_the_table_has_a_row_for_each_line(run) -> None:
    out, _text, _err = run
    rows = list(csv.DictReader((out / "firm.csv").read_text("utf-8").splitlines()))
    assert {row["line"] for row in rows} == {"line-steering", "line-traction", "line-hub", "line-lift"}
    hub = next(row for row in rows if row["line"] == "line-hub")
    assert hub["rule_date"] == "2025-04-04"
    assert float(hub["week_p10"]) > 4
    assert hub["currency"] == "EUR"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attributes if name == "src" or tag == "link"]


def test_the_page_loads_nothing(run) -> None:
    out, _text, _err = run
    text = (out / "firm.html").read_text("utf-8")
    page = _Links()
    page.feed(text)
    assert page.loaded == []
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 5
    assert "Money at risk, week by week" in text
    assert "None" not in text.partition("<main>")[2].partition('<h2 id="h-events">')[0]


def test_all_faults_of_workbook_options_and_scenario_come_at_once(tmp_path) -> None:
    target = tmp_path / "no-such-folder" / "out.csv"
    done = dearth(
        "countdown", "no-such-scenario", "--firm", str(BAD / "many_faults.json"), "--set", "nonsense",
        "--csv", str(target),
    )  # fmt: skip
    assert (done.status, done.out) == (2, "")
    for word in ("no-such-scenario", "KEY=VALUE", "does not exist", "70 is above 1", "-4 is below 0"):
        assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("bad", ["no-such-file.xlsx", "."])
def test_a_firm_that_is_none_is_refused(bad: str, tmp_path) -> None:
    done = dearth("countdown", "squeeze-2025", "--firm", str(tmp_path / bad))
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_stocks_of_a_day_after_the_scenario_are_refused(firm: Path, tmp_path) -> None:
    raw = json.loads(firm.read_text("utf-8"))
    raw["firm"][0]["stocks_on"] = "2030-01-01"
    late = tmp_path / "late.json"
    late.write_text(json.dumps(raw), "utf-8")
    done = dearth("countdown", "squeeze-2025", "--firm", str(late), "--draws", "2", "--quiet")
    assert done.status == 2
    assert "stocks_on" in done.err
