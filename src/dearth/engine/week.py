"""The week, as kernels: arrivals, orders, output, shipments, record, check.

All kernels live in this one file on purpose: the disk cache of the compiler looks only at the file
of the cached function, so a changed callee elsewhere would silently return old results.

Every kernel works in place on one block of draws; the last axis is the draw.  Stocks belong to the
start of the step until the kernel that moves them has run; flows are means over the step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.core.compiler import Compiler

from dearth.engine.arrays import FloatArray, IntArray, Trace, World

__all__ = ["State", "simulate", "waterfill"]


class Scratch(NamedTuple):
    """Rows to work in, last axis = draw; made once, for kernels that count no references make no arrays."""

    want: FloatArray  # what the buyers of one market or pool want, (buyers, N)
    weight: FloatArray
    got: FloatArray
    level: FloatArray  # (3, N)
    total: FloatArray  # (N,), as all below
    part: FloatArray
    left: FloatArray
    one: FloatArray
    two: FloatArray
    three: FloatArray


# Division by zero gives inf, not an error: a test before every division would keep LLVM from vectors.
class _Apart(Compiler):
    """Compiles for arrays that never overlap, so that loops over draws become vectors without checks."""

    def define_pipelines(self) -> list[Any]:
        """Return the usual steps, under this flag."""
        self.state.flags.noalias = True
        return super().define_pipelines()  # type: ignore[no-untyped-call, no-any-return]


class _Bare(_Apart):
    """And that makes and drops no array: counting the references of all fields costs more than a node."""

    def define_pipelines(self) -> list[Any]:
        """Return the usual steps, under both flags."""
        self.state.flags.nrt = False
        self.state.targetctx = self.state.targetctx.subtarget(enable_nrt=False)
        return super().define_pipelines()


entry = njit(cache=True, nogil=True, error_model="numpy", pipeline_class=_Apart)
shared = njit(cache=True, nogil=True, error_model="numpy", pipeline_class=_Bare)
# Only called from compiled code: the way in from Python, a field at a time, takes longest to compile.
kernel = njit(  # type: ignore[call-overload]
    cache=True,
    nogil=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    pipeline_class=_Bare,
)

TINY = 1e-300
SLACK = 0.01  # share of plan lost at which makers of parts made to drawing stop catching up altogether
NEVER_SHORT = 1e-9  # relative shortfall that is rounding, not scarcity
NOTHING = 1e-9  # of the base year: a smaller plan is rounding
SAME = 1e-12  # of the mean cover: buyers all alike that are this near to their end have stopped
FAINT = 1e-3  # of the base year: less than this says little about a route; what hangs on it fades out


class State(NamedTuple):
    """What changes from step to step; arrays as in :class:`dearth.engine.arrays.World`."""

    hand: FloatArray  # B, stock at hand, t
    apart: FloatArray  # B, of it with customers that are not served now, t
    affected: FloatArray  # B, their share of the buyer group
    missing: FloatArray  # B, share of need that did not arrive in this step
    spare: FloatArray  # B, stock above cover that is used up in this step, t
    now: FloatArray  # B, share of customers not served in this step
    theirs: FloatArray  # B, their stock before they draw on it, t
    rest: FloatArray  # B, their stock after it, t
    out: FloatArray  # B, share of them that is out of stock
    able: FloatArray  # B, share of plan this input allows in this step
    halted: FloatArray  # B, share of plan that stands still at the end of the step for want of it
    kept: FloatArray  # B, what stays at hand if this input binds, t; -1: not short
    market: FloatArray  # M, arrived and not yet taken, t
    pool: FloatArray  # L, finished goods, t
    work: FloatArray  # L, work in process towards the pool, t
    work_target: FloatArray  # L, the same in the base year, t
    transit: FloatArray  # E, t
    backlog: FloatArray  # E, ordered and not shipped, t
    ring: FloatArray  # E, slot, N: what went on the conveyor in each of the last steps, t
    ring_slots: IntArray  # E, slots that the longest lag of the route needs; the others stay empty
    ring_at: IntArray  # E, slot of this step
    lag_steps: IntArray  # E, N, whole steps of the lag
    lag_late: FloatArray  # E, N, the rest of it: the share that arrives a step later
    out_ring: FloatArray  # O, slot, N: the same for work in process, t
    out_slots: IntArray  # O, as for the routes
    out_at: IntArray  # O
    lead_steps: IntArray  # O, N
    lead_late: FloatArray  # O, N
    plan: FloatArray  # P, planned rate, t/week
    grown: FloatArray  # P, growth factor since the base year
    grow: FloatArray  # P, the same for one step
    received: FloatArray  # B, t in this step
    share: FloatArray  # P, share of plan that the inputs allow
    made: FloatArray  # P, t in this step
    lost: FloatArray  # P, share of plan stopped at the end of the step
    order: FloatArray  # E, t/week
    desired: FloatArray  # E, order and backlog that may leave, t/week
    wanted: FloatArray  # E, order and backlog before any gate, t/week
    shipped: FloatArray  # E, t in this step
    filled: FloatArray  # E, base flow times the share of its orders filled in the step before, t/week
    unfilled: FloatArray  # E, t/week
    orders: FloatArray  # L, new orders that may leave, t/week
    owed: FloatArray  # L, backlog that may leave, t
    market_base: FloatArray  # M, base-year use, t/week
    ahead: FloatArray  # E, growth of the buyers' use over the way, a factor
    lead_ahead: FloatArray  # P, growth of its orders over the throughput time, a factor
    part: FloatArray  # L, share of what is desired that is there
    use: FloatArray  # M, t/week
    wished: FloatArray  # M, what its buffers would take in this step, t
    asked: FloatArray  # M, orders of the step before, t/week
    ask: FloatArray  # M, order of the market, t/week
    missed: FloatArray  # M, unfilled orders of the step before, t/week
    open_flow: FloatArray  # M, base-year flow of routes, each times the share of its orders it filled
    switched: FloatArray  # M, share of unfilled orders that other routes have taken over
    quota_left: FloatArray  # Q, t
    arrived: FloatArray  # M, cumulative, t
    used: FloatArray  # M, cumulative, t
    start_market: FloatArray  # M, t
    made_in: FloatArray  # L, cumulative, t
    sent: FloatArray  # L, cumulative, t
    start_pool: FloatArray  # L, t
    lanes: tuple[int, ...]  # one for each draw; what the compiler knows to be few it unrolls


@kernel
def _draws(s: State) -> int:
    """Return the number of draws, which is part of the type: loops over it are laid out when compiled."""
    return len(s.lanes) if len(s.lanes) > 0 else s.plan.shape[1]


@kernel
def _raise_level(
    total: FloatArray, want: FloatArray, weight: FloatArray, n: int, level: FloatArray, lanes: tuple[int, ...]
) -> float:
    """Raise the level to the even share of what those served in full leave; return the largest rise."""
    draws = len(lanes) if len(lanes) > 0 else total.size
    mu, left, mass = level[0], level[1], level[2]
    for d in range(draws):
        left[d], mass[d] = total[d], 0.0
    for j in range(n):
        for d in range(draws):
            full = want[j, d] <= mu[d] * weight[j, d]
            left[d] -= want[j, d] if full else 0.0
            mass[d] += 0.0 if full else weight[j, d]
    rise = 0.0
    for d in range(draws):
        now = left[d] / mass[d] if mass[d] > TINY else mu[d]
        rise = max(rise, now - mu[d])
        mu[d] = max(mu[d], now)
    return rise


@shared
def waterfill(
    total: FloatArray,
    want: FloatArray,
    weight: FloatArray,
    n: int,
    got: FloatArray,
    level: FloatArray,
    lanes: tuple[int, ...] = (),
) -> None:
    """Share `total` among `n` buyers: got = min(want, mu * weight), for all draws at once.

    Parameters
    ----------
    total
        Tonnes to share, not negative; (N,).
    want, weight
        First `n` rows: tonnes wanted, and base flow as weight; (n, N).
    got
        First `n` rows are filled; they sum to min(total, sum of want).
    level
        Scratch, (3, N): mu, and what is left and the weight of those not yet served.

    Notes
    -----
    Source: bankruptcy rule of constrained equal awards, weighted.  Whoever wants less than the even
    share of what is left is served in full, until nobody does: at most `n` rounds.
    """
    draws = len(lanes) if len(lanes) > 0 else total.size
    mu = level[0]
    for d in range(draws):
        mu[d] = 0.0
    for _ in range(n):
        if _raise_level(total, want, weight, n, level, lanes) <= 0.0:
            break
    for j in range(n):
        for d in range(draws):
            got[j, d] = min(want[j, d], mu[d] * weight[j, d])


@kernel
def _due(
    sent: FloatArray, at: IntArray, slots: IntArray, steps: IntArray, late: FloatArray, i: int, d: int
) -> float:
    """Return what conveyor `i` delivers: of what went on it the whole lag ago, and a step before that."""
    size, whole = np.int64(slots[i]), np.int64(steps[i, d])
    slot = np.int64(at[i]) - whole
    slot = slot if slot >= 0 else slot + size
    before = slot - 1 if slot > 0 else size - 1
    full, rest = sent[i, np.uint64(slot), d], sent[i, np.uint64(before), d]
    early = full - late[i, d] * full if whole > 0 else 0.0
    return float(early + late[i, d] * rest)


@kernel
def _arrive(w: World, s: State) -> None:
    """Move what the conveyors deliver at the start of the step into markets."""
    edge_ptr, ring, transit, market, arrived = w.edge_ptr, s.ring, s.transit, s.market, s.arrived
    ring_at, ring_slots, lag_steps, lag_late = s.ring_at, s.ring_slots, s.lag_steps, s.lag_late
    n = _draws(s)
    for m in range(edge_ptr.size - 1):
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                a = _due(ring, ring_at, ring_slots, lag_steps, lag_late, e, d)
                transit[e, d] -= a
                market[m, d] += a
                arrived[m, d] += a


@kernel
def _finish(w: World, s: State) -> None:
    """Move what is finished at the start of the step from work in process into pools."""
    out_pool, out_ring, work, the_pool = w.out_pool, s.out_ring, s.work, s.pool
    out_at, out_slots, lead_steps, lead_late = s.out_at, s.out_slots, s.lead_steps, s.lead_late
    n = _draws(s)
    for o in range(out_pool.size):
        pool = out_pool[o]
        for d in range(n):
            a = _due(out_ring, out_at, out_slots, lead_steps, lead_late, o, d)
            work[pool, d] -= a
            the_pool[pool, d] += a


@kernel
def _plan_lines(w: World, s: State) -> None:
    """Plan of the lines: base-year rate times growth, t/week."""
    level_ptr, rate = w.level_ptr, w.rate
    plan, grown = s.plan, s.grown
    for p in range(level_ptr[0], level_ptr[1]):
        for d in range(_draws(s)):
            plan[p, d] = rate[p, d] * grown[p, d]


@kernel
def _plan_makers(w: World, s: State, level: int, x: Scratch) -> None:
    """Plan of makers: the best-paid output asks for most; never above capacity, t/week.

    What is owed counts as a gap of the stock, not as an order: a backlog that drove the plan by
    its clearing rate would be ordered again in every week of the lead time, and swing.
    """
    level_ptr, out_ptr, out_pays, out_pool = w.level_ptr, w.out_ptr, w.out_pays, w.out_pool
    pool_stock, pool_time, pool_base, rate = w.pool_stock, w.pool_time, w.pool_base, w.rate
    capacity = w.capacity
    plan, work_target, owed, the_pool = s.plan, s.work_target, s.owed, s.pool
    work, orders, grown, lead_ahead = s.work, s.orders, s.grown, s.lead_ahead
    n = _draws(s)
    gap = x.one
    for p in range(level_ptr[level], level_ptr[level + 1]):
        for d in range(n):
            plan[p, d] = 0.0
        for o in range(out_ptr[p], out_ptr[p + 1]):
            if out_pays[o] == 0:
                continue
            i = out_pool[o]
            for d in range(n):
                gap[d] = pool_stock[i, d] + work_target[i, d] + owed[i, d] - the_pool[i, d] - work[i, d]
            for d in range(n):
                ask = (orders[i, d] + gap[d] / pool_time[i, d]) / max(pool_base[i, d], TINY)
                plan[p, d] = max(plan[p, d], rate[p, d] * ask * lead_ahead[p, d])
        for d in range(n):
            most = min(plan[p, d], capacity[p, d] * grown[p, d])
            plan[p, d] = most if most >= NOTHING * rate[p, d] else 0.0


@kernel
def _use_of_markets(w: World, s: State, lo: int, hi: int) -> None:
    """Use of the markets lo..hi, t/week, and in `ask` the gap of their stock at hand, t."""
    market_buf_ptr, market_buf, need, cover = w.market_buf_ptr, w.market_buf, w.need, w.cover
    plan, market, hand, use, ask = s.plan, s.market, s.hand, s.use, s.ask
    n = _draws(s)
    for m in range(lo, hi):
        for d in range(n):
            use[m, d] = 0.0
            ask[m, d] = -market[m, d]
        for j in range(market_buf_ptr[m], market_buf_ptr[m + 1]):
            b, p = market_buf[j, 0], market_buf[j, 1]
            for d in range(n):
                use[m, d] += need[b, d] * plan[p, d]
            for d in range(n):
                ask[m, d] += need[b, d] * plan[p, d] * cover[b, d] - hand[b, d]


@kernel
def _market_order(w: World, s: State, lo: int, hi: int, x: Scratch) -> None:
    """Orders of the markets lo..hi, t/week: use plus the gap of stock at hand, on the way, on order."""
    edge_ptr, lag, flow, order_time = w.edge_ptr, w.lag, w.flow, w.order_time
    market_base, transit, backlog, use, ask = s.market_base, s.transit, s.backlog, s.use, s.ask
    n, scale = _draws(s), x.one
    for m in range(lo, hi):
        for d in range(n):
            scale[d] = use[m, d] / max(market_base[m, d], TINY)
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                ask[m, d] += lag[e, d] * flow[e, d] * scale[d] - transit[e, d] - backlog[e, d]
        for d in range(n):
            ask[m, d] = max(0.0, use[m, d] + ask[m, d] / order_time[m, d])


@kernel
def _look_back(w: World, s: State, lo: int, hi: int, dt: float) -> None:
    """Sum up how the routes of the markets lo..hi filled their orders in the step before."""
    edge_ptr, flow = w.edge_ptr, w.flow
    missed, open_flow, asked = s.missed, s.open_flow, s.asked
    unfilled, wanted, shipped, filled = s.unfilled, s.wanted, s.shipped, s.filled
    n = _draws(s)
    for m in range(lo, hi):
        for d in range(n):
            missed[m, d], open_flow[m, d], asked[m, d] = 0.0, 0.0, 0.0
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                missed[m, d] += unfilled[e, d]
            for d in range(n):
                asked[m, d] += wanted[e, d]
            for d in range(n):
                least = max(wanted[e, d], FAINT * flow[e, d]) * dt
                filled[e, d] = flow[e, d] * shipped[e, d] / max(least, TINY)
            for d in range(n):
                open_flow[m, d] += filled[e, d]


@kernel
def _switch(w: World, s: State, lo: int, hi: int, dt: float, x: Scratch) -> None:
    """Advance the share of unfilled orders that moves to routes that still deliver, markets lo..hi."""
    switch_time, switch_share = w.switch_time, w.switch_share
    missed, asked, switched, market_base = s.missed, s.asked, s.switched, s.market_base
    n = _draws(s)
    pace = x.one
    for d in range(n):
        pace[d] = 1.0 - np.exp(-dt / switch_time[d])
    for m in range(lo, hi):
        for d in range(n):
            short = missed[m, d] / max(asked[m, d], FAINT * market_base[m, d] + TINY)
            switched[m, d] += (switch_share[m, d] * short - switched[m, d]) * pace[d]


@kernel
def _order_edges(w: World, s: State, lo: int, hi: int, dt: float, x: Scratch) -> None:
    """Split the orders of markets lo..hi over their routes, t/week."""
    edge_ptr, flow, backlog_time = w.edge_ptr, w.flow, w.backlog_time
    ahead, market_base, ask, missed = s.ahead, s.market_base, s.ask, s.missed
    open_flow, filled, wanted, switched = s.open_flow, s.filled, s.wanted, s.switched
    unfilled, backlog, order = s.unfilled, s.backlog, s.order
    n = _draws(s)
    per_flow, moved, given_up = x.one, x.two, x.three
    for m in range(lo, hi):
        for d in range(n):
            per_flow[d] = ask[m, d] / max(market_base[m, d], TINY)
            pull = switched[m, d] / max(open_flow[m, d], FAINT * market_base[m, d] + TINY)
            moved[d] = missed[m, d] * pull
            given_up[d] = pull * open_flow[m, d] * dt
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                order[e, d] = moved[d] * filled[e, d] + per_flow[d] * flow[e, d] * ahead[e, d]
            for d in range(n):
                backlog[e, d] = max(0.0, backlog[e, d] - given_up[d] * unfilled[e, d])
            for d in range(n):
                wanted[e, d] = order[e, d] + backlog[e, d] / backlog_time[d]


@kernel
def _pass_gates(w: World, s: State, lo: int, hi: int, k: int) -> None:
    """Let pass what the gates allow of the orders lo..hi of routes, t/week, and tell the pools."""
    edge_pool, edge_class, flow = w.edge_pool, w.edge_class, w.flow
    backlog_time, allowance = w.backlog_time, w.allowance
    wanted, order, desired, orders, owed = s.wanted, s.order, s.desired, s.orders, s.owed
    n = _draws(s)
    for e in range(lo, hi):
        pool, gate = edge_pool[e], edge_class[e]
        for d in range(n):
            desired[e, d] = wanted[e, d]
        if gate >= 0:
            for d in range(n):
                desired[e, d] = min(desired[e, d], flow[e, d] * allowance[k, gate, d])
        for d in range(n):
            orders[pool, d] += min(order[e, d], desired[e, d])
        for d in range(n):
            owed[pool, d] += max(0.0, desired[e, d] - order[e, d]) * backlog_time[d]


@kernel
def _order(w: World, s: State, k: int, dt: float, x: Scratch) -> None:
    """Orders run up the chain: lines ask markets, markets ask pools, pools ask makers."""
    n_groups = w.group_ptr.size - 1
    for i in range(s.orders.shape[0]):
        for d in range(_draws(s)):
            s.orders[i, d] = 0.0
            s.owed[i, d] = 0.0
    _plan_lines(w, s)
    for level in range(w.level_ptr.size - 1):
        if level > 0:
            _plan_makers(w, s, level, x)
        if level < n_groups:
            lo, hi = w.group_ptr[level], w.group_ptr[level + 1]
            _use_of_markets(w, s, lo, hi)
            _market_order(w, s, lo, hi, x)
            _look_back(w, s, lo, hi, dt)
            _switch(w, s, lo, hi, dt, x)
            _order_edges(w, s, lo, hi, dt, x)
            _pass_gates(w, s, w.edge_ptr[lo], w.edge_ptr[hi], k)


@kernel
def _wish(w: World, s: State, dt: float) -> None:
    """Say what each buffer would take in this step, in `received`, and their sum by market, t."""
    market_buf_ptr, market_buf, need, cover = w.market_buf_ptr, w.market_buf, w.need, w.cover
    plan, received, hand, wished = s.plan, s.received, s.hand, s.wished
    n = _draws(s)
    for m in range(market_buf_ptr.size - 1):
        for d in range(n):
            wished[m, d] = 0.0
        for j in range(market_buf_ptr[m], market_buf_ptr[m + 1]):
            b, p = market_buf[j, 0], market_buf[j, 1]
            for d in range(n):
                due = need[b, d] * plan[p, d] * (dt + cover[b, d])
                received[b, d] = max(0.0, due - hand[b, d])
            for d in range(n):
                wished[m, d] += received[b, d]


@kernel
def _share_market(w: World, s: State, m: int, x: Scratch) -> None:
    """Water-fill a market that cannot serve all, t in this step."""
    market_buf, need, rate, received, market = w.market_buf, w.need, w.rate, s.received, s.market
    want, weight, got, part = x.want, x.weight, x.got, x.part
    lo = w.market_buf_ptr[m]
    count = int(np.int64(w.market_buf_ptr[m + 1]) - np.int64(lo))
    for j in range(count):
        b, p = market_buf[lo + j, 0], market_buf[lo + j, 1]
        for d in range(_draws(s)):
            want[j, d] = received[b, d]
            weight[j, d] = need[b, d] * rate[p, d]
    waterfill(market[m], want, weight, count, got, x.level, s.lanes)
    for j in range(count):
        b = market_buf[lo + j, 0]
        for d in range(_draws(s)):
            even = part[d] >= 1.0 - NEVER_SHORT
            received[b, d] = received[b, d] * part[d] if even else got[j, d]


@kernel
def _receive(w: World, s: State, x: Scratch) -> None:
    """Share what has arrived among the buffers of each market, t in this step."""
    market_buf_ptr, market_buf = w.market_buf_ptr, w.market_buf
    received, market, wished, part = s.received, s.market, s.wished, x.part
    n = _draws(s)
    for m in range(market_buf_ptr.size - 1):
        lo, hi = market_buf_ptr[m], market_buf_ptr[m + 1]
        least = 1.0
        for d in range(n):
            part[d] = min(1.0, market[m, d] / max(wished[m, d], TINY))
            least = min(least, part[d])
        if hi > lo + 1 and least < 1.0 - NEVER_SHORT:
            _share_market(w, s, m, x)
        else:
            for j in range(lo, hi):
                for d in range(n):
                    received[market_buf[j, 0], d] *= part[d]
        for j in range(lo, hi):
            for d in range(n):
                market[m, d] = max(0.0, market[m, d] - received[market_buf[j, 0], d])


@kernel
def _lookup(table: FloatArray, row: int, at: float) -> float:
    """Return the table row at fractional index `at` >= 0, linear, clipped to the table."""
    last = table.shape[1] - 1
    at = min(at, float(last))
    i = min(int(at), last - 1)
    return float(table[row, i] + (at - i) * (table[row, i + 1] - table[row, i]))


@kernel
def _position(front_x: FloatArray, row: int, left: float) -> float:
    """Return where a front stands when `left` of the stock is left, in mean covers."""
    if left >= 1.0:
        return 1.0 - left
    return float(_lookup(front_x, row, left * (front_x.shape[1] - 1)))


@kernel
def _front(
    front_left: FloatArray, front_out: FloatArray, front_max: float, row: int, x: float
) -> tuple[float, float]:
    """Return the share of stock left when a front stands at `x`, and the share of customers out."""
    if x <= 0.0:
        return 1.0 - x, 0.0
    at = x * (front_left.shape[1] - 1) / front_max
    alike = 1.0 if x >= 1.0 - SAME else 0.0
    return _lookup(front_left, row, at), _lookup(front_out, row, at) if row > 0 else alike


@kernel
def _measure(w: World, s: State, dt: float, x: Scratch) -> None:
    """Measure what each buffer misses in this step, and what of the plan it allows all the same.

    Stock above cover is used up first, by all alike: who orders less because of it is not short.
    """
    buf_ptr, need, cover = w.buf_ptr, w.need, w.cover
    plan, received, hand, missing, spare, able = s.plan, s.received, s.hand, s.missing, s.spare, s.able
    n = _draws(s)
    due = x.one
    for p in range(buf_ptr.size - 1):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            for d in range(n):
                due[d] = need[b, d] * plan[p, d] * dt
            for d in range(n):
                spare[b, d] = min(due[d], max(0.0, hand[b, d] - need[b, d] * plan[p, d] * cover[b, d]))
            for d in range(n):
                missing[b, d] = (due[d] - received[b, d] - spare[b, d]) / max(due[d], TINY)
            for d in range(n):
                able[b, d] = min(1.0, (received[b, d] + hand[b, d] + TINY) / (due[d] + TINY))


@kernel
def _largest(s: State, table: FloatArray, row: int) -> float:
    """Return the largest number of a row, at least 0."""
    most = 0.0
    for d in range(_draws(s)):
        most = max(most, table[row, d])
    return most


@kernel
def _regroup(w: World, s: State) -> None:
    """Bring the customers not served of each buffer to their new share `now`, and their stock.

    Customers enter with the mean stock of the served and leave with the mean stock of the unserved.
    """
    focus, hand, apart, affected = w.focus, s.hand, s.apart, s.affected
    missing, spare, now, theirs = s.missing, s.spare, s.now, s.theirs
    n = _draws(s)
    for b in range(hand.shape[0]):
        if _largest(s, missing, b) <= NEVER_SHORT:
            continue
        for d in range(n):
            short = max(missing[b, d], NEVER_SHORT)
            now[b, d] = short / (focus[d] + (1.0 - focus[d]) * short)
        for d in range(n):
            held = hand[b, d] - spare[b, d]
            before = min(held, apart[b, d])
            joined = (now[b, d] - affected[b, d]) / max(1.0 - affected[b, d], TINY) * (held - before)
            stayed = before * (now[b, d] / max(affected[b, d], TINY))
            theirs[b, d] = before + joined if now[b, d] > affected[b, d] else stayed


@kernel
def _advance_fronts(w: World, s: State, dt: float, scratch: Scratch) -> None:
    """Advance the stop fronts of the customers not served: their `rest` of stock, t, and who is `out`.

    A front stands at x = weeks of need missed over mean cover; below 0 all still hold more than that.
    """
    buf_ptr, need, cover, spread, focus = w.buf_ptr, w.need, w.cover, w.spread, w.focus
    front_left, front_out, front_x, front_max = w.front_left, w.front_out, w.front_x, w.front_max
    plan, missing, now, theirs, rest, out = s.plan, s.missing, s.now, s.theirs, s.rest, s.out
    n = _draws(s)
    full, left, pace = scratch.one, scratch.two, scratch.three
    for p in range(buf_ptr.size - 1):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            if _largest(s, missing, b) <= NEVER_SHORT:
                continue
            for d in range(n):
                full[d] = now[b, d] * need[b, d] * plan[p, d] * max(cover[b, d], TINY)
                left[d] = theirs[b, d] / max(full[d], TINY)
            for d in range(n):
                depth = focus[d] + (1.0 - focus[d]) * missing[b, d]
                pace[d] = depth * dt / max(cover[b, d], TINY)
            for d in range(n):
                if missing[b, d] <= NEVER_SHORT:
                    continue
                row = spread[b, d]
                x = _position(front_x, row, left[d]) + pace[d]
                share, out[b, d] = _front(front_left, front_out, front_max, row, x)
                rest[b, d] = min(theirs[b, d], share * full[d])


@kernel
def _serve_all(s: State, b: int) -> None:
    """Put no customer of a buffer apart: none is short in any draw."""
    affected, apart, halted, kept = s.affected, s.apart, s.halted, s.kept
    for d in range(_draws(s)):
        affected[b, d], apart[b, d] = 0.0, 0.0
    for d in range(_draws(s)):
        halted[b, d], kept[b, d] = 0.0, -1.0


@kernel
def _draw_on_stock(w: World, s: State, dt: float, x: Scratch) -> None:
    """Let every buyer group draw on its stock: the share of plan its input allows, and what stops."""
    buf_ptr, need, plan = w.buf_ptr, w.need, s.plan
    received, hand, apart, affected = s.received, s.hand, s.apart, s.affected
    able, halted, kept = s.able, s.halted, s.kept
    missing, spare, now, theirs, rest, out = s.missing, s.spare, s.now, s.theirs, s.rest, s.out
    n = _draws(s)
    used = x.one
    for p in range(buf_ptr.size - 1):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            if _largest(s, missing, b) <= NEVER_SHORT:
                _serve_all(s, b)
                continue
            for d in range(n):
                affected[b, d] = now[b, d] if missing[b, d] > NEVER_SHORT else 0.0
                apart[b, d] = rest[b, d] if missing[b, d] > NEVER_SHORT else 0.0
            for d in range(n):
                used[d] = spare[b, d] + (theirs[b, d] - rest[b, d])
                kept[b, d] = max(0.0, hand[b, d] - used[d]) if missing[b, d] > NEVER_SHORT else -1.0
            for d in range(n):
                part = (received[b, d] + used[d]) / (need[b, d] * plan[p, d] * dt + TINY)
                able[b, d] = part if missing[b, d] > NEVER_SHORT else able[b, d]
            for d in range(n):
                halted[b, d] = missing[b, d] * out[b, d] if missing[b, d] > NEVER_SHORT else 0.0


@kernel
def _bind(w: World, s: State, tr: Trace, dt: float, x: Scratch) -> None:
    """Find the share of plan each process can run at, in `share`, and charge the input that binds."""
    buf_ptr, plan, able, share, buffer_loss = w.buf_ptr, s.plan, s.able, s.share, tr.buffer_loss
    n = _draws(s)
    least = x.one
    for p in range(buf_ptr.size - 1):
        lo, hi = buf_ptr[p], buf_ptr[p + 1]
        for d in range(n):
            share[p, d] = 1.0
        for b in range(lo, hi):
            for d in range(n):
                share[p, d] = min(share[p, d], able[b, d])
        for d in range(n):
            least[d] = share[p, d] if share[p, d] < 1.0 - NEVER_SHORT and plan[p, d] > TINY else -1.0
        for b in range(lo, hi):  # of equals the first binds
            for d in range(n):
                binds = able[b, d] <= least[d] + NEVER_SHORT
                buffer_loss[b, d] += (1.0 - share[p, d]) * dt if binds else 0.0
                least[d] = -1.0 if binds else least[d]


@kernel
def _produce(w: World, s: State, dt: float) -> None:
    """Run every process on what its inputs allow: run to zero, t in this step."""
    buf_ptr, dedicated, rate = w.buf_ptr, w.dedicated, w.rate
    plan, halted, grown, share, made, lost = s.plan, s.halted, s.grown, s.share, s.made, s.lost
    n = _draws(s)
    for p in range(buf_ptr.size - 1):
        for d in range(n):
            lost[p, d] = 0.0
            made[p, d] = plan[p, d] * dt * share[p, d]
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            for d in range(n):
                lost[p, d] = max(lost[p, d], halted[b, d])
        if dedicated[p] == 1:
            for d in range(n):
                usual = min(plan[p, d], rate[p, d] * grown[p, d])
                more = (plan[p, d] - usual) * max(0.0, 1.0 - (1.0 - share[p, d]) / SLACK)
                made[p, d] = (usual + more) * dt * share[p, d]


@kernel
def _use_up(w: World, s: State) -> None:
    """Take what was used out of the buffers; what another input spared stays with all alike."""
    level_ptr, buf_ptr, buf_market, need = w.level_ptr, w.buf_ptr, w.buf_market, w.need
    made, hand, received = s.made, s.hand, s.received
    used, kept, apart, affected = s.used, s.kept, s.apart, s.affected
    n = _draws(s)
    for p in range(level_ptr[-1]):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            m = buf_market[b]
            for d in range(n):
                hand[b, d] = max(0.0, hand[b, d] + received[b, d] - need[b, d] * made[p, d])
            for d in range(n):
                used[m, d] += need[b, d] * made[p, d]
            for d in range(n):
                spared = max(0.0, hand[b, d] - kept[b, d]) * affected[b, d]
                apart[b, d] = min(hand[b, d], apart[b, d] + (spared if kept[b, d] >= 0.0 else 0.0))


@kernel
def _put_out(w: World, s: State, tr: Trace, dt: float, x: Scratch) -> None:
    """Send output into work in process or the pool; what no stock takes is unsold."""
    out_ptr, out_pool, out_yield, pool_cap = w.out_ptr, w.out_pool, w.out_yield, w.pool_cap
    out_ring, made, owed = s.out_ring, s.made, s.owed
    orders, the_pool, work, made_in = s.orders, s.pool, s.work, s.made_in
    out_at, out_slots, lead_steps, lead_late = s.out_at, s.out_slots, s.lead_steps, s.lead_late
    unsold = tr.unsold
    n = _draws(s)
    taken = x.one
    for p in range(out_ptr.size - 1):
        for o in range(out_ptr[p], out_ptr[p + 1]):
            pool, slot = out_pool[o], out_at[o]
            for d in range(n):
                room = pool_cap[pool, d] + owed[pool, d] + orders[pool, d] * dt
                taken[d] = room - the_pool[pool, d] - work[pool, d]
            for d in range(n):
                out = out_yield[o, d] * made[p, d]
                taken[d] = min(out, max(0.0, taken[d]))
                unsold[o, d] += out - taken[d]
            for d in range(n):
                made_in[pool, d] += taken[d]
                out_ring[o, slot, d] = taken[d]
            for d in range(n):
                late = lead_late[o, d] * taken[d]
                early = taken[d] - late
                the_pool[pool, d] += early if lead_steps[o, d] == 0 else 0.0
                work[pool, d] += early if lead_steps[o, d] > 0 else 0.0
                work[pool, d] += late
            out_at[o] = slot + 1 if slot + 1 < out_slots[o] else 0


@kernel
def _sum_of_quota(w: World, s: State, q: int, dt: float, total: FloatArray) -> None:
    """Sum up what the routes of one quota desire in this step, t."""
    edge_quota, desired = w.edge_quota, s.desired
    for d in range(_draws(s)):
        total[d] = 0.0
    for e in range(edge_quota.size):
        if edge_quota[e] == q:
            for d in range(_draws(s)):
                total[d] += desired[e, d] * dt


@kernel
def _apply_quotas(w: World, s: State, k: int, dt: float, x: Scratch) -> None:
    """Release this step's quota and cut what is desired to what is left of it.

    Tonnes that are set aside here and then not shipped come back in :func:`_dispatch`.
    """
    quota_keep, quota_add, edge_quota = w.quota_keep, w.quota_add, w.edge_quota
    quota_left, desired = s.quota_left, s.desired
    n = _draws(s)
    total, factor = x.total, x.one
    for q in range(quota_left.shape[0]):
        _sum_of_quota(w, s, q, dt, total)
        for d in range(n):
            quota_left[q, d] = quota_left[q, d] * quota_keep[k, q] + quota_add[k, q]
            factor[d] = min(1.0, quota_left[q, d] / max(total[d], TINY))
            quota_left[q, d] = max(0.0, quota_left[q, d] - factor[d] * total[d])
        for e in range(edge_quota.size):
            if edge_quota[e] == q:
                for d in range(n):
                    desired[e, d] *= factor[d]


@kernel
def _share_pool(w: World, s: State, pool: int, dt: float, x: Scratch) -> None:
    """Share a pool that cannot fill all orders: tier after tier, water-filled inside a tier."""
    pool_edge, tiers, flow, desired, shipped = w.pool_edge, w.edge_tier, w.flow, s.desired, s.shipped
    want, weight, got, left, part = x.want, x.weight, x.got, x.left, s.part
    n = _draws(s)
    j, hi = int(np.int64(w.pool_edge_ptr[pool])), int(np.int64(w.pool_edge_ptr[pool + 1]))
    for d in range(n):
        left[d] = s.pool[pool, d]
    while j < hi:
        tier, first = tiers[pool_edge[j]], j
        while j < hi and tiers[pool_edge[j]] == tier:
            for d in range(n):
                want[j - first, d] = desired[pool_edge[j], d] * dt
                weight[j - first, d] = flow[pool_edge[j], d]
            j += 1
        waterfill(left, want, weight, j - first, got, x.level, s.lanes)
        for i in range(first, j):
            e = pool_edge[i]
            for d in range(n):
                left[d] = max(0.0, left[d] - got[i - first, d])
                shipped[e, d] = got[i - first, d] if part[pool, d] < 1.0 - NEVER_SHORT else shipped[e, d]


@kernel
def _offer(w: World, s: State, dt: float, x: Scratch) -> None:
    """Offer each route the same part of what it desires, as far as the pool goes, t in this step."""
    pool_edge_ptr, pool_edge = w.pool_edge_ptr, w.pool_edge
    shipped, desired, the_pool, part = s.shipped, s.desired, s.pool, s.part
    n = _draws(s)
    total = x.total
    for pool in range(pool_edge_ptr.size - 1):
        lo, hi = pool_edge_ptr[pool], pool_edge_ptr[pool + 1]
        for d in range(n):
            total[d] = 0.0
        for j in range(lo, hi):
            e = pool_edge[j]
            for d in range(n):
                total[d] += desired[e, d] * dt
        for d in range(n):
            part[pool, d] = min(1.0, the_pool[pool, d] / max(total[d], TINY))
        for j in range(lo, hi):
            e = pool_edge[j]
            for d in range(n):
                shipped[e, d] = desired[e, d] * dt * part[pool, d]


@kernel
def _ship(w: World, s: State, dt: float, x: Scratch) -> None:
    """Ship from pools what is desired and there, t in this step; short pools by tier."""
    pool_edge_ptr, pool_edge = w.pool_edge_ptr, w.pool_edge
    shipped, the_pool, sent, part = s.shipped, s.pool, s.sent, s.part
    n = _draws(s)
    for pool in range(pool_edge_ptr.size - 1):
        lo, hi = pool_edge_ptr[pool], pool_edge_ptr[pool + 1]
        least = 1.0
        for d in range(n):
            least = min(least, part[pool, d])
        if hi > lo + 1 and least < 1.0 - NEVER_SHORT:
            _share_pool(w, s, pool, dt, x)
        for j in range(lo, hi):
            e = pool_edge[j]
            for d in range(n):
                the_pool[pool, d] -= shipped[e, d]
            for d in range(n):
                sent[pool, d] += shipped[e, d]
        for d in range(n):
            the_pool[pool, d] = max(0.0, the_pool[pool, d])


@kernel
def _load(s: State) -> None:
    """Put the shipments of this step on their conveyors; what is due, and when, is told at arrival."""
    ring, shipped, transit, ring_slots, ring_at = s.ring, s.shipped, s.transit, s.ring_slots, s.ring_at
    n = _draws(s)
    for e in range(ring_slots.size):
        slot = ring_at[e]
        for d in range(n):
            ring[e, slot, d] = shipped[e, d]
        for d in range(n):
            transit[e, d] += shipped[e, d]
        ring_at[e] = slot + 1 if slot + 1 < ring_slots[e] else 0


@kernel
def _dispatch(w: World, s: State, tr: Trace, k: int, dt: float) -> None:
    """Keep the books of what was shipped and what was not; quota set aside in vain comes back."""
    edge_series, edge_quota = w.edge_series, w.edge_quota
    shipped, quota_left, desired, backlog = s.shipped, s.quota_left, s.desired, s.backlog
    order, unfilled, wanted = s.order, s.unfilled, s.wanted
    n = _draws(s)
    for e in range(edge_quota.size):
        series, quota = edge_series[e], edge_quota[e]
        for d in range(n):
            backlog[e, d] = max(0.0, backlog[e, d] + order[e, d] * dt - shipped[e, d])
        for d in range(n):
            unfilled[e, d] = max(0.0, wanted[e, d] - shipped[e, d] / dt)
        if quota >= 0:
            for d in range(n):
                quota_left[quota, d] += max(0.0, desired[e, d] * dt - shipped[e, d])
        if series >= 0:
            for d in range(n):
                tr.series[k, series, d] += shipped[e, d]


@kernel
def _sum_up(s: State, tr: Trace, dt: float) -> None:
    """Add what was held back and what was not shipped to the sums of the run, t."""
    wanted, desired, unfilled = s.wanted, s.desired, s.unfilled
    edge_unfilled, edge_blocked = tr.edge_unfilled, tr.edge_blocked
    for e in range(wanted.shape[0]):
        for d in range(_draws(s)):
            edge_unfilled[e, d] += unfilled[e, d] * dt
        for d in range(_draws(s)):
            edge_blocked[e, d] += max(0.0, wanted[e, d] - desired[e, d]) * dt


@kernel
def _record(w: World, s: State, tr: Trace, k: int, dt: float) -> None:
    """Write the lines' share stopped at the end of the step and lost during it; grow."""
    plan, lost, made, grown, grow = s.plan, s.lost, s.made, s.grown, s.grow
    lost_end, lost_mean, line_output = tr.lost_end, tr.lost_mean, tr.line_output
    n = _draws(s)
    for p in range(w.level_ptr[1]):
        for d in range(n):
            lost_end[k + 1, p, d] = lost[p, d]
        for d in range(n):
            lost_mean[k, p, d] = 1.0 - made[p, d] / max(plan[p, d] * dt, TINY)
        for d in range(n):
            line_output[p, d] += made[p, d]
    for p in range(grown.shape[0]):
        for d in range(n):
            grown[p, d] *= grow[p, d]


