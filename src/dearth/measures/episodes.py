"""The two episodes as runs of the market, and the train rows as residuals of their free numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.engine.prices import run_market
from dearth.measures.fit import Free, residuals
from dearth.measures.observed import Run, modelled
from dearth.world.market import build_market
from dearth.world.market_rows import Fitted
from dearth.world.scenario import Scenario, load_scenario

__all__ = ["EPISODES", "FREE", "OFF", "episode_run", "free_numbers", "record_of", "train_batch"]

EPISODES: Final = {"2010": "quota-2010", "2025": "squeeze-2025"}
# rows that may be fitted; everything else stays at the book's value
FREE: Final = (
    "mkt-eta",
    "mkt-tau-restock",
    "mkt-quota-release-time",
    "mkt-declared-pass",
    "mkt-market-headroom",
    "mkt-value-magnet-maker",
)


# mechanisms whose removal costs no fit: off by default
OFF: Final = {"mkt-supply-eps": 0.0}


def free_numbers(book: Book, names: Sequence[str] = FREE) -> tuple[Free, ...]:
    """Return the numbers that may be fitted, with the book's value and range."""
    found = []
    for name in names:
        row = book.get(name)
        low, high = row.bounds
        found.append(Free(row.id, float(row.central or 0.0), float(low or 0.0), float(high or 0.0)))
    return tuple(found)


def episode_run(
    episode: str,
    book: Book,
    draws: int = 1,
    fitted: Mapping[str, Fitted] | None = None,
    *,
    fixed: Mapping[str, float | FloatArray] | None = None,
    change: Callable[[Scenario], Scenario] | None = None,
    workers: int = 1,
    central: bool = False,
) -> Run:
    """Return the run of an episode.

    Parameters
    ----------
    episode
        ``"2010"`` or ``"2025"``.
    book, draws
        What is known, and the size of the ensemble.
    fitted, fixed, central
        As in `dearth.world.market.build_market`.
    change
        Applied to the scenario first: a switch-off, an origin.
    workers
        Threads.
    """
    scenario = load_scenario(EPISODES[episode]).model_copy(update={"draws": draws})
    if change is not None:
        scenario = change(scenario)
    model = build_market(scenario, book, fitted=fitted, fixed=fixed, central=central)
    trace = run_market(model.market, workers)
    rows = model.rows
    fx = {year: float(np.median(v)) for year, v in rows.years("fx", place="CHN").items()}
    mix = [float(rows.draws.get("basket", material="ore:mt-weld", element=e)[0]) for e in ELEMENTS]
    return Run(model, trace, scenario.start, fx, np.array(mix), rows.get("quota-reo-share"))


def record_of(episode: str, observations: Sequence[Observation], use: str = "train") -> list[Observation]:
    """Return the observations of an episode that are marked `use`."""
    return [o for o in observations if o.episode == episode and o.use == use]


def train_batch(
    book: Book,
    free: Sequence[Free],
    observations: Sequence[Observation],
    *,
    episodes: Sequence[str] = ("2010", "2025"),
    fixed: Mapping[str, float] | None = None,
    change: Callable[[Scenario], Scenario] | None = None,
) -> Callable[[FloatArray], FloatArray]:
    """Return residuals of the train rows as a function of the free numbers, many points at once."""

    def batch(points: FloatArray) -> FloatArray:
        n = points.shape[1]
        tried = {f.id: points[i] for i, f in enumerate(free)}
        parts = []
        for episode in episodes:
            run = _central_run(book, episode, n, {**OFF, **tried, **(fixed or {})}, change)
            record = record_of(episode, observations)
            parts.append(residuals(record, [modelled(run, o) for o in record], n))
        return np.concatenate(parts)

    return batch


def _central_run(
    book: Book,
    episode: str,
    n: int,
    tried: Mapping[str, float | FloatArray],
    change: Callable[[Scenario], Scenario] | None,
) -> Run:
    """Run `n` points at once with every row that is not tried at its central value."""
    return episode_run(episode, book, n, {}, fixed=tried, change=change, central=True)
