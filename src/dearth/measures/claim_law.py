"""Verdicts on statements about rules: the dates of the rules decide, on the day of the article and today."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from dearth.articles.lists import listed_elements
from dearth.articles.patterns import law
from dearth.articles.statement import Statement
from dearth.articles.words import find
from dearth.measures.claim_verdict import CANNOT, CONTRADICTED, MIXED, OLD, SUPPORTED
from dearth.rules.rule import Rule
from dearth.rules.ruleset import RuleSet

__all__ = ["LawVerdict", "law_verdict"]

_LICENSED: Final = ("Sm", "Gd", "Tb", "Dy", "Lu", "Sc", "Y")
_LATER: Final = frozenset({"Ho", "Er", "Tm", "Eu", "Yb"})
_SHARE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|per\s?cent)", re.IGNORECASE)
_TRACE: Final = 0.1
_APRIL: Final = "CN-2025-18"
_TRUCE: Final = date(2025, 11, 7)
_GENERIC: Final = ("REO", "HREE", "LREE", "alloy")
_PAIRS: Final = {"NdPr": ("Nd", "Pr")}
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]{2}")
_ALL_OF_THEM: Final = re.compile(
    r"\b(?:all|every|each)\s+(?:of\s+(?:the\s+)?)?(?:17|seventeen)\b|\ball\s+rare\s+earths?\b|(?:全部|所有|全体)(?:的)?(?:17种|十七种)?稀土(?:元素)?|全部(?:17|十七)种",
    re.IGNORECASE,
)
_OF_APRIL: Final = re.compile(r"\bApril\b|4月", re.IGNORECASE)
_OF_OCTOBER: Final = re.compile(r"\bOct(?:ober|\.)?\b|10月", re.IGNORECASE)
_UNTIL: Final = re.compile(r"\b(?:until|till|through|to)\b|至|到|为止", re.IGNORECASE)
_KNOWN_AT_ONCE: Final = timedelta(days=1)


@dataclass(frozen=True)
class LawVerdict:
    """What dated rules say of a statement.

    Attributes
    ----------
    verdict, why
        As of a figure.
    rules
        The rules it rests on: id, instrument, dates, state on the day, address.
    notes
        What else to know; the state on the later day where it differs.
    """

    verdict: str
    why: str
    rules: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for an answer."""
        return {
            "verdict": self.verdict, "why": self.why, "value": self.why, "tolerance": "",
            "evidence": [], "rules": [dict(one) for one in self.rules], "notes": list(self.notes),
        }  # fmt: skip


def law_verdict(statement: Statement, rules: RuleSet, on: date, now: date) -> LawVerdict:
    """Return the verdict on a statement about rules.

    Parameters
    ----------
    on, now
        Day of the article, and day up to which the answer looks.
    """
    entry = law()[statement.rule]
    known = [rules.by_id[name] for name in entry["rules"] if name in rules.by_id]
    if not known:
        return LawVerdict(CANNOT, "no rule of this kind is on record", ())
    states = rules.statuses(on)
    shown = tuple(_row(rule, states[rule.id], rules) for rule in known)
    verdict, why = _judged(statement, entry, known[0], str(states[known[0].id]), on)
    later = _judged(statement, entry, known[0], str(rules.statuses(now)[known[0].id]), now)
    notes = [str(entry["say"])] if entry.get("say") else []
    if verdict == CANNOT and later[0] == OLD:
        verdict, why = later
    elif later[0] != verdict and now > on:
        notes.append(f"on {now.isoformat()}: {later[0]} ({later[1]})")
    if (
        statement.negated
        and verdict in (SUPPORTED, CONTRADICTED)
        and entry["asks"] not in ("ended", "suspended")
    ):
        verdict, why = CANNOT, f"the sentence holds a denial; without it: {verdict}, {why}"
    return LawVerdict(verdict, why, shown, tuple(notes))


def _row(rule: Rule, state: str, rules: RuleSet) -> dict[str, Any]:
    def day(one: date | None) -> str | None:
        return one.isoformat() if one else None

    pages = (rules.sources[name].url for name in rule.sources if name in rules.sources)
    web = next((page for page in pages if page), "")
    return {
        "rule": rule.id, "instrument": rule.cited, "issued": day(rule.issued),
        "effective": day(rule.effective),
        "until": day(rule.until), "state": state, "paraphrase": rule.text, "url": rule.url or web,
        "sources": list(rule.sources),
    }  # fmt: skip


def _dates(rule: Rule) -> str:
    until = f", until {rule.until.isoformat()}" if rule.until else ""
    issued = f"issued {rule.issued.isoformat()}, " if rule.issued else ""
    return f"{rule.cited}: {issued}in force from {rule.effective.isoformat()}{until}"


def _judged(  # noqa: PLR0911 (one return per kind of claim)
    statement: Statement, entry: Mapping[str, Any], rule: Rule, state: str, on: date
) -> tuple[str, str]:
    asks = entry["asks"]
    if asks == "listed":
        return _listed(statement, rule, state, on)
    if asks == "adopted":
        return _adopted(statement, rule, on)
    if asks == "stopped":
        banned = rule.effect in ("PROHIBIT", "DENY")
        return (
            SUPPORTED if banned else MIXED
        ), f"{_dates(rule)}; it asks for {'a stop' if banned else 'a licence'}"
    if asks == "ended":
        if on < rule.effective:
            return CANNOT, f"{_dates(rule)}; the article is older than the rule"
        ended = rule.until is not None and rule.until < on
        return (SUPPORTED if ended else CONTRADICTED), _dates(rule)
    if asks == "overtaken":
        return (OLD if on >= rule.effective else CANNOT), f"since then: {_dates(rule)}"
    if asks == "suspended":
        return _suspended(statement, rule, state, on)
    return _in_force(statement, rule, state, on)


