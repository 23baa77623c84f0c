"""Gates from the rules; the shipped scenarios agree with them on the day before and on the day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest

from dearth.axes import MATERIALS, PLACES
from dearth.rules import load_rules
from dearth.rules.ruleset import amended
from dearth.world.rule_gates import COUNTRY, Gated, gate_changes, gate_of, gates_on
from dearth.world.scenario import Event, load_scenario, scenario_names

RULES = load_rules()
REPLAY_FROM = date(2010, 1, 1)  # the rules are held from this day on
ACTIONS = ("licence", "prohibit", "quota")
# What a scenario puts under a rule because dearth assumes so, as its source says.
ASSUMED = "dearth assumption"


@cache
def gates(day: date) -> dict[tuple[str, str, str], Gated]:
    return gates_on(RULES, day)


def acting(name: str) -> list[Event]:
    events = load_scenario(name).events
    return [e for e in events if e.action in ACTIONS and e.origin == "CHN" and e.date >= REPLAY_FROM]


def told_by_rules(event: Event) -> list[tuple[str, str, str]]:
    """Return the classes of an event that the law, not an assumption, puts under its action."""
    if event.source.startswith(ASSUMED):
        return []
    places = ["USA"] if ASSUMED in event.source else [p for p in event.destinations if p != "CHN"]
    return [(m, p, use) for m in event.materials for p in places for use in event.end_uses]


def test_every_place_has_a_country() -> None:
    assert set(COUNTRY) == set(PLACES)


def test_before_and_after_announcement_18() -> None:
    assert gates(date(2025, 4, 3)) == {}
    found = gates(date(2025, 4, 4))
    assert found["oxide:Dy", "DEU", "civil"] == Gated("licence", ("CN-2025-18",))
    assert found["magnet:smco", "USA", "military"] == Gated("prohibit", ("CN-2024-46-1",))
    assert ("magnet:none", "DEU", "civil") not in found
    assert ("oxide:NdPr", "DEU", "civil") not in found
    assert ("assembly:high", "DEU", "civil") not in found
    assert ("oxide:Other", "DEU", "civil") not in found
    assert not any(place == "CHN" for _material, place, _use in found)


def test_a_japanese_military_user_is_barred_from_2026() -> None:
    key = ("metal:Dy", "JPN", "military")
    assert gates(date(2026, 1, 5))[key].action == "licence"
    assert gates(date(2026, 1, 6))[key].action == "prohibit"


@pytest.mark.parametrize(
    ("day", "action"),
    [("2010-01-01", "quota"), ("2014-12-31", "quota"), ("2015-01-01", None), ("2025-04-04", "licence")],
)
def test_quota_then_nothing_then_licence(day: str, action: str | None) -> None:
    gate = gate_of(RULES, date.fromisoformat(day), ("oxide:Dy", "USA", "civil"))
    assert (gate.action if gate else None) == action


def test_a_what_if_reaches_the_gates() -> None:
    day, key = date(2026, 2, 1), ("oxide:Other", "DEU", "civil")
    assert gate_of(RULES, day, key) is None
    back = amended(RULES, activate=["CN-2025-57"])
    assert gate_of(back, day, key) == Gated("licence", ("CN-2025-57",))
    gone = amended(RULES, suspend=["CN-2025-18"])
    assert gate_of(gone, day, ("oxide:Dy", "DEU", "civil")) is None


def test_as_of_hides_what_was_not_yet_published() -> None:
    key = ("oxide:Dy", "DEU", "civil")
    assert gate_of(RULES, date(2025, 5, 1), key, as_of=date(2025, 4, 3)) is None


def test_changes_are_told_on_their_day() -> None:
    found = gate_changes(RULES, date(2014, 12, 1), date(2025, 4, 30))
    days = {(c.day, c.action) for c in found if (c.material, c.place, c.use) == ("oxide:Dy", "USA", "civil")}
    assert days == {
        (date(2014, 12, 1), "quota"),
        (date(2015, 1, 1), None),
        (date(2025, 4, 4), "licence"),
    }
    assert {c.material for c in found} <= set(MATERIALS)


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_agrees_with_the_rules_on_its_days(name: str) -> None:
    for event in acting(name):
        for key in told_by_rules(event):
            gate = gate_of(RULES, event.date, key)
            assert gate is not None, (event.date, key)
            assert gate.action == event.action, (event.date, key)


def test_the_licence_of_the_squeeze_begins_on_its_day_and_touches_what_the_rule_touches() -> None:
    (licence,) = [e for e in acting("squeeze-2025") if e.action == "licence"]
    before = gates(licence.date - timedelta(1))
    on = gates(licence.date)
    assert all(key not in before for key in told_by_rules(licence))
    gated = {
        m for (m, place, use), gate in on.items() if (place, use, gate.action) == ("DEU", "civil", "licence")
    }
    untold = gated - set(licence.materials)
    assert untold == {"product:gadolinium"}, (
        "gadolinium chemicals are under licence too; the scenario leaves them out"
    )


def test_the_quota_of_the_scenario_ends_with_that_of_the_rules() -> None:
    events = load_scenario("quota-2010").events
    (end,) = [
        e for e in events if e.action == "open" and e.destinations != ("JPN",) and "oxide:Dy" in e.materials
    ]
    key = ("oxide:Dy", "DEU", "civil")
    assert gates(end.date - timedelta(1))[key].action == "quota"
    assert key not in gates(end.date)


def test_the_agreement_can_fail() -> None:
    """An event a day too early would be seen."""
    (licence,) = [e for e in acting("squeeze-2025") if e.action == "licence"]
    early = licence.date - timedelta(1)
    assert any(gate_of(RULES, early, key) is None for key in told_by_rules(licence))
