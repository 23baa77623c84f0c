"""Which assumptions move an answer: rank correlation across the ensemble."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray, IntArray

__all__ = ["joint_influence", "rank_correlation", "rank_correlations"]

_LEAST_DRAWS: Final = 3


def _ranks(values: FloatArray) -> FloatArray:
    """Return mean ranks, ties shared; (N,)."""
    return np.asarray(_ranks_by_row(values[np.newaxis])[0])


def _ranks_by_row(values: FloatArray) -> FloatArray:
    """Return :func:`_ranks` of every row; (rows, N)."""
    order = np.argsort(values, axis=1)
    at = np.take_along_axis(values, order, axis=1)
    places = np.arange(values.shape[1])
    new = np.ones(values.shape, np.bool_)
    new[:, 1:] = at[:, 1:] != at[:, :-1]
    first = np.maximum.accumulate(np.where(new, places, 0), axis=1)
    last = _last(new)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, 0.5 * (first + last), axis=1)
    return ranks


def _last(new: NDArray[np.bool_]) -> IntArray:
    """Return the place of the last of its equals for every place of a sorted row; `new` marks the first."""
    n = new.shape[1]
    ends = np.ones_like(new)
    ends[:, :-1] = new[:, 1:]
    places = np.where(ends, np.arange(n), n - 1)
    return np.asarray(np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1])


def rank_correlation(prior: FloatArray, outcome: FloatArray) -> float | None:
    """Return Spearman's rank correlation, None when either does not vary.

    Infinite outcomes ("never") rank last together.  With N draws, values below about 2 / sqrt(N) are
    noise.
    """
    if prior.size < _LEAST_DRAWS or np.ptp(prior) == 0.0:
        return None
    a, b = _ranks(prior), _ranks(outcome)
    if np.ptp(b) == 0.0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def rank_correlations(priors: FloatArray, outcomes: FloatArray) -> FloatArray:
    """Return Spearman's rank correlation of every prior with every outcome.

    Parameters
    ----------
    priors
        (K, N).
    outcomes
        (M, N); infinite ones ("never") rank last together.

    Returns
    -------
    FloatArray
        (K, M), from -1 to 1; NaN where either does not vary, or N is below 3.
    """
    if priors.shape[1] < _LEAST_DRAWS:
        return np.full((priors.shape[0], outcomes.shape[0]), np.nan)
    return np.asarray(np.clip(_standard_ranks(priors) @ _standard_ranks(outcomes).T, -1.0, 1.0))


def _standard_ranks(values: FloatArray) -> FloatArray:
    """Return ranks of mean 0 and length 1, NaN for a row that does not vary; (rows, N)."""
    ranks = _ranks_by_row(values)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(ranks, length, out=np.full_like(ranks, np.nan), where=length > 0.0))


def joint_influence(correlations: FloatArray, draws: int) -> FloatArray:
    """Return how much priors move several outcomes together: root of the mean square correlation.

    The square of a rank correlation is the share of an outcome's rank variance that goes with the prior, so
    the square of the result is the mean of these shares.  What chance alone would give, 1 / (N - 1) of each,
    is taken off.

    Parameters
    ----------
    correlations
        (K, M); outcomes that do not vary (all NaN) are left out.
    draws
        N, from which they were computed.

    Returns
    -------
    FloatArray
        (K,), from 0 to 1; 0 for a prior that does not vary, or when no outcome varies.
    """
    varying = correlations[:, ~np.isnan(correlations).all(axis=0)]
    if varying.shape[1] == 0:
        return np.zeros(correlations.shape[0])
    share = (np.nan_to_num(varying) ** 2).mean(axis=1) - 1.0 / max(1, draws - 1)
    return np.asarray(np.sqrt(np.maximum(share, 0.0)))
