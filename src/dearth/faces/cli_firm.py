"""``dearth firm``: the workbook of a manufacturer: template, check, questions to suppliers, risk, changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import asked_for, check_targets, write_all, writing_error
from dearth.faces.groups import group
from dearth.faces.options import Book, CsvFile, HtmlFile, Json, Quiet, Request, Workers

if TYPE_CHECKING:
    from dearth.book import Book as Facts
    from dearth.firm import Firm
    from dearth.firm.ask import Change
    from dearth.firm.contents import Content
    from dearth.firm.match import SupplierMatch

__all__ = ["firm_app", "firm_dict"]

firm_app = group()

_PHASE: Final = "Reading the command line"
_WHOLE: Final = 100  # grams from which no decimals are shown
_Firm = Annotated[Path, typer.Argument(metavar="FIRM", help="A workbook (XLSX), folder of CSV, or JSON.")]
_Xlsx = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="One workbook (XLSX).")]
_Csv = Annotated[Path | None, typer.Option("--csv", metavar="DIR", help="A folder of CSV files.")]
_JsonFile = Annotated[Path | None, typer.Option("--json-file", metavar="FILE", help="One JSON file.")]
_To = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="Write a questionnaire for each supplier there.")
]
_Merge = Annotated[
    list[Path] | None, typer.Option("--merge", metavar="REPLY", help="A reply to take in; repeatable.")
]
_Since = Annotated[
    Path,
    typer.Option("--since", metavar="RUN", help="An answer of `dearth countdown --firm` saved with --json."),
]
_Now = Annotated[
    str | None,
    typer.Option(
        "--scenario", metavar="SCENARIO", help="The scenario of now; else that of the run, as shipped."
    ),
]


@firm_app.command("template")
def template(
    xlsx: _Xlsx = None,
    csv: _Csv = None,
    json_file: _JsonFile = None,
    empty: Annotated[bool, typer.Option("--empty", help="Without the example.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write the workbook to fill in: lists to choose from, units, help, an invented firm as an example."""
    from dearth.firm.network import Firm, Head  # noqa: PLC0415 (a fast start)
    from dearth.firm.workbook import example_firm  # noqa: PLC0415

    firm = Firm(head=Head()) if empty else example_firm()
    _write(firm, xlsx, csv, json_file, quiet=quiet)


def _write(firm: Firm, xlsx: Path | None, csv: Path | None, json_file: Path | None, *, quiet: bool) -> None:
    """Write a firm in every form that was asked for."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)
    from dearth.firm.contents import component_names  # noqa: PLC0415
    from dearth.firm.workbook import as_files, as_json, as_workbook  # noqa: PLC0415

    named = {"--xlsx": xlsx, "--json-file": json_file}
    targets = asked_for(named)
    if csv is None and not targets:
        cure = "give --xlsx FILE, --csv DIR or --json-file FILE"
        raise InputError(_PHASE, Fault("nothing to write", cure=cure))
    check_targets(targets)
    contents: dict[Path, str | bytes] = {}
    if xlsx is not None:
        contents[xlsx] = as_workbook(firm, component_names(load_book()))
    if json_file is not None:
        contents[json_file] = as_json(firm)
    if csv is not None:
        files = as_files(firm)
        _make_folder(csv, "--csv", set(files))
        contents |= {csv / name: text for name, text in files.items()}
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=quiet)


def _make_folder(folder: Path, option: str, ours: set[str]) -> None:
    """Make a folder; one that holds anything but what we would write there is refused."""
    where = f"{option} {folder}"
    if str(folder) in ("", "-"):
        raise InputError(_PHASE, Fault("not a folder name", where, cure="name a folder"))
    if folder.exists() and not folder.is_dir():
        raise InputError(_PHASE, Fault("is a file", where, cure="name a folder"))
    if folder.is_dir() and {path.name for path in folder.iterdir()} - ours:
        raise InputError(_PHASE, Fault("holds other files", where, cure="name a new folder, or an empty one"))
    if not folder.absolute().parent.is_dir():
        raise InputError(
            _PHASE, Fault("its folder does not exist", where, cure=f"create {folder.parent} first")
        )
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise writing_error(error) from None


@firm_app.command("check")
def check(firm: _Firm, book: Book = None, as_json: Json = False) -> None:
    """Check a firm's file: every fault with sheet, row, column and cure; then what was filled and found."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)
    from dearth.firm.read import read_firm  # noqa: PLC0415

    found, facts = read_firm(firm), load_book(book or ())
    contents, matches, warnings = _looked_at(found, facts)
    if as_json:
        print_json(_as_dict(found, contents, matches, warnings))
        return
    write_lines(_lines(found, contents, matches, warnings))


