"""``dearth book``: show facts beside their rivals, audit the book, balance the base year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import check_targets, write_all
from dearth.faces.options import CsvFile, Json, Quiet
from dearth.faces.phrases import number_text
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.book import AuditReport, Disagreement, Shown

__all__ = ["book_app"]

book_app = typer.Typer(
    help="The data book: every figure, its source, and where sources disagree.", no_args_is_help=True
)

_Overlay = Annotated[
    list[Path] | None,
    typer.Option("--book", metavar="OVERLAY", help="CSV rows laid over the book; repeatable."),
]
_SHOWN: Final = 12


@book_app.command("show")
def show(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Rows that hold every word.")],
    book: _Overlay = None,
    as_json: Json = False,
    csv: CsvFile = None,
    quiet: Quiet = False,
) -> None:
    """Show the rows that hold every word, each beside its rivals, and say which one is used and why."""
    from dearth.book import COLUMNS, load_book  # noqa: PLC0415 (a fast start)
    from dearth.book import show as search  # noqa: PLC0415

    _check_csv(csv)
    found = search(load_book(book or ()), " ".join(words))
    if csv is not None:
        columns = (*COLUMNS, "used", "rivals", "reason", "origin")
        write_all({csv: csv_text(columns, [_flat(shown) for shown in found])})
        say(f"wrote {csv}", quiet=quiet)
    if as_json:
        print_json({"rows": [_flat(shown) for shown in found]})
        return
    write_lines(_row_lines(found))


def _check_csv(csv: Path | None) -> None:
    check_targets({} if csv is None else {"--csv": csv})


def _flat(shown: Shown) -> dict[str, Any]:
    used = {"used": shown.wins, "rivals": shown.rivals, "reason": shown.reason, "origin": shown.origin}
    return {**shown.row.model_dump(mode="json"), **used}


def _figure(row: Any) -> str:
    value = number_text(row.value)
    span = (
        "" if row.low is None and row.high is None else f"{number_text(row.low)} to {number_text(row.high)}"
    )
    both = f"{value} ({span})" if value and span else value or span
    return f"{both or row.kind} {row.unit}".strip()


def _row_lines(found: Iterable[Shown]) -> Iterator[tuple[str, str]]:
    for shown in found:
        row = shown.row
        keys = (row.quantity, row.material, row.element, row.place, row.partner, row.sector, row.basis)
        mark = "*" if shown.wins else " -"
        yield (
            f"{mark} {_figure(row)}  {row.date}  {' '.join(k for k in keys if k)}",
            "bold" if shown.wins else "",
        )
        reason = f"; used: {shown.reason}" if shown.wins and shown.rivals > 1 else ""
        yield f"    {row.id} ({row.kind}, grade {row.grade}, {row.terms}{reason})", "dim"
        yield f"    {row.source} {row.url}", "dim"
        if row.note:
            yield f"    {row.note}", "dim"


@book_app.command("audit")
def audit(
    balance: Annotated[bool, typer.Option("--balance", help="Balance the base year instead.")] = False,
    book: _Overlay = None,
    as_json: Json = False,
    csv: CsvFile = None,
    quiet: Quiet = False,
) -> None:
    """Find what is unsourced, disagreeing, stale or missing; with --balance, whether 2024 adds up."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)

    _check_csv(csv)
    if balance:
        from dearth.faces.balance import show_balance  # noqa: PLC0415

        show_balance(load_book(book or ()), as_json=as_json, csv=csv, quiet=quiet)
        return
    if csv is not None:
        fault = Fault("an audit without --balance has no table", "--csv", cure="use --json, or add --balance")
        raise InputError("Reading the command line", fault)
    _show_audit(load_book(book or ()), as_json=as_json)


def _show_audit(book: Any, *, as_json: bool) -> None:
    from dearth.book import audit as look_through  # noqa: PLC0415

    report = look_through(book)
    if as_json:
        print_json({"book": {"version": book.version, "sha256": book.sha256}, **_audit_dict(report)})
    else:
        write_lines(_audit_lines(report, f"data book {book.version} of {book.date}"))
    if report.unsourced:
        raise typer.Exit(2)


def _audit_dict(report: AuditReport) -> dict[str, Any]:
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
        "bare_assumptions": [row.id for row in report.bare_assumptions],
        "stale": [row.id for row in report.stale],
        "holes": [row.id for row in report.holes],
        "as_of": report.as_of,
        **{f"per_{name}": dict(getattr(report, f"per_{name}")) for name in counts},
    }


def _audit_lines(report: AuditReport, title: str) -> Iterator[tuple[str, str]]:
    bad = report.unsourced
    yield f"{title}: {report.rows} rows", "bold"
    yield f"{bad} rows without source, unit, date, terms or address", "red bold" if bad else "green"
    for column, ids in report.missing.items():
        yield from _some(f"  without {column}:", ids)
    for name in ("kind", "grade", "terms", "file"):
        yield f"by {name}: {_counts(getattr(report, f'per_{name}'))}", ""
    yield f"{len(report.disagreements)} disagreements, the widest first", "bold"
    yield from (_disagreement_line(d) for d in report.disagreements[:_SHOWN])
    for label, rows in (
        ("assumptions without a range or reasoning", report.bare_assumptions),
        (f"rows that are stale at {report.as_of}", report.stale),
        ("known holes", report.holes),
    ):
        yield f"{len(rows)} {label}", "bold"
        yield from _some(" ", [row.id for row in rows])


def _disagreement_line(d: Disagreement) -> tuple[str, str]:
    factor = "zero or sign" if d.ratio == float("inf") else f"{d.ratio:.2f} x"
    others = ", ".join(f"{_figure(row)} ({row.source})" for row in d.rows[1:3])
    return (
        f"  {factor}: {d.rows[0].id}: {_figure(d.rows[0])} ({d.rows[0].source}), {d.reason}; not {others}",
        "",
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _some(label: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"{label} {', '.join(names[:_SHOWN])}{more}", "dim"
