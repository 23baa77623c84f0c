"""Leverage, three ways, on a chain small enough to reckon by hand."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book.project_rows import LINKS
from dearth.measures.leverage import (
    capacity_of,
    chokepoint,
    first_below,
    half_life,
    need_in,
    rent_of,
    survival,
    weeks_to_half,
)
from dearth.world.standing import BUYERS
from made_projects import projects, standing

YEARS = np.array([2024.5, 2025.5, 2026.5])
N = 3


def none(count: int) -> np.ndarray:
    return np.zeros((count, YEARS.size, N))


def test_need_grows_from_the_base_year_and_is_saved() -> None:
    grown = need_in(standing(N, growth=0.1), YEARS)
    np.testing.assert_allclose(grown[0, 0, 0, :, 0], [1000.0, 1100.0, 1210.0])
    saved = need_in(standing(N, growth=0.1), YEARS, np.full((len(ELEMENTS), YEARS.size, N), 0.25))
    np.testing.assert_allclose(saved, 0.75 * grown)


def test_own_supply_over_need_is_what_survives() -> None:
    """Six buyers need 1,000 each, are bound 50 each, and 100 are free: (6 x 50 + 100) / 6,000."""
    base, made = standing(N), projects(N, 0)
    found = survival(base, made, none(0), need_in(base, YEARS))
    np.testing.assert_allclose(found.outside, 400.0 / 6000.0)
    np.testing.assert_allclose(found.buyers, 400.0 / 6000.0)


def test_a_plant_serves_its_home_first_and_the_rest_is_shared() -> None:
    base, made = standing(N, free=0.0), projects(N, 1, size=2000.0)
    share = np.full((1, YEARS.size, N), 1.0)
    found = survival(base, made, share, need_in(base, YEARS))
    home = BUYERS.index("USA")
    np.testing.assert_allclose(found.buyers[home], 1.0)
    other = (50.0 + (2050.0 - 1000.0) / 5.0) / 1000.0
    np.testing.assert_allclose(np.delete(found.buyers, home, axis=0), other)
    np.testing.assert_allclose(found.outside, 2300.0 / 6000.0)


def test_each_link_is_limited_by_those_above_it() -> None:
    base = standing(N)
    free = base.free.copy()
    free[2] = -100.0  # metal is scarcest
    base = base._replace(free=free)
    found = survival(base, projects(N, 0), none(0), need_in(base, YEARS))
    shares = found.outside[:, 0, 0, 0]
    assert shares.tolist() == pytest.approx([400 / 6000, 400 / 6000, 200 / 6000, 200 / 6000])
    assert (chokepoint(found.own) == LINKS.index("metal")).all()


def test_an_element_that_meets_no_magnet_has_no_metal_link() -> None:
    base = standing(N)
    need, bound = base.need.copy(), base.bound.copy()
    need[:, 2:], bound[:, 2:] = 0.0, 0.0
    base = base._replace(through_magnets=np.zeros(len(ELEMENTS)), need=need, bound=bound)
    found = survival(base, projects(N, 0), none(0), need_in(base, YEARS))
    np.testing.assert_allclose(found.outside[3], found.outside[1])


def test_scrap_needs_no_ore_and_swarf_comes_back() -> None:
    base = standing(N)._replace(swarf=np.full((len(ELEMENTS), N), 0.5))
    made = projects(N, 2)._replace(
        kind=("recycling", "magnet"),
        links=np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]),
        magnets=np.array([0.0, 300.0]),
    )
    found = capacity_of(base, made)[:, :, 0, 0]
    np.testing.assert_allclose(found, [[100.0, 100.0, 0.0, 0.0], [50.0, 50.0, 0.0, 100.0]])


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
def test_weeks_to_half_meet_the_stop_front(share: float) -> None:
    cover, spread = 10.0, 0.6
    weeks = float(weeks_to_half(np.array(share), np.array(cover), np.array(spread)))
    missed = (1.0 - share) * weeks
    lost = NormalDist(math.log(cover), spread).cdf(math.log(missed)) * (1.0 - share)
    assert lost == pytest.approx(0.5, abs=1e-4)


def test_half_of_the_lines_never_stop_while_half_of_need_comes() -> None:
    assert np.isinf(weeks_to_half(np.array([0.5, 0.9]), np.array(10.0), np.array(0.6))).all()


def test_the_rent_is_the_best_of_all_degrees_of_withholding() -> None:
    share, need, value = 0.3, 1000.0, 200.0
    w = np.linspace(0.0, 1.0, 100001)
    tried = value * w * (1.0 - share) * (1.0 - w) * (1.0 - share) * need * 1e-3
    assert float(rent_of(np.array(share), np.array(need), np.array(value))) == pytest.approx(tried.max())


def test_a_level_counts_when_leverage_stays_there() -> None:
    years = np.arange(2026.0, 2031.0)
    path = np.array([[1.0, 1.0, 0.4], [0.4, 0.8, 0.4], [0.9, 0.4, 0.4], [0.4, 0.3, 0.4], [0.3, 0.2, 0.4]])
    found = first_below(path, years, 0.5)
    assert found.tolist() == pytest.approx([2028.8, 2027.75, 2026.0])
    assert np.isinf(first_below(path, years, 0.1)).all()


def test_half_life_is_counted_from_today() -> None:
    years = np.arange(2026.0, 2030.0)
    path = np.array([[0.8], [0.6], [0.4], [0.2]])
    assert half_life(path, years).tolist() == pytest.approx([2.0])
