"""How much faster projects found money during and after the squeezes of the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from dearth.book.project_rows import History
from dearth.world.spells import Spell, spells_of

__all__ = ["SQUEEZES", "money_response"]

# September 2010 to the end of 2012, two years after the ships sailed again; April 2025 on
SQUEEZES: Final = ((2010.69, 2013.0), (2025.25, 2027.25))


def _overlap(begin: float, end: float, windows: Sequence[tuple[float, float]]) -> float:
    return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in windows)


def money_response(
    histories: Iterable[History], windows: Sequence[tuple[float, float]] = SQUEEZES
) -> dict[str, Any]:
    """Return finance dates per project-year at risk inside and outside the squeezes, and their ratio.

    Lists were written because of the squeezes and end with them, so the ratio is a hint and no measurement.
    """
    spells = [s for s in spells_of(histories) if s.step == "financed"]
    inside = sum(_overlap(s.start, s.start + s.years, windows) for s in spells)
    years = sum(s.years for s in spells)
    found = [s for s in spells if s.outcome == "next"]
    within = sum(_falls(s, windows) for s in found)
    outside = (len(found) - within) / max(years - inside, 1e-9)
    rate = within / max(inside, 1e-9)
    return {
        "inside": {"n": within, "project_years": round(inside, 1), "per_year": round(rate, 4)},
        "outside": {
            "n": len(found) - within,
            "project_years": round(years - inside, 1),
            "per_year": round(outside, 4),
        },
        "ratio": round(rate / outside, 2) if outside else None,
    }


def _falls(spell: Spell, windows: Sequence[tuple[float, float]]) -> bool:
    return any(a <= spell.start + spell.years <= b for a, b in windows)
