"""A determination from small rules: what hits, what is open, what would hit, what is asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dearth.rules.case import Case
from dearth.rules.decide import Determination, decide, trace, verdict
from dearth.rules.ruleset import RuleSet
from small_rules import small

METAL = {"txn.regime": "cn_export", "item.form": "metal", "item.elements": ("Dy",), "txn.date": "2025-05-01"}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    return small(tmp_path_factory.mktemp("rules"))


def found(rules: RuleSet, on: date | None = None, as_of: date | None = None, **changes: Any) -> Determination:
    facts = {**METAL, **{name.replace("__", "."): value for name, value in changes.items()}}
    return decide(Case("x", {k: v for k, v in facts.items() if v is not None}), rules, on=on, as_of=as_of)


def ids(hits: Any) -> list[str]:
    return [hit.rule.id for hit in hits]


def test_what_is_not_stated_is_neither_yes_nor_no(rules: RuleSet) -> None:
    one = found(rules)
    assert (one.determination, one.worst_case, one.settled) == ("LIC", "PROHIBIT", False)
    assert ids(one.hits) == ["LICENCE"]
    assert ids(one.possible) == ["BAN"]
    assert one.possible[0].unknown == ("user.military", "use")
    assert one.hits[0].facts == {"txn.regime": "cn_export", "item.form": "metal", "item.elements": ("Dy",)}
    assert one.codes == {"1C905.a.1": True}


def test_what_is_stated_settles_it(rules: RuleSet) -> None:
    civil = found(rules, user__military=False, use=("civil",))
    assert (civil.determination, civil.worst_case, civil.settled, civil.missing) == ("LIC", "LIC", True, ())
    assert found(rules, use=("military",)).determination == "PROHIBIT"


def test_a_question_for_every_missing_fact_the_gravest_first(rules: RuleSet) -> None:
    asked = found(rules, item__elements=None, use=("civil",)).missing
    assert [one.fact for one in asked] == ["item.elements", "user.military"]
    assert asked[0].question == "Which elements?"
    assert (asked[0].effect, asked[0].rules) == ("PROHIBIT", ("BAN", "LICENCE"))


def test_duties_stand_apart(rules: RuleSet) -> None:
    one = found(rules, item__form="metal", item__elements=("Nd",), user__military=False, use=("civil",))
    assert one.determination == "NLR"
    assert ids(one.duties) == ["CONDUCT"]
    assert one.hits == ()


def test_an_exemption_frees_only_when_it_certainly_holds(rules: RuleSet) -> None:
    day = date(2025, 7, 1)
    freed = found(rules, on=day, user__share=0.5, user__military=False, use=("civil",))
    assert (freed.determination, freed.worst_case) == ("NLR", "NLR")
    assert ids(freed.overridden) == ["LICENCE"]
    assert ids(freed.hits) == ["FREED"]
    open_ = found(rules, on=day, user__military=False, use=("civil",))
    assert (open_.determination, open_.worst_case) == ("LIC", "LIC")
    assert [one.fact for one in open_.missing if one.frees] == ["user.share"]
    late = found(rules, on=date(2026, 6, 1), user__share=0.5, user__military=False, use=("civil",))
    assert late.determination == "LIC"


def test_suspended_and_disputed_rules_are_told_apart(rules: RuleSet) -> None:
    oxide = {"item__form": "oxide", "item__elements": ("Nd",), "user__military": False, "use": ("civil",)}
    paused = found(rules, on=date(2026, 1, 1), **oxide)
    assert (paused.determination, paused.worst_case) == ("NLR", "NLR")
    assert (paused.if_reactivated, paused.disputed) == ("DENY", "NLR")
    assert ids(paused.suspended) == ["PAUSED"]
    assert paused.suspended[0].status == "suspended"
    fought = found(rules, on=date(2026, 12, 1), **oxide)
    assert (fought.determination, fought.worst_case) == ("NLR", "DENY")
    assert (fought.if_reactivated, fought.disputed) == ("DENY", "DENY")
    assert fought.suspended == ()
    assert ids(fought.disputed_hits) == ["PAUSED"]
    back = found(rules, on=date(2027, 1, 11), **oxide)
    assert (back.determination, back.if_reactivated) == ("DENY", "DENY")


def test_a_fact_that_rests_on_the_state_of_a_rule(rules: RuleSet) -> None:
    mixture = {"item__form": "mixture", "item__elements": ("Nd",), "user__military": False, "use": ("civil",)}
    assert found(rules, on=date(2026, 1, 1), **mixture).determination == "NLR"
    assert found(rules, on=date(2026, 1, 1), **mixture).if_reactivated == "CBC"
    fought = found(rules, on=date(2026, 12, 1), **mixture)
    assert (fought.determination, fought.worst_case, fought.disputed) == ("NLR", "CBC", "CBC")
    assert found(rules, on=date(2027, 2, 1), **mixture).determination == "CBC"


def test_without_a_day_nothing_is_certain(rules: RuleSet) -> None:
    one = found(rules, txn__date=None)
    assert (one.on, one.determination, one.worst_case) == (None, "NLR", "PROHIBIT")
    assert one.missing[0].fact == "txn.date"


def test_without_a_regime_every_regime_may_hold(rules: RuleSet) -> None:
    one = found(rules, txn__regime=None, user__country="RU")
    assert one.worst_case == "PROHIBIT"
    assert set(ids(one.possible)) >= {"BAN", "FOREIGN", "LICENCE"}


def test_the_day_asked_goes_before_the_day_stated(rules: RuleSet) -> None:
    assert found(rules, on=date(2025, 4, 3)).determination == "NLR"
    assert found(rules, on=date(2025, 4, 4)).determination == "LIC"


def test_what_was_not_published_does_not_hit(rules: RuleSet) -> None:
    early = found(rules, on=date(2025, 5, 1), as_of=date(2025, 4, 3))
    assert early.determination == "NLR"


def test_conflicts_and_open_points_are_shown_with_the_rules_they_touch(rules: RuleSet) -> None:
    one = found(rules)
    assert [c.id for c in one.conflicts] == ["C1"]
    assert [a.id for a in one.ambiguities] == ["A1"]
    assert found(rules, on=date(2024, 1, 1)).conflicts == ()


def test_plain_data_carries_what_an_officer_needs(rules: RuleSet) -> None:
    plain = found(rules).to_dict()
    hit = plain["hits"][0]
    assert hit["paraphrase"] == "what is listed needs a licence"
    assert (hit["issued"], hit["effective"], hit["number"]) == ("2025-04-04", "2025-04-04", "18 of 2025")
    assert plain["deciding"] == ["LICENCE"]
    assert plain["codes"] == ["1C905.a.1"]


def test_the_trace_names_every_rule_and_every_test(rules: RuleSet) -> None:
    traced = {one["rule"]: one for one in trace(Case("x", METAL), rules)}
    assert traced["FOREIGN"]["truth"] == "false"
    assert traced["BAN"]["truth"] == "unknown"
    steps = {(s["fact"], s["truth"]) for s in traced["BAN"]["steps"]}
    assert {("user.military", "unknown"), ("item.listed", "true"), ("item.form", "true")} <= steps


def test_the_quick_verdict_is_that_of_the_determination(rules: RuleSet) -> None:
    one = found(rules)
    assert verdict(Case("x", METAL), rules) == (one.determination, one.deciding)