def _suspended(statement: Statement, rule: Rule, state: str, on: date) -> tuple[str, str]:
    """Return the verdict on a suspension: whether there is one, of which rules, and until when."""
    words = f"{_dates(rule)}; on {on.isoformat()}: {state}"
    if _OF_APRIL.search(statement.text) and not _OF_OCTOBER.search(statement.text):
        known = on >= _TRUCE
        why = "the controls of 4 April 2025 were not suspended, those of 9 October were"
        return (CONTRADICTED if known else CANNOT), why
    told = statement.period[:7]
    ends = [spell.until.isoformat()[:7] for spell in rule.suspensions]
    if _UNTIL.search(statement.text) and told > on.isoformat()[:7] and ends and told not in ends:
        return CONTRADICTED, f"suspended until {ends[0]}, not {told}; {words}"
    return (SUPPORTED if state == "suspended" else CANNOT), words


def _elements(statement: Statement) -> set[str]:
    """Return the single elements that the words name."""
    language = "zh" if _CHINESE.search(statement.text) else "en"
    return {
        part
        for word in find("elements", statement.text, language)
        if word.name not in _GENERIC
        for part in _PAIRS.get(word.name, tuple(word.name.split("+")))
    }


def _named_outside(statement: Statement) -> list[str]:
    """Return the elements that the words name where the rule of April 2025 names none of them."""
    names = _elements(statement)
    outside = names - set(_LICENSED)
    return sorted(outside) if outside and outside == names and not outside & _LATER else []


def _listed(statement: Statement, rule: Rule, state: str, on: date) -> tuple[str, str]:
    """Return the verdict on a list of elements that are said to need a licence."""
    alone = _named_outside(statement)
    if alone and on >= rule.effective:
        return CONTRADICTED, f"{_dates(rule)}; it does not name {', '.join(alone)}"
    names = listed_elements(statement.text)
    if not names and set(_elements(statement)) and set(_elements(statement)) <= set(_LICENSED):
        return _in_force(statement, rule, state, on)
    outside = [one for one in names if one not in _LICENSED]
    if not names or len(outside) == len(names) or set(outside) & _LATER:
        return CANNOT, f"{_dates(rule)}; the elements that the words list cannot be told"
    verdict, why = _in_force(statement, rule, state, on)
    if outside and verdict == SUPPORTED:
        return CONTRADICTED, f"{why}; it does not name {', '.join(outside)}"
    return verdict, why


def _wrongly_named(statement: Statement, rule: Rule) -> str:
    """Return which elements the words wrongly put under the rule of April 2025, ``""`` for none."""
    if rule.id != _APRIL:
        return ""
    if _ALL_OF_THEM.search(statement.text):
        return "it names seven elements, not all of them"
    outside = _named_outside(statement)
    return f"it does not name {', '.join(outside)}" if outside else ""


def _off_threshold(text: str) -> bool:
    """Say whether a share of value is told that is not the one of Announcement 61."""
    told = [float(one) for one in _SHARE.findall(text)]
    return bool(told) and all(abs(one - _TRACE) > _TRACE / 2 for one in told)


def _in_force(statement: Statement, rule: Rule, state: str, on: date) -> tuple[str, str]:
    words = f"{_dates(rule)}; on {on.isoformat()}: {state}"
    if on < (rule.issued or rule.effective) - _KNOWN_AT_ONCE:
        return CANNOT, f"{words}; the article is older than the rule"
    if statement.rule == "trace-content" and _off_threshold(statement.text):
        return CONTRADICTED, f"{words}; the share of value is 0.1 %"
    wrong = _wrongly_named(statement, rule) if state == "active" else ""
    if wrong:
        return CONTRADICTED, f"{words}; {wrong}"
    if state in ("active", "pending"):
        return SUPPORTED, words if state == "active" else f"{words}: as announced"
    if state in ("suspended", "expired"):
        return (SUPPORTED, words) if _spoken_of(statement, rule) else (OLD, words)
    return CANNOT, words


def _spoken_of(statement: Statement, rule: Rule) -> bool:
    """Say whether the words speak of a year in which an ended rule was in force."""
    year = statement.period[:4]
    return bool(rule.until and year.isdigit() and rule.effective.year <= int(year) <= rule.until.year)


def _adopted(statement: Statement, rule: Rule, on: date) -> tuple[str, str]:
    days = [day for day in (rule.issued, rule.effective) if day is not None]
    if not statement.period:
        known = on >= min(days)
        return (SUPPORTED if known else CANNOT), _dates(rule)
    told = statement.period.split("..")[0]
    same = any(day.isoformat().startswith(told) for day in days)
    if not same and rule.until and rule.effective.year <= int(told[:4]) <= rule.until.year:
        same = len(told) == 4  # noqa: PLR2004 (a year has four digits)
    return (SUPPORTED if same else CONTRADICTED), f"told: {statement.period}; {_dates(rule)}"
