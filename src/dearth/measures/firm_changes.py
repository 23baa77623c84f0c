"""Which dates of a firm moved between two runs, and what changed in between.

What changed is put in step by step, in one order: the data book (and the program), then the scenario, then
the workbook.  The same draws are used throughout, so what a step moves is its doing, given those before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from dearth.errors import Fault, InputError
from dearth.firm import Firm
from dearth.firm.read import firm_of_json
from dearth.world.scenario import Scenario

__all__ = ["CAUSES", "Run", "book_changes", "moved_rows", "run_of", "scenario_changes"]

CAUSES: Final = ("book", "scenario", "workbook")
_PHASE: Final = "Reading the run of before"
_CURE: Final = "give a file that `dearth countdown SCENARIO --firm FILE --json` wrote"
_QUANTILES: Final = ("p10", "p50", "p90")
_FIGURES: Final = ("value", "low", "high")
_PARTS: Final = {
    "dearth": str, "book": dict, "scenario": dict, "question": dict, "answer": dict, "sources": list,
    "seed": int, "draws": int, "as_of": str,
}  # fmt: skip


class Run(NamedTuple):
    """A run as it was saved: the envelope, and what was asked."""

    saved: Mapping[str, Any]
    scenario: Scenario
    firm: Firm


def run_of(saved: object, where: str) -> Run:
    """Return a run from the JSON of an answer.

    Raises
    ------
    InputError
        It is no answer of the countdown of a firm.
    """
    if not isinstance(saved, dict) or saved.get("study") != "firm":
        raise InputError(_PHASE, Fault("is no countdown of a firm", where, cure=_CURE))
    bad = [name for name, kind in _PARTS.items() if not isinstance(saved.get(name), kind)]
    question = saved["question"] if "question" not in bad else {}
    bad += [f"question.{name}" for name in ("scenario", "firm") if not isinstance(question.get(name), dict)]
    if "answer" not in bad and not _sound(saved["answer"]):
        bad.append("answer.lines")
    if "sources" not in bad and not all(isinstance(row, dict) for row in saved["sources"]):
        bad.append("sources")
    if bad:
        raise InputError(
            _PHASE, [Fault(f"lacks {name}, or it is no such thing", where, cure=_CURE) for name in bad]
        )
    return Run(saved, _scenario(question["scenario"], where), _firm(question["firm"], where))


def _sound(answer: Mapping[str, Any]) -> bool:
    """Say whether the lines of an answer have stops as this program writes them."""
    lines = answer.get("lines")
    if not isinstance(lines, list) or not all(isinstance(row, dict) for row in lines):
        return False
    return all(isinstance(row.get("line"), str) and _stop_sound(row.get("stop")) for row in lines)


def _stop_sound(stop: object) -> bool:
    if not isinstance(stop, dict) or not isinstance(stop.get("ever"), int | float):
        return False
    weeks = all(isinstance(stop.get(key, ""), int | float | None) for key in _QUANTILES)
    return weeks and all(_is_day(stop.get(f"date_{key}")) for key in _QUANTILES)


def _is_day(text: object) -> bool:
    if text is None:
        return True
    try:
        return bool(date.fromisoformat(str(text)))
    except ValueError:
        return False


def _scenario(raw: Mapping[str, Any], where: str) -> Scenario:
    try:
        return Scenario.model_validate(raw)
    except ValueError as error:
        why = str(error).splitlines()[0][:160]
        raise InputError(_PHASE, Fault("its scenario cannot be read", where, why, _CURE)) from None


def _firm(raw: Mapping[str, Any], where: str) -> Firm:
    return firm_of_json(json.dumps(raw, ensure_ascii=False).encode(), f"{where}, question.firm")


def book_changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows behind two answers whose figures differ, or that only one rests on.

    Parameters
    ----------
    before, after
        ``sources`` of the two answers.
    """
    old, new = ({str(row.get("id")): row for row in rows} for rows in (before, after))
    found = []
    for name in dict.fromkeys([*old, *new]):
        was, is_ = (_figures(rows.get(name)) for rows in (old, new))
        if was != is_:
            row = new.get(name) or old[name]
            found.append({
                "id": name,
                "quantity": row.get("quantity"),
                "unit": row.get("unit"),
                "before": was,
                "after": is_,
                "source": row.get("source"),
            })  # fmt: skip
    return found


def _figures(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {key: row.get(key) for key in (*_FIGURES, "unit")}


def scenario_changes(before: Scenario, after: Scenario) -> list[dict[str, Any]]:
    """Return what differs between two scenarios: values, events that came or went, overrides."""
    old, new = before.to_dict(), after.to_dict()
    plain = [key for key in dict.fromkeys([*old, *new]) if key not in ("events", "set")]
    found = [
        {"what": key, "before": old.get(key), "after": new.get(key)}
        for key in plain
        if old.get(key) != new.get(key)
    ]
    found += [
        {"what": f"set.{key}", "before": before.set.get(key), "after": after.set.get(key)}
        for key in dict.fromkeys([*before.set, *after.set])
        if before.set.get(key) != after.set.get(key)
    ]
    gone = [event for event in old["events"] if event not in new["events"]]
    come = [event for event in new["events"] if event not in old["events"]]
    found += [{"what": "event", "before": _event(event), "after": None} for event in gone]
    found += [{"what": "event", "before": None, "after": _event(event)} for event in come]
    return found


def _event(event: Mapping[str, Any]) -> str:
    return f"{event['date']} {event['action']}: {event['what']}"


def moved_rows(stages: Sequence[Sequence[Mapping[str, Any]]], causes: Iterable[str]) -> list[dict[str, Any]]:
    """Return how the stop of each line went from the first stage to the last.

    Parameters
    ----------
    stages
        Lines of the answers: as saved, then after each cause.
    causes
        What was put in at each stage but the first.

    Returns
    -------
    list
        By line: ``before`` and ``after`` (weeks from each run's own week 0, with days), ``by`` cause the
        weeks and days by which P50 moved (None: it came or went) and the change of the share that stops.
    """
    named = [{str(row["line"]): row["stop"] for row in lines} for lines in stages]
    known = list(causes)
    rows = []
    for line in dict.fromkeys(name for stage in named for name in stage):
        path = [stage.get(line) for stage in named]
        by = {cause: _step(path[i], path[i + 1]) for i, cause in enumerate(known)}
        rows.append(
            {"line": line, "before": path[0], "after": path[-1], "moved": path[0] != path[-1], "by": by}
        )
    return rows


def _step(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what one cause did to a stop; None where the line is not in both."""
    if before is None or after is None:
        return {"weeks": None, "ever": None, "days": None}
    weeks = None if before["p50"] is None or after["p50"] is None else round(after["p50"] - before["p50"], 3)
    days = None
    if before.get("date_p50") and after.get("date_p50"):
        days = (date.fromisoformat(after["date_p50"]) - date.fromisoformat(before["date_p50"])).days
    return {"weeks": weeks, "days": days, "ever": round(after["ever"] - before["ever"], 6)}
