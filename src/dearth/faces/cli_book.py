"""``dearth book``: show facts beside their rivals, audit the book, balance the base year."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.book_lines import audit_dict, audit_lines, flat, project_lines, row_lines, terms_lines
from dearth.faces.cli_book_files import book_files
from dearth.faces.cli_book_influence import influence
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import check_targets, write_all
from dearth.faces.groups import group
from dearth.faces.options import Book, CsvFile, Json, Quiet
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.book import Book as DataBook

__all__ = ["book_app"]

book_app = group()
_ADDED: Final = ("used", "rivals", "reason", "origin", "yours")


@book_app.command("show")
def show(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Rows that hold every word.")],
    book: Book = None,
    as_json: Json = False,
    csv: CsvFile = None,
    quiet: Quiet = False,
) -> None:
    """Show the rows that hold every word, each beside its rivals, and say which one is used and why."""
    from dearth.book import COLUMNS  # noqa: PLC0415 (a fast start)
    from dearth.book import show as search  # noqa: PLC0415
    from dearth.book.quick import quick_book  # noqa: PLC0415

    _check_csv(csv)
    found = search(quick_book(book or ()), " ".join(words))
    if csv is not None:
        write_all({csv: csv_text((*COLUMNS, *_ADDED), [flat(shown) for shown in found])})
        say(f"wrote {csv}", quiet=quiet)
    if as_json:
        print_json({"rows": [flat(shown) for shown in found]})
        return
    write_lines(row_lines(found))


def _check_csv(csv: Path | None) -> None:
    check_targets({} if csv is None else {"--csv": csv})


@book_app.command("audit")
def audit(  # noqa: PLR0913, PLR0917 (its options)
    balance: Annotated[bool, typer.Option("--balance", help="Balance the base year instead.")] = False,
    terms: Annotated[bool, typer.Option("--terms", help="Terms of every row instead.")] = False,
    book: Book = None,
    as_json: Json = False,
    csv: CsvFile = None,
    quiet: Quiet = False,
) -> None:
    """Find what is unsourced, wrong, disagreeing, stale or missing; with --balance, whether 2024 adds up."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)

    _check_csv(csv)
    if balance and not terms:
        from dearth.faces.balance import show_balance  # noqa: PLC0415

        show_balance(load_book(book or ()), as_json=as_json, csv=csv, quiet=quiet)
        return
    faults = [Fault("cannot be told together", "--balance --terms", cure="give one")] if balance else []
    if csv is not None:
        cure = "use --json, or add --balance"
        faults.append(Fault("an audit without --balance has no table", "--csv", cure=cure))
    if faults:
        raise InputError("Reading the command line", faults)
    (_show_terms if terms else _show_audit)(load_book(book or ()), as_json)


def _show_audit(book: DataBook, as_json: bool) -> None:
    from dearth.book import audit as look_through  # noqa: PLC0415
    from dearth.book.project_audit import audit_projects  # noqa: PLC0415

    report, projects = look_through(book), audit_projects()
    if as_json:
        named = {"book": {"version": book.version, "sha256": book.sha256}, "projects": asdict(projects)}
        print_json({**named, **audit_dict(report)})
    else:
        write_lines(audit_lines(report, f"data book {book.version} of {book.date}"))
        write_lines(project_lines(projects))
    if report.unsourced:
        raise typer.Exit(2)


def _show_terms(book: DataBook, as_json: bool) -> None:
    from dearth.book import TERMS  # noqa: PLC0415
    from dearth.book import audit as look_through  # noqa: PLC0415

    report = look_through(book)
    unknown = [row.id for row in book.rows if row.terms not in TERMS]
    if as_json:
        print_json({"per_terms": dict(report.per_terms), "unknown": unknown})
    else:
        write_lines(terms_lines(report, unknown))
    if unknown:
        raise typer.Exit(2)


for _name, _command in book_files.items():
    book_app.command(_name)(_command)
book_app.command("influence")(influence)
