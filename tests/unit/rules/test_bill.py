"""The ratio by tier and the answers of a bill, on examples reckoned by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from dearth.rules import load_rules
from dearth.rules.bill import BillAssessment, BillRow, assess_bill, read_bill_bytes
from dearth.rules.bill_ratio import Span

SUSPENDED = date(2026, 6, 1)
SHARED: Mapping[str, Any] = {
    "txn.to": "US",
    "user.country": "US",
    "user.military": False,
    "user.cn_control_list": False,
    "user.cn_watch_list": False,
    "user.listed_parent_share": 0.0,
    "use": ("civil",),
}
HEAD = "id,parent,description,quantity,value,currency,origin,form,elements,family,alloy,deep_processed\n"
CAR = HEAD + (
    "car,,electric car,1,40000,EUR,DE,finished_product,,,,yes\n"
    "motor,car,traction motor,1,800,EUR,DE,assembly,,,,yes\n"
    "rotor,motor,rotor,1,300,EUR,DE,assembly,,,,yes\n"
    "magnet,rotor,magnet,16,10,EUR,DE,magnet_material,Nd|Dy,NdFeB,,\n"
    "dyfe,magnet,ferrodysprosium,1,0.9,EUR,CN,alloy,Dy|Fe,,Dy-Fe,\n"
    "nd,magnet,neodymium,1,4,EUR,CN,metal,Nd,,,\n"
    "steel,rotor,electrical steel,1,50,EUR,DE,other_goods,none,,,\n"
    "body,car,body,1,12000,EUR,DE,other_goods,none,,,\n"
)


def assess(text: str, on: date = SUSPENDED, **more: Any) -> BillAssessment:
    rules = load_rules()
    return assess_bill(read_bill_bytes("bill.csv", text.encode(), rules), rules, on, shared=SHARED, **more)


def rows(text: str, **more: Any) -> dict[str, BillRow]:
    return {row.line.id: row for row in assess(text, **more).rows}


def near(span: Span | None, low: float, high: float | None = None) -> bool:
    return span is not None and span == pytest.approx((low, low if high is None else high))


def test_the_ratio_of_every_tier_reckoned_by_hand() -> None:
    found = rows(CAR)
    assert near(found["magnet"].ratio, 0.9 / 10)
    assert near(found["rotor"].ratio, 16 * 0.9 / 300)
    assert near(found["motor"].ratio, 16 * 0.9 / 800)
    assert near(found["car"].ratio, 16 * 0.9 / 40_000)
    assert all(near(found[name].ratio_inside, 0.09) for name in ("magnet", "rotor", "motor", "car"))
    assert found["dyfe"].ratio == Span(1, 1)
    assert found["nd"].ratio == found["steel"].ratio == found["body"].ratio == Span(0, 0)
    assert found["body"].ratio_inside is None


def test_what_is_made_of_magnets_is_an_item_of_part_2_and_what_is_not_is_not() -> None:
    found = rows(CAR)
    assert [found[name].part2 for name in ("car", "motor", "rotor", "magnet")] == [True] * 4
    assert [found[name].part2 for name in ("dyfe", "nd", "steel", "body")] == [False] * 4
    assert (found["dyfe"].part1, found["nd"].part1) == (True, False)


@pytest.mark.parametrize(
    ("part", "part2"),
    [
        ("x,a,coil,1,1,EUR,DE,other_goods,none,,,", False),
        ("x,a,something,1,1,EUR,DE,,,,,", None),
        ("x,a,magnet,1,1,EUR,DE,magnet_material,,NdFeB,,", None),
        ("x,a,magnet,1,1,EUR,DE,magnet_material,Nd,NdFeB,,", False),
        ("x,a,magnet,1,1,EUR,DE,magnet_material,,SmCo,,", True),
    ],
)
def test_an_assembly_is_what_its_parts_make_it(part: str, part2: bool | None) -> None:
    text = HEAD + "a,,motor,1,10,EUR,DE,assembly,,,,yes\n" + part + "\n"
    assert rows(text)["a"].part2 is part2
    open_text = text.replace("deep_processed\n", "deep_processed,breakdown\n", 1)
    open_text = open_text.replace("yes\n", "yes,part\n").replace(part + "\n", part + ",\n")
    assert rows(open_text)["a"].part2 is (True if part2 else None)


def test_both_answers_where_the_tier_is_open() -> None:
    car = rows(CAR)["car"]
    assert car.tier_open
    assert (car.offshore.if_reactivated, car.offshore_inside.if_reactivated) == ("NLR", "LIC")
    assert not rows(CAR)["motor"].tier_open


def test_a_freed_assembly_leaves_and_is_caught_offshore_on_revival() -> None:
    found = assess(CAR)
    motor = {row.line.id: row for row in found.rows}["motor"]
    assert motor.from_china.freed_by == ("CN-FAQ-DEEP",)
    assert motor.from_china.determination == "NLR"
    assert motor.offshore.determination == "NLR"
    assert "CN-2025-61-1A" in motor.offshore.suspended
    assert found.to_dict()["freed_then_caught"] == ["car", "motor", "rotor"]


def test_a_magnet_from_china_needs_a_licence_with_its_code() -> None:
    magnet = rows(CAR)["magnet"]
    assert (magnet.from_china.determination, magnet.from_china.codes) == ("LIC", ("1C905.a.4",))


def test_once_the_rule_is_in_force_the_bill_is_caught() -> None:
    found = {row.line.id: row for row in assess(CAR, date(2027, 2, 1)).rows}
    assert (found["motor"].offshore.determination, found["car"].offshore.determination) == ("LIC", "NLR")
    assert found["car"].offshore_inside.determination == "LIC"


@pytest.mark.parametrize(("value", "caught"), [("0.01", "LIC"), ("0.0100001", "LIC"), ("0.0099", "NLR")])
def test_the_threshold_itself_is_caught(value: str, caught: str) -> None:
    text = HEAD + (
        f"m,,magnet,1,10,EUR,DE,magnet_material,Nd|Dy,NdFeB,,\nd,m,dysprosium,1,{value},EUR,CN,metal,Dy,,,\n"
    )
    assert rows(text, on=date(2027, 2, 1))["m"].offshore.determination == caught


@pytest.mark.parametrize("pieces", [3, 7, 30, 300])
def test_rounding_never_frees(pieces: int) -> None:
    text = HEAD + (
        f"m,,magnet,1,{pieces * 100},EUR,DE,magnet_material,Nd|Dy,NdFeB,,\n"
        f"d,m,dysprosium,{pieces},0.1,EUR,CN,metal,Dy,,,\n"
    )
    assert rows(text, on=date(2027, 2, 1))["m"].offshore.determination == "LIC"


MAGNET = {
    "id": "m", "description": "magnet", "value": 10, "currency": "EUR", "origin": "DE",
    "form": "magnet_material", "elements": ["Nd", "Dy"], "family": "NdFeB",
}  # fmt: skip
METAL = {"parent": "m", "origin": "CN", "form": "metal"}
DY = {**METAL, "id": "d", "elements": ["Dy"]}
ND = {**METAL, "id": "n", "elements": ["Nd"]}
PRICE = {"value": 1, "currency": "EUR", "quantity": 1}


def magnet_of(*parts: Mapping[str, Any], **more: Any) -> BillRow:
    rules = load_rules()
    bill = read_bill_bytes("bill.json", json.dumps([{**MAGNET, **more}, *parts]).encode(), rules)
    return assess_bill(bill, rules, SUSPENDED, shared=SHARED).rows[0]


def test_an_unknown_part_leaves_the_whole_range() -> None:
    assert magnet_of({"id": "p", "parent": "m", "description": "powder"}).ratio == Span(0, 1)


def test_unknown_shares_share_what_the_known_ones_leave() -> None:
    assert near(magnet_of(DY, {**ND, **PRICE, "value": 9}).ratio, 0, 0.1)


def test_a_stated_share_of_value_needs_no_prices() -> None:
    assert near(magnet_of({**DY, "value_share": 0.25}, value=None, currency=None).ratio, 0.25)


def test_a_partial_breakdown_leaves_the_rest_open() -> None:
    assert near(magnet_of({**DY, **PRICE}).ratio, 0.1)
    assert near(magnet_of({**DY, **PRICE}, breakdown="part").ratio, 0.1, 1)


def test_foreign_metal_may_hold_chinese_metal() -> None:
    assert near(magnet_of({**DY, **PRICE, "origin": "JP"}).ratio, 0, 0.1)


def test_metal_of_unknown_origin_is_open() -> None:
    assert near(magnet_of({**DY, **PRICE, "origin": None}).ratio, 0, 0.1)


def test_what_states_that_it_holds_no_rare_earth_adds_nothing() -> None:
    assert near(magnet_of({"id": "p", "parent": "m", "description": "coating", "re_content": False}).ratio, 0)


def test_an_unknown_number_of_pieces_leaves_the_range_open() -> None:
    assert near(magnet_of({**DY, **PRICE, "quantity": None}).ratio, 0, 1)
    assert near(magnet_of({**ND, **PRICE, "quantity": None}).ratio, 0)


def test_more_pieces_than_the_whole_is_worth_stay_within_one() -> None:
    assert near(magnet_of({**DY, **PRICE, "quantity": 1000}).ratio, 1)


def test_a_suppliers_range_is_kept() -> None:
    head = HEAD.strip() + ",cn_share_low,cn_share_high\n"
    found = rows(head + "m,,magnet,1,10,EUR,DE,magnet_material,Nd|Dy,NdFeB,,,0.0005,0.002\n")["m"]
    assert near(found.ratio, 0.0005, 0.002)
    assert (found.offshore.if_reactivated, found.offshore.if_reactivated_worst) == ("NLR", "LIC")


def test_a_tier_without_a_value_is_skipped_by_values() -> None:
    found = rows(CAR.replace("1,800,EUR,DE,assembly", "1,,,DE,assembly"))
    assert found["motor"].ratio.high == pytest.approx(0.048)  # at most that of its rotor
    assert near(found["car"].ratio, 16 * 0.9 / 40_000)


def test_contradictory_statements_keep_the_whole_range_and_are_told() -> None:
    text = CAR.replace("NdFeB,,\n", "NdFeB,,\n").replace("Nd|Dy", "Nd")
    found = assess(text)
    magnet = {row.line.id: row for row in found.rows}["magnet"]
    assert near(magnet.ratio, 0, 0.09)
    assert any("the whole range is kept" in warning for warning in found.warnings)


def test_values_in_another_currency_are_unknown_without_a_rate() -> None:
    text = CAR.replace("1,0.9,EUR", "1,0.9,USD")
    found = assess(text)
    magnet = {row.line.id: row for row in found.rows}["magnet"]
    assert near(magnet.ratio, 0, 0.6)  # neodymium is 4 of 10
    assert "no rates are given for USD" in found.warnings[0]
    with_rate = rows(text, rates={"EUR": 1.0, "USD": 0.5})
    assert near(with_rate["magnet"].ratio, 0.045)


def test_a_price_of_nothing_is_no_value() -> None:
    found = rows(CAR.replace("1,0.9,EUR", "1,0,EUR"))
    assert near(found["magnet"].ratio, 0, 0.6)
    assert "a price of 0 is taken as an unknown value" in found["dyfe"].notes


def test_leaves_that_say_nothing_are_asked_for() -> None:
    found = assess(HEAD + "m,,magnet,1,10,EUR,DE,magnet_material,Nd|Dy,NdFeB,,\n")
    assert found.questions[0].startswith("row 2, m: which share")


class Said:
    def __init__(self, facts: dict[str, Any]) -> None:
        self.facts = facts


def test_words_are_read_and_columns_go_before_them() -> None:
    def read(words: str) -> Said:
        return Said({"item.form": "oxide", "item.elements": ("Dy",)} if "氧化镝" in words else {})

    text = "id,description,form,origin\na,氧化镝,,CN\nb,氧化镝,metal,CN\n"
    found = rows(text, read_goods=read)
    assert found["a"].from_china.codes == ("1C905.b",)
    assert found["b"].from_china.codes == ("1C905.a.1",)


def test_the_answer_is_plain_json_without_forbidden_words() -> None:
    text = json.dumps(assess(CAR).to_dict(), ensure_ascii=False, allow_nan=False).lower()
    assert not [word for word in ("cleared", "allowed", "no licence required") if word in text]


def test_ten_thousand_lines_take_less_than_five_seconds() -> None:
    from time import process_time  # noqa: PLC0415

    lines = [HEAD]
    for number in range(1250):
        for line in CAR.splitlines()[1:]:
            name, parent, rest = line.split(",", 2)
            lines.append(f"{name}{number},{parent and parent + str(number)},{rest}\n")
    start = process_time()
    found = assess("".join(lines))
    assert len(found.rows) == 10_000
    assert process_time() - start < 5
