"""How far a model is from the record: errors of paths, of chances and of bands.

Model and record are sequences of equal length; ``None`` and NaN both mean "not known" and take their pair
out.  Every measure returns None when nothing is left to compare, or the measure is not defined for what is
left.  An infinite model value (a rival that explodes) makes an error infinite; an infinite record is a fault.

References
----------
Brier, G. W. (1950): Verification of forecasts expressed in terms of probability. Monthly Weather Review 78,
1-3.
Hyndman, R. J. and Koehler, A. B. (2006): Another look at measures of forecast accuracy. International
Journal of Forecasting 22, 679-688.
Morley, S. K., Brito, T. V., Welling, D. T. (2018): Measures of model performance based on the log accuracy
ratio. Space Weather 16, 69-88.
Theil, H. (1958): Economic forecasts and policy. North-Holland.
Theil, H. (1966): Applied economic forecasting. North-Holland.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.errors import Fault, InputError

__all__ = [
    "PHASE",
    "Theil",
    "Values",
    "brier",
    "chi2",
    "coverage",
    "factor_errors",
    "log_errors",
    "mape",
    "numbers",
    "rms_log_error",
    "same_length",
    "sign_agreement",
    "smape",
    "theil",
]

Values = Sequence[float | None] | FloatArray

PHASE: Final = "The model cannot be held against the record"


class Theil(NamedTuple):
    """Inequality coefficients, and the parts of the mean squared error; all dimensionless.

    Attributes
    ----------
    u1
        Root mean square error over the sum of both root mean squares, 0 to 1 [Theil 1958]; None if both
        are zero throughout.
    u2
        Root mean square error over that of "no change", 1: no better than that [Theil 1966]; None if the
        record does not move.
    bias, variance, covariance
        Share of the mean squared error from unequal means, from unequal spread, and from imperfect
        correlation; they sum to 1 [Theil 1966]. None if there is no error.
    """

    u1: float | None
    u2: float | None
    bias: float | None
    variance: float | None
    covariance: float | None


def numbers(name: str, values: Values) -> FloatArray:
    """Return a vector in which None has become NaN.

    Raises
    ------
    InputError
        Something that is no number, or more than one axis.
    """
    try:
        vector = np.array([math.nan if v is None else float(v) for v in values])
    except (TypeError, ValueError) as error:
        fault = Fault("not a list of numbers", name, str(error), "give numbers, and None where none is known")
        raise InputError(PHASE, fault) from error
    return vector


def same_length(**vectors: FloatArray) -> None:
    """Raise an InputError if the vectors differ in length."""
    sizes = {name: vector.size for name, vector in vectors.items()}
    if len(set(sizes.values())) > 1:
        fault = Fault("lengths differ", ", ".join(sizes), str(sizes), "give one value for each date, or None")
        raise InputError(PHASE, fault)


def _pairs(model: Values, record: Values) -> tuple[FloatArray, FloatArray]:
    """Return the pairs in which both are known."""
    m, r = numbers("model", model), numbers("record", record)
    same_length(model=m, record=r)
    if np.isinf(r).any():
        raise InputError(PHASE, Fault("infinite value", "record", cure="give None where none is known"))
    known = ~np.isnan(m) & ~np.isnan(r)
    return m[known], r[known]


def _scored(
    model: Values, record: Values, score: Callable[[FloatArray, FloatArray], float | None]
) -> float | None:
    m, r = _pairs(model, record)
    if m.size == 0:
        return None
    return score(m, r) if np.isfinite(m).all() else math.inf


def mape(model: Values, record: Values) -> float | None:
    """Return the mean absolute error over the record, as a share (0.07 is 7 %) [Hyndman and Koehler 2006].

    None if a record is zero: a percentage of nothing does not exist, and leaving it out would flatter.
    """

    def score(m: FloatArray, r: FloatArray) -> float | None:
        return float(np.mean(np.abs(m - r) / np.abs(r))) if (r != 0.0).all() else None

    return _scored(model, record, score)


def smape(model: Values, record: Values) -> float | None:
    """Return the mean of ``|m - r| / ((|m| + |r|) / 2)``, 0 to 2; two zeros agree."""

    def score(m: FloatArray, r: FloatArray) -> float:
        size = 0.5 * (np.abs(m) + np.abs(r))
        return float(np.mean(np.abs(m - r) / np.where(size > 0.0, size, 1.0)))

    return _scored(model, record, score)


def sign_agreement(model: Values, record: Values, still: float = 0.0) -> float | None:
    """Return the share of changes that go the same way, 0 to 1.

    Parameters
    ----------
    model, record
        Changes, in any one unit.
    still
        Changes up to this size count as none, in that unit; "none" agrees with "none" only.
    """
    m, r = _pairs(model, record)
    if m.size == 0:
        return None
    way = [np.where(np.abs(v) <= still, 0.0, np.sign(v)) for v in (m, r)]
    return float(np.mean(way[0] == way[1]))


def theil(model: Values, record: Values, before: Values | float) -> Theil | None:
    """Return Theil's coefficients of a forecast, and the parts of its mean squared error.

    Parameters
    ----------
    model, record
        Levels, in any one unit.
    before
        What was known when each forecast was made: the last value before it, or one value for all.

    Returns
    -------
    Theil or None
        None if no pair is left; all parts None and `u1`, `u2` infinite if a model value is infinite.
    """
    steps = np.full(len(record), before) if isinstance(before, float | int) else numbers("before", before)
    same_length(record=numbers("record", record), before=steps)
    known = np.where(np.isnan(steps), np.nan, numbers("record", record))
    m, r = _pairs(model, known)
    if m.size == 0:
        return None
    if not np.isfinite(m).all():
        return Theil(math.inf, math.inf, None, None, None)
    pairs = ~np.isnan(known) & ~np.isnan(numbers("model", model))
    rms = math.sqrt(float(np.mean((m - r) ** 2)))
    size = float(np.sqrt(np.mean(m**2)) + np.sqrt(np.mean(r**2)))
    moved = float(np.sqrt(np.mean((r - steps[pairs]) ** 2)))
    return Theil(rms / size if size else None, rms / moved if moved else None, *_parts(m, r))


def _parts(m: FloatArray, r: FloatArray) -> tuple[float | None, float | None, float | None]:
    """Return the shares of bias, variance and covariance in the mean squared error [Theil 1966]."""
    total = float(np.mean((m - r) ** 2))
    if total == 0.0:
        return None, None, None
    bias = float(np.mean(m) - np.mean(r)) ** 2
    variance = float(np.std(m) - np.std(r)) ** 2
    together = float(np.mean((m - np.mean(m)) * (r - np.mean(r))))
    covariance = 2.0 * (float(np.std(m) * np.std(r)) - together)
    return bias / total, variance / total, covariance / total


def coverage(low: Values, high: Values, record: Values) -> float | None:
    """Return the share of the record inside its band, edges included, 0 to 1; all in one unit.

    A band of 5-95 % that says what it means holds 0.9 of the record.

    Raises
    ------
    InputError
        A band whose low end lies above its high end.
    """
    bottom, top, r = numbers("low", low), numbers("high", high), numbers("record", record)
    same_length(low=bottom, high=top, record=r)
    if (bottom > top).any():
        raise InputError(PHASE, Fault("low above high", "band", cure="give the 5 % end first"))
    known = ~(np.isnan(bottom) | np.isnan(top) | np.isnan(r))
    inside = (bottom <= r) & (r <= top)
    return float(np.mean(inside[known])) if known.any() else None


def brier(probability: Values, happened: Values) -> float | None:
    """Return the mean of ``(probability - happened)**2``, 0 (best) to 1 [Brier 1950].

    Parameters
    ----------
    probability
        Of each event, 0 to 1.
    happened
        1 if it did, 0 if not, None if nobody knows.

    Raises
    ------
    InputError
        A probability outside 0 to 1, or an outcome other than 0 and 1.
    """
    p, happens = _pairs(probability, happened)
    faults = []
    if ((p < 0.0) | (p > 1.0)).any():
        faults.append(Fault("outside 0 to 1", "probability", cure="give shares, not percent"))
    if not np.isin(happens, (0.0, 1.0)).all():
        faults.append(Fault("neither 0 nor 1", "happened", cure="give None where nobody knows"))
    if faults:
        raise InputError(PHASE, faults)
    return float(np.mean((p - happens) ** 2)) if p.size else None


def log_errors(model: Values, record: Values) -> FloatArray:
    """Return ln(model / record) for each pair, dimensionless [Morley et al. 2018].

    NaN where either is not known or the record is not above 0; minus infinity where the model is 0.

    Raises
    ------
    InputError
        A model value below 0, which has no logarithm, or an infinite record.
    """
    m, r = numbers("model", model), numbers("record", record)
    _pairs(m, r)
    if (m < 0.0).any():
        raise InputError(
            PHASE, Fault("value below 0", "model", cure="compare such a path by its differences")
        )
    known = ~np.isnan(m) & (r > 0.0)
    ratio = np.divide(m, r, out=np.full(m.shape, np.nan), where=known)
    return np.asarray(np.log(ratio, out=np.where(ratio == 0.0, -np.inf, np.nan), where=ratio > 0.0))


def factor_errors(model: Values, record: Values) -> FloatArray:
    """Return ``exp(|ln(model / record)|)`` for each pair: 1.5 is half as much again, or a third less."""
    return np.asarray(np.exp(np.abs(log_errors(model, record))))


def rms_log_error(model: Values, record: Values) -> float | None:
    """Return the root mean square of `log_errors`; 0.4 is about a factor of 1.5."""
    errors = log_errors(model, record)
    known = errors[~np.isnan(errors)]
    return float(np.sqrt(np.mean(known**2))) if known.size else None


def chi2(errors: Values, sigma: Values, floor: float) -> float | None:
    """Return the sum of ``(error / max(sigma, floor))**2``, dimensionless.

    Parameters
    ----------
    errors
        For example `log_errors`, or weeks of a peak's difference; None and NaN count nothing.
    sigma
        Tolerance of each, in the unit of the errors (ln 1.25 for a bar of 25 %); None: the floor.
    floor
        How far two sources of one figure differ, in that unit, above 0: no record is known better than that.

    Raises
    ------
    InputError
        A floor that is not above 0, or a sigma below 0.
    """
    e, s = numbers("errors", errors), numbers("sigma", sigma)
    same_length(errors=e, sigma=s)
    if not (math.isfinite(floor) and floor > 0.0) or (s < 0.0).any():
        why = "a tolerance of nothing makes any error infinite"
        raise InputError(PHASE, Fault("not above 0", "floor or sigma", why, "give the spread of the sources"))
    known = ~np.isnan(e)
    width = np.fmax(s, floor)
    return float(np.sum((e[known] / width[known]) ** 2)) if known.any() else None
