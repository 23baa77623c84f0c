"""The licence study: the envelope, what an officer takes along, and words that must never stand in it."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

import dearth
from dearth.answer import Answer
from dearth.book.read import DATA
from dearth.errors import InputError
from dearth.faces.licence_page import licence_html
from dearth.faces.licence_tables import agreement_csv, agreement_lines, determination_csv
from dearth.faces.licence_view import GATES, lines_of
from dearth.lexicon import load_lexicon
from dearth.rules import load_rules
from dearth.rules.bill import assess_bill, read_bill_bytes
from dearth.rules.case_file import read_case_folder
from dearth.rules.shipment import Shipment, read_shipment
from dearth.studies.licence import agreement, bill, licence, recorded, redecide, staleness

RULES = load_rules()
FOLDER = DATA / "cases"
BANNED = ("cleared", "allowed", "no licence required", "no license required")
PLAIN = {"id": "PO-1", "on": "2025-06-10", "from": "CN", "to": "DE", "goods": "dysprosium oxide"}


def asked(**changes: object) -> Answer:
    as_of = changes.pop("as_of", None)
    shipment, faults = read_shipment({**PLAIN, **changes}, RULES, "s.yaml")
    assert shipment is not None, faults
    assert as_of is None or isinstance(as_of, date)
    return licence(shipment, RULES, as_of=as_of)


@cache
def of_cases() -> tuple[Answer, ...]:
    cases = read_case_folder(FOLDER, RULES)
    return tuple(licence(Shipment(written.case), RULES) for written in cases)


def text_of(answer: Answer) -> str:
    lines = [line for line, _style in lines_of(answer.answer, answer.question, answer.warnings)]
    return "\n".join([*lines, answer.to_json(), licence_html(answer), determination_csv(answer)])


def test_the_envelope() -> None:
    answer = asked()
    assert list(answer.to_dict())[:3] == ["dearth", "study", "book"]
    assert (answer.study, answer.draws, answer.as_of) == ("licence", 0, RULES.as_of.isoformat())
    assert answer.book["sha256"] == RULES.sha256
    assert answer.scenario["name"] == "PO-1"
    assert json.loads(answer.to_json())["answer"]["determination"] == "LIC"


def test_plain_data_will_do_and_its_faults_come_at_once() -> None:
    assert dearth.licence(PLAIN).answer["deciding"] == ["CN-2025-18"]
    with pytest.raises(InputError) as caught:
        dearth.licence({**PLAIN, "form": "CN", "on": "soon"})
    assert len(caught.value.faults) == 2


def test_the_same_question_has_the_same_bytes() -> None:
    assert asked().to_json() == asked().to_json()
    assert asked().scenario["sha256"] != asked(to="FR").scenario["sha256"]


def test_papers_delay_and_penalties_come_with_a_licence() -> None:
    found = asked().answer
    assert {"document", "rule"} == set(found["documents"][0])
    kinds = {row["quantity"] for row in found["delay"]}
    assert "review-time" in kinds
    assert all({"low", "high", "n", "source", "url"} <= set(row) for row in found["delay"])
    assert found["penalties"]


def test_sources_are_those_of_the_rules_named() -> None:
    answer = asked()
    named = {name for group in ("hits", "duties") for hit in answer.answer[group] for name in hit["sources"]}
    assert named <= {source["id"] for source in answer.sources}


@pytest.mark.parametrize(("as_of", "lines"), [(date(2026, 10, 22), 0), (date(2026, 10, 23), 1)])
def test_one_line_when_the_rules_are_older_than_two_weeks(as_of: date, lines: int) -> None:
    answer = asked(as_of=as_of)
    assert answer.as_of == as_of.isoformat()
    assert sum("look for newer notices" in warning for warning in answer.warnings) == lines
    assert bool(staleness(RULES, as_of)) is bool(lines)


def test_a_day_after_the_evidence_is_its_own_as_of_date() -> None:
    answer = asked(on="2026-11-21")
    assert answer.as_of == "2026-11-21"
    assert sum("look for newer notices" in warning for warning in answer.warnings) == 1


def test_rules_that_were_not_yet_published_play_no_part() -> None:
    assert asked(as_of=date(2025, 4, 3)).answer["determination"] == "NLR"


def test_the_other_acts_of_a_shipment_are_shown_apart() -> None:
    found = asked(goods="SmCo magnet", to="US", on="2026-02-01", origin="CN").answer
    (other,) = found["other_acts"]
    assert (other["regime"], other["determination"]) == ("us_import", "DUTY")
    assert found["determination"] == "LIC"


@pytest.mark.parametrize("answer", of_cases(), ids=lambda answer: answer.scenario["name"])
def test_no_output_says_that_goods_may_leave(answer: Answer) -> None:
    text = text_of(answer).lower()
    assert [word for word in BANNED if word in text] == []


def test_the_list_of_banned_words_is_looked_for() -> None:
    with_word = Answer(
        **{**{f: getattr(asked(), f) for f in Answer.__slots__}, "warnings": ("it is Cleared",)}
    )
    assert "cleared" in text_of(with_word).lower()


def test_every_act_has_words() -> None:
    assert set(RULES.facts["txn.regime"].values) <= set(GATES)


def test_agreement_ends_with_the_count() -> None:
    answer = agreement(read_case_folder(FOLDER, RULES), RULES, folder=Path("cases"))
    found = answer.answer
    last = [line for line, _style in agreement_lines(answer)][-1]
    assert last == f"{found['agreed']} agreed, {found['disagreed']} disagreed, {found['unknown']} unknown"
    assert found["agreed"] + found["disagreed"] + found["unknown"] == len(found["cases"])
    assert agreement_csv(answer).count("\n") == len(found["cases"]) + 1


def test_every_case_but_the_independent_ones_agrees() -> None:
    answer = agreement(read_case_folder(FOLDER, RULES), RULES, folder=FOLDER)
    wrong = [row for row in answer.answer["cases"] if row["outcome"] != "agreed"]
    assert {row["file"] for row in wrong} <= {"independent.yaml"}


def test_a_recorded_answer_is_decided_again() -> None:
    record = recorded(asked())
    again = redecide(RULES)
    assert again(record["case"], record["day"])["determination"] == record["answer"]["determination"] == "LIC"
    assert again(record["case"], "2025-04-03")["determination"] == "NLR"


def test_a_bill_in_the_envelope() -> None:
    data = b"id,parent,description,value,currency,origin\na,,SmCo magnet,5,EUR,CN\n"
    read = read_bill_bytes("b.csv", data, RULES)
    goods = load_lexicon().goods
    assessed = assess_bill(read, RULES, on=date(2025, 6, 10), read_goods=goods)
    answer = bill(assessed, RULES, sha256="0" * 64)
    assert answer.answer["rows"][0]["from_china"]["determination"] == "LIC"
    assert "CN-2025-18" in {rule["id"] for rule in answer.answer["rules"]}
    assert answer.sources


def test_recorded_parties_are_screened_again() -> None:
    record = recorded(asked(on="2026-02-23", consignee={"name": "SUBARU Corporation", "country": "JP"}))
    again = redecide(RULES)
    assert again(record["case"], "2026-02-23")["deciding"] == record["answer"]["deciding"]
    assert "CN-WATCH-LIST" not in record["answer"]["deciding"]
    assert "CN-WATCH-LIST" in again(record["case"], "2026-02-24")["deciding"]


def test_a_record_without_parties_is_decided_as_it_is() -> None:
    case = {"id": "old", "facts": {"txn.date": "2026-03-02", "txn.regime": "cn_export"}}
    assert redecide(RULES)(case, "2026-03-02")["determination"] == "NLR"


def test_a_listed_name_stands_above_the_sections_and_parties_come_early() -> None:
    answer = asked(on="2026-08-03", goods="N52 magnet", end_user="Lockheed Martin Corp")
    lines = [line for line, _style in lines_of(answer.answer, answer.question, ())]
    told = "party Lockheed Martin Corp: possible match, verify identity: control list (exact, in force)"
    assert any(line.startswith(told) for line in lines[:8])
    assert lines.index("Parties") < lines.index("What is missing, and what to ask")


def test_in_brief_every_section_stands_and_every_rule_is_named() -> None:
    answer = asked(on="2026-08-03", end_user={"name": "Fujitsu Ltd", "country": "JP"})
    full, brief = (
        [line for line, _style in lines_of(answer.answer, answer.question, answer.warnings, full=full)]
        for full in (True, False)
    )
    assert len("".join(brief)) < 0.75 * len("".join(full))
    assert {line for line, style in lines_of(answer.answer, answer.question, ()) if style} <= set(brief)
    for group in ("hits", "duties", "suspended", "disputed_hits"):
        assert all(any(hit["rule"] in line for line in brief) for hit in answer.answer[group])
    assert all(note in "\n".join(brief) for note in answer.warnings)


def test_in_brief_a_disputed_rule_is_told_once() -> None:
    answer = asked(on="2026-11-20", **{"from": "MY"}, goods="traction motor")
    lines = [line for line, _style in lines_of(answer.answer, answer.question, (), full=False)]
    assert sum(line.startswith("  CN-2025-61-2  ") for line in lines) == 1


def test_a_duty_names_the_rate_of_the_line() -> None:
    answer = asked(on="2011-06-01", goods="neodymium metal", hs="28053011")
    (duty,) = [hit for hit in answer.answer["hits"] if hit["rule"] == "CN-DUTY-2011"]
    assert duty["rate"] == "25 %"
    lines = [line for line, _style in lines_of(answer.answer, answer.question, (), full=False)]
    assert "    rate of this tariff line: 25 %" in lines


def test_whether_goods_are_controlled_otherwise_is_asked_last() -> None:
    asked_for = [one["fact"] for one in asked(goods="N52 magnet", on="2026-08-03").answer["missing"]]
    rest = asked_for[asked_for.index("item.other_dualuse") :]
    assert rest == ["item.other_dualuse"]
