"""A firm as frozen rows: plants and lines, parts and their bill, suppliers and sites, stocks, licences.

The rows are those of the sheets in :mod:`dearth.firm.fields`.  Every row knows where it was read
(`at`), which does not count when two are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any, Final

__all__ = [
    "ROWS",
    "Bill",
    "Contract",
    "Firm",
    "Head",
    "Licence",
    "Line",
    "Part",
    "Plant",
    "Site",
    "Source",
    "Stock",
    "Supplier",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    at: str = field(default="", compare=False, repr=False)

    def cells(self) -> dict[str, Any]:
        """Return the content by column."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "at"}


@dataclass(frozen=True, slots=True)
class Head(_Row):
    """Who the firm is, in which currency it counts, and the day of its stocks."""

    name: str = ""
    currency: str = ""
    stocks_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plant(_Row):
    """A plant of the firm."""

    id: str
    name: str = ""
    place: str = ""
    recover_weeks: float | None = None
    capacity: float | None = None


@dataclass(frozen=True, slots=True)
class Line(_Row):
    """What a plant makes for customers, in pieces a week."""

    id: str
    plant: str
    description: str = ""
    sector: str = ""
    weekly_output: float = 0.0
    margin_per_unit: float | None = None


@dataclass(frozen=True, slots=True)
class Part(_Row):
    """A part, bought or made.

    Attributes
    ----------
    magnet_grams
        Grams of magnet in one unit of it; None: unknown.
    element_grams
        Grams of rare earths that are no magnet, by symbol.
    component
        Name in the component library of the book.
    """

    id: str
    description: str = ""
    unit: str = "piece"
    magnet_grams: float | None = None
    grade: str = ""
    element_grams: tuple[tuple[str, float], ...] = ()
    component: str = ""


@dataclass(frozen=True, slots=True)
class Bill(_Row):
    """So many units of a part in one unit of its parent; `site`: only when the parent is made there."""

    parent: str
    part: str
    quantity: float = 1.0
    site: str = ""


@dataclass(frozen=True, slots=True)
class Supplier(_Row):
    """A firm that supplies; `facility` names a facility of the book that a person has confirmed."""

    id: str
    name: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Site(_Row):
    """Where a supplier makes things."""

    id: str
    supplier: str = ""
    place: str = ""
    stage: str = ""
    recover_weeks: float | None = None
    capacity: float | None = None


@dataclass(frozen=True, slots=True)
class Source(_Row):
    """One site from which a part comes.

    Attributes
    ----------
    share
        Usual share of the part's weekly use; None: an equal part of what the others leave.
    most_share
        Largest share it can reach, `ramp_weeks` after it is asked; None: its usual share.
    """

    part: str
    site: str
    share: float | None = None
    most_share: float | None = None
    ramp_weeks: float | None = None
    spend_per_year: float | None = None


@dataclass(frozen=True, slots=True)
class Stock(_Row):
    """Units at hand of a part, or finished pieces of a line."""

    item: str
    quantity: float = 0.0
    weekly_use: float | None = None


@dataclass(frozen=True, slots=True)
class Licence(_Row):
    """An application for an export licence."""

    id: str
    part: str
    site: str = ""
    filed: date | None = None
    quantity: float = 0.0
    status: str = "pending"


@dataclass(frozen=True, slots=True)
class Contract(_Row):
    """What a line owes a customer."""

    id: str
    line: str
    customer: str = ""
    weekly_quantity: float = 0.0
    penalty_per_unit: float | None = None
    until: date | None = None


ROWS: Final[dict[str, Any]] = {
    "firm": Head, "plants": Plant, "lines": Line, "parts": Part, "bill": Bill, "suppliers": Supplier,
    "sites": Site, "sources": Source, "stocks": Stock, "licences": Licence, "contracts": Contract,
}  # fmt: skip
"""Class of the rows of each sheet."""


@dataclass(frozen=True)
class Firm:
    """A firm, checked: ids are single, names are known, nothing goes in a circle; see ``check``."""

    head: Head
    plants: tuple[Plant, ...] = ()
    lines: tuple[Line, ...] = ()
    parts: tuple[Part, ...] = ()
    bill: tuple[Bill, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    sites: tuple[Site, ...] = ()
    sources: tuple[Source, ...] = ()
    stocks: tuple[Stock, ...] = ()
    licences: tuple[Licence, ...] = ()
    contracts: tuple[Contract, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def sheet(self, name: str) -> tuple[Any, ...]:
        """Return the rows of a sheet."""
        return (self.head,) if name == "firm" else tuple(getattr(self, name))

    def sheets(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield name and rows of every sheet."""
        for name in ROWS:
            yield name, self.sheet(name)

    @property
    def anywhere(self) -> tuple[Plant | Site, ...]:
        """Plants of its own, then sites of suppliers."""
        return (*self.plants, *self.sites)

    @cached_property
    def places(self) -> dict[str, str]:
        """Place of every site and plant."""
        return {one.id: one.place for one in self.anywhere}

    @cached_property
    def recover(self) -> dict[str, float | None]:
        """Weeks to recover of every site and plant, None where nobody knows."""
        return {one.id: one.recover_weeks for one in self.anywhere}
