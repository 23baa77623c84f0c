"""Layers 1 to 3: which signals of words and figures fired on which row, with what triggered them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Control, Criteria
from dearth.declarations.headings import text_of
from dearth.declarations.marks import Marks, Shown, Told, from_columns
from dearth.declarations.measured import MEASURES, Beside, Measure, measure
from dearth.declarations.prices import Band
from dearth.declarations.sheet import NO_DAY, OWN, Sheet, places_of, texts_key
from dearth.declarations.table import literal
from dearth.declarations.words import DATED, Chemistry, Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["Figures", "day_of", "days_of", "fire_bands", "fire_figures", "fire_words"]

Array = NDArray[Any]
_BATCH: Final = 20_000
_EPOCH: Final = 719163  # days of year 1 up to 1970-01-01, as datetime counts them
_EXTREME: Final = 4  # classes of robust z for drift: -4 .. 4
BLANK: Final = np.int8(127)


def day_of(when: Any) -> int:
    """Return a date as days since 1970-01-01."""
    return int(when.toordinal()) - _EPOCH


def days_of(control: Control) -> tuple[int, int]:
    """Return the first and the last day of a control."""
    return day_of(control.first), day_of(control.last)


def fire_words(
    connection: Connection, sheet: Sheet, marks: Marks, chemistry: Chemistry, fields: Mapping[str, str]
) -> None:
    """Add layer 1: each distinct text is read once, and its findings go to all rows that bear it."""
    read = list(_read(connection, chemistry, fields))
    texts = {key: text for key, text, _speaks in read}
    speaking = np.array(sorted(key for key, _text, speaks in read if speaks), np.uint64)
    said: dict[tuple[int, int], dict[str, set[str]]] = {}
    places = places_of(chemistry.criteria)
    found: dict[str, list[Array]] = {}
    for first, (kinds, *columns) in sheet.pieces("kinds", "texts", "hs", "day", "place", "flags"):
        here = np.flatnonzero(_within(columns[0], speaking) | sheet.kind(kinds, "magnet"))
        if not here.size:
            continue
        keys, codes, day, place, flags = (column[here] for column in columns)
        for pair, rows in _pairs(keys, codes):
            if pair not in said:
                said[pair] = _said(chemistry, texts.get(pair[0], Text()), text_of(pair[1]))
            for code, controls in said[pair].items():
                hit = rows
                if code in DATED:
                    asked = [c for c in chemistry.criteria.controls if c.id in controls]
                    lacks = sheet.flag(flags[rows], "unlicensed")
                    hit = rows[lacks & _controlled(asked, day[rows], place[rows], places)]
                found.setdefault(code, []).append(here[hit] + first)
    teller = _words_teller(chemistry)
    for code, parts in found.items():
        marks.fire(code, np.concatenate(parts), teller(code))


def _within(keys: Array, some: Array) -> Array:
    """Return whether each key is one of some, which are sorted."""
    if not some.size:
        return np.zeros(keys.size, bool)
    return np.asarray(some[np.minimum(np.searchsorted(some, keys), some.size - 1)] == keys)


def _pairs(keys: Array, codes: Array) -> Iterator[tuple[tuple[int, int], Array]]:
    """Yield each pair of text and tariff code, with the places at which it stands."""
    order = np.lexsort((codes, keys))
    keys, codes = keys[order], codes[order]
    new = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]) | (codes[1:] != codes[:-1])])
    for first, last in zip(new, np.r_[new[1:], keys.size], strict=True):
        yield (int(keys[first]), int(codes[first])), order[first:last]


def _read(
    connection: Connection, chemistry: Chemistry, fields: Mapping[str, str]
) -> Iterator[tuple[int, Text, bool]]:
    """Yield key, words and whether they say anything, of texts that do or that a magnet's heading bears."""
    key = texts_key(fields)
    names = ("description", "composition", "grade", "exemption")
    cells = ", ".join(f"coalesce({name}, '')" if name in fields else "''" for name in names)
    magnet = starts_with("hs", chemistry.criteria.prefixes("magnet"))
    asked = f"SELECT {key} AS key, {cells}, bool_or({magnet}) FROM e WHERE key <> 0 GROUP BY ALL"
    found = connection.cursor().execute(asked)
    while batch := found.fetchmany(_BATCH):
        for number, description, composition, grade, exemption, bears in batch:
            text = Text(description, composition, grade, exemption=exemption)
            speaks = chemistry.speaks(text)
            if speaks or bears:
                yield number, text, speaks


def starts_with(column: str, prefixes: Iterable[str]) -> str:
    """Return the SQL that a code begins with one of `prefixes`."""
    return " OR ".join(f"coalesce(starts_with({column}, {literal(prefix)}), FALSE)" for prefix in prefixes)


