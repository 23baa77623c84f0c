"""Counts on fixed grids: they add up the same in any order, and their quantiles are those of the values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.measures.grid import NEVER_CELL, Grid
from dearth.measures.stops import band
from dearth.measures.tally import Tally, counted, ever, fixed, merged, quantiles, total
from dearth.measures.tally_bytes import from_bytes, to_bytes

LINEAR, RELATIVE = Grid(0.05), Grid(0.002, relative=True)
SHARES = (0.1, 0.5, 0.9)
NUMBER = st.floats(0.0, 5e4, allow_subnormal=False)
VALUES = st.lists(st.one_of(NUMBER, st.just(float("inf")), st.just(0.0)), min_size=1, max_size=60)


def one(values: list[float], grid: Grid = LINEAR, row: str = "a") -> Tally:
    cells = counted([row], np.array(values)[np.newaxis, np.newaxis], grid)
    return Tally(len(values), 0.0, {"x": cells}, {"sum": {row: len(values), "all": 10**20}})


TALLIES = st.lists(
    st.builds(lambda values, row: one(values, row=row), VALUES, st.sampled_from("abc")), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(tallies=TALLIES, data=st.data())
def test_order_and_grouping_of_tallies_do_not_matter(tallies: list[Tally], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(tallies))
    cut = data.draw(st.integers(0, len(tallies)))
    whole = to_bytes(merged(tallies), "m")
    assert to_bytes(merged(shuffled), "m") == whole
    assert to_bytes(merged([merged(shuffled[:cut]), merged(shuffled[cut:])]), "m") == whole
    assert to_bytes(merged([merged([]), *shuffled]), "m") == whole


@settings(max_examples=80, deadline=None)
@given(parts=st.lists(VALUES, min_size=1, max_size=4), relative=st.booleans())
def test_quantiles_are_those_of_the_values_to_half_a_cell(parts: list[list[float]], relative: bool) -> None:
    grid = RELATIVE if relative else LINEAR
    values = np.concatenate([np.array(part) for part in parts])
    counts = merged([one(part, grid) for part in parts]).counts["x"]
    assert total(counts).tolist() == [[values.size]]
    assert ever(counts)[0, 0] == np.isfinite(values).mean()
    found = quantiles(counts, grid, SHARES)[0, 0]
    plain = np.array(band(values)) if values.size > 1 else np.full(3, values[0])
    near(found, plain, relative)
    between = quantiles(counts, grid, SHARES, between=True)[0, 0]
    ordered = np.sort(values)
    for share, got in zip(SHARES, between, strict=True):
        low = int((values.size - 1) * share)
        if np.isfinite(ordered[min(low + 1, values.size - 1)]):
            near(np.array([got]), np.array([np.quantile(values, share)]), relative)
        elif np.isinf(ordered[low]) or (values.size - 1) * share > low:
            assert np.isinf(got)


def near(found: np.ndarray, plain: np.ndarray, relative: bool) -> None:
    assert np.array_equal(np.isinf(found), np.isinf(plain))
    some = np.isfinite(plain)
    room = 0.5 * RELATIVE.width * plain[some] * 1.01 + 1e-8 if relative else 0.5 * LINEAR.width + 1e-9
    assert np.all(np.abs(found[some] - plain[some]) <= room)


def test_a_value_on_the_grid_is_given_back_as_it_is() -> None:
    values = np.arange(1041) / 20.0
    assert np.array_equal(LINEAR.values(LINEAR.cells(values)), values)
    assert RELATIVE.values(RELATIVE.cells(np.array([0.0])))[0] == 0.0


@pytest.mark.parametrize("grid", [LINEAR, RELATIVE])
@pytest.mark.parametrize("value", [float("nan"), -1.0, 1e30, -float("inf")])
def test_what_does_not_fit_on_a_grid_is_refused(grid: Grid, value: float) -> None:
    if grid is RELATIVE and value == 1e30:
        assert grid.cells(np.array([value]))[0] < NEVER_CELL
        return
    with pytest.raises(ValueError, match="does not fit"):
        grid.cells(np.array([value]))


def test_rounding_below_zero_is_zero() -> None:
    assert LINEAR.cells(np.array([-1e-17, 0.024])).tolist() == [0, 0]


def test_sums_are_whole_numbers_of_any_size() -> None:
    assert fixed(np.array([[0.1, 0.2, 0.3], [1e-7, 1e-7, 1e-7]])).tolist() == [600_000, 0]
    assert merged([one([1.0])] * 3).sums == {"sum": {"a": 3, "all": 3 * 10**20}}


def test_bytes_hold_all_and_are_checked() -> None:
    tally = merged([one([1.0, 2.0, float("inf")]), one([3.0], row="b")])
    data = to_bytes(tally, "maker")
    found, maker = from_bytes(data)
    assert maker == "maker"
    assert to_bytes(found, "maker") == data
    assert found.counts["x"].rows == ("a", "b")
    for bad in (b"", b"PK\x03\x04", data[:-1], data[:20], data + b"x", data[:15] + b"\0" * 40):
        with pytest.raises(ValueError, match="no tally"):
            from_bytes(bad)


def test_cells_out_of_order_are_no_tally() -> None:
    tally = one([1.0, 2.0])
    counts = tally.counts["x"]
    for keys, found in ((counts.keys[::-1], counts.counts), (counts.keys, -counts.counts)):
        bad = Tally(2, 0.0, {"x": counts._replace(keys=keys, counts=found)}, {})
        with pytest.raises(ValueError, match="out of order"):
            from_bytes(to_bytes(bad, ""))
