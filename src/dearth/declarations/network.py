"""Layer 4: parties by their past only, and routes; what a party does later does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Control, Criteria
from dearth.declarations.marks import Marks, Shown, Told, from_columns
from dearth.declarations.robust import Groups, counted, grouped, least_of
from dearth.declarations.sheet import NO_DAY, OWN, Sheet, mixed
from dearth.declarations.signals import day_of

__all__ = ["fire_network"]

Array = NDArray[Any]
Keys = Callable[..., tuple[Array, Array, Array]]  # columns -> whether a row counts, its key, its day
_AT_ONCE: Final = 4_000_000  # rows in memory while groups are formed
_BINS: Final = 1 << 24  # counters that tell which groups cannot be large, at most
_PARTIES: Final = ("exporter", "consignee")


def fire_network(sheet: Sheet, marks: Marks, criteria: Criteria, since: int) -> None:
    """Add layer 4; `since` is the first day of the table, in days since 1970-01-01."""
    _fire_traders(sheet, marks)
    _fire_first(sheet, marks, criteria, since)
    _fire_offices(sheet, marks, criteria)
    _fire_splitting(sheet, marks, criteria)
    for control in criteria.controls:
        if since <= day_of(control.first) - criteria.limit("surge-days"):
            _fire_exporters(sheet, marks, criteria, control)


def _fire_traders(sheet: Sheet, marks: Marks) -> None:
    who, first_day = _traders(sheet)
    if not who.size:
        return
    found = []
    for first, (codes, kinds, day, *parties) in sheet.pieces("hs", "kinds", "day", *_PARTIES):
        known = (codes != 0) & (day != NO_DAY) & ~sheet.kind(kinds, OWN)
        later = np.logical_or.reduce([_first_of(who, first_day, party) < day for party in parties])
        found.append(np.flatnonzero(known & later) + first)

    def tell(shown: Shown) -> Iterator[Told]:
        at = np.array([shown.position])
        day = sheet.at("day", at)
        firsts = [(party, _first_of(who, first_day, sheet.at(party, at))) for party in sorted(_PARTIES)]
        told = [f"{party}, first on {f.astype('datetime64[D]')[0]}" for party, f in firsts if f[0] < day[0]]
        yield Told(t="; ".join(told))

    marks.fire("party-trades-rare-earths", np.concatenate(found), tell)


def _traders(sheet: Sheet) -> tuple[Array, Array]:
    """Return parties that trade rare earths, in order, and the first day of each."""
    who, when = [], []
    for _first, (kinds, day, *parties) in sheet.pieces("kinds", "day", *_PARTIES):
        here = np.flatnonzero(sheet.kind(kinds, OWN) & (day != NO_DAY))
        for party in parties:
            known = here[party[here] != 0]
            who.append(party[known])
            when.append(day[known])
    groups = grouped(np.concatenate(who))
    first = least_of(groups, np.concatenate(when))
    order = np.argsort(groups.key)
    return groups.key[order], first[order]


def _first_of(who: Array, first_day: Array, parties: Array) -> Array:
    """Return the first day of each party, a day after all days for those that are none of `who`."""
    groups = (
        Groups(parties, np.arange(parties.size, dtype=np.int32)) if parties.size == 1 else grouped(parties)
    )
    at = np.minimum(np.searchsorted(who, groups.key), who.size - 1)
    return np.asarray(np.where(who[at] == groups.key, first_day[at], np.iinfo(np.int32).max)[groups.ids])


def _fire_first(sheet: Sheet, marks: Marks, criteria: Criteria, since: int) -> None:
    least = since + criteria.limit("history-days")
    found = []
    for position, key, day in _parts(sheet, _first_keys, ("exporter", "six", "destination", "day")):
        groups = grouped(key)
        first = least_of(groups, day)
        found.append(position[(first[groups.ids] == day) & (day >= least)])

    def tell(shown: Shown) -> Iterator[Told]:
        yield Told(a=float(sheet.at("day", np.array([shown.position]))[0] - since))

    if found:
        marks.fire("first-seen", np.concatenate(found), tell)


def _first_keys(
    exporter: Array, heading: Array, destination: Array, day: Array
) -> tuple[Array, Array, Array]:
    known = (exporter != 0) & (heading != 0) & (day != NO_DAY)
    return known, mixed(exporter, heading, destination), day


def _parts(sheet: Sheet, keys: Keys, names: tuple[str, ...]) -> Iterator[tuple[Array, Array, Array]]:
    """Yield (position, key, day) of the known rows, in parts that hold whole groups."""
    passes = max(1, -(-sheet.rows // _AT_ONCE))
    for part in range(passes):
        found: list[tuple[Array, Array, Array]] = []
        for first, columns in sheet.pieces(*names):
            known, key, day = keys(*columns)
            if passes > 1:
                known &= key % np.uint64(passes) == part
            here = np.flatnonzero(known)
            found.append((here + first, key[here], day[here]))
        position, key, day = (np.concatenate(columns) for columns in zip(*found, strict=True))
        if position.size:
            yield position, key, day


def _fire_offices(sheet: Sheet, marks: Marks, criteria: Criteria) -> None:
    places, headings, offices = [], [], []
    for first, (heading, kinds, office) in sheet.pieces("six", "kinds", "office"):
        here = np.flatnonzero((office != 0) & (heading != 0) & sheet.kind(kinds, OWN))
        places.append(here + first)
        headings.append(heading[here])
        offices.append(office[here])
    position, heading, office = (np.concatenate(parts) for parts in (places, headings, offices))
    if not position.size:
        return
    n, a = _size_of(heading), _size_of(mixed(heading, office))
    hit = (n >= criteria.limit("office-rows")) & (a < n * criteria.limit("office-share"))
    plain = from_columns(position[hit], a=a[hit].astype(float), n=n[hit])

    def tell(shown: Shown) -> Iterator[Told]:
        for told in plain(shown):
            yield told._replace(t=shown.stated["office"])

    marks.fire("unusual-office", position[hit], tell)


def _size_of(keys: Array) -> Array:
    """Return, of each row, the number of rows with its key."""
    _distinct, ids, n = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(n[ids])


def _large(sheet: Sheet, keys: Keys, names: tuple[str, ...], least: float) -> tuple[Array, Array, Array]:
    """Return (position, key, day) of rows whose group may have `least` rows; those left out have fewer.

    Keys are counted in bins; a bin holds whole groups, so a small bin holds small groups only.
    """
    size = min(_BINS, 1 << (2 * sheet.rows).bit_length())
    bins = np.zeros(size, np.uint32)
    for _first, columns in sheet.pieces(*names):
        known, key, _day = keys(*columns)
        counted(key[known] & np.uint64(size - 1), bins)
    found: list[tuple[Array, Array, Array]] = []
    for first, columns in sheet.pieces(*names):
        known, key, day = keys(*columns)
        here = np.flatnonzero(known)
        here = here[bins[(key[here] & np.uint64(size - 1)).astype(np.int64)] >= least]
        found.append((here + first, key[here], day[here]))
    position, key, day = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return position, key, day


def _before(key: Array, day: Array, first: Array, last: Array) -> Array:
    """Return, of each row, the number of rows with its key whose day lies between `first` and `last`."""
    _distinct, ids = np.unique(key, return_inverse=True)
    wide = np.int64(1) << np.int64(33)
    line = np.sort(ids * wide + (day - np.int64(NO_DAY)))
    low = np.searchsorted(line, ids * wide + (first - np.int64(NO_DAY)), "left")
    return np.asarray(np.searchsorted(line, ids * wide + (last - np.int64(NO_DAY)), "right") - low)


def _fire_splitting(sheet: Sheet, marks: Marks, criteria: Criteria) -> None:
    count, days = criteria.limit("split-count"), round(criteria.limit("split-days"))

    def keys(exporter: Array, consignee: Array, heading: Array, day: Array, flags: Array) -> Any:
        known = (exporter != 0) & (consignee != 0) & (heading != 0) & (day != NO_DAY)
        return known & sheet.flag(flags, "small"), mixed(exporter, consignee, heading), day

    names = ("exporter", "consignee", "six", "day", "flags")
    position, key, day = _large(sheet, keys, names, count + 1)
    day = day.astype(np.int64)
    a = _before(key, day, day - days, day) - 1
    hit = a >= count
    tell = from_columns(position[hit], a=a[hit].astype(float))
    marks.fire("splitting", position[hit], tell)


def _fire_exporters(sheet: Sheet, marks: Marks, criteria: Criteria, control: Control) -> None:
    days, rows = criteria.limit("surge-days"), criteria.limit("surge-rows")
    date = day_of(control.first)
    first, last = date - round(days), date + round(days)

    def keys(exporter: Array, heading: Array, day: Array) -> tuple[Array, Array, Array]:
        known = (exporter != 0) & (heading != 0) & (day >= first) & (day <= last)
        return known, mixed(exporter, heading), day

    position, key, day = _large(sheet, keys, ("exporter", "six", "day"), rows + 1)
    day = day.astype(np.int64)
    na = _before(key, day, np.full(day.size, date), day - 1)
    nb = _before(key, day, np.full(day.size, first), np.full(day.size, date - 1))
    dt = day - date
    asked = (na >= rows) & (dt > 0)
    position, na, nb, dt = position[asked], na[asked].astype(float), nb[asked].astype(float), dt[asked]
    bound = np.log(na / dt) - np.log((nb + 0.5) / days)
    bound -= criteria.limit("surge-z") * np.sqrt(1.0 / na + 1.0 / (nb + 0.5))
    hit = bound > np.log(criteria.limit("surge-ratio"))
    tell = from_columns(position[hit], lambda _at: str(control.first), a=na[hit], b=nb[hit])
    marks.fire("surge-of-exporter", position[hit], tell)
