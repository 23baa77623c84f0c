"""How many rare earths there are: a count that is a matter of definition, not of a year."""

from __future__ import annotations

import re
from typing import Final

from dearth.articles.statement import Statement
from dearth.book import Book
from dearth.measures.claim_compare import Relation
from dearth.measures.claim_readings import Reading, readings
from dearth.measures.claim_verdict import (
    BASIS,
    CONTRADICTED,
    SUPPORTED,
    Verdict,
    amount_in_words,
    asked_of,
    cannot,
)

__all__ = ["count_verdict"]

_ALL: Final = 17
_TELLING: Final = 10.0  # a smaller count is like too many others
_DEFINES: Final = re.compile(
    r"there are|in all|altogether|group of|family of|made up of|consist\w* of"
    r"|一共|共有|总共|包括[^。]{0,6}种|由[^。]{0,6}种",
    re.IGNORECASE,
)
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


def count_verdict(statement: Statement, book: Book, _day: str) -> Verdict:
    """Return the verdict on a count: of the rare earths themselves, or of applications for licences."""
    if statement.subject == "licence-count":
        return _applications(statement, book)
    told = statement.figures[0].middle
    if not _ELEMENTS.search(statement.text) or statement.negated:
        return cannot("the book does not count these")
    value = f"{_ALL} ({_DEFINITION.basis})"
    if told == _ALL:
        return Verdict(SUPPORTED, f"by definition {value}", (("match", _DEFINITION),), value, "none")
    if told in (_LANTHANOIDS, _LANTHANOIDS + 1):
        why = f"with scandium and yttrium there are {value}; fewer where one or both are left out"
        return Verdict(BASIS, why, (("far", _DEFINITION),), value, "none")
    if _DEFINES.search(statement.text) and told > _ALL:
        return Verdict(CONTRADICTED, f"by definition {value}", (("far", _DEFINITION),), value, "none")
    return cannot("the book does not count these")


def _applications(statement: Statement, book: Book) -> Verdict:
    """Return support where a row of the place has the very count."""
    told = statement.figures[0]
    known = [one for one in readings(book, asked_of(statement), "level") if not one.bound]
    hits: list[tuple[Relation, Reading]] = [
        ("match", one) for one in known if one.low <= told.middle <= one.high
    ]
    if not hits or told.middle < _TELLING:
        return cannot("the book has other counts, and not every one", [("open", one) for one in known[:4]])
    return Verdict(SUPPORTED, "the book has it", tuple(hits), amount_in_words(hits[0][1]), "none")
