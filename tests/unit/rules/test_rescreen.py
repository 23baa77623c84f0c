"""Recorded parties screened again: new notices are seen, and silence never turns an unknown into a no."""

from __future__ import annotations

from datetime import date

import pytest

from dearth.rules.conditions import FactValue
from dearth.rules.parties import load_parties
from dearth.rules.rescreen import LISTED, rescreened

LISTS = load_parties()
BOTH = tuple(LISTED.values())
NOBODY = dict.fromkeys(BOTH, False)
BEFORE, AFTER, LATER = date(2026, 2, 23), date(2026, 2, 24), date(2027, 1, 1)
LISTED_LATER = "SUBARU Corporation"


def again(
    facts: dict[str, FactValue], *names: str, screened: tuple[str, ...] = BOTH, on: date = AFTER
) -> object:
    return rescreened(facts, names, screened, on, LISTS)


def test_a_notice_that_came_later_is_seen() -> None:
    assert again(NOBODY, LISTED_LATER, on=BEFORE) == NOBODY
    assert again(NOBODY, "Example KK", LISTED_LATER) == {**NOBODY, "user.cn_watch_list": True}


def test_a_listing_before_its_day_is_none() -> None:
    listed: dict[str, FactValue] = {**NOBODY, "user.cn_watch_list": True}
    assert again(listed, LISTED_LATER, on=BEFORE) == NOBODY


def test_what_was_stated_by_hand_stays() -> None:
    assert again(NOBODY, LISTED_LATER, screened=()) == NOBODY


def test_an_unknown_becomes_a_yes_but_never_a_no() -> None:
    assert again({}, LISTED_LATER) == {"user.cn_watch_list": True}
    assert again({}, "Example KK") == {}


def test_a_near_name_takes_the_no_away() -> None:
    assert again(NOBODY, "Mitsubishi Heavy Industries") == {"user.cn_watch_list": False}


@pytest.mark.parametrize("names", [("Example KK",), (LISTED_LATER,)])
def test_after_the_last_check_of_a_list_nothing_changes(names: tuple[str, ...]) -> None:
    assert again(NOBODY, *names, on=LATER) == again(NOBODY, *names, on=date(2026, 8, 24))
