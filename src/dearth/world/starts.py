"""When projects start, if ever: competing risks, step by step, with the same luck in every comparison.

A plan at a step draws two exponential targets, one for the next step and one for its end.  Each is reached
when the cumulative hazard since the step was taken, given that nothing has happened until the as-of day, has
grown to the target; the earlier of the two happens.  Levers and squeezes multiply a hazard while they last,
so that with the same draws a higher hazard of the next step never delays it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws
from dearth.world.hazards import Hazards, Law
from dearth.world.projects import Projects

__all__ = ["Push", "Starts", "draw_starts", "output_share", "reach"]

_SHAPES: Final = (0.3, 3.0)
# step -> rows of the targets for its next step and its end; the last row is failure after first product
_ROWS: Final = {"financed": (0, 1), "commissioned": (2, 3)}
_FAILURE: Final = 4
_STREAMS: Final = 5
_MEDIAN: Final = float(np.log(2.0))
_LEAST: Final = 1e-12


class Push(NamedTuple):
    """A multiplier of the hazard of reaching a step, in a window of decimal years.

    Attributes
    ----------
    step
        ``financed`` or ``commissioned``.
    ratio
        (P,) or (P, N), at least 0; above 1 it hastens.
    begin, end
        Decimal years; ``inf`` for ever.
    """

    step: str
    ratio: FloatArray
    begin: float
    end: float


class Starts(NamedTuple):
    """Fates of projects, (P, N); years are decimal, ``inf`` is never.

    Attributes
    ----------
    financed, first
        Money found; first product.
    cancelled
        The plan ended before its first product.
    failed
        It stopped after first product and before its plateau.
    ramp, plateau
        Years from first product to the plateau; share of nameplate there.
    """

    financed: FloatArray
    first: FloatArray
    cancelled: FloatArray
    failed: FloatArray
    ramp: FloatArray
    plateau: FloatArray


class _Risk(NamedTuple):
    """One cause: scale and shape (N,), class ratio (P, N), windows of multipliers."""

    scale: FloatArray
    shape: FloatArray
    ratio: FloatArray
    pushes: Sequence[Push]

    def until(self, age: FloatArray) -> FloatArray:
        return np.asarray((np.maximum(age, 0.0) / self.scale) ** self.shape)

    def age_at(self, hazard: FloatArray) -> FloatArray:
        return np.asarray(self.scale * np.maximum(hazard, 0.0) ** (1.0 / self.shape))


def reach(risk: _Risk, since: FloatArray, now: FloatArray, target: FloatArray) -> FloatArray:
    """Return the decimal year in which a cause happens.

    Parameters
    ----------
    risk
        Hazard and its multipliers.
    since, now
        When the step was taken, and until when nothing has happened, (P, N).
    target
        Cumulative hazard at which it happens, (P, N).

    Returns
    -------
    FloatArray
        (P, N), ``inf`` where it never happens.
    """
    edges = sorted({e for p in risk.pushes for e in (p.begin, p.end) if np.isfinite(e)})
    begun = np.isfinite(since)
    since, now = np.where(begun, since, 0.0), np.where(begun, now, 0.0)
    left, found = target.copy(), np.full(target.shape, np.inf)
    for begin, end in zip([-np.inf, *edges], [*edges, np.inf], strict=True):
        rate = np.maximum(risk.ratio * _multiplier(risk.pushes, begin, end, target.shape), _LEAST)
        start = np.maximum(begin, now)
        low = risk.until(start - since)
        high = risk.until(end - since) if np.isfinite(end) else np.full(target.shape, np.inf)
        room = np.where(end > start, rate * np.maximum(high - low, 0.0), 0.0)
        here = np.isinf(found) & (left <= room) & (end > start)
        year = since + risk.age_at(left / rate + low)
        found = np.where(here, np.maximum(year, start), found)
        left = np.where(np.isinf(found), left - room, left)
    return np.where(begun, found, np.inf)


def _multiplier(pushes: Sequence[Push], begin: float, end: float, shape: tuple[int, ...]) -> FloatArray:
    out = np.ones(shape)
    for push in pushes:
        if push.begin <= begin and end <= push.end:
            ratio = np.asarray(push.ratio, np.float64)
            out = out * (ratio[:, None] if ratio.ndim == 1 else ratio)
    return out


class _Chance:
    """Laws drawn once per draw, targets once per project and draw."""

    def __init__(
        self, projects: Projects, hazards: Hazards, draws: Draws, as_of: float, pushes: Sequence[Push]
    ) -> None:
        self.projects, self.hazards, self.n, self.seed = projects, hazards, draws.n, draws.seed
        self.as_of, self.pushes = as_of, pushes
        self.k = draws.get("class-shrinkage")
        self.weight = draws.get("list-weight")
        self.targets = np.stack([self._targets(name) for name in projects.id])

    def _targets(self, name: str) -> FloatArray:
        """Return exponential targets of one project, (streams, N); one draw alone is the median path."""
        if self.n == 1:
            return np.full((_STREAMS, 1), _MEDIAN)
        rng = np.random.Generator(np.random.PCG64([self.seed, crc32(name.encode())]))
        return np.asarray(-np.log1p(-rng.random((_STREAMS, self.n))))

    def _law(self, law: Law, label: str) -> tuple[FloatArray, FloatArray]:
        """Return scale and shape per draw, from the covariance of their logarithms."""
        if self.n == 1 or not np.isfinite(law.scale):
            return np.full(self.n, law.scale), np.full(self.n, law.shape)
        rng = np.random.Generator(np.random.PCG64([self.seed, crc32(label.encode())]))
        table = np.array([[law.var_log_scale, law.cov_log], [law.cov_log, law.var_log_shape]])
        noise = rng.multivariate_normal(np.zeros(2), table, size=self.n, method="svd")
        return law.scale * np.exp(noise[:, 0]), np.clip(law.shape * np.exp(noise[:, 1]), *_SHAPES)

    def step(self, step: str, since: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return when the next step is taken and when the plan ends; the later of the two never comes."""
        now, (row, other) = np.maximum(since, self.as_of), _ROWS[step]
        onward = reach(self.risk(step, "next"), since, now, self.targets[:, row])
        end = reach(self.risk(step, "end"), since, now, self.targets[:, other])
        return np.where(onward < end, onward, np.inf), np.where(end <= onward, end, np.inf)

    def failure(self, first: FloatArray) -> FloatArray:
        """Return when a plant stops before its plateau; later failures have no record and are not drawn."""
        ramped = np.array([stage == "ramped" for stage in self.projects.stage])[:, None]
        now = np.maximum(first, self.as_of)
        year = reach(self.risk("ramped", "end"), first, now, self.targets[:, _FAILURE])
        return np.where(ramped | (year > first + self.projects.ramp), np.inf, year)

    def risk(self, step: str, cause: str) -> _Risk:
        scale, shape = self._law(self.hazards.steps[step, cause].law, f"{step} {cause}")
        ratio = self.hazards.ratio(step, cause, self.projects.levels, self.k)
        if step == "financed":
            ratio = ratio * self.hazards.list_ratio(step, cause, self.weight, self.k)
        mine = [p for p in self.pushes if p.step == step] if cause == "next" else []
        return _Risk(scale, shape, ratio, mine)


