"""Lists of parties named by notices: files to frozen rows, every fault of every file at once.

``parties.csv`` has a row per name, ``notices.csv`` the number of names each notice issued, ``lists.csv`` the
day to which each list was checked, ``spells.csv`` the spells in which a notice was suspended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from dearth.book.read import DATA, Table, read_bytes, read_table
from dearth.errors import Fault, RuleError, did_you_mean

__all__ = ["COLUMNS", "FOLDER", "LISTS", "Listing", "Notice", "PartyList", "Spell", "Tables", "read_tables"]

FOLDER: Final = DATA / "parties"
LISTS: Final = ("control", "watch")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "parties.csv": (
        "list", "notice", "date", "until", "order", "name", "name_zh", "aliases", "country", "source", "note",
    ),
    "notices.csv": ("list", "notice", "date", "issued_count", "url", "note"),
    "lists.csv": ("list", "title", "vintage", "complete", "note"),
    "spells.csv": ("notice", "from", "until", "status", "by", "certainty"),
}  # fmt: skip
_PHASE: Final = "Reading the lists of parties"
_DAY: Final = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Listing:
    """One name on one list: `until` is its last day, None while it stands."""

    list: str
    notice: str
    day: date
    until: date | None
    name: str
    name_zh: str
    aliases: tuple[str, ...]
    country: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice, the names it issued (None: not known) and those that are held."""

    list: str
    notice: str
    day: date
    issued: int | None
    held: int
    url: str


@dataclass(frozen=True, slots=True)
class PartyList:
    """A list, the day to which it was checked, and whether it held every name on that day."""

    list: str
    title: str
    vintage: date
    complete: bool
    note: str


