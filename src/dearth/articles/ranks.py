"""Ranks of places, and years in which plants start."""

from __future__ import annotations

from collections.abc import Iterator

from dearth.articles.clause import Words, nearest
from dearth.articles.patterns import subjects
from dearth.articles.statement import Figure, Statement

__all__ = ["first_statements", "rank_statements", "start_statements"]


def rank_statements(words: Words) -> Iterator[Statement]:
    """Yield the rank that a sentence gives a place: the largest, the second largest."""
    for rank in words.ranks[:1]:
        subject = nearest(
            words,
            [w for w in words.subjects if w.name in ("mine-output", "reserves", "magnet-output")],
            rank.start,
        )
        place = words.near_place(rank.start)
        if subject and place and words.topic:
            before = words.text[max(words.sentence.start, rank.start - 12) : rank.end].lower()
            second = "second" in before or "第二" in before
            yield Statement(
                id="",
                kind="superlative",
                subject=subject,
                stage=str(subjects()[subject].get("stage", "")),
                element="" if subject == "magnet-output" else words.near_element(rank.start),
                place=place,
                period=words.periods[0].text if words.periods else "",
                figures=(
                    Figure(2.0 if second else 1.0, 2.0 if second else 1.0, "1", span=(rank.start, rank.end)),
                ),
                negated=words.negated,
                attributed=words.attributed,
                span=(rank.start, rank.end),
                sentence=(words.sentence.start, words.sentence.end),
                because=(f"{rank.text!r} as a rank",),
            )


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
        thing=words.things[0].name,
        period=year.text,
        figures=(Figure(value, value, "calendar year", span=(year.start, year.end)),),
        negated=words.negated,
        hedged=words.hedged,
        span=(word.start, year.end) if word.start < year.end else (year.start, word.end),
        sentence=(words.sentence.start, words.sentence.end),
        because=(f"{word.text!r} as a start",),
    )
