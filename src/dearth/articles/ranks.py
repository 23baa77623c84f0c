"""Ranks of places, records, and years in which plants start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dearth.articles.clause import Words, nearest
from dearth.articles.numerals import chinese_number
from dearth.articles.patterns import subjects
from dearth.articles.statement import Figure, Statement

__all__ = ["first_statements", "rank_statements", "record_statements", "start_statements"]

_RANKED: Final = ("mine-output", "reserves", "magnet-output")
_TRADED: Final = ("exports", "magnet-exports", "mine-output", "price", "magnet-output")
_ORDINALS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
_ORDINAL: Final = re.compile(
    rf"\b(?P<w>{'|'.join(_ORDINALS)}|\d{{1,2}}(?=st|nd|rd|th))(?:st|nd|rd|th)?[\s-]*(?:\w+\s+)?$",
    re.IGNORECASE,
)
_PLACED: Final = re.compile(
    rf"\b(?:ranks?|ranked|ranking|comes?|came|stands?|is|places?|placed)\s+(?:in\s+|only\s+|just\s+|the\s+|at\s+|a\s+distant\s+)*"
    rf"(?P<w>{'|'.join(_ORDINALS[1:])})\b(?!\s+(?:half|quarter|batch|round|of all))",
    re.IGNORECASE,
)
_HAN_ORDINAL: Final = re.compile(
    r"(?:第|排名?第?|位居第?|位列第?)(?P<w>[一二三四五六七八九十]{1,2}|\d{1,2})(?:位|名|大)?"
)
_NEXT_TO: Final = re.compile(
    r"仅次于|second only to|behind only|after only"
    r"|(?:second|next)\s+(?:\w+\s+){0,2}(?:only\s+)?(?:to|after)\s+China",
    re.IGNORECASE,
)
_COUNTS: Final = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MONTHS_HIGH: Final = re.compile(
    rf"\b(?P<n>{'|'.join(_COUNTS)}|\d{{1,2}})[\s-]month\s+(?:high|peak)|(?P<z>[一二三四五六七八九十]{{1,2}}|\d{{1,2}})个月(?:以来|来)?(?:的)?(?:新高|最高)",
    re.IGNORECASE,
)
_SINCE: Final = re.compile(r"since\s+((?:19|20)\d\d)|((?:19|20)\d\d)年?以来", re.IGNORECASE)


def _rank_told(words: Words) -> tuple[int, int, int] | None:
    """Return the rank that the words give, and the span of the words."""
    start, end = words.sentence.start, words.sentence.end
    after = _NEXT_TO.search(words.text, start, end)
    if after:
        return 2, after.start(), after.end()
    for rank in words.ranks[:1]:
        before = words.text[max(start, rank.start - 18) : rank.start]
        han = re.search(r"第(?P<w>[一二三四五六七八九十\d]{1,2})大?$", before)
        found = _ORDINAL.search(before) or han
        inside = re.search("|".join(_ORDINALS[1:]), rank.text.lower())
        word = found["w"].lower() if found else inside[0] if inside else "first"
        return _value(word), rank.start, rank.end
    found = (_HAN_ORDINAL if words.sentence.language == "zh" else _PLACED).search(words.text, start, end)
    return (_value(found["w"].lower()), found.start(), found.end()) if found else None


def _value(word: str) -> int:
    if word in _COUNTS:
        return _COUNTS.index(word) + 1
    if word in _ORDINALS:
        return _ORDINALS.index(word) + 1
    if word.isdigit():
        return int(word)
    han = chinese_number(word)
    return int(han[0]) if han else 1


def rank_statements(words: Words) -> Iterator[Statement]:
    """Yield the rank that a sentence gives a place: the largest, the fifth largest, next to China."""
    told = _rank_told(words)
    if told is None or any("batch" in period.text for period in words.periods):
        return
    value, start, end = told
    subject = nearest(words, [w for w in words.subjects if w.name in _RANKED], start)
    others = [w for w in words.places if w.name != "WORLD" and not (value > 1 and w.name == "CHN")]
    place = nearest(words, [w for w in others if w.start <= start] or others, start)
    if not subject or not place or not words.topic:
        return
    yield Statement(
        id="",
        kind="superlative",
        subject=subject,
        stage=str(subjects()[subject].get("stage", "")),
        element="" if subject == "magnet-output" else words.near_element(start),
        place=place,
        period=words.periods[0].text if words.periods else "",
        figures=(Figure(float(value), float(value), "1", span=(start, end)),),
        negated=words.negated,
        attributed=words.attributed,
        span=(start, end),
        sentence=(words.sentence.start, words.sentence.end),
        because=(f"{words.text[start:end]!r} as a rank",),
    )


def record_statements(words: Words) -> Iterator[Statement]:
    """Yield the statement that the figure of a time is the highest so far, or since a year."""
    word = next((w for w in words.markers if w.name == "record"), None)
    subject = nearest(words, [w for w in words.subjects if w.name in _TRADED], word.start) if word else ""
    magnets = any(w.name == "magnet" for w in words.products)
    if word is None or not subject or not words.periods or not words.topic:
        return
    if magnets and subject in ("exports", "magnet-output"):
        subject = "magnet-exports"
    months = _MONTHS_HIGH.search(words.text, words.sentence.start, words.sentence.end)
    since = _SINCE.search(words.text, words.sentence.start, words.sentence.end)
    year = next((group for group in since.groups() if group), "") if since else ""
    periods = [period.text for period in words.periods if period.text != year]
    if not periods:
        return
    if months:
        year = _months_back(periods[0], _value((months["n"] or months["z"]).lower().rstrip("个")))
    yield Statement(
        id="",
        kind="superlative",
        subject=subject,
        rule="record",
        stage=str(subjects()[subject].get("stage", "")),
        element="" if magnets else words.near_element(word.start),
        place="CHN" if any(w.name == "CHN" for w in words.places) else words.near_place(word.start),
        period=periods[0],
        base=year,
        figures=(Figure(1.0, 1.0, "1", span=(word.start, word.end)),),
        negated=words.negated,
        hedged=words.hedged,
        span=(word.start, word.end),
        sentence=(words.sentence.start, words.sentence.end),
        because=(f"{word.text!r} as a record",),
    )


def _months_back(period: str, many: int) -> str:
    """Return the first month of the last `many`, the one told among them, ``""`` where no month is told."""
    if len(period) != len("2025-06"):
        return ""
    at = 12 * int(period[:4]) + int(period[5:7]) - many
    return f"{at // 12}-{at % 12 + 1:02d}"


def first_statements(words: Words) -> Iterator[Statement]:
    """Yield the statement that something is the first of its kind, in a sentence on rare earths."""
    word = next((w for w in words.markers if w.name == "first"), None)
    if word is None or not words.topic:
        return
    yield Statement(
        id="",
        kind="superlative",
        subject="first",
        element=words.near_element(word.start),
        place=words.near_place(word.start),
        thing=words.things[0].name if words.things else "",
        period=words.periods[0].text if words.periods else "",
        figures=(Figure(1.0, 1.0, "1", span=(word.start, word.end)),),
        negated=words.negated,
        hedged=words.hedged,
        attributed=words.attributed,
        span=(word.start, word.end),
        sentence=(words.sentence.start, words.sentence.end),
        because=(f"{word.text!r} as a first",),
    )


def start_statements(words: Words) -> Iterator[Statement]:
    """Yield the year in which a plant starts, where a sentence names both."""
    word = next((w for w in words.subjects if w.name == "start"), None)
    years = [period for period in words.periods if period.fixed]
    if word is None or not words.things or not years:
        return
    year = min(years, key=lambda period: abs(period.start - word.start))
    value = float(year.text[:4])
    yield Statement(
        id="",
        kind="date",
        subject="start",
        place=words.near_place(word.start),
        thing=nearest(words, words.things, word.start),
        period=year.text,
        figures=(Figure(value, value, "calendar year", span=(year.start, year.end)),),
        negated=words.negated,
        hedged=words.hedged,
        span=(word.start, year.end) if word.start < year.end else (year.start, word.end),
        sentence=(words.sentence.start, words.sentence.end),
        because=(f"{word.text!r} as a start",),
    )
