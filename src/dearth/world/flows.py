"""The base year in balance, one draw at a time: who makes, ships and uses how much.

Demand pulls: lines need assemblies and products, these need magnets and oxides, and so up to the mine.
Outside China output and trade are what the book says; China supplies what is left of each place's
need (China is the world less the others).  Two things close the balance of each draw, because they are
the least known: the tonnage of China's own NdFeB lines (closes Nd+Pr), and a common factor on the
intensity of an element that would otherwise be over-used (Dy, Tb, Sm, Gd, Other in magnets).  What an
element leaves over is unsold or unseparated: it goes to a named sink and is never used as supply.

All arrays are tonnes per year; axes: place (order of :data:`dearth.axes.PLACES`), last axis = draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ASSEMBLIES, ELEMENTS, END_USES, MAGNETS, METALS, ORES, OXIDES, PLACES, PRODUCTS
from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws
from dearth.world.settle import CHN, CODES, LEAST, settle

__all__ = [
    "CHN",
    "CODES",
    "LEAST",
    "MILITARY_SECTOR",
    "Balance",
    "Chain",
    "Needs",
    "apparent_use",
    "settle",
]

MILITARY_SECTOR: Final = "defence"
GRADES: Final = tuple(m.split(":")[1] for m in MAGNETS)
SCALED_GRADES: Final = tuple(g for g in GRADES if g != "smco")
# An element that only some variants hold: counted in the book's balance, but its lack stops nothing.
_OPTIONAL: Final = "optional"


class Chain(NamedTuple):
    """A balanced base year.

    Attributes
    ----------
    lines
        (sector, place) -> material -> t/y used by the line.
    flows
        material -> end use -> (from, to, N); end use is ``""`` above magnets.
    made
        material -> (place, N): what is made and taken.
    recipe
        (material, element) -> t REO per t, after the closing factors.
    metal_yield, magnet_yield, swarf_recovery
        material -> (N,).
    swarf_home
        (element, place) where swarf becomes oxide again.
    feed
        ore -> (place, N): concentrate separated.
    mined
        ore -> (place, N).
    separated
        (ore, element) -> (place, N): oxide per t of feed.
    closing
        Names of the closing factors -> (N,).
    """

    lines: dict[tuple[str, str], dict[str, FloatArray]]
    flows: dict[str, dict[str, FloatArray]]
    made: dict[str, FloatArray]
    recipe: dict[tuple[str, str], FloatArray]
    metal_yield: dict[str, FloatArray]
    magnet_yield: dict[str, FloatArray]
    swarf_recovery: dict[str, FloatArray]
    swarf_home: frozenset[tuple[str, str]]
    feed: dict[str, FloatArray]
    mined: dict[str, FloatArray]
    separated: dict[tuple[str, str], FloatArray]
    closing: dict[str, FloatArray]


def _by_place(draws: Draws, quantity: str, material: str) -> FloatArray:
    """Return rows of one quantity and material as (place, N)."""
    table = np.zeros((len(CODES), draws.n))
    for row in draws.rows(quantity):
        if row.material == material and row.place in PLACES:
            table[CODES.index(row.place)] += draws.of(row)
    return table


def _by_route(draws: Draws, quantity: str, material: str) -> FloatArray:
    """Return rows of one quantity and material as (from, to, N)."""
    table = np.zeros((len(CODES), len(CODES), draws.n))
    for row in draws.rows(quantity):
        if row.material == material and row.place in PLACES and row.partner in PLACES:
            table[CODES.index(row.place), CODES.index(row.partner)] += draws.of(row)
    return table


class Needs:
    """Needs of the lines, and the assemblies they imply."""

    def __init__(self, draws: Draws) -> None:
        self.n = draws.n
        self.lines: dict[tuple[str, str], dict[str, FloatArray]] = {}
        for row in draws.rows("demand"):
            if row.place in PLACES:
                self.lines.setdefault((row.sector, row.place), {})[row.material] = draws.of(row)
        self.split = {m: self._origins(draws, m) for m in ASSEMBLIES}

    def _origins(self, draws: Draws, material: str) -> FloatArray:
        """Return the share of each place's need that each origin makes, (from, to, N)."""
        share = np.zeros((len(CODES), len(CODES), self.n))
        for j, place in enumerate(CODES):
            imports = np.zeros((len(CODES), self.n))
            for i, origin in enumerate(CODES):
                row = draws.find("assembly-import-share", material=material, place=origin, partner=place)
                if row is not None and i != j:
                    imports[i] = draws.of(row)
            total = imports.sum(axis=0)
            local = draws.find("assembly-local-share", material=material, place=place)
            home = np.ones(self.n) if local is None else np.clip(draws.of(local), 0.0, 1.0)
            home = np.where(total > LEAST, home, 1.0)
            share[:, j] = (1.0 - home) * imports / np.maximum(total, LEAST)
            share[j, j] += home
        return share

    def of(self, material: str, military: bool) -> FloatArray:
        """Return the need of each place, (place, N)."""
        table = np.zeros((len(CODES), self.n))
        for (sector, place), inputs in self.lines.items():
            if material in inputs and (sector == MILITARY_SECTOR) == military:
                table[CODES.index(place)] += inputs[material]
        return table

    def scale_ndfeb(self, factor: FloatArray) -> None:
        """Multiply the NdFeB need of every line by the factor of its place, (place, N)."""
        for (_, place), inputs in self.lines.items():
            for material in inputs:
                if material.removeprefix("assembly:") in SCALED_GRADES:
                    inputs[material] = inputs[material] * factor[CODES.index(place)]

    def assemblies(self, material: str) -> dict[str, FloatArray]:
        """Return flows of assemblies by end use, (from, to, N); military ones are made at home."""
        civil = self.split[material] * self.of(material, military=False)[None]
        military = np.zeros_like(civil)
        need = self.of(material, military=True)
        for i in range(len(CODES)):
            military[i, i] = need[i]
        return dict(zip(END_USES, (civil, military), strict=True))


