"""Bars, bands and errors of observations, on figures made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.measures.compared import bar_text, meets, quantiles, series_of, summarised
from made_observations import seen


@pytest.mark.parametrize(
    ("bar", "observed", "value", "met"),
    [
        ("rel:0.25", 100.0, 124.9, True),
        ("rel:0.25", 100.0, 126.0, False),
        ("rel:0.25", 100.0, 74.0, False),
        ("factor:1.5", 100.0, 67.0, True),
        ("factor:1.5", 100.0, 66.0, False),
        ("order", 100.0, 11.0, True),
        ("order", 100.0, 9.0, False),
        ("order", 0.0, 99.0, True),
        ("order", 0.0, 101.0, False),
        ("range:4..10", 7.0, 4.0, True),
        ("range:4..10", 7.0, 10.1, False),
        ("mape:0.07", 7.0, 7.0, None),
        ("sign", 7.0, 7.0, None),
        ("", 7.0, 7.0, None),
    ],
)
def test_a_bar_is_met_or_not(bar: str, observed: float, value: float, met: bool | None) -> None:
    assert meets(seen(observed, bar), value) is met


def test_bars_are_said_in_words() -> None:
    said = [bar_text(b) for b in ("rel:0.25", "factor:1.5", "mape:0.07", "range:4..10", "order", "")]
    assert said == [
        "within 25%", "within a factor 1.5", "mean error of its path at most 7%", "between 4 and 10",
        "within a factor 10", "no bar",
    ]  # fmt: skip


def test_a_figure_listed_twice_counts_once() -> None:
    rows = [
        seen(10.0),
        seen(10.0, "mape:0.07", observable="magnet-export-path", id="obs-twin"),
        seen(20.0, month=2),
    ]
    assert [len(at) for at in series_of(rows).values()] == [2]
    assert summarised(rows, [11.0, 11.0, 20.0]).pairs == 2
    assert summarised(rows, [11.0, 11.0, 20.0]).mape == pytest.approx(0.05)


def test_what_was_next_to_nothing_has_no_error_in_per_cent() -> None:
    rows = [seen(1.0, unit="kg/month"), seen(1000.0, unit="kg/month", month=2)]
    found = summarised(rows, [5000.0, 1100.0])
    assert found.pairs == 1
    assert found.mape == pytest.approx(0.1)


def test_directions_are_counted_inside_a_path_only() -> None:
    rows = [
        seen(10.0),
        seen(20.0, month=2),
        seen(15.0, month=3),
        seen(1.0, place="JPN"),
        seen(2.0, month=2, place="JPN"),
    ]
    assert summarised(rows, [10.0, 12.0, 13.0, 5.0, 6.0]).sign == pytest.approx(2 / 3)


def test_chi2_is_over_the_tolerance_of_the_train_rows() -> None:
    rows = [seen(100.0, "factor:2"), seen(100.0, "factor:2", month=2, use="note")]
    found = summarised(rows, [400.0, 100.0])
    assert found.rows == 1
    assert found.chi2 == pytest.approx(4.0)


def test_weights_move_the_quantiles() -> None:
    values = np.arange(1.0, 101.0)
    assert quantiles(values)[1] == pytest.approx(50.5)
    assert quantiles(values, np.ones(100))[1] == pytest.approx(50.5)
    heavy = np.where(values > 90.0, 1.0, 1e-9)
    assert quantiles(values, heavy)[0] > 90.0
