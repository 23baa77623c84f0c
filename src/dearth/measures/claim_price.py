"""Verdicts on moves of prices: quotes are few, and only other quotes speak against a move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from dearth.articles.statement import Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation, relation_of
from dearth.measures.claim_pairs import Pair, move_in_words, moved
from dearth.measures.claim_readings import Reading, readings
from dearth.measures.claim_verdict import (
    BASIS,
    CONTRADICTED,
    MIXED,
    SUPPORTED,
    Verdict,
    asked_of,
    cannot,
    concluded,
)

__all__ = ["price_change"]

_ELEMENTS: Final = ("Dy", "Tb", "Y", "NdPr", "Nd", "Sm", "La", "Ce", "Gd", "Eu", "Sc", "Lu")
_FAR_BACK: Final = 5  # years: a move of prices is told for some years
_TELLING: Final = 20.0  # a smaller move in per cent is like too many others


def price_change(statement: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on a move of a price: quotes are few, and only other quotes speak against it."""
    if statement.element == "" and (statement.figure("from") or statement.figure("end")):
        return _by_elimination(statement, book, day) or _of_no_element(statement, book, day)
    if statement.element in ("", "REO"):
        return _of_no_element(statement, book, day)
    every = [one for one in readings(book, asked_of(statement), "level") if one.first[:7] <= day[:7]]
    lately = [one for one in every if _near(one, day)]
    ends = statement.figure("from") is not None and statement.figure("to") is not None
    long = every if ends else [one for one in every if int(day[:4]) - _FAR_BACK <= one.year]
    first = _by_place(statement, lately)
    hit, miss = first if first[0] else _by_place(statement, long)
    if not hit:
        against = _told_wrongly(statement, every)
        if against is not None:
            return concluded(against, statement)
    shown: list[tuple[Relation, Reading]] = [("match", one) for pair in hit for one in pair]
    shown += [("far", one) for one in miss]
    if not hit:
        return cannot("the book has no two quotes that give this move", shown[:8])
    value = move_in_words(hit[0])
    if miss:
        others = "; ".join(_quote(one) for one in miss[:3])
        why = f"right by {value} in {hit[0][0].place}; not by {others}"
        return Verdict(BASIS, why, tuple(shown[:8]), value)
    why = f"quotes in {hit[0][0].place} give it"
    return concluded(Verdict(SUPPORTED, why, tuple(shown[:8]), value), statement)


def _quote(one: Reading) -> str:
    return f"{one.low:,.6g} to {one.high:,.6g} {one.unit} ({one.period}, {one.place}, {one.basis})"


def _by_place(statement: Statement, known: Iterable[Reading]) -> tuple[list[Pair], list[Reading]]:
    """Return a pair of quotes for each place that gives the move, and quotes elsewhere that do not."""
    places: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for one in known:
        places[one.place, one.unit].append(one)
    hit: list[Pair] = []
    miss: list[Reading] = []
    for rows in places.values():
        found = [pair for pair in _moves(rows) if _price_relation(statement, pair) == "match"]
        hit += found[:1]
        miss += [] if found else [one for one in rows if _not_there(statement, one)]
    return hit, miss


def _near(one: Reading, day: str) -> bool:
    return int(day[:4]) - 1 <= one.year <= int(day[:4]) and one.first[:7] <= day[:7]


def _moves(rows: Iterable[Reading]) -> Iterator[Pair]:
    ordered = sorted(rows, key=lambda one: (one.last, one.first))
    for at, earlier in enumerate(ordered):
        for later in ordered[at + 1 :]:
            if later.first[:7] > earlier.last[:7] and not (later.whole_year or earlier.whole_year):
                yield later, earlier


