"""The application: routes, guard and problems put together."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI

from dearth.faces.web import (
    assets,
    route_about,
    route_book,
    route_export,
    route_firm,
    route_jobs,
    route_licence,
    route_map,
    route_scenarios,
    route_studies,
    route_validation,
)
from dearth.faces.web.limits import Limits
from dearth.faces.web.problems import PROBLEMS, Problem, install
from dearth.faces.web.security import Guard, Rules
from dearth.faces.web.service import Service

__all__ = ["PREFIX", "create_app"]

PREFIX: Final = "/api/v1"
_ROOMS: Final = (
    route_about,
    route_studies,
    route_jobs,
    route_export,
    route_scenarios,
    route_map,
    route_book,
    route_validation,
    route_licence,
    route_firm,
)
_LINE: Final = "The executable model of the rare-earth squeeze: studies, scenarios, the data book, licences."


def create_app(rules: Rules | None = None, limits: Limits | None = None, *, warm_up: bool = False) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    rules
        Where it is bound, and its token.
    limits
        Bounds of requests, runs and jobs.
    warm_up
        Whether to read the book and run a small ensemble at the start, beside the first requests.
    """
    bounds = limits or Limits()
    service = Service(bounds)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        if warm_up:
            threading.Thread(target=service.warm_up, daemon=True, name="dearth-warm").start()
        yield
        service.close()

    app = FastAPI(
        title="dearth",
        description=_LINE,
        version=version("dearth"),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    install(app)
    for room in _ROOMS:
        app.include_router(room.routes, prefix=PREFIX, responses=PROBLEMS)
    app.include_router(assets.routes)
    app.add_middleware(Guard, rules=rules or Rules(), limits=bounds)
    _name_problem(app)
    return app


def _name_problem(app: FastAPI) -> None:
    """Put the schema of a problem where the responses point to it."""
    plain = app.openapi

    def with_problem() -> dict[str, Any]:
        found = plain()
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
        return found

    app.openapi = with_problem  # type: ignore[method-assign]
