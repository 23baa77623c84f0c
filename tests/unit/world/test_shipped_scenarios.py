"""Every shipped scenario: sourced, inside its rules, and able to run in the chain and in the market."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest

from dearth.book import Book
from dearth.engine.market import MarketTrace
from dearth.engine.prices import TOLERANCE, run_market
from dearth.engine.run import run
from dearth.errors import ScenarioError
from dearth.world.build import CHAIN_YEAR, build
from dearth.world.market import MarketModel, build_market
from dearth.world.scenario import Scenario, load_scenario, scenario_names

DRAWS, WEEKS = 4, 20
EVENTFUL = [name for name in scenario_names() if load_scenario(name).events]
CHAIN = [name for name in scenario_names() if load_scenario(name).base == CHAIN_YEAR]
PRICE_ACTIONS = {"duty", "curb", "enforce", "floor", "stockpile"}


def short(name: str, weeks: int = WEEKS) -> Scenario:
    """Return a scenario with few draws, cut to its first weeks, later events left out."""
    full = load_scenario(name)
    events = tuple(e for e in full.events if full.week_of(e) <= weeks)
    return full.model_copy(update={"draws": DRAWS, "weeks": min(weeks, full.weeks), "events": events})


@pytest.mark.parametrize("name", EVENTFUL)
def test_each_event_is_told_sourced_and_dated_inside(name: str) -> None:
    scenario = load_scenario(name)
    for event in scenario.events:
        assert event.what
        assert event.source
        assert 0.0 <= scenario.week_of(event) <= scenario.weeks
        assert event.url or "assumption" in event.source or event.action == "note", event.what


@pytest.mark.parametrize("name", EVENTFUL)
def test_an_event_acts_unless_it_says_that_it_is_a_note(name: str) -> None:
    """What is known on the day of the scenario is not hidden by an early `as_of`."""
    scenario = load_scenario(name)
    acting = [e for e in scenario.events if e.action != "note"]
    assert list(scenario.active_events) == acting
    assert acting


@pytest.mark.parametrize("name", CHAIN)
def test_it_runs_in_the_chain(name: str, book: Book, centres: Mapping[str, float]) -> None:
    model = build(short(name), book, centres=centres)
    trace = run(model.world, model.labels)
    assert trace.residual.shape == (WEEKS, min(DRAWS, model.draws.n))
    assert trace.residual.max() < 1e-9
    assert np.isfinite(trace.lost_end).all()


@pytest.fixture(scope="module")
def market_runs(book: Book) -> dict[str, tuple[MarketModel, MarketTrace]]:
    found = {}
    for name in scenario_names():
        model = build_market(short(name), book)
        found[name] = (model, run_market(model.market))
    return found


@pytest.mark.parametrize("name", scenario_names())
def test_it_runs_in_the_market(market_runs: dict[str, tuple[MarketModel, MarketTrace]], name: str) -> None:
    model, trace = market_runs[name]
    assert trace.quote.shape == (WEEKS, len(model.buyers), DRAWS)
    assert trace.residual.max() < TOLERANCE
    for field in ("china", "quote", "weighted"):
        values = getattr(trace, field)
        assert np.isfinite(values).all(), field
        assert values.min() > 0.0, field


def peak(runs: dict[str, tuple[MarketModel, MarketTrace]], name: str, good: str, place: str) -> float:
    """Return the largest quote over the first one, median draw."""
    model, trace = runs[name]
    (at,) = [i for i, b in enumerate(model.buyers) if (b.good, b.destination) == (good, place)]
    return float(np.median(trace.quote[:, at].max(axis=0) / trace.quote[0, at]))


@pytest.mark.parametrize(
    ("name", "moved", "still"),
    [
        ("heavy-only", ("Dy", "EUR"), ("Y", "EUR")),
        ("yttrium", ("Y", "EUR"), ("Dy", "EUR")),
        ("reactivation", ("Other", "EUR"), ("Dy", "EUR")),
        ("japan-2026", ("Dy", "JPN"), ("Dy", "EUR")),
        ("myanmar-halt", ("Dy", "EUR"), ("Ce", "EUR")),
    ],
)
def test_only_what_it_is_about_moves(
    market_runs: dict[str, tuple[MarketModel, MarketTrace]],
    name: str,
    moved: tuple[str, str],
    still: tuple[str, str],
) -> None:
    assert peak(market_runs, name, *moved) > 1.05
    assert peak(market_runs, name, *still) < 1.05


def test_military_events_do_not_reach_the_market(
    market_runs: dict[str, tuple[MarketModel, MarketTrace]], book: Book
) -> None:
    """The market knows civil buyers only; the scenario's description says so."""
    alone = short("military-only").model_copy(update={"events": ()})
    trace = run_market(build_market(alone, book).market)
    for field in ("china", "quote", "shipped"):
        assert np.array_equal(getattr(market_runs["military-only"][1], field), getattr(trace, field)), field
    assert "prices stay flat" in " ".join(load_scenario("military-only").description.split())


