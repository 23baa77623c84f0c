"""``/firm``: a manufacturer's own workbook: template, check, and when its lines stop."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dearth.faces.cli_firm import firm_dict
from dearth.faces.web.ask import Question, asked, named_scenario
from dearth.faces.web.replies import etag_of, json_bytes, json_reply, tagged
from dearth.faces.web.runs import NOBODY
from dearth.faces.web.service import Service, Shared
from dearth.faces.web.uploads import BYTES, on_disk, upload
from dearth.firm import Firm
from dearth.firm.contents import component_names
from dearth.firm.read import read_firm
from dearth.firm.workbook import as_json, as_workbook, example_firm
from dearth.world.scenario import Scenario

__all__ = ["routes"]

routes = APIRouter(tags=["firm"])
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Number = Annotated[int | None, Query(ge=0, le=2**32)]
_Pairs = Annotated[list[Annotated[str, Query(max_length=200)]] | None, Query(max_length=200)]


def _read(data: bytes, name: str) -> Firm:
    with on_disk(data, name) as path:
        return read_firm(path)


@routes.get("/firm/template.xlsx")
def template(service: Shared) -> Response:
    """Return the workbook to fill in, with an invented firm as an example."""
    content = as_workbook(example_firm(), component_names(service.warm.book))
    known = {"Content-Disposition": 'attachment; filename="firm.xlsx"', "Cache-Control": "no-cache"}
    tag = etag_of("firm-template", service.warm.book.sha256)
    return Response(content, headers={**known, "ETag": tag}, media_type=_XLSX)


@routes.get("/firm/template.json")
def template_json(request: Request) -> Response:
    """Return the invented firm as JSON."""
    return tagged(request, as_json(example_firm()).encode())


@routes.post("/firm/check", openapi_extra=BYTES)
async def check(request: Request, service: Shared) -> Response:
    """Check a workbook (XLSX) or JSON file: every fault with sheet, row, column and cure."""
    data, name = await upload(request, "firm")

    def work() -> dict[str, Any]:
        return firm_dict(_read(data, name), service.warm.book)

    return json_reply(request, await service.runs.run(request, NOBODY, work))


@routes.post("/firm/{scenario}", openapi_extra=BYTES)
async def countdown(  # noqa: PLR0913, PLR0917 (its query)
    scenario: str,
    request: Request,
    service: Shared,
    draws: _Number = None,
    seed: _Number = None,
    weeks: _Number = None,
    sets: Annotated[_Pairs, Query(alias="set")] = None,
) -> Response:
    """Say which lines of a firm stop in a scenario, when and why; the body is its workbook or JSON."""
    named_scenario(scenario)
    data, name = await upload(request, "firm")
    pairs: dict[str, str | int | float] = dict(pair.partition("=")[::2] for pair in sets or ())
    question = Question(scenario=scenario, draws=draws, seed=seed, weeks=weeks, set=pairs)
    story = asked(question, service.warm.assumptions)
    service.limits.check_run(story.draws, story.weeks)

    def work() -> bytes:
        return _countdown(service, story, _read(data, name))

    return tagged(request, await service.runs.run(request, NOBODY, work, story.draws * story.weeks))


def _countdown(service: Service, story: Scenario, firm: Firm) -> bytes:
    from dearth.studies.firm import firm_countdown  # noqa: PLC0415 (numba)

    return json_bytes(firm_countdown(story, service.warm.book, firm, workers=service.workers).to_dict())
