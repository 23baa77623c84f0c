"""The register: rows that only grow in number, each chained to the one before.

Two writers wait for each other (``BEGIN IMMEDIATE`` and a busy timeout).  Triggers refuse UPDATE, DELETE and
any row that does not follow the last one; whoever removes the triggers still breaks the chain of hashes, and
:meth:`Register.verify` tells.  A tail that was cut off with all care is noticed by whoever kept a head.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from dearth.errors import Fault, InputError
from dearth.register.chain import GENESIS, Head, Row, canonical, chain_faults, head_fault, row_hash
from dearth.register.database import (
    APPLICATION,
    BUSY_SECONDS,
    COLUMNS,
    FOREIGN,
    FORMAT,
    KEEP,
    connect,
    make,
    path_fault,
    plain_errors,
    schema_faults,
)
from dearth.register.entries import check_record, day_of, kind_of
from dearth.register.holdings import warnings_of

__all__ = ["Register"]

MAX_FAULTS: Final = 200


class Register:
    """An open register; use it in a ``with`` block.

    Parameters
    ----------
    path
        File of the register.
    connection
        Open connection to it, in autocommit.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, create: bool = True, busy_seconds: float = BUSY_SECONDS) -> Register:
        """Open a register, or make a new one where there is no file yet.

        Raises
        ------
        InputError
            The file is missing (and `create` is false), is no register, is corrupted, or cannot be
            opened.  It is left as it was.
        """
        register = cls._opened(Path(path), create, busy_seconds)
        try:
            register._refuse_altered()
        except BaseException:
            register.close()
            raise
        return register

    @classmethod
    def check(cls, path: Path, head: Head | str | None = None) -> list[Fault]:
        """Return what is wrong with the register at `path`, even one that cannot be opened.

        Raises
        ------
        InputError
            `head` is no head.
        """
        try:
            register = cls._opened(Path(path), create=False, busy_seconds=BUSY_SECONDS)
        except InputError as error:
            return list(error.faults)
        with register:
            return register.verify(head)

    @classmethod
    def _opened(cls, path: Path, create: bool, busy_seconds: float) -> Register:
        """Return a register that bears the mark of one; its tables are not looked at."""
        fault = path_fault(path, create=create)
        if fault is not None:
            raise InputError("Opening the register", fault)
        with plain_errors("Opening the register", path):
            if not path.exists():
                make(path, busy_seconds)
            register = cls(path, connect(path, busy_seconds))
            try:
                register._refuse_foreign()
            except BaseException:
                register.close()
                raise
        return register

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def append(self, record: Mapping[str, Any]) -> Row:
        """Write one record and return its row; nothing is written when it raises.

        ``record["kind"]`` and ``record["day"]`` are needed; :mod:`dearth.register.entries` lists the
        kinds and their fields.  A draw-down, an outcome and a voiding are held against what the register
        holds in the same transaction, and their warnings are part of the row.

        Raises
        ------
        InputError
            The record is not of its kind, names what is not in the register, or the last row was changed.
        """
        check_record(record)
        with self._writing() as last:
            told = warnings_of(record, self._rows("WHERE kind <> 'determination'"))
            full = {**record, "warnings": list(told)} if told else dict(record)
            row = _next_row(last, full)
            self._connection.execute(
                f"INSERT INTO entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
                (row.number, row.kind, row.day, row.payload, row.previous, row.hash),
            )
        return row

    def rows(self, kind: str | None = None) -> tuple[Row, ...]:
        """Return the rows in order, of one kind if given; they are not verified."""
        with plain_errors("Reading the register", self.path):
            return tuple(row for row in self._rows() if kind in {None, row.kind})

    def row(self, number: int) -> Row:
        """Return one row.

        Raises
        ------
        InputError
            There is no such row, or it was changed since it was written.
        """
        with plain_errors("Reading the register", self.path):
            row = self._row(number)
            last = self.head.number
        if row is None:
            cure = f"the register holds rows 1-{last}" if last else "the register is empty"
            raise InputError("Reading the register", Fault(f"there is no row {number}", cure=cure))
        _refuse_changed(row)
        return row

    @property
    def head(self) -> Head:
        """The last row; ``0:000...`` of an empty register.  Answers print it."""
        last = self._last()
        return last.head if last else Head(0, GENESIS)

    def verify(self, head: Head | str | None = None) -> list[Fault]:
        """Return everything that is wrong with the register, an empty list when it is whole.

        Parameters
        ----------
        head
            A head that was kept elsewhere, from an answer or an export: then rows cut off at the end are
            noticed too, whoever cut them.
        """
        kept = Head.read(head) if isinstance(head, str) else head
        try:
            with self._at_rest():
                faults = [*self._file_faults(), *chain_faults(self._rows()), *self._cut_faults(kept)]
        except (sqlite3.Error, TypeError) as error:  # a damaged table may lack columns or hold other types
            return [Fault("the file is corrupted", self.path.name, str(error), KEEP)]
        more = len(faults) - MAX_FAULTS
        return [*faults[:MAX_FAULTS], Fault(f"and {more} more faults")] if more > 0 else faults

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        """Read everything from one state of the file, whoever writes meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _file_faults(self) -> Iterator[Fault]:
        for (line,) in self._connection.execute("PRAGMA integrity_check"):
            if line != "ok":
                yield Fault("the file is corrupted", self.path.name, str(line)[:160], KEEP)
        yield from schema_faults(self._connection, self.path.name)

    def _cut_faults(self, kept: Head | None) -> Iterator[Fault]:
        last = self.head.number
        counted = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entry'").fetchone()
        if counted is not None and counted[0] != last:
            why = f"the file counted {counted[0]} rows and ends at row {last}"
            yield Fault("rows at the end are gone", self.path.name, why, KEEP)
        if kept is not None:
            row = self._row(kept.number)
            fault = head_fault(kept, last, row.hash if row else None)
            if fault is not None:
                yield fault

    def _rows(self, where: str = "") -> Iterator[Row]:
        sql = f"SELECT {COLUMNS} FROM entry {where} ORDER BY number"
        with closing(self._connection.execute(sql)) as found:
            for cells in found:
                yield Row(*cells)

    def _row(self, number: int) -> Row | None:
        if not 0 < number < 2**63:
            return None
        sql = f"SELECT {COLUMNS} FROM entry WHERE number = ?"
        cells = self._connection.execute(sql, (number,)).fetchone()
        return Row(*cells) if cells else None

    def _last(self) -> Row | None:
        sql = f"SELECT {COLUMNS} FROM entry ORDER BY number DESC LIMIT 1"
        cells = self._connection.execute(sql).fetchone()
        return Row(*cells) if cells else None

    @contextmanager
    def _writing(self) -> Iterator[Row | None]:
        """Hold the lock of the file from reading the last row to the commit."""
        with plain_errors("Writing to the register", self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                last = self._last()
                if last is not None:
                    _refuse_changed(last)
                yield last
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def _refuse_foreign(self) -> None:
        name = self.path.name
        mark = self._connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != APPLICATION:
            fault = Fault("is a database of another program", name, cure=FOREIGN)
            raise InputError("Opening the register", fault)
        written = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if written != FORMAT:
            why = f"it has format {written}, this version reads {FORMAT}"
            raise InputError("Opening the register", Fault("is of another version", name, why))

    def _refuse_altered(self) -> None:
        with plain_errors("Opening the register", self.path):
            faults = list(schema_faults(self._connection, self.path.name))
        if faults:
            raise InputError("Opening the register", faults)


def _next_row(last: Row | None, record: Mapping[str, Any]) -> Row:
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    kind, day = kind_of(record), day_of(record)
    text = canonical({key: value for key, value in record.items() if key not in {"kind", "day"}})
    return Row(number, kind, day, text, previous, row_hash(number, kind, day, text, previous))


def _refuse_changed(row: Row) -> None:
    if row_hash(row.number, row.kind, row.day, row.payload, row.previous) != row.hash:
        fault = Fault("was changed after it was written", f"row {row.number}", cure=KEEP)
        raise InputError("Reading the register", fault)
