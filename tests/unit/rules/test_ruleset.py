"""The state of a rule on a day: both ends of every spell, what was known when, and what-ifs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dearth.errors import UnknownNameError
from dearth.rules.ruleset import RuleSet, amended
from small_rules import small


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    return small(tmp_path_factory.mktemp("rules"))


@pytest.mark.parametrize(
    ("name", "day", "state"),
    [
        ("LICENCE", "2025-04-03", "pending"),
        ("LICENCE", "2025-04-04", "active"),
        ("FREED", "2025-05-31", "pending"),
        ("FREED", "2025-06-01", "active"),
        ("FREED", "2026-05-31", "active"),
        ("FREED", "2026-06-01", "expired"),
        ("PAUSED", "2025-11-06", "pending"),
        ("PAUSED", "2025-11-07", "suspended"),
        ("PAUSED", "2026-11-10", "suspended"),
        ("PAUSED", "2026-11-11", "disputed"),
        ("PAUSED", "2027-01-10", "disputed"),
        ("PAUSED", "2027-01-11", "active"),
        ("PAUSED-TOO", "2025-11-06", "active"),
        ("PAUSED-TOO", "2025-11-07", "suspended"),
        ("PAUSED-TOO", "2026-11-11", "disputed"),
    ],
)
def test_both_ends_belong_to_a_spell(rules: RuleSet, name: str, day: str, state: str) -> None:
    assert rules.statuses(date.fromisoformat(day))[name] == state


@pytest.mark.parametrize(
    ("day", "as_of", "state"),
    [
        ("2026-01-01", "2025-10-08", "unpublished"),
        ("2026-01-01", "2025-10-09", "active"),
        ("2026-01-01", "2025-11-06", "active"),
        ("2026-01-01", "2025-11-07", "suspended"),
        ("2026-12-01", "2026-09-27", "active"),
        ("2026-12-01", "2026-09-28", "disputed"),
    ],
)
def test_what_was_not_known_by_then_is_as_if_it_were_not(
    rules: RuleSet, day: str, as_of: str, state: str
) -> None:
    found = rules.statuses(date.fromisoformat(day), date.fromisoformat(as_of))
    assert found["PAUSED"] == state


def test_without_a_day_every_rule_may_be_in_force(rules: RuleSet) -> None:
    assert set(rules.statuses(None).values()) == {"undated"}


def test_a_what_if_lifts_or_suspends(rules: RuleSet) -> None:
    day = date(2026, 1, 1)
    changed = amended(rules, activate=["PAUSED"], suspend=["LICENCE"])
    found = changed.statuses(day)
    assert (found["PAUSED"], found["LICENCE"], found["PAUSED-TOO"]) == ("active", "suspended", "suspended")
    assert rules.statuses(day)["PAUSED"] == "suspended"
    assert "changed" in changed.version


def test_a_what_if_of_no_rule_is_refused(rules: RuleSet) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'PAUSED'"):
        amended(rules, activate=["PAUSD"])


@pytest.mark.parametrize(("day", "days"), [("2026-10-22", 0), ("2026-10-23", 15), ("2025-01-01", 0)])
def test_stale_after_two_weeks(rules: RuleSet, day: str, days: int) -> None:
    assert rules.stale_days(date.fromisoformat(day)) == days


def test_sources_come_once_in_the_order_asked(rules: RuleSet) -> None:
    found = rules.sources_of(("S1", "S1", "nobody"))
    assert [source["id"] for source in found] == ["S1"]
    assert found[0]["url"] == "https://example.org/a"


def test_the_hash_follows_the_bytes(tmp_path: Path, rules: RuleSet) -> None:
    (tmp_path / "b").mkdir()
    assert small(tmp_path / "b").sha256 == rules.sha256
    assert len(rules.sha256) == 64
