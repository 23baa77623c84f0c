"""Running ``dearth countdown --firm``: the workbook is checked with all else that was asked, then the run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from dearth.answer import Answer
from dearth.book import Book, load_book
from dearth.errors import Fault, InputError
from dearth.faces.catalogue import FIRM, Study, load
from dearth.faces.console import console_out, print_json, progress, say
from dearth.faces.files import check_targets, write_all
from dearth.faces.firm_risk import risk_answer, risk_csv, risk_html, risk_view
from dearth.faces.options import Request
from dearth.firm import Firm
from dearth.firm.graph import graph_of
from dearth.firm.read import read_firm
from dearth.world.scenario import Scenario, load_scenario

__all__ = ["answer_of_firm", "checked_firm", "run_firm", "run_risk", "together"]

_PHASE: Final = "Checking what was asked"


def run_firm(request: Request, study: Study = FIRM) -> None:
    """Answer a study of a firm and show it; nothing is computed before all has been checked.

    Raises
    ------
    InputError
        A target, the scenario, an override or the workbook is wrong: all faults at once.
    """
    overrides, firm = _checked(request)
    book = load_book(request.book or ())
    scenario = load_scenario(request.scenario, overrides, lambda: _assumptions(book))
    answer = answer_of_firm(firm, scenario, book, request, study)
    texts: dict[Path, str] = {
        path: load(study.views.files[option])(answer, scenario) for option, path in request.targets.items()
    }
    write_all(texts)
    for path in texts:
        say(f"wrote {path}", quiet=request.quiet)
    if request.json:
        sys.stdout.write(answer.to_json() + "\n")
        return
    console = console_out()
    console.print(load(study.views.terminal)(answer, console))


def answer_of_firm(
    firm: Firm, scenario: Scenario, book: Book, request: Request, study: Study = FIRM
) -> Answer:
    """Return the answer about a firm, with a word on standard error while it is worked out."""
    doing = f"{study.name} in {scenario.name}: {scenario.draws} draws of {scenario.weeks} weeks"
    with progress(doing, quiet=request.quiet):
        answer: Answer = study.load()(scenario, book, firm, workers=request.workers)
    return answer


def checked_firm(path: Path) -> Firm:
    """Return a firm whose file and arrays are sound.

    Raises
    ------
    InputError
        Everything that is wrong with the file.
    """
    firm = read_firm(path)
    graph_of(firm)
    return firm


def run_risk(
    path: Path, overlays: Sequence[Path], asked: Mapping[str, Path | None], *, as_json: bool, quiet: bool
) -> None:
    """Show the risk map of a firm, and write it where asked.

    Parameters
    ----------
    asked
        Files to write by option, None where none is wanted.

    Raises
    ------
    InputError
        A target or the workbook is wrong: all faults at once.
    """
    targets = {option: file for option, file in asked.items() if file is not None}
    found = list[Firm]()
    together([lambda: check_targets(targets), lambda: found.append(checked_firm(path))])
    answer = risk_answer(found[0], load_book(overlays))
    texts = {"--csv": lambda: risk_csv(answer), "--html": lambda: risk_html(answer, version("dearth"))}
    write_all({file: texts[option]() for option, file in targets.items()})
    for file in targets.values():
        say(f"wrote {file}", quiet=quiet)
    if as_json:
        print_json(answer)
    else:
        console = console_out()
        console.print(risk_view(answer, console.width))


def together(checks: Iterable[Callable[[], object]], faults: Sequence[Fault] = ()) -> None:
    """Run all checks, and raise all their faults at once."""
    found = list(faults)
    for check in checks:
        try:
            check()
        except InputError as error:
            found += error.faults
    if found:
        raise InputError(_PHASE, found)


def _assumptions(book: Book) -> set[str]:
    return {row.id for row in book.rows if row.kind == "assumption"}


def _checked(request: Request) -> tuple[dict[str, str], Firm]:
    """Return overrides and firm, or raise all faults of what was asked at once."""
    overrides, faults = request.overrides()
    if request.for_place is not None:
        faults.append(Fault("a firm's plan is its own", "--for", cure="leave out --for, or leave out --firm"))
    path, found = request.firm, list[Firm]()
    checks = (
        lambda: check_targets(request.targets),
        lambda: load_scenario(request.scenario, overrides),
        lambda: found.append(checked_firm(path or Path())),
    )
    together(checks, faults)
    return overrides, found[0]
