"""Dates do not depend on the step of the clock nor on the number of classes of cover."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.book import Book
from dearth.engine.run import run
from dearth.measures.groups import GROUPS
from dearth.measures.stops import THRESHOLDS, band, crossing_weeks
from dearth.world.build import STANDARD, Model, Resolution, build
from dearth.world.scenario import load_scenario

Array = NDArray[np.float64]
Dates = dict[tuple[str, str, str], tuple[float, ...]]
LIMIT = 0.25  # weeks
HALF_STEP = Resolution(8, 1537)
TWICE_THE_CLASSES = Resolution(4, 3073)


def group_shares(model: Model, shares: Array) -> dict[tuple[str, str], Array]:
    """Return the share of each group, (T, N): the worst part of each site, weighed by need."""
    worst: dict[tuple[str, str], Array] = {}
    need: dict[tuple[str, str], Array] = {}
    for i, line in enumerate(model.lines):
        site = (line.name, line.place)
        part = shares[:, i] * model.dependence[i]
        worst[site] = np.maximum(worst[site], part) if site in worst else part
        need[site] = need.get(site, np.zeros(model.draws.n)) + model.world.rate[i]
    found = {}
    for group in GROUPS:
        sites = [s for s in worst if s[0] in group.sectors and s[1] in group.places]
        if sites:
            total = sum(worst[s] * need[s] for s in sites)
            found[group.key, group.place_key] = np.asarray(total / sum(need[s] for s in sites))
    return found


def dates(model: Model) -> Dates:
    """Return P10, P50 and P90 of every threshold of every group."""
    trace = run(model.world, model.labels, workers=2)
    end, mean = group_shares(model, trace.lost_end), group_shares(model, trace.lost_mean)
    per_week = model.world.steps_per_week
    return {
        (*key, name): tuple(band(crossing_weeks(end[key], mean[key], level, per_week)))
        for key in end
        for name, level in THRESHOLDS.items()
    }


def move(one: float, two: float) -> float:
    """Return how far a date moved; from a date to never is infinitely far."""
    if math.isinf(one) or math.isinf(two):
        return 0.0 if one == two else math.inf
    return abs(one - two)


class Runs:
    """Dates by scenario and resolution, each run once, with the ensemble it is shipped with, for a year."""

    def __init__(self, book: Book, centres: Mapping[str, float]) -> None:
        self.book, self.centres = book, centres
        self.done: dict[tuple[str, Resolution], Dates] = {}

    def at(self, name: str, resolution: Resolution) -> Dates:
        if (name, resolution) not in self.done:
            shipped = load_scenario(name).model_copy(update={"weeks": 52})
            self.done[name, resolution] = dates(build(shipped, self.book, resolution, self.centres))
        return self.done[name, resolution]


@pytest.fixture(scope="module")
def runs(book: Book, centres: Mapping[str, float]) -> Runs:
    return Runs(book, centres)


@pytest.mark.parametrize(
    ("scenario", "resolution"),
    [
        pytest.param("squeeze-2025", HALF_STEP, id="squeeze, half the step"),
        pytest.param("squeeze-2025", TWICE_THE_CLASSES, id="squeeze, twice the classes"),
        pytest.param("cutoff", HALF_STEP, id="cutoff, half the step"),
    ],
)
def test_dates_of_every_group_stay(
    scenario: str, resolution: Resolution, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    standard, finer = runs.at(scenario, STANDARD), runs.at(scenario, resolution)
    assert finer.keys() == standard.keys()
    moves = sorted(
        (move(a, b), key, which, a, b)
        for key in standard
        for which, a, b in zip(("P10", "P50", "P90"), standard[key], finer[key], strict=True)
    )
    size, key, which, before, after = moves[-1]
    where = f"{scenario}, {resolution}: {key} {which}"
    with capsys.disabled():
        print(f"\n{where}: largest move {size:.3f} weeks, {before:.3f} to {after:.3f}")  # noqa: T201
    assert sum(math.isfinite(m[3]) for m in moves) > 100
    assert [m for m in moves if m[0] >= LIMIT] == []
