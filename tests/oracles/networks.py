"""Small worlds that start in a steady state: one line alone, and random networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dearth.engine.arrays import World
from dearth.engine.licences import OPEN, Gate, GateNumbers, allowance
from dearth.engine.run import Labels
from dearth.engine.week import State
from oracles.draft import Array, Draft, Input, Market, Output, Pool, Process, Route


def on_the_way(s: State, route: int) -> float:
    """Return tonnes of the first draw that were sent by a route and have not arrived."""
    slots, lag, late = int(s.ring_slots[route]), int(s.lag_steps[route, 0]), s.lag_late[route, 0]
    newest = np.roll(s.ring[route, :slots, 0], -int(s.ring_at[route]))[::-1]
    return float(newest[:lag].sum() + late * newest[lag])


@dataclass
class Single:
    """One line alone; `stock`, `transit` and `pool_weeks` in weeks of use."""

    stock: float = 6.0
    transit: float = 5.0
    spread: int = 0
    focus: float = 0.8
    steps_per_week: int = 1
    weeks: int = 40
    path: Array | float = 0.0  # allowance of the route, one value or one per step
    rate: float = 7.0
    need: float = 0.3
    pool_weeks: float = 2.0


def single_line(stock: float = 6.0, transit: float = 5.0, **options: Array | float) -> tuple[World, Labels]:
    """Return one line, one market, one route, one pool, one mine; one draw; options as in `Single`."""
    z = Single(stock, transit, **options)
    n_steps = z.weeks * z.steps_per_week
    one, none = np.ones(1), np.zeros(1)
    pool = Pool("ore", stock=one * z.pool_weeks, time=one * 8.0)
    route = Route(pool, share=one, lag=one * z.transit, gate=0, series=0)
    market = Market("ore-at-home", [route], order_time=one * 4.0, switch_share=none)
    taken = Input(market, need=one * z.need, cover=one * z.stock, spread=np.full(1, z.spread))
    line = Process("line", 0, [taken], [], one * z.rate, one, none, one * 2.0, none)
    mine = Process("mine", 1, [], [Output(pool, one)], none, one, one * 2.5, one * 1.2, none)
    draft = Draft(
        draws=1,
        steps_per_week=z.steps_per_week,
        weeks=z.weeks,
        processes=[line, mine],
        backlog_time=one * 6.0,
        switch_time=one * 13.0,
        allowance=np.broadcast_to(z.path, (n_steps,))[:, None, None] + np.zeros((n_steps, 1, 1)),
        quota_add=np.zeros((n_steps, 0)),
        quota_keep=np.zeros((n_steps, 0)),
        focus=one * z.focus,
        series=1,
    )
    return draft.close().pack()


@dataclass
class Sizes:
    """How large a random network is, and how much happens in it."""

    draws: int = 2
    weeks: int = 30
    steps_per_week: int = 2
    places: int = 3
    levels: int = 4  # of makers, mines included
    lines: int = 6
    materials: int = 2  # per level
    routes: int = 2  # per market, at most
    calm: bool = False  # nothing happens: no growth, no gate, no quota


class _Builder:
    """Draws one random network; `rng` decides everything."""

    def __init__(self, seed: int, sizes: Sizes) -> None:
        self.rng = np.random.default_rng(seed)
        self.z = sizes
        self.pools: dict[tuple[int, int, int], Pool] = {}
        self.markets: dict[tuple[int, int, int, int], Market] = {}

    def some(self, low: float, high: float) -> Array:
        """Return one number per draw."""
        return self.rng.uniform(low, high, self.z.draws)

    def pool(self, level: int, material: int, place: int) -> Pool:
        """Return the pool of a material at a place, drawn when first met."""
        key = (level, material, place)
        if key not in self.pools:
            stock = self.some(0.0, 4.0) if self.rng.random() < 0.9 else np.zeros(self.z.draws)
            # A pool of co-products must be full at the start, or its surplus would fill it first.
            slack = 0.0 if level == self.z.levels - 1 else float(self.rng.choice([0.0, 0.5, 3.0]))
            self.pools[key] = Pool(f"m{level}{material}@p{place}", stock, self.some(4.0, 13.0), slack)
        return self.pools[key]

    def market(self, level: int, material: int, place: int) -> Market:
        """Return a market of a material at a place; civil and military buyers may be apart."""
        use = int(self.rng.random() < 0.2)
        key = (level, material, place, use)
        if key not in self.markets:
            self.markets[key] = self._new_market(level, material, place, use)
        return self.markets[key]

    def _new_market(self, level: int, material: int, place: int, use: int) -> Market:
        z, rng = self.z, self.rng
        count = int(rng.integers(1, min(z.routes, z.places) + 1))
        origins = rng.choice(z.places, count, replace=False)
        raw = rng.uniform(0.1, 1.0, (count, z.draws))
        routes = [
            Route(
                pool=self.pool(level, material, int(origin)),
                share=share,
                lag=self.some(1.0, 7.0) if rng.random() < 0.7 else np.full(z.draws, rng.integers(0, 6) * 1.0),
                tier=0 if origin == place else int(rng.integers(1, 4)),
                gate=-1 if origin == place else int(rng.integers(-1, 4)),
                quota=-1 if origin == place or z.calm else int(rng.integers(-1, 2)),
                series=int(rng.integers(-1, 3)),
            )
            for origin, share in zip(origins, raw / raw.sum(axis=0), strict=True)
        ]
        name = f"m{level}{material}@p{place}{'-military' if use else ''}"
        return Market(name, routes, self.some(2.0, 8.0), self.some(0.0, 0.6) * (rng.random() < 0.7))

    def inputs(self, level: int, place: int) -> list[Input]:
        """Return one to three inputs, mostly of the next level."""
        z, rng = self.z, self.rng
        wanted: dict[Market, Input] = {}
        for _ in range(int(rng.integers(1, 4))):
            source = min(level + int(rng.choice([1, 1, 1, 2, 3])), z.levels)
            m = self.market(source, int(rng.integers(z.materials)), place)
            cover = self.some(1.0, 10.0) if rng.random() < 0.9 else np.zeros(z.draws)
            wanted[m] = Input(m, self.some(0.05, 1.0), cover, self._spread())
        return list(wanted.values())

    def _spread(self) -> np.ndarray:
        if self.rng.random() < 0.2:
            return np.zeros(self.z.draws, dtype=np.int64)
        return self.rng.integers(0, 57, self.z.draws)

    def process(self, name: str, level: int, inputs: list[Input], outputs: list[Output]) -> Process:
        """Return a process with drawn numbers."""
        z, rng = self.z, self.rng
        grows = not z.calm and rng.random() < 0.5
        return Process(
            name=name,
            level=level,
            inputs=inputs,
            outputs=outputs,
            rate=self.some(1.0, 50.0),
            share=self.some(0.2, 1.0),
            lead=self.some(0.0, 6.0) if rng.random() < 0.8 else np.zeros(z.draws),
            margin=self.some(1.0, 1.5),
            growth=self.some(-0.002, 0.003) * grows,
            dedicated=bool(rng.random() < 0.4),
        )

    def lines(self) -> list[Process]:
        """Return the lines of end-use sectors."""
        places = self.rng.integers(self.z.places, size=self.z.lines)
        return [
            self.process(f"line{i}@p{place}", 0, self.inputs(0, int(place)), [])
            for i, place in enumerate(places)
        ]

    def makers(self, level: int) -> list[Process]:
        """Return makers of all pools of a level that somebody buys from.

        The level before the mines separates: every maker there gives all its materials at once.
        """
        z = self.z
        bought = sorted({k for k in self.pools if k[0] == level})
        if level == z.levels - 1:
            sites = sorted({place for _, _, place in bought})
            mixes = [[(level, m, place) for m in range(z.materials)] for place in sites]
        else:
            mixes = [[key] for key in bought]
        made = []
        for mix in mixes:
            for twin in range(int(self.rng.integers(1, 3))):
                outputs = [
                    Output(self.pool(*key), self.some(0.2, 0.9), bool(self.rng.random() < 0.8 or i == 0))
                    for i, key in enumerate(sorted(mix, key=lambda k: k not in bought))
                ]
                inputs = [] if level == z.levels else self.inputs(level, mix[0][2])
                made.append(
                    self.process(f"maker{level}{mix[0][1]}@p{mix[0][2]}-{twin}", level, inputs, outputs)
                )
        return made

    def allowance(self) -> Array:
        """Return four classes: free, licensed, closed and wavering."""
        z, rng = self.z, self.rng
        n_steps = z.weeks * z.steps_per_week
        if z.calm:
            return np.full((n_steps, 4, z.draws), OPEN)
        numbers = GateNumbers(
            decision=self.some(4.0, 12.0),
            grant=self.some(0.3, 1.0),
            refile=self.some(3.0, 9.0),
            declared=self.some(0.0, 2.0),
            headroom=self.some(0.9, 1.3),
            inspected=self.some(0.0, 1.0),
            inspection=self.some(0.5, 4.0),
            stages=rng.integers(1, 6, z.draws).astype(np.float64),
        )
        week = float(rng.integers(0, 6)) + 0.3
        kinds = [["licence"], ["inspect", "open"], [str(rng.choice(["prohibit", "stop-flow"]))]]
        paths = [
            allowance(n_steps, z.steps_per_week, [Gate(week + 5 * i, k) for i, k in enumerate(kind)], numbers)
            for kind in kinds
        ]
        waver = np.repeat(rng.uniform(0.0, 1.5, (z.weeks, z.draws)), z.steps_per_week, axis=0)
        return np.stack([*paths, waver], axis=1)

    def build(self) -> tuple[World, Labels]:
        """Return the network, closed and packed."""
        z = self.z
        n_steps = z.weeks * z.steps_per_week
        processes = self.lines()
        for level in range(1, z.levels + 1):
            processes += self.makers(level)
        draft = Draft(
            draws=z.draws,
            steps_per_week=z.steps_per_week,
            weeks=z.weeks,
            processes=processes,
            backlog_time=self.some(3.0, 9.0),
            switch_time=self.some(4.0, 26.0),
            allowance=self.allowance(),
            quota_add=np.zeros((n_steps, 0 if z.calm else 2)),
            quota_keep=np.ones((n_steps, 0 if z.calm else 2)),
            focus=self.some(0.0, 1.0) if self.rng.random() < 0.7 else self.rng.integers(0, 2, z.draws) * 1.0,
            series=3,
        ).close()
        if not z.calm:
            self._release(draft)
        return draft.pack()

    def _release(self, draft: Draft) -> None:
        """Release quotas every ten weeks, sometimes too small, once with the rest lost."""
        every = 10 * self.z.steps_per_week
        for q in range(2):
            base = sum(float(np.mean(r.flow)) for r in draft.routes if r.quota == q)
            draft.quota_add[::every, q] = 10.0 * base * self.rng.uniform(0.5, 1.5)
            draft.quota_keep[2 * every :: 2 * every, q] = 0.0


def random_network(seed: int, sizes: Sizes | None = None) -> tuple[World, Labels]:
    """Return a random network in an exact steady state, and what then happens to it."""
    return _Builder(seed, sizes or Sizes()).build()
