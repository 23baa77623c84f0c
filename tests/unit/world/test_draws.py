"""Rows to draws: Latin hypercube, triangles, independence, precedence of wildcards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dearth.book import Book, FactRow
from dearth.errors import BookError
from dearth.world.draws import Draws, triangle
from small_book import book_of, row

FIXED = settings(derandomize=True, deadline=None, database=None)
COVER = row("cover-any", "cover", 4.0, low=1.0, high=9.0, sector="*", place="*")
OTHER = row("yield", "metal-yield", 0.9, low=0.8, high=0.95, material="metal:Dy")
ALIKE = row("cover-wind", "cover", 4.0, low=1.0, high=9.0, sector="wind", place="*")
BOTH = book_of([COVER, OTHER])


def draws(book: Book, n: int = 50, seed: int = 3, **more: dict[str, float]) -> Draws:
    return Draws(book, n, seed, **more)


@pytest.mark.parametrize("n", [2, 7, 50, 1000])
def test_a_latin_hypercube_has_one_draw_in_each_bin(n: int) -> None:
    u = draws(BOTH, n).quantiles(COVER)
    assert np.array_equal(np.sort(np.floor(u * n)), np.arange(n))


@pytest.mark.parametrize("other", [OTHER, ALIKE], ids=["another quantity", "the same quantity"])
def test_the_draws_of_two_rows_are_not_in_step(other: FactRow) -> None:
    d = draws(BOTH, 200)
    assert abs(np.corrcoef(d.quantiles(COVER), d.quantiles(other))[0, 1]) < 0.3


@FIXED
@given(
    low=st.floats(-50.0, 50.0),
    up=st.floats(0.01, 100.0),
    at=st.floats(0.0, 1.0),
)
def test_quantiles_of_the_triangle_are_those_of_scipy(low: float, up: float, at: float) -> None:
    u = np.linspace(0.0, 1.0, 41)
    mode = min(max(low + at * up, low), low + up)
    want = stats.triang.ppf(u, (mode - low) / up, loc=low, scale=up)
    assert triangle(u, low, mode, low + up) == pytest.approx(want, abs=1e-9 * (up + abs(low)), rel=1e-7)


@pytest.mark.parametrize("mode", [1.0, 9.0])
def test_the_mode_may_sit_at_an_end(mode: float) -> None:
    u = np.array([0.0, 0.25, 1.0])
    want = stats.triang.ppf(u, (mode - 1.0) / 8.0, loc=1.0, scale=8.0)
    assert triangle(u, 1.0, mode, 9.0) == pytest.approx(want)


def test_draws_follow_the_triangle_of_the_row() -> None:
    drawn = draws(BOTH, 2000).of(COVER)
    known = stats.triang(3.0 / 8.0, loc=1.0, scale=8.0)
    assert stats.kstest(drawn, known.cdf).statistic < 1.0 / 2000 + 1e-12
    assert drawn.mean() == pytest.approx(known.mean(), rel=1e-3)


def test_a_new_row_does_not_move_the_draws_of_others() -> None:
    new = row("a-new-row", "cover", 2.0, low=1.0, high=3.0, sector="wind", place="*")
    before, after = draws(BOTH), draws(book_of([new, COVER, OTHER]))
    after.of(new)
    assert np.array_equal(before.of(OTHER), after.of(OTHER))
    assert np.array_equal(before.of(COVER), after.of(COVER))


def test_the_order_of_asking_does_not_matter() -> None:
    one, two = draws(BOTH), draws(BOTH)
    first = (one.of(COVER), one.of(OTHER))
    last = (two.of(OTHER), two.of(COVER))
    assert np.array_equal(first[0], last[1])
    assert np.array_equal(first[1], last[0])


def test_the_seed_moves_the_draws_and_the_same_seed_does_not() -> None:
    assert np.array_equal(draws(BOTH).of(COVER), draws(BOTH).of(COVER))
    assert not np.array_equal(draws(BOTH).of(COVER), draws(BOTH, seed=4).of(COVER))


def test_a_single_draw_is_the_central_value() -> None:
    d = draws(BOTH, 1)
    assert d.of(COVER).tolist() == [4.0]
    assert d.of(row("no-value", "cover", low=2.0, high=5.0)).tolist() == [3.5]


@pytest.mark.parametrize("ends", [{}, {"low": 1.0}, {"high": 9.0}, {"low": 4.0, "high": 4.0}])
def test_a_row_without_a_range_keeps_its_value(ends: dict[str, float]) -> None:
    assert np.array_equal(draws(BOTH, 9).of(row("flat", "cover", 4.0, **ends)), np.full(9, 4.0))


def test_a_fixed_value_replaces_the_row_in_every_draw() -> None:
    d = draws(BOTH, 9, fixed={"cover-any": 20.0}, centres={"cover-any": 2.0})
    assert np.array_equal(d.of(COVER), np.full(9, 20.0))
    assert np.ptp(d.of(OTHER)) > 0.0


def test_a_centre_moves_the_mode_and_stretches_the_range_to_hold_it() -> None:
    inside = draws(BOTH, 2000, centres={"cover-any": 8.0}).of(COVER)
    assert inside.mean() == pytest.approx((1.0 + 8.0 + 9.0) / 3.0, rel=1e-3)
    beyond = draws(BOTH, 2000, centres={"cover-any": 12.0}).of(COVER)
    assert beyond.mean() == pytest.approx((1.0 + 12.0 + 12.0) / 3.0, rel=1e-3)
    assert beyond.max() <= 12.0
    assert draws(BOTH, 1, centres={"cover-any": 12.0}).of(COVER).tolist() == [12.0]


class TestPrecedence:
    rows = (
        row("exact", "cover", 1.0, sector="wind", place="JPN"),
        row("any-place", "cover", 2.0, sector="wind", place="*"),
        row("any-sector", "cover", 3.0, sector="*", place="KOR"),
        row("any", "cover", 4.0, sector="*", place="*"),
        row("lead", "process-lead", 5.0, material="oxide", place="*"),
        row("bare", "shortage-focus", 6.0),
    )

    @pytest.mark.parametrize(
        ("sector", "place", "want"),
        [("wind", "JPN", 1.0), ("wind", "USA", 2.0), ("medical", "KOR", 3.0), ("medical", "USA", 4.0)],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_the_row_with_fewest_wildcards_wins(
        self, sector: str, place: str, want: float, turned: bool
    ) -> None:
        d = draws(book_of(self.rows[::-1] if turned else self.rows))
        assert d.get("cover", sector=sector, place=place)[0] == want

    def test_a_row_may_be_general_in_a_key_that_is_not_asked_for(self) -> None:
        d = draws(book_of(self.rows))
        assert d.get("process-lead", material="oxide")[0] == 5.0
        assert d.get("process-lead", material="oxide", place="CHN")[0] == 5.0
        assert d.get("shortage-focus")[0] == 6.0

    def test_a_row_of_another_key_never_fits(self) -> None:
        d = draws(book_of(self.rows))
        assert d.find("process-lead", material="metal") is None
        assert d.find("no-such-quantity") is None

    def test_only_what_was_drawn_is_used(self) -> None:
        d = draws(book_of(self.rows))
        d.get("cover", sector="wind", place="JPN")
        assert list(d.used) == ["exact"]


def test_a_missing_row_is_named_with_its_keys() -> None:
    with pytest.raises(BookError) as caught:
        draws(BOTH).get("metal-yield", material="metal:Tb", place="JPN")
    text = str(caught.value)
    assert "metal-yield" in text
    assert "metal:Tb" in text
    assert "JPN" in text


def test_holes_and_rows_of_other_folders_are_not_drawn() -> None:
    hole = row("hole", "cover", kind="hole", sector="wind")
    assert draws(book_of([hole])).find("cover", sector="wind") is None
    assert draws(book_of([COVER], folder="facts")).rows("cover") == ()


def test_the_preferred_of_two_rivals_is_drawn() -> None:
    rivals = [
        row("worse", "cover", 1.0, sector="wind", preferred="no"),
        row("better", "cover", 2.0, sector="wind", preferred="yes"),
    ]
    for order in (rivals, rivals[::-1]):
        assert draws(book_of(order)).get("cover", sector="wind")[0] == 2.0


def test_no_row_that_the_model_uses_hides_another(book: Book, model: object) -> None:
    """The index keeps one row for each set of keys: a second basis of the same thing would be lost."""
    used = {r.quantity for r in model.used.values()}  # type: ignore[attr-defined]
    seen: dict[tuple[str, ...], list[str]] = {}
    for r in book.rows:
        if r.quantity in used and r.kind != "hole" and book.origins[r.id].file.startswith("chain"):
            keys = (r.quantity, r.material, r.element, r.place, r.partner, r.sector)
            seen.setdefault(keys, []).append(r.id)
    assert [ids for ids in seen.values() if len(ids) > 1] == []
