"""What the dated rules do to exports from China, as gates of the simulation.

A class is a material, a destination and an end use.  Its case is a plain civil or military sale of Chinese
goods with nothing else against it: no party on a list, no bonded zone, no illegal source.  A material that
stands for several elements is gated when every one of them is; scandium is in none.  An ordinary licence on
the contract is no gate, and duties belong to prices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import product
from typing import Final, Literal, NamedTuple

from dearth.axes import ELEMENT_MEMBERS, END_USES, MATERIALS, PLACES
from dearth.rules.case import Case
from dearth.rules.conditions import FactValue, checks
from dearth.rules.decide import verdict
from dearth.rules.effects import severity
from dearth.rules.ruleset import RuleSet

__all__ = ["COUNTRY", "GateChange", "Gated", "deciding", "gate_changes", "gate_of", "gates_on"]

Action = Literal["prohibit", "licence", "quota"]
ORIGIN: Final = "CHN"
# place of the model -> a country of it, for rules that name countries
COUNTRY: Final[dict[str, str]] = {
    "CHN": "CN", "MMR": "MM", "JPN": "JP", "KOR": "KR", "USA": "US", "CAN": "CA", "DEU": "DE", "FRA": "FR",
    "REU": "IT", "IND": "IN", "SEA": "TH", "AUS": "AU", "BRA": "BR", "RUK": "KZ", "AFR": "ZA", "ROW": "MX",
}  # fmt: skip
_ACTIONS: Final[dict[str, Action]] = {
    "PROHIBIT": "prohibit",
    "DENY": "prohibit",
    "CBC": "licence",
    "LIC": "licence",
    "LIC_QUOTA": "quota",
}
_PLAIN: Final[dict[str, FactValue]] = {
    "txn.regime": "cn_export",
    "txn.from": "CN",
    "txn.customs_zone": "none",
    "txn.purpose": "sale",
    "item.origin": "CN",
    "item.other_dualuse": False,
    "item.re_equipment_or_reagent": False,
    "prod.illegal_source": False,
    "user.cn_control_list": False,
    "user.cn_watch_list": False,
}
_MAGNETS: Final[dict[str, dict[str, FactValue]]] = {
    "none": {"item.family": "NdFeB", "item.elements": ("Nd", "Pr")},
    "low": {"item.family": "NdFeB", "item.elements": ("Nd", "Pr", "Dy")},
    "high": {"item.family": "NdFeB", "item.elements": ("Nd", "Pr", "Dy", "Tb")},
    "smco": {"item.family": "SmCo", "item.elements": ("Sm", "Co")},
}
_PRODUCTS: Final[dict[str, dict[str, FactValue]]] = {
    "product:fcc-catalyst": {
        "item.form": "catalyst",
        "item.elements": ("La", "Ce"),
        "item.deep_processed": True,
    },
    "product:auto-catalyst": {
        "item.form": "catalyst",
        "item.elements": ("Ce", "La"),
        "item.deep_processed": True,
    },
    "product:polishing": {"item.form": "oxide", "item.elements": ("Ce", "La")},
    "product:glass": {"item.form": "oxide", "item.elements": ("La", "Ce")},
    "product:phosphor": {"item.form": "phosphor", "item.elements": ("Y",)},
    "product:yttrium-ceramics": {"item.form": "ceramic", "item.elements": ("Y",)},
    "product:gadolinium": {"item.form": "compound", "item.elements": ("Gd",)},
    "product:alloys-batteries": {"item.form": "alloy", "item.alloy": "La-Ce", "item.elements": ("La", "Ce")},
}


class Gated(NamedTuple):
    """How a class stands: the gate, and the rules that make it."""

    action: Action
    rules: tuple[str, ...]


class GateChange(NamedTuple):
    """A day on which a class comes under a gate, changes it, or is free of it (`action` None)."""

    day: date
    material: str
    place: str
    use: str
    action: Action | None
    rules: tuple[str, ...]


Key = tuple[str, str, str]


def gates_on(rules: RuleSet, day: date, *, as_of: date | None = None) -> dict[Key, Gated]:
    """Return the gate of every class that has one on `day`, by (material, place, end use).

    Parameters
    ----------
    rules
        Dearth's own, or those of a what-if; see :func:`dearth.rules.ruleset.amended`.
    as_of
        Day up to which rules and suspensions are known; None: all that the rule set holds.
    """
    named = _named_countries(rules)
    known: dict[Key, Gated | None] = {}
    gates = {}
    for key in _classes():
        material, place, use = key
        alike = (material, place if COUNTRY[place] in named else "", use)
        if alike not in known:
            known[alike] = gate_of(rules, day, key, as_of)
        gate = known[alike]
        if gate is not None:
            gates[key] = gate
    return gates


def _classes() -> Iterator[Key]:
    places = [place for place in PLACES if place != ORIGIN]
    yield from product(MATERIALS, places, END_USES)


def _named_countries(rules: RuleSet) -> set[str]:
    """Return the countries that some rule names; the others are alike."""
    found: set[str] = set()
    for condition in (*rules.when.values(), *rules.derived.values()):
        for check in checks(condition):
            if check.fact in ("txn.to", "user.country"):
                found |= check.value if isinstance(check.value, frozenset) else {check.value}
    return found


def gate_of(rules: RuleSet, day: date, key: Key, as_of: date | None = None) -> Gated | None:
    """Return the gate of one class on `day`: the mildest over the elements that the material stands for."""
    effect, named = deciding(rules, day, key, as_of)
    action = _ACTIONS.get(effect)
    return None if action is None else Gated(action, named)


def deciding(rules: RuleSet, day: date, key: Key, as_of: date | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the mildest effect on one class on `day`, and the rules that decide it, if any."""
    material, place, use = key
    shared = _user(place, use)
    found = [verdict(Case(material, {**shared, **goods}), rules, day, as_of) for goods in _goods(material)]
    return min(found, key=lambda one: severity(one[0]))


