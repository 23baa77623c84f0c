"""Old articles: a share of the world told without a year, true when it was written and no longer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dearth.articles.statement import Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, relation
from dearth.measures.claim_readings import EDITIONS, Reading, readings
from dearth.measures.claim_verdict import (
    CANNOT,
    OLD,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    slack_in_words,
)

__all__ = ["aged"]

_STAGES: Final = ("mine-output", "separation", "magnet-output", "supply")
_OLD: Final = 5  # years: an article older than this is not read for the present
_AROUND: Final = 3  # years before and after an article whose rows are those of its time


def aged(statement: Statement, verdict: Verdict, book: Book, day: str, now: str) -> Verdict:
    """Return "out of date" for a share of the world that held at the time of an old article and not now.

    Parameters
    ----------
    verdict
        As of the day of the article.
    day, now
        Of the article, and of the data; ISO.
    """
    plain = statement.kind == "share" and not statement.period and not statement.negated
    if not plain or statement.subject not in _STAGES or verdict.verdict not in (SUPPORTED, CANNOT):
        return verdict
    written, today = int(day[:4]), int(now[:4])
    if today - written <= _OLD or not statement.place:
        return verdict
    known = [one for one in readings(book, asked_of(statement), "share") if _counts(one)]
    then = _beside(statement, [one for one in known if abs(one.year - written) <= _AROUND])
    latest = _beside(statement, [one for one in known if today - _AROUND <= one.year <= today])
    held = [pair for pair in then if pair[0] == "match"] or [pair for pair in then if pair[0] == "near"]
    if not held or not latest or any(found != "far" for found, _one in latest):
        return verdict
    value = amount_in_words(latest[0][1])
    why = f"so at the time ({amount_in_words(held[0][1])}); since then {value}"
    shown = (*held[:2], *latest[:3])
    return Verdict(OLD, why, shown, value, slack_in_words(statement.figures[0]))


def _counts(one: Reading) -> bool:
    return (one.primary or EDITIONS in one.basis) and not one.bound and not one.forecast and one.unit == "%"


def _beside(statement: Statement, known: Iterable[Reading]) -> list[tuple[Relation, Reading]]:
    pairs = [(relation(statement.figures[0], one), one) for one in known]
    return sorted(pairs, key=lambda pair: -pair[1].year)
