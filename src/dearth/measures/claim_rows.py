"""What a statement asks of the book, and what one row of it, or two rows together, say to that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Asked", "Reading"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a statement is about, as far as rows are chosen by it."""

    subject: str
    element: str = ""
    place: str = ""
    partner: str = ""
    thing: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one basis of the book says.

    Attributes
    ----------
    low, high
        In `unit`: ``t``, ``%``, ``USD/kg``, ``CNY/kg``, ``USD``, ``year``.
    basis
        What it counts, in words.
    place, element, period, vintage, grade, source, url
        Of its row, or of the first of its rows.
    ids
        Rows of the book.
    primary
        Whether plain words mean it; a secondary reading counts something narrower or wider.
    rival
        Whether the book prefers another row that tells the same thing.
    bound
        Whether only one end is known, so that a match proves little.
    material
        Of its row.
    """

    low: float
    high: float
    unit: str
    basis: str
    place: str
    element: str
    period: str
    vintage: str
    grade: str
    source: str
    url: str
    ids: tuple[str, ...]
    primary: bool = True
    rival: bool = False
    bound: bool = False
    material: str = ""
    forecast: bool = False

    @property
    def first(self) -> str:
        """First day, month or year it covers."""
        return self.period.split("..")[0]

    @property
    def last(self) -> str:
        """Last day, month or year it covers."""
        return self.period.split("..")[-1]

    @property
    def year(self) -> int:
        """Year of its end."""
        return int(self.last[:4])

    @property
    def whole_year(self) -> bool:
        """Whether it covers a year, and no batch of it."""
        part = re.search(r"first half|batch|quarter|month", self.basis)
        return len(self.period) == 4 and not part  # noqa: PLR2004 (a year has four digits)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for an answer."""
        return {
            "low": self.low, "high": self.high, "unit": self.unit, "basis": self.basis, "place": self.place,
            "element": self.element, "period": self.period, "vintage": self.vintage, "grade": self.grade,
            "source": self.source, "url": self.url, "rows": list(self.ids),
        }  # fmt: skip
