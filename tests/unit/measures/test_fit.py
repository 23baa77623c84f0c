"""Fitting on problems whose answer is known: straight lines in the logarithm, with the book as prior."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.measures.fit import Free, fit, profile, residuals, tolerance

pytest.importorskip("scipy")

A = Free("a", 1.0, 0.0, 4.0)
B = Free("b", 2.0, 0.0, 4.0)


def seen(bar: str, value: float = 100.0, unit: str = "USD/kg") -> Observation:
    fixed: dict[str, Any] = dict.fromkeys(("partner", "note"), "")
    fixed |= {"episode": "2010", "observable": "price", "element": "Dy", "place": "CHN", "tier": "china"}
    fixed |= {"start": date(2010, 1, 1), "end": date(2010, 2, 1), "low": None, "high": None, "use": "train"}
    fixed |= {"source": "made up", "url": "https://example.org", "grade": "A", "terms": "quoted-fact"}
    return Observation(id="obs-2010-x", bar=bar, value=value, unit=unit, **fixed)


@pytest.mark.parametrize(
    ("bar", "width"),
    [
        ("rel:0.25", math.log(1.25)),
        ("mape:0.07", math.log(1.07)),
        ("factor:1.5", math.log(1.5)),
        ("order", math.log(10.0)),
        ("range:4..10", None),
        ("sign", None),
        ("none", None),
        ("", None),
    ],
)
def test_tolerance_of_a_bar(bar: str, width: float | None) -> None:
    assert tolerance(seen(bar)) == (None if width is None else pytest.approx(width))


def test_a_model_at_the_edge_of_its_bar_has_residual_one() -> None:
    found = residuals([seen("rel:0.25"), seen("sign"), seen("factor:2")], [np.array([125.0, 100.0])] * 3, 2)
    assert found == pytest.approx(np.array([[1.0, 0.0], [math.log(1.25) / math.log(2), 0.0]]))


def test_what_the_model_cannot_say_costs() -> None:
    assert residuals([seen("rel:0.25")], [None], 3).tolist() == [[3.0, 3.0, 3.0]]


@pytest.mark.parametrize(("unit", "met", "missed"), [("kg/month", 99.0, 1000.0), ("t/month", 0.099, 1.0)])
def test_a_zero_month_is_met_by_less_than_a_hundred_kilograms(unit: str, met: float, missed: float) -> None:
    nothing = seen("order", 0.0, unit)
    found = residuals([nothing], [np.array([0.0, met, missed])], 3)[0]
    assert found[:2].tolist() == [0.0, 0.0]
    assert found[2] == pytest.approx(1.0)


def line(slope: FloatArray, at: FloatArray, noise: float) -> Any:
    """Return residuals of y = slope x, (R, N), with a tolerance of `noise`."""

    def batch(points: FloatArray) -> FloatArray:
        return np.asarray(((slope @ points).T - at).T / noise)

    return batch


def test_a_sharp_record_gives_the_truth() -> None:
    slope = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    found = fit(line(slope, np.array([1.5, 3.0, 4.5]), 1e-3), (A, B))
    assert found.values == pytest.approx([1.5, 3.0], rel=1e-3)
    assert found.chi2 < 0.01
    assert found.total >= found.chi2


def test_without_a_record_the_book_stays() -> None:
    silent = line(np.zeros((2, 2)), np.zeros(2), 1.0)
    found = fit(silent, (A, B), start=np.array([3.0, 0.5]))
    assert found.values == pytest.approx([1.0, 2.0], abs=1e-4)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([A.scale, B.scale], rel=1e-3)


def test_the_answer_is_between_book_and_record_by_their_weights() -> None:
    """One datum at 3 with tolerance s, the book at 1 with scale 2: (3 / s^2 + 1 / 4) / (1 / s^2 + 1 / 4)."""
    s = 1.3
    found = fit(line(np.array([[1.0]]), np.array([3.0]), s), (A,))
    want = (3.0 / s**2 + 1.0 / 4.0) / (1.0 / s**2 + 1.0 / 4.0)
    assert found.values[0] == pytest.approx(want, rel=1e-4)


def test_numbers_stay_in_their_ranges() -> None:
    found = fit(line(np.eye(2), np.array([100.0, -50.0]), 0.1), (A, B))
    assert found.values == pytest.approx([4.0, 0.0], abs=1e-3)


def test_a_held_number_is_held() -> None:
    slope = np.array([[1.0, 1.0]])
    found = fit(line(slope, np.array([4.0]), 1e-3), (A, B), {"a": 0.5})
    assert found.values == pytest.approx([0.5, 3.5], abs=1e-2)


def test_a_derivative_at_the_end_of_a_range_steps_inside() -> None:
    tried: list[FloatArray] = []

    def batch(points: FloatArray) -> FloatArray:
        tried.append(points.copy())
        return points - 4.0

    fit(batch, (A,), start=np.array([4.0]))
    every = np.concatenate([p.ravel() for p in tried])
    assert A.low <= every.min()
    assert every.max() <= A.high


def test_a_profile_tells_what_the_record_knows() -> None:
    slope = np.array([[1.0, 0.0], [0.0, 1e-6]])
    batch = line(slope, np.array([1.5, 0.0]), 0.1)
    best = fit(batch, (A, B))
    known, unknown = (profile(batch, (A, B), best, name, 9) for name in ("a", "b"))
    assert known.identified
    assert known.low < best.values[0] < known.high
    assert not unknown.identified
    assert (unknown.low, unknown.high) == pytest.approx((B.low, B.high), abs=0.1)
    assert (np.diff(known.at) >= 0.0).all()
    assert known.chi2.min() == pytest.approx(best.total, rel=1e-6)


def test_the_interval_of_a_sharp_profile_is_its_own() -> None:
    """A parabola with sigma 0.1: 95 % is 1.96 sigma either way."""
    batch = line(np.array([[1.0, 0.0], [0.0, 1e-6]]), np.array([1.5, 0.0]), 0.1)
    best = fit(batch, (A, B))
    found = profile(batch, (A, B), best, "a")
    assert found.high - best.values[0] == pytest.approx(0.196, rel=0.2)


def test_a_profile_of_the_only_number() -> None:
    batch = line(np.array([[1.0]]), np.array([1.5]), 0.1)
    found = profile(batch, (A,), fit(batch, (A,)), "a")
    assert found.identified
