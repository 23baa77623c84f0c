"""Names made comparable."""

from __future__ import annotations

import pytest

from dearth.rules.names import key_of, unread_scripts

SAME = [
    ("Beispiel Magnet GmbH", "BEISPIEL MAGNET"),
    ("Beispiel Magnet GmbH & Co. KG", "Beispiel Magnet"),
    ("Sone Co., Ltd.", "Sone"),
    ("Sone Company, Limited", "Sone Corp."),
    ("Kabushiki Kaisha Sone", "Kabushiki Kaisha Sone"),
    ("Kabushiki-Kaisha", "kabushiki kaisha"),
    ("Lafita S.p.A.", "LAFITA SPA"),
    ("Fabryka Śruba Sp. z o.o.", "Fabryka Sruba"),
    ("Politechnika Łódzka", "Politechnika Lodzka"),
    ("Škola a.s.", "Skola"),
    ("青空电机株式会社", "株式会社青空电机"),
    ("青空电机株式会社", "青空电机(株)"),
    ("青空电机株式会社", "青空电机\u3231"),
    ("北风有限公司", "北风"),
    ("\uff21\uff22\uff23\u3000\uff23\uff4f\uff52\uff50", "abc"),
    ("L3 Harper", "L3Harper"),
    ("O'Neill Ltd", "ONeill"),
    ("Space & Security", "space and security"),
    ("OOO Romashka", "Romashka"),
]
DIFFERENT = [
    ("Sone Holdings", "Sone"),
    ("Sone Electric", "Sone Electronics"),
    ("Co.", "Ltd."),
    ("公司", "株式会社"),
    ("北风集团", "北风"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_does_not_tell_firms_apart_is_left_out(one: str, other: str) -> None:
    assert key_of(one).plain == key_of(other).plain


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_tells_firms_apart_is_kept(one: str, other: str) -> None:
    assert key_of(one).plain != key_of(other).plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("青空電機", "青空电机"),
        ("Müller", "Mueller"),
        ("Ōsaka", "Oosaka"),
        ("Мицуба", "Mitsuba"),
        ("アオゾラ", "Aozora"),
    ],
)
def test_scripts_and_spellings_sound_the_same(one: str, other: str) -> None:
    assert key_of(one).plain != key_of(other).plain or one[0] not in "青ア"
    assert key_of(one).sound == key_of(other).sound


@pytest.mark.parametrize("name", ["Co., Ltd.", "GmbH", "公司", "株式会社", "S.A.", "a"])
def test_a_name_is_never_stripped_to_nothing(name: str) -> None:
    assert key_of(name).plain


def test_scripts_that_the_lists_lack_are_named() -> None:
    assert unread_scripts("Beispiel ÄÖ 公司 \uff21\uff22") == ()
    assert unread_scripts("ソフト 한 Ж ბ") == ("Cyrillic", "Georgian", "Hangul", "Katakana")
