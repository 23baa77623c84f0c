"""Figures that belong to something else: a quota told as output, feed as product, months as a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.patterns import subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, in_window, tightly
from dearth.measures.claim_readings import Reading, readings
from dearth.measures.claim_verdict import (
    MIXED,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    slack_in_words,
)

__all__ = ["feed_for_product", "labelled", "mixed_up", "part_of_year", "whole_for_batch"]

_QUOTED: Final = ("separation",)  # of these the press quotes the share of magnet elements
_MONEY: Final = ("USD", "AUD", "CAD", "EUR", "INR", "CNY", "JPY", "GBP")
_WIDE: Final = 1.1  # a range wider than this is not one sum
_EXACT: Final = 0.005
_DIGITS: Final = (0.001, 0.01, 0.1, 10.0, 100.0, 1000.0)


def part_of_year(statement: Statement, figure: Figure, known: Sequence[Reading]) -> Verdict | None:
    """Return the verdict where a part of the year that is told has exactly the figure."""
    period = statement.period
    if len(period) != 4:  # noqa: PLR2004 (a year has four digits)
        return None
    parts = [
        one
        for one in known
        if one.period.startswith(f"{period}-") or (one.period == period and not one.whole_year)
    ]
    hit = next((one for one in parts if tightly(figure, one.low, one.high)), None)
    if hit is None:
        return None
    shown: tuple[tuple[Relation, Reading], ...] = (("match", hit),)
    if statement.loose or statement.subject == "price":
        return Verdict(
            SUPPORTED,
            "the book has it for a part of the year",
            shown,
            amount_in_words(hit),
            slack_in_words(figure),
        )
    why = f"the figure is that of a part of the year, read as the year: {amount_in_words(hit)}"
    return Verdict(MIXED, why, shown, amount_in_words(hit), slack_in_words(figure))


def whole_for_batch(statement: Statement, figure: Figure, known: Sequence[Reading]) -> Verdict | None:
    """Return the verdict where a figure told beside a batch is that of the whole year.

    Words that add up (``with the third batch``, 全年) make it right; else the year is told as a batch.
    """
    if not statement.period.startswith("batch"):
        return None
    year = [one for one in known if one.period == statement.period[-4:] and one.whole_year]
    hit = next((one for one in year if tightly(figure, one.low, one.high)), None)
    if hit is None:
        return None
    shown: tuple[tuple[Relation, Reading], ...] = (("match", hit),)
    value = amount_in_words(hit)
    if statement.cumulative:
        return Verdict(
            SUPPORTED,
            "the book has it for the year, its batches together",
            shown,
            value,
            slack_in_words(figure),
        )
    why = f"the figure is that of the whole year, told beside a batch: {value}"
    return Verdict(MIXED, why, shown, value, slack_in_words(figure))


def labelled(statement: Statement, book: Book, figure: Figure, year: int) -> Verdict | None:
    """Return "unit or label mixed up" where a figure of three digits is exactly that of another thing."""
    exact = figure.low == figure.high and figure.step <= _EXACT * abs(figure.middle)
    return _label(statement, book, figure, year) if exact and figure.unit != "%" else None


def mixed_up(
    statement: Statement, book: Book, figure: Figure, year: int, pairs: Sequence[tuple[Relation, Reading]]
) -> Verdict | None:
    """Return "unit or label mixed up" where the figure is that of something else, to two digits."""
    part = part_of_year(statement, figure, [one for _found, one in _all_of(statement, book, figure)])
    return (
        part
        or _gross(statement, figure, pairs)
        or _currency(statement, book, figure)
        or _label(statement, book, figure, year)
        or _digit(figure, pairs)
    )


def _all_of(statement: Statement, book: Book, figure: Figure) -> list[tuple[Relation, Reading]]:
    form = "share" if figure.unit == "%" else "level"
    return [("open", one) for one in readings(book, asked_of(statement), form) if one.unit == figure.unit]


def _gross(statement: Statement, figure: Figure, pairs: Sequence[tuple[Relation, Reading]]) -> Verdict | None:
    low, high = tolerance()["concentrate-grade"]
    if statement.product != "concentrate" or figure.unit != "t" or statement.subject != "mine-output":
        return None
    for _found, one in pairs:
        if figure.low * low <= one.high and one.low <= figure.high * high:
            part = f"{100 * low:g} to {100 * high:g} % of it"
            why = f"tonnes of concentrate, not of oxide: {amount_in_words(one)} is {part}"
            return Verdict(MIXED, why, (("near", one),), amount_in_words(one), slack_in_words(figure))
    return None


def feed_for_product(
    statement: Statement, figure: Figure, pairs: Sequence[tuple[Relation, Reading]]
) -> Verdict | None:
    """Return "unit or label mixed up" where a plant's feed is told as its product."""
    if not statement.subject.startswith("capacity") or statement.product in ("", "feed"):
        return None
    for _found, one in pairs:
        if "feed" in one.material and tightly(figure, one.low, one.high):
            why = f"a capacity in feed, not in product: {amount_in_words(one)}"
            return Verdict(MIXED, why, (("near", one),), amount_in_words(one), slack_in_words(figure))
    return None


