"""The week once more, plain and slow: one draw, objects and dictionaries, no arrays of state.

Written from the docstrings of ``dearth.engine`` and the model's equations, not from the kernels:
conveyors are dictionaries of due dates, the water level is found by bisection, the front by
interpolation in its tables.  It exists to be compared with the compiled week.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dearth.engine.arrays import World

ROUNDING = 1e-9  # a relative shortfall below this is no shortfall: all get a little less
NOTHING = 1e-9  # a plan below this share of the base year is none
SLACK = 0.01  # share of plan lost at which makers of parts made to drawing stop catching up altogether
FAINT = 1e-3  # less than this share of the base year says little about a route


class Conveyor:
    """What is on its way, by the step at whose start it arrives."""

    def __init__(self) -> None:
        self.due: defaultdict[int, float] = defaultdict(float)

    def put(self, step: int, tonnes: float, delay: float) -> None:
        """Send `tonnes` in `step`; a delay between two steps splits them over both."""
        whole = math.floor(delay)
        self.due[step + whole + 1] += tonnes * (delay - whole)
        self.due[step + whole] += tonnes * (1.0 - (delay - whole))

    def take(self, step: int) -> float:
        """Take off what is due."""
        return self.due.pop(step, 0.0)

    def on_it(self) -> float:
        """Tonnes on the conveyor."""
        return math.fsum(self.due.values())

    @classmethod
    def running(cls, per_step: float, delay: float) -> Conveyor:
        """Return a conveyor that has run for ever; what has arrived before step 0 is gone."""
        c = cls()
        for step in range(-math.ceil(delay) - 2, 0):
            c.put(step, per_step, delay)
        c.due = defaultdict(float, {k: v for k, v in c.due.items() if k >= 0})
        return c


@dataclass
class Buffer:
    market: int
    need: float
    cover: float
    spread: int
    hand: float = 0.0
    received: float = 0.0
    loss: float = 0.0
    unserved: float = 0.0  # share of the customers that got too little in the last step
    theirs: float = 0.0  # stock at hand of these customers
    kept: float | None = None  # what stays at hand if this input binds; None: not short


@dataclass
class Output:
    pool: int
    amount: float
    pays: bool
    lead: float  # steps
    work: Conveyor = field(default_factory=Conveyor)
    unsold: float = 0.0


@dataclass
class Process:
    level: int
    rate: float
    capacity: float
    growth: float
    buffers: list[Buffer]
    outputs: list[Output]
    dedicated: bool
    grown: float = 1.0
    plan: float = 0.0
    made: float = 0.0
    stopped: float = 0.0


@dataclass
class Edge:
    pool: int
    gate: int
    tier: int
    quota: int
    series: int
    flow: float
    lag: float  # steps
    way: Conveyor
    backlog: float = 0.0
    order: float = 0.0
    wanted: float = 0.0
    allowed: float = math.inf
    desired: float = 0.0
    shipped: float = 0.0
    unfilled: float = 0.0
    blocked_sum: float = 0.0
    unfilled_sum: float = 0.0


@dataclass
class Market:
    group: int
    edges: list[Edge]
    buyers: list[tuple[Buffer, Process]]
    order_time: float
    switch_share: float
    base: float
    stock: float = 0.0
    switched: float = 0.0


@dataclass
class Pool:
    stock: float
    target: float
    cap: float
    base: float
    time: float
    edges: list[Edge]
    work_target: float = 0.0
    fresh: float = 0.0
    owed: float = 0.0


def water_level(total: float, want: list[float], weight: list[float]) -> list[float]:
    """Share `total` as min(want, mu * weight); mu by bisection."""
    if math.fsum(want) <= total:
        return list(want)
    low, high = 0.0, max((a / b for a, b in zip(want, weight, strict=True) if b > 0.0), default=0.0)
    for _ in range(2000):
        mu = 0.5 * (low + high)
        if mu in {low, high}:
            break
        filled = math.fsum(min(a, mu * b) for a, b in zip(want, weight, strict=True))
        low, high = (mu, high) if filled <= total else (low, mu)
    return [min(a, low * b) for a, b in zip(want, weight, strict=True)]


def nearly_enough(total: float, want: list[float]) -> list[float] | None:
    """Return the shares when `total` fills all wants but for rounding, else None."""
    asked = math.fsum(want)
    if total < asked * (1.0 - ROUNDING):
        return None
    return [a * min(1.0, total / asked) if asked else 0.0 for a in want]


class PlainWeek:
    """One draw of a world, run step by step."""

    def __init__(self, world: World, draw: int) -> None:
        self.w, self.draw, self.dt = world, draw, 1.0 / world.steps_per_week
        self.processes = self._processes()
        self.markets = self._markets()
        self.edges = [e for m in self.markets for e in m.edges]
        self.pools = self._pools()
        self.quota = [0.0] * world.quota_add.shape[1]
        self.series: list[list[float]] = []
        self.lost_end: list[list[float]] = [[0.0 for _ in self.lines()]]
        self.lost_mean: list[list[float]] = []
        self.line_output = [0.0 for _ in self.lines()]

    def lines(self) -> list[Process]:
        """Processes of level 0."""
        return [p for p in self.processes if p.level == 0]

    def _column(self, name: str) -> list[float]:
        return [float(v) for v in getattr(self.w, name)[:, self.draw]]

    def _processes(self) -> list[Process]:
        w = self.w
        need, cover, rate = self._column("need"), self._column("cover"), self._column("rate")
        amount, lead = self._column("out_yield"), self._column("lead")
        capacity, growth = self._column("capacity"), self._column("growth")
        made = []
        for p in range(len(rate)):
            buffers = [
                Buffer(
                    int(w.buf_market[b]),
                    need[b],
                    cover[b],
                    int(w.spread[b, self.draw]),
                    need[b] * rate[p] * cover[b],
                )
                for b in range(w.buf_ptr[p], w.buf_ptr[p + 1])
            ]
            outputs = [
                Output(int(w.out_pool[o]), amount[o], bool(w.out_pays[o]), lead[p] / self.dt)
                for o in range(w.out_ptr[p], w.out_ptr[p + 1])
            ]
            level = max(i for i in range(len(w.level_ptr) - 1) if w.level_ptr[i] <= p)
            made.append(
                Process(level, rate[p], capacity[p], growth[p], buffers, outputs, bool(w.dedicated[p]))
            )
        return made

    def _markets(self) -> list[Market]:
        w = self.w
        flow, lag = self._column("flow"), self._column("lag")
        times, shares = self._column("order_time"), self._column("switch_share")
        found = []
        for m in range(len(w.edge_ptr) - 1):
            edges = []
            for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
                steps = max(lag[e] / self.dt, 1.0)
                edges.append(
                    Edge(
                        int(w.edge_pool[e]),
                        int(w.edge_class[e]),
                        int(w.edge_tier[e]),
                        int(w.edge_quota[e]),
                        int(w.edge_series[e]),
                        flow[e],
                        steps,
                        Conveyor.running(flow[e] * self.dt, steps),
                        wanted=flow[e],
                        shipped=flow[e] * self.dt,
                    )
                )
            buyers = [(b, p) for p in self.processes for b in p.buffers if b.market == m]
            base = math.fsum(b.need * p.rate for b, p in buyers)
            group = max(g for g in range(len(w.group_ptr) - 1) if w.group_ptr[g] <= m)
            found.append(Market(group, edges, buyers, times[m], shares[m], base))
        return found

    def _pools(self) -> list[Pool]:
        names = ("pool_stock", "pool_cap", "pool_base", "pool_time")
        columns = zip(*(self._column(name) for name in names), strict=True)
        pools = [
            Pool(stock, stock, cap, base, time, [e for e in self.edges if e.pool == i])
            for i, (stock, cap, base, time) in enumerate(columns)
        ]
        for i, pool in enumerate(pools):
            room = pool.base
            for p, o in self._makers(i):
                intake = min(o.amount * p.rate, room)
                room -= intake
                o.work = Conveyor.running(intake * self.dt, o.lead)
                pool.work_target += o.work.on_it()
        return pools

    def _makers(self, pool: int) -> Iterable[tuple[Process, Output]]:
        return [(p, o) for p in self.processes for o in p.outputs if o.pool == pool]

    def _work(self, pool: int) -> float:
        return math.fsum(o.work.on_it() for _, o in self._makers(pool))

    # the step

    def run(self) -> PlainWeek:
        """Run all steps."""
        for k in range(self.w.n_steps):
            self.arrivals(k)
            self.demand(k)
            self.share_arrivals()
            for p in self.processes:
                self.produce(p)
            for p in self.processes:
                self.store(p, k)
            self.quotas(k)
            for pool in self.pools:
                self.ship(pool)
            self.dispatch(k)
            self.record()
        return self

    def arrivals(self, k: int) -> None:
        for m in self.markets:
            m.stock += math.fsum(e.way.take(k) for e in m.edges)
        for p in self.processes:
            for o in p.outputs:
                self.pools[o.pool].stock += o.work.take(k)

    def demand(self, k: int) -> None:
        for pool in self.pools:
            pool.fresh = pool.owed = 0.0
        for level in range(len(self.w.level_ptr) - 1):
            for p in self.processes:
                if p.level == level:
                    p.plan = p.rate * p.grown if level == 0 else self.maker_plan(p)
            for m in self.markets:
                if m.group == level:
                    self.market_orders(m, k)

    def maker_plan(self, p: Process) -> float:
        asks = [0.0]
        for o in p.outputs:
            pool = self.pools[o.pool]
            if not o.pays:
                continue
            position = pool.stock + self._work(o.pool) - pool.owed
            gap = pool.target + pool.work_target - position
            asks.append((pool.fresh + gap / pool.time) / pool.base)
        lead = max((o.lead for o in p.outputs), default=0.0) * self.dt
        plan = min(p.rate * max(asks) * math.exp(p.growth * lead), p.capacity * p.grown)
        return plan if plan >= NOTHING * p.rate else 0.0

    def market_orders(self, m: Market, k: int) -> None:
        use = math.fsum(b.need * p.plan for b, p in m.buyers)
        at_hand = math.fsum(b.need * p.plan * b.cover for b, p in m.buyers)
        on_way = math.fsum(e.lag * self.dt * e.flow for e in m.edges) * use / m.base if m.base else 0.0
        have = m.stock + math.fsum(b.hand for b, _ in m.buyers)
        have += math.fsum(e.way.on_it() + e.backlog for e in m.edges)
        ask = max(0.0, use + (at_hand + on_way - have) / m.order_time)
        self.switch(m)
        unfilled = math.fsum(e.unfilled for e in m.edges)
        delivers = [self.still_delivers(e) for e in m.edges]
        for e, part in zip(m.edges, delivers, strict=True):
            e.order = ask * e.flow / m.base * self.expected_growth(m, e) if m.base else 0.0
            if sound := max(math.fsum(delivers), FAINT * m.base):
                e.order += m.switched * unfilled * part / sound
                moved = m.switched * e.unfilled * math.fsum(delivers) / sound
                e.backlog = max(0.0, e.backlog - moved * self.dt)
        for e in m.edges:
            self.pass_gate(e, k)

    def expected_growth(self, m: Market, e: Edge) -> float:
        """Return by how much the buyers' use grows while goods are on the way."""
        growth = math.fsum(b.need * p.rate * p.growth for b, p in m.buyers) / m.base
        return math.exp(growth * e.lag * self.dt)

    def still_delivers(self, e: Edge) -> float:
        """Return the base-year flow of a route times the share of its last orders that it filled."""
        asked = max(e.wanted, FAINT * e.flow) * self.dt
        return e.flow * e.shipped / asked if asked else 0.0

    def switch(self, m: Market) -> None:
        wanted = max(math.fsum(e.wanted for e in m.edges), FAINT * m.base)
        short = math.fsum(e.unfilled for e in m.edges) / wanted if wanted else 0.0
        fade = math.exp(-self.dt / float(self.w.switch_time[self.draw]))
        goal = m.switch_share * short
        m.switched = goal + (m.switched - goal) * fade

    def pass_gate(self, e: Edge, k: int) -> None:
        clearing = float(self.w.backlog_time[self.draw])
        e.wanted = e.order + e.backlog / clearing
        e.allowed = math.inf if e.gate < 0 else e.flow * float(self.w.allowance[k, e.gate, self.draw])
        e.desired = min(e.wanted, e.allowed)
        fresh = min(e.order, e.allowed)
        self.pools[e.pool].fresh += fresh
        self.pools[e.pool].owed += (e.desired - fresh) * clearing

    def share_arrivals(self) -> None:
        for m in self.markets:
            want = [max(0.0, b.need * p.plan * (self.dt + b.cover) - b.hand) for b, p in m.buyers]
            got = nearly_enough(m.stock, want)
            if got is None:
                got = water_level(m.stock, want, [b.need * p.rate for b, p in m.buyers])
            for (b, _), tonnes in zip(m.buyers, got, strict=True):
                b.received = tonnes
            m.stock = max(0.0, m.stock - math.fsum(got))

    def produce(self, p: Process) -> None:
        share, p.stopped, binding = 1.0, 0.0, None
        for b in p.buffers:
            able, stopped = self.allows(b, b.need * p.plan)
            p.stopped = max(p.stopped, stopped)
            if able < share - ROUNDING:
                binding = b
            share = min(share, able)
        if binding is not None:
            binding.loss += (1.0 - share) * self.dt
        plan = p.plan
        if p.dedicated:
            usual = min(plan, p.rate * p.grown)
            plan = usual + (plan - usual) * max(0.0, 1.0 - (1.0 - share) / SLACK)
        p.made = plan * self.dt * share
        for b in p.buffers:
            b.hand = max(0.0, b.hand + b.received - b.need * p.made)
            if b.kept is not None:
                b.theirs = min(b.hand, b.theirs + b.unserved * max(0.0, b.hand - b.kept))

    def allows(self, b: Buffer, use: float) -> tuple[float, float]:
        """Return the share of plan that an input allows, and the share stopped at the end."""
        # Stock above cover is used first, by all alike; who therefore ordered less is not short.
        spare = min(use * self.dt, max(0.0, b.hand - use * b.cover))
        got, held = b.received + spare, b.hand - spare
        missing = 1.0 - got / (use * self.dt) if use > 0.0 else 0.0
        if missing <= ROUNDING:
            b.unserved, b.theirs, b.kept = 0.0, 0.0, None
            return (min(1.0, (b.received + b.hand) / (use * self.dt)) if use > 0.0 else 1.0), 0.0
        focus = float(self.w.focus[self.draw])
        depth = focus + (1.0 - focus) * missing
        unserved = missing / depth
        if unserved > b.unserved:  # those who join bring what the served hold on average
            theirs = min(held, b.theirs)
            theirs += (held - theirs) * (unserved - b.unserved) / (1.0 - b.unserved)
        else:
            theirs = min(held, b.theirs) * unserved / b.unserved
        rest, out = self.front(b, theirs, unserved * use, depth)
        b.unserved, b.theirs, b.kept = unserved, rest, max(0.0, held - theirs + rest)
        return (got + theirs - rest) / (use * self.dt), missing * out

    def front(self, b: Buffer, stock: float, use: float, depth: float) -> tuple[float, float]:
        """Return the stock at the end of the step of those who miss `depth`, and who of them is out."""
        missed = depth * use * self.dt
        if b.cover == 0.0:
            return max(0.0, stock - missed), 0.0 if stock >= missed else 1.0
        w, full = self.w, use * b.cover
        grid = np.linspace(0.0, w.front_max, w.front_left.shape[1])
        rest = np.linspace(0.0, 1.0, w.front_x.shape[1])
        left = stock / full
        x = 1.0 - left if left > 1.0 else float(np.interp(left, rest, w.front_x[b.spread]))
        x += depth * self.dt / b.cover
        if x <= 0.0:
            return min(stock, (1.0 - x) * full), 0.0
        kept = float(np.interp(x, grid, w.front_left[b.spread])) * full
        out = float(np.interp(x, grid, w.front_out[b.spread])) if b.spread else float(x >= 1.0 - 1e-12)
        return min(stock, kept), out

    def store(self, p: Process, k: int) -> None:
        for o in p.outputs:
            pool = self.pools[o.pool]
            out = o.amount * p.made
            room = pool.cap + pool.owed + pool.fresh * self.dt - pool.stock - self._work(o.pool)
            taken = min(out, max(0.0, room))
            o.unsold += out - taken
            o.work.put(k, taken, o.lead)
            pool.stock += o.work.take(k)

    def quotas(self, k: int) -> None:
        for q in range(len(self.quota)):
            self.quota[q] = self.quota[q] * self.w.quota_keep[k, q] + self.w.quota_add[k, q]
            users = [e for e in self.edges if e.quota == q]
            asked = math.fsum(e.desired for e in users) * self.dt
            if asked > self.quota[q]:
                for e in users:
                    e.desired *= self.quota[q] / asked

    def ship(self, pool: Pool) -> None:
        all_filled = nearly_enough(pool.stock, [e.desired * self.dt for e in pool.edges])
        if all_filled is None:
            self.ship_by_tier(pool)
        else:
            for e, tonnes in zip(pool.edges, all_filled, strict=True):
                e.shipped = tonnes
        for e in pool.edges:
            if e.quota >= 0:
                self.quota[e.quota] = max(0.0, self.quota[e.quota] - e.shipped)
        pool.stock = max(0.0, pool.stock - math.fsum(e.shipped for e in pool.edges))

    def ship_by_tier(self, pool: Pool) -> None:
        """Fill the orders of one tier after the other; inside a tier by water-filling."""
        left = pool.stock
        for tier in sorted({e.tier for e in pool.edges}):
            mates = [e for e in pool.edges if e.tier == tier]
            got = water_level(left, [e.desired * self.dt for e in mates], [e.flow for e in mates])
            for e, tonnes in zip(mates, got, strict=True):
                e.shipped = tonnes
            left = max(0.0, left - math.fsum(got))

    def dispatch(self, k: int) -> None:
        row = [0.0] * self.w.n_series
        for e in self.edges:
            e.way.put(k, e.shipped, e.lag)
            e.backlog = max(0.0, e.backlog + e.order * self.dt - e.shipped)
            e.unfilled = max(0.0, e.wanted - e.shipped / self.dt)
            e.unfilled_sum += e.unfilled * self.dt
            e.blocked_sum += max(0.0, e.wanted - e.desired) * self.dt
            if e.series >= 0:
                row[e.series] += e.shipped
        self.series.append(row)

    def record(self) -> None:
        self.lost_end.append([p.stopped for p in self.lines()])
        self.lost_mean.append([1.0 - p.made / (p.plan * self.dt) for p in self.lines()])
        for i, p in enumerate(self.lines()):
            self.line_output[i] += p.made
        for p in self.processes:
            p.grown *= math.exp(p.growth * self.dt)

    def trace(self) -> dict[str, np.ndarray]:
        """Return what the compiled run records, for one draw."""
        buffers = [b for p in self.processes for b in p.buffers]
        return {
            "lost_end": np.array(self.lost_end),
            "lost_mean": np.array(self.lost_mean),
            "series": np.array(self.series),
            "buffer_loss": np.array([b.loss for b in buffers]),
            "edge_blocked": np.array([e.blocked_sum for e in self.edges]),
            "edge_unfilled": np.array([e.unfilled_sum for e in self.edges]),
            "final_stock": np.array([b.hand for b in buffers]),
            "line_output": np.array(self.line_output),
            "unsold": np.array([o.unsold for p in self.processes for o in p.outputs]),
        }


def plain_trace(world: World) -> dict[str, np.ndarray]:
    """Run every draw and return the records, last axis = draw."""
    draws = [PlainWeek(world, d).run().trace() for d in range(world.rate.shape[1])]
    return {name: np.stack([t[name] for t in draws], axis=-1) for name in draws[0]}
