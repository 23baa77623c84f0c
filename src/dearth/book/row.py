"""The columns of a row of the data book, and what its figures and dates say; loads without pydantic.

:class:`dearth.book.schema.FactRow` is the checked row.  :class:`PlainRow` reads the same and checks
nothing: it is for bytes that are known to have passed the checks, so that a look-up need not wait for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dearth.errors import BookError, Fault

__all__ = ["COLUMNS", "GRADES", "KINDS", "NUMBERS", "SAFE", "TERMS", "Figures", "PlainRow", "first_and_last"]

KINDS: Final = ("sourced", "derived", "assumption", "hole")
GRADES: Final = ("A", "B", "C", "-")
TERMS: Final = (
    "public-domain",
    "open-licence",
    "cc-by",
    "quoted-fact",
    "isolated-price-quote",
    "own-work",
)
COLUMNS: Final = (
    *("id", "quantity", "material", "element", "place", "partner", "sector", "basis"),
    *("value", "low", "high", "unit", "date", "kind", "source", "url", "grade", "terms", "preferred", "note"),
)
NUMBERS: Final = ("value", "low", "high")
# A cell may not start like a spreadsheet formula, not even in signs of full width, nor hold controls.
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
SAFE: Final = rf"^([^=+\-@\uff0b\uff0d\uff1d\uff20{_CONTROL}][^{_CONTROL}]*)?$"
_NUMBER_AT: Final = tuple(COLUMNS.index(name) for name in NUMBERS)
_DAY: Final = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_DATE: Final = re.compile(rf"^({_DAY})(?:\.\.({_DAY}))?([fe]?)$")


@lru_cache(maxsize=4096)
def first_and_last(text: str) -> tuple[str, str] | None:
    """Return the first and the last period named by a date, without its suffix; None if it is no date."""
    match = _DATE.match(text)
    return None if match is None else (match[1], match[2] or match[1])


class Figures:
    """What the numbers and the date of a row say."""

    __slots__ = ()

    if TYPE_CHECKING:
        id: str
        value: float | None
        low: float | None
        high: float | None
        date: str
        kind: Any
        note: str

    @property
    def has_number(self) -> bool:
        """Whether the row gives a value or a bound; holes and text rows do not."""
        return not (self.value is None and self.low is None and self.high is None)

    @property
    def central(self) -> float:
        """The value, or the middle of the range, or the one bound that is known, in `unit`.

        Raises
        ------
        BookError
            The row is a hole or a text.
        """
        if self.value is not None:
            return self.value
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends:
            fault = Fault(what=f"{self.id!r} has no number", why=f"it is a {self.kind} row", cure=self.note)
            raise BookError("Looking up the data book", fault)
        return sum(ends) / len(ends)

    @property
    def bounds(self) -> tuple[float, float]:
        """``(low, high)`` in `unit`; a missing end falls back to `central`, and raises as it does."""
        middle = self.central
        return middle if self.low is None else self.low, middle if self.high is None else self.high

    @property
    def period(self) -> str:
        """The date without its suffix: ``"2024e"`` and ``"2024"`` are one period."""
        return self.date.rstrip("fe")

    @property
    def year(self) -> int:
        """The year of the date; of a range, its last year."""
        span = first_and_last(self.date)
        return int(span[1][:4]) if span else 0

    @property
    def is_forecast(self) -> bool:
        """Whether the date is marked as a forecast."""
        return self.date.endswith("f")


class _Cells(NamedTuple):
    """The columns in their order; a tuple, for it is made fastest."""

    id: str
    quantity: str
    material: str
    element: str
    place: str
    partner: str
    sector: str
    basis: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    date: str
    kind: str
    source: str
    url: str
    grade: str
    terms: str
    preferred: str
    note: str


class PlainRow(Figures, _Cells):
    """A row whose bytes passed the checks before; columns as in ``FactRow``."""

    __slots__ = ()

    @classmethod
    def of(cls, cells: Mapping[str, str]) -> PlainRow:
        """Return the row of these cells; ValueError or KeyError when they are no row."""
        row: list[Any] = [cells[column] for column in COLUMNS]
        for i in _NUMBER_AT:
            row[i] = float(row[i]) + 0.0 if row[i] else None  # no negative zero, as in FactRow
        return cls._make(row)

    def model_dump(self, **_how: object) -> dict[str, Any]:
        """Return the cells by column, as ``FactRow`` does."""
        return self._asdict()

    def model_copy(self, *, update: Mapping[str, Any]) -> PlainRow:
        """Return the row with other cells, as ``FactRow`` does."""
        return self._replace(**update)
