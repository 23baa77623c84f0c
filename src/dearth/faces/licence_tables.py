"""Determinations, cases and changes as tables and as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.present import csv_text

__all__ = ["agreement_csv", "agreement_lines", "changes_lines", "determination_csv"]

_GROUPS: Final = ("hits", "possible", "suspended", "disputed_hits", "duties", "overridden")
_RULE_COLUMNS: Final = (
    "case", "on", "determination", "worst_case", "group", "rule", "effect", "truth", "status", "instrument",
    "number", "article", "issued", "effective", "until", "paraphrase", "facts", "unknown", "url", "sources",
)  # fmt: skip
_CASE_COLUMNS: Final = (
    "file", "id", "outcome", "expected", "determination", "worst_case", "if_reactivated", "disputed",
    "differs",
)  # fmt: skip


def determination_csv(answer: Answer) -> str:
    """Return one row per rule that hits, may hit, or would."""
    found = answer.answer
    shared = {key: found[key] for key in ("case", "on", "determination", "worst_case")}
    rows = ({**shared, **hit, "group": group, **_joined(hit)} for group in _GROUPS for hit in found[group])
    return csv_text(_RULE_COLUMNS, rows)


def _joined(hit: Mapping[str, Any]) -> dict[str, str]:
    facts = "; ".join(f"{name}={value}" for name, value in hit["facts"].items())
    return {"facts": facts, "unknown": "; ".join(hit["unknown"]), "sources": "; ".join(hit["sources"])}


def agreement_csv(answer: Answer) -> str:
    """Return one row per case."""
    rows = ({**row, "expected": row["expected"]["determination"]} for row in answer.answer["cases"])
    return csv_text(_CASE_COLUMNS, rows)


def agreement_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield a line per case that does not agree, the warnings, and the count as the last line."""
    found = answer.answer
    for row in found["cases"]:
        if row["outcome"] == "agreed":
            continue
        expected = row["expected"]["determination"]
        yield f"{row['outcome']}: {row['id']} ({row['file']}): expected {expected}", "bold"
        yield f"  found {row['determination']}, worst case {row['worst_case']}; differs: {row['differs']}", ""
        if row["why"]:
            yield f"  its author: {row['why']}", ""
    yield from ((f"note: {line}", "yellow") for line in answer.warnings)
    yield f"{found['agreed']} agreed, {found['disagreed']} disagreed, {found['unknown']} unknown", "bold"


def changes_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what a rule that is new since a day would change among recorded determinations."""
    found = answer.answer
    many = f"{len(found['changes'])} of {found['recorded']} recorded determinations"
    yield f"{many} would be others: rules of {found['since']} against {found['on']}", "bold"
    for one in found["changes"]:
        yield f"  row {one['row']}, {one['case']}, decided for {one['day']}", ""
        for name, words in (("by_date", "the rules changed"), ("by_data", "the record of the rules changed")):
            for field, (was, now) in one[name].items():
                yield f"    {words}: {field} was {_plain(was)}, is {_plain(now)}", ""
    yield from ((f"note: {line}", "yellow") for line in answer.warnings)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
