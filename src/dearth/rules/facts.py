"""The facts of a case as conditions see them: what is stated, what follows, and how the rules stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dearth.errors import Fault
from dearth.rules.conditions import Condition, FactValue, Step, checks, explain, open_facts
from dearth.rules.links import STATUS
from dearth.rules.ruleset import RuleSet, Status

__all__ = ["Facts", "contradictions"]

_SETTLED: Final = ("active", "suspended", "pending", "expired")


class Facts:
    """A look-up of facts for one case on one day.

    A stated fact wins over a derived one.  ``status.RULE`` is the state of a rule; it is unknown while the
    rule is disputed or the day is not stated, and ``pending`` while the rule is not published.
    """

    def __init__(
        self, stated: Mapping[str, FactValue], rules: RuleSet, statuses: Mapping[str, Status]
    ) -> None:
        self._known: dict[str, FactValue | None] = dict(stated)
        self._stated = frozenset(stated)
        self._rules = rules
        self._statuses = statuses
        self._missing: dict[str, tuple[str, ...]] = {}
        self._stood: dict[str, dict[str, FactValue]] = {}

    def __call__(self, name: str) -> FactValue | None:
        """Return the value of a fact, None when it is unknown."""
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> FactValue | None:
        if name.startswith(STATUS):
            status = self._statuses[name.removeprefix(STATUS)]
            if status == "unpublished":
                return "pending"
            return status if status in _SETTLED else None
        condition = self._rules.derived.get(name)
        return None if condition is None else condition.truth(self)

    def missing(self, condition: Condition) -> tuple[str, ...]:
        """Return the facts that leave a condition unknown, derived ones resolved to those beneath."""
        found: dict[str, None] = {}
        for name in open_facts(condition, self):
            found.update(dict.fromkeys(self._beneath(name)))
        return tuple(found)

    def _beneath(self, name: str) -> tuple[str, ...]:
        if name not in self._missing:
            beneath = self._rules.derived.get(name)
            self._missing[name] = (name,) if beneath is None else self.missing(beneath)
        return self._missing[name]

    def steps(self, condition: Condition) -> Iterator[Step]:
        """Yield every test of a condition, each derived fact followed by the tests beneath it."""
        for step in explain(condition, self):
            yield step
            beneath = self._rules.derived.get(step.fact)
            if beneath is not None:
                yield from self.steps(beneath)

    def stood_on(self, condition: Condition) -> dict[str, FactValue]:
        """Return the facts that a condition read, by name; of derived ones those beneath, where they hold."""
        found: dict[str, FactValue] = {}
        for check in checks(condition):
            value = self(check.fact)
            beneath = self._rules.derived.get(check.fact)
            idle = check.fact.startswith(STATUS) and not check.truth(self)
            if value is None or idle:
                continue
            if beneath is None or check.fact in self._stated:
                found[check.fact] = value
            elif value is True:
                if check.fact not in self._stood:
                    self._stood[check.fact] = self.stood_on(beneath)
                found |= self._stood[check.fact]
            elif check.truth(self):
                found[check.fact] = value
        return found


def contradictions(
    stated: Mapping[str, FactValue], rules: RuleSet, statuses: Mapping[str, Status], where: str
) -> list[Fault]:
    """Return a fault for every stated fact that the other stated facts show to be otherwise."""
    found = []
    for name in sorted(set(stated) & set(rules.derived)):
        others = {key: value for key, value in stated.items() if key != name}
        follows = Facts(others, rules, statuses)(name)
        if follows is not None and follows != stated[name]:
            what = (
                f"{name} is stated as {_word(stated[name])}, but follows as {_word(follows)} from other facts"
            )
            found.append(Fault(what, where, cure="correct one of them, or leave it out"))
    return found


def _word(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
