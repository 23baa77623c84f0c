"""The two streams: answers on standard output, everything else on standard error.

Loading rich takes as long as a look-up, so plain lines that no terminal shows go without it.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from dearth.errors import DearthError

__all__ = ["console_out", "print_json", "printable", "progress", "say", "show_error", "write_lines"]


_LEAST_WIDTH: Final = 40
_USUAL_WIDTH: Final = 80


def _console(stream: TextIO) -> Console:
    from rich.console import Console  # noqa: PLC0415 (slow)

    return Console(file=stream, highlight=False, markup=False, emoji=False)


def console_out() -> Console:
    """Return the console of answers; as wide as its terminal, 80 columns in a pipe."""
    return _console(sys.stdout)


def say(text: str, *, quiet: bool = False) -> None:
    """Write a message to standard error."""
    if quiet:
        return
    if not _looked_at(sys.stderr):
        sys.stderr.write(f"{printable(text)}\n")
        return
    from rich.text import Text  # noqa: PLC0415 (slow)

    _console(sys.stderr).print(Text(printable(text)), soft_wrap=True)


def _looked_at(stream: TextIO) -> bool:
    """Return whether a terminal shows the stream, or is to be taken for one."""
    return stream.isatty() or bool(os.environ.get("FORCE_COLOR"))


def printable(text: str) -> str:
    """Return `text` without control characters, which could drive a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def write_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Write ``(text, style)`` to standard output; the rest of a long indented line is indented further."""
    if not _looked_at(sys.stdout):
        width = _plain_width()
        sys.stdout.writelines(f"{_folded(text, width)}\n" for text, _style in lines)
        return
    from rich.text import Text  # noqa: PLC0415 (slow)

    console = console_out()
    for text, style in lines:
        console.print(Text(_folded(text, console.width), style=style), soft_wrap=True)


def _plain_width() -> int:
    """Return the columns of the terminal at any end of the pipe; ``COLUMNS`` comes first, 80 last."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    for descriptor in range(3):
        with suppress(OSError):
            return os.get_terminal_size(descriptor).columns or _USUAL_WIDTH
    return _USUAL_WIDTH


def _folded(text: str, width: int) -> str:
    indent = text[: len(text) - len(text.lstrip())]
    lines = textwrap.fill(
        text.strip(),
        max(_LEAST_WIDTH, width),
        initial_indent=indent,
        subsequent_indent=indent + "  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return printable(lines)


def print_json(value: object) -> None:
    """Write one JSON object to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def show_error(error: DearthError) -> None:
    """Write what went wrong to standard error: the phase, then one bullet per fault."""
    from rich.text import Text  # noqa: PLC0415 (slow)

    console = _console(sys.stderr)
    console.print(Text(printable(error.phase), style="bold red"), soft_wrap=True)
    for fault in error.faults:
        console.print(Text(f"  - {printable(str(fault))}"), soft_wrap=True)


@contextmanager
def progress(text: str, *, quiet: bool) -> Iterator[None]:
    """Show on standard error that work is going on, when someone looks."""
    if quiet or not _looked_at(sys.stderr):
        say(f"{text} ...", quiet=quiet)
        yield
        return
    from rich.text import Text  # noqa: PLC0415 (slow)

    with _console(sys.stderr).status(Text(text)):
        yield
