"""A figure beside the readings of its time: what every rule of judging looks at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dearth.articles.statement import Figure, Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation
from dearth.measures.claim_rows import Reading
from dearth.measures.claim_verdict import MOST

__all__ = ["Beside", "Pair", "ordered"]

Pair = tuple[Relation, Reading]


@dataclass(frozen=True)
class Beside:
    """A figure beside the readings of its time."""

    statement: Statement
    book: Book
    figure: Figure
    pairs: tuple[Pair, ...]
    known: Sequence[Reading]
    year: int

    @property
    def plain(self) -> list[Pair]:
        """What plain words mean, by the rows that the book prefers."""
        chosen = [(found, one) for found, one in self.pairs if one.primary and not one.rival]
        return chosen or [(found, one) for found, one in self.pairs if one.primary]

    @property
    def shown(self) -> tuple[Pair, ...]:
        """The readings in the order in which they are shown."""
        return ordered(self.pairs)


def ordered(pairs: Iterable[tuple[Relation, Reading]]) -> tuple[tuple[Relation, Reading], ...]:
    """Return readings as they are shown: matches first, plain ones before others, late before early."""
    order = {"match": 0, "near": 1, "far": 2, "open": 3}
    ranked = sorted(pairs, key=lambda pair: (order[pair[0]], not pair[1].primary, -pair[1].year))
    return tuple(ranked[:MOST])
