"""``dearth book`` as a process: your own rows, files in and out, and what a look-up loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from process import dearth

from dearth.book import COLUMNS
from dearth.book.export import facts_csv
from small_book import row


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


def test_the_short_way_says_what_the_command_line_says():
    short, long = dearth("book", "show", "dysprosium"), dearth("book", "show", "--quiet", "dysprosium")
    assert short.out == long.out
    wrong = dearth("book", "show", "disprosium")
    assert (wrong.status, wrong.out) == (2, "")
    assert "did you mean 'dysprosium'" in wrong.err


def test_a_look_up_starts_without_the_slow_parts(tmp_path):
    """What the benchmark times: neither pydantic nor typer is imported once the book has been checked."""
    code = (
        "import sys, dearth.faces.start as s; sys.argv = ['dearth', 'book', 'show', 'china mining share']\n"
        "try:\n    s.main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'pydantic', 'typer', 'numpy', 'numba'} & set(sys.modules)), file=sys.stderr)"
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
