"""Statements and their verdicts as lines of text and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from dearth.answer import Answer
from dearth.articles.corrections import COLUMNS
from dearth.faces.present import csv_text

__all__ = [
    "STYLES",
    "claims_csv",
    "claims_lines",
    "figure_words",
    "offer_of",
    "reading_words",
    "subject_words",
]

STYLES: Final = {
    "supported": "green", "contradicted": "bold red", "depends on basis": "yellow", "out of date": "magenta",
    "unit or label mixed up": "bold magenta", "cannot be checked": "", "opinion": "",
    "question for a study": "cyan",
}  # fmt: skip
_JUDGED: Final = ("verdict", "today", "why", "value", "tolerance", "sources", "notes")
_SHOWN: Final = 3
_SHORT: Final = 240
_MARK: Final = {"match": "=", "near": "~", "far": "x", "open": "?"}
_BOUNDS: Final = {
    "more": "more than ",
    "less": "less than ",
    "nearly": "nearly ",
    "about": "about ",
    "only": "only ",
}


def _number(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"  # noqa: PLR2004 (a million)


def figure_words(statement: Mapping[str, Any]) -> str:
    """Return the figures of a statement in words: ``from 250 to 1,000 USD/kg``."""
    parts = []
    for figure in statement["figures"]:
        ends = _number(figure["low"])
        if figure["high"] != figure["low"]:
            ends += f" to {_number(figure['high'])}"
        unit = {"1": "times", "calendar year": ""}.get(figure["unit"], figure["unit"])
        role = {"from": "from ", "to": "to "}.get(figure["role"], "")
        parts.append(f"{role}{_BOUNDS.get(figure['bound'], '')}{ends} {unit}".rstrip())
    return " ".join(parts)


def subject_words(statement: Mapping[str, Any]) -> str:
    """Return what a statement was read to be about."""
    names = ("subject", "rule", "element", "place", "partner", "thing", "product", "period", "base")
    parts = [
        str(statement[name]).replace("-", " ") if name in ("subject", "rule") else str(statement[name])
        for name in names
    ]
    return ", ".join(part for part in parts if part)


def offer_of(statement: Mapping[str, Any]) -> str:
    """Return the command that answers a question, the first whose study this dearth has."""
    from dearth.faces.catalogue import STUDIES  # noqa: PLC0415 (a fast start)

    known = {study.name for study in STUDIES}
    offers = [offer for offer in statement.get("offers", ()) if offer["study"] in known]
    return str(offers[0]["command"]) if offers else ""


def reading_words(row: Mapping[str, Any]) -> str:
    """Return a reading of the book in one line."""
    ends = (
        _number(row["low"])
        if row["low"] == row["high"]
        else f"{_number(row['low'])} to {_number(row['high'])}"
    )
    where = ", ".join(part for part in (row["element"], row["place"], row["period"]) if part)
    return f"{ends} {row['unit']} ({where}; {row['basis']}); {row['source']} [{row['grade']}]"


def claims_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield the statements of an article, each with its verdict and the first rows behind it."""
    found = answer.answer
    article = found["article"]
    yield f"{article['name']}, {article['day'] or 'no date'}: {len(found['statements'])} statements", "bold"
    for one in found["statements"]:
        yield from _statement_lines(one)
    for left in found["left_alone"]:
        yield f"left alone, {left['why']}: {left['text'][:_SHORT]}", "dim"
    yield from ((f"note: {line}", "dim") for line in answer.warnings)
    yield (
        ", ".join(f"{many} {name}" for name, many in found["counts"].items()) or "no statement found",
        "bold",
    )


def _statement_lines(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    today = f" (today: {one['today']})" if one.get("today") else ""
    head = "; ".join(part for part in (figure_words(one), subject_words(one)) if part)
    yield f"{one['id']}  {one['verdict'].upper()}{today}  {head}", STYLES.get(one["verdict"], "")
    yield f"  \u201c{' '.join(one['text'].split())[:_SHORT]}\u201d", ""
    yield f"  {one['why']}", ""
    for row in one["evidence"][:_SHOWN]:
        yield f"    {_MARK[row['relation']]} {reading_words(row)}", ""
    for rule in one.get("rules", ())[:_SHOWN]:
        yield (
            f"    {rule['rule']}: {rule['instrument']}, from {rule['effective']}; {rule['state']};"
            f" {rule['url']}",
            "",
        )
    for note in one["notes"]:
        yield f"    note: {note}", ""
    offer = offer_of(one)
    if offer:
        yield f"    ask: {offer}", ""


def claims_csv(answers: Iterable[Answer]) -> str:
    """Return one row per statement: the columns of a claims file, then the verdict."""
    rows = [
        {"article": answer.answer["article"]["name"], **one["row"], **_judged(one)}
        for answer in answers
        for one in answer.answer["statements"]
    ]
    return csv_text((*COLUMNS, *_JUDGED, "article"), rows)


def _judged(one: Mapping[str, Any]) -> dict[str, str]:
    sources = [f"{row['source']} {row['url']}".strip() for row in one["evidence"]]
    sources += [f"{rule['instrument']} {rule['url']}".strip() for rule in one.get("rules", ())]
    plain = {name: str(one.get(name, "")) for name in ("verdict", "today", "why", "value", "tolerance")}
    return {**plain, "sources": " | ".join(dict.fromkeys(sources)), "notes": " | ".join(one["notes"])}
