"""Weeks, dates and working days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dearth.calendar import WEEKS_PER_YEAR, date_of_week, week_of_date, working_days_to_weeks

START = date(2025, 4, 4)
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


@given(day=DAYS, start=DAYS)
def test_a_date_survives_the_way_through_weeks(day: date, start: date) -> None:
    assert abs(date_of_week(week_of_date(day, start), start) - day) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("week", "day"),
    [
        (0.0, date(2025, 4, 4)),
        (1.0, date(2025, 4, 11)),
        (0.99, date(2025, 4, 10)),
        (-1.0, date(2025, 3, 28)),
        (-0.5, date(2025, 3, 31)),
        (38.0, date(2025, 12, 26)),
    ],
)
def test_date_of_a_week_is_rounded_down(week: float, day: date) -> None:
    assert date_of_week(week, START) == day


def test_a_day_before_the_start_has_a_negative_week() -> None:
    assert week_of_date(date(2025, 3, 28), START) == -1.0
    assert week_of_date(START, START) == 0.0


@given(day=DAYS, start=DAYS, later=st.integers(min_value=1, max_value=2000))
def test_a_later_day_is_a_later_week(day: date, start: date, later: int) -> None:
    assert week_of_date(day + timedelta(days=later), start) > week_of_date(day, start)


def test_the_legal_decision_time_of_45_working_days_is_nine_weeks() -> None:
    assert working_days_to_weeks(45) == 9.0


def test_a_year_has_a_little_over_52_weeks() -> None:
    assert pytest.approx(52.17857, abs=1e-5) == WEEKS_PER_YEAR
