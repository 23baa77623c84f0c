"""The spatial equilibrium against HiGHS, and against what an equilibrium is.

A feasible point minimises a convex programme if and only if it minimises the linear programme of its own
gradient (the variational inequality of the spatial equilibrium), and the two share their multipliers.  So the
plain second implementation writes that linear programme variable by variable, and HiGHS solves it by the
simplex method.  (HiGHS's own active-set solver for quadratic programmes fails on baskets with many routes.)
"""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import highspy
import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.engine.equilibrium import Equilibrium, EquilibriumResult, solve

Array = NDArray[np.float64]
SEEDS = range(8)


def random_world(seed: int) -> Equilibrium:
    """Return places, goods, mines and caps at random; a dozen tonnes to many thousand, 1 to 500 USD/kg."""
    g = np.random.default_rng(seed)
    n_r, n_e, n_m = int(g.integers(2, 7)), int(g.integers(1, 10)), int(g.integers(1, 7))
    price, use = g.uniform(5.0, 500.0, n_e), 10 ** g.uniform(1.0, 4.3, (n_r, n_e))
    basket = g.dirichlet(np.ones(n_e), n_m)
    value, output = basket @ price, np.full(n_m, use.sum() / n_m)
    most = np.where(g.random(n_m) < 0.3, 0.5 * output, math.inf)
    freight = np.where(g.random((n_r, n_r, n_e)) < 0.2, math.nan, g.uniform(0.5, 5.0, (n_r, n_r, n_e)))
    weight = np.zeros((3, n_r, n_r, n_e))
    weight[0, 0, 1:, :] = 1.0  # a tonnage quota over all that leaves place 0
    weight[1, 0, 1, 0] = 1.0  # a licence for one good and destination
    weight[2] = 1.0  # all trade: slack
    return Equilibrium(
        demand_price=np.where(g.random((n_r, n_e)) < 0.1, math.nan, price * 4.3),
        demand_slope=price / (0.3 * use),
        sink_price=np.full((n_r, n_e), 1.0),
        mine_place=g.integers(0, n_r, n_m),
        basket=basket,
        mine_cost=0.5 * value,
        mine_slope=0.5 * value / output,
        mine_most=most,
        freight=freight,
        cap_weight=weight,
        cap=np.array([0.05 * use.sum(), 0.01 * use.sum(), 1e7]),
    )


class Tangent(NamedTuple):
    """What HiGHS finds: least cost of the tangent programme, prices and rents."""

    cost: float
    prices: Array
    rent: Array


class Sheet:
    """The linear programme while it is written: what each place gains of each good, what each cap counts."""

    def __init__(self, eq: Equilibrium) -> None:
        self.highs = highspy.Highs()
        self.highs.silent()
        self.supply: dict[tuple[int, int], list[Any]] = {key: [] for key in np.ndindex(eq.demand_price.shape)}
        self.counted: list[list[Any]] = [[] for _ in eq.cap]

    def use(self, eq: Equilibrium, at: EquilibriumResult, r: int, e: int) -> None:
        if not math.isnan(eq.demand_price[r, e]):
            worth = eq.demand_price[r, e] - eq.demand_slope[r, e] * at.use[r, e]
            most = eq.demand_price[r, e] / eq.demand_slope[r, e]
            self.supply[r, e].append(-1.0 * self.highs.addVariable(obj=-worth, ub=most))
        if not math.isnan(eq.sink_price[r, e]):
            self.supply[r, e].append(-1.0 * self.highs.addVariable(obj=-eq.sink_price[r, e]))

    def dig(self, eq: Equilibrium, at: EquilibriumResult, m: int) -> None:
        cost = eq.mine_cost[m] + eq.mine_slope[m] * at.production[m]
        output = self.highs.addVariable(obj=cost, ub=eq.mine_most[m])
        for e, share in enumerate(eq.basket[m]):
            self.supply[int(eq.mine_place[m]), e].append(float(share) * output)

    def ship(self, eq: Equilibrium, o: int, d: int, e: int) -> None:
        if math.isnan(eq.freight[o, d, e]):
            return
        flow = self.highs.addVariable(obj=eq.freight[o, d, e])
        self.supply[o, e].append(-1.0 * flow)
        self.supply[d, e].append(1.0 * flow)
        for q, weight in enumerate(eq.cap_weight[:, o, d, e]):
            self.counted[q].append(float(weight) * flow)


