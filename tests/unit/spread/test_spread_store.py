"""Kept blocks: whole or not at all, of this ensemble or none, and clear words where a folder will not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dearth.errors import InputError
from dearth.spread.store import MANIFEST, Store

PURPOSE: dict[str, str | int] = {"scenario": "abc", "seed": 7, "block": 250}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_was_written_is_read_by_another(tmp_path: Path) -> None:
    Store(tmp_path / "a" / "b", PURPOSE).write("1-250", b"\x00content")
    again = Store(tmp_path / "a" / "b", PURPOSE)
    assert again.read("1-250") == b"\x00content"
    assert again.read("2-250") is None
    assert again.damaged == []
    assert files(again.folder) == {MANIFEST, "1-250.block"}


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    changed = {
        "flipped": data[:40] + bytes([data[40] ^ 1]) + data[41:],
        "hash flipped": bytes([data[0] ^ 1]) + data[1:],
        "cut short": data[:-1],
        "longer": data + b"x",
        "empty": b"",
        "only a hash": data[:32],
    }[how]
    path.write_bytes(changed)


@pytest.mark.parametrize("how", ["flipped", "hash flipped", "cut short", "longer", "empty", "only a hash"])
def test_a_damaged_block_is_found_and_can_be_written_again(tmp_path: Path, how: str) -> None:
    store = Store(tmp_path, PURPOSE)
    store.write("1", b"some content of a block")
    damage(tmp_path / "1.block", how)
    assert store.read("1") is None
    assert store.damaged == ["1.block"]
    store.write("1", b"anew")
    assert store.read("1") == b"anew"


def test_a_block_under_another_name_or_from_another_folder_is_none(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "1", PURPOSE), Store(tmp_path / "2", {**PURPOSE, "seed": 8})
    one.write("1", b"x")
    (one.folder / "2.block").write_bytes((one.folder / "1.block").read_bytes())
    (two.folder / "1.block").write_bytes((one.folder / "1.block").read_bytes())
    assert one.read("2") is None
    assert two.read("1") is None


def test_a_folder_in_the_place_of_a_block_is_no_block(tmp_path: Path) -> None:
    store = Store(tmp_path, PURPOSE)
    (tmp_path / "1.block").mkdir()
    assert store.read("1") is None
    with pytest.raises(InputError, match="cannot be written"):
        store.write("1", b"x")


def test_a_folder_of_another_ensemble_is_refused_with_every_difference(tmp_path: Path) -> None:
    Store(tmp_path, PURPOSE).write("1", b"x")
    with pytest.raises(InputError) as caught:
        Store(tmp_path, {**PURPOSE, "seed": 8, "block": 100})
    said = str(caught.value)
    assert "seed is '7' there, '8' here" in said
    assert "block is '250' there, '100' here" in said
    assert "scenario is" not in said
    assert "name another folder" in said
    assert Store(tmp_path, PURPOSE).read("1") == b"x"


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "[" * 100_000, "\udcff", '{"seed": 7}'])
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"cannot be read|missing there"):
        Store(tmp_path, PURPOSE)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        Store(tmp_path, PURPOSE)
    assert files(tmp_path) == {"thesis.txt"}


@pytest.mark.parametrize("name", ["file", "file/below", "nul\0byte", "x" * 300])
def test_what_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(InputError, match="--keep"):
        Store(tmp_path / name, PURPOSE)


@pytest.mark.skipif(not Path("/proc").exists(), reason="a folder nobody may write to is known on Linux only")
def test_a_folder_that_nobody_may_write_to_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be written"):
        Store(Path("/proc/dearth"), PURPOSE)


_FULL = """
import resource, sys
from pathlib import Path
from dearth.errors import InputError
from dearth.spread.store import Store
store = Store(Path(sys.argv[1]), {"seed": 7})
store.write("1", b"x" * 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))  # no byte fits beyond: as a disk that is full
try:
    store.write("2", b"y" * 1000)
except InputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_full_disk_is_said_and_leaves_no_half_block(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, encoding="utf-8", check=True
    )
    assert "cannot be written (File too large); free space" in done.stdout
    assert "The blocks that were kept stay good" in done.stdout
    assert files(tmp_path) == {MANIFEST, "1.block"}
    assert Store(tmp_path, {"seed": 7}).read("1") == b"x" * 1000


def test_halves_of_files_are_cleared_when_nobody_can_be_writing_them(tmp_path: Path) -> None:
    Store(tmp_path, PURPOSE)
    old, new = tmp_path / "1.block.123.part", tmp_path / "2.block.124.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200.0,) * 2)
    Store(tmp_path, PURPOSE)
    assert files(tmp_path) == {MANIFEST, new.name}


def test_the_manifest_says_what_the_folder_is_for(tmp_path: Path) -> None:
    Store(tmp_path, PURPOSE)
    assert json.loads((tmp_path / MANIFEST).read_text()) == PURPOSE
