"""The horizon for the terminal: leverage by element, plays, buyers, projects, how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dearth.answer import Answer
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
from dearth.faces.phrases import date_text, number_text, share_text
from dearth.faces.tables import listed

__all__ = ["horizon_view"]

Figures = Mapping[str, Any]

_PROJECTS: Final = 12
_RIGHT: Final = {"justify": "right"}
_ASKED: Final = ("Dy", "NdPr")


def _table(*columns: tuple[str, dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for name, options in columns:
        table.add_column(name, **options)
    return table


def _leverage(found: Figures) -> Table:
    """Return one line per element: what survives now and later, and how long leverage lasts."""
    years = found["clock"]["years"]
    table = _table(
        ("element", {"min_width": 7}),
        ("down to", {}),
        (f"{years[0]:.0f}", _RIGHT),
        (f"{years[10]:.0f}", _RIGHT),
        ("half-life, years", _RIGHT),
        ("half survives from", _RIGHT),
        ("scarcest in ten years", {}),
    )
    rows = by_key(found)
    for element in found["elements"]:
        for link in dict.fromkeys(("separation", element["last_link"])):
            row = rows[element["element"], link, OUTSIDE]
            path = row["survives"]["path"]
            later = {q: path[q][10] for q in ("p10", "p50", "p90")}
            table.add_row(
                Text(element["element"], style="bold") if link == "separation" else "",
                LINK_NAMES[link],
                share_band(row["survives"]["now"]),
                share_band(later),
                span_text(row["half_life_years"], years[-1] - years[0]),
                when_text(row["first_year_at_or_below"]["50"], years[-1]),
                choke_text(element) if link == element["last_link"] else "",
            )
    return table


def _plays(found: Figures) -> Table:
    table = _table(
        ("element", {"min_width": 7}),
        ("down to", {}),
        *((name, _RIGHT) for name in PLAYS.values()),
        ("leverage-years lost", _RIGHT),
        ("per year of squeeze", _RIGHT),
    )
    for element in found["elements"]:
        table.add_row(*_play_cells(found, element["element"], "separation", element["plays_oxide"]))
        if element["last_link"] != "separation":
            table.add_row(*_play_cells(found, "", element["last_link"], element["plays"]))
    return table


def _play_cells(found: Figures, name: str, link: str, plays: Figures) -> list[RenderableType]:
    last = found["clock"]["years"][-1]
    lost, each = plays["limit"]["leverage_years_lost"], plays["once"]["lost_per_year_of_squeeze"]
    when = [when_text(plays[p]["first_year_at_or_below"]["50"], last) for p in PLAYS]
    return [Text(name, style="bold"), LINK_NAMES[link], *when, f"{lost['p50']:.2f}", f"{each['p50']:.2f}"]


def _buyers(found: Figures) -> Table:
    table = _table(
        ("buyer", {"min_width": 12}),
        ("of", {}),
        ("survives now", _RIGHT),
        ("weeks to half of the lines", _RIGHT),
        ("rent a year", _RIGHT),
    )
    rows = by_key(found)
    last = {e["element"]: e["last_link"] for e in found["elements"]}
    for element in _ASKED:
        for buyer, name in BUYERS.items():
            row = rows[element, last[element], buyer]
            table.add_row(
                name,
                f"{element} {LINK_NAMES[last[element]]}",
                share_band(row["survives"]["now"]),
                span_text(row["weeks_to_half"]["now"], 520.0).replace("520+", "never"),
                money_text(row["rent_musd"]["now"]),
            )
    return table


def _projects(found: Figures) -> Table:
    table = _table(
        ("project", {"ratio": 1, "min_width": 14}),
        ("stands at", {}),
        ("own plan", _RIGHT),
        ("first product by", {}),
        ("ends first", _RIGHT),
        ("n", _RIGHT),
        ("adds in ten years", {}),
    )
    for row in found["projects"][:_PROJECTS]:
        named = [a for a in row["adds"] if a["element"] in ELEMENT_NAMES]
        best = max(named, key=lambda a: a["mean_own"], default=None)
        adds = "" if best is None else f"{best['element']} {share_text(best['mean_own'])}"
        table.add_row(
            f"{row['project']} ({row['company']})",
            STAGES[row["stage"]],
            "" if row["planned_first"] is None else f"{row['planned_first']:g}",
            chance_text(row["chance"]),
            share_text(row["chance"]["ends_first"]),
            str(row["chance"]["rests_on"]),
            adds,
        )
    return table


def _supplier(found: Figures) -> list[tuple[str, str]]:
    return [
        (
            f"{PLAYS[name]}: ",
            f"sales given up {money_text(loss['withheld_musd'])}, lost after "
            f"{money_text(loss['later_musd'])}",
        )
        for name, loss in found["supplier"].items()
    ]


def _steps(found: Figures) -> list[tuple[str, str]]:
    lines = []
    for step in found["base_rates"]["steps"]:
        cause = "reached" if step["cause"] == "next" else "ended before"
        within = step["within"]
        lines.append(
            (
                f"{STAGES.get(step['step'], step['step'])}, {cause}: ",
                f"{step['events']} of {step['n']} in {number_text(step['years'])} project-years; within 2, "
                f"5, 10 years "
                f"{share_text(within['2'])}, {share_text(within['5'])}, {share_text(within['10'])}",
            )
        )
    return lines


def _setting(answer: Answer) -> str:
    years = answer.answer["clock"]["years"]
    return (
        f"{answer.scenario['name']}, known as of {date_text(answer.as_of)}, {years[0]:.0f} to "
        f"{years[-1]:.0f}, "
        f"{answer.draws} draws, seed {answer.seed}; data book {answer.book['version']}, dearth "
        f"{answer.version}"
    )


def horizon_view(answer: Answer, console: Console) -> Group:
    """Return the horizon as one likes to read it: finding, leverage, plays, buyers, projects, trust."""
    found = answer.answer
    width = console.width
    parts: list[RenderableType] = [
        Text(headline(found), style="bold"),
        Text(_setting(answer), style="dim"),
        "",
        Text(_LEGEND, style="dim"),
        "",
        _leverage(found),
        "",
        Text(_PLAYED, style="dim"),
        "",
        _plays(found),
        "",
        *listed("What a full cut-off costs the supplier itself", _supplier(found), width),
        Text(_BUYERS, style="dim"),
        "",
        _buyers(found),
        "",
        Text(_WORTH, style="dim"),
        "",
        _projects(found),
        "",
        *listed("Base rates, with the sizes of their samples", _steps(found), width),
        *listed("Base rates against what happened (each plan from the others)", tested_lines(found), width),
        *listed("What others foretold", forecast_lines(found), width),
        *listed("What was withheld, and what was conceded", record_lines(found), width),
        *listed("Before you cite this", [("", warning) for warning in answer.warnings], width),
    ]
    return Group(*parts)


_LEGEND: Final = (
    "Share of need outside China that survives its loss, P50 (P10\u2013P90). Down to: each link is limited "
    "by those "
    "above it. Half-life: years until leverage, one less what survives, is half of today's for good."
)
_PLAYED: Final = (
    "First year from which half survives down to the link: card unused from now on, one year of full "
    "cut-off, ten "
    "years. Leverage-years: area between the paths of leverage over the years shown; per year of squeeze: "
    "used once."
)
_BUYERS: Final = (
    "By buyer, at the last link: weeks of a full cut-off until half of the lines stand still on the stock "
    "they have, and "
    "the most that the supplier could earn in a year by withholding, at the value at stake."
)
_WORTH: Final = (
    "Projects that add most, by facts read and base rates of their class (not an assessment of any "
    "company). n: spells "
    "behind the rate of the next step. Adds: share of need, mean of ten years, at the link where it helps "
    "most."
)
