"""Which input stops a line, and where on the way up it is held: networks drawn by hand, and run."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.engine.arrays import Trace, World
from dearth.engine.licences import OPEN
from dearth.engine.run import run
from dearth.measures.binding import Binding, binding_buffer, trace_up
from oracles.draft import Draft, Input, Market, Output, Pool, Process, Route

ONE = np.ones(1)
NONE = np.zeros(1)
FLAT = np.zeros(1, np.int64)
WEEKS, PER_WEEK = 60, 2
Array = NDArray[np.float64]


def pool(name: str) -> Pool:
    return Pool(name, ONE, ONE * 8.0)


def market(name: str, *routes: Route) -> Market:
    return Market(name, list(routes), ONE * 4.0, NONE)


def process(name: str, level: int, inputs: list[Input], made: Pool | None = None) -> Process:
    outputs = [] if made is None else [Output(made, ONE)]
    return Process(name, level, inputs, outputs, ONE * 10.0, ONE, ONE, ONE, NONE)


def asks(from_market: Market, cover: float) -> Input:
    return Input(from_market, ONE, ONE * cover, FLAT)


def network(
    *, motor_gate: float = OPEN, ore_gate: float = OPEN, chip_gate: float = OPEN
) -> tuple[World, Trace]:
    """Return a run of a line that needs motors and chips.

    Routes: 0 motors from the maker (gate 0), 1 motors from afar, 2 chips (gate 2), 3 ore (gate 1).
    Buffers: 0 motors at the line, 1 chips at the line, 2 ore at the maker.
    """
    motor, other_motor, chip, ore = (pool(n) for n in ("motor", "motor-afar", "chip", "ore"))
    motors = market(
        "motors", Route(motor, ONE * 0.8, ONE * 2.0, gate=0), Route(other_motor, ONE * 0.2, ONE * 3.0)
    )
    chips = market("chips", Route(chip, ONE, ONE * 2.0, gate=2))
    ores = market("ores", Route(ore, ONE, ONE * 2.0, gate=1))
    line = process("line", 0, [asks(motors, 2.0), asks(chips, 3.0)])
    makers = [
        process("motor-maker", 1, [asks(ores, 4.0)], motor),
        process("afar", 1, [], other_motor),
        process("chip-maker", 1, [], chip),
    ]
    steps = WEEKS * PER_WEEK
    gates = np.array([motor_gate, ore_gate, chip_gate])
    draft = Draft(
        draws=1,
        steps_per_week=PER_WEEK,
        weeks=WEEKS,
        processes=[line, *makers, process("mine", 2, [], ore)],
        backlog_time=ONE * 4.0,
        switch_time=ONE * 8.0,
        allowance=np.broadcast_to(gates[:, None], (steps, 3, 1)).copy(),
        quota_add=np.zeros((steps, 0)),
        quota_keep=np.zeros((steps, 0)),
        focus=ONE,
    )
    world, labels = draft.close().pack()
    return world, run(world, labels)


def test_nothing_binds_when_nothing_is_lost() -> None:
    world, trace = network()
    assert binding_buffer(world, trace, 0) == (-1, 0.0)


def test_the_input_that_is_held_binds() -> None:
    world, trace = network(motor_gate=0.0)
    assert binding_buffer(world, trace, 0) == (0, 1.0)
    world, trace = network(chip_gate=0.0)
    assert binding_buffer(world, trace, 0) == (1, 1.0)


def test_of_two_the_one_that_costs_most_weeks_binds() -> None:
    world, trace = network(motor_gate=0.9, chip_gate=0.0)
    assert binding_buffer(world, trace, 0)[0] == 1
    world, trace = network(motor_gate=0.0, chip_gate=0.9)
    assert binding_buffer(world, trace, 0)[0] == 0


def test_a_mine_has_no_input_that_could_bind() -> None:
    world, trace = network(ore_gate=0.0)
    assert binding_buffer(world, trace, 4) == (-1, 0.0)


def test_the_gate_on_the_lines_own_route_is_found() -> None:
    world, trace = network(motor_gate=0.0)
    assert trace_up(world, trace, 0) == Binding(buffer=0, edge=0, blocked=True)
    world, trace = network(chip_gate=0.0)
    assert trace_up(world, trace, 1) == Binding(buffer=1, edge=2, blocked=True)


def test_a_gate_further_up_is_found_through_the_maker() -> None:
    world, trace = network(ore_gate=0.0)
    assert binding_buffer(world, trace, 1) == (2, 1.0)
    assert trace_up(world, trace, 0) == Binding(buffer=0, edge=3, blocked=True)


def test_a_shortage_without_a_gate_is_not_called_blocked() -> None:
    world, trace = network(ore_gate=0.0)
    free = trace._replace(edge_blocked=np.zeros_like(trace.edge_blocked))
    assert trace_up(world, free, 0) == Binding(buffer=0, edge=3, blocked=False)


@pytest.mark.parametrize(("held", "blocked"), [(0.6, True), (0.4, False)])
def test_a_gate_counts_when_it_holds_more_than_half(held: float, blocked: bool) -> None:
    world, trace = network(chip_gate=0.0)
    unfilled = np.zeros_like(trace.edge_unfilled)
    unfilled[2] = 10.0
    cut = trace._replace(edge_unfilled=unfilled, edge_blocked=unfilled * held)
    assert trace_up(world, cut, 1).blocked is blocked


def test_the_share_counts_draws_in_which_something_was_lost() -> None:
    """Three draws lose: two for want of chips; the fourth loses nothing."""
    world, trace = network(chip_gate=0.0)
    loss = np.array([[1.0, 9.0, 0.0, 0.0], [5.0, 2.0, 8.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    found = binding_buffer(world, trace._replace(buffer_loss=loss), 0)
    assert found == (1, pytest.approx(2.0 / 3.0))
