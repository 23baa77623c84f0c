"""The spatial equilibrium on worlds whose answer is known by hand."""

from __future__ import annotations

import builtins
import importlib
import math
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.engine.equilibrium import Curves, Equilibrium, EquilibriumResult, solve, solve_curved
from dearth.errors import InputError, ModelError

NAN = math.nan
Array = NDArray[np.float64]


def two_places(cap: float | None = None, freight: float = 10.0) -> Equilibrium:
    """One good: place 0 mines at 20 + y / 10 USD/kg; both places use along 200 - d."""
    caps = 0 if cap is None else 1
    weight = np.zeros((caps, 2, 2, 1))
    weight[:, 0, 1, 0] = 1.0
    return Equilibrium(
        demand_price=np.full((2, 1), 200.0),
        demand_slope=np.ones((2, 1)),
        sink_price=np.full((2, 1), NAN),
        mine_place=np.array([0]),
        basket=np.ones((1, 1)),
        mine_cost=np.array([20.0]),
        mine_slope=np.array([0.1]),
        mine_most=np.array([math.inf]),
        freight=np.full((2, 2, 1), freight),
        cap_weight=weight,
        cap=np.full(caps, 0.0 if cap is None else cap),
    )


def by_hand(cap: float, freight: float = 10.0) -> tuple[float, float, float]:
    """Return flow, price at home and rent of `two_places`, from the first-order conditions.

    Free trade: p = 20 + ((200 - p) + (200 - p - freight)) / 10. Capped: p = 20 + ((200 - p) + cap) / 10.
    """
    p = (20.0 + (400.0 - freight) / 10.0) / 1.2
    free = 200.0 - p - freight
    if cap >= free:
        return free, p, 0.0
    p = (20.0 + (200.0 + cap) / 10.0) / 1.1
    return cap, p, (200.0 - cap) - p - freight


@pytest.mark.parametrize("cap", [1.0, 40.0, 100.0, 139.0, 141.0, 500.0])
def test_rent_is_the_price_gap_and_exactly_zero_when_the_cap_is_slack(cap: float) -> None:
    found = solve(two_places(cap))
    flow, price, rent = by_hand(cap)
    assert found.flows[0, 1, 0] == pytest.approx(flow, abs=1e-6)
    assert found.prices[0, 0] == pytest.approx(price, abs=1e-6)
    assert found.rent[0] == pytest.approx(rent, abs=1e-6)
    assert found.prices[1, 0] - found.prices[0, 0] == pytest.approx(10.0 + rent, abs=1e-6)
    assert (found.rent[0] == 0.0) == (rent == 0.0)


def test_a_closed_border_has_the_rent_of_a_first_tonne_or_more() -> None:
    found = solve(two_places(0.0))
    _, price, rent = by_hand(0.0)
    assert found.flows[0, 1, 0] == pytest.approx(0.0, abs=1e-6)
    assert found.prices[0, 0] == pytest.approx(price, abs=1e-6)
    assert found.rent[0] > rent - 1e-6


def test_without_caps_and_with_a_slack_one_the_world_is_the_same() -> None:
    free, slack = solve(two_places()), solve(two_places(1e6))
    assert free.rent.size == 0
    np.testing.assert_allclose(free.prices, slack.prices, rtol=1e-7)
    assert free.welfare == pytest.approx(slack.welfare, rel=1e-8)


def test_welfare_is_surplus_minus_cost() -> None:
    found = solve(two_places(40.0))
    d, y = found.use[:, 0], found.production[0]
    surplus = np.sum(200.0 * d - d**2 / 2.0)
    assert found.welfare == pytest.approx(surplus - 20.0 * y - 0.05 * y**2 - 10.0 * 40.0, rel=1e-7)


def test_freight_too_dear_ends_trade_and_without_a_route_there_is_none() -> None:
    dear = solve(two_places(freight=500.0))
    none = solve(two_places(freight=NAN))
    for found in (dear, none):
        assert found.flows[0, 1, 0] == pytest.approx(0.0, abs=1e-6)
        assert found.prices[0, 0] == pytest.approx((20.0 + 20.0) / 1.1, abs=1e-6)
        assert found.use[1, 0] == pytest.approx(0.0, abs=1e-6)


