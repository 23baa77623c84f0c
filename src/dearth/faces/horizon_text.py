"""The horizon in words and as one tidy table, the same in the terminal and in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.faces.phrases import number_text, share_text
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = [
    "BUYERS",
    "ELEMENT_NAMES",
    "HORIZON_COLUMNS",
    "LINK_NAMES",
    "OUTSIDE",
    "PLAYS",
    "STAGES",
    "by_key",
    "chance_text",
    "choke_text",
    "forecast_lines",
    "headline",
    "horizon_csv",
    "money_text",
    "record_lines",
    "share_band",
    "span_text",
    "tested_lines",
    "when_text",
]

Figures = Mapping[str, Any]

_TO: Final = "\u2013"
OUTSIDE: Final = "outside"
ELEMENT_NAMES: Final = {
    "NdPr": "neodymium and praseodymium",
    "Dy": "dysprosium",
    "Tb": "terbium",
    "Sm": "samarium",
    "Gd": "gadolinium",
    "Y": "yttrium",
    "La": "lanthanum",
    "Ce": "cerium",
}
BUYERS: Final = {
    OUTSIDE: "all outside China",
    "JPN": "Japan",
    "EUR": "Europe",
    "USA": "United States",
    "IND": "India",
    "KOR": "Korea",
    "ROW": "rest of world",
}
LINK_NAMES: Final = {"mine": "ore", "separation": "oxide", "metal": "metal", "magnet": "magnet"}
PLAYS: Final = {"unused": "unused", "once": "used once", "limit": "to the limit"}
STAGES: Final = {
    "announced": "announced",
    "financed": "money found",
    "commissioned": "makes product",
    "ramped": "at its plateau",
}
_CSV_QUANTILES: Final = ("p10", "p50", "p90")
HORIZON_COLUMNS: Final = (
    *("element", "link", "buyer", "buyer_name", "year"),
    *(f"survives_{q}" for q in _CSV_QUANTILES),
    *(f"half_life_years_{q}" for q in _CSV_QUANTILES),
    *(f"first_year_at_or_below_50_{q}" for q in _CSV_QUANTILES),
    *("weeks_to_half_now_p50", "rent_now_musd_p50", "need_now_t_p50"),
)


def by_key(found: Figures) -> dict[tuple[str, str, str], Figures]:
    """Return the rows by element, link and buyer."""
    return {(r["element"], r["link"], r["buyer"]): r for r in found["rows"]}


def span_text(band: Figures, years: float) -> str:
    """Return ``"9 (6-20+)"`` for years P50 with P10 and P90; ``20+`` is beyond the horizon."""

    def one(value: float | None) -> str:
        return f"{years:g}+" if value is None else f"{value:.0f}"

    low, mid, high = (one(band[q]) for q in _CSV_QUANTILES)
    return mid if low == high else f"{mid} ({low}{_TO}{high})"


def when_text(band: Figures, last: float) -> str:
    """Return a first year with its range; ``after 2046`` where most draws never get there."""
    if band["p10"] is None:
        return f"after {last:.0f}"
    mid = f"after {last:.0f}" if band["p50"] is None else f"{band['p50']:.0f}"
    high = "later" if band["p90"] is None else f"{band['p90']:.0f}"
    return mid if f"{band['p10']:.0f}" == mid == high else f"{mid} ({band['p10']:.0f}{_TO}{high})"


def share_band(band: Figures) -> str:
    """Return a share P50 with P10 to P90."""
    low, mid, high = (share_text(band[q]) for q in _CSV_QUANTILES)
    return mid if low == high else f"{mid} ({low.removesuffix(' %')}{_TO}{high.removesuffix(' %')})"


def money_text(band: Figures) -> str:
    """Return MUSD, P50 with P10 to P90."""
    low, mid, high = (number_text(band[q]) for q in _CSV_QUANTILES)
    return f"${mid}m ({low}{_TO}{high})"


def chance_text(chance: Figures) -> str:
    """Return the chances of a project by year, or that it runs."""
    years = [key for key in chance if key.startswith("by_")]
    if years and all(chance[key] >= 1.0 for key in years):
        return "runs"
    return ", ".join(f"{key[3:]}: {share_text(chance[key])}" for key in years)


def choke_text(element: Figures) -> str:
    """Return the link at which most draws are scarcest in ten years, and how many draws that is."""
    shares = element["chokepoint"]["in_ten_years"]
    link = max(shares, key=lambda name: shares[name])
    return f"{LINK_NAMES[link]} ({share_text(shares[link])})"


def headline(found: Figures) -> str:
    """Return the finding in one or two sentences."""
    last, first = found["clock"]["years"][-1], found["clock"]["years"][0]
    row = by_key(found)["Dy", "separation", OUTSIDE]
    dy = next(e for e in found["elements"] if e["element"] == "Dy")
    calm, limit = (dy["plays"][p]["first_year_at_or_below"]["50"] for p in ("unused", "limit"))
    ever = "in no draw" if calm["ever"] == 0.0 else f"in {share_text(calm['ever'])} of draws"
    return (
        f"Dysprosium: in {first:.0f} {share_text(row['survives']['now']['p50'])} of the oxide that buyers "
        f"outside China "
        f"need would survive the loss of the supplier; down to the magnet, more than half survives by "
        f"{last:.0f} {ever} "
        f"if the card stays unused, and in {share_text(limit['ever'])} of draws if it is played to the limit."
    )


def record_lines(found: Figures) -> list[tuple[str, str]]:
    """Return what was withheld and conceded, one line each: episode, and the rest."""
    lines = []
    for row in found["record"]:
        weeks = "" if row["weeks"] is None else f", {row['weeks']:g} weeks"
        lines.append((f"{row['episode']} ({row['from']} to {row['to']}{weeks}): ", row["conceded"]))
    return lines


def tested_lines(found: Figures) -> list[tuple[str, str]]:
    """Return the back-test in lines."""
    test = found["back_test"]
    counted = [
        (
            f"by {line['year']}: ",
            f"foretold {line['mean']:.1f} (P10{_TO}P90 {line['p10']}{_TO}{line['p90']}) of {line['n']}, "
            f"happened {line['happened']}; their own plans said {line['as_announced']} of {line['dated']} "
            f"dated",
        )
        for line in test["by_year"]
    ]
    scores = [
        (
            f"Brier score, {line['cases']}: ",
            f"base rates {line['chance']:.3f} (n {line['n_chance']}), as announced "
            f"{line['as_announced']:.3f} "
            f"(n {line['n_as_announced']}), eight years {line['eight_years']:.3f} (n "
            f"{line['n_eight_years']})",
        )
        for line in test["brier"]
    ]
    constant = test["constant"]
    same = share_text(constant["chance"])
    even = f"{same} for every plan and year scores {constant['brier']:.3f} (n {constant['n']})"
    slips = [
        (
            f"slip of those that started, {s['cohort']}: ",
            f"mean {s['mean']:.1f}, median {s['median']:g} years (n {s['n']})",
        )
        for s in test["slips"]
        if s["n"]
    ]
    ahead = [
        (
            f"foretold on 1 January 2016 for {line['year']}: ",
            f"{line['mean']:.1f} (P10{_TO}P90 {line['p10']}{_TO}{line['p90']}) of {line['n']} still waiting, "
            f"happened {line['happened']}",
        )
        for line in test["forward"]
    ]
    return [*counted, *scores, ("a constant: ", even), *ahead, *slips]


def forecast_lines(found: Figures) -> list[tuple[str, str]]:
    """Return published forecasts beside our runs."""
    lines = []
    for row in found["forecasts"]["rows"]:
        figure = _figure(row)
        ours = _ours(row)
        seen = f"; {row['outcome']}: {row['observed']}" if row["observed"] else f"; {row['outcome']}"
        lines.append((f"{row['who']}, {row['made_on']}: ", f"{row['says']}: {figure}{ours}{seen}"))
    return lines


def _figure(row: Figures) -> str:
    if row["quantity"] == "year-power-gone":
        return f"{row['value']:.0f}"
    ends = [row[c] for c in ("low", "value", "high") if row[c] is not None]
    text = _TO.join(number_text(v) for v in dict.fromkeys(ends))
    return f"{text} {row['unit']} ({row['due']})"


def _ours(row: Figures) -> str:
    if row["ours"]:
        base, plan = row["ours"]["base_rates"], row["ours"]["as_announced"]
        return f"; ours {share_band(base)}, all plans as announced {share_band(plan)}"
    if row["chance_met"]:
        met = [f"{e} {share_text(row['chance_met'][e])}" for e in ("NdPr", "Dy", "Y")]
        return f"; our chance that it is met: {', '.join(met)}"
    return ""


def horizon_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return one row per element, link, buyer and year; what lies beyond the years is empty."""
    return csv_text(HORIZON_COLUMNS, _cells(answer.answer))


def _cells(found: Figures) -> Iterator[dict[str, object]]:
    years: Sequence[float] = found["clock"]["years"]
    for row in found["rows"]:
        shared = {
            **{key: row[key] for key in ("element", "link", "buyer")},
            "buyer_name": BUYERS[row["buyer"]],
            **{f"half_life_years_{q}": row["half_life_years"][q] for q in _CSV_QUANTILES},
            **{
                f"first_year_at_or_below_50_{q}": row["first_year_at_or_below"]["50"][q]
                for q in _CSV_QUANTILES
            },
            "weeks_to_half_now_p50": row["weeks_to_half"]["now"]["p50"],
            "rent_now_musd_p50": row["rent_musd"]["now"]["p50"],
            "need_now_t_p50": row["need_t"]["p50"],
        }
        path = row["survives"]["path"]
        for i, year in enumerate(years):
            yield {**shared, "year": int(year), **{f"survives_{q}": path[q][i] for q in _CSV_QUANTILES}}
