"""The book for a look-up: data that passed every check once are not checked again.

Checking takes longer than reading.  When dearth's own files have passed, an empty file named after the hash
of their bytes and of the program that checked them is left in the user's cache folder.  While it is there,
the same bytes are only cut into cells.  Nothing is ever read from that folder but the name of the file, and a
user's own rows are always checked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import dearth.axes
import dearth.units
from dearth.book.book import Book, book_of_layers, digest_head, load_book, own_parts
from dearth.book.overlay import Part
from dearth.book.read import Table, read_table
from dearth.book.row import COLUMNS, PlainRow
from dearth.stored import cache_folder

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["quick_book", "stamps_folder"]

MAX_STAMPS: Final = 8
_HERE: Final = Path(__file__).parent
_CHECKERS: Final = (
    *(_HERE / f"{name}.py" for name in ("book", "quick", "read", "row", "schema")),
    Path(dearth.axes.__file__),
    Path(dearth.units.__file__),
)


def stamps_folder() -> Path | None:
    """Return the folder of the stamps, in ``XDG_CACHE_HOME`` or ``~/.cache``; None when there is no home."""
    return cache_folder("checked-books")


def quick_book(overlays: Iterable[str | Path] = ()) -> Book:
    """Return the book; with overlays, or on the first use of its bytes, checked as by ``load_book``.

    Raises
    ------
    BookError
        As ``load_book``.
    """
    paths = tuple(overlays)
    folder = None if paths else stamps_folder()
    if folder is None:
        return load_book(paths)
    parts = own_parts()
    stamp = folder / _key(parts)
    if stamp.is_file():
        with contextlib.suppress(ValueError, TypeError, KeyError):
            return book_of_layers([parts], _plain_rows)
    book = book_of_layers([parts])
    with contextlib.suppress(OSError):
        _leave(stamp)
    return book


def _key(parts: Iterable[Part]) -> str:
    digest = sha256()
    for name, data in parts:
        if isinstance(data, bytes):
            digest.update(digest_head(name, data) + data)
        else:
            digest.update(f"{name}: {data}".encode())
    for path in _CHECKERS:
        source = path.read_bytes() if path.is_file() else b""
        digest.update(digest_head(path.name, source) + source)
    return digest.hexdigest()


def _plain_rows(name: str, data: bytes) -> tuple[list[FactRow], Table]:
    table = read_table(name, data, COLUMNS)
    rows: Any = [PlainRow.of(cells) for cells in table.cells]
    return cast("list[FactRow]", rows), table


def _leave(stamp: Path) -> None:
    """Leave a stamp, and clear away the oldest ones."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    old = sorted(stamp.parent.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in old[: max(0, len(old) - MAX_STAMPS + 1)]:
        path.unlink(missing_ok=True)
    stamp.touch()