@kernel
def _note(node: FloatArray, residual: FloatArray, gap: float, through: float, i: int, d: int) -> None:
    """Keep the largest residual over throughput, of the node and of the week; nan stays."""
    part = abs(gap) / max(through, TINY)
    node[i, d] = np.maximum(node[i, d], part)
    residual[d] = np.maximum(residual[d], part)


@kernel
def _check_markets(w: World, s: State, tr: Trace, week: int) -> None:
    """Close the balance of every market: what it and its buffers hold, got, and used."""
    ptr, market_buf, hand, market = w.market_buf_ptr, w.market_buf, s.hand, s.market
    start, arrived, used = s.start_market, s.arrived, s.used
    node, residual, lowest = tr.market_residual, tr.residual[week], tr.lowest
    for m in range(ptr.size - 1):
        for d in range(_draws(s)):
            held = market[m, d]
            low = market[m, d]
            for j in range(ptr[m], ptr[m + 1]):
                held += hand[market_buf[j, 0], d]
                low = min(low, hand[market_buf[j, 0], d])
            gap = held - start[m, d] - arrived[m, d] + used[m, d]
            _note(node, residual, gap, arrived[m, d] + start[m, d], m, d)
            lowest[d] = min(lowest[d], low)


@kernel
def _check_pools(w: World, s: State, tr: Trace, week: int) -> None:
    """Close the balance of every pool and of the work that goes into it."""
    pool_stock, work, start, made_in, sent = s.pool, s.work, s.start_pool, s.made_in, s.sent
    node, residual, lowest = tr.pool_residual, tr.residual[week], tr.lowest
    for i in range(w.pool_edge_ptr.size - 1):
        for d in range(_draws(s)):
            gap = pool_stock[i, d] + work[i, d] - start[i, d] - made_in[i, d] + sent[i, d]
            _note(node, residual, gap, made_in[i, d] + start[i, d], i, d)
            lowest[d] = min(lowest[d], pool_stock[i, d])


