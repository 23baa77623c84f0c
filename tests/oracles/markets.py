"""Markets made from numbers alone: a calm one that stands still, and small ones drawn at random.

A calm market is balanced: mines give what is used and exported.  Whatever a test changes is changed with
`_replace` and `behaving`, so that each test says what it is about.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dearth.engine.front import front_tables, spread_row
from dearth.engine.market import Behaviour, Market

OPEN = 1e9  # an allowance that is no gate
NONE = -1  # no licence class; no quota

CENTRAL = {
    "stock_power": 0.8,
    "working_stock": 1.0,
    "parity": 0.4,
    "price_time": 4.0,
    "expect_time": 13.0,
    "use_power": 0.05,
    "thrift_power": 0.3,
    "thrift_time": 104.0,
    "thrift_fade": 2.0,
    "thrift_pace": 0.1,
    "supply_power": 0.2,
    "supply_time": 26.0,
    "capacity_power": 0.4,
    "capacity_time": 104.0,
    "supply_most": 2.0,
    "precaution": 0.5,
    "restock_time": 26.0,
    "rent_rise": 2.0,
    "rent_fall": 13.0,
    "horizon": 13.0,
    "quota_horizon": 15.0,
    "leak_most": 0.6,
    "leak_risk": 0.35,
    "leak_time": 13.0,
    "sink_cover": 60.0,
    "quota_time": 13.0,
    "port_time": 2.0,
}
TABLES = front_tables()


class Size(NamedTuple):
    """How large a market is: elements, mines, destinations of each element, magnet goods, draws."""

    elements: int = 1
    mines: int = 1
    destinations: int = 1
    magnets: int = 0
    draws: int = 1
    weeks: int = 104
    steps_per_week: int = 4


def _behaviour(n: int) -> Behaviour:
    known = {name: CENTRAL[name] for name in Behaviour._fields}
    return Behaviour(**{name: np.full(n, value) for name, value in known.items()})


def behaving(market: Market, **numbers: float) -> Market:
    """Return the market with other numbers of behaviour."""
    n = market.headroom.size
    changed = {name: np.full(n, float(value)) for name, value in numbers.items()}
    return market._replace(behaviour=market.behaviour._replace(**changed))


def calm(size: Size | None = None, **changes: Any) -> Market:
    """Return a market in balance without rules: every flow and price stays where it starts."""
    z = Size() if size is None else size
    n, n_e, n_g = z.draws, z.elements, z.elements + z.magnets
    good = np.repeat(np.arange(n_g), z.destinations).astype(np.int64)
    n_b, steps, full = good.size, z.weeks * z.steps_per_week, np.full
    price = np.linspace(20.0, 200.0, n_g)[:, None] * np.ones(n)
    need, home = full((n_b, n), 10.0), full((n_e, n), 15.0)
    made = home + z.destinations * 10.0
    content = np.zeros((n_g, n_e, n))
    content[n_e:] = 0.3 / n_e
    market = Market(
        steps_per_week=z.steps_per_week,
        n_steps=steps,
        paying=np.ones(n_e, np.int64),
        good=good,
        klass=full(n_b, NONE, np.int64),
        quota=np.zeros(n_b, np.int64),
        covered=np.ones(n),
        price0=price,
        floor=full((n_e, n), 1.0),
        supply0=np.repeat(made[None] / z.mines, z.mines, axis=0),
        supply_path=np.ones((z.weeks + 1, z.mines, n)),
        answering=np.ones((z.mines, n)),
        home0=home,
        home_path=np.ones((z.weeks + 1, n_e, n)),
        stock0=full((n_e, n), 9.0),
        content=content,
        need0=need,
        need_path=np.ones((z.weeks + 1, n_g, n)),
        other0=np.zeros((n_b, n)),
        other_path=np.ones((z.weeks + 1, n_e, n)),
        cover=full((n_b, n), 8.0),
        spread=spread_row(full(n_b, 0.6)),
        transit=full((n_b, n), 3.0),
        value=full((n_b, n), 500.0),
        by_value=np.repeat(np.arange(n_b, dtype=np.int64)[:, None], n, axis=1),
        value_spread=full(n, 0.5),
        thin=full((n_b, n), 0.3),
        substitutable=full((n_g, n), 0.5),
        freight=full((n_b, n), 0.3),
        duty=np.zeros((steps, n_g, n)),
        import_duty=full((n_b, n), 0.03),
        price_floor=np.zeros((steps, n_b)),
        stockpile=np.zeros((steps, n_e)),
        allowance=np.zeros((steps, 0, n)),
        outlook=np.zeros((steps, 0, n)),
        headroom=full(n, 1.3),
        quota_add=np.zeros(steps),
        quota_keep=np.ones(steps),
        quota_pace=full(steps, float(NONE)),
        held=np.zeros((steps, n_b, n)),
        leak_open=np.zeros(steps),
        behaviour=_behaviour(n),
        front_out=TABLES.out,
        front_x=TABLES.x,
        front_max=TABLES.x_max,
    )
    return market._replace(**changes)


def licensed(market: Market, share: float | np.ndarray, week: int = 0, outlook: Any = None) -> Market:
    """Return the market with all buyers in one licence class from `week` on; `share` may be a path, (T,)."""
    steps, n = market.n_steps, market.headroom.size
    path = np.broadcast_to(np.asarray(share, float), (steps,))
    seen = path if outlook is None else np.broadcast_to(np.asarray(outlook, float), (steps,))
    allowance, expected = np.full((steps, 1, n), OPEN), np.ones((steps, 1, n))
    k = week * market.steps_per_week
    allowance[k:, 0] = path[k:, None]
    expected[k:, 0] = seen[k:, None]
    none = np.zeros(market.good.size, np.int64)
    return market._replace(klass=none, allowance=allowance, outlook=expected)


def under_quota(market: Market, pace: float, week: int = 0) -> Market:
    """Return the market with all buyers of oxide under a tonnage that is released evenly, `pace` t/week."""
    k, dt = week * market.steps_per_week, 1.0 / market.steps_per_week
    rate, add = np.full(market.n_steps, -1.0), np.zeros(market.n_steps)
    rate[k:], add[k:] = pace, pace * dt
    oxide = (market.good < market.floor.shape[0]).astype(np.int64)
    return market._replace(quota=oxide, quota_pace=rate, quota_add=add)


def _events(g: np.random.Generator, m: Market) -> Market:
    """Return the market with a licence, a quota, port stops, smuggling, duties and floors at random."""
    steps, n, n_b = m.n_steps, m.headroom.size, m.good.size
    n_e, n_g = m.floor.shape[0], m.price0.shape[0]
    first, last = sorted(int(v) for v in g.integers(0, steps, 2))
    path = np.clip(np.cumsum(g.uniform(-0.1, 0.13, (steps, 2, n)), axis=0), 0.0, 1.2)
    allowance, outlook = np.full((steps, 2, n), OPEN), np.ones((steps, 2, n))
    allowance[first : last + steps // 2] = path[first : last + steps // 2]
    outlook[first:] = np.clip(path[first:] * 0.9, 0.0, 1.0)
    held = np.zeros((steps, n_b, n))
    held[first : first + steps // 4, 0] = g.choice([0.6, 1.0])
    pace, add, keep = np.full(steps, -1.0), np.zeros(steps), np.ones(steps)
    every = max(2, steps // 3)
    add[::every] = (
        g.uniform(0.2, 1.0, add[::every].size) * float(m.need0[:, 0].sum()) * every / m.steps_per_week
    )
    keep[:: 2 * every] = 0.0
    pace[: steps - steps // 5] = float(g.uniform(0.2, 1.1)) * float(m.need0[:, 0].sum())
    duty = np.zeros((steps, n_g, n))
    duty[steps // 2 :] = g.uniform(0.0, 0.3, (n_g, 1))
    floor = np.zeros((steps, n_b))
    floor[steps // 3 :, 0] = float(g.choice([0.0, 1.3])) * float(m.price0[0].max())
    return m._replace(
        klass=g.integers(-1, 2, n_b).astype(np.int64),
        quota=((m.good < n_e) & (g.random(n_b) < 0.6)).astype(np.int64),
        covered=g.uniform(0.5, 1.0, n),
        duty=duty,
        price_floor=floor,
        stockpile=np.where(g.random((steps, n_e)) < 0.1, g.uniform(-2.0, 4.0, (steps, n_e)), 0.0),
        allowance=allowance,
        outlook=outlook,
        quota_add=add,
        quota_keep=keep,
        quota_pace=pace,
        held=held,
        leak_open=(g.random(steps) < 0.8).astype(float),
    )


def random_market(seed: int, size: Size, events: bool = True) -> Market:
    """Return a market with every number drawn at random, in balance at the start of each draw."""
    g, m = np.random.default_rng(seed), calm(size)
    n, n_e, n_b = size.draws, size.elements, m.good.size
    need, home = g.uniform(1.0, 100.0, (n_b, n)), g.uniform(30.0, 300.0, (n_e, n))
    other = need * g.uniform(0.0, 0.6, (n_b, n)) * (m.good < n_e)[:, None]
    bought = np.stack([(need - other)[m.good == e].sum(axis=0) for e in range(n_e)])
    split = g.dirichlet(np.ones(size.mines), (n_e, n))
    value = g.uniform(5.0, 900.0, (n_b, n))

    def path(*shape: int) -> np.ndarray:
        steps = g.normal(0.0, 0.01, (size.weeks + 1, *shape, n))
        steps[0] = 0.0
        return np.exp(np.cumsum(steps, axis=0))

    drawn = {
        name: np.full(n, v) * g.uniform(0.6, 1.6, n)
        for name, v in CENTRAL.items()
        if name in Behaviour._fields
    }
    drawn["parity"] = g.uniform(0.0, 0.9, n)
    drawn["leak_risk"] = g.uniform(0.0, 1.0, n)
    drawn["sink_cover"] = g.uniform(10.0, 30.0, n)
    m = m._replace(
        paying=np.array([1] + [int(v) for v in g.integers(0, 2, n_e - 1)], np.int64),
        price0=g.uniform(5.0, 300.0, m.price0.shape),
        floor=g.uniform(0.5, 4.9, (n_e, n)),
        supply0=np.ascontiguousarray((split * (home + bought)[:, :, None]).transpose(2, 0, 1)),
        supply_path=path(size.mines),
        answering=g.uniform(0.0, 1.0, (size.mines, n)),
        home0=home,
        home_path=path(n_e),
        stock0=g.uniform(1.0, 15.0, (n_e, n)),
        content=m.content * g.uniform(0.1, 1.0, m.content.shape),
        need0=need,
        need_path=path(m.price0.shape[0]),
        other0=other,
        other_path=path(n_e),
        cover=g.uniform(1.0, 15.0, (n_b, n)),
        spread=spread_row(g.uniform(0.15, 1.1, n_b)),
        transit=g.uniform(0.0, 9.0, (n_b, n)),
        value=value,
        by_value=np.ascontiguousarray(np.argsort(-value, axis=0, kind="stable")),
        value_spread=g.uniform(0.0, 0.9, n),
        thin=g.uniform(0.02, 1.0, (n_b, n)),
        substitutable=g.uniform(0.05, 0.8, m.substitutable.shape),
        freight=g.uniform(0.0, 1.0, (n_b, n)),
        import_duty=g.uniform(0.0, 0.1, (n_b, n)),
        headroom=g.uniform(1.0, 2.0, n),
        behaviour=Behaviour(**{name: drawn[name] for name in Behaviour._fields}),
    )
    return _events(g, m) if events else m
