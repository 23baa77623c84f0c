"""A firm's countdown in words, the same in the terminal and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from dearth.faces.phrases import date_text, number_text, share_text, stop_text

__all__ = [
    "ARROW",
    "assembly_texts",
    "chain_of",
    "content_text",
    "firm_headline",
    "grouped_stocks",
    "later_text",
    "money_text",
    "month_rows",
    "moves_text",
    "rule_text",
    "ruling_texts",
    "stop_sentence",
    "supply_text",
]

ARROW: Final = " <- "
_MONTH: Final = 4
_MOVES: Final = 4
_LEAST_WEEKS: Final = 0.05
_WHOLE: Final = 100.0
_HOWS: Final = {
    "route": "",
    "makers": "as makers there fare, for this trade is not in the model",
    "none": "no such maker in the model: taken to arrive as ever",
    "unknown": "content unknown: taken to arrive as ever",
}
_MILLION: Final = 1e6

Figures = Mapping[str, Any]


def money_text(value: float | None, currency: str) -> str:
    """Return an amount of money with its currency, millions as such."""
    if value is None:
        return "unknown"
    if abs(value) >= _MILLION:
        return f"{value / _MILLION:.3g} million {currency}"
    return f"{number_text(value)} {currency}"


def stop_sentence(stop: Figures) -> str:
    """Return the days of a stop, e.g. ``"about 17 Jun 2025 (4 Jun 2025 to never), in 87 % of draws"``."""
    if stop["ever"] <= 0:
        return "never"
    days = [date_text(stop[f"date_{q}"]) for q in ("p10", "p50", "p90")]
    early, middle, late = (day or "never" for day in days)
    chance = f"in {share_text(stop['ever'])} of draws"
    if middle == "never":
        return f"{chance}, not before {early}" if early != "never" else chance
    return f"about {middle} ({early} to {late}), {chance}"


def firm_headline(answer: Figures) -> str:
    """Return the finding in one sentence."""
    lines = answer["lines"]
    ending = [row for row in lines if row["critical"] is not None]
    if not ending:
        return f"No line stops within {answer['clock']['weeks']} weeks."
    first = ending[0]
    found = first["critical"]
    name = found["supplier_name"] or found["supplier"] or found["site"]
    seller = f" from {name} ({found['place_name']})" if name else ""
    return (
        f"{first['line']} stops first, {stop_sentence(first['stop'])}, for want of {found['part']}{seller}."
    )


def chain_of(row: Figures) -> list[str]:
    """Return the critical path of a line: line, parts, supplier, material, rule."""
    found = row["critical"]
    if found is None:
        return [str(row["line"])]
    chain = [str(node) for node in found["path"]]
    if found["site"]:
        name = found["supplier_name"] or found["supplier"] or found["site"]
        chain.append(f"{name} ({found['place_name']})")
    if found["material_name"]:
        chain.append(str(found["material_name"]))
    if found["upstream"]:
        chain.append(str(found["upstream"]))
    if found["rule"]:
        chain.append(rule_text(found["rule"]))
    return chain


def rule_text(rule: Figures, most: int = 72) -> str:
    """Return a dated event in a few words."""
    what = str(rule["what"]).partition(":")[0]
    what = what if len(what) <= most else what[: most - 4].rsplit(" ", 1)[0] + " ..."
    return f"{rule['action']} since {date_text(rule['date'])}: {what}"


def moves_text(moves: Sequence[Figures]) -> str:
    """Return which lines stop later, those that hardly move left out."""
    clear = [one for one in moves if one["later"]["p50"] is None or abs(one["later"]["p50"]) >= _LEAST_WEEKS]
    if not clear:
        return "nothing in the middle draw" if moves else "nothing"
    shown = "; ".join(f"{one['line']} {later_text(one['later'])}" for one in clear[:_MOVES])
    return shown + (f"; and {len(clear) - _MOVES} more lines" if len(clear) > _MOVES else "")


def later_text(later: Figures) -> str:
    """Return by how much a stop comes later."""
    if later["p50"] is None:
        return f"gone in {share_text(later['no_longer_share'])} of the draws that had it"
    text = f"{later['p50']:+.1f} weeks"
    return text + (
        f", gone in {share_text(later['no_longer_share'])}" if later["no_longer_share"] > 0 else ""
    )


def grouped_stocks(stocks: Sequence[Figures]) -> list[tuple[list[Figures], Figures]]:
    """Return stocks that buy the same together: on one way to a line it does not matter where a week lies."""
    key = [(row, repr(row["more"])) for row in stocks]
    found = []
    for _more, same in groupby(key, key=lambda pair: pair[1]):
        rows = [row for row, _ in same]
        found.append((rows, rows[0]))
    return found


def supply_text(row: Figures) -> str:
    """Return what a source brings, and how its fate is known."""
    named = [str(material) for material in row["materials"]]
    what = (" or " if row["one_of"] else " and ").join(named) or "unknown content"
    how = _HOWS[row["how"]]
    return what + (f"; {how}" if how else "")


def assembly_texts(row: Figures, currency: str) -> Iterator[str]:
    """Yield what buying the assembly of a magnet would do, what it may cost, and on whom one then depends."""
    after = row["here_after_weeks"]
    here = f"here after {after['p50']:.0f} weeks ({after['p10']:.0f} to {after['p90']:.0f})"
    gone = max((move["later"]["no_longer_share"] for move in row["moves"]), default=0.0)
    spared = f", no stop at all in {share_text(gone)} of the draws that had one" if gone else ""
    saved = f"margin saved {money_text(row['saved_mean'], currency)} in the mean"
    yield f"{here}; stops later: {moves_text(row['moves'])}{spared}; {saved}."
    if row["worth_per_piece"] is not None:
        worth = money_text(row["worth_per_piece"], currency)
        yield f"It pays only while an assembly costs less than {worth} above its magnet: price unknown."
    if row["spend_moved_per_week"] is not None:
        yield f"Spend that moves: {money_text(row['spend_moved_per_week'], currency)} a week."
    yield f"One then depends on {row['depends_on']}: the dependence moves, it does not end."


def ruling_texts(row: Figures) -> Iterator[str]:
    """Yield the rules that decide on a magnet and on its assembly."""
    for key in ("magnet", "assembly"):
        cited = [f"{one['id']} ({one['cited']}, {date_text(one['effective'])})" for one in row["rules"][key]]
        named = "; ".join(cited) or "none that dearth holds names it"
        yield f"Rules that decide on {row[key]}: {named}."


def content_text(row: Figures) -> str:
    """Return what a part holds where the firm did not say it all."""
    if row["known"] == "unknown":
        return "unknown; not taken as none"
    spans = [f"{_span(row['magnet_grams'])} g of magnet"] if row["magnet_grams"] else []
    spans += [f"{name} {_span(grams)} g" for name, grams in row["element_grams"].items()]
    return f"{', '.join(spans)} ({row['known']})"


def _span(grams: Figures) -> str:
    low, high = (
        f"{grams[end]:.0f}" if grams[end] >= _WHOLE else f"{grams[end]:.3g}" for end in ("low", "high")
    )
    return low if low == high else f"{low} to {high}"


def month_rows(answer: Figures) -> Iterator[tuple[str, str, str]]:
    """Yield every fourth week: its day, its number, and the money at risk in it, P50 (P10 to P90)."""
    found, currency = answer["money"]["by_week"], answer["money"]["currency"]
    start = date.fromisoformat(answer["clock"]["start"])
    for week in range(_MONTH, len(found["weeks"]), _MONTH):
        low, middle, high = (found[q][week] for q in ("p10", "p50", "p90"))
        span = f"{money_text(middle, currency)} ({number_text(low)} to {number_text(high)})"
        yield date_text((start + timedelta(weeks=week)).isoformat()), str(week), span


def stop_weeks(row: Figures, horizon: float) -> str:
    """Return the weeks of a stop, as in the countdown of the world."""
    return stop_text(row["stop"], horizon)
