"""``/export``: the answer of a study as a file to keep."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dearth.answer import Answer
from dearth.errors import Fault
from dearth.faces.catalogue import Study, load
from dearth.faces.web.ask import Question, asked
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import tagged
from dearth.faces.web.route_studies import answer_of, known_study, tag_of
from dearth.faces.web.service import Shared
from dearth.world.scenario import Scenario

__all__ = ["routes"]

routes = APIRouter(tags=["files"])
_Form = Annotated[str, Query(alias="format", pattern="^(zip|xlsx|html|csv|json)$")]
_MEDIA = {
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


@routes.post("/export/{name}")
async def export(
    name: str, question: Question, request: Request, service: Shared, form: _Form = "zip"
) -> Response:
    """Return an answer as a file: zip (CSV, sources, metadata, README), XLSX, HTML report, CSV or JSON."""
    one = known_study(name)
    if form in ("html", "csv") and f"--{form}" not in one.views.files:
        raise ProblemError(
            406, f"{one.name} has no {form}", [Fault(f"no {form}", "format", cure="take json")]
        )
    scenario, own = asked(question, service.warm.assumptions, one.draws), question.own(one)
    service.limits.check_run(scenario.draws, scenario.weeks)

    def work() -> bytes:
        return _file(one, answer_of(service, one, scenario, own), scenario, form)

    content = await service.runs.run(request, question, work, scenario.draws * scenario.weeks)
    named = {"Content-Disposition": f'attachment; filename="{one.name}-{scenario.name}.{form}"'}
    return tagged(request, content, _MEDIA[form], tag_of(service, one, scenario, form), named)


def _file(one: Study, answer: Answer, scenario: Scenario, form: str) -> bytes:
    from dearth.faces.bundle import workbook, zipped  # noqa: PLC0415 (openpyxl)

    if form == "json":
        return answer.to_json().encode()
    if form == "zip":
        return zipped(one, answer, scenario)
    if form == "xlsx":
        return workbook(one, answer, scenario)
    text: str = load(one.views.files[f"--{form}"])(answer, scenario)
    return text.encode()
