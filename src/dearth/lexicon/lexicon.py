"""The table of names, and what a text in ordinary words says of an item.

A text is read piece by piece, the longest known name first: an element, a form, a good, an alloy, a grade, a
CAS number.  What it does not say stays unknown.  The name or the grade of an NdFeB magnet does not tell
whether it holds dysprosium or terbium, so such a magnet has no list of elements unless the text names one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from dearth.book.read import DATA, read_bytes, read_table
from dearth.errors import Fault, RuleError, did_you_mean

__all__ = ["COLUMNS", "Entry", "Lexicon", "Reading", "load_lexicon", "normalised", "read_lexicon"]

FOLDER: Final = DATA / "lexicon"
COLUMNS: Final = (
    "id", "kind", "name", "language", "element", "form", "family", "alloy", "elements", "hs", "cas",
    "unit_note", "source", "url", "note",
)  # fmt: skip
KINDS: Final = ("element", "good", "form", "grade", "trade-name", "alloy", "hs", "cas")
MAX_TEXT: Final = 500
_PHASE: Final = "Reading the lexicon"
_HEAVY: Final = frozenset({"Tb", "Dy"})
# Elements of any announcement: a list without them is believed only when every word was understood.
_CONTROLLED: Final = frozenset({"Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y", "Ho", "Er", "Tm", "Eu", "Yb"})
_PURITY: Final = re.compile(r"(?:>=?|≥)?\s*\d+(?:\.\d+)?\s*%|\b\dn\d?\b")
_TARIFF: Final = re.compile(r"\b(?:hs|hts|cn|hsn)\s*(?:code)?[\s:.]*(\d{4}(?:[. ]?\d{2}){0,3})(?!\d)")
_BARE_TARIFF: Final = re.compile(r"(?<![\d-])(\d{4}\.\d{2}(?:[. ]?\d{2}){0,2}|\d{8}|\d{10})(?![\d-])")
_CAS: Final = re.compile(r"(?<![\d-])\d{2,7}-\d{2}-\d(?![\d-])")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]*|[^\x00-\x7f]+")
_FILLERS: Final = frozenset({
    "a", "an", "and", "as", "at", "bag", "bags", "cas", "cn", "code", "containing", "drum", "flake",
    "flakes", "for", "from", "grade", "grades", "high", "hs", "hsn", "hts", "in", "industrial",
    "kg", "kgs", "lot", "lump", "lumps", "material", "materials", "of", "or", "per", "piece",
    "pieces", "polishing", "powder", "powders", "pure", "purity", "rare", "earth", "sample",
    "samples", "sintered", "t", "technical", "the", "tonne", "tonnes", "type", "with", "x",
})  # fmt: skip
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_DENIED: Final = re.compile(
    r"\b(?:without|no(?![.\s]*\d)|non|free)\b|-free\b|\u4e0d\u542b|\u65e0(?=[\u4e00-\u9fff])"
)


class Entry(NamedTuple):
    """One name of one thing."""

    id: str
    kind: str
    name: str
    language: str
    element: str
    form: str
    family: str
    alloy: str
    elements: tuple[str, ...]
    hs: tuple[str, ...]
    cas: str
    source: str
    url: str
    note: str


@dataclass(frozen=True)
class Reading:
    """What a text says of an item.

    Attributes
    ----------
    facts
        Facts ``item.*``; what the text leaves open is absent.
    entries
        Names found, the longest first.
    hs, usual_hs
        Tariff codes, digits only: those written in the text, and those under which the good usually goes.
    notes
        What a reader should know.
    unknown
        Words that are not in the table.
    suggest
        Finds near names for an unknown word.
    """

    text: str
    facts: Mapping[str, str | bool | tuple[str, ...]]
    entries: tuple[Entry, ...] = ()
    hs: tuple[str, ...] = ()
    usual_hs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    suggest: Callable[[str], str] = field(default=lambda _word: "", repr=False, compare=False)

    @cached_property
    def suggestions(self) -> tuple[str, ...]:
        """Near names for the first unknown words; slow, so looked for only when asked."""
        near = ((word, self.suggest(word)) for word in self.unknown[:_HELPED])
        return tuple(f"{word}: {found}" for word, found in near if found)

    @property
    def how(self) -> tuple[str, ...]:
        """How each name was read, e.g. ``'氧化镝: oxide-dy'``."""
        return tuple(f"{entry.name}: {entry.id}" for entry in self.entries)


def normalised(text: str) -> str:
    """Return `text` in one width and case, single blanks, typographic hyphens made plain."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate(_DASHES).split())