def _user(place: str, use: str) -> dict[str, FactValue]:
    country = COUNTRY[place]
    user: dict[str, FactValue] = {"txn.to": country, "user.country": country}
    return {**_PLAIN, **user, "user.military": use == "military", "use": (use,)}


def _goods(material: str) -> Iterator[Mapping[str, FactValue]]:
    """Yield the facts of the goods, once for each element that a material stands for."""
    stage, name = material.split(":", 1)
    if stage in ("oxide", "metal"):
        for element in ELEMENT_MEMBERS[name]:
            yield {"item.form": stage, "item.elements": (element,)}
    elif stage == "magnet":
        yield {"item.form": "magnet_material", **_MAGNETS[name]}
    elif stage == "assembly":
        yield {"item.form": "assembly", "item.deep_processed": True, **_MAGNETS[name]}
    elif material == "ore:scrap":
        yield {"item.form": "finished_product", "item.deep_processed": True, **_MAGNETS["low"]}
    elif stage == "ore":
        yield {"item.form": "ore", "item.elements": ("La", "Ce", "Nd", "Pr")}
    else:
        yield _PRODUCTS[material]


def gate_changes(
    rules: RuleSet, first: date, last: date, *, as_of: date | None = None
) -> tuple[GateChange, ...]:
    """Return what changes from `first` to `last`, both included; gates that stand on `first` come first."""
    before: dict[Key, Gated] = {}
    changes = []
    for day in sorted({first, *(d for d in _turning_days(rules) if first < d <= last)}):
        now = gates_on(rules, day, as_of=as_of)
        for key in sorted({*before, *now}):
            was, is_ = before.get(key), now.get(key)
            if (was and was.action) != (is_ and is_.action):
                changes.append(_change(day, key, is_))
        before = now
    return tuple(changes)


def _change(day: date, key: Key, gate: Gated | None) -> GateChange:
    return GateChange(day, *key, gate.action if gate else None, gate.rules if gate else ())


def _turning_days(rules: RuleSet) -> Iterator[date]:
    """Yield the days on which some rule begins, ends, is suspended or comes back."""
    one = timedelta(days=1)
    for rule in rules.rules:
        yield rule.effective
        if rule.until:
            yield rule.until + one
        for spell in rules.suspensions[rule.id]:
            yield spell.start
            yield spell.until + one
