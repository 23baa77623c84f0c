"""The balances of the base year 2024, written as equations over rows of the book.

Stages: concentrate by ore, oxide by element, metal by element, magnet by grade.  China's magnets follow from
its exports and the home use that makes up the published blanks; what China ships to a place without a record
closes that place; home use and stock of La, Ce, Gd, Y and Other is a named free term.
Residuals enter nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from dearth.axes import ELEMENTS, MAGNETS, METALS, ORES, PLACES, PRODUCTS
from dearth.book.book import Book
from dearth.book.equations import Equations, Node, Terms, minus, plus, sigma_of, times
from dearth.book.least_squares import Constraint, Measurement, Term
from dearth.book.schema import FactRow
from dearth.errors import BookError, Fault

__all__ = ["CHINA", "CLOSING", "equations"]

CHINA: Final = "CHN"
CLOSING: Final = ("NdPr", "Dy", "Tb", "Sm")
STOCK_SIGMA: Final = 0.025  # of throughput: an eighth of ten weeks' cover; no stock figures are published
_FRACTIONS: Final = frozenset(
    {"basket", "separation-recovery", "magnet-yield", "metal-yield", "swarf-recovery", "magnet-grade-share"}
)
_MIX: Final = "basket", "magnet-grade-share"

Key = tuple[str, str, str, str]


class _Table(dict[Key, str]):
    """Figure ids of one quantity by material, element or grade, place and partner."""

    def __init__(self, quantity: str) -> None:
        super().__init__()
        self.quantity = quantity

    def __missing__(self, key: Key) -> str:
        labels = " / ".join(label for label in key if label)
        fault = Fault(what=f"no row {self.quantity!r} for {labels}", cure="add it to the book or an overlay")
        raise BookError("Balancing the base year", fault)


class _Rows:
    """Winning rows of the chain by quantity and key (material, element, place, partner)."""

    def __init__(self, book: Book, into: Equations) -> None:
        self.book, self.into = book, into

    def table(self, quantity: str, materials: Iterable[str]) -> _Table:
        """Return figure ids by key, and add the rows to the figures."""
        wanted, found = set(materials), _Table(quantity)
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
            rows.add(row)
            for row in book.find(quantity="demand")
            if row.material in PRODUCTS and row.has_number
        ]
        self.press = book.find(quantity="oxide-output-china", material="oxide:NdPr")
        self.rows = rows

    def _part(self, kind: str, what: str, place: str) -> Terms:
        return self.eq.parts.get(_id(kind, what, place), ())

    # -- concentrate ---------------------------------------------------------------------------------

    def concentrate(self) -> None:
        """Ore stays where it is mined unless traded; where no separator is, it goes to a named sink."""
        for ore in ORES:
            for place in PLACES:
                mined = [n for (m, _, p, _), n in self.mine.items() if (m, p) == (ore, place)]
                bought = [n for (m, _, _, to), n in self.ore_trade.items() if (m, to) == (ore, place)]
                sold = [n for (m, _, p, _), n in self.ore_trade.items() if (m, p) == (ore, place)]
                terms = plus(*mined, *bought) + minus(*sold)
                if (ore, place) in self.separates:
                    self.eq.parts[_id("feed", ore, place)] = terms
                elif terms:
                    name = _id("unsold", ore, place)
                    self.eq.equal(name, terms, self.eq.unmeasured(name, self.eq.value(terms)))

    def _separation(self, ore: str, element: str, place: str, terms: Iterable[Term]) -> Terms:
        """Return `terms` of ore times basket times recovery."""
        here = self.recovery.get((ore, element, place, "")) or self.recovery[ore, element, "", ""]
        return times(terms, (self.basket[ore, element, "", ""], 1), (here, 1))

    def separation(self) -> None:
        """Oxide made from ore, per element and place; end-of-life scrap apart."""
        for ore, place in sorted(self.separates):
            kind = "returned" if ore == "ore:scrap" else "separated"
            for element in ELEMENTS:
                terms = self._separation(ore, element, place, self._part("feed", ore, place))
                name = _id(kind, element, place)
                self.eq.parts[name] = self.eq.parts.get(name, ()) + terms

    # -- magnets -------------------------------------------------------------------------------------

    def magnets(self) -> None:
        """China's magnets by grade: exports by place of use, and the home use that makes up the blanks."""
        home = self.eq.unmeasured("magnet-home-use-chn", self._home_use())
        outlets = {partner: name for (_, _, _, partner), name in self.china_magnets.items()}
        for grade in MAGNETS:
            self.eq.parts[_id("magnets", grade, CHINA)] = tuple(
                Term(1.0, ((name, 1), (self._share(grade, partner), 1)))
                for partner, name in {**outlets, CHINA: home}.items()
            )
        for (grade, _, place, _), name in self.made.items():
            self.eq.parts[_id("magnets", grade, place)] = plus(name)
        blanks = [times(self._part("magnets", g, CHINA), (self._yield(g), -1)) for g in MAGNETS]
        for name in self.blanks.values():
            self.eq.equal(f"sum-{name}", sum(blanks, ()), name)
        for name in self.exports.values():
            self.eq.equal(f"sum-{name}", plus(*outlets.values()), name)
        for name in self.smco.values():
            self.eq.equal(f"sum-{name}", self._part("magnets", "magnet:smco", CHINA), name)

    def _share(self, grade: str, partner: str) -> str:
        key = grade.partition(":")[2]
        return self.share.get((grade, key, "", partner)) or self.share[grade, key, "", "*"]

    def _yield(self, grade: str) -> str:
        return self.magnet_yield[grade, grade.partition(":")[2], "", ""]

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
                into: Terms = ()
                back: Terms = ()
                for grade in MAGNETS:
                    recipe = self.recipe.get((grade, element, "", ""))
                    held = times(self._part("magnets", grade, place), (recipe, 1)) if recipe else ()
                    swarf = times(held, (self.swarf[grade, grade.partition(":")[2], "", ""], 1))
                    into += times(held, (self._yield(grade), -1))
                    back += times(swarf, (self._yield(grade), -1)) + times(swarf, sign=-1.0)
                self.eq.parts[_id("alloy", element, place)] = into
                self.eq.parts[_id("swarf", element, place)] = back if self._recycles(element, place) else ()

    def _recycles(self, element: str, place: str) -> bool:
        """Tell whether swarf becomes oxide here: a scrap separator, or a maker of this metal."""
        made = (f"metal:{element}", element, place, "") in self.metal_made
        return made or ("ore:scrap", place) in self.separates

    # -- metal and oxide -----------------------------------------------------------------------------

    def metal(self) -> None:
        """Metal outside China closes with what China ships; China's own output is need plus that."""
        for material in METALS:
            element = material.partition(":")[2]
            for place in PLACES:
                made = plus(
                    *(n for (m, _, p, _), n in self.metal_made.items() if (m, p) == (material, place))
                )
                self.eq.parts[_id("metal", element, place)] = made
                if place != CHINA:
                    china = self.metal_china.get((material, element, CHINA, place), "")
                    bought, sold = _trade(self.metal_trade, material, place)
                    alloy = self._part("alloy", element, place)
                    self._node(Node(element, "metal", place, made, bought, alloy, sold, china=china))
            into, _ = _trade(self.metal_trade, material, CHINA)
            need = self._part("alloy", element, CHINA) + plus(*self._from_china(element, "metal"))
            self.eq.parts[_id("metal", element, CHINA)] = need + times(into, sign=-1.0)

    def _metal_feed(self, element: str, place: str) -> Terms:
        """Oxide that goes into metal; elements without a metal stage enter the alloy as oxide."""
        material = f"metal:{element}"
        if material not in METALS:
            return self._part("alloy", element, place)
        return times(self._part("metal", element, place), (self.metal_yield[material, element, "", ""], -1))

    def _products(self, element: str, place: str) -> Terms:
        """Oxide that goes into products other than magnets."""
        uses = ((name, self.eq.rows[name]) for name in self.demand)
        pairs = (
            (n, self.recipe.get((row.material, element, "", ""))) for n, row in uses if row.place == place
        )
        return tuple(Term(1.0, ((name, 1), (recipe, 1))) for name, recipe in pairs if recipe)

    def oxide(self) -> None:
        """Oxide per element and place, China last; then China's published totals of export."""
        for element in ELEMENTS:
            material = f"oxide:{element}"
            for place in sorted(PLACES, key=lambda place: place == CHINA):
                kinds = ("separated", "returned", "swarf")
                made = sum((self._part(kind, element, place) for kind in kinds), ())
                self.eq.parts[_id("products", element, place)] = self._products(element, place)
                used = self._metal_feed(element, place) + self._part("products", element, place)
                bought, sold = _trade(self.oxide_trade, material, place)
                if place == CHINA:
                    sold = plus(*self._from_china(element, "oxide"))
                china = self.oxide_china.get((material, element, CHINA, place), "")
                self._node(Node(element, "oxide", place, made, bought, used, sold, china=china))
            total = self.oxide_china.get((material, element, CHINA, "WORLD"))
            if total:
                metal = (
                    [] if self.eq.rows[total].basis == "oxide only" else self._from_china(element, "metal")
                )
                shipped = plus(*self._from_china(element, "oxide"), *metal)
                self.eq.equal(f"sum-{total}", shipped, total)

    def _from_china(self, element: str, stage: str) -> list[str]:
        """Return what China ships of an element at a stage, by destination."""
        return [n.china for n in self.eq.nodes if (n.element, n.stage) == (element, stage) and n.china]

    def _node(self, node: Node) -> None:
        """Close one balance with a stock change, and where no record says otherwise with China's exports."""
        if not node.supply and not node.use:
            return
        eq, name = self.eq, _id(node.stage, node.element, node.place)
        short = eq.value(node.use) - eq.value(node.supply)
        is_open = node.element not in CLOSING and node.stage == "oxide"
        if is_open and (node.place == CHINA or short < 0):
            node = replace(node, unobserved=eq.unmeasured(f"unobserved-{name}", 0.0))
        elif not node.china and node.place != CHINA:
            node = replace(node, china=eq.unmeasured(f"from-china-{name}", max(0.0, short)))
        size = max(eq.value(node.supply), eq.value(node.use), 1.0)
        stock = eq.unmeasured(f"stock-change-{name}", 0.0, STOCK_SIGMA * size, float("-inf"))
        node = replace(node, stock=stock)
        eq.nodes.append(node)
        balance = node.supply + times(node.use, sign=-1.0) + minus(stock, node.unobserved)
        eq.constraints.append(Constraint(f"balance-{name}", balance))

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
        """Meet published outputs: recycled, plants abroad, oxide by origin of the ore."""
        for (_, element, place, _), name in self.recycled.items():
            parts = self._part("returned", element, place) + self._part("swarf", element, place)
            self.eq.equal(f"sum-{name}", parts, name)
        for (_, element, place, _), name in self.published.items():
            self.eq.equal(f"sum-{name}", self._part("separated", element, place), name)
        for row in self.press:
            flows, side = (self.mine, 2) if row.basis == "quota ore" else (self.ore_trade, 3)
            ores = [(key[0], n) for key, n in flows.items() if key[side] == CHINA and key[0] != "ore:scrap"]
            terms = sum((self._separation(ore, "NdPr", CHINA, plus(n)) for ore, n in ores), ())
            self.eq.equal(f"sum-{row.id}", terms, self.rows.add(row))


def _trade(table: Mapping[Key, str], material: str, place: str) -> tuple[Terms, Terms]:
    """Return what a place buys and sells of a material in recorded trade outside China."""
    bought = [n for (m, _, _, to), n in table.items() if (m, to) == (material, place)]
    sold = [n for (m, _, start, _), n in table.items() if (m, start) == (material, place)]
    return plus(*bought), plus(*sold)


def _id(kind: str, what: str, place: str) -> str:
    return f"{kind}-{what.partition(':')[2] or what}-{place}".lower()


def equations(book: Book) -> Equations:
    """Return the balances of the base year over the rows of `book`.

    Raises
    ------
    BookError
        A basket, recovery, recipe, yield or grade share that a flow needs is missing.
    """
    chain = _Chain(book)
    steps = (chain.concentrate, chain.separation, chain.magnets, chain.alloy, chain.metal, chain.oxide)
    for step in (*steps, chain.totals, chain.sums):
        step()
    return chain.eq
