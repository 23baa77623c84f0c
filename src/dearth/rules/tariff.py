"""What a tariff code says of an item: only what every line under the code has in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dearth.axes import ELEMENT_MEMBERS
from dearth.rules.conditions import FactValue
from dearth.rules.ruleset import RuleSet

__all__ = ["tariff_facts", "tariff_rows"]

_TABLE: Final = "hs_codes"
_FULL: Final = 8  # digits from which a code names a line
_ORDINARY: Final = re.compile(r"^\d*4")
_NAMED: Final = re.compile(r"^[0-9A-Za-z]+$")
_ELEMENTS: Final = frozenset({e for members in ELEMENT_MEMBERS.values() for e in members} | {"Sc"})


def tariff_rows(code: str, rules: RuleSet) -> list[Mapping[str, str]]:
    """Return the Chinese lines of the table under `code`, or the one that `code` lies under."""
    digits = re.sub(r"\D", "", code)
    rows = [row for row in rules.tables.get(_TABLE, ()) if row["scheme"] == "CN"]
    under = [row for row in rows if row["code"].startswith(digits)]
    return under or [row for row in rows if digits.startswith(row["code"].rstrip("0"))]


def tariff_facts(code: str, rules: RuleSet) -> dict[str, FactValue]:
    """Return facts ``item.*`` that hold for every Chinese line under `code`; nothing is guessed beyond."""
    digits = re.sub(r"\D", "", code)
    facts: dict[str, FactValue] = {}
    if len(digits) >= _FULL:
        facts["item.hs8"] = digits[:_FULL]
    rows = tariff_rows(digits, rules)
    if not rows:
        return facts
    forms = {row["form"] for row in rows}
    if len(forms) == 1 and (form := forms.pop()) in rules.facts["item.form"].values:
        facts["item.form"] = form
    elements = {row["elements"] for row in rows}
    if (
        len(elements) == 1
        and (element := elements.pop()) in _ELEMENTS
        and facts.get("item.form") != "magnet_material"
    ):
        facts["item.elements"] = (element,)
    if len(digits) > _FULL and all(_ordinary(row["supervision"]) for row in rows):
        facts["item.hs_super4"] = True
    return facts


def _ordinary(supervision: str) -> bool:
    """Tell whether a supervision code surely holds the 4 of the ordinary licence; a doubt is no yes."""
    return bool(_NAMED.match(supervision) and _ORDINARY.match(supervision))
