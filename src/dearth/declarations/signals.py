"""Layers 1 to 4 as one table of signals: which fired, on which row, with the figures that triggered it.

Parties enter by what they did up to the day of the row, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dearth.declarations.criteria import Criteria
from dearth.declarations.prices import Band
from dearth.declarations.table import literal
from dearth.declarations.words import CONTROLLED, Chemistry, Text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["COLUMNS", "fire_figures", "fire_words", "insert", "judge", "start", "starts_with"]

COLUMNS: Final = "row, code, factor, a, b, n, z, t"
_BATCH: Final = 20_000
_TEXTS: Final = (
    "coalesce(description, ''), coalesce(composition, ''), coalesce(grade, ''), coalesce(hs, ''), "
    "coalesce(exemption, '')"
)
_WORDS: Final = (
    "coalesce(description, ''), coalesce(composition, ''), coalesce(grade, ''), coalesce(exemption, '')"
)


def start(connection: Connection) -> None:
    """Make the empty table of signals: row, code, factor of its points, figures and words."""
    connection.execute("""CREATE TABLE fired (row BIGINT, code VARCHAR, factor DOUBLE,
        a DOUBLE, b DOUBLE, n BIGINT, z DOUBLE, t VARCHAR)""")


def insert(connection: Connection, code: str, source: str, **shown: str) -> None:
    """Add a signal for the rows of `source` (SQL from FROM on); `shown`: SQL of factor, a, b, n, z, t."""
    cells = [shown.get(name, "1.0" if name == "factor" else "NULL") for name in COLUMNS.split(", ")[2:]]
    connection.execute(f"INSERT INTO fired SELECT row, {literal(code)}, {', '.join(cells)} FROM {source}")


def starts_with(column: str, prefixes: Iterable[str]) -> str:
    """Return the SQL that a code begins with one of `prefixes`."""
    tests = [f"starts_with({column}, {literal(prefix)})" for prefix in prefixes]
    return f"coalesce({' OR '.join(tests)}, FALSE)" if tests else "FALSE"


def fire_words(connection: Connection, chemistry: Chemistry) -> None:
    """Add layer 1: each distinct text is read once, and its findings go to all rows that bear it."""
    _speaking(connection, chemistry)
    connection.execute("CREATE TABLE said (key UBIGINT, code VARCHAR, a DOUBLE, t VARCHAR, control VARCHAR)")
    magnet = starts_with("hs", chemistry.criteria.prefixes("magnet"))
    texts = connection.cursor().execute(
        f"SELECT hash({_TEXTS}), {_TEXTS} FROM e WHERE hash({_WORDS}) IN (FROM speaking) OR {magnet} "
        f"GROUP BY ALL"
    )
    while batch := texts.fetchmany(_BATCH):
        found = [(key, *f) for key, *text in batch for f in chemistry.findings(Text(*text))]
        _keep(connection, "said", ("key", "code", "a", "t", "control"), found)
    connection.execute(
        f"INSERT INTO fired SELECT row, code, 1.0, a, NULL, NULL, NULL, t "
        f"FROM said JOIN e ON said.key = hash({_TEXTS}) WHERE control = ''"
    )
    for source in _controlled(chemistry.criteria):
        insert(connection, CONTROLLED, source, t="t")


def _speaking(connection: Connection, chemistry: Chemistry) -> None:
    """Make the table ``speaking``: keys of the words that say anything; most say nothing of rare earths."""
    connection.execute("CREATE TABLE speaking (key UBIGINT)")
    worded = (
        "description IS NOT NULL OR composition IS NOT NULL OR grade IS NOT NULL OR exemption IS NOT NULL"
    )
    words = connection.cursor().execute(f"SELECT hash({_WORDS}), {_WORDS} FROM e WHERE {worded} GROUP BY ALL")
    while batch := words.fetchmany(_BATCH):
        found = [
            (key,) for key, description, composition, grade, exemption in batch
            if chemistry.speaks(Text(description, composition, grade, exemption=exemption))
        ]  # fmt: skip
        _keep(connection, "speaking", ("key",), found)


_KINDS: Final = {"key": "uint64", "a": "float64"}


def _keep(connection: Connection, table: str, names: tuple[str, ...], found: list[Any]) -> None:
    """Add rows to a table."""
    if not found:
        return
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    columns = zip(names, zip(*found, strict=True), strict=True)
    made = pa.table({n: pa.array(c, _KINDS.get(n, "string")) for n, c in columns})
    connection.register("_some", made)
    connection.execute(f"INSERT INTO {table} SELECT * FROM _some")
    connection.unregister("_some")


def _controlled(criteria: Criteria) -> Iterator[str]:
    """Yield, for each control, the rows whose words name its elements on a day when it holds."""
    denied = ", ".join(literal(word) for word in criteria.phrases["denied"])
    for control in criteria.controls:
        # The origin, or if that is unknown the departure, must be the controlling place.
        yield (
            f"(SELECT row, t || ' from {control.first}; licence in the record: ' || "
            f"coalesce(licence, 'not stated') AS t FROM said JOIN e ON said.key = hash({_TEXTS}) "
            f"WHERE control = {literal(control.id)} AND coalesce(departure, origin) = "
            f"{literal(control.origin)} "
            f"AND day BETWEEN DATE '{control.first}' AND DATE '{control.last}' "
            f"AND (licence IS NULL OR lower(licence) IN ({denied})))"
        )


def _graded(z: str, limit: float, most: float) -> str:
    """Return the SQL of a factor that grows from 1 at the limit to `most` at twice the limit and beyond."""
    return f"least({most}, 1 + ({most} - 1) * (abs({z}) / {abs(limit)} - 1))"


class _Peers(NamedTuple):
    """A signal of a figure beside its peers."""

    code: str
    name: str
    limit: str
    test: str


_BESIDE: Final = (
    _Peers("unit-value-high", "uv", "robust-z", "uv_z >= {limit}"),
    _Peers("unit-value-low", "uv", "robust-z-low", "uv_z <= {limit}"),
    _Peers("density", "den", "robust-z-physical", "abs(den_z) >= {limit}"),
    _Peers("weight-per-package", "kpp", "robust-z-physical", "abs(kpp_z) >= {limit}"),
    _Peers("freight-share", "frt", "robust-z-physical", "abs(frt_z) >= {limit}"),
)


def fire_figures(connection: Connection, criteria: Criteria, bands: Iterable[Band]) -> None:
    """Add layers 2 and 3 from the figures of table ``f``."""
    most = criteria.limit("points-most")
    for peers in _BESIDE:
        limit, m = criteria.limit(peers.limit), peers.name
        insert(
            connection,
            peers.code,
            f"f WHERE {peers.test.format(limit=limit)}",
            factor=_graded(f"{m}_z", limit, most),
            a=f"exp({m})",
            b=f"exp({m}_median)",
            n=f"{m}_n",
            z=f"{m}_z",
            t=f"{m}_level",
        )
    insert(
        connection, "freight-above-value", f"e WHERE freight / value > {criteria.limit('freight-most')}",
        a="freight / value",
    )  # fmt: skip
    insert(connection, "gross-below-net", "e WHERE gross_kg < net_kg", a="gross_kg", b="net_kg")
    _fire_bulk(connection, criteria)
    _fire_bands(connection, criteria, list(bands))


def _fire_bulk(connection: Connection, criteria: Criteria) -> None:
    own = starts_with("hs", (*criteria.prefixes("rare-earth"), *criteria.prefixes("magnet")))
    insert(
        connection,
        "bulk-by-air",
        f"e WHERE by_air AND money = 'USD' AND {starts_with('hs', criteria.prefixes('bulk'))} AND NOT {own} "
        f"AND price / net_kg < {criteria.limit('bulk-air-price')} AND net_kg >= "
        f"{criteria.limit('bulk-air-kg')}",
        a="price / net_kg",
        b="net_kg",
    )


def _fire_bands(connection: Connection, criteria: Criteria, bands: list[Band]) -> None:
    """Add rows of other headings whose unit value lies far above the peers and inside a price band."""
    floor = criteria.limit("rare-earth-price-floor")
    tests = [
        f"({literal(f'{band.good} {band.year}')}, {band.year}, {band.low}, {band.high})"
        for band in bands
        if band.low >= floor
    ]
    if not tests:
        return
    own = starts_with("hs", (*criteria.prefixes("rare-earth"), *criteria.prefixes("magnet")))
    inside = (
        f"(SELECT e.row, any_value(uv) AS uv, any_value(uv_median) AS m, string_agg(good, ', ' ORDER BY "
        f"good) "
        f"AS t FROM e JOIN f ON e.row = f.row JOIN (VALUES {', '.join(tests)}) AS bands(good, year, "
        f"low, high) "
        f"ON exp(uv) BETWEEN low AND high AND year(day) = bands.year "
        f"WHERE money = 'USD' AND NOT {own} AND uv - uv_median >= "
        f"ln({criteria.limit('rare-earth-price-multiple')}) "
        "GROUP BY e.row)"
    )
    insert(connection, "rare-earth-price", inside, a="exp(uv)", b="exp(m)", t="t")


_JUDGED: Final = (
    "uv_z IS NOT NULL", "den_z IS NOT NULL", "kpp_z IS NOT NULL", "frt_z IS NOT NULL",
    "gross_kg IS NOT NULL AND net_kg IS NOT NULL",
    "by_air IS NOT NULL AND price IS NOT NULL AND net_kg IS NOT NULL AND hs IS NOT NULL",
    "description IS NOT NULL AND hs IS NOT NULL",
    "composition IS NOT NULL",
    "(description IS NOT NULL OR composition IS NOT NULL) AND day IS NOT NULL",
    "description IS NOT NULL OR exemption IS NOT NULL",
    "exporter IS NOT NULL AND day IS NOT NULL AND hs6 IS NOT NULL",
    "office IS NOT NULL AND hs6 IS NOT NULL",
)  # fmt: skip


def judge(connection: Connection) -> None:
    """Make the table ``judged``: how many kinds of signals the stated fields of a row allow to ask."""
    counted = " + ".join(f"CAST(coalesce({test}, FALSE) AS INTEGER)" for test in _JUDGED)
    connection.execute(f"CREATE TABLE judged AS SELECT e.row, {counted} AS n FROM e JOIN f ON e.row = f.row")
