"""Which assumptions move an answer: rank correlation across the ensemble."""

from __future__ import annotations

from typing import Final

import numpy as np

from dearth.engine.arrays import FloatArray

__all__ = ["rank_correlation"]

_LEAST_DRAWS: Final = 3


def _ranks(values: FloatArray) -> FloatArray:
    """Return mean ranks, ties shared; (N,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - 0.5 * (counts + 1))[inverse], np.float64)


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
