"""Background jobs: large ensembles, with progress and cancel; kept until dropped or too many."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from dearth.errors import DearthError, Fault, StoppedError
from dearth.faces.web.heap import giving_back
from dearth.faces.web.limits import Limits
from dearth.faces.web.problems import ProblemError, too_many
from dearth.faces.web.runs import ENDS, Ticket, watching

__all__ = ["Job", "Jobs"]

State = Literal["waiting", "running", "done", "failed", "cancelled"]
_ENDED: Final = ("done", "failed", "cancelled")
_PAUSE: Final = 0.1


@dataclass(eq=False)
class Job:
    """One run in the background."""

    study: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    ticket: Ticket = field(default_factory=Ticket)
    state: State = "waiting"
    result: bytes = b""
    faults: tuple[Fault, ...] = ()
    detail: str = ""
    future: Future[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in _ENDED

    def told(self) -> dict[str, Any]:
        """Return the state of the job as plain data."""
        phase, done, of = self.ticket.progress
        base = f"/api/v1/jobs/{self.id}"
        return {
            "id": self.id,
            "study": self.study,
            "state": self.state,
            "phase": phase,
            "done": done,
            "of": of,
            "detail": self.detail,
            "faults": [{"what": f.what, "where": f.where, "why": f.why, "cure": f.cure} for f in self.faults],
            "events": f"{base}/events",
            "result": f"{base}/result",
            "cancel": base,
        }


class Jobs:
    """The jobs of a server; one runs at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dearth-job")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def open(self) -> int:
        """Jobs that go on or wait."""
        return sum(not job.ended for job in self._jobs.values())

    def close(self) -> None:
        """Call all jobs off."""
        with self._lock:
            self._closed = True
        for job in list(self._jobs.values()):
            job.ticket.stop(ENDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def start(self, study: str, work: Callable[[], bytes]) -> Job:
        """Begin a job.

        Raises
        ------
        ProblemError
            429: as many jobs wait as may; 503: the server ends.
        """
        job = Job(study)
        with self._lock:
            if self._closed:
                raise ProblemError(503, ENDS, [Fault(ENDS, cure="ask again when it is back")])
            self._make_room()
            self._jobs[job.id] = job
            job.future = self._pool.submit(self._run, job, work)
        return job

    def _make_room(self) -> None:
        """Drop the oldest ended jobs while there are too many, or their answers are too large."""
        ended = [job for job in self._jobs.values() if job.ended]
        size = sum(len(job.result) for job in ended)
        while ended and (len(self._jobs) >= self._limits.jobs or size > self._limits.job_bytes):
            oldest = ended.pop(0)
            size -= len(oldest.result)
            del self._jobs[oldest.id]
        if len(self._jobs) >= self._limits.jobs:
            raise too_many("as many jobs wait as may")

    def _run(self, job: Job, work: Callable[[], bytes]) -> None:
        job.ticket.deadline = time.monotonic() + self._limits.job_seconds
        if job.state == "waiting":
            job.state = "running"
        try:
            result = watching(job.ticket, giving_back(work))
            phase, _done, of = job.ticket.progress
            job.ticket.progress = (phase, of, of)
            job.result, job.state = result, "done"
        except StoppedError:
            job.state, job.detail = "cancelled", f"called off: {job.ticket.stopped}"
        except DearthError as error:
            job.faults, job.detail, job.state = error.faults, error.phase, "failed"
        except Exception as error:
            job.detail, job.state = f"dearth met a fault of its own: {type(error).__name__}", "failed"
            raise

    def get(self, name: str) -> Job:
        """Return a job.

        Raises
        ------
        ProblemError
            404: there is none of this name, or it was dropped.
        """
        job = self._jobs.get(name)
        if job is None:
            detail = "no job of this name, or it was dropped"
            raise ProblemError(404, detail, [Fault(detail, "id", cure="start it anew")])
        return job

    def all(self) -> list[Job]:
        """Return the jobs that are kept, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def cancel(self, name: str) -> Job:
        """Call a job off; one that has ended is dropped."""
        job = self.get(name)
        if job.ended:
            with self._lock:
                self._jobs.pop(name, None)
            return job
        job.ticket.stop("cancelled")
        if job.future is not None and job.future.cancel():
            job.state, job.detail = "cancelled", "called off: cancelled"
        return job

    async def follow(self, job: Job) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield ``(event, data)`` whenever the job has something new to tell, until it or the server ends."""
        before: object = None
        while True:
            now = (job.state, job.ticket.progress)  # looked at once: it may end while this is told
            ended = now[0] in _ENDED
            if now != before:
                before = now
                yield (now[0] if ended else "progress"), job.told()
            if ended or self._closed:
                return
            await asyncio.sleep(_PAUSE)
