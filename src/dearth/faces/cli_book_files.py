"""``dearth book`` and files: export the book, compare two books, follow its changes, report its coverage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.book_lines import difference_dict, difference_lines
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import asked_for, check_targets, write_all, writing_error
from dearth.faces.options import Book, Json, Quiet

__all__ = ["BEGIN", "END", "book_files", "spliced"]

BEGIN: Final = "<!-- begin: dearth book report -->"
END: Final = "<!-- end: dearth book report -->"
_File = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="One workbook (XLSX).")]
_Parquet = Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="One Parquet file.")]
_Folder = Annotated[Path | None, typer.Option("--csv", metavar="DIR", help="A folder of CSV and JSON.")]
_WithOverlay = Annotated[bool, typer.Option("--with-overlay", help="Write the rows of overlays, too.")]


def export(  # noqa: PLR0913, PLR0917 (its options)
    csv: _Folder = None,
    xlsx: _File = None,
    parquet: _Parquet = None,
    book: Book = None,
    with_overlay: _WithOverlay = False,
    quiet: Quiet = False,
) -> None:
    """Write the book as tables with README, licence and schema; your own rows only with --with-overlay."""
    from dearth.book import export as forms  # noqa: PLC0415
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)

    named = {"--xlsx": xlsx, "--parquet": parquet}
    targets = asked_for(named)
    if csv is None and not targets:
        fault = Fault("nothing to write", cure="give --csv DIR, --xlsx FILE or --parquet FILE")
        raise InputError("Reading the command line", fault)
    check_targets(targets)
    if csv is not None:
        _check_folder(csv, forms.FILES)
    found = load_book(book or ())
    if book and not with_overlay:
        left = sum(found.is_yours(row) for row in found.rows)
        say(f"{left} rows of yours are left out; --with-overlay writes them, too", quiet=quiet)
        found = load_book()
    contents: dict[Path, str | bytes] = {}
    if xlsx is not None:
        contents[xlsx] = forms.as_workbook(found)
    if parquet is not None:
        contents[parquet] = forms.as_parquet(found)
    if csv is not None:
        contents |= {csv / name: text for name, text in forms.as_files(found).items()}
        _make(csv)
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=quiet)


def _check_folder(folder: Path, ours: tuple[str, ...]) -> None:
    """Refuse a folder that holds anything but an earlier export."""
    faults = []
    if str(folder) in ("", "-"):
        faults.append(Fault("not a folder name", "--csv", cure="name a folder, e.g. book"))
    elif folder.exists() and not folder.is_dir():
        faults.append(Fault("is a file", f"--csv {folder}", cure="name a folder"))
    elif folder.is_dir() and {path.name for path in folder.iterdir()} - set(ours):
        cure = "name a new folder, or an empty one"
        faults.append(Fault("holds files that are no export", f"--csv {folder}", cure=cure))
    elif not folder.is_dir() and not folder.absolute().parent.is_dir():
        cure = f"create {folder.parent} first"
        faults.append(Fault("its folder does not exist", f"--csv {folder}", cure=cure))
    if faults:
        raise InputError("Checking the files to write", faults)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise writing_error(error) from None


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="An export, an overlay, or `shipped`.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    as_json: Json = False,
) -> None:
    """Compare two books row by row. An export stands alone; an overlay is laid over the shipped book."""
    from dearth.book.compare import diff as compare  # noqa: PLC0415 (a fast start)
    from dearth.book.compare import rows_of  # noqa: PLC0415

    found = compare(rows_of(a), rows_of(b))
    if as_json:
        print_json(difference_dict(found))
        return
    write_lines(difference_lines(found, a, b))


def changes(
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="First day, YYYY-MM-DD.")
    ] = "0001-01-01",
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE", help="Write the whole record, for a new version."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the rows that were added, changed or removed on or after a day."""
    from dearth.book import history, load_book  # noqa: PLC0415 (a fast start)

    check_targets({} if record is None else {"--record": record})
    book = load_book()
    found = history.changes(book, since)
    if record is not None:
        whole = history.full_record(book, history.read_record())
        write_all({record: history.record_text(whole)})
        say(f"wrote {record}", quiet=quiet)
    if as_json:
        print_json({"changes": [{"id": c.id, "date": c.date, "what": c.what} for c in found]})
        return
    write_lines((f"{change.date}  {change.what:<7}  {change.id}", "") for change in found)


def report(
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FILE", help="Renew the report inside this document.")
    ] = None,
    book: Book = None,
    quiet: Quiet = False,
) -> None:
    """Tell what the book covers, as Markdown: elements, stages, places, years, holes, weak numbers."""
    from dearth.book import coverage, load_book  # noqa: PLC0415 (a fast start)

    text = coverage.report(load_book(book or ()), coverage.load_influence())
    if into is None:
        typer.echo(text, nl=False)
        return
    check_targets({"--into": into})
    write_all({into: spliced(_document(into), text)})
    say(f"wrote {into}", quiet=quiet)


def _document(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = Fault("cannot be read", str(path), str(error)[:120], "name a text file")
        raise InputError("Reading a document", fault) from None


def spliced(document: str, text: str) -> str:
    """Return the document with `text` between its two marks.

    Raises
    ------
    InputError
        The document has not each mark once, in order.
    """
    head, begin, rest = document.partition(BEGIN)
    old, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in old + tail or END in tail:
        fault = Fault(
            "has no place for the report", "--into", cure=f"write {BEGIN} and {END} where it belongs"
        )
        raise InputError("Reading a document", fault)
    return f"{head}{begin}\n\n{text}\n{end}{tail}"


book_files: Final[dict[str, Callable[..., None]]] = {
    "diff": diff,
    "changes": changes,
    "export": export,
    "report": report,
}
