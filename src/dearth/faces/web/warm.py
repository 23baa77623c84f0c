"""Pure caches of a server: the book, scenarios, and answers by what they depend on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property

from dearth.book import Book, load_book
from dearth.faces.run_study import assumption_ids

__all__ = ["Kept", "Warm"]


class Kept:
    """Bytes by key, the least lately used thrown away first; safe in threads.

    Parameters
    ----------
    most
        Bytes that are kept at most.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._found: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: Hashable) -> bytes | None:
        """Return what is kept under `key`."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, content: bytes) -> None:
        """Keep `content`, unless it is too large to keep anything else beside it."""
        if len(content) * 2 > self._most:
            return
        with self._lock:
            self._size += len(content) - len(self._found.pop(key, b""))
            self._found[key] = content
            while self._size > self._most:
                self._size -= len(self._found.popitem(last=False)[1])

    def of(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under `key`; made when it is not there."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found)
        return found


class Warm:
    """The book of a server, read once, and what follows from it."""

    def __init__(self) -> None:
        self.ready = False

    @cached_property
    def book(self) -> Book:
        """Dearth's own book."""
        return load_book()

    @cached_property
    def assumptions(self) -> frozenset[str]:
        """Ids that a scenario may override."""
        return frozenset(assumption_ids(self.book))
