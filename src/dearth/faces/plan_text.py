"""A plan in words and as one tidy table, the same in the terminal and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.faces.phrases import number_text
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = [
    "PLAN_COLUMNS",
    "amount",
    "by_hand",
    "chosen_lines",
    "first_text",
    "headline",
    "lever_text",
    "plan_csv",
    "plan_lines",
    "published_text",
    "range_of",
    "span_lines",
]

Figures = Mapping[str, Any]

_TO: Final = "\u2013"
_WHOLE: Final = 100.0
_NOTHING: Final = 1e-3
_SMALL: Final = 0.05
_THOUSAND: Final = 1000.0

PLAN_COLUMNS: Final = (
    "section",
    "rank",
    "key",
    "name",
    "lever",
    "place",
    "sector",
    "quantity",
    "value_p10",
    "value_p50",
    "value_p90",
    "unit",
    "note",
)


def amount(value: float | None) -> str:
    """Return a number as short as it may be: 0.12, 3.4, 56, 7,890."""
    if value is None:
        return "?"
    size = abs(value)
    if size >= _WHOLE:
        return f"{value:,.0f}"
    if size < _SMALL:
        return f"{value:.2f}" if size >= _SMALL / 10 else "0"
    return f"{value:.2g}" if size < 1 else f"{value:.1f}"


def range_of(figures: Figures) -> str:
    """Return ``"2.3 (1.8-3.4)"``."""
    low, mid, high = (amount(figures[q]) for q in ("p10", "p50", "p90"))
    return f"{mid} ({low}{_TO}{high})"


def first_text(first: Figures, horizon: float) -> str:
    """Return when the first lines stop without and with a measure."""
    without, with_it = (
        f"{horizon:g}+" if first[key] is None else f"{first[key]:.1f}" for key in ("without", "with")
    )
    return f"{without} \u2192 {with_it}"


def by_hand(row: Figures) -> str:
    """Return the arithmetic of a measure, from the figures it was computed with."""
    hand, cost = row["hand"], f"{row['cost_musd']:.3g} MUSD"
    if row["lever"] == "second":
        return f"{hand['size']:g} sectors, one approval each: {cost}"
    if hand["price"] is None:
        return f"{amount(hand['tonnes'])} t, the stocks above together: {cost}"
    factors = f"x {hand['price']:.4g} USD/kg x {hand['carry']:.3f} = {cost}"
    if row["lever"] != "stock":
        return f"{amount(hand['tonnes'])} t/y {factors}"
    tonnes = f"{hand['flow']:.4g} t/week x {hand['size']:g} weeks = {hand['tonnes']:.4g} t"
    return f"{tonnes}; {factors}; saves {amount(hand['most'])} weeks at most"


def headline(found: Figures) -> str:
    """Return the finding in one sentence."""
    place = found["place"]["name"]
    rows = found["measures"]
    if not rows:
        return f"Nothing is held back from {place} in this scenario: no measure buys time."
    best = rows[0]
    bought = f"{amount(best['weeks']['p50'])} weeks of output of the lines it serves"
    cost = f"{amount(best['cost_musd'])} million USD"
    return f"For {place} the cheapest time is bought by {best['name']}: {bought} for {cost}."


def lever_text(one: Figures) -> str:
    """Return how much of a lever is taken and what it costs."""
    if one["unit"] == "project":
        size = "helped" if one["size"] >= 1.0 else f"helped by {one['size']:.0%}"
    else:
        size = f"{amount(one['size'])} {'weeks' if one['unit'] == 'week' else one['unit']}"
    return f"{size}, {amount(one['spending_musd'])} MUSD"


def chosen_lines(found: Figures) -> Iterator[str]:
    """Say what the cheapest portfolio costs, how near it is to the bound, and how it does elsewhere."""
    years, worst = found["years"], found["nothing"]["worst_musd"]
    chosen = found["chosen"]
    if chosen is None:
        yield "no portfolio of these levers avoids half of the damage in the worst tenth of futures"
        return
    inside, outside, gap, futures = chosen["inside"], chosen["outside"], chosen["gap"], found["futures"]
    avoided, cost = 1.0 - chosen["share_left"], amount(chosen["spending_musd"])
    yield (
        f"to avoid {avoided:.0%} of the damage in the worst tenth of {futures['inside']} futures of {years} "
        f"years ({amount(worst)} MUSD of value added without a plan): {cost} MUSD"
    )
    yield (
        f"no portfolio of whole projects costs less than {amount(chosen['bound_musd'])} MUSD there "
        f"(bound of the linear programme; rounding costs {chosen['rounding_gap']:.1%})"
    )
    yield (
        f"in {futures['outside']} other futures it costs {amount(outside['spending_musd'])} MUSD and leaves "
        f"{amount(outside['worst_musd'])} MUSD of damage in the worst tenth; where it was chosen "
        f"{amount(inside['worst_musd'])}"
    )
    yield (
        f"spending plus priced risk: {amount(gap['reached_musd'])} MUSD in other futures, bound from several "
        f"sets {amount(gap['bound_musd'])} \u00b1 {amount(gap['noise_musd'])}: gap {amount(gap['gap_musd'])}"
    )
    if network := found["in_network"]:
        before, after = (
            range_of(network["output_lost_without_musd"]),
            range_of(network["output_lost_with_musd"]),
        )
        yield (
            f"its stocks alone, in the network of this scenario from day 0: output lost {before} \u2192 "
            f"{after} MUSD; what is left comes in parts from places that hold no such stock"
        )


def plan_lines(found: Figures) -> Iterator[str]:
    """Say under which reply of the supplier each plan fails, and what of it has no effect here."""
    names = {row["key"]: row["name"] for row in found["replies"]}
    for row in found["plans"]:
        if row["key"] == "nothing":
            continue
        kept = ", ".join(f"{names[key]} {share:.0%}" for key, share in row["avoided"].items())
        fails = " and ".join(names[key] for key in row["fails_under"])
        text = f"{row['title']}: avoids {kept}"
        if row["avoided"]["none"] <= _NOTHING:
            text = f"{row['title']}: avoids nothing here"
        elif fails:
            text += f"; it fails (loses half of its effect or more) under {fails}"
        if row["without_effect_here"]:
            text += f"; without effect in this scenario: {', '.join(row['without_effect_here'])}"
        yield text


def published_text(row: Figures) -> str:
    """Return a published estimate in one line."""
    if row["value"] is not None and row["low"] is None:
        figure = number_text(row["value"])
    else:
        ends = [number_text(row[key]) for key in ("low", "high") if row[key] is not None]
        figure = _TO.join(ends)
    what = ", ".join(part for part in (row["place"], row["sector"], row["what"], row["case"]) if part)
    return f"{what}: {figure} {row['unit']} ({row['source']})"


def span_lines(cutoff: Figures) -> Iterator[tuple[str, str]]:
    """Say what all sectors together lose in the first weeks and in the whole run."""
    for name, some in cutoff["spans"].items():
        gdp = some["share_of_gdp_percent"]
        share = f", {range_of(gdp)} % of a year's GDP" if gdp else ", share of GDP unknown"
        output, added = range_of(some["output_lost_musd"]), range_of(some["value_added_lost_musd"])
        title = "whole run" if name == "run" else f"first {name} weeks"
        yield title, f"output {output} MUSD, value added {added} MUSD{share}"


def plan_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return one tidy table: measures first, then what the cut-off costs."""
    return csv_text(PLAN_COLUMNS, _rows(answer.answer))


