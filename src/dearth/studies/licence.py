"""May this leave, under which rule, how slowly: what dated rules say of a shipment on a day.

The answer never says that goods may leave.  It names the rules that hit, the facts they hit on, what is
unknown, and what would follow.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dearth.answer import Answer
from dearth.errors import InputError
from dearth.rules.case import DATE, REGIME, Case
from dearth.rules.case_file import WrittenCase, outcome_of
from dearth.rules.conditions import FactValue
from dearth.rules.decide import Determination, decide, trace
from dearth.rules.effects import EFFECTS
from dearth.rules.read import load_rules
from dearth.rules.rescreen import LISTED, rescreened
from dearth.rules.rule import Rule, spelled
from dearth.rules.ruleset import RuleSet
from dearth.rules.shipment import Shipment, read_shipment

if TYPE_CHECKING:
    from dearth.rules.bill import BillAssessment

__all__ = [
    "Asked",
    "agreement",
    "answer_of",
    "bill",
    "envelope",
    "licence",
    "recorded",
    "redecide",
    "staleness",
]

_PARAPHRASE: Final = "texts of rules are dearth's paraphrase, not the wording of the instrument"
_LICENCES: Final = ("DENY", "CBC", "LIC", "LIC_QUOTA", "LIC_ORD")


def licence(
    shipment: Shipment | Mapping[str, Any],
    rules: RuleSet | None = None,
    *,
    as_of: date | None = None,
    with_trace: bool = False,
) -> Answer:
    """Return what the rules say of a shipment on its day.

    Parameters
    ----------
    shipment
        As it was read, or plain data with the keys of a shipment file, e.g. ``{"on": "2026-03-02",
        "from": "CN", "to": "JP", "goods": "dysprosium oxide"}``.
    rules
        None: dearth's own.
    as_of
        Day up to which rules and suspensions are known; None: all that the rule set holds.
    with_trace
        Whether the answer carries every test of every rule.

    Raises
    ------
    InputError
        Plain data do not describe a shipment: all faults at once.
    """
    rules = rules or load_rules()
    if not isinstance(shipment, Shipment):
        shipment = _read(shipment, rules)
    case = shipment.case
    found = decide(case, rules, as_of=as_of)
    also = [_other_act(case, regime, rules, as_of) for regime in shipment.also]
    answer: dict[str, Any] = {
        **answer_of(found, rules),
        "facts": plain(case.facts),
        "read_from": dict(shipment.read_from),
        "goods": _goods(shipment),
        "parties": [screening.to_dict() for screening in shipment.screenings],
        "other_acts": also,
    }
    if with_trace:
        answer["trace"] = trace(case, rules, as_of=as_of)
    warnings = [*shipment.warnings, *_cautions(found)]
    question = {"case": case.id, "title": case.title, "on": _iso(found.on), "regime": case.facts.get(REGIME)}
    return envelope(rules, Asked(question, case, found.on, as_of), answer, warnings)


def _read(raw: Mapping[str, Any], rules: RuleSet) -> Shipment:
    shipment, faults = read_shipment(raw, rules, "shipment")
    if faults or shipment is None:
        raise InputError("Reading a shipment", faults)
    return shipment


def _other_act(case: Case, regime: str, rules: RuleSet, as_of: date | None) -> dict[str, Any]:
    found = decide(case.having(txn__regime=regime), rules, as_of=as_of)
    return {"regime": regime, **found.to_dict()}


def answer_of(found: Determination, rules: RuleSet) -> dict[str, Any]:
    """Return a determination as plain data, with words, papers to prepare and expected delay."""
    delay = _delay(found, rules)
    return {
        **found.to_dict(),
        "in_words": {
            name: EFFECTS[name]
            for name in dict.fromkeys(
                (found.determination, found.worst_case, found.if_reactivated, found.disputed)
            )
        },
        "documents": _documents(found),
        "delay": delay,
        "delay_range": _delay_range(delay),
        "penalties": _penalties(found, rules),
    }


def _documents(found: Determination) -> list[dict[str, str]]:
    """Return each paper once, with the first rule that asks for it."""
    papers: dict[str, str] = {}
    for hit in (*found.hits, *found.duties):
        for paper in hit.rule.documents:
            papers.setdefault(paper, hit.rule.id)
    return [{"document": paper, "rule": rule} for paper, rule in papers.items()]


def _delay(found: Determination, rules: RuleSet) -> list[dict[str, Any]]:
    """Return what is recorded on times and shares of approval for the rules that hit, with sample sizes."""
    touched = (*found.hits, *found.possible)
    effects = {hit.rule.effect for hit in touched} & set(_LICENCES)
    wanted = {hit.rule.id for hit in touched if hit.rule.effect in _LICENCES} | effects
    keys = ("quantity", "low", "high", "unit", "n", "date", "who", "source", "url", "note", "rule", "id")
    return [
        {key: _number(row.get(key, "")) if key in ("low", "high", "n") else row.get(key, "") for key in keys}
        for row in rules.tables.get("delays", ())
        if row["rule"] in wanted
    ]


def _delay_range(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, by quantity and unit, the range over all records, their number and the largest sample."""
    kinds = dict.fromkeys((row["quantity"], row["unit"]) for row in rows)
    return [
        _range_of(kind, [row for row in rows if (row["quantity"], row["unit"]) == kind]) for kind in kinds
    ]


