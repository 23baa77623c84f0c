"""A file of declarations as a typed table of DuckDB; every fault with its row, no row lost.

Blank is unknown, never zero.  Beyond its memory the database spills to disk, so the table may be larger.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.columns import Mapping, guess_mapping
from dearth.declarations.criteria import Criteria
from dearth.declarations.source import Source, open_source
from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["MEMORY", "Intake", "literal", "only", "read_declarations", "workspace"]

PHASE: Final = "Reading declarations"
MEMORY: Final = "2GB"
SHOWN: Final = 100  # faults that are spelled out
_CELL: Final = 60
_BLANKS: Final = 12  # characters of the longest word for a blank
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y")
_CURES: Final = {
    "number": "write a plain number such as 1250.5, not below zero; leave unknown cells empty",
    "day": "write YYYY-MM-DD",
    "hs": "write 2 to 12 digits",
    "flag": "write yes or no",
    "result": "write found or clean; leave it empty when nobody looked",
    "share": "write a number between 0 and 1",
}


@dataclass(frozen=True)
class Intake:
    """What was read: rows, columns matched, and rows set aside as (row, id, why)."""

    rows: int
    mapping: Mapping
    aside: tuple[tuple[int, str, str], ...] = ()
    sha256: str = ""


def only(connection: Connection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """Return the one row of a query, ``()`` if there is none; nothing of it stays pending."""
    rows = connection.execute(sql, list(values)).fetchall()
    return rows[0] if rows else ()


def literal(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def workspace(memory: str = MEMORY, threads: int = 2) -> Iterator[Connection]:
    """Give a database that works on disk beyond `memory`, in a folder removed at the end; it fetches nothing.

    Raises
    ------
    InputError
        DuckDB is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415 (an extra)
    except ImportError:
        fault = Fault("DuckDB is not installed", cure="pip install 'dearth[screen]'")
        raise InputError(PHASE, fault) from None
    with tempfile.TemporaryDirectory(prefix="dearth-screen-") as folder:
        settings: dict[str, Any] = {
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(Path(folder) / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(config=settings)
        try:
            yield connection
        finally:
            connection.close()


def _blank(criteria: Criteria) -> str:
    return ", ".join(literal(word) for word in ("", *criteria.phrases["blank"]))


def _in(cell: str, criteria: Criteria, kind: str) -> str:
    return f"lower({cell}) IN ({', '.join(literal(word) for word in criteria.phrases[kind])})"


_MOST: Final = "1e300"


def _number(cell: str, high: str = _MOST) -> str:
    value = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN {value} >= 0 AND {value} <= {high} AND NOT contains({cell}, '_') THEN {value} END"


def _day(cell: str) -> str:
    formats = ", ".join(literal(form) for form in _DAYS)
    return f"COALESCE(TRY_CAST({cell} AS DATE), CAST(TRY_STRPTIME({cell}, [{formats}]) AS DATE))"


def _hs(cell: str) -> str:
    digits = f"regexp_replace({cell}, '[ .]|[.]0$', '', 'g')"
    good = f"regexp_full_match({digits}, '[0-9]{{2,12}}')"
    return f"CASE WHEN {good} THEN lpad({digits}, CAST(2 * ceil(len({digits}) / 2.0) AS INTEGER), '0') END"


def _typed(kind: str, cell: str, criteria: Criteria) -> str:
    """Return the SQL of a cell as what it is; null for what it cannot be."""
    if kind == "flag":
        yes, no = _in(cell, criteria, "yes"), _in(cell, criteria, "no")
        return f"CASE WHEN {yes} THEN TRUE WHEN {no} THEN FALSE END"
    if kind == "result":
        return (
            f"CASE WHEN {_in(cell, criteria, 'found')} THEN 1 WHEN {_in(cell, criteria, 'clean')} THEN 0 END"
        )
    makers: dict[str, Callable[[str], str]] = {
        "number": _number,
        "day": _day,
        "hs": _hs,
        "share": lambda c: _number(c, "1"),
    }
    return makers[kind](cell) if kind in makers else cell


_TYPES: Final = {
    "number": "DOUBLE", "share": "DOUBLE", "day": "DATE", "flag": "BOOLEAN", "result": "INTEGER",
}  # fmt: skip


# Fields whose name is a word of SQL.
_NAMES: Final = {"date": "day"}


def _select(source: Source, mapping: Mapping, criteria: Criteria) -> str:
    cells, typed, bad = [], [], []
    for column in criteria.columns:
        name = column.field
        if name not in mapping.fields:
            typed.append(f"CAST(NULL AS {_TYPES.get(column.kind, 'VARCHAR')}) AS {_NAMES.get(name, name)}")
            continue
        if source.is_plain(mapping.fields[name], column.kind):
            cells.append(f"{source.column(mapping.fields[name])} AS raw_{name}")
            typed.append(f"raw_{name} AS {_NAMES.get(name, name)}")
            continue
        if source.is_number(mapping.fields[name], column.kind):
            there = f"CAST({source.column(mapping.fields[name])} AS DOUBLE)"
            cells.append(f"CASE WHEN NOT isnan({there}) THEN {there} END AS raw_{name}")
            made = f"CASE WHEN raw_{name} >= 0 AND raw_{name} <= {_MOST} THEN raw_{name} END"
            typed.append(f"{made} AS {name}")
            bad.append(_told(name, made))
            continue
        raw = f"trim(CAST({source.column(mapping.fields[name])} AS VARCHAR))"
        blank = f"{raw} = '' OR (len({raw}) <= {_BLANKS} AND lower({raw}) IN ({_blank(criteria)}))"
        empty = blank if name != "id" else f"{raw} = ''"
        cells.append(f"CASE WHEN {empty} THEN NULL ELSE {raw} END AS raw_{name}")
        made = _typed(column.kind, f"raw_{name}", criteria)
        typed.append(f"{made} AS {_NAMES.get(name, name)}")
        if column.kind != "text":
            bad.append(_told(name, made))
    wrong = f"nullif(concat({', '.join(bad)}), '')" if bad else "CAST(NULL AS VARCHAR)"
    inner = f"SELECT {source.row} AS row, {', '.join(cells)} FROM {source.scan}"
    return f"SELECT row, {', '.join(typed)}, {wrong} AS wrong FROM ({inner})"


def _told(name: str, made: str) -> str:
    """Return the SQL of field and cell where a cell is not what it should be."""
    told = f"'{name}' || chr(30) || left(CAST(raw_{name} AS VARCHAR), {_CELL}) || chr(31)"
    return f"CASE WHEN raw_{name} IS NOT NULL AND ({made}) IS NULL THEN {told} ELSE '' END"


def _faults(
    connection: Connection, criteria: Criteria, name: str, table: str
) -> list[tuple[int, str, Fault]]:
    """Return (row, id, fault) of cells that are not what their field is, of ids missing or twice."""
    kinds = {column.field: column.kind for column in criteria.columns}
    found = []
    for row, key, wrong in connection.execute(
        f"SELECT row, id, wrong FROM {table} WHERE wrong IS NOT NULL ORDER BY row"
    ).fetchall():
        for cell in wrong.split(chr(31))[:-1]:
            field, text = cell.split(chr(30))
            what = f"{text!r} is no {kinds[field]}"
            found.append((row, key, Fault(what, f"{name}, row {row}, {field}", cure=_CURES[kinds[field]])))
    for (row,) in connection.execute(f"SELECT row FROM {table} WHERE id IS NULL ORDER BY row").fetchall():
        found.append((row, "", Fault("the id is empty", f"{name}, row {row}", cure="every row needs one")))
    twice = f"SELECT id, min(row) AS first FROM {table} WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
    again = f"SELECT d.row, d.id, t.first FROM {table} AS d JOIN ({twice}) t USING (id) WHERE d.row > t.first"
    for row, key, first in connection.execute(f"{again} ORDER BY d.row").fetchall():
        fault = Fault(
            f"id {key[:_CELL]!r} stands already in row {first}", f"{name}, row {row}", cure="one id, one row"
        )
        found.append((row, key, fault))
    return found


def _raise(faults: list[Fault]) -> None:
    if not faults:
        return
    shown = faults[:SHOWN]
    if len(faults) > SHOWN:
        shown.append(Fault(f"and {len(faults) - SHOWN} more", cure="mend these first"))
    raise InputError(PHASE, shown)


def read_declarations(  # noqa: PLR0913
    connection: Connection,
    given: Path | Any,
    criteria: Criteria,
    *,
    mapping: dict[str, str] | None = None,
    set_aside: bool = False,
    table: str = "d",
) -> Intake:
    """Make the table ``d`` (or as named) of a CSV file, a Parquet file or an Arrow table.

    Parameters
    ----------
    mapping
        Field -> column, over what the names say.
    set_aside
        Whether rows with faults are left out of ``d`` and named, instead of refused.

    Raises
    ------
    InputError
        The file cannot be read, or rows are wrong: all faults, each with its row.
    """
    source = open_source(connection, given)
    matched = guess_mapping(source.header, mapping)
    select = _select(source, matched, criteria)
    source.run(connection, f"CREATE TABLE {table} AS {select}")
    broken = source.broken(connection)
    _renumber(connection, table, [line for line, _fault in broken])
    found = _faults(connection, criteria, source.name, table)
    faults = [*(fault for _row, fault in broken), *(fault for _row, _id, fault in found)]
    if not set_aside:
        _raise(faults)
    aside = [(row, "", str(fault)) for row, fault in broken]
    aside += [(row, key, str(fault)) for row, key, fault in found]
    _drop(connection, table, {row for row, _id, _fault in found})
    (count,) = only(connection, f"SELECT count(*) FROM {table}")
    if not count:
        raise InputError(PHASE, Fault("no rows", source.name, cure="give a header and a row per item"))
    return Intake(count, matched, tuple(sorted(aside)), source.sha256)


def _renumber(connection: Connection, table: str, broken: list[int]) -> None:
    """Count the lines that are no rows into the numbers of the rows after them."""
    for line in broken[:SHOWN]:
        connection.execute(f"UPDATE {table} SET row = row + 1 WHERE row + 1 >= ?", [line])


def _drop(connection: Connection, table: str, rows: set[int]) -> None:
    connection.execute(f"ALTER TABLE {table} DROP COLUMN wrong")
    if rows:
        listed = ", ".join(map(str, sorted(rows)))
        connection.execute(f"DELETE FROM {table} WHERE row IN ({listed})")
