"""The horizon as one self-contained HTML file: nothing is loaded, and it can be read where no script runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.baked import CHARTS, answer_data, live
from dearth.faces.horizon_charts import calibration_chart
from dearth.faces.horizon_text import (
    BUYERS,
    ELEMENT_NAMES,
    LINK_NAMES,
    OUTSIDE,
    PLAYS,
    STAGES,
    by_key,
    chance_text,
    choke_text,
    forecast_lines,
    headline,
    money_text,
    record_lines,
    share_band,
    span_text,
    tested_lines,
    when_text,
)
from dearth.faces.page import rendered, source_cells
from dearth.faces.phrases import date_text, number_text, share_text
from dearth.world.scenario import Scenario

__all__ = ["horizon_html"]

Figures = Mapping[str, Any]

_NEVER: Final = 520.0


def _card(found: Figures, element: Figures, rows: Mapping[tuple[str, str, str], Figures]) -> dict[str, Any]:
    """Return one element in words."""
    years, name = found["clock"]["years"], element["element"]
    last = rows[name, element["last_link"], OUTSIDE]
    now = share_band(last["survives"]["now"])
    half = span_text(last["half_life_years"], years[-1] - years[0])
    link = LINK_NAMES[element["last_link"]]
    return {
        "name": f"{ELEMENT_NAMES[name]} ({name})",
        "says": f"{now} survives today down to the {link}; half-life of leverage {half} years",
        "plays": f"Leverage {_plays_text(element, years[-1])}",
        "choke": choke_text(element),
    }


def _plays_text(element: Figures, last: float) -> str:
    parts = [
        f"{PLAYS[p]}: half survives from "
        f"{when_text(element['plays'][p]['first_year_at_or_below']['50'], last)}"
        for p in PLAYS
    ]
    return "; ".join(parts) + "."


def _row(row: Figures, years: Any) -> dict[str, Any]:
    path = row["survives"]["path"]
    return {
        "element": row["element"],
        "link": LINK_NAMES[row["link"]],
        "buyer": BUYERS[row["buyer"]],
        "need": number_text(row["need_t"]["p50"]),
        "now": share_band(row["survives"]["now"]),
        "later": share_band({q: path[q][10] for q in path}),
        "half": span_text(row["half_life_years"], years[-1] - years[0]),
        "when": when_text(row["first_year_at_or_below"]["50"], years[-1]),
        "weeks": span_text(row["weeks_to_half"]["now"], _NEVER).replace(f"{_NEVER:g}+", "never"),
        "rent": money_text(row["rent_musd"]["now"]),
    }


def _project(row: Figures) -> dict[str, Any]:
    return {
        "name": row["project"],
        "company": row["company"],
        "place": row["country"],
        "kind": row["kind"],
        "stage": STAGES[row["stage"]],
        "read": ", ".join(f"{step.replace('_', ' ')} {day}" for step, day in row["read"].items()),
        "planned": "" if row["planned_first"] is None else f"{row['planned_first']:g}",
        "size": "" if row["capacity"] is None else f"{number_text(row['capacity'])} {row['capacity_unit']}",
        "chance": chance_text(row["chance"]),
        "ends": share_text(row["chance"]["ends_first"]),
        "n": row["chance"]["rests_on"],
        "capex": "" if row["capex_musd"] is None else money_text(row["capex_musd"]),
        "guess": not row["capex_known"],
        "adds": "; ".join(
            f"{a['element']} {share_text(a['mean_own'])}, down the chain "
            f"{share_text(max(a['mean_chain'], 0.0))}"
            for a in row["adds"]
            if a["element"] in ELEMENT_NAMES
        ),
        "url": row["url"],
        "grade": row["grade"],
        "note": row["note"],
    }


def _steps(found: Figures) -> list[dict[str, Any]]:
    return [
        {
            "step": STAGES.get(s["step"], s["step"]),
            "cause": "reached" if s["cause"] == "next" else "ended before",
            "n": s["n"],
            "events": s["events"],
            "censored": s["censored"],
            "years": number_text(s["years"]),
            "within": [share_text(v) for v in s["within"].values()],
            "law": "none seen"
            if s["scale_years"] is None
            else f"{s['scale_years']:.1f} y, shape {s['shape']:.2f}",
        }
        for s in found["base_rates"]["steps"]
    ]


def _classes(found: Figures) -> list[dict[str, Any]]:
    return [
        {
            "step": STAGES.get(c["step"], c["step"]),
            "cause": "reached" if c["cause"] == "next" else "ended before",
            "group": c["group"],
            "level": c["level"],
            "n": c["n"],
            "events": c["events"],
            "expected": f"{c['expected']:.1f}",
            "used": "yes" if c["used"] else "no",
        }
        for c in found["base_rates"]["classes"]
    ]


def _context(answer: Answer, scenario: Scenario | None) -> dict[str, Any]:
    found = answer.answer
    rows, years = by_key(found), found["clock"]["years"]
    return {
        "answer": answer,
        "scenario": scenario,
        "live": live(CHARTS, answer_data(answer)),
        "headline": headline(found),
        "as_of": date_text(answer.as_of),
        "span": f"{years[0]:.0f} to {years[-1]:.0f}",
        "later": f"{years[10]:.0f}",
        "first": f"{years[0]:.0f}",
        "cards": [_card(found, e, rows) for e in found["elements"]],
        "rows": [_row(r, years) for r in found["rows"] if r["buyer"] == OUTSIDE],
        "buyers": [_row(r, years) for r in found["rows"] if r["buyer"] != OUTSIDE],
        "supplier": [
            (PLAYS[name], money_text(loss["withheld_musd"]), money_text(loss["later_musd"]))
            for name, loss in found["supplier"].items()
        ],
        "projects": [_project(p) for p in found["projects"]],
        "steps": _steps(found),
        "classes": _classes(found),
        "calibration": calibration_chart(found["back_test"]["calibration"]),
        "tested": tested_lines(found),
        "forecasts": forecast_lines(found),
        "pothen": _pothen(found),
        "record": record_lines(found),
        "sources": [source_cells(source) for source in answer.sources],
        "date_text": date_text,
    }


def _pothen(found: Figures) -> str:
    run = found["forecasts"]["pothen_2013"]
    planned = ", ".join(f"{year}: {share_text(min(share, 9.99))}" for year, share in run["planned"].items())
    rated = ", ".join(f"{year}: {share_text(share)}" for year, share in run["base_rate"].items())
    return (
        f"Light oxides outside China, {run['plans']} plans with a tonnage: on time and at nameplate they "
        f"would have met, "
        f"of the need, {planned}; weighted with the chance of each plan, {rated}."
    )


def horizon_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    answer
        Of the study horizon.
    scenario
        When given, its events are listed with their sources.
    """
    return rendered("horizon.html.j2", _context(answer, scenario))
