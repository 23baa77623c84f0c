"""Killed while writing, a full disk, no home, no room for drafts, two versions: old or new, never half."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from process import COMMAND, Done, dearth, environment, fresh_dearth

import dearth as package
from dearth.engine import _fingerprint

PACKAGE = Path(package.__file__).parent
OLD = "the file of yesterday\n"
KILLED = -signal.SIGKILL
ROW = "stage-share-concentrate-chn-2010-reuters"


def child(script: str, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=environment(**changes),
        timeout=120,
        check=False,
    )


@pytest.fixture
def case(tmp_path: Path) -> str:
    """The file of a shipment, and a report of yesterday beside it."""
    path = tmp_path / "case.yaml"
    path.write_text(dearth("licence", "template").out, "utf-8")
    (tmp_path / "report.html").write_text(OLD, "utf-8")
    return str(path)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder of a disk that has room for a few lines."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk of 16 KiB; a limit of file sizes is tested beside")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


# A real command, killed when the bytes of its report are written, or when they are about to be renamed.
KILL_AT = """
import os, pathlib, signal, sys
def die(*_some, **_more):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv.pop(1) == "sync":
    os.fsync = die
else:
    pathlib.Path.replace = die
from dearth.faces.start import main
main()
"""


@pytest.mark.parametrize("moment", ["sync", "rename"])
def test_a_command_killed_while_it_writes_leaves_the_old_file(case: str, moment: str) -> None:
    folder = Path(case).parent
    report = folder / "report.html"
    done = child(KILL_AT, moment, "licence", case, "--html", str(report), "--quiet")
    assert done.returncode == KILLED, done.stderr
    assert report.read_text("utf-8") == OLD
    left = [path.name for path in folder.iterdir() if path.name not in {"case.yaml", "report.html"}]
    assert all(name.startswith(".report.html.") and name.endswith(".part") for name in left), left
    again = dearth("licence", case, "--html", str(report), "--quiet")
    assert again.status == 0, again.err
    assert report.read_text("utf-8").rstrip().endswith("</html>")


WRITE_ON = """
import sys
from pathlib import Path
from dearth.faces.files import write_all
print("ready", flush=True)
while True:
    for letter in "ab":
        write_all({Path(name): letter * 2_000_000 for name in sys.argv[1:]})
"""


def test_killed_at_any_moment_every_file_is_whole(tmp_path: Path) -> None:
    paths = [tmp_path / "one.html", tmp_path / "two.csv"]
    for wait in (0.0, 0.003, 0.011, 0.04):
        command = [sys.executable, "-c", WRITE_ON, *map(str, paths)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(wait)
            process.kill()
            assert process.wait(30) == KILLED
        for path in paths:
            text = path.read_text("utf-8") if path.exists() else "a" * 2_000_000
            assert text in ("a" * 2_000_000, "b" * 2_000_000), (wait, path.name, len(text))


def refused(done: Done | subprocess.CompletedProcess[str]) -> str:
    """Return what a command said that could not write."""
    status, said = (done.status, done.err) if isinstance(done, Done) else (done.returncode, done.stderr)
    assert status == 2, said
    assert "Traceback" not in said
    return said


def test_a_full_disk_leaves_the_old_file_and_nothing_else(case: str, full_disk: Path) -> None:
    report = full_disk / "report.html"
    report.write_text(OLD, "utf-8")
    assert "No space left" in refused(dearth("licence", case, "--html", str(report), "--quiet"))
    assert [path.name for path in full_disk.iterdir()] == ["report.html"]
    assert report.read_text("utf-8") == OLD


SMALL_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from dearth.faces.start import main
main()
"""


def test_a_file_that_may_not_grow_is_refused_as_a_full_disk_is(case: str, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    said = refused(child(SMALL_FILES, "licence", case, "--html", str(report), "--quiet"))
    assert "cannot be written" in said
    assert "File too large" in said
    assert report.read_text("utf-8") == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.yaml", "report.html"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_answer_that_no_longer_fits_is_told_and_not_hidden(case: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "licence", case, "--json", "--quiet"],
            stdout=full, stderr=subprocess.PIPE, encoding="utf-8", env=environment(), check=False,
        )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


HOMELESS = {"HOME": "/dev/null", "XDG_CACHE_HOME": "", "DEARTH_ANEW": ""}


