"""The plain rule, stock over use less inflow, against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dearth.engine.arrays import World
from dearth.engine.licences import OPEN
from dearth.engine.run import run
from dearth.measures.exposure import exposure
from oracles.draft import Draft, Input, Market, Output, Pool, Process, Route
from oracles.networks import single_line

FIXED = settings(derandomize=True, deadline=None, database=None, max_examples=60)
Array = NDArray[np.float64]
ONE = np.ones(1)


def chain(from_afar: float = 0.75, behind_gate: float = 1.0, path: float = 0.0) -> World:
    """Return a line fed by a maker of its own and one from afar; the maker's ore passes a gate.

    Line: 3 weeks of cover. Parts: `from_afar` of them 6 weeks away and without a gate, the rest made
    at home, 1 week away, from ore held 5 weeks, `behind_gate` of it 4 weeks away behind the gate.
    The maker takes 2 weeks and has half a week of finished parts.
    """
    afar, home = Pool("part-afar", ONE, ONE * 8.0), Pool("part-home", ONE * 0.5, ONE * 8.0)
    ore, own_ore = Pool("ore", ONE, ONE * 8.0), Pool("own-ore", ONE, ONE * 8.0)
    parts = Market(
        "parts",
        [Route(afar, ONE * from_afar, ONE * 6.0), Route(home, ONE * (1.0 - from_afar), ONE)],
        ONE * 4.0,
        ONE * 0.0,
    )
    ores = Market(
        "ores",
        [Route(ore, ONE * behind_gate, ONE * 4.0, gate=0), Route(own_ore, ONE * (1.0 - behind_gate), ONE)],
        ONE * 4.0,
        ONE * 0.0,
    )
    flat = np.zeros(1, np.int64)
    line = Process(
        "line", 0, [Input(parts, ONE, ONE * 3.0, flat)], [], ONE * 10.0, ONE, 0 * ONE, ONE, 0 * ONE
    )
    maker = Process(
        "maker", 1, [Input(ores, ONE * 0.5, ONE * 5.0, flat)], [Output(home, ONE)], ONE, ONE, ONE * 2.0, ONE,
        0 * ONE,
    )  # fmt: skip
    far = Process("far", 1, [], [Output(afar, ONE)], ONE, ONE, ONE, ONE, 0 * ONE)
    mines = [Process(p.name, 2, [], [Output(p, ONE)], ONE, ONE, ONE, ONE, 0 * ONE) for p in (ore, own_ore)]
    steps = 40
    draft = Draft(
        draws=1,
        steps_per_week=4,
        weeks=10,
        processes=[line, maker, far, *mines],
        backlog_time=ONE,
        switch_time=ONE,
        allowance=np.full((steps, 1, 1), path),
        quota_add=np.zeros((steps, 0)),
        quota_keep=np.zeros((steps, 0)),
        focus=ONE,
    )
    return draft.close().pack()[0]


@FIXED
@given(stock=st.floats(0.0, 30.0), transit=st.floats(0.25, 12.0))
def test_one_closed_route_lasts_as_long_as_stock_and_transit(stock: float, transit: float) -> None:
    world, _ = single_line(stock, transit, steps_per_week=4)
    found = exposure(world)
    assert found.share[0, 0] == pytest.approx(1.0)
    assert found.weeks[0, 0] == pytest.approx(stock + transit)
    assert found.plain()[0, 0] == pytest.approx(stock + transit)


@FIXED
@given(held=st.floats(0.01, 1.0))
def test_what_still_comes_in_stretches_the_stock(held: float) -> None:
    world, _ = single_line(6.0, 5.0, path=1.0 - held)
    found = exposure(world)
    assert found.share[0, 0] == pytest.approx(held)
    assert found.plain()[0, 0] == pytest.approx((6.0 + 5.0) / held)


def test_the_plain_rule_is_the_model_when_nothing_else_can_happen() -> None:
    world, labels = single_line(6.0, 5.0, steps_per_week=4, weeks=20)
    lost = run(world, labels).lost_end[:, 0, 0]
    assert np.flatnonzero(lost >= 0.5)[0] / 4 == pytest.approx(exposure(world).plain()[0, 0], abs=0.25)


@pytest.mark.parametrize("path", [1.0, 1.3, OPEN])
def test_an_open_route_exposes_nobody(path: float) -> None:
    world, _ = single_line(path=path)
    found = exposure(world)
    assert found.share.max() == 0.0
    assert np.all(np.isinf(found.plain()))


def test_exposure_is_seen_through_a_maker() -> None:
    """A quarter of the parts hangs on the gate, 3 + 1 + (5 + 4) + 2 + 0.5 weeks away."""
    found = exposure(chain())
    assert found.share[0, 0] == pytest.approx(0.25)
    assert found.weeks[0, 0] == pytest.approx(15.5)
    assert found.plain()[0, 0] == pytest.approx(62.0)
    assert found.share[1, 0] == pytest.approx(1.0)
    assert found.weeks[1, 0] == pytest.approx(9.0)


def test_a_maker_that_is_half_exposed_passes_half_on() -> None:
    found = exposure(chain(from_afar=0.5, behind_gate=0.4))
    assert found.share[1, 0] == pytest.approx(0.4)
    assert found.share[0, 0] == pytest.approx(0.5 * 0.4)
    assert found.weeks[0, 0] == pytest.approx(15.5)


def test_a_gate_that_lets_some_through_closes_the_rest() -> None:
    assert exposure(chain(path=0.7)).share[0, 0] == pytest.approx(0.25 * 0.3)


def test_the_gate_is_read_in_the_week_asked_for() -> None:
    path = np.where(np.arange(40) < 20, 0.0, 1.0)
    world, _ = single_line(path=path)
    assert exposure(world, week=19.0).share[0, 0] == 1.0
    assert exposure(world, week=20.0).share[0, 0] == 0.0
    assert exposure(world, week=1000.0).share[0, 0] == 0.0


def test_the_most_exposed_input_counts() -> None:
    """A second input without a gate, and with a day of stock, does not make the line safer."""
    world, _ = single_line(6.0, 5.0)
    pool, market, buffer = world.pool_base.shape[0], 1, 1
    free = world._replace(
        buf_ptr=np.array([0, 2, 2]),
        buf_market=np.array([0, 1]),
        market_buf_ptr=np.array([0, 1, 2]),
        market_buf=np.array([[0, 0], [1, 0]]),
        edge_ptr=np.array([0, 1, 2]),
        edge_pool=np.array([0, pool]),
        edge_class=np.array([0, -1]),
        need=np.repeat(world.need, 2, axis=0),
        cover=np.array([[6.0], [0.1]]),
        flow=np.repeat(world.flow, 2, axis=0),
        lag=np.repeat(world.lag, 2, axis=0),
        pool_base=np.repeat(world.pool_base, 2, axis=0),
        pool_stock=np.repeat(world.pool_stock, 2, axis=0),
    )
    assert market == buffer == 1
    assert exposure(free).plain()[0, 0] == pytest.approx(11.0)
