"""Where ``dearth`` starts: a look-up in the book and a case go straight to it, all else to the command line.

Reading options takes the library of the command line longer than the look-up itself takes.  So a plain
``dearth book show WORD...`` does without, and whatever goes wrong on the way is left to the command line.
A plain ``dearth licence CASE`` does without, too: it runs, ends and fails as it does from the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from dearth.faces.interrupt import exit_interrupted, heard

__all__ = ["main"]

_LOOK_UP: Final = ["book", "show"]
_DECIDE: Final = "licence"


def main() -> None:
    """Run the command line and exit."""
    try:
        with heard():
            _run()
    except KeyboardInterrupt:
        exit_interrupted()


def _run() -> None:
    if not (_looked_up(sys.argv[1:]) or _decided(sys.argv[1:])):
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


def _decided(arguments: Sequence[str]) -> bool:
    """Run ``licence`` and say so, if that was asked in words plain enough."""
    if list(arguments[:1]) != [_DECIDE]:
        return False
    from dearth.faces.plain_words import licence_words  # noqa: PLC0415 (only if needed)

    asked = licence_words(arguments[1:])
    if asked is None:
        return False
    from dearth.faces.ending import told  # noqa: PLC0415

    with told():
        from dearth.faces.run_licence import run_licence, wanted_of  # noqa: PLC0415

        run_licence(wanted_of(asked))
        sys.stdout.flush()
    return True
