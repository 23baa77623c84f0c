"""``dearth register``: determinations kept, licences held, applications pending; shown, added to, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.console import print_json, say, write_lines
from dearth.faces.files import asked_for
from dearth.faces.groups import group
from dearth.faces.options import CsvFile, Json, Quiet

__all__ = ["register_app"]

register_app = group()
_PHASE: Final = "Reading the command line"
_WARN_DAYS: Final = 30

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The register.")]
_On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="State on this day; else that of the last row.")
]
_Head = Annotated[
    str | None,
    typer.Option("--head", metavar="N:HASH", help="A head kept elsewhere: cut-off rows are noticed too."),
]
_WarnDays = Annotated[
    int, typer.Option("--warn-days", metavar="N", min=0, help="Warn of licences that expire within N days.")
]


@register_app.command("show")
def show(
    file: _File,
    on: _On = None,
    warn_days: _WarnDays = _WARN_DAYS,
    as_json: Json = False,
    csv: CsvFile = None,
) -> None:
    """Show licences held, applications pending and what to warn of."""
    from dearth.faces.files import check_targets, write_all  # noqa: PLC0415 (a fast start)
    from dearth.faces.register_run import day_of, held_in, held_lines  # noqa: PLC0415
    from dearth.register import holdings, holdings_csv  # noqa: PLC0415

    check_targets({"--csv": csv} if csv else {})
    rows, day = day_of(file, on)
    found = held_in(rows, day, warn_days)
    if csv is not None:
        write_all({csv: holdings_csv(holdings(rows, day), day, warn_days)})
        say(f"wrote {csv}")
    if as_json:
        print_json(found)
    else:
        write_lines(held_lines(found))


@register_app.command("add")
def add(
    file: _File,
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="A YAML file with one record.")],
    quiet: Quiet = False,
) -> None:
    """Add a licence, an application, an outcome, a draw-down, or void a row; see `dearth register kinds`."""
    from dearth.faces.register_run import add_record  # noqa: PLC0415 (a fast start)

    row = add_record(file, record)
    for warning in row.record.get("warnings", ()):
        say(f"warning: {warning}")
    say(f"kept as row {row.number} of {file}, head {row.head}", quiet=quiet)


@register_app.command("kinds")
def kinds() -> None:
    """List the kinds of record and the fields of each."""
    from dearth.faces.register_run import kind_lines  # noqa: PLC0415 (a fast start)

    write_lines(kind_lines())


@register_app.command("verify")
def verify(file: _File, head: _Head = None, as_json: Json = False) -> None:
    """Check every hash, and that no row was changed, moved or taken out."""
    from dearth.register import Register  # noqa: PLC0415 (a fast start)

    faults = Register.check(file, head)
    if faults:
        raise InputError(f"Checking {file}", faults)
    with Register.open(file, create=False) as register:
        found = {"rows": register.head.number, "head": str(register.head), "whole": True}
    if as_json:
        print_json(found)
    else:
        write_lines([(f"whole: {found['rows']} rows, head {found['head']}", "")])


@register_app.command("export")
def export(
    file: _File,
    csv: CsvFile = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json-file", metavar="FILE", help="Write every row with its hash as JSON."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write every row as a table, or as JSON that a third party can check without dearth."""
    from dearth.faces.files import check_targets, write_all  # noqa: PLC0415 (a fast start)
    from dearth.register import Register, rows_csv, rows_json  # noqa: PLC0415

    named = {"--csv": csv, "--json-file": json_file}
    targets = asked_for(named)
    if not targets:
        raise InputError(
            _PHASE, Fault("nothing to write", "export", cure="give --csv FILE or --json-file FILE")
        )
    check_targets(targets)
    with Register.open(file, create=False) as register:
        rows = register.rows()
    made = {"--csv": rows_csv, "--json-file": rows_json}
    write_all({path: made[option](rows) for option, path in targets.items()})
    for path in targets.values():
        say(f"wrote {path}", quiet=quiet)


@register_app.command("replay")
def replay_rows(
    file: _File,
    on: _On = None,
    row: Annotated[int | None, typer.Option("--row", metavar="N", min=1, help="One row only.")] = None,
    as_json: Json = False,
) -> None:
    """Decide recorded determinations again: under the rules of their date, and of another day."""
    from dearth.faces.register_run import replay_lines, replayed  # noqa: PLC0415 (a fast start)

    found = replayed(file, row, on)
    if as_json:
        print_json(found)
    else:
        write_lines(replay_lines(found))
