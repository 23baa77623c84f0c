"""Fitting a few numbers to the train rows: bounded least squares on log errors, ranges as priors.

The residual of an observation is ln(model / observed) over the tolerance that its bar states; each free
number adds one residual, its distance from the book's value over half of the book's range, so that a number
the record says nothing about stays where the book has it.  (A maximum a posteriori estimate; Tarantola 2005,
chapter 3.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.errors import Fault, InputError

__all__ = [
    "KG_PER_TONNE",
    "ZERO_MONTH",
    "Fit",
    "Free",
    "Profile",
    "fit",
    "profile",
    "residuals",
    "screened",
    "tolerance",
]

_STEP: Final = 1e-3  # of the range, for derivatives
_FLOOR: Final = 1e-3  # of the observed value: below it a flow counts as none
_ORDER: Final = math.log(10.0)
ZERO_MONTH: Final = 100.0  # kg a month that still counts as none
KG_PER_TONNE: Final = 1000.0
_MISSING: Final = 3.0  # residual of an observation that the model cannot give at all
_CHI2_1: Final = 3.84  # 95 % of one degree of freedom


class Free(NamedTuple):
    """A number that may be fitted: its row, the book's value and range."""

    id: str
    value: float
    low: float
    high: float

    @property
    def scale(self) -> float:
        """Half of the range: one unit of the prior residual."""
        return 0.5 * (self.high - self.low)


class Fit(NamedTuple):
    """Fitted numbers, with chi2 over observations alone and with the prior."""

    values: FloatArray
    chi2: float
    total: float
    covariance: FloatArray
    rounds: int


class Profile(NamedTuple):
    """Chi2 along one number, the others refitted; `low` and `high` bound what the record leaves open."""

    id: str
    at: FloatArray
    chi2: FloatArray
    low: float
    high: float
    identified: bool


Batch = Callable[[FloatArray], FloatArray]  # (P, N) values -> (R, N) residuals of observations


def tolerance(obs: Observation) -> float | None:
    """Return the tolerance of an observation on a log scale, or None if its bar is not one."""
    kind, _, number = obs.bar.partition(":")
    if kind in {"rel", "mape"}:
        return math.log1p(float(number))
    if kind == "factor":
        return math.log(float(number))
    return _ORDER if kind == "order" else None


def residuals(observed: Sequence[Observation], values: Sequence[FloatArray | None], n: int) -> FloatArray:
    """Return log errors over tolerances, (R, N); observations whose bar is no tolerance are left out."""
    rows = []
    for obs, value in zip(observed, values, strict=True):
        width = tolerance(obs)
        if width is None:
            continue
        if value is None:
            rows.append(np.full(n, _MISSING))
            continue
        none = ZERO_MONTH if obs.unit.startswith("kg") else ZERO_MONTH / KG_PER_TONNE
        floor = none if obs.value <= 0.0 else _FLOOR * obs.value
        rows.append(np.log(np.maximum(value, floor) / max(obs.value, floor)) / width)
    return np.stack(rows)


def _prior(free: Sequence[Free], values: FloatArray) -> FloatArray:
    """Return the prior residuals, (P, N)."""
    book = np.array([f.value for f in free])[:, None]
    scale = np.array([f.scale for f in free])[:, None]
    return np.asarray((values - book) / scale)


def _steps(free: Sequence[Free], at: FloatArray) -> FloatArray:
    """Return the points of a forward difference, (P, P + 1): the point, then one step in each number."""
    points = np.repeat(at[:, None], len(free) + 1, axis=1)
    for i, f in enumerate(free):
        step = _STEP * (f.high - f.low)
        points[i, i + 1] += -step if at[i] + step > f.high else step
    return points


