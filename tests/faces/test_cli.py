"""The command as a process: streams, exit status, files, pipes, interruption."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from process import COMMAND, Done, dearth, environment, fresh_dearth

from dearth.world.scenario import scenario_names
from interrupts import hear_interrupts

SMALL = ("countdown", "squeeze-2025", "--draws", "4", "--weeks", "10")


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """One small run that writes everything."""
    folder = tmp_path_factory.mktemp("out")
    files = ("--csv", str(folder / "c.csv"), "--html", str(folder / "c.html"))
    return fresh_dearth(*SMALL, *files, "--json"), folder


def test_json_is_one_object_and_nothing_else(answered: tuple[Done, Path]) -> None:
    done, _folder = answered
    assert done.status == 0, done.err
    found = json.loads(done.out)
    keys = "dearth study book scenario as_of seed draws question answer sources warnings"
    assert list(found) == keys.split()
    assert (found["study"], found["draws"], found["scenario"]["name"]) == ("countdown", 4, "squeeze-2025")


def test_files_agree_with_the_answer(answered: tuple[Done, Path]) -> None:
    done, folder = answered
    rows = json.loads(done.out)["answer"]["rows"]
    table = list(csv.DictReader(io.StringIO((folder / "c.csv").read_text("utf-8"))))
    assert len(table) == 4 * len(rows)
    assert (folder / "c.html").read_text("utf-8").endswith("</html>\n")
    assert sorted(path.name for path in folder.iterdir()) == ["c.csv", "c.html"]
    assert "wrote" in done.err


def test_the_table_goes_to_standard_output_and_messages_do_not(answered: tuple[Done, Path]) -> None:
    done = dearth(*SMALL, COLUMNS="80")
    assert done.status == 0, done.err
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Automotive outside China")
    assert "4 draws of 10 weeks" in done.err
    assert "\x1b" not in done.out + done.err


def test_quiet_is_quiet() -> None:
    assert dearth(*SMALL, "--quiet").err == ""


def test_a_terminal_that_cannot_show_blocks_gets_plain_marks() -> None:
    done = dearth(*SMALL, "-q", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.status == 0, done.err
    assert done.out.isascii()
    assert "##" in done.out


def test_a_closed_pipe_is_no_fault_to_talk_about() -> None:
    command = f"'{COMMAND[0]}' -m dearth scenario schema | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, encoding="utf-8", env=environment(), check=False
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    arguments = ["countdown", "--draws", "10000", "--html", str(tmp_path / "x.html")]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        preexec_fn=hear_interrupts,  # noqa: PLW1509 (it only sets a signal)
    )
    assert process.stderr is not None
    assert "draws of" in process.stderr.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_version_and_help() -> None:
    assert dearth("--version").out.startswith("dearth ")
    for name in ("countdown", "book", "scenario"):
        assert name in dearth("--help").out
    assert dearth("-h").status == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["countdwn"], "Did you mean 'countdown'?"),
        (["scenario", "shw"], "Did you mean 'show'?"),
        (["book", "audti"], "Did you mean 'audit'?"),
        (["countdown", "--drws", "3"], "--draws"),
        (["countdown", "steady", "cutoff"], "unexpected extra argument"),
        (["book", "show", "disprosium"], "dysprosium"),
        (["scenario", "show", "squeeze"], "'squeeze-2025'"),
        (["book", "audit", "--csv", "x.csv"], "--balance"),
        (["book", "show", "dysprosium", "--csv", "missing/x.csv"], "its folder does not exist"),
        (["scenario", "show", "--set", "weeks"], "KEY=VALUE"),
    ],
)
def test_mistakes_are_met_with_a_hint(arguments: list[str], says: str) -> None:
    done = dearth(*arguments, COLUMNS="200")
    assert done.status == 2
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_fault_of_our_own_is_owned_up_to() -> None:
    code = "import dearth.faces.cli as c; c.app = lambda **_: 1 / 0; c.main()"
    done = subprocess.run(
        [COMMAND[0], "-c", code], capture_output=True, encoding="utf-8", env=environment(), check=False
    )
    assert done.returncode == 1
    assert "a fault of its own: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


class TestScenario:
    def test_list(self) -> None:
        found = json.loads(dearth("scenario", "list", "--json").out)["scenarios"]
        assert [s["name"] for s in found] == list(scenario_names())
        assert {"squeeze-2025", "today", "quota-2010"} <= {s["name"] for s in found}
        assert "The export squeeze of April 2025" in dearth("scenario", "list", COLUMNS="120").out

    def test_show(self) -> None:
        text = dearth("scenario", "show").out
        for part in ("2025-04-04  licence  CHN to all places", "magnet:low,high,smco", "source: MOFCOM"):
            assert part in text
        assert (
            json.loads(dearth("scenario", "show", "steady", "--set", "weeks=7", "--json").out)["weeks"] == 7
        )

    def test_new_check_and_run(self, tmp_path: Path) -> None:
        path = tmp_path / "my-squeeze.yaml"
        assert dearth("scenario", "new", str(path)).status == 0
        assert dearth("scenario", "check", str(path)).out.startswith("my-squeeze: ok")
        again = dearth("scenario", "new", str(path))
        assert again.status == 2
        assert "exists already" in again.err

    @pytest.mark.parametrize("name", ["Bad Name!.yaml", ".yaml", "no-folder/a.yaml"])
    def test_new_refuses_what_it_cannot_name(self, name: str, tmp_path: Path) -> None:
        assert dearth("scenario", "new", str(tmp_path / name)).status == 2
        assert list(tmp_path.iterdir()) == []

    def test_schema(self) -> None:
        assert json.loads(dearth("scenario", "schema").out)["title"] == "dearth scenario"


class TestBook:
    def test_show(self, tmp_path: Path) -> None:
        done = dearth("book", "show", "decision-time", "--csv", str(tmp_path / "b.csv"), "--json")
        rows = json.loads(done.out)["rows"]
        assert done.status == 0
        assert rows
        assert all(row["source"] and row["unit"] and row["date"] for row in rows)
        table = list(csv.DictReader(io.StringIO((tmp_path / "b.csv").read_text("utf-8"))))
        assert [row["id"] for row in table] == [row["id"] for row in rows]

    def test_show_in_words(self) -> None:
        done = dearth("book", "show", "f-35")
        assert done.status == 0, done.err
        assert "used: " in done.out

    def test_audit(self) -> None:
        done = dearth("book", "audit")
        assert done.status == 0
        assert "0 rows without source, unit, date, terms or address" in done.out
        assert json.loads(dearth("book", "audit", "--json").out)["unsourced"] == 0

    def test_balance(self, tmp_path: Path) -> None:
        done = dearth("book", "audit", "--balance", "--json", "--csv", str(tmp_path / "f.csv"))
        found = json.loads(done.out)
        assert found["closure"] < 1e-9
        assert {node["place"] for node in found["nodes"]} > {"CHN", "WORLD"}
        table = list(csv.DictReader(io.StringIO((tmp_path / "f.csv").read_text("utf-8"))))
        assert len(table) == len(found["figures"])

    def test_balance_in_words(self) -> None:
        text = " ".join(dearth("book", "audit", "--balance", COLUMNS="100").out.split())
        for part in (
            "every figure",
            "NdPr oxide CHN",
            "China's share of the world",
            "moved by more than two sigmas",
        ):
            assert part in text
