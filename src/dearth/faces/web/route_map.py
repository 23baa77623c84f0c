"""``/places`` and ``/flows``: the map, and what goes from where to where."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from dearth.book.places import Spot, facility_rows, spots
from dearth.book.schema import FactRow
from dearth.faces.web.ask import Question, asked
from dearth.faces.web.replies import etag_of, json_bytes, json_reply, tagged
from dearth.faces.web.service import Service, Shared
from dearth.world.scenario import Scenario

__all__ = ["routes"]

routes = APIRouter(tags=["map"])


class FlowQuestion(Question):
    """What is asked of the flows; the ensemble has no part in it."""

    week: int | None = Field(default=None, ge=0, le=520, description="Week of `t_per_week`; none: the mean.")


@routes.get("/places")
def places(request: Request, service: Shared) -> Response:
    """Return every place of the model: where it is drawn, and the facilities that the book names there."""
    known = facility_rows(service.warm.book)
    return json_reply(request, [_place(spot, known[spot.code]) for spot in spots()])


def _place(spot: Spot, facilities: dict[str, list[FactRow]]) -> dict[str, Any]:
    told = [
        {"name": name, "rows": [_figure(row) for row in rows]} for name, rows in sorted(facilities.items())
    ]
    return {**spot._asdict(), "members": list(spot.members), "facilities": told}


def _figure(row: FactRow) -> dict[str, Any]:
    keys = ("id", "quantity", "material", "low", "high", "unit", "date", "kind", "grade", "source", "url")
    return {"value": row.central if row.has_number else None, **{key: getattr(row, key) for key in keys}}


@routes.post("/flows")
async def flows(question: FlowQuestion, request: Request, service: Shared) -> Response:
    """Return nodes and links between stages and places, on the central path, in t/week."""
    scenario = asked(question.model_copy(update={"central": True}), service.warm.assumptions)
    service.limits.check_run(1, scenario.weeks)

    def work() -> bytes:
        return _flows(service, scenario)

    content = await service.runs.run(request, question, work)
    found = json.loads(content)
    tag = etag_of("flows", scenario.sha256, service.warm.book.sha256, question.week)
    return tagged(request, json_bytes(_at(found, question.week, lean=question.lean)), tag=tag)


def _flows(service: Service, scenario: Scenario) -> bytes:
    from dearth.studies.flows import flows as study  # noqa: PLC0415 (numba)

    key = ("flows", scenario.sha256, service.warm.book.sha256)
    return service.answers.of(key, lambda: json_bytes(study(scenario, service.warm.book).to_dict()))


def _at(found: dict[str, Any], week: int | None, *, lean: bool) -> dict[str, Any]:
    """Return the flows with `t_per_week` of one week, or as the mean of all."""
    answer = found["answer"]
    every, last = answer["clock"]["every_weeks"], len(answer["weeks"]) - 1
    for link in answer["links"]:
        path = link["path"]
        mean = sum(path) / len(path)
        link["t_per_week"] = float(f"{mean:.4g}") if week is None else path[min(week // every, last)]
    if lean:
        found["sources"] = []
    return {
        **found,
        "week": week,
        **{key: answer[key] for key in ("stages", "nodes", "links", "weeks")},
        "answer": {"clock": answer["clock"]},
    }
