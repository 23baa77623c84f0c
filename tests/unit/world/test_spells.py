"""Spells: starts, ends, censoring, and what was not known on a day."""

from __future__ import annotations

import math

import pytest

from dearth.world.spells import dates_of, regime_of, spells_of
from made_projects import history


def outcomes(**columns: str) -> list[tuple[str, str, float]]:
    return [(s.step, s.outcome, round(s.years, 2)) for s in spells_of([history(**columns)])]


def test_a_plan_that_never_moves_is_censored_when_it_was_last_seen() -> None:
    assert outcomes(announced="2011", seen="2025") == [("financed", "censored", 14.0)]


def test_each_step_is_a_spell_and_an_end_competes_with_the_next() -> None:
    steps = {"announced": "2011", "financed": "2013", "commissioned": "2016", "seen": "2025"}
    assert outcomes(**steps, ended="2018", ending="failed") == [
        ("financed", "next", 2.0),
        ("commissioned", "next", 3.0),
        ("ramped", "end", 2.0),
    ]


def test_money_found_between_two_known_days_lies_in_their_middle() -> None:
    dates = dates_of(history(announced="2011", commissioned="2015"))
    assert dates.financed == pytest.approx(2013.5)


def test_money_found_on_the_day_of_the_announcement_is_no_spell() -> None:
    assert outcomes(announced="2011", financed="2011", seen="2012") == [("commissioned", "censored", 1.0)]


def test_what_lies_after_the_day_is_not_known() -> None:
    row = history(announced="2011", financed="2013", commissioned="2016", ended="2018", ending="failed")
    then = dates_of(row, 2014.0)
    assert then.stage == "financed"
    assert math.isnan(then.commissioned)
    assert math.isnan(then.ended)
    assert [(s.step, s.outcome) for s in spells_of([row], 2014.0)] == [
        ("financed", "next"),
        ("commissioned", "censored"),
    ]
    assert spells_of([row], 2010.0) == ()


def test_a_permit_that_was_read_is_a_class() -> None:
    (spell,) = spells_of([history(announced="2011", permitted="2012", seen="2020")])
    assert spell.classes["permit"] == "permit read"
    assert spell.classes["list"] == "listed 2010-15"


@pytest.mark.parametrize(
    ("place", "regime"), [("AUS", "Australia and North America"), ("FRA", "Europe"), ("AFR", "elsewhere")]
)
def test_permitting_regimes(place: str, regime: str) -> None:
    assert regime_of(place) == regime
