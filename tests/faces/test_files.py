"""Files are checked before the work, and written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dearth.errors import InputError
from dearth.faces.files import check_targets, write_all


def test_files_are_written(tmp_path: Path) -> None:
    write_all({tmp_path / "a.csv": "a\n", tmp_path / "b.html": "\u6709\n"})
    assert (tmp_path / "a.csv").read_bytes() == b"a\n"
    assert (tmp_path / "b.html").read_text("utf-8") == "\u6709\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "b.html"]


def test_permissions_are_those_of_a_plain_file(tmp_path: Path) -> None:
    plain, kept = tmp_path / "plain", tmp_path / "kept"
    plain.write_text("")
    kept.write_text("")
    kept.chmod(0o640)
    write_all({tmp_path / "new": "x", kept: "y"})
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_all({tmp_path / "link": "new"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_failure_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("old")
    with pytest.raises(InputError, match="cannot be written"):
        write_all({old: "new", tmp_path / "missing" / "b": "x"})
    assert old.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["old"]


def test_text_that_cannot_be_encoded_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_all({tmp_path / "a": "fine", tmp_path / "b": "\ud800"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (".", "not a file name"),
        ("", "not a file name"),
        ("-", "not a file name"),
        ("folder", "is a folder"),
        ("missing/a.csv", "does not exist"),
        ("pipe", "a device or a pipe"),
        ("x" * 300, "cannot be written"),
        ("a\0b", "cannot be written"),
    ],
)
def test_targets_that_are_refused(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=says):
        check_targets({"--csv": Path(name)})


def test_devices_are_refused() -> None:
    with pytest.raises(InputError, match="a device or a pipe"):
        check_targets({"--csv": Path("/dev/null")})


def test_two_options_may_not_name_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="--csv and --html name one file"):
        check_targets({"--csv": Path("a"), "--html": tmp_path / "a"})


def test_good_targets_pass(tmp_path: Path) -> None:
    check_targets({"--csv": tmp_path / "a", "--html": tmp_path / "b"})
    check_targets({})
