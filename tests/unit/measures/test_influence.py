"""Rank correlation of a prior and an outcome, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dearth.measures.influence import rank_correlation

FIXED = settings(derandomize=True, deadline=None, database=None)


@FIXED
@given(seed=st.integers(0, 10**6), n=st.integers(3, 60), ties=st.integers(2, 40), noise=st.floats(0.0, 5.0))
def test_it_is_spearmans_rho_ties_included(seed: int, n: int, ties: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    prior = rng.integers(0, ties, n).astype(np.float64)
    outcome = np.rint(prior + noise * rng.normal(size=n))
    found = rank_correlation(prior, outcome)
    if np.ptp(prior) == 0.0 or np.ptp(outcome) == 0.0:
        assert found is None
    else:
        assert found == pytest.approx(stats.spearmanr(prior, outcome).statistic, abs=1e-12)


def test_never_ranks_last_and_ties_with_never() -> None:
    prior = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    outcome = np.array([3.0, 5.0, 9.0, np.inf, np.inf, np.inf])
    finite = np.where(np.isfinite(outcome), outcome, 1e9)
    assert rank_correlation(prior, outcome) == pytest.approx(stats.spearmanr(prior, finite).statistic)


def test_only_the_order_counts() -> None:
    rng = np.random.default_rng(1)
    prior, outcome = rng.random(30), rng.random(30)
    found = rank_correlation(prior, outcome)
    assert found == pytest.approx(rank_correlation(np.exp(9.0 * prior), outcome))
    assert found == pytest.approx(-rank_correlation(prior, -outcome))  # type: ignore[operator]
    assert rank_correlation(prior, prior**3) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("prior", "outcome"),
    [([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [5.0, 5.0, 5.0]), ([1.0, 2.0], [1.0, 2.0])],
)
def test_without_variation_there_is_no_correlation(prior: list[float], outcome: list[float]) -> None:
    assert rank_correlation(np.array(prior), np.array(outcome)) is None


def test_all_never_is_no_variation() -> None:
    assert rank_correlation(np.arange(5.0), np.full(5, np.inf)) is None
