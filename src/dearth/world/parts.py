"""The parts of a world: processes, stocks and routes, collected from a balanced chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ASSEMBLIES, ELEMENTS, MAGNETS, METALS, ORES, PRODUCTS, stage_of
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.world.flows import CODES, MILITARY_SECTOR, Chain

__all__ = ["PAYING", "Buffer", "Node", "Parts", "Process", "Route", "market_use"]

PAYING: Final = ("NdPr", "Tb", "Dy")  # mine output and separation follow these (MODEL.md, step 4)
_LEAST_FLOW: Final = 1e-6  # t/y; smaller flows are rounding of the balance


class Node(NamedTuple):
    """A material at a place for an end use (``""`` above magnets)."""

    material: str
    place: str
    use: str


class Process(NamedTuple):
    """Something that makes or uses: a line (`name` is a sector), a maker, a separator, a mine.

    A sector at a place has one line for each of its inputs (`part`): not every model needs every
    part, and what it depends on is a number of the book (`dependence`), not a recipe.
    """

    stage: str
    name: str
    place: str
    use: str
    part: str = ""


class Buffer(NamedTuple):
    """The stock of one input at one process."""

    process: int
    market: int


class Route(NamedTuple):
    """A trade route of one material."""

    material: str
    origin: str
    destination: str
    use: str


class Parts:
    """Collects processes, inputs and outputs from a balanced chain, t/week."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.rate: dict[Process, FloatArray] = {}
        self.inputs: dict[Process, list[tuple[Node, FloatArray]]] = {}
        self.outputs: dict[Process, list[tuple[Node, FloatArray, bool]]] = {}
        self.routes: dict[Route, FloatArray] = {}
        self._routes()
        self._lines()
        self._makers()
        self._separators()

    def _routes(self) -> None:
        for material, by_use in self.chain.flows.items():
            for use, table in by_use.items():
                for i, j in np.argwhere(table.max(axis=-1) > _LEAST_FLOW).tolist():
                    self.routes[Route(material, CODES[i], CODES[j], use)] = table[i, j] / WEEKS_PER_YEAR

    def _add(
        self,
        process: Process,
        rate: FloatArray,
        inputs: Iterable[tuple[Node, FloatArray]],
        outputs: Iterable[tuple[Node, FloatArray, bool]],
    ) -> None:
        if rate.max() * WEEKS_PER_YEAR > _LEAST_FLOW:
            self.rate[process] = rate
            self.inputs[process] = [(n, need) for n, need in inputs if need.max() > 0.0]
            self.outputs[process] = [(n, y, pays) for n, y, pays in outputs if y.max() > 0.0]

    def _lines(self) -> None:
        for (sector, place), needs in self.chain.lines.items():
            use = "military" if sector == MILITARY_SECTOR else "civil"
            for material, need in needs.items():
                node = Node(material, place, _line_use(material, use))
                process = Process("line", sector, place, use, material)
                self._add(process, need / WEEKS_PER_YEAR, [(node, np.ones(1))], [])

    def _makers(self) -> None:
        for material in (*ASSEMBLIES, *PRODUCTS, *MAGNETS, *METALS):
            for use, place, made in self._made(material):
                process = Process(stage_of(material), material, place, use)
                pays = (Node(material, place, use), np.ones_like(made), True)
                swarf = self._swarf(material, place)
                self._add(process, made / WEEKS_PER_YEAR, self._recipe(material, place, use), [pays, *swarf])

    def _made(self, material: str) -> Iterable[tuple[str, str, FloatArray]]:
        """Yield (use, place, t/y): assemblies are made for one end use, all else for any."""
        flows = self.chain.flows[material]
        by_use = flows.items() if material in ASSEMBLIES else [("", sum(flows.values(), np.zeros(1)))]
        for use, table in by_use:
            for i, place in enumerate(CODES):
                yield use, place, table[i].sum(axis=0)

    def _recipe(self, material: str, place: str, use: str) -> list[tuple[Node, FloatArray]]:
        stage, chain = stage_of(material), self.chain
        if stage == "assembly":
            return [(Node("magnet:" + material.split(":")[1], place, use), np.ones(1))]
        if stage == "metal":
            return [(Node("oxide:" + material.split(":")[1], place, ""), 1.0 / chain.metal_yield[material])]
        shares = [(e, chain.recipe[material, e]) for e in ELEMENTS if (material, e) in chain.recipe]
        if stage == "product":
            return [(Node(f"oxide:{e}", place, ""), share) for e, share in shares]
        return [(Node(f"metal:{e}", place, ""), share / chain.magnet_yield[material]) for e, share in shares]

    def _swarf(self, material: str, place: str) -> list[tuple[Node, FloatArray, bool]]:
        if material not in MAGNETS:
            return []
        lost = (1.0 / self.chain.magnet_yield[material] - 1.0) * self.chain.swarf_recovery[material]
        return [
            (Node(f"oxide:{e}", place, ""), self.chain.recipe[material, e] * lost, False)
            for e in ELEMENTS
            if (material, e) in self.chain.recipe and (e, place) in self.chain.swarf_home
        ]

    def _separators(self) -> None:
        for ore in ORES:
            for i, place in enumerate(CODES):
                feed = self.chain.feed[ore][i] / WEEKS_PER_YEAR
                outputs = [
                    (Node(f"oxide:{e}", place, ""), self.chain.separated[ore, e][i], e in PAYING)
                    for e in ELEMENTS
                ]
                node = Node(ore, place, "")
                self._add(Process("oxide", ore, place, ""), feed, [(node, np.ones(1))], outputs)
                mined = self.chain.mined[ore][i] / WEEKS_PER_YEAR
                output = [(node, np.ones_like(mined), True)]
                self._add(Process("concentrate", ore, place, ""), mined, [], output)


def _line_use(material: str, use: str) -> str:
    return use if material in ASSEMBLIES else "civil"


def market_use(material: str, use: str) -> str:
    """Return the end use of the market a buyer draws from: products and ores know none."""
    return use if stage_of(material) in {"assembly", "magnet"} else ("civil" if material in PRODUCTS else "")
