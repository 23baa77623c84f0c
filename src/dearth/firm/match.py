"""Names of suppliers beside the facilities of the book: exact, alias, near with a score; a person decides.

Nothing is matched silently: a candidate is shown with how and how well it fits, and only what the sheet
`suppliers` names in its column `facility` is used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from rapidfuzz import fuzz

from dearth.errors import did_you_mean
from dearth.firm.network import Firm

if TYPE_CHECKING:
    from dearth.book import Book

__all__ = ["Candidate", "Facility", "SupplierMatch", "facilities_of", "match_suppliers"]

WORDING: Final = "possible match, verify identity"
NEAR: Final = 82.0  # of 100
_SHOWN: Final = 3
_QUANTITIES: Final = ("facility-capacity", "facility-output", "facility-status", "facility-share", "reserves")
_NOT_ONE: Final = re.compile(r"^all\b|largest makers|\bscheme\b")
# Endings that tell the kind of legal person, and words that half the trade shares.
_FORM_WORDS: Final = (
    "ab ag as bv co company corp corporation gmbh inc incorporated kg kk limited llc ltd nv oy plc pte pty sa"
    " se spa srl"
)
_SHARED_WORDS: Final = (
    "advanced china earth electronics global group holding holdings industrial industries international japan"
    " korea magnet magnetic magnetics magnets material materials metal metals new rare resources technology"
    " the"
)
_FORMS: Final = frozenset(_FORM_WORDS.split())
_SHARED: Final = frozenset(_SHARED_WORDS.split())


class Facility(NamedTuple):
    """A facility of the book: its name, place, and what it makes."""

    name: str
    place: str
    materials: tuple[str, ...]


class Candidate(NamedTuple):
    """A facility that may be a supplier: `how` is exact, alias or near; `score` 0 to 100."""

    facility: str
    place: str
    how: str
    score: float


@dataclass(frozen=True, slots=True)
class SupplierMatch:
    """What the book may know of a supplier.

    Attributes
    ----------
    confirmed
        The facility that the sheet names, when the book has it.
    candidates
        Best first; empty: nothing near.
    warning
        What is wrong with the confirmed name, or ``""``.
    """

    supplier: str
    name: str
    confirmed: str
    candidates: tuple[Candidate, ...]
    warning: str = ""


def facilities_of(book: Book) -> tuple[Facility, ...]:
    """Return the named facilities of the book; totals of a country are none."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for quantity in _QUANTITIES:
        for row in book.find(quantity=quantity):
            if row.sector and not _NOT_ONE.search(row.sector):
                found.setdefault((row.sector, row.place), {})[row.material] = None
    return tuple(Facility(*key, tuple(filter(None, materials))) for key, materials in found.items())


def _words(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in text if not unicodedata.combining(letter))
    return tuple(word for word in re.split(r"[\W_]+", plain) if word and word not in _FORMS)


def match_suppliers(firm: Firm, book: Book) -> tuple[SupplierMatch, ...]:
    """Return for every supplier what facilities of the book it may be."""
    facilities = facilities_of(book)
    names = {facility.name.casefold(): facility.name for facility in facilities}
    found = []
    for supplier in firm.suppliers:
        confirmed = names.get(supplier.facility.casefold(), "") if supplier.facility else ""
        warning = ""
        if supplier.facility and not confirmed:
            cure = did_you_mean(supplier.facility[:60], list(names.values()))
            warning = f"{supplier.at}: the book has no facility {supplier.facility[:60]!r}; {cure}"
        found.append(
            SupplierMatch(
                supplier.id, supplier.name, confirmed, _candidates(supplier.name, facilities), warning
            )
        )
    return tuple(found)


def _candidates(name: str, facilities: tuple[Facility, ...]) -> tuple[Candidate, ...]:
    asked = _words(name)
    found = []
    for facility in facilities:
        how, score = _likeness(asked, facility)
        if how:
            found.append(Candidate(facility.name, facility.place, how, round(score, 1)))
    return tuple(sorted(found, key=lambda one: (-one.score, one.facility))[:_SHOWN])


def _likeness(asked: tuple[str, ...], facility: Facility) -> tuple[str, float]:
    """Return how a name is like a facility, and how well; ``("", 0)`` when it is not."""
    other = _words(facility.name)
    if not asked or not other:
        return "", 0.0
    if asked == other:
        return "exact", 100.0
    telling = set(asked) - _SHARED
    if telling and (telling <= set(other) or (set(other) - _SHARED <= telling and set(other) - _SHARED)):
        return "alias", 90.0 + 9.0 * len(set(asked) & set(other)) / len(set(asked) | set(other))
    score = fuzz.token_sort_ratio(" ".join(asked), " ".join(other))
    if score < NEAR or not telling:
        return "", 0.0
    return "near", min(score, 89.0)
