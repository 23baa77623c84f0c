"""dearth: the executable model of the rare-earth squeeze.

>>> import dearth
>>> answer = dearth.countdown(dearth.load_scenario("squeeze-2025"), dearth.load_book())
... # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dearth.answer import Answer
    from dearth.book import Book, load_book
    from dearth.studies.countdown import countdown
    from dearth.studies.ensemble import ensemble
    from dearth.studies.horizon import horizon
    from dearth.studies.licence import licence
    from dearth.studies.price import price
    from dearth.studies.screen import screen
    from dearth.world.scenario import Scenario, load_scenario

__all__ = [
    "Answer",
    "Book",
    "Scenario",
    "countdown",
    "ensemble",
    "horizon",
    "licence",
    "load_book",
    "load_scenario",
    "price",
    "screen",
]

# Imported on first use: the command line must not wait for the compiler to read a book row.
_HOMES: Final = {
    "Answer": "dearth.answer",
    "Book": "dearth.book",
    "Scenario": "dearth.world.scenario",
    "countdown": "dearth.studies.countdown",
    "ensemble": "dearth.studies.ensemble",
    "horizon": "dearth.studies.horizon",
    "licence": "dearth.studies.licence",
    "load_book": "dearth.book",
    "load_scenario": "dearth.world.scenario",
    "price": "dearth.studies.price",
    "screen": "dearth.studies.screen",
}


def __getattr__(name: str) -> Any:
    """Return a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dearth' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
