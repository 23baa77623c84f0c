"""What a decision leaves behind: rules that hit or may hit, what is missing, and the answer as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from dearth.rules.conditions import FactValue, Truth
from dearth.rules.rule import Ambiguity, Conflict, Rule, columns, spelled
from dearth.rules.ruleset import Status

__all__ = ["Determination", "Hit", "Missing"]

_OF_CONFLICT: Final = tuple(name for name in columns(Conflict) if name != "when")


@dataclass(frozen=True)
class Hit:
    """A rule that hits, or may hit.

    Attributes
    ----------
    truth
        ``true``, or ``unknown`` when a fact is missing.
    status
        State of the rule on the day.
    facts
        Stated facts it read.
    unknown
        Facts that leave it open.
    """

    rule: Rule
    truth: str
    status: Status
    facts: Mapping[str, FactValue]
    unknown: tuple[str, ...] = ()

    @property
    def rate(self) -> str | None:
        """Rate that the rule names for the tariff line of the goods, None when it names none."""
        rate = self.rule.params.get("rates", {}).get(self.facts.get("item.hs8"))
        if isinstance(rate, str):
            return rate
        return f"{100 * rate:g} %" if isinstance(rate, int | float) else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with the rule's text, instrument, days and address."""
        rule = self.rule
        return {
            "rule": rule.id,
            "effect": rule.effect,
            "truth": self.truth,
            "status": self.status,
            "jurisdiction": rule.jurisdiction,
            "instrument": rule.instrument,
            "number": rule.number,
            "article": rule.article,
            "issued": rule.known.isoformat(),
            "effective": rule.effective.isoformat(),
            "until": rule.until.isoformat() if rule.until else None,
            "paraphrase": rule.text,
            "note": rule.note,
            "presumption": rule.presumption,
            "rate": self.rate,
            "certainty": rule.certainty,
            "url": rule.url,
            "sources": list(rule.sources),
            "facts": {k: list(v) if isinstance(v, tuple) else v for k, v in self.facts.items()},
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True)
class Missing:
    """A fact that is not stated and that some rule asks for.

    Attributes
    ----------
    effect
        The strictest effect it could bring.
    rules
        Rules it leaves open, the strictest first.
    frees
        Whether it could only bring an exemption.
    """

    fact: str
    question: str
    effect: str
    rules: tuple[str, ...]
    frees: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "fact": self.fact,
            "question": self.question,
            "could_bring": self.effect,
            "rules": list(self.rules),
            "frees": self.frees,
        }


@dataclass(frozen=True)
class Determination:
    """What the rules say of a case on a day; never that goods may leave.

    Attributes
    ----------
    determination, worst_case
        Strictest effect of the rules that certainly hit, and of those that may hit as well.
    settled
        Whether no missing fact and no dispute could make it stricter.
    if_reactivated, disputed
        The determination if every suspension, confirmed or only reported, ended; and if only the disputed
        rules were in force.  With ``_worst``, its worst case.
    hits, possible
        Rules in force that hit, and those that missing facts or a dispute leave open; duties left out.
    suspended, disputed_hits
        Rules that would hit if their suspension ended, or if they are in force after all.
    duties
        Duties of conduct that hit; they never change the determination.
    overridden
        Rules that an exemption keeps from deciding.
    codes
        Rows of the control list: True matched, None open.
    """

    case_id: str
    on: date | None
    as_of: date | None
    determination: str
    worst_case: str
    if_reactivated: str
    disputed: str
    if_reactivated_worst: str
    disputed_worst: str
    hits: tuple[Hit, ...] = ()
    possible: tuple[Hit, ...] = ()
    suspended: tuple[Hit, ...] = ()
    disputed_hits: tuple[Hit, ...] = ()
    duties: tuple[Hit, ...] = ()
    overridden: tuple[Hit, ...] = ()
    missing: tuple[Missing, ...] = ()
    codes: Mapping[str, bool | None] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether no missing fact and no dispute could make it stricter."""
        return self.determination == self.worst_case

    @property
    def deciding(self) -> tuple[str, ...]:
        """Ids of the rules whose effect is the determination."""
        return tuple(hit.rule.id for hit in self.hits if hit.rule.effect == self.determination)

    @property
    def penalties(self) -> tuple[str, ...]:
        """Ids of the penalties named by rules that hit and by duties of conduct."""
        named = (name for hit in (*self.hits, *self.duties) for name in hit.rule.penalties)
        return tuple(dict.fromkeys(named))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        groups = ("hits", "possible", "suspended", "disputed_hits", "duties", "overridden")
        return {
            "case": self.case_id,
            "on": self.on.isoformat() if self.on else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "determination": self.determination,
            "worst_case": self.worst_case,
            "settled": self.settled,
            "if_reactivated": self.if_reactivated,
            "disputed": self.disputed,
            "if_reactivated_worst": self.if_reactivated_worst,
            "disputed_worst": self.disputed_worst,
            "deciding": list(self.deciding),
            "codes": _codes(self.codes, True),
            "codes_open": _codes(self.codes, None),
            **{name: [hit.to_dict() for hit in getattr(self, name)] for name in groups},
            "missing": [one.to_dict() for one in self.missing],
            "conflicts": [spelled(one, _OF_CONFLICT) for one in self.conflicts],
            "ambiguities": [spelled(one) for one in self.ambiguities],
        }


def _codes(codes: Mapping[str, bool | None], truth: Truth) -> list[str]:
    return sorted(code for code, found in codes.items() if found is truth)
