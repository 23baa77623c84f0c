"""Where and when a figure holds, from the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dearth.articles.clause import Words, nearest
from dearth.articles.numbers import Number
from dearth.articles.periods import Period

__all__ = ["base_of", "partner_of", "period_of", "place_of"]

_WORLD: Final = "WORLD"
_TRADE: Final = ("exports", "magnet-exports", "imports", "import-share", "export-quota", "export-share")
_LEAST: Final = 2
_BASE: Final = re.compile(
    r"(?:较|比|与|同|than(?:\s+in)?|compared\s+(?:with|to)(?:\s+the)?|between|versus|against|from|over|on|above|below)\s*(?:the\s+)?$",
    re.IGNORECASE,
)
_YEARLY: Final = re.compile(
    r"year[- ]on[- ]year|year[- ]over[- ]year|\by/?y\b|\byoy\b|a year (?:earlier|ago|before)|同比|on the year"
    r"|twelve months before",
    re.IGNORECASE,
)
_MONTHLY: Final = re.compile(
    r"month[- ]on[- ]month|\bm/?m\b|\bmom\b|环比|from the (?:previous|prior) month|a month (?:earlier|ago)",
    re.IGNORECASE,
)


def place_of(words: Words, one: Number, kind: str, subject: str, other: str = "") -> str:
    """Return the place that a figure is of, by its code; ``""`` when no word says so.

    A share of the world is never the world's own; in trade it is the place where goods come from; a price has
    only the place that its own clause names; `other` is the other side of a comparison.
    """
    places = [word for word in words.places if not words.is_goal(word) and word.name != other]
    if subject == "price":
        clause = words.sentence.clause(one.start)
        places = [word for word in places if words.sentence.clause(word.start) == clause]
    countries = [word for word in places if word.name != _WORLD]
    if subject == "imports":
        return _importer(words)
    if subject == "import-share":
        origins = [word for word in words.places if word.name != _importer(words) and word.name != _WORLD]
        return nearest(words, origins, one.start)
    if subject in _TRADE:
        china = any(word.name == "CHN" for word in words.places)
        return "CHN" if china else nearest(words, countries, one.start)
    if kind in ("level", "change", "multiple") and subject != "price":
        near = nearest(words, places, one.start)
        if near == _WORLD and (not countries or _in_clause(words, one, _WORLD)) and not _owned(words, one):
            return near
    return nearest(words, countries, one.start)


def _in_clause(words: Words, one: Number, name: str) -> bool:
    clause = words.sentence.clause(one.start)
    return any(word.name == name and words.sentence.clause(word.start) == clause for word in words.places)


def _owned(words: Words, one: Number) -> bool:
    """Say whether a country stands before the number in its own clause."""
    clause = words.sentence.clause(one.start)
    return any(
        word.name != _WORLD and word.start < one.start and words.sentence.clause(word.start) == clause
        for word in words.places
    )


def _importer(words: Words) -> str:
    countries = [word.name for word in words.places if word.name != _WORLD]
    others = [name for name in countries if name != "CHN"]
    return others[0] if others else ""


def partner_of(words: Words, subject: str) -> str:
    """Return where goods go, ``""`` when no word says so."""
    if subject not in _TRADE:
        return ""
    if subject == "import-share":
        return _importer(words)
    if subject == "imports":
        return ""
    goals = [word.name for word in words.places if words.is_goal(word) and word.name != _WORLD]
    if goals:
        return goals[0]
    return _WORLD if any(word.name == _WORLD for word in words.places) else ""


def _is_base(words: Words, period: Period) -> bool:
    return bool(_BASE.search(words.text[max(words.sentence.start, period.start - 24) : period.start]))


def base_of(words: Words, period: str) -> str:
    """Return the period that a change counts from, ``"y/y"``, ``"m/m"``, or ``""``."""
    named = next((p.text for p in words.periods if _is_base(words, p) and p.text != period), "")
    sentence = words.text[words.sentence.start : words.sentence.end]
    return named or ("y/y" if _YEARLY.search(sentence) else "m/m" if _MONTHLY.search(sentence) else "")


def period_of(words: Words, numbers: Sequence[Number], one: Number, kind: str) -> tuple[str, bool]:
    """Return the period of a figure, and whether it stands loosely: after it, in another clause."""
    named = [p for p in words.periods if kind != "change" or not _is_base(words, p)]
    periods = [period for period in named if "batch" not in period.text] or named
    if not periods:
        return "", False
    batch = [period for period in words.periods if "batch" in period.text]
    alike = [number for number in numbers if number.dimension == one.dimension]
    if words.respective and len(periods) == len(alike) >= _LEAST and not batch:
        return periods[alike.index(one)].text, False
    if batch and (one.dimension == "mass" or kind == "change"):
        return batch[0].text, False
    clause = words.sentence.clause(one.start)
    same = [p for p in periods if words.sentence.clause(p.start) == clause]
    before = [p for p in periods if p.start < one.start]
    after = [p for p in periods if p.start >= one.start]
    if same:
        return min(same, key=lambda p: (p.start > one.start, abs(p.start - one.start))).text, False
    if before:
        return before[-1].text, False
    return after[0].text, True
