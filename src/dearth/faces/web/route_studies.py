"""``/studies`` and ``/run``: every study of the catalogue, asked at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response

from dearth.answer import Answer
from dearth.errors import Fault, did_you_mean
from dearth.faces import catalogue
from dearth.faces.catalogue import Study
from dearth.faces.web.ask import Question, asked
from dearth.faces.web.lean import lean as short
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import etag_of, json_bytes, json_reply, tagged
from dearth.faces.web.service import Service, Shared
from dearth.world.scenario import Scenario

__all__ = ["answer_bytes", "answer_of", "known_study", "routes", "tag_of"]

routes = APIRouter(tags=["studies"])


def known_study(name: str) -> Study:
    """Return a study of the catalogue.

    Raises
    ------
    ProblemError
        404 with the nearest names.
    """
    try:
        return catalogue.study(name)
    except KeyError:
        names = [one.name for one in catalogue.STUDIES]
        what = f"no study {name[:80]!r}"
        raise ProblemError(404, what, [Fault(what, "study", cure=did_you_mean(name[:80], names))]) from None


def tag_of(service: Service, one: Study, scenario: Scenario, *more: object) -> str:
    """Return the entity tag of an answer: by version, study, scenario and book."""
    return etag_of(_version(), one.name, scenario.sha256, service.warm.book.sha256, *more)


@cache
def _version() -> str:
    return version("dearth")


def answer_of(
    service: Service, one: Study, scenario: Scenario, own: Mapping[str, str] | None = None
) -> Answer:
    """Return the answer of a study, with options of its own; runs in the thread that asks."""
    found = one.load()(scenario, service.warm.book, workers=service.workers, **(own or {}))
    assert isinstance(found, Answer)
    return found


def answer_bytes(
    service: Service,
    one: Study,
    scenario: Scenario,
    *,
    own: Mapping[str, str] | None = None,
    lean: bool = False,
) -> bytes:
    """Return the answer of a study as JSON, from the cache where it is there."""

    def make() -> bytes:
        told = answer_of(service, one, scenario, own).to_dict()
        return json_bytes(short(told) if lean else told)

    key = (one.name, scenario.sha256, service.warm.book.sha256, tuple(sorted((own or {}).items())), lean)
    return service.answers.of(key, make)


@routes.get("/studies")
def studies(request: Request) -> Response:
    """List every study: its name, what it answers, the options it takes and the views of its answer."""
    return json_reply(request, [_told(one) for one in catalogue.STUDIES])


def _told(one: Study) -> dict[str, Any]:
    return {
        "name": one.name,
        "line": one.line,
        "options": list(one.options),
        "views": [option.removeprefix("--") for option in one.views.files],
        "run": f"/api/v1/run/{one.name}",
    }


@routes.post("/run/{name}")
async def run(name: str, question: Question, request: Request, service: Shared) -> Response:
    """Answer a study while the client waits; the latest run of a session wins, who leaves ends it."""
    one = known_study(name)
    begun = time.perf_counter()
    scenario, own = asked(question, service.warm.assumptions, one.draws), question.own(one)
    service.limits.check_run(scenario.draws, scenario.weeks)
    checked = time.perf_counter()

    def work() -> tuple[bytes, float]:
        start = time.perf_counter()
        found = answer_bytes(service, one, scenario, own=own, lean=question.lean)
        return found, 1e3 * (time.perf_counter() - start)

    content, engine = await service.runs.run(request, question, work, scenario.draws * scenario.weeks)
    whole = 1e3 * (time.perf_counter() - begun)
    timing = f"check;dur={1e3 * (checked - begun):.1f}, engine;dur={engine:.1f}, total;dur={whole:.1f}"
    tag = tag_of(service, one, scenario, question.lean, sorted(own.items()))
    return tagged(request, content, tag=tag, headers={"Server-Timing": timing})