def test_a_mine_at_its_limit_earns_a_rent_and_below_it_none() -> None:
    tight = solve(two_places()._replace(mine_most=np.array([50.0])))
    assert tight.production[0] == pytest.approx(50.0, abs=1e-6)
    assert tight.mine_rent[0] == pytest.approx(tight.prices[0, 0] - 25.0, abs=1e-6)
    assert solve(two_places()._replace(mine_most=np.array([1e5]))).mine_rent[0] == 0.0


def symmetric(places: int = 4) -> Equilibrium:
    """Return equal places that mine and use two goods, with free and costless trade."""
    return Equilibrium(
        demand_price=np.tile([300.0, 50.0], (places, 1)),
        demand_slope=np.tile([1.0, 0.1], (places, 1)),
        sink_price=np.full((places, 2), 2.0),
        mine_place=np.arange(places),
        basket=np.tile([0.3, 0.7], (places, 1)),
        mine_cost=np.full(places, 15.0),
        mine_slope=np.full(places, 0.05),
        mine_most=np.full(places, math.inf),
        freight=np.zeros((places, places, 2)),
        cap_weight=np.zeros((0, places, places, 2)),
        cap=np.zeros(0),
    )


def test_a_symmetric_world_has_one_price() -> None:
    found = solve(symmetric())
    np.testing.assert_allclose(found.prices, np.tile(found.prices[0], (4, 1)), rtol=1e-8)
    np.testing.assert_allclose(found.use, np.tile(found.use[0], (4, 1)), rtol=1e-7)
    alone = solve(symmetric(1))
    np.testing.assert_allclose(found.prices[0], alone.prices[0], rtol=1e-7)


def test_the_paying_element_carries_the_basket_and_the_surplus_falls_to_its_sink() -> None:
    world = symmetric(1)
    world = world._replace(demand_slope=np.array([[1.0, 2.0]]))  # little use of the second good
    found = solve(world)
    assert found.sunk[0, 1] > 100.0
    assert found.prices[0, 1] == pytest.approx(2.0, abs=1e-6)
    assert found.sunk[0, 0] == pytest.approx(0.0, abs=1e-5)
    cost = 15.0 + 0.05 * found.production[0]
    assert 0.3 * found.prices[0, 0] + 0.7 * found.prices[0, 1] == pytest.approx(cost, abs=1e-6)


def test_a_surplus_that_nobody_takes_must_be_paid_for_away() -> None:
    world = symmetric(1)._replace(demand_slope=np.array([[1.0, 2.0]]), sink_price=np.full((1, 2), NAN))
    found = solve(world)
    assert found.prices[0, 1] < 0.0
    np.testing.assert_allclose(found.use[0], found.production[0] * world.basket[0], rtol=1e-7)


def test_one_cap_on_a_group_of_goods_has_one_rent_per_tonne() -> None:
    world = symmetric(2)
    none = np.array([[300.0, 50.0]]).repeat(2, axis=0)
    weight = np.zeros((1, 2, 2, 2))
    weight[0, 0, 1, :] = 1.0
    world = world._replace(
        demand_price=none, mine_most=np.array([math.inf, 0.0]), cap_weight=weight, cap=np.array([100.0])
    )
    found = solve(world)
    gap = found.prices[1] - found.prices[0]
    assert (found.flows[0, 1] > 1.0).all()
    np.testing.assert_allclose(gap, found.rent[0], rtol=1e-6)
    assert found.flows[0, 1].sum() == pytest.approx(100.0, abs=1e-6)


def test_a_maker_takes_in_what_its_basket_counts_below_zero() -> None:
    world = symmetric(1)
    world = world._replace(
        demand_price=np.array([[NAN, 400.0]]),
        sink_price=np.full((1, 2), NAN),
        mine_place=np.array([0, 0]),
        basket=np.array([[1.0, 0.0], [-0.3, 1.0]]),  # ore; a magnet from 0.3 t of it
        mine_cost=np.array([20.0, 60.0]),
        mine_slope=np.array([0.1, 0.0]),
        mine_most=np.full(2, math.inf),
    )
    found = solve(world)
    ore, magnet = found.production
    assert ore == pytest.approx(0.3 * magnet, rel=1e-7)
    assert found.prices[0, 1] == pytest.approx(60.0 + 0.3 * found.prices[0, 0], rel=1e-7)
    assert found.prices[0, 0] == pytest.approx(20.0 + 0.1 * ore, rel=1e-7)


