"""The loop over draws: blocks, state at the start, and the law that mass neither comes nor goes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import sleep

import numpy as np
import pytest

from dearth.engine import run as engine
from dearth.engine import week
from dearth.engine.arrays import Trace, World
from dearth.engine.licences import OPEN
from dearth.errors import Fault, MassError, StoppedError
from dearth.watch import watched
from oracles.networks import Sizes, on_the_way, random_network, single_line

Step = Callable[..., None]


def test_the_trace_has_the_shape_its_docstring_says() -> None:
    world, labels = random_network(3, Sizes(draws=5, weeks=6, steps_per_week=2))
    trace = engine.run(world, labels)
    lines = int(world.level_ptr[1])
    assert trace.lost_end.shape == (13, lines, 5)
    assert trace.lost_mean.shape == (12, lines, 5)
    assert trace.series.shape == (12, world.n_series, 5)
    assert trace.residual.shape == (6, 5)
    assert trace.lowest.shape == (5,)
    assert trace.edge_residual.shape == trace.edge_blocked.shape == world.flow.shape
    assert trace.unsold.shape == world.out_yield.shape
    assert np.all(trace.lost_end[0] == 0.0)


@pytest.mark.parametrize("draws", [1, engine.BLOCK - 1, engine.BLOCK, engine.BLOCK + 1, 3 * engine.BLOCK + 2])
def test_blocks_of_draws_are_put_back_in_order(draws: int) -> None:
    world, labels = single_line(6.0, 4.0)
    stocks = np.linspace(1.0, 12.0, draws)
    many = widen(world, draws)._replace(cover=stocks[None, :])
    trace = engine.run(many, labels, workers=2)
    assert trace.lost_mean.shape[-1] == draws
    lost = trace.lost_mean[:, 0].sum(axis=0)
    assert lost == pytest.approx(40.0 - 4.0 - stocks, abs=1e-9)


@pytest.mark.parametrize("draws", [1, 5, engine.BLOCK + 1, 2 * engine.BLOCK + 3])
def test_a_reduced_run_keeps_the_sums_and_what_was_asked_of_each_block(draws: int) -> None:
    one, labels = random_network(8, Sizes(draws=1, weeks=9, steps_per_week=2))
    world = widen(one, draws)
    world = world._replace(cover=world.cover * np.linspace(0.2, 3.0, draws))
    whole = engine.run(world, labels)
    trace, kept = engine.run_reduced(
        world, labels, lambda at, part: (at, part.lost_end.max(axis=0), part.series.sum(axis=0)), workers=2
    )
    for name in set(Trace._fields) - {"lost_end", "lost_mean", "series"}:
        assert np.array_equal(getattr(trace, name), getattr(whole, name)), name
    assert trace.lost_mean.shape[0] == trace.series.shape[0] == 0
    assert [d for at, _, _ in kept for d in range(at.start, at.stop)] == list(range(draws))
    assert np.array_equal(np.concatenate([most for _, most, _ in kept], axis=-1), whole.lost_end.max(axis=0))
    shipped = np.concatenate([sent for _, _, sent in kept], axis=-1)
    assert shipped == pytest.approx(whole.series.sum(axis=0), rel=1e-12)
    assert draws == 1 or min(at.stop - at.start for at, _, _ in kept) > 1


def test_a_reduced_run_checks_the_mass_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(state: week.State) -> None:
        state.hand[0] += 1.0

    monkeypatch.setattr(engine, "initial_state", tampered(lost))
    with pytest.raises(MassError):
        engine.run_reduced(*random_network(3, Sizes(draws=2, weeks=4)), lambda _at, _part: None)


@pytest.mark.parametrize("seed", [2, 13])
def test_kernels_for_one_draw_are_those_for_many_to_the_last_bit(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, labels = random_network(seed, Sizes(draws=1, weeks=12, steps_per_week=4))
    assert engine.initial_state(world).lanes == (0,)
    alone = engine.run(world, labels)
    monkeypatch.setattr(engine, "_FEW", ())
    assert engine.initial_state(world).lanes == ()
    for name, found in engine.run(world, labels)._asdict().items():
        assert np.array_equal(found, getattr(alone, name)), name


def test_a_run_that_is_called_off_ends_within_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    one, labels = random_network(8, Sizes(draws=1, weeks=520, steps_per_week=2))
    world, heard, calls, week_by_week = widen(one, 4), Event(), [], week.simulate

    def counted(*given: object) -> None:
        calls.append(heard.wait(20.0))
        sleep(0.05 * (len(calls) > 1))
        week_by_week(*given)

    def off(phase: str, done: int, _of: int) -> None:
        heard.set()
        raise StoppedError(phase, Fault(f"after {done}"))

    monkeypatch.setattr(week, "simulate", counted)
    monkeypatch.setattr(engine, "_WHILE", 4 * 26)
    with pytest.raises(StoppedError, match="after 0"), watched(off):
        engine.run(world, labels)
    assert 1 <= len(calls) < 1040 // 26 - 1


def test_a_run_in_short_stretches_is_the_run_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world, labels = random_network(5, Sizes(draws=3, weeks=13, steps_per_week=2))
    whole = engine.run(world, labels)
    monkeypatch.setattr(engine, "_WHILE", 3 * 7)
    for name, found in engine.run(world, labels)._asdict().items():
        assert np.array_equal(found, getattr(whole, name)), name


def widen(world: World, draws: int) -> World:
    """Return the world with its one draw repeated."""
    shared = {"quota_add", "quota_keep", "front_left", "front_out", "front_x"}
    changes = {
        name: np.repeat(value, draws, axis=-1)
        for name, value in world._asdict().items()
        if isinstance(value, np.ndarray) and name not in shared
        if value.dtype == np.float64 or name == "spread"
    }
    return world._replace(**changes)


def test_a_long_run_takes_fewer_draws_at_once_and_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    world, labels = random_network(12, Sizes(weeks=6, draws=11))
    whole = engine.run(world, labels)
    assert engine._block_size(world) == engine.BLOCK
    monkeypatch.setattr(engine, "_RECORDS", 5 * whole.lost_end.nbytes // 11)
    assert engine._block_size(world) == 4
    assert all(np.array_equal(a, b) for a, b in zip(whole, engine.run(world, labels), strict=True))


def test_the_world_is_not_changed_by_a_run() -> None:
    world, labels = random_network(11, Sizes(weeks=6))
    before = {k: np.array(v, copy=True) for k, v in world._asdict().items()}
    engine.run(world, labels)
    assert all(np.array_equal(before[k], v) for k, v in world._asdict().items())


def test_the_start_holds_what_the_base_year_needs() -> None:
    world, _ = single_line(6.0, 4.5, steps_per_week=2, rate=7.0, need=0.3)
    state = engine.initial_state(world)
    assert state.hand[0, 0] == pytest.approx(7.0 * 0.3 * 6.0)
    assert state.transit[0, 0] == pytest.approx(7.0 * 0.3 * 4.5)
    assert on_the_way(state, 0) == pytest.approx(7.0 * 0.3 * 4.5)
    assert state.work[0, 0] == pytest.approx(7.0 * 0.3 * 2.5)
    assert state.pool[0, 0] == pytest.approx(7.0 * 0.3 * 2.0)


def test_a_run_without_steps_or_routes_is_a_run() -> None:
    world, labels = single_line(weeks=0)
    assert engine.run(world, labels).lost_mean.shape == (0, 1, 1)


# A broken week is caught, and the place is named


def tampered(change: Callable[[week.State], None]) -> Callable[[World], week.State]:
    """Return an initial state that something has happened to."""

    def build(world: World) -> week.State:
        state = START(world)
        change(state)
        return state

    return build


START = engine.initial_state


def add_to_hand(state: week.State) -> None:
    state.hand[0] += 1e-3


def take_from_pool(state: week.State) -> None:
    state.pool[0] *= 0.999


def lose_a_ship(state: week.State) -> None:
    state.ring[0, 3] *= 0.5


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (add_to_hand, "market ore-at-home, week 1"),
        (take_from_pool, "pool ore, week 1"),
        (lose_a_ship, "route ore -> ore-at-home, week 1"),
    ],
)
def test_tonnes_from_nowhere_name_the_place(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[week.State], None], place: str
) -> None:
    monkeypatch.setattr(engine, "initial_state", tampered(change))
    with pytest.raises(MassError, match=place) as caught:
        engine.run(*single_line())
    assert caught.value.exit_status == 1


def uncompile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every kernel as plain Python, so that each can be replaced."""
    for name, kernel in list(vars(week).items()):
        if hasattr(kernel, "py_func"):
            monkeypatch.setattr(week, name, kernel.py_func)


