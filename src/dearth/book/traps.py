"""The ways in which figures about rare earths go wrong, each as a rule over the rows of a book.

A rule looks at a row beside rows of nearly the same thing.  What it finds is *settled* when dearth does not
use the row; otherwise it is open, and someone should look.  An open finding is a question, not a verdict.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dearth.axes import PLACES, SECTORS
from dearth.book.book import LAST_RESORT
from dearth.units import UNITS, dimension_of

if TYPE_CHECKING:
    from dearth.book.book import Book
    from dearth.book.schema import FactRow

__all__ = ["OUTLIER", "TRAPS", "Trap", "find_traps"]

OUTLIER: Final = 3.0
_VINTAGES_APART: Final = 1.25
_NEAR_YEARS: Final = 2
_YEAR: Final = 4  # letters of a date that names a year only
_LEAST_DIGITS: Final = 4  # of a number that a footnote may be glued to
_LEAST_TOLD: Final = 2  # digits before the zeros; 2,000 beside 6,000 is no misprint
_SAME: Final = 0.0005
_FLOWS: Final = frozenset(
    {"mass", "mass REO", "mass magnet", "mass flow", "mass flow REO", "mass flow magnet"}
)
_OUTPUTS: Final = ("mine-production", "mine-output", "oxide-made", "oxide-output", "oxide-output-china")
_USES: Final = ("sector-use", "apparent-use")
_GROSS: Final = re.compile(r"\b(gross|product|physical) weight\b|\bas traded\b", re.IGNORECASE)
_MAGNET: Final = re.compile(r"\bmagnets?\b(?! (?:rare earths?|REE|REO|metals?))", re.IGNORECASE)
_NO_MAGNET: Final = re.compile(r"without magnets|excluding magnets", re.IGNORECASE)
_PUBLISHER: Final = re.compile(r"[^0-9(,]*")

Group = Sequence["FactRow"]


@dataclass(frozen=True, slots=True)
class Trap:
    """What a rule found.

    Attributes
    ----------
    kind
        A key of `TRAPS`.
    row
        The row that looks wrong.
    against
        Rows that say otherwise.
    what
        What is odd, in words.
    settled
        Why it does no harm; empty: open.
    """

    kind: str
    row: FactRow
    against: tuple[FactRow, ...]
    what: str
    settled: str


Found = tuple["FactRow", tuple["FactRow", ...], str]


def _size(row: FactRow) -> float:
    """Return the central figure in the base unit of its dimension."""
    return row.central * UNITS[row.unit][1]


def _factor(a: float, b: float) -> float:
    return max(a, b) / min(a, b) if a > 0 and b > 0 else 1.0


def _grouped(rows: Iterable[FactRow], key: Callable[[FactRow], Hashable]) -> list[list[FactRow]]:
    groups: dict[Hashable, list[FactRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return list(groups.values())


def _thing(row: FactRow) -> Hashable:
    """Return what two rows must share to be compared: all but the date; of output and use, any basis."""
    basis = "" if row.quantity in (*_OUTPUTS, *_USES) else row.basis
    same = row.quantity, row.material, row.element, row.place, row.partner, row.sector
    return *same, dimension_of(row.unit), basis


def _numbers(book: Book) -> list[FactRow]:
    """Return the rows whose figure is someone's claim: not our own assumptions."""
    return [row for row in book.rows if row.has_number and row.kind in {"sourced", "derived"}]


def _neighbours(row: FactRow, group: Group) -> list[FactRow]:
    near = (other for other in group if other is not row and abs(other.year - row.year) <= _NEAR_YEARS)
    return [other for other in near if len(other.period) == len(row.period)]


def _whole_years(row: FactRow) -> bool:
    return len(row.period) == _YEAR


def _outliers(book: Book) -> Iterator[Found]:
    from statistics import median  # noqa: PLC0415 (a fast start)

    for group in _grouped(filter(_whole_years, _numbers(book)), _thing):
        for row in group:
            others = _neighbours(row, group)
            if not others or row.is_forecast:
                continue
            factor = _factor(_size(row), median(map(_size, others)))
            if factor > OUTLIER and not (len(others) == 1 and _better(book, row, others[0])):
                yield row, tuple(others), f"{factor:.1f} times off its rivals and neighbouring years"


def _better(book: Book, row: FactRow, other: FactRow) -> bool:
    """Whether `row` is the more trusted of two that disagree."""
    trust = {"yes": 2, "": 1, "no": 0}
    first, second = (
        (book.is_yours(r), trust[r.preferred], -"ABC-".index(r.grade), r.year, r.id) for r in (row, other)
    )
    return first > second


def _glued(book: Book) -> Iterator[Found]:
    for group in _grouped(_numbers(book), _thing):
        for row in group:
            digits = _digits(row)
            if len(digits) <= _LEAST_DIGITS:
                continue
            near = _neighbours(row, group)
            for cut, place in ((digits[1:], "first"), (digits[:-1], "last")):
                against = tuple(o for o in near if cut and cut == _digits(o))
                if against:
                    yield row, against, f"without its {place} digit it is the figure of a rival: a footnote?"


def _digits(row: FactRow) -> str:
    whole = row.value is not None and row.value > 0 and float(row.value).is_integer()
    return f"{row.value:.0f}" if whole else ""


def _misread(book: Book) -> Iterator[Found]:
    for group in _grouped(_numbers(book), lambda row: (_thing(row), row.basis, row.period)):
        for i, row in enumerate(group):
            for other in group[:i]:
                what = _slip(row, other)
                if what:
                    worse, rival = (other, row) if _better(book, row, other) else (row, other)
                    yield worse, (rival,), what


