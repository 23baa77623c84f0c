"""Which of a firm's lines stop in a scenario, when, why, what it costs, and what a week of stock is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from dearth.answer import Answer
from dearth.axes import SECTORS
from dearth.book import Book
from dearth.calendar import week_of_date
from dearth.firm import Firm
from dearth.firm.graph import use_differs
from dearth.firm.network import Line
from dearth.measures.bands import span, tidy
from dearth.measures.firm_path import why
from dearth.measures.firm_rows import (
    assembly_rows,
    content_row,
    critical_row,
    fan,
    licence_rows,
    match_rows,
    moves,
    supply_row,
    when,
)
from dearth.measures.firm_run import FirmRun, firm_question, firm_run
from dearth.measures.firm_stops import (
    Bought,
    bought_by,
    items_that_matter,
    lost_money,
    penalties,
    stops,
    week_cost,
)
from dearth.rules.read import load_rules
from dearth.world.envelope import answered
from dearth.world.scenario import Scenario

__all__ = ["MORE_WEEKS", "firm_countdown"]

MORE_WEEKS: Final = (1.0, 4.0)
_SEEN: Final = 0.05  # a stop in fewer draws than this is "never", with a reason
_ROUGH_DRAWS: Final = 50
_OLD_STOCKS: Final = 26
_NAMED: Final = 12
_TRIED: Final = 20  # stocks of which more is tried


def firm_countdown(  # noqa: PLR0913, PLR0917 (as the studies of the catalogue, and the firm)
    scenario: Scenario,
    book: Book,
    firm: Firm,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
) -> Answer:
    """Return when each line of a firm stops, and why.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    firm
        Its own plants, parts, suppliers and stocks.
    draws, seed
        Replace those of the scenario.
    workers
        Threads; the answer does not depend on it.

    Returns
    -------
    Answer
        ``answer["lines"]`` by day of stop, in weeks from the day of the stocks; ``money``, ``suppliers``,
        ``stocks``, ``licences``, ``contents``; None where that share of the draws sees no stop.

    Raises
    ------
    InputError
        The firm does not fit the scenario.
    ScenarioError, BookError
        The input does not describe a world.
    """
    scenario = scenario.ensemble(draws, seed)
    done = firm_run(firm, scenario, book, workers)
    rows = [_line(done, number, line) for number, line in enumerate(firm.lines)]
    answer = {
        "firm": {"name": firm.head.name, "currency": firm.head.currency},
        "clock": _clock(done),
        "lines": sorted(rows, key=_rank),
        "money": _money(done),
        "suppliers": [supply_row(done, one) for one in done.supplies],
        "stocks": _stocks(done),
        "assemblies": assembly_rows(done, load_rules()),
        "licences": licence_rows(done),
        "contents": [content_row(one) for one in done.contents.values() if one.known != "stated"],
        "matches": match_rows(firm, book),
        "mass": {"worst_residual": float(done.trace.residual.max(initial=0.0))},
    }
    return answered(
        "firm",
        scenario,
        book,
        answer,
        used=done.model.used.values(),
        warnings=_warnings(done),
        question=firm_question(scenario, firm),
    )


def _clock(done: FirmRun) -> dict[str, Any]:
    return {
        "start": done.start.isoformat(),
        "weeks": done.weeks,
        "scenario_start": done.scenario.start.isoformat(),
        "begin_week": round(done.begin, 3),
        "step_weeks": 1.0 / done.model.world.steps_per_week,
    }


def _line(done: FirmRun, number: int, line: Line) -> dict[str, Any]:
    weeks = stops(done.done)[number]
    lost = 1.0 - done.done.output[:, number]
    ends = np.isfinite(weeks).mean() >= _SEEN
    found = why(done.graph, done.done, done.arrive, number) if ends else None
    margin = None if line.margin_per_unit is None else tidy(line.margin_per_unit * line.weekly_output)
    return {
        "line": line.id,
        "description": line.description,
        "plant": line.plant,
        "place": done.firm.places[line.plant],
        "sector": line.sector,
        "sector_name": SECTORS.get(line.sector, ""),
        "weekly_output": line.weekly_output,
        "margin_per_week": margin,
        "stop": when(done, weeks),
        "weeks_lost": span(lost.sum(axis=0)),
        "lost": fan(lost),
        "critical": None if found is None else critical_row(done, found, weeks),
        "never": None if ends else _why_never(done, number),
        "if_unknown": _if_unknown(done, number),
    }


def _rank(row: Mapping[str, Any]) -> tuple[float, float, str]:
    stop = row["stop"]
    return (1e6 if stop["p50"] is None else stop["p50"]), -stop["ever"], row["line"]


def _why_never(done: FirmRun, number: int) -> str:
    """Say in a few words why a line does not stop."""
    graph, below, todo = done.graph, {number}, [number]
    while todo:
        node = todo.pop()
        fresh = set(graph.child[graph.parent == node].tolist()) - below
        below |= fresh
        todo += fresh
    mine = [source for source in done.by_source if int(graph.node[source]) in below]
    if not any(one for one in done.supplies if int(graph.node[one.source]) in below):
        return "no part of it holds rare earths, as far as the workbook says"
    if not done.scenario.active_events:
        return "nothing is held back in this scenario"
    if all(float(done.by_source[source].min()) > 1.0 - _SEEN for source in mine):
        return "what its suppliers get is not held back"
    return "stocks, goods on the way and second sources last longer than the gap"


def _if_unknown(done: FirmRun, number: int) -> dict[str, Any] | None:
    """Return the stop if parts of unknown content held magnets with much Dy and Tb; None: there are none."""
    weeks = done.at_worst
    return None if weeks is None else when(done, weeks[number])


def _money(done: FirmRun) -> dict[str, Any]:
    """Return margin lost and penalties owed, by week and over the weeks followed."""
    lost, owed = lost_money(done.firm, done.done), penalties(done.firm, done.done)
    return {
        "currency": done.firm.head.currency,
        "by_week": fan(lost),
        "total": span(lost.sum(axis=0)),
        "mean": tidy(float(lost.sum(axis=0).mean())),
        "penalties": span(owed.sum(axis=0)),
        "margin_unknown": [line.id for line in done.firm.lines if line.margin_per_unit is None],
    }


def _stocks(done: FirmRun) -> list[dict[str, Any]]:
    """Return what more weeks of each stock buy, those that save most first."""
    items = items_that_matter(done.firm, done.graph, done.done)[:_TRIED]
    trials = [{item: weeks} for item in items for weeks in MORE_WEEKS]
    bought = bought_by(done.firm, done.graph, done.arrive, trials)
    rows = []
    for number, item in enumerate(items):
        mine = bought[number * len(MORE_WEEKS) : (number + 1) * len(MORE_WEEKS)]
        held = float(done.graph.stock[done.graph.names.index(item)])
        cost = week_cost(done.firm, item)
        rows.append({
            "item": item,
            "weeks_at_hand": tidy(held),
            "purchase_per_week": None if cost is None else tidy(cost),
            "more": [_bought(done, one) for one in mine],
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["more"][-1]["saved_mean"], row["item"]))


def _bought(done: FirmRun, one: Bought) -> dict[str, Any]:
    return {
        "weeks": one.weeks,
        "moves": moves(done, one),
        "saved": span(one.saved),
        "saved_mean": tidy(float(one.saved.mean())),
    }


def _warnings(done: FirmRun) -> list[str]:
    firm, used = done.firm, list(done.model.used.values())
    assumed = sum(row.kind == "assumption" for row in used)
    notes = [
        f"{assumed} of the {len(used)} rows behind this answer are assumptions with a range, all drawn.",
        "Whether this firm is among the customers that a supplier still serves is drawn by lot, weighted by "
        "what the run lets leave; an application in the workbook comes before the lot.",
        *_unknown_notes(done),
        *firm.warnings,
        *use_differs(firm, done.graph),
        *done.notes,
    ]
    if firm.head.stocks_on and week_of_date(done.scenario.start, firm.head.stocks_on) > _OLD_STOCKS:
        notes.append(f"The stocks of {firm.head.stocks_on} are taken as those of {done.start}.")
    untried = items_that_matter(firm, done.graph, done.done)[_TRIED:]
    if untried:
        notes.append(f"More stock was tried where most margin hangs on it; {len(untried)} others were not.")
    if done.draws < _ROUGH_DRAWS:
        notes.append(f"Only {done.draws} draws: the P10 and P90 are rough; use 200 or more to cite.")
    return notes


def _named(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _unknown_notes(done: FirmRun) -> list[str]:
    """Say plainly which sources are taken to arrive as ever because nobody knows better."""
    blind = sorted({one.part for one in done.supplies if not one.lanes})
    lost = sorted({
        f"{one.part} from {one.site}"
        for one in done.supplies
        for lane in one.lanes
        if done.ways[lane].how == "none"
    })  # fmt: skip
    vague = sorted({one.part for one in done.supplies if one.one_of and len(one.lanes) > 1})
    notes = []
    if blind:
        notes.append(f"Contents unknown, taken to arrive as ever: {_named(blind)}; `dearth firm ask` asks.")
    if lost:
        notes.append(f"The model has no maker there, taken to arrive as ever: {_named(lost)}.")
    if vague:
        notes.append(f"Grade unknown, each class in an equal part of the draws: {_named(vague)}.")
    if open_ := [one.id for one in done.firm.licences if one.id not in done.windows]:
        notes.append(f"Applications that the scenario asks for nowhere, not counted: {_named(open_)}.")
    return notes
