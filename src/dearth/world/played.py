"""When the supplier has played its card in a scenario: the controls that were on up to its as-of day."""

from __future__ import annotations

from datetime import date
from typing import Final

from dearth.calendar import DAYS_PER_WEEK, WEEKS_PER_YEAR
from dearth.world.scenario import Scenario

__all__ = ["SUPPLIER", "decimal", "played"]

SUPPLIER: Final = "CHN"
_HOLDS: Final = ("licence", "prohibit", "quota")


def decimal(day: date) -> float:
    """Return a day as a decimal year."""
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return day.year + (day - date(day.year, 1, 1)).days / days


def played(scenario: Scenario) -> tuple[tuple[float, float], ...]:
    """Return the stretches of time in which the supplier controlled exports, as decimal years.

    A stretch begins with a control on all destinations or some, and ends with the last ``open`` after it,
    with the end of the story, or on the as-of day, whichever is first.  What lies after the as-of day is not
    known.
    """
    as_of = decimal(scenario.as_of)
    story = decimal(scenario.start) + scenario.weeks / WEEKS_PER_YEAR
    mine = [e for e in scenario.active_events if e.origin == SUPPLIER]
    begun = sorted(decimal(e.date) for e in mine if e.action in _HOLDS)
    if not begun or begun[0] >= as_of:
        return ()
    opened = [decimal(e.date) for e in mine if e.action == "open" and decimal(e.date) > begun[0]]
    held = [b for b in begun if opened and b > max(opened)]
    end = min(as_of, story) if held or not opened else min(max(opened), as_of)
    return ((begun[0], max(end, begun[0] + 1.0 / WEEKS_PER_YEAR / DAYS_PER_WEEK)),)
