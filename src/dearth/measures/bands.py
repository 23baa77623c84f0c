"""Bands of an ensemble as order statistics, so that what never comes needs no interpolation."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.measures.stops import band

__all__ = ["QUANTILES", "fan_of", "five", "span", "tidied", "tidy"]

QUANTILES: Final = {"p5": 0.05, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p95": 0.95}
_DIGITS: Final = 6
_EXACT: Final = 22  # powers of ten up to this one are exact


def tidy(value: float) -> float:
    """Return six significant digits: more would claim what nobody knows."""
    return float(f"{value:.{_DIGITS}g}")


def tidied(values: FloatArray) -> FloatArray:
    """Return six significant digits of every number, as :func:`tidy` does of one; what is infinite stays."""
    finite = np.isfinite(values) & (values != 0.0)
    power = _DIGITS - 1 - np.floor(np.log10(np.abs(np.where(finite, values, 1.0))))
    exact = finite & (np.abs(power) <= _EXACT)
    up, down = (10.0 ** np.where(exact, np.maximum(p, 0.0), 0.0) for p in (power, -power))
    found = np.where(exact, np.rint(values * up / down) * down / up, values)
    far = finite & ~exact
    found[far] = [tidy(value) for value in values[far].tolist()]
    return found


def span(values: FloatArray) -> dict[str, float | None]:
    """Return P10, P50 and P90 of a number, None where it is infinite."""
    found = zip(("p10", "p50", "p90"), band(values), strict=True)
    return {name: tidy(value) if math.isfinite(value) else None for name, value in found}


def five(values: FloatArray) -> dict[str, float | None]:
    """Return P5, P10, P50, P90 and P95 of a number, None where it is infinite or there are no draws."""
    if values.size == 0:
        return dict.fromkeys(QUANTILES)
    found = np.quantile(values, list(QUANTILES.values()), method="inverted_cdf")
    return {q: tidy(v) if math.isfinite(v) else None for q, v in zip(QUANTILES, found, strict=True)}


def fan_of(path: FloatArray) -> dict[str, list[float]]:
    """Return the quantiles of a path point by point; `path` is (points, N) and finite."""
    found = np.quantile(path, list(QUANTILES.values()), axis=1, method="inverted_cdf")
    return {q: [tidy(v) for v in line] for q, line in zip(QUANTILES, found, strict=True)}