@pytest.mark.parametrize("asked", [("book", "show", "china mining share"), ("book", "show", "Dy", "--json")])
def test_a_home_that_cannot_be_written_changes_no_answer(asked: tuple[str, ...], tmp_path: Path) -> None:
    at_home = fresh_dearth(*asked, XDG_CACHE_HOME=str(tmp_path))
    abroad = fresh_dearth(*asked, **HOMELESS)
    assert abroad.status == at_home.status == 0, abroad.err
    assert abroad.out == at_home.out
    assert abroad.err == at_home.err


NO_DRAFTS = """
import tempfile
def nowhere():
    raise FileNotFoundError(2, "No usable temporary directory found")
tempfile.gettempdir = tempfile._get_default_tempdir = nowhere
from dearth.faces.start import main
main()
"""


def test_a_report_needs_no_folder_for_temporary_files(case: str) -> None:
    """What is written goes beside its target first, so that no other disk is needed."""
    report = Path(case).parent / "report.html"
    done = child(NO_DRAFTS, "licence", case, "--html", str(report), "--quiet")
    assert done.returncode == 0, done.stderr
    assert report.read_text("utf-8").rstrip().endswith("</html>")


def test_a_screen_without_room_for_drafts_says_so(tmp_path: Path) -> None:
    rows = "id,date,hs,origin,destination,net_kg,value,currency\na,2025-01-02,285000,CN,DE,5,9,USD\n"
    table = tmp_path / "rows.csv"
    table.write_text(rows, "utf-8")
    assert "TMPDIR" in refused(child(NO_DRAFTS, "screen", str(table), "--quiet"))


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of the program."""
    both = tmp_path / "one", tmp_path / "two"
    for folder in both:
        shutil.copytree(PACKAGE, folder / "dearth", ignore=shutil.ignore_patterns("__pycache__", "static"))
    return both


def test_two_versions_share_a_cache_and_never_each_others_book(
    versions: tuple[Path, Path], tmp_path: Path
) -> None:
    one, two = versions
    shown = {}
    for turn in range(2):
        for folder in versions:
            changes = {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(tmp_path / "cache")}
            done = dearth("book", "show", "china mining share", **changes)
            assert done.status == 0, done.err
            shown[folder, turn] = done.out
        if turn == 0:
            assert shown[one, 0] == shown[two, 0]
            assert ROW in shown[one, 0]
            drop_row(two)
    assert shown[one, 1] == shown[one, 0]
    assert ROW not in shown[two, 1]


def drop_row(folder: Path) -> None:
    """Take a row out of the book of a copy."""
    for path in (folder / "dearth" / "data" / "facts").rglob("*.csv"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{ROW},")]
        if len(kept) < len(lines):
            path.write_text("".join(kept), "utf-8")
            return
    pytest.fail(f"{ROW} is not where rows begin with their id")


ANSWER = """
import sys
from dearth.answer import Answer
from dearth.book.quick import quick_book
from dearth.faces.kept_answers import answer_of
from dearth.world.scenario import load_scenario
scenario, book = load_scenario("squeeze-2025", {}), quick_book()
def find():
    return Answer(
        study="countdown", version="x", book={}, scenario={}, as_of="", seed=1, draws=1, question={},
        answer={"from": sys.argv[1]}, sources=[], warnings=[],
    )
found = answer_of("countdown", scenario, book, {}, find)
print(found.answer().answer["from"], found.early)
"""


def test_two_versions_share_a_cache_and_never_each_others_answers(
    versions: tuple[Path, Path], tmp_path: Path
) -> None:
    one, two = versions

    def told(folder: Path, name: str) -> str:
        changes = {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(tmp_path / "cache"), "DEARTH_ANEW": ""}
        done = child(ANSWER, name, **changes)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert told(one, "one") == "one False"
    assert told(two, "same") == "one True", "the same program may read what the other one left"
    study = two / "dearth" / "studies" / "countdown.py"
    study.write_text(study.read_text("utf-8") + "# another\n", "utf-8")
    assert told(two, "two") == "two False"
    assert told(one, "late") == "one True"
    assert told(two, "late") == "two True"


def test_kernels_of_two_versions_lie_in_two_folders(versions: tuple[Path, Path]) -> None:
    one, two = (str(folder / "dearth" / "engine") for folder in versions)
    assert _fingerprint(one) == _fingerprint(two)
    arrays = Path(two) / "arrays.py"
    arrays.write_text(arrays.read_text("utf-8") + "# a field moved\n", "utf-8")
    assert _fingerprint(one) != _fingerprint(two)
