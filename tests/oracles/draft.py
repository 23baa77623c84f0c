"""A world drawn by hand: processes, pools, markets and routes, closed to a steady state.

The closure is demand-pull: lines set the use, use sets the flow of every route, flows set the
orders of every pool, orders set the rates of its makers, and so on up to the mines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import World
from dearth.engine.front import front_tables
from dearth.engine.run import Labels

Array = NDArray[np.float64]
TABLES = front_tables()


@dataclass(eq=False)
class Pool:
    """Finished goods; `stock` in weeks of base-year orders, `slack` of the cap over the stock."""

    name: str
    stock: Array
    time: Array
    slack: float = 0.0
    orders: Array | float = 0.0


@dataclass(eq=False)
class Route:
    """A route of a market: its share of the market's use, and what holds it."""

    pool: Pool
    share: Array
    lag: Array
    tier: int = 1
    gate: int = -1
    quota: int = -1
    series: int = -1
    flow: Array | float = 0.0


@dataclass(eq=False)
class Market:
    """A place where the arrivals of `routes` are shared among buyers."""

    name: str
    routes: list[Route]
    order_time: Array
    switch_share: Array


@dataclass(eq=False)
class Input:
    """An input of a process: tonnes per tonne of rate, weeks of cover, row of the fronts."""

    market: Market
    need: Array
    cover: Array
    spread: NDArray[np.int64]


@dataclass(eq=False)
class Output:
    """An output of a process: tonnes per tonne of rate."""

    pool: Pool
    amount: Array
    pays: bool = True


@dataclass(eq=False)
class Process:
    """A process; `rate` is given for lines, `share` (of its pools' orders) for makers."""

    name: str
    level: int
    inputs: list[Input]
    outputs: list[Output]
    rate: Array
    share: Array
    lead: Array
    margin: Array
    growth: Array
    dedicated: bool = False


