"""A countdown in blocks: its bytes do not depend on who ran it or how often it broke, and its figures are
those of the plain countdown of the same draws, to half a cell.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spread_work as work
from dearth.answer import Answer
from dearth.book import Book
from dearth.engine.run import run
from dearth.errors import Fault, InputError, ModelError, ScenarioError, StoppedError
from dearth.measures import ensemble_block
from dearth.measures.ensemble_block import GRIDS, Question, block_model, blocks_of
from dearth.measures.row_values import looked_at, row_values
from dearth.measures.sites import seen_of_many
from dearth.spread.cluster import Cluster
from dearth.spread.processes import Processes
from dearth.studies import ensemble as study
from dearth.studies.countdown import countdown
from dearth.studies.ensemble import ensemble
from dearth.watch import watched
from dearth.world.scenario import Scenario

BLOCK, DRAWS, WEEKS = 8, 20, 20  # two whole blocks and half a one
MANY = 8000  # draws of a run that is killed long before its end
WEEKS_A_YEAR = 52.0


@pytest.fixture(scope="module")
def story(squeeze: Scenario) -> Scenario:
    return squeeze.model_copy(update={"weeks": WEEKS, "draws": DRAWS})


@pytest.fixture(scope="module")
def serial(story: Scenario, book: Book) -> Answer:
    return ensemble(story, book, block=BLOCK)


@pytest.fixture(scope="module")
def plain_values(story: Scenario, book: Book) -> dict[tuple[str, str], dict[str, Any]]:
    """Every draw of every site, found without tallies: (measure, N) by sector and place."""
    asked = Question(story.model_copy(update={"draws": BLOCK}), book)
    found: dict[tuple[str, str], list[Any]] = {}
    for block in blocks_of(DRAWS, BLOCK):
        model = block_model(asked, block.number)
        looked = looked_at(model, run(model.world, model.labels))
        values = row_values(looked, seen_of_many(model, [[site] for site in looked.sites]))
        for i, site in enumerate(looked.sites):
            found.setdefault((site.sector, site.place), []).append(
                {name: value[i, ..., : block.members] for name, value in values._asdict().items()}
            )
    return {
        key: {name: np.concatenate([part[name] for part in parts], axis=-1) for name in parts[0]}
        for key, parts in found.items()
    }


def band_of(values: np.ndarray) -> list[float]:
    return np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf").tolist()


def close(told: float | None, plain: float, cell: float) -> bool:
    """Say whether a figure is within half a cell of what it should be, rounding of six digits beside."""
    if told is None or not np.isfinite(plain):
        return told is None and not np.isfinite(plain)
    return abs(told - plain) <= 0.5 * cell + 1e-5 * (1.0 + abs(plain))


class TestFigures:
    def test_bands_are_those_of_all_draws(
        self, serial: Answer, plain_values: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        stopped = 0
        for row in serial.answer["rows"]:
            plain = plain_values[row["sector"], row["place"]]
            for k, stop in enumerate(row["stopped"].values()):
                values = plain["weeks"][k]
                told = [stop[q] for q in ("p10", "p50", "p90")]
                assert all(map(close, told, band_of(values), [GRIDS["stop"].width] * 3))
                assert stop["ever"] == pytest.approx(np.isfinite(values).mean())
                stopped += stop["p50"] is not None
            for k, name in enumerate(("peak_stopped", "lost_share", "recovery_weeks")):
                cell = GRIDS[("peak", "lost", "recovery")[k]].width
                assert all(map(close, row[name].values(), band_of(plain["rest"][k]), [cell] * 3))
            cell = GRIDS["path"].width
            path = np.quantile(plain["path"], [0.1, 0.5, 0.9], axis=-1)
            told_path = np.array([row["path"][q] for q in ("p10", "p50", "p90")])
            assert np.all(np.abs(told_path - path) <= 0.5 * cell + 1e-6)
        assert stopped > 100, "else nothing was compared"

    def test_medians_are_those_of_all_draws(
        self, serial: Answer, plain_values: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        for row in serial.answer["rows"]:
            plain = plain_values[row["sector"], row["place"]]
            need = np.median(plain["need"]) * WEEKS_A_YEAR
            assert row["need_t_per_year"] == pytest.approx(need, rel=0.01)
            assert close(row["exposed_share"], float(np.median(plain["exposed"])), GRIDS["exposed"].width)
            weeks = float(np.median(plain["plain"]))
            if weeks <= WEEKS * 0.99:
                assert row["stopped"]["1"]["plain"] == pytest.approx(weeks, rel=0.002)

    def test_one_block_tells_what_a_plain_countdown_tells(self, story: Scenario, book: Book) -> None:
        one = ensemble(story, book, draws=BLOCK, block=BLOCK)
        seed = block_seed(story, 0)
        plain = countdown(story.model_copy(update={"draws": BLOCK, "seed": seed}), book)
        same = ("binding", "sector_name", "place_name")
        for kind in ("rows", "groups"):
            ours = {(r["sector"], r["place"]): r for r in one.answer[kind]}
            theirs = {(r["sector"], r["place"]): r for r in plain.answer[kind]}
            assert ours.keys() == theirs.keys()
            for key, row in ours.items():
                assert {name: row[name] for name in same} == {name: theirs[key][name] for name in same}
                assert without_figures(row["never"]) == without_figures(theirs[key]["never"])
                for level, stop in row["stopped"].items():
                    other = theirs[key]["stopped"][level]
                    assert all(close(stop[q], as_float(other[q]), 0.05) for q in ("p10", "p50", "p90"))
        assert one.answer["clock"] == plain.answer["clock"]
        assert one.answer["mass"] == plain.answer["mass"]
        assert one.sources == plain.sources
        assert one.answer["priors"] == plain.answer["priors"]
        for good, bands in plain.answer["exports"].items():
            told = one.answer["exports"][good]
            assert all(np.allclose(told[q], bands[q], rtol=0, atol=0.0011) for q in bands)

    def test_the_answer_is_json_and_says_how_it_was_found(self, serial: Answer) -> None:
        read = json.loads(serial.to_json())
        assert read["draws"] == read["question"]["draws"] == DRAWS
        assert read["answer"]["method"]["blocks"] == 3
        assert read["answer"]["method"]["block"] == BLOCK
        assert read["answer"]["method"]["grid"]["stop"] == 0.05
        assert read["study"] == "countdown"


def without_figures(text: str | None) -> str:
    return re.sub(r"[0-9]+", "#", str(text))


def as_float(value: float | None) -> float:
    return np.inf if value is None else value


def block_seed(story: Scenario, number: int) -> int:
    """Return the seed of a block as numpy's own spawn() gives it."""
    child = np.random.SeedSequence(story.seed).spawn(number + 1)[number]
    words = child.generate_state(4)
    return sum(int(word) << (32 * i) for i, word in enumerate(words))


