"""Differences between books, and the record of changes."""

from __future__ import annotations

import pytest

from dearth.book import load_book
from dearth.book.compare import diff, rows_of
from dearth.book.export import facts_csv
from dearth.book.history import (
    RowChange,
    changes,
    full_record,
    read_record,
    record_text,
    row_hash,
)
from dearth.errors import BookError, InputError
from small_book import book_of, row

A, B, C = (
    row("a", "made-up", 1, low=0, high=2),
    row("b", "made-up", 1, low=0, high=2, date="2023"),
    row("c", "made-up", 1, low=0, high=2, date="2022"),
)


def test_a_book_does_not_differ_from_itself():
    assert diff([A, B], [B, A]).empty


def test_rows_that_came_went_and_changed_are_told_with_their_columns():
    new = row("a", "made-up", 1.5, low=0, high=2, note="counted")
    found = diff([A, B], [new, C])
    assert [r.id for r in found.added] == ["c"]
    assert [r.id for r in found.removed] == ["b"]
    assert [(c.before.value, c.after.value, c.columns) for c in found.changed] == [
        (1, 1.5, ("value", "note"))
    ]


def test_a_difference_turned_round_is_its_mirror():
    one, other = diff([A, B], [B, C]), diff([B, C], [A, B])
    assert (one.added, one.removed) == (other.removed, other.added)


def test_an_overlay_is_laid_over_the_book(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(facts_csv([A]), "utf-8")
    found = diff(rows_of("shipped"), rows_of(path))
    assert [r.id for r in found.added] == ["a"]
    assert not found.removed


def test_two_overlays_are_compared(tmp_path):
    for name, kept in (("one", [A, B]), ("two", [A, C])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text(facts_csv(kept), "utf-8")
    found = diff(rows_of(tmp_path / "one"), rows_of(tmp_path / "two"))
    assert ([r.id for r in found.removed], [r.id for r in found.added]) == (["b"], ["c"])


def test_something_that_is_no_book_is_refused(tmp_path):
    with pytest.raises(BookError, match="no such file"):
        rows_of(tmp_path / "nothing.xlsx")


class TestTheRecord:
    """CHANGES.csv: what it says, and what it does not say yet."""

    def test_what_the_record_lacks_is_dated_by_the_book(self):
        old = RowChange("a", "2020-01-01", "added", row_hash(A))
        stale = RowChange("b", "2020-01-01", "added", "0" * 12)
        gone = RowChange("z", "2020-01-01", "added", "0" * 12)
        fresh = full_record(book_of([A, B, C]), [old, stale, gone])[3:]
        assert [(e.id, e.date, e.what) for e in fresh] == [
            ("b", "2024-01-01", "changed"),
            ("c", "2024-01-01", "added"),
            ("z", "2024-01-01", "removed"),
        ]

    def test_a_full_record_needs_nothing_more(self):
        book = book_of([A, B])
        record = full_record(book, [RowChange("z", "2020-01-01", "added", "0" * 12)])
        assert full_record(book, record) == record
        assert read_record(record_text(record).encode()) == tuple(sorted(record, key=lambda e: e.date))

    def test_a_row_that_comes_back_is_added_again(self):
        gone = RowChange("a", "2020-01-01", "removed", "")
        assert [e.what for e in full_record(book_of([A]), [gone])[1:]] == ["added"]

    @pytest.mark.parametrize(
        "columns", [{"value": 1.0000001}, {"note": "x"}, {"date": "2024e"}, {"low": None}]
    )
    def test_any_cell_changes_the_hash(self, columns):
        assert row_hash(A) != row_hash(A.model_copy(update=columns))

    @pytest.mark.parametrize(
        ("line", "says"),
        [
            ("a,2024-01-01,moved,0123456789ab", "'moved' is none of"),
            ("a,2024-1-1,added,0123456789ab", "'2024-1-1' is not a day"),
            ("a,2024-01-01,added,xyz", "'xyz' is no hash"),
            ("a,2024-01-01,added,", "'' is no hash"),
            ("a,2024-01-01,removed,0123456789ab", "is no hash of a row that was removed"),
            ("a,2024-01-01,added", "3 cells"),
        ],
    )
    def test_a_broken_record_is_refused(self, line, says):
        with pytest.raises(BookError, match=says):
            read_record(f"id,date,what,hash\n{line}\n".encode())

    def test_the_shipped_record_reads_and_is_not_ahead_of_the_book(self):
        book, record = load_book(), read_record()
        assert record
        assert max(event.date for event in record) <= book.date

    def test_changes_since_a_day(self):
        book = load_book()
        assert {e.id for e in changes(book, "0001-01-01")} >= {r.id for r in book.rows}
        assert changes(book, "9999-01-01") == ()
        with pytest.raises(InputError, match="'yesterday' is not a day"):
            changes(book, "yesterday")
