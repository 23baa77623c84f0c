"""The commands of ``dearth`` by name, each loaded when it is asked for: their list need not wait for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import typer

from dearth.faces.catalogue import FIRM_STUDIES, STUDIES, Study, load
from dearth.faces.groups import WholeLines, group
from dearth.faces.options import Request, command_of, parameters

__all__ = ["COMMANDS", "Command", "OnDemand"]


class Command(NamedTuple):
    """A command: what it answers, in one line, and its home: ``module:name``, or a study of the catalogue."""

    line: str
    home: str | Study


def _study_command(study: Study) -> Callable[..., None]:
    """Return a command with the options that the catalogue names for `study`."""

    def run(**options: Any) -> None:
        request = Request(**options)
        if request.firm is not None:
            from dearth.faces.run_firm import run_firm  # noqa: PLC0415 (a fast start)

            run_firm(request, FIRM_STUDIES[study.name])
        else:
            from dearth.faces.run_study import run_study  # noqa: PLC0415

            run_study(study, request)

    return command_of(run, parameters(study.options))


_HOMES: Final = {
    "licence": (
        "May this leave, under which rule, how slowly: what dated rules say of a shipment on a day.",
        "cli_licence:licence_command",
    ),
    "claims": (
        "Is this figure true: the statements of an article, each with a verdict and its sources.",
        "cli_claims:claims_command",
    ),
    "screen": (
        "Which declarations to open first, because: a ranking under a stated capacity, with reasons.",
        "cli_screen:screen_command",
    ),
    "validate": (
        "The model against what happened in 2010 and 2025, beside naive rivals; losses included.",
        "cli_validate:validate_command",
    ),
    "serve": (
        "The page and the REST API: move a slider, and every chart answers.",
        "cli_serve:serve",
    ),
    "book": (
        "The data book: every figure, its source, and where sources disagree.",
        "cli_book:book_app",
    ),
    "scenario": (
        "Scenarios: what happens, when, and under which assumptions.",
        "cli_scenario:scenario_app",
    ),
    "firm": (
        "Your own plants, parts and suppliers: template, check, questions to suppliers, risk, changes.",
        "cli_firm:firm_app",
    ),
    "register": (
        "The register: determinations kept, licences held and drawn down, applications pending.",
        "cli_register:register_app",
    ),
}
COMMANDS: Final[Mapping[str, Command]] = {
    **{study.name: Command(study.line, study) for study in STUDIES},
    **{name: Command(line, f"dearth.faces.{home}") for name, (line, home) in _HOMES.items()},
}


class _Loaded(Mapping[str, Any]):
    """Commands as the command line wants them, each made when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        line, home = COMMANDS[name]
        found = _study_command(home) if isinstance(home, Study) else load(home)
        if not isinstance(found, typer.Typer):
            found, run = group(), found
            found.command(name)(run)
        command = typer.main.get_command(found)
        command.name, command.help = name, line
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class OnDemand(WholeLines):
    """A group whose commands are loaded when asked for, and not for its help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Loaded()  # type: ignore[assignment]  # read only

    def line_of(self, name: str) -> str:
        """Return what a command answers, in one line."""
        return COMMANDS[name].line
