"""``dearth validate``: the model against what happened, forecasts kept before the fact, and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dearth.faces.options import Book, CsvFile, HtmlFile, Json, Quiet, Workers, command_of, table_of

__all__ = ["validate_command"]


_Episode = Annotated[
    str | None, typer.Argument(metavar="[2010|2025]", help="One episode; both if none is named.")
]
_Draws = Annotated[
    int, typer.Option("--draws", metavar="N", min=1, max=10_000, help="Size of the ensembles.")
]
_Seed = Annotated[
    int | None, typer.Option("--seed", metavar="S", min=0, max=2**32 - 1, help="Seed of the ensembles.")
]
_Market = Annotated[
    bool, typer.Option("--market-only", help="Leave the network of the countdown out (faster).")
]
_Fit = Annotated[
    bool, typer.Option("--fit", help="Fit the free numbers anew, with profiles; takes many minutes.")
]
_Points = Annotated[
    int, typer.Option("--points", metavar="N", min=0, max=25, help="Points of each profile; 0: none.")
]
_Record = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="With --fit: write the fitted numbers here.")
]
_Ablations = Annotated[
    bool,
    typer.Option(
        "--ablations", help="Take each claimed cause out and fit the rest anew; takes many minutes."
    ),
]
_Archive = Annotated[
    Path | None,
    typer.Option(
        "--archive", metavar="DIR", help="Write a forecast of the next six months there, sealed by a hash."
    ),
]
_Scenario = Annotated[
    str | None,
    typer.Option(
        "--scenario", metavar="NAME", help="With --archive: what to forecast from; `today` if not told."
    ),
]
_Score = Annotated[
    Path | None, typer.Option("--score", metavar="DIR", help="Score the forecasts that are kept there.")
]
_Observations = Annotated[
    Path | None,
    typer.Option("--observations", metavar="FILE", help="Your own record, a CSV in the columns of dearth's."),
]
_Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write all of it as Markdown (docs/validation.md)."),
]

# parameter -> (type with its help, default)
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "episode": (_Episode, None),
    "draws": (_Draws, 200),
    "seed": (_Seed, None),
    "workers": (Workers, 1),
    "market_only": (_Market, False),
    "fit": (_Fit, False),
    "points": (_Points, 5),
    "record": (_Record, None),
    "ablations": (_Ablations, False),
    "archive": (_Archive, None),
    "scenario": (_Scenario, None),
    "score": (_Score, None),
    "observations": (_Observations, None),
    "book": (Book, None),
    "json": (Json, False),
    "csv": (CsvFile, None),
    "html": (HtmlFile, None),
    "report": (_Report, None),
    "quiet": (Quiet, False),
}


def _run(**options: Any) -> None:
    from dearth.faces.run_validate import Wanted, run_validate  # noqa: PLC0415 (a fast start)

    run_validate(Wanted(**options))


validate_command: Final = command_of(_run, table_of(_OPTIONS))
