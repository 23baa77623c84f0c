"""Screening of a party against the dated lists that are held: possible matches, for a person to verify.

A name says nothing about who stands behind it: every match is a *possible* one, and nothing is inferred
beyond the notice, neither from ownership nor from a group's name.  Silence is an answer only when the list
is complete, was checked on the day or later, and is written in the script of the name; else it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from unicodedata import normalize

from rapidfuzz import fuzz

from dearth.errors import Fault, InputError
from dearth.rules.names import Key, has_han, key_of, unread_scripts
from dearth.rules.party_lists import FOLDER, Listing, Tables, read_tables

__all__ = ["Match", "Parties", "Screening", "load_parties"]

WORDING: Final = "possible match, verify identity"
MAX_NAME: Final = 300
MAX_MATCHES: Final = 20
NEAR: Final = 86.0  # of 100: two letters differ in a name of about fifteen
_SHORTEST: Final = 5  # letters; shorter names are near to too much
_SHORTEST_HAN: Final = 3
_SAME_HAN: Final = 4  # a group's name at the head, as in 三菱重工
_SHORTEST_HEAD: Final = 2
_SOUND: Final = 96.0
_PART: Final = 80.0
# Words that many firms share: alone they make no name near to another.
_SHARED: Final = (
    "advanced aero aerospace aircraft america american and association aviation automotive center"
    " chemical china company defence defense dynamics electric electronic electronics energy engineering"
    " enterprise enterprises europe federal france general germany global group heavy holding holdings"
    " industrial industries industry innovation institute international japan kogyo korea laboratories"
    " laboratory machinery magnet magnetics magnets manufacturing marine maritime material materials"
    " metal metals national new nuclear of precision products research science sciences security"
    " semiconductor services shoji shipbuilding software solutions space steel system systems tech"
    " technologies technology the trading uk university usa works"
)
_COMMON: Final = frozenset(_SHARED.split())


@dataclass(frozen=True, slots=True)
class Match:
    """A listed name that is the same as, or near to, the one asked for.

    Attributes
    ----------
    score
        0-100; 100 for the same name.
    how
        ``exact`` (a name of the notice), ``alias`` or ``near``.
    by
        What of the two is alike.
    status
        On the day: ``in force``, ``suspended``, ``disputed`` (reported suspended, unconfirmed), ``ended``,
        or ``day unknown``.
    """

    list: str
    notice: str
    date: str
    until: str | None
    name: str
    name_zh: str
    country: str
    score: float
    how: str
    by: str
    status: str
    url: str

    def to_dict(self) -> dict[str, Any]:
        """Return the match as plain JSON."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {**fields, "score": round(self.score, 1), "wording": WORDING}


class Coverage(NamedTuple):
    """What is held of a list, for the notices up to a day."""

    list: str
    title: str
    held: int
    issued: int | None
    vintage: str
    complete: bool

    def __str__(self) -> str:
        """Return one line: names held of names issued, and the day of the check."""
        issued = "an unknown number" if self.issued is None else str(self.issued)
        return f"{self.title}: {self.held} names held of {issued} issued, checked to {self.vintage}"


@dataclass(frozen=True, slots=True)
class Screening:
    """What the lists say of a name on a day.

    Attributes
    ----------
    control, watch
        True: a listed name or alias is the same and in force; None: unknown; False: no match in a list that
        is complete and was checked on the day or later.
    unknown
        Why an answer is None.
    """

    name: str
    on: str | None
    control: bool | None
    watch: bool | None
    matches: tuple[Match, ...]
    coverage: tuple[Coverage, ...]
    unknown: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> dict[str, int]:
        """Names held of each list."""
        return {one.list: one.held for one in self.coverage}

    @property
    def issued(self) -> dict[str, int | None]:
        """Names that the notices issued, by list; None when it is not known."""
        return {one.list: one.issued for one in self.coverage}

    def to_dict(self) -> dict[str, Any]:
        """Return the screening as plain JSON."""
        return {
            "name": self.name,
            "on": self.on,
            "control": self.control,
            "watch": self.watch,
            "matches": [match.to_dict() for match in self.matches],
            "coverage": [{**one._asdict(), "text": str(one)} for one in self.coverage],
            "unknown": list(self.unknown),
            "notes": list(self.notes),
        }


