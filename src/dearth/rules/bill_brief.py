"""Determinations in short, for many lines that share most facts: each distinct set is decided once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dearth.rules.case import Case
from dearth.rules.conditions import FactValue
from dearth.rules.decide import Determination, decide
from dearth.rules.effects import strictest
from dearth.rules.narrow import Narrowed, narrowed
from dearth.rules.ruleset import RuleSet

__all__ = ["Brief", "Decider", "KnownFacts", "key_of_facts"]

_NARROWING: Final = ("txn.regime", "txn.from", "item.form")
KnownFacts = tuple[tuple[str, FactValue], ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A determination in short.

    Attributes
    ----------
    if_reactivated_worst
        Strictest effect when suspended rules apply, those that missing facts leave open included.
    freed_by
        Exemptions that hit.
    missing
        Facts that leave a rule open.
    """

    determination: str
    worst_case: str
    if_reactivated: str
    if_reactivated_worst: str
    disputed: str
    deciding: tuple[str, ...]
    suspended: tuple[str, ...]
    freed_by: tuple[str, ...]
    codes: tuple[str, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(one) if isinstance(one, tuple) else one for name, one in found.items()}


@dataclass(slots=True)
class Decider:
    """Decides on one day by one rule set.

    Parameters
    ----------
    shared
        Names of facts that are the same for every line.
    """

    rules: RuleSet
    on: date | None
    as_of: date | None
    shared: tuple[str, ...]
    _narrow: dict[KnownFacts, Narrowed] = field(default_factory=dict)
    _briefs: dict[KnownFacts, Brief] = field(default_factory=dict)

    def brief(self, facts: Mapping[str, FactValue]) -> Brief:
        """Return the determination of facts in short."""
        small = self._narrowed(facts)
        key = key_of_facts(small.bearing(facts))
        if key not in self._briefs:
            self._briefs[key] = _brief(decide(Case("", dict(key)), small.rules, self.on, self.as_of))
        return self._briefs[key]

    def _narrowed(self, facts: Mapping[str, FactValue]) -> Narrowed:
        """Return the rules that a line of this form can meet at all."""
        common = {name: facts[name] for name in (*self.shared, *_NARROWING) if name in facts}
        key = key_of_facts(common)
        if key not in self._narrow:
            self._narrow[key] = narrowed(self.rules, common, self.on, self.as_of)
        return self._narrow[key]


def key_of_facts(facts: Mapping[str, FactValue]) -> KnownFacts:
    """Return facts as one hashable key."""
    return tuple(sorted(facts.items()))


def _brief(found: Determination) -> Brief:
    suspended = [hit.rule for hit in found.suspended]
    later = strictest([found.worst_case, found.if_reactivated, *(rule.effect for rule in suspended)])
    return Brief(
        determination=found.determination,
        worst_case=found.worst_case,
        if_reactivated=found.if_reactivated,
        if_reactivated_worst=later,
        disputed=found.disputed,
        deciding=found.deciding,
        suspended=tuple(rule.id for rule in suspended),
        freed_by=tuple(hit.rule.id for hit in found.hits if hit.rule.kind == "exemption"),
        codes=tuple(sorted(code for code, matched in found.codes.items() if matched)),
        missing=tuple(one.fact for one in found.missing),
    )