def apparent_use(draws: Draws) -> FloatArray:
    """Return each place's use of NdFeB magnets: imports from China, own output, other trade."""
    use = np.zeros((len(CODES), draws.n))
    for row in draws.rows("magnet-imports-china"):
        if row.partner in PLACES:
            use[CODES.index(row.partner)] += draws.of(row)
    for grade in SCALED_GRADES:
        use += _by_place(draws, "magnet-output", f"magnet:{grade}")
        trade = _by_route(draws, "magnet-trade", f"magnet:{grade}")
        use += trade.sum(axis=0) - trade.sum(axis=1)
    return np.maximum(use, 0.0)


class Balance:
    """One pass up the chain for given closing factors."""

    def __init__(self, draws: Draws, needs: Needs) -> None:
        self.needs = needs
        self.n = draws.n
        self.recipe = {
            (row.material, row.element): draws.of(row)
            for row in draws.rows("recipe")
            if row.element in ELEMENTS and not row.basis.startswith(_OPTIONAL)
        }
        self.magnet_yield = {m: draws.get("magnet-yield", material=m) for m in MAGNETS}
        self.swarf_recovery = {m: draws.get("swarf-recovery", material=m) for m in MAGNETS}
        self.metal_yield = {m: draws.get("metal-yield", material=m) for m in METALS}
        self.output = {m: _by_place(draws, "magnet-output", m) for m in MAGNETS}
        self.output |= {m: _by_place(draws, "metal-output", m) for m in METALS}
        self.trade = {m: _by_route(draws, "magnet-trade", m) for m in MAGNETS}
        self.trade |= {m: _by_route(draws, "metal-trade", m) for m in METALS}
        self.trade |= {m: _by_route(draws, "oxide-trade", m) for m in OXIDES}
        self.products = {m: needs.of(m, military=False) + needs.of(m, military=True) for m in PRODUCTS}
        self._normalise_products()
        self.mined, self.ore_flows, self.feed, self.separated = _concentrates(draws)
        self.swarf_home = _swarf_home(draws)
        self.primary = {
            m: sum(self.feed[o] * self.separated[o, m.split(":")[1]] for o in ORES) for m in OXIDES
        }

    def _normalise_products(self) -> None:
        """Make the REO shares of each product sum to 1."""
        for product in PRODUCTS:
            keys = [k for k in self.recipe if k[0] == product]
            total = sum(self.recipe[k] for k in keys)
            for k in keys:
                self.recipe[k] = self.recipe[k] / total

    def run(
        self, china: FloatArray, element: dict[str, FloatArray], only: Sequence[str] = tuple(ELEMENTS)
    ) -> Chain:
        """Return the chain for China's line factor (N,) and the intensity factors by element.

        With `only`, metals and oxides of the other elements are left out.
        """
        recipe = {(m, e): self.content(m, e, element) for m, e in self.recipe}
        lines, flows, made = self._downstream(china)
        for metal in (m for m in METALS if m.split(":")[1] in only):
            need = self.metal_need(metal.split(":")[1], made, element)
            flows[metal] = {"": settle(self.output[metal], self.trade[metal], need)}
            made[metal] = flows[metal][""].sum(axis=1)
        for oxide in (o for o in OXIDES if o.split(":")[1] in only):
            e = oxide.split(":")[1]
            supply = self.oxide_supply(e, made, element)
            need = self.oxide_need(e, made.get(f"metal:{e}"), element)
            flows[oxide] = {"": settle(supply, self.trade[oxide], need)}
            made[oxide] = flows[oxide][""].sum(axis=1)
            made[f"supply:{e}"] = supply
        for ore in ORES:
            flows[ore] = {"": self.ore_flows[ore]}
            made[ore] = self.ore_flows[ore].sum(axis=1)
        return Chain(
            lines,
            flows,
            made,
            recipe,
            self.metal_yield,
            self.magnet_yield,
            self.swarf_recovery,
            self.swarf_home,
            self.feed,
            self.mined,
            self.separated,
            {},
        )

    def _downstream(
        self, china: FloatArray
    ) -> tuple[
        dict[tuple[str, str], dict[str, FloatArray]], dict[str, dict[str, FloatArray]], dict[str, FloatArray]
    ]:
        """Return lines, and the flows and output of assemblies, products and magnets."""
        factor = np.ones((len(CODES), self.n))
        factor[CHN] = china
        scaled = Needs.__new__(Needs)
        scaled.n, scaled.split = self.n, self.needs.split
        scaled.lines = {key: dict(inputs) for key, inputs in self.needs.lines.items()}
        scaled.scale_ndfeb(factor)
        flows: dict[str, dict[str, FloatArray]] = {}
        made: dict[str, FloatArray] = {}
        for material in ASSEMBLIES:
            flows[material] = scaled.assemblies(material)
        for product, need in self.products.items():
            flows[product] = {"civil": np.zeros((len(CODES), len(CODES), self.n))}
            for i in range(len(CODES)):
                flows[product]["civil"][i, i] = need[i]
            made[product] = need
        for magnet in MAGNETS:
            by_use = {u: f.sum(axis=1) for u, f in flows["assembly:" + magnet.split(":")[1]].items()}
            total = np.sum(list(by_use.values()), axis=0)
            all_flows = settle(self.output[magnet], self.trade[magnet], total)
            flows[magnet] = {u: all_flows * (x / np.maximum(total, LEAST))[None] for u, x in by_use.items()}
            made[magnet] = all_flows.sum(axis=1)
        return scaled.lines, flows, made

    def content(self, material: str, e: str, element: Mapping[str, FloatArray]) -> FloatArray:
        """Return t REO of an element per t, after the intensity factors by element; (N,)."""
        value = self.recipe[material, e]
        return value * element[e] if material in MAGNETS and e in element else value

    def metal_need(
        self, e: str, made: Mapping[str, FloatArray], element: Mapping[str, FloatArray]
    ) -> FloatArray:
        """Return the metal that the magnets `made` take at each place, (place, N)."""
        return sum(
            (
                made[m] * self.content(m, e, element) / self.magnet_yield[m]
                for m in MAGNETS
                if (m, e) in self.recipe
            ),
            np.zeros((len(CODES), self.n)),
        )

    def oxide_need(self, e: str, metal: FloatArray | None, element: Mapping[str, FloatArray]) -> FloatArray:
        """Return what makers of `metal`, as made, and of products take of an oxide, (place, N)."""
        need = np.zeros((len(CODES), self.n))
        if metal is not None:
            need += metal / self.metal_yield[f"metal:{e}"]
        for product, amount in self.products.items():
            if (product, e) in self.recipe:
                need += amount * self.content(product, e, element)
        return need

    def oxide_supply(
        self, e: str, made: Mapping[str, FloatArray], element: Mapping[str, FloatArray]
    ) -> FloatArray:
        """Return what separators make, and what comes back from the swarf of the magnets `made`."""
        back = np.array([(e, place) in self.swarf_home for place in CODES], np.float64)[:, None]
        return self.primary[f"oxide:{e}"] + back * sum(
            made[m]
            * self.content(m, e, element)
            * (1.0 / self.magnet_yield[m] - 1.0)
            * self.swarf_recovery[m]
            for m in MAGNETS
            if (m, e) in self.recipe
        )


