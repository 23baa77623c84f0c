"""``dearth book`` as a process: your own rows, files in and out, and what a look-up loads."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from process import dearth, fresh_dearth

from dearth.book import COLUMNS
from dearth.book.coverage import load_influence
from dearth.book.export import facts_csv
from dearth.faces.book_lines import figure
from small_book import book_of, row


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(facts_csv([row("my-row", "made-up", 7, low=5, high=9)]), "utf-8")
    return path


def differing(a, b):
    return json.loads(dearth("book", "diff", str(a), str(b), "--json").out)


def test_your_rows_are_marked_in_show_and_audit(mine):
    done = dearth("book", "show", "my-row", "--book", str(mine))
    assert done.status == 0
    assert "[your row]" in done.out
    assert "mine.csv:2" in done.out
    (found,) = json.loads(dearth("book", "show", "my-row", "--book", str(mine), "--json").out)["rows"]
    assert found["yours"] is True
    assert json.loads(dearth("book", "audit", "--book", str(mine), "--json").out)["yours"] == ["my-row"]


def test_show_names_every_basis_year_and_source_and_the_one_in_use():
    rows = json.loads(dearth("book", "show", "china mining share", "--json").out)["rows"]
    assert len({r["basis"] for r in rows}) > 1
    assert len({r["date"] for r in rows}) > 3
    assert all(r["source"] for r in rows)
    used = [r for r in rows if r["used"] and r["basis"] == "all REO" and r["date"].startswith("2024")]
    assert len(used) == 1


def test_show_says_what_the_marks_mean_and_that_nothing_was_found():
    first, *lines = dearth("book", "show", "china mining share").out.splitlines()
    assert "* the figure that dearth uses" in first
    assert any(line.startswith("* 71.1 %  2024  stage-share, concentrate, REO, China") for line in lines)
    assert "Roskill" not in "".join(lines)
    none = dearth("book", "show", "promethium", "australia")
    assert (none.status, none.out.strip()) == (0, "No row holds all of these words; try fewer.")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"low": 8, "high": 12}, "10 (8 to 12) week"),
        ({"value": "", "low": 8, "high": 12}, "8 to 12 week"),
        ({"value": "", "low": 8}, "8 or more week"),
        ({"value": "", "high": 12}, "up to 12 week"),
        ({"low": 8}, "10 (8 or more) week"),
        ({"unit": "1"}, "10"),
        ({"value": "", "unit": "text"}, "in words"),
        ({"value": "", "kind": "hole"}, "not known, week"),
    ],
)
def test_a_figure_is_said_in_full(columns, words):
    (made,) = book_of([row("r", "made-up", **{"value": 10, "unit": "week", **columns})], "facts").rows
    assert figure(made) == words


def test_the_short_way_says_what_the_command_line_says():
    short, long = fresh_dearth("book", "show", "dysprosium"), dearth("book", "show", "--quiet", "dysprosium")
    assert short.out == long.out
    wrong = dearth("book", "show", "disprosium")
    assert (wrong.status, wrong.out) == (2, "")
    assert "did you mean 'dysprosium'" in wrong.err


def test_a_look_up_starts_without_the_slow_parts(tmp_path):
    """What the benchmark times: once the book has been checked, none of the large libraries is imported."""
    code = (
        "import sys, dearth.faces.start as s; sys.argv = ['dearth', 'book', 'show', 'china mining share']\n"
        "try:\n    s.main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pydantic', 'typer', 'rich', 'numpy', 'numba'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert runs[1].stderr.strip().splitlines()[-1] == "[]"
    assert runs[0].stdout == runs[1].stdout


def test_exports_leave_your_rows_out_unless_asked(mine, tmp_path):
    out = {name: tmp_path / name for name in ("plain", "whole")}
    assert dearth("book", "export", "--csv", str(out["plain"]), "--book", str(mine)).status == 0
    asked = dearth("book", "export", "--csv", str(out["whole"]), "--book", str(mine), "--with-overlay")
    assert asked.status == 0
    assert "my-row" not in (out["plain"] / "facts.csv").read_text("utf-8")
    assert "my-row" in (out["whole"] / "facts.csv").read_text("utf-8")
    found = differing(*out.values())
    assert [r["id"] for r in found["added"]] == ["my-row"]
    assert differing("shipped", out["plain"]) == {"added": [], "removed": [], "changed": []}
    assert "no difference" in " ".join(dearth("book", "diff", "shipped", str(out["plain"])).out.split())


def test_an_overlay_that_replaces_a_row_does_not_leave_a_hole_in_an_export(tmp_path):
    source = json.loads(dearth("book", "show", "cover-other-automotive", "--json").out)["rows"][0]
    path = tmp_path / "mine.csv"
    changed = {column: source[column] for column in COLUMNS} | {"value": 12, "low": 10, "high": 14}
    path.write_text(facts_csv([row(changed.pop("id"), changed.pop("quantity"), **changed)]), "utf-8")
    assert dearth("book", "export", "--csv", str(tmp_path / "out"), "--book", str(path)).status == 0
    assert differing("shipped", tmp_path / "out") == {"added": [], "removed": [], "changed": []}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to write"),
        (("--csv", "folder"), "holds files that are no export"),
        (("--csv", "file"), "is a file"),
        (("--csv", "no/such/book"), "its folder does not exist"),
        (("--xlsx", "folder"), "is a folder"),
        (("--csv", "new", "--book", "file"), "file"),
    ],
)
def test_what_cannot_be_exported_writes_nothing(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    before = sorted(tmp_path.rglob("*"))
    done = dearth("book", "export", *arguments)
    assert (done.status, done.out) == (2, "")
    assert says in done.err
    assert sorted(tmp_path.rglob("*")) == before


def test_terms_are_told_and_unknown_ones_refused(mine):
    assert dearth("book", "audit", "--terms").status == 0
    text = mine.read_text("utf-8").replace("own-work", "found-online")
    mine.write_text(text, "utf-8")
    done = dearth("book", "audit", "--terms", "--book", str(mine))
    assert done.status == 2
    assert "mine.csv:2:terms: 'found-online' is not in the list" in done.err
    assert dearth("book", "audit", "--terms", "--balance").status == 2


def test_changes_since_a_day():
    found = json.loads(dearth("book", "changes", "--since", "2000-01-01", "--json").out)["changes"]
    assert {c["what"] for c in found} <= {"added", "changed", "removed"}
    assert len(found) > 1000
    assert dearth("book", "changes", "--since", "9999-01-01").out == ""
    assert dearth("book", "changes", "--since", "soon").status == 2


def test_the_report_goes_between_its_marks_or_nowhere(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- begin: dearth book report -->\n<!-- end: dearth book report -->\nend\n")
    assert dearth("book", "report", "--into", str(page)).status == 0
    text = page.read_text("utf-8")
    assert dearth("book", "report").out in text
    assert text.endswith("-->\nend\n")
    page.write_text("no marks")
    assert dearth("book", "report", "--into", str(page)).status == 2
    assert page.read_text("utf-8") == "no marks"


def test_influences_are_told_and_recorded_as_the_book_reads_them(tmp_path):
    record = tmp_path / "influence.csv"
    done = dearth("book", "influence", "squeeze-2025", "--draws", "100", "--record", str(record), "--json")
    assert done.status == 0, done.err
    told = json.loads(done.out)
    assert told["noise"] == 0.4
    assert all(r["influence"] >= 0.4 for r in told["rows"])
    stored = load_influence(record)
    assert stored is not None
    assert set(stored.by_id) == {r["id"] for r in told["rows"]}


def test_wrong_wishes_for_influences_are_refused_at_once(tmp_path):
    done = dearth("book", "influence", "no-such", "steadi", "--record", str(tmp_path / "no" / "a.csv"))
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n  - ") == 3
    assert "did you mean 'steady'" in done.err
    for draws in ("3", "1000000", "many"):
        assert dearth("book", "influence", "--draws", draws).status == 2
    assert list(tmp_path.iterdir()) == []


def test_lines_say_the_same_with_and_without_colours():
    plain = dearth("book", "show", "dysprosium", "japan", COLUMNS="70")
    styled = dearth("book", "show", "dysprosium", "japan", COLUMNS="70", FORCE_COLOR="1")
    assert "\x1b[" in styled.out
    assert "\x1b" not in plain.out
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled.out) == plain.out
    assert max(map(len, plain.out.splitlines())) > 60