class TestSeeds:
    def test_a_block_is_seeded_by_a_child_of_the_seed(self, story: Scenario, book: Book) -> None:
        asked = Question(story.model_copy(update={"draws": BLOCK}), book)
        assert block_model(asked, 1).draws.seed == block_seed(story, 1)

    def test_the_size_of_a_block_is_part_of_the_format_the_last_one_is_cut_not_drawn_anew(self) -> None:
        assert [tuple(b) for b in blocks_of(20, 8)] == [(0, 8), (1, 8), (2, 4)]
        assert [tuple(b) for b in blocks_of(16, 8)] == [(0, 8), (1, 8)]


def kill_a_worker() -> None:
    """Kill one process that this one started, as a system short of memory would."""
    workers = [one for one in multiprocessing.active_children() if one.name.startswith("SpawnProcess")]
    assert workers, "there is a worker to kill"
    assert workers[0].pid is not None
    os.kill(workers[0].pid, signal.SIGKILL)


class Heard:
    """Hears how far a run is; does something once, after the first block."""

    def __init__(self, then: Any) -> None:
        self.blocks: list[tuple[int, int]] = []
        self._then = then

    def __call__(self, phase: str, done: int, of: int) -> None:
        if phase == "ensemble":
            self.blocks.append((done, of))
            if len(self.blocks) == 1:
                self._then()


def test_two_processes_one_of_them_killed_give_the_same_bytes(
    story: Scenario, book: Book, serial: Answer
) -> None:
    heard = Heard(kill_a_worker)
    with watched(heard):
        found = ensemble(story, book, block=BLOCK, spread=Processes(2))
    assert found.to_json() == serial.to_json()
    assert heard.blocks == [(1, 3), (2, 3), (3, 3)]


