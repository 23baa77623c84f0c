"""Everything that can go wrong, told as ``application/problem+json`` (RFC 9457) with all faults."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from dearth.errors import BookError, DearthError, Fault, InputError, RuleError, UnitError
from dearth.faces.web.replies import json_bytes

__all__ = ["PROBLEMS", "Problem", "ProblemError", "install", "problem", "too_many"]

_log = logging.getLogger(__name__)
_TITLES: Final = {
    400: "The request cannot be read",
    401: "A token is needed",
    403: "Not from there",
    404: "There is no such thing here",
    405: "That cannot be done here",
    406: "Not in that form",
    409: "A newer request took its place",
    410: "It was called off",
    413: "The request is too large",
    415: "Not in a form that is read here",
    421: "Not the name of this server",
    422: "The input is wrong",
    429: "Too much at once",
    500: "dearth met a fault of its own",
    503: "The server ends",
}
_LONGEST: Final = 200


class FaultOut(BaseModel):
    """One thing that is wrong: what, where, why and the cure."""

    what: str
    where: str = ""
    why: str = ""
    cure: str = ""


class Problem(BaseModel):
    """A problem of RFC 9457, with all faults."""

    type: str
    title: str
    status: int
    detail: str
    faults: list[FaultOut]


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": _TITLES[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 410, 413, 415, 421, 422, 429, 503)
}


class ProblemError(Exception):
    """A problem that is none of `dearth.errors`: of the protocol, not of the input."""

    def __init__(self, status: int, detail: str, faults: Sequence[Fault] = (), kind: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = tuple(faults)
        self.kind = kind


def too_many(detail: str) -> ProblemError:
    """Return the refusal of one request too many."""
    return ProblemError(429, detail, [Fault(detail, cure="wait a moment and send it again")], "busy")


def problem(
    status: int,
    detail: str,
    faults: Sequence[Fault] = (),
    kind: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as a response."""
    body = {
        "type": f"urn:dearth:problem:{kind or status}",
        "title": _TITLES.get(status, "It could not be done"),
        "status": status,
        "detail": detail,
        "faults": [{"what": f.what, "where": f.where, "why": f.why, "cure": f.cure} for f in faults],
    }
    known = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        known["Retry-After"] = "1"
    return Response(json_bytes(body), status, known, "application/problem+json")


def install(app: FastAPI) -> None:
    """Let `app` tell every error as a problem."""
    app.add_exception_handler(DearthError, _of_dearth)
    app.add_exception_handler(ProblemError, _of_protocol)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


async def _of_dearth(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DearthError)
    if isinstance(error, InputError | BookError | RuleError | UnitError):
        return problem(422, error.phase, error.faults, "input")
    _log.error("a run broke a law of the model: %s", error)
    return problem(500, error.phase, error.faults, "model")


async def _of_protocol(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(error.status, error.detail, error.faults, error.kind)


async def _of_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(one) for one in error.errors()]
    return problem(422, "Reading a request", faults, "request")


def _fault(detail: Mapping[str, Any]) -> Fault:
    where = ".".join(str(part)[:_LONGEST] for part in detail.get("loc", ()))
    return Fault(str(detail.get("msg", ""))[:_LONGEST], where, cure="see the OpenAPI at /api/v1/openapi.json")


async def _of_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)[:_LONGEST]
    headers = dict(error.headers or {})
    return problem(error.status_code, detail, [Fault(detail)], headers=headers)


async def _of_anything(_request: Request, error: Exception) -> Response:
    _log.error("a request met a fault of ours", exc_info=error)
    return problem(500, "dearth met a fault of its own; the log of the server says more", kind="ours")
