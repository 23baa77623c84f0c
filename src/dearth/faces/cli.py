"""The command ``dearth``: exit status 0 answered, 2 the input is wrong, 1 our fault, 130 interrupted."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated, Final

import typer

from dearth.errors import DearthError
from dearth.faces.commands import OnDemand
from dearth.faces.console import say, show_error
from dearth.faces.groups import group

__all__ = ["app", "main"]

_OUR_FAULT: Final = 1

app = group(
    name="dearth", cls=OnDemand, help="The executable model of the rare-earth squeeze: who stops, and when."
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 (a fast start)

        try:
            number = version("dearth")
        except PackageNotFoundError:
            number = "not installed"
        typer.echo(f"dearth {number}")
        raise typer.Exit


@app.callback()
def _top(
    _show_version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Carry the options of the whole command; its help is that of `app`."""


def main() -> None:
    """Run the command line and exit; an interruption is for `dearth.faces.start` to hear."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(prog_name="dearth")
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
    say(f"dearth met a fault of its own: {type(error).__name__}: {error}")
    if os.environ.get("DEARTH_DEBUG"):
        say("".join(traceback.format_exception(error)))
    else:
        say("Please report it; DEARTH_DEBUG=1 shows where it happened.")
