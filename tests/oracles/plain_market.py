"""The market's week once more, plain and slow: one draw, one buyer, mine and element at a time.

Written from the docstrings of ``dearth.engine.market`` and ``dearth.engine.prices`` and the model's
equations, not from the kernels: goods on the way are a table of due steps, the level of the quota is found
by sorting, and every exponential approach has one formula.  It exists to be compared with the compiled week.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from dearth.engine.market import Market
from oracles.plain_traders import Buyer, Element

SIGNAL = 4.0  # weeks over which buyers judge what reaches them; over which a glut is dumped
YEAR = 365.25 / 7.0  # weeks
GATE = 1e6  # an allowance at or above this is no gate


def near(now: float, target: float, weeks: float, dt: float) -> float:
    """Return what nears `target` at the rate 1 / `weeks` is after `dt`."""
    return target + (now - target) * math.exp(-dt / weeks)


def portion(weeks: float, dt: float) -> float:
    """Return the share of a stock that leaves in `dt` at the rate 1 / `weeks`."""
    return 1.0 - math.exp(-dt / weeks)


class PlainMarket:
    """One draw of a market; `record` holds what a trace holds, without the axis of draws."""

    def __init__(self, market: Market, draw: int) -> None:
        self.m, self.n = market, draw
        self.dt = 1.0 / market.steps_per_week
        self.v = {name: float(array[draw]) for name, array in market.behaviour._asdict().items()}
        self.n_e, self.n_m = market.floor.shape[0], market.supply0.shape[0]
        self.price = [float(p) for p in market.price0[:, draw]]  # of goods
        self.elements = [Element(self.price[e], self.price[e]) for e in range(self.n_e)]
        self.buyers = [self._buyer(b) for b in range(market.good.size)]
        for e, element in enumerate(self.elements):
            out = sum(b.base for b in self.buyers if b.good == e)
            element.stock = float(market.stock0[e, draw]) * (float(market.home0[e, draw]) + out)
        self.fast, self.slow = [0.0] * self.n_m, [0.0] * self.n_m  # ln of the answers of mines
        self.quota_rent, self.pool, self.inside_quota = 0.0, 0.0, 1.0
        self.record: dict[str, np.ndarray] = self._blank()
        self.quote_outside(0)
        self.first = [b.weighted for b in self.buyers]

    def _buyer(self, b: int) -> Buyer:
        m, n = self.m, self.n
        base = max(0.0, float(m.need0[b, n] - m.other0[b, n]))
        made = Buyer(int(m.good[b]), base, float(m.cover[b, n] * m.need0[b, n]))
        delay = float(m.transit[b, n]) / self.dt
        for step in range(-math.ceil(delay) - 2, 0):  # a journey that has always been made
            self._send(made, step, base * self.dt, delay)
        made.due = defaultdict(float, {k: t for k, t in made.due.items() if k >= 0})
        return made

    @staticmethod
    def _send(buyer: Buyer, step: int, tonnes: float, delay: float) -> None:
        whole, part = math.floor(delay), delay - math.floor(delay)
        buyer.due[step + whole] += tonnes * (1.0 - part)
        buyer.due[step + whole + 1] += tonnes * part

    def _blank(self) -> dict[str, np.ndarray]:
        weeks, n_b = self.m.n_steps // self.m.steps_per_week, self.m.good.size
        by_buyer = (
            "quote",
            "weighted",
            "licence_rent",
            "shipped",
            "leaked",
            "received",
            "lost",
            "short",
            "use",
        )
        out = {name: np.zeros((weeks, n_b)) for name in (*by_buyer, "thin_tonnes")}
        out |= {name: np.zeros((weeks, self.n_e)) for name in ("china", "cover", "sunk", "expected")}
        return out | {"quota_rent": np.zeros(weeks), "output": np.zeros((weeks, self.n_m))}

    # Helpers of one number

    def front(self, name: str, b: int, at: float) -> float:
        """Return a front table at `at` of its grid from 0 to 1."""
        table = getattr(self.m, name)[self.m.spread[b]]
        return float(np.interp(at, np.linspace(0.0, 1.0, table.size), table))

    def missed(self, b: int) -> float:
        """Return how far the front stands, in mean covers, from the stock that is left."""
        buyer = self.buyers[b]
        return self.front(
            "front_x", b, buyer.stock / (float(self.m.cover[b, self.n]) * max(1e-12, buyer.use))
        )

    def out_at(self, b: int, covers: float) -> float:
        """Return the share of buyers without stock once each has missed `covers` mean covers."""
        return self.front("front_out", b, covers / self.m.front_max)

    def gated(self, b: int, k: int) -> bool:
        c = int(self.m.klass[b])
        return c >= 0 and float(self.m.allowance[k, c, self.n]) < GATE

    def saved(self, now: float, ratio: float, most: float) -> float:
        """Return the substituted share after a step."""
        target = min(most, 1.0 - max(1.0, ratio) ** -self.v["thrift_power"])
        weeks = self.v["thrift_time"] * (1.0 if target > now else self.v["thrift_fade"])
        return min(near(now, target, weeks, self.dt), now + self.v["thrift_pace"] * self.dt / YEAR)

    def output(self, i: int, week: int) -> float:
        """Return the output of a mine over its base year."""
        answer = min(self.v["supply_most"], math.exp(self.fast[i] + self.slow[i]))
        free = float(self.m.answering[i, self.n])
        return float(self.m.supply_path[week, i, self.n]) * (1.0 - free + free * answer)

    # The step

    def quote_outside(self, k: int) -> None:
        m, n = self.m, self.n
        for i, b in enumerate(self.buyers):
            inside = self.price[b.good] * (1.0 + float(m.duty[k, b.good, n]))
            landed = (inside + float(m.freight[i, n])) * (1.0 + float(m.import_duty[i, n]))
            rent = b.rent + (self.quota_rent if m.quota[i] else 0.0)
            least = float(m.price_floor[k, i])
            b.quote = max(least, landed + rent)
            b.weighted = max(least, landed + float(m.thin[i, n]) * rent)

    def want(self, k: int) -> None:
        """Use, thrift and orders."""
        m, n, week = self.m, self.n, k // self.m.steps_per_week
        power = self.v["use_power"]
        for i, b in enumerate(self.buyers):
            ratio = b.weighted / self.first[i]
            b.thrift = self.saved(b.thrift, ratio, float(m.substitutable[b.good, n]))
            plan = float(m.need0[i, n] * m.need_path[week, b.good, n])
            b.use = plan * (1.0 - b.thrift) / max(1e-12, ratio) ** power
        for e, element in enumerate(self.elements):
            ratio = element.price / float(m.price0[e, n])
            element.thrift = self.saved(element.thrift, ratio, float(m.substitutable[e, n]))
            element.eager = (1.0 - element.thrift) / ratio**power
            element.home = float(m.home0[e, n] * m.home_path[week, e, n]) * element.eager
        for i, b in enumerate(self.buyers):
            b.other = 0.0
            if b.good < self.n_e:
                b.other = float(m.other0[i, n] * m.other_path[week, b.good, n])
            tight = 1.0 - min(1.0, max(0.0, b.served))
            target = float(m.cover[i, n]) * b.use * (1.0 + self.v["precaution"] * tight)
            target += float(m.transit[i, n]) * max(0.0, b.use - b.other)
            missing = target - b.stock - b.travelling()
            b.order = max(0.0, b.use - b.other + missing / self.v["restock_time"])

    def license(self, k: int) -> None:
        m, n, week = self.m, self.n, k // self.m.steps_per_week
        for i, b in enumerate(self.buyers):
            b.ship = b.order
            if self.gated(i, k):
                most = float(m.headroom[n] * m.need_path[week, b.good, n]) * b.base
                b.ship = float(m.allowance[k, int(m.klass[i]), n]) * min(b.order, most)

    def ration(self, k: int) -> None:
        """Take shipments out of the open tonnage, each up to one level of its base flow."""
        m, n = self.m, self.n
        self.pool = self.pool * float(m.quota_keep[k]) + float(m.quota_add[k])
        if m.quota_pace[k] < 0.0:
            return
        counted = [b for i, b in enumerate(self.buyers) if m.quota[i]]
        free = {id(b): min(b.ship, (1.0 - float(m.covered[n])) * b.base) for b in counted}
        for b in counted:
            b.ship -= free[id(b)]
        room = self.pool * portion(self.v["quota_time"], self.dt) / self.dt
        if sum(b.ship for b in counted) > room:
            level = self.level(counted, room)
            for b in counted:
                b.ship = min(b.ship, level * b.base)
        self.pool -= sum(b.ship for b in counted) * self.dt
        for b in counted:
            b.ship += free[id(b)]

    @staticmethod
    def level(counted: list[Buyer], room: float) -> float:
        """Return the level at which the sum of min(ship, level x base) fills the room."""
        left = room
        waiting = sorted((b for b in counted if b.base > 0.0), key=lambda b: b.ship / b.base)
        weight = sum(b.base for b in waiting)
        for b in waiting:
            if b.ship * weight >= left * b.base:
                return left / weight
            left -= b.ship
            weight -= b.base
        return math.inf

    def smuggle(self, k: int) -> None:
        for b in self.buyers:
            target = 0.0
            if b.good < self.n_e and self.m.leak_open[k] > 0.0:
                gain = max(0.0, 1.0 - self.price[b.good] / b.quote) * (1.0 - self.v["leak_risk"])
                most = self.v["leak_most"] * b.base * gain
                target = float(self.m.leak_open[k]) * min(most, max(0.0, b.order - b.ship))
            b.leak = near(b.leak, target, self.v["leak_time"], self.dt)

    def dig(self, k: int) -> None:
        """Mines, use at home and stocks inside China."""
        m, n, week = self.m, self.n, k // self.m.steps_per_week
        for e, element in enumerate(self.elements):
            per_mine = [float(m.supply0[i, e, n]) * self.output(i, week) for i in range(self.n_m)]
            element.made = math.fsum(per_mine)
        for i, b in enumerate(self.buyers):
            if b.good >= self.n_e:
                planned = float(m.need0[i, n] * m.need_path[week, b.good, n])
                for e, element in enumerate(self.elements):
                    extra = float(m.content[b.good, e, n]) * (b.ship - planned * element.eager)
                    element.home = max(0.0, element.home + extra)
        for e, element in enumerate(self.elements):
            self.share_out(e, element, k)

    def share_out(self, e: int, element: Element, k: int) -> None:
        takers = [b for b in self.buyers if b.good == e]
        there = element.stock + element.made * self.dt
        reserve = min(float(self.m.stockpile[k, e]) * self.dt, there)
        there -= reserve
        element.home = min(element.home, there / self.dt)
        wanted = sum(b.ship + b.leak for b in takers)
        element.exported = min(wanted, there / self.dt - element.home)
        if wanted > 0.0 and element.exported < wanted:
            for b in takers:
                b.ship *= element.exported / wanted
                b.leak *= element.exported / wanted
        flow = element.home + element.exported
        there = max(0.0, there - flow * self.dt)
        glut = max(0.0, there - self.v["sink_cover"] * max(1e-12, flow))
        element.sunk = glut * portion(SIGNAL, self.dt)
        element.stock = there - element.sunk

    def travel(self, k: int) -> None:
        m, n, dt = self.m, self.n, self.dt
        for i, b in enumerate(self.buyers):
            kept = float(m.held[k, i, n])
            freed = 0.0 if kept > 0.0 else b.port * portion(self.v["port_time"], dt)
            b.port += b.ship * kept * dt - freed
            b.ship = b.ship * (1.0 - kept) + freed / dt
            self._send(b, k, (b.ship + b.leak) * dt, float(m.transit[i, n]) / dt)
            b.got = b.due.pop(k, 0.0) / dt + b.other
            self.run_down(i, b, k)

    def run_down(self, i: int, b: Buyer, k: int) -> None:
        """Run one group of buyers for a step: who is out, and who will be inside the horizon."""
        m, n = self.m, self.n
        front = self.missed(i)
        met = min(1.0, b.got / max(1e-12, b.use))
        used = b.use * (1.0 - self.out_at(i, front) * (1.0 - met))
        used = min(used, b.stock / self.dt + b.got)
        b.stock = max(0.0, b.stock + (b.got - used) * self.dt)
        b.used, b.arrived = b.used + used * self.dt, b.arrived + b.got * self.dt
        b.lost = max(0.0, 1.0 - used / b.use)
        leaving = (b.ship + b.leak + b.other) / b.use
        b.served = near(b.served, leaving, SIGNAL, self.dt)
        if self.gated(i, k):
            from_china = 1.0 - b.other / b.use
            leaving = float(m.outlook[k, int(m.klass[i]), n]) * from_china + (b.leak + b.other) / b.use
        weeks = (self.v["horizon"] + float(m.transit[i, n])) * max(0.0, 1.0 - leaving)
        b.short = self.out_at(i, front + weeks / float(m.cover[i, n]))

    def bid(self, k: int) -> None:
        """Move the rents."""
        m, n = self.m, self.n
        for i, b in enumerate(self.buyers):
            target = float(m.value[i, n]) * b.short if self.gated(i, k) and not m.quota[i] else 0.0
            b.rent = self.toward(b.rent, target)
        target = self.quota_bid(k) if m.quota_pace[k] >= 0.0 else 0.0
        self.quota_rent = self.toward(self.quota_rent, target)

    def toward(self, now: float, target: float) -> float:
        return near(now, target, self.v["rent_rise" if target > now else "rent_fall"], self.dt)

    def quota_bid(self, k: int) -> float:
        m, n = self.m, self.n
        asked = {i: b.order * float(m.covered[n]) for i, b in enumerate(self.buyers) if m.quota[i]}
        total = sum(asked.values())
        if total <= 1e-12:
            return 0.0
        short = 0.0
        for i, tonnes in asked.items():
            weeks = (self.v["quota_horizon"] + float(m.transit[i, n])) * (1.0 - self.inside_quota)
            short += tonnes / total * self.out_at(i, self.missed(i) + weeks / float(m.cover[i, n]))
        served = min(1.0, float(m.quota_pace[k]) / total)
        self.inside_quota = near(self.inside_quota, served, self.v["expect_time"], self.dt)
        return short * self.marginal(asked, self.inside_quota * total)

    def marginal(self, asked: dict[int, float], tonnes: float) -> float:
        """Return the value at stake of the last buyer that the tonnage reaches, from the highest down."""
        m, n, left, worth = self.m, self.n, tonnes, 0.0
        for i in sorted(asked, key=lambda i: -float(m.value[i, n])):
            if left <= 0.0:
                break
            if asked[i] > 0.0:
                part = min(1.0, left / asked[i])
                worth = float(m.value[i, n]) * (1.0 + float(m.value_spread[n]) * (1.0 - 2.0 * part))
                left -= asked[i]
        return worth

    def reprice(self) -> None:
        """Move prices inside China, expected prices, and the answers of mines."""
        m, n, v = self.m, self.n, self.v
        for e, element in enumerate(self.elements):
            start, bound = float(m.price0[e, n]), v["working_stock"]
            cover = max(1e-12, element.stock / max(1e-12, element.home + element.exported))
            anchor = start ** (1.0 - v["parity"]) * element.expected ** v["parity"]
            scarce = ((float(m.stock0[e, n]) + bound) / (cover + bound)) ** v["stock_power"]
            target = max(float(m.floor[e, n]), anchor * scarce)
            element.price = math.exp(
                near(math.log(element.price), math.log(target), v["price_time"], self.dt)
            )
            got = math.log(self.proceeds(e, element))
            element.expected = math.exp(near(math.log(element.expected), got, v["expect_time"], self.dt))
        for g in range(len(self.price)):
            oxide = sum(
                float(m.content[g, e, n]) * (x.price - float(m.price0[e, n]))
                for e, x in enumerate(self.elements)
            )
            self.price[g] = self.elements[g].price if g < self.n_e else float(m.price0[g, n]) + oxide
        self.answer()

    def proceeds(self, e: int, element: Element) -> float:
        """Return the price sellers expect: their own, drawn outside by the smuggled share of what leaves."""
        takers = [b for b in self.buyers if b.good == e]
        drawn = 0.0
        for b in takers:
            hidden = b.leak / max(1e-12, b.leak + b.ship, b.base)
            drawn += b.base * hidden * max(0.0, b.quote - element.price) * (1.0 - self.v["leak_risk"])
        return element.price + drawn / max(1e-12, sum(b.base for b in takers))

    def answer(self) -> None:
        m, n, v = self.m, self.n, self.v
        for i in range(self.n_m):
            paying = [e for e in range(self.n_e) if m.paying[e]]
            now = sum(float(m.supply0[i, e, n]) * self.elements[e].price for e in paying)
            then = sum(float(m.supply0[i, e, n]) * float(m.price0[e, n]) for e in paying)
            gain = math.log(now / then)
            self.fast[i] = near(self.fast[i], v["supply_power"] * gain, v["supply_time"], self.dt)
            self.slow[i] = near(self.slow[i], v["capacity_power"] * gain, v["capacity_time"], self.dt)

    def note(self, k: int) -> None:
        self.quote_outside(k)
        r, week, dt, m, n = self.record, k // self.m.steps_per_week, self.dt, self.m, self.n
        for i, b in enumerate(self.buyers):
            flows = {"shipped": b.ship, "leaked": b.leak, "received": b.got, "use": b.use}
            flows["thin_tonnes"] = b.ship * float(m.thin[i, n])
            levels = {
                "quote": b.quote,
                "weighted": b.weighted,
                "licence_rent": b.rent,
                "lost": b.lost,
                "short": b.short,
            }
            for name, flow in flows.items():
                r[name][week, i] += flow * dt
            for name, level in levels.items():
                r[name][week, i] = level  # the last step of the week stays
        for e, x in enumerate(self.elements):
            r["sunk"][week, e] += x.sunk
            r["china"][week, e], r["expected"][week, e] = x.price, x.expected
            r["cover"][week, e] = x.stock / max(1e-12, x.home + x.exported)
        r["quota_rent"][week] = self.quota_rent
        for i in range(self.n_m):
            r["output"][week, i] = float(m.supply0[i, :, n].sum()) * self.output(i, week)

    def run(self) -> dict[str, np.ndarray]:
        """Run all steps and return the record."""
        for k in range(self.m.n_steps):
            self.quote_outside(k)
            self.want(k)
            self.license(k)
            self.ration(k)
            self.smuggle(k)
            self.dig(k)
            self.travel(k)
            self.bid(k)
            self.reprice()
            self.note(k)
        return self.record
