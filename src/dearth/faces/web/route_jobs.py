"""``/jobs``: large ensembles in the background, with progress by server-sent events, and cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from dearth.errors import Fault
from dearth.faces.web.ask import Question, asked
from dearth.faces.web.jobs import Job
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import JSON, json_bytes, tagged
from dearth.faces.web.route_studies import answer_bytes, known_study
from dearth.faces.web.service import Service, Shared
from dearth.faces.web.validation import VALIDATE, validate_bytes

__all__ = ["routes"]

routes = APIRouter(tags=["jobs"])
_EVENTS = {"done": "result"}


def _told(job: Job, status: int = 200) -> Response:
    return Response(json_bytes(job.told()), status, {"Cache-Control": "no-store"}, JSON)


@routes.post("/jobs/{name}", status_code=202)
def start(name: str, question: Question, service: Shared) -> Response:
    """Begin a study in the background (also `validate`); the reply says where to follow, fetch and cancel."""
    one = None if name == VALIDATE else known_study(name)
    scenario = asked(question, service.warm.assumptions, one.draws if one else None)
    service.limits.check_job(scenario.draws, scenario.weeks)
    if one is None:
        job = service.jobs.start(
            VALIDATE, lambda: validate_bytes(service.warm.book, scenario, service.workers)
        )
    else:
        own = question.own(one)
        job = service.jobs.start(one.name, lambda: answer_bytes(service, one, scenario, own=own))
    return _told(job, 202)


@routes.get("/jobs")
def jobs(service: Shared) -> Response:
    """List the jobs that are kept."""
    told = [job.told() for job in service.jobs.all()]
    return Response(json_bytes(told), headers={"Cache-Control": "no-store"}, media_type=JSON)


@routes.get("/jobs/{name}")
def state(name: str, service: Shared) -> Response:
    """Return the state of a job."""
    return _told(service.jobs.get(name))


@routes.delete("/jobs/{name}")
def cancel(name: str, service: Shared) -> Response:
    """Call a job off; one that has ended is forgotten."""
    return _told(service.jobs.cancel(name))


@routes.get("/jobs/{name}/result")
def result(name: str, request: Request, service: Shared) -> Response:
    """Return the answer of a job that is done."""
    job = service.jobs.get(name)
    if job.state != "done":
        what = f"the job is {job.state}"
        raise ProblemError(409, what, job.faults or [Fault(what, "id", cure="follow its events")], "not-done")
    return tagged(request, job.result)


@routes.get("/jobs/{name}/events", response_class=StreamingResponse)
def events(name: str, service: Shared) -> StreamingResponse:
    """Follow a job: events `progress`, then one of `result`, `failed` and `cancelled`."""
    job = service.jobs.get(name)
    known = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(service, job), headers=known, media_type="text/event-stream")


async def _stream(service: Service, job: Job) -> AsyncIterator[bytes]:
    async for event, told in service.jobs.follow(job):
        yield f"event: {_EVENTS.get(event, event)}\ndata: {json_bytes(told).decode()}\n\n".encode()
