"""The balances of the base year 2024, written as equations over rows of the book.

Stages: concentrate by ore, oxide by element, metal by element, magnet by grade.  A *measured* figure is a row
of the book.  A *defined* figure follows from others (magnets of China from exports and home use; what China
ships to a place from what that place still needs).  An *unobserved* figure has no source at all: home use and
stock of La, Ce, Gd, Y and Other beyond what is known.  The residual of a node never enters any of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

from dearth.axes import ELEMENTS, MAGNETS, METALS, ORES, PLACES, PRODUCTS
from dearth.book.book import Book
from dearth.book.least_squares import Constraint, Measurement, Term
from dearth.book.schema import FactRow

__all__ = ["CHINA", "CLOSING", "GRADE_FLOOR", "Equations", "Node", "equations", "sigma_of"]

CHINA: Final = "CHN"
CLOSING: Final = ("NdPr", "Dy", "Tb", "Sm")
GRADE_FLOOR: Final[Mapping[str, float]] = {"A": 0.05, "B": 0.10, "C": 0.25, "-": 0.25}
P10_P90: Final = 1.2816
STOCK_SIGMA: Final = 0.025
_FRACTIONS: Final = frozenset(
    {"basket", "separation-recovery", "magnet-yield", "metal-yield", "swarf-recovery", "magnet-grade-share"}
)
_MIX: Final = "basket", "magnet-grade-share"


@dataclass(frozen=True, slots=True)
class Node:
    """One balance: ids of what comes in, and of what goes out or stays.

    `stock` is a stock change, `unobserved` the named free term of an element whose home use nobody publishes.
    """

    element: str
    stage: str
    place: str
    supply: tuple[Term, ...]
    use: tuple[Term, ...]
    stock: str = ""
    unobserved: str = ""


@dataclass(slots=True)
class Equations:
    """Everything the reconciliation needs.

    Attributes
    ----------
    figures
        Measured, defined and unobserved figures.
    rows
        Row of the book behind each measured figure.
    constraints
        Definitions, balances, sums of shares, published totals.
    nodes
        The balances to report, in order.
    source
        Source value of every figure, defined ones computed from the rows.
    """

    figures: dict[str, Measurement] = field(default_factory=dict)
    rows: dict[str, FactRow] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    source: dict[str, float] = field(default_factory=dict)

    def value(self, terms: Iterable[Term]) -> float:
        """Return the sum of `terms` at the source values."""
        return sum(evaluate(term, self.source) for term in terms)

    def unmeasured(self, name: str, start: float, sigma: float = float("inf"), lower: float = 0.0) -> str:
        """Add a figure without a row and return its id."""
        self.figures[name] = Measurement(name, start, sigma, lower)
        self.source[name] = start
        return name

    def define(self, name: str, terms: Sequence[Term]) -> str:
        """Add a figure that equals the sum of `terms`; return its id, or nothing if there are no terms."""
        if not terms:
            return ""
        self.unmeasured(name, self.value(terms))
        self.equal(name, terms, name)
        return name

    def equal(self, name: str, terms: Sequence[Term], figure: str) -> None:
        """Demand that `terms` sum to `figure`."""
        self.constraints.append(Constraint(name, (*terms, Term(-1.0, ((figure, 1),)))))


def evaluate(term: Term, values: Mapping[str, float]) -> float:
    """Return the value of one term."""
    return term.coefficient * prod(values[name] ** power for name, power in term.factors)


def plus(*names: str) -> tuple[Term, ...]:
    """Return the sum of the named figures; empty names are left out."""
    return tuple(Term(1.0, ((name, 1),)) for name in names if name)


def minus(*names: str) -> tuple[Term, ...]:
    """Return minus the sum of the named figures."""
    return negative(plus(*names))


def negative(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return `terms` with the other sign."""
    return tuple(Term(-term.coefficient, term.factors) for term in terms)


