"""Numbers and findings in words."""

from __future__ import annotations

import pytest
from made_up import countdown_answer, row

from dearth.faces.phrases import (
    axis_end,
    date_text,
    headline,
    name_of,
    number_text,
    reasons_of,
    share_range,
    share_text,
    stop_text,
    week_text,
)

D = dict[str, object]


def crossing(p10: float | None, p50: float | None, p90: float | None, ever: float) -> D:
    return {"p10": p10, "p50": p50, "p90": p90, "ever": ever, "date_p50": None, "plain": None, "added": None}


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0001, "<1 %"),
        (0.042, "4.2 %"),
        (0.126, "13 %"),
        (0.999, ">99 %"),
        (1.0, "100 %"),
        (None, "?"),
    ],
)
def test_a_share_claims_no_more_than_is_known(share: float | None, text: str) -> None:
    assert share_text(share) == text


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (crossing(5.9, 7.2, 9.4, 1.0), "7.2 (5.9\u20139.4)"),
        (crossing(5.9, 7.2, None, 0.8), "7.2 (5.9\u201352+)"),
        (crossing(5.9, None, None, 0.23), "23 % of draws"),
        (crossing(None, None, None, 0.0), "never"),
    ],
)
def test_when_a_threshold_is_crossed(figures: D, text: str) -> None:
    assert stop_text(figures, 52) == text


def test_small_words() -> None:
    assert week_text(None, 52) == "52+"
    assert date_text("2025-05-04") == "4 May 2025"
    assert date_text(None) == ""
    assert number_text(12345.6) == "12 346"
    assert number_text(0.01234) == "0.0123"
    assert share_range({"p10": 0.1, "p50": 0.2, "p90": 0.3}) == "20 % (10\u201330 %)"
    assert name_of({"sector_name": "wind", "place_name": "Japan"}) == "Wind, Japan"
    assert name_of({"sector_name": "wind", "place_name": "outside China"}) == "Wind outside China"


def test_the_headline_is_about_automotive_and_gives_its_ranges() -> None:
    assert headline(countdown_answer().answer) == (
        "Automotive outside China: first lines (1 %) stop in week 7.2 (P10\u2013P90 5.8\u20139.7, "
        "about 24 May 2025), 10 % in week 11.5 (P10\u2013P90 9.2\u201352+), 50 % never in 93 % of draws."
    )


def test_a_headline_without_stops() -> None:
    quiet = row("automotive", "outside China", 99, 0.0, never="nothing is held back")
    says = headline(countdown_answer(groups=[quiet]).answer)
    assert says == "Automotive outside China: no lines stop within 52 weeks, in any draw."


def test_a_headline_without_rows() -> None:
    assert headline(countdown_answer(groups=[], rows=[]).answer).startswith("No sector")


def test_reasons_that_differ_in_a_number_are_one() -> None:
    reasons = reasons_of(countdown_answer().answer["rows"])
    assert reasons["stocks last about 31 to 40 weeks, longer than the gap"] == [
        "Appliances, South-East Asia",
        "Appliances, Brazil",
    ]


@pytest.mark.parametrize(("first", "end"), [(4, 12), (10, 24), (80, 52)])
def test_the_axis_ends_on_a_round_week_inside_the_horizon(first: float, end: float) -> None:
    assert axis_end([row("wind", "JPN", first, 0.9)], 52) == end
