"""The reconciliation against scipy: the same optimum from other methods, on small problems and the book."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from dearth.book import load_book
from dearth.book.base_year import equations
from dearth.book.least_squares import Constraint, Measurement, Term, solve


def total(constraint, values):
    """Return the sum of the terms of a constraint, written out plainly."""
    result = 0.0
    for term in constraint.terms:
        product = term.coefficient
        for name, power in term.factors:
            product *= values[name] ** power
        result += product
    return result


def by_slsqp(figures, constraints):
    """Minimise the sum of squared z with scipy, in units of sigma."""
    ids = [f.id for f in figures]
    start = np.array([f.value for f in figures])
    unit = np.array([f.sigma if np.isfinite(f.sigma) else max(abs(f.value), 1.0) for f in figures])
    weight = np.array([1.0 if np.isfinite(f.sigma) else 0.0 for f in figures])

    def named(z):
        return dict(zip(ids, start + unit * z, strict=True))

    bounds = [((f.lower - f.value) / u, (f.upper - f.value) / u) for f, u in zip(figures, unit, strict=True)]
    equal = [{"type": "eq", "fun": lambda z, c=c: total(c, named(z))} for c in constraints]
    options = {"ftol": 1e-15, "maxiter": 1000}
    first = np.clip(np.zeros(len(ids)), *np.array(bounds).T)
    found = optimize.minimize(
        lambda z: float(weight @ z**2),
        first,
        jac=lambda z: 2 * weight * z,
        bounds=bounds,
        constraints=equal,
        method="SLSQP",
        options=options,
    )
    return named(found.x), float(found.fun)


def flows(rng, places=4):
    """Return a random network: supply of each place, trade between places, use, and one shared yield."""
    figures = [Measurement("yield", 0.8, 0.05, 0.1, 1.0)]
    constraints = []
    for place in range(places):
        figures += [Measurement(f"ore{place}", rng.uniform(50, 150), rng.uniform(2, 20))]
        figures += [Measurement(f"use{place}", rng.uniform(30, 150), rng.uniform(2, 20))]
        figures += [Measurement(f"to{place}", rng.uniform(0, 20), rng.uniform(5, 40))]
    figures.append(Measurement("sink", 0.0, float("inf")))
    for place in range(places):
        terms = [
            Term(1.0, ((f"ore{place}", 1), ("yield", 1))),
            Term(-1.0, ((f"use{place}", 1),)),
            Term(-1.0, ((f"to{place}", 1),)),
            Term(1.0, ((f"to{(place - 1) % places}", 1),)),
        ]
        if place == 0:
            terms.append(Term(-1.0, (("sink", 1),)))
        constraints.append(Constraint(f"place{place}", tuple(terms)))
    return figures, constraints


@pytest.mark.parametrize("seed", range(12))
def test_networks_with_a_product_agree_with_slsqp(seed):
    figures, constraints = flows(np.random.default_rng(seed))
    answer = solve(figures, constraints)
    expected, cost = by_slsqp(figures, constraints)
    assert answer.cost == pytest.approx(cost, rel=1e-6, abs=1e-9)
    for figure in figures:
        scale = figure.sigma if np.isfinite(figure.sigma) else 1.0
        assert answer.values[figure.id] == pytest.approx(expected[figure.id], abs=1e-5 * scale, rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_linear_problems_agree_with_bounded_least_squares(seed):
    """x = particular solution + null space: no constraint is left, and lsq_linear keeps the bounds."""
    rng = np.random.default_rng(seed)
    n, m = 7, 3
    matrix, inside = rng.normal(size=(m, n)), rng.uniform(1, 9, size=n)
    value, sigma = inside + rng.normal(size=n), rng.uniform(0.2, 3, size=n)
    right = matrix @ inside
    figures = [Measurement(f"x{i}", value[i], sigma[i], lower=-1e9) for i in range(n)]
    constraints = [
        Constraint(f"c{j}", (*(Term(matrix[j, i], ((f"x{i}", 1),)) for i in range(n)), Term(-right[j], ())))
        for j in range(m)
    ]
    null = np.linalg.svd(matrix)[2][m:].T
    found = optimize.lsq_linear(null / sigma[:, None], (value - inside) / sigma, tol=1e-14)
    expected = inside + null @ found.x
    answer = solve(figures, constraints)
    got = np.array([answer.values[f"x{i}"] for i in range(n)])
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-6)


@pytest.fixture(scope="module")
def base_year():
    eq = equations(load_book())
    figures = list(eq.figures.values())
    return figures, eq.constraints, solve(figures, eq.constraints)


def slopes(figures, constraints, values):
    """Return the Jacobian by central differences over the terms that hold a figure."""
    place = {figure.id: i for i, figure in enumerate(figures)}
    matrix = np.zeros((len(constraints), len(figures)))
    for row, constraint in enumerate(constraints):
        for name in {name for term in constraint.terms for name, _ in term.factors}:
            step = 1e-5 * max(abs(values[name]), 1e-3)
            up, down = ({**values, name: values[name] + sign * step} for sign in (1, -1))
            matrix[row, place[name]] = (total(constraint, up) - total(constraint, down)) / (2 * step)
    return matrix


def test_the_base_year_closes_when_summed_plainly(base_year):
    figures, constraints, answer = base_year
    for constraint in constraints:
        size = sum(abs(total(Constraint("", (term,)), answer.values)) for term in constraint.terms)
        assert abs(total(constraint, answer.values)) <= 1e-9 * max(size, 1.0), constraint.id
    for figure in figures:
        assert figure.lower <= answer.values[figure.id] <= figure.upper


def test_no_figure_of_the_base_year_can_move_for_less(base_year):
    """First-order optimality: scipy finds multipliers, of the right sign at bounds, against the gradient."""
    figures, constraints, answer = base_year
    live = [f for f in figures if f.sigma > 0]
    unit = np.array([f.sigma if np.isfinite(f.sigma) else max(abs(f.value), 1.0) for f in live])
    x = np.array([answer.values[f.id] for f in live])
    weight = np.array([float(np.isfinite(f.sigma)) for f in live])
    gradient = weight * (x - np.array([f.value for f in live])) / unit
    jacobian = slopes(live, _without_constants(constraints, figures, answer.values), answer.values) * unit
    jacobian /= np.maximum(np.abs(jacobian).max(axis=1, keepdims=True), 1e-12)
    lower = np.array([x[i] <= f.lower for i, f in enumerate(live)])
    upper = np.array([x[i] >= f.upper for i, f in enumerate(live)])
    push = np.concatenate([-np.eye(len(live))[:, lower], np.eye(len(live))[:, upper]], axis=1)
    columns = np.concatenate([jacobian.T, push], axis=1)
    least = np.concatenate([np.full(len(constraints), -np.inf), np.zeros(push.shape[1])])
    found = optimize.lsq_linear(columns, -gradient, bounds=(least, np.inf), method="bvls", tol=1e-14)
    assert np.abs(columns @ found.x + gradient).max() < 1e-6


def _without_constants(constraints, figures, values):
    """Put the value of constants into the coefficients, so that only live figures are left."""
    fixed = {f.id for f in figures if f.sigma == 0}
    reduced = []
    for constraint in constraints:
        terms = []
        for term in constraint.terms:
            known = np.prod([values[n] ** p for n, p in term.factors if n in fixed])
            rest = tuple((n, p) for n, p in term.factors if n not in fixed)
            terms.append(Term(float(term.coefficient * known), rest))
        reduced.append(Constraint(constraint.id, tuple(terms)))
    return reduced


def test_every_nudge_along_the_balances_costs_more(base_year):
    """Break it: feasible points beside the answer, found by projecting random moves, are never nearer."""
    figures, constraints, answer = base_year
    movable = [
        f for f in figures if 0 < f.sigma < np.inf and answer.values[f.id] > f.lower + 3 * 1e-3 * f.sigma
    ]
    rng = np.random.default_rng(1)
    for _ in range(5):
        moved = {f.id: answer.values[f.id] + 1e-3 * f.sigma * rng.normal() for f in movable}
        pulled = [
            Measurement(f.id, moved.get(f.id, answer.values[f.id]), f.sigma, f.lower, f.upper)
            for f in figures
        ]
        near = solve(pulled, constraints).values
        cost = sum(((near[f.id] - f.value) / f.sigma) ** 2 for f in figures if 0 < f.sigma < np.inf)
        assert cost > answer.cost
