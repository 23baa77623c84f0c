"""Rows of the market: the nearest year, the closest keys, and fitted numbers in their place."""

from __future__ import annotations

import pytest

from dearth.axes import PLACES
from dearth.book import Book, FactRow
from dearth.errors import BookError
from dearth.world.draws import Draws
from dearth.world.market_rows import DESTINATIONS, Fitted, MarketRows, fitted_rows
from small_book import book_of, row


def rows_of(*rows: FactRow, base: int = 2009, folder: str = "chain/market", **fitted: Fitted) -> MarketRows:
    book = book_of(rows, folder)
    return MarketRows(
        book, Draws(book, 3, 1, central=True), base, {k.replace("_", "-"): v for k, v in fitted.items()}
    )


def value(rows: MarketRows, *asked: object, **keys: str) -> float:
    found = rows.get(*asked, **keys)  # type: ignore[arg-type]
    assert found.shape == (3,)
    return float(found[0])


def test_the_nearest_year_wins() -> None:
    rows = rows_of(row("a", "q", 1.0, date="2009"), row("b", "q", 2.0, date="2024"))
    assert value(rows, "q") == 1.0
    assert value(rows, "q", 2020) == 2.0
    assert (
        value(rows_of(row("a", "q", 1.0, date="2009"), row("b", "q", 2.0, date="2024"), base=2024), "q")
        == 2.0
    )


def test_a_span_of_years_covers_all_of_them() -> None:
    rows = rows_of(row("a", "q", 1.0, date="2010..2012"), row("b", "q", 2.0, date="2015-06"))
    assert value(rows, "q", 2011) == 1.0
    assert value(rows, "q", 2014) == 2.0


def test_exact_keys_come_before_any() -> None:
    rows = rows_of(row("a", "q", 1.0, element="*"), row("b", "q", 2.0, element="Dy"), row("c", "q", 3.0))
    assert value(rows, "q", element="Dy") == 2.0
    assert value(rows, "q", element="Tb") in {1.0, 3.0}
    assert value(rows, "q") in {1.0, 3.0}  # a row about Dy says nothing of all


def test_a_nearer_year_comes_before_closer_keys() -> None:
    near, close = row("a", "q", 1.0, date="2009", element="*"), row("b", "q", 2.0, date="2024", element="Dy")
    rows = rows_of(near, close)
    assert value(rows, "q", element="Dy") == 1.0
    assert value(rows, "q", 2024, element="Dy") == 2.0


def test_a_basis_counts_only_where_one_is_asked_for() -> None:
    rows = rows_of(row("a", "q", 1.0, basis="licence"), row("b", "q", 2.0, basis="quota"))
    assert value(rows, "q", basis="quota") == 2.0
    assert value(rows, "q") == 1.0
    assert rows.find("q", basis="other") is None


def test_no_row_is_a_default_or_an_error() -> None:
    rows = rows_of(row("a", "q", 1.0, place="JPN"))
    assert value(rows, "q", None, 7.0, place="USA") == 7.0
    with pytest.raises(BookError, match="no row of 'q' for place=USA"):
        rows.get("q", place="USA")


def test_years_in_order_without_spans_and_days() -> None:
    rows = rows_of(
        row("a", "q", 3.0, date="2011"),
        row("b", "q", 1.0, date="2009"),
        row("c", "q", 9.0, date="2015-05-01"),
    )
    assert {year: float(v[0]) for year, v in rows.years("q").items()} == {2009: 1.0, 2011: 3.0}
    assert list(rows.years("q")) == [2009, 2011]


def test_rows_of_other_files_are_not_seen() -> None:
    assert rows_of(row("a", "q", 1.0), folder="facts").find("q") is None


def test_a_fitted_number_replaces_value_and_range() -> None:
    rows = rows_of(row("a-b", "q", 1.0, low=0.0, high=2.0), a_b=Fitted(1.7, 1.6, 1.9))
    found = rows.find("q")
    assert found is not None
    assert (found.value, found.low, found.high) == (1.7, 1.6, 1.9)
    assert value(rows, "q") == pytest.approx(1.7)


def test_a_hole_is_no_row() -> None:
    assert rows_of(row("a", "q", None, kind="hole")).find("q") is None


def test_the_shipped_fit_names_rows_of_the_book_and_stays_in_their_ranges(book: Book) -> None:
    for name, fit in fitted_rows().items():
        low, high = book.get(name).bounds
        assert low is not None
        assert high is not None
        assert fit.low <= fit.value <= fit.high, name
        assert fit.value == 0.0 or low <= fit.value <= high, name  # 0: not identified, switched off


def test_destinations_are_all_places_but_china_once() -> None:
    inside = [place for places in DESTINATIONS.values() for place in places]
    assert sorted(inside) == sorted(set(PLACES) - {"CHN"})
