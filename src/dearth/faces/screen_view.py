"""A screening in words: which rows to open first and why, what is drawn at random, what was not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from dearth.answer import Answer

__all__ = ["goods_of", "headline", "plan_line", "screen_lines"]

_SHOWN: Final = 20
_REASONS: Final = 4
_FLOWS: Final = 6
_MIRROR: Final = 3
_NAMES: Final = {"inspect first": "inspect first", "uncertain check": "uncertain", "random check": "random"}

Line = tuple[str, str]


def headline(answer: Answer) -> str:
    """Return how many rows to open, out of how many."""
    plan, table = answer.answer["plan"], answer.answer["table"]
    return (
        f"{plan['capacity']:,} of {plan['open_rows']:,} open declarations to inspect "
        f"({answer.question['capacity']}): {plan['first']:,} by their reasons, {plan['uncertain']:,} "
        f"uncertain, "
        f"{plan['random']:,} at random; {table['rows']:,} rows read"
    )


def plan_line(answer: Answer) -> str:
    """Return what the random part is for, with its chances."""
    plan = answer.answer["plan"]
    return (
        f"chance of a row to be opened: by reasons 1, in the pool below the cut "
        f"{plan['chance_uncertain']:.3g} and more, "
        f"else {plan['chance_random']:.3g}; seed {answer.seed}"
    )


def goods_of(row: Mapping[str, Any]) -> str:
    """Return heading, words, route and weight of a row as it declares them; blanks are left out."""
    route = " to ".join(str(row[name]) for name in ("origin", "place_to") if row[name])
    weight = "" if row["net_kg"] is None else f"{row['net_kg']:,.6g} kg"
    money = "" if row["value"] is None else f"{row['value']:,.8g} {row['currency'] or ''}".strip()
    cells = (row["date"], row["hs"] and f"HS {row['hs']}", row["description"], route, weight, money)
    return ", ".join(str(cell) for cell in cells if cell)


def screen_lines(answer: Answer) -> Iterator[Line]:
    """Yield the lines of an answer, each with its style."""
    found = answer.answer
    if "explained" in found:
        yield from _explained(found["explained"])
        return
    yield headline(answer), "bold"
    yield plan_line(answer), "dim"
    yield from _counts(found)
    yield "", ""
    for row in found["rows"][:_SHOWN]:
        yield from _row(row)
    if len(found["rows"]) > _SHOWN:
        yield f"and {len(found['rows']) - _SHOWN:,} more: --csv, --xlsx, --html or --json", "dim"
    yield from _learned(found)
    yield from _flows(found["flows"])
    yield from _drift(found["drift"])
    yield from _columns(found["table"])
    yield "Before you act on this", "bold"
    for warning in answer.warnings:
        yield f"  - {warning}", ""


def _counts(found: Mapping[str, Any]) -> Iterator[Line]:
    silent = found["statuses"].get("not enough to judge", 0)
    before = found["statuses"].get("inspected before", 0)
    if silent:
        yield f"{silent:,} rows state too little: not enough to judge (they can still be drawn at random)", ""
    if before:
        yield f"{before:,} rows carry an outcome and are not ranked again", ""


def _row(row: Mapping[str, Any]) -> Iterator[Line]:
    yield f"{row['place']:>4}  {_NAMES[row['status']]:<13} {row['id']}  score {row['score']:.2f}", "bold"
    yield f"      {goods_of(row)}", "dim"
    for reason in row["reasons"][:_REASONS]:
        yield f"      {reason['code']}: {reason['words']}", ""
    if not row["reasons"]:
        yield "      no reason; drawn so that the screen can be checked", ""


def _explained(told: Mapping[str, Any]) -> Iterator[Line]:
    place = "" if told["place"] is None else f", place {told['place']:,}"
    yield f"{told['id']}: {told['status']}{place}, score {told['score']:.2f}", "bold"
    if told["probability"] is not None:
        yield (
            f"chance of being opened {told['probability']:.4g}; {told['judged']} kinds of signals could "
            f"be asked",
            "",
        )
    yield "Stated", "bold"
    yield "  " + "; ".join(f"{name} {value}" for name, value in told["stated"].items() if name != "row"), ""
    yield "Reasons" if told["reasons"] else "No reason fired", "bold"
    for reason in told["reasons"]:
        yield f"  - {reason['title']} ({reason['code']}, {reason['points']:+.2f}): {reason['words']}", ""
        yield f"    may be innocent: {reason['innocent']}", "dim"
        yield f"    look at: {reason['look']}", "dim"
    yield "Asked without result", "bold"
    for rest in told["rest"]:
        yield f"  - {rest['code']}: {rest['outcome']}", "dim"


def _learned(found: Mapping[str, Any]) -> Iterator[Line]:
    learned = found["learned"]
    if learned["why_not"]:
        return
    yield "Learned from outcomes", "bold"
    tried = (
        "not tried"
        if learned["trial_auc"] is None
        else f"AUC {learned['trial_auc']:.3f} on the latest {learned['trial_rows']:,}"
    )
    yield (
        f"  {learned['found']:,} found, {learned['clean']:,} clean; {tried}; trusted to "
        f"{learned['trust']:.2f}",
        "",
    )
    moved = [w for w in found["weights"] if abs(w["points"] - w["assumed"]) > 0.1]  # noqa: PLR2004
    for weight in moved:
        yield (
            f"  {weight['code']}: assumed {weight['assumed']:.2f} points, after outcomes "
            f"{weight['points']:.2f}",
            "dim",
        )


def _flows(flows: Mapping[str, Any]) -> Iterator[Line]:
    if flows["surges"]:
        yield "Flows that surged after a control date", "bold"
    for flow in flows["surges"][:_FLOWS]:
        yield (
            (
                f"  HS {flow['hs']} to {flow['destination']} after {flow['date']}: {flow['before']} "
                f"rows before, {flow['after']} after, "
                f"share {flow['ratio']:.1f} times that before (at least {flow['low']:.1f})"
            ),
            "",
        )
    latest = sorted((g for g in flows["mirror"] if g["low"] > 1 and g["rows"]), key=lambda g: -g["year"])[
        :_MIRROR
    ]
    if latest:
        yield "Mirror gaps, both sides as reported (a gap is no measure of smuggling)", "bold"
    for gap in latest:
        yield (
            (
                f"  {gap['exporter']} to {gap['importers']}, HS {gap['hs']}, {gap['year']}: imports "
                f"over exports {gap['ratio']:.2f}; "
                f"{gap['low']:.2f} to {gap['high']:.2f} after freight and timing"
            ),
            "",
        )


def _drift(drift: Mapping[str, Any]) -> Iterator[Line]:
    changed = [m for m in drift["moved"] if m["change"] != "little"]
    if changed:
        yield f"Drift: rows since {drift['since']} beside those before", "bold"
    for moved in changed:
        yield f"  {moved['what']}: {moved['change']} change (index {moved['index']:.2f})", ""


def _columns(table: Mapping[str, Any]) -> Iterator[Line]:
    used = ", ".join(f"{column} as {field}" for field, column in table["columns"].items() if column != field)
    if used:
        yield f"Columns read by another name: {used}", "dim"
    if table["unused"]:
        yield f"Columns not used: {', '.join(table['unused'])}", "dim"