def _currency(statement: Statement, book: Book, figure: Figure) -> Verdict | None:
    """Return the verdict where a sum is that of the book, in another money."""
    per = "/kg" if statement.subject in ("price", "price-floor") else ""
    money = {f"{one}{per}" for one in _MONEY}
    if statement.subject not in ("finance", "price", "price-floor") or figure.unit not in money:
        return None
    told = readings(book, asked_of(statement), "level")
    for one in in_window(told, statement.period, int(statement.period[:4] or 0), 0) if per else told:
        slack = _EXACT * figure.middle
        same = one.low - slack <= figure.middle <= one.high + slack and one.high <= _WIDE * one.low
        if same and one.unit != figure.unit and one.unit in money:
            why = f"the sum is right, its money is not: {amount_in_words(one)}"
            return Verdict(MIXED, why, (("near", one),), amount_in_words(one), slack_in_words(figure))
    return None


def _label(statement: Statement, book: Book, figure: Figure, year: int) -> Verdict | None:
    form = "share" if figure.unit == "%" else "level"
    back = int(tolerance()["years-back"])
    if figure.bound in ("more", "less"):
        return None
    for name in subjects().get(statement.subject, {}).get("near", ()):
        other = [
            one
            for one in readings(book, asked_of(statement, name), form)
            if one.unit == figure.unit and not one.bound
        ]
        current = in_window(other, statement.period, year, back)
        half = _times(figure, 2.0) if name.endswith("quota") else figure
        hit = next(
            (
                one
                for one in current
                if (one.primary or name in _QUOTED) and tightly(figure, one.low, one.high)
            ),
            None,
        )
        part = "" if hit is not None else "half of "
        hit = hit or next((one for one in current if one.primary and tightly(half, one.low, one.high)), None)
        if hit is not None:
            words = subjects()[name]["words"]
            why = f"the figure is {part}that of something else ({words}): {amount_in_words(hit)}"
            return Verdict(MIXED, why, (("near", hit),), amount_in_words(hit), slack_in_words(figure))
    return None


def _times(figure: Figure, times: float) -> Figure:
    return replace(figure, low=figure.low * times, high=figure.high * times, step=figure.step * times)


def _digit(figure: Figure, pairs: Sequence[tuple[Relation, Reading]]) -> Verdict | None:
    """Return the verdict where the figure is a row of the same thing, ten or a thousand times off."""
    if figure.unit == "%" or figure.bound in ("more", "less"):
        return None
    for _found, one in pairs:
        for times in _DIGITS:
            if tightly(_times(figure, times), one.low, one.high):
                words = "times the figure of the book: a slip of unit or digit?"
                why = f"{1 / times:g} {words} {amount_in_words(one)}"
                return Verdict(MIXED, why, (("near", one),), amount_in_words(one), slack_in_words(figure))
    return None
