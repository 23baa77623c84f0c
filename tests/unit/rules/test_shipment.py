"""A shipment in ordinary words: what is read, what stays unknown, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dearth.rules import decide, load_rules
from dearth.rules.shipment import KEYS, Shipment, read_shipment

RULES = load_rules()
PLAIN = {"id": "PO-1", "on": "2025-06-10", "from": "CN", "to": "DE", "goods": "dysprosium oxide 99.9%"}


def read(**changes: Any) -> Shipment:
    raw = {key.rstrip("_"): value for key, value in {**PLAIN, **changes}.items() if value is not None}
    shipment, faults = read_shipment(raw, RULES, "s.yaml")
    assert faults == []
    assert shipment is not None
    return shipment


def test_goods_and_route_become_facts() -> None:
    shipment = read()
    facts = shipment.case.facts
    assert facts["item.form"] == "oxide"
    assert facts["item.elements"] == ("Dy",)
    assert facts["txn.regime"] == "cn_export"
    assert "dysprosium oxide" in shipment.read_from["item.form"]
    assert decide(shipment.case, RULES).deciding == ("CN-2025-18",)


def test_nothing_is_assumed_of_origin_or_end_user() -> None:
    facts = read().case.facts
    assert not {"item.origin", "user.country", "user.military", "use", "user.cn_control_list"} & set(facts)


@pytest.mark.parametrize("goods", ["氧化镝", "CAS 1308-87-8", "Dy2O3", "DYSPROSIUM OXIDE", "dysprosia"])
def test_one_good_by_many_names(goods: str) -> None:
    assert decide(read(goods=goods).case, RULES).codes == {"1C905.b": True}


def test_a_grade_leaves_heavy_elements_open() -> None:
    found = decide(read(goods="N42SH magnet").case, RULES)
    assert found.determination == "NLR"
    assert found.worst_case == "PROHIBIT"
    assert "item.elements" in {one.fact for one in found.missing}


def test_a_tariff_code_says_what_its_lines_have_in_common() -> None:
    facts = read(goods=None, hs="2846.90.15.00").case.facts
    assert facts["item.form"] == "oxide"
    assert facts["item.elements"] == ("Dy",)
    assert facts["item.hs8"] == "28469015"
    assert "item.form" not in read(goods=None, hs="2846").case.facts


def test_a_stated_fact_goes_before_a_read_one() -> None:
    shipment = read(goods="N42SH magnet", facts={"item.elements": ["Nd", "Pr"]})
    assert shipment.case.facts["item.elements"] == ("Nd", "Pr")


def test_a_listed_name_is_a_possible_match() -> None:
    shipment = read(on="2026-08-01", to="DE", consignee={"name": "Rheinmetall AG", "country": "DE"})
    assert shipment.case.facts["user.cn_control_list"] is True
    assert shipment.screenings[0].matches
    assert "user.country" not in shipment.case.facts


def test_a_name_that_is_not_found_is_no_only_while_the_list_was_checked() -> None:
    inside = read(on="2026-08-01", end_user={"name": "Zzyzx Bicycle Bells", "country": "DE"})
    assert inside.case.facts["user.cn_control_list"] is False
    assert inside.case.facts["user.country"] == "DE"
    later = read(on="2026-11-21", end_user={"name": "Zzyzx Bicycle Bells", "country": "DE"})
    assert "user.cn_control_list" not in later.case.facts


def test_a_denial_against_a_listed_name_is_told() -> None:
    shipment = read(on="2026-08-01", consignee="Rheinmetall AG", facts={"user.cn_control_list": False})
    assert any("identity verified?" in warning for warning in shipment.warnings)


def test_other_acts_of_the_same_goods() -> None:
    assert read(to="US").also == ("us_import",)
    assert read(from_="VN", to="US").also == ("vn_export", "us_import")
    assert read().also == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"godos": "x"}, "did you mean 'goods'"),
        ({"goods": 5.5}, "quotation marks"),
        ({"goods": "x" * 600}, "will not do"),
        ({"goods": "a\x07b"}, "will not do"),
        ({"hs": "8505.1x"}, "no tariff code"),
        ({"hs": 8505.11}, "hs: '8505.11'"),
        ({"id": [1]}, "s.yaml.id"),
        ({"title": "a\x1b[31m"}, "s.yaml.title"),
        ({"on": "2025-13-01"}, "YYYY-MM-DD"),
        ({"from": "China"}, "two capital letters"),
        ({"use": "fun"}, "will not do"),
        ({"facts": []}, "not a mapping"),
        ({"facts": {"item.frm": "oxide"}}, "did you mean 'item.form'"),
        ({"consignee": 5}, "a party without a name"),
        ({"consignee": {"name": "A", "land": "DE"}}, "unknown key"),
        ({"consignee": {"name": "A", "country": "Germany"}}, "no country code"),
        ({"parties": "A"}, "not a list"),
        ({"parties": ["A", {}]}, "parties[1]: a party without a name"),
        ({"parties": ["A"] * 300}, "more than 200"),
        ({"facts": {"item.part1": False}}, "follows as true"),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], says: str) -> None:
    shipment, faults = read_shipment({**PLAIN, **changes}, RULES, "s.yaml")
    assert shipment is None
    assert any(says in str(fault) for fault in faults), faults


def test_all_faults_are_told_at_once() -> None:
    wrong = {**PLAIN, "on": "never", "from": "X", "hs": "?", "facts": {"nothing": 1}}
    assert len(read_shipment(wrong, RULES, "s.yaml")[1]) == 4


def test_a_single_case_with_its_expected_answer_is_a_shipment() -> None:
    facts = {
        "txn.date": "2025-06-10",
        "txn.regime": "cn_export",
        "item.form": "metal",
        "item.elements": ["Dy"],
    }
    raw = {"id": "A01", "facts": facts, "expected": {"determination": "LIC"}, "why": "x", "source": "S1"}
    shipment, faults = read_shipment(raw, RULES, "a.yaml")
    assert faults == []
    assert shipment is not None
    assert decide(shipment.case, RULES).determination == "LIC"


def test_every_key_that_is_a_fact_is_one() -> None:
    assert {fact for fact in KEYS.values() if fact} <= set(RULES.facts)


def test_words_that_pull_apart_are_told_in_words() -> None:
    told = [line for line in read(hs="2846901930").warnings if "kept" in line]
    assert told == [
        "tariff code 2846901930 says item.elements = Gd; kept: Dy, from goods 'dysprosium oxide 99.9%';"
        " check which is right"
    ]
