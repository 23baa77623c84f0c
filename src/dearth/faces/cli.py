"""The command ``dearth``: exit status 0 answered, 2 the input is wrong, 1 our fault, 130 interrupted."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from dearth.errors import DearthError
from dearth.faces.catalogue import FIRM_STUDIES, STUDIES, Study
from dearth.faces.cli_book import book_app
from dearth.faces.cli_claims import HELP as CLAIMS_HELP
from dearth.faces.cli_claims import claims_command
from dearth.faces.cli_firm import firm_app
from dearth.faces.cli_licence import HELP as LICENCE_HELP
from dearth.faces.cli_licence import licence_command
from dearth.faces.cli_register import register_app
from dearth.faces.cli_scenario import scenario_app
from dearth.faces.cli_screen import HELP as SCREEN_HELP
from dearth.faces.cli_screen import screen_command
from dearth.faces.cli_serve import HELP as SERVE_HELP
from dearth.faces.cli_serve import serve
from dearth.faces.cli_validate import HELP as VALIDATE_HELP
from dearth.faces.cli_validate import validate_command
from dearth.faces.console import say, show_error
from dearth.faces.options import Request, command_of, parameters

__all__ = ["app", "main"]

_OUR_FAULT: Final = 1

app = typer.Typer(
    name="dearth",
    help="The executable model of the rare-earth squeeze: who stops, and when.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(book_app, name="book")
app.add_typer(scenario_app, name="scenario")
app.add_typer(firm_app, name="firm")
app.add_typer(register_app, name="register")


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


def _command(study: Study) -> Callable[..., None]:
    """Return a command with the options that the catalogue names for `study`."""

    def run(**options: Any) -> None:
        from dearth.faces.run_firm import run_firm  # noqa: PLC0415 (a fast start)
        from dearth.faces.run_study import run_study  # noqa: PLC0415

        request = Request(**options)
        if request.firm is not None:
            run_firm(request, FIRM_STUDIES[study.name])
        else:
            run_study(study, request)

    return command_of(run, parameters(study.options), study.line)


for _study in STUDIES:
    app.command(_study.name, help=_study.line)(_command(_study))
app.command("licence", help=LICENCE_HELP)(licence_command())
app.command("claims", help=CLAIMS_HELP)(claims_command())
app.command("screen", help=SCREEN_HELP)(screen_command())
app.command("validate", help=VALIDATE_HELP)(validate_command())
app.command("serve", help=SERVE_HELP)(serve)


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
