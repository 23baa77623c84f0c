"""The heap of a server that runs for days: freed memory is used again or given back, not kept.

glibc lets every thread allocate in an arena of its own, up to eight for each core, and each run has threads
of its own.  An arena gives memory back from its end only, so what one run leaves there (an answer that is
kept, a table of a library) holds on to all that was freed before it.  And each large array that is freed
raises the size from which arrays have pages of their own, up to 32 MB, so that soon all of them lie in these
arenas.  Free memory inside of them then grows for hours under load, though nothing is lost: see
docs/performance.md, "`dearth serve` under load".

So threads share two arenas, for those that compute allocate little and rarely at once; large arrays and
answers always have pages of their own, which go back when they are freed; and after a large run the free
pages between what stays go back too.  The allocators of other systems (musl, macOS, Windows) know nothing of
this, and nothing is done there.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from dearth.errors import StoppedError

__all__ = ["ARENAS", "bound_heap", "give_back", "giving_back"]

T = TypeVar("T")
ARENAS: Final = 2
_OWN_PAGES: Final = 512 << 10  # bytes; a table or an answer of a run, not its small change


class _Setting(NamedTuple):
    """A setting of glibc's allocator: its number in malloc.h, its value, and how the environment sets it."""

    number: int
    value: int
    variable: str
    tunable: str

    def told(self) -> bool:
        """Whether the environment sets it."""
        return self.variable in os.environ or self.tunable in os.environ.get("GLIBC_TUNABLES", "")


_SETTINGS: Final = (
    _Setting(-8, ARENAS, "MALLOC_ARENA_MAX", "glibc.malloc.arena_max"),
    _Setting(-3, _OWN_PAGES, "MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold"),
)


def bound_heap() -> int:
    """Let all threads that start from now on share few arenas, and large arrays have pages of their own.

    Returns
    -------
    int
        Settings made: none where the allocator is not glibc's; what the environment sets stands.
    """
    library = _glibc()
    if library is None:
        return 0
    return sum(library.mallopt(one.number, one.value) for one in _SETTINGS if not one.told())


def give_back() -> bool:
    """Give freed memory back to the system, from the middle of the heap too; whether there was any.

    It takes some milliseconds, in which no other thread can allocate: for the end of a large run.
    """
    library = _glibc()
    return library is not None and bool(library.malloc_trim(ctypes.c_size_t(0)))


def giving_back(work: Callable[[], T]) -> Callable[[], T]:
    """Return `work` that gives memory back at its end, also when it fails or is called off."""

    def worked() -> T:
        try:
            return work()
        except StoppedError as error:
            raise error.with_traceback(None) from None  # its frames hold what the run had in memory
        finally:
            give_back()

    return worked


def _glibc() -> ctypes.CDLL | None:
    """Return the C library of this process if it is glibc; others give the same names another meaning."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return None
    return library if hasattr(library, "gnu_get_libc_version") else None