@kernel
def _check_routes(w: World, s: State, tr: Trace, week: int, x: Scratch) -> None:
    """Close the balance of every conveyor: what lies on it is what was sent and has not arrived."""
    ring, transit, backlog, shipped = s.ring, s.transit, s.backlog, s.shipped
    edge_pool, flow, lag, sent = w.edge_pool, w.flow, w.lag, s.sent
    node, residual, lowest = tr.edge_residual, tr.residual[week], tr.lowest
    lag_steps, lag_late = s.lag_steps, s.lag_late
    n = _draws(s)
    on_way = x.one
    for e in range(edge_pool.size):
        for d in range(n):
            on_way[d] = 0.0
        slots = np.int64(s.ring_slots[e])
        slot = np.int64(s.ring_at[e])
        for age in range(slots):  # in steps, the newest first
            slot = slot - 1 if slot > 0 else slots - 1
            for d in range(n):
                whole = 1.0 if age < lag_steps[e, d] else 0.0
                on_way[d] += ring[e, slot, d] * (lag_late[e, d] if age == lag_steps[e, d] else whole)
        for d in range(n):
            through = sent[edge_pool[e], d] + flow[e, d] * lag[e, d]
            _note(node, residual, on_way[d] - transit[e, d], through, e, d)
            lowest[d] = min(lowest[d], backlog[e, d], shipped[e, d])


