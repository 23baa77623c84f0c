"""Where ``dearth`` starts: a look-up in the book goes straight to it, all else to the command line.

Reading options takes the library of the command line longer than the look-up itself takes.  So a plain
``dearth book show WORD...`` does without; whatever goes wrong on the way is left to the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from dearth.faces.interrupt import exit_interrupted, heard

__all__ = ["main"]

_LOOK_UP: Final = ["book", "show"]


def main() -> None:
    """Run the command line and exit."""
    try:
        with heard():
            _run()
    except KeyboardInterrupt:
        exit_interrupted()


def _run() -> None:
    if not _looked_up(sys.argv[1:]):
        from dearth.faces.cli import main as command_line  # noqa: PLC0415 (slow)

        command_line()


def _looked_up(arguments: Sequence[str]) -> bool:
    """Answer ``book show WORD...`` and say whether that was asked and done; without answer, write nothing."""
    words = list(arguments[2:])
    if list(arguments[:2]) != _LOOK_UP or not words or any(word.startswith("-") for word in words):
        return False
    try:
        from dearth.book.quick import quick_book  # noqa: PLC0415 (only if needed)
        from dearth.book.search import show  # noqa: PLC0415
        from dearth.faces.book_lines import row_lines  # noqa: PLC0415
        from dearth.faces.console import write_lines  # noqa: PLC0415

        lines = list(row_lines(show(quick_book(), " ".join(words))))
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        write_lines(lines)
        sys.stdout.flush()
    except Exception:  # the command line meets it again, and tells
        return False
    return True
