"""``dearth validate`` as a process: the tables, the files, forecasts kept and scored, hostile input."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from process import Done, dearth
from report_scripts import markup_of

SMALL = ("validate", "2025", "--draws", "4", "--market-only")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    folder = tmp_path_factory.mktemp("out")
    files = [part for kind in ("csv", "html") for part in (f"--{kind}", str(folder / f"v.{kind}"))]
    return dearth(*SMALL, *files, "--report", str(folder / "v.md"), "--json"), folder


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    done = dearth("validate", "--archive", str(folder), "--scenario", "squeeze-2025", "--draws", "4", "-q")
    assert done.status == 0, done.err
    return folder


def test_json_is_one_object_and_nothing_else(answered: tuple[Done, Path]) -> None:
    done, _folder = answered
    assert done.status == 0, done.err
    found = json.loads(done.out)
    assert (found["study"], found["draws"]) == ("validate", 4)
    assert list(found["answer"]["episodes"]) == ["2025"]


def test_the_files_say_what_the_answer_says(answered: tuple[Done, Path]) -> None:
    done, folder = answered
    episode = json.loads(done.out)["answer"]["episodes"]["2025"]
    table = list(csv.DictReader(io.StringIO((folder / "v.csv").read_text("utf-8"))))
    assert [r["id"] for r in table] == [r["id"] for r in episode["observations"]]
    page, report = (folder / "v.html").read_text("utf-8"), (folder / "v.md").read_text("utf-8")
    assert page.endswith("</html>\n")
    assert "<script" not in markup_of(page)
    for statement in episode["statements"]:
        assert statement["text"] in report
    assert report.count("NOT MET") >= sum(s["met"] is False for s in episode["statements"])
    assert all(r["id"].removeprefix("obs-") in report for r in episode["observations"])


@pytest.mark.parametrize("columns", ["60", "100", "200"])
def test_the_terminal_shows_the_verdicts_at_any_width(columns: str) -> None:
    done = dearth(*SMALL, "-q", COLUMNS=columns)
    assert done.status == 0, done.err
    assert max(map(len, done.out.splitlines())) <= int(columns)
    assert "NOT MET" in done.out
    assert "\x1b" not in done.out


def test_a_forecast_is_never_written_over(archive: Path) -> None:
    (path,) = archive.iterdir()
    before = path.read_bytes()
    done = dearth("validate", "--archive", str(archive), "--scenario", "squeeze-2025", "--draws", "5", "-q")
    assert done.status == 2
    assert "exists already" in done.err
    assert path.read_bytes() == before


def test_scoring_leaves_the_archive_as_it_is_and_finds_what_was_changed(
    archive: Path, tmp_path: Path
) -> None:
    (path,) = archive.iterdir()
    before = path.read_bytes()
    done = dearth("validate", "--score", str(archive), "--json", "-q")
    (score,) = json.loads(done.out)["scores"]
    assert (score["intact"], score["known"]) == (True, 0)
    assert path.read_bytes() == before
    copy = tmp_path / path.name
    copy.write_bytes(before.replace(b'"draws": 4', b'"draws": 9999'))
    assert "TAMPERED WITH" in dearth("validate", "--score", str(tmp_path), "-q").out


def test_your_own_record_is_scored(archive: Path, tmp_path: Path) -> None:
    header = Path(__file__).parents[2] / "src/dearth/data/episodes/observations.csv"
    columns = header.read_text("utf-8").splitlines()[0]
    mine = tmp_path / "mine.csv"
    mine.write_text(
        f"{columns}\n"
        "obs-mine,2025,magnet-export,,CHN,WORLD,flow,2026-01-01,2026-01-31,5000,,,t/month,note,,"
        "made up,https://example.org,-,own-work,\n",
        encoding="utf-8",
    )
    done = dearth("validate", "--score", str(archive), "--observations", str(mine), "--json", "-q")
    assert done.status == 0, done.err
    (score,) = json.loads(done.out)["scores"]
    assert [(r["observation"], r["observed"]) for r in score["rows"]] == [("obs-mine", 5000.0)]


def test_all_faults_come_at_once() -> None:
    done = dearth("validate", "2011", "--record", "new.csv", "--score", "/no/such", "--csv", "/no/such/x.csv")
    assert done.status == 2
    assert done.out == ""
    for said in ("unknown episode '2011'", "--record goes with --fit", "is not a folder", "takes no --csv"):
        assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--draws", "0"),
        ("--draws", "many"),
        ("--seed", "-1"),
        ("--fit", "--points", "1"),
        ("--scenario", "today"),
        ("--observations", "/no/such.csv"),
        ("--archive", ".", "--scenario", "no-such-scenario"),
        ("2025\x1b[31m",),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    done = dearth("validate", *arguments)
    assert done.status == 2, done.err
    assert "Traceback" not in done.err
    assert "\x1b" not in done.err
