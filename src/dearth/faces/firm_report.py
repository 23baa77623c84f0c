"""A firm's countdown as one self-contained HTML file: inline style and SVG, no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.firm_phrases import (
    assembly_texts,
    chain_of,
    content_text,
    firm_headline,
    grouped_stocks,
    money_text,
    moves_text,
    ruling_texts,
    stop_sentence,
    supply_text,
)
from dearth.faces.page import date_ticks, rendered, source_cells
from dearth.faces.phrases import date_text, number_text, share_text, stop_text
from dearth.faces.price_charts import PLOT, nice_top
from dearth.faces.report import track
from dearth.world.scenario import Scenario

__all__ = ["firm_html"]

_SPARK: Final = (96.0, 20.0)

Figures = Mapping[str, Any]


def firm_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    answer
        Of the study firm.
    scenario
        When given, its events are listed with their sources.
    """
    return rendered("firm.html.j2", _context(answer, scenario))


def _context(answer: Answer, scenario: Scenario | None) -> dict[str, Any]:
    found, clock = answer.answer, answer.answer["clock"]
    start, horizon = date.fromisoformat(clock["start"]), float(clock["weeks"])
    currency = found["firm"]["currency"]
    ticks = date_ticks(start, horizon, first_year=False)
    return {
        "answer": answer,
        "scenario": scenario,
        "headline": firm_headline(found),
        "start": date_text(clock["start"]),
        "as_of": date_text(answer.as_of),
        "horizon": f"{horizon:g}",
        "ticks": [(round(100 * at, 3), label) for at, label in ticks],
        "bars": [_bar(row, horizon) for row in found["lines"]],
        "money": _money(found, start),
        "rows": [_row(row, horizon, currency) for row in found["lines"]],
        "stocks": [_stock(same, one, currency) for same, one in grouped_stocks(found["stocks"])],
        "suppliers": [_supplier(row) for row in found["suppliers"]],
        "assemblies": [_assembly(row, currency) for row in found["assemblies"]],
        "assembly_rules": _rules(found["assemblies"]),
        "licences": [_licence(row) for row in found["licences"]],
        "contents": [{"part": row["part"], "text": content_text(row)} for row in found["contents"]],
        "matches": [_match(row) for row in found["matches"]],
        "sources": [source_cells(source) for source in answer.sources],
        "residual": f"{found['mass']['worst_residual']:.1e}",
        "date_text": date_text,
    }


def _bar(row: Figures, horizon: float) -> dict[str, Any]:
    return {
        "name": row["line"],
        "description": row["description"],
        "text": "" if row["stop"]["p50"] is None else stop_text(row["stop"], horizon),
        "date": date_text(row["stop"]["date_p50"]),
        "chance": share_text(row["stop"]["ever"]),
        "chain": chain_of(row)[1:],
        "never": row["never"] or "",
        **track(row["stop"], horizon),
    }


def _row(row: Figures, horizon: float, currency: str) -> dict[str, Any]:
    guess = row["if_unknown"]
    return {
        "line": row["line"],
        "description": row["description"],
        "stop": stop_text(row["stop"], horizon),
        "says": stop_sentence(row["stop"]),
        "lost": _weeks_text(row["weeks_lost"]),
        "margin": money_text(row["margin_per_week"], currency),
        "why": " ← ".join(chain_of(row)[1:]) or str(row["never"] or ""),
        "guess": "" if guess is None or guess["p50"] == row["stop"]["p50"] else stop_sentence(guess),
        "url": _url(row),
    }


def _url(row: Figures) -> str:
    rule = (row["critical"] or {}).get("rule") or {}
    url = str(rule.get("url") or "")
    return url if url.startswith(("https://", "http://")) else ""


def _weeks_text(figures: Figures) -> str:
    low, middle, high = (f"{figures[q]:.1f}" for q in ("p10", "p50", "p90"))
    return f"{middle} ({low}\u2013{high})"


def _money(found: Figures, start: date) -> dict[str, Any] | None:
    """Return the chart of money at risk by week; None: there is none."""
    money, path = found["money"], found["money"]["by_week"]
    if not money["total"]["p90"]:
        return None
    currency, top = money["currency"], nice_top(max(path["p90"]))
    weeks = path["weeks"]
    return {
        "total": money_text(money["total"]["p50"], currency),
        "range": " to ".join(money_text(money["total"][q], currency) for q in ("p10", "p90")),
        "owed": money_text(money["penalties"]["p50"], currency) if money["penalties"]["p90"] else "",
        "owed_high": money_text(money["penalties"]["p90"], currency),
        "unknown": ", ".join(money["margin_unknown"]),
        "axes": _axes(start, weeks[-1], top, currency),
        "band": _area(weeks, path["p90"], path["p10"], top),
        "line": _line(weeks, path["p50"], top),
    }


