"""A forecast made before the fact: the next six months of named observables."""

from __future__ import annotations

import hashlib
import importlib.metadata
import math
from collections.abc import Mapping
from typing import Any

from dearth.book import Book
from dearth.calendar import DAYS_PER_WEEK
from dearth.measures.episodes import episode_run
from dearth.measures.forecast import asked_of, forecast_rows
from dearth.world.market_rows import Fitted, fitted_rows
from dearth.world.scenario import Scenario

__all__ = ["forecast"]


def forecast(
    book: Book, scenario: Scenario, fitted: Mapping[str, Fitted] | None = None, workers: int = 1
) -> dict[str, Any]:
    """Return the content of a forecast of the six months after the as-of date of a scenario.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a market.
    """
    numbers = fitted_rows() if fitted is None else fitted
    end = max(o.end for o in asked_of(scenario.as_of))
    weeks = max(scenario.weeks, math.ceil(((end - scenario.start).days + 1) / DAYS_PER_WEEK))
    longer = scenario.model_copy(update={"weeks": weeks})
    run = episode_run("2025", book, scenario.draws, numbers, change=lambda _episode: longer, workers=workers)
    text = ";".join(f"{k}={v.value!r},{v.low!r},{v.high!r}" for k, v in sorted(numbers.items()))
    return {
        "dearth": importlib.metadata.version("dearth"),
        "as_of": scenario.as_of.isoformat(),
        "scenario": {"name": scenario.name, "sha256": scenario.sha256},
        "book": {"version": book.version, "sha256": book.sha256},
        "fitted_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "seed": scenario.seed,
        "draws": scenario.draws,
        "quantiles": [0.05, 0.5, 0.95],
        "observables": forecast_rows(run, scenario.as_of),
    }
