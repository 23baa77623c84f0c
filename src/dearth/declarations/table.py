"""A file of declarations as a typed view of DuckDB; every fault with its row, no row lost.

Blank is unknown, never zero.  A column is read when it is asked for, so the table may be larger than memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dearth.declarations.columns import Mapping, guess_mapping
from dearth.declarations.criteria import Criteria
from dearth.declarations.source import Source, open_source, readable
from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["MEMORY", "Intake", "among", "folder_of", "literal", "only", "read_declarations",
           "workspace"]  # fmt: skip

PHASE: Final = "Reading declarations"
MEMORY: Final = "2GB"
SHOWN: Final = 100  # faults that are spelled out
_CELL: Final = 60
_FEW: Final = 4  # words that IN compares one by one
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

    name: str
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


def folder_of(connection: Connection) -> Path:
    """Return the folder of a workspace, removed at its end."""
    return Path(str(only(connection, "SELECT current_setting('temp_directory')")[0])).parent


def among(cell: str, words: Iterable[str]) -> str:
    """Return the SQL that a cell, in small letters, is one of some words.

    IN of many words becomes a join, which no scan can leave out when the column is not asked for.  Most cells
    are told from all words by their length alone.
    """
    listed = list(words)
    if len(listed) <= _FEW:
        return f"lower({cell}) IN ({', '.join(map(literal, listed))})"
    sizes = sum(1 << size for size in {len(word) for word in listed})
    long = max(map(len, listed))
    sized = f"len({cell}) <= {long} AND (({sizes} >> least(len({cell}), {long})) & 1) = 1"
    return f"({sized} AND regexp_full_match(lower({cell}), {literal('|'.join(map(re.escape, listed)))}))"


@contextmanager
def workspace(memory: str = MEMORY, threads: int = 2) -> Iterator[Connection]:
    """Give a database that works on disk beyond `memory`, in a folder removed at the end; it fetches nothing.

    Raises
    ------
    InputError
        DuckDB is not installed, or there is no folder for temporary files.
    """
    try:
        import duckdb  # noqa: PLC0415 (an extra)
    except ImportError:
        fault = Fault("DuckDB is not installed", cure="pip install 'dearth[screen]'")
        raise InputError(PHASE, fault) from None
    with _drafts() as folder:
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


def _drafts() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="dearth-screen-")
    except OSError as error:
        fault = Fault(
            "no folder for temporary files", why=str(error), cure="set TMPDIR to a folder that can be written"
        )
        raise InputError(PHASE, fault) from None


def _in(cell: str, criteria: Criteria, kind: str) -> str:
    return among(cell, criteria.phrases[kind])


_MOST: Final = "1e300"


def _number(cell: str, high: str = _MOST) -> str:
    value = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN {value} >= 0 AND {value} <= {high} AND NOT contains({cell}, '_') THEN {value} END"


def _day(cell: str) -> str:
    formats = ", ".join(literal(form) for form in _DAYS)
    day = f"COALESCE(TRY_CAST({cell} AS DATE), CAST(TRY_STRPTIME({cell}, [{formats}]) AS DATE))"
    return f"CASE WHEN isfinite({day}) THEN {day} END"


def _hs(cell: str) -> str:
    marked = f"contains({cell}, '.') OR contains({cell}, ' ')"
    digits = f"CASE WHEN {marked} THEN regexp_replace({cell}, '[ .]|[.]0$', '', 'g') ELSE {cell} END"
    even = f"CASE WHEN len({digits}) % 2 = 1 THEN '0' || ({digits}) ELSE {digits} END"
    return f"CASE WHEN regexp_full_match({digits}, '[0-9]{{2,12}}') THEN {even} END"


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


def _select(source: Source, mapping: Mapping, criteria: Criteria, where: str = "") -> str:
    cells: list[str] = []
    typed: list[str] = []
    bad: list[tuple[str, str]] = []
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
        blank = among(raw, ("", *criteria.phrases["blank"]))
        empty = blank if name != "id" else f"{raw} = ''"
        cells.append(f"CASE WHEN {empty} THEN NULL ELSE {raw} END AS raw_{name}")
        made = _typed(column.kind, f"raw_{name}", criteria)
        typed.append(f"{made} AS {_NAMES.get(name, name)}")
        if column.kind != "text":
            bad.append(_told(name, made))
    wrong = "CAST(NULL AS VARCHAR)"
    if bad:
        cases = (f"CASE WHEN {test} THEN {told} ELSE '' END" for test, told in bad)
        wrong = (
            f"CASE WHEN {' OR '.join(f'({test})' for test, _told in bad)} THEN concat({', '.join(cases)}) END"
        )
    inner = f"SELECT {source.row} AS row, {', '.join(cells)} FROM {source.scan} {where}"
    return f"SELECT row, {', '.join(typed)}, {wrong} AS wrong FROM ({inner})"


def _told(name: str, made: str) -> tuple[str, str]:
    """Return the SQL of whether a cell is not what it should be, and of its field and what stands in it."""
    told = f"'{name}' || chr(30) || left(CAST(raw_{name} AS VARCHAR), {_CELL}) || chr(31)"
    return f"raw_{name} IS NOT NULL AND ({made}) IS NULL", told


def _faults(
    connection: Connection, criteria: Criteria, name: str, table: str
) -> list[tuple[int, str, Fault]]:
    """Return (row, id, fault) of cells that are not what their field is, of ids missing or twice."""
    kinds = {column.field: column.kind for column in criteria.columns}
    found = []
    for row, key, wrong in connection.execute(
        f"SELECT row, id, wrong FROM {table} WHERE wrong IS NOT NULL OR id IS NULL ORDER BY row"
    ).fetchall():
        for cell in (wrong or "").split(chr(31))[:-1]:
            field, text = cell.split(chr(30))
            what = f"{text!r} is no {kinds[field]}"
            found.append((row, key, Fault(what, f"{name}, row {row}, {field}", cure=_CURES[kinds[field]])))
        if key is None:
            found.append(
                (row, "", Fault("the id is empty", f"{name}, row {row}", cure="every row needs one"))
            )
    return [*found, *_twice(connection, name, table)]


def _twice(connection: Connection, name: str, table: str) -> list[tuple[int, str, Fault]]:
    """Return a fault for every row whose id stands in an earlier one."""
    told = "CASE WHEN id IS NOT NULL THEN hash(id) END"
    different, known = only(connection, f"SELECT count(DISTINCT {told}), count(id) FROM {table}")
    if different == known:
        return []
    twice = f"SELECT id, min(row) AS first FROM {table} WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
    again = f"SELECT d.row, d.id, t.first FROM {table} AS d JOIN ({twice}) t USING (id) WHERE d.row > t.first"
    return [
        (row, key, Fault(f"id {key[:_CELL]!r} stands already in row {first}", f"{name}, row {row}",
                         cure="one id, one row"))
        for row, key, first in connection.execute(f"{again} ORDER BY d.row").fetchall()
    ]  # fmt: skip


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
    """Make the view ``d`` (or as named) of a CSV file, a Parquet file or an Arrow table.

    Beside it stands ``d_picked``, of the rows that stand in the table ``d_wanted``, found before any cell is
    read as what it is.

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
    connection.execute(f"CREATE VIEW {table}_typed AS {_select(source, matched, criteria)}")
    connection.execute(f"CREATE TABLE {table}_wanted (row BIGINT)")
    wanted = f"WHERE ({source.row}) IN (FROM {table}_wanted)"
    picked = _select(source, matched, criteria, wanted)
    connection.execute(f"CREATE VIEW {table}_picked AS SELECT * EXCLUDE wrong FROM ({picked})")
    found = readable(source.name, lambda: _faults(connection, criteria, source.name, f"{table}_typed"))
    faults = [*(fault for _row, fault in source.broken), *(fault for _row, _id, fault in found)]
    if not set_aside:
        _raise(faults)
    aside = [(row, "", str(fault)) for row, fault in source.broken]
    aside += [(row, key or "", str(fault)) for row, key, fault in found]
    _view(connection, table, sorted({row for row, _id, _fault in found}))
    (count,) = only(connection, f"SELECT count(*) FROM {table}")
    if not count:
        raise InputError(PHASE, Fault("no rows", source.name, cure="give a header and a row per item"))
    return Intake(source.name, count, matched, tuple(sorted(aside)), source.sha256)


def _view(connection: Connection, table: str, aside: list[int]) -> None:
    """Make the view of all rows but those set aside."""
    import pyarrow as pa  # noqa: PLC0415 (an extra)

    where = ""
    if aside:
        connection.register("_some", pa.table({"row": pa.array(aside, pa.int64())}))
        connection.execute(f"CREATE TABLE {table}_aside AS FROM _some")
        connection.unregister("_some")
        where = f" WHERE row NOT IN (FROM {table}_aside)"
    connection.execute(f"CREATE VIEW {table} AS SELECT * EXCLUDE wrong FROM {table}_typed{where}")