def _axes(start: date, horizon: float, top: float, currency: str) -> dict[str, Any]:
    left, right = _MONEY["left"], _MONEY["width"] - _MONEY["right"]
    return {
        "width": _MONEY["width"],
        "height": _MONEY["height"],
        "left": left,
        "right": right,
        "bottom": _MONEY["height"] - _MONEY["bottom"],
        "x": [
            (round(left + (right - left) * at, 1), label) for at, label in date_ticks(start, horizon, most=6)
        ],
        "y": [(round(_y(value, top), 1), money_text(value, currency)) for value in (0.0, top / 2, top)],
    }


_MONEY: Final = {**PLOT, "width": 720.0, "height": 200.0, "left": 92.0}


def _x(week: float, last: float) -> float:
    return _MONEY["left"] + (_MONEY["width"] - _MONEY["left"] - _MONEY["right"]) * week / max(last, 1.0)


def _y(value: float, top: float) -> float:
    height = _MONEY["height"] - _MONEY["top"] - _MONEY["bottom"]
    return _MONEY["top"] + height * (1.0 - min(value, top) / top)


def _line(weeks: Sequence[float], values: Sequence[float], top: float) -> str:
    points = (f"{_x(w, weeks[-1]):.1f},{_y(v, top):.1f}" for w, v in zip(weeks, values, strict=True))
    return "M" + "L".join(points)


def _area(weeks: Sequence[float], high: Sequence[float], low: Sequence[float], top: float) -> str:
    upper, lower = _line(weeks, high, top), _line(weeks, low, top)
    return upper + "L" + "L".join(reversed(lower.removeprefix("M").split("L"))) + "Z"


def _stock(same: Sequence[Figures], one: Figures, currency: str) -> dict[str, Any]:
    return {
        "names": [(row["item"], number_text(row["weeks_at_hand"])) for row in same],
        "cost": next(
            (money_text(row["purchase_per_week"], currency) for row in same if row["purchase_per_week"]), ""
        ),
        "more": [
            {
                "weeks": f"{more['weeks']:g}",
                "moves": moves_text(more["moves"]),
                "saved": money_text(more["saved_mean"], currency),
            }
            for more in one["more"]
        ],
    }


def _supplier(row: Figures) -> dict[str, Any]:
    stop = row["first_short"]
    return {
        "part": row["part"],
        "site": row["site"],
        "supplier": row["supplier_name"] or row["supplier"],
        "place": row["place_name"],
        "share": share_text(row["share"]),
        "text": supply_text(row),
        "short": "never" if stop["ever"] <= 0 else f"{stop_sentence(stop)}",
        "spark": None if row["arrives"] is None else _spark(row["arrives"]),
    }


def _spark(path: Figures) -> dict[str, str]:
    """Return a small chart of what arrives, 0 to 1: band P10 to P90 and P50."""
    width, height = _SPARK
    last = max(len(path["weeks"]) - 1, 1)

    def points(values: Sequence[float]) -> list[str]:
        return [f"{k * width / last:.1f},{1 + (height - 2) * (1 - v):.1f}" for k, v in enumerate(values)]

    band = points(path["p90"]) + points(path["p10"])[::-1]
    return {"band": "M" + "L".join(band) + "Z", "line": "M" + "L".join(points(path["p50"]))}


def _assembly(row: Figures, currency: str) -> dict[str, Any]:
    return {
        "part": row["part"],
        "site": row["site"],
        "texts": [*assembly_texts(row, currency), *ruling_texts(row)],
        "reported": row["reported"],
    }


def _rules(rows: Sequence[Figures]) -> list[Figures]:
    """Return every rule that is cited, once."""
    cited = [one for row in rows for key in ("magnet", "assembly") for one in row["rules"][key]]
    return list({one["id"]: one for one in cited}.values())


def _licence(row: Figures) -> dict[str, Any]:
    return {
        "id": row["id"],
        "part": row["part"],
        "status": row["status"],
        "filed": date_text(row["filed"]),
        "quantity": number_text(row["quantity"]),
        "covers": "" if row["covers_weeks"] is None else f"{row['covers_weeks']:.1f}",
        "leaves": stop_sentence(row["leaves"]) if row["counts"] else "not asked for in this scenario",
    }


def _match(row: Figures) -> dict[str, Any]:
    near = "; ".join(f"{one['facility']} ({one['how']}, {one['score']:g})" for one in row["candidates"])
    text = f"{row['confirmed']}, confirmed by you" if row["confirmed"] else near
    return {"name": row["name"] or row["supplier"], "text": text or "no facility found", "near": bool(near)}
