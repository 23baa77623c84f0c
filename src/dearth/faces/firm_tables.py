"""A firm's countdown for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dearth.answer import Answer
from dearth.faces.firm_phrases import (
    ARROW,
    assembly_texts,
    chain_of,
    content_text,
    firm_headline,
    grouped_stocks,
    money_text,
    month_rows,
    moves_text,
    ruling_texts,
    stop_sentence,
    supply_text,
)
from dearth.faces.phrases import date_text, number_text, share_text, stop_text
from dearth.faces.tables import bar, listed, plain_table, setting

__all__ = ["firm_view"]

_TOP: Final = 15
_BAR: Final = 20
_WHY: Final = 12

Figures = Mapping[str, Any]


def firm_view(answer: Answer, console: Console) -> Group:
    """Return when lines stop and why, the money, what stock is worth, and what it rests on."""
    found, width = answer.answer, console.width
    parts: list[RenderableType] = [
        Text(str(found["firm"]["name"]), style="dim"),
        Text(firm_headline(found), style="bold"),
        Text(_setting(answer), style="dim"),
        "",
    ]
    parts += [_lines(found, ascii_only=console.options.ascii_only), ""]
    parts += listed("Why", _reasons(found["lines"]), width)
    parts += _money(found)
    parts += _stocks(found)
    parts += listed("The assembly instead of the magnet", _assemblies(found), width)
    parts += listed("Applications for licences", _licences(found["licences"]), width)
    if found["suppliers"]:
        parts += [_suppliers(found["suppliers"], float(found["clock"]["weeks"])), ""]
    parts += listed("Filled from the data book", _contents(found["contents"]), width)
    parts += listed("Suppliers beside the data book", _matches(found["matches"]), width)
    parts += listed("Before you cite this", [("", warning) for warning in answer.warnings], width)
    return Group(*parts)


def _setting(answer: Answer) -> str:
    clock = answer.answer["clock"]
    return f"Stocks and week 0: {date_text(clock['start'])}. {setting(answer)}"


def _lines(found: Figures, *, ascii_only: bool) -> Table:
    horizon = float(found["clock"]["weeks"])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("line", ratio=1, min_width=16, overflow="fold")
    table.add_column(f"week 0{'':{_BAR - 9}}{horizon:>3g}", width=_BAR, no_wrap=True)
    table.add_column("stops, week", width=17)
    table.add_column("about", width=11)
    table.add_column("chance", width=6, justify="right")
    for row in found["lines"][:_TOP]:
        stop = row["stop"]
        table.add_row(
            Text(str(row["line"]), style="bold"),
            bar(stop, horizon, _BAR, ascii_only=ascii_only),
            stop_text(stop, horizon),
            date_text(stop["date_p50"]),
            share_text(stop["ever"]),
        )
    return table


def _reasons(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows[:_WHY]:
        if row["critical"] is None:
            yield f"{row['line']}: ", str(row["never"])
            continue
        share = row["critical"]["share"]
        sure = "" if share >= 1 else f" (in {share_text(share)} of its stops)"
        yield "", ARROW.join(chain_of(row)) + sure
        guess = row["if_unknown"]
        if guess and guess["p50"] != row["stop"]["p50"]:
            yield "  ", f"if parts of unknown content held heavy magnets: {stop_sentence(guess)}"


def _money(found: Figures) -> list[RenderableType]:
    money = found["money"]
    currency, total = money["currency"], money["total"]
    rows = list(month_rows(found))
    if not total["p90"]:
        return []
    head = (
        f"Money at risk: {money_text(total['p50'], currency)} of margin over {found['clock']['weeks']} weeks "
        f"({money_text(total['p10'], currency)} to {money_text(total['p90'], currency)})"
    )
    table = plain_table("", ("in the week of", "week", "margin at risk, P50 (P10 to P90)"), rows)
    return [Text(head, style="bold"), table, *map(Text, _beside(money)), ""]


def _beside(money: Figures) -> Iterator[str]:
    """Yield what is not in the margin lost."""
    owed = money["penalties"]
    if owed["p90"]:
        middle, high = (money_text(owed[q], money["currency"]) for q in ("p50", "p90"))
        yield f"  penalties of contracts come on top: {middle} (P90 {high})"
    if money["margin_unknown"]:
        yield f"  margin unknown, not counted: {', '.join(money['margin_unknown'])}"


def _stocks(found: Figures) -> list[RenderableType]:
    currency = found["money"]["currency"]
    rows = []
    for same, one in grouped_stocks(found["stocks"])[:_TOP]:
        for number, more in enumerate(one["more"]):
            names = ", or ".join(f"{row['item']} ({number_text(row['weeks_at_hand'])})" for row in same)
            moves = moves_text(more["moves"])
            weeks = f"{more['weeks']:g}"
            rows.append(
                (names if number == 0 else "", weeks, moves, money_text(more["saved_mean"], currency))
            )
    if not rows:
        return []
    columns = ("stock (weeks at hand)", "weeks more", "stops later, P50", "saves, mean")
    return [plain_table("What more stock buys, on the day of the stocks", columns, rows), ""]


def _assemblies(found: Figures) -> Iterator[tuple[str, str]]:
    currency = found["money"]["currency"]
    for row in found["assemblies"]:
        yield f"{row['part']}: ", " ".join(assembly_texts(row, currency))
    for text in dict.fromkeys(text for row in found["assemblies"] for text in ruling_texts(row)):
        yield "", text
    for row in found["assemblies"][:1]:
        yield "", f"{row['reported']['what']} ({row['reported']['source']})."
        yield "", "Whether your own goods come under a rule: `dearth licence`, your supplier and counsel."


def _licences(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows:
        what = f"{number_text(row['quantity'])} of {row['part']}, {row['status']}"
        what += f", filed {date_text(row['filed'])}"
        if not row["counts"]:
            yield f"{row['id']}: ", f"{what}; this scenario asks for none there, or the material is unknown"
            continue
        day = stop_sentence(row["leaves"])
        yield f"{row['id']}: ", f"{what}; covers {row['covers_weeks']:.1f} weeks of use, may leave {day}"


def _suppliers(rows: Sequence[Figures], horizon: float) -> Table:
    cells = []
    for row in rows:
        stop = row["first_short"]
        short = stop_text(stop, horizon)
        where = f"{row['part']}: {row['site']}, {row['place_name']}"
        cells.append((where, supply_text(row), share_text(row["share"]), short))
    columns = ("part and site", "what the model follows", "share", "short from week")
    return plain_table("What suppliers still get", columns, cells)


def _contents(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows:
        yield f"{row['part']}: ", content_text(row)


def _matches(rows: Sequence[Figures]) -> Iterator[tuple[str, str]]:
    for row in rows:
        if row["confirmed"]:
            yield f"{row['name']}: ", f"{row['confirmed']}, confirmed by you"
        elif row["candidates"]:
            near = "; ".join(
                f"{one['facility']} ({one['how']}, {one['score']:g})" for one in row["candidates"]
            )
            yield f"{row['name']}: ", f"{near}; {row['wording']}"
    lone = [str(row["name"]) for row in rows if not row["confirmed"] and not row["candidates"]]
    if lone:
        yield "no facility found for: ", "; ".join(lone)
