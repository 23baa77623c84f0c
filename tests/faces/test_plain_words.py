"""Words that are read without the library of the command line mean what the library reads in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from process import dearth, environment
from typer.main import get_command

from dearth.faces.cli_licence import _OPTIONS, licence_command
from dearth.faces.groups import group
from dearth.faces.plain_words import licence_words
from dearth.faces.run_licence import Wanted, wanted_of

CASE = "on: 2026-03-02\nfrom: CN\nto: JP\ngoods: dysprosium oxide\n"
_WORDS = (
    "--json", "--quiet", "-q", "--full", "--trace", "--on", "--as-of", "--since", "--csv", "--html",
    "--cases", "--bom", "--register", "2026-03-02", "case.yaml", "a b.yaml", "template", "changes", "",
    "-", "--", "-qh", "--on=2026-03-02", "--help", "--nope", "~/case.yaml", "*.yaml", "-1", "käse.yaml",
)  # fmt: skip


def _library() -> Any:
    app = group()
    app.command("licence")(licence_command)
    return get_command(app)


LIBRARY = _library()


def _read_by_the_library(words: list[str]) -> Wanted | None:
    try:
        with LIBRARY.make_context("licence", list(words)) as context:
            return wanted_of(context.params)
    except Exception:  # refused, or help was asked for
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=6))
@example(["case.yaml", "--on", "--json"])
@example(["--csv", "a.csv", "--csv", "b.csv", "case.yaml"])
@example(["case.yaml", "--html"])
def test_words_mean_what_the_library_reads(words: list[str]) -> None:
    asked = licence_words(words)
    if asked is not None:
        assert wanted_of(asked) == _read_by_the_library(words)


@pytest.mark.parametrize("name", _OPTIONS)
def test_every_option_of_the_command_is_read(name: str) -> None:
    option = next(one for one in LIBRARY.params if one.name == name)
    words = ["x"] if name == "what" else [option.opts[0]] if option.is_flag else [option.opts[0], "x"]
    assert wanted_of(licence_words(words) or {}) == _read_by_the_library(words) != Wanted()


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["a", "b"], ["a", "-x"], ["--on"], ["a", "--on", "-q"], ["*"]]
)
def test_what_is_not_plain_is_left_to_the_library(words: list[str]) -> None:
    assert licence_words(words) is None


def test_a_case_starts_without_the_slow_parts(tmp_path: Path) -> None:
    """What the benchmark times: none of the large libraries is imported for a case."""
    case = tmp_path / "case.yaml"
    case.write_text(CASE, "utf-8")
    code = (
        f"import sys, dearth.faces.start as s; sys.argv = ['dearth', 'licence', {str(case)!r}, '--quiet']\n"
        "s.main()\n"
        "slow = {'pydantic', 'typer', 'rich', 'numpy', 'numba', 'jinja2', 'rapidfuzz'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stderr.strip() == "[]"
    assert done.stdout.startswith("LIC: ")


def test_both_ways_end_alike(tmp_path: Path) -> None:
    case, wrong = tmp_path / "case.yaml", tmp_path / "wrong.yaml"
    case.write_text(CASE, "utf-8")
    wrong.write_text("frm: CN\non: never\n", "utf-8")
    for path, status in ((case, 0), (wrong, 2), (tmp_path / "none.yaml", 2)):
        straight = dearth("licence", str(path), "--on", "2026-03-02")
        around = dearth("licence", str(path), "--on=2026-03-02")
        assert straight == around
        assert straight.status == status


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_text(CASE, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "dearth", "licence", str(case), "--json", "--trace", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(60) == 1