def curved(duty: float, cap: float | None) -> tuple[Equilibrium, Curves]:
    eq = two_places(cap, freight=0.0)
    duties = np.zeros((2, 2, 1))
    duties[0, 1] = duty
    curves = Curves(
        price=np.full((2, 1), 100.0),
        use=np.array([[60.0], [40.0]]),
        demand_power=np.full((2, 1), 0.3),
        value=np.array([100.0]),
        output=np.array([100.0]),
        supply_power=np.array([0.5]),
        duty=duties,
    )
    return eq, curves


def test_curves_through_the_base_give_the_base_back() -> None:
    found = solve_curved(*curved(0.0, None))
    np.testing.assert_allclose(found.prices, 100.0, rtol=1e-7)
    assert found.production[0] == pytest.approx(100.0, rel=1e-7)


@pytest.mark.parametrize(("duty", "cap"), [(0.25, None), (0.0, 10.0), (0.25, 10.0), (0.15, 4.0)])
def test_curves_are_met_and_duties_are_paid_by_value(duty: float, cap: float | None) -> None:
    found = solve_curved(*curved(duty, cap))
    home, away = found.prices[:, 0]
    np.testing.assert_allclose(
        found.use[:, 0], [60.0, 40.0] * (found.prices[:, 0] / 100.0) ** -0.3, rtol=1e-6
    )
    assert found.production[0] == pytest.approx(100.0 * (home / 100.0) ** 0.5, rel=1e-6)
    rent = found.rent[0] if cap is not None else 0.0
    assert away == pytest.approx(home * (1.0 + duty) + rent, rel=1e-6)
    if cap is not None:
        assert found.flows[0, 1, 0] == pytest.approx(cap, rel=1e-6)
        assert rent > 100.0


def test_curves_that_are_no_curves_are_faults_all_at_once() -> None:
    eq, curves = curved(0.0, None)
    with pytest.raises(InputError) as caught:
        solve_curved(
            eq, curves._replace(demand_power=np.zeros((2, 1)), value=np.array([NAN]), output=np.ones(3))
        )
    assert [fault.where for fault in caught.value.faults] == ["demand_power", "value", "output"]


def test_prices_that_do_not_settle_are_said_to() -> None:
    eq, curves = curved(0.25, 10.0)
    with pytest.raises(ModelError, match="still move"):
        solve_curved(eq, curves, rounds=2)


def test_faults_of_shape_and_of_value_are_told_all_at_once() -> None:
    with pytest.raises(InputError) as shapes:
        solve(two_places(1.0)._replace(basket=np.ones((2, 1)), cap=np.ones(3)))
    assert {fault.where for fault in shapes.value.faults} == {"basket", "cap_weight"}
    wrong = two_places(1.0)._replace(
        demand_slope=np.array([[1.0], [0.0]]),
        mine_cost=np.array([NAN]),
        cap=np.array([-1.0]),
        mine_place=np.array([7]),
    )
    with pytest.raises(InputError) as values:
        solve(wrong)
    assert {f.where for f in values.value.faults} == {"demand_slope", "mine_cost", "cap", "mine_place"}


def test_a_world_without_end_is_refused() -> None:
    world = two_places()._replace(sink_price=np.full((2, 1), 30.0), mine_slope=np.zeros(1))
    with pytest.raises(ModelError, match="a sink pays more"):
        solve(world)


def test_without_the_solver_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def missing(name: str, package: str | None = None) -> ModuleType:
        if name == "piqp":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"dearth\[oracle\]"):
        solve(two_places())


def test_the_engine_needs_no_solver_to_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = builtins.__import__, []

    def watch(name: str, *rest: object) -> object:
        seen.append(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", watch)
    importlib.reload(importlib.import_module("dearth.engine.equilibrium"))
    assert not {"piqp", "scipy", "highspy", "clarabel"} & {name.split(".")[0] for name in seen}


def test_result_has_the_shapes_it_promises() -> None:
    found: EquilibriumResult = solve(symmetric(3))
    shapes = [np.shape(part) for part in found]
    assert shapes == [(3, 2), (3, 2), (3, 2), (3, 3, 2), (3,), (0,), (3,), ()]
