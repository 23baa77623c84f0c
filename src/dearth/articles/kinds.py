"""What kind of statement a number makes, and what the other side of a comparison is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from dearth.articles.clause import Words
from dearth.articles.numbers import Number
from dearth.articles.patterns import subjects
from dearth.articles.words import Found

__all__ = ["above", "as_multiple", "fits", "kind_of", "other_side"]

_EXCEEDED: Final = re.compile(r"exceed\w*\s+by\s+(?:about|around|some|nearly)?\s*$", re.IGNORECASE)
_MORE_THAN_QUOTA: Final = re.compile(
    r"^\s*(?:more|above|over|higher|beyond|in\s+excess\s+of)\s*(?:than\s+)?(?:[\w']+\s+){0,4}?quota",
    re.IGNORECASE,
)
_OTHER_SIDE: Final = re.compile(r"^\s*(?:of|that\s+of|as\s+much\s+as|the)\b", re.IGNORECASE)
_HAN_TIMES: Final = re.compile(r"(?:是|为|达|相当于|居然是|等于)[^。,\uff0c]{0,14}的\s*$")
_OF_THEN: Final = re.compile(
    r"^\s*(?:of|as\s+much\s+as)?\s*(?:what|that\s+of|those\s+of|(?:the|its|their)\s+(?:level|figure|volume|amount|total|value|price)s?)\b[^.;]{0,60}?"
    r"(?:earlier|before|ago|last\s+year|previous\s+(?:year|month)|year-earlier|in\s+the\s+same\s+(?:month|period))",
    re.IGNORECASE,
)
_HAN_OF_THEN: Final = re.compile(
    r"(?:去年同期|上年同期|去年|上年|一年前|上月|前一月|\d{1,2}月)[^,\uff0c。]{0,6}的\s*$"
)
_WINDOW: Final = 46
_BESIDE: Final = 12  # signs between a multiple and what it is one of
_LEAST_NAMES: Final = 2


def as_multiple(words: Words, one: Number) -> Number:
    """Turn ``a quarter of what it was a year earlier`` into a multiple of then."""
    if one.dimension != "share":
        return one
    before = words.text[max(words.sentence.start, one.start - 20) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 110)]
    if not (_OF_THEN.match(after) or _HAN_OF_THEN.search(before)):
        return one
    low, high, step = one.low / 100.0, one.high / 100.0, max(one.step, 1.0) / 100.0
    bound = (
        "about"
        if one.bound == "more" and re.search(r"little\s+more\s+than\s*$", before, re.IGNORECASE)
        else one.bound
    )
    return replace(one, low=low, high=high, step=step, unit="1", dimension="multiple", bound=bound)


def kind_of(words: Words, one: Number, direction: str) -> str:
    """Return the kind of a statement, one of `KINDS`, from its dimension and the words around it."""
    simple = {"price": "level", "money": "level", "time": "duration", "count": "count", "points": "change"}
    if one.dimension in simple:
        return "change" if direction and one.dimension in ("price", "money") else simple[one.dimension]
    if _compared(words, one):
        return "comparison"
    if one.dimension == "multiple":
        return "multiple"
    if direction:
        return "change"
    return "share" if one.dimension == "share" else "level"


def _compared(words: Words, one: Number) -> bool:
    """Say whether a fraction or a multiple sets two things against each other."""
    before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 40)]
    if one.dimension == "multiple":
        found = _HAN_TIMES.search(before)
        places = [
            w
            for w in words.places
            if found and w.start >= one.start - len(found[0]) and w.end <= one.start and w.name != "WORLD"
        ]
        then = any(found and one.start - len(found[0]) <= p.start < one.start for p in words.periods)
        sides = bool(places) or len({w.name for w in words.subjects}) >= _LEAST_NAMES
        return (bool(found) and sides and not then) or _of_another(words, one)
    if one.dimension != "share":
        return False
    if _MORE_THAN_QUOTA.match(after):
        return any(word.name in ("exports", "mine-output", "imports") for word in words.subjects)
    if _EXCEEDED.search(before):
        return any(word.start > one.end and word.name.endswith("quota") for word in words.subjects)
    if not _OTHER_SIDE.match(after) or not any(fits(word, one, "comparison") for word in words.subjects):
        return False
    other = [w for w in words.places if one.end <= w.start <= one.end + 30 and w.name != "WORLD"]
    first = [
        w for w in words.places if w.start < one.start and w.name not in ("WORLD", *(o.name for o in other))
    ]
    return bool(other and first) and "'s" in words.text[other[0].start : other[0].end + 3]


def _of_another(words: Words, one: Number) -> bool:
    """Say whether a multiple is one of what the very next words name: ``twice China's own quota``."""
    other = next((w for w in words.places if 0 <= w.start - one.end <= _BESIDE and w.name != "WORLD"), None)
    if other is None:
        return False
    near = words.text[other.start : other.end + 3]
    first = [w for w in words.places if w.start < one.start and w.name not in ("WORLD", other.name)]
    return bool(first) and ("'s" in near or near.startswith("Chinese"))


def above(words: Words, one: Number, kind: str) -> Number:
    """Turn ``exceeded by a third`` into four thirds."""
    before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
    after = words.text[one.end : min(words.sentence.end, one.end + 40)]
    if kind != "comparison" or not (_EXCEEDED.search(before) or _MORE_THAN_QUOTA.match(after)):
        return one
    return replace(one, low=100.0 + one.low, high=100.0 + one.high, bound="")


def fits(word: Found, one: Number, kind: str) -> bool:
    """Say whether a subject can have a figure of this dimension."""
    takes = subjects().get(word.name, {}).get("takes", ())
    if kind == "change" and one.dimension in ("share", "points"):
        return any(dimension in takes for dimension in ("mass", "price", "share", "points"))
    if kind == "comparison":
        return "mass" in takes
    return one.dimension in takes


def other_side(words: Words, one: Number, subject: str) -> tuple[str, str, str]:
    """Return place and subject of the other side of a comparison, and how many of its parts make a year."""
    if one.dimension == "multiple" and _of_another(words, one):
        after = [w for w in words.places if w.start >= one.end and w.name != "WORLD"]
        named = [w.name for w in words.subjects if w.start >= one.end and fits(w, one, "comparison")]
        return after[0].name, named[0] if named else subject, "1"
    if one.dimension == "multiple":
        before = words.text[max(words.sentence.start, one.start - _WINDOW) : one.start]
        found = _HAN_TIMES.search(before)
        start = one.start - len(found[0]) if found else one.start
        sides = [w.name for w in words.places if start <= w.start < one.start and w.name != "WORLD"]
        if sides:
            return sides[-1], subject, "1"
    after = [w for w in words.places if w.start >= one.end and w.name != "WORLD"]
    others = [w.name for w in words.subjects if w.name != subject and fits(w, one, "comparison")]
    if subject == "exports":
        others = ["export-quota" if name == "quota" else name for name in others]
    quarterly = any(w.name == "per-quarter" and w.start > one.end for w in words.markers)
    return (
        after[0].name if after else "",
        others[-1] if others and not after else subject,
        "4" if quarterly else "1",
    )
