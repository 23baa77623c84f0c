"""What holds in every world: exact stops, mass, no negatives, a flat base year, order of outcomes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dearth.engine.arrays import Trace, World
from dearth.engine.licences import OPEN, Gate, GateNumbers, allowance
from dearth.engine.run import Labels, run
from oracles.networks import Sizes, random_network, single_line


def fixed(examples: int) -> settings:
    """Return settings that draw the same examples in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


SEEDS = st.integers(0, 10_000)
STEPS = st.sampled_from([1, 2, 4, 8])
WEEKS_OF_STOCK = st.floats(0.0, 20.0)
WEEKS_ON_THE_WAY = st.floats(1.0, 9.0)


def stop_week(trace: Trace, steps_per_week: int, line: int = 0, draw: int = 0) -> float:
    """Return when a line of buyers all alike stops: the jump lies inside the first step that loses."""
    dt = 1.0 / steps_per_week
    lost = trace.lost_mean[:, line, draw]
    hit = np.flatnonzero(lost > 1e-9)
    return math.inf if hit.size == 0 else float(hit[0] * dt + dt * (1.0 - lost[hit[0]]))


def scaled(world: World, **factors: float) -> World:
    """Return the world with some of its arrays times a factor."""
    return world._replace(**{name: getattr(world, name) * factor for name, factor in factors.items()})


# Extreme conditions


@fixed(100)
@given(stock=WEEKS_OF_STOCK, transit=WEEKS_ON_THE_WAY, steps=STEPS)
def test_a_line_stops_at_stock_and_transit_over_use(stock: float, transit: float, steps: int) -> None:
    """All customers alike, `focus` 0: a step in which part of the need arrives is shared by all."""
    trace = run(*single_line(stock, transit, steps_per_week=steps, focus=0.0))
    assert stop_week(trace, steps) == pytest.approx(stock + transit, abs=1e-9)
    assert trace.lost_mean[-1, 0, 0] == 1.0
    assert trace.lost_end[-1, 0, 0] == 1.0


@fixed(60)
@given(stock=WEEKS_OF_STOCK, transit=st.integers(8, 72), steps=STEPS, focus=st.floats(0.0, 1.0))
def test_the_focus_of_a_shortage_does_not_move_the_stop(
    stock: float, transit: int, steps: int, focus: float
) -> None:
    """Exact when transit ends with a step; else one step is mixed, and the stop is off by less than it."""
    trace = run(*single_line(stock, transit / 8.0, steps_per_week=steps, focus=focus))
    mixed = (transit * steps) % 8 != 0
    assert stop_week(trace, steps) == pytest.approx(stock + transit / 8.0, abs=1.0 / steps if mixed else 1e-9)


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
@pytest.mark.parametrize(("stock", "transit"), [(0.0, 1.0), (0.0, 2.5), (6.0, 5.0), (6.3, 4.7), (0.05, 3.0)])
def test_a_line_stops_exactly_at_round_and_odd_weeks(stock: float, transit: float, steps: int) -> None:
    trace = run(*single_line(stock, transit, steps_per_week=steps, focus=0.0))
    assert stop_week(trace, steps) == pytest.approx(stock + transit, abs=1e-9)


def test_a_route_shorter_than_a_step_counts_as_one_step() -> None:
    assert stop_week(run(*single_line(2.0, 0.0, steps_per_week=4)), 4) == pytest.approx(2.25, abs=1e-9)
    flat = run(*single_line(2.0, 0.0, steps_per_week=4, path=OPEN))
    assert flat.lost_mean.max() == 0.0
    assert np.ptp(flat.series) < 1e-9


@fixed(30)
@given(seed=SEEDS, steps=st.sampled_from([1, 2]))
def test_infinite_stock_never_stops_a_line(seed: int, steps: int) -> None:
    world, labels = random_network(seed, Sizes(weeks=30, steps_per_week=steps, draws=1))
    world = world._replace(cover=np.full_like(world.cover, 1e6), growth=np.zeros_like(world.growth))
    alike = world._replace(spread=np.zeros_like(world.spread))
    assert run(alike, labels).lost_mean.max() < 1e-8
    # The two tables of a front invert each other to about 1e-9 of the stock, here of a million weeks.
    assert run(world, labels).lost_mean.max() < 1e-3


@fixed(30)
@given(seed=SEEDS, steps=st.sampled_from([1, 2]))
def test_all_licences_at_once_change_nothing(seed: int, steps: int) -> None:
    world, labels = random_network(seed, Sizes(weeks=30, steps_per_week=steps, calm=True))
    one = np.ones(2)
    numbers = GateNumbers(
        decision=1e-3 * one,
        grant=one,
        refile=one,
        declared=one,
        headroom=one,
        inspected=0.0 * one,
        inspection=one,
        stages=3.0 * one,
    )
    path = allowance(world.n_steps, steps, [Gate(0.0, "licence")], numbers)
    gated = world._replace(allowance=np.repeat(path[:, None, :], 4, axis=1))
    assert run(gated, labels).lost_mean.max() < 1e-6


@fixed(60)
@given(seed=SEEDS, steps=STEPS)
def test_mass_is_conserved_and_nothing_is_negative(seed: int, steps: int) -> None:
    trace = run(*random_network(seed, Sizes(weeks=40, steps_per_week=steps)))
    assert trace.residual.shape == (40, 2)
    assert trace.residual.max() < 1e-9
    for name in Trace._fields:
        assert np.all(np.isfinite(getattr(trace, name))), name
        assert getattr(trace, name).min(initial=0.0) >= (0.0 if name != "lost_mean" else -1e-12), name
    assert trace.lost_mean.max() <= 1.0
    assert trace.lost_end.max() <= 1.0


