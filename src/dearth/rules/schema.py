"""How a rule, a fact and a source must be written in ``data/rules``: strict, every fault with its place.

What they are once they are read is in :mod:`dearth.rules.rule`, whose columns these are.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dearth.rules.effects import Effect
from dearth.rules.rule import (
    About,
    Ambiguity,
    Certainty,
    Conflict,
    Derived,
    FactSpec,
    FactType,
    Grade,
    Kind,
    Read,
    Row,
    Rule,
    RuleSetHead,
    Source,
    SpellCertainty,
    Suspension,
    columns,
    parse_day,
)

__all__ = ["WRITTEN", "Written"]


def _fault(what: str, cure: str = "") -> PydanticCustomError:
    return PydanticCustomError("dearth", "{what}", {"what": what, "cure": cure})


def _day(value: object) -> date:
    day = parse_day(value)
    if day is None:
        raise _fault(f"{str(value)[:60]!r} is not a day", "write YYYY-MM-DD, e.g. 2025-04-04")
    return day


def _listed(value: object) -> tuple[object, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise _fault(f"{str(value)[:60]!r} is not a list", "write a list, e.g. [a, b]")
    return tuple(value)


def _web(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"'\\]+", url):
        raise _fault(f"{url[:80]!r} is not a web address", "write one that begins with https://")
    return url


Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Web = Annotated[str, Field(max_length=2000), AfterValidator(_web)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed)]


class Written(BaseModel):
    """A row as it must be written; `row` is what it is once it has been read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)
    kind_of_row: ClassVar[type[Row]]

    def row(self) -> Any:
        """Return the row, plain."""
        cells = {name: getattr(self, name) for name in columns(self.kind_of_row)}
        return self.kind_of_row(**cells)


class _Head(Written):
    kind_of_row = RuleSetHead
    version: Text
    as_of: Day
    note: Text | None = None


class _Source(Written):
    kind_of_row = Source
    title: Text
    url: Web | None = None
    read: Read = "part"
    grade: Grade | None = None
    date: Day | None = None
    terms: Text | None = None
    note: Text | None = None


class _FactSpec(Written):
    kind_of_row = FactSpec
    type: FactType
    meaning: Text
    question: Text
    about: About
    values: Texts = ()


class _Derived(Written):
    kind_of_row = Derived
    when: dict[str, Any]
    note: Text | None = None


class _Suspension(Written):
    kind_of_row = Suspension
    start: Day = Field(alias="from")
    until: Day
    by: Text
    certainty: SpellCertainty
    issued: Day | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _forward(self) -> _Suspension:
        if self.until < self.start:
            raise _fault("the suspension ends before it begins", "swap the days")
        return self


class _Rule(Written):
    kind_of_row = Rule
    id: Name
    jurisdiction: Annotated[str, Field(min_length=2, max_length=30)]
    instrument: Text
    number: Text | None = None
    article: Text | None = None
    title: Text | None = None
    issued: Day | None = None
    effective: Day
    until: Day | None = None
    kind: Kind
    effect: Effect
    when: dict[str, Any] | None
    overrides: Names = ()
    suspensions: tuple[_Suspension, ...] = Field(default=())
    suspended_with: Name | None = None
    text: Text
    note: Text | None = None
    scope: Text | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    presumption: Text | None = None
    control_codes: Texts = ()
    documents: Texts = ()
    act: Texts = ()
    penalties: Names = ()
    ambiguities: Names = ()
    effective_certainty: Text | None = None
    until_certainty: Text | None = None
    certainty: Certainty = "medium"
    url: Web | None = None
    sources: Names

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and isinstance(raw.get("suspensions"), list):
            return {**raw, "suspensions": tuple(raw["suspensions"])}
        return raw

    @model_validator(mode="after")
    def _forward(self) -> _Rule:
        if self.until is not None and self.until < self.effective:
            raise _fault("the rule ends before it begins", "swap the days")
        return self

    def row(self) -> Any:
        cells = {name: getattr(self, name) for name in columns(Rule)}
        return Rule(**{**cells, "suspensions": tuple(one.row() for one in self.suspensions)})


class _Conflict(Written):
    kind_of_row = Conflict
    id: Name
    between: Names
    when: dict[str, Any] | None = None
    text: Text
    sources: Names


class _Ambiguity(Written):
    kind_of_row = Ambiguity
    id: Name
    title: Text
    text: Text
    rules: Names = ()
    sources: Names = ()


# section of a file -> how its rows are written
WRITTEN: Final[dict[str, type[Written]]] = {
    "ruleset": _Head, "sources": _Source, "facts": _FactSpec, "derived": _Derived,
    "rules": _Rule, "conflicts": _Conflict, "ambiguities": _Ambiguity,
}  # fmt: skip
