"""What is kept between runs is what was found, or it is found anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dearth import stored as room
from dearth.stored import cache_folder, key_of, stored


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "dearth" / "some"


class Finder:
    """Finds the same bytes again and again, and counts how often."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> bytes:
        self.asked += 1
        return b"\x00 found \xff"


def test_found_once_and_then_read(folder: Path) -> None:
    find = Finder()
    assert stored("some", "a" * 64, find) == stored("some", "a" * 64, find) == find()
    assert find.asked == 2, "one by us"
    assert [path.name for path in folder.iterdir()] == ["a" * 64]


def test_another_key_is_another_thing() -> None:
    find = Finder()
    stored("some", "a", find)
    stored("some", "b", find)
    stored("other", "a", find)
    assert find.asked == 3


@pytest.mark.parametrize("harm", [b"", b"short", b"x" * 40])
def test_a_harmed_file_is_found_anew_and_mended(folder: Path, harm: bytes) -> None:
    find = Finder()
    stored("some", "a", find)
    (folder / "a").write_bytes(harm)
    assert stored("some", "a", find) == find()
    stored("some", "a", find)
    assert find.asked == 3


def test_a_single_altered_byte_is_seen(folder: Path) -> None:
    find = Finder()
    stored("some", "a", find)
    data = bytearray((folder / "a").read_bytes())
    data[-1] ^= 1
    (folder / "a").write_bytes(data)
    assert stored("some", "a", find) == find()


def test_the_oldest_go(folder: Path) -> None:
    for number in range(room.MOST_FILES + 3):
        stored("some", f"k{number}", Finder())
        os.utime(folder / f"k{number}", (number, number))
    stored("some", "last", Finder())
    assert {path.name for path in folder.iterdir()} >= {"last", f"k{room.MOST_FILES + 2}"}
    assert len(list(folder.iterdir())) == room.MOST_FILES


def test_where_nothing_can_be_written_it_is_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    find = Finder()
    assert stored("some", "a", find) == find()


def test_without_a_home_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder("some") is None
    find = Finder()
    assert stored("some", "a", find) == find()


def test_the_key_hangs_on_every_source_and_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("ab")
    two.write_text("c")
    keys = {
        key_of([one, two]),
        key_of([two, one]),
        key_of([one]),
        key_of([one], "word"),
        key_of([one], "wor", "d"),
    }
    one.write_text("a")
    two.write_text("bc")
    keys.add(key_of([one, two]))
    monkeypatch.setattr(sys, "version", "another")
    keys.add(key_of([one, two]))
    assert len(keys) == 7