@kernel
def _longest(ptr: IntArray) -> int:
    """Return the largest group of an offset array."""
    longest = 1
    for i in range(ptr.size - 1):
        longest = max(longest, int(np.int64(ptr[i + 1]) - np.int64(ptr[i])))
    return longest


@kernel
def _steps(w: World, s: State, tr: Trace, first: int, last: int, x: Scratch) -> None:
    """Run some steps; here, for whoever makes arrays counts their references at each call of a kernel."""
    dt, n = 1.0 / w.steps_per_week, _draws(s)
    for k in range(first, last):
        _arrive(w, s)
        _finish(w, s)
        _order(w, s, k, dt, x)
        _wish(w, s, dt)
        _receive(w, s, x)
        _measure(w, s, dt, x)
        _regroup(w, s)
        _advance_fronts(w, s, dt, x)
        _draw_on_stock(w, s, dt, x)
        _bind(w, s, tr, dt, x)
        _produce(w, s, dt)
        _use_up(w, s)
        _put_out(w, s, tr, dt, x)
        _apply_quotas(w, s, k, dt, x)
        _offer(w, s, dt, x)
        _ship(w, s, dt, x)
        _load(s)
        _dispatch(w, s, tr, k, dt)
        _sum_up(s, tr, dt)
        _record(w, s, tr, k, dt)
        if (k + 1) % w.steps_per_week == 0:
            _check_markets(w, s, tr, k // w.steps_per_week)
            _check_pools(w, s, tr, k // w.steps_per_week)
            _check_routes(w, s, tr, k // w.steps_per_week, x)
    for b in range(s.hand.shape[0]):
        for d in range(n):
            tr.final_stock[b, d] = s.hand[b, d]


@entry
def simulate(w: World, s: State, tr: Trace, first: int = 0, last: int = -1) -> None:
    """Run the steps ``first .. last - 1`` of one block of draws, in place; -1: to the end.

    Parameters
    ----------
    w
        The world, its draws cut to the block.
    s
        State before the first of them; changed in place.
    tr
        Trace, of zeros at the start of the run; filled in place.
    """
    n = s.plan.shape[1]
    rows = max(_longest(w.market_buf_ptr), _longest(w.pool_edge_ptr))
    x = Scratch(
        np.zeros((rows, n)),
        np.zeros((rows, n)),
        np.zeros((rows, n)),
        np.zeros((3, n)),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
    )
    _steps(w, s, tr, first, w.n_steps if last < 0 else last, x)
