"""The service by its own description: whatever is sent to it, allowed or not, makes no fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from web_client import API
from web_study import offered

from dearth.faces import catalogue
from dearth.faces.web.app import create_app
from dearth.faces.web.limits import Limits
from dearth.faces.web.security import Rules

EXAMPLES = 6
LIMITS = Limits(run_cells=30, job_cells=30, jobs=4, run_seconds=10.0, job_seconds=5.0)
APP = create_app(Rules("testserver"), LIMITS)


async def always_up(scope: Any, receive: Any, send: Any) -> None:
    """The application, without an end of the server after every request."""
    if scope["type"] == "http":
        await APP(scope, receive, send)
        return
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


DESCRIBED = schemathesis.openapi.from_asgi(f"{API}/openapi.json", always_up)


@pytest.fixture(autouse=True, scope="module")
def _offered() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "STUDIES", offered())
        yield
    APP.state.service.close()


@DESCRIBED.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_endpoint_answers_with_a_fault_of_ours(case: Any) -> None:
    case.call_and_validate(checks=[not_a_server_error], timeout=20)


def test_every_route_is_described_with_words_and_problems() -> None:
    described = APP.openapi()
    for route in APP.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods:
                told = described["paths"][route.path][method.lower()]
                assert told["description"], route.path
                assert {"404", "422", "429"} <= set(told["responses"]), route.path
    assert "Problem" in described["components"]["schemas"]
