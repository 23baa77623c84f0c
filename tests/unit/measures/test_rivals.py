"""Naive rivals: each against its own arithmetic, and the magnet exports of 2025 as a known case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.errors import InputError
from dearth.measures.errors import mape
from dearth.measures.rivals import (
    Throttle,
    ario_throttle,
    fitted_ramp,
    flat,
    no_change,
    ramp,
    run_down,
    static_elasticity,
)

FIXED = settings(derandomize=True, deadline=None, database=None)
NAN, INF = math.nan, math.inf
# Chinese magnet exports, t/month (customs): January to March, then April to September 2025.
BEFORE = [6357.0, 3590.0, 5323.0]
AFTER = [2626.0, 1238.0, 3188.0, 5577.0, 6146.0, 5774.0]
DAY = 1.0 / 7.0


def test_no_change_and_flat_on_the_magnets_of_2025() -> None:
    """55.8 % and 83.7 %, as counted by hand when the bar of the hindcast was set."""
    assert mape(no_change(AFTER, BEFORE[-1]), AFTER) == pytest.approx(0.558, abs=0.001)
    assert mape(flat(BEFORE, 6), AFTER) == pytest.approx(0.837, abs=0.001)


def test_no_change_looks_back_only_and_past_what_is_not_known() -> None:
    np.testing.assert_array_equal(no_change([1.0, NAN, NAN, 4.0, 5.0], 9.0), [9.0, 1.0, 1.0, 1.0, 4.0])
    np.testing.assert_array_equal(no_change([3.0], NAN), [NAN])
    assert no_change([], 1.0).size == 0


def test_flat_takes_what_is_known() -> None:
    np.testing.assert_array_equal(flat([1.0, NAN, 3.0], 2), [2.0, 2.0])
    assert np.isnan(flat([NAN], 1)).all()
    with pytest.raises(InputError, match="count"):
        flat([1.0], -1)


def test_ramp_goes_to_its_level_and_stays() -> None:
    np.testing.assert_allclose(ramp([0.0, 2.0, 4.0, 9.0], 10.0, 5.0, 25.0), [10.0, 20.0, 25.0, 25.0])
    np.testing.assert_allclose(ramp([1.0, 9.0], 10.0, 2.0, 4.0), [8.0, 4.0])
    with pytest.raises(InputError) as caught:
        ramp([-1.0], 1.0, -2.0, 3.0)
    assert {fault.where for fault in caught.value.faults} == {"pace", "weeks"}


@FIXED
@given(st.floats(0.0, 100.0), st.floats(0.5, 20.0), st.floats(50.0, 400.0))
def test_a_fitted_ramp_finds_a_ramp(origin: float, pace: float, rise: float) -> None:
    weeks = np.arange(1.0, 60.0)
    record = ramp(weeks, origin, pace, origin + rise)
    if rise / pace < 50.0:
        assert fitted_ramp(weeks, record, origin) == pytest.approx((pace, origin + rise), rel=1e-6)


def test_a_fitted_ramp_clears_the_magnets_of_2025() -> None:
    weeks = np.arange(1.0, 5.0) * 4.35
    pace, level = fitted_ramp(weeks, AFTER[2:], AFTER[1])
    path = np.concatenate((AFTER[:2], ramp(weeks, AFTER[1], pace, level)))
    error = mape(path, AFTER)
    assert error is not None
    assert error < 0.03  # fitted from the trough on: 2.2 %
    gap = np.array([*AFTER[2:4], NAN, AFTER[5]])
    assert fitted_ramp(weeks, gap, AFTER[1])[1] == pytest.approx(AFTER[5])


def test_a_ramp_needs_two_points_in_order() -> None:
    with pytest.raises(InputError, match="record"):
        fitted_ramp([1.0, 2.0], [1.0, NAN], 0.0)
    with pytest.raises(InputError, match="weeks"):
        fitted_ramp([2.0, 1.0], [1.0, 2.0], 0.0)


def test_static_elasticity_of_a_cut_by_three_quarters() -> None:
    np.testing.assert_allclose(static_elasticity(1.0, 0.25, 0.2), 1024.0)
    np.testing.assert_allclose(static_elasticity([10.0, 10.0], [1.0, 0.5], 1.0), [10.0, 20.0])
    assert static_elasticity(1.0, 0.0, 0.5) == INF
    assert np.isnan(static_elasticity(NAN, 0.5, 0.5))
    with pytest.raises(InputError) as caught:
        static_elasticity(-1.0, 1.5, 0.0)
    assert len(caught.value.faults) == 3


def test_run_down_is_stock_over_gap() -> None:
    np.testing.assert_array_equal(
        run_down([12.0, 12.0, 0.0, 5.0], 4.0, [1.0, 4.0, 1.0, 9.0]), [4.0, INF, 0.0, INF]
    )
    assert np.isnan(run_down(NAN, 1.0, 0.0))
    with pytest.raises(InputError) as caught:
        run_down(-1.0, 1.0, -1.0)
    assert {fault.where for fault in caught.value.faults} == {"stock", "inflow"}


def test_the_throttle_starts_at_18_days_and_decays_over_72() -> None:
    """After a full cut with 90 days and 0.8: all for 18 days, then exp(-t / 72 days), and never nothing."""
    use, step = np.array([2.0]), DAY / 24.0
    stock = use * 90.0 * DAY
    share = ario_throttle(stock, use, np.zeros((24 * 400, 1)), Throttle(90.0 * DAY, 0.8, step))[:, 0]
    days = np.arange(share.size) / 24.0
    assert days[np.argmax(share < 1.0)] == pytest.approx(18.0, abs=0.1)
    later = days >= 18.0
    np.testing.assert_allclose(share[later], np.exp(-(days[later] - 18.0) / 72.0), rtol=2e-3)
    assert share.min() > 0.0
    assert run_down(stock, use, 0.0)[0] == pytest.approx(90.0 * DAY)  # plain run-down stops at 90 days


@FIXED
@given(st.floats(0.0, 50.0), st.floats(0.0, 3.0), st.floats(0.1, 1.0))
def test_the_throttle_never_uses_more_than_there_is(stock: float, inflow: float, psi: float) -> None:
    arrivals = np.full((500, 1), inflow)
    share = ario_throttle([stock], [1.0], arrivals, Throttle(6.0, psi, 6.0 * psi))
    left = stock + np.cumsum(arrivals - share, axis=0) * 6.0 * psi
    assert left.min() > -1e-9
    assert ((share >= 0.0) & (share <= 1.0)).all()


def test_the_throttle_settles_on_the_inflow() -> None:
    share = ario_throttle([12.0], [1.0], np.full((2000, 1), 0.3), Throttle(13.0, 0.8, DAY))
    assert share[-1, 0] == pytest.approx(0.3, rel=1e-6)


def test_the_throttle_names_all_its_faults() -> None:
    with pytest.raises(InputError) as caught:
        ario_throttle([-1.0], [0.0], [[-1.0]], Throttle(1.0, 1.5, 9.0))
    assert {fault.where for fault in caught.value.faults} == {"stock", "use", "inflow", "psi", "step"}
