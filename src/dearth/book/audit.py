"""The audit: is every figure sourced and dated, where do sources disagree, what is old or missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dearth.book.book import Book, Rivals, key_of
from dearth.book.traps import Trap, find_traps

if TYPE_CHECKING:
    from dearth.book.schema import FactRow

__all__ = ["DISAGREEMENT", "STALE_YEARS", "AuditReport", "Disagreement", "audit"]

DISAGREEMENT: Final = 1.25
STALE_YEARS: Final = 6
_MUST_HAVE: Final = ("source", "unit", "date", "terms")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Rivals that differ by more than a factor: best first, why the first is used, largest over smallest.

    `ratio` is infinite when only some rivals are zero, or when their signs differ.
    """

    rows: tuple[FactRow, ...]
    reason: str
    ratio: float


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit of the book found.

    Attributes
    ----------
    rows
        Number of rows.
    missing
        For each of source, unit, date and terms, ids of rows without it (a sourced row also needs a url).
    disagreements
        Rivals that differ by more than a factor `DISAGREEMENT`, the widest first.
    bare_assumptions
        Assumptions without a range, or without their reasoning.
    stale
        Rows in use that are older than `STALE_YEARS` at `as_of` with nothing newer told of the same
        thing, and forecasts whose period is over.
    holes
        Known gaps.
    per_file, per_kind, per_grade, per_terms, per_quantity
        Counts of rows.
    traps
        Rows that look wrong in one of the known ways, those not settled first; see ``dearth.book.traps``.
    yours
        Rows of overlays.
    as_of
        Year from which age is counted.
    """

    rows: int
    missing: Mapping[str, tuple[str, ...]]
    disagreements: tuple[Disagreement, ...]
    bare_assumptions: tuple[FactRow, ...]
    stale: tuple[FactRow, ...]
    holes: tuple[FactRow, ...]
    per_file: Mapping[str, int]
    per_kind: Mapping[str, int]
    per_grade: Mapping[str, int]
    per_terms: Mapping[str, int]
    per_quantity: Mapping[str, int]
    as_of: int
    traps: tuple[Trap, ...] = ()
    yours: tuple[FactRow, ...] = ()

    @property
    def unsourced(self) -> int:
        """Number of rows without source, unit, date or terms; must be 0."""
        return len({name for names in self.missing.values() for name in names})


def _missing(rows: Iterable[FactRow]) -> dict[str, tuple[str, ...]]:
    missing: dict[str, list[str]] = {column: [] for column in (*_MUST_HAVE, "url")}
    for row in rows:
        for column in _MUST_HAVE:
            if not getattr(row, column):
                missing[column].append(row.id)
        if row.kind == "sourced" and not row.url:
            missing["url"].append(row.id)
    return {column: tuple(names) for column, names in missing.items()}


def _ratio(rows: Iterable[FactRow]) -> float:
    """Return the largest over the smallest central figure of rows that have one (1 for fewer than two)."""
    sizes = [row.central for row in rows if row.has_number]
    if not sizes or max(sizes) == min(sizes):
        return 1.0
    if min(sizes) * max(sizes) <= 0:
        return float("inf")
    magnitudes = [abs(size) for size in sizes]
    return max(magnitudes) / min(magnitudes)


def _disagreements(groups: Iterable[Rivals]) -> tuple[Disagreement, ...]:
    found = [Disagreement(group.rows, group.reason, _ratio(group.rows)) for group in groups]
    wide = [d for d in found if d.ratio > DISAGREEMENT]
    return tuple(sorted(wide, key=lambda d: (-d.ratio, d.rows[0].id)))


def _stale(book: Book, as_of: int) -> tuple[FactRow, ...]:
    newest: dict[tuple[str, ...], int] = {}
    for row in book.rows:
        thing = key_of(row)[:-1]
        newest[thing] = max(newest.get(thing, row.year), row.year)
    return tuple(
        row
        for row in book.rows
        if row.kind != "hole"
        and (
            (row.is_forecast and row.year < as_of)
            or (newest[key_of(row)[:-1]] == row.year and row.year < as_of - STALE_YEARS)
        )
    )


def _bare(row: FactRow) -> bool:
    return row.kind == "assumption" and (row.low is None or row.high is None or not row.note)


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def audit(book: Book, as_of: int | None = None) -> AuditReport:
    """Look through the whole book.

    Parameters
    ----------
    book
        Rows to look through.
    as_of
        Year from which age is counted; None: the year of the book's own date, never the clock.
    """
    year = int(book.date[:4]) if as_of is None else as_of
    return AuditReport(
        rows=len(book.rows),
        missing=_missing(book.rows),
        disagreements=_disagreements(book.groups()),
        bare_assumptions=tuple(row for row in book.rows if _bare(row)),
        stale=_stale(book, year),
        holes=tuple(row for row in book.rows if row.kind == "hole"),
        per_file=_counts(book.origins[row.id].file for row in book.rows),
        per_kind=_counts(row.kind for row in book.rows),
        per_grade=_counts(row.grade for row in book.rows),
        per_terms=_counts(row.terms for row in book.rows),
        per_quantity=_counts(row.quantity for row in book.rows),
        as_of=year,
        traps=find_traps(book),
        yours=tuple(row for row in book.rows if book.is_yours(row)),
    )