@fixed(30)
@given(seed=SEEDS, steps=st.sampled_from([1, 2, 4]))
def test_the_base_year_is_flat_for_520_weeks(seed: int, steps: int) -> None:
    trace = run(*random_network(seed, Sizes(weeks=520, steps_per_week=steps, calm=True)))
    assert trace.lost_mean.max() < 1e-6
    start = np.maximum(trace.series[:1], 1e-9)
    assert np.abs(trace.series / start - 1.0).max() < 1e-6


# Order of outcomes


@fixed(30)
@given(
    stock=st.floats(0.0, 8.0),
    more=st.floats(0.0, 8.0),
    transit=WEEKS_ON_THE_WAY,
    spread=st.integers(0, 56),
    passes=st.floats(0.0, 0.9),
)
def test_more_stock_never_loses_more(
    stock: float, more: float, transit: float, spread: int, passes: float
) -> None:
    few, many = (
        run(*single_line(s, transit, spread=spread, path=passes, steps_per_week=2))
        for s in (stock, stock + more)
    )
    lost = [np.cumsum(t.lost_mean[:, 0, 0]) for t in (few, many)]
    assert np.all(lost[1] <= lost[0] + 1e-9)


@fixed(30)
@given(stock=st.floats(0.0, 8.0), transit=WEEKS_ON_THE_WAY, low=st.floats(0.0, 1.0), more=st.floats(0.0, 0.5))
def test_a_looser_gate_never_loses_more(stock: float, transit: float, low: float, more: float) -> None:
    tight, loose = (run(*single_line(stock, transit, path=p, weeks=60)) for p in (low, low + more))
    assert loose.lost_mean.sum() <= tight.lost_mean.sum() + 1e-9


@fixed(30)
@given(seed=SEEDS)
def test_results_do_not_depend_on_workers(seed: int) -> None:
    world, labels = random_network(seed, Sizes(draws=37, weeks=12))
    one, two = run(world, labels, workers=1), run(world, labels, workers=2)
    for name in Trace._fields:
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes(), name


@fixed(30)
@given(seed=SEEDS)
def test_each_draw_is_computed_alone(seed: int) -> None:
    world, labels = random_network(seed, Sizes(draws=5, weeks=12))
    whole = run(world, labels)
    alone = run(draw_of(world, 3), labels)
    assert alone.lost_mean[..., 0] == pytest.approx(whole.lost_mean[..., 3], abs=1e-12)
    assert alone.series[..., 0] == pytest.approx(whole.series[..., 3], rel=1e-9, abs=1e-9)


def draw_of(world: World, draw: int) -> World:
    """Return the world with one draw only."""
    n = world.rate.shape[1]
    shared = {"quota_add", "quota_keep", "front_left", "front_out", "front_x"}
    return world._replace(
        **{
            name: np.ascontiguousarray(value[..., draw : draw + 1])
            for name, value in world._asdict().items()
            if isinstance(value, np.ndarray) and name not in shared and value.shape[-1:] == (n,)
            if value.dtype == np.float64 or name == "spread"
        }
    )


# Quotas


@fixed(30)
@given(seed=SEEDS, part=st.floats(0.1, 1.5), steps=st.sampled_from([1, 2]))
def test_shipments_never_exceed_the_released_quota(seed: int, part: float, steps: int) -> None:
    world, labels = quota_world(part, seed % 7, steps)
    trace = run(world, labels)
    shipped = np.cumsum(trace.series[:, 0, 0])
    released = np.cumsum(world.quota_add[:, 0])
    assert np.all(shipped <= released * (1.0 + 1e-12) + 1e-12)


def quota_world(part: float, every: int, steps: int) -> tuple[World, Labels]:
    """Return a single line whose route lives on a quota of `part` of its base flow."""
    weeks, period = 40, (every + 1) * steps
    world, labels = single_line(4.0, 3.0, path=OPEN, steps_per_week=steps, weeks=weeks)
    add = np.zeros((weeks * steps, 1))
    add[::period, 0] = part * world.flow[0, 0] * (every + 1)
    return (
        world._replace(edge_quota=np.zeros(1, dtype=np.int64), quota_add=add, quota_keep=np.ones_like(add)),
        labels,
    )


def test_an_ample_quota_changes_nothing_and_a_short_one_is_used_up() -> None:
    ample = run(*quota_world(1.0, 3, 2))
    assert ample.lost_mean.max() < 1e-9
    world, labels = quota_world(0.5, 3, 2)
    short = run(world, labels)
    assert short.lost_mean[-1, 0, 0] == pytest.approx(0.5, abs=0.5)
    assert short.series.sum() == pytest.approx(world.quota_add.sum(), rel=1e-9)


def test_quota_that_could_not_be_filled_is_kept_for_later() -> None:
    world, labels = quota_world(0.9, 39, 1)
    world = world._replace(pool_stock=0.0 * world.pool_stock, capacity=0.5 * world.capacity)
    trace = run(world, labels)
    # The mine makes 0.6 of the need, so that the quota of 0.9 for 40 weeks is never used up.
    assert trace.series[-1, 0, 0] == pytest.approx(0.6 * world.flow[0, 0], rel=1e-6)


def test_quota_lost_at_the_end_of_the_year_does_not_come_back() -> None:
    world, labels = quota_world(1.0, 19, 1)
    keep = np.ones_like(world.quota_keep)
    keep[10] = 0.0
    trace = run(world._replace(quota_keep=keep), labels)
    assert trace.series[9, 0, 0] > 0.0
    assert trace.series[10:20].max() == 0.0
    assert trace.series[20, 0, 0] > 0.0
