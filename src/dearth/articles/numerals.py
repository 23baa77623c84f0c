"""Numbers in words and signs: ``17.5 万``, ``two-thirds``, ``十几``, ``三分之一``, ``七成五``."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CHINESE_NUMBER", "WORD_NUMBER", "chinese_number", "plain_number", "step_of", "word_number"]

_MAX_DIGITS: Final = 18
_WORDS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12,
}  # fmt: skip
_UNITS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORD_NUMBER: Final = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_UNITS)}))?|a\s+(?:dozen|hundred)|{'|'.join(_WORDS)})"
)
CHINESE_NUMBER: Final = r"[零\u3007一二两三四五六七八九十百千几数]+"
_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"\u3007": 0, "两": 2}
_SCALES: Final = {"十": 10, "百": 100, "千": 1000}


def plain_number(text: str) -> float | None:
    """Return the value of digits with marks between thousands; None for one beyond measure."""
    digits = re.sub(r"[,\s]", "", text)
    whole = digits.split(".")[0]
    return float(digits) if len(whole) <= _MAX_DIGITS else None


def step_of(text: str) -> float:
    """Return half of the last digit that is written; zeros at the end of a whole number are rounding."""
    digits = re.sub(r"[,\s]", "", text)
    if "." in digits:
        return 0.5 * 10.0 ** -len(digits.split(".")[1])
    zeros = len(digits) - len(digits.rstrip("0"))
    return 0.5 * 10.0 ** min(zeros, max(0, len(digits) - 1))


def word_number(text: str) -> float:
    """Return the value of a number in English words, ``"twenty-five"`` or ``"a dozen"``."""
    parts = [part for part in re.split(r"[-\s]+", text.lower()) if part != "a"]
    return float(sum(_WORDS.get(part, 0) for part in parts))


def chinese_number(text: str) -> tuple[float, float] | None:
    """Return lowest and highest value of a Chinese numeral: ``十几`` is 11 to 19, ``几十`` 20 to 90."""
    if text in ("几", "数"):
        return 2.0, 9.0
    if text in ("几十", "数十"):
        return 20.0, 90.0
    if text in ("几百", "数百"):
        return 200.0, 900.0
    if text in ("几千", "数千"):
        return 2000.0, 9000.0
    if text.endswith(("几", "余", "数")):
        base = _chinese(text[:-1])
        return None if base is None else (base + 1, base + 9)
    value = _chinese(text)
    return None if value is None else (value, value)


def _chinese(text: str) -> float | None:
    if not text or any(sign not in _DIGITS and sign not in _SCALES for sign in text):
        return None
    if all(sign in _DIGITS for sign in text):
        return float("".join(str(_DIGITS[sign]) for sign in text[:_MAX_DIGITS]))
    total, digit = 0.0, 0.0
    for sign in text:
        if sign in _DIGITS:
            digit = float(_DIGITS[sign])
        else:
            total += (digit or 1.0) * _SCALES[sign]
            digit = 0.0
    return total + digit
