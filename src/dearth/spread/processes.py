"""Processes of this machine: a worker that is killed costs time, not the answer.

Workers are started afresh (not forked: threads of the parent would be copied half), with one thread each, and
end when their parent does, however it ends.  This file is what they load first, so it stays light.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from typing import Final, Generic, TypeVar

from dearth.spread.protocol import TRIES, lost_workers

__all__ = ["Processes"]

B = TypeVar("B")
R = TypeVar("R")

_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_AHEAD: Final = 1  # blocks that wait for a worker beside those at work


@dataclass(frozen=True, slots=True)
class Processes:
    """A :class:`dearth.spread.protocol.Map` over `workers` processes of this machine."""

    workers: int = 2

    def __call__(self, function: Callable[[B], R], blocks: Sequence[B]) -> Iterator[tuple[int, R]]:
        """Yield number and result of every block, as they are done.

        Raises
        ------
        ModelError
            Workers died over the same block again and again.
        """
        work = _Work(function, blocks, deque(range(len(blocks))), Counter())
        while work.waiting:
            yield from work.done_by(min(self.workers, len(work.waiting)))


@dataclass(frozen=True, slots=True)
class _Work(Generic[B, R]):
    """What is to be done still: numbers of the blocks that wait, and how often each was begun."""

    function: Callable[[B], R]
    blocks: Sequence[B]
    waiting: deque[int]
    begun: Counter[int]

    def done_by(self, workers: int) -> Iterator[tuple[int, R]]:
        """Yield what one set of workers does, until all is done or one of them is lost."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
        running: dict[Future[R], int] = {}
        try:
            while self.waiting or running:
                self._feed(pool, running, workers + _AHEAD)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield running.pop(future), result
        except BrokenProcessPool:
            self._again(sorted(running.values()))
        finally:
            _end(pool, at_once=bool(running))

    def _feed(self, pool: ProcessPoolExecutor, running: dict[Future[R], int], most: int) -> None:
        """Hand out blocks, no more than are worked on soon: results and blocks under way take memory."""
        while self.waiting and len(running) < most:
            number = self.waiting[0]
            with _one_thread_each():
                future = pool.submit(self.function, self.blocks[number])
            running[future] = self.waiting.popleft()
            self.begun[number] += 1

    def _again(self, lost: Sequence[int]) -> None:
        """Put back the blocks that were under way; who of them lost the worker is not known."""
        tried = [number for number in lost if self.begun[number] >= TRIES]
        if tried:
            why = "killed from outside, out of memory, or started by a script without a guard"
            cure = "take fewer workers; in a script, call it under `if __name__ == '__main__':`"
            raise lost_workers(tried[0], why, cure)
        self.waiting.extendleft(reversed(lost))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start in the body use one thread each: they share the cores already."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _end(pool: ProcessPoolExecutor, *, at_once: bool) -> None:
    """Let the workers go; `at_once` where nobody wants to hear any more of what they have in hand."""
    if at_once:
        for worker in list((pool._processes or {}).values()):
            worker.terminate()
    pool.shutdown(wait=at_once, cancel_futures=True)


def _begin() -> None:
    """Prepare a worker: Ctrl-C is for the parent, and without a parent there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
