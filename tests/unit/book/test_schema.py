"""One row: its numbers, dates and the checks across columns."""

import pytest
from pydantic import ValidationError

from dearth.book import COLUMNS, FactRow
from dearth.errors import BookError

GOOD = dict.fromkeys(COLUMNS, "") | {
    "id": "x",
    "quantity": "mine-production",
    "unit": "t REO/y",
    "date": "2024",
    "value": "10",
    "kind": "sourced",
    "source": "USGS",
    "url": "https://usgs.gov/",
    "grade": "A",
    "terms": "public-domain",
}


def row(**cells):
    return FactRow(**{**GOOD, **cells})


def test_columns_are_those_of_the_documents():
    assert COLUMNS[0] == "id"
    assert COLUMNS[-1] == "note"
    assert len(COLUMNS) == 20


@pytest.mark.parametrize(
    ("value", "low", "high", "central", "bounds"),
    [
        ("10", "", "", 10, (10, 10)),
        ("10", "8", "", 10, (8, 10)),
        ("", "8", "12", 10, (8, 12)),
        ("", "8", "", 8, (8, 8)),
        ("", "", "12", 12, (12, 12)),
        ("-3", "-4", "-1", -3, (-4, -1)),
        ("0", "0", "0", 0, (0, 0)),
    ],
)
def test_central_and_bounds(value, low, high, central, bounds):
    fact = row(value=value, low=low, high=high)
    assert fact.central == central
    assert fact.bounds == bounds
    assert fact.has_number


def test_a_hole_has_no_number():
    hole = row(value="", kind="hole", grade="-")
    assert not hole.has_number
    with pytest.raises(BookError, match="'x' has no number"):
        _ = hole.central
    with pytest.raises(BookError, match="hole"):
        _ = hole.bounds


def test_a_text_row_needs_no_number():
    assert not row(value="", unit="text").has_number


@pytest.mark.parametrize(
    ("date", "period", "year", "forecast"),
    [
        ("2024", "2024", 2024, False),
        ("2024e", "2024", 2024, False),
        ("2030f", "2030", 2030, True),
        ("2024-05", "2024-05", 2024, False),
        ("2024-05-06", "2024-05-06", 2024, False),
        ("2019..2024", "2019..2024", 2024, False),
        ("2024-11..2025-02", "2024-11..2025-02", 2025, False),
    ],
)
def test_dates(date, period, year, forecast):
    fact = row(date=date)
    assert (fact.period, fact.year, fact.is_forecast) == (period, year, forecast)


@pytest.mark.parametrize("element", ["Dy", "NdPr", "NdPr+Tb+Dy", "REO", "HREE", "Pm", "Sc", "", "*"])
def test_elements(element):
    assert row(element=element).element == element


@pytest.mark.parametrize("place", ["CHN", "WORLD", "EU27", "Malaysia", "", "*", "other countries"])
def test_places(place):
    assert row(place=place).place == place


@pytest.mark.parametrize("material", ["ore:*", "oxide:Dy", "NdFeB magnet blanks", "", "SmCo 2:17"])
def test_materials(material):
    assert row(material=material).material == material


def test_rows_are_frozen_and_closed():
    with pytest.raises(ValidationError, match="frozen"):
        row().value = 3
    with pytest.raises(ValidationError, match="Extra inputs"):
        row(colour="red")


@pytest.mark.parametrize("kind", ["derived", "assumption"])
def test_only_sourced_rows_need_an_address(kind):
    assert row(kind=kind, url="").url == ""
