"""When shares of output stop: dates inside a step, the one-week rule, recovery, bands with never."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dearth.measures.stops import (
    THRESHOLDS,
    band,
    crossing_weeks,
    share_of_group,
    stops_of,
    worst_part,
)

FIXED = settings(derandomize=True, deadline=None, database=None)
Array = NDArray[np.float64]
STEPS = st.sampled_from([1, 2, 4, 8])
LEVELS = st.sampled_from(list(THRESHOLDS.values()))


def ramp(start: float, slope: float, weeks: int, per_week: int) -> tuple[Array, Array]:
    """Return the exact share at the instants and its mean over the steps, of max(0, slope (t - start))."""
    t = np.arange(weeks * per_week + 1) / per_week
    rise = np.maximum(0.0, t - start)
    return (slope * rise)[:, None], (np.diff(0.5 * slope * rise**2) * per_week)[:, None]


def jump(at: float, size: float, weeks: int, per_week: int) -> tuple[Array, Array]:
    """Return share and mean of a share that goes from 0 to `size` at once."""
    t = np.arange(weeks * per_week + 1) / per_week
    area = size * np.maximum(0.0, t - at)
    return np.where(t > at, size, 0.0)[:, None], (np.diff(area) * per_week)[:, None]


def pulse(first: int, length: int, level: float, steps: int) -> tuple[Array, Array]:
    """Return a share at `level` at the instants first .. first + length - 1."""
    end = np.zeros((steps + 1, 1))
    end[first : first + length] = level
    return end, 0.5 * (end[1:] + end[:-1])


@FIXED
@given(start=st.integers(0, 24), slope=st.floats(0.02, 0.6), level=LEVELS, per_week=STEPS)
def test_a_linear_ramp_is_dated_exactly(start: int, slope: float, level: float, per_week: int) -> None:
    begins = start / per_week
    end, mean = ramp(begins, slope, 60, per_week)
    assert crossing_weeks(end, mean, level, per_week)[0] == pytest.approx(begins + level / slope, abs=1e-9)


@FIXED
@given(at=st.floats(0.01, 20.0), size=st.floats(0.02, 1.0), per_week=STEPS)
def test_a_jump_is_dated_exactly_at_its_middle(at: float, size: float, per_week: int) -> None:
    end, mean = jump(at, size, 30, per_week)
    assert crossing_weeks(end, mean, 0.5 * size, per_week)[0] == pytest.approx(at, abs=1e-9)


@FIXED
@given(at=st.floats(0.01, 20.0), size=st.floats(0.02, 1.0), part=st.floats(0.001, 1.0), per_week=STEPS)
def test_any_level_of_a_jump_is_dated_within_half_a_step(
    at: float, size: float, part: float, per_week: int
) -> None:
    """Three numbers cannot tell a jump from a ramp: the date is never further off than half a step."""
    end, mean = jump(at, size, 30, per_week)
    found = crossing_weeks(end, mean, part * size, per_week)[0]
    assert abs(found - at) <= 0.5 / per_week + 1e-9
    step = math.floor(at * per_week)
    assert step / per_week - 1e-9 <= found <= (step + 1) / per_week + 1e-9


@FIXED
@given(start=st.floats(0.0, 6.0), slope=st.floats(0.02, 0.6), per_week=STEPS)
def test_a_higher_level_is_never_reached_earlier(start: float, slope: float, per_week: int) -> None:
    end, mean = ramp(start, slope, 60, per_week)
    found = [crossing_weeks(end, mean, level, per_week)[0] for level in sorted(THRESHOLDS.values())]
    assert found == sorted(found)
    assert found[0] >= start - 1.0 / per_week


@pytest.mark.parametrize("per_week", [2, 4, 8])
def test_what_is_over_before_a_week_does_not_count(per_week: int) -> None:
    short = pulse(12, per_week - 1, 0.3, 40 * per_week)
    assert crossing_weeks(*short, 0.1, per_week)[0] == math.inf
    lasting = pulse(12, per_week + 1, 0.3, 40 * per_week)
    assert 11 / per_week <= crossing_weeks(*lasting, 0.1, per_week)[0] <= 12 / per_week


def test_the_stop_is_dated_from_the_pulse_that_lasts() -> None:
    end, mean = pulse(8, 3, 0.3, 160)
    later, later_mean = pulse(60, 20, 0.3, 160)
    weeks = crossing_weeks(end + later, mean + later_mean, 0.1, 4)
    assert 59 / 4 <= weeks[0] <= 60 / 4


def test_a_stop_in_the_last_days_is_not_yet_a_week() -> None:
    end, mean = pulse(38, 3, 0.3, 40)
    assert crossing_weeks(end, mean, 0.1, 4)[0] == math.inf
    end, mean = pulse(36, 5, 0.3, 40)
    assert crossing_weeks(end, mean, 0.1, 4)[0] == pytest.approx(9.0, abs=0.25)


def test_what_never_gets_there_is_never() -> None:
    end, mean = ramp(2.0, 0.01, 20, 4)
    assert end.max() < 0.5
    assert crossing_weeks(end, mean, 0.5, 4).tolist() == [math.inf]
    assert crossing_weeks(np.zeros((9, 3)), np.zeros((8, 3)), 0.001, 4).tolist() == [math.inf] * 3


def test_what_stands_still_from_the_start_stops_at_zero() -> None:
    assert crossing_weeks(np.full((9, 1), 0.2), np.full((8, 1), 0.2), 0.1, 4)[0] == 0.0


def test_a_run_shorter_than_a_week_counts_if_it_lasts_to_its_end() -> None:
    assert crossing_weeks(np.full((3, 1), 0.2), np.full((2, 1), 0.2), 0.1, 4)[0] == 0.0


def test_draws_are_judged_apart() -> None:
    two = [ramp(2.0, 0.1, 30, 4), ramp(7.5, 0.05, 30, 4)]
    end, mean = (np.concatenate(x, axis=1) for x in zip(*two, strict=True))
    assert crossing_weeks(end, mean, 0.1, 4) == pytest.approx([3.0, 9.5])


def test_the_thresholds_are_those_of_the_question() -> None:
    assert THRESHOLDS == {"0.1": 0.001, "1": 0.01, "10": 0.1, "50": 0.5}


class TestStops:
    end, mean = pulse(8, 12, 0.3, 80)

    def test_recovery_is_the_week_after_which_nothing_stops_again(self) -> None:
        assert stops_of(self.end, self.mean, 4).recovery.tolist() == [20 / 4]

    def test_a_relapse_puts_recovery_off(self) -> None:
        later, later_mean = pulse(50, 6, 0.02, 80)
        found = stops_of(self.end + later, self.mean + later_mean, 4)
        assert found.recovery.tolist() == [56 / 4]

    def test_who_is_still_stopped_has_not_recovered(self) -> None:
        assert stops_of(*ramp(2.0, 0.1, 9, 4), 4).recovery.tolist() == [math.inf]

    def test_who_never_stopped_needs_no_recovery(self) -> None:
        small = 0.009 / 0.3
        assert stops_of(self.end * small, self.mean * small, 4).recovery.tolist() == [0.0]

    def test_peak_and_share_lost(self) -> None:
        found = stops_of(self.end, self.mean, 4)
        assert found.peak.tolist() == [0.3]
        assert found.lost == pytest.approx([12 * 0.3 / 80])

    def test_every_threshold_has_its_week(self) -> None:
        found = stops_of(self.end, self.mean, 4).weeks
        assert list(found) == list(THRESHOLDS)
        assert np.isfinite([found[k][0] for k in ("0.1", "1", "10")]).all()
        assert found["50"][0] == math.inf


def test_a_group_is_weighed_by_output() -> None:
    share = np.array([[[0.0, 1.0], [0.5, 0.0]]])
    weight = np.array([[3.0, 1.0], [1.0, 9.0]])
    assert share_of_group(share, weight).tolist() == [[0.125, 0.1]]


@FIXED
@given(st.integers(0, 10**6))
def test_a_group_lies_between_its_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share, weight = rng.random((4, 5, 3)), rng.uniform(0.0, 9.0, (5, 3))
    found = share_of_group(share, weight)
    assert np.all(found >= share.min(axis=1) - 1e-12)
    assert np.all(found <= share.max(axis=1) + 1e-12)
    assert found == pytest.approx(share_of_group(share, 7.0 * weight))


def test_goods_that_lack_two_parts_are_counted_once() -> None:
    share = np.array([[[0.4], [0.9], [0.0]]])
    assert worst_part(share, np.array([[1.0], [0.3], [1.0]])).tolist() == [[0.4]]
    assert worst_part(share, np.array([[0.5], [0.3], [1.0]]))[0, 0] == pytest.approx(0.27)


class TestBand:
    def test_with_numbers_only_it_is_the_order_statistic(self) -> None:
        values = np.random.default_rng(3).permutation(np.arange(1.0, 101.0))
        assert band(values) == (10.0, 50.0, 90.0)

    @pytest.mark.parametrize(
        ("never", "want"),
        [
            (0, (1.0, 5.0, 9.0)),
            (1, (1.0, 5.0, 9.0)),
            (2, (1.0, 5.0, math.inf)),
            (6, (1.0, math.inf, math.inf)),
        ],
    )
    def test_never_is_a_place_in_the_order_and_not_a_number(
        self, never: int, want: tuple[float, ...]
    ) -> None:
        values = np.arange(1.0, 11.0)
        values[10 - never :] = math.inf
        assert band(values) == want

    def test_all_never(self) -> None:
        assert band(np.full(7, math.inf)) == (math.inf, math.inf, math.inf)

    def test_one_draw_is_all_three(self) -> None:
        assert band(np.array([4.5])) == (4.5, 4.5, 4.5)
