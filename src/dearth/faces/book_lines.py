"""What the book has to say, as lines for a terminal and as plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dearth.axes import PLACES
from dearth.faces.phrases import number_text

if TYPE_CHECKING:
    from dearth.book import AuditReport, Disagreement, Shown
    from dearth.book.compare import Difference
    from dearth.book.project_audit import ProjectAudit
    from dearth.book.traps import Trap

__all__ = [
    "audit_dict",
    "audit_lines",
    "difference_dict",
    "difference_lines",
    "figure",
    "flat",
    "project_lines",
    "row_lines",
    "terms_lines",
]

Lines = Iterator[tuple[str, str]]
_SHOWN: Final = 12
_TERMS: Final = {
    "public-domain": "works of the government of the United States: free, credit the source",
    "open-licence": "open licence, attribution is a condition",
    "cc-by": "Creative Commons, attribution is a condition",
    "quoted-fact": "single figures, pass on with their source",
    "isolated-price-quote": "one price, quoted as news; never a series",
    "own-work": "ours, CC BY 4.0",
}


def flat(shown: Shown) -> dict[str, Any]:
    """Return a shown row as one dict of plain values."""
    used = {"used": shown.wins, "rivals": shown.rivals, "reason": shown.reason, "origin": shown.origin}
    return {**shown.row.model_dump(mode="json"), **used, "yours": shown.overlay}


def figure(row: Any) -> str:
    """Return value, range and unit of a row, e.g. ``"10 (8 to 12) week"`` or ``"25 or more kOe"``."""
    if row.unit == "text":
        return "in words"
    if row.kind == "hole":
        return f"not known, {row.unit}" if row.unit != "1" else "not known"
    value, span = number_text(row.value), _span(row)
    both = f"{value} ({span})" if value and span else value or span
    return both if row.unit == "1" else f"{both} {row.unit}"


def _span(row: Any) -> str:
    low, high = number_text(row.low), number_text(row.high)
    if low and high:
        return f"{low} to {high}"
    return f"{low} or more" if low else f"up to {high}" if high else ""


def row_lines(found: Iterable[Shown]) -> Lines:
    """Yield the lines of rows that were found: the one in use with a star, those of an overlay as yours."""
    found = tuple(found)
    yield _found_line(found), "dim"
    told = False
    for shown in found:
        if shown.aside and not told:
            told = True
            yield "Rows whose source or note alone holds some of the words:", "dim"
        yield from _shown_lines(shown)


def _found_line(found: Sequence[Shown]) -> str:
    if not found:
        return "No row holds all of these words; try fewer."
    beaten = sum(not shown.wins for shown in found)
    dash = f"; - printed too, not used ({beaten})" if beaten else ""
    count = "1 row" if len(found) == 1 else f"{len(found)} rows"
    return f"{count}. * the figure that dearth uses for that basis and date{dash}"


def _shown_lines(shown: Shown) -> Lines:
    row = shown.row
    mark = "*" if shown.wins else " -"
    yours = "  [your row]" if shown.overlay else ""
    yield f"{mark} {figure(row)}  {row.date}  {_measured(row)}{yours}", "bold" if shown.wins else ""
    reason = f"; used: {shown.reason}" if shown.wins and shown.rivals > 1 else ""
    where = f"; {shown.origin}" if shown.overlay else ""
    yield f"    {row.id} ({row.kind}, grade {row.grade}, {row.terms}{reason}{where})", "dim"
    yield f"    {row.source} {row.url}", "dim"
    if row.note:
        yield f"    {row.note}", "dim"


def _measured(row: Any) -> str:
    """Return what a row measures, e.g. ``"stage-share, concentrate, REO, China, all REO"``."""
    place, partner = (PLACES.get(code, code) for code in (row.place, row.partner))
    way = f"{place} to {partner}" if place and partner else place or (partner and f"to {partner}")
    return ", ".join(
        part for part in (row.quantity, row.material, row.element, way, row.sector, row.basis) if part
    )


def audit_dict(report: AuditReport) -> dict[str, Any]:
    """Return an audit as plain values."""
    counts = ("file", "kind", "grade", "terms", "quantity")
    return {
        "rows": report.rows,
        "unsourced": report.unsourced,
        "missing": {column: list(ids) for column, ids in report.missing.items()},
        "disagreements": [
            {
                "ratio": d.ratio if d.ratio < float("inf") else None,
                "used": d.rows[0].id,
                "reason": d.reason,
                "rivals": [row.id for row in d.rows[1:]],
            }
            for d in report.disagreements
        ],
        "traps": [
            {
                "kind": trap.kind,
                "row": trap.row.id,
                "against": [row.id for row in trap.against],
                "what": trap.what,
                "settled": trap.settled,
            }
            for trap in report.traps
        ],
        "yours": [row.id for row in report.yours],
        "bare_assumptions": [row.id for row in report.bare_assumptions],
        "stale": [row.id for row in report.stale],
        "holes": [row.id for row in report.holes],
        "as_of": report.as_of,
        **{f"per_{name}": dict(getattr(report, f"per_{name}")) for name in counts},
    }


def audit_lines(report: AuditReport, title: str) -> Lines:
    """Yield the lines of an audit."""
    bad = report.unsourced
    yield f"{title}: {report.rows} rows", "bold"
    yield f"{bad} rows without source, unit, date, terms or address", "red bold" if bad else "green"
    for column, ids in report.missing.items():
        yield from _some(f"  without {column}:", ids)
    if report.yours:
        yield f"{len(report.yours)} rows of your own", "bold"
        yield from _some(" ", [row.id for row in report.yours])
    for name in ("kind", "grade", "terms", "file"):
        yield f"by {name}: {_counts(getattr(report, f'per_{name}'))}", ""
    yield from _trap_lines(report.traps)
    yield f"{len(report.disagreements)} disagreements, the widest first", "bold"
    yield from (_disagreement_line(d) for d in report.disagreements[:_SHOWN])
    for label, rows in (
        ("assumptions without a range or reasoning", report.bare_assumptions),
        (f"rows that are stale at {report.as_of}", report.stale),
        ("known holes", report.holes),
    ):
        yield f"{len(rows)} {label}", "bold"
        yield from _some(" ", [row.id for row in rows])


def project_lines(found: ProjectAudit) -> Lines:
    """Yield the lines of an audit of projects and published forecasts."""
    yield f"{found.histories} histories of projects, {found.forecasts} published forecasts and goals", "bold"
    yield f"by cohort: {_counts(found.by_cohort)}", ""
    yield f"by grade: {_counts(found.by_grade)}", ""
    yield f"{len(found.without_tonnes)} histories without a tonnage that was read", "bold"
    yield from _some(" ", found.without_tonnes)


def _trap_lines(traps: Sequence[Trap]) -> Lines:
    left = [trap for trap in traps if not trap.settled]
    yield f"{len(left)} rows look wrong in a known way, {len(traps) - len(left)} more are not used", "bold"
    for trap in left[:_SHOWN]:
        rivals = ", ".join(figure(row) for row in trap.against[:3])
        beside = f"; beside {rivals}" if rivals else ""
        yield f"  {trap.kind}: {trap.row.id}: {figure(trap.row)}: {trap.what}{beside}", ""
    if len(left) > _SHOWN:
        yield f"  and {len(left) - _SHOWN} more; --json lists all", "dim"


def _disagreement_line(d: Disagreement) -> tuple[str, str]:
    factor = "zero or sign" if d.ratio == float("inf") else f"{d.ratio:.2f} x"
    others = ", ".join(f"{figure(row)} ({row.source})" for row in d.rows[1:3])
    return (
        f"  {factor}: {d.rows[0].id}: {figure(d.rows[0])} ({d.rows[0].source}), {d.reason}; not {others}",
        "",
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _some(label: str, names: Sequence[str]) -> Lines:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"{label} {', '.join(names[:_SHOWN])}{more}", "dim"


def terms_lines(report: AuditReport, unknown: Sequence[str]) -> Lines:
    """Yield how many rows stand under which terms, what these ask, and the rows whose terms are unknown."""
    for name, meaning in _TERMS.items():
        yield f"{report.per_terms.get(name, 0):>6} {name}: {meaning}", ""
    yield f"{len(unknown)} rows under unknown terms", "red bold" if unknown else "green"
    yield from _some(" ", unknown)


def difference_dict(found: Difference) -> dict[str, Any]:
    """Return a difference as plain values."""
    return {
        "added": [row.model_dump(mode="json") for row in found.added],
        "removed": [row.model_dump(mode="json") for row in found.removed],
        "changed": [
            {
                "id": change.after.id,
                "columns": {c: [getattr(change.before, c), getattr(change.after, c)] for c in change.columns},
            }
            for change in found.changed
        ],
    }


def difference_lines(found: Difference, a: str, b: str) -> Lines:
    """Yield the lines of a difference from `a` to `b`."""
    counts = f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed"
    yield f"from {a} to {b}: {'no difference' if found.empty else counts}", "bold"
    for row in found.added:
        yield f"+ {row.id}: {figure(row)} ({row.source})", "green"
    for row in found.removed:
        yield f"- {row.id}: {figure(row)} ({row.source})", "red"
    for change in found.changed:
        yield f"~ {change.after.id}", ""
        for column in change.columns:
            before, after = getattr(change.before, column), getattr(change.after, column)
            yield f"    {column}: {before!r} -> {after!r}", "dim"
