"""A plan as one self-contained HTML file: inline style, no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dearth.answer import Answer
from dearth.faces.baked import CHARTS, answer_data, live
from dearth.faces.page import rendered, source_cells
from dearth.faces.phrases import date_text, share_text
from dearth.faces.plan_text import (
    amount,
    by_hand,
    chosen_lines,
    first_text,
    headline,
    lever_text,
    plan_lines,
    published_text,
    range_of,
    span_lines,
)
from dearth.world.scenario import Scenario

__all__ = ["plan_html", "sections"]

Figures = Mapping[str, Any]


class Section(NamedTuple):
    """A heading, lines of text, and a table; `plain` where the live form of the page tells the same."""

    title: str
    text: Sequence[str]
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    plain: bool = False


def plan_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page."""
    found = answer.answer
    context = {
        "answer": answer,
        "scenario": scenario,
        "live": live(CHARTS, answer_data(answer)),
        "headline": headline(found),
        "place": found["place"]["name"],
        "sections": list(sections(found)),
        "sources": [source_cells(source) for source in answer.sources],
        "date_text": date_text,
    }
    return rendered("plan.html.j2", context)


def sections(found: Figures) -> Iterator[Section]:
    """Yield the parts of the page in order."""
    yield _measures(found)
    yield Section("Not in the table", [f"{row['lever']}: {row['why']}" for row in found["without"]])
    if found["portfolio"]:
        yield from _portfolio(found["portfolio"])
    yield _cutoff(found["cutoff"])
    yield Section("What others have published", [published_text(row) for row in found["cutoff"]["published"]])


def _measures(found: Figures) -> Section:
    horizon = float(found["clock"]["weeks"])
    rows = [
        (
            row["name"],
            range_of(row["weeks"]),
            first_text(row["first_stop"], horizon),
            amount(row["cost_musd"]),
            amount(row["place_weeks"]["p50"]),
            amount(row["weeks_per_100_musd"]),
            range_of(row["saved"]),
            by_hand(row),
        )
        for row in found["measures"]
    ]
    heads = (
        "measure", "weeks of output bought, its lines", "first stop, week", "cost, MUSD",
        "weeks of the whole place", "the same per 100 MUSD", "output saved, MUSD", "by hand (medians)",
    )  # fmt: skip
    return Section("Measures, most weeks per dollar first", [], heads, rows)


def _portfolio(found: Figures) -> Iterator[Section]:
    chosen = found["chosen"]
    levers = [(one["name"], lever_text(one)) for one in chosen["levers"]] if chosen else []
    yield Section(
        "The cheapest portfolio", list(chosen_lines(found)), ("lever", "how much, at what cost"), levers
    )
    rows = [
        (
            share_text(1.0 - one["share_left"]),
            amount(one["spending_musd"]),
            amount(one["bound_musd"]),
            "; ".join(f"{lever['name']} {lever_text(lever)}" for lever in one["levers"]),
        )
        for one in found["frontier"]
    ]
    heads = ("damage avoided in the worst tenth", "cheapest, MUSD", "bound, MUSD", "made of")
    yield Section("The efficient frontier", [], heads, rows, plain=True)
    shares = [f"{one['share_left']:g}" for one in found["frontier"]]
    policy = [
        (row["name"], amount(row["held"]), *(amount(row["weeks"][share]) for share in shares))
        for row in found["stock_policy"]
    ]
    names = [share_text(1.0 - float(share)) for share in shares]
    yield Section("Weeks to hold, by damage avoided", [], ("material", "held today", *names), policy)
    yield _plans(found)


def _plans(found: Figures) -> Section:
    names = {row["key"]: row["name"] for row in found["replies"]}
    rows = [
        (
            row["title"],
            amount(row["spending_musd"]),
            amount(row["damage_mean_musd"]),
            amount(row["regret_mean_musd"]),
            amount(row["regret_most_musd"]),
            *(
                share_text(row["avoided"][key]) + (" FAILS" if key in row["fails_under"] else "")
                for key in names
            ),
        )
        for row in found["plans"]
    ]
    heads = (
        "plan", "spending, MUSD", "mean damage", "mean regret", "largest regret",
        *(f"avoided: {name}" for name in names.values()),
    )  # fmt: skip
    return Section(
        "Plans beside each other, and the supplier's replies", list(plan_lines(found)), heads, rows
    )


def _cutoff(cutoff: Figures) -> Section:
    rows = [
        (
            f"{row['sector_name']}, {row['place_name']}",
            range_of(row["weeks_lost"]),
            range_of(row["worth_musd_per_year"]),
            range_of(row["output_lost_musd"]),
        )
        for row in cutoff["rows"]
    ]
    heads = ("sector, place", "weeks of output lost", "at stake, MUSD a year", "output lost, MUSD")
    lines = [f"{name}: {text}" for name, text in span_lines(cutoff)]
    return Section("What the scenario costs without any measure", lines, heads, rows)
