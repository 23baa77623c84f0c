"""Parts of the answer of the horizon: projects, base rates, back-test, published forecasts, the record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from dearth.axes import ELEMENTS, PLACES
from dearth.book import Book
from dearth.book.project_rows import History, load_forecasts
from dearth.engine.arrays import FloatArray
from dearth.measures.archive import as_announced_run, goal_chances, pooled
from dearth.measures.back_test import brier, calibration, count_band, frozen, slips
from dearth.measures.bands import five, tidy
from dearth.measures.card import Outcome, Table
from dearth.measures.horizon_table import Start
from dearth.measures.money import money_response
from dearth.measures.worth import lines_of, worth_of
from dearth.world.hazards import USED_CLASSES, Hazards

__all__ = ["NOT_AN_ASSESSMENT", "back_test", "base_rates", "forecasts", "projects", "record"]

NOT_AN_ASSESSMENT: Final = "base rate of its class, not an assessment of this company"
_IEA_YEAR: Final = 2035
_DUE: Final = (2028, 2030, 2035)
_MONTHS: Final = (
    "announced",
    "permitted",
    "financed",
    "built",
    "commissioned",
    "ramped",
    "planned_on",
    "seen",
)


def projects(start: Start, outcome: Outcome) -> list[dict[str, Any]]:
    """Return the live projects: facts as read, chances of their class, and what each adds."""
    by_id = {h.id: h for h in start.histories}
    table = start.table
    worth = worth_of(table, outcome)
    rows = []
    for p, name in enumerate(table.projects.id):
        first = outcome.starts.first[p]
        rows.append(
            {
                **_facts(by_id[name]),
                "stage": table.projects.stage[p],
                "chance": _chances(table, first, outcome, p),
                "first_year": five(np.floor(first)),
                "capex_musd": five(table.projects.capex[p]) if table.projects.capex[p].max() > 0.0 else None,
                "capex_known": bool(table.projects.capex_known[p]),
                "adds": lines_of(worth, p),
            }
        )
    return sorted(rows, key=lambda r: (-max((a["mean_chain"] for a in r["adds"]), default=0.0), r["id"]))


def _facts(history: History) -> dict[str, Any]:
    shown = ("id", "project", "company", "country", "kind", "links", "capacity", "capacity_unit", "funding")
    more = ("planned_first", "source", "url", "outcome_url", "grade", "note")
    return {
        **{c: getattr(history, c) for c in (*shown, *more)},
        "place": history.place,
        "place_name": PLACES[history.place],
        "read": {step: getattr(history, step) for step in _MONTHS if getattr(history, step)},
    }


def _chances(table: Table, first: FloatArray, outcome: Outcome, p: int) -> dict[str, Any]:
    stage = table.projects.stage[p]
    step = {"announced": "financed", "financed": "commissioned"}.get(stage, "ramped")
    rate = table.hazards.steps[step, "next"]
    return {
        **{f"by_{y}": tidy(float(np.mean(first < y + 1.0))) for y in _DUE if y >= table.as_of},
        "ends_first": tidy(float(np.mean(np.isfinite(outcome.starts.cancelled[p])))),
        "fails_in_ramp": tidy(float(np.mean(np.isfinite(outcome.starts.failed[p])))),
        "rests_on": rate.n,
        "says": NOT_AN_ASSESSMENT,
    }


def base_rates(hazards: Hazards) -> dict[str, Any]:
    """Return the base rates with the sizes of their samples, all and by class."""
    steps = []
    for (step, cause), rate in hazards.steps.items():
        line = rate._asdict() | {"step": step, "cause": cause}
        law = line.pop("law")
        line |= {"scale_years": None if math.isinf(law.scale) else tidy(law.scale), "shape": tidy(law.shape)}
        steps.append(line)
    classes = [
        {"step": step, "cause": cause, **rate._asdict(), "used": group in USED_CLASSES[step]}
        for (step, cause), groups in hazards.classes.items()
        for group, levels in groups.items()
        for rate in levels.values()
    ]
    return {
        "table": hazards.name,
        "histories_sha256": hazards.histories_sha256,
        "steps": steps,
        "classes": classes,
    }


def back_test(histories: Sequence[History]) -> dict[str, Any]:
    """Return base rates against what happened: counts by year, scores, calibration, slips."""
    rows, ahead = frozen("back-test"), frozen("forward")
    dated = [r for r in rows if r["planned_first"]]
    mean = math.fsum(float(r["happened"]) for r in rows) / max(len(rows), 1)
    return {
        "cohort": "plans of the lists of 2010-15, each from the other plans",
        "by_year": [_counted(rows, year) for year in sorted({r["year"] for r in rows})],
        "brier": [_scored("all", rows), _scored("dated plans", dated)],
        "constant": {"chance": tidy(mean), "brier": tidy(mean * (1.0 - mean)), "n": len(rows)},
        "calibration": calibration(rows),
        "forward": [_counted(ahead, year) for year in sorted({r["year"] for r in ahead})],
        "slips": [_slipped(histories, cohort) for cohort in ("listed-2010", "picked-2016")],
        "money": money_response(histories),
    }


def _counted(rows: Sequence[Mapping[str, str]], year: str) -> dict[str, Any]:
    here = [r for r in rows if r["year"] == year]
    low, mean, high = count_band([float(r["chance"]) for r in here])
    happened = sum(int(r["happened"]) for r in here)
    line = {
        "year": int(year),
        "n": len(here),
        "p10": low,
        "mean": tidy(mean),
        "p90": high,
        "happened": happened,
    }
    dated = [r for r in here if r.get("as_announced")]
    return line | {"as_announced": sum(int(r["as_announced"]) for r in dated), "dated": len(dated)}


def _scored(name: str, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    line: dict[str, Any] = {"cases": name}
    for column in ("chance", "as_announced", "eight_years"):
        score, n = brier(rows, column)
        line |= {column: None if score is None else tidy(score), f"n_{column}": n}
    return line


def _slipped(histories: Sequence[History], cohort: str) -> dict[str, Any]:
    found = [s for s in slips(histories) if s["cohort"] == cohort]
    years = sorted(s["slip"] for s in found)
    middle = years[len(years) // 2] if years else None
    mean = tidy(math.fsum(years) / len(years)) if years else None
    return {"cohort": cohort, "n": len(found), "mean": mean, "median": middle, "plans": found}


def forecasts(start: Start, outcome: Outcome) -> dict[str, Any]:
    """Return published forecasts and goals, with our figure beside each where it is the same thing."""
    table = start.table
    outside, own = as_announced_run(table)
    beside = {}
    for link in ("mine", "separation"):
        at = int(np.searchsorted(table.years, _IEA_YEAR + 0.5))
        if at < table.years.size:
            beside[link] = {
                "base_rates": five(pooled(outcome.survival.own, outcome.need, link)[at]),
                "as_announced": five(pooled(own, outcome.need, link)[at]),
            }
    rows = []
    for row in load_forecasts():
        line = row.model_dump() | {"ours": None, "chance_met": goal_chances(table, outcome, row)}
        if row.quantity == "share-without-supplier" and row.link in beside and row.due == _IEA_YEAR:
            line["ours"] = beside[row.link]
        rows.append(line)
    return {"rows": rows, "iea_2035": beside, "last_link_as_announced": _last(table, outside)}


def _last(table: Table, outside: FloatArray) -> dict[str, Any]:
    at = min(10, table.years.size - 1)
    return {
        e: five(outside[-1, i, at]) for i, e in enumerate(ELEMENTS) if table.standing.through_magnets[i] > 0.0
    }


def record(book: Book) -> list[dict[str, Any]]:
    """Return what was withheld and what was conceded, as the book has it."""
    rows = book.find(quantity="withheld-conceded")
    times = [r for r in book.find(quantity="withheld-time") if r.has_number]
    weeks = {(r.sector, r.partner): r for r in reversed(times)}
    found = []
    for row in rows:
        time = weeks.get((row.sector, row.partner))
        found.append(
            {
                "episode": row.sector,
                "from": row.place,
                "to": row.partner,
                "materials": row.material,
                "days": row.date,
                "weeks": None if time is None else time.central,
                "conceded": row.basis,
                "note": row.note,
                "source": row.source,
                "url": row.url,
                "grade": row.grade,
            }
        )
    return found
