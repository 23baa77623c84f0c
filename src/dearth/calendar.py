"""Weeks since the start of a scenario, dates, and Chinese working days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

__all__ = ["DAYS_PER_WEEK", "WEEKS_PER_YEAR", "date_of_week", "week_of_date", "working_days_to_weeks"]

DAYS_PER_WEEK: Final = 7
WEEKS_PER_YEAR: Final = 365.25 / DAYS_PER_WEEK
WORKING_DAYS_PER_WEEK: Final = 5


def week_of_date(day: date, start: date) -> float:
    """Return weeks from `start` to `day` (negative before it)."""
    return (day - start).days / DAYS_PER_WEEK


def date_of_week(week: float, start: date) -> date:
    """Return the calendar day on which `week` (weeks after `start`) falls, rounded down."""
    return start + timedelta(days=int(week * DAYS_PER_WEEK // 1))


def working_days_to_weeks(days: float) -> float:
    """Return calendar weeks for a number of working days; public holidays are not counted."""
    return days / WORKING_DAYS_PER_WEEK
