"""Which way a number says that something moved, and the two ends between which it moved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dearth.articles.clause import Words
from dearth.articles.numbers import Number

__all__ = ["TO_LEVEL", "closing_ends", "direction_of"]

_UP: Final = (
    r"rose|risen|rise|rises|rising|grew|grown|grow|growth"
    r"|(?<!dug )(?<!digs )(?<!dig )(?<!make )(?<!makes )(?<!made )up|increas\w*|surg\w*|soar\w*|jump\w*"
    r"|climb\w*|gain\w*"
    r"|spik\w*"
)
_DOWN: Final = (
    r"fell|fallen|fall|falls|drop\w*|declin\w*|down|decreas\w*|plung\w*|slump\w*|shrank|shrunk|tumbl\w*|cut"
)
_FILL: Final = (
    r"(?:\s+(?:by|of|some|about|around|over|more|than|nearly|almost|just|roughly|was|a|an|total"
    r"|to\s+the\s+tune\s+of))*"
)
_CHANGE_BEFORE: Final = re.compile(rf"\b(?P<w>{_UP}|{_DOWN}){_FILL}\s*[~$]?$", re.IGNORECASE)
_NOUN_BEFORE: Final = re.compile(
    r"\b(?P<w>drop|rise|increase|growth|decline|jump|surge|gain|fall)\b[^,.;%\d]{0,30}\s(?:was|of|is|by)\s+(?:just|only|about)?\s*$",
    re.IGNORECASE,
)
_CHANGE_AFTER: Final = re.compile(
    r"^\s*(?:in\s+other\s+words\s+)?(?P<w>more|less|higher|lower|above|below|dearer|cheaper|increase|decrease|rise|drop|jump|growth|decline|surge|up|down)\b(?!\s+than\s+(?:a|the)\s+(?:third|half)\s+of)",
    re.IGNORECASE,
)
_HAN_UP: Final = r"增长|上涨|上升|增加|飙升|猛增|大涨|暴涨|涨幅|增幅|激增|涨|升|增|多(?!达|于)|高出|提高"
_HAN_DOWN: Final = r"下降|下跌|减少|暴跌|跌幅|降幅|下滑|少了|跌|降|减|少"
_HAN_CHANGE: Final = re.compile(
    rf"(?P<w>{_HAN_UP}|{_HAN_DOWN})(?:了|逾|近|约|超|超过|分别为|为|达|达到|高达)?\s*$"
)
_HAN_AFTER: Final = re.compile(r"^\s*的?(?P<w>增幅|涨幅|跌幅|降幅)")
TO_LEVEL: Final = re.compile(
    r"\bto\s+(?:about|around|nearly|almost|over|more than|just)?\s*[$~]?$", re.IGNORECASE
)
_CUT_BY: Final = re.compile(
    r"\b(?P<w>cut|cuts|cutting|reduc\w*|slash\w*|lower\w*|trimm?\w*|shr[aiu]nk\w*|rais\w*|lift\w*|boost\w*|expand\w*|increas\w*)"
    r"\b[^.;,%]{0,60}\bby\s+(?:about|around|some|nearly|almost|over|more\s+than|just|roughly)?\s*$",
    re.IGNORECASE,
)
_OF: Final = re.compile(r"^\s*(?:or\s+\w+\s+)?of\b", re.IGNORECASE)
_WINDOW: Final = 60
_CLOSES: Final = 1.0  # points by which two levels may miss a change that is told beside them


def direction_of(words: Words, one: Number) -> str:
    """Return ``"up"`` or ``"down"`` where a number says how far something moved, else ``""``."""
    start = words.sentence.start
    before = words.text[max(start, one.start - _WINDOW) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 30)]
    if words.sentence.language == "zh":
        found = _HAN_CHANGE.search(before) or _HAN_AFTER.match(after)
        if not found and re.search(r"[%\d成倍吨]\s*(?:和|与|、)\s*$", before):
            earlier = [number for number in words.numbers if number.end <= one.start]
            return direction_of(words, earlier[-1]) if earlier else ""
        return "" if not found else "down" if re.match(_HAN_DOWN, found["w"]) else "up"
    if _OF.match(after) and not re.search(r"\bof\s+(?:\w+\s+){0,2}$", before):
        return ""
    found = (
        _CUT_BY.search(before)
        or _CHANGE_BEFORE.search(before)
        or _NOUN_BEFORE.search(before)
        or _CHANGE_AFTER.match(after)
    )
    if not found and re.search(r",?\s*(?:or|and)\s*$", before):
        earlier = [number for number in words.numbers if number.end <= one.start]
        return direction_of(words, earlier[-1]) if earlier else ""
    if not found or TO_LEVEL.search(before):
        return ""
    down = re.match(
        rf"{_DOWN}|reduc|slash|trim|less|lower|below|cheaper|decrease|fall", found["w"], re.IGNORECASE
    )
    return "down" if down else "up"


def closing_ends(numbers: Sequence[Number], one: Number, direction: str) -> tuple[Number, Number] | None:
    """Return two levels of the sentence whose ratio is the change that is told, the earlier first."""
    if one.dimension != "share" or not direction:
        return None
    levels = [n for n in numbers if n.dimension in ("mass", "price") and n.low == n.high and n.low > 0]
    sign = -1.0 if direction == "down" else 1.0
    for first in levels:
        for last in levels:
            told = first is not last and first.unit == last.unit
            if (
                told
                and abs(100.0 * (last.high / first.high - 1.0) - sign * one.high) <= _CLOSES + 0.02 * one.high
            ):
                return first, last
    return None
