"""What is asked of a declaration: reasons, thresholds and points, headings, dates, all rows of data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dearth.book.read import DATA, read_bytes, read_rows, read_table
from dearth.errors import Fault, RuleError

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["Column", "Control", "Criteria", "Flow", "Heading", "Reason", "load_criteria", "read_criteria"]

FOLDER: Final = DATA / "declarations"
_PHASE: Final = "Reading the criteria of the screen"


class Column(NamedTuple):
    """A field of a declaration, and the names under which tables carry it."""

    field: str
    kind: str
    unit: str
    aliases: tuple[str, ...]
    note: str


class Reason(NamedTuple):
    """A reason code: what it needs, what it says, what else explains it, what to look at."""

    code: str
    layer: str
    needs: str
    title: str
    template: str
    innocent: str
    look: str


class Heading(NamedTuple):
    """A beginning of a tariff code, and what goods of it are."""

    hs: str
    kind: str
    name: str
    source: str
    url: str


class Control(NamedTuple):
    """Elements that need a licence to leave a place between two days."""

    id: str
    first: date
    last: date
    origin: str
    elements: frozenset[str]
    goods: str
    source: str
    url: str


class Flow(NamedTuple):
    """A year's trade as both sides reported it, USD; not reconciled."""

    hs: tuple[str, ...]
    year: int
    exporter: str
    importers: str
    exports: float
    imports: float
    source: str
    url: str
    note: str


@dataclass(frozen=True)
class Criteria:
    """All rows; a threshold is looked up by its id without ``screen-``."""

    columns: tuple[Column, ...]
    reasons: Mapping[str, Reason]
    rows: Mapping[str, FactRow]
    headings: tuple[Heading, ...]
    controls: tuple[Control, ...]
    flows: tuple[Flow, ...]
    phrases: Mapping[str, tuple[str, ...]]
    sha256: str

    def limit(self, name: str) -> float:
        """Return the value of a threshold."""
        return self.rows[f"screen-{name}"].central

    def points(self, code: str) -> float:
        """Return what a reason adds to the log odds before outcomes are known; 0 when it has no row."""
        row = self.rows.get(f"screen-points-{code}")
        return 0.0 if row is None else row.central

    def prefixes(self, kind: str) -> tuple[str, ...]:
        """Return the beginnings of tariff codes of one kind."""
        return tuple(h.hs for h in self.headings if h.kind == kind)


_COLUMNS: Final = ("field", "kind", "unit", "aliases", "note")
_HEADINGS: Final = ("hs", "kind", "name", "source", "url", "note")
_CONTROLS: Final = ("id", "from", "until", "origin", "elements", "goods", "source", "url", "note")
_FLOWS: Final = ("hs", "year", "exporter", "importers", "exports_usd", "imports_usd", "source", "url", "note")
_PHRASES: Final = ("kind", "phrase", "language", "note")


class _Reader:
    """Reads the files of a folder, keeping faults and a digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.digest = hashlib.sha256()

    def data(self, name: str) -> bytes:
        """Return the bytes of a file, none when it cannot be read."""
        data = read_bytes(self.folder / name)
        if isinstance(data, Fault):
            self.faults.append(data)
            return b""
        self.digest.update(f"{name}\0{len(data)}\0".encode() + data)
        return data

    def cells(self, name: str, wanted: tuple[str, ...]) -> list[dict[str, str]]:
        """Return the cells of a table."""
        table = read_table(name, self.data(name), wanted)
        self.faults.extend(table.faults)
        return table.cells

    def rows(self, name: str) -> dict[str, FactRow]:
        """Return rows of the data book's schema by id."""
        rows, table = read_rows(name, self.data(name))
        self.faults.extend(table.faults)
        return {row.id: row for row in rows}


def _control(cells: Mapping[str, str]) -> Control:
    return Control(
        cells["id"],
        date.fromisoformat(cells["from"]),
        date.fromisoformat(cells["until"]) if cells["until"] else date.max,
        cells["origin"],
        frozenset(cells["elements"].split("|")),
        cells["goods"],
        cells["source"],
        cells["url"],
    )


def _flow(cells: Mapping[str, str]) -> Flow:
    sums = float(cells["exports_usd"]), float(cells["imports_usd"])
    who = cells["exporter"], cells["importers"]
    told = cells["source"], cells["url"], cells["note"]
    return Flow(tuple(cells["hs"].split("|")), int(cells["year"]), *who, *sums, *told)


def _phrases(cells: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for cell in cells:
        found.setdefault(cell["kind"], []).append(cell["phrase"])
    return {kind: tuple(words) for kind, words in found.items()}


def read_criteria(folder: Path) -> Criteria:
    """Return the criteria written in `folder`.

    Raises
    ------
    RuleError
        Its files are wrong: all faults at once.
    """
    reader = _Reader(folder)
    columns = reader.cells("columns.csv", _COLUMNS)
    reasons = reader.cells("reasons.csv", Reason._fields)
    headings = reader.cells("headings.csv", _HEADINGS)
    controls = reader.cells("controls.csv", _CONTROLS)
    flows = reader.cells("mirror.csv", _FLOWS)
    phrases = reader.cells("phrases.csv", _PHRASES)
    rows = reader.rows("thresholds.csv")
    if reader.faults:
        raise RuleError(_PHASE, reader.faults)
    return Criteria(
        columns=tuple(
            Column(c["field"], c["kind"], c["unit"], tuple(c["aliases"].split("|")), c["note"])
            for c in columns
        ),
        reasons={c["code"]: Reason(**c) for c in reasons},
        rows=rows,
        headings=tuple(Heading(**{k: h[k] for k in Heading._fields}) for h in headings),
        controls=tuple(_control(c) for c in controls),
        flows=tuple(_flow(c) for c in flows),
        phrases=_phrases(phrases),
        sha256=reader.digest.hexdigest(),
    )


@cache
def load_criteria() -> Criteria:
    """Return dearth's own criteria, read once.

    Raises
    ------
    RuleError
        Its files are wrong: all faults at once.
    """
    return read_criteria(FOLDER)
