"""The stochastic programme against brute force: every choice of levers, every scenario by itself."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from dearth.measures.portfolio import cvar, damage_of, rounded, solve, spending_of
from plan_problems import small_problem

LEVEL = 0.75


def plain_damage(problem, units: np.ndarray) -> np.ndarray:
    """Return the damage of each scenario, each as a linear programme written out row by row."""
    found = []
    years, rows = problem.need.shape[1:]
    kinds, stocks = problem.uses.shape[0], problem.serves.shape[0]
    for w in range(len(problem.chance)):
        per_year = 2 * kinds + stocks  # short, bought, drawn
        cost = np.tile(np.r_[problem.value, problem.premium, problem.refill], years)
        upper, limits, bounds = [], [], []
        for t in range(years):
            for r in range(rows):
                line = np.zeros(per_year * years)
                at = t * per_year
                line[at : at + kinds] = -problem.uses[:, r]
                line[at + kinds : at + 2 * kinds] = -problem.uses[:, r]
                line[at + 2 * kinds : at + per_year] = -problem.serves[:, r]
                made = sum(problem.made[w, t, j] * problem.make[j, r] * units[j] for j in range(len(units)))
                upper.append(line)
                limits.append(made - problem.need[w, t, r])
            bounds += [(0, None)] * kinds
            bounds += [(0, float(problem.spot[w, t, k])) for k in range(kinds)]
            bounds += [(0, None if problem.squeeze[w, t] >= 0 else 0)] * stocks
        for squeeze in sorted(set(problem.squeeze[w].tolist()) - {-1}):
            for p in range(stocks):
                line = np.zeros(per_year * years)
                for t in np.flatnonzero(problem.squeeze[w] == squeeze):
                    line[t * per_year + 2 * kinds + p] = 1.0
                upper.append(line)
                limits.append(problem.held[w, p] + problem.stored[:, p] @ units)
        done = linprog(cost, A_ub=np.array(upper), b_ub=np.array(limits), bounds=bounds, method="highs")
        assert done.status == 0
        found.append(done.fun)
    return np.array(found)


def plain_cvar(damage: np.ndarray) -> float:
    """Return the CVaR by its definition as a minimum over the quantile; chances are equal."""
    return min(eta + np.maximum(damage - eta, 0.0).mean() / (1.0 - LEVEL) for eta in damage)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_damage_is_that_of_each_scenario_by_itself(seed: int) -> None:
    problem = small_problem(seed)
    units = np.random.default_rng(seed).random(len(problem.cost)) * problem.most
    plain = plain_damage(problem, units)
    assert damage_of(problem, units) == pytest.approx(plain, rel=1e-7, abs=1e-6)
    assert cvar(plain, problem.chance, LEVEL) == pytest.approx(plain_cvar(plain), rel=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kept", [0.1, 0.6, 0.9])
def test_the_programme_equals_brute_force(seed: int, kept: float) -> None:
    problem = small_problem(seed)._replace(whole=np.ones(4, bool))
    limit = kept * plain_cvar(plain_damage(problem, np.zeros(4)))
    best = np.inf
    for choice in product((0.0, 1.0), repeat=4):
        units = np.array(choice) * problem.most
        if plain_cvar(plain_damage(problem, units)) <= limit * (1 + 1e-9):
            best = min(best, spending_of(problem, units))
    found = solve(problem._replace(most=np.ones(4), make=problem.make * problem.most[:, None],
                                   stored=problem.stored * problem.most[:, None],
                                   cost=problem.cost * problem.most,
                                   running=problem.running * problem.most),
                  level=LEVEL, limit=limit, integer=True)  # fmt: skip
    if not np.isfinite(best):
        assert found is None
        return
    assert found is not None
    print(f"seed {seed}, {kept:.0%} left: brute force {best:.6f}, programme {found.spending:.6f}")  # noqa: T201
    assert found.spending == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_a_priced_risk_is_at_its_least_among_many_portfolios(seed: int) -> None:
    problem = small_problem(seed)
    price = 0.4
    found = solve(problem, level=LEVEL, risk_price=price)
    assert found is not None
    least = found.spending + price * found.risk
    assert least == pytest.approx(found.least, rel=1e-6)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        units = np.clip(found.units + rng.normal(0.0, 0.3, 4) * problem.most, 0.0, problem.most)
        risk = plain_cvar(plain_damage(problem, units))
        assert spending_of(problem, units) + price * risk >= least - 1e-6 * max(1.0, least)


@pytest.mark.parametrize("seed", [0, 1, 4, 5, 6])
def test_rounding_keeps_the_limit_and_costs_no_less_than_the_bound(seed: int) -> None:
    problem = small_problem(seed)
    limit = 0.8 * cvar(damage_of(problem, np.zeros(4)), problem.chance, LEVEL)
    linear = solve(problem, level=LEVEL, limit=limit)
    assert linear is not None
    whole = rounded(problem, linear, level=LEVEL, limit=limit)
    if whole is None:
        return
    done = whole.units[problem.whole] / problem.most[problem.whole]
    assert set(np.round(done, 9)) <= {0.0, 1.0}
    assert whole.risk <= limit * (1 + 1e-6)
    assert whole.spending >= linear.least * (1 - 1e-9)
    assert linear.least == pytest.approx(linear.spending, rel=1e-6)
