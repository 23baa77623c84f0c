"""The times that a sentence names, as the book writes them: ``2024``, ``2025-06``, ``2010-01..2010-11``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

__all__ = ["Period", "periods_of"]

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?P<{0}>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
)
_YEAR: Final = r"(?P<y>(?:19|20)\d\d)"
_YEAR_2: Final = r"(?P<y2>(?:19|20)\d\d)"
_ORDINALS: Final = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
}
_COUNTS: Final = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    **{
        word: at
        for at, word in enumerate(("二", "三", "四", "五", "六", "七", "八", "九", "十", "十一"), start=2)
    },
}
_HAN_MONTHS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_FROM: Final = re.compile(r"\bfrom\s+$|[从由]$", re.IGNORECASE)
_LAST_MONTH: Final = 12


class Period(NamedTuple):
    """One time that is named.

    Attributes
    ----------
    text
        As in the book; ``batch 1 2023`` and the like for Chinese quotas.
    start, end
        Span.
    fixed
        Whether the year is written, and not meant relative to the day of the article.
    """

    text: str
    start: int
    end: int
    fixed: bool


def _month_name(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _span(year: int, first: int, last: int) -> str:
    if first == 1 and last == _LAST_MONTH:
        return str(year)
    return f"{year}-{first:02d}" if first == last else f"{year}-{first:02d}..{year}-{last:02d}"


Maker = Callable[[re.Match[str], int], str]


def _year(match: re.Match[str], year: int) -> int:
    return int(match["y"]) if match.groupdict().get("y") else year


def _first_months(match: re.Match[str], year: int) -> str:
    word = match["n"].lower()
    many = int(word) if word.isdigit() else _COUNTS.get(word, 0)
    when = _year(match, year - 1 if match.groupdict().get("last") else year)
    return _span(when, 1, many) if 1 < many <= _LAST_MONTH else ""


def _months(match: re.Match[str], year: int) -> str:
    first, last = _number_or_name(match["a"]), _number_or_name(match["b"])
    if last == first + 1 and _FROM.search(match.string[max(0, match.start() - 6) : match.start()]):
        return ""  # "from May to June" names two ends of a change
    return _span(_year(match, year), first, last) if first <= last else ""


def _number_or_name(text: str) -> int:
    return int(text) if text.isdigit() else _month_name(text)


def _half(match: re.Match[str], year: int) -> str:
    half = {"first": 1, "second": 2, "上": 1, "下": 2, "1": 1, "2": 2}[match["h"].lower()]
    return _span(_year(match, year), 6 * half - 5, 6 * half)


def _quarter(match: re.Match[str], year: int) -> str:
    quarter = _ORDINALS[match["q"].lower()]
    return _span(_year(match, year), 3 * quarter - 2, 3 * quarter)


def _one_month(match: re.Match[str], year: int) -> str:
    month = _number_or_name(match["m"])
    return f"{_year(match, year)}-{month:02d}" if 1 <= month <= _LAST_MONTH else ""


def _han_month(match: re.Match[str], year: int) -> str:
    month = _HAN_MONTHS.index(match["m"]) + 1 if match["m"] in _HAN_MONTHS else 0
    return f"{year}-{month:02d}" if month and year else ""


def _batch(match: re.Match[str], year: int) -> str:
    which = match["b"].lower()
    if which in ("头两", "前两", "first two"):
        return f"batches 1 and 2 {_year(match, year)}"
    return f"batch {_ORDINALS.get(which, 1)} {_year(match, year)}"


def _part_quota(match: re.Match[str], year: int) -> str:
    """Return the part of a year that a quota is of: a half for exports, a batch for output."""
    second = match["b"].lower() == "second"
    when = _year(match, year)
    if "export" in match[0].lower() or match["b"].lower() not in _ORDINALS:
        return _span(when, 7 if second else 1, _LAST_MONTH if second else 6)
    return f"batch {2 if second else 1} {when}"


def _relative(match: re.Match[str], year: int) -> str:
    back = {"last": 1, "previous": 1, "去": 1, "上一": 1, "前": 2, "this": 0, "今": 0, "本": 0}[
        match["r"].lower()
    ]
    return str(year - back)


def _of_year(match: re.Match[str], year: int) -> str:
    return str(_year(match, year))


def _three_quarters(match: re.Match[str], year: int) -> str:
    return _span(_year(match, year), 1, 9)


def _end_of_year(match: re.Match[str], _year: int) -> str:
    return f"{match['y'] or match['y2']}-12"


def _half_of_relative(match: re.Match[str], year: int) -> str:
    return _half(match, int(_relative(match, year)))


def _month_of_relative(match: re.Match[str], year: int) -> str:
    return _one_month(match, int(_relative(match, year)))


def _part_of_relative(match: re.Match[str], year: int) -> str:
    when = int(_relative(match, year))
    return _half(match, when) if match["h"] else _one_month(match, when)


def _years(match: re.Match[str], _year: int) -> str:
    return f"{match['y']}..{match['z']}" if match["y"] < match["z"] else ""


# Ordered: a span that an earlier pattern took is not read again.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], Maker], ...]] = (
    (
        re.compile(
            rf"(?P<last>last year's )?first (?P<n>\w+) months"
            rf"(?: of (?:the year )?{_YEAR}| of (?:this|the) year)?",
            re.IGNORECASE,
        ),
        _first_months,
    ),
    (
        re.compile(
            rf"(?P<last>去年)?(?:{_YEAR}年|今年)?[前头](?P<n>\d{{1,2}}|[二三四五六七八九十]{{1,2}})个?月"
        ),
        _first_months,
    ),
    (re.compile(rf"(?P<n>first three quarters)(?: of {_YEAR})?", re.IGNORECASE), _three_quarters),
    (re.compile(rf"(?:{_YEAR}年)?(?P<n>前三季度)"), _three_quarters),
    (re.compile(rf"between {_YEAR} and (?P<z>(?:19|20)\d\d)", re.IGNORECASE), _years),
    (
        re.compile(rf"(?:end of (?:the year )?|ended |closed ){_YEAR}|{_YEAR_2}年(?:底|末)", re.IGNORECASE),
        _end_of_year,
    ),
    (re.compile(r"(?P<r>去|今|本|前)年(?P<h>[上下])半年"), _half_of_relative),
    (re.compile(r"(?P<r>去|今|本|前)年(?P<m>\d{1,2})月份?"), _month_of_relative),
    (
        re.compile(
            rf"(?:{_MONTH.format('m')}|(?P<h>first|second)[- ]half)(?: of)? (?P<r>last|this) year",
            re.IGNORECASE,
        ),
        _part_of_relative,
    ),
    (
        re.compile(
            rf"{_MONTH.format('a')}\s*(?:-|to|through)\s*{_MONTH.format('b')}(?:,? (?:of )?{_YEAR})?",
            re.IGNORECASE,
        ),
        _months,
    ),
    (re.compile(rf"(?:{_YEAR}年)?(?P<a>\d{{1,2}})月?[-~至到](?P<b>\d{{1,2}})月"), _months),
    (re.compile(rf"(?:(?P<h>first|second)[- ]half(?: of {_YEAR})?)", re.IGNORECASE), _half),
    (re.compile(rf"\bH(?P<h>[12])\s*(?:of )?{_YEAR}"), _half),
    (re.compile(rf"(?:{_YEAR}年)?(?P<h>[上下])半年"), _half),
    (re.compile(rf"(?P<q>first|second|third|fourth) quarter(?: of {_YEAR})?", re.IGNORECASE), _quarter),
    (re.compile(rf"\bQ(?P<q>[1-4])\s*(?:of )?{_YEAR}"), _quarter),
    (re.compile(rf"(?:{_YEAR}年)?第?(?P<q>[一二三四])季度"), _quarter),
    (re.compile(rf"(?:{_YEAR}年度?)?[第](?P<b>[一二三])批"), _batch),
    (re.compile(rf"(?:{_YEAR}年度?)?(?P<b>头两|前两|首)批"), _batch),
    (
        re.compile(
            rf"(?:fiscal|financial) year (?:that )?(?:\w+ ){{0,2}}(?:in )?March {_YEAR}", re.IGNORECASE
        ),
        _of_year,
    ),
    (re.compile(rf"\bFY\s?{_YEAR}", re.IGNORECASE), _of_year),
    (
        re.compile(
            r"(?P<b>first two|opening|initial|first|second|third) (?:batch|tranche|round)(?:es|s)?",
            re.IGNORECASE,
        ),
        _batch,
    ),
    (
        re.compile(
            rf"(?P<b>first|second) (?:\w+ ){{0,2}}"
            rf"quota(?:s)?(?: (?:batch|allotment|allocation))?(?: (?:of|for|in) {_YEAR})?",
            re.IGNORECASE,
        ),
        _part_quota,
    ),
    (
        re.compile(
            rf"(?P<b>six[- ]month|half[- ]year(?:ly)?) (?:\w+ )?quota(?: (?:of|for|in) {_YEAR})?",
            re.IGNORECASE,
        ),
        _part_quota,
    ),
    (re.compile(rf"{_YEAR}年?\s*(?:-|to|~|至|到)\s*(?P<z>(?:19|20)\d\d)(?!\d|-)"), _years),
    (re.compile(r"(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?:-\d\d)?(?!\d)"), _one_month),
    (re.compile(rf"{_YEAR}年(?P<m>\d{{1,2}})月"), _one_month),
    (
        re.compile(rf"{_MONTH.format('m')}(?: \d{{1,2}}(?:st|nd|rd|th)?)?,? (?:of )?{_YEAR}", re.IGNORECASE),
        _one_month,
    ),
    (
        re.compile(
            rf"(?<!\d){_YEAR}(?!\d)(?:年度?)?(?![\d,.]\d|\s*(?:tonnes|tons|吨|%|万|亿|元|美元|公斤|kg|million))"
        ),
        _of_year,
    ),
    (re.compile(r"(?P<lm>last|previous|this) month(?!\w)", re.IGNORECASE), _one_month),
    (re.compile(r"(?P<lm>上个|上|本|当)月(?!份?[底初])"), _one_month),
    (re.compile(r"(?P<r>last|this|previous) year(?!\w)", re.IGNORECASE), _relative),
    (re.compile(r"(?P<r>去|今|本|前|上一)年(?!来|度计划)"), _relative),
    (re.compile(r"(?<![\d年])(?P<m>\d{1,2})月份?(?!\d{1,2}日)"), _one_month),
    (re.compile(r"(?<![一-龥])(?P<m>[一二三四五六七八九十]{1,2})月份?"), _han_month),
    (re.compile(r"(?<=[价量口])(?P<m>[一二三四五六七八九十]{1,2})月份?"), _han_month),
    (
        re.compile(
            r"\b(?:in|since|from|of|for|by|until|early|late|mid|during|its)?[- ]?"
            rf"{_MONTH.format('m')}(?!\w)(?! \d{{4}})"
        ),
        _one_month,
    ),
)


def periods_of(text: str, start: int, end: int, year: int, month: int = 0) -> list[Period]:
    """Return the times named between two signs of a translated text, in their order.

    Parameters
    ----------
    year, month
        Of publication, 0 when not told: a month without a year is the last one before it, ``last year``
        counts from it.
    """
    found: list[Period] = []
    for pattern, maker in _PATTERNS:
        for match in pattern.finditer(text, start, end):
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            one = _made(match, maker, year, month)
            if one is not None:
                found.append(one)
    return list(_with_year(sorted(found, key=lambda one: one.start), year))


def _near_month(match: re.Match[str], year: int, month: int) -> Period | None:
    """Return ``last month`` or ``本月``, counted from the day of the article."""
    back = 1 if match["lm"].lower() in ("last", "previous", "上", "上个") else 0
    if not year or not month:
        return None
    at = 12 * year + month - 1 - back
    return Period(f"{at // 12}-{at % 12 + 1:02d}", match.start(), match.end(), True)


def _made(match: re.Match[str], maker: Maker, year: int, month: int) -> Period | None:
    names = match.groupdict()
    if names.get("lm"):
        return _near_month(match, year, month)
    fixed = bool(names.get("y") or names.get("y2") or ("r" in names and ("m" in names or "h" in names)))
    if not year and ("r" in names or (not fixed and maker is not _one_month)):
        return None
    if (
        match.groupdict().get("m", "x")
        and maker is _one_month
        and match["m"].lower() == "may"
        and match["m"] != "May"
    ):
        return None
    text = maker(match, year)
    if maker is _one_month and not fixed and text:
        late = month and int(text[-2:]) > month
        text = f"{year - 1 if late else year}-{text[-2:]}" if year else ""
    return Period(text, match.start(), match.end(), fixed) if text else None


def _with_year(found: list[Period], year: int) -> Iterator[Period]:
    """Give a part of a year the year that the same sentence names just before it."""
    last = ""
    for one in found:
        if one.fixed and re.fullmatch(r"\d{4}", one.text):
            last = one.text
        if not one.fixed and last and one.text.startswith((f"{year}-", f"{year - 1}-")):
            parts = [last + part[4:] for part in one.text.split("..")]
            yield one._replace(text="..".join(parts), fixed=True)
        else:
            yield one
