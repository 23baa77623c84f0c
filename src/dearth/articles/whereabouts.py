"""Where and when a figure holds, from the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dearth.articles.clause import Words, nearest
from dearth.articles.numbers import Number
from dearth.articles.periods import Period
from dearth.articles.words import Found

__all__ = ["base_of", "before_the_change", "ends_in_time", "of_quota", "partner_of", "period_of", "place_of"]

_WORLD: Final = "WORLD"
_TRADE: Final = (
    "exports", "magnet-exports", "imports", "import-share", "export-quota", "export-share",
    "destination-share",
)  # fmt: skip
_BESIDE: Final = 3  # signs between "the world's" and its figure
_SHIPPED: Final = ("exports", "magnet-exports", "destination-share")
_PART_OF: Final = re.compile(r"\d[\d,.]*\s+(?:out\s+)?of\s+(?:the\s+|some\s+|about\s+)?$")
_MARKETS: Final = ("EUR", "EU27")  # where prices are quoted; China is named for other reasons too
_LEAST: Final = 2
_BASE: Final = re.compile(
    r"(?:较|比|与|同|是|由|从|相当于|twice|double|triple|times|than\s+(?:those|that)\s+(?:of|in)|than(?:\s+in)?|compared\s+(?:with|to)(?:\s+the)?|between|versus|against|from|over|on|above|below)\s*(?:the\s+)?$",
    re.IGNORECASE,
)
_HALF: Final = re.compile(r"(?P<y>\d{4})-(?P<m>01\.\.\d{4}-06|07\.\.\d{4}-12)")
_CAME_FROM: Final = re.compile(
    r"\b(?:from|against|versus|compared\s+(?:with|to)|less\s+than\s+the|more\s+than\s+the|than\s+the)\s+(?:some|about|around|the|only)?\s*$",
    re.IGNORECASE,
)
_YEARLY: Final = re.compile(
    r"year[- ]on[- ]year|year[- ]over[- ]year|\by/?y\b|\byoy\b"
    r"|(?:a|one) year (?:earlier|ago|before|previously|prior)"
    r"|同比|on the year|on[- ]year|year[- ]earlier|the year before|the previous year|the prior year"
    r"|(?:twelve|12) months (?:before|earlier|ago|previously)"
    r"|same (?:period|months?|quarter|half|time) (?:of |in )?(?:last year|the year before|a year)"
    r"|[上前]一?年同期|去年同期|较上年|比上年|较上一年|比上一年|比前一年|较前一年|比去年|较去年|上年|前一年",
    re.IGNORECASE,
)
_MONTHLY: Final = re.compile(
    r"month[- ]on[- ]month|month[- ]over[- ]month|\bm/?m\b|\bmom\b|环比"
    r"|(?:from|than|over) the (?:previous|prior|preceding) month"
    r"|a month (?:earlier|ago|before)|the month before|from the month before|较上个?月|比上个?月|较前一个?月",
    re.IGNORECASE,
)


def place_of(words: Words, one: Number, kind: str, subject: str, other: str = "") -> str:
    """Return the place that a figure is of, by its code; ``""`` when no word says so.

    A share of the world is never the world's own; in trade it is the place where goods come from; a price has
    only the place that its own clause names; `other` is the other side of a comparison.
    """
    places = [word for word in words.places if not words.is_goal(word) and word.name != other]
    if subject == "price":
        places = _of_price(words, one, kind, places)
    countries = [word for word in places if word.name != _WORLD]
    if subject in ("imports", "import-share"):
        return _importer(words) if subject == "imports" else _origin(words, one)
    if subject in _TRADE:
        return _exporter(words, one, countries)
    whole = kind != "share" and subject != "price" and _of_the_world(words, one, kind, places)
    return _WORLD if whole else nearest(words, countries, one.start)


def _of_price(words: Words, one: Number, kind: str, places: list[Found]) -> list[Found]:
    """Return the places a price can be of: those of its clause, else of a market that stands before it."""
    clause = words.sentence.clause(one.start)
    inside = [word for word in places if words.sentence.clause(word.start) == clause]
    moved = kind in ("change", "multiple")
    return inside or [w for w in places if w.start < one.start and (moved or w.name in _MARKETS)]


def _of_the_world(words: Words, one: Number, kind: str, places: Sequence[Found]) -> bool:
    """Say whether a figure that is no share is that of the whole world."""
    before = words.text[max(words.sentence.start, one.start - 24) : one.start]
    beside = any(word.name == _WORLD and 0 <= one.start - word.end <= _BESIDE for word in words.places)
    if kind == "level" and (beside or _PART_OF.search(before)):
        return True  # "the world's 110 million", "270,000 of 390,000 tonnes"
    countries = any(word.name != _WORLD for word in places)
    near = kind in ("level", "change", "multiple") and nearest(words, places, one.start) == _WORLD
    return near and (not countries or _in_clause(words, one, _WORLD)) and not _owned(words, one)


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


def _origin(words: Words, one: Number) -> str:
    """Return where imports come from: the nearest place after ``from``, else any but the importer."""
    countries = [word for word in words.places if word.name not in (_WORLD, _importer(words))]
    marked = [word for word in countries if words.is_origin(word)]
    return nearest(words, [w for w in marked if w.start >= one.end] or marked or countries, one.start)


def _exporter(words: Words, one: Number, countries: Sequence[Found]) -> str:
    """Return whose exports they are: a place marked as origin or before the verb; China where it is named."""
    goals = {word.name for word in words.places if words.is_goal(word)}
    if "CHN" not in goals and any(word.name == "CHN" for word in words.places):
        return "CHN"
    return nearest(words, [word for word in countries if word.name not in goals], one.start)


def _importer(words: Words) -> str:
    """Return who imports: the first place that is no origin, China only where no other can be meant."""
    named = [word for word in words.places if word.name != _WORLD]
    takers = [word.name for word in named if not words.is_origin(word)]
    others = [name for name in takers if name != "CHN"]
    if others:
        return others[0]
    origins = [word.name for word in named if words.is_origin(word) and word.name != "CHN"]
    return "CHN" if "CHN" in takers and origins else ""


def partner_of(words: Words, subject: str) -> str:
    """Return where goods go, ``""`` when no word says so."""
    if subject not in _TRADE:
        return ""
    if subject == "import-share":
        return _importer(words)
    if subject == "imports":
        origins = [
            word.name for word in words.places if words.is_origin(word) and word.name != _importer(words)
        ]
        return origins[0] if origins else ""
    goals = [word.name for word in words.places if words.is_goal(word) and word.name != _WORLD]
    if goals:
        return goals[0]
    home = "CHN" if any(word.name == "CHN" for word in words.places) else ""
    others = [
        word.name for word in words.places if word.name not in (_WORLD, home) and not words.is_origin(word)
    ]
    if home and others and subject in _SHIPPED:
        return others[0]  # of two places that a trade names, the other one is its other end
    return _WORLD if any(word.name == _WORLD for word in words.places) else ""


def _binds(words: Words, one: Number, batch: Period) -> bool:
    """Say whether a batch is that of a number: before it, or in its clause."""
    return batch.start < one.start or words.sentence.clause(batch.start) == words.sentence.clause(one.start)


def _of_named_year(batch: Period, periods: Sequence[Period]) -> str:
    """Give a batch without a year the one that the sentence names: ``the first batch of 2024``."""
    named = next((p.text for p in periods if p.fixed and len(p.text) == len("2024")), "")
    return batch.text if batch.fixed or not named else f"{batch.text[:-4]}{named}"


def _is_base(words: Words, period: Period) -> bool:
    return bool(_BASE.search(words.text[max(words.sentence.start, period.start - 24) : period.start]))


def base_of(words: Words, period: str) -> str:
    """Return the period that a change counts from, ``"y/y"``, ``"m/m"``, or ``""``."""
    named = next((p.text for p in words.periods if _is_base(words, p) and p.text != period), "")
    sentence = words.text[words.sentence.start : words.sentence.end]
    return named or ("y/y" if _YEARLY.search(sentence) else "m/m" if _MONTHLY.search(sentence) else "")


def before_the_change(words: Words, one: Number, period: str) -> str:
    """Return the period of a level that something came from: ``down from 28,417 tonnes a year earlier``."""
    before = words.text[max(words.sentence.start, one.start - 24) : one.start]
    base = base_of(words, period)
    if not base or not period or not _CAME_FROM.search(before):
        return period
    if base == "y/y":
        return "..".join(f"{int(part[:4]) - 1}{part[4:]}" for part in period.split(".."))
    return period if base in ("m/m", period) else base


def ends_in_time(words: Words, last: Number, first: Number) -> tuple[str, str]:
    """Return the times of the two ends of a change, where the sentence names two: each by the nearer one."""
    one, other = words.periods
    if abs(one.start - first.start) + abs(other.start - last.start) <= abs(other.start - first.start) + abs(
        one.start - last.start
    ):
        one, other = other, one
    return one.text, other.text


def of_quota(subject: str, period: str) -> str:
    """Return the part of a year as a quota is dealt out: output by batches, exports by halves of the year."""
    half = _HALF.fullmatch(period)
    if half and subject in ("mining-quota", "separation-quota"):
        return f"batch {'1' if half['m'].startswith('01') else '2'} {half['y']}"
    if subject == "export-quota" and period.startswith(("batch 1 ", "batch 2 ")):
        year = period[-4:]
        return f"{year}-01..{year}-06" if period[6] == "1" else f"{year}-07..{year}-12"
    return period


def period_of(words: Words, numbers: Sequence[Number], one: Number, kind: str) -> tuple[str, bool]:
    """Return the period of a figure, and whether it stands loosely: after it, in another clause."""
    named = [p for p in words.periods if kind not in ("change", "multiple") or not _is_base(words, p)]
    periods = [period for period in named if "batch" not in period.text] or named
    if not periods:
        return "", False
    batch = [period for period in words.periods if "batch" in period.text]
    alike = [number for number in numbers if number.dimension == one.dimension]
    if words.respective and len(periods) == len(alike) >= _LEAST and not batch:
        return periods[alike.index(one)].text, False
    batch = [p for p in batch if _binds(words, one, p)]
    if batch and (one.dimension == "mass" or kind in ("change", "multiple")):
        return _of_named_year(batch[0], periods), False
    clause = words.sentence.clause(one.start)
    same = [p for p in periods if words.sentence.clause(p.start) == clause]
    before = [p for p in periods if p.start < one.start]
    after = [p for p in periods if p.start >= one.start]
    if same:
        return min(same, key=lambda p: (p.start > one.start, abs(p.start - one.start))).text, False
    if before:
        return before[-1].text, False
    return after[0].text, True
