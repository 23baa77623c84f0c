"""Three values: truth tables, every op with and without its fact, and conditions that are written wrong."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dearth.errors import Fault
from dearth.rules.conditions import OPS, explain, open_facts, parse

FACTS: dict[str, Any] = {
    "t": True,
    "f": False,
    "n": 0.5,
    "word": "CN",
    "list": ("Dy", "Nd"),
    "day": "2025-04-04",
}
YES, NO, OPEN = {"f": "t", "op": "true"}, {"f": "f", "op": "true"}, {"f": "absent", "op": "true"}
PARTS = {"true": YES, "false": NO, "unknown": OPEN}
TRUTH = {"true": True, "false": False, "unknown": None}


def made(raw: object, lists: dict[str, tuple[Any, ...]] | None = None) -> Any:
    faults: list[Fault] = []
    condition = parse(raw, "here", lists or {}, faults)
    assert faults == []
    return condition


def truth(raw: object) -> bool | None:
    result: bool | None = made(raw).truth(FACTS.get)
    return result


@pytest.mark.parametrize(("a", "b"), list(itertools.product(PARTS, PARTS)))
def test_all_and_any_are_kleenes(a: str, b: str) -> None:
    rank = {"false": 0, "unknown": 1, "true": 2}
    low, high = sorted((a, b), key=rank.__getitem__)
    assert truth({"all": [PARTS[a], PARTS[b]]}) is TRUTH[low]
    assert truth({"any": [PARTS[a], PARTS[b]]}) is TRUTH[high]


@pytest.mark.parametrize(("part", "opposite"), [("true", False), ("false", True), ("unknown", None)])
def test_not(part: str, opposite: bool | None) -> None:
    assert truth({"not": PARTS[part]}) is opposite


@pytest.mark.parametrize(
    ("fact", "op", "value", "expected"),
    [
        ("word", "eq", "CN", True),
        ("word", "eq", "US", False),
        ("word", "ne", "US", True),
        ("word", "in", ["CN", "US"], True),
        ("word", "nin", ["CN", "US"], False),
        ("list", "has", "Dy", True),
        ("list", "has", "Tb", False),
        ("list", "hasany", ["Tb", "Dy"], True),
        ("list", "hasany", ["Tb", "Ho"], False),
        ("word", "has", "CN", True),
        ("n", "ge", 0.5, True),
        ("n", "gt", 0.5, False),
        ("n", "le", 0.5, True),
        ("n", "lt", 0.5, False),
        ("n", "eq", 0.5, True),
        ("day", "ge", "2025-04-04", True),
        ("day", "gt", "2025-04-04", False),
        ("n", "ge", "2025-04-04", None),
        ("t", "gt", 0, None),
    ],
)
def test_ops(fact: str, op: str, value: object, expected: bool | None) -> None:
    assert truth({"f": fact, "op": op, "v": value}) is expected


@pytest.mark.parametrize("op", OPS)
def test_every_op_of_a_missing_fact_is_unknown(op: str) -> None:
    value = ["a"] if op in ("in", "nin", "hasany") else "a"
    raw = {"f": "absent", "op": op, **({} if op in ("true", "false") else {"v": value})}
    assert truth(raw) is None
    assert truth({"not": raw}) is None


def test_a_flag_is_false_only_when_it_is_stated_false() -> None:
    assert truth({"f": "f", "op": "false"}) is True
    assert truth({"f": "absent", "op": "false"}) is None


@pytest.mark.parametrize("op", [True, "TRUE", "true"])
def test_the_yaml_boolean_is_taken_for_the_op(op: object) -> None:
    assert truth({"f": "t", "op": op}) is True


def test_lists_by_name() -> None:
    condition = made({"f": "list", "op": "hasany", "v": "$heavy"}, {"heavy": ("Dy", "Tb")})
    assert condition.truth(FACTS.get) is True


def test_the_trace_shows_every_test_with_what_was_found() -> None:
    condition = made({"all": [{"f": "word", "op": "eq", "v": "US"}, {"not": OPEN}]})
    steps = [step.to_dict() for step in explain(condition, FACTS.get)]
    assert [(s["fact"], s["found"], s["truth"]) for s in steps] == [
        ("word", "CN", "false"),
        ("absent", None, "unknown"),
    ]


def test_open_facts_are_only_those_that_matter() -> None:
    settled = made({"all": [NO, OPEN]})
    assert list(open_facts(settled, FACTS.get)) == []
    other = {"f": "also-absent", "op": "true"}
    still = made({"all": [YES, {"any": [NO, OPEN]}, {"any": [YES, other]}]})
    assert list(open_facts(still, FACTS.get)) == ["absent"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("x", "is not a condition"),
        ([], "is not a condition"),
        (None, "is not a condition"),
        ({}, "no fact is named"),
        ({"f": "a"}, "unknown op"),
        ({"f": "a", "op": "equal", "v": 1}, "unknown op 'equal'"),
        ({"f": "a", "op": "eq"}, "needs a value"),
        ({"f": "a", "op": "true", "v": 1}, "takes no value"),
        ({"f": "a", "op": "in", "v": "CN"}, "needs a list"),
        ({"f": "a", "op": "eq", "v": ["CN"]}, "needs one value"),
        ({"f": "a", "op": "in", "v": "$nobody"}, "unknown list 'nobody'"),
        ({"f": "a", "op": "eq", "v": 1, "w": 2}, "unknown key 'w'"),
        ({"f": 3, "op": "eq", "v": 1}, "no fact is named"),
        ({"all": []}, "needs a list"),
        ({"any": "x"}, "needs a list"),
        ({"all": [YES], "any": [YES]}, "unknown key"),
        ({"not": "x"}, "is not a condition"),
    ],
)
def test_what_is_written_wrong_is_told(raw: object, says: str) -> None:
    faults: list[Fault] = []
    parse(raw, "here", {}, faults)
    assert len(faults) == 1
    assert says in faults[0].what
    assert faults[0].where.startswith("here")
    assert faults[0].cure


def test_all_faults_of_a_condition_are_told_at_once() -> None:
    faults: list[Fault] = []
    parse({"all": [{"f": "a", "op": "no"}, {"any": []}, 3]}, "here", {}, faults)
    assert len(faults) == 3


def test_a_condition_without_bottom_is_refused() -> None:
    raw: dict[str, Any] = dict(YES)
    for _ in range(40):
        raw = {"not": raw}
    faults: list[Fault] = []
    assert parse(raw, "here", {}, faults) is None
    assert faults
