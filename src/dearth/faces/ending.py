"""How a command ends: what it raised, in words on standard error, and its exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from dearth.errors import DearthError
from dearth.faces.console import say, show_error

__all__ = ["told"]

_OUR_FAULT: Final = 1


@contextmanager
def told() -> Iterator[None]:
    """Exit with 2 for wrong input and 1 for our own fault, and say why; an interruption passes.

    Raises
    ------
    SystemExit
        The body raised an error.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        yield
    except DearthError as error:
        show_error(error)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        _close_quietly()
        sys.exit(_OUR_FAULT)
    except Exception as error:
        _confess(error)
        sys.exit(_OUR_FAULT)


def _close_quietly() -> None:
    """Keep Python from complaining about a closed pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _confess(error: Exception) -> None:
    import traceback  # noqa: PLC0415 (a fast start)

    say(f"dearth met a fault of its own: {type(error).__name__}: {error}")
    if os.environ.get("DEARTH_DEBUG"):
        say("".join(traceback.format_exception(error)))
    else:
        say("Please report it; DEARTH_DEBUG=1 shows where it happened.")