def _said(chemistry: Chemistry, text: Text, hs: str) -> dict[str, set[str]]:
    """Return the codes that a text fires under a tariff code, each with the controls that it rests on."""
    said: dict[str, set[str]] = {}
    for finding in chemistry.findings(text._replace(hs=hs)):
        said.setdefault(finding.code, set()).add(finding.control)
    return said


def _controlled(controls: Iterable[Control], day: Array, place: Array, places: list[str]) -> Array:
    """Return whether a row left the place of one of the controls on a day when it holds.

    The departure, or if that is unknown the origin, must be the controlling place.
    """
    hit = np.zeros(day.size, bool)
    for control in controls:
        first, last = days_of(control)
        hit |= (place == places.index(control.origin) + 1) & (day >= first) & (day <= last)
    return hit


def _words_teller(chemistry: Chemistry) -> Any:
    """Return who makes, for a code, who reads a row's words again."""
    controls = {control.id: control for control in chemistry.criteria.controls}

    def teller(code: str) -> Any:
        def tell(shown: Shown) -> Iterator[Told]:
            stated = shown.stated
            text = Text(*(stated[name] or "" for name in Text._fields))
            for finding in chemistry.findings(text):
                if finding.code != code:
                    continue
                if code not in DATED:
                    yield Told(a=finding.a, t=finding.t)
                    continue
                control = controls[finding.control]
                left = stated["departure"] or stated["origin"]
                if left == control.origin and control.first <= stated["day"] <= control.last:
                    licence = stated["licence"] or "not stated"
                    yield Told(t=f"{finding.t} from {control.first}; licence in the record: {licence}")

        return tell

    return teller


class Figures(NamedTuple):
    """What layers 2 and 3 leave behind, by row.

    How many kinds of signals could be asked, of which figures (bits, in the order of MEASURES) there are
    peers, the class of the unit value; and the rows worth far more than their peers.
    """

    judged: Array
    beside: Array
    unit_value: Array
    dear: list[Beside]


class _Peers(NamedTuple):
    """A signal of a figure beside its peers: on which sides of the limit it fires."""

    code: str
    name: str
    limit: str
    high: bool
    low: bool


_BESIDE: Final = (
    _Peers("unit-value-high", "uv", "robust-z", high=True, low=False),
    _Peers("unit-value-low", "uv", "robust-z-low", high=False, low=True),
    _Peers("density", "den", "robust-z-physical", high=True, low=True),
    _Peers("weight-per-package", "kpp", "robust-z-physical", high=True, low=True),
    _Peers("freight-share", "frt", "robust-z-physical", high=True, low=True),
)


def fire_figures(sheet: Sheet, marks: Marks, criteria: Criteria, *, keep: bool) -> Figures:
    """Add layers 2 and 3 but for price bands; with `keep` each robust z becomes a column, for layer 6."""
    found = Figures(sheet.judged(), np.zeros(sheet.rows, np.uint8), np.full(sheet.rows, BLANK), [])
    for i, m in enumerate(MEASURES):
        far = _far(sheet, criteria, found, i, keep=keep)
        for peers in _BESIDE:
            if peers.name == m.name and far:
                _fire_beside(
                    marks, criteria, m, peers, _beyond(_joined(far), peers, criteria.limit(peers.limit))
                )
    _fire_flags(sheet, marks)
    return found


def _far(sheet: Sheet, criteria: Criteria, found: Figures, i: int, *, keep: bool) -> list[Beside]:
    """Return the rows whose i-th figure lies far from its peers; note in `found` what can be asked."""
    m = MEASURES[i]
    least = min(abs(criteria.limit(peers.limit)) for peers in _BESIDE if peers.name == m.name)
    z = np.full(sheet.rows, np.nan) if keep else None
    far = []
    for piece in measure(sheet, criteria, m):
        found.judged[piece.position] += 1
        found.beside[piece.position] |= np.uint8(1 << i)
        far.append(_some(piece, np.abs(piece.z) >= least))
        if m.name == "uv":
            found.unit_value[piece.position] = np.clip(_rounded(piece.z), -_EXTREME, _EXTREME)
            found.dear.append(_some(piece, piece.figure - piece.median >= _multiple(criteria)))
        if z is not None:
            z[piece.position] = piece.z
    if z is not None:
        sheet.append(f"{m.name}_z", z)
    return far


def _multiple(criteria: Criteria) -> float:
    return math.log(criteria.limit("rare-earth-price-multiple"))


def _rounded(values: Array) -> Array:
    """Return the nearest whole numbers, halves away from zero."""
    whole = np.trunc(values)
    return np.asarray(whole + np.where(np.abs(values - whole) >= 0.5, np.sign(values), 0))  # noqa: PLR2004


