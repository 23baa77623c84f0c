"""What holds of any portfolio: fewer levers never help, free stock never hurts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.errors import InputError
from dearth.measures.portfolio import cvar, damage_of, solve
from plan_problems import small_problem

LEVEL = 0.75
SEEDS = st.integers(0, 100_000)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, lever=st.integers(0, 3), price=st.floats(0.0, 2.0))
def test_a_lever_switched_off_is_never_better(seed: int, lever: int, price: float) -> None:
    problem = small_problem(seed)
    most = problem.most.copy()
    most[lever] = 0.0
    free, bound = (solve(p, level=LEVEL, risk_price=price) for p in (problem, problem._replace(most=most)))
    assert free is not None
    assert bound is not None
    assert bound.least >= free.least - 1e-6 * max(1.0, free.least)
    assert bound.units[lever] == 0.0


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, stock=st.integers(0, 1), more=st.floats(0.0, 20.0))
def test_free_stock_never_adds_damage(seed: int, stock: int, more: float) -> None:
    problem = small_problem(seed)
    held = problem.held.copy()
    held[:, stock] += more
    before, after = (damage_of(p, np.zeros(4)) for p in (problem, problem._replace(held=held)))
    assert (after <= before + 1e-7).all()


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, loose=st.floats(0.3, 1.0), tight=st.floats(0.0, 1.0))
def test_a_better_service_never_costs_less(seed: int, loose: float, tight: float) -> None:
    problem = small_problem(seed)
    worst = cvar(damage_of(problem, np.zeros(4)), problem.chance, LEVEL)
    easy = solve(problem, level=LEVEL, limit=loose * worst)
    hard = solve(problem, level=LEVEL, limit=loose * tight * worst)
    if easy is None:
        assert hard is None
    elif hard is not None:
        assert hard.spending >= easy.spending - 1e-6


def test_what_is_wrong_with_the_arrays_is_said_at_once() -> None:
    problem = small_problem(1)
    broken = problem._replace(cost=np.full(4, np.nan), held=-problem.held - 1.0, chance=np.full(4, 0.5))
    with pytest.raises(InputError) as caught:
        solve(broken)
    text = str(caught.value)
    assert all(word in text for word in ("cost", "held", "chances add up to 2"))
