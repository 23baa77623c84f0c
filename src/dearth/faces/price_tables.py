"""Prices for the terminal: tiers with their tonnes, what moved them, what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dearth.answer import Answer
from dearth.faces.price_text import (
    OUTSIDE,
    SHORT,
    TIER_NAMES,
    by_key,
    half_life_text,
    hardly_moved,
    headline,
    inputs_text,
    money,
    money_range,
    ranked,
    signed,
    stops_text,
    thin,
    tonnes_text,
    week_range,
)
from dearth.faces.tables import listed, setting

__all__ = ["price_view", "tonnes_bar"]

_BAR: Final = 8
_SHOWN: Final = ("quote", "volume-weighted", "china")
_CAUSES: Final = ("cost", "scarcity", "rent", "panic")
_WIDE: Final = 110

Figures = Mapping[str, Any]


def tonnes_bar(share: float | None, width: int = _BAR, *, ascii_only: bool = False) -> Text:
    """Return a bar of the share of tonnes: a price on few tonnes looks thin."""
    full, none, sliver = ("#", ".", ":") if ascii_only else ("█", "·", "▏")
    size = 0.0 if share is None else share * width
    cells = int(size + 0.5)
    marks = full * cells if cells else (sliver if size > 0.0 else "")
    text = Text(marks, style="yellow" if thin(share) else "green")
    return text.append(none * (width - len(marks)), style="dim")


def _table(*columns: tuple[str, dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for name, options in columns:
        table.add_column(name, **options)
    return table


def _prices(found: Figures, goods: Sequence[Figures], console: Console) -> Table:
    """Return three lines a good, one a tier; thin quotes are pale."""
    plain = console.options.ascii_only
    wide: list[tuple[str, dict[str, Any]]] = [
        ("half-life", {"justify": "right"}),
        ("end", {"justify": "right"}),
    ]
    table = _table(
        ("USD/kg", {"ratio": 1, "min_width": 17}),
        ("start", {"justify": "right"}),
        ("peak", {"justify": "right"}),
        (f"P5{chr(0x2013)}P95", {"width": 13, "no_wrap": True}),
        ("week", {"width": 13, "no_wrap": True}),
        ("share of tonnes", {"width": 15, "no_wrap": True}),
        *(wide if console.width >= _WIDE else []),
    )
    rows = by_key(found)
    for good in goods:
        name = good["name"] if console.width >= _WIDE else SHORT[good["good"]]
        table.add_row(Text(name, style="bold"))
        for tier in _SHOWN:
            row = rows[good["good"], "CHN" if tier == "china" else OUTSIDE, tier]
            table.add_row(*_cells(row, wide=console.width >= _WIDE, plain=plain))
    return table


def _cells(row: Figures, *, wide: bool, plain: bool) -> list[Text]:
    share, peak = row["share_of_tonnes"]["peak"]["p50"], row["peak"]
    bare = row["tier"] == "china" and not share
    style = "dim" if thin(share) and not bare else ""
    tonnes = Text("not counted", style="dim") if bare else tonnes_bar(share, ascii_only=plain)
    if not bare:
        tonnes.append(f" {tonnes_text(share)}", style=style)
    more = [half_life_text(row), money(row["end"]["p50"])] if wide else []
    texts = [
        f"  {TIER_NAMES[row['tier']]}",
        money(row["start"]["p50"]),
        money(peak["value"]["p50"]),
        money_range(peak["value"]),
        week_range(peak["week"]),
    ]
    return [*(Text(t, style=style) for t in texts), tonnes, *(Text(t, style=style) for t in more)]


def _moves(goods: Sequence[Figures]) -> Table:
    right = {"justify": "right"}
    table = _table(
        ("spot quote", {"ratio": 1, "min_width": 12}),
        ("move", right),
        *((name, right) for name in _CAUSES),
        ("per value", {"width": 13, "no_wrap": True}),
    )
    for good in goods:
        move = good["moves"]["quote"]
        ceiling = good["reading"].startswith("ceiling")
        table.add_row(
            Text(SHORT[good["good"]]),
            signed(move["move"]),
            *(signed(move["causes"][name]) for name in _CAUSES),
            Text(
                f"{good['peak_to_value']['p50']:.2f}{' ceiling' if ceiling else ''}",
                style="yellow" if ceiling else "",
            ),
        )
    return table


def _rest(goods: Sequence[Figures]) -> Table:
    table = _table(
        ("good", {"min_width": 12, "no_wrap": True}),
        ("plan lost outside", {"width": 21}),
        ("inputs that matter most to the peak", {"ratio": 1, "overflow": "fold"}),
    )
    for good in goods:
        table.add_row(
            Text(SHORT[good["good"]]), stops_text(good), Text(inputs_text(good["sensitivity"]["quote"]))
        )
    return table


def _still(goods: Sequence[Figures]) -> list[RenderableType]:
    if not goods:
        return []
    names = ", ".join(good["name"] for good in goods)
    return [Text(f"Hardly moved by this scenario: {names}.", style="dim"), ""]


def price_view(answer: Answer, console: Console) -> Group:
    """Return prices as one likes to read them: finding, tiers with tonnes, causes, inputs, warnings."""
    found = answer.answer
    goods, still = ranked(found), hardly_moved(found)
    moving = [g for g in goods if g["good"] not in still]
    parts: list[RenderableType] = [
        Text(headline(found), style="bold"),
        Text(setting(answer), style="dim"),
        "",
        *_still([g for g in goods if g not in moving]),
    ]
    if moving:
        parts += [Text(_LEGEND, style="dim"), "", _prices(found, moving, console), ""]
        parts += [Text(_MOVES, style="dim"), "", _moves(moving), "", _rest(moving), ""]
    parts += listed(
        "How far to trust a peak", [(f"{g['name']}: ", g["sentence"]) for g in moving], console.width
    )
    parts += listed("Before you cite this", [("", warning) for warning in answer.warnings], console.width)
    return Group(*parts)


_LEGEND: Final = (
    "Outside China unless it says inside. Peak is P50 of the draws. Share of tonnes: of all that China sold "
    "of the good, at home and abroad, in the four weeks to the peak; volume-weighted counts all exports."
)
_MOVES: Final = (
    "What moved the spot quote to its peak, USD/kg, mean of the draws. Cost: expected price, tax, freight. "
    "Scarcity: stock cover inside China. Rent: licence or quota. Panic: what precautionary orders add. "
    "Per value: d ln(peak) / d ln(value at stake); above 0.5 the peak is a ceiling, not a forecast."
)
