"""Where declarations come from: a CSV file, a Parquet file, or an Arrow table at hand."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from dearth.errors import Fault, InputError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Connection

__all__ = ["Source", "open_source", "readable"]

T = TypeVar("T")

_PHASE: Final = "Reading declarations"
_CHUNK: Final = 1 << 24
_SHOWN: Final = 100
_SEPARATORS: Final = (",", ";", "\t", "|")
_PARQUET: Final = b"PAR1"
_FOREIGN: Final = {
    b"PK": "a workbook or a zip file",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True)
class Source:
    """What can be scanned again and again: its columns, the SQL that scans it, the SQL of a row's number.

    Attributes
    ----------
    broken
        Lines of a CSV file that are no rows, each as (line, fault).
    """

    name: str
    header: list[str]
    scan: str
    plain: dict[str, str] = field(default_factory=dict)
    sha256: str = ""
    types: dict[str, str] = field(default_factory=dict)
    broken: tuple[tuple[int, Fault], ...] = ()

    @property
    def row(self) -> str:
        """The SQL of a row's number; lines that are no rows count into the numbers of rows after them."""
        starts = [line - i for i, (line, _fault) in enumerate(self.broken[:_SHOWN], start=1)]
        return " + ".join(
            ["file_row_number + 1", *(f"CAST(file_row_number >= {s - 1} AS INT)" for s in starts)]
        )

    def is_plain(self, name: str, kind: str) -> bool:
        """Whether a column is of its field's own type already, so that no cell can be wrong."""
        return kind == "day" and self.types.get(name) == "DATE"

    def is_number(self, name: str, kind: str) -> bool:
        """Whether a column of numbers holds numbers."""
        return kind == "number" and self.types.get(name, "").startswith(
            ("DOUBLE", "FLOAT", "BIGINT", "INTEGER")
        )

    def column(self, name: str) -> str:
        """Return the SQL of a column."""
        return '"' + self.plain.get(name, name).replace('"', '""') + '"'


def _refusal(name: str, what: str, why: str = "", cure: str = "") -> InputError:
    return InputError(_PHASE, Fault(what, name, why, cure or "give a CSV file in UTF-8 or a Parquet file"))


def readable(name: str, work: Callable[[], T]) -> T:
    """Do work that scans a file; what DuckDB cannot read, or hold, becomes a fault.

    Raises
    ------
    InputError
        The file is damaged, or the memory too little.
    """
    import duckdb  # noqa: PLC0415 (an extra)

    try:
        return work()
    except duckdb.OutOfMemoryException:
        fault = Fault("the database has too little memory", name, cure="allow more with --memory")
        raise InputError(_PHASE, fault) from None
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException):
        raise  # our own mistake, not the file's
    except duckdb.Error as error:
        raise _refusal(name, "cannot be read", str(error).splitlines()[0]) from None


def open_source(connection: Connection, given: Path | Any) -> Source:
    """Return what `given` holds; what is no Parquet file is first written as one, in the folder of the work.

    Raises
    ------
    InputError
        It is missing, of another kind, cut off, or not UTF-8: with line numbers.
    """
    if not isinstance(given, (str, Path)):
        connection.register("given", given)
        header = [row[0] for row in connection.execute("DESCRIBE given").fetchall()]
        _no_number("table", header)
        scan = _staged(connection, "given", "table")
        connection.unregister("given")
        return Source("table", header, scan)
    path = Path(given)
    head, tail, digest = _ends(path)
    for mark, kind in _FOREIGN.items():
        if head.startswith(mark):
            raise _refusal(path.name, f"this is {kind}")
    if head.startswith(_PARQUET) or path.suffix.lower() == ".parquet":
        return _parquet(connection, path, head, tail, digest)
    return _csv(connection, path, digest)


def _staged(connection: Connection, scan: str, name: str) -> str:
    """Write what is scanned as a Parquet file beside the spill of the database; return the SQL that scans it.

    A column is then read without the others, and nothing of the table stays in memory.
    """
    spill = connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]
    folder = Path(spill).parent
    path = folder / f"staged-{len(list(folder.glob('staged-*')))}.parquet"
    readable(name, lambda: connection.execute(f"COPY (FROM {scan}) TO '{path}' (FORMAT parquet)"))
    return f"read_parquet({_quoted(path)}, file_row_number=true)"


def _broken(connection: Connection, path: Path, cells: int) -> tuple[tuple[int, Fault], ...]:
    """Return lines of the CSV file just read that are no rows."""
    asked = (
        "SELECT line, error_type FROM reject_errors JOIN reject_scans USING (scan_id, file_id) "
        "WHERE file_path = ? ORDER BY line"
    )
    found: dict[int, Fault] = {}
    for line, kind in connection.execute(asked, [str(path.resolve())]).fetchall():
        what = f"not a row of {cells} cells ({str(kind).lower().replace('_', ' ')})"
        found[line] = Fault(what, f"{path.name}, line {line}", cure="quote cells that hold a separator")
    return tuple(found.items())


