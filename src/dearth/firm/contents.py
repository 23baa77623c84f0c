"""What rare earths a part holds: as the firm states, or filled from the book, marked, with a range.

A part without grams and without a component of the library stays unknown; unknown is never none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from dearth.axes import CONTROLLED_2025
from dearth.firm.network import Firm, Part
from dearth.firm.read import UNKNOWN
from dearth.units import convert, dimension_of

if TYPE_CHECKING:
    from dearth.book import Book, FactRow

__all__ = ["Content", "Grams", "component_names", "contents_of", "magnets_of", "materials_of"]

BOOK: Final = "the book"
STATED: Final = "stated"
_PER_UNIT: Final = "mass per unit"
_MAGNET: Final = "NdFeB magnet"
_HEAVY: Final = "Tb+Dy"
_CLASS: Final = re.compile(r"(?:N?\d{2}|N)?(M|H|SH|UH|EH|AH|TH|N)?", re.IGNORECASE)
_CLASSES: Final = ("N", "M", "H", "SH", "UH", "EH", "AH")
# As the model groups them, by how much Dy and Tb a class usually holds.
_MODEL: Final = {
    "N": ("magnet:none",), "M": ("magnet:low",), "H": ("magnet:low",), "SH": ("magnet:high",),
    "UH": ("magnet:high",), "EH": ("magnet:high",), "AH": ("magnet:high",), "TH": ("magnet:high",),
    "SmCo": ("magnet:smco",), "": (),
}  # fmt: skip
_ANY_NDFEB: Final = ("magnet:none", "magnet:low", "magnet:high")


class Grams(NamedTuple):
    """Grams in one unit of a part: middle (None: unknown) and range."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Content:
    """What one part itself holds, its own parts not counted.

    Attributes
    ----------
    known
        ``stated``, ``the book`` (filled from its library), ``partly the book``, or ``unknown``.
    magnet
        Grams of magnet; None: unknown.
    elements
        Grams of rare earths in metal form by symbol; ``Tb+Dy`` where the sources do not tell them apart.
    classes
        Magnets of the model it may be: one, several when the grade is unknown, none without a magnet.
    rows
        Rows of the book that filled it.
    """

    part: str
    known: str
    magnet: Grams | None
    elements: Mapping[str, Grams] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def holds(self, element: str) -> bool | None:
        """Say whether it holds an element (of ``Tb+Dy``: one of them): True, False, or None: nobody knows."""
        wanted = _symbols(element)
        maybe = self.known == UNKNOWN
        for name, grams in self.elements.items():
            mine = _symbols(name)
            if mine & wanted and grams.high > 0:
                sure = mine <= wanted and (grams.low > 0 or (grams.value or 0.0) > 0)
                if sure:
                    return True
                maybe = True
        return None if maybe else False


def _symbols(name: str) -> set[str]:
    return {piece for one in name.split("+") for piece in {"NdPr": ("Nd", "Pr")}.get(one, (one,))}


def component_names(book: Book) -> tuple[str, ...]:
    """Return the names of the component library: what it is, and what it is with its kind."""
    names: dict[str, None] = {}
    for row in _library(book):
        names[row.sector] = None
        if row.basis:
            names[f"{row.sector}, {row.basis}"] = None
    return tuple(names)


def _library(book: Book) -> list[FactRow]:
    return [
        row
        for row in book.find(quantity="content", material=_MAGNET)
        if row.sector and row.has_number and dimension_of(row.unit) == _PER_UNIT
    ]


def contents_of(firm: Firm, book: Book) -> tuple[dict[str, Content], list[str]]:
    """Return the content of every part, and a warning for every unknown name of a component.

    Parameters
    ----------
    book
        Its rows `content` and `composition` are the library.
    """
    library: dict[str, list[FactRow]] = {}
    for row in _library(book):
        library.setdefault(row.sector.casefold(), []).append(row)
        library.setdefault(f"{row.sector}, {row.basis}".casefold(), []).append(row)
    recipe = _Recipes(book)
    found, warnings = {}, list[str]()
    for part in firm.parts:
        found[part.id] = _content(part, library, recipe)
        warnings += _told(part, library)
    return found, warnings


def _content(part: Part, library: Mapping[str, list[FactRow]], recipe: _Recipes) -> Content:
    stated = {name: Grams(grams, grams, grams) for name, grams in part.element_grams}
    if part.grade.casefold() == "ferrite" or part.magnet_grams == 0:
        return Content(part.id, STATED, Grams(0.0, 0.0, 0.0), stated)
    rows: tuple[str, ...] = ()
    if part.magnet_grams is not None:
        magnet, known = Grams(*[part.magnet_grams] * 3), STATED
    elif part.component.casefold() in library and part.component:
        some = library[part.component.casefold()]
        magnet, known, rows = _range(some), BOOK, tuple(row.id for row in some)
    else:
        return Content(part.id, STATED if stated and not part.grade else UNKNOWN, None, stated)
    elements, classes, used = recipe.of(part.grade, magnet)
    known = f"partly {BOOK}" if known == STATED and used else known
    return Content(part.id, known, magnet, {**elements, **stated}, classes, (*rows, *used))