def _slip(row: FactRow, other: FactRow) -> str:
    a, b = _digits(row), _digits(other)
    if not a or not b or a == b:
        return ""
    if a.rstrip("0") == b.rstrip("0") and len(a) != len(b):
        return f"{10 ** abs(len(a) - len(b)):,} times a rival with the same digits: a unit or a point?"
    apart = [x != y for x, y in zip(a, b, strict=False)]
    told = min(len(a.rstrip("0")), len(b.rstrip("0"))) >= _LEAST_TOLD and len(a) == len(b)
    if told and sum(apart) == 1 and _factor(float(a), float(b)) > _VINTAGES_APART:
        return "one digit away from a rival: misread?"
    return ""


def _gross(book: Book) -> Iterator[Found]:
    for row in _numbers(book):
        if "REO" in dimension_of(row.unit) and _GROSS.search(row.basis):
            yield row, (), f"{row.basis!r} is no oxide content, but the unit is {row.unit}"


def _is_magnet(row: FactRow) -> bool:
    return bool(_MAGNET.search(row.material)) and not _NO_MAGNET.search(row.material)


def _called_magnets(book: Book) -> Iterator[Found]:
    trade = [row for row in _numbers(book) if row.quantity in {"export", "import"} and row.value]
    for group in _grouped(trade, lambda row: (row.quantity, row.place, row.partner, row.period, row.unit)):
        others = [row for row in group if not _is_magnet(row)]
        for row in filter(_is_magnet, group):
            same = tuple(o for o in others if abs(_size(o) - _size(row)) <= _SAME * _size(row))
            if same:
                yield row, same, "the same figure stands for rare earths other than magnets"
            elif "customs aggregate" in row.basis:
                yield row, (), "the customs aggregate of rare earths holds no magnets"


def _vintages(book: Book) -> Iterator[Found]:
    for rivals in book.groups():
        rows = [row for row in rivals.rows if row.has_number and row.kind in {"sourced", "derived"}]
        for publisher in _grouped(rows, lambda row: _PUBLISHER.match(row.source)[0].strip()):  # type: ignore[index]
            first = publisher[0]
            for row in publisher[1:]:
                if row.source != first.source and _factor(_size(first), _size(row)) > _VINTAGES_APART:
                    factor = _factor(_size(first), _size(row))
                    yield row, (first,), f"two vintages of one publisher, {factor:.2f} times apart"


def _quota_as_output(book: Book) -> Iterator[Found]:
    quotas: dict[tuple[str, int, float], FactRow] = {}
    for row in _numbers(book):
        if row.quantity.startswith("quota-") and _whole_years(row):
            quotas.setdefault((row.place, row.year, _size(row)), row)
    for row in _numbers(book):
        quota = quotas.get((row.place, row.year, _size(row))) if row.quantity in _OUTPUTS else None
        if quota and "quota" not in f"{row.basis} {row.note}".lower():
            yield row, (quota,), "the figure is the quota of that year, and the row does not say so"


def _beyond_use(book: Book) -> Iterator[Found]:
    """Compare published use of magnets with what the base year counts for that sector and place."""
    base: dict[tuple[str, str], list[FactRow]] = defaultdict(list)
    for row in book.find(quantity="demand"):
        if row.material.startswith("assembly:") and row.has_number:
            base[row.sector, row.place].append(row)
    for row in _numbers(book):
        parts = base.get((row.sector, row.place), [])
        known = row.sector in SECTORS and row.place in PLACES and row.quantity in _USES
        if not known or not parts or not _is_magnet(row) or dimension_of(row.unit) not in _FLOWS:
            continue
        factor = _factor(_size(row), sum(map(_size, parts)))
        if factor > OUTLIER:
            yield row, tuple(parts), f"{factor:.1f} times off the use that the base year counts"


TRAPS: Final[dict[str, tuple[Callable[[Book], Iterator[Found]], str]]] = {
    "outlier": (_outliers, "more than three times off rivals and neighbouring years"),
    "footnote": (_glued, "a footnote mark glued to the number"),
    "misread": (_misread, "a digit or a power of ten misread"),
    "gross weight": (_gross, "gross weight under a unit of oxide content"),
    "called magnets": (_called_magnets, "rare earths called magnets"),
    "vintages": (_vintages, "two vintages of one year, none chosen"),
    "quota as output": (_quota_as_output, "a quota given as output"),
    "beyond use": (_beyond_use, "use of a sector beyond what the base year can hold"),
}


def find_traps(book: Book) -> tuple[Trap, ...]:
    """Return what every rule finds, open findings first, then in the order of `TRAPS`."""
    found = [
        Trap(kind, row, against, what, _settled(book, row) or _warned(kind, row))
        for kind, (rule, _meaning) in TRAPS.items()
        for row, against, what in rule(book)
    ]
    return tuple(sorted(found, key=lambda trap: bool(trap.settled)))


def _warned(kind: str, row: FactRow) -> str:
    """Return why a row of gross weight does no harm: it says so twice, and rivals none of another basis."""
    return "its note warns of it" if kind == "gross weight" and _GROSS.search(row.note) else ""


def _settled(book: Book, row: FactRow) -> str:
    if row.preferred == "no":
        return "marked as not preferred"
    rivals = book.rivals(row)
    chosen = rivals.winner is not row and rivals.reason != LAST_RESORT
    return f"not used: {rivals.reason}" if chosen else ""
