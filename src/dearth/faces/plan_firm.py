"""A firm's plan for the terminal, as CSV and as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, Group, RenderableType
from rich.text import Text

from dearth.answer import Answer
from dearth.faces.baked import READING, live
from dearth.faces.page import rendered, source_cells
from dearth.faces.phrases import date_text, share_text
from dearth.faces.plan_report import Section
from dearth.faces.plan_tables import titled_table
from dearth.faces.plan_text import amount
from dearth.faces.present import csv_text
from dearth.faces.tables import listed, setting

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = ["FIRM_PLAN_COLUMNS", "firm_plan_csv", "firm_plan_html", "firm_plan_view"]

Figures = Mapping[str, Any]

_TOP: Final = 16

FIRM_PLAN_COLUMNS: Final = (
    *("section", "rank", "lever", "item", "size_weeks", "line"),
    *("weeks_mean", "weeks_p10", "weeks_p50", "weeks_p90"),
    *("purchase", "holding_per_year", "weeks_per_100000", "saved_margin_mean", "share_left", "unit"),
)


def _headline(found: Figures) -> str:
    rows = [row for row in found["measures"] if row["weeks_per_100000"]]
    if not rows:
        return f"{found['firm']['name']}: no stock with a known price moves a date in this scenario."
    best, money = rows[0], found["firm"]["currency"]
    more = f"{best['size_weeks']:g} weeks more of {best['item']}"
    later = f"{best['line']} stops {amount(best['weeks'])} weeks later for {amount(best['purchase'])} {money}"
    return f"{found['firm']['name']}: most time per money is bought by {more}: {later}."


def _hand(row: Figures) -> str:
    """Return the arithmetic of a stock: pieces, and what they cost."""
    hand = row["hand"]
    if hand["pieces"] is None or row["purchase"] is None:
        return ""
    pieces = f"{amount(hand['use_per_week'])} a week x {row['size_weeks']:g} weeks = {amount(hand['pieces'])}"
    price = f"{hand['price_per_week']:,.0f} a week x {row['size_weeks']:g} = {row['purchase']:,.0f}"
    return f"{pieces} pieces; {price}"


def _weeks(row: Figures) -> str:
    low, high = (amount(row["weeks_range"][q]) for q in ("p10", "p90"))
    return f"{amount(row['weeks'])} ({low}\u2013{high})"


def _sections(found: Figures) -> Iterator[Section]:
    money = found["firm"]["currency"]
    rows = [
        (
            row["key"],
            row["line"],
            _weeks(row),
            "" if row["purchase"] is None else f"{row['purchase']:,.0f}",
            "" if row["weeks_per_100000"] is None else amount(row["weeks_per_100000"]),
            f"{row['saved_margin_mean']:,.0f}",
        )
        for row in found["measures"][:_TOP]
    ]
    heads = (
        "measure",
        "line",
        "stops later, weeks",
        f"purchase, {money}",
        "weeks per 100,000",
        "margin saved",
    )
    yield Section("Measures, most weeks per money first; then those without a known price", [], heads, rows)
    hand = [f"{row['key']}: {_hand(row)}" for row in found["measures"] if _hand(row)]
    yield Section("The same by hand", hand)
    if found["portfolio"]:
        yield _policy(found["portfolio"], money)


def _policy(portfolio: Figures, money: str) -> Section:
    rows = [
        (
            share_text(1.0 - one["share_left"]),
            f"{one['cost']:,.0f}",
            f"{one['worst']:,.0f}",
            f"{one['run_down']['worst']:,.0f}",
            *(amount(one["weeks"].get(item, 0.0)) for item in portfolio["items"]),
        )
        for one in portfolio["frontier"]
    ]
    heads = ("loss avoided", f"cost, {money}", "left, programme", "left, run-down", *portfolio["items"])
    lost = portfolio["run_down_nothing"]
    text = [f"without more stock: {lost['mean']:,.0f} {money} of margin lost on average, "
            f"{lost['worst']:,.0f} in the worst tenth of draws"]  # fmt: skip
    if portfolio["unpriced"]:
        text.append(f"no price is stated for {', '.join(portfolio['unpriced'])}: no stock of it is chosen")
    return Section(
        "The cheapest stocks, weeks of use more, by loss avoided in the worst tenth", text, heads, rows
    )


def firm_plan_view(answer: Answer, console: Console) -> Group:
    """Return the plan of a firm: finding, measures, arithmetic, stocks by service."""
    found = answer.answer
    parts: list[RenderableType] = [
        Text(_headline(found), style="bold"),
        Text(setting(answer), style="dim"),
        "",
    ]
    for section in _sections(found):
        if section.rows:
            parts += [titled_table(section.title, section.heads, section.rows)]
            parts += listed("", [("", line) for line in section.text], console.width)
        else:
            parts += listed(section.title, [("", line) for line in section.text], console.width)
    parts += listed("Before you cite this", [("", warning) for warning in answer.warnings], console.width)
    return Group(*parts)


def firm_plan_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return measures, then the stocks of each service, as one table."""
    return csv_text(FIRM_PLAN_COLUMNS, _rows(answer.answer))


def _rows(found: Figures) -> Iterator[dict[str, object]]:
    same = ("lever", "item", "size_weeks", "line", "purchase", "holding_per_year", "weeks_per_100000")
    for rank, row in enumerate(found["measures"], 1):
        weeks = {f"weeks_{q}": row["weeks_range"][q] for q in ("p10", "p50", "p90")}
        shared = {name: row[name] for name in same} | {"saved_margin_mean": row["saved_margin_mean"]}
        yield {"section": "measure", "rank": rank, **shared, "weeks_mean": row["weeks"], **weeks,
               "unit": found["firm"]["currency"]}  # fmt: skip
    for one in found["portfolio"]["frontier"] if found["portfolio"] else ():
        for item, weeks_more in one["weeks"].items():
            yield {"section": "stock policy", "lever": "stock", "item": item, "size_weeks": weeks_more,
                   "share_left": one["share_left"], "unit": "week"}  # fmt: skip


def firm_plan_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page."""
    context = {
        "answer": answer,
        "scenario": scenario,
        "live": live(READING),
        "headline": _headline(answer.answer),
        "place": answer.answer["firm"]["name"],
        "sections": list(_sections(answer.answer)),
        "sources": [source_cells(source) for source in answer.sources],
        "date_text": date_text,
    }
    return rendered("plan.html.j2", context)
