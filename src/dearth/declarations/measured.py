"""Layers 2 and 3: what a declaration's figures are beside those of its peers, exact medians and spreads.

A figure is a logarithm of a ratio: value per kg, kg per m3, kg per package, freight over value.  Its peers
are the finest group that is large enough; what lacks a figure, or peers, is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from dearth.declarations.criteria import Criteria
from dearth.declarations.robust import group_stats
from dearth.declarations.table import literal, only

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["MEASURES", "Measure", "enrich", "measure"]

_NORMAL: Final = 1.4826  # MAD of a normal distribution is its deviation over this
_AT_ONCE: Final = 8_000_000  # rows in memory while medians are taken


class Level(NamedTuple):
    """A way to group peers: its name, and the SQL of its key."""

    name: str
    key: str


class Measure(NamedTuple):
    """A figure in SQL, and its groups of peers, the finest first."""

    name: str
    figure: str
    levels: tuple[Level, ...]


_LANE: Final = Level("heading, origin, destination", "hs6, origin, destination, money")
MEASURES: Final = (
    Measure(
        "uv",
        "ln(price / net_kg)",
        (_LANE, Level("heading, origin", "hs6, origin, money"), Level("heading", "hs6, money")),
    ),
    Measure("den", "ln(net_kg / volume_m3)", (Level("heading", "hs6"), Level("4-digit heading", "hs4"))),
    Measure("kpp", "ln(net_kg / packages)", (Level("heading", "hs6"), Level("4-digit heading", "hs4"))),
    Measure(
        "frt", "ln(freight / value)", (Level("4-digit heading, mode", "hs4, mode"), Level("mode", "mode"))
    ),
)


def enrich(connection: Connection, criteria: Criteria, rates: dict[int, float]) -> None:
    """Make the table ``e``: ``d`` with headings cut, money in USD where a rate is known, zero made unknown.

    Parameters
    ----------
    rates
        CNY per USD by year; the nearest year counts.
    """
    years = sorted(rates)
    branches = " ".join(f"WHEN year(day) <= {year} THEN {rates[year]}" for year in years)
    rate = f"CASE {branches} ELSE {rates[years[-1]]} END" if years else "CAST(NULL AS DOUBLE)"
    yuan = "upper(currency) IN ('CNY', 'RMB') AND day IS NOT NULL"
    home = ", ".join(literal(word) for word in criteria.phrases["place-CN"])
    places = ", ".join(
        f"CASE WHEN lower({place}) IN ({home}) THEN 'CN' ELSE upper({place}) END AS {place}"
        for place in ("origin", "departure", "destination", "transit")
    )
    air = ", ".join(literal(word) for word in criteria.phrases["air"])
    weight = "CASE WHEN weight_estimated IS TRUE THEN NULL ELSE nullif(net_kg, 0) END AS net_kg"
    connection.execute(f"""CREATE TABLE e AS
      SELECT * REPLACE ({places}, {weight}, nullif(volume_m3, 0) AS volume_m3,
          nullif(packages, 0) AS packages, nullif(value, 0) AS value, nullif(freight, 0) AS freight),
        CASE WHEN len(hs) >= 6 THEN left(hs, 6) END AS hs6, left(hs, 4) AS hs4, left(hs, 2) AS hs2,
        nullif(CASE WHEN {yuan} THEN value / ({rate}) ELSE value END, 0) AS price,
        CASE WHEN {yuan} THEN 'USD' ELSE coalesce(upper(currency), '') END AS money,
        lower(mode) IN ({air}) AS by_air
      FROM d""")


def measure(connection: Connection, criteria: Criteria, measures: tuple[Measure, ...] = MEASURES) -> None:
    """Make the table ``f``: of every row each figure, its robust z, and median, number and level of peers."""
    least, spread = criteria.limit("peers-least"), criteria.limit("spread-least")
    chosen, joins = [], []
    for m in measures:
        names = [f"{m.name}{i}" for i in range(len(m.levels))]
        for name, level in zip(names, m.levels, strict=True):
            _peers(connection, name, m.figure, level, least)
            joins.append(f"LEFT JOIN peers_{name} AS {name} ON {name}.key = hash({level.key})")
        number, median, mad = (_first(names, part) for part in ("n", "median", "mad"))
        named = " ".join(
            f"WHEN {name}.n IS NOT NULL THEN {literal(level.name)}"
            for name, level in zip(names, m.levels, strict=True)
        )
        chosen.append(f"""{m.figure} AS {m.name}, {number} AS {m.name}_n, {median} AS {m.name}_median,
          ({m.figure} - {median}) / ({_NORMAL} * greatest({mad}, {spread})) AS {m.name}_z,
          CASE {named} END AS {m.name}_level""")
    connection.execute(f"CREATE TABLE f AS SELECT row, {', '.join(chosen)} FROM e {' '.join(joins)}")


def _first(names: list[str], part: str) -> str:
    return f"coalesce({', '.join(f'{name}.{part}' for name in names)})"


def _peers(connection: Connection, name: str, figure: str, level: Level, least: float) -> None:
    """Make the table of one grouping: key, rows, median and MAD of groups that are large enough."""
    connection.execute(
        f"CREATE TABLE peers_{name} (key UBIGINT PRIMARY KEY, n BIGINT, median DOUBLE, mad DOUBLE)"
    )
    known = " AND ".join(f"{column.strip()} IS NOT NULL" for column in level.key.split(","))
    told = f"SELECT hash({level.key}) AS key, {figure} AS x FROM e WHERE {known}"
    (rows,) = only(connection, f"SELECT count(*) FROM ({told}) WHERE x IS NOT NULL")
    passes = -(-rows // _AT_ONCE)
    for part in range(passes):
        some = f"AND key % {passes} = {part}" if passes > 1 else ""
        got = connection.execute(f"SELECT key, x FROM ({told}) WHERE x IS NOT NULL {some}").fetchnumpy()
        stats = group_stats(np.asarray(got["key"], np.uint64), np.asarray(got["x"], np.float64))
        large = stats.n >= least
        _append(connection, name, [column[large] for column in stats])


def _append(connection: Connection, name: str, columns: list[np.ndarray]) -> None:
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    connection.register("_some", pa.table(dict(zip(("key", "n", "median", "mad"), columns, strict=True))))
    connection.execute(f"INSERT INTO peers_{name} SELECT * FROM _some")
    connection.unregister("_some")