@dataclass
class Draft:
    """The world before it is packed into arrays."""

    draws: int
    steps_per_week: int
    weeks: int
    processes: list[Process]
    backlog_time: Array
    switch_time: Array
    allowance: Array  # (T, C, N)
    quota_add: Array
    quota_keep: Array
    focus: Array
    series: int = 0
    groups: list[list[Market]] = field(default_factory=list)

    @property
    def pools(self) -> list[Pool]:
        """Pools, those of the makers first."""
        made = [o.pool for p in self.processes for o in p.outputs]
        return list(dict.fromkeys(made))

    @property
    def markets(self) -> list[Market]:
        """Markets by group."""
        return [m for group in self.groups for m in group]

    @property
    def routes(self) -> list[Route]:
        """Routes by market."""
        return [r for m in self.markets for r in m.routes]

    def close(self) -> Draft:
        """Set flows, orders and rates so that the base year is steady."""
        self.processes.sort(key=lambda p: p.level)
        group_of: dict[Market, int] = {}
        for p in self.processes:
            for i in p.inputs:
                group_of[i.market] = p.level
        top = max(p.level for p in self.processes)
        self.groups = [[m for m, g in group_of.items() if g == level] for level in range(top)]
        for level in range(top + 1):
            self._set_rates(level)
            if level < top:
                self._set_flows(level)
        return self

    def _set_rates(self, level: int) -> None:
        if level == 0:
            return
        for p in self.processes:
            if p.level != level:
                continue
            per_share = [o.pool.orders / self._per_share(o.pool, level) for o in p.outputs]
            p.rate = p.share * np.max(np.broadcast_arrays(*per_share), axis=0)
            for o in p.outputs:
                o.pays = o.pays and bool(np.all(np.asarray(o.pool.orders) > 0.0))

    def _per_share(self, pool: Pool, level: int) -> Array:
        """Output into `pool` when all its makers run at their share."""
        makers = [(p, o) for p in self.processes if p.level == level for o in p.outputs if o.pool is pool]
        return np.sum([p.share * o.amount for p, o in makers], axis=0)

    def _set_flows(self, level: int) -> None:
        for m in self.groups[level]:
            use = np.sum([i.need * p.rate for p in self.processes for i in p.inputs if i.market is m], axis=0)
            for r in m.routes:
                r.flow = r.share * use
                r.pool.orders = r.pool.orders + r.flow

    def pack(self) -> tuple[World, Labels]:
        """Return the arrays of the engine and the names of the nodes."""
        labels = Labels(
            markets=tuple(m.name for m in self.markets),
            pools=tuple(p.name for p in self.pools),
            edges=tuple(f"{r.pool.name} -> {m.name}" for m in self.markets for r in m.routes),
        )
        world = World(
            steps_per_week=self.steps_per_week,
            n_steps=self.weeks * self.steps_per_week,
            n_series=self.series,
            backlog_time=self.backlog_time,
            switch_time=self.switch_time,
            focus=self.focus,
            allowance=self.allowance,
            quota_add=self.quota_add,
            quota_keep=self.quota_keep,
            front_left=TABLES.left,
            front_out=TABLES.out,
            front_x=TABLES.x,
            front_max=TABLES.x_max,
            **self._process_arrays(),
            **self._route_arrays(),
            **self._pool_arrays(),
        )
        return world, labels

    def _rows(self, rows: Sequence[Array]) -> Array:
        """Stack rows of draws; an empty list keeps its draws."""
        if not rows:
            return np.zeros((0, self.draws))
        return np.ascontiguousarray([np.broadcast_to(r, (self.draws,)) for r in rows], dtype=np.float64)

    def _process_arrays(self) -> dict[str, object]:
        place = {m: i for i, m in enumerate(self.markets)}
        pool_at = {p: i for i, p in enumerate(self.pools)}
        inputs = [i for p in self.processes for i in p.inputs]
        outputs = [o for p in self.processes for o in p.outputs]
        levels = [p.level for p in self.processes]
        owner = [at for at, p in enumerate(self.processes) for _ in p.inputs]
        by_market = sorted(range(len(inputs)), key=lambda b: place[inputs[b].market])
        return {
            "level_ptr": np.searchsorted(levels, np.arange(max(levels) + 2)).astype(np.int64),
            "group_ptr": offsets([len(g) for g in self.groups]),
            "buf_ptr": offsets([len(p.inputs) for p in self.processes]),
            "buf_market": ints([place[i.market] for i in inputs]),
            "market_buf_ptr": offsets([sum(i.market is m for i in inputs) for m in self.markets]),
            "market_buf": np.array([(b, owner[b]) for b in by_market], dtype=np.int64).reshape(-1, 2),
            "out_ptr": offsets([len(p.outputs) for p in self.processes]),
            "out_pool": ints([pool_at[o.pool] for o in outputs]),
            "out_pays": ints([o.pays for o in outputs]),
            "dedicated": ints([p.dedicated for p in self.processes]),
            "rate": self._rows([p.rate for p in self.processes]),
            "capacity": self._rows([p.rate * p.margin for p in self.processes]),
            "growth": self._rows([p.growth for p in self.processes]),
            "lead": self._rows([p.lead for p in self.processes]),
            "need": self._rows([i.need for i in inputs]),
            "cover": self._rows([i.cover for i in inputs]),
            "spread": np.array([i.spread for i in inputs], dtype=np.int64).reshape(-1, self.draws),
            "out_yield": self._rows([o.amount for o in outputs]),
        }

    def _route_arrays(self) -> dict[str, object]:
        pool_at = {p: i for i, p in enumerate(self.pools)}
        routes = self.routes
        by_pool = sorted(range(len(routes)), key=lambda e: (pool_at[routes[e].pool], routes[e].tier))
        return {
            "edge_ptr": offsets([len(m.routes) for m in self.markets]),
            "edge_pool": ints([pool_at[r.pool] for r in routes]),
            "edge_class": ints([r.gate for r in routes]),
            "edge_tier": ints([r.tier for r in routes]),
            "edge_quota": ints([r.quota for r in routes]),
            "edge_series": ints([r.series for r in routes]),
            "pool_edge_ptr": offsets([sum(r.pool is p for r in routes) for p in self.pools]),
            "pool_edge": ints(by_pool),
            "flow": self._rows([r.flow for r in routes]),
            "lag": self._rows([r.lag for r in routes]),
            "order_time": self._rows([m.order_time for m in self.markets]),
            "switch_share": self._rows([m.switch_share for m in self.markets]),
        }

    def _pool_arrays(self) -> dict[str, object]:
        stock = [p.stock * p.orders for p in self.pools]
        cap = [s + self._base_work(p) + p.slack * p.orders for s, p in zip(stock, self.pools, strict=True)]
        return {
            "pool_stock": self._rows(stock),
            "pool_cap": self._rows(cap),
            "pool_base": self._rows([np.asarray(p.orders) for p in self.pools]),
            "pool_time": self._rows([p.time for p in self.pools]),
        }

    def _base_work(self, pool: Pool) -> Array:
        """Work in process towards `pool` in the base year: makers in order, up to the orders."""
        room, work = np.broadcast_to(pool.orders, (self.draws,)), np.zeros(self.draws)
        for p in self.processes:
            for o in p.outputs:
                if o.pool is pool:
                    intake = np.minimum(o.amount * p.rate, room)
                    room, work = room - intake, work + intake * p.lead
        return work


def ints(values: Sequence[int]) -> NDArray[np.int64]:
    """Return an array of indices."""
    return np.array(values, dtype=np.int64).reshape(-1)


def offsets(counts: Sequence[int]) -> NDArray[np.int64]:
    """Return the offsets of groups of `counts` members."""
    return np.concatenate(([0], np.cumsum(ints(counts)))).astype(np.int64)
