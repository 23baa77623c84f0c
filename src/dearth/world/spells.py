"""Spells of projects: how long each stayed at a step, and how the stay ended.

Three steps have enough cases to be measured: money found (after the announcement), first product (after
the money), plateau (after first product).  Permits and the end of building were read for too few projects;
they are facts of a project and, for permits, a class.  Cancellation and delay are two things: an end competes
with the next step, and a plan that neither moves nor ends is censored on the last day anything was read of
it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from dearth.book.project_rows import History

__all__ = ["STEPS", "Dates", "Spell", "dates_of", "regime_of", "spells_of"]

# step that is reached -> step at which the clock starts
STEPS: Final = {"financed": "announced", "commissioned": "financed", "ramped": "commissioned"}
_LEAST: Final = 1.0 / 12.0  # a month: dates are not read more finely
_REGIMES: Final = {
    **dict.fromkeys(("AUS", "CAN", "USA"), "Australia and North America"),
    **dict.fromkeys(("DEU", "FRA", "REU"), "Europe"),
}


class Dates(NamedTuple):
    """Decimal years of the steps of a project as known on a day; NaN: not reached, or not read."""

    announced: float
    permitted: float
    financed: float
    commissioned: float
    ramped: float
    ended: float
    seen: float

    @property
    def stage(self) -> str:
        """The last measured step that was reached."""
        reached = [s for s in ("financed", "commissioned", "ramped") if not math.isnan(getattr(self, s))]
        return reached[-1] if reached else "announced"

    @property
    def since(self) -> float:
        """When that step was reached."""
        return float(getattr(self, self.stage))


class Spell(NamedTuple):
    """Years at a step, how they ended (``next``, ``end`` or ``censored``), and the classes of the project."""

    project: str
    step: str
    years: float
    outcome: str
    start: float
    classes: dict[str, str]


def regime_of(place: str) -> str:
    """Return the group of places whose permits are alike enough to be counted together."""
    return _REGIMES.get(place, "elsewhere")


def _financed(history: History) -> float:
    """Return when money was found; where only a later step was read, the middle of the way there."""
    if history.financed:
        return history.year("financed")
    later = [history.year(s) for s in ("built", "commissioned") if getattr(history, s)]
    return (history.year("announced") + min(later)) / 2.0 if later else math.nan


def dates_of(history: History, as_of: float = math.inf) -> Dates:
    """Return the steps of a project as they were known at `as_of`, a decimal year."""

    def known(year: float) -> float:
        return year if year <= as_of else math.nan

    return Dates(
        announced=known(history.year("announced")),
        permitted=known(history.year("permitted")),
        financed=known(_financed(history)),
        commissioned=known(history.year("commissioned")),
        ramped=known(history.year("ramped")),
        ended=known(history.year("ended")),
        seen=min(history.year("seen"), as_of),
    )


def classes_of(history: History, dates: Dates) -> dict[str, str]:
    """Return the classes by which base rates are told apart."""
    return {
        "kind": history.kind,
        "funding": history.funding,
        "regime": regime_of(history.place),
        "permit": "permit read" if not math.isnan(dates.permitted) else "no permit read",
        "offtake": "offtake or floor" if "yes" in (history.offtake, history.floor) else "none read",
        "radioactive": "radioactive" if history.radioactive == "yes" else "not read",
        "list": "listed 2010-15" if history.cohort == "listed-2010" else "picked since 2016",
    }


def spells_of(histories: Iterable[History], as_of: float = math.inf) -> tuple[Spell, ...]:
    """Return the spells of positive length; a step taken on the day of the one before is no spell."""
    found = []
    for history in histories:
        dates = dates_of(history, as_of)
        classes = classes_of(history, dates)
        for step, before in STEPS.items():
            start, reached = getattr(dates, before), getattr(dates, step)
            if math.isnan(start):
                continue
            end, outcome = _ending(dates, reached)
            if end > start:
                found.append(Spell(history.id, step, max(_LEAST, end - start), outcome, start, classes))
    return tuple(found)


def _ending(dates: Dates, reached: float) -> tuple[float, str]:
    if not math.isnan(reached):
        return reached, "next"
    if not math.isnan(dates.ended):
        return dates.ended, "end"
    return dates.seen, "censored"