def test_military_events_reach_the_chain(book: Book, centres: Mapping[str, float]) -> None:
    """Only lines of defence lose output."""
    model = build(short("military-only", 60), book, centres=centres)
    trace = run(model.world, model.labels)
    lost = trace.lost_end[:, : len(model.lines)].max(axis=(0, 2))
    by_sector = {line.name for line, share in zip(model.lines, lost, strict=True) if share > 0.01}
    assert by_sector == {"defence"}


def test_what_acts_on_prices_only_does_not_open_a_gate_of_the_chain(
    book: Book, centres: Mapping[str, float]
) -> None:
    """A floor or a stockpile after a licence leaves the licence in force."""
    plain = short("heavy-only")
    later: dict[str, Any] = {"date": date(2025, 4, 18), "what": "x", "source": "y", "origin": "CHN"}
    made = {
        "floor": {"usd_per_kg": 110.0},
        "stockpile": {"tonnes": 10.0, "over_weeks": 4.0},
        "duty": {"percent": 5.0},
        "enforce": {},
    }
    extra = tuple(
        plain.events[0].model_validate({**later, "action": action, "materials": ["oxide:*"], **numbers})
        for action, numbers in made.items()
    )
    both = plain.model_copy(update={"events": (*plain.events, *extra)})
    allowances = [build(s, book, centres=centres).world.allowance for s in (plain, both)]
    assert np.array_equal(*allowances)


def test_the_quota_years_have_no_chain(book: Book) -> None:
    with pytest.raises(ScenarioError, match="dearth price"):
        build(load_scenario("quota-2010"), book)


def test_the_parts_are_inside_the_squeeze() -> None:
    """heavy-only and yttrium leave rules out, and add none."""
    (whole,) = [e for e in load_scenario("squeeze-2025").events if e.action == "licence"]
    for name in ("heavy-only", "yttrium"):
        (part,) = [e for e in load_scenario(name).events if e.action == "licence"]
        assert set(part.materials) < set(whole.materials)
        assert (part.date, part.destinations, part.end_use) == (whole.date, whole.destinations, whole.end_use)


def test_today_holds_what_is_in_force_and_says_what_is_open() -> None:
    today, squeeze = load_scenario("today"), load_scenario("squeeze-2025")
    assert today.as_of == date(2026, 11, 22)
    assert today.week_of(today.events[0].model_copy(update={"date": today.as_of})) + 104 <= today.weeks
    same = [(e.date, e.action, e.materials, e.destinations, e.end_use) for e in today.active_events]
    for e in squeeze.active_events:
        assert (e.date, e.action, e.materials, e.destinations, e.end_use) in same
    text = " ".join(today.description.split())
    assert "10 November 2026" in text
    assert "10 January 2027" in text
