"""The words of a balance: terms, nodes, figures with their uncertainty.

A *measured* figure is a row of the book.  An *unmeasured* figure has no row: a stock change, what China ships
to a place without a record, home use of an element that nobody publishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

from dearth.book.least_squares import Constraint, Measurement, Term
from dearth.book.schema import FactRow

__all__ = [
    "GRADE_FLOOR",
    "Equations",
    "Node",
    "Terms",
    "evaluate",
    "minus",
    "plus",
    "sigma_of",
    "times",
]

GRADE_FLOOR: Final[Mapping[str, float]] = {"A": 0.05, "B": 0.10, "C": 0.25, "-": 0.25}
P10_P90: Final = 1.2816

Terms = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One balance of an element (or of all magnets) at a stage and place.

    Attributes
    ----------
    made, bought, used, sold
        Terms of own output, of trade in, of own use and of trade out.
    stock
        Id of the stock change.
    china
        Id of what China ships here, if anything.
    unobserved
        Id of the named free term of an element whose home use nobody publishes.
    """

    element: str
    stage: str
    place: str
    made: Terms = ()
    bought: Terms = ()
    used: Terms = ()
    sold: Terms = ()
    stock: str = ""
    china: str = ""
    unobserved: str = ""

    @property
    def supply(self) -> Terms:
        """All that comes in."""
        return self.made + self.bought + plus(self.china)

    @property
    def use(self) -> Terms:
        """All that is used or goes out."""
        return self.used + self.sold


@dataclass(slots=True)
class Equations:
    """Everything the reconciliation needs.

    Attributes
    ----------
    figures
        Measured and unmeasured figures.
    rows
        Row of the book behind each measured figure.
    constraints
        Balances, sums of shares, published totals.
    nodes
        The balances to report, in order.
    source
        Source value of every figure; what China ships without a record starts at what the place lacks.
    parts
        Named sums over figures, e.g. ``separated-ndpr-chn``.
    """

    figures: dict[str, Measurement] = field(default_factory=dict)
    rows: dict[str, FactRow] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    source: dict[str, float] = field(default_factory=dict)
    parts: dict[str, Terms] = field(default_factory=dict)

    def value(self, terms: Iterable[Term]) -> float:
        """Return the sum of `terms` at the source values."""
        return sum(evaluate(term, self.source) for term in terms)

    def unmeasured(self, name: str, start: float, sigma: float = float("inf"), lower: float = 0.0) -> str:
        """Add a figure without a row and return its id."""
        self.figures[name] = Measurement(name, start, sigma, lower)
        self.source[name] = start
        return name

    def equal(self, name: str, terms: Terms, figure: str) -> None:
        """Demand that `terms` sum to `figure`."""
        self.constraints.append(Constraint(name, terms + minus(figure)))


def evaluate(term: Term, values: Mapping[str, float]) -> float:
    """Return the value of one term."""
    return term.coefficient * prod(values[name] ** power for name, power in term.factors)


def plus(*names: str) -> Terms:
    """Return the sum of the named figures; empty names are left out."""
    return tuple(Term(1.0, ((name, 1),)) for name in names if name)


def minus(*names: str) -> Terms:
    """Return minus the sum of the named figures."""
    return times(plus(*names), sign=-1.0)


def times(terms: Iterable[Term], *factors: tuple[str, int], sign: float = 1.0) -> Terms:
    """Return `terms`, each times the given figures to their powers."""
    return tuple(Term(sign * term.coefficient, term.factors + factors) for term in terms)


def sigma_of(row: FactRow, vintages: Sequence[float] = ()) -> float:
    """Return one standard deviation of a row, in its unit.

    The largest of: half its range over 1.28 (a range is read as P10 to P90); for a row that is not an
    assumption the floor of its grade (A 5 %, B 10 %, C and ungraded 25 %); half the distance to another
    vintage of the same figure.  A row whose range is one point is a constant: 0.
    """
    low, high = row.bounds
    if row.low is not None and low == high:
        return 0.0
    floor = GRADE_FLOOR[row.grade] if row.kind != "assumption" or row.low is None else 0.0
    spread = max((abs(row.central - other) / 2 for other in vintages), default=0.0)
    return max((high - low) / 2 / P10_P90, floor * abs(row.central), spread)