def draw_starts(
    projects: Projects, hazards: Hazards, draws: Draws, as_of: float, pushes: Sequence[Push] = ()
) -> Starts:
    """Return when each project starts, in each draw.

    Parameters
    ----------
    projects, hazards
        Where each stands, and the base rates.
    draws
        Of the ensemble: its seed and size, and the rows ``class-shrinkage`` and ``list-weight``.  With one
        draw, the median path.
    as_of
        Decimal year up to which nothing but what is recorded has happened.
    pushes
        Multipliers of hazards; the same draws are used with and without them.
    """
    shape = (projects.size, draws.n)
    if projects.size == 0:
        never = np.zeros(shape)
        return Starts(never, never, never, never, never, never)
    chance = _Chance(projects, hazards, draws, as_of, pushes)
    since = np.broadcast_to(projects.since[:, None], shape)
    announced, paid = (_at(projects, stage) for stage in ("announced", "financed"))
    done = ~(announced | paid)
    money, given_up = chance.step("financed", since)
    financed = np.where(announced, money, np.where(paid, since, -np.inf))
    product, abandoned = chance.step("commissioned", np.where(done, np.inf, financed))
    first = np.where(done, since, product)
    cancelled = np.where(done, np.inf, np.minimum(np.where(announced, given_up, np.inf), abandoned))
    ramp, plateau = projects.ramp.copy(), projects.plateau.copy()
    return Starts(financed, first, cancelled, chance.failure(first), ramp, plateau)


def _at(projects: Projects, stage: str) -> NDArray[np.bool_]:
    return np.array([s == stage for s in projects.stage])[:, None]


def output_share(starts: Starts, years: FloatArray) -> FloatArray:
    """Return the share of nameplate made in each year, (P, Y, N).

    Parameters
    ----------
    starts
        Fates of the projects.
    years
        Decimal years at whose middle output is read, (Y,).
    """
    age = years[None, :, None] - starts.first[:, None, :]
    ramp = np.maximum(starts.ramp, _LEAST)[:, None, :]
    up = np.clip(np.where(np.isfinite(age), age, -1.0) / ramp, 0.0, 1.0) * starts.plateau[:, None, :]
    return np.where(years[None, :, None] < starts.failed[:, None, :], up, 0.0)