def _swarf_home(draws: Draws) -> frozenset[tuple[str, str]]:
    """Return where swarf becomes oxide: where scrap is separated or this metal is made."""
    scrap = {row.place for row in draws.rows("separates") if row.material == "ore:scrap"}
    makers = {(row.material.split(":")[1], row.place) for row in draws.rows("metal-output")}
    return frozenset(makers | {(e, place) for e in ELEMENTS for place in scrap})


def _concentrates(
    draws: Draws,
) -> tuple[
    dict[str, FloatArray], dict[str, FloatArray], dict[str, FloatArray], dict[tuple[str, str], FloatArray]
]:
    """Return mine output, flows of concentrate, separators' feed, and oxide per t of feed."""
    mined = {ore: _by_place(draws, "mine-output", ore) for ore in ORES}
    flows, feed = {}, {}
    separated: dict[tuple[str, str], FloatArray] = {}
    for ore in ORES:
        able = _by_place(draws, "separates", ore) > 0.0
        trade = _by_route(draws, "concentrate-trade", ore) * able[None]
        trade *= np.minimum(1.0, mined[ore] / np.maximum(trade.sum(axis=1), LEAST))[:, None]
        home = np.where(able, mined[ore] - trade.sum(axis=1), 0.0)
        for i in range(len(CODES)):
            trade[i, i] += home[i]
        flows[ore] = trade
        feed[ore] = trade.sum(axis=0)
        basket = np.stack([draws.get("basket", material=ore, element=e) for e in ELEMENTS])
        basket /= basket.sum(axis=0)
        for e, share in zip(ELEMENTS, basket, strict=True):
            rows = [draws.get("separation-recovery", material=ore, element=e, place=place) for place in CODES]
            separated[ore, e] = share * np.clip(np.stack(rows), 0.0, 1.0)
    return mined, flows, feed, separated
