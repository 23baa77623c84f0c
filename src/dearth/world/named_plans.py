"""The plans that states have announced, as rows of the book: who, which lever, for what, how much.

A row of the quantity ``plan-measure`` belongs to the plan in its column `sector`; its `basis` is ``lever:
target``, the target a project of ``data/projects`` or a stock (``magnet:ndfeb``, ``oxide:Dy+Tb``).  A user's
overlay may add a plan.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.errors import BookError, Fault
from dearth.units import convert, dimension_of

__all__ = ["FLOORS", "LEVERS", "NamedPlan", "PlannedMeasure", "named_plans"]

LEVERS: Final = (
    "grant", "loan", "equity", "contract", "floor", "offtake", "stock", "programme", "tariff", "recycling",
    "substitution", "premium",
)  # fmt: skip
FLOORS: Final = ("floor", "offtake")  # levers that hold a project up when prices fall
_BLOCS: Final = {"EU27": ("DEU", "FRA", "REU"), "EUR": ("DEU", "FRA", "REU")}
_TITLES: Final = {
    "usa-dual-line": "United States: restart at home, build with partners",
    "japan": "Japan",
    "france": "France",
    "eu": "European Union",
    "korea": "Korea",
    "india": "India",
}


class PlannedMeasure(NamedTuple):
    """One measure of a plan; `amount` in the unit of its row."""

    lever: str
    target: str
    row: FactRow


class NamedPlan(NamedTuple):
    """A plan; `places` are codes of `dearth.axes.PLACES`."""

    key: str
    title: str
    places: tuple[str, ...]
    measures: tuple[PlannedMeasure, ...]

    def stock_weeks(self, target: str, flow: float) -> float:
        """Return the weeks of a yearly flow (t/y) that the plan holds of a stock."""
        weeks = 0.0
        for one in self.measures:
            if one.lever == "stock" and one.target == target:
                time = dimension_of(one.row.unit) == "time"
                weeks += (
                    convert(one.row.central, one.row.unit, "week")
                    if time
                    else one.row.central / max(flow, 1e-12) * convert(1.0, "year", "week")
                )
        return weeks

    @property
    def projects(self) -> dict[str, bool]:
        """Projects that it helps, and whether any of the help holds when prices fall."""
        found: dict[str, bool] = {}
        for one in self.measures:
            if one.lever not in {"stock", "programme"}:
                found[one.target] = found.get(one.target, False) or one.lever in FLOORS
        return found


def named_plans(book: Book, places: Collection[str]) -> list[NamedPlan]:
    """Return the plans of some places, in the order of the book.

    Raises
    ------
    BookError
        Rows whose basis is not ``lever: target``, all of them at once.
    """
    found: dict[str, list[PlannedMeasure]] = {}
    where: dict[str, tuple[str, ...]] = {}
    faults = []
    for row in book.find(quantity="plan-measure"):
        lever, colon, target = (part.strip() for part in row.basis.partition(":"))
        if not colon or lever not in LEVERS or not target or not row.sector:
            cure = f"name the plan in `sector`; write `lever: target` with a lever of {', '.join(LEVERS)}"
            faults.append(Fault(f"{row.basis[:80]!r} is no measure of a plan", f"row {row.id}", cure=cure))
            continue
        found.setdefault(row.sector, []).append(PlannedMeasure(lever, target, row))
        where[row.sector] = _BLOCS.get(row.place, (row.place,))
    if faults:
        raise BookError("Reading plans", faults)
    return [
        NamedPlan(key, _TITLES.get(key, key), where[key], tuple(some))
        for key, some in found.items()
        if set(where[key]) <= set(places)
    ]