@dataclass(frozen=True)
class Lexicon:
    """All names; `sha256` of the bytes they were read from."""

    entries: tuple[Entry, ...]
    sha256: str = ""

    @cached_property
    def by_name(self) -> dict[str, tuple[Entry, ...]]:
        """Entries by normalised name."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(normalised(entry.name), []).append(entry)
        return {name: tuple(entries) for name, entries in found.items()}

    @cached_property
    def by_cas(self) -> dict[str, tuple[Entry, ...]]:
        """Entries by CAS number."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.cas:
                found.setdefault(entry.cas, []).append(entry)
        return {number: tuple(entries) for number, entries in found.items()}

    @cached_property
    def _longest_first(self) -> re.Pattern[str]:
        return _pattern(self.by_name)

    def _names_in(self, text: str) -> re.Pattern[str]:
        """Return a pattern of all names, or for one of the first texts of those that stand in it.

        A pattern of all takes as long to compile as a small one for each of many texts.
        """
        if len(self._cache) < _FEW:
            return _pattern(name for name in self.by_name if name in text)
        return self._longest_first

    @cached_property
    def _cache(self) -> dict[str, Reading]:
        return {}

    def goods(self, text: str) -> Reading:
        """Return what a text in ordinary words says of an item; never fails, at most it says nothing."""
        if text not in self._cache:
            if len(self._cache) > _REMEMBERED:
                self._cache.clear()
            self._cache[text] = _read(self, text[:MAX_TEXT])
        return self._cache[text]

    def find(self, word: str) -> tuple[Entry, ...]:
        """Return the entries that bear exactly this name or CAS number."""
        name = normalised(word)
        return self.by_name.get(name, ()) or self.by_cas.get(name, ())

    def suggest(self, word: str) -> str:
        """Return "did you mean" for a word that is not in the table, nothing when no name is near."""
        name = normalised(word)
        return did_you_mean(name, near) if (near := get_close_matches(name, self.by_name, 3, _NEAR)) else ""


