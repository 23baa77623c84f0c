"""What the routes of a server share, and how they get at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request

from dearth.faces import catalogue
from dearth.faces.web.jobs import Jobs
from dearth.faces.web.limits import Limits
from dearth.faces.web.runs import Runs
from dearth.faces.web.warm import Kept, Warm
from dearth.world.scenario import DEFAULT_SCENARIO, load_scenario

__all__ = ["Service", "Shared"]

_ASKED_MOST: Final = 2  # the first of the catalogue


@dataclass(eq=False)
class Service:
    """One server: its bounds, caches, runs and jobs."""

    limits: Limits = field(default_factory=Limits)
    workers: int = 2
    warm: Warm = field(default_factory=Warm)
    runs: Runs = field(init=False)
    jobs: Jobs = field(init=False)
    answers: Kept = field(init=False)

    def __post_init__(self) -> None:
        self.runs = Runs(self.limits)
        self.jobs = Jobs(self.limits)
        self.answers = Kept(self.limits.cache_bytes)

    def warm_up(self) -> None:
        """Read the book and run a few draws of the studies asked most, so that no question waits for it.

        Kernels for one draw and for many are compiled apart.
        """
        try:
            first = catalogue.STUDIES[0]
            for one, draws in [*((one, "1") for one in catalogue.STUDIES[:_ASKED_MOST]), (first, "2")]:
                one.load()(load_scenario(DEFAULT_SCENARIO, {"draws": draws}), self.warm.book, workers=1)
        finally:
            self.warm.ready = True

    def close(self) -> None:
        """End every run."""
        self.runs.close()
        self.jobs.close()


def _shared(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


Shared = Annotated[Service, Depends(_shared)]
"""The service, as a parameter of a route."""
