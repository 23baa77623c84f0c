"""Dated rules that have been checked: what stands in them, and the state of each on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Final, Literal

from dearth.errors import Fault, UnknownNameError, did_you_mean
from dearth.rules.conditions import Condition
from dearth.rules.goods import ControlItem, control_rows
from dearth.rules.rule import Ambiguity, Conflict, FactSpec, Rule, Source, Suspension, spelled

__all__ = ["STALE_DAYS", "RuleSet", "Status", "amended", "status_on"]

Status = Literal["active", "suspended", "disputed", "pending", "expired", "unpublished", "undated"]
STALE_DAYS: Final = 14
_REMEMBERED: Final = 1000  # days whose states are kept


@dataclass(frozen=True)
class RuleSet:
    """The rules, and all that they need.

    Attributes
    ----------
    version, as_of, sha256
        Of the rules: a name, the day of the latest evidence, a hash of every byte read.
    rules
        By id, so that the order in the files never matters.
    when
        Condition by rule id; rules that are background only have none.
    derived
        Facts that follow from others, ``listed.CODE`` among them.
    tables
        Plain tables beside the rules by name: tariff codes, delays, duties, quotas, answers of the ministry.
    """

    version: str
    as_of: date
    sha256: str
    rules: tuple[Rule, ...]
    when: Mapping[str, Condition]
    derived: Mapping[str, Condition]
    facts: Mapping[str, FactSpec]
    sources: Mapping[str, Source]
    lists: Mapping[str, tuple[Any, ...]]
    conflicts: tuple[Conflict, ...] = ()
    conflict_when: Mapping[str, Condition] = field(default_factory=dict)
    ambiguities: tuple[Ambiguity, ...] = ()
    control_items: tuple[ControlItem, ...] = ()
    tables: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def control_rows(self) -> tuple[tuple[str, Condition], ...]:
        """Code and condition of every row of the control list."""
        return control_rows(self.control_items)

    @cached_property
    def bearing(self) -> dict[str, frozenset[str]]:
        """Rules on which an ambiguity bears, by its id."""
        return {
            one.id: frozenset({*one.rules, *(rule.id for rule in self.rules if one.id in rule.ambiguities)})
            for one in self.ambiguities
        }

    @cached_property
    def suspensions(self) -> dict[str, tuple[Suspension, ...]]:
        """Suspensions by rule id, those shared with another rule included."""
        return {rule.id: (*rule.suspensions, *self._shared(rule)) for rule in self.rules}

    def _shared(self, rule: Rule) -> tuple[Suspension, ...]:
        other = self.by_id.get(rule.suspended_with or "")
        return other.suspensions if other else ()

    def statuses(self, on: date | None, as_of: date | None = None) -> Mapping[str, Status]:
        """Return the state of every rule on a day, by id; `as_of`: what was known by then."""
        key = (on, as_of)
        if key not in self._statuses:
            if len(self._statuses) > _REMEMBERED:
                self._statuses.clear()
            self._statuses[key] = self._states(on, as_of)
        return self._statuses[key]

    @cached_property
    def _statuses(self) -> dict[tuple[date | None, date | None], Mapping[str, Status]]:
        return {}

    def _states(self, on: date | None, as_of: date | None) -> dict[str, Status]:
        return {rule.id: status_on(rule, self.suspensions[rule.id], on, as_of) for rule in self.rules}

    def stale_days(self, as_of: date) -> int:
        """Return by how many days the evidence is older than `as_of`; 0 up to `STALE_DAYS`."""
        days = (as_of - self.as_of).days
        return days if days > STALE_DAYS else 0

    def sources_of(self, ids: tuple[str, ...]) -> list[dict[str, Any]]:
        """Return sources by id as plain data, in the order given."""
        return [
            {"id": name, **{k: v for k, v in spelled(self.sources[name]).items() if v is not None}}
            for name in dict.fromkeys(ids)
            if name in self.sources
        ]


def amended(rules: RuleSet, activate: Collection[str] = (), suspend: Collection[str] = ()) -> RuleSet:
    """Return the rules with some suspensions lifted and some rules suspended for good: a what-if.

    Raises
    ------
    UnknownNameError
        A name is no rule.
    """
    known = list(rules.by_id)
    faults = [
        Fault(f"unknown rule {name!r}", cure=did_you_mean(name, known))
        for name in (*activate, *suspend)
        if name not in rules.by_id
    ]
    if faults:
        raise UnknownNameError("Changing the rules", faults)
    changed = []
    for rule in rules.rules:
        if rule.id in suspend:
            changed.append(replace(rule, suspensions=(_FOR_GOOD,)))
        elif rule.id in activate:
            changed.append(replace(rule, suspensions=(), suspended_with=None))
        else:
            shared = rules.suspensions[rule.id]
            changed.append(replace(rule, suspensions=shared, suspended_with=None))
    return replace(rules, rules=tuple(changed), version=f"{rules.version} (changed)")


_FOR_GOOD: Final = Suspension(date(1990, 1, 1), date(2060, 12, 31), "a what-if", "confirmed")


def status_on(
    rule: Rule, suspensions: tuple[Suspension, ...], on: date | None, as_of: date | None = None
) -> Status:
    """Return the state of a rule on a day.

    Both ends of a spell belong to it.  A confirmed suspension goes before an unconfirmed one, and one that
    begins before the rule does keeps it from beginning; a rule or a suspension that became known after
    `as_of` is as if it were not.
    """
    if as_of is not None and rule.known > as_of:
        return "unpublished"
    if on is None:
        return "undated"
    if rule.until is not None and on > rule.until:
        return "expired"
    inside = {
        s.certainty for s in suspensions if s.start <= on <= s.until and (as_of is None or s.known <= as_of)
    }
    if "confirmed" in inside:
        return "suspended"
    if on < rule.effective:
        return "pending"
    return "disputed" if inside else "active"
