"""Look-up, rivals and overlays, on small books of our own and on the shipped one."""

import pytest

from dearth.book import COLUMNS, load_book
from dearth.errors import BookError, UnknownNameError

HEADER = ",".join(COLUMNS)


def line(name, **cells):
    base = dict.fromkeys(COLUMNS, "") | {
        "id": name,
        "quantity": "made-up",
        "place": "CHN",
        "value": "1",
        "unit": "t",
        "date": "2024",
        "kind": "sourced",
        "source": "someone",
        "url": "https://a.org/",
        "grade": "B",
        "terms": "quoted-fact",
    }
    return ",".join(str({**base, **cells}[column]) for column in COLUMNS)


@pytest.fixture
def overlay(tmp_path):
    def write(*lines, name="mine.csv"):
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def book():
    return load_book()


@pytest.mark.parametrize(
    ("first", "second", "winner", "reason"),
    [
        ({}, {"preferred": "yes", "grade": "C"}, "b", "marked as preferred"),
        ({"preferred": "no", "grade": "A"}, {"grade": "C"}, "b", "the other is marked as not preferred"),
        ({"grade": "A"}, {}, "a", "better grade"),
        ({}, {"kind": "derived", "grade": "-"}, "a", "better grade"),
        ({"source": "MCS 2026"}, {"source": "MCS 2025"}, "a", "later vintage of the source"),
        ({"source": "x 2025"}, {"source": "x (2025-06)"}, "b", "later vintage of the source"),
        ({}, {}, "b", "later in file order"),
    ],
)
def test_which_rival_wins_and_why(overlay, first, second, winner, reason):
    book = load_book([overlay(line("a", **first), line("b", **second))])
    rivals = book.rivals("a")
    assert rivals.winner.id == winner
    assert rivals.reason == reason
    assert book.one(quantity="made-up").id == winner
    assert {row.id for row in rivals.rows} == {"a", "b"}


@pytest.mark.parametrize(
    "cells",
    [
        {"place": "JPN"},
        {"date": "2023"},
        {"basis": "blanks"},
        {"element": "Dy"},
        {"sector": "wind"},
        {"partner": "USA"},
        {"material": "oxide:Dy"},
    ],
)
def test_rows_of_other_things_are_no_rivals(overlay, cells):
    book = load_book([overlay(line("a"), line("b", **cells))])
    assert book.rivals("a").reason == "the only row"
    assert len(book.rivals("a").rows) == 1


def test_estimates_and_forecasts_of_one_period_are_rivals(overlay):
    book = load_book([overlay(line("a", date="2024e"), line("b", date="2024f"))])
    assert len(book.rivals("a").rows) == 2


def test_a_later_overlay_wins_and_says_so(overlay):
    files = [overlay(line("a", preferred="yes", grade="A"), name="1.csv"), overlay(line("b"), name="2.csv")]
    rivals = load_book(files).rivals("a")
    assert rivals.winner.id == "b"
    assert rivals.reason == "your overlay comes first"


def test_an_overlay_replaces_a_row_of_the_same_id(book, overlay):
    name = book.rows[0].id
    changed = load_book([overlay(line(name, value=77))])
    assert changed.get(name).value == 77
    assert len(changed) == len(book)
    assert str(changed.origins[name]) == "mine.csv:2"


def test_an_overlay_with_bom_spaces_and_another_order_of_columns(tmp_path):
    columns = COLUMNS[::-1]
    cells = dict(zip(COLUMNS, line("a").split(","), strict=True))
    path = tmp_path / "bom.csv"
    text = (
        ",".join(f" {c} " for c in columns) + "\r\n" + ",".join(f" {cells[c]} " for c in columns) + "\r\n\r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_book([path]).get("a").value == 1


def test_one_names_what_is_ambiguous(overlay):
    book = load_book([overlay(line("a"), line("b", place="JPN"))])
    with pytest.raises(BookError, match="2 different things match") as caught:
        book.one(quantity="made-up")
    assert [fault.where for fault in caught.value.faults] == ["a", "b"]


def test_nothing_found_is_told_with_a_cure(book):
    with pytest.raises(UnknownNameError, match="did you mean 'mine-production'"):
        book.one(quantity="mine-prodution")
    with pytest.raises(UnknownNameError, match="loosen the question"):
        book.one(quantity="mine-production", place="JPN")
    with pytest.raises(UnknownNameError, match="did you mean"):
        book.get("mine-production-reo-aus-2024-mcs2027")
    with pytest.raises(UnknownNameError, match="no column 'plase'; did you mean 'place'"):
        book.find(plase="CHN")


def test_find_by_date_and_by_year(overlay):
    book = load_book([overlay(line("a", date="2024e"), line("b", date="2024-05"), line("c", date="2023"))])
    assert [row.id for row in book.find(quantity="made-up", date="2024")] == ["a"]
    assert [row.id for row in book.find(quantity="made-up", year=2024)] == ["a", "b"]
    assert [row.id for row in book.find(quantity="made-up", date="2024-05")] == ["b"]
    assert len(book.find()) == len(book)


def test_the_digest_follows_every_byte(book, overlay):
    assert book.sha256 == load_book().sha256
    path = overlay(line("a"))
    first = load_book([path]).sha256
    path.write_text(path.read_text() + "\n")
    assert len({book.sha256, first, load_book([path]).sha256}) == 3


def test_australia_2024_keeps_both_vintages_and_uses_the_one_that_closes(book):
    rivals = book.rivals("mine-production-reo-aus-2024-mcs2025")
    assert [row.value for row in rivals.rows] == [29000, 13000]
    assert rivals.reason == "marked as preferred"
