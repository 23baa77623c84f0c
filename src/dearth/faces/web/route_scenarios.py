"""``/scenarios``, ``/schema`` and ``/sliders``: what may be asked, and what may be changed."""

from __future__ import annotations

from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from dearth.faces.web.ask import Question, asked, event_id, named_scenario
from dearth.faces.web.replies import json_reply
from dearth.faces.web.service import Shared
from dearth.faces.web.sliders import assumptions_of, sliders_of
from dearth.world.scenario import (
    DEFAULT_SCENARIO,
    Scenario,
    load_scenario,
    scenario_names,
    scenario_schema,
    scenario_text,
)

__all__ = ["routes"]

routes = APIRouter(tags=["scenarios"])
_Name = Annotated[str, Query(max_length=100, description="A name of /scenarios.")]


class Check(BaseModel):
    """A scenario to check."""

    model_config = ConfigDict(extra="forbid")

    scenario: str | dict[str, Any]


@routes.get("/scenarios")
def scenarios(request: Request) -> Response:
    """List the scenarios that come with dearth, the default first."""
    return json_reply(request, [_summary(load_scenario(name)) for name in scenario_names()])


def _summary(one: Scenario) -> dict[str, Any]:
    keys = ("name", "title", "description", "start", "as_of", "weeks", "draws", "seed", "growth", "base")
    found = one.to_dict()
    return {**{key: found[key] for key in keys}, "events": len(one.events), "sha256": one.sha256}


@routes.get("/scenarios/{name}")
def scenario(name: str, request: Request) -> Response:
    """Return a scenario as data and as the text of its file."""
    one = named_scenario(name)
    text = scenario_text(name)[0].decode("utf-8-sig")
    return json_reply(request, {"scenario": one.to_dict(), "yaml": text, "sha256": one.sha256})


@routes.get("/scenarios/{name}/events")
def events(name: str, request: Request) -> Response:
    """Return the events of a scenario, each with the id by which a run leaves it out."""
    one = named_scenario(name)
    active = set(map(event_id, one.active_events))
    return json_reply(request, [_event(event, event_id(event) in active) for event in one.events])


def _event(event: Any, active: bool) -> dict[str, Any]:
    return {"id": event_id(event), "acts": active, **event.model_dump(mode="json", exclude_none=True)}


@routes.post("/scenarios/check")
def check(body: Check, request: Request, service: Shared) -> Response:
    """Check a scenario, as data or as YAML text; all faults come at once."""
    one = asked(Question(scenario=body.scenario), service.warm.assumptions)
    plain = one.to_dict()
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)
    return json_reply(request, {"ok": True, "scenario": plain, "yaml": text, "sha256": one.sha256})


@routes.get("/schema/scenario")
def schema(request: Request) -> Response:
    """Return the JSON Schema of a scenario."""
    return json_reply(request, scenario_schema())


@routes.get("/sliders")
def sliders(request: Request, service: Shared, scenario: _Name = DEFAULT_SCENARIO) -> Response:
    """Return what can be moved: settings of the scenario, then assumptions that matter most, with ranges."""
    return json_reply(request, sliders_of(service.warm.book, named_scenario(scenario)))


@routes.get("/assumptions")
def assumptions(request: Request, service: Shared, scenario: _Name = DEFAULT_SCENARIO) -> Response:
    """Return every assumption of the book, with range, source and reasoning, and its value in a scenario."""
    return json_reply(request, assumptions_of(service.warm.book, named_scenario(scenario)))
