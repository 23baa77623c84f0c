"""Rows of the market's base years, by year and basis, drawn like every other row.

The market starts from 2009 or 2024; the two sets of rows share one file, so the year is a key here.
A fitted file replaces central values and ranges of the rows it names, and nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib import resources
from typing import Final, NamedTuple, TypedDict, Unpack

import numpy as np

from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray
from dearth.errors import BookError, Fault
from dearth.world.draws import Draws

__all__ = ["DESTINATIONS", "Fitted", "Keys", "MarketRows", "fitted_rows"]

# destination of the market -> places of the chain
DESTINATIONS: Final = {
    "JPN": ("JPN",),
    "EUR": ("DEU", "FRA", "REU"),
    "USA": ("USA",),
    "IND": ("IND",),
    "KOR": ("KOR",),
    "ROW": ("CAN", "SEA", "AUS", "BRA", "RUK", "AFR", "ROW", "MMR"),
}
_FILE: Final = "chain/market"
_KEYS: Final = ("material", "element", "place", "partner")
ANY: Final = ("*", "")


class Fitted(NamedTuple):
    """One fitted number: its row, and the interval that the record leaves open."""

    value: float
    low: float
    high: float


def fitted_rows() -> dict[str, Fitted]:
    """Return the newest frozen set of fitted numbers by row id; empty if none is shipped."""
    folder = resources.files("dearth") / "data" / "fitted"
    if not folder.is_dir():
        return {}
    names = sorted(
        p.name for p in folder.iterdir() if p.name.startswith("market-") and p.name.endswith(".csv")
    )
    if not names:
        return {}
    text = (folder / names[-1]).read_text("utf-8")
    return {
        line["id"]: Fitted(float(line["value"]), float(line["low"]), float(line["high"]))
        for line in csv.DictReader(text.splitlines())
    }


class Keys(TypedDict, total=False):
    """Columns by which a row is looked up; one that is not named is empty or ``*`` in the row."""

    material: str
    element: str
    place: str
    partner: str
    basis: str


class MarketRows:
    """Looks market rows up by quantity, keys and year.

    Parameters
    ----------
    book, draws
        The book, and the ensemble that draws its rows.
    base
        Base year; rows of the other base year are not seen.
    fitted
        Numbers that replace the prior of their row.
    """

    def __init__(self, book: Book, draws: Draws, base: int, fitted: Mapping[str, Fitted]) -> None:
        self.draws = draws
        self.n = draws.n
        self.base = base
        self._rows: dict[str, list[FactRow]] = {}
        for row in book.rows:
            if row.kind != "hole" and (book.origins[row.id].overlay or _FILE in book.origins[row.id].file):
                self._rows.setdefault(row.quantity, []).append(_with_fit(row, fitted))

    def find(self, quantity: str, year: int | None = None, **keys: Unpack[Keys]) -> FactRow | None:
        """Return the row that fits best: the nearest year, then exact keys before ``*``."""
        rows = [r for r in self._rows.get(quantity, []) if _fits(r, keys)]
        wanted = self.base if year is None else year
        return min(rows, key=lambda r: (_years_off(r, wanted), _wild(r, keys)), default=None)

    def get(
        self, quantity: str, year: int | None = None, default: float | None = None, **keys: str
    ) -> FloatArray:
        """Return the draws of the best row, shape (N,); `default` where there is none.

        Raises
        ------
        BookError
            There is no such row and no default.
        """
        row = self.find(quantity, year, **keys)
        if row is not None:
            return self.draws.of(row)
        if default is not None:
            return np.full(self.n, default)
        asked = ", ".join(f"{k}={v}" for k, v in keys.items())
        fault = Fault(f"no row of {quantity!r} for {asked} in {year or self.base}", "data/chain/market.csv")
        raise BookError("Building the market", fault)

    def years(self, quantity: str, **keys: Unpack[Keys]) -> dict[int, FloatArray]:
        """Return the draws of each row dated by one year that fits best in it, in order of year."""
        found = {int(r.date) for r in self._rows.get(quantity, []) if r.date.isdigit() and _fits(r, keys)}
        return {year: self.get(quantity, year, **keys) for year in sorted(found)}


def _with_fit(row: FactRow, fitted: Mapping[str, Fitted]) -> FactRow:
    if row.id not in fitted:
        return row
    fit = fitted[row.id]
    return row.model_copy(update={"value": fit.value, "low": fit.low, "high": fit.high})


def _fits(row: FactRow, keys: Keys) -> bool:
    """Tell whether a row is about `keys`; a basis counts only where one is asked for."""
    alike = all(getattr(row, k) in {keys.get(k, ""), *ANY} for k in _KEYS)
    return alike and row.basis == keys.get("basis", row.basis)


def _years_off(row: FactRow, year: int) -> int:
    """Return how far a row's year, or its span of years, lies from `year`; undated rows fit any."""
    ends = [int(part[:4]) for part in row.date.split("..") if part[:4].isdigit()]
    return max(0, ends[0] - year, year - ends[-1]) if ends else 0


def _wild(row: FactRow, keys: Keys) -> int:
    return sum(getattr(row, k) != v for k, v in keys.items())
