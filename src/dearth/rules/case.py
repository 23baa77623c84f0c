"""A case: the facts of one shipment, transfer or purchase.  What is not stated is unknown, never false."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dearth.errors import Fault, did_you_mean
from dearth.rules.conditions import FactValue
from dearth.rules.goods import known_alloy
from dearth.rules.rule import FactSpec, parse_day
from dearth.rules.ruleset import RuleSet

__all__ = ["DATE", "REGIME", "Case", "read_facts"]

DATE: Final = "txn.date"
REGIME: Final = "txn.regime"
_ALLOY: Final = "item.alloy"
_CLOSED: Final = ("choice", "choices")
_MAX_TEXT: Final = 500
_MAX_ITEMS: Final = 200


@dataclass(frozen=True)
class Case:
    """The stated facts of one case.

    Attributes
    ----------
    facts
        Value by fact name; a fact that is absent is unknown.
    """

    id: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    title: str = ""

    @property
    def day(self) -> date | None:
        """The day of the case, None when it is not stated."""
        return parse_day(self.facts.get(DATE))

    def without(self, *names: str) -> Case:
        """Return the case with some facts forgotten."""
        kept = {name: value for name, value in self.facts.items() if name not in names}
        return Case(self.id, kept, self.title)

    def having(self, **changes: FactValue) -> Case:
        """Return the case with facts added or replaced; write ``item__form`` for ``item.form``."""
        named = {name.replace("__", "."): value for name, value in changes.items()}
        return Case(self.id, {**self.facts, **named}, self.title)


def read_facts(
    raw: Mapping[Any, Any], rules: RuleSet, where: str, *, strict: bool = True
) -> tuple[dict[str, FactValue], list[Fault], list[str]]:
    """Return facts as the evaluator takes them, what is wrong, and warnings.

    Parameters
    ----------
    raw
        Plain data as it was written; None is an unknown fact.
    strict
        Whether a fact that no rule knows, or a value outside its closed list, is a fault; else it stays
        out with a warning.
    """
    facts: dict[str, FactValue] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for key, value in raw.items():
        name, at = str(key)[:80], f"{where}.{str(key)[:80]}"
        spec = rules.facts.get(name) or (_FLAG if name in rules.derived else None)
        if spec is None:
            unknown = Fault(f"unknown fact {name!r}", where, cure=did_you_mean(name, list(rules.facts)))
            if strict:
                faults.append(unknown)
            else:
                warnings.append(str(unknown))
        elif value is not None:
            found, fault = _read(value, spec)
            if fault is not None:
                wrong = Fault(fault[0], at, spec.meaning, fault[1])
                if strict or spec.type not in _CLOSED:
                    faults.append(wrong)
                else:
                    warnings.append(str(wrong))
            elif found is not None:
                facts[name] = known_alloy(found, rules.control_items) if name == _ALLOY else found
    return facts, faults, warnings


_Read = tuple[FactValue | None, tuple[str, str] | None]
_FLAG: Final = FactSpec(type="flag", meaning="a fact that follows from others", question="-", about="goods")


def _read(value: Any, spec: FactSpec) -> _Read:
    return _READERS[spec.type](value, spec)


def _wrong(value: Any, cure: str) -> _Read:
    return None, (f"{str(value)[:60]!r} will not do", cure)


def _day(value: Any, _spec: FactSpec) -> _Read:
    day = parse_day(value)
    return (day.isoformat(), None) if day else _wrong(value, "write YYYY-MM-DD, e.g. 2025-04-04")


def _flag(value: Any, _spec: FactSpec) -> _Read:
    return (value, None) if isinstance(value, bool) else _wrong(value, "write true or false")


def _number(value: Any, _spec: FactSpec) -> _Read:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong(value, "write a plain number")
    return (float(value), None) if 0 <= value < math.inf else _wrong(value, "write a number from 0 up")


def _share(value: Any, spec: FactSpec) -> _Read:
    found, fault = _number(value, spec)
    if fault is None and isinstance(found, float) and found > 1:
        return _wrong(value, "write a share from 0 to 1, e.g. 0.05 for 5 %")
    return found, fault


def _choice(value: Any, spec: FactSpec) -> _Read:
    if isinstance(value, str) and value in spec.values:
        return value, None
    return _wrong(value, did_you_mean(str(value)[:60], spec.values))


def _choices(value: Any, spec: FactSpec) -> _Read:
    items = value if isinstance(value, list | tuple) else [value]
    if len(items) > _MAX_ITEMS:
        return _wrong(f"a list of {len(items)}", f"list at most {_MAX_ITEMS}")
    for item in items:
        _found, fault = _choice(item, spec)
        if fault is not None:
            return None, fault
    return tuple(items), None


def _place(value: Any, _spec: FactSpec) -> _Read:
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value):
        return value, None
    return _wrong(value, "write two capital letters, e.g. CN, DE, US")


def _text(value: Any, _spec: FactSpec) -> _Read:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and value.isprintable():
        return value, None
    return _wrong(value, f"write one line of up to {_MAX_TEXT} characters")


def _texts(value: Any, spec: FactSpec) -> _Read:
    items = value if isinstance(value, list | tuple) else [value]
    found = [_text(item, spec) for item in items[: _MAX_ITEMS + 1]]
    fault = next((fault for _text_found, fault in found if fault is not None), None)
    if fault is None and len(items) > _MAX_ITEMS:
        return _wrong(f"a list of {len(items)}", f"list at most {_MAX_ITEMS}")
    return (None, fault) if fault else (tuple(str(text) for text, _fault in found), None)


_READERS: Final = {
    "day": _day,
    "flag": _flag,
    "number": _number,
    "share": _share,
    "choice": _choice,
    "choices": _choices,
    "place": _place,
    "text": _text,
    "texts": _texts,
}
