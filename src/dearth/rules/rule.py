"""What a rule, a fact and a source are: frozen, and plain, so that a start need not wait for their checker.

How they must be written is in :mod:`dearth.rules.schema`, whose columns these are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Literal

from dearth.rules.effects import Effect

__all__ = [
    "ROWS",
    "About",
    "Ambiguity",
    "Certainty",
    "Conflict",
    "Derived",
    "FactSpec",
    "FactType",
    "Grade",
    "Kind",
    "Read",
    "Row",
    "Rule",
    "RuleSetHead",
    "Source",
    "SpellCertainty",
    "Suspension",
    "columns",
    "parse_day",
    "row_of",
    "spelled",
]

Day = date
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2060

Kind = Literal[
    "framework", "procedure", "production", "classification", "interpretation", "exemption",
    "extraterritorial", "end_user", "end_use", "technology", "destination", "facilitation",
    "enforcement", "procurement", "tariff", "duty", "quota", "benchmark", "policy", "penalty",
    "scope", "traceability", "ruling", "monitoring", "stocks", "risk", "product", "levy",
    "stockpile",
]  # fmt: skip
FactType = Literal["day", "flag", "number", "share", "choice", "choices", "place", "text", "texts"]
About = Literal[
    "date",
    "route",
    "goods",
    "origin",
    "parties",
    "use",
    "technology",
    "dod",
    "company",
    "production",
    "penalty",
]
Certainty = Literal["high", "medium", "low"]
SpellCertainty = Literal["confirmed", "reported_unconfirmed"]
Read = Literal["whole", "part", "digest", "press", "not-opened"]
Grade = Literal["A", "B", "C", "D"]


def parse_day(value: object) -> date | None:
    """Return the day written as ``YYYY-MM-DD``, None when it is none between 1990 and 2060."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


@dataclass(frozen=True, slots=True)
class RuleSetHead:
    """Version of the rules, and the day of the latest evidence in them."""

    version: str
    as_of: date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was read, and how much of it."""

    title: str
    url: str | None = None
    read: Read = "part"
    grade: Grade | None = None
    date: Day | None = None
    terms: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact that a case may state: its type, and what to ask when it is missing."""

    type: FactType
    meaning: str
    question: str
    about: About
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that follows from others."""

    when: Mapping[str, Any]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Suspension:
    """A spell in which a rule does not apply, both ends included.

    Attributes
    ----------
    certainty
        ``confirmed``, or ``reported_unconfirmed``: then the rule is disputed in the spell.
    issued
        Day on which the suspension became known; its first day when nothing is said.
    """

    start: date
    until: date
    by: str
    certainty: SpellCertainty
    issued: date | None = None
    source: str | None = None

    @property
    def known(self) -> date:
        """Day on which it became known."""
        return self.issued or self.start


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated rule.  `text` is our paraphrase, never the wording of the instrument.

    Attributes
    ----------
    issued, effective, until
        Day of issue (the day of effect when nothing is said), first and last day in force.
    when
        Condition under which it hits; None for background that never hits.
    overrides
        Rules that do not decide while this one hits.
    suspended_with
        Rule whose suspensions hold for this one too.
    """

    id: str
    jurisdiction: str
    instrument: str
    number: str | None = None
    article: str | None = None
    title: str | None = None
    issued: date | None = None
    effective: date = field(kw_only=True)
    until: date | None = None
    kind: Kind = field(kw_only=True)
    effect: Effect = field(kw_only=True)
    when: Mapping[str, Any] | None = None
    overrides: tuple[str, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    suspended_with: str | None = None
    text: str = field(kw_only=True)
    note: str | None = None
    scope: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    presumption: str | None = None
    control_codes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    act: tuple[str, ...] = ()
    penalties: tuple[str, ...] = ()
    ambiguities: tuple[str, ...] = ()
    effective_certainty: str | None = None
    until_certainty: str | None = None
    certainty: Certainty = "medium"
    url: str | None = None
    sources: tuple[str, ...] = field(kw_only=True)

    @property
    def known(self) -> date:
        """Day on which the rule became known."""
        return self.issued or self.effective

    @property
    def cited(self) -> str:
        """The instrument, its number and article, in one line."""
        article = f", {self.article}" if self.article else ""
        return f"{self.instrument} {self.number or ''}".strip() + article


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules that ask for opposite things; shown, never resolved."""

    id: str
    between: tuple[str, ...]
    when: Mapping[str, Any] | None = field(default=None, kw_only=True)
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """What the text of a rule leaves open."""

    id: str
    title: str
    text: str
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


Row = RuleSetHead | Source | FactSpec | Derived | Suspension | Rule | Conflict | Ambiguity
# section of the files -> what its rows are; a list is a tuple of plain values
ROWS: Final[dict[str, type[Row] | None]] = {
    "ruleset": RuleSetHead, "sources": Source, "facts": FactSpec, "derived": Derived, "lists": None,
    "rules": Rule, "conflicts": Conflict, "ambiguities": Ambiguity,
}  # fmt: skip
_DAYS: Final = frozenset({"as_of", "date", "issued", "effective", "until", "start"})


def columns(kind: type[Row]) -> tuple[str, ...]:
    """Return the names of what a row of a kind says, in their order."""
    return tuple(one.name for one in fields(kind))


def spelled(row: Row, keys: Collection[str] | None = None) -> dict[str, Any]:
    """Return a row as plain JSON: days as text, tuples as lists.

    Parameters
    ----------
    keys
        What is wanted of it; None: all.
    """
    return {name: _spelled(getattr(row, name)) for name in columns(type(row)) if keys is None or name in keys}


def _spelled(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_spelled(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _spelled(item) for name, item in value.items()}
    return spelled(value) if isinstance(value, Suspension) else value


def row_of(kind: type[Row], told: Mapping[str, Any]) -> Any:
    """Return the row that `spelled` has spelled out; what stands at its default may be left out of it."""
    return kind(**{name: _value(name, value) for name, value in told.items()})


def _value(name: str, value: Any) -> Any:
    if name in _DAYS and value is not None:
        return date.fromisoformat(value)
    if name == "suspensions":
        return tuple(row_of(Suspension, one) for one in value)
    return tuple(value) if isinstance(value, list) else value
