"""How many rare earths there are: a count that is a matter of definition, not of a year."""

from __future__ import annotations

import re
from typing import Final

from dearth.articles.statement import Statement
from dearth.book import Book
from dearth.measures.claim_readings import Reading
from dearth.measures.claim_verdict import BASIS, SUPPORTED, Verdict, cannot

__all__ = ["count_verdict"]

_ALL: Final = 17
_LANTHANOIDS: Final = 15
_ELEMENTS: Final = re.compile(
    r"elements?\b|rare[\s-]+earths?\s+metals?\b|种(?:稀土|元素|金属|化学元素)|元素[^。]{0,8}种", re.IGNORECASE
)
_DEFINITION: Final = Reading(
    float(_ALL), float(_ALL), "count", "scandium, yttrium and the fifteen lanthanoids", "", "REO",
    "2024", "2024", "A",
    "USGS National Minerals Information Center, Rare Earths Statistics and Information",
    "https://www.usgs.gov/centers/national-minerals-information-center/rare-earths-statistics-and-information",
    ("definition-rare-earth-elements",),
)  # fmt: skip


def count_verdict(statement: Statement, _book: Book, _day: str) -> Verdict:
    """Return the verdict on a count: only that of the rare earths themselves is known."""
    told = statement.figures[0].middle
    if not _ELEMENTS.search(statement.text) or statement.negated:
        return cannot("the book does not count these")
    value = f"{_ALL} ({_DEFINITION.basis})"
    if told == _ALL:
        return Verdict(SUPPORTED, f"by definition {value}", (("match", _DEFINITION),), value, "none")
    if told in (_LANTHANOIDS, _LANTHANOIDS + 1):
        why = f"with scandium and yttrium there are {value}; fewer where one or both are left out"
        return Verdict(BASIS, why, (("far", _DEFINITION),), value, "none")
    return cannot("the book does not count these")
