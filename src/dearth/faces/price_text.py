"""Prices in words and as one tidy table, the same in the terminal and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.axes import ELEMENTS
from dearth.calendar import date_of_week
from dearth.faces.phrases import date_text, number_text, share_text
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = [
    "CAUSES",
    "OUTSIDE",
    "PAYERS",
    "PRICE_COLUMNS",
    "SHORT",
    "TIER_NAMES",
    "Key",
    "by_key",
    "half_life_text",
    "hardly_moved",
    "headline",
    "inputs_text",
    "money",
    "money_range",
    "price_csv",
    "ranked",
    "signed",
    "stops_text",
    "thin",
    "tonnes_text",
    "week_range",
]

Figures = Mapping[str, Any]
Key = tuple[str, str, str]

OUTSIDE: Final = "outside"
TIER_NAMES: Final = {
    "china": "inside China",
    "fob": "spot, Chinese port",
    "volume-weighted": "volume-weighted",
    "quote": "spot quote",
}
# what is paid for -> how the tonnes are named
PAYERS: Final = {
    "home": "used in China, price inside",
    "contract": "exported on contract, no rent",
    "thin": "exported at the spot quote",
    "smuggled": "smuggled",
}
CAUSES: Final = {
    "cost": "cost, tax and freight",
    "scarcity": "scarcity in China",
    "rent": "licence or quota rent",
    "floor": "contract floor",
    "panic": "panic",
}
_QUANTILES: Final = ("p5", "p10", "p50", "p90", "p95")
_THIN: Final = 0.05
_FINE: Final = 0.1
_LEAST: Final = 0.001
SHORT: Final = {
    **{element: f"{element} oxide" for element in ELEMENTS},
    "Other": "other oxides",
    "magnet-light": "magnets, light",
    "magnet-heavy": "magnets, heavy",
}
_TO: Final = "\u2013"
_MINUS: Final = "\u2212"
_FIRST: Final = "Dy"  # the good that a headline is about, if it moves
_HARDLY: Final = 1.05  # times the start, below which there is no headline
_STILL: Final = 1.02
PRICE_COLUMNS: Final = (
    "good",
    "good_name",
    "place",
    "place_name",
    "tier",
    "week",
    "date",
    *(f"usd_per_kg_{q}" for q in _QUANTILES),
    "tonnes_per_week_p50",
    "share_of_tonnes_p50",
)


def money(value: float | None) -> str:
    """Return a price in USD/kg, e.g. ``"$530"``."""
    return "" if value is None else f"${number_text(value)}"


def money_range(band: Figures) -> str:
    """Return P5 to P95 of a price, e.g. ``"$247-875"``."""
    return f"{money(band['p5'])}{_TO}{number_text(band['p95'])}"


def signed(value: float) -> str:
    """Return a part of a move with its sign; what rounds to nothing is ``0``."""
    text = number_text(abs(value))
    if abs(value) < 0.05:  # noqa: PLR2004 (USD/kg, below what is shown)
        return "0"
    return f"{'+' if value > 0 else _MINUS}{text}"


def week_range(band: Figures) -> str:
    """Return weeks of P50 with P5 to P95, ``"never"`` where the price does not rise."""
    if band["p50"] is None:
        return "never"
    low, mid, high = (f"{band[q]:.0f}" for q in ("p5", "p50", "p95"))
    return mid if low == high else f"{mid} ({low}{_TO}{high})"


def half_life_text(row: Figures) -> str:
    """Return the weeks in which half of the rise goes, or that it does not within the run."""
    if row["peak"]["moved"] <= 0.5:  # noqa: PLR2004 (of the draws)
        return ""
    half = row["half_life_weeks"]["p50"]
    return "not in this run" if half is None else f"{half:.0f}"


def tonnes_text(share: float | None) -> str:
    """Return a share of tonnes, small ones to a tenth of a per cent."""
    if share is None or share <= 0:
        return "0 %"
    if share < _LEAST:
        return "<0.1 %"
    return f"{share * 100:.1f} %" if share < _FINE else f"{share * 100:.0f} %"


def thin(share: float | None) -> bool:
    """Say whether a price is paid by so few tonnes that it must not be read as the price."""
    return share is None or share < _THIN


def by_key(answer: Figures) -> dict[Key, Figures]:
    """Return the rows by good, place and tier."""
    return {(row["good"], row["place"], row["tier"]): row for row in answer["rows"]}


def ranked(answer: Figures) -> list[Figures]:
    """Return the goods, the largest rise of the quote outside over its start first."""
    rows = by_key(answer)

    def rise(good: Figures) -> tuple[float, str]:
        return -float(rows[good["good"], OUTSIDE, "quote"]["peak"]["times_start"]["p50"]), str(good["good"])

    return sorted(answer["goods"], key=rise)


def hardly_moved(answer: Figures) -> set[str]:
    """Return the goods whose spot quote outside rises by less than 2 % in the middle of the draws."""
    rows = by_key(answer)
    rises = {
        g["good"]: rows[g["good"], OUTSIDE, "quote"]["peak"]["times_start"]["p50"] for g in answer["goods"]
    }
    return {good for good, rise in rises.items() if rise < _STILL}


def _main(answer: Figures) -> Figures:
    """Return the good of the headline: dysprosium if it moves, else the one that moves most."""
    goods = ranked(answer)
    return next((g for g in goods if g["good"] == _FIRST and g["moved"] > 0.5), goods[0])  # noqa: PLR2004


def headline(answer: Figures) -> str:
    """Return the finding in two sentences: the quote with its tonnes, and what most tonnes pay."""
    good, rows = _main(answer), by_key(answer)
    quote, mean = (rows[good["good"], OUTSIDE, tier] for tier in ("quote", "volume-weighted"))
    name, peak = _capital(good["name"]), quote["peak"]
    if peak["times_start"]["p50"] < _HARDLY:
        return f"No price outside China rises by more than {(_HARDLY - 1) * 100:.0f} % (P50)."
    when = f"week {peak['week']['p50']:.0f} ({date_text(peak['date_p50'])})"
    share = tonnes_text(quote["share_of_tonnes"]["peak"]["p50"])
    first = (
        f"{name}, spot quote outside China: {money(quote['start']['p50'])} to "
        f"{money(peak['value']['p50'])}/kg in {when}, P5{_TO}P95 {money_range(peak['value'])}, "
        f"paid on {share} of the tonnes China sells"
    )
    second = f"the volume-weighted price outside peaks at {money(mean['peak']['value']['p50'])}"
    ceiling = " Read it as a ceiling, not a forecast." if good["reading"].startswith("ceiling") else ""
    return f"{first}; {second}.{ceiling}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def inputs_text(inputs: Sequence[Figures]) -> str:
    """Return the inputs whose influence chance hardly gives, strongest first."""
    told = [f"{one['id']} {one['influence']:+.2f}" for one in inputs if one["above_chance"]]
    return ", ".join(told).replace("-0.", f"{_MINUS}0.") if told else "none told from chance"


def stops_text(good: Figures) -> str:
    """Return the largest share of plan that buyers outside lose, and the week from which it is 1 %."""
    stop = good["stops"][0]
    if stop["week_1"]["p50"] is None:
        return "none"
    return f"{share_text(stop['peak']['p50'])}, from week {stop['week_1']['p50']:.0f}"


def price_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return one row per good, place, tier and week, with the tonnes beside the price."""
    start = date.fromisoformat(answer.answer["clock"]["start"])
    return csv_text(PRICE_COLUMNS, (c for row in answer.answer["rows"] for c in _points(row, start)))


def _points(row: Figures, start: date) -> Iterator[dict[str, object]]:
    path = row["path"]
    for i, week in enumerate(path["weeks"]):
        yield {
            **{key: row[key] for key in PRICE_COLUMNS[:5]},
            "week": week,
            "date": date_of_week(week, start).isoformat(),
            **{f"usd_per_kg_{q}": path[q][i] for q in _QUANTILES},
            "tonnes_per_week_p50": path["tonnes_per_week"][i],
            "share_of_tonnes_p50": path["share_of_tonnes"][i],
        }
