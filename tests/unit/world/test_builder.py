"""A builder that uses parts again makes the very model that a fresh build makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from dearth.book import Book
from dearth.errors import ScenarioError
from dearth.world.build import Builder, Model, build
from dearth.world.ready import built
from dearth.world.scenario import Scenario

# One row for each kind of part: base year, stocks, fronts, gates, routes, and none at all.
ROWS = (
    "demand",
    "magnet-yield",
    "capacity-margin",
    "cover",
    "cover-spread",
    "pool-cover",
    "licence-grant-share",
    "declared-pass",
    "transit",
    "shortage-focus",
    "dependence",
)


Build = Callable[[Scenario], Model]


@pytest.fixture(scope="module")
def anew(book: Book, centres: Mapping[str, float]) -> Build:
    """Builds with nothing kept."""
    return lambda scenario: build(scenario, book, centres=centres)


@pytest.fixture(scope="module")
def small(squeeze: Scenario) -> Scenario:
    return squeeze.model_copy(update={"draws": 2, "weeks": 6})


@pytest.fixture(scope="module")
def fresh(small: Scenario, anew: Build) -> Model:
    return anew(small)


def differences(one: Model, other: Model) -> list[str]:
    """Return the names of all that is not the same to the last bit."""
    found = [
        name
        for name, value in one.world._asdict().items()
        if not np.array_equal(value, getattr(other.world, name))
    ]
    for name in ("labels", "processes", "buffers", "markets", "pools", "routes", "series"):
        found += [name] * (getattr(one, name) != getattr(other, name))
    found += [
        name for name in ("loss", "dependence") if not np.array_equal(vars(one)[name], vars(other)[name])
    ]
    found += [k for k, v in one.content.items() if not np.array_equal(v, other.content[k])]
    found += [k for k, v in one.chain.closing.items() if not np.array_equal(v, other.chain.closing[k])]
    return found + ["used"] * (list(one.used) != list(other.used))


def moved(scenario: Scenario, model: Model, quantity: str) -> Scenario:
    """Return the scenario with one used row of a quantity replaced."""
    row = next(r for r in model.used.values() if r.quantity == quantity)
    return scenario.model_copy(update={"set": {row.id: 1.07 * (row.central or 1.0)}})


def later(scenario: Scenario) -> Scenario:
    """Return the scenario with its first event a fortnight later."""
    first, *others = scenario.events
    return scenario.model_copy(
        update={"events": (first.model_copy(update={"date": first.date + timedelta(14)}), *others)}
    )


@pytest.fixture(scope="module")
def builder(book: Book, centres: Mapping[str, float], small: Scenario) -> Builder:
    """A builder that has already built."""
    made = Builder(book, centres=centres)
    made.build(small)
    return made


def test_a_first_build_is_a_fresh_one(builder: Builder, small: Scenario, fresh: Model) -> None:
    assert differences(builder.build(small), fresh) == []


@pytest.mark.parametrize("quantity", ROWS)
def test_one_row_moved_and_back(
    builder: Builder, small: Scenario, fresh: Model, anew: Build, quantity: str
) -> None:
    other = moved(small, fresh, quantity)
    wanted = anew(other)
    assert differences(builder.build(other), wanted) == []
    assert differences(wanted, fresh) != [], "the row was to matter"
    assert differences(builder.build(small), fresh) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"weeks": 9},
        {"seed": 5},
        {"draws": 1},
        {"growth": "planned"},
        {"events": ()},
        {"start": date(2025, 4, 1)},
    ],
)
def test_another_clock_ensemble_or_story(
    builder: Builder, small: Scenario, fresh: Model, anew: Build, changes: dict[str, Any]
) -> None:
    other = small.model_copy(update=changes)
    assert differences(builder.build(other), anew(other)) == []
    assert differences(builder.build(small), fresh) == []


def test_an_event_on_another_day(builder: Builder, small: Scenario, anew: Build) -> None:
    assert differences(builder.build(later(small)), anew(later(small))) == []


def test_a_wrong_scenario_leaves_no_trace(builder: Builder, small: Scenario, fresh: Model) -> None:
    with pytest.raises(ScenarioError):
        builder.build(small.model_copy(update={"set": {"no-such-row": 1.0}}))
    with pytest.raises(ScenarioError):
        builder.build(small.model_copy(update={"base": 2009}))
    assert differences(builder.build(small), fresh) == []


def test_a_model_from_the_kept_builder_is_a_fresh_one(small: Scenario, book: Book, anew: Build) -> None:
    for scenario in (small, later(small), small):
        assert differences(built(scenario, book), anew(scenario)) == []
