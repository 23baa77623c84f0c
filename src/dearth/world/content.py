"""Elements in materials, and the check that no process makes more of an element than it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from dearth.axes import ASSEMBLIES, ELEMENTS, MAGNETS, ORES, PRODUCTS
from dearth.engine.arrays import FloatArray, World
from dearth.errors import Fault, MassError
from dearth.world.draws import Draws
from dearth.world.flows import Chain
from dearth.world.index import stacked
from dearth.world.parts import Node, Process

__all__ = ["check_content", "element_content"]

_TOLERANCE: Final = 1e-9


def element_content(chain: Chain, draws: Draws) -> dict[str, FloatArray]:
    """Return t REO of each element in a tonne of each material, (element, N)."""
    n = draws.n
    content: dict[str, FloatArray] = {}
    for i, e in enumerate(ELEMENTS):
        unit = np.zeros((len(ELEMENTS), n))
        unit[i] = 1.0
        content[f"oxide:{e}"] = unit
        content[f"metal:{e}"] = unit
    for material in (*MAGNETS, *PRODUCTS):
        content[material] = stacked([chain.recipe.get((material, e), np.zeros(n)) for e in ELEMENTS], n)
    for material in ASSEMBLIES:
        content[material] = content["magnet:" + material.split(":")[1]]
    for ore in ORES:
        basket = np.stack([draws.get("basket", material=ore, element=e) for e in ELEMENTS])
        content[ore] = basket / basket.sum(axis=0)
    return content


def check_content(
    w: World,
    processes: tuple[Process, ...],
    markets: tuple[Node, ...],
    pools: tuple[Node, ...],
    content: Mapping[str, FloatArray],
) -> FloatArray:
    """Return what each process loses of each element per tonne of rate, (process, element, N).

    Together with the weekly balance of every market, pool and route, each of which holds one material,
    this closes the balance of every element.

    Raises
    ------
    MassError
        A process gives out more of an element than it takes in; the fault names it and the element.
    """
    loss = np.zeros((len(processes), len(ELEMENTS), w.rate.shape[1]))
    faults = []
    for i, process in enumerate(processes):
        for b in range(w.buf_ptr[i], w.buf_ptr[i + 1]):
            loss[i] += w.need[b] * content[markets[w.buf_market[b]].material]
        if process.stage in {"line", "concentrate"}:
            continue
        for o in range(w.out_ptr[i], w.out_ptr[i + 1]):
            loss[i] -= w.out_yield[o] * content[pools[w.out_pool[o]].material]
        faults += [
            Fault(f"makes more {e} than it takes in", f"{process.name} in {process.place}")
            for e, lost in zip(ELEMENTS, loss[i], strict=True)
            if lost.min() < -_TOLERANCE
        ]
    if faults:
        raise MassError("Checking the elements of every process", faults)
    return loss