def _price_relation(statement: Statement, pair: Pair) -> Relation:
    start, end = statement.figure("from"), statement.figure("to")
    later, earlier = pair
    if start is not None and end is not None:
        if end.unit != later.unit:
            return "open"
        both = all(
            relation_of(figure, one.low, one.high) == "match"
            for figure, one in ((start, earlier), (end, later))
        )
        return "match" if both else "far"
    last = statement.figure("end")
    if last is not None and (last.unit != later.unit or relation_of(last, later.low, later.high) != "match"):
        return "open"
    middle = [replace(one, low=(one.low + one.high) / 2, high=(one.low + one.high) / 2) for one in pair]
    return moved(statement, (middle[0], middle[1]))


def _not_there(statement: Statement, one: Reading) -> bool:
    """Say whether a quote of another place shows that the end of the move was not reached there."""
    end = statement.figure("to")
    return end is not None and one.unit == end.unit and relation_of(end, one.low, one.high) == "far"


def _of_no_element(statement: Statement, book: Book, day: str) -> Verdict:
    figure = statement.figures[0]
    told = figure.unit == "1" or (figure.unit == "%" and figure.middle >= _TELLING)
    if told and statement.element == "REO" and statement.product != "concentrate":
        for element in _ELEMENTS:
            one = replace(statement, element=element, place="", figures=(replace(figure, bound=""),))
            found = price_change(one, book, day)
            if found.evidence and found.verdict in (SUPPORTED, BASIS):
                place = found.evidence[0][1].place
                why = f"rare earths have no one price; it is that of {element} in {place}: {found.value}"
                return Verdict(MIXED, why, found.evidence, found.value)
    return cannot("a price is one of a product; the words name no element")


def _by_elimination(statement: Statement, book: Book, day: str) -> Verdict | None:
    """Return support where the quotes of one element alone give both ends of a move that names none."""
    tried = [(one, price_change(replace(statement, element=one), book, day)) for one in _ELEMENTS]
    hits = [(one, found) for one, found in tried if found.verdict == SUPPORTED]
    if len(hits) != 1:
        return None
    element, found = hits[0]
    note = f"the sentence names no element: of those in the book only {element} moved so"
    return replace(found, notes=(*found.notes, note))


def _told_wrongly(statement: Statement, every: Sequence[Reading]) -> Verdict | None:
    """Return "contradicted" where quotes of the very times, or of the very end, give quite another move."""
    pairs = [pair for pair in _same_place(every) if _meant(statement, pair)]
    figure = statement.figure("change") or statement.figure("value")
    ends = statement.figure("from") is not None and statement.figure("to") is not None
    if not pairs or statement.hedged or not (ends or figure):
        return None
    if figure is not None and figure.bound in ("more", "less"):
        return None
    if any(_price_relation(statement, pair) != "far" for pair in pairs) or not all(
        _close(a, b) for a, b in pairs
    ):
        return None
    value = move_in_words(pairs[0])
    shown: list[tuple[Relation, Reading]] = [("far", one) for pair in pairs[:3] for one in pair]
    return Verdict(CONTRADICTED, f"the book has {value}", tuple(shown), value)


def _close(one: Reading, other: Reading) -> bool:
    return one.grade in "AB" and other.grade in "AB" and one.unit == other.unit


def _same_place(every: Sequence[Reading]) -> Iterator[Pair]:
    places: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for one in every:
        places[one.place, one.unit].append(one)
    for rows in places.values():
        yield from _moves(rows)


def _meant(statement: Statement, pair: Pair) -> bool:
    """Say whether two quotes are of the months that are told, or end at the price that is told."""
    later, earlier = pair
    if len(statement.period) >= len("2025-04") <= len(statement.base):
        return later.first[:7] == statement.period[:7] and earlier.first[:7] == statement.base[:7]
    last = statement.figure("end")
    if last is None or not statement.place:
        return False
    ended = last.unit == later.unit and later.low <= last.middle <= later.high
    began = statement.base or statement.period
    return ended and len(began) >= len("2025-04") and earlier.first[:7] == began[:7]
