"""Turning points of a path: its peak, how fast it decays, and when a dip is made good.

``None`` and NaN both mean "not known", as in `dearth.measures.errors`; a path that ends too early gives None.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from dearth.calendar import week_of_date
from dearth.engine.arrays import FloatArray
from dearth.errors import Fault, InputError
from dearth.measures.errors import PHASE, Values, numbers, same_length

__all__ = ["Peak", "half_life", "peak", "peak_week_difference", "recovery_week"]


class Peak(NamedTuple):
    """The highest value of a path.

    Attributes
    ----------
    week
        Week of the first highest value.
    value
        In the unit of the path.
    inside
        False at the first or last known value: the true peak may lie outside what is known.
    """

    week: float
    value: float
    inside: bool


def peak(weeks: Values, values: Values) -> Peak | None:
    """Return the first highest known value; weeks ascending, values in any unit."""
    w, v = _path(weeks, values)
    if v.size == 0:
        return None
    at = int(np.argmax(v))
    return Peak(float(w[at]), float(v[at]), 0 < at < v.size - 1)


def peak_week_difference(
    model_weeks: Values, model: Values, record_weeks: Values, record: Values
) -> float | None:
    """Return how many weeks later than the record's the model's peak comes (below 0: earlier).

    Each path has its own weeks, since a record is known on a few dates only; see `Peak.inside`.
    """
    mine, theirs = peak(model_weeks, model), peak(record_weeks, record)
    return None if mine is None or theirs is None else mine.week - theirs.week


def _path(weeks: Values, values: Values) -> tuple[FloatArray, FloatArray]:
    """Return the known points of a path, in order of time."""
    w, v = numbers("weeks", weeks), numbers("values", values)
    same_length(weeks=w, values=v)
    if not np.isfinite(w).all() or (np.diff(w) <= 0.0).any():
        raise InputError(PHASE, Fault("not in order of time", "weeks", cure="give each week once, ascending"))
    known = ~np.isnan(v)
    return w[known], v[known]


def half_life(weeks: Values, values: Values, base: float = 0.0) -> float | None:
    """Return the weeks from the peak until the excess over `base` first is half of the peak's.

    Between two known points the excess falls exponentially (linearly to a point at or below `base`).

    Parameters
    ----------
    weeks, values
        The path; weeks ascending, values and `base` in one unit.
    base
        Level to which the path decays.

    Returns
    -------
    float or None
        Weeks; None if the peak is not above `base`, or the path ends before half is reached.
    """
    w, v = _path(weeks, values)
    top = int(np.argmax(v)) if v.size else 0
    if v.size == 0 or v[top] <= base:
        return None
    excess = (v[top:] - base) / (v[top] - base)
    below = np.flatnonzero(excess <= 0.5)  # noqa: PLR2004
    if below.size == 0:
        return None
    k = int(below[0])
    before, after = float(excess[k - 1]), float(excess[k])
    linear = (before - 0.5) / (before - after)
    part = math.log(before / 0.5) / math.log(before / after) if after > 0.0 else linear
    return float(w[top + k - 1] + part * (w[top + k] - w[top + k - 1]) - w[top])


def recovery_week(
    months: Sequence[date], amounts: Values, base: float, start: date, level: float = 0.9
) -> float | None:
    """Return when monthly amounts, joined by straight lines between mid-months, climb back through a level.

    It is the first crossing after the lowest month.

    Parameters
    ----------
    months
        Any day of each month, one month after the other.
    amounts
        For example exports in t/month; None where not published.
    base
        Mean of the months before, in the same unit; Q1 2025 for the gate of April 2025.
    start
        Day from which weeks are counted; `dearth.calendar.date_of_week` gives the day.
    level
        Share of the base.

    Returns
    -------
    float or None
        Weeks after `start`; None if the amounts never fell below the level, did not come back, or came back
        in a month after one that is not known.

    Raises
    ------
    InputError
        Months that do not follow each other, or a base that is not above 0.
    """
    v = numbers("amounts", amounts)
    middle = np.array([_mid_month(m, start) for m in months])
    same_length(months=middle, amounts=v)
    count = np.array([m.year * 12 + m.month for m in months])
    if (np.diff(count) != 1).any():
        raise InputError(
            PHASE, Fault("months do not follow each other", "months", cure="fill gaps with None")
        )
    if not (math.isfinite(base) and base > 0.0):
        raise InputError(PHASE, Fault("not above 0", "base", cure="give the mean of the months before"))
    target = level * base
    if np.isnan(v).all() or np.nanmin(v) >= target:
        return None
    low = int(np.nanargmin(v))
    back = low + np.flatnonzero(v[low:] >= target)
    if back.size == 0 or np.isnan(v[back[0] - 1]):
        return None
    k = int(back[0])
    return float(middle[k - 1] + (target - v[k - 1]) / (v[k] - v[k - 1]) * (middle[k] - middle[k - 1]))


def _mid_month(day: date, start: date) -> float:
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return 0.5 * (week_of_date(first, start) + week_of_date(after, start))
