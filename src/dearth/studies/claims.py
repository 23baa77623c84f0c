"""Is this figure true: every checkable statement of an article, with a verdict and the rows behind it."""

from __future__ import annotations

import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from dearth.answer import Answer
from dearth.articles import Article, Extraction, Statement, extract
from dearth.articles.corrections import corrected, row_of
from dearth.articles.patterns import has_flag, questions
from dearth.book import Book, load_book
from dearth.measures.claim_age import aged
from dearth.measures.claim_change import change_verdict, comparison_verdict
from dearth.measures.claim_compare import Relation
from dearth.measures.claim_counts import count_verdict
from dearth.measures.claim_law import law_verdict
from dearth.measures.claim_ranks import rank_verdict, record_verdict
from dearth.measures.claim_readings import Asked, Reading, readings, start_reading
from dearth.measures.claim_value import value_verdict
from dearth.measures.claim_verdict import (
    BASIS,
    CANNOT,
    CONTRADICTED,
    MIXED,
    OLD,
    OPINION,
    SUPPORTED,
    VERDICTS,
    Verdict,
    cannot,
)
from dearth.rules import load_rules
from dearth.rules.ruleset import RuleSet

__all__ = ["QUESTION", "claims", "judged", "overall"]

QUESTION: Final = "question for a study"
_WARNING: Final = (
    "verdicts hold for the rows of this book and the words of the sentence; read the rows before you cite one"
)
_DURATIONS: Final = ("project-time",)
_DECADES: Final = 10.0
_MEAN: Final = re.compile(r"\baverage|\bmean\b|typical|平均|通常", re.IGNORECASE)


def claims(
    article: Article,
    book: Book | None = None,
    rules: RuleSet | None = None,
    *,
    as_of: date | None = None,
    corrections: Sequence[Mapping[str, str]] = (),
) -> Answer:
    """Return every statement of an article with its verdict.

    Parameters
    ----------
    article
        As it was read.
    book, rules
        None: dearth's own.
    as_of
        Day up to which to look; None: the date of the data.
    corrections
        Rows of a claims file.

    Raises
    ------
    InputError
        A correction fits nothing: all faults at once.
    """
    book = book or load_book()
    rules = rules or load_rules()
    now = as_of or date.fromisoformat(book.date)
    found = extract(article)
    statements = corrected(article, found, corrections) if corrections else found.statements
    verdicts = [judged(one, book, rules, article, now) for one in statements]
    sources = _sources(
        book, (row for verdict in verdicts for one in verdict["evidence"] for row in one["rows"])
    )
    answer = {
        "article": {
            "name": article.name,
            "title": article.title,
            "day": article.day or None,
            "language": article.language,
            "text": article.text,
        },
        "statements": [{**_plain(one), **verdict} for one, verdict in zip(statements, verdicts, strict=True)],
        "counts": _counts(verdicts),
        "left_alone": _left(article, found),
    }
    return Answer(
        study="claims",
        version=importlib.metadata.version("dearth"),
        book={"version": book.version, "sha256": book.sha256, "rules_as_of": rules.as_of.isoformat()},
        scenario={"name": article.name, "sha256": article.sha256},
        as_of=now.isoformat(),
        seed=0,
        draws=0,
        question={"article": article.name, "day": article.day or None, "corrected": len(corrections)},
        answer=answer,
        sources=sources,
        warnings=_warnings(article),
    )


def _warnings(article: Article) -> tuple[str, ...]:
    undated = (
        "the article has no date: figures without a year are read as of the date of the data; give --day"
    )
    return (_WARNING,) if article.day else (undated, _WARNING)


def _plain(one: Statement) -> dict[str, Any]:
    data = one.to_dict()
    data["figures"] = [dict(figure) for figure in data["figures"]]
    return {**data, "row": row_of(one)}