def _range_of(kind: tuple[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    ends = [row[key] for row in rows for key in ("low", "high") if row[key] is not None]
    samples = [row["n"] for row in rows if row["n"] is not None]
    return {
        "quantity": kind[0],
        "unit": kind[1],
        "low": min(ends, default=None),
        "high": max(ends, default=None),
        "records": len(rows),
        "largest_n": max(samples, default=None),
    }


def _number(text: str) -> float | None:
    return float(text) if text else None


def _penalties(found: Determination, rules: RuleSet) -> list[dict[str, Any]]:
    """Return each penalty once, with the rules and duties that name it."""
    keys = {"id", "instrument", "article", "text", "params", "url", "sources"}
    by = [hit.rule for hit in (*found.hits, *found.duties)]
    return [
        {
            **spelled(rules.by_id[name], keys),
            "named_by": [rule.id for rule in by if name in rule.penalties],
        }
        for name in found.penalties
    ]


def _goods(shipment: Shipment) -> dict[str, Any] | None:
    reading = shipment.goods
    if reading is None:
        return None
    return {
        "text": reading.text,
        "read_as": list(reading.how),
        "hs": list(reading.hs),
        "usual_hs": list(reading.usual_hs),
        "notes": list(reading.notes),
        "not_understood": list(reading.unknown),
    }


def _cautions(found: Determination) -> list[str]:
    cautions = []
    if found.on is None:
        cautions.append("no day is stated: every rule may be in force, so nothing is settled")
    timeless = [hit.rule.id for hit in found.hits if hit.rule.params.get("statutory_clock") is False]
    if timeless:
        cautions.append(
            f"no time limit of the law runs under {', '.join(timeless)}: it may take longer than others"
        )
    if found.disputed_hits:
        names = ", ".join(hit.rule.id for hit in found.disputed_hits)
        cautions.append(f"disputed on this day: {names}; a person must check the state of the law")
    return cautions


def staleness(rules: RuleSet, as_of: date) -> str:
    """Return one line when the rules are older than 14 days at `as_of`, else nothing."""
    days = rules.stale_days(as_of)
    if not days:
        return ""
    return (
        f"the rules rest on evidence up to {rules.as_of}, {days} days before {as_of}: look for newer notices"
    )


class Asked(NamedTuple):
    """What was asked, for the envelope."""

    question: Mapping[str, Any]
    named: Case
    on: date | None = None
    as_of: date | None = None


def envelope(rules: RuleSet, asked: Asked, answer: Mapping[str, Any], warnings: Iterable[str]) -> Answer:
    """Return an answer in the envelope that every study shares; there is no ensemble, so no seed."""
    known = asked.as_of or max(day for day in (rules.as_of, asked.on) if day is not None)
    stale = staleness(rules, known)
    return Answer(
        study="licence",
        version=_version(),
        book={"version": rules.version, "sha256": rules.sha256, "rules_as_of": rules.as_of.isoformat()},
        scenario={"name": asked.named.id, "sha256": _sha256(plain(asked.named.facts))},
        as_of=known.isoformat(),
        seed=0,
        draws=0,
        question=asked.question,
        answer=answer,
        sources=_sources(answer, rules),
        warnings=tuple(dict.fromkeys([*warnings, *([stale] if stale else []), _PARAPHRASE])),
    )


def _sources(answer: Mapping[str, Any], rules: RuleSet) -> list[dict[str, Any]]:
    """Return the sources of every rule that the answer names."""
    groups = ("hits", "possible", "suspended", "disputed_hits", "duties", "overridden")
    hits = [hit for group in groups for hit in answer.get(group, ())]
    hits += answer.get("rules", ())
    hits += [hit for act in answer.get("other_acts", ()) for group in groups for hit in act[group]]
    return rules.sources_of(tuple(name for hit in hits for name in hit["sources"]))


def agreement(cases: Iterable[WrittenCase], rules: RuleSet, *, folder: Path) -> Answer:
    """Return whether the rules agree with the answers that the authors of cases expect."""
    rows: list[dict[str, Any]] = []
    warnings: list[str] = []
    for written in cases:
        found = decide(written.case, rules)
        outcome, differs = outcome_of(written.expected, found)
        warnings += written.warnings
        rows.append(
            {
                "id": written.case.id,
                "file": written.file,
                "outcome": outcome,
                "expected": dict(written.expected),
                "determination": found.determination,
                "worst_case": found.worst_case,
                "if_reactivated": found.if_reactivated,
                "disputed": found.disputed,
                "rules": [hit.rule.id for hit in (*found.hits, *found.duties)],
                "differs": differs,
                "why": written.why,
                "source": written.source,
            }
        )
    counts = {
        name: sum(row["outcome"] == name for row in rows) for name in ("agreed", "disagreed", "unknown")
    }
    named = Case(folder.name or "cases", {f"{row['file']} {row['id']}": str(row["differs"]) for row in rows})
    answer = {**counts, "cases": rows}
    return envelope(rules, Asked({"cases": folder.name}, named), answer, warnings)


def bill(
    assessed: BillAssessment, rules: RuleSet, *, sha256: str, shared: Mapping[str, FactValue] | None = None
) -> Answer:
    """Return what the rules say of every line of a bill of materials.

    Parameters
    ----------
    sha256
        Of the bytes of the bill.
    shared
        Facts that were taken to hold for every line.
    """
    found = {**assessed.to_dict(), "shared": plain(shared or {})}
    warnings = found.pop("warnings")
    question = {"bill": assessed.name, "on": _iso(assessed.on), "lines": found["lines"]}
    if assessed.on is None:
        warnings = [*warnings, "no day is stated: every rule may be in force, so nothing is settled"]
    asked = Asked(
        question, Case(assessed.name, {**(shared or {}), "sha256": sha256}), assessed.on, assessed.as_of
    )
    views = ("from_china", "offshore", "offshore_inside")
    fields = ("deciding", "suspended", "freed_by")
    names = dict.fromkeys(n for row in found["rows"] for v in views for f in fields for n in row[v][f])
    found["rules"] = [_rule_of(rules.by_id[name]) for name in sorted(names)]
    return envelope(rules, asked, found, warnings)


def _rule_of(rule: Rule) -> dict[str, Any]:
    keys = {"id", "effect", "instrument", "number", "article", "effective", "until", "text", "url", "sources"}
    return spelled(rule, keys)


def plain(facts: Mapping[str, FactValue]) -> dict[str, Any]:
    """Return facts as plain data, by name."""
    return {name: list(v) if isinstance(v, tuple) else v for name, v in sorted(facts.items())}


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@cache
def _version() -> str:
    try:
        return importlib.metadata.version("dearth")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def case_of(record: Mapping[str, Any]) -> Case:
    """Return the case of a determination that was recorded: its id and its facts as they were used."""
    facts = {name: tuple(v) if isinstance(v, list) else v for name, v in record["facts"].items()}
    return Case(str(record["id"]), facts)


def recorded(answer: Answer) -> dict[str, Any]:
    """Return what the register keeps of an answer."""
    found = answer.answer
    day = found["on"] or answer.as_of
    return {
        "kind": "determination",
        "day": day,
        "case": {
            "id": answer.scenario["name"],
            "facts": {**found["facts"], DATE: day},
            "parties": [one["name"] for one in found["parties"]],
            "screened": [fact for fact in LISTED.values() if found["read_from"].get(fact)],
        },
        "rules": dict(answer.book),
        "answer": {key: found[key] for key in _KEPT},
        "dearth": answer.version,
        "title": answer.question["title"] or answer.scenario["name"],
    }


_KEPT: Final = (
    "determination", "worst_case", "if_reactivated", "disputed", "deciding", "codes", "missing", "settled",
)  # fmt: skip


def redecide(rules: RuleSet) -> Any:
    """Return what decides a recorded case again on another day, its parties screened for that day."""
    from dearth.rules.parties import load_parties  # noqa: PLC0415 (a fast start)

    def decided(record: Mapping[str, Any], day: str) -> Mapping[str, Any]:
        case, on = case_of(record), date.fromisoformat(day)
        if record.get("parties"):
            names, screened = record["parties"], record["screened"]
            case = Case(case.id, rescreened(case.facts, names, screened, on, load_parties()))
        return decide(case, rules, on=on).to_dict()

    return decided
