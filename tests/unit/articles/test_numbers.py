"""Numbers of both languages: value, unit, bound, range; what counts nothing is left out."""

from __future__ import annotations

import pytest

from dearth.articles.cleaning import shown, translated
from dearth.articles.numbers import numbers_of
from dearth.articles.periods import periods_of


def read(text: str, language: str = "en") -> list[tuple[float, float, str, str]]:
    plain = translated(text)
    return [(n.low, n.high, n.unit, n.bound) for n in numbers_of(plain, 0, len(plain), language)]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("about 90% of", "en", (90, 90, "%", "about")),
        ("more than 270,000 tonnes", "en", (270_000, 270_000, "t", "more")),
        ("240-260 kt of magnets", "en", (240_000, 260_000, "t", "")),
        ("between $220 and $320 per kilogram", "en", (220, 320, "USD/kg", "")),
        ("less than a quarter of the", "en", (25, 25, "%", "less")),
        ("two-thirds of the", "en", (200 / 3, 200 / 3, "%", "")),
        ("one request in four", "en", (25, 25, "%", "")),
        ("seven rare earth elements", "en", (7, 7, "count", "")),
        ("about US$1.8 billion", "en", (1.8e9, 1.8e9, "USD", "about")),
        ("decades of work", "en", (20, 90, "year", "")),
        ("17.5万吨", "zh", (175_000, 175_000, "t", "")),
        ("2.5万至3万吨", "zh", (25_000, 30_000, "t", "")),
        ("7成以上", "zh", (70, 70, "%", "more")),
        ("七成五的稀土", "zh", (75, 75, "%", "")),
        ("三分之一", "zh", (100 / 3, 100 / 3, "%", "")),
        ("百分之七十", "zh", (70, 70, "%", "")),
        ("约1.8亿美元", "zh", (1.8e8, 1.8e8, "USD", "about")),
        ("不到50吨", "zh", (50, 50, "t", "less")),
        ("十几年", "zh", (11, 19, "year", "")),
        ("30萬噸", "zh", (300_000, 300_000, "t", "")),
        ("3个百分点", "zh", (3, 3, "%", "")),
    ],
)
def test_a_number_is_read(text: str, language: str, expected: tuple[float, float, str, str]) -> None:
    found = read(text, language)
    assert [(pytest.approx(a), pytest.approx(b), unit, bound) for a, b, unit, bound in found] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "as told before [3][7]",
        "Announcement 18 of 2025",
        "an F-35 and N42 magnets",
        "in 2010 and 2011",
        "第61号公告",
        "REO=50%",
    ],
)
def test_what_counts_nothing_is_no_number(text: str) -> None:
    assert [one for one in read(text, "zh" if "第" in text else "en") if one[2] != "1"] == []


def test_a_number_beyond_measure_is_left_out() -> None:
    assert read("9" * 400 + " tonnes") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in the first 11 months of 2010", ["2010-01..2010-11"]),
        ("2010年前11个月", ["2010-01..2010-11"]),
        ("the first half of 2011", ["2011-01..2011-06"]),
        ("in October 2025", ["2025-10"]),
        ("2025年6月", ["2025-06"]),
        ("5-6月", ["2025-05..2025-06"]),
        ("last year", ["2024"]),
        ("2020年至2023年", ["2020..2023"]),
        ("头两批", ["batches 1 and 2 2025"]),
        ("sold in December", ["2024-12"]),
    ],
)
def test_a_time_is_read(text: str, expected: list[str]) -> None:
    assert [one.text for one in periods_of(text, 0, len(text), 2025, 7)] == expected


def test_a_text_keeps_its_length_when_it_is_made_plain() -> None:
    text = "\u202e稀土產量\uff19\uff10\uff05\u200b\uff0c\x07 rare\u00a0earths"
    assert len(translated(text)) == len(text)
    assert "90%" in translated(text)
    assert "\u202e" not in shown(text)
