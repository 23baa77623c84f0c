"""Prices of rare-earth goods by year, and exchange rates, as the book holds them."""

from __future__ import annotations

from typing import NamedTuple

from dearth.book import Book

__all__ = ["Band", "price_bands", "yuan_per_dollar"]


class Band(NamedTuple):
    """Lowest and highest price that the book holds for a good in a year, USD/kg, and the rows it rests on."""

    good: str
    year: int
    low: float
    high: float
    rows: tuple[str, ...]


def price_bands(book: Book) -> list[Band]:
    """Return a band for each good and year with prices in USD/kg."""
    found: dict[tuple[str, int], list[tuple[float, float, str]]] = {}
    rows = [*book.find(quantity="price", unit="USD/kg"), *book.find(quantity="base-price", unit="USD/kg")]
    for row in rows:
        good = row.material if "magnet" in row.material else row.element or row.material
        found.setdefault((good, row.year), []).append((*row.bounds, row.id))
    return [
        Band(good, year, min(p[0] for p in prices), max(p[1] for p in prices), tuple(p[2] for p in prices))
        for (good, year), prices in sorted(found.items())
    ]


def yuan_per_dollar(book: Book) -> dict[int, float]:
    """Return CNY per USD by year."""
    return {row.year: row.central for row in book.find(quantity="fx", unit="CNY/USD")}
