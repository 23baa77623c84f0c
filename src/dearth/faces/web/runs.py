"""Interactive runs: the latest of a session wins, a client that leaves ends its run, and no queue grows."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from fastapi import Request

from dearth.errors import Fault, StoppedError
from dearth.faces.web.heap import giving_back
from dearth.faces.web.limits import Limits
from dearth.faces.web.problems import ProblemError, too_many
from dearth.watch import watched

__all__ = ["ENDS", "NOBODY", "Runs", "Ticket", "watching"]

T = TypeVar("T")
_LEFT: Final = "left"
_SUPERSEDED: Final = "superseded"
_LATE: Final = "late"
ENDS: Final = "the server ends"
"""Why a run is called off when the server does not go on."""


@dataclass(eq=False)
class Ticket:
    """One run on its way: how far it is, and why it was called off, if it was."""

    session: str = ""
    sequence: int = 0
    stopped: str = ""
    progress: tuple[str, int, int] = ("waiting", 0, 1)
    deadline: float = float("inf")

    def stop(self, why: str) -> None:
        """Call the run off at its next beat; the first reason stands."""
        self.stopped = self.stopped or why

    def beat(self, phase: str, done: int, of: int) -> None:
        """Hear of progress, and end the run when it was called off."""
        self.progress = (phase, done, of)
        if time.monotonic() > self.deadline:
            self.stop(_LATE)
        if self.stopped:
            raise StoppedError("Running", Fault(f"called off: {self.stopped}"))


@dataclass(eq=False)
class Called(Ticket):
    """The ticket of a run that a client waits for."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    off: asyncio.Future[None] = field(init=False)

    def __post_init__(self) -> None:
        self.off = self.loop.create_future()

    def call_off(self, why: str) -> None:
        """Call the run off, and let its client know now; from the loop only."""
        self.stop(why)
        if not self.off.done():
            self.off.set_result(None)


class Asker(Protocol):
    """Who asks: the latest run of a session wins; an empty session has no other runs."""

    @property
    def session(self) -> str:
        """Name of the session."""

    @property
    def sequence(self) -> int:
        """Order of runs within the session."""


class _Nobody(NamedTuple):
    session: str = ""
    sequence: int = 0


NOBODY: Final = _Nobody()
"""Who asks without a session."""


class Runs:
    """The threads that run studies, and the tickets of what they do."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._light = ThreadPoolExecutor(limits.runs, thread_name_prefix="dearth-run")
        self._heavy = ThreadPoolExecutor(1, thread_name_prefix="dearth-ensemble")
        self._latest: dict[str, Called] = {}
        self._open: set[Called] = set()
        self._closed = False

    @property
    def open(self) -> int:
        """Runs that go on or wait."""
        return len(self._open)

    def close(self) -> None:
        """Call everything off, let who waits know, and wait for no one."""
        self._closed = True
        for ticket in list(self._open):
            ticket.stop(ENDS)
            with contextlib.suppress(RuntimeError):  # a loop that is closed has no one who waits
                ticket.loop.call_soon_threadsafe(ticket.call_off, ENDS)
        for pool in (self._light, self._heavy):
            pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, request: Request, asker: Asker, work: Callable[[], T], cells: int = 0) -> T:
        """Return what `work` returns, unless the client leaves, a newer run comes or time is up.

        Parameters
        ----------
        cells
            Draws times weeks: large runs go one after another, for their memory.

        Raises
        ------
        ProblemError
            409 superseded, 410 the client left, 422 time is up, 429 too many wait, 503 the server ends.
        """
        ticket = self._enter(asker.session, asker.sequence)
        if cells > self._limits.light_cells:
            running = self._heavy.submit(_in_context(ticket, giving_back(work)))
        else:
            running = self._light.submit(_in_context(ticket, work))
        running.add_done_callback(lambda _done: _soon(ticket.loop, lambda: self._leave(ticket)))
        future = asyncio.wrap_future(running)
        gone = asyncio.ensure_future(_gone(request))
        waited: set[asyncio.Future[Any]] = {future, gone, ticket.off}
        try:
            await asyncio.wait(waited, timeout=self._limits.run_seconds, return_when=asyncio.FIRST_COMPLETED)
            if future.done() and not future.cancelled():
                return _outcome(future, ticket, self._limits)
            ticket.stop(_LEFT if gone.done() else _LATE)
            raise _refusal(ticket, self._limits)
        finally:
            if not future.done():
                ticket.stop(_LEFT)
                running.cancel()
                future.add_done_callback(_forget)
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    def _enter(self, session: str, sequence: int) -> Called:
        if self._closed:
            raise _refusal(Ticket(stopped=ENDS), self._limits)
        before = self._latest.get(session) if session else None
        if before is not None and before.sequence > sequence:
            raise _refusal(Ticket(stopped=_SUPERSEDED), self._limits)
        if before is not None:
            before.call_off(_SUPERSEDED)
        if len(self._open) >= self._limits.runs + self._limits.waiting:
            raise too_many("more runs wait than may")
        ticket = Called(session, sequence, deadline=time.monotonic() + self._limits.run_seconds)
        self._open.add(ticket)
        if session:
            self._latest[session] = ticket
        return ticket

    def _leave(self, ticket: Called) -> None:
        self._open.discard(ticket)
        if self._latest.get(ticket.session) is ticket:
            del self._latest[ticket.session]


def _in_context(ticket: Ticket, work: Callable[[], T]) -> Callable[[], T]:
    """Return `work` watched by its ticket, in a context of its own."""
    context = contextvars.copy_context()
    return lambda: context.run(watching, ticket, work)


def watching(ticket: Ticket, work: Callable[[], T]) -> T:
    """Return what `work` returns; its ticket hears every beat.

    Raises
    ------
    StoppedError
        The ticket was called off.
    """
    with watched(ticket.beat):
        ticket.beat("begins", 0, 1)
        return work()


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Let the loop call back, from another thread; where the loop is closed already, call here."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        call()


async def _gone(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _forget(future: asyncio.Future[T]) -> None:
    """Read the outcome that nobody waits for any more."""
    if not future.cancelled():
        future.exception()


def _outcome(future: asyncio.Future[T], ticket: Ticket, limits: Limits) -> T:
    try:
        return future.result()
    except StoppedError:
        raise _refusal(ticket, limits) from None


def _refusal(ticket: Ticket, limits: Limits) -> ProblemError:
    if ticket.stopped == _SUPERSEDED:
        detail = "a newer run of this session took its place"
        return ProblemError(409, detail, [Fault(detail)], _SUPERSEDED)
    if ticket.stopped == _LATE:
        detail = f"the run took longer than {limits.run_seconds:g} seconds"
        return ProblemError(
            422, detail, [Fault(detail, "draws", cure="send it to /jobs, or take fewer draws")]
        )
    if ticket.stopped == ENDS:
        return ProblemError(503, ENDS, [Fault(ENDS, cure="ask again when it is back")])
    detail = f"the run was called off: {ticket.stopped}"
    return ProblemError(410, detail, [Fault(detail)], "stopped")
