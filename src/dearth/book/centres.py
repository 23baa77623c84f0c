"""The reconciled base year as a table of numbers, found once for a book."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import dearth.axes
import dearth.units
from dearth.stored import key_of, stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dearth.book.book import Book

__all__ = ["reconciled_centres"]

_FOLDER: Final = "reconciled"
_HERE: Final = Path(__file__).parent


@lru_cache(maxsize=8)
def reconciled_centres(book: Book) -> Mapping[str, float]:
    """Return the reconciled base-year value of every figure of the balance, by row id.

    Reconciling takes longer than many an answer.  For dearth's own book the values are kept in the user's
    cache folder, under the hash of the book and of the program; a book with a user's rows is reconciled anew.

    Raises
    ------
    BookError, ModelError
        As :func:`dearth.book.reconcile.reconcile`.
    """
    if any(origin.overlay for origin in book.origins.values()):
        return MappingProxyType(_found(book))
    sources = (*sorted(_HERE.glob("*.py")), Path(dearth.axes.__file__), Path(dearth.units.__file__))
    key = key_of(sources, book.sha256, version("numpy"))
    found: dict[str, float] = json.loads(stored(_FOLDER, key, lambda: json.dumps(_found(book)).encode()))
    return MappingProxyType(found)


def _found(book: Book) -> dict[str, float]:
    from dearth.book.reconcile import reconcile  # noqa: PLC0415 (slow, and seldom needed)

    return {figure.id: figure.reconciled for figure in reconcile(book).figures}
