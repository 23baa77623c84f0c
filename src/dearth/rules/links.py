"""What one part of the rules says of another: names that lead nowhere, circles, facts nobody can state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dearth.errors import Fault, did_you_mean
from dearth.rules.conditions import Check, Condition, checks
from dearth.rules.goods import LISTED, ControlItem, listed
from dearth.rules.ruleset import RuleSet

__all__ = ["STATUS", "link_faults", "with_listed"]

STATUS: Final = "status."
_CHOICES: Final = ("choice", "choices")


def with_listed(
    derived: Mapping[str, Condition], conditions: Iterable[Condition], items: Sequence[ControlItem]
) -> dict[str, Condition]:
    """Return the derived facts and the ``listed.CODE`` that any condition asks for."""
    names = {check.fact for condition in conditions for check in checks(condition)}
    wanted = sorted(name for name in names if name.startswith(LISTED))
    return {**derived, **{name: listed(items, name.removeprefix(LISTED)) for name in wanted}}


def link_faults(rules: RuleSet) -> list[Fault]:
    """Return every reference that leads nowhere, every circle, every value outside its closed list."""
    return [*_names(rules), *_facts(rules), *_circles(rules)]


def _names(rules: RuleSet) -> Iterator[Fault]:
    known = {
        "source": list(rules.sources),
        "rule": list(rules.by_id),
        "ambiguity": [a.id for a in rules.ambiguities],
    }
    for rule in rules.rules:
        with_rule = (rule.suspended_with,) if rule.suspended_with else ()
        yield from _unknown("rule", (*rule.overrides, *rule.penalties, *with_rule), rule.id, known)
        yield from _unknown("source", rule.sources, rule.id, known)
        yield from _unknown("ambiguity", rule.ambiguities, rule.id, known)
    for conflict in rules.conflicts:
        yield from _unknown("rule", conflict.between, conflict.id, known)
        yield from _unknown("source", conflict.sources, conflict.id, known)
    for ambiguity in rules.ambiguities:
        yield from _unknown("rule", ambiguity.rules, ambiguity.id, known)
        yield from _unknown("source", ambiguity.sources, ambiguity.id, known)


def _unknown(
    noun: str, names: Iterable[str], where: str, known: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    for name in names:
        if name not in known[noun]:
            yield Fault(f"unknown {noun} {name!r}", where, cure=did_you_mean(name, known[noun]))


def _all_checks(rules: RuleSet) -> Iterator[tuple[str, Check]]:
    for section in (rules.when, rules.derived, rules.conflict_when):
        for name, condition in section.items():
            yield from ((name, check) for check in checks(condition))


def _facts(rules: RuleSet) -> Iterator[Fault]:
    names = [*rules.facts, *rules.derived]
    for where, check in _all_checks(rules):
        if check.fact.startswith(STATUS):
            yield from _unknown("rule", [check.fact.removeprefix(STATUS)], where, {"rule": list(rules.by_id)})
        elif check.fact in rules.facts:
            yield from _values(rules, where, check)
        elif check.fact not in rules.derived:
            yield Fault(f"unknown fact {check.fact!r}", where, cure=did_you_mean(check.fact, names))
    for name in sorted(set(rules.facts) & set(rules.derived)):
        yield Fault(f"fact {name!r} is both stated and derived", "facts", cure="keep it in one section")


def _values(rules: RuleSet, where: str, check: Check) -> Iterator[Fault]:
    spec = rules.facts[check.fact]
    if spec.type not in _CHOICES or check.op in ("true", "false"):
        return
    asked = check.value if isinstance(check.value, frozenset) else frozenset([check.value])
    for value in sorted(asked - set(spec.values), key=str):
        what = f"{check.fact} is never {value!r}"
        yield Fault(what, where, cure=did_you_mean(str(value), spec.values))


def _circles(rules: RuleSet) -> Iterator[Fault]:
    """Yield a fault for every derived fact that rests on itself."""
    rests_on = {
        name: {check.fact for check in checks(condition)} & set(rules.derived)
        for name, condition in rules.derived.items()
    }
    for name in sorted(rests_on):
        reached: set[str] = set()
        ahead = set(rests_on[name])
        while ahead - reached:
            reached |= ahead
            ahead = {after for fact in ahead for after in rests_on[fact]}
        if name in reached:
            yield Fault(f"fact {name!r} rests on itself", "derived", cure="break the circle")
