"""Peaks, half-lives and the month in which a dip is made good."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.calendar import date_of_week
from dearth.errors import InputError
from dearth.measures.peaks import half_life, peak, peak_week_difference, recovery_week

FIXED = settings(derandomize=True, deadline=None, database=None)
NAN = math.nan


def test_peak_is_the_first_highest_and_says_whether_it_is_inside() -> None:
    assert peak([0, 1, 2, 3], [1.0, 5.0, None, 5.0]) == (1.0, 5.0, True)
    assert peak([0, 1, 2], [1.0, 2.0, 3.0]) == (2.0, 3.0, False)
    assert peak([0, 1, 2], [None, 4.0, 3.0]) == (1.0, 4.0, False)
    assert peak([0, 1], [None, NAN]) is None
    assert peak([], []) is None


def test_peaks_of_paths_with_their_own_weeks() -> None:
    weeks = np.arange(0.0, 60.0)
    model = 10.0 - np.abs(weeks - 31.0)
    assert peak_week_difference(weeks, model, [0, 26, 52], [1.0, 7.0, 2.0]) == pytest.approx(5.0)
    assert peak_week_difference(weeks, model, [40], [None]) is None


def test_weeks_out_of_order_are_a_fault() -> None:
    for weeks in ([0, 2, 1], [0, 0, 1], [0, None, 1]):
        with pytest.raises(InputError, match="not in order of time"):
            peak(weeks, [1.0, 2.0, 3.0])


@FIXED
@given(st.floats(2.0, 80.0), st.floats(0.0, 50.0), st.floats(1.0, 1e4), st.integers(1, 13))
def test_half_life_of_an_exponential_does_not_depend_on_the_grid(
    life: float, base: float, height: float, spacing: int
) -> None:
    weeks = np.arange(0.0, 200.0, spacing)
    path = base + height * 0.5 ** (weeks / life)
    assert half_life(weeks, path, base) == pytest.approx(life, rel=1e-6)


def test_half_life_counts_from_the_peak_and_across_what_is_not_known() -> None:
    assert half_life([0, 1, 2, 3, 4], [1.0, 8.0, None, 2.0, 1.0]) == pytest.approx(1.0)
    assert half_life([0, 10], [4.0, 0.0]) == pytest.approx(5.0)
    assert half_life([0, 10], [6.0, 1.0], base=2.0) == pytest.approx(4.0)


def test_half_life_is_none_without_a_decay() -> None:
    assert half_life([0, 1, 2], [1.0, 2.0, 3.0]) is None
    assert half_life([0, 1], [4.0, 2.1]) is None
    assert half_life([0, 1], [1.0, 0.5], base=1.0) is None
    assert half_life([0], [None]) is None


MONTHS = [date(2025, month, 1) for month in range(1, 10)]
START = date(2025, 4, 4)


def test_recovery_between_mid_months_by_hand() -> None:
    """Mid-June (16 June) holds 500 and mid-July 1,000: 900 is reached after 0.8 of the 30.5 days between."""
    path = [1000.0, 1000.0, 1000.0, 600.0, 200.0, 500.0, 1000.0, 1200.0, 1100.0]
    week = recovery_week(MONTHS, path, 1000.0, START)
    days = (date(2025, 6, 16) - START).days + 0.8 * 30.5
    assert week == pytest.approx(days / 7.0)
    assert week is not None
    assert date_of_week(week, START) == date(2025, 7, 10)


def test_recovery_is_the_first_after_the_lowest_month() -> None:
    path = [950.0, 850.0, 950.0, 100.0, 1000.0, 800.0, 1000.0, 1000.0, 1000.0]
    week = recovery_week(MONTHS, path, 1000.0, START)
    assert week is not None
    assert date(2025, 4, 15) < date_of_week(week, START) < date(2025, 5, 16)


def test_recovery_knows_what_it_does_not_know() -> None:
    low = [1000.0, 1000.0, 1000.0, 600.0, 200.0, None, 1000.0, 1000.0, 1000.0]
    assert recovery_week(MONTHS, low, 1000.0, START) is None
    assert recovery_week(MONTHS, [1000.0] * 9, 1000.0, START) is None
    assert recovery_week(MONTHS, [100.0] * 9, 1000.0, START) is None
    assert recovery_week(MONTHS, [None] * 9, 1000.0, START) is None
    late = [None, *low[1:5], 500.0, None, 950.0, 1000.0]
    assert recovery_week(MONTHS, late, 1000.0, START) is None


def test_recovery_crosses_the_turn_of_the_year() -> None:
    months = [date(2025, 12, 31), date(2026, 1, 5)]
    week = recovery_week(months, [0.0, 1.0], 1.0, date(2025, 12, 1), level=0.5)
    assert week == pytest.approx((15.5 + 15.5) / 7.0)


def test_recovery_faults() -> None:
    with pytest.raises(InputError, match="do not follow"):
        recovery_week([MONTHS[0], MONTHS[2]], [1.0, 2.0], 1.0, START)
    with pytest.raises(InputError, match="base"):
        recovery_week(MONTHS[:2], [1.0, 2.0], 0.0, START)
    with pytest.raises(InputError, match="lengths differ"):
        recovery_week(MONTHS, [1.0], 1.0, START)
