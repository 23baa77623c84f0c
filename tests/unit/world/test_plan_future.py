"""Futures: squeezes are drawn with the same luck for every plan and reply."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.book import Book
from dearth.world.draws import Draws
from dearth.world.plan_future import REPLIES, squeezes_of

YEARS = 20
BY_KEY = {reply.key: reply for reply in REPLIES}


@pytest.fixture(scope="module")
def draws(book: Book) -> Draws:
    return Draws(book, 60, 5)


def test_a_year_has_as_many_weeks_as_it_has(draws: Draws) -> None:
    found = squeezes_of(draws, YEARS, 5, BY_KEY["none"])
    assert found.weeks.shape == found.depth.shape == found.number.shape == (60, YEARS)
    assert found.weeks.min() >= 0.0
    assert found.weeks.max() <= 365.25 / 7.0 + 1e-9
    assert ((found.number >= 0) == (found.weeks > 0.0)).all()
    assert ((found.depth >= 0.0) & (found.depth <= 1.0)).all()


def test_squeezes_come_at_the_rate_of_the_book(draws: Draws) -> None:
    found = squeezes_of(draws, YEARS, 5, BY_KEY["none"])
    count = found.number.max(axis=1) + 1
    assert count.mean() == pytest.approx(draws.get("squeeze-rate").mean() * YEARS, rel=0.25)


def test_the_same_seed_gives_the_same_futures(draws: Draws) -> None:
    first, again, other = (squeezes_of(draws, YEARS, seed, BY_KEY["none"]).weeks for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("key", ["tighter-licences", "quota"])
def test_a_reply_holds_back_more(draws: Draws, key: str) -> None:
    plain, reply = (squeezes_of(draws, YEARS, 5, BY_KEY[k]) for k in ("none", key))
    held, more = ((some.weeks * some.depth).sum(axis=1) for some in (plain, reply))
    assert (more >= held - 1e-9).all()
    assert more.mean() > 1.3 * held.mean()


@pytest.mark.parametrize("key", ["price-cut", "technology-ban"])
def test_a_reply_to_projects_does_not_move_squeezes(draws: Draws, key: str) -> None:
    plain, reply = (squeezes_of(draws, YEARS, 5, BY_KEY[k]) for k in ("none", key))
    assert np.array_equal(plain.weeks, reply.weeks)
