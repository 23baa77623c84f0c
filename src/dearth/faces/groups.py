"""Commands that have commands of their own, with plain help: rich takes longer to load than all else."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["WholeLines", "group"]


class WholeLines(TyperGroup):
    """A group whose help shows the lines of its commands whole."""

    def line_of(self, name: str) -> str:
        """Return what a command does, in one line."""
        return str(self.commands[name].help or "").split("\n\n", maxsplit=1)[0]

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.line_of(name)) for name in self.commands])


def group(cls: type[WholeLines] = WholeLines, **settings: Any) -> typer.Typer:
    """Return a command with commands of its own."""
    return typer.Typer(
        cls=cls,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )
