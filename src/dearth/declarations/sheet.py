"""Declarations as columns of numbers, one file a column: what the signals compute with.

One scan of the table writes them.  A name enters as its 64-bit hash, a tariff code as its digits and their
number, a blank as 0 (of a figure: not a number).  A signal reads the columns it needs, piece by piece, so
memory does not grow with the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.headings import begins, cut, six
from dearth.declarations.lots import lots
from dearth.declarations.robust import grouped
from dearth.declarations.table import among, folder_of, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["NO_DAY", "OWN", "Sheet", "enrich", "make_sheet", "mixed", "places_of", "texts_key"]

Array = NDArray[Any]
NO_DAY: Final = -(2**31)
PIECE: Final = 1 << 20  # rows at a time
_EPOCH: Final = "DATE '1970-01-01'"
_PLACES: Final = ("origin", "departure", "destination", "transit")
_FIGURES: Final = {
    "uv": ("ln(price / net_kg)", ("value", "net_kg")),
    "den": ("ln(net_kg / volume_m3)", ("net_kg", "volume_m3")),
    "kpp": ("ln(net_kg / packages)", ("net_kg", "packages")),
    "frt": ("ln(freight / value)", ("freight", "value")),
}
_NAMES: Final = {
    "exporter": "exporter", "consignee": "consignee", "origin": "origin", "destination": "destination",
    "office": "office", "mode": "mode",
}  # fmt: skip
_TEXTS: Final = ("description", "composition", "grade", "exemption")
OWN: Final = "rare-earth|magnet"
KINDS: Final = (OWN, "magnet", "bulk")  # of headings, as bits of a column
FLAGS: Final = (
    "small", "bulk", "dear_freight", "light", "unlicensed", "dollars", "weighed_twice", "priced",
    "described", "composed", "exempt",
)  # fmt: skip


def enrich(connection: Connection, criteria: Criteria, rates: Mapping[int, float]) -> None:
    """Make the view ``e``: ``d`` with headings cut, money in USD where a rate is known, zero made unknown.

    Beside it stands ``e_picked``, of the rows in the table ``picked``, which is empty.

    Parameters
    ----------
    rates
        CNY per USD by year; the nearest year counts.
    """
    years = sorted(rates)
    branches = " ".join(f"WHEN year(day) <= {year} THEN {rates[year]}" for year in years)
    rate = f"CASE {branches} ELSE {rates[years[-1]]} END" if years else "CAST(NULL AS DOUBLE)"
    yuan = "upper(currency) IN ('CNY', 'RMB') AND day IS NOT NULL"
    home = criteria.phrases["place-CN"]
    places = ", ".join(
        f"CASE WHEN {among(place, home)} THEN 'CN' ELSE upper({place}) END AS {place}" for place in _PLACES
    )
    weight = "CASE WHEN weight_estimated IS TRUE THEN NULL ELSE nullif(net_kg, 0) END AS net_kg"
    connection.execute("CREATE TABLE picked AS FROM d_picked LIMIT 0")
    for name, source in {"e": "d", "e_picked": "picked"}.items():
        connection.execute(f"""CREATE VIEW {name} AS
      SELECT * REPLACE ({places}, {weight}, nullif(volume_m3, 0) AS volume_m3,
          nullif(packages, 0) AS packages, nullif(value, 0) AS value, nullif(freight, 0) AS freight),
        CASE WHEN len(hs) >= 6 THEN left(hs, 6) END AS hs6, left(hs, 4) AS hs4, left(hs, 2) AS hs2,
        nullif(CASE WHEN {yuan} THEN value / ({rate}) ELSE value END, 0) AS price,
        CASE WHEN {yuan} THEN 'USD' ELSE coalesce(upper(currency), '') END AS money,
        {among("mode", criteria.phrases["air"])} AS by_air
      FROM {source}""")


def texts_key(fields: Mapping[str, str]) -> str:
    """Return the SQL of one number for the words of a declaration, 0 where it has none."""
    texts = [name for name in _TEXTS if name in fields]
    if not texts:
        return "0::UBIGINT"
    blank = " AND ".join(f"{name} IS NULL" for name in texts)
    return f"CASE WHEN {blank} THEN 0 ELSE hash({', '.join(texts)}) END"


def places_of(criteria: Criteria) -> list[str]:
    """Return the places that a control or a flow leaves from; a place's number is its index plus one."""
    controls = {control.origin for control in criteria.controls}
    return sorted(controls | {flow.exporter for flow in criteria.flows} - {"WORLD"})