class TestKept:
    def test_it_goes_on_from_what_is_kept_and_runs_nothing_twice(
        self, story: Scenario, book: Book, serial: Answer, tmp_path: Path
    ) -> None:
        def stop() -> None:
            raise StoppedError("Running", Fault("enough"))

        with pytest.raises(StoppedError), watched(Heard(stop)):
            ensemble(story, book, block=BLOCK, keep=tmp_path)
        before = stamps(tmp_path)
        assert len(before) == 1
        (tmp_path / "0000001-8.block").write_bytes(b"x" * 100)
        told: list[tuple[str, int, int]] = []
        with watched(lambda *beat: told.append(beat)):
            found = ensemble(story, book, block=BLOCK, keep=tmp_path)
        assert found.to_json() == serial.to_json()
        after = stamps(tmp_path)
        assert before.items() <= after.items(), "a finished block is not written again"
        assert len(after) == 3
        assert ("damaged", 1, 3) in told
        longer = ensemble(story, book, draws=DRAWS + 4, block=BLOCK, keep=tmp_path)
        assert after.items() <= stamps(tmp_path).items(), "a larger ensemble begins with the same blocks"
        assert len(stamps(tmp_path)) == 4
        assert longer.to_json() != found.to_json()
        for changes in ({"seed": 5}, {"weeks": WEEKS + 1}):
            with pytest.raises(InputError, match="another ensemble"):
                ensemble(story.model_copy(update=changes), book, block=BLOCK, keep=tmp_path)

    def test_a_run_that_was_killed_goes_on(
        self, story: Scenario, book: Book, serial: Answer, tmp_path: Path
    ) -> None:
        with killed_run(tmp_path) as process:
            while not list(tmp_path.glob("*.block")):
                assert process.poll() is None, "killed before it was done"
                time.sleep(0.02)
            process.kill()
        before = stamps(tmp_path)
        assert 1 <= len(before) < MANY // BLOCK
        assert ensemble(story, book, block=BLOCK, keep=tmp_path).to_json() == serial.to_json()
        assert before.items() <= stamps(tmp_path).items()


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Return when each block was written, and its file."""
    return {p.name: (p.stat().st_mtime_ns, p.stat().st_ino) for p in folder.glob("*.block")}


def killed_run(folder: Path) -> Any:
    code = f"""
import dearth
story = dearth.load_scenario("squeeze-2025").model_copy(update={{"weeks": {WEEKS}, "draws": {MANY}}})
dearth.ensemble(story, dearth.load_book(), block={BLOCK}, keep={str(folder)!r})
"""
    return subprocess.Popen([sys.executable, "-c", code])


class TestRefused:
    @pytest.mark.parametrize("changes", [{"draws": 1}, {"draws": 0}, {"block": 1}, {"draws": 10**9}])
    def test_sizes_that_make_no_ensemble(self, story: Scenario, book: Book, changes: dict[str, int]) -> None:
        with pytest.raises(ScenarioError, match=r"draws|block"):
            ensemble(story, book, **changes)

    def test_a_worker_with_another_program(
        self, story: Scenario, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(study, "maker", lambda: "another")
        with pytest.raises(ModelError, match="another program"):
            ensemble(story, book, draws=4, block=4)

    def test_more_draws_than_memory_holds_are_sent_here(self, story: Scenario, book: Book) -> None:
        with pytest.raises(ScenarioError, match=r"10,000 are held in memory at once.*dearth\.ensemble"):
            countdown(story, book, draws=10_001)

    def test_a_base_year_without_chain(self, book: Book, story: Scenario) -> None:
        with pytest.raises(ScenarioError, match="has no chain"):
            ensemble(story.model_copy(update={"base": 2009}), book, draws=4, block=4)


def test_grids_of_shares_and_weeks_hold_zero_and_one() -> None:
    for name in ("peak", "lost", "path"):
        grid = GRIDS[name]
        assert grid.values(grid.cells(np.array([0.0, 1.0]))).tolist() == [0.0, 1.0]
    assert ensemble_block.GRIDS is GRIDS


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    settings: dict[str, Any] = {"dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, **settings) as cluster:
        yield cluster


class TestCluster:
    def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
        self, story: Scenario, book: Book, serial: Answer, scheduler: Any
    ) -> None:
        def kill() -> None:
            process = next(iter(scheduler.workers.values())).process.process
            os.kill(process.pid, signal.SIGKILL)

        with watched(Heard(kill)):
            found = ensemble(story, book, block=BLOCK, spread=Cluster(scheduler.scheduler_address))
        assert found.to_json() == serial.to_json()

    def test_an_error_of_a_block_comes_home(self, scheduler: Any) -> None:
        with pytest.raises(InputError, match="nor this"):
            list(Cluster(scheduler.scheduler_address)(work.refuse, [0, 1, 2]))

    def test_no_scheduler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dearth.spread.cluster._ANSWER_SECONDS", 0.5)
        for address in ("tcp://127.0.0.1:9", "no address", "http://x:1"):
            with pytest.raises(InputError, match="no scheduler answers"):
                list(Cluster(address)(abs, [1]))

    def test_without_the_library_the_cure_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(InputError, match=r"pip install 'dearth\[cluster\]'"):
            list(Cluster("tcp://127.0.0.1:9")(abs, [1]))
