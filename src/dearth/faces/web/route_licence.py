"""``/licence``: what dated rules say of a shipment or of a bill of materials; never that goods may leave."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from dearth.answer import Answer
from dearth.errors import Fault, InputError
from dearth.faces.licence_bill import bill_csv
from dearth.faces.licence_page import licence_html
from dearth.faces.licence_tables import determination_csv
from dearth.faces.licence_template import TEMPLATE
from dearth.faces.licence_view import GATES, headline, sections_of
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import json_reply, tagged
from dearth.faces.web.runs import NOBODY
from dearth.faces.web.uploads import BYTES, upload
from dearth.lexicon import load_lexicon
from dearth.plain_yaml import parse_yaml
from dearth.rules.bill import assess_bill, read_bill_bytes
from dearth.rules.case_file import CASE_BOUNDS
from dearth.rules.read import load_rules
from dearth.rules.rule import parse_day
from dearth.rules.shipment import KEYS, read_shipment
from dearth.studies.licence import bill as bill_study
from dearth.studies.licence import licence as licence_study

__all__ = ["routes"]

routes = APIRouter(tags=["licence"])
_Case = Annotated[
    dict[str, Any],
    Body(
        description="A shipment, as in the file of `dearth licence`.",
        examples=[{"on": "2026-03-02", "from": "CN", "to": "JP", "goods": "dysprosium oxide"}],
    ),
]
_Day = Annotated[str | None, Query(max_length=20, description="YYYY-MM-DD")]
_Trace = Annotated[bool, Query(description="Every test of every rule, too.")]
_Form = Annotated[str, Query(pattern="^(json|csv|html)$")]


def _day(text: str | None, where: str) -> date | None:
    day = None if text is None else parse_day(text)
    if text is not None and day is None:
        cure = "write YYYY-MM-DD, e.g. 2025-04-04"
        raise InputError("Reading a request", Fault(f"{text!r} is not a day", where, cure=cure))
    return day


@routes.post("/licence")
def licence(
    case: _Case, request: Request, trace: _Trace = True, as_of: _Day = None, form: _Form = "json"
) -> Response:
    """Return what the rules say of a shipment on its day, with the deciding texts and what is unknown."""
    day = _day(as_of, "as_of")
    rules = load_rules()
    shipment, faults = read_shipment(case, rules, "shipment")
    if faults or shipment is None:
        raise InputError("Reading a shipment", faults)
    answer = licence_study(shipment, rules, as_of=day, with_trace=trace)
    if form != "json":
        return _file(request, answer, form)
    told = answer.to_dict()
    return json_reply(request, {**told, "in_words": _in_words(answer)})


def _file(request: Request, answer: Answer, form: str) -> Response:
    if form == "html":
        return tagged(
            request, licence_html(answer).encode(), "text/html; charset=utf-8", headers=_named("licence.html")
        )
    return tagged(
        request, determination_csv(answer).encode(), "text/csv; charset=utf-8", headers=_named("licence.csv")
    )


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _in_words(answer: Answer) -> dict[str, Any]:
    """Return the determination as the terminal tells it, in sections."""
    sections = [
        {"title": one.title, "items": [item._asdict() for item in one.items]}
        for one in sections_of(answer.answer)
    ]
    return {"headline": headline(answer.answer, answer.question), "sections": sections}


@routes.get("/licence/template")
def template(request: Request) -> Response:
    """Return a shipment to fill in, as YAML and as data, and the facts that a shipment may state."""
    rules = load_rules()
    facts = [
        {"name": name, "type": spec.type, "values": list(spec.values), "question": spec.question}
        for name, spec in rules.facts.items()
    ]
    data = parse_yaml(TEMPLATE.encode(), "template", CASE_BOUNDS)
    told = {"yaml": TEMPLATE, "shipment": data, "keys": list(KEYS), "acts": GATES, "facts": facts}
    return json_reply(request, told)


@routes.post("/licence/bill", openapi_extra=BYTES)
async def bill(request: Request, on: _Day = None, as_of: _Day = None, form: _Form = "json") -> Response:
    """Judge every line of a bill of materials: CSV, XLSX or JSON as the body of the request."""
    data, name = await upload(request, "bill")
    if form == "html":
        raise ProblemError(406, "a bill is told as json or csv", [Fault("no page of a bill", "form")])
    days = _day(on, "on"), _day(as_of, "as_of")

    def judge() -> Answer:
        rules = load_rules()
        goods = load_lexicon().goods
        read = read_bill_bytes(name, data, rules)
        found = assess_bill(read, rules, on=days[0], as_of=days[1], read_goods=goods, shared={})
        return bill_study(found, rules, sha256=hashlib.sha256(data).hexdigest(), shared={})

    service = request.app.state.service
    answer: Answer = await service.runs.run(request, NOBODY, judge)
    if form == "csv":
        return tagged(
            request, bill_csv(answer).encode(), "text/csv; charset=utf-8", headers=_named("bill.csv")
        )
    return json_reply(request, answer.to_dict())
