"""What holds for every case: forgetting a fact never makes it milder; the order of rules plays no part."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.book.read import DATA
from dearth.rules import Case, decide, load_rules, severity
from dearth.rules.case import DATE, read_facts
from dearth.rules.case_file import read_case_folder
from dearth.rules.conditions import FactValue
from dearth.rules.facts import contradictions
from dearth.rules.rule import FactSpec
from dearth.rules.ruleset import RuleSet

RULES = load_rules()
WORST = ("worst_case", "if_reactivated_worst", "disputed_worst")


@cache
def all_cases() -> tuple[Case, ...]:
    return tuple(written.case for written in read_case_folder(Path(DATA / "cases"), RULES))


def ranks(case: Case) -> dict[str, int]:
    found = decide(case, RULES)
    return {view: severity(getattr(found, view)) for view in WORST}


def assert_never_milder(case: Case, less: Case) -> None:
    before, after = ranks(case), ranks(less)
    assert all(after[view] >= before[view] for view in WORST), (case.facts, less.facts)


def assert_known_lies_below_the_worst(case: Case) -> None:
    found = decide(case, RULES)
    for known, worst in (
        ("determination", "worst_case"),
        ("if_reactivated", "if_reactivated_worst"),
        ("disputed", "disputed_worst"),
    ):
        assert severity(getattr(found, known)) <= severity(getattr(found, worst))


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_forgetting_any_one_fact_of_any_case_never_makes_it_milder(case: Case) -> None:
    assert_known_lies_below_the_worst(case)
    for name in case.facts:
        assert_never_milder(case, case.without(name))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_forgetting_any_facts_of_any_case_never_makes_it_milder(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(all_cases()))
    gone = data.draw(st.sets(st.sampled_from(sorted(case.facts))))
    assert_never_milder(case, case.without(*gone))


def values_of(name: str, spec: FactSpec) -> st.SearchStrategy[FactValue]:
    """Return values that a fact may have."""
    kinds: dict[str, st.SearchStrategy[FactValue]] = {
        "day": st.dates(date(2009, 12, 1), date(2027, 6, 1)).map(date.isoformat),
        "flag": st.booleans(),
        "number": st.sampled_from([0.0, 0.1, 0.5, 1.0, 1e6]),
        "share": st.sampled_from([0.0, 0.0009, 0.001, 0.2, 0.5, 1.0]),
        "place": st.sampled_from(["CN", "US", "JP", "DE", "VN", "MY"]),
        "text": st.sampled_from(["Sm-Co", "Gd-Fe", "28461010", "2B902.a"]),
        "texts": st.tuples(st.sampled_from(["Sm-Co", "Gd-Fe"])),
    }
    if spec.type in ("choice", "choices"):
        one = st.sampled_from(spec.values)
        return one if spec.type == "choice" else st.lists(one, max_size=4, unique=True).map(tuple)
    return kinds[spec.type]


@st.composite
def made_up(draw: st.DrawFn) -> Case:
    """Return a case of facts that the rules know, nothing else holding them together."""
    names = draw(st.sets(st.sampled_from(sorted(RULES.facts)), min_size=3, max_size=14))
    facts = {name: draw(values_of(name, RULES.facts[name])) for name in sorted(names | {"txn.regime", DATE})}
    return Case("made-up", facts)


@settings(max_examples=200, deadline=None)
@given(case=made_up(), data=st.data())
def test_forgetting_facts_of_a_made_up_case_never_makes_it_milder(case: Case, data: st.DataObject) -> None:
    assert_known_lies_below_the_worst(case)
    gone = data.draw(st.sets(st.sampled_from(sorted(case.facts)), min_size=1))
    assert_never_milder(case, case.without(*gone))


def shuffled(rules: RuleSet, seed: int) -> RuleSet:
    order = list(rules.rules)
    random.Random(seed).shuffle(order)
    return replace(rules, rules=tuple(order))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 10_000))
def test_the_order_of_the_rules_plays_no_part(data: st.DataObject, seed: int) -> None:
    case = data.draw(st.sampled_from(all_cases()))
    found, again = decide(case, RULES), decide(case, shuffled(RULES, seed))
    for name in ("determination", *WORST, "if_reactivated", "disputed", "codes", "missing"):
        assert getattr(found, name) == getattr(again, name)
    for group in ("hits", "possible", "suspended", "disputed_hits"):
        assert getattr(found, group) == getattr(again, group)
    for group in ("duties", "overridden"):
        assert {h.rule.id for h in getattr(found, group)} == {h.rule.id for h in getattr(again, group)}


@settings(max_examples=60, deadline=None)
@given(day=st.dates(date(2009, 12, 1), date(2027, 6, 1)), data=st.data())
def test_every_rule_is_in_one_state_and_changes_only_on_its_own_days(day: date, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(RULES.rules))
    spells = RULES.suspensions[rule.id]
    turning = {rule.effective, *(s.start for s in spells), *(s.until + timedelta(1) for s in spells)}
    turning |= {rule.until + timedelta(1)} if rule.until else set()
    today = RULES.statuses(day)[rule.id]
    yesterday = RULES.statuses(day - timedelta(1))[rule.id]
    assert today == yesterday or day in turning


@settings(max_examples=40, deadline=None)
@given(data=st.data(), early=st.dates(date(2010, 1, 1), date(2027, 1, 1)))
def test_what_was_known_early_is_only_what_was_published_by_then(data: st.DataObject, early: date) -> None:
    case = data.draw(st.sampled_from(all_cases()))
    found = decide(case, RULES, as_of=early)
    groups = (found.hits, found.possible, found.duties, found.suspended, found.disputed_hits)
    assert all(hit.rule.known <= early for group in groups for hit in group)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_no_shipped_case_contradicts_itself(case: Case) -> None:
    statuses = RULES.statuses(case.day)
    assert contradictions(case.facts, RULES, statuses, case.id) == []


@settings(max_examples=60, deadline=None)
@given(case=made_up())
def test_facts_written_and_read_again_are_the_same(case: Case) -> None:
    plain = {name: list(v) if isinstance(v, tuple) else v for name, v in case.facts.items()}
    facts, faults, warnings = read_facts(plain, RULES, "case")
    assert (faults, warnings) == ([], [])
    assert facts == dict(case.facts)


def test_the_check_can_fail() -> None:
    """Another good of another element may well be milder: the comparison sees it."""
    plain = Case(
        "x",
        {
            DATE: "2025-06-01",
            "txn.regime": "cn_export",
            "item.form": "metal",
            "item.elements": ("Dy",),
            "item.other_dualuse": False,
            "user.military": False,
            "user.cn_control_list": False,
            "txn.customs_zone": "none",
            "prod.illegal_source": False,
            "use": ("civil",),
        },
    )
    with pytest.raises(AssertionError):
        assert_never_milder(plain, plain.having(item__elements=("Nd",)))
