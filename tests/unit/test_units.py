"""Units: a closed list, and conversion only inside a dimension."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dearth.errors import UnitError
from dearth.units import UNITS, convert, dimension_of

PAIRS = [(a, b) for a in UNITS for b in UNITS if UNITS[a][0] == UNITS[b][0]]
STRANGERS = [(a, b) for a in UNITS for b in UNITS if UNITS[a][0] != UNITS[b][0]]
VALUES = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (1500.0, "kg", "t", 1.5),
        (2.0, "kt", "t", 2000.0),
        (70.0, "%", "1", 0.7),
        (100.0, "t/month", "t/y", 1200.0),
        (31.0, "wt%", "t/t", 0.31),
        (14.0, "day", "week", 2.0),
        (45.0, "working day", "week", 9.0),
        (1.0, "year", "month", 12.0),
        (1.0, "year", "week", 52.178571428571431),
        (9000.0, "CNY/t", "CNY/kg", 9.0),
        (3.0, "MUSD", "USD", 3e6),
        (12.0, "kOe", "kA/m", 954.9296585513721),
    ],
)
def test_known_conversions(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-12)


@given(value=VALUES, pair=st.sampled_from(PAIRS))
def test_there_and_back_gives_the_same_number(value: float, pair: tuple[str, str]) -> None:
    here, there = pair
    assert convert(convert(value, here, there), there, here) == pytest.approx(value, rel=1e-12, abs=1e-9)


@given(pair=st.sampled_from(STRANGERS))
def test_no_conversion_between_dimensions(pair: tuple[str, str]) -> None:
    with pytest.raises(UnitError, match="is not"):
        convert(1.0, *pair)


@pytest.mark.parametrize(
    "unit", ["t REO", "t magnet", "t/y", "t REO/y", "CNY/kg", "AUD/kg", "MAUD", "calendar year"]
)
def test_tonnes_of_different_things_do_not_mix(unit: str) -> None:
    with pytest.raises(UnitError):
        convert(1.0, unit, "t")


@pytest.mark.parametrize("bad", ["tonne", "", "T", "t reo", "weeks", "USD per kg"])
def test_an_unknown_unit_is_refused_with_a_cure(bad: str) -> None:
    with pytest.raises(UnitError, match=r"did you mean|known:") as caught:
        dimension_of(bad)
    assert repr(bad) in str(caught.value)


@pytest.mark.parametrize(("unit", "to"), [("weeks", "day"), ("day", "weeks")])
def test_both_sides_of_a_conversion_are_checked(unit: str, to: str) -> None:
    with pytest.raises(UnitError, match=r"did you mean .*'week'"):
        convert(1.0, unit, to)


def test_factors_are_positive_and_each_dimension_has_a_base_unit() -> None:
    bases = {dimension for dimension, factor in UNITS.values() if factor == 1.0}
    assert all(factor > 0 for _, factor in UNITS.values())
    assert {dimension for dimension, _ in UNITS.values()} - bases == set()
