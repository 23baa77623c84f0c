"""``/validation``: the model against what happened, as it was last run and shipped."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dearth.book.observations import load_observations
from dearth.faces.web.replies import json_reply
from dearth.faces.web.validation import stored

__all__ = ["routes"]

routes = APIRouter(tags=["validation"])


@routes.get("/validation")
def validation(request: Request) -> Response:
    """Return the stored comparison by sections with their tables, and every observation with its source."""
    told = [one.model_dump(mode="json") for one in load_observations()]
    return json_reply(request, {"sections": stored(), "observations": told, "renew": "/api/v1/jobs/validate"})
