"""Reconcile the base year: figures of many sources, moved as little as their quality allows, that balance.

Rules, in short.  A figure's sigma comes from its range, the grade of its source and the spread of vintages
(:func:`dearth.book.equations.sigma_of`).  A residual is supply less use less stock change of the *source*
figures over supply; it is printed and enters nothing.  After reconciliation every balance of Nd+Pr, Dy, Tb
and Sm closes; home use of La, Ce, Gd, Y and Other that nobody publishes closes through a named free term.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from dearth.axes import MAGNETS
from dearth.book.base_year import CHINA, equations
from dearth.book.book import Book
from dearth.book.equations import Equations, Node, Terms, evaluate
from dearth.book.least_squares import Measurement, Term, solve
from dearth.book.schema import FactRow
from dearth.book.stage_shares import StageShare, stage_shares

__all__ = [
    "LIMITS",
    "NOTES",
    "Z_FLAG",
    "Balance",
    "Check",
    "Figure",
    "NodeBalance",
    "china_shares",
    "reconcile",
]

WORLD: Final = "WORLD"
_UNMEASURED: Final = {
    "stock-change": "t REO/y",
    "from-china": "t REO/y",
    "unobserved": "t REO/y",
    "unsold": "t REO/y",
    "magnet-home-use": "t magnet/y",
}
Z_FLAG: Final = 2.0
LIMITS: Final[Mapping[str, float]] = {"NdPr": 0.10, "Dy": 0.25, "Tb": 0.25, "Y": 0.25, "Sm": 0.25}
NOTES: Final = (
    "sigma: the largest of half the range / 1.28, the floor of the grade (A 5 %, B 10 %, C 25 %; not for "
    "assumptions, whose range is their quality) and half the distance between two vintages",
    "z = (reconciled - source) / sigma; a figure with |z| > 2 is flagged",
    "no stock figures are published: each node has a stock change of 0 with a sigma of 2.5 % of throughput",
    "a node marked as closed by China has no record of what China ships there: that flow is what the node "
    "lacks, so its residual is no test; China and the world are the tests",
    "swarf becomes oxide only where scrap is separated or this metal is made; elsewhere the chain loses it",
    "figures derived from one source (a mine and its export, recovery and output of one plant) count twice",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure before and after.

    `kind` is the kind of the row, or ``"unmeasured"``; `sigma` is 0 for a constant and None for a figure
    that no source and no rule holds; `z` is None for both.
    """

    id: str
    quantity: str
    unit: str
    kind: str
    source: float
    reconciled: float
    sigma: float | None
    z: float | None

    @property
    def flagged(self) -> bool:
        """Whether it moved by more than two sigmas."""
        return self.z is not None and abs(self.z) > Z_FLAG


@dataclass(frozen=True, slots=True)
class NodeBalance:
    """Supply, use and residual of an element at a stage and place, t REO a year.

    Attributes
    ----------
    supply, use, residual
        Of the source figures; ``residual = supply - use - stock_change``, the source stock change being 0.
    share
        Residual over supply.
    reconciled_supply, reconciled_use, stock_change, unobserved
        After reconciliation; `unobserved` is the named free term, 0 where there is none.
    closure
        What stays open after reconciliation, over supply.
    closed_by_china
        The node has no record of what China ships there; that flow is its remainder.
    limit
        Largest share of residual the project accepts for this element, None if it set none.
    """

    element: str
    stage: str
    place: str
    supply: float
    use: float
    residual: float
    share: float
    reconciled_supply: float
    reconciled_use: float
    stock_change: float
    unobserved: float
    closure: float
    closed_by_china: bool
    limit: float | None

    @property
    def within(self) -> bool | None:
        """Whether the residual keeps its limit; None without limit or test."""
        return None if self.limit is None or self.closed_by_china else abs(self.share) < self.limit


@dataclass(frozen=True, slots=True)
class Check:
    """A published figure that entered no balance, beside what the balance says."""

    id: str
    what: str
    low: float
    high: float
    source: float
    reconciled: float

    @property
    def inside(self) -> bool:
        """Whether the reconciled figure lies in the published range."""
        return self.low <= self.reconciled <= self.high


@dataclass(frozen=True, slots=True)
class Balance:
    """The reconciled base year.

    Attributes
    ----------
    figures
        Measured figures in file order, then unmeasured ones.
    nodes
        Per element, stage and place, then the world per element.
    checks
        Published figures that were not used.
    shares
        China's share of each stage beside the published ones; see :func:`china_shares`.
    cost
        Sum of squared z.
    closure
        Largest open balance over its size.
    notes
        Rules a reader should know.
    """

    figures: tuple[Figure, ...]
    nodes: tuple[NodeBalance, ...]
    checks: tuple[Check, ...]
    shares: tuple[StageShare, ...]
    cost: float
    closure: float
    notes: tuple[str, ...] = NOTES

    @property
    def flagged(self) -> tuple[Figure, ...]:
        """Figures that moved by more than two sigmas, the farthest first."""
        found = [figure for figure in self.figures if figure.flagged]
        return tuple(sorted(found, key=lambda figure: -abs(figure.z or 0.0)))

    def node(self, element: str, stage: str, place: str) -> NodeBalance:
        """Return one balance; `place` may be ``"WORLD"`` at the oxide stage.

        Raises
        ------
        KeyError
            The base year has no such balance.
        """
        key = element, stage, place
        for node in self.nodes:
            if (node.element, node.stage, node.place) == key:
                return node
        raise KeyError(key)


