"""A large countdown on the command line: the same table and JSON, kept blocks, progress, and refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from process import dearth, fresh_dearth

from dearth.faces.catalogue import ENSEMBLE, STUDIES
from dearth.faces.present import countdown_csv
from dearth.faces.run_ensemble import Teller, map_of
from dearth.spread.cluster import Cluster
from dearth.spread.processes import Processes
from dearth.spread.serial import Serial

SMALL = ("countdown", "squeeze-2025", "--draws", "12", "--weeks", "14")


def test_kept_blocks_give_the_same_answer_and_the_same_table(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = dearth(*SMALL, "--keep", str(folder), "--json", "--csv", str(tmp_path / "a.csv"))
    assert first.status == 0, first.err
    assert "12 draws of 14 weeks, in blocks" in first.err
    (block,) = folder.glob("*.block")
    block.write_bytes(block.read_bytes()[:-1])
    again = fresh_dearth(*SMALL, "--keep", str(folder), "--json")
    assert again.out == first.out
    assert "1 kept blocks are damaged" in again.err
    answer = json.loads(first.out)
    assert answer["draws"] == 12
    assert answer["answer"]["method"]["block"] == 250
    table = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text("utf-8"))))
    assert len(table) == 4 * len(answer["answer"]["rows"])
    refused = dearth(*SMALL, "--seed", "5", "--keep", str(folder))
    assert refused.status == 2
    assert "seed is '20250404' there, '5' here" in refused.err
    assert refused.out == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("countdown", "--firm", "x.xlsx", "--keep", "y"), "an ensemble of a firm is not run in blocks"),
        (("price", "--draws", "10001"), "10,000 are held in memory at once"),
        (("countdown", "--draws", "20", "--cluster", "no address"), "no scheduler answers"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_cure(
    arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = dearth(*arguments)
    assert done.status == 2
    assert says in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert list(tmp_path.rglob("*.block")) == []


def test_who_runs_the_blocks() -> None:
    assert map_of(1, None) == Serial()
    assert map_of(3, None) == Processes(3)
    assert map_of(3, "tcp://host:8786") == Cluster("tcp://host:8786")


def test_it_is_shown_as_a_countdown_is() -> None:
    assert ENSEMBLE.views == STUDIES[0].views
    assert countdown_csv.__name__ in ENSEMBLE.views.files["--csv"]


class TestTeller:
    """Says how far a run is, seldom enough to be read."""

    def test_it_speaks_at_growing_intervals(self, capsys: pytest.CaptureFixture[str]) -> None:
        teller = Teller(quiet=False, first=0.0)
        for done in range(1, 2000):
            teller("ensemble", done, 4000)
        said = capsys.readouterr().err.splitlines()
        assert len(said) > 1, "an interval of nothing stays one"
        slow = Teller(quiet=False, first=60.0)
        for done in range(1, 2000):
            slow("ensemble", done, 4000)
        assert capsys.readouterr().err == ""
        assert "of 4,000 blocks, about 0:00:0" in said[-1]

    def test_kept_blocks_do_not_shorten_the_time_that_is_left(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = iter([0.0, *(0.001 * i for i in range(1, 1001)), 1.0, 11.0, 21.0])
        monkeypatch.setattr("dearth.faces.run_ensemble.time.monotonic", lambda: next(now))
        teller = Teller(quiet=False, first=20.0)
        for done in range(1, 1001):
            teller("ensemble", done, 3000)
        teller("kept", 1000, 3000)
        teller("ensemble", 1001, 3000)
        teller("ensemble", 1002, 3000)
        first, second = capsys.readouterr().err.splitlines()
        assert first == "1,000 of 3,000 blocks are kept from before"
        assert second == "1,002 of 3,000 blocks, about 5:33:00 left"

    def test_quiet_is_quiet_and_damage_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        Teller(quiet=True, first=0.0)("damaged", 2, 10)
        assert capsys.readouterr().err == ""
        Teller(quiet=False)("damaged", 2, 10)
        assert "2 kept blocks are damaged" in capsys.readouterr().err
