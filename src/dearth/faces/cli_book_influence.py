"""``dearth book influence``: which figures move the answers, and the record of it that the book carries."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dearth.errors import Fault, InputError
from dearth.faces.console import print_json, progress, say, write_lines
from dearth.faces.files import check_targets, write_all
from dearth.faces.options import Json, Quiet

if TYPE_CHECKING:
    from dearth.studies.influence import Moved
    from dearth.world.scenario import Scenario

__all__ = ["influence", "influence_csv"]

_SCENARIOS: Final = ("squeeze-2025", "cutoff")
_LEAST_DRAWS: Final = 100
_MOST_DRAWS: Final = 100_000
_MOST_WORKERS: Final = 256
_Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="SCENARIO...", help="Names or YAML files; else squeeze-2025 and cutoff."),
]
_Record = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="Write them as CSV, for the data book.")
]
_Draws = Annotated[
    int,
    typer.Option("--draws", metavar="N", min=_LEAST_DRAWS, max=_MOST_DRAWS, help="Draws of each scenario."),
]
_Workers = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, max=_MOST_WORKERS, help="Processes to work with.")
]


def influence(  # noqa: PLR0913, PLR0917 (its options)
    scenarios: _Names = None,
    draws: _Draws = 2000,
    workers: _Workers = 1,
    record: _Record = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell which figures move the countdown most; with 2000 draws this takes minutes."""
    from dearth.book import load_book  # noqa: PLC0415 (a fast start)
    from dearth.studies.influence import influence as measure  # noqa: PLC0415
    from dearth.studies.influence import noise  # noqa: PLC0415

    asked = _checked(scenarios or _SCENARIOS, record)
    with progress(f"influence in {len(asked)} scenarios: {draws} draws of each", quiet=quiet):
        found = measure(asked, load_book(), draws, workers)
    if record is not None:
        write_all({record: influence_csv(found)})
        say(f"wrote {record}", quiet=quiet)
    if as_json:
        print_json({"draws": draws, "noise": round(noise(draws), 4), "rows": [_plain(m) for m in found]})
        return
    write_lines((f"{m.influence:.2f}  {m.id}  ({m.study})", "") for m in found)


def _checked(names: Iterable[str], record: Path | None) -> list[Scenario]:
    """Return the scenarios, each once, or raise all that is wrong with them and with the file to write."""
    from dearth.world.scenario import load_scenario  # noqa: PLC0415 (a fast start)

    found: list[Scenario] = []
    faults: list[Fault] = []
    try:
        check_targets({} if record is None else {"--record": record})
    except InputError as error:
        faults += error.faults
    for name in dict.fromkeys(names):
        try:
            found.append(load_scenario(name))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError("Checking what was asked", faults)
    return found


def _plain(moved: Moved) -> dict[str, str | float]:
    return {"id": moved.id, "influence": round(moved.influence, 4), "study": moved.study}


def influence_csv(found: Iterable[Moved]) -> str:
    """Return influences as the table that ``dearth.book.coverage`` reads, three digits each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id", "influence", "study"))
    writer.writerows((m.id, f"{m.influence:.3f}", m.study) for m in found)
    return out.getvalue()
