"""``dearth horizon`` as a process: streams, files, the page, bad input; and its charts and words."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from nested import Page
from process import Done, dearth
from report_scripts import markup_of

from dearth.faces.horizon_charts import calibration_chart
from dearth.faces.horizon_text import HORIZON_COLUMNS, share_band, span_text, when_text

SMALL = ("horizon", "today", "--draws", "6")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """One small run that writes everything."""
    folder = tmp_path_factory.mktemp("out")
    files = ("--csv", str(folder / "h.csv"), "--html", str(folder / "h.html"))
    return dearth(*SMALL, *files, "--json"), folder


def test_json_is_one_object_and_messages_go_elsewhere(answered: tuple[Done, Path]) -> None:
    done, _folder = answered
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert (found["study"], found["draws"], found["scenario"]["name"]) == ("horizon", 6, "today")
    assert "wrote" in done.err


def test_the_csv_is_one_tidy_table(answered: tuple[Done, Path]) -> None:
    rows = list(csv.DictReader(io.StringIO((answered[1] / "h.csv").read_text("utf-8"))))
    assert tuple(rows[0]) == HORIZON_COLUMNS
    assert len(rows) == 168 * 21
    assert all(0.0 <= float(r["survives_p50"]) <= 1.0 for r in rows)
    assert len({(r["element"], r["link"], r["buyer"], r["year"]) for r in rows}) == len(rows)


def test_the_page_stands_alone(answered: tuple[Done, Path]) -> None:
    text = markup_of((answered[1] / "h.html").read_text("utf-8"))
    page = Page(text)
    assert "script" not in page.seen
    assert not re.search(r"(src|@import|url\()\s*=?\s*[\"']?https?:", text)
    assert len(page.ids) == len(set(page.ids))
    assert "not an assessment of any company" in text
    assert text.count("<svg") == 1
    assert text.count("half-life of leverage") == 8
    bins = json.loads(answered[0].out)["answer"]["back_test"]["calibration"]
    assert all(f">n {b['n']}<" in text for b in bins)


def test_the_table_says_what_it_rests_on(answered: tuple[Done, Path]) -> None:
    done = dearth(*SMALL, "--quiet", COLUMNS="120")
    assert done.status == 0, done.err
    assert done.err == ""
    for words in (
        "Share of need outside China that survives",
        "used once",
        "weeks to half of the lines",
        "not an assessment of any company",
        "Brier score",
        "eight years",
        "Pothen",
        "What was withheld",
    ):
        assert words in done.out, words
    assert re.search(r"money found, reached: \d+ of \d+ in \d+ project-years", done.out)
    assert all(len(line) <= 120 for line in done.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("horizon", "todya"), "did you mean"),
        (("horizon", "quota-2010"), "no chain"),
        (("horizon", "today", "--draws", "none"), "draws"),
        (("horizon", "today", "--set", "hzn-growth-dyy=3"), "hzn-growth-dyy"),
    ],
)
def test_wrong_input_is_refused_with_its_cure(arguments: tuple[str, ...], says: str) -> None:
    done = dearth(*arguments)
    assert done.status == 2
    assert says in done.err
    assert "Traceback" not in done.err


def test_words_of_bands() -> None:
    band = {"p10": 5.2, "p50": 9.0, "p90": None}
    assert span_text(band, 20.0) == "9 (5\u201320+)"
    assert when_text({"p10": None, "p50": None, "p90": None}, 2046.0) == "after 2046"
    assert when_text({"p10": 2030.0, "p50": None, "p90": None}, 2046.0) == "after 2046 (2030\u2013later)"
    assert share_band({"p10": 0.1, "p50": 0.25, "p90": 0.4}) == "25 % (10\u201340)"


def test_the_chart_puts_points_where_they_belong() -> None:
    bins = [{"foretold": 0.0, "happened": 1.0, "n": 4}, {"foretold": 1.0, "happened": 0.0, "n": 1}]
    points = calibration_chart(bins)["points"]
    assert (points[0]["x"], points[0]["y"], points[1]["y"]) == (46.0, 10.0, 152.0)
    assert points[0]["r"] > points[1]["r"]