@dataclass(frozen=True, slots=True)
class Spell:
    """Days, both included, in which a notice is suspended; `until` None: no end is known."""

    notice: str
    start: date
    until: date | None
    by: str
    certain: bool

    def holds(self, on: date) -> bool:
        """Say whether `on` falls in the spell."""
        return self.start <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows of the four files, and the hash of their bytes."""

    listings: tuple[Listing, ...]
    notices: Mapping[tuple[str, str], Notice]
    lists: Mapping[str, PartyList]
    spells: Mapping[str, tuple[Spell, ...]]
    sha256: str


@dataclass(slots=True)
class _Draft:
    """Rows cut into cells, and what is wrong with them."""

    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def rows(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        table = self.tables[name]
        for line, cells in zip(table.lines, table.cells, strict=True):
            yield f"{name}:{line}", cells

    def fail(self, where: str, what: str, cure: str = "") -> None:
        self.faults.append(Fault(what, where, cure=cure))

    def day(self, where: str, column: str, text: str, *, needed: bool = True) -> date | None:
        if not text and not needed:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.fail(f"{where}:{column}", f"{text!r:.40} is not a day", "write YYYY-MM-DD")
        return None

    def one_of(self, where: str, text: str, known: tuple[str, ...]) -> None:
        if text not in known:
            self.fail(where, f"{text!r:.40} is not in the list", did_you_mean(text, known))


def read_tables(folder: Path = FOLDER) -> Tables:
    """Return the rows of a folder of lists.

    Raises
    ------
    RuleError
        With everything that is wrong with the four files.
    """
    draft = _Draft()
    digest = _cut(draft, folder)
    if draft.faults:
        raise RuleError(_PHASE, draft.faults)
    lists = dict(_lists(draft))
    listings = tuple(_listings(draft, tuple(lists)))
    notices = dict(_notices(draft, listings))
    spells = _spells(draft)
    _check_links(draft, lists, listings, notices, spells)
    if draft.faults:
        raise RuleError(_PHASE, draft.faults[:200])
    return Tables(listings, notices, lists, spells, digest)


def _cut(draft: _Draft, folder: Path) -> str:
    digest = sha256()
    for name, columns in COLUMNS.items():
        data = read_bytes(folder / name)
        if isinstance(data, Fault):
            draft.faults.append(data)
            continue
        digest.update(f"{name}\n{len(data)}\n".encode() + data)
        draft.tables[name] = read_table(name, data, columns)
        draft.faults += draft.tables[name].faults
    return digest.hexdigest()


def _lists(draft: _Draft) -> Iterator[tuple[str, PartyList]]:
    for where, cells in draft.rows("lists.csv"):
        draft.one_of(f"{where}:complete", cells["complete"], ("yes", "no"))
        vintage = draft.day(where, "vintage", cells["vintage"])
        if vintage is not None:
            complete = cells["complete"] == "yes"
            yield cells["list"], PartyList(cells["list"], cells["title"], vintage, complete, cells["note"])


def _listings(draft: _Draft, known: tuple[str, ...]) -> Iterator[Listing]:
    for where, cells in draft.rows("parties.csv"):
        draft.one_of(f"{where}:list", cells["list"], known)
        start = draft.day(where, "date", cells["date"])
        until = draft.day(where, "until", cells["until"], needed=False)
        if not cells["name"]:
            draft.fail(f"{where}:name", "the cell is empty", "every row names a party")
        if not _COUNTRY.fullmatch(cells["country"]):
            draft.fail(
                f"{where}:country", f"{cells['country']!r:.40} is no country", "write two capital letters"
            )
        if start is not None and until is not None and until < start:
            draft.fail(f"{where}:until", f"{until} is before {start}")
        if start is not None:
            aliases = tuple(alias.strip() for alias in cells["aliases"].split("|") if alias.strip())
            names = (
                cells["name"],
                cells["name_zh"],
                aliases,
                cells["country"],
                cells["source"],
                cells["note"],
            )
            yield Listing(cells["list"], cells["notice"], start, until, *names)


def _notices(draft: _Draft, listings: tuple[Listing, ...]) -> Iterator[tuple[tuple[str, str], Notice]]:
    held = Counter((one.list, one.notice) for one in listings)
    for where, cells in draft.rows("notices.csv"):
        key = (cells["list"], cells["notice"])
        day = draft.day(where, "date", cells["date"])
        issued = _count(draft, f"{where}:issued_count", cells["issued_count"])
        if issued is not None and held[key] > issued:
            draft.fail(
                where, f"{held[key]} names are held, and {issued} were issued", "look for a name held twice"
            )
        if day is not None:
            yield key, Notice(*key, day, issued, held[key], cells["url"])


def _count(draft: _Draft, where: str, text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 7:  # noqa: PLR2004 (no notice has a million names)
        return int(text)
    if text:
        draft.fail(where, f"{text!r:.40} is not a count", "write a whole number, or leave the cell empty")
    return None


def _spells(draft: _Draft) -> dict[str, tuple[Spell, ...]]:
    found: dict[str, tuple[Spell, ...]] = {}
    for where, cells in draft.rows("spells.csv"):
        draft.one_of(f"{where}:status", cells["status"], ("suspended",))
        start = draft.day(where, "from", cells["from"])
        until = draft.day(where, "until", cells["until"], needed=False)
        if start is not None and until is not None and until < start:
            draft.fail(f"{where}:until", f"{until} is before {start}")
        if start is not None:
            spell = Spell(
                cells["notice"], start, until, cells["by"], cells["certainty"] in {"confirmed", "high"}
            )
            found[cells["notice"]] = (*found.get(cells["notice"], ()), spell)
    return found


def _check_links(
    draft: _Draft,
    lists: Mapping[str, PartyList],
    listings: tuple[Listing, ...],
    notices: Mapping[tuple[str, str], Notice],
    spells: Mapping[str, tuple[Spell, ...]],
) -> None:
    for missing in sorted(set(LISTS) - lists.keys()):
        draft.fail("lists.csv", f"the list {missing!r} is missing")
    known = {notice for _list, notice in notices}
    for key in sorted({(one.list, one.notice) for one in listings} - notices.keys()):
        draft.fail(
            "notices.csv", f"notice {key[1]!r:.40} of the {key[0]} list is missing", "parties.csv names it"
        )
    for notice in sorted(spells.keys() - known):
        draft.fail("spells.csv", f"{notice!r:.40} is no notice", did_you_mean(notice, sorted(known)))
    for one, times in Counter((one.list, one.notice, one.name) for one in listings).items():
        if times > 1:
            draft.fail(
                "parties.csv", f"{one[2]!r:.80} stands {times} times under notice {one[1]}", "keep one row"
            )