def tangent(eq: Equilibrium, at: EquilibriumResult) -> Tangent:
    """Solve the linear programme with the marginal values at `at`, one variable and one row at a time."""
    (n_r, n_e), sheet = eq.demand_price.shape, Sheet(eq)
    for r, e in np.ndindex(n_r, n_e):
        sheet.use(eq, at, r, e)
    for m in range(eq.mine_place.size):
        sheet.dig(eq, at, m)
    for (o, d), e in itertools.product(itertools.permutations(range(n_r), 2), range(n_e)):
        sheet.ship(eq, o, d, e)
    highs = sheet.highs
    for parts in sheet.supply.values():
        highs.addConstr(highs.qsum(parts) == 0.0)
    for parts, cap in zip(sheet.counted, eq.cap, strict=True):
        highs.addConstr(highs.qsum(parts) <= float(cap))
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    dual, cells = np.array(highs.getSolution().row_dual), n_r * n_e
    return Tangent(highs.getObjectiveValue(), dual[:cells].reshape(n_r, n_e), -dual[cells:])


def cost_at(eq: Equilibrium, at: EquilibriumResult) -> float:
    """Return the cost of `at` in the tangent programme."""
    worth = np.nan_to_num(eq.demand_price) - eq.demand_slope * at.use
    dig = (eq.mine_cost + eq.mine_slope * at.production) @ at.production
    freight = np.sum(np.nan_to_num(eq.freight) * at.flows)
    return float(freight + dig - np.sum(worth * at.use) - np.sum(np.nan_to_num(eq.sink_price) * at.sunk))


def turnover(eq: Equilibrium, at: EquilibriumResult) -> float:
    return float(np.sum(np.abs(at.prices * at.use)))


@pytest.mark.parametrize("seed", SEEDS)
def test_highs_finds_nothing_cheaper_and_the_same_prices_and_rents(seed: int) -> None:
    eq = random_world(seed)
    found = solve(eq)
    plain = tangent(eq, found)
    assert cost_at(eq, found) == pytest.approx(plain.cost, abs=1e-8 * turnover(eq, found))
    used = found.use > 1e-3  # elsewhere a price is any within the arbitrage bounds
    np.testing.assert_allclose(found.prices[used], plain.prices[used], rtol=1e-6)
    np.testing.assert_allclose(found.rent, plain.rent, rtol=1e-6, atol=1e-6)


def test_a_point_beside_the_answer_is_told_from_it() -> None:
    eq = random_world(0)
    found = solve(eq)
    beside = found._replace(
        use=found.use * 0.999, flows=found.flows * 0.999, sunk=found.sunk + found.use * 0.001
    )
    gap = cost_at(eq, beside) - tangent(eq, beside).cost
    assert gap > 1e-6 * turnover(eq, found)


@pytest.mark.parametrize("seed", SEEDS)
def test_mass_balances_and_limits_hold(seed: int) -> None:
    eq = random_world(seed)
    found = solve(eq)
    made = np.zeros_like(found.use)
    np.add.at(made, eq.mine_place, eq.basket * found.production[:, None])
    net = made + found.flows.sum(axis=0) - found.flows.sum(axis=1) - found.use - found.sunk
    size = found.production.sum()
    assert np.abs(net).max() < 1e-8 * size
    counted = np.einsum("qode,ode->q", eq.cap_weight, found.flows)
    assert (counted <= eq.cap + 1e-8 * size).all()
    assert (found.production <= eq.mine_most + 1e-8 * size).all()
    for part in (found.use, found.sunk, found.flows, found.production, found.rent, found.mine_rent):
        assert (part >= 0.0).all()
    assert (found.flows[np.isnan(eq.freight)] == 0.0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_can_gain_and_what_loses_is_not_done(seed: int) -> None:
    """Complementary slackness of use, sinks, mines, routes and caps, in USD/kg times share of all tonnes."""
    eq = random_world(seed)
    found = solve(eq)
    size = found.production.sum()
    rent_on = np.einsum("q,qode->ode", found.rent, eq.cap_weight)
    pays = [
        (eq.demand_price - eq.demand_slope * found.use - found.prices, found.use),
        (eq.sink_price - found.prices, found.sunk),
        (found.prices[None, :, :] - found.prices[:, None, :] - eq.freight - rent_on, found.flows),
        (
            np.sum(eq.basket * found.prices[eq.mine_place], axis=1)
            - (eq.mine_cost + eq.mine_slope * found.production + found.mine_rent),
            found.production,
        ),
    ]
    for gain, done in pays:
        there = ~np.isnan(gain)
        if gain.ndim == 3:
            there &= ~np.eye(gain.shape[0], dtype=bool)[:, :, None]
        assert gain[there].max(initial=0.0) < 1e-5
        assert np.abs(gain[there] * done[there]).max(initial=0.0) < 1e-5 * size
    slack = eq.cap - np.einsum("qode,ode->q", eq.cap_weight, found.flows)
    assert (found.rent[slack > 1e-6 * size] == 0.0).all()
    assert found.rent[2] == 0.0
