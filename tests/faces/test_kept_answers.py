"""An answer of an earlier run is the answer, to the byte, or it is found anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from process import Done, dearth, fresh_dearth

from dearth.faces import kept_answers

EARLIER = "answer of an earlier run"
SMALL = ("countdown", "squeeze-2025", "--draws", "2", "--weeks", "4")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def ask(cache: Path, *more: str, anew: str = "", run: Callable[..., Done] = dearth) -> Done:
    done = run(*SMALL, *more, XDG_CACHE_HOME=str(cache), DEARTH_ANEW=anew)
    assert done.status == 0, done.err
    return done


@pytest.fixture(scope="module")
def first(cache: Path) -> Done:
    return ask(cache, "--json")


def kept(cache: Path) -> set[Path]:
    return set((cache / "dearth" / kept_answers.FOLDER).iterdir())


def test_the_same_question_has_the_same_bytes_at_once(cache: Path, first: Done) -> None:
    assert EARLIER not in first.err
    again = ask(cache, "--json", "--workers", "2", run=fresh_dearth)
    assert again.out == first.out
    assert EARLIER in again.err
    assert ask(cache, "--json", anew="1", run=fresh_dearth).out == first.out


def test_table_and_files_are_those_of_a_fresh_run(cache: Path, first: Done, tmp_path: Path) -> None:
    assert first.out
    shown = [ask(cache, "--csv", str(tmp_path / f"{i}.csv"), anew=anew) for i, anew in enumerate(("", "1"))]
    assert EARLIER in shown[0].err
    assert EARLIER not in shown[1].err
    assert shown[0].out == shown[1].out
    assert (tmp_path / "0.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()


@pytest.mark.parametrize("change", [("--seed", "77"), ("--set", "cover-wind=3")], ids=" ".join)
def test_another_question_is_asked(cache: Path, first: Done, change: tuple[str, str]) -> None:
    other = ask(cache, "--json", *change)
    assert EARLIER not in other.err
    assert other.out != first.out


def test_rows_of_the_user_are_part_of_the_question(cache: Path, first: Done, tmp_path: Path) -> None:
    from dearth.book import COLUMNS, load_book  # noqa: PLC0415

    row = next(row for row in load_book().rows if row.id == "cover-wind")
    values = {**{name: getattr(row, name) for name in COLUMNS}, "value": 9.0, "low": 8.0, "high": 10.0}
    overlay = tmp_path / "mine.csv"
    cells = ["" if value is None else str(value).replace('"', "'") for value in values.values()]
    overlay.write_text(",".join(values) + "\n" + ",".join(f'"{cell}"' for cell in cells) + "\n")
    other = ask(cache, "--json", "--book", str(overlay))
    assert EARLIER not in other.err
    assert other.out != first.out


def test_a_harmed_answer_is_found_anew(cache: Path, first: Done) -> None:
    for path in kept(cache):
        path.write_bytes(path.read_bytes()[:-7] + b"altered")
    again = ask(cache, "--json")
    assert EARLIER not in again.err
    assert again.out == first.out


def test_a_change_of_program_or_data_is_another_question() -> None:
    names = {path.name for path in kept_answers.program_files()}
    assert {"week.py", "countdown.py", "run.py", "demand.csv", "squeeze-2025.yaml"} <= names
    assert "kept_answers.py" not in names, "how an answer is shown does not change it"
