"""Search the book by words, and show every rival of what is found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dearth.axes import ELEMENT_MEMBERS, MATERIALS, PLACES, SECTORS
from dearth.book.book import Book, Rivals, key_of
from dearth.errors import Fault, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["ELEMENT_NAMES", "Shown", "show"]

ELEMENT_NAMES: Final = {
    "La": "lanthanum",
    "Ce": "cerium",
    "Pr": "praseodymium",
    "Nd": "neodymium",
    "Pm": "promethium",
    "Sm": "samarium",
    "Eu": "europium",
    "Gd": "gadolinium",
    "Tb": "terbium",
    "Dy": "dysprosium",
    "Ho": "holmium",
    "Er": "erbium",
    "Tm": "thulium",
    "Yb": "ytterbium",
    "Lu": "lutetium",
    "Y": "yttrium",
    "Sc": "scandium",
}
_STAGE_WORDS: Final = {
    "concentrate": "ore mine mining",
    "oxide": "separation separated refining",
    "metal": "metal making reduction alloy",
    "magnet": "magnets",
}
_HINT: Final = "try an element, a place or a quantity, e.g. dysprosium"
_LONGEST_CODE: Final = 3  # letters of symbols and place codes
_SPLIT: Final = re.compile(r"[^\w%]+")
_TRIM: Final = ".,;:()[]{}'\"!?"
_SITE: Final = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b")  # mining.com says nothing of mining


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that was found, whether it wins among its rivals, why the winner wins, and if it is yours.

    It is `aside` when some word stands only in the source or the note of what was found.
    """

    row: FactRow
    wins: bool
    rivals: int
    reason: str
    origin: str
    overlay: bool = False
    aside: bool = False


def _element_words(element: str) -> list[str]:
    """Return the symbols and names of an element group, e.g. ``["Nd", "neodymium", "Pr", ...]``."""
    parts = [part for group in element.split("+") for part in ELEMENT_MEMBERS.get(group, (group,))]
    return [word for part in parts for word in (part, ELEMENT_NAMES.get(part, ""))]


def _subject(row: FactRow) -> str:
    """Return the words for what a row measures, in small letters."""
    material = row.material.split(":", 1)[-1]
    words = [row.id, row.quantity, row.material, MATERIALS.get(row.material, ""), row.element]
    words += [row.place, PLACES.get(row.place, ""), row.partner, PLACES.get(row.partner, "")]
    words += [row.sector, SECTORS.get(row.sector, ""), row.basis, row.unit, row.date, row.kind]
    words += [_STAGE_WORDS.get(row.material.split(":", 1)[0], "")]
    words += [*_element_words(row.element), *_element_words(material)]
    return " ".join(words).lower()


def _text(row: FactRow) -> str:
    """Return all that a row can be found by, in small letters; names of web sites on a line of their own."""
    told = f"{row.source} {row.note}".lower()
    sites = _SITE.findall(told)
    return f"{_subject(row)} {_SITE.sub(' ', told) if sites else told}\n{' '.join(sites)}"


def _nearest(word: str, texts: list[str]) -> str:
    """Return the cure for a word that the book does not hold."""
    seen = {part.strip(_TRIM) for text in texts for part in text.split()}
    known = sorted(part for part in seen if part.isalpha() and len(part) > _LONGEST_CODE)
    cure = did_you_mean(word, known)
    return cure if cure.startswith("did you mean") else _HINT


def _matches(word: str, text: str) -> bool:
    """Whether `text` holds `word`: short words (symbols, codes) whole, longer ones anywhere."""
    text, _, sites = text.partition("\n")
    if len(word) > _LONGEST_CODE:
        return word in text or ("." in word and word in sites)
    return word in text.split() or word in _SPLIT.sub(" ", text).split()


def show(book: Book, text: str) -> tuple[Shown, ...]:
    """Return the rows that hold every word of `text`, each with all its rivals, the winner first.

    Words are looked for in ids, quantities, materials, elements (symbol and name), places (code and
    name), sectors, basis, unit, date, kind, source and note; capitals do not matter.  Rows that hold
    a word only in source or note come last.  A web site is found by its name, not by a part of it.

    Raises
    ------
    UnknownNameError
        `text` is empty, or a word of it stands nowhere in the book.
    """
    words = [word.strip(_TRIM) for word in text.lower().split()]
    texts = [_text(row) for row in book.rows]
    _refuse_unknown([word for word in words if word], texts)
    first: dict[object, Rivals] = {}
    aside: dict[object, Rivals] = {}
    for row, content in zip(book.rows, texts, strict=True):
        if all(_matches(word, content) for word in words):
            subject = _subject(row)
            groups = first if all(_matches(word, subject) for word in words) else aside
            groups.setdefault(key_of(row), book.rivals(row))
    last = [group for key, group in aside.items() if key not in first]
    found = [*((group, False) for group in first.values()), *((group, True) for group in last)]
    return tuple(shown for group, is_aside in found for shown in _shown(book, group, is_aside))


def _refuse_unknown(words: list[str], texts: list[str]) -> None:
    faults = [] if words else [Fault(what="nothing to look for", cure=_HINT)]
    for word in words:
        if not any(_matches(word, text) for text in texts):
            what = f"the book does not mention {word[:80]!r}"
            faults.append(Fault(what=what, cure=_nearest(word[:80], texts)))
    if faults:
        raise UnknownNameError("Searching the data book", faults)


def _shown(book: Book, group: Rivals, aside: bool) -> list[Shown]:
    count = len(group.rows)
    return [
        Shown(
            row=row,
            wins=row is group.winner,
            rivals=count,
            reason=group.reason,
            origin=str(book.origins[row.id]),
            overlay=book.is_yours(row),
            aside=aside,
        )
        for row in group.rows
    ]
