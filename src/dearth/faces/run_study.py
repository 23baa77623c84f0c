"""Running a study for the command line: check, load, ask, show, write."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dearth.answer import Answer
from dearth.book import Book
from dearth.book.quick import quick_book
from dearth.errors import InputError
from dearth.faces.catalogue import Study, load
from dearth.faces.console import console_out, progress, say
from dearth.faces.files import check_targets, write_all
from dearth.faces.kept_answers import Found, answer_of
from dearth.faces.options import Request
from dearth.faces.run_ensemble import answer_in_blocks
from dearth.world import MOST_AT_ONCE
from dearth.world.scenario import Scenario, load_scenario

__all__ = ["assumption_ids", "run_study"]

_OWN: Final = ("for_place",)  # options that only some studies take, handed on by name


def assumption_ids(book: Book) -> set[str]:
    """Return the ids that a scenario may override."""
    return {row.id for row in book.rows if row.kind == "assumption"}


def run_study(study: Study, request: Request) -> None:
    """Answer `request` and show it; nothing is computed before all of the input has been checked.

    Raises
    ------
    InputError
        A target, the scenario or an override is wrong; no file has been touched.
    """
    overrides = _checked(request)
    if study.draws is not None:
        overrides.setdefault("draws", str(study.draws))
    book = quick_book(request.book or ())
    scenario = load_scenario(request.scenario, overrides, lambda: assumption_ids(book))
    if "keep" in study.options and (request.in_blocks or scenario.draws > MOST_AT_ONCE):
        found = Found(answer_in_blocks(scenario, book, request).to_json(), early=False)
    else:
        found = _found(study, scenario, book, request)
    if request.targets:
        _write(study, found.answer(), scenario, request)
    if request.json:
        sys.stdout.write(found.text + "\n")
        return
    console = console_out()
    console.print(load(study.views.terminal)(found.answer(), console))


def _found(study: Study, scenario: Scenario, book: Book, request: Request) -> Found:
    """Return the answer of a study, of this run or of an earlier one."""
    doing = f"{study.name} of {scenario.name}: {scenario.draws} draws of {scenario.weeks} weeks"
    own = {name: getattr(request, name) for name in _OWN if name in study.options}
    given = {name: value for name, value in own.items() if value is not None}

    def find() -> Answer:
        answer: Answer = study.load()(scenario, book, workers=request.workers, **given)
        return answer

    with progress(doing, quiet=request.quiet):
        found = answer_of(study.name, scenario, book, given, find)
    if found.early:
        text = "the answer of an earlier run to the same question (DEARTH_ANEW=1 finds it anew)"
        say(text, quiet=request.quiet)
    return found


def _checked(request: Request) -> dict[str, str]:
    """Return the overrides, or raise all faults of the command line and of the scenario at once."""
    overrides, faults = request.overrides()
    checks: tuple[Callable[[], object], ...] = (
        lambda: check_targets(request.targets),
        lambda: load_scenario(request.scenario, overrides),
    )
    errors = [error for check in checks if (error := _error_of(check)) is not None]
    faults += [fault for error in errors for fault in error.faults]
    if faults:
        raise InputError("Checking what was asked", faults)
    return overrides


def _error_of(check: Callable[[], object]) -> InputError | None:
    try:
        check()
    except InputError as error:
        return error
    return None


def _write(study: Study, answer: Answer, scenario: Scenario, request: Request) -> None:
    contents: dict[Path, str] = {
        path: load(study.views.files[option])(answer, scenario) for option, path in request.targets.items()
    }
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=request.quiet)
