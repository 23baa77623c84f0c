"""Ctrl-C that is heard: where a library swallows ``KeyboardInterrupt``, it is raised again.

Some libraries have an ``except:`` in their loading or in a callback; an interruption that falls there is
lost, and the command runs on.  And Python itself, once an interruption has passed through code compiled from
text, ends with the signal instead of the status that was asked for, even when the interruption was caught.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

__all__ = ["INTERRUPTED", "exit_interrupted", "heard"]

INTERRUPTED: Final = 130
_AGAIN_SECONDS: Final = 0.5
_rung: Final = threading.Event()


@contextmanager
def heard() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` in the body on Ctrl-C, and again every half second until the body ends.

    Outside the main thread, or where Ctrl-C is ignored (``nohup``), nothing changes.
    """
    if threading.current_thread() is not threading.main_thread() or not _ours():
        yield
        return
    before = signal.signal(signal.SIGINT, _raise)
    alarm = signal.signal(signal.SIGALRM, _raise) if hasattr(signal, "SIGALRM") else None
    _rung.clear()
    try:
        yield
    except BaseException as error:  # whatever a library made of the interruption
        if _rung.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        if alarm is not None:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, alarm)
        signal.signal(signal.SIGINT, before)


def _ours() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    _rung.set()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    raise KeyboardInterrupt


def exit_interrupted() -> NoReturn:
    """Say so, and end the process with the status of an interruption, whatever Python would make of it."""
    with suppress(OSError, ValueError):
        sys.stderr.write("interrupted; no file was left half-written\n")
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)
