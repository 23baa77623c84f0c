"""Running a countdown in blocks for the command line: on whom, and how far it is."""

from __future__ import annotations

import time
from datetime import timedelta

from dearth.answer import Answer
from dearth.book import Book
from dearth.faces.catalogue import ENSEMBLE
from dearth.faces.console import progress, say
from dearth.faces.options import Request
from dearth.spread.cluster import Cluster
from dearth.spread.processes import Processes
from dearth.spread.protocol import Map
from dearth.spread.serial import Serial
from dearth.watch import watched
from dearth.world.scenario import Scenario

__all__ = ["Teller", "answer_in_blocks", "map_of"]


def map_of(workers: int, cluster: str | None) -> Map:
    """Return who runs the blocks: a cluster if one is named, else processes of this machine, or this one."""
    if cluster is not None:
        return Cluster(cluster)
    return Processes(workers) if workers > 1 else Serial()


def answer_in_blocks(scenario: Scenario, book: Book, request: Request) -> Answer:
    """Return the countdown of a large ensemble, with a word on standard error now and then."""
    doing = f"countdown of {scenario.name}: {scenario.draws:,} draws of {scenario.weeks} weeks, in blocks"
    teller = Teller(quiet=request.quiet)
    with progress(doing, quiet=request.quiet), watched(teller):
        answer: Answer = ENSEMBLE.load()(
            scenario, book, spread=map_of(request.workers, request.cluster), keep=request.keep
        )
    return answer


class Teller:
    """Says how far a run in blocks is: at first soon, then at ever longer intervals.

    Parameters
    ----------
    quiet
        Say nothing.
    first
        Seconds until it speaks for the first time.
    """

    def __init__(self, *, quiet: bool, first: float = 5.0) -> None:
        self._quiet = quiet
        self._wait, self._said = first, time.monotonic()
        self._start: tuple[float, int] | None = None

    def __call__(self, phase: str, done: int, of: int) -> None:
        """Hear a beat; see `dearth.watch`."""
        if phase == "damaged":
            say(f"{done} kept blocks are damaged or not of this ensemble: run again", quiet=self._quiet)
        if phase == "kept":  # reading them says nothing of how long the others take
            self._start = time.monotonic(), done
            if done:
                say(f"{done:,} of {of:,} blocks are kept from before", quiet=self._quiet)
        if phase == "ensemble":
            self._hear(time.monotonic(), done, of)

    def _hear(self, now: float, done: int, of: int) -> None:
        if self._start is None:
            self._start = now, done
        if now - self._said < self._wait or done == of:
            return
        began, first = self._start
        self._said, self._wait = now, min(2.0 * self._wait, 300.0)
        left = ""
        if done > first:
            seconds = (now - began) / (done - first) * (of - done)
            left = f", about {timedelta(seconds=round(seconds))} left"
        say(f"{done:,} of {of:,} blocks{left}", quiet=self._quiet)