_REMEMBERED: Final = 50_000
_FEW: Final = 50
_NEAR: Final = 0.75
_HELPED: Final = 5


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds the longest of names at each place."""
    wanted = sorted(filter(None, names))
    latin = [name for name in wanted if name[0].isascii()]
    other = [name for name in wanted if not name[0].isascii()]
    parts = [rf"(?<![a-z0-9]){_branches(latin)}" if latin else "", _branches(other) if other else ""]
    return re.compile("|".join(filter(None, parts)) or r"(?!)")


def _branches(names: Sequence[str], start: int = 0) -> str:
    """Return a pattern that matches the longest of sorted names that agree up to `start`."""
    parts = [
        re.escape(letter) + _branches(list(same), start + 1)
        for letter, same in groupby((n for n in names if len(n) > start), key=lambda name: name[start])
    ]
    parts += [_ending(name) for name in names if len(name) == start]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _ending(name: str) -> str:
    """Return what may follow a name: a plural, and nothing that makes it part of a longer word or number."""
    plural = "(?:e?s)?" if name[-1].isascii() and name[-1].isalpha() and len(name) > _SHORT else ""
    return plural + (r"(?![a-z0-9])" if name[-1].isascii() else "")


_SHORT: Final = 4


@dataclass
class _Found:
    """What has been read so far."""

    entries: list[Entry] = field(default_factory=list)
    hs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    denied: bool = False


def _read(lexicon: Lexicon, text: str) -> Reading:
    rest = normalised(text)
    found = _Found(denied=_DENIED.search(rest) is not None)
    rest = _codes(lexicon, rest, found)
    rest = _PURITY.sub(" ", rest)
    rest = _names(lexicon, rest, found)
    words = [w for w in _WORD.findall(rest) if w not in _FILLERS and not re.fullmatch(r"[\d.-]+", w)]
    unknown = tuple(dict.fromkeys(word for word in words if len(word) > 1 or not word.isascii()))
    facts = _facts(found, unknown)
    own = tuple(dict.fromkeys(code for entry in found.entries for code in entry.hs))
    return Reading(
        text=text,
        facts=facts,
        entries=tuple(dict.fromkeys(found.entries)),
        hs=tuple(dict.fromkeys(found.hs)),
        usual_hs=own,
        notes=tuple(dict.fromkeys(found.notes)),
        unknown=unknown,
        suggest=lexicon.suggest,
    )


def _codes(lexicon: Lexicon, rest: str, found: _Found) -> str:
    """Take CAS numbers and tariff codes out of a text."""
    for number in _CAS.findall(rest):
        entries = lexicon.by_cas.get(number, ())
        found.entries.extend(entries[:1])
        if not entries:
            found.notes.append(f"CAS {number} is not in the lexicon")
    rest = _CAS.sub(" ", rest)
    for pattern in (_TARIFF, _BARE_TARIFF):
        found.hs.extend(re.sub(r"\D", "", code) for code in pattern.findall(rest))
        rest = pattern.sub(" ", rest)
    return rest


def _names(lexicon: Lexicon, rest: str, found: _Found) -> str:
    def taken(match: re.Match[str]) -> str:
        entries = _entries_of(lexicon, match.group())
        found.entries.extend(entries[:1])
        return " "

    return lexicon._names_in(rest).sub(taken, rest)


def _entries_of(lexicon: Lexicon, name: str) -> tuple[Entry, ...]:
    forms = (name, name.removesuffix("s"), name.removesuffix("es"))
    return next((lexicon.by_name[form] for form in forms if form in lexicon.by_name), ())


def _facts(found: _Found, unknown: tuple[str, ...]) -> dict[str, str | bool | tuple[str, ...]]:
    facts: dict[str, str | bool | tuple[str, ...]] = {}
    for key in ("form", "family", "alloy"):
        values = list(dict.fromkeys(value for entry in found.entries if (value := getattr(entry, key))))
        value = _agreed(key, values, found)
        if value:
            facts[f"item.{key}"] = value
    elements = () if found.denied else _elements(found.entries, facts)
    if found.denied:
        found.notes.append("the text says what is not in the goods; state item.elements, it is not guessed")
    elif elements and unknown and not _CONTROLLED & set(elements):
        found.notes.append(
            f"not understood: {', '.join(unknown)}; state item.elements, the list may be longer"
        )
    elif elements:
        facts["item.elements"] = elements
    elif facts.get("item.family") == "NdFeB":
        found.notes.append(
            "neither the name nor the grade of an NdFeB magnet tells whether it holds Dy or Tb"
        )
    return facts


def _agreed(key: str, values: list[str], found: _Found) -> str:
    """Return the one value that all names agree on; two forms are settled by the more finished one."""
    if len(values) <= 1:
        return values[0] if values else ""
    if key == "form":
        goods = [entry.form for entry in found.entries if entry.form and entry.kind in ("good", "grade")]
        forms = list(dict.fromkeys(goods)) or values
        if len(forms) == 1:
            return forms[0]
    found.notes.append(f"the text names more than one {key}: {', '.join(values)}; state item.{key}")
    return ""


def _elements(entries: Iterable[Entry], facts: Mapping[str, object]) -> tuple[str, ...]:
    named = dict.fromkeys(e for entry in entries for e in (*entry.elements, entry.element) if e)
    if facts.get("item.family") == "NdFeB" and not _HEAVY & set(named):
        return ()
    return tuple(named)


@cache
def load_lexicon() -> Lexicon:
    """Return dearth's own lexicon, read once.

    Raises
    ------
    RuleError
        Its files are wrong: all faults at once.
    """
    return read_lexicon(FOLDER)


def read_lexicon(folder: Path) -> Lexicon:
    """Return the lexicon written in the CSV files of `folder`.

    Raises
    ------
    RuleError
        Its files are wrong: all faults at once.
    """
    faults: list[Fault] = []
    digest = hashlib.sha256()
    entries = [
        entry for path in sorted(folder.glob("*.csv")) for entry in _read_file(path, faults, digest.update)
    ]
    if faults:
        raise RuleError(_PHASE, faults)
    return Lexicon(tuple(entries), digest.hexdigest())


def _read_file(path: Path, faults: list[Fault], note: object) -> Iterator[Entry]:
    data = read_bytes(path)
    if isinstance(data, Fault):
        faults.append(data)
        return
    assert callable(note)
    note(f"{path.name}\0{len(data)}\0".encode() + data)
    table = read_table(path.name, data, COLUMNS)
    faults.extend(table.faults)
    for line, cells in zip(table.lines, table.cells, strict=True):
        if cells["kind"] not in KINDS or not cells["name"]:
            what = f"kind {cells['kind']!r}, name {cells['name']!r}"
            faults.append(Fault(what, f"{path.name}:{line}", cure=f"kind is one of {', '.join(KINDS)}"))
        else:
            yield _entry(cells)


def _entry(cells: Mapping[str, str]) -> Entry:
    plain = {key: cells[key] for key in Entry._fields if key not in ("elements", "hs")}
    lists = {key: tuple(part for part in cells[key].split("|") if part) for key in ("elements", "hs")}
    return Entry(**plain, **lists)  # type: ignore[arg-type]
