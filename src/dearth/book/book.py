"""The book: look a fact up, and see which source won among rivals and why.

Rows are *rivals* when they tell the same thing of the same period: quantity, material, element, place,
partner, sector, basis and date (without its suffix).  The winner is the row of the user's own overlay;
else the one marked ``preferred=yes`` (``no`` loses to an empty cell); else the better grade; else the
later vintage, which is the latest date that the text of its source names; else the later in file order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dearth.book.overlay import Part, overlay_parts
from dearth.book.read import DATA, Table, duplicate_ids, read_bytes, read_rows, refuse
from dearth.book.row import COLUMNS, GRADES
from dearth.errors import BookError, Fault, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["Book", "Key", "Origin", "Rivals", "load_book"]

Key = tuple[str, str, str, str, str, str, str, str]
Reader = Callable[[str, bytes], "tuple[list[FactRow], Table]"]

_FOLDERS: Final = ("facts", "chain")
_PREFERRED: Final = {"yes": 2, "": 1, "no": 0}
_GRADE: Final = {grade: rank for rank, grade in enumerate(reversed(GRADES))}
_VINTAGE: Final = re.compile(r"\b((?:19|20)\d{2}(?:-\d{2}(?:-\d{2})?)?)(?!\d)")
LAST_RESORT: Final = "later in file order"
_REASONS: Final = (
    "your overlay comes first",
    "marked as preferred",
    "better grade",
    "later vintage of the source",
    LAST_RESORT,
)
_PHASE: Final = "Looking up the data book"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row was read: file, line, the overlay (0: dearth's own book) and its place in file order."""

    file: str
    line: int
    overlay: int
    order: int

    def __str__(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Rivals:
    """Rows that tell the same thing of the same period: best first, and why the first one won."""

    rows: tuple[FactRow, ...]
    reason: str

    @property
    def winner(self) -> FactRow:
        """The row dearth uses."""
        return self.rows[0]


def key_of(row: FactRow) -> Key:
    """Return what makes two rows rivals."""
    return (
        row.quantity,
        row.material,
        row.element,
        row.place,
        row.partner,
        row.sector,
        row.basis,
        row.period,
    )


def vintage_of(row: FactRow) -> str:
    """Return the latest date named in the text of the source, ``""`` when it names none."""
    return max(_VINTAGE.findall(row.source), default="")


class Book:
    """All rows of the data book, indexed; made by :func:`load_book` and never changed.

    Parameters
    ----------
    rows
        Checked rows with unique ids.
    origins
        Where each id was read.
    version, date
        Of the data, not of the program.
    digest
        SHA-256 over the bytes of every data file and overlay, in order.
    """

    def __init__(
        self, rows: Iterable[FactRow], origins: Mapping[str, Origin], version: str, date: str, digest: str
    ) -> None:
        self.rows: Final = tuple(rows)
        self.origins: Final = MappingProxyType(dict(origins))
        self.version: Final = version
        self.date: Final = date
        self.sha256: Final = digest
        self._by_id: Final = {row.id: row for row in self.rows}
        self._by_quantity: Final = _group(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __reduce__(self) -> tuple[type[Book], tuple[object, ...]]:
        """Let a book go to another process."""
        return type(self), (self.rows, dict(self.origins), self.version, self.date, self.sha256)

    @cached_property
    def _by_key(self) -> dict[Key, list[FactRow]]:
        groups: dict[Key, list[FactRow]] = {}
        for row in self.rows:
            groups.setdefault(key_of(row), []).append(row)
        return groups

    def is_yours(self, row: FactRow | str) -> bool:
        """Whether a row (or the row of an id) was read from an overlay."""
        return self.origins[row if isinstance(row, str) else row.id].overlay > 0

    def get(self, name: str) -> FactRow:
        """Return the row with the id `name`.

        Raises
        ------
        UnknownNameError
            No row has this id.
        """
        if name not in self._by_id:
            fault = Fault(what=f"no row {name!r}", cure=did_you_mean(name, list(self._by_id)))
            raise UnknownNameError(_PHASE, fault)
        return self._by_id[name]

    def find(
        self, *, quantity: str | None = None, year: int | None = None, **columns: str
    ) -> tuple[FactRow, ...]:
        """Return every row whose columns equal what is asked, in file order.

        Parameters
        ----------
        quantity, **columns
            Wanted content of any text column: material, element, place, partner, sector, basis, unit,
            kind, grade, terms, preferred, source, id.  `date` is compared without its suffix.
        year
            Any date within the year.

        Raises
        ------
        UnknownNameError
            A keyword is not a column.
        """
        _check_columns(columns)
        period = columns.pop("date", "").rstrip("fe")
        rows: Sequence[FactRow] = self.rows if quantity is None else self._by_quantity.get(quantity, ())
        return tuple(
            row
            for row in rows
            if all(getattr(row, column) == wanted for column, wanted in columns.items())
            and (not period or row.period == period)
            and (year is None or row.year == year)
        )

    def one(self, *, quantity: str | None = None, year: int | None = None, **columns: str) -> FactRow:
        """Return the only row, or the winner among rivals, that :meth:`find` finds.

        Raises
        ------
        UnknownNameError
            Nothing is found, or a keyword is not a column.
        BookError
            What is found tells different things: the faults name them.
        """
        rows = self.find(quantity=quantity, year=year, **columns)
        asked = {"quantity": quantity, "year": year, **columns}
        if not rows:
            raise UnknownNameError(_PHASE, self._nothing({k: v for k, v in asked.items() if v is not None}))
        groups = {key_of(row): row for row in rows}
        if len(groups) > 1:
            cure = "ask for one material, element, place, partner, sector, basis and date"
            faults = [_named(self.rivals(row).winner) for row in groups.values()]
            raise BookError(f"{_PHASE}: {len(groups)} different things match; {cure}", faults)
        return self.rivals(rows[0]).winner

    def _nothing(self, asked: Mapping[str, str | int]) -> Fault:
        quantity = asked.get("quantity")
        known = list(self._by_quantity)
        cure = did_you_mean(str(quantity), known) if quantity not in (None, *known) else "loosen the question"
        return Fault(what="no row with " + ", ".join(f"{k}={v!r}" for k, v in asked.items()), cure=cure)

    def rivals(self, row: FactRow | str) -> Rivals:
        """Return the rows that tell the same thing as `row` (a row or an id), best first, and why.

        Raises
        ------
        UnknownNameError
            No row has this id.
        """
        found = self.get(row) if isinstance(row, str) else row
        group = self._by_key[key_of(found)]
        if len(group) > 1:
            group = sorted(group, key=self._rank, reverse=True)
        return Rivals(tuple(group), self._reason(group))

    def groups(self) -> tuple[Rivals, ...]:
        """Return every group of two rows or more that tell the same thing, in file order."""
        return tuple(self.rivals(group[0]) for group in self._by_key.values() if len(group) > 1)

    def _rank(self, row: FactRow) -> tuple[int, int, int, str, int]:
        origin = self.origins[row.id]
        return (
            origin.overlay,
            _PREFERRED[row.preferred],
            _GRADE[row.grade],
            vintage_of(row),
            origin.order,
        )

    def _reason(self, group: Sequence[FactRow]) -> str:
        if len(group) == 1:
            return "the only row"
        first, second = self._rank(group[0]), self._rank(group[1])
        step = next(i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b)
        return _REASONS[step] if step != 1 or group[0].preferred else "the other is marked as not preferred"


def _named(row: FactRow) -> Fault:
    labels = [row.material, row.element, row.place, row.partner, row.sector, row.basis, row.date]
    return Fault(what=" / ".join(label for label in labels if label), where=row.id)


def _group(rows: Iterable[FactRow]) -> dict[str, list[FactRow]]:
    groups: dict[str, list[FactRow]] = {}
    for row in rows:
        groups.setdefault(row.quantity, []).append(row)
    return groups


def _check_columns(columns: Mapping[str, str]) -> None:
    known = list(COLUMNS)
    faults = [
        Fault(what=f"no column {column!r}", cure=did_you_mean(column, known))
        for column in columns
        if column not in known
    ]
    if faults:
        raise UnknownNameError(_PHASE, faults)


def own_parts() -> list[Part]:
    """Return name and bytes of every table of dearth's own data."""
    paths = [path for folder in _FOLDERS for path in sorted((DATA / folder).glob("*.csv"))]
    return [(path.relative_to(DATA).as_posix(), read_bytes(path)) for path in paths]


def data_version() -> tuple[str, str]:
    """Return version and ISO date of dearth's own data."""
    version, date = (DATA / "VERSION").read_text(encoding="utf-8").split()
    return version, date


def _double_preferences(rows: Iterable[FactRow], origins: Mapping[str, Origin]) -> list[Fault]:
    """Return a fault for each row marked as preferred beside a rival of the same layer that is too."""
    first: dict[tuple[int, Key], FactRow] = {}
    faults = []
    for row in (row for row in rows if row.preferred == "yes"):
        origin = origins[row.id]
        other = first.setdefault((origin.overlay, key_of(row)), row)
        if other is not row:
            what = f"{row.id!r} and {other.id!r} tell the same thing and both are preferred"
            faults.append(Fault(what=what, where=f"{origin}:preferred", cure="prefer one"))
    return faults


def digest_head(name: str, data: bytes) -> bytes:
    """Return what the digest takes in before a table, so that no two lists of tables give one digest."""
    return f"{name}:{len(data)}:".encode()


class _Pile:
    """Files laid one on another while a book is read."""

    def __init__(self, reader: Reader = read_rows) -> None:
        self.reader = reader
        self.rows: dict[str, FactRow] = {}
        self.origins: dict[str, Origin] = {}
        self.faults: list[Fault] = []
        self.digest = sha256()

    def lay(self, overlay: int, parts: Iterable[Part]) -> None:
        """Read the tables of one layer; a row of a later layer replaces that of the same id."""
        tables = []
        for name, data in parts:
            if isinstance(data, Fault):
                self.faults.append(data)
                continue
            self.digest.update(digest_head(name, data) + data)
            rows, table = self.reader(name, data)
            tables.append(table)
            self.faults.extend(table.faults)
            for row, line in zip(rows, table.lines, strict=False):
                self.rows[row.id] = row
                self.origins[row.id] = Origin(name, line, overlay, len(self.origins))
        self.faults.extend(duplicate_ids(tables))


def load_book(overlays: Iterable[str | Path] = ()) -> Book:
    """Read dearth's own data and the user's overlays.

    Parameters
    ----------
    overlays
        CSV files of the same schema, folders of them, or workbooks (XLSX).  A row with the id of an
        earlier layer replaces that row; a new row wins over the book's rows that tell the same thing.

    Returns
    -------
    Book
        Frozen rows, checked, in file order.

    Raises
    ------
    BookError
        Anything is wrong with any file: all faults of all files, each with file, line and column.
    """
    return book_of_layers([own_parts(), *(overlay_parts(Path(path)) for path in overlays)])


def book_of_layers(layers: Iterable[Iterable[Part]], reader: Reader = read_rows) -> Book:
    """Return the book of these layers of tables, dearth's own first; `reader` makes rows of a table.

    Raises
    ------
    BookError
        Anything is wrong with any table.
    """
    pile = _Pile(reader)
    for number, parts in enumerate(layers):
        pile.lay(number, parts)
    refuse([*pile.faults, *_double_preferences(pile.rows.values(), pile.origins)])
    return Book(pile.rows.values(), pile.origins, *data_version(), pile.digest.hexdigest())
