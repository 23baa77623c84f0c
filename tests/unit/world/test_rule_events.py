"""Rules as events: the squeeze told by the rules, and a what-if."""

from __future__ import annotations

from datetime import date

from dearth.axes import MATERIALS
from dearth.rules import load_rules
from dearth.rules.ruleset import amended
from dearth.world.rule_events import events_of_rules
from dearth.world.scenario import load_scenario

RULES = load_rules()


def test_the_squeeze_as_the_rules_tell_it() -> None:
    found = events_of_rules(RULES, date(2025, 4, 1), date(2025, 12, 31))
    assert {event.date for event in found} == {date(2025, 4, 4)}
    (civil,) = [event for event in found if event.action == "licence" and event.end_use in ("civil", "all")]
    (told,) = [e for e in load_scenario("squeeze-2025").events if e.action == "licence"]
    assert set(civil.materials) == {*told.materials, "product:gadolinium"}
    assert set(civil.destinations) == set(told.destinations)
    (barred,) = [event for event in found if event.action == "prohibit"]
    assert (barred.destinations, barred.end_use) == (("USA",), "military")
    assert "CN-2025-18" in civil.source


def test_gates_that_stand_on_the_first_day_come_then() -> None:
    found = events_of_rules(RULES, date(2026, 2, 1), date(2026, 3, 1))
    assert {event.date for event in found} == {date(2026, 2, 1)}
    barred = {event.destinations for event in found if event.action == "prohibit"}
    assert ("JPN", "USA") in barred


def test_a_what_if_brings_new_events() -> None:
    back = amended(RULES, activate=["CN-2025-57"])
    days = {
        e.date
        for e in events_of_rules(back, date(2025, 4, 1), date(2025, 12, 31))
        if "oxide:Other" in e.materials
    }
    assert days == {date(2025, 11, 8)}


def test_what_is_suspended_is_opened() -> None:
    early = date(2025, 10, 1)
    known = events_of_rules(RULES, early, date(2027, 2, 1), as_of=date(2025, 10, 31))
    later = events_of_rules(RULES, early, date(2027, 2, 1))
    start = {e.date for e in known if "oxide:Other" in e.materials}
    assert start == {date(2025, 11, 8)}
    assert {e.date for e in later if "oxide:Other" in e.materials} == {date(2027, 1, 11)}


def test_the_end_of_a_gate_is_an_event() -> None:
    gone = amended(RULES, suspend=["CN-2025-18", "CN-2024-46-1"])
    assert events_of_rules(gone, date(2025, 4, 1), date(2025, 6, 1)) == ()


def test_quotas_are_left_to_the_scenario() -> None:
    assert {e.action for e in events_of_rules(RULES, date(2014, 12, 1), date(2015, 2, 1))} <= {"open"}


def test_every_event_names_known_materials() -> None:
    found = events_of_rules(RULES, date(2025, 4, 1), date(2027, 3, 1))
    assert all(set(event.materials) <= set(MATERIALS) for event in found)
    assert list(found) == sorted(found, key=lambda event: event.date)
