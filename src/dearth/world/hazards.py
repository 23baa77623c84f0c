"""Frozen base rates of projects: how fast each step is reached, how often plans end, from how many cases.

They are a dated table of data (``data/fitted/projects-DATE.csv``), made by `dearth.measures.base_rates` from
the histories of the book.  Rates of classes are drawn towards the rate of all, the more so the fewer events
they have: ratio = (events + k) / (expected + k), k from the row ``class-shrinkage``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.errors import BookError, Fault
from dearth.world.spells import STEPS

__all__ = ["RATE_COLUMNS", "USED_CLASSES", "ClassRate", "Hazards", "Law", "StepRate", "load_hazards"]

RATE_COLUMNS: Final = (
    *("step", "cause", "group", "level", "n", "events", "other_events", "censored", "years", "expected"),
    *("scale", "shape", "var_log_scale", "var_log_shape", "cov_log"),
    *("share_2", "share_5", "share_10", "histories_sha256"),
)
# Step -> classes whose ratios multiply; the others are shown and not used.  Funding, offtake and kind before
# the money is found are read mostly of plans that found it: their ratios follow from success as much as they
# cause it.
USED_CLASSES: Final = {"financed": ("permit",), "commissioned": ("kind",), "ramped": ("kind",)}
LISTED, PICKED = "listed 2010-15", "picked since 2016"


class Law(NamedTuple):
    """Weibull law of one cause: hazard until t is (t / scale) ** shape; scale in years.

    The other three are the covariance of log scale and log shape.
    """

    scale: float
    shape: float
    var_log_scale: float
    var_log_shape: float
    cov_log: float

    def hazard_until(self, years: FloatArray | float) -> FloatArray | float:
        """Return the cumulative hazard until `years`."""
        if math.isinf(self.scale):
            return np.zeros_like(years) if isinstance(years, np.ndarray) else 0.0
        return (years / self.scale) ** self.shape


class ClassRate(NamedTuple):
    """Counts of one class of projects at one step and cause."""

    group: str
    level: str
    n: int
    events: int
    expected: float

    def ratio(self, k: FloatArray | float) -> FloatArray | float:
        """Return the hazard of the class over that of all, drawn towards one by `k` events."""
        return (self.events + k) / (self.expected + k)


class StepRate(NamedTuple):
    """Base rate of one step and cause: the law, how many spells it rests on, and incidences without a law."""

    law: Law
    n: int
    events: int
    other_events: int
    censored: int
    years: float
    within: dict[str, float]


@dataclass(frozen=True)
class Hazards:
    """The frozen table.

    Attributes
    ----------
    steps
        (step, cause) -> rate of all spells.
    classes
        (step, cause) -> group -> level -> counts.
    name, histories_sha256
        Of the file, and of the histories it was made from.
    """

    steps: Mapping[tuple[str, str], StepRate]
    classes: Mapping[tuple[str, str], Mapping[str, Mapping[str, ClassRate]]]
    name: str
    histories_sha256: str

    def ratio(self, step: str, cause: str, levels: Mapping[str, Sequence[str]], k: FloatArray) -> FloatArray:
        """Return the product of class ratios.

        Parameters
        ----------
        step, cause
            Of the hazard.
        levels
            Group -> level of each project, (P,); a level that was never seen has ratio one.
        k
            Strength of the shrinkage, (N,).

        Returns
        -------
        FloatArray
            (P, N).
        """
        known = self.classes[step, cause]
        count = len(next(iter(levels.values())))
        out = np.ones((count, k.size))
        for group in USED_CLASSES[step]:
            for i, level in enumerate(levels[group]):
                rate = known.get(group, {}).get(level)
                if rate is not None:
                    out[i] *= rate.ratio(k)
        return out

    def list_ratio(self, step: str, cause: str, weight: FloatArray, k: FloatArray) -> FloatArray:
        """Return the ratio between the whole list of 2010-15 (weight 1) and plans picked since (0), (N,)."""
        levels = self.classes[step, cause]["list"]
        listed, picked = (np.log(levels[name].ratio(k)) for name in (LISTED, PICKED))
        return np.asarray(np.exp(weight * listed + (1.0 - weight) * picked))


def _newest() -> tuple[str, str]:
    folder = resources.files("dearth") / "data" / "fitted"
    names = sorted(
        p.name for p in folder.iterdir() if p.name.startswith("projects-") and p.name.endswith(".csv")
    )
    if not names:
        fault = Fault("no table of base rates", "data/fitted", cure="make it with dearth.measures.base_rates")
        raise BookError("Reading base rates", fault)
    return names[-1], (folder / names[-1]).read_text("utf-8")


def load_hazards(path: str | Path | None = None) -> Hazards:
    """Return the newest frozen table of base rates, or the one of `path`.

    Raises
    ------
    BookError
        There is none, or it lacks a column or a step.
    """
    name, text = _newest() if path is None else (Path(path).name, Path(path).read_text("utf-8"))
    lines = list(csv.DictReader(text.splitlines()))
    missing = [c for c in RATE_COLUMNS if not lines or c not in lines[0]]
    if missing:
        fault = Fault(f"columns missing: {', '.join(missing)}", name, cure="make the table again")
        raise BookError("Reading base rates", fault)
    wanted = {(s, c) for s in STEPS for c in ("next", "end")}
    steps = {(r["step"], r["cause"]): _step(r) for r in lines if r["group"] == "all"}
    if wanted - set(steps):
        fault = Fault(f"steps missing: {sorted(wanted - set(steps))}", name, cure="make the table again")
        raise BookError("Reading base rates", fault)
    classes: dict[tuple[str, str], dict[str, dict[str, ClassRate]]] = {key: {} for key in steps}
    for r in lines:
        if r["group"] != "all":
            rate = ClassRate(r["group"], r["level"], int(r["n"]), int(r["events"]), float(r["expected"]))
            classes[r["step"], r["cause"]].setdefault(r["group"], {})[r["level"]] = rate
    return Hazards(steps, classes, name, lines[0]["histories_sha256"])


def _step(row: Mapping[str, str]) -> StepRate:
    law = Law(*(float(row[name]) for name in Law._fields))
    n, events, others, censored = (int(row[name]) for name in ("n", "events", "other_events", "censored"))
    within = {y: float(row[f"share_{y}"]) for y in ("2", "5", "10")}
    return StepRate(law, n, events, others, censored, float(row["years"]), within)
