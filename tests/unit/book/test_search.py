"""Search by words."""

import pytest

from dearth.book import load_book, show
from dearth.errors import UnknownNameError
from small_book import book_of, row


@pytest.fixture(scope="module")
def book():
    return load_book()


def ids(shown):
    return [s.row.id for s in shown]


def test_a_row_is_shown_with_its_rivals_and_one_winner(book):
    shown = [s for s in show(book, "australia mine-production 2024 mcs2026") if s.row.year == 2024]
    assert [(s.row.value, s.wins) for s in shown] == [(29000, True), (13000, False)]
    assert {s.reason for s in shown} == {"marked as preferred"}
    assert {s.rivals for s in shown} == {2}
    assert shown[0].origin.startswith("facts/mine_production.csv:")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Dysprosium China oxide-made", "dy chn oxide-made"), ("SCANDIUM", "sc")],
)
def test_symbols_codes_and_names_find_the_same(book, one, other):
    assert ids(show(book, one))
    assert set(ids(show(book, other))) <= set(ids(show(book, one)))
    assert set(ids(show(book, other)))


def test_short_words_match_whole_words_only(book):
    found = show(book, "er")
    assert found
    assert len(found) < len(book.rows) / 10


def test_words_that_never_stand_together_find_nothing(book):
    assert show(book, "promethium australia") == ()


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("disprosium", "dysprosium"),
        ("", "nothing to look for"),
        ("...", "nothing"),
        ("qqqq", "try an element"),
    ],
)
def test_unknown_words_are_refused_with_a_cure(book, text, cure):
    with pytest.raises(UnknownNameError, match=cure):
        show(book, text)


def test_a_very_long_word_does_no_harm(book):
    with pytest.raises(UnknownNameError):
        show(book, "a" * 100_000)


def test_the_name_of_a_site_is_no_word_but_finds_its_rows():
    rows = [row("a", "made-up", 1, source="Reuters via mining.com (2025)"), row("b", "made-up-mining", 2)]
    book = book_of(rows, "facts")
    assert ids(show(book, "mining")) == ["b"]
    assert ids(show(book, "mining.com")) == ["a"]
    assert ids(show(book, "reuters 2025")) == ["a"]


def test_rows_that_only_mention_a_word_come_last_and_say_so():
    rows = [row("a", "made-up", 1, note="less than in Japan"), row("b", "made-up", 2, place="JPN")]
    shown = show(book_of(rows, "facts"), "made-up japan")
    assert [(s.row.id, s.aside) for s in shown] == [("b", False), ("a", True)]
