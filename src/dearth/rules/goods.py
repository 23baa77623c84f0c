"""The control list as conditions: which of its rows an item matches.

A row of ``control_items.csv`` becomes a condition over the facts ``item.*``; the fact ``listed.CODE`` is then
"the item matches a row whose code is CODE or begins with it".  Alloys are a closed list and are matched by
name; oxides and compounds are open, and a mixture counts with them; a target counts when it holds the
element; a magnet is of its family, and except for SmCo must hold the element of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from dearth.rules.conditions import Both, Check, Condition, Either, FactValue, Lookup

__all__ = [
    "CONTROL_COLUMNS",
    "LISTED",
    "ControlItem",
    "codes_of",
    "control_item",
    "control_rows",
    "known_alloy",
    "listed",
    "row_condition",
]

LISTED: Final = "listed."
CONTROL_COLUMNS: Final = (
    "code", "element", "form", "name", "alloy", "family", "ref_hs", "announcement", "source", "certainty",
)  # fmt: skip
_OPEN_FORMS: Final = ("oxide", "compound")


class ControlItem(NamedTuple):
    """One row of the control list."""

    code: str
    element: str
    form: str
    name: str
    alloy: str
    family: str
    ref_hs: tuple[str, ...]
    announcement: str
    source: str
    certainty: str


def control_item(cells: Mapping[str, str]) -> ControlItem:
    """Return the row written in `cells`."""
    hs = tuple(code for code in cells["ref_hs"].split("|") if code)
    return ControlItem(**{key: cells[key] for key in CONTROL_COLUMNS if key != "ref_hs"}, ref_hs=hs)


def row_condition(row: ControlItem) -> Condition | None:
    """Return when an item matches `row`; None for a row that names nothing to match."""
    if not row.form or (row.form == "alloy" and not row.alloy):
        return None
    forms = {row.form, "mixture"} if row.form in _OPEN_FORMS else {row.form}
    return Both((Check("item.form", "in", frozenset(forms)), *_marks(row)))


def _marks(row: ControlItem) -> Iterator[Check]:
    """Yield what an item of the right form must have."""
    if not row.element:
        yield Check("equip.code", "eq", row.code)
    elif row.form == "alloy":
        yield Check("item.alloy", "eq", row.alloy)
    elif row.family:
        yield Check("item.family", "eq", row.family)
    if row.element and row.form != "alloy" and row.family != "SmCo":
        yield Check("item.elements", "has", row.element)


def listed(rows: Iterable[ControlItem], prefix: str) -> Condition:
    """Return when an item matches a row whose code is `prefix` or lies under it."""
    found = (row_condition(row) for row in rows if under(row.code, prefix))
    return Either(tuple(dict.fromkeys(part for part in found if part is not None)))


def under(code: str, prefix: str) -> bool:
    """Tell whether `code` is `prefix` or one of its sub-items."""
    return code == prefix or code.startswith(f"{prefix}.")


def control_rows(rows: Iterable[ControlItem]) -> tuple[tuple[str, Condition], ...]:
    """Return code and condition of every row that names something to match."""
    found = ((row.code, row_condition(row)) for row in rows)
    return tuple((code, condition) for code, condition in found if condition is not None)


def codes_of(rows: Iterable[tuple[str, Condition]], facts: Lookup) -> dict[str, bool | None]:
    """Return the rows that an item matches (True), or may match (None), by code."""
    found: dict[str, bool | None] = {}
    for code, condition in rows:
        truth = condition.truth(facts)
        if truth is not False and found.get(code) is not True:
            found[code] = truth
    return found


def known_alloy(name: FactValue, rows: Iterable[ControlItem]) -> FactValue:
    """Return the control list's own spelling of an alloy, whatever the order of its elements."""
    if not isinstance(name, str):
        return name
    parts = frozenset(name.split("-"))
    return next((row.alloy for row in rows if row.alloy and frozenset(row.alloy.split("-")) == parts), name)
