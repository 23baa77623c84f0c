"""A claims file: what a person corrects in an extraction, as a table of one row per statement.

It is the table that ``dearth claims ARTICLE --csv FILE`` writes.  A row with the id of a statement takes its
place, ``yes`` under `drop` takes it out, a row without an id adds one; statements without a row stay as they
were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from dearth.articles.article import Article
from dearth.articles.cleaning import translated
from dearth.articles.grammar import Extraction
from dearth.articles.patterns import law, questions, subjects
from dearth.articles.statement import BOUNDS, KINDS, Figure, Statement
from dearth.articles.words import names_of
from dearth.axes import PLACES
from dearth.book.read import read_bytes, read_table
from dearth.book.row import first_and_last
from dearth.book.schema import SYMBOLS
from dearth.errors import Fault, InputError, did_you_mean

__all__ = ["COLUMNS", "corrected", "figure_text", "read_claims", "row_of"]

_PHASE: Final = "Reading a claims file"
COLUMNS: Final = (
    "id", "text", "drop", "kind", "subject", "element", "place", "partner", "thing", "product", "period",
    "base",
    "figure", "from", "bound", "direction", "rule",
)  # fmt: skip
_PLAIN: Final = ("element", "place", "partner", "thing", "product", "period", "base", "direction", "rule")
_FIGURE: Final = re.compile(
    r"(-?[0-9][0-9,]*(?:\.[0-9]+)?)(?:\s*\.\.\s*(-?[0-9][0-9,]*(?:\.[0-9]+)?))?\s*(\S.*)?"
)
_UNITS: Final = {
    "%": ("%", 1.0), "t": ("t", 1.0), "kt": ("t", 1e3), "kg": ("t", 1e-3), "g": ("t", 1e-6),
    "USD/kg": ("USD/kg", 1.0),
    "CNY/kg": ("CNY/kg", 1.0), "CNY/t": ("CNY/t", 1.0), "EUR/kg": ("EUR/kg", 1.0), "USD": ("USD", 1.0),
    "MUSD": ("USD", 1e6), "AUD": ("AUD", 1.0), "EUR": ("EUR", 1.0), "CNY": ("CNY", 1.0),
    "year": ("year", 1.0),
    "month": ("year", 1 / 12), "x": ("1", 1.0), "1": ("1", 1.0), "": ("1", 1.0), "count": ("count", 1.0),
}  # fmt: skip
_MOST: Final = 1e18
_SHOWN: Final = 60


def figure_text(figure: Figure | None) -> str:
    """Return a figure as the file writes it: ``60 %``, ``700..1000 USD/kg``."""
    if figure is None:
        return ""
    ends = f"{figure.low:.10g}" if figure.low == figure.high else f"{figure.low:.10g}..{figure.high:.10g}"
    return f"{ends} {'x' if figure.unit == '1' else figure.unit}"


def row_of(one: Statement) -> dict[str, str]:
    """Return a statement as a row of the file."""
    main = next((figure for figure in one.figures if figure.role != "from"), None)
    plain = {name: str(getattr(one, name)) for name in ("id", "kind", "subject", *_PLAIN)}
    return {
        **plain, "text": one.text, "drop": "", "figure": figure_text(main),
        "from": figure_text(one.figure("from")),
        "bound": main.bound if main else "",
    }  # fmt: skip


def read_claims(path: Path) -> list[dict[str, str]]:
    """Return the rows of a claims file; columns beyond `COLUMNS` are for reading only.

    Raises
    ------
    InputError
        The file cannot be read, or a column is missing.
    """
    data = read_bytes(path)
    if isinstance(data, Fault):
        raise InputError(_PHASE, data)
    header = data.decode("utf-8-sig", "replace").split("\n", 1)[0].strip().split(",")
    missing = [name for name in ("id", "text", "kind", "figure") if name not in header]
    if missing:
        cure = "begin with the table that `dearth claims ARTICLE --csv FILE` writes"
        raise InputError(_PHASE, Fault(f"no column {', '.join(missing)}", path.name, cure=cure))
    table = read_table(path.name, data, tuple(header))
    if table.faults:
        raise InputError(_PHASE, table.faults)
    return [
        {**{name: _unguarded(cells.get(name, "")) for name in COLUMNS}, "line": str(line)}
        for line, cells in zip(table.lines, table.cells, strict=True)
    ]


def _unguarded(cell: str) -> str:
    """Take off the mark that keeps a cell from being read as a formula."""
    return cell[1:] if re.match(r"'[=+\-@]", cell) else cell


def corrected(
    article: Article, found: Extraction, rows: Sequence[Mapping[str, str]]
) -> tuple[Statement, ...]:
    """Return the statements with what a person corrected.

    Raises
    ------
    InputError
        Rows that fit no statement, or hold what is not known: all faults at once.
    """
    faults: list[Fault] = []
    by_id = {one.id: one for one in found.statements}
    new: list[Statement] = []
    for row in rows:
        where = f"line {row.get('line', '?')}"
        base = _base(row, by_id, article, where, faults)
        if base is None:
            continue
        by_id.pop(base.id, None)
        if row.get("drop", "").strip().lower() not in ("yes", "y", "1", "true"):
            new.append(_changed(base, row, where, faults))
    if faults:
        raise InputError(_PHASE, faults)
    return tuple(sorted((*by_id.values(), *new), key=lambda one: (one.span, one.id)))


def _base(
    row: Mapping[str, str], by_id: Mapping[str, Statement], article: Article, where: str, faults: list[Fault]
) -> Statement | None:
    name = row.get("id", "").strip()
    if name in by_id:
        if " ".join(row["text"].split()) == " ".join(by_id[name].text.split()):
            return by_id[name]
        faults.append(
            Fault(
                f"{name!r} has another text than the article", where, cure="is it the file of this article?"
            )
        )
        return None
    if name:
        cure = did_you_mean(name, list(by_id)) if by_id else "leave the id empty to add a statement"
        faults.append(Fault(f"no statement {name[:_SHOWN]!r}", where, cure=cure))
        return None
    text = row["text"].strip()
    at = translated(article.text).find(translated(text)) if text else -1
    if at < 0:
        faults.append(Fault("the text is not in the article", where, cure="copy the words of the sentence"))
        return None
    return Statement(
        f"added.{where.rsplit(maxsplit=1)[-1]}",
        "level",
        span=(at, at + len(text)),
        sentence=(at, at + len(text)),
        text=text,
    )


def _changed(base: Statement, row: Mapping[str, str], where: str, faults: list[Fault]) -> Statement:
    kind, subject = row["kind"].strip(), row["subject"].strip()
    faults += _unknown("kind", kind, KINDS, where)
    faults += _unknown("subject", subject, (*subjects(), ""), where)
    faults += _unknown("bound", row["bound"].strip(), BOUNDS, where)
    faults += _unknown("direction", row["direction"].strip(), ("", "up", "down"), where)
    faults += _unknown("rule", row["rule"].strip(), ("", *law(), *questions()), where)
    faults += _unknown("place", row["place"].strip(), ("", *PLACES, *names_of("places")), where)
    faults += _unknown("partner", row["partner"].strip(), ("", *PLACES, *names_of("places")), where)
    faults += _unknown("element", row["element"].strip(), ("", *SYMBOLS, *names_of("elements")), where)
    faults += _period(row["period"].strip(), where)
    plain: dict[str, Any] = {name: row[name].strip() for name in _PLAIN}
    spec = subjects().get(subject, {})
    same = row_of(base) == {name: row.get(name, "").strip() for name in COLUMNS}
    return replace(
        base,
        kind=kind,
        subject=subject,
        stage=str(spec.get("stage", base.stage)),
        **plain,
        figures=_figures(base, row, where, faults),
        inherited=base.inherited if same else (),
        negated=base.negated and same,
        loose=False,
        because=base.because if same else (*base.because, "corrected by hand"),
    )


def _unknown(column: str, value: str, known: Iterable[str], where: str) -> list[Fault]:
    names = [name for name in known if name]
    if not value or value in names:
        return (
            [Fault(f"no {column}", where, cure=f"known: {', '.join(names)}")]
            if not value and column == "kind"
            else []
        )
    return [Fault(f"unknown {column} {value[:_SHOWN]!r}", where, cure=did_you_mean(value, names))]


def _period(period: str, where: str) -> list[Fault]:
    if not period or period.startswith("batch") or first_and_last(period):
        return []
    return [Fault(f"{period[:_SHOWN]!r} is no period", where, cure="write 2024, 2025-06 or 2010-01..2010-11")]


def _figures(base: Statement, row: Mapping[str, str], where: str, faults: list[Fault]) -> tuple[Figure, ...]:
    known = row_of(base)
    if (
        row["figure"].strip() == known["figure"]
        and row["from"].strip() == known["from"]
        and row["bound"].strip() == known["bound"]
    ):
        return base.figures
    start = _figure(row["from"], "from", where, faults)
    role = "to" if start else "change" if row["kind"].strip() == "change" else "value"
    end = _figure(row["figure"], role, where, faults, row["bound"].strip())
    return tuple(one for one in (start, end) if one is not None)


def _figure(text: str, role: str, where: str, faults: list[Fault], bound: str = "") -> Figure | None:
    plain = text.strip()
    if not plain:
        return None
    match = _FIGURE.fullmatch(plain)
    unit = _UNITS.get((match[3] or "").strip()) if match else None
    if match is None or unit is None:
        units = ", ".join(name for name in _UNITS if name)
        cure = f"write a number and a unit, e.g. 60 %, 700..1000 USD/kg; units: {units}"
        faults.append(Fault(f"{plain[:_SHOWN]!r} is no figure", where, cure=cure))
        return None
    low = float(match[1].replace(",", "")) * unit[1]
    high = float(match[2].replace(",", "")) * unit[1] if match[2] else low
    if high < low or abs(high) > _MOST:
        faults.append(
            Fault(f"{plain[:_SHOWN]!r} is no range", where, cure="write the lower number first, below 1e18")
        )
        return None
    return Figure(low, high, unit[0], 0.0, bound, role)