class _Name(NamedTuple):
    """One name of a listing, in comparable form."""

    listing: Listing
    key: Key
    how: str
    by: str


class Parties:
    """The lists that are held, ready for screening.

    Parameters
    ----------
    tables
        Rows of the files.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.sha256 = tables.sha256
        self._names = tuple(name for listing in tables.listings for name in _names(listing))

    def screen(self, name: str, on: date | None, country: str | None = None) -> Screening:
        """Return what the lists say of `name` on a day.

        Parameters
        ----------
        name
            As it stands on the papers, in any script, with or without its legal form.
        on
            Day; None: unknown, and then nothing is False or True.
        country
            ISO code, if known; a match elsewhere is shown with a note and never left out.

        Raises
        ------
        InputError
            The name is empty, too long, or holds control characters.
        """
        text = normalize("NFKC", name).strip() if isinstance(name, str) else ""
        if not text or len(text) > MAX_NAME or not text.isprintable():
            cure = f"give a name of 1-{MAX_NAME} printable characters"
            raise InputError("Screening a party", Fault(f"{name!r:.80} is no name", cure=cure))
        return _screened(self, text, on, country)

    def coverage(self, on: date | None) -> tuple[Coverage, ...]:
        """Return what is held of each list, counting notices up to `on`."""
        return tuple(self._covered(which, on) for which in self.tables.lists)

    def _covered(self, which: str, on: date | None) -> Coverage:
        listed = self.tables.lists[which]
        every = [notice for notice in self.tables.notices.values() if notice.list == which]
        notices = [notice for notice in every if on is None or notice.day <= on]
        counts = [notice.issued for notice in notices]
        known = bool(every or listed.complete) and None not in counts
        issued = sum(filter(None, counts)) if known else None
        held = sum(notice.held for notice in notices)
        whole = listed.complete and issued == held
        return Coverage(which, listed.title, held, issued, listed.vintage.isoformat(), whole)

    def _matches(self, text: str, on: date | None) -> Iterator[Match]:
        asked = key_of(text)
        best: dict[int, Match] = {}
        for name in self._names:
            listing = name.listing
            if on is not None and on < listing.day:
                continue
            score, how, by = _likeness(asked, name)
            known = best.get(id(listing))
            if score and (known is None or score > known.score):
                best[id(listing)] = self._match(listing, on, score, how, by)
        yield from best.values()

    def _match(self, one: Listing, on: date | None, score: float, how: str, by: str) -> Match:
        notice = self.tables.notices[one.list, one.notice]
        until = one.until.isoformat() if one.until else None
        names = (one.name, one.name_zh, one.country)
        status = self._status(one, on)
        url = one.source or notice.url
        return Match(one.list, one.notice, one.day.isoformat(), until, *names, score, how, by, status, url)

    def _status(self, one: Listing, on: date | None) -> str:
        if on is None:
            return "day unknown"
        if one.until is not None and on > one.until:
            return "ended"
        spells = [spell for spell in self.tables.spells.get(one.notice, ()) if spell.holds(on)]
        if not spells:
            return "in force"
        return "suspended" if any(spell.certain for spell in spells) else "disputed"


@cache
def load_parties(folder: Path = FOLDER) -> Parties:
    """Return dearth's own lists, or those of a folder; read once.

    Raises
    ------
    RuleError
        With everything that is wrong with the files.
    """
    return Parties(read_tables(folder))


@lru_cache(maxsize=20_000)
def _screened(parties: Parties, text: str, on: date | None, country: str | None) -> Screening:
    matches = sorted(parties._matches(text, on), key=lambda one: (-one.score, one.list, one.notice, one.name))
    coverage = parties.coverage(on)
    answers, reasons = {}, []
    for covered in coverage:
        mine = [match for match in matches if match.list == covered.list]
        answers[covered.list], why = _answer(parties, text, on, mine, covered)
        reasons += [f"{covered.list} list: {reason}" for reason in why]
    notes = _notes(matches, country)
    shown = tuple(matches[:MAX_MATCHES])
    day = on.isoformat() if on else None
    return Screening(
        text, day, answers["control"], answers["watch"], shown, coverage, tuple(reasons), tuple(notes)
    )


def _names(listing: Listing) -> Iterator[_Name]:
    for text, how, by in (
        (listing.name, "exact", "name"),
        (listing.name_zh, "exact", "Chinese name"),
        *((alias, "alias", "alias") for alias in listing.aliases),
    ):
        if text and key_of(text).plain:
            yield _Name(listing, key_of(text), how, by)


def _likeness(asked: Key, name: _Name) -> tuple[float, str, str]:
    """Return score, how and by what; score 0 for names that are not alike."""
    other = name.key
    if asked.plain == other.plain:
        return 100.0, name.how, name.by
    if len(asked.sound) >= _SHORTEST and asked.sound == other.sound:
        return _SOUND, "near", f"{name.by}, transliterated or spelt otherwise"
    score = _similar(asked, other)
    if score >= NEAR:
        return min(score, _SOUND - 1), "near", f"{name.by}, similar letters"
    return (
        (_part_score(asked, other), "near", f"part of the {name.by}")
        if _is_part(asked, other)
        else (0.0, "", "")
    )


def _similar(asked: Key, other: Key) -> float:
    if min(len(asked.sound), len(other.sound)) < _SHORTEST:
        return 0.0
    return max(
        fuzz.ratio(asked.sound, other.sound, score_cutoff=NEAR),
        fuzz.ratio(asked.plain, other.plain, score_cutoff=NEAR),
        fuzz.token_sort_ratio(" ".join(asked.words), " ".join(other.words), score_cutoff=NEAR),
    )


def _is_part(asked: Key, other: Key) -> bool:
    """Say whether all telling words of one name stand in the other; Chinese is written without gaps."""
    if has_han(other.plain):
        shorter, longer = sorted((asked.plain, other.plain), key=len)
        same = next((n for n, letter in enumerate(shorter) if letter != longer[n]), len(shorter))
        within = len(shorter) >= _SHORTEST_HAN and shorter in longer
        return within or same >= _SAME_HAN or len(shorter) == same >= _SHORTEST_HEAD
    mine, theirs = set(asked.words), set(other.words)
    fewer = mine if mine <= theirs else theirs if theirs <= mine else set()
    return bool(fewer - _COMMON)


def _part_score(asked: Key, other: Key) -> float:
    shorter, longer = sorted((len(asked.plain), len(other.plain)))
    return _PART + (_SOUND - 1 - _PART) * shorter / max(longer, 1)


def _answer(
    parties: Parties, text: str, on: date | None, matches: list[Match], covered: Coverage
) -> tuple[bool | None, list[str]]:
    """Return the answer of one list, and why it is unknown."""
    if on is None:
        return None, ["the day is unknown"]
    if any(match.how != "near" and match.status == "in force" for match in matches):
        return True, []
    why = [
        f"{match.name!r} is near" for match in matches if match.how == "near" and match.status == "in force"
    ]
    why += [
        f"{match.name!r} is listed, and reported suspended without confirmation"
        for match in matches
        if match.status == "disputed"
    ]
    why += _silence_faults(parties, text, on, covered)
    return (None, why) if why else (False, [])


def _silence_faults(parties: Parties, text: str, on: date, covered: Coverage) -> Iterator[str]:
    """Yield why the silence of a list proves nothing."""
    if not covered.complete:
        yield f"incomplete, {covered.held} names held of {covered.issued or 'an unknown number'} issued"
    if on.isoformat() > covered.vintage:
        yield f"checked to {covered.vintage}, before {on}"
    scripts = unread_scripts(text)
    if scripts:
        yield f"the name is in {' and '.join(scripts)} script, and the lists hold English and Chinese names"
    named = [one for one in parties.tables.listings if one.list == covered.list]
    if has_han(text) and any(not one.name_zh for one in named):
        yield "some names are held without their Chinese form"


def _notes(matches: list[Match], country: str | None) -> Iterator[str]:
    if matches:
        yield f"{WORDING}; nothing follows for owners, subsidiaries or namesakes of a listed party"
    if len(matches) > MAX_MATCHES:
        yield f"{len(matches) - MAX_MATCHES} further near matches are not shown"
    for match in matches[:MAX_MATCHES]:
        if country and match.country not in (country, "EU"):  # a notice names the Union, not its states
            yield f"{match.name!r} is listed under {match.country}, the party is in {country}"
