"""A scenario and a book to a model, as every study of the chain wants it: from the reconciled base year."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Final

from dearth.book import Book
from dearth.world.build import Builder, Model, reconciled_centres
from dearth.world.scenario import Scenario

__all__ = ["built"]


class _Ready:
    """Builders of one book: one for single draws, one for ensembles; neither waits for the other."""

    def __init__(self, book: Book) -> None:
        centres = reconciled_centres(book)
        self._by_size: Final = {
            single: (threading.Lock(), Builder(book, centres=centres)) for single in (True, False)
        }

    def build(self, scenario: Scenario) -> Model:
        """Return a model; one thread at a time for each builder."""
        lock, builder = self._by_size[scenario.draws == 1]
        with lock:
            return builder.build(scenario)


_BOOKS: Final = 2  # a session works with one book, and with what a user laid over it
_LOCK: Final = threading.Lock()


@lru_cache(maxsize=_BOOKS)
def _ready(book: Book) -> _Ready:
    return _Ready(book)


def built(scenario: Scenario, book: Book) -> Model:
    """Return the model of a scenario; what has not changed since the last one of this book is not made anew.

    Raises as :meth:`dearth.world.build.Builder.build`.
    """
    with _LOCK:
        ready = _ready(book)
    return ready.build(scenario)