def _range(rows: Iterable[FactRow]) -> Grams:
    """Return the middle and the full range of some rows, in grams."""
    middles, ends = [], []
    for row in rows:
        middles.append(convert(row.central, row.unit, "g/unit"))
        ends += [convert(end, row.unit, "g/unit") for end in row.bounds]
    return Grams(sum(middles) / len(middles), min(ends), max(ends))


class _Recipes:
    """Weight shares of the elements of a magnet, by class, from the book."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def of(self, grade: str, magnet: Grams) -> tuple[dict[str, Grams], tuple[str, ...], tuple[str, ...]]:
        """Return grams by element, magnets of the model, and rows used."""
        if grade.casefold().startswith("sm"):
            share, rows = self._samarium(grade)
            return {"Sm": _times(share, magnet)}, _MODEL["SmCo"], rows
        match = _CLASS.fullmatch(grade) if grade and grade.casefold() != "unknown" else None
        name = (match[1] or "N").upper() if match else ""
        heavy, rows = self._heavy(name)
        total, all_rows = self._all_rare_earths()
        value = None if total.value is None or heavy.value is None else total.value - heavy.value
        light = Grams(value, max(0.0, total.low - heavy.high), total.high - heavy.low)
        grams = {"NdPr": _times(light, magnet), _HEAVY: _times(heavy, magnet)}
        return grams, _MODEL.get(name, ()) or _ANY_NDFEB, (*rows, *all_rows)

    def _heavy(self, name: str) -> tuple[Grams, tuple[str, ...]]:
        wanted = [name] if name in _CLASSES else list(_CLASSES)
        rows = [row for one in wanted for row in self._class_rows(one)]
        low, high = min(row.bounds[0] for row in rows) / 100, max(row.bounds[1] for row in rows) / 100
        value = rows[0].central / 100 if len(wanted) == 1 else None
        return Grams(value, low, high), tuple(row.id for row in rows)

    def _class_rows(self, name: str) -> tuple[FactRow, ...]:
        found = self.book.find(quantity="composition", material=f"{_MAGNET}, class {name}", element=_HEAVY)
        if name == "M" and not found:
            found = self.book.find(
                quantity="composition", material=_MAGNET, element="Dy", basis="grade M, hard disk"
            )
        return tuple(row for row in found if row.has_number)

    def _all_rare_earths(self) -> tuple[Grams, tuple[str, ...]]:
        row = self.book.one(quantity="composition", material=_MAGNET, element="NdPr", basis="metal in magnet")
        low, high = row.bounds
        return Grams(row.central / 100, low / 100, high / 100), (row.id,)

    def _samarium(self, grade: str) -> tuple[Grams, tuple[str, ...]]:
        kinds = (
            ["SmCo 2:17"] if "17" in grade else ["SmCo 1:5"] if "5" in grade else ["SmCo 1:5", "SmCo 2:17"]
        )
        rows = [
            row
            for kind in kinds
            for row in self.book.find(quantity="composition", material=kind, element="Sm")
            if row.has_number
        ]
        ends = [end / 100 for row in rows for end in row.bounds]
        value = rows[0].central / 100 if len(kinds) == 1 else None
        return Grams(value, min(ends), max(ends)), tuple(row.id for row in rows)


def _times(share: Grams, magnet: Grams) -> Grams:
    value = None if share.value is None or magnet.value is None else share.value * magnet.value
    return Grams(value, share.low * magnet.low, share.high * magnet.high)


def _told(part: Part, library: Mapping[str, list[FactRow]]) -> list[str]:
    where = part.at or f"part {part.id}"
    if part.component and part.component.casefold() not in library:
        return [
            f"{where}: {part.component[:60]!r} is not in the component library; its content stays unknown"
        ]
    return []


def magnets_of(grade: str) -> tuple[str, ...]:
    """Return the magnets of the model that a grade may be; all NdFeB ones when it is unknown."""
    if grade.casefold().startswith("sm"):
        return _MODEL["SmCo"]
    if grade.casefold() == "ferrite":
        return ()
    match = _CLASS.fullmatch(grade) if grade and grade.casefold() != "unknown" else None
    return _MODEL[(match[1] or "N").upper()] if match else _ANY_NDFEB


def materials_of(contents: Mapping[str, Content]) -> dict[str, tuple[str, ...]]:
    """Return the parts that hold each element and each magnet of the model, for the loss of a material.

    Only what is known or likely counts: a part of unknown content is in none of them.
    """
    found: dict[str, list[str]] = {}
    for part, content in contents.items():
        for element in ("NdPr", *CONTROLLED_2025, _HEAVY):
            if content.holds(element):
                found.setdefault(element, []).append(part)
        if len(content.classes) == 1:
            found.setdefault(content.classes[0], []).append(part)
    return {name: tuple(parts) for name, parts in found.items()}