def sigma_of(row: FactRow, vintages: Sequence[float] = ()) -> float:
    """Return one standard deviation of a row, in its unit.

    The largest of: half its range over 1.28 (a range is read as P10 to P90); for a row that is not an
    assumption the floor of its grade (A 5 %, B 10 %, C and ungraded 25 %); half the distance to another vintage
    of the same figure.  A row whose range is one point is a constant: 0.
    """
    low, high = row.bounds
    if row.low is not None and low == high:
        return 0.0
    floor = GRADE_FLOOR[row.grade] if row.kind != "assumption" or row.low is None else 0.0
    spread = max((abs(row.central - other) / 2 for other in vintages), default=0.0)
    return max((high - low) / 2 / P10_P90, floor * abs(row.central), spread)


class _Rows:
    """Winning rows of the chain by quantity and key (material, element, place, partner)."""

    def __init__(self, book: Book, into: Equations) -> None:
        self.book, self.into = book, into

    def table(self, quantity: str, materials: Iterable[str]) -> dict[tuple[str, str, str, str], str]:
        """Return figure ids by key, and add the rows to the figures."""
        wanted, found = set(materials), {}
        for row in self.book.find(quantity=quantity):
            key = row.material, row.element or row.material.partition(":")[2], row.place, row.partner
            if row.material in wanted and row.has_number and key not in found:
                found[key] = self.add(self.book.rivals(row).winner)
        return found

    def add(self, row: FactRow) -> str:
        """Add a row as a measured figure and return its id."""
        if row.id not in self.into.figures:
            vintages = [
                other.central
                for other in self.book.find(quantity=f"{row.quantity}-vintage", material=row.material)
                if other.place == row.place
            ]
            upper = 1.0 if row.quantity in _FRACTIONS else float("inf")
            lower = 0.05 if row.quantity.endswith("-yield") else 0.0
            sigma = sigma_of(row, vintages)
            self.into.figures[row.id] = Measurement(row.id, row.central, sigma, lower, upper)
            self.into.rows[row.id] = row
            self.into.source[row.id] = row.central
        return row.id


