"""The audit of projects and published forecasts: counts, what lacks a tonnage, which rows are weak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dearth.book.project_rows import History, PublishedForecast, load_forecasts, load_histories

__all__ = ["ProjectAudit", "audit_projects"]

_DATED = ("financed", "built", "commissioned", "ended")
_STATED = ("ndpr", "dy", "tb", "dytb", "sm", "magnets")


@dataclass(frozen=True, slots=True)
class ProjectAudit:
    """What an audit of ``data/projects`` found; rows without source, grade or terms are refused when read.

    Attributes
    ----------
    histories, forecasts
        Number of rows.
    by_cohort, by_grade, by_outcome
        Counts: histories by cohort and grade, forecasts by outcome.
    without_tonnes
        Histories from which no tonnage was read: they add nothing to what survives.
    unclear
        Histories with a step that is known only within a range of dates.
    """

    histories: int
    forecasts: int
    by_cohort: dict[str, int]
    by_grade: dict[str, int]
    by_outcome: dict[str, int]
    without_tonnes: tuple[str, ...]
    unclear: tuple[str, ...]


def audit_projects(
    histories: Sequence[History] | None = None, forecasts: Sequence[PublishedForecast] | None = None
) -> ProjectAudit:
    """Return the audit of the rows given, or of those shipped.

    Raises
    ------
    BookError
        A shipped table is broken.
    """
    rows = load_histories() if histories is None else histories
    told = load_forecasts() if forecasts is None else forecasts
    return ProjectAudit(
        len(rows),
        len(told),
        dict(Counter(h.cohort for h in rows)),
        dict(sorted(Counter(h.grade for h in rows).items())),
        dict(Counter(f.outcome for f in told)),
        tuple(h.id for h in rows if not _tonnage(h)),
        tuple(h.id for h in rows if any(".." in getattr(h, step) for step in _DATED)),
    )


def _tonnage(history: History) -> bool:
    stated = any(getattr(history, column) for column in _STATED)
    return stated or bool(history.ore and history.capacity)
