"""Bills of materials: the range holds the truth, forgetting never frees, short cuts change nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.rules import Case, decide, load_rules, severity
from dearth.rules.bill import BillAssessment, assess_bill, read_bill_bytes
from dearth.rules.bill_brief import Decider, _brief

RULES = load_rules()
DAYS = (date(2025, 3, 1), date(2025, 10, 20), date(2026, 6, 1), date(2026, 12, 1), date(2027, 2, 1))
FORMS = (
    "metal",
    "oxide",
    "alloy",
    "magnet_material",
    "assembly",
    "finished_product",
    "other_goods",
    "compound",
)
ELEMENTS = ("Nd", "Pr", "Dy", "Tb", "Sm", "Gd", "Ho", "Y", "Fe", "Co")

facts = st.fixed_dictionaries(
    {},
    optional={
        "txn.regime": st.sampled_from(("cn_export", "offshore_transfer", "cn_technology")),
        "txn.actor_cn_person": st.booleans(),
        "tech.public_domain": st.booleans(),
        "txn.from": st.sampled_from(("CN", "DE")),
        "txn.to": st.sampled_from(("US", "JP", "CN")),
        "item.origin": st.sampled_from(("CN", "DE")),
        "item.form": st.sampled_from(FORMS),
        "item.elements": st.lists(st.sampled_from(ELEMENTS), max_size=3, unique=True).map(tuple),
        "item.family": st.sampled_from(("NdFeB", "SmCo", "other")),
        "item.deep_processed": st.booleans(),
        "item.cn_tech": st.booleans(),
        "calc.cn_part1_ratio": st.sampled_from((0.0, 0.001)),
        "user.military": st.booleans(),
        "use": st.sampled_from((("civil",), ("military",))),
    },
)


@settings(max_examples=300, deadline=None)
@given(facts, st.sampled_from(DAYS))
def test_narrowed_rules_decide_as_all_rules_do(found: dict[str, Any], on: date) -> None:
    names = ("txn.to", "txn.actor_cn_person", "tech.public_domain", "user.military", "use")
    shared = tuple(name for name in names if name in found)
    assert Decider(RULES, on, None, shared).brief(found) == _brief(decide(Case("", found), RULES, on))


@st.composite
def trees(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A bill in which everything is stated, with prices that add up."""
    lines: list[dict[str, Any]] = []

    def grow(parent: str | None, depth: int) -> tuple[str, float]:
        name = f"p{len(lines)}"
        line: dict[str, Any] = {"id": name, "description": "part", "currency": "EUR", "origin": "CN"}
        line["quantity"] = draw(st.integers(1, 5))
        lines.append(line)
        if parent is not None:
            line["parent"] = parent
        count = draw(st.integers(0, 3)) if depth else 0
        below = [grow(name, depth - 1) for _ in range(count)]
        if below:
            value = sum(cost for _name, cost in below) + draw(st.integers(0, 50))
            line |= {"form": draw(st.sampled_from(("assembly", "finished_product"))), "value": value}
        else:
            form, elements = draw(
                st.sampled_from((("metal", ["Dy"]), ("metal", ["Nd"]), ("other_goods", [])))
            )
            line |= {"form": form, "elements": elements, "value": draw(st.integers(1, 100))}
        return name, line["value"] * line["quantity"]

    grow(None, 3)
    return lines


def assess(lines: list[dict[str, Any]]) -> BillAssessment:
    bill = read_bill_bytes("bill.json", json.dumps(lines).encode(), RULES)
    return assess_bill(bill, RULES, date(2026, 6, 1), shared={"txn.to": "US"})


def plain_content(lines: list[dict[str, Any]], name: str) -> float:
    """The Chinese value of Part 1 in one piece, reckoned the plain way."""
    line = next(line for line in lines if line["id"] == name)
    below = [other for other in lines if other.get("parent") == name]
    if not below:
        return float(line["value"]) if line["elements"] == ["Dy"] else 0.0
    return sum(other["quantity"] * plain_content(lines, other["id"]) for other in below)


@settings(max_examples=60, deadline=None)
@given(trees())
def test_a_bill_that_states_everything_has_one_ratio(lines: list[dict[str, Any]]) -> None:
    for row, line in zip(assess(lines).rows, lines, strict=True):
        true = plain_content(lines, line["id"]) / line["value"]
        assert abs(row.ratio.low - true) < 1e-9
        assert abs(row.ratio.high - true) < 1e-9


@settings(max_examples=100, deadline=None)
@given(trees(), st.data())
def test_forgetting_widens_the_range_and_never_frees(
    lines: list[dict[str, Any]], data: st.DataObject
) -> None:
    before = assess(lines).rows
    names = ("value", "quantity", "origin", "elements", "form")
    forgotten = data.draw(
        st.lists(st.tuples(st.integers(0, len(lines) - 1), st.sampled_from(names)), min_size=1, max_size=4)
    )
    less = [dict(line) for line in lines]
    for place, name in forgotten:
        less[place].pop(name, None)
        if name == "value":
            less[place].pop("currency", None)
    for row, known, line in zip(assess(less).rows, before, lines, strict=True):
        true = plain_content(lines, line["id"]) / line["value"]
        assert row.ratio.low - 1e-9 <= true <= row.ratio.high + 1e-9
        for view in ("from_china", "offshore", "offshore_inside"):
            for effect in ("worst_case", "if_reactivated_worst"):
                now, was = getattr(getattr(row, view), effect), getattr(getattr(known, view), effect)
                assert severity(now) >= severity(was), (line["id"], view, effect)


@settings(max_examples=30, deadline=None)
@given(trees(), st.randoms())
def test_the_order_of_lines_does_not_matter(lines: list[dict[str, Any]], dice: Any) -> None:
    mixed = list(lines)
    dice.shuffle(mixed)
    mine = {row.line.id: (row.ratio, row.from_china, row.offshore) for row in assess(lines).rows}
    theirs = {row.line.id: (row.ratio, row.from_china, row.offshore) for row in assess(mixed).rows}
    assert mine.keys() == theirs.keys()
    for name, (ratio, china, offshore) in mine.items():
        assert abs(ratio.low - theirs[name][0].low) + abs(ratio.high - theirs[name][0].high) < 1e-9
        assert (china, offshore) == theirs[name][1:]
