"""A made-up study that takes as long as it has draws, and a server that offers it beside the real ones."""

from __future__ import annotations

import sys
import time
from types import MappingProxyType
from typing import Any

import uvicorn

from dearth.answer import Answer
from dearth.faces import catalogue
from dearth.faces.catalogue import Study, Views
from dearth.faces.web.app import create_app
from dearth.faces.web.limits import Limits
from dearth.faces.web.listen import Listener
from dearth.watch import beat

PAUSE = 0.01  # seconds for each draw
STARTED: list[int] = []  # draws of every run that began
BEATS: list[float] = []  # moments of every beat
SMALL = Limits(runs=2, waiting=3, run_cells=400 * 104, job_cells=2000 * 104, light_cells=400 * 104, jobs=3)

WAITER = Study(
    name="waiter",
    path="web_study:waiter",
    line="Waits for every draw.",
    options=("scenario", "draws", "weeks", "seed", "flavour"),
    views=Views("web_study:shown", MappingProxyType({"--csv": "web_study:as_csv"})),
)


def waiter(scenario: Any, book: Any, *, workers: int = 1, flavour: str = "") -> Answer:
    STARTED.append(scenario.draws)
    for done in range(scenario.draws):
        time.sleep(PAUSE)
        BEATS.append(time.monotonic())
        beat("wait", done + 1, scenario.draws)
    zeros = {"weeks": [0.0, 1.0], "p10": [0.0, 0.0], "p50": [0.0, 0.0], "p90": [0.0, 0.0]}
    moved = {"weeks": [0.0, 1.0], "p10": [0.1, 0.2], "p50": [0.1, 0.2], "p90": [0.1, 0.2]}
    return Answer(
        study="waiter",
        version="0",
        book={"version": book.version, "sha256": book.sha256},
        scenario={"name": scenario.name, "sha256": scenario.sha256},
        as_of=scenario.as_of.isoformat(),
        seed=scenario.seed,
        draws=scenario.draws,
        question=scenario.to_dict(),
        answer={"rows": [{"name": "a", "path": zeros}, {"name": "b", "path": moved}], "flavour": flavour},
        sources=[{"id": "=danger", "note": "+1"}],
        warnings=["made up"],
    )


def as_csv(answer: Answer, _scenario: Any) -> str:
    return "name,value\n" + "".join(f"{row['name']},1.5\n" for row in answer.answer["rows"])


def shown(_answer: Answer, _console: Any) -> str:
    return ""


def offered() -> tuple[Study, ...]:
    """The catalogue with the made-up study in it."""
    return (*catalogue.STUDIES, WAITER)


def main() -> None:
    """Serve on the port that is named, until killed."""
    sys.modules["web_study"] = sys.modules["__main__"]
    catalogue.STUDIES = offered()  # type: ignore[misc]
    app = create_app(limits=SMALL)
    port, last = int(sys.argv[1]), 10
    config = uvicorn.Config(app, port=port, log_level="error", backlog=512, timeout_graceful_shutdown=last)
    Listener(config).run()


if __name__ == "__main__":
    main()
