"""Statements about rules, and questions that a study answers: patterns kept as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from dearth.articles.cleaning import DATA
from dearth.plain_yaml import Bounds, parse_yaml

__all__ = [
    "Match",
    "has_flag",
    "law",
    "matches",
    "questions",
    "secondary",
    "subjects",
    "tolerance",
    "whole_places",
]

_BOUNDS: Final = Bounds(what="claims")
# "China controls about 70 % of mining" speaks of a share, not of a rule: the verb is blanked first.
_HOLDS: Final = re.compile(
    r"\b(?:controls?|controlled|controlling)\b(?=\s+(?:(?:about|around|roughly|nearly|almost|over"
    r"|more than|some|up to|between|an"
    r"|estimated|approximately|just|at least|as much as|well)\s+)*(?:[~$]?\d|the (?:world|global"
    r"|vast|bulk|majority|lion|entire|whole)"
    r"|most|all|half|two|three|four|nine|virtually|a (?:third|quarter|fifth|majority|large|huge|dominant)))",
    re.IGNORECASE,
)
_HOLDS_ZH: Final = re.compile(r"(?:控制|管制|掌控)(?=了?(?:着)?(?:全球|世界|全世界|约|近|超|逾|大约|\d))")


class Match(NamedTuple):
    """One pattern that fired: its name, its span."""

    name: str
    start: int
    end: int


@cache
def _file(name: str) -> dict[str, Any]:
    return parse_yaml((DATA / name).read_bytes(), name, _BOUNDS)


def law() -> dict[str, dict[str, Any]]:
    """Return what statements about rules are known, by name."""
    found: dict[str, dict[str, Any]] = _file("law.yaml")["law"]
    return found


def questions() -> dict[str, dict[str, Any]]:
    """Return what questions for a study are known, by name."""
    found: dict[str, dict[str, Any]] = _file("questions.yaml")["questions"]
    return found


def subjects() -> dict[str, dict[str, Any]]:
    """Return what a subject is in the data book, by name."""
    found: dict[str, dict[str, Any]] = _file("subjects.yaml")["subjects"]
    return found


def secondary() -> tuple[str, ...]:
    """Return words of a basis that counts something narrower or wider than plain words do."""
    return tuple(_file("subjects.yaml")["secondary"])


def has_flag(subject: str, flag: str) -> bool:
    """Say whether ``subjects.yaml`` gives a subject this flag."""
    return flag in subjects().get(subject, {}).get("flags", ())


def tolerance() -> dict[str, Any]:
    """Return how far a figure may be from a row."""
    found: dict[str, Any] = _file("subjects.yaml")["tolerance"]
    return found


@cache
def _patterns(group: str, language: str) -> tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...]:
    known = law() if group == "law" else questions()
    return tuple(
        (name, re.compile(pattern, re.IGNORECASE), tuple(entry.get("needs", ())))
        for name, entry in known.items()
        for pattern in entry.get(language, ())
    )


def matches(group: str, text: str, language: str, start: int, end: int) -> Iterator[Match]:
    """Yield at most one match per name in a sentence, in the order of the file.

    Parameters
    ----------
    group
        ``"law"`` or ``"questions"``.
    """
    sentence = _without_shares(text[start:end])
    seen: set[str] = set()
    for name, pattern, needs in _patterns(group, language):
        if name in seen or (needs and not any(word.lower() in sentence.lower() for word in needs)):
            continue
        found = pattern.search(sentence)
        if found:
            seen.add(name)
            stop = found.end()
            while stop < len(sentence) and sentence[stop].isascii() and sentence[stop].isalpha():
                stop += 1
            yield Match(name, start + found.start(), start + stop)


def _without_shares(sentence: str) -> str:
    """Return a sentence of the same length in which no verb of holding a share looks like a rule."""
    plain = _HOLDS.sub(lambda match: "_" * len(match[0]), sentence)
    return _HOLDS_ZH.sub(lambda match: "_" * len(match[0]), plain)


def whole_places() -> tuple[str, ...]:
    """Return the mines that are all the mining of their place."""
    return tuple(_file("subjects.yaml")["whole-place"])
