"""Screening: noise on a listed name never hides it, and a notice never works before its day."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.rules.names import key_of
from dearth.rules.parties import load_parties
from party_files import ROWS, write

with tempfile.TemporaryDirectory() as _folder:
    PARTIES = load_parties(write(Path(_folder)))
LISTED = [row for row in ROWS["parties.csv"] if not row[3]]
FORMS = ("", " Ltd", " Co., Ltd.", " GmbH", ", Inc.", " LLC", " S.A.", " 有限公司", " 株式会社")
DAY = date(2026, 8, 1)


@st.composite
def noisy(draw: st.DrawFn) -> tuple[tuple[str, ...], str]:
    row = draw(st.sampled_from(LISTED))
    name = draw(st.sampled_from((row[5], row[6])))
    cased = "".join(draw(st.sampled_from((letter, letter.upper(), letter.lower()))) for letter in name)
    spaced = draw(st.sampled_from(("", " ", "\u00a0"))) + cased.replace(
        " ", draw(st.sampled_from((" ", "  ", "-", "_", " . ")))
    )
    return tuple(row), spaced + draw(st.sampled_from(FORMS))


@settings(max_examples=150, deadline=None)
@given(noisy())
def test_case_marks_and_legal_forms_never_hide_a_name(found: Any) -> None:
    row, name = found
    matches = [match for match in PARTIES.screen(name, DAY).matches if match.name == row[5]]
    assert matches
    assert matches[0].how != "near"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(LISTED), st.integers(0, 40), st.characters(categories=("Lu", "Ll"), max_codepoint=0x24F)
)
def test_one_wrong_letter_is_still_near(row: Any, place: int, letter: str) -> None:
    name = row[5]
    letters = len(key_of(name).plain)
    if letters < 10:  # short names are matched whole
        return
    place %= letters
    found = PARTIES.screen(name[:place] + letter + name[place + 1 :], DAY)
    assert [match for match in found.matches if match.name == name]
    assert found.control is not False or found.watch is not False or row[1] == "2025-2"  # suspended


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(LISTED), st.integers(-400, 400))
def test_a_notice_works_from_its_day(row: Any, days: int) -> None:
    day = date.fromisoformat(row[2]) + timedelta(days=days)
    found = PARTIES.screen(row[5], day).matches
    assert bool([match for match in found if match.notice == row[1]]) is (days >= 0)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_screened_or_refused_in_words(name: str) -> None:
    from dearth.errors import InputError  # noqa: PLC0415

    try:
        found = PARTIES.screen(name, DAY)
    except InputError:
        return
    assert found.control in {True, False, None}
    assert found.to_dict()["matches"] is not None