def _cells(criteria: Criteria, fields: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return the SQL of each column of the sheet whose fields the table has."""
    limit, denied = criteria.limit, criteria.phrases["denied"]
    place = " ".join(f"WHEN {literal(p)} THEN {i}" for i, p in enumerate(places_of(criteria), start=1))
    flags = {
        "small": f"net_kg <= {limit('split-kg')}",
        "bulk": f"by_air AND money = 'USD' AND price / net_kg < {limit('bulk-air-price')} "
        f"AND net_kg >= {limit('bulk-air-kg')}",
        "dear_freight": f"freight / value > {limit('freight-most')}",
        "light": "gross_kg < net_kg",
        "unlicensed": f"licence IS NULL OR {among('licence', denied)}",
        "dollars": "money = 'USD'",
        "weighed_twice": "gross_kg IS NOT NULL AND net_kg IS NOT NULL",
        "priced": "price IS NOT NULL AND net_kg IS NOT NULL",
        "described": "description IS NOT NULL",
        "composed": "composition IS NOT NULL",
        "exempt": "exemption IS NOT NULL",
    }
    bits = " + ".join(f"{1 << i} * CAST(coalesce({flags[f]}, FALSE) AS INTEGER)" for i, f in enumerate(FLAGS))
    cells = {
        "row": "row",
        "day": f"coalesce(CAST(day - {_EPOCH} AS INTEGER), {NO_DAY})",
        "hs": "coalesce(CAST(hs AS BIGINT) * 16 + len(hs), 0)",
        "flags": f"CAST({bits} AS USMALLINT)",
        "place": f"CAST(CASE coalesce(departure, origin) {place} ELSE 0 END AS UTINYINT)",
        "texts": texts_key(fields),
        "money": "hash(money)",
        "name": f"{literal(f'{seed}:')} || id",
    }
    for field, name in _NAMES.items():
        if field in fields:
            cells[name] = f"CASE WHEN {name} IS NULL THEN 0 ELSE hash({name}) END"
    for name, (figure, needs) in _FIGURES.items():
        if set(needs) <= set(fields):
            cells[name] = f"coalesce({figure}, 'nan'::DOUBLE)"
    return cells


class Sheet:
    """Columns of numbers on disk, each [rows].

    Attributes
    ----------
    rows
        Number of rows; a row's place in the columns is its position, its number in the table stands in `row`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kinds: dict[str, np.dtype[Any]] = {}
        self.rows = 0
        self._order: Array | None = None  # of the rows, when the scan did not give them in order
        self._last = -1
        self._maps: dict[str, Array] = {}

    def append(self, name: str, values: Array) -> None:
        """Add values at the end of a column."""
        self.kinds[name] = values.dtype
        if name == "row" and values.size:
            straight = values[0] > self._last and (np.diff(values) > 0).all()
            self._last = int(values[-1]) if straight else np.iinfo(np.int64).max
        with (self.folder / name).open("ab") as stream:
            values.tofile(stream)

    def read(self, name: str, first: int = 0, last: int | None = None) -> Array:
        """Return a column between two positions; zeros when the table has none such."""
        count = (self.rows if last is None else min(last, self.rows)) - first
        if name not in self.kinds:
            return np.zeros(count, np.uint64)
        kind = self.kinds[name]
        return np.fromfile(self.folder / name, kind, count, offset=first * kind.itemsize)

    def at(self, name: str, positions: Array) -> Array:
        """Return a column at some positions."""
        if name not in self.kinds:
            return np.zeros(len(positions), np.uint64)
        return np.asarray(self._map(name)[positions])

    def _map(self, name: str) -> Array:
        """Return a finished column, mapped: only what is asked of it is read."""
        if name not in self._maps:
            self._maps[name] = np.memmap(self.folder / name, self.kinds[name], "r", shape=(self.rows,))
        return self._maps[name]

    def pieces(self, *names: str) -> Iterator[tuple[int, list[Array]]]:
        """Yield (first position, values of each column), piece by piece."""
        for first in range(0, self.rows, PIECE):
            yield first, [self.read(name, first, first + PIECE) for name in names]

    def flag(self, flags: Array, name: str) -> Array:
        """Return whether a flag is set."""
        return np.asarray((flags & np.uint16(1 << FLAGS.index(name))) != 0)

    def kind(self, kinds: Array, name: str) -> Array:
        """Return whether a heading is of a kind."""
        return np.asarray((kinds & np.uint8(1 << KINDS.index(name))) != 0)

    def judged(self) -> Array:
        """Return how many kinds of signals the stated fields of a row allow to ask, but for peers; [rows]."""
        found = []
        columns = ("flags", "hs", "six", "day", "mode", "exporter", "office")
        for _first, (flags, codes, heading, day, *names) in self.pieces(*columns):
            headed, dated, whole = codes != 0, day != NO_DAY, heading != 0
            mode, exporter, office = (name != 0 for name in names)
            twice, priced, described, composed, exempt = (self.flag(flags, name) for name in FLAGS[-5:])
            tests = (
                twice, mode & priced & headed, described & headed, composed, (described | composed) & dated,
                described | exempt, exporter & dated & whole, office & whole,
            )  # fmt: skip
            found.append(np.sum(tests, axis=0, dtype=np.uint8))
        return np.concatenate(found)

    def positions(self, rows: Array) -> Array:
        """Return the positions of rows by their numbers; a scan need not give them in order."""
        column = self._map("row")
        if self._last < np.iinfo(np.int64).max:
            return np.searchsorted(column, rows)
        if self._order is None:
            self._order = np.argsort(column)
        return np.asarray(self._order[np.searchsorted(column, rows, sorter=self._order)])


def make_sheet(connection: Connection, criteria: Criteria, fields: Mapping[str, str], seed: int) -> Sheet:
    """Write the columns of view ``e``; `fields` are those that the table has."""
    folder = folder_of(connection) / "sheet"
    folder.mkdir()
    sheet = Sheet(folder)
    cells = _cells(criteria, fields, seed)
    asked = ", ".join(f"{sql} AS {name}" for name, sql in cells.items())
    for batch in connection.sql(f"SELECT {asked} FROM e").to_arrow_reader(PIECE):
        for name in cells:
            if name != "name":
                sheet.append(name, batch.column(name).to_numpy())
        for name, values in _headed(criteria, batch.column("hs").to_numpy()).items():
            sheet.append(name, values)
        lower, upper = lots(batch.column("name"))
        sheet.append("draw", lower)
        sheet.append("lot", upper)
        sheet.rows += batch.num_rows
    return sheet


def _headed(criteria: Criteria, codes: Array) -> dict[str, Array]:
    """Return what tariff codes say, each distinct one looked at once: first digits, and kinds as bits."""
    groups = grouped(codes.astype(np.uint64))
    distinct = groups.key.astype(np.int64)
    kinds = np.zeros(distinct.size, np.uint8)
    for i, kind in enumerate(KINDS):
        prefixes = [prefix for name in kind.split("|") for prefix in criteria.prefixes(name)]
        kinds |= np.left_shift(begins(distinct, prefixes).astype(np.uint8), np.uint8(i))
    made = {"kinds": kinds}
    for name, values in {"six": six(distinct), "four": cut(distinct, 4), "two": cut(distinct, 2)}.items():
        made[name] = values.astype(np.int32)
    return {name: values[groups.ids] for name, values in made.items()}


_ODD: Final = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits (Steele, Lea and Flood 2014)


def mixed(*parts: Array) -> Array:
    """Return one 64-bit key of several columns; which of them are blank is asked elsewhere."""
    key = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        key = (key ^ (key >> np.uint64(29))) * _ODD + part.astype(np.uint64)
    key *= _ODD
    return key ^ (key >> np.uint64(32))
