"""The numbers of a sentence: value or range, unit, bound; dates, names and footnotes are left out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from dearth.articles.cleaning import DATA
from dearth.articles.numerals import (
    CHINESE_NUMBER,
    WORD_NUMBER,
    chinese_number,
    plain_number,
    step_of,
    word_number,
)
from dearth.articles.ranges import DIGITS, Number, joined
from dearth.articles.words import find

__all__ = ["Number", "numbers_of"]

_MONEY: Final = {
    "US$": "USD", "$US": "USD",
    "USD": "USD", "$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "€": "EUR", "EUR": "EUR",
    "£": "GBP", "¥": "CNY", "RMB": "CNY", "CNY": "CNY", "yuan": "CNY", "dollars": "USD", "dollar": "USD",
    "US dollars": "USD", "euros": "EUR", "euro": "EUR", "人民币": "CNY", "元": "CNY", "美元": "USD",
    "澳元": "AUD", "欧元": "EUR", "日元": "JPY", "yen": "JPY", "rupees": "INR", "rupee": "INR", "Rs": "INR",
    "INR": "INR", "卢比": "INR", "加元": "CAD", "won": "KRW", "韩元": "KRW", "ringgit": "MYR", "令吉": "MYR",
}  # fmt: skip
_SCALE: Final = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "b": 1e9,
    "trillion": 1e12, "crore": 1e7, "lakh": 1e5, "万": 1e4, "亿": 1e8, "千": 1e3,
    "百万": 1e6, "百": 1e2, "千万": 1e7, "万亿": 1e12,
}  # fmt: skip
_FRACTIONS: Final = {
    "half": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4, "fifth": 1 / 5,
    "fifths": 1 / 5, "tenth": 1 / 10, "tenths": 1 / 10,
}  # fmt: skip
_MULTIPLES: Final = {
    "double": 2, "doubled": 2, "doubling": 2, "twice": 2, "twofold": 2, "tripled": 3, "triple": 3,
    "trebled": 3,
    "tripling": 3, "threefold": 3, "fourfold": 4, "quadrupled": 4, "quadruple": 4, "fivefold": 5,
    "tenfold": 10,
    "翻倍": 2, "翻番": 2, "翻了一番": 2, "翻一番": 2, "翻两番": 4, "翻了两番": 4, "halved": 0.5, "减半": 0.5,
    "腰斩": 0.5,
}  # fmt: skip
_KILOGRAMS: Final = ("kg", "kilograms", "kilogram", "kilos", "公斤", "千克")
_PER_KG: Final = r"\s*(?:/\s*(?:kg|kilo|公斤|千克)|(?:per|a|each)\s+(?:kilogram|kilo|kg)|每\s*(?:公斤|千克))"
_PER_MW: Final = r"\s*(?:[\w\s-]{0,24}?(?:per|a|each)\s+(?:megawatt|MW)\b|/\s*MW|[^,\uff0c。]{0,8}每兆瓦)"
_PER_T: Final = r"\s*(?:/\s*(?:t\b|ton|tonne|吨)|(?:per|a)\s+(?:metric\s+)?(?:tonne|ton)|每吨)"


class _Unit(NamedTuple):
    dimension: str
    unit: str
    factor: float


@cache
def _units() -> dict[str, _Unit]:
    units: dict[str, _Unit] = {}
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for word in row["words"].split("|"):
                units[word.strip()] = _Unit(row["dimension"], row["unit"], float(row["factor"]))
    return units


@cache
def _unit_words() -> str:
    words = sorted(_units(), key=lambda word: (-len(word), word))
    return "|".join(
        re.escape(w) + (r"(?![A-Za-z])" if w[-1].isascii() and w[-1].isalpha() else "") for w in words
    )


def _alternatives(words: dict[str, object] | dict[str, str] | dict[str, float]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(
        re.escape(w) + (r"(?![A-Za-z])" if w[-1].isalpha() and w[-1].isascii() else "") for w in ordered
    )


@cache
def _plain() -> re.Pattern[str]:
    """Digits or numerals with money, scale and unit around them."""
    money = _alternatives(_MONEY)
    return re.compile(
        rf"(?:(?P<before>{money})\s?|(?<![A-Za-z0-9_.]))(?:(?P<digits>{DIGITS})(?![\d])|(?P<word>\b{WORD_NUMBER}\b)|(?P<han>{CHINESE_NUMBER}))"
        rf"(?P<more>多|余)?\s*-?(?P<scale>{_alternatives(_SCALE)})?(?P<more2>多|余)?\s?-?"
        rf"(?:(?P<unit>{_unit_words()})|(?P<after>{money}))?"
        rf"(?P<tenths>(?<=成)[一二三四五六七八九](?![成分十百千万亿个家种吨倍年月天条座批艘架]))?"
        rf"(?P<kg>{_PER_KG})?(?P<t>{_PER_T})?(?P<mw>{_PER_MW})?",
        re.IGNORECASE,
    )


_FRACTION: Final = re.compile(
    rf"\b(?:(?P<n>{WORD_NUMBER}|an?|\d)[\s-]+(?:(?:mere|full|bare|good|scant|whole|further)\s+)?)?(?P<d>half|thirds?|quarters?|fifths?|tenths?)\b(?!\s+of\s+(?:19|20)\d\d)",
    re.IGNORECASE,
)
_ONE_IN: Final = re.compile(
    rf"\b(?P<n>{WORD_NUMBER}|\d{{1,2}})\s+(?:\w+\s+)?(?:out\s+of|in)\s+(?:every\s+)?(?P<d>{WORD_NUMBER}|\d{{1,3}})\b(?!\s*(?:%|days|weeks|months|years))",
    re.IGNORECASE,
)
_HAN_FRACTION: Final = re.compile(
    rf"(?<![\d一二三四五六七八九十百千几数])(?P<d>{CHINESE_NUMBER}|百|\d{{1,6}})分之(?P<n>{CHINESE_NUMBER}|\d+(?:\.\d+)?)"
)
_OF_A_PERCENT: Final = re.compile(r"\s+of\s+(?:a|one)\s+per\s?cent", re.IGNORECASE)
_HALF: Final = re.compile(r"过半|一半|半数")
_BARE_TIME: Final = re.compile(r"(?:(?<=\s)|^)(?P<unit>decades|centuries)\b", re.IGNORECASE)
_ELEMENTS: Final = re.compile(
    rf"\b(?P<n>{WORD_NUMBER}|\d{{1,2}})\s+(?:(?:more|additional|other|medium|heavy|light|critical|and|to|rare|earth)[\s-]+){{1,6}}"
    r"(?:elements|metals|minerals)\b",
    re.IGNORECASE,
)
_MULTIPLE: Final = re.compile(_alternatives(dict(_MULTIPLES)).replace("(?![A-Za-z])", r"\b"), re.IGNORECASE)
_NOT_A_QUARTER: Final = re.compile(
    r"(?:first|second|third|fourth|last|this|next|per|each|one|previous|a)\s+$", re.IGNORECASE
)
# Numbers that count nothing: notes, numbers of rules, codes, names, dates.
_SKIP: Final = re.compile(
    r"\[\d{1,3}\]|\bREO\s*[=:]?\s*\d+(?:\.\d+)?\s*%|(?<![A-Za-z])(?:No\.|Nos\.|Announcements?|Order|Article|Group|Section|Table|Figure|Chapter|Step|HS|Part|Phase|DS)"
    r"\s*\d[\d.,/ -]*(?:of\s+(?:19|20)\d\d)?|第[\d一二三四五六七八九十]+[号条批期季届项]"
    r"|(?<!\d)\d{1,6}号(?:令|公告|文)?|(?<![A-Za-z$])(?!(?:US|USD|EUR|RMB|CNY|AUD)\d)[A-Za-z]{1,12}-?\d{1,8}[A-Za-z]{0,12}\b|"
    r"\b\d{1,2}(?:st|nd|rd|th)\b|(?<![A-Za-z0-9.])\d{1,2}X(?![A-Za-z0-9])(?!\s*(?:more|higher|as|the))|\d{1,2}:\d{2}|https?://\S+|\d+月\d+日|\d+日",
    re.IGNORECASE,
)
_YEARLIKE: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d|[.,]\d)")
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DATES: Final = re.compile(
    rf"\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?!\d|,\d{{3}}|\s*(?:%|tonnes|tons))|\b\d{{1,2}}\s+{_MONTH}\b"
    r"|(?:19|20)?\d\d年|\d{1,2}-?\d{0,2}月份?|\d{4}-\d{2}(?:-\d{2})?|\b[HQ][1-4]\b"
    r"|first\s+(?:\d+|\w+)\s+months|[前头]\d{1,2}个?月|近?(?<!\d)\d{1,3}年来"
    r"|(?:\b(?:\d{1,3}|an?|one|two|three|four|five|six|ten|twelve)\s+(?:years?|months?|weeks?|days?|quarters?)"
    r"\s+(?:earlier|ago|before|previously|prior|on\b))"
    r"|[上前]一[年月季]|一年[前后]|\d{1,3}年前|[一二三四五六七八九十]{1,3}年前|first\s+three\s+quarters|前三季度|[头前][一二三四五六七八九十]{1,2}个月"
    r"|(?:first|second)[\s-]+half",
    re.IGNORECASE,
)
_GROWN: Final = re.compile(
    r"(?:增长|上涨|上升|增加|飙升|猛增|大涨|暴涨|涨|升|高出|多出|提高)(?:了|逾|近|约|超|超过)?\s*$"
)
_NOT_AFTER: Final = (" before", " earlier", "ly")
_AFTER_QUARTER: Final = ("of ", "more", "less", "the ", "as ")
_AFTER_BOUND: Final = 10
_BEFORE_BOUND: Final = 22
_ADVERB: Final = ("more", "less", "nearly", "about", "only")


def numbers_of(text: str, start: int, end: int, language: str) -> list[Number]:
    """Return the numbers of a sentence of a translated text, in their order, ranges joined."""
    blocked = _blocked(text, start, end)
    raw = [one for one in _raw(text, start, end) if not _overlaps(one, blocked)]
    raw.sort(key=lambda one: (one.start, -one.end))
    found = joined(_without_overlaps(raw), text)
    found = [one for one in found if one.dimension != "plain" or one.text.replace(",", "").isdigit()]
    return [_bounded(one, text, start, end, language) for one in found]


def _blocked(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = [match.span() for pattern in (_SKIP, _DATES) for match in pattern.finditer(text, start, end)]
    for match in _YEARLIKE.finditer(text, start, end):
        rest = text[match.end() : match.end() + 12].lstrip()
        if not re.match(r"%|tonnes|tons|t\b|吨|公斤|元|美元|million|万|kg|个", rest):
            spans.append(match.span())
    return spans


def _overlaps(one: Number, blocked: list[tuple[int, int]]) -> bool:
    return any(
        one.start < stop and first < one.end - len(one.text) + len(one.text.rstrip())
        for first, stop in blocked
    )


def _raw(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _plain().finditer(text, start, end):
        found = _of_match(match)
        if found is not None:
            yield replace(
                found,
                grown=found.dimension == "multiple" and bool(_GROWN.search(text[start : match.start()])),
            )
    yield from _fractions(text, start, end)
    for match in _MULTIPLE.finditer(text, start, end):
        value = float(_MULTIPLES[match[0].lower()])
        yield Number(value, value, "1", "multiple", 0.1, match.start(), match.end(), match[0])
    for match in _ELEMENTS.finditer(text, start, end):
        value = _count(match["n"])
        yield Number(value, value, "count", "count", 0.0, match.start(), match.end(), match[0])
    for match in _BARE_TIME.finditer(text, start, end):
        low, high = (20.0, 90.0) if match["unit"].lower() == "decades" else (200.0, 900.0)
        yield Number(low, high, "year", "time", 0.0, match.start(), match.end(), match[0])


def _fractions(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _FRACTION.finditer(text, start, end):
        if _is_fraction(match, text, start):
            count = 1.0 if not match["n"] or match["n"].lower() in ("a", "an") else _count(match["n"])
            share = 100.0 * count * _FRACTIONS[match["d"].lower()]
            if _OF_A_PERCENT.match(text, match.end()):
                yield Number(
                    share / 100.0, share / 100.0, "%", "share", 0.0, match.start(), match.end(), match[0]
                )
                continue
            yield Number(share, share, "%", "share", 2.0, match.start(), match.end(), match[0])
    yield from _one_in(text, start, end)
    yield from _han_fractions(text, start, end)


def _is_fraction(match: re.Match[str], text: str, start: int) -> bool:
    """Say whether ``half`` or ``a quarter`` is a share, and neither a time of the year nor a rank."""
    name = match["d"].lower()
    before = text[max(start, match.start() - 12) : match.start("d")]
    after = text[match.end() : match.end() + 14].lower()
    if not match["n"] and (name != "half" or _NOT_A_QUARTER.search(before)):
        return False
    if re.search(r"\b(?:first|second|third|fourth)[\s-]+$", before) or after.startswith(_NOT_AFTER):
        return False
    return not name.startswith("quarter") or after.lstrip(" ").startswith(_AFTER_QUARTER)


def _one_in(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _ONE_IN.finditer(text, start, end):
        above, below = _count(match["n"]), _count(match["d"])
        if 0 < above < below:
            share = 100.0 * above / below
            yield Number(share, share, "%", "share", 2.0, match.start(), match.end(), match[0])


def _han_fractions(text: str, start: int, end: int) -> Iterator[Number]:
    for match in _HAN_FRACTION.finditer(text, start, end):
        below = 100.0 if match["d"] == "百" else _han(match["d"])
        above = _han(match["n"])
        if below and above:
            share = 100.0 * above / below
            step = 0.5 if match["d"] == "百" else 2.0
            yield Number(share, share, "%", "share", step, match.start(), match.end(), match[0])
    for match in _HALF.finditer(text, start, end):
        bound = "more" if match[0] == "过半" else ""
        yield Number(50.0, 50.0, "%", "share", 2.0, match.start(), match.end(), match[0], bound)


def _count(text: str) -> float:
    return float(text) if text.isdigit() else word_number(text)


def _han(text: str) -> float:
    if text[0].isascii():
        return plain_number(text) or 0.0
    pair = chinese_number(text)
    return pair[0] if pair else 0.0


def _of_match(match: re.Match[str]) -> Number | None:
    values = _values(match)
    if values is None:
        return None
    scale = _SCALE.get((match["scale"] or "").lower(), 1.0)
    unit = _unit_of(match, scale)
    if unit is None:
        return None
    tenths = _han(match["tenths"] or "零") / 10.0
    factor = scale * unit.factor
    low, high = (value + tenths for value in values[:2])
    bound = "more" if match["more"] or match["more2"] else ""
    start = match.start("before") if match["before"] else match.start()
    text = match[0].rstrip(" -")
    step = values[2] * factor
    if unit.dimension == "share" and unit.factor == 1.0 and match["digits"]:
        step = min(step, 0.5)  # 60 % is not rounded to tens
    return Number(
        low * factor, high * factor, unit.unit, unit.dimension, step, start, start + len(text), text, bound
    )


def _values(match: re.Match[str]) -> tuple[float, float, float] | None:
    if match["digits"]:
        value = plain_number(match["digits"])
        return None if value is None else (value, value, step_of(match["digits"]))
    if match["word"]:
        value = word_number(match["word"])
        return (value, value, 0.5) if value else None
    pair = chinese_number(match["han"])
    return None if pair is None else (*pair, 0.5)


def _unit_of(match: re.Match[str], scale: float) -> _Unit | None:
    """Return the unit; None for a number in words that counts nothing."""
    money = match["before"] or match["after"]
    if money:
        code = next((c for word, c in _MONEY.items() if word.lower() == money.lower()), "USD")
        if match["kg"]:
            return _Unit("price", f"{code}/kg", 1.0)
        return _Unit("price", f"{code}/t", 1.0) if match["t"] else _Unit("money", code, 1.0)
    if match["unit"]:
        return _counted(match["unit"], bool(match["mw"]))
    if match["digits"] and (scale > 1.0 or match["digits"]):
        return _Unit("plain", "1", 1.0)
    return None


def _counted(written: str, per_megawatt: bool) -> _Unit | None:
    """Return the unit of a word after the number."""
    if per_megawatt and written.lower() in _KILOGRAMS:
        return _Unit("intensity", "kg/MW", 1.0)
    if written == "Mt":
        return _Unit("mass", "t", 1e6)
    return _units().get(written) or _units().get(written.lower())


def _without_overlaps(raw: list[Number]) -> list[Number]:
    kept: list[Number] = []
    for one in raw:
        if kept and one.start < kept[-1].end:
            if kept[-1].dimension == "plain" and one.dimension != "plain":
                kept[-1] = one
            continue
        kept.append(one)
    return kept


def _bounded(one: Number, text: str, start: int, end: int, language: str) -> Number:
    if one.bound:
        return one
    before = list(find("qualifiers", text, language, max(start, one.start - _BEFORE_BOUND), one.start))
    near = [
        w
        for w in before
        if len(text[w.end : one.start].strip(" 达至了到为:$")) <= (1 if language == "zh" else 4)
    ]
    if near:
        return replace(one, bound=near[-1].name)
    after = find("qualifiers", text, language, one.end, min(end, one.end + _AFTER_BOUND))
    for word in after:
        if word.start - one.end <= 1 and word.text in (
            "以上",
            "以下",
            "左右",
            "上下",
            "有余",
            "or so",
            "不到",
            "以内",
        ):
            return replace(one, bound=word.name)
    return one
