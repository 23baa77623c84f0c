"""The database file under the register: its tables, how it is opened and made, what SQLite says in words.

The journal is the rollback journal, not the write-ahead log: a register is one file that is copied, kept for
years and lies on shared drives, where a log beside it would be left behind or would not work; writes are rare
and small, so its speed is of no use here.  ``synchronous=EXTRA`` makes a row durable, the deletion of the
journal included, before its number is given out.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from dearth.errors import Fault, InputError
from dearth.register.chain import GENESIS

__all__ = [
    "APPLICATION",
    "BUSY_SECONDS",
    "COLUMNS",
    "FOREIGN",
    "FORMAT",
    "KEEP",
    "SCHEMA",
    "connect",
    "make",
    "path_fault",
    "plain_errors",
    "schema_faults",
]

APPLICATION: Final = 0x44525447  # "DRTG", kept in the header of the file
FORMAT: Final = 1
BUSY_SECONDS: Final = 30.0
_MAGIC: Final = b"SQLite format 3\x00"
FOREIGN: Final = "give the path of a register, or of a file that does not exist yet"
KEEP: Final = "keep the file as it is, and go on from a copy that verifies"
_RIGHTS: Final = ("cannot be written", "check the rights of the file and its folder")
_SAYINGS: Final = (
    ("locked", "another writer holds the register", "try again when it is done"),
    ("readonly", *_RIGHTS),
    ("unable to open", *_RIGHTS),
    ("full", "the disk is full, nothing was written", "make room"),
)
COLUMNS: Final = "number, kind, day, payload, previous, hash"
SCHEMA: Final = {
    "entry": """CREATE TABLE entry (
 number INTEGER PRIMARY KEY AUTOINCREMENT CHECK (number > 0),
 kind TEXT NOT NULL CHECK (typeof(kind) = 'text'),
 day TEXT NOT NULL CHECK (typeof(day) = 'text' AND day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
 payload TEXT NOT NULL CHECK (typeof(payload) = 'text'),
 previous TEXT NOT NULL CHECK (typeof(previous) = 'text' AND length(previous) = 64),
 hash TEXT NOT NULL CHECK (typeof(hash) = 'text' AND length(hash) = 64))""",
    "no_update": """CREATE TRIGGER no_update BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END""",
    "no_delete": """CREATE TRIGGER no_delete BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END""",
    "only_next": f"""CREATE TRIGGER only_next BEFORE INSERT ON entry
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM entry)
 OR NEW.previous IS NOT coalesce((SELECT hash FROM entry ORDER BY number DESC LIMIT 1), '{GENESIS}')
BEGIN SELECT RAISE(ABORT, 'the row does not follow the last one'); END""",
}


def schema_faults(connection: sqlite3.Connection, name: str) -> Iterator[Fault]:
    """Yield what was added to, changed in or taken from the tables and triggers of the file."""
    found = {
        str(thing): str(sql)
        for thing, sql in connection.execute("SELECT name, sql FROM sqlite_master")
        if thing != "sqlite_sequence"
    }
    for thing in sorted(SCHEMA.keys() | found.keys()):
        if thing not in found:
            yield Fault(f"its {thing!r} was removed", name, "it guards the rows", KEEP)
        elif thing not in SCHEMA:
            yield Fault(f"it holds {thing!r:.80}, which a register has not", name, cure=KEEP)
        elif found[thing] != SCHEMA[thing]:
            yield Fault(f"its {thing!r} was changed", name, "it guards the rows", KEEP)


def path_fault(path: Path, *, create: bool) -> Fault | None:
    """Return why `path` can be neither a register nor, where `create`, the place of a new one."""
    try:
        if "\x00" in str(path):
            return Fault("holds a NUL byte", repr(str(path))[:200], cure="check the path")
        if path.exists():
            return _file_fault(path)
        if not create:
            return Fault("no such register", str(path), cure="check the path")
        if not path.parent.is_dir():
            return Fault("no such folder", str(path.parent), cure="make it first")
    except (OSError, ValueError) as error:
        return Fault("cannot be opened", repr(str(path))[:200], str(error)[:160])
    return None


def _file_fault(path: Path) -> Fault | None:
    if not path.is_file():
        return Fault("is not a regular file", str(path), cure=FOREIGN)
    with path.open("rb") as stream:
        magic = stream.read(len(_MAGIC))
    if not magic:
        return Fault("is empty", str(path), "a register holds its table from the start", FOREIGN)
    return None if magic == _MAGIC else Fault("is not a register", str(path), cure=FOREIGN)


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Return a connection in autocommit that waits so many seconds for another writer."""
    uri = path.resolve().as_uri() + "?mode=rw"
    connection = sqlite3.connect(uri, timeout=busy_seconds, isolation_level=None, uri=True)
    try:
        for setting in (
            "synchronous=EXTRA",
            "trusted_schema=OFF",
            "foreign_keys=ON",
            "recursive_triggers=ON",
        ):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def make(path: Path, busy_seconds: float) -> None:
    """Make an empty register under another name, then give it its own in one step, never over a file.

    A kill on the way leaves no half-made register; of two makers at once one wins and both go on with it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    draft.touch()
    try:
        with closing(connect(draft, busy_seconds)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for sql in SCHEMA.values():
                connection.execute(sql)
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            connection.execute("COMMIT")
        _name_it(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name_it(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a drive without hard links
        with suppress(FileExistsError), path.open("xb") as stream:
            stream.write(draft.read_bytes())


@contextmanager
def plain_errors(phase: str, path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into one clear error."""
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(phase, _fault_of(error, path)) from error
    except OSError as error:
        raise InputError(phase, Fault("cannot be used", str(path), error.strerror or str(error))) from error


def _fault_of(error: sqlite3.Error, path: Path) -> Fault:
    words = str(error)
    for part, what, cure in _SAYINGS:
        if part in words:
            return Fault(what, str(path), words, cure)
    return Fault("the file is corrupted, or is no register", str(path), words, KEEP)
