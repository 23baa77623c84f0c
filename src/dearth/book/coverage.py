"""What the book covers: rows by element, stage, place and year; grades, holes, and its weakest numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dearth.axes import ELEMENT_MEMBERS, MATERIALS, PLACES, STAGES, stage_of
from dearth.book.audit import DISAGREEMENT, audit
from dearth.book.read import DATA, read_bytes, read_table, refuse
from dearth.book.row import GRADES, KINDS, TERMS
from dearth.book.search import ELEMENT_NAMES
from dearth.errors import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from dearth.book.book import Book
    from dearth.book.schema import FactRow

__all__ = ["INFLUENCE", "Influence", "Weak", "load_influence", "report", "stage_of_row", "weakest"]

INFLUENCE: Final = DATA / "influence.csv"
_WEAK: Final = {"A": 1.0, "B": 2.0, "C": 4.0, "-": 4.0}
_COUNT: Final = 10
_SPAN_YEARS: Final = 5
_OTHER: Final = "other"
_STAGE_OF_QUANTITY: Final = {
    **dict.fromkeys(
        ("mine-production", "reserves", "quota-mining", "deposit-basket", "basket"), "concentrate"
    ),
    **dict.fromkeys(("mine-output", "mine-output-vintage", "concentrate-trade"), "concentrate"),
    **dict.fromkeys(("quota-separation", "oxide-made", "recycled-oxide", "observed-recovery"), "oxide"),
    "alloy-output": "metal",
}
_STAGE_WORDS: Final = (
    ("magnet", ("magnet", "ndfeb", "smco", "blank")),
    ("metal", ("metal", "alloy")),
    ("oxide", ("oxide", "chloride", "carbonate", "chemical")),
    ("concentrate", ("concentrate", "ore", "mineral", "monazite", "bastnaesite")),
)


@dataclass(frozen=True, slots=True)
class Influence:
    """How much an answer moves with a row: rank correlation without sign, the largest over answers."""

    by_id: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Weak:
    """A weak number that matters: its row, its influence on an answer, and both multiplied."""

    row: FactRow
    influence: float
    score: float


def load_influence(path: Path = INFLUENCE) -> Influence | None:
    """Return stored influences (CSV: ``id,influence,study``); None when none are stored.

    Raises
    ------
    BookError
        The file is broken.
    """
    if not path.is_file():
        return None
    data = read_bytes(path)
    if isinstance(data, Fault):
        refuse([data])
        return None
    table = read_table(path.name, data, ("id", "influence", "study"))
    found: dict[str, float] = {}
    for line, cells in zip(table.lines, table.cells, strict=True):
        try:
            size = abs(float(cells["influence"]))
        except ValueError:
            size = float("nan")
        if size <= 1.0:
            found[cells["id"]] = max(size, found.get(cells["id"], 0.0))
        else:
            where = f"{path.name}:{line}:influence"
            table.faults.append(Fault(f"{cells['influence'][:40]!r} is no number from -1 to 1", where))
    refuse(table.faults)
    return Influence(found)


def weakest(book: Book, influence: Influence | None) -> tuple[Weak, ...]:
    """Return the ten rows with the largest weakness of grade (A 1, B 2, C and none 4) times influence.

    Without stored influences there is no answer, and none is made up.
    """
    if influence is None:
        return ()
    rows = [row for row in book.rows if row.has_number and influence.by_id.get(row.id)]
    found = [Weak(row, influence.by_id[row.id], _WEAK[row.grade] * influence.by_id[row.id]) for row in rows]
    return tuple(sorted(found, key=lambda weak: (-weak.score, weak.row.id))[:_COUNT])


def stage_of_row(row: FactRow) -> str:
    """Return the stage of the chain that a row tells of, ``"other"`` when it tells of none."""
    prefix = row.material.split(":", 1)[0]
    if row.material in MATERIALS or (":" in row.material and f"{prefix}:" in _PREFIXES):
        return stage_of(row.material)
    if row.material in STAGES:
        return row.material
    if row.quantity in _STAGE_OF_QUANTITY:
        return _STAGE_OF_QUANTITY[row.quantity]
    words = f"{row.material} {row.quantity}".lower().replace("without magnets", "oxide")
    return next((stage for stage, marks in _STAGE_WORDS if any(m in words for m in marks)), _OTHER)


_PREFIXES: Final = frozenset(f"{material.split(':', 1)[0]}:" for material in MATERIALS)


def _elements(row: FactRow) -> Iterator[str]:
    text = row.element or (row.material.split(":", 1)[1] if ":" in row.material else "")
    for group in text.split("+"):
        yield from (part for part in ELEMENT_MEMBERS.get(group, (group,)) if part in ELEMENT_NAMES)


def _years(row: FactRow) -> str:
    """Return the span of years of a row, e.g. ``"2020-2024"``."""
    first = row.year - row.year % _SPAN_YEARS
    return f"{first}-{first + _SPAN_YEARS - 1}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', ' ') for cell in row)} |"
    yield ""


def _cross(title: str, groups: Mapping[str, Sequence[FactRow]]) -> Iterator[str]:
    """Yield a table of rows and their kinds and grades, one line per group."""
    head = (title, "rows", *KINDS, *(f"grade {grade}" for grade in GRADES if grade != "-"))
    lines = []
    for name, rows in groups.items():
        kinds, grades = Counter(r.kind for r in rows), Counter(r.grade for r in rows)
        counts = [kinds[kind] for kind in KINDS] + [grades[grade] for grade in GRADES if grade != "-"]
        lines.append((name, len(rows), *counts))
    yield from _table(head, lines)


def _by(pairs: Iterable[tuple[str, FactRow]], order: Iterable[str] = ()) -> dict[str, list[FactRow]]:
    """Group rows by name: the names of `order` first, the empty ones too, then others by number of rows."""
    groups: dict[str, list[FactRow]] = {name: [] for name in order}
    known = len(groups)
    for name, row in pairs:
        groups.setdefault(name, []).append(row)
    rest = sorted(list(groups)[known:], key=lambda name: (-len(groups[name]), name))
    return {name: groups[name] for name in [*list(groups)[:known], *rest]}


def report(book: Book, influence: Influence | None = None) -> str:
    """Return the coverage of the book as Markdown; the same book gives the same text."""
    rows = book.rows
    found = audit(book)
    sources = len({row.source for row in rows if row.kind in {"sourced", "derived"}})
    lines = [
        f"Version {book.version} of {book.date}: {len(rows)} rows, {sources} sources, {found.unsourced} rows "
        f"without source, unit, date or terms; {len(found.disagreements)} disagreements beyond a factor of "
        f"{DISAGREEMENT:g}, "
        f"{sum(not t.settled for t in found.traps)} open findings of known traps, {len(found.holes)} holes.",
        "",
        *_table(("terms", "rows"), [(name, found.per_terms.get(name, 0)) for name in TERMS]),
        *_cross("element", _by(((name, row) for row in rows for name in _elements(row)), ELEMENT_NAMES)),
        *_cross("stage", _by(((stage_of_row(row), row) for row in rows), (*STAGES[:-1], _OTHER))),
        *_cross("place", _by(_places(rows), PLACES)),
        *_cross("years", dict(sorted(_by((_years(row), row) for row in rows).items()))),
        *_holes(found.holes),
        *_weak_lines(book, influence),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _places(rows: Iterable[FactRow]) -> Iterator[tuple[str, FactRow]]:
    for row in rows:
        if row.place:
            region = row.place in PLACES or row.place.isupper()
            yield row.place if region and row.place != "*" else "any place, or another country", row


def _holes(holes: Sequence[FactRow]) -> Iterator[str]:
    yield f"Holes, {len(holes)} in all, by quantity:"
    yield ""
    groups = _by((row.quantity, row) for row in holes)
    yield from _table(("quantity", "holes"), ((f"`{name}`", len(rows)) for name, rows in groups.items()))


def _weak_lines(book: Book, influence: Influence | None) -> Iterator[str]:
    found = weakest(book, influence)
    if not found:
        yield "The ten weakest numbers that matter most are not known yet: no influences are stored."
        return
    yield "The ten weakest numbers that matter most: influence on the countdown times weakness of grade."
    yield ""
    head = ("row", "value", "range", "unit", "kind", "grade", "influence", "weakness", "score")
    yield from _table(head, map(_weak_cells, found))


def _weak_cells(weak: Weak) -> tuple[str, ...]:
    row = weak.row
    low, high = row.bounds
    texts = (f"`{row.id}`", f"{row.central:g}", f"{low:g} to {high:g}", row.unit, row.kind, row.grade)
    return (*texts, f"{weak.influence:.2f}", f"{_WEAK[row.grade]:g}", f"{weak.score:.2f}")
