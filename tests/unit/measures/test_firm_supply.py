"""What still arrives at a firm: the lot among customers, its own applications, goods on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.engine.licences import GateNumbers, licensed_share
from dearth.engine.run import run
from dearth.firm.network import Licence
from dearth.measures.firm_lanes import Lane, watched, way_of
from dearth.measures.firm_licences import granted_in
from dearth.measures.firm_supply import (
    Window,
    arrived,
    left_for_all,
    left_for_one,
    licensed,
    rank_of,
    transit,
)

MANY = 4000


def test_goods_on_the_way_arrive_and_then_what_left() -> None:
    left = np.zeros((40, 2))
    left[20:] = 1.0  # nothing leaves for five weeks of four steps, then as usual
    found = arrived(left, np.array([2.0, 2.5]), 4, 0.0, 9)
    assert found[:, 0] == pytest.approx([1, 1, 0, 0, 0, 0, 0, 1, 1])
    assert found[:, 1] == pytest.approx([1, 1, 0.5, 0, 0, 0, 0, 0.5, 1])


def test_a_firm_that_begins_later_sees_the_same_weeks() -> None:
    left = np.random.default_rng(1).random((60, 3))
    lag = np.array([1.0, 2.3, 4.1])
    early = arrived(left, lag, 4, 0.0, 14)
    assert arrived(left, lag, 4, 6.0, 8) == pytest.approx(early[6:])


@given(st.integers(0, 2**31), st.floats(0.0, 12.0), st.floats(0.0, 8.0))
@settings(max_examples=50, deadline=None)
def test_nothing_arrives_that_has_not_left(seed: int, lag: float, begin: float) -> None:
    left = np.random.default_rng(seed).random((80, 2))
    found = arrived(left, np.full(2, lag), 4, begin, 10)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found.sum(axis=0) <= max(0.0, lag - begin) + left.sum(axis=0) / 4 + 1e-5).all()


@pytest.mark.parametrize("focus", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
def test_all_customers_together_get_what_leaves(focus: float, share: float) -> None:
    rank = rank_of("site part", 7, MANY)
    found = left_for_one(np.full((1, MANY), share), np.full(MANY, focus), rank)
    assert found.mean() == pytest.approx(share, abs=2e-3)
    if focus == 1.0:
        assert set(np.unique(found)) <= {0.0, 1.0}


def test_who_is_served_stays_served_while_more_leaves() -> None:
    left = np.linspace(0.0, 1.0, 30)[:, None] * np.ones((1, 200))
    found = left_for_one(left, np.full(200, 0.8), rank_of("a", 1, 200))
    assert (np.diff(found, axis=0) >= -1e-12).all()


def test_ranks_are_even_and_of_their_own() -> None:
    one, other = rank_of("one", 3, 100), rank_of("other", 3, 100)
    assert np.array_equal(np.sort((one * 100).astype(int)), np.arange(100))
    assert not np.array_equal(one, other)
    assert np.array_equal(one, rank_of("one", 3, 100))


def test_an_application_opens_for_its_quantity_then_the_lot_decides() -> None:
    left = np.full((48, 1), 0.25)
    window = Window(np.array([4.0]), np.array([3.0]))
    found = licensed(left, [window], np.array([1.0]), 4)[:, 0].reshape(12, 4).mean(axis=1)
    assert found == pytest.approx([1, 0, 0, 0, 1, 1, 1, 0.25, 0.25, 0.25, 0.25, 0.25])


def test_a_second_application_begins_where_the_first_ends() -> None:
    windows = [Window(np.array([2.0]), np.array([2.0])), Window(np.array([3.0]), np.array([1.5]))]
    found = licensed(np.zeros((32, 1)), windows, np.array([0.0]), 4)[:, 0].reshape(8, 4).mean(axis=1)
    assert found == pytest.approx([0, 0, 1, 1, 1, 0.5, 0, 0])


def test_one_application_is_decided_as_all_of_them_are() -> None:
    ones = np.ones(MANY)
    numbers = GateNumbers(9 * ones, 0.4 * ones, 3 * ones, 3 * ones, ones, ones, ones, ones)
    week = granted_in(Licence(id="a", part="m"), 0.0, numbers, 5)
    for at in (5.0, 12.0, 30.0):
        told = licensed_share(np.array([at]), ones[:1] * 9, ones[:1] * 0.4, ones[:1] * 3, ones[:1] * 3)
        assert (week <= at).mean() == pytest.approx(float(told[0, 0]), abs=0.03)
    granted = granted_in(Licence(id="a", part="m", status="granted"), 2.0, numbers, 5)
    refused = granted_in(Licence(id="a", part="m", status="refused"), 0.0, numbers, 5)
    assert (granted == 2.0).all()
    assert np.median(refused) > np.median(week)


def test_the_world_carries_what_it_has_and_says_so_where_not(model, trace) -> None:
    found = {
        lane: way_of(model, lane)
        for lane in (
            Lane("magnet:high", "CHN", "DEU", "civil"),
            Lane("magnet:high", "SEA", "DEU", "civil"),
            Lane("magnet:smco", "KOR", "DEU", "civil"),
        )
    }
    assert [way.how for way in found.values()] == ["route", "makers", "none"]
    (direct,) = [model.routes[edge] for edge in next(iter(found.values())).edges]
    assert (direct.origin, direct.destination, direct.material, direct.use) == (
        "CHN", "DEU", "magnet:high", "civil",
    )  # fmt: skip
    world, series = watched(model.world, found.values())
    assert world.n_series == model.world.n_series + len(series)
    assert all(world.edge_series[edge] == at for edge, at in series.items())


def test_a_held_route_lets_less_leave_and_an_open_one_all(model) -> None:
    lanes = [Lane("magnet:high", "CHN", "DEU", "civil"), Lane("magnet:none", "JPN", "DEU", "civil")]
    ways = [way_of(model, lane) for lane in lanes]
    world, series = watched(model.world, ways)
    trace = run(world, model.labels)
    held, open_ = (left_for_all(model, trace, way, series) for way in ways)
    assert held[4 * 5].mean() < 0.3
    assert held[0].min() > 0.9
    assert open_.min() > 0.97
    assert (transit(model, ways[0]) > 1.0).all()
