"""Rolling origins: what would have been said on a day, held against what came after.

The model is run with the book's ranges, not with numbers fitted to the whole record; events after the day are
hidden, and each draw weighs as much as it agrees with the figures that had been published (importance
weights, tempered so that a tenth of the draws stays in effect: the form of the model is wrong by more than
its ranges say).  The rivals use the same figures and no later one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.measures.compared import Compared, Summary, compared, summarised
from dearth.measures.fit import residuals, tolerance
from dearth.measures.naive import RIVALS, known_on, rival_values
from dearth.measures.observed import Run, modelled
from dearth.world.scenario import Scenario

_LEAST_EFFECTIVE: Final = 10.0
_HALVINGS: Final = 30

__all__ = ["ORIGINS", "Origin", "from_origin", "known_until"]

ORIGINS: Final = (date(2025, 4, 4), date(2025, 6, 1), date(2025, 8, 1))


class Origin(NamedTuple):
    """The forecast of one day.

    Attributes
    ----------
    day
        Up to which facts and events were known.
    known, ahead
        How many figures of the record were known, and how many came after and have a model value.
    effective
        How many draws the weights amount to: ``1 / sum(w**2)``.
    model
        Errors of the figures ahead.
    magnets, rivals_magnets
        Errors of China's monthly magnet exports ahead, of the model and by rival.
    rivals
        Errors of the figures ahead by rival.
    coverage
        Share of the figures ahead inside the 5-95 % band.
    """

    day: date
    known: int
    ahead: int
    effective: float
    model: Summary
    magnets: Summary
    rivals: Mapping[str, Summary]
    rivals_magnets: Mapping[str, Summary]
    coverage: float | None


def known_until(day: date) -> Callable[[Scenario], Scenario]:
    """Return the change of a scenario that hides what came after a day."""

    def change(scenario: Scenario) -> Scenario:
        return scenario.model_copy(update={"as_of": day})

    return change


def from_origin(run: Run, observations: Sequence[Observation], day: date) -> Origin:
    """Return the forecast of a day.

    Parameters
    ----------
    run
        With the book's ranges, and events after the day hidden.
    observations
        Of its episode.
    """
    weights = _weights(run, [o for o in observations if known_on(o, day)])
    rows = compared(run, observations, weights)
    said = rival_values(run, observations, day)
    at = [i for i, r in enumerate(rows) if r.model is not None and r.observation.end > day]
    world = [i for i in at if _is_world_magnets(rows[i].observation)]
    inside = [bool(rows[i].inside) for i in at if rows[i].inside is not None]
    return Origin(
        day=day,
        known=sum(known_on(o, day) for o in observations),
        ahead=len(at),
        effective=float(weights.sum() ** 2 / (weights**2).sum()),
        model=_errors(rows, at),
        magnets=_errors(rows, world),
        rivals={r.key: _rival(rows, said[r.key], at) for r in RIVALS},
        rivals_magnets={r.key: _rival(rows, said[r.key], world) for r in RIVALS},
        coverage=float(np.mean(inside)) if inside else None,
    )


def _is_world_magnets(obs: Observation) -> bool:
    return obs.observable.startswith("magnet-export") and obs.partner == "WORLD"


def _errors(rows: Sequence[Compared], at: Sequence[int]) -> Summary:
    return summarised([rows[i].observation for i in at], [rows[i].model for i in at])


def _rival(rows: Sequence[Compared], said: Sequence[float | None], at: Sequence[int]) -> Summary:
    return summarised([rows[i].observation for i in at], [said[i] for i in at])


def _weights(run: Run, known: Sequence[Observation]) -> FloatArray:
    """Return the weight of each draw, (N,), from the figures known that have a bar."""
    pairs = [(o, modelled(run, o)) for o in known if tolerance(o) and o.bar]
    pairs = [(o, v) for o, v in pairs if v is not None]
    n = run.market.need0.shape[1]
    if not pairs:
        return np.full(n, 1.0 / n)
    chi2 = (residuals([o for o, _ in pairs], [v for _, v in pairs], n) ** 2).sum(axis=0)
    return _tempered(np.asarray(chi2 - chi2.min()))


def _tempered(chi2: FloatArray) -> FloatArray:
    """Return weights ``exp(-power chi2 / 2)``; the largest power, up to 1, that keeps a tenth in effect."""
    least = max(_LEAST_EFFECTIVE, 0.1 * chi2.size)
    low, high = 0.0, 1.0
    for power in (1.0, *[0.0] * _HALVINGS):
        at = power or 0.5 * (low + high)
        raw = np.exp(-0.5 * at * chi2)
        enough = raw.sum() ** 2 / (raw**2).sum() >= min(least, chi2.size)
        if enough and at == 1.0:
            return np.asarray(raw / raw.sum())
        low, high = (at, high) if enough else (low, at)
    raw = np.exp(-0.5 * low * chi2)
    return np.asarray(raw / raw.sum())
