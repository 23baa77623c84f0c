"""What a verdict is, and in which words it is told; where a statement does not say enough to have one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dearth.articles.patterns import has_flag, subjects, tolerance
from dearth.articles.statement import Figure, Statement
from dearth.measures.claim_compare import Relation
from dearth.measures.claim_readings import Asked, Reading

__all__ = [
    "BASIS", "CANNOT", "CONTRADICTED", "MIXED", "MOST", "OLD", "OPINION", "SUPPORTED", "VERDICTS", "Verdict",
    "amount_in_words", "asked_of", "cannot", "concluded", "missing_words", "slack_in_words", "spread_of",
    "subject_in_words",
]  # fmt: skip

SUPPORTED: Final = "supported"
CONTRADICTED: Final = "contradicted"
BASIS: Final = "depends on basis"
OLD: Final = "out of date"
MIXED: Final = "unit or label mixed up"
CANNOT: Final = "cannot be checked"
OPINION: Final = "opinion"
VERDICTS: Final = (SUPPORTED, CONTRADICTED, BASIS, OLD, MIXED, CANNOT, OPINION)
_TRADE: Final = ("exports", "magnet-exports", "import-share")
MOST: Final = 8  # readings shown


@dataclass(frozen=True)
class Verdict:
    """What the book says of a statement.

    Attributes
    ----------
    verdict
        One of `VERDICTS`.
    why
        In one sentence.
    evidence
        Readings, each with its relation to the figure: ``match``, ``near``, ``far``, ``open``.
    value
        What the best reading gives, in words.
    tolerance
        How far a reading may be and still count as the same.
    notes
        What else to know: disagreement, other bases, fields taken from the context.
    """

    verdict: str
    why: str
    evidence: tuple[tuple[Relation, Reading], ...] = ()
    value: str = ""
    tolerance: str = ""
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for an answer."""
        rows = [{"relation": found, **reading.to_dict()} for found, reading in self.evidence]
        return {
            "verdict": self.verdict, "why": self.why, "value": self.value, "tolerance": self.tolerance,
            "evidence": rows, "notes": list(self.notes),
        }  # fmt: skip


def cannot(why: str, evidence: Iterable[tuple[Relation, Reading]] = (), notes: Iterable[str] = ()) -> Verdict:
    """Return the verdict that nothing can be said."""
    return Verdict(CANNOT, why, tuple(evidence)[:MOST], notes=tuple(notes))


def asked_of(statement: Statement, subject: str = "") -> Asked:
    """Return what a statement asks of the book."""
    one = statement
    return Asked(subject or one.subject, one.element, one.place, one.partner, one.thing, one.product)


def concluded(verdict: Verdict, statement: Statement) -> Verdict:  # noqa: PLR0911 (one return per reason)
    """Soften a verdict that leans on a denial or on words of another sentence."""
    if verdict.verdict not in (SUPPORTED, CONTRADICTED):
        return verdict
    if statement.negated:
        why = f"the sentence holds a denial: read by itself the figure would be {verdict.verdict}"
        return replace(verdict, verdict=CANNOT, why=why)
    if statement.qualifier == "indirect" and verdict.verdict == CONTRADICTED:
        return replace(
            verdict, verdict=CANNOT, why="the words count what goes by third places, the rows do not"
        )
    if statement.qualifier == "capacity" and not (
        statement.subject == "separation" and verdict.verdict == SUPPORTED
    ):
        return _of_capacity(verdict)
    if statement.qualifier == "ambiguous" and verdict.verdict == CONTRADICTED:
        why = f"it would be contradicted as read, but another stage or place is named too; {verdict.why}"
        return replace(verdict, verdict=CANNOT, why=why)
    if statement.inherited and verdict.verdict == CONTRADICTED:
        fields = ", ".join(f"{name} {getattr(statement, name)}" for name in statement.inherited)
        why = f"it would be contradicted if {fields} is meant, which the sentence does not say; {verdict.why}"
        return replace(verdict, verdict=CANNOT, why=why)
    return verdict


def _of_capacity(verdict: Verdict) -> Verdict:
    """Return what rows of output can say of a share of capacity."""
    if verdict.verdict == SUPPORTED:
        why = f"as a share of output; the words speak of capacity, which is another basis; {verdict.why}"
        return replace(verdict, verdict=BASIS, why=why)
    why = f"it would be contradicted as a share of output; the words speak of capacity; {verdict.why}"
    return replace(verdict, verdict=CANNOT, why=why)


def missing_words(statement: Statement) -> str:
    """Return what the words do not say and the book needs, ``""`` when nothing is missing."""
    spec = subjects().get(statement.subject)
    if spec is None:
        return "the words do not say what the figure counts"
    known_by_place = statement.subject.startswith(("capacity", "finance")) and statement.place
    if spec.get("thing") and not statement.thing and not known_by_place:
        return "the words do not say of which firm, plant or machine"
    return _missing_place(statement, spec) or _missing_element(statement)


def _missing_place(statement: Statement, spec: Mapping[str, Any]) -> str:
    if statement.subject in _TRADE and not statement.place:
        return "the words do not say whose trade"
    if statement.subject == "import-share" and not statement.partner:
        return "the words do not say whose imports"
    placeless = has_flag(statement.subject, "placeless") or spec.get("thing") or spec.get("place")
    return "" if placeless or statement.place else "the words do not say of which place"


def _missing_element(statement: Statement) -> str:
    if statement.subject in ("price", "price-floor") and not statement.element:
        return "the words do not say of which element"
    if statement.subject == "price" and statement.element == "REO" and statement.product != "concentrate":
        return "a price is one of a product; the words name no element"
    return ""


def subject_in_words(statement: Statement) -> str:
    """Return what a statement is about, for a message."""
    place = statement.place or str(subjects().get(statement.subject, {}).get("place", ""))
    parts = [statement.subject.replace("-", " "), statement.element, place, statement.thing, statement.period]
    return ", ".join(part for part in parts if part)


def amount_in_words(one: Reading) -> str:
    """Return a reading in words: ``69.2 % (2025, concentrate, all REO)``."""
    unit = "" if one.unit == "1" else f" {one.unit}"
    ends = f"{one.low:,.6g}" if one.low == one.high else f"{one.low:,.6g} to {one.high:,.6g}"
    return f"{ends}{unit} ({one.period}, {one.basis})"


def slack_in_words(figure: Figure) -> str:
    """Return how far a row may be from a figure and still count as the same."""
    if figure.unit == "%":
        return f"{tolerance()['share-points']:g} points"
    return f"{100 * float(tolerance()['level']):g} % or half of the last digit written"


def spread_of(pairs: Iterable[tuple[Relation, Reading]]) -> list[str]:
    """Say where readings of one meaning disagree."""
    ends = [(one.low, one.high) for found, one in pairs if one.primary and not one.bound and found != "open"]
    if len(ends) < 2:  # noqa: PLR2004 (two to disagree)
        return []
    low, high = min(a for a, _ in ends), max(b for _, b in ends)
    return [f"rows of the same meaning reach from {low:,.6g} to {high:,.6g}"] if high > 1.1 * low else []