class _Chain:
    """Builds the equations stage by stage."""

    def __init__(self, book: Book) -> None:
        self.eq = Equations()
        rows = _Rows(book, self.eq)
        oxides, mag = [f"oxide:{e}" for e in ELEMENTS], list(MAGNETS)
        self.mine = rows.table("mine-output", ORES)
        self.ore_trade = rows.table("concentrate-trade", ORES)
        self.basket = rows.table("basket", ORES)
        self.recovery = rows.table("separation-recovery", ORES)
        self.separates = {
            (row.material, row.place) for row in book.find(quantity="separates") if row.central > 0
        }
        self.made = rows.table("magnet-output", mag)
        self.china_magnets = rows.table("magnet-imports-china", ["magnet"])
        self.share = rows.table("magnet-grade-share", mag)
        self.recipe = rows.table("recipe", [*mag, *PRODUCTS])
        self.magnet_yield = rows.table("magnet-yield", mag)
        self.swarf = rows.table("swarf-recovery", mag)
        self.metal_yield = rows.table("metal-yield", METALS)
        self.metal_made = rows.table("metal-output", METALS)
        self.metal_trade = rows.table("metal-trade", METALS)
        self.oxide_trade = rows.table("oxide-trade", oxides)
        self.oxide_china = rows.table("oxide-export-china", oxides)
        self.metal_china = rows.table("metal-export-china", METALS)
        self.recycled = rows.table("recycled-output", oxides)
        self.published = rows.table("oxide-output", oxides)
        self.blanks = rows.table("magnet-blanks", ["magnet"])
        self.exports = rows.table("magnet-exports-china", ["magnet"])
        self.smco = rows.table("magnet-output-china", ["magnet:smco"])
        self.demand = [
            rows.add(row) for row in book.find(quantity="demand") if row.material in PRODUCTS and row.has_number
        ]
        self.press = [row for row in book.find(quantity="oxide-output-china", material="oxide:NdPr")]
        self.rows = rows

    # -- concentrate ---------------------------------------------------------------------------------

    def _ore_terms(self, ore: str, place: str) -> tuple[Term, ...]:
        """Ore at hand: mined and bought, less sold."""
        mined = [name for (m, _, p, _), name in self.mine.items() if (m, p) == (ore, place)]
        bought = [name for (m, _, _, to), name in self.ore_trade.items() if (m, to) == (ore, place)]
        sold = [name for (m, _, p, _), name in self.ore_trade.items() if (m, p) == (ore, place)]
        return plus(*mined, *bought) + minus(*sold)

    def concentrate(self) -> None:
        """Ore stays where it is mined unless traded; where no separator is, it goes to a named sink."""
        for ore in ORES:
            for place in PLACES:
                name = "feed" if (ore, place) in self.separates else "unsold"
                terms = self._ore_terms(ore, place)
                self.eq.define(f"{name}-{ore.partition(':')[2]}-{place.lower()}", terms)

    def _recovery(self, ore: str, element: str, place: str) -> str:
        here = self.recovery.get((ore, element, place, ""))
        return here or self.recovery[ore, element, "", ""]

    def _separation(self, ore: str, element: str, place: str, terms: Iterable[Term]) -> tuple[Term, ...]:
        """Return `terms` of ore times basket times recovery."""
        rates = (self.basket[ore, element, "", ""], 1), (self._recovery(ore, element, place), 1)
        return tuple(Term(term.coefficient, (*term.factors, *rates)) for term in terms)

    def separation(self) -> None:
        """Oxide made from ore, per element and place; end-of-life scrap apart."""
        for element in ELEMENTS:
            for place in PLACES:
                terms: dict[str, tuple[Term, ...]] = defaultdict(tuple)
                for ore in (o for o in ORES if (o, place) in self.separates):
                    kind = "returned" if ore == "ore:scrap" else "separated"
                    feed = f"feed-{ore.partition(':')[2]}-{place.lower()}"
                    if feed in self.eq.figures:
                        terms[kind] += self._separation(ore, element, place, plus(feed))
                for kind, sum_ in terms.items():
                    self.eq.define(_id(kind, element, place), sum_)

    # -- magnets -------------------------------------------------------------------------------------

    def magnets(self) -> None:
        """China's magnets by grade: exports by place of use, and the home use that makes up the blanks."""
        home = self.eq.unmeasured("magnet-home-use-chn", self._home_use())
        for grade in MAGNETS:
            terms = [
                Term(1.0, ((name, 1), (self._share(grade, partner), 1)))
                for (_, _, _, partner), name in self.china_magnets.items()
            ]
            terms.append(Term(1.0, ((home, 1), (self._share(grade, CHINA), 1))))
            self.made[grade, "", CHINA, ""] = self.eq.define(_id("magnets", grade, CHINA), terms)
        for name in self.blanks.values():
            self.eq.equal(f"sum-{name}", self._blank_terms(), name)
        for name in self.exports.values():
            self.eq.equal(f"sum-{name}", plus(*self.china_magnets.values()), name)
        for name in self.smco.values():
            self.eq.equal(f"sum-{name}", plus(_id("magnets", "magnet:smco", CHINA)), name)

    def _share(self, grade: str, partner: str) -> str:
        key = grade.partition(":")[2]
        return self.share.get((grade, key, "", partner)) or self.share[grade, key, "", "*"]

    def _yield(self, grade: str) -> str:
        return self.magnet_yield[grade, grade.partition(":")[2], "", ""]

    def _blank_terms(self) -> tuple[Term, ...]:
        return tuple(
            Term(1.0, ((_id("magnets", grade, CHINA), 1), (self._yield(grade), -1))) for grade in MAGNETS
        )

    def _home_use(self) -> float:
        """Return the home use at which exports and home use together need the published blanks."""
        value = self.eq.source

        def need(partner: str) -> float:
            return sum(value[self._share(g, partner)] / value[self._yield(g)] for g in MAGNETS)

        abroad = sum(value[name] * need(key[3]) for key, name in self.china_magnets.items())
        return (sum(value[name] for name in self.blanks.values()) - abroad) / need(CHINA)

    def alloy(self) -> None:
        """Rare earth that goes into magnet alloy, and what swarf gives back, per element and place."""
        for element in ELEMENTS:
            for place in PLACES:
                into: list[Term] = []
                back: list[Term] = []
                for (grade, _, where, _), made in self.made.items():
                    recipe = self.recipe.get((grade, element, "", ""))
                    if where == place and recipe:
                        base = ((made, 1), (recipe, 1))
                        into.append(Term(1.0, (*base, (self._yield(grade), -1))))
                        swarf = (*base, (self.swarf[grade, grade.partition(":")[2], "", ""], 1))
                        back += [Term(1.0, (*swarf, (self._yield(grade), -1))), Term(-1.0, swarf)]
                self.eq.define(_id("alloy", element, place), into)
                self.eq.define(_id("swarf", element, place), back)

    # -- metal and oxide -----------------------------------------------------------------------------

    def metal(self) -> None:
        """Metal outside China closes with what China ships; China's own output is need plus that."""
        for material in METALS:
            element = material.partition(":")[2]
            shipped = [self._metal_node(element, place) for place in PLACES if place != CHINA]
            into = [n for (m, _, _, to), n in self.metal_trade.items() if (m, to) == (material, CHINA)]
            need = plus(_id("alloy", element, CHINA), *shipped) + minus(*into)
            self.eq.define(_id("metal", element, CHINA), need)

    def _metal_node(self, element: str, place: str) -> str:
        material = f"metal:{element}"
        made = [n for (m, _, p, _), n in self.metal_made.items() if (m, p) == (material, place)]
        bought = [n for (m, _, _, to), n in self.metal_trade.items() if (m, to) == (material, place)]
        sold = [n for (m, _, p, _), n in self.metal_trade.items() if (m, p) == (material, place)]
        supply, use = plus(*made, *bought), plus(self._known("alloy", element, place), *sold)
        china = self.metal_china.get((material, element, CHINA, place), "")
        return self._node(element, "metal", place, supply, use, china)

    def _known(self, kind: str, element: str, place: str) -> str:
        name = _id(kind, element, place)
        return name if name in self.eq.figures else ""

    def _metal_feed(self, element: str, place: str) -> tuple[Term, ...]:
        """Oxide that goes into metal; elements without a metal stage enter the alloy as oxide."""
        material = f"metal:{element}"
        if material not in METALS:
            return plus(self._known("alloy", element, place))
        made = [n for (m, _, p, _), n in self.metal_made.items() if (m, p) == (material, place)]
        rate = self.metal_yield[material, element, "", ""], -1
        return tuple(Term(1.0, ((n, 1), rate)) for n in (*made, self._known("metal", element, place)) if n)

    def _product_terms(self, element: str, place: str) -> tuple[Term, ...]:
        terms = []
        for name in self.demand:
            row = self.eq.rows[name]
            recipe = self.recipe.get((row.material, element, "", ""))
            if row.place == place and recipe:
                terms.append(Term(1.0, ((name, 1), (recipe, 1))))
        return tuple(terms)

    def oxide(self) -> None:
        """Oxide per element and place, China last; then China's published totals of export."""
        for element in ELEMENTS:
            material = f"oxide:{element}"
            for place in PLACES:
                self.eq.define(_id("products", element, place), self._product_terms(element, place))
            shipped = [self._oxide_node(element, place, ()) for place in PLACES if place != CHINA]
            self._oxide_node(element, CHINA, shipped)
            total = self.oxide_china.get((material, element, CHINA, "WORLD"))
            if total:
                metal = [] if self.eq.rows[total].basis == "oxide only" else self._china_metal(element)
                self.eq.equal(f"sum-{total}", plus(*shipped, *metal), total)

    def _china_metal(self, element: str) -> list[str]:
        nodes = (n for n in self.eq.nodes if (n.element, n.stage) == (element, "metal"))
        return [n for n in (self._from_china(node) for node in nodes) if n]

    def _from_china(self, node: Node) -> str:
        """Return what China ships to a node: the last of its supply, when it comes from China."""
        names = [term.factors[0][0] for term in node.supply]
        china = set(self.metal_china.values())
        return next((n for n in names if n in china or n.startswith("from-china-")), "")

    def _oxide_node(self, element: str, place: str, shipped: Sequence[str]) -> str:
        material = f"oxide:{element}"
        kinds = ("separated", "returned", "swarf")
        bought = [n for (m, _, _, to), n in self.oxide_trade.items() if (m, to) == (material, place)]
        sold = [n for (m, _, p, _), n in self.oxide_trade.items() if (m, p) == (material, place)]
        supply = plus(*(self._known(kind, element, place) for kind in kinds), *bought)
        use = self._metal_feed(element, place) + plus(self._known("products", element, place), *sold, *shipped)
        china = self.oxide_china.get((material, element, CHINA, place), "")
        return self._node(element, "oxide", place, supply, use, china)

    def _node(
        self, element: str, stage: str, place: str, supply: tuple[Term, ...], use: tuple[Term, ...], china: str
    ) -> str:
        """Close one balance; return the id of what China ships there, if anything."""
        if not supply and not use and not china:
            return ""
        known = self.eq.value(supply) + (self.eq.source[china] if china else 0.0)
        short = self.eq.value(use) - known
        is_open = element not in CLOSING and (place == CHINA or (short < 0 and stage == "oxide"))
        if not china and place != CHINA and not is_open:
            china = self.eq.unmeasured(f"from-china-{_id(stage, element, place)}", max(0.0, short))
        size = max(self.eq.value(supply + plus(china)), self.eq.value(use), 1.0)
        name = _id(stage, element, place)
        stock = self.eq.unmeasured(f"stock-change-{name}", 0.0, STOCK_SIGMA * size, float("-inf"))
        unobserved = self.eq.unmeasured(f"unobserved-{name}", 0.0) if is_open else ""
        node = Node(element, stage, place, supply + plus(china), use, stock, unobserved)
        self.eq.nodes.append(node)
        balance = node.supply + negative(node.use) + minus(stock, unobserved)
        self.eq.constraints.append(Constraint(f"balance-{name}", balance))
        return china

    # -- sums and published totals ---------------------------------------------------------------------

    def sums(self) -> None:
        """Shares that make up a whole keep doing so."""
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name, row in self.eq.rows.items():
            if row.quantity in _MIX or (row.quantity == "recipe" and row.material in PRODUCTS):
                whole = row.partner if row.quantity == "magnet-grade-share" else row.material
                groups[row.quantity, whole].append(name)
        for (quantity, whole), names in groups.items():
            total = Term(-self.eq.value(plus(*names)), ())
            self.eq.constraints.append(Constraint(f"whole-{quantity}-{whole}", (*plus(*names), total)))

    def totals(self) -> None:
        """Published outputs that the chain must meet: recycled, plants abroad, oxide by origin of the ore."""
        for (_, element, place, _), name in self.recycled.items():
            parts = (self._known(kind, element, place) for kind in ("returned", "swarf"))
            self.eq.equal(f"sum-{name}", plus(*parts), name)
        for (_, element, place, _), name in self.published.items():
            self.eq.equal(f"sum-{name}", plus(self._known("separated", element, place)), name)
        for row in self.press:
            flows = self.mine if row.basis == "quota ore" else self.ore_trade
            side = 2 if row.basis == "quota ore" else 3
            terms: tuple[Term, ...] = ()
            for key, flow in flows.items():
                if key[side] == CHINA and key[0] != "ore:scrap":
                    terms += self._separation(key[0], "NdPr", CHINA, plus(flow))
            self.eq.equal(f"sum-{row.id}", terms, self.rows.add(row))


def _id(kind: str, what: str, place: str) -> str:
    return f"{kind}-{what.partition(':')[2] or what}-{place}".lower()


def equations(book: Book) -> Equations:
    """Return the balances of the base year over the rows of `book`.

    Raises
    ------
    KeyError
        Never for dearth's own book; an overlay that drops a recipe, basket or yield fails before, in reading.
    """
    chain = _Chain(book)
    steps = (chain.concentrate, chain.separation, chain.magnets, chain.alloy, chain.metal, chain.oxide)
    for step in (*steps, chain.totals, chain.sums):
        step()
    return chain.eq