def _counts(verdicts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = Counter(one["verdict"] for one in verdicts)
    return {name: found[name] for name in (*VERDICTS, QUESTION) if found[name]}


def _left(article: Article, found: Extraction) -> list[dict[str, Any]]:
    return [{"text": article.text[one.start : one.end][:300], "why": why} for one, why in found.left]


def _sources(book: Book, ids: Iterable[str]) -> list[dict[str, Any]]:
    known = {row.id: row for row in book.rows}
    return [known[name].model_dump(mode="json") for name in dict.fromkeys(ids) if name in known]


def judged(one: Statement, book: Book, rules: RuleSet, article: Article, now: date) -> dict[str, Any]:
    """Return the verdict on one statement as plain data, with what it would be today where that differs."""
    day = article.day if article.day and article.day <= now.isoformat() else now.isoformat()
    if one.kind == "question":
        return _question(one)
    if one.kind == "opinion":
        return Verdict(OPINION, "no figure and no rule: nothing to look up").to_dict() | {"today": ""}
    if one.kind == "legal":
        return {**law_verdict(one, rules, date.fromisoformat(day), now).to_dict(), "today": ""}
    verdict = aged(one, _verdict(one, book, day), book, day, now.isoformat())
    today = "" if one.period or day[:4] == str(now.year) else _verdict(one, book, now.isoformat()).verdict
    notes = [*verdict.notes]
    if one.inherited:
        notes.append(
            "from an earlier sentence: " + ", ".join(f"{n} {getattr(one, n)}" for n in one.inherited)
        )
    if one.attributed and verdict.evidence and not _of_source(one, verdict):
        notes.append(f"no row of {one.attributed}, whom the sentence names, was compared")
    data = {**verdict.to_dict(), "notes": notes, "today": today if today != verdict.verdict else ""}
    return _sourced(data)


def _of_source(one: Statement, verdict: Verdict) -> bool:
    return any(one.attributed.lower() in reading.source.lower() for _relation, reading in verdict.evidence)


def _sourced(data: dict[str, Any]) -> dict[str, Any]:
    """Take back a verdict that rests on no row: there is none without a source."""
    if data["evidence"] or data["verdict"] in (CANNOT, OPINION):
        return data
    return {**data, "verdict": CANNOT, "why": "no row stands behind it", "value": ""}


def _verdict(one: Statement, book: Book, day: str) -> Verdict:
    if not one.figures:
        return cannot("there is no figure in it")
    planned = one.subject == "start" or has_flag(one.subject, "targets")
    if one.hedged and one.period[:4] > day[:4] and not planned:
        return _forecast(one, book, day)
    return _BY_KIND.get(one.kind, value_verdict)(one, book, day)


def _forecast(one: Statement, book: Book, day: str) -> Verdict:
    found = value_verdict(one, book, day)
    return (
        found
        if found.verdict in (SUPPORTED, MIXED)
        else cannot("a forecast that the book does not have", found.evidence)
    )


def _start(one: Statement, book: Book, day: str) -> Verdict:
    """Return the verdict on the year in which a plant starts: what happened, else what was planned."""
    year = one.figures[0].low
    did, planned = (_starts(one, book, quantity) for quantity in ("actual-start", "planned-start"))
    told, was = _hits(did, year), _hits(planned, year)
    if told and year <= int(day[:4]):
        return Verdict(SUPPORTED, "it did", told, f"{year:.0f}")
    if was and year > int(day[:4]):
        return Verdict(SUPPORTED, "it is planned so; what is to come cannot be checked", was, f"{year:.0f}")
    shown: list[tuple[Relation, Reading]] = [("far", row) for row in (*did, *planned)]
    words = "; ".join(f"{row.low:.0f} ({row.basis})" for _relation, row in shown[:3])
    if was and did and did[0].low > year:
        return Verdict(OLD, f"it was planned so; since then {words}", (*was, *shown)[:4], words)
    if was:
        return Verdict(SUPPORTED, "it was planned so", was, f"{year:.0f}")
    past = [row for row in did if row.high <= int(day[:4])]
    if past and not one.hedged and all(abs(row.low - year) > 1 for row in (*did, *planned)):
        return Verdict(CONTRADICTED, f"the book has {words}", tuple(shown), words)
    return cannot("the book has no start of this plant in that year", shown[:4])


def _starts(one: Statement, book: Book, quantity: str) -> list[Reading]:
    rows = book.find(quantity=quantity)
    return [start_reading(row) for row in rows if one.thing.lower() in row.sector.lower() and row.has_number]


def _hits(rows: Iterable[Reading], year: float) -> tuple[tuple[Relation, Reading], ...]:
    return tuple(("match", row) for row in rows if row.low <= year <= row.high)


def _rank(one: Statement, book: Book, day: str) -> Verdict:
    if one.subject == "first":
        return cannot("the book does not record who was first")
    if one.rule == "record":
        return record_verdict(one, book, day)
    return rank_verdict(one, book, day)


def _duration(one: Statement, book: Book, day: str) -> Verdict:
    """Return an opinion with what projects took, where the words speak of building."""
    if one.subject == "licence-time":
        return value_verdict(one, book, day)
    if one.subject not in _DURATIONS:
        vague = one.figures[0].low < one.figures[0].high and one.figures[0].high >= _DECADES
        if vague and (one.element or one.hedged):
            return Verdict(OPINION, "a judgement of how long something takes, with no number to look up")
        return cannot("the book has no such duration")
    known = [
        reading for reading in readings(book, Asked(one.subject, "REO"), "level") if reading.unit == "year"
    ]
    shown: list[tuple[Relation, Reading]] = [("open", reading) for reading in known[:6]]
    told = [reading for reading in known if reading.low <= one.figures[0].middle <= reading.high]
    if told and (one.attributed or _MEAN.search(one.text)) and not one.hedged:
        hits: list[tuple[Relation, Reading]] = [("match", reading) for reading in told]
        return Verdict(
            SUPPORTED, "the book has it", tuple(hits), f"{told[0].low:.3g} years ({told[0].basis})"
        )
    value = "; ".join(f"{reading.low:.3g} years ({reading.basis}, {reading.period})" for reading in known[:4])
    why = f"a judgement of how long it would take; what projects took: {value}"
    return Verdict(OPINION, why, tuple(shown), value)


_BY_KIND: Final = {
    "comparison": comparison_verdict,
    "superlative": _rank,
    "duration": _duration,
    "date": _start,
    "change": change_verdict,
    "multiple": change_verdict,
    "count": count_verdict,
}


def _question(one: Statement) -> dict[str, Any]:
    entry = questions()[one.rule]
    return {
        "verdict": QUESTION, "why": str(entry["why"]), "value": "", "tolerance": "", "evidence": [],
        "notes": [],
        "today": "", "offers": [dict(offer) for offer in entry["offers"]],
    }  # fmt: skip


def overall(verdicts: Iterable[str]) -> str:
    """Return one verdict for the statements of a sentence: a sentence is as good as its worst statement."""
    kept = [one for one in verdicts if one != QUESTION]
    firm = [one for one in kept if one not in (CANNOT, OPINION)]
    if not firm:
        return (OPINION if OPINION in kept else CANNOT) if kept else ""
    return next(grave for grave in (CONTRADICTED, MIXED, OLD, BASIS, SUPPORTED) if grave in firm)
