"""Conditions over facts in three values: true, false, and unknown when a fact is missing.

A condition is plain data: ``{all: [...]}``, ``{any: [...]}``, ``{not: ...}`` or a test of one fact,
``{f: name, op: eq, v: value}``.  The values combine as Kleene's: *all* is false as soon as one part is
false, *any* is true as soon as one part is true; else one unknown part makes the whole unknown.  Hence
taking a fact away can only turn true or false into unknown, never true into false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dearth.errors import Fault, did_you_mean

__all__ = [
    "OPS",
    "Both",
    "Check",
    "Condition",
    "Either",
    "FactValue",
    "Lookup",
    "Not",
    "Step",
    "Truth",
    "checks",
    "explain",
    "open_facts",
    "parse",
    "parts_of",
]

FactValue = str | bool | float | tuple[str, ...]
Truth = bool | None
Lookup = Callable[[str], FactValue | None]
"""Gives the value of a fact, None when it is missing."""

_MAX_DEPTH: Final = 12
_CURE: Final = "write {f: fact, op: eq, v: value}, {all: [...]}, {any: [...]} or {not: ...}"


@dataclass(frozen=True, slots=True)
class Check:
    """A test of one fact; unknown when the fact is missing."""

    fact: str
    op: str
    value: Any = None

    def truth(self, facts: Lookup) -> Truth:
        """Return whether the fact passes, None when it is missing or cannot be compared."""
        found = facts(self.fact)
        return None if found is None else OPS[self.op](found, self.value)


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple[Condition, ...]

    def truth(self, facts: Lookup) -> Truth:
        """Return false if a part is false, else unknown if a part is unknown, else true."""
        result: Truth = True
        for part in self.parts:
            found = part.truth(facts)
            if found is False:
                return False
            if found is None:
                result = None
        return result


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def truth(self, facts: Lookup) -> Truth:
        """Return true if a part is true, else unknown if a part is unknown, else false."""
        result: Truth = False
        for part in self.parts:
            found = part.truth(facts)
            if found is True:
                return True
            if found is None:
                result = None
        return result


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def truth(self, facts: Lookup) -> Truth:
        """Return the opposite; unknown stays unknown."""
        found = self.part.truth(facts)
        return None if found is None else not found


Condition = Check | Both | Either | Not


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Truth]:
    """Return a comparison of two numbers, or of two days written as text; unknown between kinds."""

    def test(found: Any, value: Any) -> Truth:
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (found, value))
        days = isinstance(found, str) and isinstance(value, str)
        return compare(found, value) if numbers or days else None

    return test


def _as_set(found: Any) -> frozenset[Any]:
    return frozenset(found) if isinstance(found, tuple | list | frozenset | set) else frozenset([found])


OPS: Final[Mapping[str, Callable[[Any, Any], Truth]]] = {
    "eq": lambda found, value: bool(found == value),
    "ne": lambda found, value: bool(found != value),
    "in": lambda found, value: found in value,
    "nin": lambda found, value: found not in value,
    "has": lambda found, value: value in _as_set(found),
    "hasany": lambda found, value: not _as_set(found).isdisjoint(value),
    "ge": _ordered(lambda found, value: found >= value),
    "gt": _ordered(lambda found, value: found > value),
    "le": _ordered(lambda found, value: found <= value),
    "lt": _ordered(lambda found, value: found < value),
    "true": lambda found, _value: found is True,
    "false": lambda found, _value: found is False,
}
_FLAGS: Final = ("true", "false")
_LISTED: Final = ("in", "nin", "hasany")


def parse(
    raw: object, where: str, lists: Mapping[str, tuple[Any, ...]], faults: list[Fault]
) -> Condition | None:
    """Return the condition written in `raw`; what is wrong with it is added to `faults`.

    Parameters
    ----------
    where
        How to name the place in messages.
    lists
        Values by list name, for ``$name``.
    """
    return _Parser(lists, faults).condition(raw, where, 0)


@dataclass(frozen=True, slots=True)
class _Parser:
    """Plain data to conditions."""

    lists: Mapping[str, tuple[Any, ...]]
    faults: list[Fault]

    def fail(self, what: str, where: str, cure: str) -> None:
        self.faults.append(Fault(what, where, cure=cure))

    def condition(self, raw: Any, where: str, depth: int) -> Condition | None:
        if not isinstance(raw, Mapping) or depth > _MAX_DEPTH:
            self.fail(f"{str(raw)[:60]!r} is not a condition", where, _CURE)
            return None
        keys = set(raw)
        if keys == {"all"}:
            return Both(self.parts(raw["all"], f"{where}.all", depth))
        if keys == {"any"}:
            return Either(self.parts(raw["any"], f"{where}.any", depth))
        if keys == {"not"}:
            part = self.condition(raw["not"], f"{where}.not", depth + 1)
            return None if part is None else Not(part)
        return self.check(raw, where)

    def parts(self, raw: object, where: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(raw, list) or not raw:
            self.fail("needs a list of conditions", where, "write [{...}, {...}]")
            return ()
        found = (self.condition(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(raw))
        return tuple(part for part in found if part is not None)

    def check(self, raw: Mapping[str, Any], where: str) -> Check | None:
        unknown = sorted(map(str, set(raw) - {"f", "op", "v"}))
        op = raw.get("op")
        op = str(op).lower() if isinstance(op, bool | str) else ""
        if unknown or not isinstance(raw.get("f"), str):
            self.fail(f"unknown key {unknown[0]!r}" if unknown else "no fact is named", where, _CURE)
        elif op not in OPS:
            self.fail(f"unknown op {str(raw.get('op'))[:40]!r}", where, did_you_mean(op, list(OPS)))
        elif (op in _FLAGS) == ("v" in raw):
            said, cure = ("takes no", "remove `v`") if op in _FLAGS else ("needs a", "add `v:`")
            self.fail(f"op {op!r} {said} value", where, cure)
        else:
            return Check(raw["f"], op, self.value(raw.get("v"), op, where))
        return None

    def value(self, raw: Any, op: str, where: str) -> Any:
        wants_list = op in _LISTED
        if isinstance(raw, str) and raw.startswith("$"):
            name = raw[1:].removeprefix("list.")
            if name not in self.lists:
                self.fail(f"unknown list {name!r}", where, did_you_mean(name, list(self.lists)))
            raw = self.lists.get(name, ())
        if wants_list != isinstance(raw, list | tuple):
            self.fail(f"op {op!r} needs {'a list' if wants_list else 'one value'}", where, "correct `v:`")
            raw = () if wants_list else None
        if wants_list:
            return frozenset(raw)
        return float(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


@dataclass(frozen=True, slots=True)
class Step:
    """One test of a trace: the fact, what was asked of it, what was found, and the outcome."""

    fact: str
    op: str
    value: object
    found: FactValue | None
    truth: Truth

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; sets become sorted lists."""
        value = sorted(self.value, key=str) if isinstance(self.value, frozenset) else self.value
        found = list(self.found) if isinstance(self.found, tuple) else self.found
        outcome = "unknown" if self.truth is None else "true" if self.truth else "false"
        return {"fact": self.fact, "op": self.op, "value": value, "found": found, "truth": outcome}


def explain(condition: Condition, facts: Lookup) -> tuple[Step, ...]:
    """Return every test of a condition, in its order, with what was found."""
    return tuple(
        Step(check.fact, check.op, check.value, facts(check.fact), check.truth(facts))
        for check in checks(condition)
    )


def checks(condition: Condition) -> Iterator[Check]:
    """Yield the tests of a condition, in its order."""
    if isinstance(condition, Check):
        yield condition
    else:
        for part in parts_of(condition):
            yield from checks(part)


def parts_of(condition: Condition) -> Iterable[Condition]:
    """Return the direct parts of a condition; none of a test."""
    if isinstance(condition, Both | Either):
        return condition.parts
    return (condition.part,) if isinstance(condition, Not) else ()


def open_facts(condition: Condition, facts: Lookup) -> Iterator[str]:
    """Yield the facts that leave a condition unknown; none when it is settled."""
    if condition.truth(facts) is not None:
        return
    if isinstance(condition, Check):
        yield condition.fact
    for part in parts_of(condition):
        yield from open_facts(part, facts)
