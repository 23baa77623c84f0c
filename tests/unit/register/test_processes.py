"""Processes on one register: killed in the middle of a write, and two writers at once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dearth.register import Head, Register

TESTS = Path(__file__).resolve().parents[2]
WRITER = TESTS / "register_writer.py"
SRC = TESTS.parent / "src"


def start(path: Path, name: str, count: int, word: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(path), name, str(count), word]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SRC), str(TESTS)])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def heads(printed: str) -> list[Head]:
    return [Head.read(line) for line in printed.splitlines() if line.count(":") == 1 and len(line) > 65]


def test_a_register_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    dice = random.Random(20261122)
    known: list[Head] = []
    for _ in range(8):
        writer = start(path, "w", 100_000)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.06))
        writer.kill()
        rest, said = writer.communicate(timeout=30)
        assert said == ""
        known += heads(first + rest)
        assert [str(fault) for fault in Register.check(path, known[-1])] == []
    with Register.open(path) as register:
        hashes = {row.number: row.hash for row in register.rows()}
    assert len(known) >= 8
    assert [head for head in known if hashes.get(head.number) != head.hash] == []


@pytest.mark.parametrize("word", ["BEGIN", "INSERT", "COMMIT"])
def test_a_kill_inside_a_write_leaves_the_rows_before_it(tmp_path: Path, word: str) -> None:
    path = tmp_path / "register.sqlite"
    writer = start(path, "w", 10, word)
    printed, _ = writer.communicate(timeout=30)
    assert writer.returncode == -9
    assert len(heads(printed)) == 4
    journal = path.with_name(path.name + "-journal")
    assert journal.exists() is (word == "COMMIT")
    with Register.open(path) as register:
        assert register.verify(heads(printed)[-1]) == []
        assert register.head.number == 4


def test_a_kill_while_the_file_is_made_leaves_no_half_register(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    for wait in (0.0, 0.05, 0.1, 0.15, 0.2, 0.25):
        writer = start(path, "w", 1)
        time.sleep(wait)
        writer.kill()
        writer.communicate(timeout=30)
        assert not path.exists() or Register.check(path) == []


def test_two_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    writers = [start(path, name, 60) for name in "ab"]
    printed = [writer.communicate(timeout=60) for writer in writers]
    assert [said for _, said in printed] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    numbers = sorted(head.number for text, _ in printed for head in heads(text))
    assert numbers == list(range(1, 121))
    with Register.open(path) as register:
        assert register.verify() == []
        names = [row.record["note"][0] for row in register.rows()]
    assert sorted(names) == ["a"] * 60 + ["b"] * 60
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
