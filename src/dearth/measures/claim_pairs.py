"""Two readings of one thing at two times: how far it moved, beside how far a sentence says it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dearth.articles.patterns import tolerance
from dearth.articles.statement import Statement
from dearth.measures.claim_compare import Relation, change_relation, relation_of
from dearth.measures.claim_readings import Reading

__all__ = ["Pair", "move_in_words", "moved"]

Pair = tuple[Reading, Reading]


def moved(statement: Statement, pair: Pair) -> Relation:
    """Return how the told change stands to that between two readings, the later first."""
    figure, (later, earlier) = statement.figures[0], pair
    sign = -1.0 if statement.direction == "down" else 1.0
    if figure.unit == "%":
        change = [100.0 * sign * (a / b - 1.0) for a, b in _ends_of(later, earlier)]
        return change_relation(figure, min(change), max(change))
    if figure.unit == "1":
        ratio = [a / b for a, b in _ends_of(later, earlier)]
        near = replace(figure, step=max(figure.step, float(tolerance()["multiple"]) * figure.middle))
        return relation_of(near, min(ratio), max(ratio))
    if figure.unit == later.unit:
        moved = [sign * (a - b) for a, b in _ends_of(later, earlier)]
        return relation_of(replace(figure, step=figure.step + 0.02 * later.high), min(moved), max(moved))
    return "open"


def _ends_of(later: Reading, earlier: Reading) -> Iterator[tuple[float, float]]:
    for a in (later.low, later.high):
        for b in (earlier.low, earlier.high):
            if b > 0:
                yield a, b


def move_in_words(pair: Pair) -> str:
    """Return both ends of a move in words, with the change in per cent."""
    later, earlier = pair
    change = 100.0 * (later.high / earlier.high - 1.0) if earlier.high else 0.0
    return (
        f"{earlier.high:,.6g} {earlier.unit} ({earlier.period}) to {later.high:,.6g} {later.unit}"
        f" ({later.period}),"
        f" {change:+.1f} %, {later.basis}"
    )
