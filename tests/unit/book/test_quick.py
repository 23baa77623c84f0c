"""The book for a look-up says what the checked book says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dearth.book import COLUMNS, FactRow, load_book, quick, show
from dearth.book.export import facts_csv
from dearth.book.quick import quick_book, stamps_folder
from dearth.book.row import PlainRow
from small_book import row


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "dearth" / "checked-books"


def test_columns_are_those_of_the_checked_row():
    assert tuple(FactRow.model_fields) == COLUMNS == PlainRow._fields


def test_the_second_book_is_plain_and_says_the_same(cache):
    first, second, checked = quick_book(), quick_book(), load_book()
    assert isinstance(first.rows[0], FactRow)
    assert isinstance(second.rows[0], PlainRow)
    assert [r.model_dump() for r in second.rows] == [r.model_dump() for r in checked.rows]
    assert (second.sha256, second.origins) == (checked.sha256, checked.origins)
    for a, b in zip(second.rows, checked.rows, strict=True):
        assert (a.period, a.year, a.is_forecast, a.has_number) == (
            b.period,
            b.year,
            b.is_forecast,
            b.has_number,
        )
    pairs = zip(show(second, "china share"), show(checked, "china share"), strict=True)
    assert all((a.row.id, a.wins, a.reason) == (b.row.id, b.wins, b.reason) for a, b in pairs)
    assert [path.stat().st_size for path in cache.iterdir()] == [0]


def test_a_plain_row_is_copied_as_a_checked_one(cache):
    quick_book()
    pairs = zip(quick_book().rows, load_book().rows, strict=True)
    plain, checked = next((a, b) for a, b in pairs if b.value is not None)
    assert isinstance(plain, PlainRow)
    changed = {"value": 2.0, "low": 1.0}
    assert plain.model_copy(update=changed).model_dump() == checked.model_copy(update=changed).model_dump()


def test_other_bytes_are_checked_anew(cache, monkeypatch):
    quick_book()
    parts = quick.own_parts()
    changed = [(parts[0][0], parts[0][1] + b"\n"), *parts[1:]]
    monkeypatch.setattr(quick, "own_parts", lambda: changed)
    assert isinstance(quick_book().rows[0], FactRow)
    assert len(list(cache.iterdir())) == 2


def test_overlays_are_always_checked(tmp_path):
    quick_book()
    path = tmp_path / "mine.csv"
    path.write_text(facts_csv([row("mine", "made-up", 1, low=0, high=2)]), "utf-8")
    assert isinstance(quick_book([path]).get("mine"), FactRow)


def test_old_stamps_are_cleared_away(cache):
    cache.mkdir(parents=True)
    for i in range(20):
        (cache / f"old-{i}").touch()
    quick_book()
    assert len(list(cache.iterdir())) == quick.MAX_STAMPS


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(quick_book()) == len(load_book())


def test_a_folder_that_is_not_absolute_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert stamps_folder() == tmp_path / ".cache" / "dearth" / "checked-books"


def test_a_look_up_does_without_the_slow_libraries():
    code = (
        "import sys; from dearth.book.quick import quick_book; from dearth.book.search import show;"
        "quick_book(); import dearth.faces.start, dearth.faces.book_lines;"
        "show(quick_book(), 'china mining share');"
        "print(sorted({'typer', 'numpy', 'openpyxl', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
