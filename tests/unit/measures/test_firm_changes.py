"""What moved since a run, and why: the pure parts, and runs that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dearth.errors import InputError
from dearth.firm.workbook import as_json, example_firm
from dearth.measures.firm_changes import CAUSES, book_changes, moved_rows, run_of, scenario_changes
from dearth.world.scenario import load_scenario


def stop(p50: float | None, day: str | None, ever: float) -> dict[str, Any]:
    return {"p10": p50, "p50": p50, "p90": None, "ever": ever,
            "date_p10": day, "date_p50": day, "date_p90": None}  # fmt: skip


def saved(**changes: Any) -> dict[str, Any]:
    question = {"scenario": load_scenario("steady").to_dict(), "firm": json.loads(as_json(example_firm()))}
    whole = {
        "dearth": "0", "study": "firm", "book": {"sha256": "x"}, "scenario": {"name": "steady"},
        "as_of": "2025-01-01", "seed": 1, "draws": 2, "question": question, "sources": [],
        "answer": {"lines": [{"line": "a", "stop": stop(3.0, "2025-02-01", 1.0)}]},
    }  # fmt: skip
    return {**whole, **changes}


def test_a_run_comes_back_as_it_was_asked() -> None:
    run = run_of(saved(), "old.json")
    assert run.firm == example_firm()
    assert run.scenario == load_scenario("steady")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"study": "countdown"}, "is no countdown of a firm"),
        ({"question": {}}, "lacks question.scenario"),
        ({"question": {"scenario": {}, "firm": {}}}, "its scenario cannot be read"),
        ({"draws": "many"}, "lacks draws"),
        ({"sources": [1]}, "lacks sources"),
        ({"answer": {"lines": [{"line": "a", "stop": {}}]}}, "lacks answer.lines"),
        ({"answer": {"lines": [{"line": "a", "stop": stop(1.0, "soon", 1.0)}]}}, "lacks answer.lines"),
        ({"answer": {"lines": 5}}, "lacks answer.lines"),
        ({"seed": None, "book": []}, "lacks book"),
    ],
)
def test_a_file_that_is_no_run_is_refused_with_the_cure(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        run_of(saved(**changes), "old.json")
    assert all(fault.cure for fault in caught.value.faults)


@pytest.mark.parametrize("other", [[], None, "text", 5])
def test_what_is_not_even_a_mapping_is_refused(other: object) -> None:
    with pytest.raises(InputError, match="is no countdown of a firm"):
        run_of(other, "old.json")


def test_the_firm_in_a_run_is_checked_like_any_other() -> None:
    raw = saved()
    raw["question"]["firm"]["stocks"][0]["quantity"] = -4
    with pytest.raises(InputError, match="is below 0"):
        run_of(raw, "old.json")


def test_each_cause_gets_what_it_moved() -> None:
    before = [
        {"line": "a", "stop": stop(3.0, "2025-02-01", 1.0)},
        {"line": "b", "stop": stop(None, None, 0.2)},
    ]
    middle = [
        {"line": "a", "stop": stop(4.0, "2025-02-08", 1.0)},
        {"line": "b", "stop": stop(9.0, "2025-03-01", 0.6)},
    ]
    after = [
        {"line": "a", "stop": stop(3.5, "2025-02-04", 0.9)},
        {"line": "c", "stop": stop(1.0, "2025-01-09", 1.0)},
    ]
    rows = {row["line"]: row for row in moved_rows([before, middle, middle, after], CAUSES)}
    assert rows["a"]["by"]["book"] == {"weeks": 1.0, "days": 7, "ever": 0.0}
    assert rows["a"]["by"]["scenario"] == {"weeks": 0.0, "days": 0, "ever": 0.0}
    assert rows["a"]["by"]["workbook"] == {"weeks": -0.5, "days": -4, "ever": -0.1}
    assert rows["b"]["by"]["book"] == {"weeks": None, "days": None, "ever": 0.4}
    assert rows["b"]["after"] is None
    assert rows["c"]["before"] is None
    assert all(row["moved"] for row in rows.values())


def test_rows_of_the_book_and_values_of_the_scenario_are_told() -> None:
    row = {
        "id": "r",
        "quantity": "cover",
        "value": 4.0,
        "low": 2.0,
        "high": 6.0,
        "unit": "week",
        "source": "S",
    }
    (found,) = book_changes([row, {**row, "id": "same"}], [{**row, "value": 5.0}, {**row, "id": "same"}])
    assert (found["id"], found["before"]["value"], found["after"]["value"], found["unit"]) == (
        "r",
        4.0,
        5.0,
        "week",
    )
    assert book_changes([row], [])[0]["after"] is None
    old = load_scenario("squeeze-2025")
    new = old.model_copy(update={"weeks": 30, "events": old.events[1:], "set": {"declared-pass": 2.0}})
    whats = {one["what"]: one for one in scenario_changes(old, new)}
    assert (whats["weeks"]["before"], whats["weeks"]["after"]) == (52, 30)
    assert whats["set.declared-pass"]["after"] == 2.0
    assert whats["event"]["before"].startswith("2025-04-04 licence: Announcement 18")
    assert scenario_changes(old, old) == []
