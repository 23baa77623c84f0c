"""Verdicts on ranks and records: a place among the places of the book, a time among its times."""

from __future__ import annotations

from typing import Final

from dearth.articles.patterns import subjects, tolerance
from dearth.articles.statement import Statement
from dearth.book import Book
from dearth.book.book import vintage_of
from dearth.measures.claim_compare import Relation, in_window
from dearth.measures.claim_readings import Asked, Reading, readings
from dearth.measures.claim_verdict import (
    CONTRADICTED,
    OLD,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    cannot,
    concluded,
)

__all__ = ["rank_verdict", "record_verdict"]

_LEAST_PLACES: Final = 4  # fewer places are no ranking
_FIRST: Final = 1
_CLEAR: Final = 1.2  # how far ahead the place must be that stands where the sentence puts another
_HIGHER: Final = 1.03
_NO_PLACE: Final = ("WORLD", "other countries", "EUR", "EU27", "")


def rank_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on ``the world's largest producer``: a rank among the places of the book.

    A rank that the latest edition of the day does not have, and an older one does, is out of date.
    """
    if not statement.place or statement.subject == "magnet-output":
        return cannot("the book ranks mines and reserves by place, nothing else")
    tables = [(period, _table(statement, book, period, day)) for period in _years(statement, day)]
    tables = [
        (period, best) for period, best in tables if len(best) >= _LEAST_PLACES and statement.place in best
    ]
    if not tables:
        return cannot("the book has no ranking of that time")
    period, best = tables[0]
    found = _ranked(statement, book, best, period)
    told = int(statement.figures[0].low)
    if found.verdict != SUPPORTED and not statement.period:
        older = next((year for year, places in tables[1:] if _rank(places, statement.place) == told), "")
        if older:
            why = f"so in {older}; since then {found.value or found.why}"
            return Verdict(OLD, why, found.evidence, found.value)
    return concluded(found, statement)


def _years(statement: Statement, day: str) -> list[str]:
    if statement.period:
        return [statement.period[:4]]
    last = int(day[:4])
    return [str(year) for year in range(last, last - int(tolerance()["stale-years"]) - 1, -1)]


def _table(statement: Statement, book: Book, period: str, day: str) -> dict[str, float]:
    """Return the largest figure of each place in a year, of the editions that were out on the day."""
    level = subjects()[statement.subject]["level"][0]["quantity"]
    best: dict[str, float] = {}
    for row in book.find(quantity=level, year=int(period)):
        out = not vintage_of(row) or vintage_of(row)[:4] <= day[:4]
        fits = (
            row.element == "REO" and not row.sector and row.value is not None and row.place not in _NO_PLACE
        )
        if fits and (out or statement.period):
            best[row.place] = max(best.get(row.place, 0.0), float(row.value or 0.0))
    return best


def _rank(best: dict[str, float], place: str) -> int:
    """Return the rank of a place; places with the same figure share the better one."""
    return _FIRST + sum(value > best[place] for value in best.values())


def _ranked(statement: Statement, book: Book, best: dict[str, float], period: str) -> Verdict:
    order = sorted(best, key=lambda place: -best[place])
    rank, told = _rank(best, statement.place), int(statement.figures[0].low)
    leaders = ", ".join(f"{place} {best[place]:,.0f} t" for place in order[:3])
    value = f"{statement.place} is number {rank} in {period}: {leaders}"
    asked = [Asked(statement.subject, "REO", place) for place in order[:3]]
    rows = [one for a in asked for one in in_window(readings(book, a, "level"), period, int(period), 0)[:1]]
    relation: Relation = "match" if rank == told else "far"
    shown = tuple((relation, one) for one in rows)
    if rank == told:
        return Verdict(SUPPORTED, value, shown, value)
    if told > len(order):
        return cannot(value, shown)
    margin = (
        best[order[told - 1]] > _CLEAR * best[statement.place]
        or best[statement.place] > _CLEAR * (best[order[told - 1]])
    )
    return Verdict(CONTRADICTED, value, shown, value) if margin and shown else cannot(value, shown)


def record_verdict(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a record: a higher figure of a time before, as long, speaks against it."""
    known = [
        one
        for one in readings(book, asked_of(statement), "level")
        if one.primary
        and not one.bound
        and not one.forecast
        and one.last[:7] <= max(day[:7], statement.period)
    ]
    alike = [one for one in known if _length(one.period) == _length(statement.period)]
    here = [one for one in alike if one.period == statement.period]
    if not here:
        return cannot("the book has no figure of that time")
    start = statement.base if len(statement.base) == len(here[0].first) else statement.base[:4]
    earlier = [one for one in alike if one.last < here[0].first and one.last[: len(start)] >= start]
    higher = [one for one in earlier if one.unit == here[0].unit and one.low > _HIGHER * here[0].high]
    if higher:
        top = max(higher, key=lambda one: one.low)
        why = f"{amount_in_words(top)} was higher than {amount_in_words(here[0])}"
        return concluded(Verdict(CONTRADICTED, why, _shown(here[0], top), amount_in_words(top)), statement)
    if (
        start
        and len(start) > len("2025")
        and len({one.period for one in earlier}) >= _months(start, here[0].first)
    ):
        return Verdict(
            SUPPORTED,
            "no month since then was higher",
            _shown(here[0], *earlier[:3]),
            amount_in_words(here[0]),
        )
    return cannot(
        "no earlier figure of the book is higher; it does not have every one", _shown(here[0], *earlier[:3])
    )


def _months(start: str, end: str) -> int:
    return 12 * (int(end[:4]) - int(start[:4])) + int(end[5:7]) - int(start[5:7])


def _shown(*found: Reading) -> tuple[tuple[Relation, Reading], ...]:
    return tuple(("open", one) for one in found)


def _length(period: str) -> int:
    return len(period) if ".." not in period else 0