def reconcile(book: Book) -> Balance:
    """Balance the base year 2024 over the rows of `book`.

    Parameters
    ----------
    book
        Rows of the chain (ores, baskets, recoveries, recipes, trade) in t REO/y, t magnet/y and fractions.

    Raises
    ------
    BookError
        A row that a flow needs is missing.
    ModelError
        The figures cannot be balanced within their bounds.
    """
    eq = equations(book)
    answer = solve(list(eq.figures.values()), eq.constraints)
    values = answer.values
    return Balance(
        figures=tuple(_figure(figure, eq.rows.get(figure.id), values[figure.id]) for figure in _order(eq)),
        nodes=(*(_node(eq, node, values) for node in eq.nodes), *_world(eq, values)),
        checks=tuple(_checks(book, eq, values)),
        shares=stage_shares(book, eq, values),
        cost=answer.cost,
        closure=answer.closure,
    )


def china_shares(balance: Balance) -> tuple[StageShare, ...]:
    """Return China's share of each stage beside every published share of its basis."""
    return balance.shares


def _order(eq: Equations) -> list[Measurement]:
    return sorted(eq.figures.values(), key=lambda figure: figure.id not in eq.rows)


def _figure(figure: Measurement, row: FactRow | None, reconciled: float) -> Figure:
    known = isfinite(figure.sigma)
    z = (reconciled - figure.value) / figure.sigma if known and figure.sigma else None
    if row is None:
        quantity = next(name for name in _UNMEASURED if figure.id.startswith(name))
        what = quantity, _UNMEASURED[quantity], "unmeasured"
    else:
        what = row.quantity, row.unit, str(row.kind)
    return Figure(figure.id, *what, figure.value, reconciled, figure.sigma if known else None, z)


def _sum(terms: Iterable[Term], values: Mapping[str, float]) -> float:
    return sum(evaluate(term, values) for term in terms)


def _node(eq: Equations, node: Node, values: Mapping[str, float]) -> NodeBalance:
    named = {
        "stock_change": values[node.stock] if node.stock else 0.0,
        "unobserved": values[node.unobserved] if node.unobserved else 0.0,
    }
    by_china = bool(node.china) and node.china not in eq.rows
    return _balance(node, (node.supply, node.use), (eq.source, values), named, by_china)


def _balance(
    node: Node,
    sides: tuple[Terms, Terms],
    at: tuple[Mapping[str, float], Mapping[str, float]],
    named: Mapping[str, float],
    by_china: bool,
) -> NodeBalance:
    supply, use = (_sum(side, at[0]) for side in sides)
    supplied, used = (_sum(side, at[1]) for side in sides)
    gap = supplied - used - named["stock_change"] - named["unobserved"]
    return NodeBalance(
        element=node.element,
        stage=node.stage,
        place=node.place,
        supply=supply,
        use=use,
        residual=supply - use,
        share=(supply - use) / supply if supply else 0.0,
        reconciled_supply=supplied,
        reconciled_use=used,
        closure=abs(gap) / max(supplied, 1.0),
        closed_by_china=by_china,
        limit=LIMITS.get(node.element),
        **named,
    )


def _world(eq: Equations, values: Mapping[str, float]) -> Iterable[NodeBalance]:
    """Yield the world's oxide per element: trade cancels, what was made meets what was used."""
    for element in dict.fromkeys(node.element for node in eq.nodes):
        nodes = [n for n in eq.nodes if (n.element, n.stage) == (element, "oxide")]
        made: Terms = sum((n.made for n in nodes), ())
        used: Terms = sum((n.used for n in nodes), ())
        named = {
            "stock_change": sum(values[n.stock] for n in nodes),
            "unobserved": sum(values[n.unobserved] for n in nodes if n.unobserved),
        }
        world = Node(element, "oxide", WORLD)
        yield _balance(world, (made, used), (eq.source, values), named, by_china=False)


def _checks(book: Book, eq: Equations, values: Mapping[str, float]) -> Iterable[Check]:
    """Yield published outputs of China whose scope is not told, and so entered nothing."""
    for row in book.find(quantity="oxide-output-china"):
        if row.element == "NdPr":
            continue
        made = eq.parts.get(f"separated-{row.element}-{CHINA}".lower(), ())
        back: Terms = ()
        for kind in ("returned", "swarf"):
            back += eq.parts.get(f"{kind}-{row.element}-{CHINA}".lower(), ())
        for what, terms in (("from ore", made), ("from ore and recycled", made + back)):
            yield _check(row, f"China {row.element} oxide {what}", terms, eq, values)
    for row in book.find(quantity="magnet-output-china", material="magnet"):
        china: Terms = ()
        for grade in MAGNETS:
            china += eq.parts[f"magnets-{grade.partition(':')[2]}-{CHINA}".lower()]
        yield _check(row, "China finished magnets", china, eq, values)


def _check(row: FactRow, what: str, terms: Terms, eq: Equations, values: Mapping[str, float]) -> Check:
    return Check(row.id, what, *row.bounds, _sum(terms, eq.source), _sum(terms, values))
