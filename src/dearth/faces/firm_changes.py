"""``dearth firm changes``: which dates moved since a saved run, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from dearth.answer import Answer
from dearth.book import Book, load_book
from dearth.book.read import read_bytes
from dearth.errors import Fault, InputError
from dearth.faces.console import console_out, print_json, say
from dearth.faces.files import check_targets, write_all
from dearth.faces.options import Request
from dearth.faces.phrases import date_text, share_text, week_text
from dearth.faces.present import csv_text
from dearth.faces.run_firm import answer_of_firm, checked_firm, together
from dearth.faces.tables import listed, plain_table
from dearth.firm import Firm
from dearth.firm.compare import cell_changes
from dearth.measures.firm_changes import CAUSES, Run, book_changes, moved_rows, run_of, scenario_changes
from dearth.world.scenario import Scenario, load_scenario, scenario_names

__all__ = ["CHANGE_COLUMNS", "changes_csv", "changes_view", "read_run", "run_changes"]

CHANGE_COLUMNS: Final = (
    "line", "before_p50", "after_p50", "before_date_p50", "after_date_p50", "before_ever", "after_ever",
    "book_days", "scenario_days", "workbook_days", "book_ever", "scenario_ever", "workbook_ever",
)  # fmt: skip
_PHASE: Final = "Reading the run of before"
_TOP: Final = 12
_TITLES: Final = {"book": "data book and program", "scenario": "scenario", "workbook": "workbook"}

Figures = Mapping[str, Any]


def read_run(path: Path) -> Run:
    """Return a run that was saved with ``--json``.

    Raises
    ------
    InputError
        The file is none.
    """
    data = read_bytes(path)
    if isinstance(data, Fault):
        raise InputError(_PHASE, data)
    try:
        saved = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        fault = Fault(
            "is no JSON", path.name, f"{type(error).__name__}: {error}"[:160], "save a run with --json"
        )
        raise InputError(_PHASE, fault) from None
    return run_of(saved, path.name)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def run_changes(request: Request, since: Path, scenario: str | None) -> None:
    """Show what moved since a run, and write it where asked.

    Parameters
    ----------
    request
        With the firm's file, and what to write.
    since
        The saved run.
    scenario
        That of now; None: the one of that name that is shipped, else the one of the run.

    Raises
    ------
    InputError
        A file or an option is wrong: all faults at once.
    """
    runs, firms = list[Run](), list[Firm]()
    checks: list[Callable[[], object]] = [
        lambda: check_targets(request.targets),
        lambda: runs.append(read_run(since)),
        lambda: firms.append(checked_firm(request.firm or Path())),
    ]
    if scenario is not None:
        checks.append(lambda: load_scenario(scenario))
    together(checks)
    run, book = runs[0], load_book(request.book or ())
    found = _compared(run, firms[0], _of_now(scenario, run.scenario), book, request)
    write_all({path: changes_csv(found) for path in request.targets.values()})
    for path in request.targets.values():
        say(f"wrote {path}", quiet=request.quiet)
    if request.json:
        print_json(found)
    else:
        console = console_out()
        console.print(changes_view(found, console.width))


def _of_now(name: str | None, then: Scenario) -> Scenario:
    """Return the scenario of now, with the draws, the seed, the weeks and the overrides of the run before.

    Raises
    ------
    ScenarioError
        There is none of that name, or it does not go with these weeks and overrides.
    """
    if name is None and then.name not in scenario_names():
        return then
    kept = {key: f"{getattr(then, key)}" for key in ("draws", "seed", "weeks")}
    kept |= {f"set.{key}": repr(value) for key, value in then.set.items()}
    return load_scenario(name or then.name, kept)


def _compared(run: Run, firm: Firm, now: Scenario, book: Book, request: Request) -> dict[str, Any]:
    """Return what moved, each cause put in after the other."""
    saved = run.saved
    same_book = saved["book"].get("sha256") == book.sha256 and saved["dearth"] == _version()
    cells = cell_changes(run.firm, firm)
    turned = {"book": not same_book, "scenario": now.sha256 != run.scenario.sha256, "workbook": bool(cells)}
    inputs = {"book": (run.firm, run.scenario), "scenario": (run.firm, now), "workbook": (firm, now)}
    stages: list[Any] = [saved["answer"]["lines"]]
    sources: Sequence[Figures] = saved["sources"]
    rows: list[dict[str, Any]] = []
    for cause in CAUSES:
        if not turned[cause]:
            stages.append(stages[-1])
            continue
        answer: Answer = answer_of_firm(*inputs[cause], book, request)
        stages.append(answer.answer["lines"])
        rows = book_changes(sources, answer.sources) if cause == "book" else rows
    return {
        "since": {key: saved[key] for key in ("dearth", "book", "scenario", "as_of", "seed", "draws")},
        "now": {"dearth": _version(), "book": {"version": book.version, "sha256": book.sha256},
                "scenario": {"name": now.name, "sha256": now.sha256}},
        "lines": moved_rows(stages, CAUSES),
        "book": rows,
        "scenario": scenario_changes(run.scenario, now),
        "workbook": [{**change._asdict(), "before": _plain(change.before), "after": _plain(change.after)}
                     for change in cells],
    }  # fmt: skip


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 (as the studies ask)

    return version("dearth")


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    return "; ".join(f"{name} {grams:g}" for name, grams in value) if isinstance(value, tuple) else str(value)


def changes_csv(found: Figures) -> str:
    """Return one row for each line: stops before and after, and what each cause did."""
    return csv_text(CHANGE_COLUMNS, (_cells(row) for row in found["lines"]))


def _cells(row: Figures) -> dict[str, object]:
    cells: dict[str, object] = {"line": row["line"]}
    for when in ("before", "after"):
        stop = row[when] or {}
        cells |= {f"{when}_{key}": stop.get(key) for key in ("p50", "date_p50", "ever")}
    return cells | {f"{cause}_{key}": row["by"][cause][key] for cause in CAUSES for key in ("days", "ever")}


def changes_view(found: Figures, width: int) -> Group:
    """Return what moved and why for the terminal."""
    moved = [row for row in found["lines"] if row["moved"]]
    head = f"{len(moved)} of {len(found['lines'])} lines stop on another day, or in more or fewer draws."
    parts: list[RenderableType] = [Text(head if moved else "No date has moved.", style="bold"), ""]
    if moved:
        columns = ("line", "stopped", "stops now", *(f"by {_TITLES[cause]}" for cause in CAUSES))
        parts += [plain_table("", columns, [_texts(row) for row in moved]), ""]
    parts += listed("Changed in the data book", _book_lines(found["book"]), width)
    parts += listed("Changed in the scenario", _scenario_lines(found["scenario"]), width)
    parts += listed("Changed in the workbook", _workbook_lines(found["workbook"]), width)
    return Group(*parts)


def _texts(row: Figures) -> tuple[str, ...]:
    return (
        row["line"],
        _stop(row["before"]),
        _stop(row["after"]),
        *(_by(row["by"][cause]) for cause in CAUSES),
    )


def _stop(stop: Figures | None) -> str:
    if stop is None:
        return "no such line"
    if stop["p50"] is None:
        return f"in {share_text(stop['ever'])} of draws"
    return f"{date_text(stop['date_p50'])}, week {week_text(stop['p50'], 0.0)}, {share_text(stop['ever'])}"


def _by(step: Figures) -> str:
    if step["ever"] is None:
        return "new or gone"
    ever = f"{100 * step['ever']:+.0f} % of draws" if step["ever"] else ""
    days = f"{step['days']:+d} days" if step["days"] else ""
    return ", ".join(filter(None, [days, ever])) or "nothing"


def _book_lines(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows[:_TOP]:
        yield (
            f"{row['id']}: ",
            f"{_figure(row['before'])} -> {_figure(row['after'])} {row['unit'] or ''}".rstrip(),
        )
    if len(rows) > _TOP:
        yield "", f"and {len(rows) - _TOP} more rows; all of them: --json"


def _figure(row: Figures | None) -> str:
    if row is None:
        return "not used"
    return f"{row['value']} ({row['low']} to {row['high']})" if row["low"] is not None else f"{row['value']}"


def _scenario_lines(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows:
        before, after = (
            "none" if value is None else str(value)[:200] for value in (row["before"], row["after"])
        )
        yield f"{row['what']}: ", f"{before} -> {after}"


def _workbook_lines(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows[: 4 * _TOP]:
        where = (
            f"{row['sheet']} {row['row']}, {row['column']}"
            if row["column"]
            else f"{row['sheet']} {row['row']}"
        )
        before, after = (
            "unknown" if value in (None, "") else value for value in (row["before"], row["after"])
        )
        yield f"{where}: ", f"{before} -> {after} {row['unit']}".rstrip()
    if len(rows) > 4 * _TOP:
        yield "", f"and {len(rows) - 4 * _TOP} more cells; all of them: --json"
