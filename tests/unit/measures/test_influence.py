"""Rank correlation of a prior and an outcome, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dearth.measures.influence import joint_influence, rank_correlation, rank_correlations

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


def test_a_matrix_of_correlations_is_spearmans_entry_by_entry() -> None:
    rng = np.random.default_rng(7)
    priors = rng.integers(0, 9, (5, 40)).astype(np.float64)
    outcomes = np.stack([priors[0] + rng.normal(size=40), -priors[1], np.where(priors[2] > 4, np.inf, 1.0)])
    found = rank_correlations(priors, outcomes)
    ranked = np.where(np.isfinite(outcomes), outcomes, 1e9)
    wanted = [[stats.spearmanr(p, o).statistic for o in ranked] for p in priors]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_what_does_not_vary_has_no_correlation() -> None:
    varied, fixed = np.arange(6.0), np.ones(6)
    found = rank_correlations(np.stack([varied, fixed]), np.stack([varied, fixed, np.full(6, np.inf)]))
    assert found[0, 0] == pytest.approx(1.0)
    assert np.isnan(found).sum() == 5
    assert np.isnan(rank_correlations(np.ones((2, 2)), np.ones((1, 2)))).all()
    assert joint_influence(found, 6).tolist() == pytest.approx([np.sqrt(1.0 - 1 / 5), 0.0])
    assert joint_influence(np.full((2, 3), np.nan), 6).tolist() == [0.0, 0.0]


def test_joint_influence_tells_shares_of_variance_and_takes_chance_off() -> None:
    rng, n = np.random.default_rng(3), 20_000
    priors = rng.normal(size=(3, n))
    outcomes = np.stack([0.8 * priors[0] + 0.6 * priors[1], priors[1]])
    squares = joint_influence(rank_correlations(priors, outcomes), n) ** 2
    # a bivariate normal of correlation r has Spearman's rho 6/pi asin(r/2)
    rho = 6.0 / np.pi * np.arcsin(np.array([0.4, 0.3]))
    assert squares == pytest.approx([rho[0] ** 2 / 2, (rho[1] ** 2 + 1) / 2, 0.0], abs=0.01)
