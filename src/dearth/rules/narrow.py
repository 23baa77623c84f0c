"""A rule set narrowed to what can still bear on a case, when some of its facts are known beforehand.

A condition that is false on some facts is false on more (three-valued logic never takes back a certainty),
so a rule that is false on what all lines of a bill share need not be asked line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from dearth.rules.case import DATE, Case
from dearth.rules.conditions import Check, Condition, FactValue, checks, parts_of
from dearth.rules.facts import Facts
from dearth.rules.goods import control_rows
from dearth.rules.links import STATUS
from dearth.rules.ruleset import RuleSet

__all__ = ["Narrowed", "all_checks", "narrowed"]

_NEVER: Final = ("pending", "expired", "unpublished")
_ELEMENTS: Final = "item.elements"
_BY_MEMBER: Final = ("has", "hasany")


class Narrowed(NamedTuple):
    """Rules that can still bear on a case, and the facts and elements that they can still ask for.

    `elements` is None where a test reads the list of elements as a whole.
    """

    rules: RuleSet
    reads: frozenset[str]
    elements: frozenset[str] | None

    def bearing(self, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
        """Return the facts that bear on a case, without elements that no test asks for."""
        found = {name: value for name, value in facts.items() if name in self.reads}
        listed = found.get(_ELEMENTS)
        if self.elements is not None and isinstance(listed, tuple):
            found[_ELEMENTS] = tuple(sorted(self.elements.intersection(listed)))
        return found


def narrowed(
    rules: RuleSet, facts: Mapping[str, FactValue], on: date | None, as_of: date | None = None
) -> Narrowed:
    """Return the rules that are not false on `facts`, with the rules that those refer to.

    A case that states these facts has the same determination under them, and it depends on no other facts
    than `reads`; conflicts and ambiguities, which do not decide, are left out.
    """
    day = on or Case("", facts).day
    stated = dict(facts) if day is None else {**facts, DATE: day.isoformat()}
    statuses = rules.statuses(day, as_of)
    look = Facts(stated, rules, statuses)
    kept = {
        rule.id
        for rule in rules.rules
        if rule.id in rules.when
        and statuses[rule.id] not in _NEVER
        and rules.when[rule.id].truth(look) is not False
    }
    kept |= {rule.suspended_with for rule in rules.rules if rule.id in kept and rule.suspended_with}
    kept |= {check.fact.removeprefix(STATUS) for check in all_checks(rules) if check.fact.startswith(STATUS)}
    rows = {code: when for code, when in control_rows(rules.control_items) if when.truth(look) is not False}
    when = {name: condition for name, condition in rules.when.items() if name in kept}
    small = replace(
        rules,
        rules=tuple(rule for rule in rules.rules if rule.id in kept),
        when=when,
        control_items=tuple(item for item in rules.control_items if item.code in rows),
        conflicts=(),
        conflict_when={},
        ambiguities=(),
    )
    asked: set[Check] = set()
    for condition in (*when.values(), *rows.values()):
        _asked_by(condition, rules, look, asked)
    return Narrowed(small, frozenset(check.fact for check in asked) | facts.keys(), _elements(asked))


def _asked_by(condition: Condition, rules: RuleSet, look: Facts, asked: set[Check]) -> None:
    """Add the tests on which a condition still depends; what is certain by now depends on none."""
    if condition.truth(look) is not None:
        return
    if not isinstance(condition, Check):
        for part in parts_of(condition):
            _asked_by(part, rules, look, asked)
    elif condition not in asked:
        asked.add(condition)
        if condition.fact in rules.derived:
            _asked_by(rules.derived[condition.fact], rules, look, asked)


def _elements(asked: set[Check]) -> frozenset[str] | None:
    tests = [check for check in asked if check.fact == _ELEMENTS]
    if any(check.op not in _BY_MEMBER for check in tests):
        return None
    values = (check.value if isinstance(check.value, frozenset) else {check.value} for check in tests)
    return frozenset(symbol for value in values for symbol in value)


def all_checks(rules: RuleSet) -> Iterator[Check]:
    """Yield every test of one fact that rules, derived facts and the control list make."""
    rows = (when for _code, when in rules.control_rows)
    for condition in (*rules.when.values(), *rules.derived.values(), *rows):
        yield from checks(condition)
