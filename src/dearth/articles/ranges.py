"""A number with its unit, and numbers that belong together: ``87 to 92 %``, ``between $220 and $320``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from dearth.articles.numerals import plain_number

__all__ = ["DIGITS", "Number", "joined"]

DIGITS: Final = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:\s\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_RANGE: Final = re.compile(r"^\s*(?:-|~|to|through|至|到)\s*(?:US\$|\$|€)?\s*$", re.IGNORECASE)
_AND: Final = re.compile(r"^\s*(?:and|和|与)\s*(?:US\$|\$|€)?\s*$", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?:between|介于|在)\s*(?:US\$|\$|€)?\s*$", re.IGNORECASE)
_FROM: Final = re.compile(
    r"(?:from|从|由|自)\s*(?:about|around|some|only|just|nearly|roughly|约)?\s*(?:US\$|\$|€)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit.

    Attributes
    ----------
    low, high
        In `unit`.
    dimension
        ``share``, ``points``, ``multiple``, ``mass``, ``price``, ``money``, ``time``, ``count`` or ``plain``.
    step
        Half of the last digit that is written.
    start, end
        Span, with sign of the money, scale and unit.
    text
        As it is written.
    grown
        A multiple that says by how much something grew: ``上涨两倍`` means three times as much.
    """

    low: float
    high: float
    unit: str
    dimension: str
    step: float
    start: int
    end: int
    text: str
    bound: str = ""
    grown: bool = False


def joined(raw: list[Number], text: str) -> list[Number]:
    """Join ``87 to 92 %`` and ``between $220 and $320``; a number without a unit takes that of its range."""
    found: list[Number] = []
    for one in raw:
        last = found[-1] if found else None
        if last is not None and _is_range(last, one, text):
            low, high = _scaled(last, one), one.high
            if low <= high:
                step = min(last.step * (low / last.low if last.low else 1.0), one.step)
                words = text[last.start : one.end]
                found[-1] = replace(one, low=low, high=high, step=step, start=last.start, text=words)
                continue
        if last is not None and _begins_a_change(last, one, text):
            low = _scaled(last, one)
            found[-1] = replace(last, low=low, high=low, unit=one.unit, dimension=one.dimension)
        found.append(one)
    return found


def _scaled(last: Number, one: Number) -> float:
    """Return the low end of a range in the unit of its high end: ``240-260 kt``, ``2.5万至3万吨``."""
    if last.dimension != "plain":
        return last.low
    low = last.low * _factor(one)
    return low if low <= one.high else last.low


def _factor(one: Number) -> float:
    digits = re.search(DIGITS, one.text)
    value = plain_number(digits[0]) if digits else None
    return one.high / value if value else 1.0


def _is_range(last: Number, one: Number, text: str) -> bool:
    between = text[last.end : one.start]
    before = text[max(0, last.start - 14) : last.start]
    alike = last.dimension in ("plain", one.dimension) or (
        last.dimension == "money" and one.dimension == "price"
    )
    if not alike or one.dimension == "plain":
        return False
    if _AND.match(between):
        return bool(_BETWEEN.search(before))
    return bool(_RANGE.match(between)) and not _FROM.search(before)


def _begins_a_change(last: Number, one: Number, text: str) -> bool:
    """Say whether a bare number is the first of ``from 87 to 92 %``."""
    before = text[max(0, last.start - 14) : last.start]
    return last.dimension == "plain" != one.dimension and bool(
        _FROM.search(before) and _RANGE.match(text[last.end : one.start])
    )
