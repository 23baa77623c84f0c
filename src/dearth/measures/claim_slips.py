"""Slips of label that a matching row itself shows: another form, a whole firm for one plant, plain days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, relation, tightly
from dearth.measures.claim_readings import Reading, readings
from dearth.measures.claim_verdict import (
    BASIS,
    CONTRADICTED,
    MIXED,
    MOST,
    Verdict,
    amount_in_words,
    asked_of,
    slack_in_words,
)

__all__ = ["magnets_for_all", "slip_of_match", "within_known_span", "working_days"]

Pair = tuple[Relation, Reading]
_STAGES: Final = {"concentrate": "mining", "oxide": "refining", "magnet": "magnets"}
_APART: Final = 7.0  # points: stages that differ less give no other answer
_BY_LAW: Final = re.compile(
    r"\bby law|statut|legal|must|has to|have to|法定|须|必须|应当|应在", re.IGNORECASE
)
_WORKING: Final = re.compile(r"working|business|工作", re.IGNORECASE)
_DAY: Final = 365.25
_WEEK: Final = 7.0 / 5.0


def slip_of_match(statement: Statement, figure: Figure, pairs: Sequence[Pair]) -> Verdict | None:
    """Return "unit or label mixed up" where the matching row is of another form or of a whole firm."""
    matched = [one for found, one in pairs if found == "match"]
    if not matched:
        return None
    priced = statement.subject in ("price", "price-floor") and statement.product == "magnet"
    if priced and all(one.material.startswith("oxide") for one in matched):
        return _mixed("a price of oxide, told as one of magnets", matched[0], figure)
    firms = [one for one in matched if _of_whole_firm(statement, one)]
    if statement.subject.startswith("capacity") and len(firms) == len(matched):
        return _mixed("the capacity of all plants of the firm, told of one", matched[0], figure)
    return None


def _of_whole_firm(statement: Statement, one: Reading) -> bool:
    sector = one.basis.split(", NdFeB")[0]
    return (
        bool(re.search(r"\ball\b", sector))
        and bool(statement.thing)
        and not sector.startswith(statement.thing)
    )


def _mixed(words: str, one: Reading, figure: Figure) -> Verdict:
    why = f"{words}: {amount_in_words(one)}"
    return Verdict(MIXED, why, (("near", one),), amount_in_words(one), slack_in_words(figure))


def working_days(statement: Statement, figure: Figure, known: Sequence[Reading]) -> Verdict | None:
    """Return "unit or label mixed up" where plain days are told and the rule counts working days."""
    if statement.subject != "licence-time" or figure.unit != "year":
        return None
    limits = [one for one in known if "limit by law" in one.basis]
    told = statement.text[
        figure.span[0] - statement.sentence[0] : figure.span[1] - statement.sentence[0] + 16
    ]
    if _WORKING.search(told):
        return _beyond_limit(statement, figure, limits)
    for one in limits:
        if abs(figure.middle * _WEEK - one.high) <= 0.02 * one.high:
            return _mixed(
                f"{figure.middle * _DAY:.0f} days are told, the rule counts working days", one, figure
            )
    return None


def _beyond_limit(statement: Statement, figure: Figure, limits: Sequence[Reading]) -> Verdict | None:
    """Return "contradicted" where a limit set by law is told far from the one of the rule."""
    one = next(iter(limits), None)
    if one is None or not _BY_LAW.search(statement.text) or relation(figure, one) != "far":
        return None
    value = amount_in_words(one)
    return Verdict(CONTRADICTED, f"the rule has {value}", (("far", one),), value, slack_in_words(figure))


def magnets_for_all(statement: Statement, book: Book, figure: Figure, year: int) -> Verdict | None:
    """Return the verdict where the share of imports of magnets is told of all, or the other way round."""
    if statement.subject != "import-share" or figure.unit != "%" or figure.bound == "less":
        return None
    other = "" if statement.product == "magnet" else "magnet"
    asked = asked_of(statement)
    known = readings(book, replace(asked, product=other), "share")
    hits = [one for one in known if one.primary and one.year <= year and tightly(figure, one.low, one.high)]
    words = (
        "the share of magnets, told of all rare earths"
        if other
        else "the share of all rare earths, told of magnets"
    )
    return _mixed(words, hits[0], figure) if hits else None


def within_known_span(statement: Statement, figure: Figure, pairs: Sequence[Pair]) -> Verdict | None:
    """Return "depends on basis" for a figure inside the span of rows that differ by what they count.

    So it is with supply whose stage is not told, between mining and magnets, and with what a machine holds.
    """
    known = [one for _found, one in pairs if one.unit == figure.unit and not one.bound]
    stages = {_STAGES[one.material] for one in known if one.material in _STAGES}
    supply = statement.subject == "supply" and len(stages) > 1
    if not (supply or statement.subject == "content") or not known:
        return None
    low, high = min(one.low for one in known), max(one.high for one in known)
    apart = high - low > _APART if figure.unit == "%" else high > low
    inside = low <= figure.high and figure.low <= high
    agreed = {relation(figure, one) for one in known} == {"match"}
    if not apart or not inside or agreed:
        return None
    words = "; ".join(amount_in_words(one) for one in (min(known, key=_low), max(known, key=_high)))
    why = f"it depends on what is counted: {words}"
    return Verdict(BASIS, why, tuple(pairs[:MOST]), words, slack_in_words(figure))


def _low(one: Reading) -> float:
    return one.low


def _high(one: Reading) -> float:
    return one.high
