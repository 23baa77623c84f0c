"""Every way to spread work keeps to the same promises; processes are started once for most of them."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

import spread_work as work
from dearth.errors import InputError, ModelError
from dearth.spread.processes import Processes
from dearth.spread.protocol import TRIES, Map
from dearth.spread.serial import Serial

MAPS: list[Map] = [Serial(), Processes(2)]
BLOCKS = list(range(8))
SQUARES = {number: number * number for number in BLOCKS}


@pytest.mark.parametrize("spread", MAPS, ids=repr)
def test_every_block_comes_once_with_its_number(spread: Map) -> None:
    found = list(spread(work.square, BLOCKS))
    assert sorted(found) == list(SQUARES.items())


@pytest.mark.parametrize("spread", MAPS, ids=repr)
def test_no_blocks_no_results(spread: Map) -> None:
    assert list(spread(work.square, [])) == []


@pytest.mark.parametrize("spread", MAPS, ids=repr)
def test_an_error_comes_home_whole(spread: Map) -> None:
    with pytest.raises(InputError, match="nor this") as caught:
        list(spread(work.refuse, BLOCKS))
    assert [str(fault) for fault in caught.value.faults] == ["here: no 1", "nor this"]
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("spread", MAPS, ids=repr)
def test_a_fault_of_the_program_is_not_taken_for_a_lost_worker(spread: Map) -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(work.fall_over, BLOCKS))


def test_a_killed_worker_costs_no_block(tmp_path: Path) -> None:
    marker = tmp_path / "killed"
    found = dict(Processes(2)(partial(work.die_once, str(marker)), BLOCKS))
    assert marker.exists()
    assert found == SQUARES


def test_a_block_that_kills_every_worker_ends_the_work_with_a_word() -> None:
    with pytest.raises(ModelError, match=f"lost {TRIES} times over block") as caught:
        list(Processes(1)(work.die, [0, 1, 2, 3]))
    assert "out of memory" in str(caught.value)
    assert "fewer workers" in str(caught.value)


def test_workers_are_other_processes_with_one_thread_each() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    about = [found for _, found in Processes(2)(work.about_worker, BLOCKS)]
    assert {parent for _, parent, _ in about} == {os.getpid()}
    assert 1 <= len({process for process, _, _ in about}) <= 2
    assert {threads for _, _, threads in about} == {"1"}
    assert os.environ.get("OMP_NUM_THREADS") == before, "the parent keeps its own settings"


def test_who_stops_listening_stops_the_work(tmp_path: Path) -> None:
    many = list(range(200))
    results = Processes(1)(partial(work.note, str(tmp_path)), many)
    next(iter(results))
    results.close()  # type: ignore[attr-defined]
    assert len(list(tmp_path.iterdir())) < len(many) // 2
