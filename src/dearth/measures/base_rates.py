"""Base rates of projects by survival analysis with censoring and competing ends (library: lifelines).

The library is needed to make the frozen table, not to read it: `dearth.world.hazards` does that.
Each step has two causes that compete, the next step and an end; each cause has its own Weibull law, fitted
with all other spells censored, or an exponential one where fewer than `_FEW` spells ended that way.
Aalen-Johansen incidences, which assume no law, stand beside it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.book.project_rows import History
from dearth.engine.arrays import FloatArray
from dearth.errors import DearthError, Fault
from dearth.world.hazards import RATE_COLUMNS, Law
from dearth.world.spells import STEPS, Spell, spells_of

__all__ = ["base_rates_csv", "class_counts", "histories_hash", "incidence_at", "law_of"]

_FEW: Final = 6
_AT: Final = (2.0, 5.0, 10.0)
_CAUSES: Final = ("next", "end")
_SEED: Final = 20261122


class _Fitted(NamedTuple):
    law: Law
    events: int


def _library() -> Any:
    """Import lifelines, quietly: its dependencies warn of each other's old names."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import lifelines  # noqa: PLC0415 (only to make the table)
    except ImportError as error:
        fault = Fault(
            "lifelines is not installed", "measures/base_rates", str(error), "pip install dearth[fit]"
        )
        raise DearthError("Fitting base rates", [fault]) from None
    return lifelines


def _arrays(spells: Sequence[Spell], cause: str) -> tuple[FloatArray, FloatArray]:
    years = np.array([s.years for s in spells])
    return years, np.array([float(s.outcome == cause) for s in spells])


def law_of(spells: Sequence[Spell], cause: str) -> Law:
    """Return the law of one cause of the spells of one step.

    Parameters
    ----------
    spells
        Of one step.
    cause
        ``next`` or ``end``; spells that ended otherwise are censored.

    Returns
    -------
    Law
        Scale in years, shape, and the covariance of their logarithms; a cause that never happened has an
        infinite scale.
    """
    years, event = _arrays(spells, cause)
    count = int(event.sum())
    if count == 0:
        return Law(math.inf, 1.0, 0.0, 0.0, 0.0)
    lifelines = _library()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if count < _FEW:
            fitter = lifelines.ExponentialFitter().fit(years, event)
            return Law(float(fitter.lambda_), 1.0, 1.0 / count, 0.0, 0.0)
        fitter = lifelines.WeibullFitter().fit(years, event)
    scale, shape = float(fitter.lambda_), float(fitter.rho_)
    table = np.asarray(fitter.variance_matrix_, dtype=np.float64)
    return Law(
        scale,
        shape,
        float(table[0, 0]) / scale**2,
        float(table[1, 1]) / shape**2,
        float(table[0, 1]) / (scale * shape),
    )


def incidence_at(spells: Sequence[Spell], cause: str, years: Sequence[float] = _AT) -> list[float]:
    """Return the Aalen-Johansen share of spells that ended by `cause` within `years`, in 0..1."""
    lifelines = _library()
    duration = np.array([s.years for s in spells])
    code = np.array([0 if s.outcome == "censored" else 1 + _CAUSES.index(s.outcome) for s in spells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter = lifelines.AalenJohansenFitter(seed=_SEED, calculate_variance=False)
        fitter.fit(duration, code, event_of_interest=1 + _CAUSES.index(cause))
    curve = fitter.cumulative_density_
    at, share = np.asarray(curve.index, float), np.asarray(curve.iloc[:, 0], float)
    return [round(float(share[np.searchsorted(at, y, side="right") - 1]), 4) for y in years]


def class_counts(spells: Sequence[Spell], law: Law, cause: str, group: str) -> list[dict[str, Any]]:
    """Return, by level of a class, spells, events, and the events that the law of all spells expects."""
    levels = sorted({s.classes[group] for s in spells})
    found = []
    for level in levels:
        here = [s for s in spells if s.classes[group] == level]
        expected = math.fsum(float(law.hazard_until(s.years)) for s in here)
        found.append({**_counts(here, cause), "level": level, "expected": round(expected, 4)})
    return found


def _counts(spells: Sequence[Spell], cause: str) -> dict[str, Any]:
    outcomes = [s.outcome for s in spells]
    events = outcomes.count(cause)
    censored = outcomes.count("censored")
    return {
        "n": len(spells),
        "events": events,
        "other_events": len(spells) - events - censored,
        "censored": censored,
        "years": round(math.fsum(s.years for s in spells), 3),
    }


def histories_hash(histories: Iterable[History]) -> str:
    """Return a hash of the histories from which base rates are made."""
    text = "\n".join(h.model_dump_json() for h in histories)
    return hashlib.sha256(text.encode()).hexdigest()


def _step_rows(spells: Sequence[Spell], step: str, cause: str) -> list[dict[str, Any]]:
    law = law_of(spells, cause)
    within = incidence_at(spells, cause)
    whole = {
        **_counts(spells, cause),
        "group": "all",
        "level": "all",
        **{name: f"{value:.8g}" for name, value in law._asdict().items()},
        **{f"share_{y:g}": share for y, share in zip(_AT, within, strict=True)},
    }
    groups = ("kind", "funding", "regime", "permit", "offtake", "radioactive", "list")
    classes = [{"group": g, **line} for g in groups for line in class_counts(spells, law, cause, g)]
    return [{"step": step, "cause": cause, **line} for line in (whole, *classes)]


def base_rates_csv(histories: Sequence[History]) -> str:
    """Return the table of base rates as CSV: two rows a step, then one a class."""
    spells = spells_of(histories)
    stamp = histories_hash(histories)
    out = io.StringIO()
    writer = csv.DictWriter(out, RATE_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for step in STEPS:
        here = [s for s in spells if s.step == step]
        for cause in _CAUSES:
            writer.writerows({**row, "histories_sha256": stamp} for row in _step_rows(here, step, cause))
    return out.getvalue()