def _looked_at(found: Firm, facts: Facts) -> tuple[dict[str, Content], tuple[SupplierMatch, ...], list[str]]:
    """Return what parts hold, whom suppliers may be, and what to know of both."""
    from dearth.firm.contents import contents_of  # noqa: PLC0415 (a fast start)
    from dearth.firm.graph import graph_of, use_differs  # noqa: PLC0415
    from dearth.firm.match import match_suppliers  # noqa: PLC0415

    contents, notes = contents_of(found, facts)
    matches = match_suppliers(found, facts)
    warnings = [*found.warnings, *use_differs(found, graph_of(found)), *notes]
    return contents, matches, warnings + [match.warning for match in matches if match.warning]


def firm_dict(found: Firm, facts: Facts) -> dict[str, Any]:
    """Return a firm that was read without fault as plain data: what was filled in, and what was found."""
    return _as_dict(found, *_looked_at(found, facts))


def _counts(firm: Firm) -> dict[str, int]:
    return {name: len(rows) for name, rows in firm.sheets() if name != "firm"}


def _as_dict(
    firm: Firm, contents: Mapping[str, Content], matches: tuple[SupplierMatch, ...], warnings: list[str]
) -> dict[str, Any]:
    return {
        "firm": firm.head.name,
        "rows": _counts(firm),
        "contents": [_content_dict(content) for content in contents.values() if content.known != "stated"],
        "suppliers": [
            {
                "supplier": match.supplier,
                "name": match.name,
                "confirmed": match.confirmed or None,
                "candidates": [one._asdict() for one in match.candidates],
                "wording": "possible match, verify identity",
            }
            for match in matches
        ],
        "warnings": warnings,
    }


def _content_dict(content: Content) -> dict[str, Any]:
    return {
        "part": content.part,
        "known": content.known,
        "magnet_grams": None if content.magnet is None else content.magnet._asdict(),
        "element_grams": {name: grams._asdict() for name, grams in content.elements.items()},
        "magnets": list(content.classes),
        "rows": list(content.rows),
    }


def _lines(
    firm: Firm, contents: Mapping[str, Content], matches: tuple[SupplierMatch, ...], warnings: list[str]
) -> Iterator[tuple[str, str]]:
    yield f"{firm.head.name}: no fault found", "bold"
    yield "  " + ", ".join(f"{count} {name}" for name, count in _counts(firm).items()), ""
    yield from _content_lines(contents)
    yield from _supplier_lines(matches)
    for warning in warnings:
        yield f"  note: {warning}", "yellow"


def _content_lines(contents: Mapping[str, Content]) -> Iterator[tuple[str, str]]:
    filled = [content for content in contents.values() if content.known != "stated"]
    if filled:
        yield "What parts hold, where you did not say it all:", "bold"
    for content in filled:
        yield f"  {content.part}: {_in_words(content)}", ""


def _in_words(content: Content) -> str:
    if content.known == "unknown":
        return "unknown; nobody is assumed to be without rare earths"
    grams = content.magnet
    text = "" if grams is None else f"{_span(grams.low, grams.high)} g of magnet"
    for name, some in content.elements.items():
        text += f", {name} {_span(some.low, some.high)} g"
    return f"{text} ({content.known})"


def _span(low: float, high: float) -> str:
    return _plain(low) if low == high else f"{_plain(low)} to {_plain(high)}"


