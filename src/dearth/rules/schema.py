"""What a rule, a fact and a source are, as they are written in ``data/rules``: frozen and strict."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dearth.rules.effects import Effect

__all__ = [
    "About",
    "Ambiguity",
    "Conflict",
    "Derived",
    "FactSpec",
    "FactType",
    "Kind",
    "Rule",
    "RuleSetHead",
    "Source",
    "Suspension",
    "parse_day",
]

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


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class RuleSetHead(_Strict):
    """Version of the rules, and the day of the latest evidence in them."""

    version: Text
    as_of: Day
    note: Text | None = None


class Source(_Strict):
    """Where a rule was read, and how much of it."""

    title: Text
    url: Web | None = None
    read: Literal["whole", "part", "digest", "press", "not-opened"] = "part"
    grade: Literal["A", "B", "C", "D"] | None = None
    date: Day | None = None
    terms: Text | None = None
    note: Text | None = None


class FactSpec(_Strict):
    """One fact that a case may state: its type, and what to ask when it is missing."""

    type: FactType
    meaning: Text
    question: Text
    about: About
    values: Texts = ()


class Derived(_Strict):
    """A fact that follows from others."""

    when: dict[str, Any]
    note: Text | None = None


class Suspension(_Strict):
    """A spell in which a rule does not apply, both ends included.

    Attributes
    ----------
    certainty
        ``confirmed``, or ``reported_unconfirmed``: then the rule is disputed in the spell.
    issued
        Day on which the suspension became known; its first day when nothing is said.
    """

    start: Day = Field(alias="from")
    until: Day
    by: Text
    certainty: Literal["confirmed", "reported_unconfirmed"]
    issued: Day | None = None
    source: Text | None = None

    @property
    def known(self) -> date:
        """Day on which it became known."""
        return self.issued or self.start

    @model_validator(mode="after")
    def _forward(self) -> Suspension:
        if self.until < self.start:
            raise _fault("the suspension ends before it begins", "swap the days")
        return self


class Rule(_Strict):
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
    suspensions: tuple[Suspension, ...] = Field(default=())
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
    def _forward(self) -> Rule:
        if self.until is not None and self.until < self.effective:
            raise _fault("the rule ends before it begins", "swap the days")
        return self

    @property
    def known(self) -> date:
        """Day on which the rule became known."""
        return self.issued or self.effective

    @property
    def cited(self) -> str:
        """The instrument, its number and article, in one line."""
        article = f", {self.article}" if self.article else ""
        return f"{self.instrument} {self.number or ''}".strip() + article


class Conflict(_Strict):
    """Two rules that ask for opposite things; shown, never resolved."""

    id: Name
    between: Names
    when: dict[str, Any] | None = None
    text: Text
    sources: Names


class Ambiguity(_Strict):
    """What the text of a rule leaves open."""

    id: Name
    title: Text
    text: Text
    rules: Names = ()
    sources: Names = ()
