"""Where the places of the model are drawn on a map, and which places of the book belong to them.

Positions are centres of area of land, computed from Natural Earth 1:110m (public domain,
https://www.naturalearthdata.com): of the largest part of each country named under `basis`, weighted by
area.  They are for drawing and nothing else; the rest of the world lies nowhere and is drawn in open sea.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import Final, NamedTuple

from dearth.axes import PLACES
from dearth.book.book import Book
from dearth.book.read import DATA
from dearth.book.schema import FactRow

__all__ = ["FACILITY_QUANTITIES", "Spot", "facility_rows", "spot_of", "spots"]

FACILITY_QUANTITIES: Final = ("facility-capacity", "facility-output", "facility-status")
_FILE: Final = DATA / "places.csv"


class Spot(NamedTuple):
    """A place of the model on a map: degrees east and north, and the countries whose land was measured."""

    code: str
    name: str
    name_zh: str
    lon: float
    lat: float
    basis: str
    members: tuple[str, ...]


@lru_cache(maxsize=1)
def spots() -> tuple[Spot, ...]:
    """Return every place of the model, in the order of its axis."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    return tuple(_spot(code, name, rows[code]) for code, name in PLACES.items())


def _spot(code: str, name: str, row: dict[str, str]) -> Spot:
    members = tuple(part for part in row["members"].split(";") if part)
    return Spot(code, name, row["name_zh"], float(row["lon"]), float(row["lat"]), row["basis"], members)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {name: spot.code for spot in spots() for name in (spot.code, *spot.members)}


def spot_of(place: str) -> str | None:
    """Return the place of the model that a place of the book belongs to; None: not known."""
    return _by_name().get(place)


def facility_rows(book: Book) -> dict[str, dict[str, list[FactRow]]]:
    """Return the rows of named facilities by place of the model and name; totals of a country are none."""
    found: dict[str, dict[str, list[FactRow]]] = {code: {} for code in PLACES}
    for quantity in FACILITY_QUANTITIES:
        for row in book.find(quantity=quantity):
            code = spot_of(row.place)
            if code is not None and row.sector and not row.sector.startswith("all"):
                found[code].setdefault(row.sector, []).append(row)
    return found