def _with_slopes(batch: Batch, free: Sequence[Free], at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return residuals at a point, prior included, and their slopes, (R + P,) and (R + P, P)."""
    points = _steps(free, at)
    all_of = np.concatenate([batch(points), _prior(free, points)])
    moved = np.array([points[i, i + 1] - at[i] for i in range(len(free))])
    return all_of[:, 0], (all_of[:, 1:] - all_of[:, :1]) / moved


def screened(batch: Batch, free: Sequence[Free], points: int, best: int, seed: int) -> list[FloatArray]:
    """Return the `best` of `points` points spread over the ranges (Latin hypercube), lowest chi2 first.

    The surface has more than one valley: a search from one point only finds the nearest.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    u = np.stack([(rng.permutation(points) + rng.random(points)) / points for _ in free])
    low, high = (np.array([getattr(f, side) for f in free])[:, None] for side in ("low", "high"))
    at = low + (high - low) * u
    at[:, 0] = [f.value for f in free]
    total = (batch(at) ** 2).sum(axis=0) + (_prior(free, at) ** 2).sum(axis=0)
    return [at[:, i] for i in np.argsort(total, kind="stable")[:best]]


def fit(
    batch: Batch,
    free: Sequence[Free],
    held: Mapping[str, float] | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Return the numbers that meet the record best within the book's ranges.

    Parameters
    ----------
    batch
        Residuals of the observations at several points at once.
    free
        Numbers to fit.
    held
        Ids that stay at the given value (a profile walks along one).
    start
        First point, (P,); the book's values if None.

    Raises
    ------
    InputError
        The optimiser is not installed (extra ``fit``).
    """
    try:
        from scipy.optimize import least_squares  # noqa: PLC0415 (an extra, needed for fitting only)
    except ImportError as error:
        fault = Fault("scipy is not installed", cure="pip install 'dearth[fit]'")
        raise InputError("Fitting", fault) from error
    fixed = dict(held or {})
    loose = [i for i, f in enumerate(free) if f.id not in fixed]
    point = np.array([fixed.get(f.id, f.value) for f in free])
    if start is not None:
        point[loose] = start[loose]
    seen: dict[bytes, tuple[FloatArray, FloatArray]] = {}

    def at(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        if x.tobytes() not in seen:
            full = point.copy()
            full[loose] = x
            seen[x.tobytes()] = _with_slopes(batch, free, full)
        return seen[x.tobytes()]

    low, high = (np.array([getattr(free[i], side) for i in loose]) for side in ("low", "high"))
    scale = np.array([free[i].scale for i in loose])
    inside = np.clip(point[loose], low + 1e-6 * scale, high - 1e-6 * scale)
    found = least_squares(
        lambda x: at(x)[0],
        inside,
        jac=lambda x: at(x)[1][:, loose],
        bounds=(low, high),
        x_scale=scale,
        ftol=1e-4,
        xtol=1e-4,
        max_nfev=40,
    )
    point[loose] = found.x
    errors, slopes = at(found.x)
    covariance = np.asarray(np.linalg.pinv(slopes.T @ slopes), np.float64)
    n_obs = errors.size - len(free)
    return Fit(
        point, float((errors[:n_obs] ** 2).sum()), float((errors**2).sum()), covariance, int(found.nfev)
    )


def profile(batch: Batch, free: Sequence[Free], best: Fit, name: str, points: int = 5) -> Profile:
    """Return the profile of one number over its range.

    Identified: to put it back to the book's value, the others refitted, costs more than 3.84 of chi2.
    """
    f = next(f for f in free if f.id == name)
    inner = np.linspace(f.low + 0.02 * (f.high - f.low), f.high - 0.02 * (f.high - f.low), points)
    at = np.unique(np.append(inner, f.value))
    chi2 = np.array([fit(batch, free, {name: float(v)}, best.values).total for v in at])
    here = best.values[[g.id for g in free].index(name)]
    at, chi2 = np.append(at, here), np.append(chi2, best.total)
    order = np.argsort(at)
    at, chi2 = at[order], chi2[order]
    left, right = _crossing(at, chi2, best.total, here)
    cost = float(chi2[np.searchsorted(at, f.value)]) - best.total
    return Profile(name, at, chi2, left, right, cost > _CHI2_1)


def _crossing(at: FloatArray, chi2: FloatArray, least: float, here: float) -> tuple[float, float]:
    """Return where chi2 passes its least by 3.84 on either side; the ends if nowhere.

    Towards the first point outside, chi2 is taken as a parabola from the best point.
    """
    ends = []
    for side in (-1.0, 1.0):
        order = np.argsort(side * at)
        x, over = at[order], chi2[order] - least
        beyond = side * (x - here) > 0.0
        x, over = x[beyond], over[beyond]
        out = np.flatnonzero(over > _CHI2_1)
        if not out.size:
            ends.append(float(x[-1]) if x.size else here)
            continue
        first = int(out[0])
        reach = here + (x[first] - here) * math.sqrt(_CHI2_1 / over[first])
        last_inside = float(x[first - 1]) if first else here
        ends.append(side * max(side * float(reach), side * last_inside))
    return ends[0], ends[1]
