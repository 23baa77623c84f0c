"""Two books side by side: which rows came, went or changed, and in which columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dearth.book.book import book_of_layers, load_book
from dearth.book.overlay import DESCRIPTOR, FACTS, overlay_parts
from dearth.book.row import COLUMNS

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["SHIPPED", "Change", "Difference", "diff", "rows_of"]

SHIPPED: Final = "shipped"


@dataclass(frozen=True, slots=True)
class Change:
    """A row that both books have, and the columns in which it differs."""

    before: FactRow
    after: FactRow
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows only in the second book, rows only in the first, and rows that changed, each in file order."""

    added: tuple[FactRow, ...]
    removed: tuple[FactRow, ...]
    changed: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether the two books hold the same rows."""
        return not (self.added or self.removed or self.changed)


def diff(before: Iterable[FactRow], after: Iterable[FactRow]) -> Difference:
    """Return what leads from the rows `before` to the rows `after`; rows are matched by id."""
    old, new = ({row.id: row for row in rows} for rows in (before, after))
    pairs = [(old[name], row) for name, row in new.items() if name in old]
    changes = [Change(a, b, tuple(c for c in COLUMNS if getattr(a, c) != getattr(b, c))) for a, b in pairs]
    return Difference(
        added=tuple(row for name, row in new.items() if name not in old),
        removed=tuple(row for name, row in old.items() if name not in new),
        changed=tuple(change for change in changes if change.columns),
    )


def rows_of(source: str | Path) -> tuple[FactRow, ...]:
    """Return the rows that `source` stands for.

    Parameters
    ----------
    source
        ``"shipped"``: dearth's own book.  An export of ``dearth book export`` (folder or workbook): the rows
        in it, alone.  Anything else is an overlay: the book with the overlay laid over it.

    Raises
    ------
    BookError
        Anything is wrong with the rows.
    """
    if source == SHIPPED:
        return load_book().rows
    path = Path(source)
    if _is_export(path):
        return book_of_layers([overlay_parts(path)]).rows
    return load_book([path]).rows


def _is_export(path: Path) -> bool:
    if path.is_dir():
        return (path / DESCRIPTOR).is_file() and (path / FACTS).is_file()
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return False
    from dearth.book.read import read_bytes  # noqa: PLC0415 (a fast start)
    from dearth.book.workbook import sheet_names  # noqa: PLC0415

    data = read_bytes(path)
    return isinstance(data, bytes) and Path(DESCRIPTOR).stem in sheet_names(data)
