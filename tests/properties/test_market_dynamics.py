"""How the market moves, at central and at fitted values: it rests, comes to rest, and knows no step."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.engine.market import Market
from dearth.engine.prices import run_market
from dearth.measures.episodes import EPISODES
from dearth.world.market import build_market
from dearth.world.market_rows import Fitted, fitted_rows
from dearth.world.scenario import load_scenario
from oracles.markets import Size, behaving, calm

SETS = [pytest.param({}, id="central")]
if fitted_rows():
    SETS.append(pytest.param(fitted_rows(), id="fitted"))


# Rest and return to rest


def base_year(episode: str, book: Book, fitted: dict[str, Fitted], weeks: int) -> Market:
    """Return the market of an episode's base year at central values, without events, growth or paths."""
    changes = {"events": (), "growth": "none", "weeks": weeks, "draws": 1}
    model = build_market(
        load_scenario(EPISODES[episode]).model_copy(update=changes), book, fitted, central=True
    )
    m, paths = model.market, ("supply_path", "home_path", "need_path", "other_path")
    return m._replace(
        duty=np.repeat(m.duty[:1], m.n_steps, axis=0),
        **{name: np.ones_like(getattr(m, name)) for name in paths},
    )


def waves(m: Market) -> tuple[float, float]:
    """Return the largest |ln P / P0| inside China in the first two years and in the last two, after a push.

    China's reserve buys a twentieth of home use for a quarter, and nothing else ever happens.
    """
    push = m.stockpile.copy()
    push[: 13 * m.steps_per_week] = 0.05 * m.home0[:, 0]
    trace = run_market(m._replace(stockpile=push))
    moved = np.abs(np.log(trace.china[:, :, 0] / m.price0[: m.floor.shape[0], 0]))
    return float(moved[:104].max()), float(moved[-104:].max())


PUSHED = [pytest.param({}, id="central")]
if fitted_rows():
    PUSHED.append(pytest.param(fitted_rows(), id="fitted"))


@pytest.mark.parametrize("fitted", PUSHED)
@pytest.mark.parametrize("episode", EPISODES)
def test_a_push_dies_out(episode: str, fitted: dict[str, Fitted], book: Book) -> None:
    """Else part of what an episode seems to explain is a wave of the market's own."""
    first, last = waves(base_year(episode, book, fitted, 1040))
    assert 0.01 < first < 0.2
    assert last < 0.25 * first, f"|ln P / P0| {first:.3f} in two years, {last:.3f} after twenty"


@pytest.mark.parametrize(("parity", "dies"), [(0.0, True), (0.4, True), (0.6, True), (0.8, False)])
def test_the_weight_of_expected_prices_has_a_limit(parity: float, dies: bool) -> None:
    """At the other central numbers the limit is near 0.7: above it sellers chase their own wave."""
    first, last = waves(behaving(calm(Size(weeks=1040)), parity=parity))
    assert (last < first) == dies


@pytest.mark.parametrize("fitted", SETS)
@pytest.mark.parametrize("episode", EPISODES)
def test_a_base_year_without_events_stands_still(episode: str, fitted: dict[str, Fitted], book: Book) -> None:
    """All growth and events away, at central values: nothing moves."""
    trace = run_market(base_year(episode, book, fitted, 520))
    for name in ("china", "quote", "use", "output"):
        record = getattr(trace, name)
        assert np.abs(record / record[0] - 1.0).max() < 1e-9, name
    assert max(trace.licence_rent.max(), trace.quota_rent.max(), trace.lost.max()) < 1e-9


# The step is not a parameter


def peaks(book: Book, episode: str, fitted: dict[str, Fitted], steps: int) -> dict[str, float]:
    scenario = load_scenario(EPISODES[episode]).model_copy(update={"draws": 1})
    model = build_market(scenario, book, fitted, steps_per_week=steps, central=True)
    trace = run_market(model.market)
    found = {
        f"quote {b.good} {b.destination}": float(trace.quote[:, i].max()) for i, b in enumerate(model.buyers)
    }
    return found | {f"china {e}": float(trace.china[:, i].max()) for i, e in enumerate(ELEMENTS)}


STEPS = [
    pytest.param(episode, *case.values, id=f"{episode}-{case.id}") for episode in EPISODES for case in SETS
]


@pytest.mark.parametrize(("episode", "fitted"), STEPS)
def test_halving_the_step_moves_peaks_by_less_than_two_percent(
    episode: str, fitted: dict[str, Fitted], book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, half = (peaks(book, episode, fitted, steps) for steps in (4, 8))
    moves = {name: half[name] / whole[name] - 1.0 for name in whole}
    top = sorted(moves, key=lambda name: -abs(moves[name]))[:3]
    with capsys.disabled():
        print(f"\n  {episode}: " + ", ".join(f"{name} {moves[name]:+.2%}" for name in top))  # noqa: T201
    assert max(abs(v) for v in moves.values()) < 0.02, top
