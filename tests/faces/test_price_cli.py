"""``dearth price`` as a process: streams, files, screens, bad input."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from nested import Page
from process import Done, dearth, fresh_dearth
from report_scripts import markup_of

from dearth.faces.price_charts import line_width, nice_top
from dearth.faces.price_tables import tonnes_bar
from dearth.faces.price_text import PRICE_COLUMNS, signed, tonnes_text

SMALL = ("price", "squeeze-2025", "--draws", "6", "--weeks", "30")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """One small run that writes everything."""
    folder = tmp_path_factory.mktemp("out")
    files = ("--csv", str(folder / "p.csv"), "--html", str(folder / "p.html"))
    return dearth(*SMALL, *files, "--json"), folder


def test_json_is_one_object_the_same_with_more_workers(answered: tuple[Done, Path]) -> None:
    done, _folder = answered
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert (found["study"], found["draws"], found["scenario"]["name"]) == ("price", 6, "squeeze-2025")
    assert fresh_dearth(*SMALL, "--json", "-q", "--workers", "2").out == done.out


def test_the_csv_is_one_tidy_table_with_tonnes_beside_each_price(answered: tuple[Done, Path]) -> None:
    done, folder = answered
    rows = json.loads(done.out)["answer"]["rows"]
    table = list(csv.DictReader(io.StringIO((folder / "p.csv").read_text("utf-8"))))
    assert tuple(table[0]) == PRICE_COLUMNS
    assert len(table) == sum(len(row["path"]["weeks"]) for row in rows)
    keys = {(r["good"], r["place"], r["tier"], r["week"]) for r in table}
    assert len(keys) == len(table)
    assert all(0.0 <= float(r["share_of_tonnes_p50"]) <= 1.0 for r in table)


def test_the_page_is_whole_and_loads_nothing(answered: tuple[Done, Path]) -> None:
    text = markup_of((answered[1] / "p.html").read_text("utf-8"))
    page = Page(text)
    assert page.seen.isdisjoint({"script", "img", "link", "iframe"})
    assert "url(" not in text
    assert "&lt;t" not in text, "markup is shown as text"
    assert len(page.ids) == len(set(page.ids))
    assert "ceiling, not forecast" in text
    assert not re.search(r"\bnan\b|None", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_fits_and_shows_tonnes_and_ceilings(width: int) -> None:
    done = dearth(*SMALL, COLUMNS=str(width))
    assert done.status == 0, done.err
    assert max(map(len, done.out.splitlines())) <= width
    flat = " ".join(done.out.split())
    for part in ("share of tonnes", "spot quote", "volume-weighted", "inside China", "ceiling", "panic"):
        assert part in flat
    assert "6 draws of 30 weeks" in done.err


def test_a_terminal_that_cannot_show_blocks_gets_plain_marks() -> None:
    done = dearth(*SMALL, "-q", PYTHONIOENCODING="ascii:strict", PYTHONUTF8="0")
    assert done.status == 0, done.err
    assert "##" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["price", "squeze-2025"], "'squeeze-2025'"),
        (["price", "--draws", "0", "--weeks", "soon"], "soon"),
        (["price", "--set", "mkt-value-s=3"], "unknown assumption"),
        (["price", "--html", "missing/x.html", "--csv", "missing/x.csv"], "its folder does not exist"),
        (["countdown", "quota-2010", "--draws", "2"], "dearth price"),
        (["book", "influence", "quota-2010", "--draws", "100"], "dearth price"),
    ],
)
def test_mistakes_are_met_with_a_cure(arguments: list[str], says: str) -> None:
    done = dearth(*arguments, COLUMNS="200")
    assert done.status == 2, done.err
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_price_on_few_tonnes_looks_thin() -> None:
    bars = [tonnes_bar(share, 10).plain for share in (0.0, 0.006, 0.1, 1.0)]
    assert [bar.count("█") for bar in bars] == [0, 0, 1, 10]
    assert bars[1] != bars[0]
    assert tonnes_bar(0.006, 10).style == "yellow"
    assert line_width(0.006) < 0.25 * line_width(0.5)
    assert (tonnes_text(0.0004), tonnes_text(0.006), tonnes_text(0.34)) == ("<0.1 %", "0.6 %", "34 %")


def test_axes_end_on_a_round_number_above_the_highest() -> None:
    for highest in (0.04, 0.7, 1.0, 7.3, 99.0, 101.0, 4321.0):
        assert highest <= nice_top(highest) <= 2.51 * highest or highest < 0.1


def test_a_part_that_rounds_to_nothing_has_no_sign() -> None:
    assert [signed(v) for v in (0.01, -0.01, 3.0, -3.0)] == ["0", "0", "+3", "\N{MINUS SIGN}3"]
