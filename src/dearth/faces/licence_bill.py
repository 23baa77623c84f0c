"""A bill of materials as a table and as lines of text: both readings of the ratio, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.present import csv_text
from dearth.rules.effects import severity

__all__ = ["bill_csv", "bill_lines"]

_COLUMNS: Final = (
    "row", "id", "parent", "words", "part1", "part2", "ratio_low", "ratio_high", "inside_low", "inside_high",
    "from_china", "from_china_worst", "offshore", "offshore_worst", "offshore_if_reactivated",
    "offshore_if_reactivated_worst", "inside_if_reactivated", "inside_if_reactivated_worst", "tier_open",
    "freed_then_caught", "codes", "missing",
)  # fmt: skip
_MOST_LINES: Final = 40
_VIEWS: Final = {
    "from_china": "leaving China",
    "offshore": "between other countries, ratio to the line itself",
    "offshore_inside": "between other countries, ratio to the item of Part 2 inside",
}
_FLAGS: Final = {
    "tier_open": "the two denominators give different answers",
    "freed_then_caught": "freed from China by an exemption, caught offshore if the suspended rule returns",
}


def bill_csv(answer: Answer) -> str:
    """Return one row per line of a bill."""
    return csv_text(_COLUMNS, map(_cells, answer.answer["rows"]))


def _cells(row: Mapping[str, Any]) -> dict[str, object]:
    inside = row["ratio_inside"] or {"low": None, "high": None}
    china, offshore, within = (row[view] for view in _VIEWS)
    return {
        **{key: row[key] for key in _COLUMNS if key in row},
        "ratio_low": row["ratio"]["low"],
        "ratio_high": row["ratio"]["high"],
        "inside_low": inside["low"],
        "inside_high": inside["high"],
        "from_china": china["determination"],
        "from_china_worst": china["worst_case"],
        "offshore": offshore["determination"],
        "offshore_worst": offshore["worst_case"],
        "offshore_if_reactivated": offshore["if_reactivated"],
        "offshore_if_reactivated_worst": offshore["if_reactivated_worst"],
        "inside_if_reactivated": within["if_reactivated"],
        "inside_if_reactivated_worst": within["if_reactivated_worst"],
        "codes": "; ".join(china["codes"]),
        "missing": "; ".join(china["missing"]),
    }


def bill_lines(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield a bill in words: the whole, then every line that some rule touches, with both ratios."""
    found = answer.answer
    yield f"{found['bill']}: {found['lines']} lines on {found['on'] or 'a day that is not stated'}", "bold"
    yield from _whole(found)
    rows = [row for row in found["rows"] if _touched(row)]
    for row in rows[:_MOST_LINES]:
        yield "", ""
        yield from _line(row)
    if len(rows) > _MOST_LINES:
        yield f"and {len(rows) - _MOST_LINES} more lines: see --csv or --json", ""
    yield "", ""
    yield "Rules named above", "bold"
    for rule in found["rules"]:
        cited = ", ".join(str(rule[key]) for key in ("instrument", "number", "article") if rule.get(key))
        yield f"  {rule['id']}  {rule['effect']}: {cited}", ""
        yield f"    our paraphrase: {rule['text']}", ""
        if rule.get("url"):
            yield f"    {rule['url']}", ""
    yield "", ""
    yield from ((f"ask: {line}", "") for line in found["questions"])
    yield from ((f"assumed: {line}", "") for line in found["assumptions"])
    yield from ((f"note: {line}", "yellow") for line in answer.warnings)


def _whole(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for view, words in _VIEWS.items():
        strictest = found["strictest"][view]
        counts = ", ".join(f"{many} {effect}" for effect, many in found["counts"][view].items())
        later = f"if reactivated up to {strictest['if_reactivated_worst']}"
        worst = f"strictest {strictest['determination']}, worst case {strictest['worst_case']}, {later}"
        yield f"{words}: {worst} ({counts})", ""
    for name, words in _FLAGS.items():
        if found[name]:
            more = len(found[name]) - _MOST_LINES
            names = ", ".join(found[name][:_MOST_LINES]) + (f" and {more} more" if more > 0 else "")
            yield f"{words}: {names}", ""


def _touched(row: Mapping[str, Any]) -> bool:
    effects = [row[view][name] for view in _VIEWS for name in ("determination", "if_reactivated_worst")]
    return row["tier_open"] or any(severity(effect) >= severity("LIC_ORD") for effect in effects)


def _line(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    codes = f" [{', '.join(row['from_china']['codes'])}]" if row["from_china"]["codes"] else ""
    yield f"{row['id']}  {row['words']}{codes}", "bold"
    shares = f"of the line {_span(row['ratio'])}; of the item inside: {_span(row['ratio_inside'])}"
    yield f"  Chinese Part 1 share: {shares}", ""
    for view, words in _VIEWS.items():
        yield f"  {words}: {_answer(row[view])}", ""
    flags = [words for name, words in _FLAGS.items() if row[name]]
    yield from ((f"  {line}", "") for line in (*flags, *(f"note: {note}" for note in row["notes"])))


def _answer(one: Mapping[str, Any]) -> str:
    rules = ", ".join(dict.fromkeys([*one["deciding"], *one["suspended"], *one["freed_by"]]))
    later, worst = one["if_reactivated"], one["if_reactivated_worst"]
    if later == worst:
        later_text = "" if later == one["determination"] else f", if reactivated {later}"
    else:
        later_text = f", if reactivated {later} to {worst}"
    found = f"{one['determination']}, worst case {one['worst_case']}{later_text}"
    return f"{found} ({rules})" if rules else found


def _span(span: Mapping[str, Any] | None) -> str:
    if span is None:
        return "none inside"
    low, high = span["low"], span["high"]
    return f"{100 * low:.4g} %" if low == high else f"{100 * low:.4g} to {100 * high:.4g} %"
