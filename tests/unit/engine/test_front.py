"""The tables of the stop front against the lognormal distribution itself."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.engine.front import SPREADS, front_tables, spread_row

TABLES = front_tables()
GRID = np.linspace(0.0, TABLES.x_max, TABLES.left.shape[1])
SHARE = np.linspace(0.0, 1.0, TABLES.x.shape[1])


@pytest.mark.parametrize("row", range(len(SPREADS)))
def test_stock_falls_from_all_to_none_as_the_front_moves(row: int) -> None:
    left, out = TABLES.left[row], TABLES.out[row]
    assert left[0] == 1.0
    assert left[-1] == 0.0
    assert out[0] == 0.0
    assert out[-1] == 1.0
    assert np.all(np.diff(left) <= 0.0)
    assert np.all(np.diff(out) >= 0.0)


@pytest.mark.parametrize("row", range(1, len(SPREADS)))
def test_stock_given_up_is_what_those_still_running_draw(row: int) -> None:
    """The law dR = -(1 - F) dx, exact for the tables up to the scaling of the mean."""
    drawn = 0.5 * ((1.0 - TABLES.out[row][1:]) + (1.0 - TABLES.out[row][:-1])) * np.diff(GRID)
    assert -np.diff(TABLES.left[row]) == pytest.approx(drawn, rel=2e-3, abs=1e-5)


@pytest.mark.parametrize(("row", "off"), [(1, 0.001), (10, 0.001), (25, 0.001), (40, 0.005), (56, 0.03)])
def test_the_front_is_the_lognormal_distribution(row: int, off: float) -> None:
    """Off by the cut at twelve mean covers: 0.024 of the buyers at the widest spread."""
    stats = pytest.importorskip("scipy.stats")
    sigma = float(SPREADS[row])
    law = stats.lognorm(sigma, scale=np.exp(-0.5 * sigma**2))
    assert TABLES.out[row] == pytest.approx(law.cdf(GRID), abs=off)
    assert np.trapezoid(1.0 - TABLES.out[row], GRID) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("row", range(len(SPREADS)))
def test_position_and_stock_are_inverse(row: int) -> None:
    left = np.interp(TABLES.x[row], GRID, TABLES.left[row])
    assert left == pytest.approx(SHARE, abs=1e-12)
    assert TABLES.x[row][-1] == 0.0


def test_buyers_all_alike_stop_together() -> None:
    assert np.interp(0.999, GRID, TABLES.left[0]) == pytest.approx(0.001)
    assert TABLES.out[0][GRID < 1.0].max() == 0.0
    assert TABLES.out[0][GRID >= 1.0].min() == 1.0
    assert 1.0 in GRID  # the jump lies on the grid, so that no step rounds it


def test_a_wider_spread_has_more_early_stops() -> None:
    early = TABLES.out[1:, np.searchsorted(GRID, 0.3)]
    assert np.all(np.diff(early) >= 0.0)
    assert np.all(np.diff(early[5:]) > 0.0)


@pytest.mark.parametrize(
    ("sigma", "row"), [(0.0, 0), (-1.0, 0), (0.01, 1), (0.1, 1), (0.109, 1), (0.111, 2), (1.2, 56), (9.0, 56)]
)
def test_the_nearest_spread_is_taken(sigma: float, row: int) -> None:
    assert int(spread_row(np.array([sigma]))[0]) == row


def test_spreads_of_all_draws_at_once() -> None:
    sigma = np.array([[0.0, 0.3], [0.52, 1.0]])
    rows = spread_row(sigma)
    assert rows.dtype == np.int64
    assert np.array(SPREADS)[rows] == pytest.approx(sigma)


def test_twice_the_classes_hardly_move_the_front() -> None:
    fine = front_tables(3073)
    at = np.linspace(0.0, TABLES.x_max, 3073)
    for row in range(1, len(SPREADS)):
        assert fine.out[row][::2] == pytest.approx(TABLES.out[row], abs=1e-4)
        assert np.interp(GRID, at, fine.left[row]) == pytest.approx(TABLES.left[row], abs=1e-4)
