"""Where places are drawn, and which names of the book belong to them."""

from __future__ import annotations

from dearth.axes import PLACES
from dearth.book import Book
from dearth.book.places import FACILITY_QUANTITIES, facility_rows, spot_of, spots


def test_every_place_has_one_spot_on_the_map_and_a_chinese_name() -> None:
    assert [spot.code for spot in spots()] == list(PLACES)
    assert len({(spot.lon, spot.lat) for spot in spots()}) == len(PLACES)
    for spot in spots():
        assert -180.0 <= spot.lon <= 180.0
        assert -60.0 <= spot.lat <= 80.0
        assert spot.name == PLACES[spot.code]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in spot.name_zh)


def test_a_name_belongs_to_one_place_and_an_unknown_one_to_none() -> None:
    names = [name for spot in spots() for name in (spot.code, *spot.members)]
    assert len(names) == len(set(names))
    assert (spot_of("Malaysia"), spot_of("JPN"), spot_of("Atlantis"), spot_of("WORLD")) == (
        "SEA",
        "JPN",
        None,
        None,
    )


def test_every_named_facility_of_the_book_stands_somewhere(book: Book) -> None:
    shown = {row.id for sites in facility_rows(book).values() for rows in sites.values() for row in rows}
    rows = [row for quantity in FACILITY_QUANTITIES for row in book.find(quantity=quantity)]
    named = {row.id for row in rows if row.sector and not row.sector.startswith("all")}
    assert named - shown == set()
