"""What parts hold: stated, filled from the book with range and rows, or unknown and never none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from dearth.book import Book, load_book
from dearth.firm.contents import component_names, contents_of, magnets_of, materials_of
from dearth.firm.network import Firm, Head, Line, Part, Plant


@cache
def shipped() -> Book:
    """The book as it is shipped; nobody changes it."""
    return load_book()


def content(part: Part):  # type: ignore[no-untyped-def]
    return contents_of(firm_of(part), shipped())[0][part.id]


def firm_of(*parts: Part) -> Firm:
    return Firm(
        head=Head("Small", "EUR"),
        plants=(Plant(id="works", place="DEU"),),
        lines=(Line(id="motors", plant="works", weekly_output=1.0),),
        parts=parts,
    )


def test_a_component_of_the_library_fills_grams_with_range_and_rows() -> None:
    book = shipped()
    found = content(Part(id="p", component="e-bike, hub motor, grade N35H", grade="N35H"))
    row = next(row for row in book.find(quantity="content") if row.sector == "e-bike")
    assert found.known == "the book"
    assert found.magnet is not None
    assert (found.magnet.low, found.magnet.high) == row.bounds
    assert row.id in found.rows
    assert found.classes == ("magnet:low",)


def test_every_name_of_the_library_fills() -> None:
    names = component_names(shipped())
    assert len(names) > 20
    for name in names:
        found = content(Part(id="p", component=name.upper()))
        assert found.magnet is not None, name
        assert 0 < found.magnet.low <= found.magnet.high, name


def test_a_stated_magnet_gets_its_elements_by_class() -> None:
    found = content(Part(id="p", magnet_grams=100.0, grade="N42SH"))
    heavy = shipped().get("composition-ndfeb-magnet-class-sh-tb-dy-alloyed-in-bulk-2025")
    assert found.known == "partly the book"
    assert found.elements["Tb+Dy"].value == pytest.approx(heavy.central)
    assert found.elements["Tb+Dy"].low == pytest.approx(heavy.bounds[0])
    assert found.holds("Tb+Dy") is True
    assert found.holds("Dy") is None, "the class does not tell Dy from Tb"
    assert found.holds("NdPr") is True
    assert found.holds("Y") is False


def test_a_class_without_heavy_elements_may_hold_traces() -> None:
    found = content(Part(id="p", magnet_grams=100.0, grade="N42"))
    assert found.classes == ("magnet:none",)
    assert found.holds("Tb+Dy") is None


def test_an_unknown_grade_is_any_ndfeb_magnet() -> None:
    found = content(Part(id="p", magnet_grams=100.0, grade="unknown"))
    assert found.classes == ("magnet:none", "magnet:low", "magnet:high")
    assert found.elements["Tb+Dy"].value is None
    assert found.elements["Tb+Dy"].high > 10


@pytest.mark.parametrize(
    ("grade", "low", "high"), [("SmCo 1:5", 33, 37), ("SmCo 2:17", 22, 29), ("SmCo", 22, 37)]
)
def test_samarium_magnets(grade: str, low: float, high: float) -> None:
    found = content(Part(id="p", magnet_grams=100.0, grade=grade))
    assert low <= found.elements["Sm"].low <= found.elements["Sm"].high <= high
    assert found.holds("NdPr") is False


def test_unknown_is_never_none() -> None:
    found = content(Part(id="p"))
    assert (found.known, found.magnet) == ("unknown", None)
    assert found.holds("Dy") is None
    assert content(Part(id="p", magnet_grams=0.0)).holds("Dy") is False


def test_an_unknown_component_stays_unknown_with_a_word() -> None:
    part = Part(id="p", component="flux capacitor", at="firm.xlsx, sheet parts, row 2")
    found, warnings = contents_of(firm_of(part), shipped())
    assert found["p"].known == "unknown"
    assert "row 2" in warnings[0]
    assert "flux capacitor" in warnings[0]


def test_stated_elements_count() -> None:
    found = content(Part(id="p", magnet_grams=0.0, element_grams=(("Y", 2.0),)))
    assert (found.known, found.elements["Y"].value, found.holds("Y")) == ("stated", 2.0, True)


def test_materials_name_only_what_is_known_or_likely() -> None:
    parts = (
        Part(id="a", magnet_grams=10.0, grade="SH"),
        Part(id="b"),
        Part(id="c", magnet_grams=1.0, grade="SmCo"),
        replace(Part(id="d"), element_grams=(("Dy", 1.0),), magnet_grams=0.0),
    )
    found = materials_of(contents_of(firm_of(*parts), shipped())[0])
    assert found == {
        "NdPr": ("a",),
        "Sm": ("c",),
        "Dy": ("d",),
        "Tb+Dy": ("a", "d"),
        "magnet:high": ("a",),
        "magnet:smco": ("c",),
    }


@pytest.mark.parametrize(
    ("grade", "magnets"),
    [
        ("N52", ("magnet:none",)),
        ("48H", ("magnet:low",)),
        ("uh", ("magnet:high",)),
        ("Sm2Co17", ("magnet:smco",)),
        ("ferrite", ()),
        ("", ("magnet:none", "magnet:low", "magnet:high")),
    ],
)
def test_grades_and_magnets_of_the_model(grade: str, magnets: tuple[str, ...]) -> None:
    assert magnets_of(grade) == magnets