def _some(piece: Beside, taken: Array) -> Beside:
    return Beside(*(column[taken] for column in piece))


def _joined(pieces: list[Beside]) -> Beside:
    """Return pieces as one, by position."""
    whole = Beside(*(np.concatenate(columns) for columns in zip(*pieces, strict=True)))
    return _some(whole, np.argsort(whole.position, kind="stable"))


def _beyond(piece: Beside, peers: _Peers, limit: float) -> Beside:
    z = piece.z
    if peers.high and peers.low:
        return _some(piece, np.abs(z) >= limit)
    return _some(piece, z >= limit if peers.high else z <= limit)


def _fire_beside(marks: Marks, criteria: Criteria, m: Measure, peers: _Peers, found: Beside) -> None:
    """Fire a graded signal: its points grow from once at the limit to most at twice the limit and beyond."""
    most, limit = criteria.limit("points-most"), abs(criteria.limit(peers.limit))
    factor = np.minimum(most, 1 + (most - 1) * (np.abs(found.z) / limit - 1))
    names = [name for name, _size in m.levels]
    plain = from_columns(
        found.position, lambda at: names[found.level[at]], a=found.figure, b=found.median, n=found.n,
        z=found.z, factor=factor,
    )  # fmt: skip

    def tell(shown: Shown) -> Iterator[Told]:
        for told in plain(shown):
            yield told._replace(a=math.exp(told.a or 0.0), b=math.exp(told.b or 0.0))

    marks.fire(peers.code, found.position, tell, factor)


def _fire_flags(sheet: Sheet, marks: Marks) -> None:
    """Add the signals that a row's own figures give."""
    flags, kinds = sheet.read("flags"), sheet.read("kinds")
    for code, (flag, figures) in _OWN_FIGURES.items():
        hit = np.flatnonzero(sheet.flag(flags, flag))
        if code == "bulk-by-air":
            hit = hit[sheet.kind(kinds[hit], "bulk") & ~sheet.kind(kinds[hit], OWN)]
        marks.fire(code, hit, _teller(figures))


def _teller(figures: Callable[[Mapping[str, Any]], Told]) -> Callable[[Shown], Iterator[Told]]:
    return lambda shown: iter((figures(shown.stated),))


_OWN_FIGURES: Final[dict[str, tuple[str, Callable[[Mapping[str, Any]], Told]]]] = {
    "freight-above-value": ("dear_freight", lambda s: Told(a=s["freight"] / s["value"])),
    "gross-below-net": ("light", lambda s: Told(a=s["gross_kg"], b=s["net_kg"])),
    "bulk-by-air": ("bulk", lambda s: Told(a=s["price"] / s["net_kg"], b=s["net_kg"])),
}


def fire_bands(
    connection: Connection, sheet: Sheet, marks: Marks, bands: Iterable[Band], pieces: list[Beside]
) -> None:
    """Add rows of other headings whose unit value lies far above the peers and inside a price band.

    Parameters
    ----------
    pieces
        The rows worth far more than their peers.
    """
    if not pieces:
        return
    dear = _joined(pieces)
    asked = ~sheet.kind(sheet.at("kinds", dear.position), OWN)
    asked &= sheet.flag(sheet.at("flags", dear.position), "dollars")
    asked &= sheet.at("day", dear.position) != NO_DAY
    dear = _some(dear, asked)
    days = sheet.at("day", dear.position).astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(int) + 1970
    values = _exp(connection, dear.figure)
    kept = list(bands)
    inside = [(values >= b.low) & (values <= b.high) & (years == b.year) for b in kept]
    if not inside:
        return
    hit = np.logical_or.reduce(inside)
    position, value, median = dear.position[hit], values[hit], dear.median[hit]
    which = np.array([test[hit] for test in inside])

    def words(at: int) -> str:
        return ", ".join(
            sorted(f"{b.good} {b.year}" for b, test in zip(kept, which[:, at], strict=True) if test)
        )

    plain = from_columns(position, words, a=value, b=median)

    def tell(shown: Shown) -> Iterator[Told]:
        for told in plain(shown):
            yield told._replace(b=math.exp(told.b or 0.0))

    marks.fire("rare-earth-price", position, tell)


def _exp(connection: Connection, values: Array) -> Array:
    """Return the exponentials as the database gives them, at the edges of a band too."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    connection.register("_some", pa.table({"x": values}))
    found = connection.execute("SELECT exp(x) AS x FROM _some").fetchnumpy()["x"]
    connection.unregister("_some")
    return np.asarray(found, np.float64)
