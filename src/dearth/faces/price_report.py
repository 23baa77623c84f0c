"""Prices as one self-contained HTML file: nothing is loaded, and it can be read where no script runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.baked import CHARTS, answer_data, live
from dearth.faces.page import rendered, source_cells
from dearth.faces.phrases import date_text, number_text, share_text
from dearth.faces.price_charts import causes_chart, fan_chart
from dearth.faces.price_text import (
    CAUSES,
    OUTSIDE,
    PAYERS,
    TIER_NAMES,
    Key,
    by_key,
    half_life_text,
    hardly_moved,
    headline,
    money,
    money_range,
    ranked,
    signed,
    stops_text,
    thin,
    tonnes_text,
    week_range,
)
from dearth.world.scenario import Scenario

__all__ = ["price_html"]

Figures = Mapping[str, Any]

_CHARTED: Final = {"china": "CHN", "volume-weighted": OUTSIDE, "quote": OUTSIDE}
_ANSWERS: Final = {
    "quote": "peak of the spot quote",
    "volume-weighted": "peak of the volume-weighted price",
    "china": "peak inside China",
    "stopped": "share of plan lost outside",
}
_LINES: Final = {
    "home": "price inside China",
    "contract": "volume-weighted price outside",
    "thin": "spot quote outside, with its bands",
}
_PARTS: Final = ("anchor", "tax", "freight", "scarcity", "licence", "quota", "floor", "panic")
_NARROWEST: Final = 0.4  # per cent of a bar that can still be seen


def _card(good: Figures, rows: Mapping[Key, Figures], start: date) -> dict[str, Any]:
    """Return one good with its two charts and the tonnes behind them."""
    tiers = {tier: rows[good["good"], place, tier] for tier, place in _CHARTED.items()}
    quote = tiers["quote"]
    peak, share = quote["peak"], tonnes_text(quote["share_of_tonnes"]["peak"]["p50"])
    says = (
        f"{money(quote['start']['p50'])} to {money(peak['value']['p50'])}/kg "
        f"(P5\u2013P95 {money_range(peak['value'])}), {date_text(peak['date_p50'])}, on {share} of tonnes"
    )
    return {
        "name": good["name"],
        "says": says,
        "reading": good["reading"],
        "ceiling": good["reading"].startswith("ceiling"),
        "sentence": good["sentence"],
        "alt": f"{good['name']}: price over time by tier. Spot quote outside China {says}.",
        "fan": fan_chart(tiers, start),
        "causes": causes_chart(good["over_time"], start),
        "causes_alt": f"{good['name']}: what moved the spot quote over time. {_causes_text(good)}",
        "payers": _payers(good),
        "tiers": [{**_price(row), "tier": tier} for tier, row in tiers.items()],
    }


def _causes_text(good: Figures) -> str:
    causes = good["moves"]["quote"]["causes"]
    return (
        "At the peak: " + ", ".join(f"{CAUSES[c]} {signed(v)}" for c, v in causes.items() if v) + " USD/kg."
    )


def _payers(good: Figures) -> list[dict[str, Any]]:
    """Return who pays what at the peak, as shares of the tonnes that China sold."""
    shares = {name: good["payers"][name]["peak"]["p50"] or 0.0 for name in PAYERS}
    total = sum(shares.values()) or 1.0
    return [
        {"key": name, "name": PAYERS[name], "text": tonnes_text(share), "size": round(100 * share / total, 2)}
        for name, share in shares.items()
        if 100 * share / total > _NARROWEST / 100
    ]


def _price(row: Figures) -> dict[str, Any]:
    """Return one row of the table of prices as text."""
    peak, share = row["peak"], row["share_of_tonnes"]["peak"]["p50"]
    uncounted = row["tier"] == "china" and not share
    return {
        "good": row["good_name"],
        "place": row["place_name"],
        "tier_name": TIER_NAMES[row["tier"]],
        "start": money(row["start"]["p50"]),
        "peak": money(peak["value"]["p50"]),
        "range": money_range(peak["value"]),
        "week": week_range(peak["week"]),
        "date": date_text(peak["date_p50"]),
        "half": half_life_text(row),
        "end": money(row["end"]["p50"]),
        "tonnes": "not counted" if uncounted else number_text(row["tonnes_per_week"]["peak"]["p50"]),
        "share": "" if uncounted else tonnes_text(share),
        "thin": thin(share) and not uncounted,
        "size": 0 if share is None else round(100 * share, 2),
    }


def _moves(good: Figures) -> list[dict[str, Any]]:
    return [
        {
            "name": good["name"],
            "tier": TIER_NAMES[tier],
            "start": money(move["start"]),
            "move": signed(move["move"]),
            "parts": [signed(move["parts"][part]) for part in _PARTS],
        }
        for tier, move in good["moves"].items()
    ]


def _trust(good: Figures) -> dict[str, Any]:
    slope, value = good["peak_to_value"], good["value_at_stake"]
    return {
        "name": good["name"],
        "value": f"{money(value['p50'])} ({money_range(value)})",
        "slope": f"{slope['p50']:.2f} ({slope['p5']:.2f}\u2013{slope['p95']:.2f})",
        "rent": f"{good['peak_to_rent_law']['p50']:.2f}",
        "reading": good["reading"],
        "ceiling": good["reading"].startswith("ceiling"),
        "sentence": good["sentence"],
        "stops": stops_text(good),
    }


def _stops(good: Figures) -> dict[str, Any]:
    return {
        "name": good["name"],
        "places": [
            {
                "peak": share_text(stop["peak"]["p50"]),
                "week": "" if stop["week_1"]["p50"] is None else f"week {stop['week_1']['p50']:.0f}",
            }
            for stop in good["stops"]
        ],
    }


def _inputs(good: Figures) -> list[dict[str, Any]]:
    """Return the inputs of each headline answer of a good; those that chance may give are marked."""
    return [
        {"name": good["name"], "answer": _ANSWERS[answer], "inputs": [_input(one) for one in found]}
        for answer, found in good["sensitivity"].items()
        if found
    ]


def _input(one: Figures) -> dict[str, Any]:
    return {**source_cells(one), "rho": f"{one['influence']:+.2f}", "sure": one["above_chance"]}


def _split(rows: Sequence[Figures]) -> dict[str, list[dict[str, Any]]]:
    near = [row for row in rows if row["place"] in {"CHN", OUTSIDE}]
    return {
        "rows": [_price(row) for row in near],
        "places": [_price(row) for row in rows if row["place"] not in {"CHN", OUTSIDE}],
    }


def _context(answer: Answer, scenario: Scenario | None) -> dict[str, Any]:
    found = answer.answer
    start, rows, goods = date.fromisoformat(found["clock"]["start"]), by_key(found), ranked(found)
    still = hardly_moved(found)
    moving = [good for good in goods if good["good"] not in still]
    return {
        "answer": answer,
        "scenario": scenario,
        "live": live(CHARTS, answer_data(answer)),
        "headline": headline(found),
        "start": date_text(start.isoformat()),
        "as_of": date_text(answer.as_of),
        "horizon": f"{found['clock']['weeks']:g}",
        "residual": f"{found['mass']['worst_residual']:.1e}",
        "cards": [_card(good, rows, start) for good in moving],
        "still": [good["name"] for good in goods if good["good"] in still],
        "causes": CAUSES,
        "lines": _LINES,
        "payers": PAYERS,
        **_split(found["rows"]),
        "part_names": _PARTS,
        "moves": [line for good in moving for line in _moves(good)],
        "trust": [_trust(good) for good in goods],
        "stop_places": [stop["place_name"] for stop in goods[0]["stops"]],
        "stops": [_stops(good) for good in goods],
        "inputs": [line for good in moving for line in _inputs(good)],
        "fixed": [{**source_cells(row), "fixes": row["fixes"]} for row in found["by_construction"]],
        "sources": [source_cells(source) for source in answer.sources],
        "date_text": date_text,
    }


def price_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    answer
        Of the study price.
    scenario
        When given, its events are listed with their sources.
    """
    return rendered("price.html.j2", _context(answer, scenario))
