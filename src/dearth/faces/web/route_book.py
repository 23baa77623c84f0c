"""``/book`` and ``/events``: sourced facts, who won among rivals, and what happened when."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from dearth.book.events import load_events
from dearth.book.search import Shown, show
from dearth.book.sources import source_of
from dearth.errors import UnknownNameError
from dearth.faces.web.problems import ProblemError
from dearth.faces.web.replies import json_reply
from dearth.faces.web.service import Service, Shared
from dearth.faces.web.sliders import title_of

__all__ = ["routes"]

routes = APIRouter(tags=["book"])
_Words = Annotated[str, Query(max_length=200, description="Words that a row shall hold; empty: all rows.")]
_Limit = Annotated[int, Query(ge=1, le=500)]
_Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@routes.get("/book")
def book(
    request: Request, service: Shared, q: _Words = "", limit: _Limit = 50, offset: _Offset = 0
) -> Response:
    """Search the data book; rows that hold every word, winners among rivals first."""
    found = _found(service, q)
    part = found[offset : offset + limit]
    return json_reply(request, {"q": q, "total": len(found), "offset": offset, "rows": part})


def _found(service: Service, words: str) -> list[dict[str, Any]]:
    facts = service.warm.book
    if not words.strip():
        return [_row(service, row.id) for row in facts.rows]
    try:
        return [_shown(service, one) for one in show(facts, words)]
    except UnknownNameError as error:
        raise ProblemError(404, error.phase, error.faults, "nothing-found") from None


def _shown(service: Service, one: Shown) -> dict[str, Any]:
    told = {"wins": one.wins, "rivals": one.rivals, "reason": one.reason, "aside": one.aside}
    return {**_row(service, one.row.id), **told}


def _row(service: Service, name: str) -> dict[str, Any]:
    facts = service.warm.book
    row = facts.get(name)
    keys = ("material", "element", "place", "partner", "sector", "basis", "preferred")
    told = {"title": title_of(row), **{key: getattr(row, key) for key in keys}}
    return {**source_of(facts, row), **told, "origin": str(facts.origins[name])}


@routes.get("/book/meta")
def meta(request: Request, service: Shared) -> Response:
    """Return version, date and hash of the book, and what it holds by kind and grade."""
    facts = service.warm.book
    counts: dict[str, dict[str, int]] = {"kind": {}, "grade": {}, "quantity": {}}
    for row in facts.rows:
        for column, found in counts.items():
            value = str(getattr(row, column))
            found[value] = found.get(value, 0) + 1
    told = {"version": facts.version, "date": facts.date, "sha256": facts.sha256, "rows": len(facts)}
    return json_reply(request, {**told, **counts})


@routes.get("/book/rows/{name}")
def row(name: str, request: Request, service: Shared) -> Response:
    """Return one row with all its rivals, best first, and why the first one won."""
    facts = service.warm.book
    try:
        rivals = facts.rivals(name)
    except UnknownNameError as error:
        raise ProblemError(404, error.phase, error.faults, "no-row") from None
    told = [_row(service, one.id) for one in rivals.rows]
    return json_reply(request, {**_row(service, name), "rivals": told, "reason": rivals.reason})


@routes.get("/book/sources/{name}")
def source(name: str, request: Request, service: Shared) -> Response:
    """Return where the figure of a row comes from: source, address, date, grade and terms."""
    facts = service.warm.book
    try:
        found = facts.get(name)
    except UnknownNameError as error:
        raise ProblemError(404, error.phase, error.faults, "no-row") from None
    return json_reply(request, {**source_of(facts, found), "title": title_of(found)})


@routes.get("/events")
def events(request: Request) -> Response:
    """Return the dated events since 2005, each with its source."""
    return json_reply(request, [event.model_dump(mode="json") for event in load_events()])
