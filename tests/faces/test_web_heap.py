"""Memory of a server that runs for days: few arenas, and freed memory goes back after what was large."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from process import environment

from dearth.errors import Fault, StoppedError
from dearth.faces.web import heap
from dearth.faces.web.heap import ARENAS, bound_heap, give_back, giving_back

USES = Path(__file__).parent / "heap_uses.py"
TUNED = (
    "MALLOC_ARENA_MAX",
    "GLIBC_TUNABLES",
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_THRESHOLD_",
    "LD_PRELOAD",
)
MADE_KB = 80_000  # what a use allocates and frees

glibc = pytest.mark.skipif(
    not (sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallinfo2")),
    reason="the allocator of this system is not that of glibc 2.33 or later",
)


def used(what: str, **changes: str) -> int:
    """Return the number that a use of the heap prints."""
    told = {key: value for key, value in environment(**changes).items() if key in changes or key not in TUNED}
    done = subprocess.run(
        [sys.executable, str(USES), what], env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@glibc
def test_threads_of_a_server_share_few_arenas() -> None:
    assert used("free") > ARENAS  # what would be without it
    assert used("serve") <= ARENAS


@glibc
def test_large_arrays_have_pages_of_their_own() -> None:
    assert used("mapped-free") == 0  # what would be without it
    assert used("mapped-serve") == 1


@glibc
def test_who_says_how_many_arenas_there_are_is_obeyed() -> None:
    assert used("serve", MALLOC_ARENA_MAX="5") == 5


@glibc
def test_freed_memory_is_given_back_after_a_job_and_a_large_run() -> None:
    assert used("plain") > 0.7 * MADE_KB  # what would be without it
    for what in ("after", "job", "run"):
        assert used(what) < 0.4 * MADE_KB, what


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def windows(_name: object) -> ctypes.CDLL:
        raise TypeError

    for library in (windows, lambda _name: SimpleNamespace(mallopt=pytest.fail, malloc_trim=pytest.fail)):
        monkeypatch.setattr(heap.ctypes, "CDLL", library)
        assert bound_heap() == 0
        assert not give_back()
        assert giving_back(lambda: 7)() == 7


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    library = SimpleNamespace(
        mallopt=lambda number, _value: made.append(number) or 1, gnu_get_libc_version=None
    )
    monkeypatch.setattr(heap.ctypes, "CDLL", lambda _name: library)
    for name in TUNED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=1")
    assert bound_heap() == len(made) == 2
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=1:glibc.malloc.arena_max=3")
    assert bound_heap() == 1
    assert made[-1] == made[1]
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "1000000")
    assert bound_heap() == 0


class Large:
    """What a run has in memory."""


def failing(error: Exception, held: list[weakref.ref[Large]]) -> Callable[[], None]:
    def work() -> None:
        large = Large()
        held.append(weakref.ref(large))
        raise error

    return work


def test_a_run_that_is_called_off_holds_nothing_when_memory_is_given_back() -> None:
    held: list[weakref.ref[Large]] = []
    with pytest.raises(StoppedError) as caught:
        giving_back(failing(StoppedError("Running", Fault("called off")), held))()
    assert caught.value.phase == "Running"
    assert held[0]() is None


def test_a_fault_of_ours_keeps_its_trace() -> None:
    held: list[weakref.ref[Large]] = []
    with pytest.raises(ZeroDivisionError) as caught:
        giving_back(failing(ZeroDivisionError(), held))()
    assert caught.traceback[-1].name == "work"
