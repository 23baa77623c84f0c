"""``dearth licence``: what dated rules say of a shipment, of a folder of cases, or of a bill of materials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dearth.faces.options import CsvFile, HtmlFile, Json, Quiet, command_of, table_of

__all__ = ["licence_command"]

_What = Annotated[
    str | None,
    typer.Argument(
        metavar="CASE|template|changes",
        help="A YAML file of a shipment or of cases; `template` prints one; `changes` goes with --since.",
    ),
]
_On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="Decide for this day instead.")]
_AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Day up to which rules and suspensions are known."),
]
_Cases = Annotated[
    Path | None, typer.Option("--cases", metavar="DIR", help="Check every case file of a folder.")
]
_Bom = Annotated[Path | None, typer.Option("--bom", metavar="FILE", help="A bill of materials, CSV or XLSX.")]
_Register = Annotated[
    Path | None, typer.Option("--register", metavar="FILE", help="Keep the determination in this register.")
]
_Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="With `changes`: rules as they stood on this day."),
]
_Full = Annotated[bool, typer.Option("--full", help="In words: every text, note, record and penalty.")]
_Trace = Annotated[bool, typer.Option("--trace", help="Every test of every rule, in --json.")]


# parameter -> (type with its help, default)
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "what": (_What, None),
    "on": (_On, None),
    "as_of": (_AsOf, None),
    "cases": (_Cases, None),
    "bom": (_Bom, None),
    "register": (_Register, None),
    "since": (_Since, None),
    "full": (_Full, False),
    "trace": (_Trace, False),
    "json": (Json, False),
    "csv": (CsvFile, None),
    "html": (HtmlFile, None),
    "quiet": (Quiet, False),
}


def _run(**options: Any) -> None:
    from dearth.faces.run_licence import run_licence, wanted_of  # noqa: PLC0415 (a fast start)

    run_licence(wanted_of(options))


licence_command: Final = command_of(_run, table_of(_OPTIONS))
