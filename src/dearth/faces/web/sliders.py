"""What a page may turn into sliders: settings of a scenario, and assumptions with their ranges."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from dearth.axes import MATERIALS, PLACES, SECTORS
from dearth.book import Book
from dearth.book.coverage import INFLUENCE
from dearth.book.schema import FactRow
from dearth.world.scenario import Scenario, scenario_schema

__all__ = ["assumptions_of", "nice_step", "sliders_of", "title_of"]

_MOST: Final = 40
_STEPS: Final = 100
_NICE: Final = (1.0, 2.0, 5.0, 10.0)
_SETTINGS: Final = {"weeks": (13, 156, 13, "week"), "draws": (1, 400, 1, "1"), "seed": (0, 9999, 1, "1")}
_NAMES: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("material", MATERIALS),
    ("sector", SECTORS),
    ("place", PLACES),
    ("partner", PLACES),
)


def nice_step(low: float, high: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a range into about a hundred parts."""
    raw = (high - low) / _STEPS
    if not raw > 0.0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(raw))
    return float(f"{next(n for n in _NICE if n * power >= raw * 0.999) * power:.6g}")


def title_of(row: FactRow) -> str:
    """Return what a row is about, in words."""
    words = [row.quantity.replace("-", " ").capitalize()]
    for column, names in _NAMES:
        code = getattr(row, column)
        if code not in ("", "*"):
            words.append(names.get(code, code.replace("-", " ")))
    if row.element not in ("", "*") and not row.material:
        words.append(row.element)
    return ": ".join([words[0], ", ".join(words[1:])]) if words[1:] else words[0]


@lru_cache(maxsize=1)
def _influence() -> dict[str, float]:
    """Return how far each row moves the first stop of automotive lines at most, by id."""
    with INFLUENCE.open(encoding="utf-8", newline="") as file:
        told = [(row["id"], float(row["influence"])) for row in csv.DictReader(file)]
    return dict(sorted(told, key=lambda pair: pair[1]))


def sliders_of(book: Book, scenario: Scenario) -> list[dict[str, Any]]:
    """Return what can be moved in a scenario, the settings first, then the assumptions that matter most."""
    return [*_settings(scenario), *_ranged(book, scenario)]


def _settings(scenario: Scenario) -> Iterator[dict[str, Any]]:
    told = scenario_schema()["properties"]
    for key, (low, high, step, unit) in _SETTINGS.items():
        schema = told[key]
        yield {
            "key": key,
            "kind": "setting",
            "group": "settings",
            "title": schema.get("title", key),
            "unit": unit,
            "minimum": max(low, schema.get("minimum", low)),
            "maximum": max(min(high, schema.get("maximum", high)), getattr(scenario, key)),
            "step": step,
            "default": getattr(scenario, key),
            "source": None,
        }


def _ranged(book: Book, scenario: Scenario) -> Iterator[dict[str, Any]]:
    rows = [row for row in book.rows if row.kind == "assumption" and _has_range(row)]
    rank = _influence()
    rows.sort(key=lambda row: (row.id not in scenario.set, -rank.get(row.id, -1.0)))
    for row in rows[:_MOST]:
        low, high = float(row.low or 0.0), float(row.high or 0.0)
        value = scenario.set.get(row.id, row.central)
        yield {
            "key": row.id,
            "kind": "assumption",
            "title": title_of(row),
            "group": row.quantity,
            "unit": row.unit,
            "minimum": min(low, value if value is not None else low),
            "maximum": max(high, value if value is not None else high),
            "step": nice_step(low, high),
            "default": value,
            "influence": rank.get(row.id),
            "source": _source(row),
        }


def _has_range(row: FactRow) -> bool:
    return row.low is not None and row.high is not None and row.high > row.low and row.low >= 0.0


def _source(row: FactRow) -> dict[str, Any]:
    told = {"id": row.id, "source": row.source, "url": row.url, "grade": row.grade}
    return {**told, "date": row.date, "kind": row.kind, "reason": row.note}


def assumptions_of(book: Book, scenario: Scenario) -> list[dict[str, Any]]:
    """Return every assumption with range, source and reasoning, those that matter most first."""
    rank = _influence()
    rows = [row for row in book.rows if row.kind == "assumption"]
    rows.sort(key=lambda row: (row.id not in scenario.set, -rank.get(row.id, -1.0), row.id))
    return [
        {
            "id": row.id,
            "title": title_of(row),
            "quantity": row.quantity,
            "value": row.central,
            "set": scenario.set.get(row.id),
            "low": row.low,
            "high": row.high,
            "unit": row.unit,
            "step": nice_step(float(row.low or 0.0), float(row.high or 0.0)),
            "date": row.date,
            "source": row.source,
            "url": row.url,
            "grade": row.grade,
            "reason": row.note,
            "influence": rank.get(row.id),
        }
        for row in rows
    ]
