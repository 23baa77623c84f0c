"""Layer 1, chemistry and rules: what the words of a declaration say against each other.

Every distinct text is read once, with the lexicon that the licence study uses.  A finding carries the
figure and the words that triggered it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from dearth.book import Book
from dearth.declarations.composition import RARE, Composition, read_composition
from dearth.declarations.criteria import Control, Criteria
from dearth.lexicon import Entry, Reading, load_lexicon
from dearth.lexicon.lexicon import normalised

__all__ = ["DATED", "Chemistry", "Finding", "Text", "chemistry_of"]

CONTROLLED: Final = "controlled-licence-not-shown"
UNSETTLED: Final = "control-not-settled"
DATED: Final = (CONTROLLED, UNSETTLED)  # these rest on a control, its place and its days
_CLASS: Final = re.compile(r"^grade-n\d+(m|h|sh|uh|eh|ah|th|vh)$")
_HEAVY: Final = frozenset({"Dy", "Tb"})
_LIGHT: Final = frozenset({"La", "Ce", "Pr", "Nd"})
_MAGNETS: Final = ("NdFeB", "SmCo")
_OWN: Final = {"NdFeB": "Nd", "SmCo": "Sm"}
_RARE_FORMS: Final = frozenset(
    {"metal", "oxide", "compound", "alloy", "mixture", "target", "magnet_material"}
)
_DENIES: Final = "the text says what is not in the goods"
_HEADING: Final = 4


class Text(NamedTuple):
    """The words of a declaration; ``""`` where nothing stands."""

    description: str = ""
    composition: str = ""
    grade: str = ""
    hs: str = ""
    exemption: str = ""


class Finding(NamedTuple):
    """A signal of the words: code, the figure that triggered it, and the words."""

    code: str
    a: float | None
    t: str
    control: str = ""


@dataclass(frozen=True)
class _Item:
    """A text with all that was read from it."""

    text: Text
    reading: Reading
    composition: Composition
    family: str
    named: frozenset[str]

    @property
    def built(self) -> bool:
        """Whether the goods are something built around a magnet, or a machine."""
        return any(entry.form in ("assembly", "equipment") for entry in self.reading.entries)

    @property
    def stated(self) -> bool:
        """Whether some composition is stated."""
        return bool(self.composition.elements)


@dataclass(frozen=True)
class Chemistry:
    """Limits of layer 1: criteria, and the least heavy content (wt%) of each grade class of the book."""

    criteria: Criteria
    least_heavy: Mapping[str, float]

    def speaks(self, text: Text) -> bool:
        """Whether words say anything that some tariff code could make a finding of."""
        item = self._read(text)
        return bool(item.family or item.composition.elements or item.named) or bool(self._findings(item))

    def findings(self, text: Text) -> list[Finding]:
        """Return what the words of one declaration say against each other."""
        return self._findings(self._read(text))

    def _findings(self, item: _Item) -> list[Finding]:
        makers = (
            self._grade,
            self._traces,
            self._sum,
            self._swap,
            self._heading,
            self._silent,
            self._unnamed,
        )
        found = [finding for maker in makers for finding in maker(item)]
        return [*found, *self._phrases(item), *self._controls(item)]

    def _read(self, text: Text) -> _Item:
        reading = load_lexicon().goods(" ".join(filter(None, (text.description, text.grade))))
        composition = read_composition(text.composition) if text.composition else Composition()
        inside = read_composition(text.description)
        if not composition.elements and inside.shares:
            composition = inside
        family = str(reading.facts.get("item.family") or "")
        named = _named(reading) | composition.elements | (inside.elements if family else frozenset())
        return _Item(text, reading, composition, family, named)

    def _grade(self, item: _Item) -> Iterator[Finding]:
        limit = self.criteria.limit("heavy-class-least")
        for entry in item.reading.entries:
            match = _CLASS.match(entry.id)
            least = self.least_heavy.get(match[1].upper(), 0.0) if match else 0.0
            if least > limit and item.stated and not _HEAVY & item.named:
                yield Finding("grade-without-heavy", least, entry.name)
                return

    def _traces(self, item: _Item) -> Iterator[Finding]:
        shares, most = item.composition.shares, self.criteria.limit("trace-most")
        traces = {e: v for e, v in shares.items() if e in RARE - _LIGHT and 0 < v <= most}
        if shares.get("Nd", 0.0) >= self.criteria.limit("swap-share") and traces and "Dy" not in item.named:
            told = ", ".join(f"{element} {value:g} wt%" for element, value in traces.items())
            yield Finding("heavy-left-out", min(traces.values()), told)

    def _sum(self, item: _Item) -> Iterator[Finding]:
        parts, limit = item.composition, self.criteria.limit
        if parts.open or parts.named or len(parts.shares) < limit("composition-parts"):
            return
        if not limit("composition-sum-low") <= parts.sum <= limit("composition-sum-high"):
            yield Finding("composition-sum", parts.sum, ", ".join(parts.shares))

    def _swap(self, item: _Item) -> Iterator[Finding]:
        for family, own in _OWN.items():
            if family == item.family or item.family not in _OWN:
                continue
            share = item.composition.shares.get(own, 0.0)
            if share >= self.criteria.limit("swap-share"):
                yield Finding("family-swap", share, item.family)

    def _heading(self, item: _Item) -> Iterator[Finding]:
        hs = item.text.hs
        goods = [entry for entry in item.reading.entries if _is_rare_good(entry)]
        usual = {code[:_HEADING] for entry in goods for code in entry.hs}
        if not hs or not goods or item.built:
            return
        names = ", ".join(dict.fromkeys(entry.name for entry in goods))
        if item.family in _MAGNETS and hs.startswith(self.criteria.prefixes("other-magnet")):
            yield Finding(
                "heading-against-words", None, f"the words say {names}, the line is another magnet's"
            )
        elif usual and hs[:_HEADING] not in usual:
            told = (
                f"the words say {names} (usually {', '.join(sorted(usual))}), the heading is {hs[:_HEADING]}"
            )
            yield Finding("heading-against-words", None, told)

    def _silent(self, item: _Item) -> Iterator[Finding]:
        magnet = item.text.hs.startswith(self.criteria.prefixes("magnet"))
        other = item.text.hs.startswith(self.criteria.prefixes("other-magnet"))
        if not item.stated and not item.built and (item.family in _MAGNETS or (magnet and not other)):
            told = f"{item.family} magnet" if item.family else f"heading {item.text.hs}"
            yield Finding("composition-missing", None, told)

    def _unnamed(self, item: _Item) -> Iterator[Finding]:
        own = (*self.criteria.prefixes("rare-earth"), *self.criteria.prefixes("magnet"))
        words = normalised(item.text.description)
        said = [phrase for phrase in self.criteria.phrases["rare-earths"] if phrase in words]
        denied = any(phrase in words for phrase in self.criteria.phrases["not-rare-earths"])
        if said and not denied and not item.named and not item.built and not item.text.hs.startswith(own):
            yield Finding("rare-earths-unnamed", None, said[0])

    def _phrases(self, item: _Item) -> Iterator[Finding]:
        words = normalised(f"{item.text.description} {item.text.exemption}")
        for phrase in self.criteria.phrases["no-licence"]:
            if phrase in words:
                yield Finding("no-licence-phrase", None, phrase)
                return

    def _controls(self, item: _Item) -> Iterator[Finding]:
        magnet = item.family in _MAGNETS or item.text.hs.startswith(self.criteria.prefixes("magnet"))
        silent = any(self._silent(item))
        for control in self.criteria.controls:
            hit = _hit(control, item, magnet=magnet)
            open_elements = control.elements & _HEAVY
            if hit:
                yield Finding(CONTROLLED, None, f"{', '.join(sorted(hit))}: {control.id}", control.id)
            elif silent and open_elements and control.goods != "not-magnet":
                told = f"a magnet of which no composition is stated; {', '.join(sorted(open_elements))}"
                yield Finding(UNSETTLED, None, f"{told} would fall under {control.id}", control.id)


def _hit(control: Control, item: _Item, *, magnet: bool) -> frozenset[str]:
    """Return the elements that a control names and the words too."""
    if magnet and control.goods == "not-magnet":
        return frozenset()
    hit = control.elements & item.named
    if magnet and item.family != "SmCo":
        return hit & (_HEAVY | {"Sm"})
    return hit | ({"Sm"} & control.elements if item.family == "SmCo" else frozenset())


def _is_rare_good(entry: Entry) -> bool:
    named = {entry.element, *entry.elements} & RARE
    return entry.kind in ("good", "grade", "cas", "trade-name", "alloy") and (
        bool(named) and entry.form in _RARE_FORMS
    )


def _named(reading: Reading) -> frozenset[str]:
    """Return the rare earths that words name; a bare symbol in running text is no name."""
    if any(note.startswith(_DENIES) for note in reading.notes):
        return frozenset()
    entries = [e for e in reading.entries if e.kind != "element" or e.language != "symbol"]
    return frozenset(x for e in entries for x in (e.element, *e.elements) if x in RARE)


def chemistry_of(book: Book, criteria: Criteria) -> Chemistry:
    """Return layer 1 with the contents of grade classes that the book holds."""
    least: dict[str, float] = {}
    for row in book.find(quantity="composition", unit="wt%"):
        match = re.match(r"NdFeB magnet, class (\w+) Tb\+Dy|NdFeB magnet, class (\w+)$", row.material)
        if match and row.low is not None and ("Tb" in row.element or "Tb" in row.material):
            least[str(match[1] or match[2]).upper()] = row.low
    return Chemistry(criteria, least)
