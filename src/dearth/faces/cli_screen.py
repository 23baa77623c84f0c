"""``dearth screen``: which declarations to open first, because."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dearth.faces.options import CsvFile, HtmlFile, Json, Quiet, command_of, table_of

__all__ = ["screen_command"]


_File = Annotated[Path, typer.Argument(metavar="FILE", help="Declarations: CSV in UTF-8, or Parquet.")]
_Capacity = Annotated[
    str, typer.Option("--capacity", metavar="N|P%", help="How many can be opened: a number or a share.")
]
_Outcomes = Annotated[
    Path | None,
    typer.Option("--outcomes", metavar="FILE", help="What inspections found: id, outcome; CSV or Parquet."),
]
_Explain = Annotated[
    str | None, typer.Option("--explain", metavar="ID", help="All that was asked of one declaration.")
]
_MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="Which column is which; written there if missing."),
]
_SetAside = Annotated[
    Path | None,
    typer.Option("--set-aside", metavar="FILE", help="Screen the rest; list rows with faults there (CSV)."),
]
_SeedOption = Annotated[
    int | None, typer.Option("--seed", metavar="S", min=0, max=2**31 - 1, help="Seed of the random checks.")
]
_Memory = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="Memory of the database; beyond it, it works on disk.")
]
_Parquet = Annotated[
    Path | None, typer.Option("--parquet", metavar="FILE", help="Write the ranking of every row.")
]
_Xlsx = Annotated[
    Path | None, typer.Option("--xlsx", metavar="FILE", help="Write a workbook for the officers.")
]

# parameter -> (type with its help, default)
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "file": (_File, ...),
    "capacity": (_Capacity, "2%"),
    "outcomes": (_Outcomes, None),
    "explain": (_Explain, None),
    "mapping": (_MappingFile, None),
    "set_aside": (_SetAside, None),
    "seed": (_SeedOption, None),
    "memory": (_Memory, "2GB"),
    "json": (Json, False),
    "csv": (CsvFile, None),
    "parquet": (_Parquet, None),
    "xlsx": (_Xlsx, None),
    "html": (HtmlFile, None),
    "quiet": (Quiet, False),
}


def _run(**options: Any) -> None:
    from dearth.faces.run_screen import Wanted, run_screen  # noqa: PLC0415 (a fast start)

    run_screen(Wanted(**options))


screen_command: Final = command_of(_run, table_of(_OPTIONS))
