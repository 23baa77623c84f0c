"""Turning points of an episode: when magnet exports came back, when prices peaked, how fast they fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.calendar import WEEKS_PER_YEAR, week_of_date
from dearth.engine.arrays import FloatArray
from dearth.measures.compared import series_of, weekly_price
from dearth.measures.observed import Run, modelled
from dearth.measures.peaks import half_life, peak, recovery_week
from dearth.measures.stops import NEVER

__all__ = ["Turn", "recovery_of_record", "recovery_of_rivals", "recovery_weeks", "turns"]

_MONTHS_PER_YEAR: Final = 12
_LEAST: Final = 3  # points of a path that has a peak


class Turn(NamedTuple):
    """Peak and decay of one price path, of the median model and of the record.

    Attributes
    ----------
    path
        Element and tier.
    difference
        Weeks by which the model's peak comes later (below 0: earlier).
    model_peak, record_peak
        Highest values, USD/kg.
    model_week, record_week
        Weeks from the start of the run.
    model_half_life, record_half_life
        Weeks from the peak until half of the excess over the first value is gone; None if it never is.
    inside
        Whether the record's peak lies between two observations, so that its date means something.
    """

    path: str
    difference: float
    model_week: float
    record_week: float
    model_peak: float
    record_peak: float
    model_half_life: float | None
    record_half_life: float | None
    inside: bool


def _magnet_months(observations: Sequence[Observation]) -> dict[date, Observation]:
    found = [o for o in observations if o.observable.startswith("magnet-export") and o.partner == "WORLD"]
    return {o.start: o for o in sorted(found, key=lambda o: o.start) if o.unit == "t/month"}


def recovery_of_record(observations: Sequence[Observation], start: date) -> float | None:
    """Return the week in which China's magnet exports were back at 90 % of their mean before the start."""
    months = _magnet_months(observations)
    before = [o.value for day, o in months.items() if day < start.replace(day=1)]
    after = [(day, o.value) for day, o in months.items() if day >= start.replace(day=1)]
    if not before or not after:
        return None
    return recovery_week([d for d, _ in after], [v for _, v in after], float(np.mean(before)), start)


def recovery_of_rivals(
    observations: Sequence[Observation], said: Mapping[str, Sequence[float | None]], start: date
) -> dict[str, float | None]:
    """Return the same week for each rival's path."""
    months = _magnet_months(observations)
    base = float(np.mean([o.value for day, o in months.items() if day < start.replace(day=1)] or [1.0]))
    after = [o for day, o in months.items() if day >= start.replace(day=1)]
    found = {}
    for key, values in said.items():
        path = [values[observations.index(o)] for o in after]
        finite = all(v is None or np.isfinite(v) for v in path)
        found[key] = recovery_week([o.start for o in after], path, base, start) if after and finite else None
    return found


def recovery_weeks(run: Run, observations: Sequence[Observation]) -> FloatArray:
    """Return that week draw by draw, against the base year; `NEVER` where it does not come."""
    months = [o for day, o in _magnet_months(observations).items() if day >= run.start.replace(day=1)]
    n = run.market.need0.shape[1]
    if not months:
        return np.full(n, NEVER)
    paths = [modelled(run, o) for o in months]
    flow = np.stack([np.full(n, np.nan) if v is None else v for v in paths])
    at = [i for i, b in enumerate(run.model.buyers) if b.good not in set(ELEMENTS)]
    base = (run.market.need0[at] - run.market.other0[at]).sum(axis=0) * WEEKS_PER_YEAR / _MONTHS_PER_YEAR
    days = [o.start for o in months]
    weeks = [recovery_week(days, flow[:, i], float(base[i]), run.start) for i in range(n)]
    return np.array([NEVER if w is None else w for w in weeks])


def turns(run: Run, observations: Sequence[Observation]) -> list[Turn]:
    """Return peaks and half-lives of every price path of the record with three points or more."""
    found = []
    for at in series_of(observations).values():
        path = [observations[i] for i in at]
        weekly = weekly_price(run, path[0]) if len(path) >= _LEAST and path[0].unit == "USD/kg" else None
        if weekly is not None:
            turn = _turn(run, path, np.median(weekly, axis=1))
            if turn is not None:
                found.append(turn)
    return found


def _turn(run: Run, path: Sequence[Observation], weekly: FloatArray) -> Turn | None:
    """Compare the median weekly path with the points of the record, between its first and last day."""
    days = np.array([0.5 * (week_of_date(o.start, run.start) + week_of_date(o.end, run.start)) for o in path])
    values = np.array([o.value for o in path])
    keep = np.append(True, np.diff(days) > 0.0)
    weeks = np.arange(weekly.size) + 1.0
    seen = (weeks >= days[0]) & (weeks <= days[-1] + 1.0)
    mine, theirs = peak(weeks[seen], weekly[seen]), peak(days[keep], values[keep])
    if mine is None or theirs is None:
        return None
    first = path[0]
    return Turn(
        path=f"{first.element} {first.tier}{' ' + first.place if first.tier == 'quote' else ''}",
        difference=mine.week - theirs.week,
        model_week=mine.week,
        record_week=theirs.week,
        model_peak=mine.value,
        record_peak=theirs.value,
        model_half_life=half_life(weeks[seen], weekly[seen], float(values[0])),
        record_half_life=half_life(days[keep], values[keep], float(values[0])),
        inside=theirs.inside,
    )