def _plain(grams: float) -> str:
    return f"{grams:.0f}" if grams >= _WHOLE else f"{grams:.3g}"


def _supplier_lines(matches: tuple[SupplierMatch, ...]) -> Iterator[tuple[str, str]]:
    shown = [match for match in matches if match.candidates or match.confirmed]
    if shown:
        yield "Suppliers beside the facilities of the data book (possible match, verify identity):", "bold"
    for match in shown:
        if match.confirmed:
            yield f"  {match.name}: {match.confirmed}, confirmed by you", ""
            continue
        near = "; ".join(f"{one.facility} ({one.how}, {one.score:g})" for one in match.candidates)
        yield f"  {match.name}: {near}; to use one, write its name into the column facility", ""


@firm_app.command("risk")
def risk(  # noqa: PLR0913, PLR0917 (its options)
    firm: _Firm,
    book: Book = None,
    as_json: Json = False,
    csv: CsvFile = None,
    html: HtmlFile = None,
    quiet: Quiet = False,
) -> None:
    """Show how long you survive the loss of each site, place and material, and what it puts at risk."""
    from dearth.faces.run_firm import run_risk  # noqa: PLC0415 (a fast start)

    run_risk(firm, book or (), {"--csv": csv, "--html": html}, as_json=as_json, quiet=quiet)


@firm_app.command("changes")
def changes(  # noqa: PLR0913, PLR0917 (its options)
    firm: _Firm,
    since: _Since,
    scenario: _Now = None,
    book: Book = None,
    workers: Workers = 1,
    as_json: Json = False,
    csv: CsvFile = None,
    quiet: Quiet = False,
) -> None:
    """Show which dates moved since a saved run, and what of book, scenario and workbook moved them."""
    from dearth.faces.firm_changes import run_changes  # noqa: PLC0415 (a fast start)

    request = Request(book=book, workers=workers, firm=firm, json=as_json, csv=csv, quiet=quiet)
    run_changes(request, since, scenario)


@firm_app.command("ask")
def ask(  # noqa: PLR0913, PLR0917 (its options)
    firm: _Firm,
    to: _To = None,
    merge: _Merge = None,
    xlsx: _Xlsx = None,
    csv: _Csv = None,
    json_file: _JsonFile = None,
    quiet: Quiet = False,
) -> None:
    """Write a questionnaire for each supplier (--to), or take replies in (--merge) and write it anew."""
    from dearth.firm.ask import merged, questionnaires  # noqa: PLC0415 (a fast start)
    from dearth.firm.read import read_firm  # noqa: PLC0415

    if (to is None) == (not merge):
        cure = "give --to DIR to write questionnaires, or --merge REPLY --xlsx FILE to take replies in"
        raise InputError(_PHASE, Fault("either ask or merge", cure=cure))
    if to is not None and any(path is not None for path in (xlsx, csv, json_file)):
        raise InputError(
            _PHASE, Fault("--to writes questionnaires only", cure="leave out --xlsx and the like")
        )
    found = read_firm(firm)
    if to is None:
        new, changes = merged(found, merge or ())
        _write(new, xlsx, csv, json_file, quiet=quiet)
        write_lines(_change_lines(changes))
        return
    asked = {_file_name(supplier): data for supplier, data in questionnaires(found).items()}
    _make_folder(to, "--to", set(asked))
    write_all({to / name: data for name, data in asked.items()})
    for name in asked:
        say(f"wrote {to / name}", quiet=quiet)


def _file_name(supplier: str) -> str:
    """Return a plain file name for the id of a supplier, which may hold anything."""
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in supplier)
    return f"questions-{plain[:80]}.xlsx"


def _change_lines(changes: tuple[Change, ...]) -> Iterator[tuple[str, str]]:
    if not changes:
        yield "the replies say nothing new", ""
    for change in changes:
        before = "unknown" if change.before in (None, "", ()) else change.before
        yield f"{change.sheet} {change.id}, {change.column}: {before} -> {change.after}", ""
