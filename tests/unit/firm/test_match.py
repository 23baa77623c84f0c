"""Suppliers beside facilities of the book: never matched silently."""

from __future__ import annotations

from functools import cache

import pytest

from dearth.book import Book, load_book
from dearth.firm.match import facilities_of, match_suppliers
from dearth.firm.network import Firm, Head, Supplier


@cache
def shipped() -> Book:
    """The book as it is shipped; nobody changes it."""
    return load_book()


def candidates(name: str, facility: str = ""):  # type: ignore[no-untyped-def]
    firm = Firm(
        head=Head("Small", "EUR"), suppliers=(Supplier(id="s", name=name, facility=facility, at="row 2"),)
    )
    return match_suppliers(firm, shipped())[0]


@pytest.mark.parametrize(
    ("name", "facility", "how"),
    [
        ("VAC Hanau", "VAC Hanau", "exact"),
        ("Vac Hanau GmbH & Co. KG", "VAC Hanau", "exact"),
        ("VAC Magnetics Hanau Plant", "VAC Hanau", "alias"),
        ("MP Independence Fort Worth", "MP Independence, Fort Worth", "exact"),
        ("Proterial Ltd.", "Proterial", "exact"),
        ("Seonglimm", "Seonglim", "near"),
    ],
)
def test_a_name_finds_its_facility_and_says_how(name: str, facility: str, how: str) -> None:
    found = candidates(name)
    assert (found.candidates[0].facility, found.candidates[0].how) == (facility, how)
    assert found.confirmed == "", "a candidate is never taken by itself"


def test_scores_fall_from_exact_to_near() -> None:
    exact, alias, near = (
        candidates(name).candidates[0].score for name in ("Seonglim", "Seonglim Pohang", "Seonglimm")
    )
    assert exact == 100 > alias > 89 >= near >= 82


@pytest.mark.parametrize(
    "name", ["Example Magnets One (invented)", "China Magnet Co., Ltd.", "Bosch", "磁铁", "---"]
)
def test_strangers_and_shared_words_find_nothing(name: str) -> None:
    assert candidates(name).candidates == ()


def test_only_the_sheet_confirms() -> None:
    assert candidates("Whoever", "vac hanau").confirmed == "VAC Hanau"
    wrong = candidates("Whoever", "VAC Hanow")
    assert wrong.confirmed == ""
    assert "row 2" in wrong.warning
    assert "did you mean" in wrong.warning


def test_totals_of_a_country_are_no_facility() -> None:
    names = {facility.name for facility in facilities_of(shipped())}
    assert "VAC Hanau" in names
    assert not {"all", "five largest makers", "all, from quota ore"} & names
