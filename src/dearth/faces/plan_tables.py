"""A plan for the terminal: measures by weeks per dollar, the portfolio, named plans, cost of the cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dearth.answer import Answer
from dearth.faces.phrases import share_text
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
from dearth.faces.tables import listed, setting

__all__ = ["plan_view", "titled_table"]

Figures = Mapping[str, Any]

_TOP: Final = 14
_LOSSES: Final = 10
_ESTIMATES: Final = 12


def plan_view(answer: Answer, console: Console) -> Group:
    """Return the plan as one likes to read it: finding, ranked measures, arithmetic, portfolio, cost."""
    found = answer.answer
    parts: list[RenderableType] = [
        Text(headline(found), style="bold"),
        Text(setting(answer), style="dim"),
        "",
    ]
    rows = found["measures"]
    if rows:
        parts += [_measures(rows[:_TOP], float(found["clock"]["weeks"])), *_more(len(rows) - _TOP), ""]
        hand = [(f"{row['key']}: ", by_hand(row)) for row in rows[:_TOP]]
        parts += listed("The same by hand (medians of the draws)", hand, console.width)
    without = [(f"{row['lever']}: ", row["why"]) for row in found["without"]]
    parts += listed("Not in the table", without, console.width)
    if found["portfolio"]:
        parts += _portfolio(found["portfolio"], console.width)
    parts += _cutoff(found["cutoff"], console.width)
    parts += listed("Before you cite this", [("", warning) for warning in answer.warnings], console.width)
    return Group(*parts)


def titled_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Return a table: the first column may be cut into lines, numbers stay whole."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=Text(title), title_justify="left", padding=(0, 1, 0, 0)
    )
    table.add_column(Text(columns[0]), overflow="fold", ratio=1, min_width=18)
    for column in columns[1:]:
        table.add_column(Text(column), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _measures(rows: Sequence[Figures], horizon: float) -> RenderableType:
    cells = [
        (
            row["key"],
            range_of(row["weeks"]),
            first_text(row["first_stop"], horizon),
            amount(row["cost_musd"]),
            amount(row["place_weeks"]["p50"]),
            amount(row["weeks_per_100_musd"]),
        )
        for row in rows
    ]
    columns = ("measure", "weeks bought", "first stop", "MUSD", "of place", "per 100")
    title = (
        "Measures: weeks of output bought for the lines they serve (P10\u2013P90); week of the first stop; "
        "cost; weeks of the whole place's output, and the same per 100 MUSD"
    )
    return titled_table(title, columns, cells)


def _more(count: int) -> list[RenderableType]:
    more = Text(f"and {count} more: --csv FILE, --html FILE or --json", style="dim")
    return [more] if count > 0 else []


def _portfolio(found: Figures, width: int) -> list[RenderableType]:
    """Return the chosen portfolio, the frontier, the stock policy and the named plans."""
    parts: list[RenderableType] = [
        *listed("The cheapest portfolio", [("", t) for t in chosen_lines(found)], width)
    ]
    if found["chosen"]:
        levers = [(f"{one['name']}: ", lever_text(one)) for one in found["chosen"]["levers"]]
        parts += listed("What it is made of", levers, width)
    shares = [f"{one['share_left']:g}" for one in found["frontier"]]
    if shares:
        rows = [
            (share_text(1.0 - one["share_left"]), amount(one["spending_musd"]), amount(one["bound_musd"]))
            for one in found["frontier"]
        ]
        columns = ("damage avoided in the worst tenth", "cheapest, MUSD", "bound, MUSD")
        parts += [titled_table("The efficient frontier", columns, rows)]
        policy = [
            (row["name"], amount(row["held"]), *(amount(row["weeks"][share]) for share in shares))
            for row in found["stock_policy"]
        ]
        names = [share_text(1.0 - float(share)) for share in shares]
        parts += [
            titled_table("Weeks to hold, by damage avoided", ("material", "held today", *names), policy)
        ]
    return [
        *parts,
        _plans(found["plans"]),
        *listed("Plans and replies", [("", t) for t in plan_lines(found)], width),
    ]


def _plans(plans: Sequence[Figures]) -> RenderableType:
    rows = [
        (
            row["title"],
            amount(row["spending_musd"]),
            share_text(row["avoided"]["none"]),
            amount(row["damage_mean_musd"]),
            amount(row["regret_mean_musd"]),
            amount(row["regret_most_musd"]),
        )
        for row in plans
    ]
    columns = ("plan", "MUSD", "avoided", "damage", "regret", "at most")
    title = "Plans: spending, damage avoided in the worst tenth, mean damage, mean and largest regret (MUSD)"
    return titled_table(title, columns, rows)


def _cutoff(cutoff: Figures, width: int) -> list[RenderableType]:
    cells = [
        (
            f"{row['sector_name']}, {row['place_name']}",
            range_of(row["weeks_lost"]),
            amount(row["worth_musd_per_year"]["p50"]),
            range_of(row["output_lost_musd"]),
        )
        for row in cutoff["rows"][:_LOSSES]
    ]
    columns = ("sector, place", "weeks lost", "at stake a year", "output lost")
    published = [("", published_text(row)) for row in cutoff["published"][:_ESTIMATES]]
    return [
        titled_table("What the scenario costs without any measure, MUSD", columns, cells),
        *listed("All sectors together", [(f"{name}: ", text) for name, text in span_lines(cutoff)], width),
        *listed("What others have published (they disagree; cases differ, see each)", published, width),
        *_more(len(cutoff["published"]) - _ESTIMATES),
    ]