def _ends(path: Path) -> tuple[bytes, bytes, str]:
    """Return the first and the last bytes of a regular file, and the hash of all."""
    if not path.is_file():
        what = "not a regular file" if path.exists() else "no such file"
        raise _refusal(str(path), what, cure="check the path")
    digest = hashlib.sha256()
    head = tail = b""
    try:
        with path.open("rb") as stream:
            while block := stream.read(_CHUNK):
                head = head or block[:8]
                tail = (tail + block)[-8:]
                digest.update(block)
    except OSError as error:
        raise _refusal(path.name, "cannot be read", error.strerror or str(error)) from None
    if not head:
        raise _refusal(path.name, "the file is empty")
    return head, tail, digest.hexdigest()


def _quoted(path: Path) -> str:
    """Return a path as a literal of SQL in which no character stands for others."""
    plain = "".join(f"[{c}]" if c in "*?[" else c for c in str(path.resolve()))
    return "'" + plain.replace("'", "''") + "'"


def _parquet(connection: Connection, path: Path, head: bytes, tail: bytes, digest: str) -> Source:
    if not head.startswith(_PARQUET):
        raise _refusal(path.name, "this is no Parquet file", "its first bytes are not PAR1")
    if not tail.endswith(_PARQUET):
        why = "the end mark PAR1 is missing, and with it the index of all rows"
        raise _refusal(path.name, "the Parquet file is cut off", why, "copy it again")
    described = f"DESCRIBE SELECT * FROM read_parquet({_quoted(path)})"
    columns = readable(path.name, lambda: connection.execute(described).fetchall())
    types = {row[0]: row[1] for row in columns}
    _no_number(path.name, types)
    scan = f"read_parquet({_quoted(path)}, file_row_number=true)"
    return Source(path.name, list(types), scan, {}, digest, types)


def _no_number(name: str, columns: Iterable[str]) -> None:
    """Raise when a column bears the name under which rows are numbered."""
    if any(column.casefold() == "file_row_number" for column in columns):
        raise _refusal(name, "no column may be called file_row_number", cure="rename it")


def _csv(connection: Connection, path: Path, digest: str) -> Source:
    faults = list(_encoding_faults(path))
    if faults:
        raise InputError(_PHASE, _at_most(faults))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline(1 << 20)
    separator = max(_SEPARATORS, key=first.count)
    try:
        header = [name.strip() for name in next(csv.reader(io.StringIO(first), delimiter=separator), [])]
    except csv.Error as error:
        raise _refusal(f"{path.name}, line 1", "the header cannot be read", str(error)) from None
    if not any(header):
        raise _refusal(path.name, "no header")
    plain = {name: f"c{i}" for i, name in enumerate(header)}
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(header)))
    scan = (
        f"read_csv({_quoted(path)}, auto_detect=false, header=true, delim='{separator}', quote='\"', "
        f"escape='\"', columns={{{columns}}}, store_rejects=true, rejects_limit=0, strict_mode=true, "
        "max_line_size=4194304)"
    )
    staged = _staged(connection, scan, path.name)
    broken = _broken(connection, path, len(header))
    return Source(path.name, header, staged, plain, digest, broken=broken)


def _at_most(faults: list[Fault]) -> list[Fault]:
    more = len(faults) - _SHOWN
    return [*faults[:_SHOWN], Fault(f"and {more} more lines")] if more > 0 else faults


def _encoding_faults(path: Path) -> Iterator[Fault]:
    """Yield a fault for every line that is not UTF-8 or holds a NUL byte."""
    line, rest = 1, b""
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            whole, mark, rest_of = (rest + block).rpartition(b"\n")
            rest = rest_of
            yield from _bad_lines(path.name, whole + mark, line)
            line += whole.count(b"\n") + len(mark)
    yield from _bad_lines(path.name, rest, line)


def _bad_lines(name: str, data: bytes, first: int) -> Iterator[Fault]:
    try:
        data.decode("utf-8")
        if b"\x00" not in data:
            return
    except UnicodeDecodeError:
        pass
    for number, line in enumerate(data.split(b"\n"), start=first):
        try:
            line.decode("utf-8")
            if b"\x00" in line:
                yield Fault(
                    "holds a NUL byte", f"{name}, line {number}", cure="save the table as CSV in UTF-8"
                )
        except UnicodeDecodeError as error:
            what = f"byte 0x{line[error.start]:02x} is not UTF-8"
            cure = "another encoding (GB18030, Latin-1)? save it as UTF-8"
            yield Fault(what, f"{name}, line {number}", cure=cure)
