"""Errors of a model against the record: by hand, by identity, and on what is not known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.errors import InputError
from dearth.measures.errors import (
    brier,
    chi2,
    coverage,
    factor_errors,
    log_errors,
    mape,
    rms_log_error,
    sign_agreement,
    smape,
    theil,
)

FIXED = settings(derandomize=True, deadline=None, database=None)
NAN, INF = math.nan, math.inf
LEVELS = st.lists(st.tuples(*[st.floats(0.1, 1e4)] * 3), min_size=1, max_size=30)


def test_mape_and_smape_by_hand() -> None:
    assert mape([110.0, 150.0], [100.0, 200.0]) == pytest.approx((0.1 + 0.25) / 2)
    assert smape([0.0, 0.0, 3.0], [0.0, 4.0, 1.0]) == pytest.approx((0.0 + 2.0 + 1.0) / 3)


@pytest.mark.parametrize("missing", [None, NAN])
def test_what_is_not_known_takes_its_pair_out(missing: float | None) -> None:
    model, record = [1.0, missing, 3.0, 9.0], [2.0, 2.0, missing, 10.0]
    assert mape(model, record) == pytest.approx((0.5 + 0.1) / 2)
    assert smape(model, record) == smape([1.0, 9.0], [2.0, 10.0])
    assert rms_log_error(model, record) == rms_log_error([1.0, 9.0], [2.0, 10.0])
    assert sign_agreement(model, record) == 1.0
    assert theil(model, record, 5.0) == theil([1.0, 9.0], [2.0, 10.0], 5.0)
    np.testing.assert_array_equal(np.isnan(log_errors(model, record)), [False, True, True, False])


@pytest.mark.parametrize("measure", [mape, smape, rms_log_error, sign_agreement, brier])
def test_nothing_to_compare_is_none_not_zero(measure: object) -> None:
    assert measure([None, 0.5], [1.0, None]) is None  # type: ignore[operator]
    assert measure([], []) is None  # type: ignore[operator]
    assert theil([None], [1.0], 1.0) is None
    assert theil([1.0], [1.0], [None]) is None
    assert coverage([None], [1.0], [1.0]) is None
    assert chi2([None, NAN], [1.0, 1.0], 0.1) is None


def test_a_percentage_of_zero_does_not_exist() -> None:
    assert mape([1.0, 1.0], [0.0, 1.0]) is None


def test_an_exploding_model_is_infinitely_wrong_and_an_infinite_record_a_fault() -> None:
    assert mape([INF, 1.0], [1.0, 1.0]) == INF
    assert smape([INF, 1.0], [1.0, 1.0]) == INF
    found = theil([INF, 1.0], [1.0, 2.0], 1.0)
    assert found is not None
    assert found.u2 == INF
    assert found.bias is None
    assert rms_log_error([INF], [1.0]) == INF
    with pytest.raises(InputError, match="record"):
        mape([1.0], [INF])


@pytest.mark.parametrize("bad", [["a"], "no numbers", [[1.0, 2.0]], None, 3.0, [object()]])
def test_what_is_no_list_of_numbers_is_a_clear_fault(bad: object) -> None:
    with pytest.raises(InputError, match="not a list of numbers"):
        mape(bad, [1.0])  # type: ignore[arg-type]


def test_lengths_must_be_equal() -> None:
    with pytest.raises(InputError, match="lengths differ"):
        mape([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="lengths differ"):
        coverage([1.0], [1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="lengths differ"):
        chi2([1.0], [1.0, 2.0], 0.1)
    with pytest.raises(InputError, match="lengths differ"):
        theil([1.0, 2.0], [1.0, 2.0], [1.0])


def test_signs_count_none_only_with_none() -> None:
    assert sign_agreement([1.0, -1.0, 0.0, 2.0], [3.0, -9.0, 0.0, -2.0]) == pytest.approx(0.75)
    assert sign_agreement([0.4, 5.0], [-0.4, 0.1], still=0.5) == pytest.approx(0.5)
    assert sign_agreement([INF], [1.0]) == 1.0


def test_theil_by_hand() -> None:
    found = theil([3.0, 5.0], [1.0, 5.0], [1.0, 2.0])
    assert found is not None
    assert found.u1 == pytest.approx(math.sqrt(4.0) / (math.sqrt(34.0) + math.sqrt(26.0)))
    assert found.u2 == pytest.approx(math.sqrt(4.0) / math.sqrt(0.0 + 9.0))
    assert found.bias == pytest.approx(1.0**2 / 2.0)
    assert found.variance == pytest.approx((1.0 - 2.0) ** 2 / 2.0)
    assert found.covariance == pytest.approx(0.0, abs=1e-12)


def test_no_change_has_a_theil_of_one_and_perfection_none_to_share_out() -> None:
    record = [2.0, 4.0, 3.0]
    as_it_was = theil([1.0, 2.0, 4.0], record, [1.0, 2.0, 4.0])
    assert as_it_was is not None
    assert as_it_was.u2 == pytest.approx(1.0)
    exact = theil(record, record, 1.0)
    assert exact is not None
    assert (exact.u1, exact.u2) == (0.0, 0.0)
    assert exact[2:] == (None, None, None)
    still = theil([2.0, 2.0], [1.0, 1.0], 1.0)
    assert still is not None
    assert still.u2 is None
    nothing = theil([0.0], [0.0], 1.0)
    assert nothing is not None
    assert nothing.u1 is None


@FIXED
@given(LEVELS)
def test_the_parts_of_the_squared_error_sum_to_one(rows: list[tuple[float, float, float]]) -> None:
    model, record, before = (list(column) for column in zip(*rows, strict=True))
    found = theil(model, record, before)
    assert found is not None
    assert found.u1 is not None
    assert 0.0 <= found.u1 <= 1.0
    error = float(np.mean(np.subtract(model, record) ** 2))
    if error > 1e-6 * float(np.mean(np.square(model) + np.square(record))):
        parts = [part for part in found[2:] if part is not None]
        assert sum(parts) == pytest.approx(1.0, abs=1e-6)
        assert min(parts) > -1e-6


def test_parts_tell_a_shift_from_a_stretch_from_noise() -> None:
    record = np.array([1.0, 2.0, 3.0, 4.0])
    shift, stretch = theil(record + 5.0, record, 0.0), theil(2.5 + 3.0 * (record - 2.5), record, 0.0)
    noise = theil(record[[1, 0, 3, 2]], record, 0.0)
    assert shift is not None
    assert stretch is not None
    assert noise is not None
    assert shift.bias == pytest.approx(1.0)
    assert stretch.variance == pytest.approx(1.0)
    assert noise.covariance == pytest.approx(1.0)


def test_coverage_counts_edges_and_leaves_out_the_unknown() -> None:
    assert coverage([1.0, 1.0, 1.0, None], [2.0, 2.0, 2.0, 2.0], [1.0, 2.0, 2.1, 1.5]) == pytest.approx(2 / 3)
    assert coverage([-INF], [INF], [3.0]) == 1.0
    with pytest.raises(InputError, match="low above high"):
        coverage([2.0], [1.0], [1.5])


def test_brier_by_hand_and_its_faults_at_once() -> None:
    assert brier([1.0, 0.0, 0.5, 0.9], [1, 0, 1, None]) == pytest.approx(0.25 / 3)
    with pytest.raises(InputError) as caught:
        brier([90.0, 0.1], [1.0, 0.5])
    assert [fault.where for fault in caught.value.faults] == ["probability", "happened"]


def test_factor_errors_are_the_same_up_and_down() -> None:
    np.testing.assert_allclose(factor_errors([3.0, 1.0, 2.0], [1.0, 3.0, 2.0]), [3.0, 3.0, 1.0])
    np.testing.assert_allclose(log_errors([3.0, 1.0], [1.0, 3.0]), [math.log(3.0), -math.log(3.0)])
    assert rms_log_error([1.5], [1.0]) == pytest.approx(math.log(1.5))


def test_logarithms_of_zero_and_below() -> None:
    assert factor_errors([0.0], [1.0])[0] == INF
    assert np.isnan(factor_errors([1.0, 1.0], [0.0, -1.0])).all()
    with pytest.raises(InputError, match="below 0"):
        log_errors([-1.0], [1.0])


def test_chi2_has_the_spread_of_the_sources_as_its_floor() -> None:
    errors = log_errors([1.5, 1.2], [1.0, 1.0])
    wide, floor = math.log(1.5), math.log(1.31)
    assert chi2(errors, [wide, 0.01], floor) == pytest.approx(1.0 + (math.log(1.2) / floor) ** 2)
    assert chi2([1.0, 5.0], [None, 5.0], 2.0) == pytest.approx(0.25 + 1.0)
    for sigma, least in (([-1.0], 0.1), ([1.0], 0.0), ([1.0], NAN), ([1.0], INF)):
        with pytest.raises(InputError, match="not above 0"):
            chi2([1.0], sigma, least)
