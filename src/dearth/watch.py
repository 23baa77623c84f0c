"""Watching a long run: it tells how far it is, and whoever watches may call it off there.

A run calls :func:`beat` between blocks of work, in the thread that asked for it.  Without a watcher that
costs nothing.  A watcher is set for one context only (PEP 567), so runs in other threads do not hear of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

__all__ = ["Watcher", "beat", "watched"]

Watcher = Callable[[str, int, int], None]
"""Takes the phase, blocks done and blocks in all; raises `dearth.errors.StoppedError` to call the run off."""

_WATCHER: Final[ContextVar[Watcher | None]] = ContextVar("dearth.watch", default=None)


def beat(phase: str, done: int, of: int) -> None:
    """Tell the watcher of this context, if there is one, that `done` of `of` blocks of a phase are done.

    Raises
    ------
    StoppedError
        The watcher calls the run off.
    """
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher(phase, done, of)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` hear every beat of the body."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)
