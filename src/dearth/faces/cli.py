"""The command ``dearth``: exit status 0 answered, 2 the input is wrong, 1 our fault, 130 interrupted."""

from __future__ import annotations

from typing import Annotated

import typer

from dearth.faces.commands import OnDemand
from dearth.faces.ending import told
from dearth.faces.groups import group

__all__ = ["app", "main"]

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
    with told():
        app(prog_name="dearth")
