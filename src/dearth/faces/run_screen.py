"""Running ``dearth screen``: check, read, rank, show, write."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dearth.book import load_book
from dearth.declarations.columns import mapping_text, read_mapping
from dearth.declarations.rank import parse_capacity
from dearth.errors import Fault, InputError
from dearth.faces.console import progress, say, write_lines
from dearth.faces.files import asked_for, check_request, write_all, writing_error
from dearth.faces.present import csv_text
from dearth.faces.screen_page import screen_html
from dearth.faces.screen_view import screen_lines
from dearth.faces.screen_workbook import screen_workbook
from dearth.studies.screen import Screening, Wish, screening

__all__ = ["Wanted", "run_screen"]

_PHASE: Final = "Reading the command line"
_SIZE: Final = re.compile(r"^\d+(?:\.\d+)?\s?(?:MB|GB|MiB|GiB)$")
_LEAST_MEMORY: Final = 100  # MB


@dataclass(frozen=True)
class Wanted:
    """What was asked, as the options gave it."""

    file: Path
    capacity: str = "2%"
    outcomes: Path | None = None
    explain: str | None = None
    mapping: Path | None = None
    set_aside: Path | None = None
    seed: int | None = None
    memory: str = "2GB"
    json: bool = False
    csv: Path | None = None
    parquet: Path | None = None
    xlsx: Path | None = None
    html: Path | None = None
    quiet: bool = False

    @property
    def targets(self) -> dict[str, Path]:
        """Files to write, by the option that named them."""
        new = self.mapping if self.mapping is not None and not self.mapping.exists() else None
        named = {
            "--csv": self.csv, "--parquet": self.parquet, "--xlsx": self.xlsx, "--html": self.html,
            "--set-aside": self.set_aside, "--mapping": new,
        }  # fmt: skip
        return asked_for(named)


def run_screen(wanted: Wanted) -> None:
    """Answer what was asked and show it.

    Raises
    ------
    InputError
        Anything is wrong with the command line or a file: all faults at once; no file has been touched.
    """
    wish = _checked(wanted)
    with (
        progress(f"screen of {wanted.file.name}", quiet=wanted.quiet),
        screening(wanted.file, load_book(), wish) as found,
    ):
        _write(found, wanted)
    if wanted.json:
        sys.stdout.write(found.answer.to_json() + "\n")
    else:
        write_lines(screen_lines(found.answer))


def _checked(wanted: Wanted) -> Wish:
    faults = []
    if not _SIZE.match(wanted.memory) or _megabytes(wanted.memory) < _LEAST_MEMORY:
        cure = "write e.g. 2GB or 500MB, at least 100MB"
        faults.append(Fault(f"{wanted.memory[:40]!r} is no size", "--memory", cure=cure))
    try:
        capacity = parse_capacity(wanted.capacity)
    except InputError as error:
        faults.extend(error.faults)
    for option, path in {"FILE": wanted.file, "--outcomes": wanted.outcomes}.items():
        faults += _clash(option, path, wanted)
    check_request(_PHASE, faults, wanted.targets)
    known = wanted.mapping is not None and wanted.mapping.exists()
    return Wish(
        capacity=capacity,
        outcomes=wanted.outcomes,
        explain=wanted.explain,
        mapping=read_mapping(wanted.mapping) if known and wanted.mapping else None,
        set_aside=wanted.set_aside is not None,
        seed=Wish.seed if wanted.seed is None else wanted.seed,
        memory=wanted.memory,
    )


def _megabytes(text: str) -> float:
    match = re.match(r"[\d.]+", text)
    number = float(match.group()) if match else 0.0
    return number * (1000 if "G" in text else 1)


def _clash(option: str, path: Path | None, wanted: Wanted) -> list[Fault]:
    """Return a fault when an input is also a file to write: it would be lost."""
    if path is None:
        return []
    real = os.path.realpath(path)
    return [
        Fault(f"{option} and {name} name one file", str(path), cure="write to another file")
        for name, target in wanted.targets.items()
        if os.path.realpath(target) == real
    ]


def _write(found: Screening, wanted: Wanted) -> None:
    contents: dict[Path, str | bytes] = {}
    targets = wanted.targets  # a mapping file that is written now exists afterwards
    if wanted.html is not None:
        contents[wanted.html] = screen_html(found.answer)
    if wanted.xlsx is not None:
        contents[wanted.xlsx] = screen_workbook(found.answer)
    if wanted.mapping is not None and "--mapping" in targets:
        contents[wanted.mapping] = mapping_text(found.intake.mapping)
    if wanted.set_aside is not None:
        aside = found.answer.answer["table"]["set_aside"]
        contents[wanted.set_aside] = csv_text(("row", "id", "why"), aside)
    _copy(found, {"csv": wanted.csv, "parquet": wanted.parquet})
    write_all(contents)
    for path in targets.values():
        say(f"wrote {path}", quiet=wanted.quiet)


def _copy(found: Screening, targets: dict[str, Path | None]) -> None:
    """Write the ranking of every row beside each target, then rename: whole or not at all."""
    for form, path in targets.items():
        if path is None:
            continue
        real = Path(os.path.realpath(path))
        with tempfile.TemporaryDirectory(prefix=".dearth-", dir=real.parent) as folder:
            part = Path(folder) / "ranking.part"
            try:
                found.copy_ranking(part, form)
                part.replace(real)
            except OSError as error:
                raise writing_error(error) from None
