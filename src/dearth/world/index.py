"""Parts in the order of the engine's arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dearth.axes import ASSEMBLIES, stage_of
from dearth.engine.arrays import FloatArray, IntArray
from dearth.world.parts import Buffer, Node, Parts, Route, market_use

__all__ = ["GROUP", "LEVEL", "Indexed", "offsets", "pool_use", "stacked"]

LEVEL: Final = {
    "line": 0,
    "assembly": 1,
    "product": 1,
    "magnet": 2,
    "metal": 3,
    "oxide": 4,
    "concentrate": 5,
}
GROUP: Final = {"assembly": 0, "product": 0, "magnet": 1, "metal": 2, "oxide": 3, "concentrate": 4}


class Indexed:
    """Puts the parts in the order of the engine's arrays."""

    def __init__(self, parts: Parts, n: int) -> None:
        self.parts, self.n = parts, n
        served = {Node(r.material, r.origin, pool_use(r)) for r in parts.routes}
        self.processes = sorted(parts.rate, key=lambda p: LEVEL[p.stage])
        self.markets = self._find_markets()
        self.market_at = {m: i for i, m in enumerate(self.markets)}
        self.pools = sorted(served, key=lambda node: (GROUP[stage_of(node.material)], node))
        self.pool_at = {p: i for i, p in enumerate(self.pools)}
        self.routes = self._order_routes()
        self.buffers: list[Buffer] = []
        self.need: list[FloatArray] = []
        for i, process in enumerate(self.processes):
            for node, need in parts.inputs[process]:
                market = self.market_at[node._replace(use=market_use(node.material, node.use))]
                self.buffers.append(Buffer(i, market))
                self.need.append(np.broadcast_to(need, (n,)))

    def _find_markets(self) -> list[Node]:
        found = {
            node._replace(use=market_use(node.material, node.use))
            for inputs in self.parts.inputs.values()
            for node, _ in inputs
        }
        return sorted(found, key=lambda node: (GROUP[stage_of(node.material)], node))

    def _order_routes(self) -> list[Route]:
        """Return routes by market; routes to a place without buyers are rounding and dropped."""
        at = {}
        for route in self.parts.routes:
            node = Node(route.material, route.destination, market_use(route.material, route.use))
            if node in self.market_at:
                at[route] = self.market_at[node]
        return sorted(at, key=lambda route: (at[route], route))

    def market_of(self, route: Route) -> int:
        """Return the market a route leads to."""
        node = Node(route.material, route.destination, market_use(route.material, route.use))
        return self.market_at[node]


def pool_use(route: Route) -> str:
    """Return the end use of the pool a route starts from: only assemblies are made for one."""
    return route.use if route.material in ASSEMBLIES else ""


def offsets(owners: Sequence[int], n: int) -> IntArray:
    """Return the offsets of sorted owners."""
    return np.searchsorted(np.asarray(owners, np.int64), np.arange(n + 1)).astype(np.int64)


def stacked(arrays: Sequence[FloatArray], n: int) -> FloatArray:
    """Return arrays of (N,) as one contiguous (item, N)."""
    table = np.empty((len(arrays), n))
    for i, values in enumerate(arrays):
        table[i] = values
    return table
