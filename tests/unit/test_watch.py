"""Watching a long run, and calling it off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dearth.errors import Fault, StoppedError
from dearth.watch import beat, watched


def test_a_beat_without_a_watcher_is_nothing_and_a_watcher_hears_its_own_context_only() -> None:
    heard: list[tuple[str, int, int]] = []
    beat("free", 1, 2)
    with watched(lambda *told: heard.append(told)), ThreadPoolExecutor(1) as pool:
        beat("mine", 1, 2)
        pool.submit(beat, "other", 1, 2).result()
    beat("after", 1, 2)
    assert heard == [("mine", 1, 2)]


def test_a_watcher_calls_a_run_off_and_the_one_outside_hears_again() -> None:
    heard: list[str] = []

    def off(_phase: str, done: int, _of: int) -> None:
        if done == 2:
            raise StoppedError("Running", Fault("enough"))

    def work() -> None:
        for i in range(5):
            beat("work", i + 1, 5)

    with watched(lambda phase, _done, _of: heard.append(phase)):
        with pytest.raises(StoppedError, match="enough"), watched(off):
            work()
        beat("outside", 1, 1)
    assert heard == ["outside"]
