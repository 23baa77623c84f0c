"""What differs between two workbooks of a firm, cell by cell, with units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from dearth.firm.fields import SHEETS
from dearth.firm.network import Firm

__all__ = ["CellChange", "cell_changes"]

_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "firm": (), "bill": ("parent", "part", "site"), "sources": ("part", "site"), "stocks": ("item",),
}  # fmt: skip
_ID: Final = ("id",)


class CellChange(NamedTuple):
    """One cell that is not as it was; a whole row that came or went has no column."""

    sheet: str
    row: str
    column: str
    unit: str
    before: Any
    after: Any


def cell_changes(before: Firm, after: Firm) -> tuple[CellChange, ...]:
    """Return what changed from one state of a firm to another, sheet by sheet."""
    return tuple(change for sheet in SHEETS for change in _of_sheet(sheet, before, after))


def _of_sheet(sheet: str, before: Firm, after: Firm) -> Iterator[CellChange]:
    old, new = ({_key(sheet, row): row for row in firm.sheet(sheet)} for firm in (before, after))
    for key in dict.fromkeys([*old, *new]):
        name = " / ".join(part for part in key if part)
        if key not in new:
            yield CellChange(sheet, name, "", "", "there", "gone")
        elif key not in old:
            yield CellChange(sheet, name, "", "", "not there", "new")
        elif old[key] != new[key]:
            yield from _of_row(sheet, name, old[key], new[key])


def _key(sheet: str, row: Any) -> tuple[str, ...]:
    return tuple(str(getattr(row, column)) for column in _KEYS.get(sheet, _ID))


def _of_row(sheet: str, name: str, old: Any, new: Any) -> Iterator[CellChange]:
    for column in SHEETS[sheet]:
        before, after = getattr(old, column.name), getattr(new, column.name)
        if before != after:
            yield CellChange(sheet, name, column.name, column.unit, before, after)
