"""Naive rivals: what needs no model, printed beside it.

Each is a pure function of arrays.  NaN in a series means "not known".  A rival that wins says more than any
error of the model alone [Hyndman and Koehler 2006].

References
----------
Hallegatte, S. (2014): Modeling the role of inventories and heterogeneity in the assessment of the economic
costs of natural disasters. Risk Analysis 34, 152-167, doi:10.1111/risa.12090.
Hyndman, R. J. and Koehler, A. B. (2006): Another look at measures of forecast accuracy. International
Journal of Forecasting 22, 679-688.
Juhel, S. (2024): BoARIO: a Python package implementing the ARIO indirect economic cost model. Journal of
Open Source Software.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dearth.engine.arrays import FloatArray
from dearth.errors import Fault, InputError

__all__ = [
    "Throttle",
    "ario_throttle",
    "fitted_ramp",
    "flat",
    "no_change",
    "ramp",
    "run_down",
    "static_elasticity",
]

_PHASE: Final = "The rival cannot be computed"
_LEAST: Final = 2  # points that two numbers need


def _held(**wrong: tuple[bool, str]) -> None:
    """Raise all faults at once; `wrong` says for each name whether it is, and what it should be."""
    faults = [Fault("outside its range", name, cure=cure) for name, (bad, cure) in wrong.items() if bad]
    if faults:
        raise InputError(_PHASE, faults)


def no_change(record: ArrayLike, before: float) -> FloatArray:
    """Return the last known value before each point: the one-step forecast "as it was".

    Parameters
    ----------
    record
        Series in any unit, (T,); NaN where not known.
    before
        Last value before the first point.

    Returns
    -------
    FloatArray
        (T,); never uses the point that it forecasts.
    """
    series = np.asarray(record, np.float64)
    known = np.concatenate(([before], series))[: series.size]
    last = np.maximum.accumulate(np.where(np.isnan(known), 0, np.arange(known.size)))
    return np.asarray(known[last])


def flat(base: ArrayLike, count: int) -> FloatArray:
    """Return the mean of the known base points (for example the months of a quarter), `count` times.

    NaN if no base point is known; any unit, (count,).
    """
    known = np.asarray(base, np.float64)
    known = known[~np.isnan(known)]
    _held(count=(count < 0, "give the number of points, 0 or more"))
    return np.full(count, known.mean() if known.size else np.nan)


def ramp(weeks: ArrayLike, origin: float, pace: float, level: float) -> FloatArray:
    """Return a straight line from `origin` at week 0 towards `level`, and `level` from there on.

    Parameters
    ----------
    weeks
        Weeks after the last known point, 0 or more, (T,).
    origin
        That point, in any unit.
    pace, level
        The two numbers: change per week (its size; 0 or more), and where it ends, in that unit.
    """
    week = np.asarray(weeks, np.float64)
    _held(pace=(not pace >= 0.0, "0 or more"), weeks=(bool((week < 0.0).any()), "0 or more"))
    gap = level - origin
    return np.asarray(origin + np.sign(gap) * np.minimum(pace * week, abs(gap)))


def fitted_ramp(weeks: ArrayLike, record: ArrayLike, origin: float) -> tuple[float, float]:
    """Return pace and level of the ramp that best fits the record (least squares over its possible bends).

    It has seen the answer: a bar to clear, no forecast.

    Parameters
    ----------
    weeks
        Weeks after the last known point, above 0, ascending, (T,).
    record
        Values in any unit, (T,); NaN where not known.
    origin
        The last known point.

    Raises
    ------
    InputError
        Fewer than two known points, or weeks out of order.
    """
    week, value = np.asarray(weeks, np.float64), np.asarray(record, np.float64)
    known = ~np.isnan(value)
    week, value = week[known], value[known]
    _held(
        record=(value.size < _LEAST, "two known points or more"),
        weeks=(bool((np.diff(week, prepend=0.0) <= 0.0).any()), "above 0, ascending"),
    )
    tried = []
    for bend in range(1, week.size):
        slope = float(week[:bend] @ (value[:bend] - origin) / (week[:bend] @ week[:bend]))
        pace, level = abs(slope), float(value[bend:].mean())
        tried.append((float(np.sum((ramp(week, origin, pace, level) - value) ** 2)), pace, level))
    return min(tried)[1:]


def static_elasticity(price: ArrayLike, share: ArrayLike, elasticity: ArrayLike) -> FloatArray:
    """Return the price at which use has shrunk to what is left: ``price * share**(-1 / elasticity)``.

    No stocks, no time, no way round: at an elasticity of 0.2 a cut of 75 % multiplies the price by 1,024.

    Parameters
    ----------
    price
        Before, in any unit, above 0.
    share
        Supply left, 0 to 1; at 0 the price is infinite.
    elasticity
        Of use to price, a positive number. The three are broadcast.
    """
    p, f, e = (np.asarray(v, np.float64) for v in (price, share, elasticity))
    _held(
        price=(bool((p <= 0.0).any()), "above 0"),
        share=(bool(((f < 0.0) | (f > 1.0)).any()), "0 to 1"),
        elasticity=(bool((e <= 0.0).any()), "above 0: give the size of the fall in use"),
    )
    with np.errstate(divide="ignore"):
        return np.asarray(p * f ** (-1.0 / e))


def run_down(stock: ArrayLike, use: ArrayLike, inflow: ArrayLike) -> FloatArray:
    """Return the weeks until the stock is gone: ``stock / (use - inflow)``.

    Parameters
    ----------
    stock
        Tonnes at hand and on the way, 0 or more.
    use, inflow
        t/week from now on, 0 or more. The three are broadcast.

    Returns
    -------
    FloatArray
        Weeks; infinite where the inflow covers the use.
    """
    s, u, i = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (stock, use, inflow)))
    _held(**{n: (bool((v < 0.0).any()), "0 or more") for n, v in (("stock", s), ("use", u), ("inflow", i))})
    gap = u - i
    never = np.where(np.isnan(s + gap), np.nan, np.inf)
    return np.asarray(np.divide(s, gap, out=never, where=gap > 0.0))


class Throttle(NamedTuple):
    """The rule of ARIO-inventory; defaults of BoARIO: 90 days, 0.8, a day.

    Attributes
    ----------
    goal
        Target stock, weeks of use.
    psi
        Share of the target below which output is throttled, 0 to 1.
    step
        Weeks, no longer than ``psi * goal``, or a step would use more than there is.
    """

    goal: float
    psi: float
    step: float


def ario_throttle(stock: ArrayLike, use: ArrayLike, inflow: ArrayLike, rule: Throttle) -> FloatArray:
    """Return the share of planned output that each step makes under the throttle of ARIO-inventory.

    Below ``psi * goal`` weeks of stock, output falls in proportion to the stock [Hallegatte 2014; the rule as
    coded in BoARIO].  So it starts to fall early and never stops: after a full cut it decays by e in ``psi *
    goal`` weeks, from ``(1 - psi) * goal`` weeks on.

    Parameters
    ----------
    stock
        At the start, t, (B,).
    use
        Planned, t/week, above 0, (B,).
    inflow
        Arrivals in each step, t/week, (T, B).
    rule
        Target stock, threshold and step.

    Returns
    -------
    FloatArray
        Output over plan in each step, 0 to 1, from the stock at its start, (T, B).
    """
    s, u, arrivals = (np.asarray(v, np.float64) for v in (stock, use, inflow))
    threshold = rule.psi * rule.goal
    _held(
        stock=(bool((s < 0.0).any()), "0 or more"),
        use=(bool((u <= 0.0).any()), "above 0"),
        inflow=(bool((arrivals < 0.0).any()), "0 or more"),
        psi=(not 0.0 < rule.psi <= 1.0, "above 0, up to 1"),
        step=(not 0.0 < rule.step <= threshold, "above 0, up to psi * goal"),
    )
    made = np.empty(arrivals.shape)
    for k, arriving in enumerate(arrivals):
        made[k] = np.minimum(1.0, s / (threshold * u))
        s = np.maximum(0.0, s + (arriving - made[k] * u) * rule.step)
    return made
