"""Observations beside an ensemble: median, band, error, and whether the stated bar is met."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.measures.errors import Theil, factor_errors, mape, sign_agreement, theil
from dearth.measures.fit import ZERO_MONTH, residuals, tolerance
from dearth.measures.observed import Run, fob, modelled

__all__ = [
    "HIGH",
    "LOW",
    "ZERO_MONTH",
    "Compared",
    "Summary",
    "bar_text",
    "compared",
    "meets",
    "series_key",
    "series_of",
    "summarised",
    "weekly_price",
]

LOW, HIGH = 0.05, 0.95
_ORDER: Final = 10.0
_PATH_BAR: Final = "mape"
_PATH_LEAST: Final = 2

SeriesKey = tuple[str, str, str, str, str, str]


class Compared(NamedTuple):
    """One observation beside the model, in the unit of the observation.

    Attributes
    ----------
    model
        The run of the best estimates (fitted numbers and the book's central values), where there is one,
        else the median of the ensemble; None where the model cannot say.
    low, high
        5 % and 95 % of the ensemble.
    error
        Model over observed, less 1; None if nothing was observed.
    met
        Whether the model meets the bar; None where there is no bar, or no model value.
    inside
        Whether the figure observed lies in the band.
    """

    observation: Observation
    low: float | None
    model: float | None
    high: float | None
    error: float | None
    met: bool | None
    inside: bool | None


class Summary(NamedTuple):
    """Errors of a set of medians against their record.

    Attributes
    ----------
    pairs
        Pairs compared: observations of more than next to nothing, with a value.
    mape
        Mean absolute error as a share.
    factor
        Median factor by which it is off.
    sign
        Share of changes inside each series that go the same way.
    theil
        Of logarithms, pooled over all series; "no change" is the point before in the same series.
    chi2, rows
        Sum of squared log errors over tolerances, and of how many train rows.
    """

    pairs: int
    mape: float | None
    factor: float | None
    sign: float | None
    theil: Theil | None
    chi2: float | None
    rows: int


def bar_text(bar: str) -> str:
    """Say in words what a bar asks for."""
    kind, _, number = bar.partition(":")
    if kind == "range":
        low, _, high = number.partition("..")
        return f"between {low} and {high}"
    said: dict[str, Callable[[], str]] = {
        "rel": lambda: f"within {float(number):.0%}",
        "factor": lambda: f"within a factor {number}",
        "mape": lambda: f"mean error of its path at most {float(number):.0%}",
        "order": lambda: "within a factor 10",
        "sign": lambda: "goes the way the record goes",
    }
    return said[kind]() if kind in said else "no bar"


def meets(obs: Observation, value: float) -> bool | None:
    """Return whether a value meets the bar of an observation; None if it is about more than one figure."""
    kind, _, number = obs.bar.partition(":")
    if kind == "range":
        low, _, high = number.partition("..")
        return float(low) <= value <= float(high)
    if kind not in {"rel", "factor", "order"}:
        return None
    if obs.value <= 0.0:
        return value < ZERO_MONTH
    if kind == "rel":
        return abs(value / obs.value - 1.0) <= float(number)
    factor = max(value, 1e-12) / obs.value
    return max(factor, 1.0 / factor) <= (float(number) if kind == "factor" else _ORDER)


def series_key(obs: Observation) -> SeriesKey:
    """Return what makes observations one path: the same thing at the same place in the same unit."""
    observable = obs.observable.removesuffix("-path")
    return (observable, obs.element, obs.place, obs.partner, obs.tier, obs.unit)


def series_of(observations: Sequence[Observation]) -> dict[SeriesKey, list[int]]:
    """Return the numbers of the observations of each path, in order of time.

    A figure that is listed twice (for a bar of its own, and as part of a path) counts once.
    """
    found: dict[SeriesKey, dict[tuple[date, date], int]] = {}
    for i, obs in enumerate(observations):
        found.setdefault(series_key(obs), {})[(obs.start, obs.end)] = i
    return {k: [v[day] for day in sorted(v)] for k, v in found.items()}


def compared(
    run: Run,
    observations: Sequence[Observation],
    weights: FloatArray | None = None,
    best: Run | None = None,
) -> list[Compared]:
    """Return every observation beside the run.

    Parameters
    ----------
    run, observations
        Of one episode.
    weights
        Of the draws, (N,), for a forecast that has learnt; None: all alike.
    best
        One draw at the best estimates: what the model says, the ensemble being its band.
    """
    points = [None if best is None else modelled(best, obs) for obs in observations]
    rows = [
        _one(obs, modelled(run, obs), weights, point) for obs, point in zip(observations, points, strict=True)
    ]
    return _with_paths(_with_record(rows))


def _one(
    obs: Observation, values: FloatArray | None, weights: FloatArray | None, point: FloatArray | None
) -> Compared:
    if values is None:
        return Compared(obs, None, None, None, None, None, None)
    low, median, high = quantiles(values, weights)
    model = median if point is None else float(point[0])
    error = model / obs.value - 1.0 if obs.value > 0.0 else None
    inside = low <= max(obs.value, 0.0) <= high or (obs.value <= 0.0 and low < ZERO_MONTH)
    return Compared(obs, low, model, high, error, meets(obs, model), inside)


def quantiles(values: FloatArray, weights: FloatArray | None = None) -> tuple[float, float, float]:
    """Return 5 %, 50 % and 95 % of some draws, weighted or not."""
    if weights is None:
        low, median, high = np.quantile(values, [LOW, 0.5, HIGH])
        return float(low), float(median), float(high)
    order = np.argsort(values)
    share = np.cumsum(weights[order]) - 0.5 * weights[order]
    low, median, high = np.interp([LOW, 0.5, HIGH], share / weights.sum(), values[order])
    return float(low), float(median), float(high)


def _with_paths(rows: list[Compared]) -> list[Compared]:
    """Judge the rows whose bar is about the mean error of their path."""
    at = [i for i, r in enumerate(rows) if r.observation.bar.startswith(_PATH_BAR) and r.model is not None]
    for key in {series_key(rows[i].observation) for i in at}:
        mine = [i for i in at if series_key(rows[i].observation) == key]
        error = mape([rows[i].model for i in mine], [rows[i].observation.value for i in mine])
        limit = float(rows[mine[0]].observation.bar.partition(":")[2])
        for i in mine:
            rows[i] = rows[i]._replace(met=error is not None and error <= limit)
    return rows


def _with_record(rows: list[Compared]) -> list[Compared]:
    """Judge the rows that say a month was a record: in the model, too, none before is above it."""
    for i, row in enumerate(rows):
        if row.observation.bar != "sign" or row.model is None:
            continue
        key = series_key(row.observation)[:4]
        before = [
            r.model
            for r in rows
            if series_key(r.observation)[:4] == key
            and r.observation.end < row.observation.start
            and r.model is not None
        ]
        rows[i] = row._replace(met=bool(before) and row.model > max(before))
    return rows


def summarised(observations: Sequence[Observation], values: Sequence[float | None]) -> Summary:
    """Return the errors of one value per observation (the model's medians, or a rival's)."""
    known = [i for i, o in enumerate(observations) if not _none(o) and o.tier not in {"stop", "sign"}]
    once = sorted({i for at in series_of([observations[j] for j in known]).values() for i in at})
    keep = [known[i] for i in once]
    model = [values[i] for i in keep]
    record = [observations[i].value for i in keep]
    errors = factor_errors([None if v is None else max(v, 0.0) for v in model], record)
    errors = errors[~np.isnan(errors)]
    mine, theirs, before = _steps(observations, values, keep)
    train = [
        i for i, o in enumerate(observations) if o.use == "train" and values[i] is not None and tolerance(o)
    ]
    chi2 = _chi2([observations[i] for i in train], [values[i] for i in train])
    return Summary(
        pairs=sum(v is not None for v in model),
        mape=mape(model, record),
        factor=float(np.median(errors)) if errors.size else None,
        sign=sign_agreement(mine - before[0], theirs - before[1]) if mine.size else None,
        theil=theil(mine, theirs, before[1]) if mine.size else None,
        chi2=chi2,
        rows=len(train),
    )


def _none(obs: Observation) -> bool:
    """Return whether next to nothing was observed: an error in per cent of it says nothing."""
    return obs.value <= (ZERO_MONTH if obs.unit.startswith("kg/month") else 0.0)


def _chi2(observations: Sequence[Observation], values: Sequence[float | None]) -> float | None:
    if not observations:
        return None
    at = [np.array([v if v is not None and math.isfinite(v) else 1e12]) for v in values]
    return float((residuals(observations, at, 1) ** 2).sum())


def _steps(
    observations: Sequence[Observation], values: Sequence[float | None], keep: Sequence[int]
) -> tuple[FloatArray, FloatArray, tuple[FloatArray, FloatArray]]:
    """Return logs of value and record from the second point of each path on, and at the point before."""
    found: list[tuple[float, float, float, float]] = []
    for at in series_of([observations[i] for i in keep]).values():
        pairs = [(values[keep[i]], observations[keep[i]].value) for i in at]
        logs = [(_log(v), _log(r)) for v, r in pairs if v is not None]
        found += [(*now, *then) for then, now in pairwise(logs)]
    if len(found) < _PATH_LEAST:
        none = np.zeros(0)
        return none, none, (none, none)
    m, r, m0, r0 = np.array(found).T
    return m, r, (m0, r0)


def _log(value: float) -> float:
    return math.log(min(max(value, 1e-6), 1e12))


def weekly_price(run: Run, obs: Observation) -> FloatArray | None:
    """Return the weekly path of an element's price at the tier of an observation, USD/kg, (W, N)."""
    if obs.observable != "price" or obs.element not in ELEMENTS:
        return None
    e = ELEMENTS.index(obs.element)
    if obs.tier == "china":
        return run.trace.china[:, e]
    if obs.tier == "fob":
        return fob(run, e)
    at = [i for i, b in enumerate(run.model.buyers) if b == (obs.element, obs.place)]
    return run.trace.quote[:, at[0]] if at and obs.tier == "quote" else None