def spill_cargo(w: World, s: week.State, *_: object) -> None:
    if s.ring_at[0] == 3:
        s.ring[0, -1] *= 0.99  # the last that left before the rule, still on the way


def invent_output(w: World, s: week.State, *_: object) -> None:
    s.pool[0] += 1e-6


def double_delivery(w: World, s: week.State, *_: object) -> None:
    s.market[0] *= 1.001


def use_twice(w: World, s: week.State, *_: object) -> None:
    s.hand[0] *= 0.999


@pytest.mark.parametrize(
    ("name", "fault", "place"),
    [
        ("_arrive", spill_cargo, "route ore -> ore-at-home, week 4"),
        ("_put_out", invent_output, "pool ore, week 1"),
        ("_receive", double_delivery, "market ore-at-home, week 1"),
        ("_use_up", use_twice, "market ore-at-home, week 1"),
    ],
)
def test_a_broken_kernel_is_caught(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: Step, place: str
) -> None:
    uncompile(monkeypatch)
    kernel = getattr(week, name)

    def broken(*arguments: object) -> None:
        fault(*arguments)
        kernel(*arguments)

    monkeypatch.setattr(week, name, broken)
    with pytest.raises(MassError, match=place):
        engine.run(*single_line(weeks=8))


def test_sharing_out_more_than_there_is_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    uncompile(monkeypatch)
    ship = week._ship

    def generous(w: World, s: week.State, *others: object) -> None:
        s.shipped[:] *= 1.01
        ship(w, s, *others)

    monkeypatch.setattr(week, "_ship", generous)
    world, labels = single_line(path=OPEN, pool_weeks=0.0)
    with pytest.raises(MassError, match="pool ore"):
        engine.run(world._replace(capacity=0.9 * world.rate), labels)


def test_a_stock_below_zero_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw_down(state: week.State) -> None:
        state.pool[0] -= 100.0
        state.start_pool[0] -= 100.0

    monkeypatch.setattr(engine, "initial_state", tampered(draw_down))
    with pytest.raises(MassError, match="below zero"):
        engine.run(*single_line(path=OPEN, weeks=2))


def test_not_a_number_is_caught() -> None:
    world, labels = single_line()
    with pytest.raises(MassError, match="week 1"):
        engine.run(world._replace(cover=np.full_like(world.cover, np.nan)), labels)


def test_a_whole_run_is_checked_in_every_week() -> None:
    world, labels = single_line(path=1.0, weeks=9)
    trace: Trace = engine.run(world, labels)
    assert trace.residual.shape == (9, 1)
    assert np.all(trace.residual > 0.0) or np.all(trace.residual < 1e-12)
