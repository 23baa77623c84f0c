"""The kept base year is the reconciled one, to the last bit, and a user's own rows are never kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from dearth.book import Book, load_book
from dearth.book.centres import reconciled_centres
from dearth.book.export import facts_csv
from dearth.book.reconcile import reconcile


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    reconciled_centres.cache_clear()
    yield tmp_path / "dearth" / "reconciled"
    reconciled_centres.cache_clear()


def test_found_and_kept_and_read_are_the_same(book: Book, folder: Path) -> None:
    wanted = {figure.id: figure.reconciled for figure in reconcile(book).figures}
    assert dict(reconciled_centres(book)) == wanted
    reconciled_centres.cache_clear()
    assert len(list(folder.iterdir())) == 1
    assert dict(reconciled_centres(book)) == wanted


def test_a_book_is_asked_once(book: Book) -> None:
    assert reconciled_centres(book) is reconciled_centres(book)


def test_rows_of_a_user_are_reconciled_anew(book: Book, folder: Path, tmp_path: Path) -> None:
    row = next(r for r in book.find(quantity="mine-output") if r.value is not None)
    own = tmp_path / "own.csv"
    own.write_text(facts_csv([row.model_copy(update={"value": 1.3 * row.value, "low": None, "high": None})]))
    mine = load_book([own])
    assert reconciled_centres(mine)[row.id] != reconciled_centres(book)[row.id]
    assert len(list(folder.iterdir())) == 1, "dearth's own book alone"