def _cells(figures: Figures) -> dict[str, object]:
    return {f"value_{q}": figures[q] for q in ("p10", "p50", "p90")}


def _rows(found: Figures) -> Iterator[dict[str, object]]:
    yield from _measure_rows(found)
    if found["portfolio"]:
        yield from _portfolio_rows(found["portfolio"], found["place"]["key"])
    yield from _cutoff_rows(found["cutoff"])


def _measure_rows(found: Figures) -> Iterator[dict[str, object]]:
    for rank, row in enumerate(found["measures"], 1):
        shared = {name: row[name] for name in ("key", "name", "lever")}
        shared |= {"section": "measure", "rank": rank, "place": found["place"]["key"], "note": by_hand(row)}
        for name, unit in _MEASURED:
            yield {**shared, "quantity": name, **_cells(row[name]), "unit": unit}
        for name, unit in (("cost_musd", "MUSD"), ("weeks_per_100_musd", "week per 100 MUSD")):
            yield {**shared, "quantity": name, "value_p50": row[name], "unit": unit}


_MEASURED: Final = (
    ("weeks", "week"),
    ("place_weeks", "week"),
    ("cost_range_musd", "MUSD"),
    ("saved", "MUSD"),
)


def _portfolio_rows(found: Figures, place: str) -> Iterator[dict[str, object]]:
    for one in found["frontier"]:
        shared = {"section": "frontier", "key": f"{one['share_left']:g} left", "place": place}
        for name in ("spending_musd", "bound_musd", "worst_musd", "mean_musd"):
            yield {**shared, "quantity": name, "value_p50": one[name], "unit": "MUSD"}
        for lever in one["levers"]:
            note = f"{lever['spending_musd']:g} MUSD"
            yield {
                **shared, "name": lever["name"], "lever": lever["key"], "quantity": "size",
                "value_p50": lever["size"], "unit": lever["unit"], "note": note,
            }  # fmt: skip
    for row in found["plans"]:
        shared = {"section": "plan", "key": row["key"], "name": row["title"], "place": place}
        for name in _PLAN_MONEY:
            yield {**shared, "quantity": name, "value_p50": row[name], "unit": "MUSD"}
        for reply, share in row["avoided"].items():
            fails = "fails" if reply in row["fails_under"] else ""
            yield {**shared, "quantity": f"avoided, {reply}", "value_p50": share, "unit": "1", "note": fails}


_PLAN_MONEY: Final = (
    "spending_musd", "damage_mean_musd", "damage_worst_musd", "regret_mean_musd", "regret_most_musd",
)  # fmt: skip


def _cutoff_rows(cutoff: Figures) -> Iterator[dict[str, object]]:
    for row in cutoff["rows"]:
        for name, unit in (("weeks_lost", "week"), ("output_lost_musd", "MUSD")):
            shared = {"section": "cut-off", "place": row["place"], "sector": row["sector"]}
            yield {**shared, "quantity": name, **_cells(row[name]), "unit": unit}
    for row in cutoff["published"]:
        yield {
            "section": "published", "key": row["id"], "place": row["place"], "sector": row["sector"],
            "quantity": row["quantity"], "value_p10": row["low"], "value_p50": row["value"],
            "value_p90": row["high"], "unit": row["unit"], "note": f"{row['case']}; {row['source']}",
        }  # fmt: skip
