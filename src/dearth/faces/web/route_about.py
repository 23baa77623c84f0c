"""``/health``: whether the server is ready, and what it runs."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Response

from dearth.faces.web.replies import JSON, json_bytes
from dearth.faces.web.service import Shared

__all__ = ["routes"]

routes = APIRouter(tags=["server"])


@routes.get("/health")
def health(service: Shared) -> Response:
    """Return whether the server is warm, and how many runs and jobs go on."""
    told = {
        "ok": True,
        "dearth": version("dearth"),
        "warm": service.warm.ready,
        "runs": service.runs.open,
        "jobs": service.jobs.open,
    }
    return Response(json_bytes(told), headers={"Cache-Control": "no-store"}, media_type=JSON)
