"""The week, as kernels: arrivals, orders, output, shipments, record, check.

All kernels live in this one file on purpose: the disk cache of the compiler looks only at the file
of the cached function, so a changed callee elsewhere would silently return old results.

Every kernel works in place on one block of draws; the last axis is the draw.  Stocks belong to the
start of the step until the kernel that moves them has run; flows are means over the step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from dearth.engine.arrays import FloatArray, IntArray, Trace, World

__all__ = ["State", "simulate", "waterfill"]

TINY = 1e-300
NEVER_SHORT = 1e-9  # relative shortfall that is rounding, not scarcity
NOTHING = 1e-9  # of the base year: a smaller plan is rounding
SLACK = 0.01  # share of plan lost at which makers of parts made to drawing stop catching up altogether
FAINT = 1e-3  # of the base year: less than this says little about a route; what hangs on it fades out


class State(NamedTuple):
    """What changes from step to step; arrays as in :class:`dearth.engine.arrays.World`."""

    hand: FloatArray  # B, stock at hand, t
    apart: FloatArray  # B, of it with customers that are not served now, t
    affected: FloatArray  # B, their share of the buyer group
    able: FloatArray  # B, share of plan this input allows in this step
    halted: FloatArray  # B, share of plan that stands still at the end of the step for want of it
    kept: FloatArray  # B, what stays at hand if this input binds, t; -1: not short
    market: FloatArray  # M, arrived and not yet taken, t
    pool: FloatArray  # L, finished goods, t
    work: FloatArray  # L, work in process towards the pool, t
    work_target: FloatArray  # L, the same in the base year, t
    transit: FloatArray  # E, t
    backlog: FloatArray  # E, ordered and not shipped, t
    ring: FloatArray  # E, slot, N: conveyor of shipments, t
    out_ring: FloatArray  # O, slot, N: conveyor of work in process, t
    plan: FloatArray  # P, planned rate, t/week
    grown: FloatArray  # P, growth factor since the base year
    received: FloatArray  # B, t in this step
    made: FloatArray  # P, t in this step
    lost: FloatArray  # P, share of plan stopped at the end of the step
    order: FloatArray  # E, t/week
    desired: FloatArray  # E, order and backlog that may leave, t/week
    wanted: FloatArray  # E, order and backlog before any gate, t/week
    shipped: FloatArray  # E, t in this step
    unfilled: FloatArray  # E, t/week
    orders: FloatArray  # L, new orders that may leave, t/week
    owed: FloatArray  # L, backlog that may leave, t
    market_base: FloatArray  # M, base-year use, t/week
    ahead: FloatArray  # E, growth of the buyers' use over the way, a factor
    lead_ahead: FloatArray  # P, growth of its orders over the throughput time, a factor
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


@njit(cache=True, nogil=True)
def waterfill(total: float, want: FloatArray, weight: FloatArray, n: int, got: FloatArray) -> None:
    """Share `total` among `n` buyers: got = min(want, mu * weight), closed form by sorting.

    Parameters
    ----------
    total
        Tonnes to share, not negative.
    want, weight
        First `n` entries: tonnes wanted, and base flow as weight.
    got
        Filled in place; sums to min(total, sum of want).

    Notes
    -----
    Source: bankruptcy rule of constrained equal awards, weighted; buyers are served in order of
    want / weight until mu = (what is left) / (weight left) is below the next ratio.
    """
    rank = np.empty(n, np.int64)
    for i in range(n):
        j = i
        while j > 0 and want[i] * weight[rank[j - 1]] < want[rank[j - 1]] * weight[i]:
            rank[j] = rank[j - 1]
            j -= 1
        rank[j] = i
    mass = 0.0
    for r in range(n - 1, -1, -1):
        mass += weight[rank[r]]
        got[rank[r]] = mass  # weight of those not served before; adding up loses no digits
    left = total
    for r in range(n):
        i = rank[r]
        fair = left * weight[i] / got[i] if got[i] > TINY else 0.0
        got[i] = min(want[i], fair)
        left -= got[i]


@njit(cache=True, nogil=True)
def _arrive(w: World, s: State, k: int) -> None:
    """Move what the conveyors deliver at the start of step `k` into markets and pools."""
    edge_ptr, out_pool = w.edge_ptr, w.out_pool
    ring, plan, transit, market = s.ring, s.plan, s.transit, s.market
    arrived, out_ring, work, the_pool = s.arrived, s.out_ring, s.work, s.pool
    slot = k % ring.shape[1]
    n = plan.shape[1]
    for m in range(edge_ptr.size - 1):
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                a = ring[e, slot, d]
                ring[e, slot, d] = 0.0
                transit[e, d] -= a
                market[m, d] += a
                arrived[m, d] += a
    slot = k % out_ring.shape[1]
    for o in range(out_pool.size):
        pool = out_pool[o]
        for d in range(n):
            a = out_ring[o, slot, d]
            out_ring[o, slot, d] = 0.0
            work[pool, d] -= a
            the_pool[pool, d] += a


@njit(cache=True, nogil=True)
def _plan_lines(w: World, s: State) -> None:
    """Plan of the lines: base-year rate times growth, t/week."""
    level_ptr, rate = w.level_ptr, w.rate
    plan, grown = s.plan, s.grown
    for p in range(level_ptr[0], level_ptr[1]):
        for d in range(plan.shape[1]):
            plan[p, d] = rate[p, d] * grown[p, d]


@njit(cache=True, nogil=True)
def _plan_makers(w: World, s: State, level: int) -> None:
    """Plan of makers: the best-paid output asks for most; never above capacity, t/week.

    What is owed counts as a gap of the stock, not as an order: a backlog that drove the plan by
    its clearing rate would be ordered again in every week of the lead time, and swing.
    """
    level_ptr, out_ptr, out_pays, out_pool = w.level_ptr, w.out_ptr, w.out_pays, w.out_pool
    pool_stock, pool_time, pool_base, rate = w.pool_stock, w.pool_time, w.pool_base, w.rate
    capacity = w.capacity
    plan, work_target, owed, the_pool = s.plan, s.work_target, s.owed, s.pool
    work, orders, grown, lead_ahead = s.work, s.orders, s.grown, s.lead_ahead
    n = plan.shape[1]
    for p in range(level_ptr[level], level_ptr[level + 1]):
        for d in range(n):
            plan[p, d] = 0.0
        for o in range(out_ptr[p], out_ptr[p + 1]):
            if out_pays[o] == 0:
                continue
            pool = out_pool[o]
            for d in range(n):
                target = pool_stock[pool, d] + work_target[pool, d] + owed[pool, d]
                gap = target - the_pool[pool, d] - work[pool, d]
                ask = (orders[pool, d] + gap / pool_time[pool, d]) / max(pool_base[pool, d], TINY)
                plan[p, d] = max(plan[p, d], rate[p, d] * ask * lead_ahead[p, d])
        for d in range(n):
            plan[p, d] = min(plan[p, d], capacity[p, d] * grown[p, d])
            if plan[p, d] < NOTHING * rate[p, d]:
                plan[p, d] = 0.0


@njit(cache=True, nogil=True)
def _market_order(w: World, s: State, lo: int, hi: int) -> None:
    """Orders of the markets lo..hi, t/week: use plus the gap of stock at hand, on the way, on order."""
    market_buf_ptr, market_buf, need, cover = w.market_buf_ptr, w.market_buf, w.need, w.cover
    edge_ptr, lag, flow, order_time = w.edge_ptr, w.lag, w.flow, w.order_time
    plan, market, hand, market_base = s.plan, s.market, s.hand, s.market_base
    transit, backlog, ask = s.transit, s.backlog, s.ask
    n = plan.shape[1]
    use, gap = np.zeros(n), np.zeros(n)
    for m in range(lo, hi):
        for d in range(n):
            use[d] = 0.0
            gap[d] = -market[m, d]
        for j in range(market_buf_ptr[m], market_buf_ptr[m + 1]):
            b = market_buf[j, 0]
            p = market_buf[j, 1]
            for d in range(n):
                u = need[b, d] * plan[p, d]
                use[d] += u
                gap[d] += u * cover[b, d] - hand[b, d]
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                scale = use[d] / max(market_base[m, d], TINY)
                gap[d] += lag[e, d] * flow[e, d] * scale - transit[e, d] - backlog[e, d]
        for d in range(n):
            ask[m, d] = max(0.0, use[d] + gap[d] / order_time[m, d])


@njit(cache=True, nogil=True)
def _switch(w: World, s: State, lo: int, hi: int, dt: float) -> None:
    """Advance the share of unfilled orders that moves to routes that still deliver, markets lo..hi."""
    switch_time, edge_ptr, flow, switch_share = w.switch_time, w.edge_ptr, w.flow, w.switch_share
    plan, missed, open_flow, unfilled = s.plan, s.missed, s.open_flow, s.unfilled
    the_wanted, shipped, switched, market_base = s.wanted, s.shipped, s.switched, s.market_base
    n = plan.shape[1]
    wanted, pace = np.zeros(n), np.zeros(n)
    for d in range(n):
        pace[d] = 1.0 - np.exp(-dt / switch_time[d])
    for m in range(lo, hi):
        for d in range(n):
            missed[m, d] = 0.0
            open_flow[m, d] = 0.0
            wanted[d] = 0.0
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            for d in range(n):
                missed[m, d] += unfilled[e, d]
                wanted[d] += the_wanted[e, d]
                asked = max(the_wanted[e, d], FAINT * flow[e, d]) * dt
                open_flow[m, d] += flow[e, d] * shipped[e, d] / max(asked, TINY)
        for d in range(n):
            short = missed[m, d] / max(wanted[d], FAINT * market_base[m, d] + TINY)
            switched[m, d] += (switch_share[m, d] * short - switched[m, d]) * pace[d]


@njit(cache=True, nogil=True)
def _order_edges(w: World, s: State, lo: int, hi: int, k: int, dt: float) -> None:
    """Split the orders of markets lo..hi over their routes; what the gates let pass is desired."""
    edge_ptr, edge_pool, edge_class, flow = w.edge_ptr, w.edge_pool, w.edge_class, w.flow
    backlog_time, allowance = w.backlog_time, w.allowance
    plan, market_base, ask, missed = s.plan, s.market_base, s.ask, s.missed
    open_flow, shipped, wanted, switched = s.open_flow, s.shipped, s.wanted, s.switched
    unfilled, backlog, the_order, desired = s.unfilled, s.backlog, s.order, s.desired
    orders, owed = s.orders, s.owed
    ahead = s.ahead
    n = plan.shape[1]
    for m in range(lo, hi):
        for e in range(edge_ptr[m], edge_ptr[m + 1]):
            pool = edge_pool[e]
            gate = edge_class[e]
            for d in range(n):
                order = flow[e, d] / max(market_base[m, d], TINY) * ask[m, d] * ahead[e, d]
                asked = max(wanted[e, d], FAINT * flow[e, d]) * dt
                still = flow[e, d] * shipped[e, d] / max(asked, TINY)
                pull = switched[m, d] / max(open_flow[m, d], FAINT * market_base[m, d] + TINY)
                order += pull * missed[m, d] * still
                moved = pull * open_flow[m, d] * unfilled[e, d]
                backlog[e, d] = max(0.0, backlog[e, d] - moved * dt)
                the_order[e, d] = order
                wanted[e, d] = order + backlog[e, d] / backlog_time[d]
                desired[e, d] = wanted[e, d]
            if gate >= 0:
                for d in range(n):
                    desired[e, d] = min(wanted[e, d], flow[e, d] * allowance[k, gate, d])
            for d in range(n):
                fresh = min(the_order[e, d], desired[e, d])
                orders[pool, d] += fresh
                owed[pool, d] += (desired[e, d] - fresh) * backlog_time[d]


@njit(cache=True, nogil=True)
def _order(w: World, s: State, k: int, dt: float) -> None:
    """Orders run up the chain: lines ask markets, markets ask pools, pools ask makers."""
    n_groups = w.group_ptr.size - 1
    s.orders[:] = 0.0
    s.owed[:] = 0.0
    _plan_lines(w, s)
    for level in range(w.level_ptr.size - 1):
        if level > 0:
            _plan_makers(w, s, level)
        if level < n_groups:
            lo, hi = w.group_ptr[level], w.group_ptr[level + 1]
            _market_order(w, s, lo, hi)
            _switch(w, s, lo, hi, dt)
            _order_edges(w, s, lo, hi, k, dt)


@njit(cache=True, nogil=True)
def _share_market(
    stock: float,
    users: IntArray,
    d: int,
    received: FloatArray,
    need: FloatArray,
    rate: FloatArray,
    want: FloatArray,
    weight: FloatArray,
    got: FloatArray,
) -> float:
    """Water-fill a market that cannot serve all; return what is left of its stock (rounding)."""
    n = users.shape[0]
    for j in range(n):
        b = users[j, 0]
        want[j] = received[b, d]
        weight[j] = need[b, d] * rate[users[j, 1], d]
    waterfill(stock, want, weight, n, got)
    left = stock
    for j in range(n):
        received[users[j, 0], d] = got[j]
        left -= got[j]
    return max(0.0, left)


@njit(cache=True, nogil=True)
def _receive(w: World, s: State, dt: float, want: FloatArray, weight: FloatArray, got: FloatArray) -> None:
    """Share what has arrived among the buffers of each market, t in this step."""
    market_buf_ptr, market_buf, need, cover = w.market_buf_ptr, w.market_buf, w.need, w.cover
    rate = w.rate
    plan, received, hand, market = s.plan, s.received, s.hand, s.market
    n = plan.shape[1]
    total = np.zeros(n)
    for m in range(market_buf_ptr.size - 1):
        lo, hi = market_buf_ptr[m], market_buf_ptr[m + 1]
        total[:] = 0.0
        for j in range(lo, hi):
            b = market_buf[j, 0]
            p = market_buf[j, 1]
            for d in range(n):
                u = need[b, d] * plan[p, d]
                received[b, d] = max(0.0, u * (dt + cover[b, d]) - hand[b, d])
                total[d] += received[b, d]
        for d in range(n):
            if market[m, d] >= total[d] * (1.0 - NEVER_SHORT):
                part = min(1.0, market[m, d] / max(total[d], TINY))
                for j in range(lo, hi):
                    received[market_buf[j, 0], d] *= part
                market[m, d] = max(0.0, market[m, d] - total[d])
                continue
            users = market_buf[lo:hi]
            market[m, d] = _share_market(market[m, d], users, d, received, need, rate, want, weight, got)


@njit(cache=True, nogil=True)
def _lookup(table: FloatArray, row: int, at: float):  # type: ignore[no-untyped-def]
    """Return the table row at fractional index `at`, linear, clipped to the table."""
    last = table.shape[1] - 1
    if at >= last:
        return table[row, last]
    i = int(at)
    return table[row, i] + (at - i) * (table[row, i + 1] - table[row, i])


@njit(cache=True, nogil=True)
def _advance_front(
    front_left: FloatArray,
    front_out: FloatArray,
    front_x: FloatArray,
    front_max: float,
    row: int,
    apart: float,
    full: float,
    pace: float,
) -> tuple[float, float]:
    """Advance the stop front of the customers that are not served over a step.

    Parameters
    ----------
    row
        Spread of the group's cover, a row of the front tables.
    apart, full
        Stock at hand of these customers, t, and what it was when their cover was whole.
    pace
        Weeks of need they miss in this step over their mean cover.

    Returns
    -------
    tuple of float
        Their stock at the end of the step, t; the share of them that is out.
    """
    if full <= TINY:
        return 0.0, 1.0
    left = apart / full
    scale = (front_left.shape[1] - 1) / front_max
    x = 1.0 - left if left >= 1.0 else _lookup(front_x, row, left * (front_x.shape[1] - 1))
    x += pace
    if x <= 0.0:
        return min(apart, (1.0 - x) * full), 0.0
    rest = min(apart, _lookup(front_left, row, x * scale) * full)
    if row == 0:
        return rest, 1.0 if x >= 1.0 - 1e-12 else 0.0
    return rest, _lookup(front_out, row, x * scale)


@njit(cache=True, nogil=True)
def _regroup(stock: float, apart: float, affected: float, now: float) -> float:
    """Return the stock of the customers not served when their share goes from `affected` to `now`.

    Customers enter with the mean stock of the served and leave with the mean stock of the unserved.
    """
    if now > affected:
        return apart + (now - affected) / max(1.0 - affected, TINY) * (stock - apart)
    return apart * now / max(affected, TINY)


@njit(cache=True, nogil=True)
def _draw_on_stock(w: World, s: State, dt: float) -> None:
    """Let every buyer group draw on its stock: the share of plan its input allows, and what stops.

    Stock above cover is used up first, by all alike: who orders less because of it is not short.
    """
    buf_ptr, need, cover, spread, focus = w.buf_ptr, w.need, w.cover, w.spread, w.focus
    front_left, front_out, front_x = w.front_left, w.front_out, w.front_x
    plan, received, hand, apart, affected = s.plan, s.received, s.hand, s.apart, s.affected
    able, halted, kept = s.able, s.halted, s.kept
    n = plan.shape[1]
    missing, spare = np.zeros(n), np.zeros(n)
    for p in range(buf_ptr.size - 1):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            worst = 0.0
            for d in range(n):
                use = need[b, d] * plan[p, d]
                spare[d] = min(use * dt, max(0.0, hand[b, d] - use * cover[b, d]))
                missing[d] = (use * dt - received[b, d] - spare[d]) / max(use * dt, TINY)
                worst = max(worst, missing[d])
            for d in range(n):
                use = need[b, d] * plan[p, d] * dt
                able[b, d] = min(1.0, (received[b, d] + hand[b, d] + TINY) / (use + TINY))
                halted[b, d], kept[b, d] = 0.0, -1.0
            if worst <= NEVER_SHORT:
                affected[b, :] = 0.0
                apart[b, :] = 0.0
                continue
            for d in range(n):
                if missing[d] <= NEVER_SHORT:
                    affected[b, d], apart[b, d] = 0.0, 0.0
                    continue
                use = need[b, d] * plan[p, d]
                weeks = max(cover[b, d], TINY)
                depth = focus[d] + (1.0 - focus[d]) * missing[d]
                now = missing[d] / depth
                held = hand[b, d] - spare[d]
                stock = _regroup(held, min(held, apart[b, d]), affected[b, d], now)
                full, pace = now * use * weeks, depth * dt / weeks
                rest, out = _advance_front(
                    front_left, front_out, front_x, w.front_max, spread[b, d], stock, full, pace
                )
                affected[b, d], apart[b, d] = now, rest
                kept[b, d] = max(0.0, held - (stock - rest))
                able[b, d] = (received[b, d] + spare[d] + stock - rest) / (use * dt)
                halted[b, d] = missing[d] * out


@njit(cache=True, nogil=True)
def _produce(w: World, s: State, tr: Trace, dt: float) -> None:
    """Run every process on what its inputs allow: run to zero, t in this step."""
    level_ptr, buf_ptr, dedicated, rate = w.level_ptr, w.buf_ptr, w.dedicated, w.rate
    the_plan, halted, able, grown = s.plan, s.halted, s.able, s.grown
    made, lost = s.made, s.lost
    buffer_loss = tr.buffer_loss
    n = the_plan.shape[1]
    for p in range(level_ptr[-1]):
        lo, hi = buf_ptr[p], buf_ptr[p + 1]
        for d in range(n):
            plan = the_plan[p, d] * dt
            share, stopped, binding = 1.0, 0.0, -1
            for b in range(lo, hi):
                stopped = max(stopped, halted[b, d])
                if able[b, d] < share - NEVER_SHORT:  # of equals the first binds
                    binding = b
                share = min(share, able[b, d])
            if binding >= 0 and plan > TINY:
                buffer_loss[binding, d] += (1.0 - share) * dt
            if dedicated[p] == 1:
                usual = min(plan, rate[p, d] * grown[p, d] * dt)
                plan = usual + (plan - usual) * max(0.0, 1.0 - (1.0 - share) / SLACK)
            made[p, d] = plan * share
            lost[p, d] = stopped


@njit(cache=True, nogil=True)
def _use_up(w: World, s: State) -> None:
    """Take what was used out of the buffers; what another input spared stays with all alike."""
    level_ptr, buf_ptr, buf_market, need = w.level_ptr, w.buf_ptr, w.buf_market, w.need
    plan, made, hand, received = s.plan, s.made, s.hand, s.received
    used, kept, apart, affected = s.used, s.kept, s.apart, s.affected
    n = plan.shape[1]
    for p in range(level_ptr[-1]):
        for b in range(buf_ptr[p], buf_ptr[p + 1]):
            m = buf_market[b]
            for d in range(n):
                taken = need[b, d] * made[p, d]
                hand[b, d] = max(0.0, hand[b, d] + received[b, d] - taken)
                used[m, d] += taken
            for d in range(n):
                if kept[b, d] >= 0.0:
                    spared = max(0.0, hand[b, d] - kept[b, d])
                    apart[b, d] = min(hand[b, d], apart[b, d] + affected[b, d] * spared)


@njit(cache=True, nogil=True)
def _put_out(w: World, s: State, tr: Trace, k: int, dt: float) -> None:
    """Send output into work in process or the pool; what no stock takes is unsold."""
    out_ptr, out_pool, out_yield, pool_cap = w.out_ptr, w.out_pool, w.out_yield, w.pool_cap
    lead = w.lead
    plan, out_ring, made, owed = s.plan, s.out_ring, s.made, s.owed
    orders, the_pool, work, made_in = s.orders, s.pool, s.work, s.made_in
    unsold = tr.unsold
    n = plan.shape[1]
    slots = out_ring.shape[1]
    for p in range(out_ptr.size - 1):
        for o in range(out_ptr[p], out_ptr[p + 1]):
            pool = out_pool[o]
            for d in range(n):
                out = out_yield[o, d] * made[p, d]
                room = pool_cap[pool, d] + owed[pool, d] + orders[pool, d] * dt
                space = room - the_pool[pool, d] - work[pool, d]
                taken = min(out, max(0.0, space))
                unsold[o, d] += out - taken
                made_in[pool, d] += taken
                at = lead[p, d] / dt
                i = int(at)
                late = (at - i) * taken
                if i == 0:
                    the_pool[pool, d] += taken - late
                else:
                    out_ring[o, (k + i) % slots, d] += taken - late
                    work[pool, d] += taken - late
                out_ring[o, (k + i + 1) % slots, d] += late
                work[pool, d] += late


@njit(cache=True, nogil=True)
def _apply_quotas(w: World, s: State, k: int, dt: float) -> None:
    """Release this step's quota and cut what is desired to what is left of it.

    Tonnes that are set aside here and then not shipped come back in :func:`_dispatch`.
    """
    quota_keep, quota_add, edge_quota = w.quota_keep, w.quota_add, w.edge_quota
    quota_left, desired = s.quota_left, s.desired
    n = quota_left.shape[1]
    total, factor = np.zeros(n), np.zeros(n)
    for q in range(quota_left.shape[0]):
        total[:] = 0.0
        for e in range(edge_quota.size):
            if edge_quota[e] == q:
                total += desired[e] * dt
        for d in range(n):
            quota_left[q, d] = quota_left[q, d] * quota_keep[k, q] + quota_add[k, q]
            factor[d] = min(1.0, quota_left[q, d] / max(total[d], TINY))
            quota_left[q, d] = max(0.0, quota_left[q, d] - factor[d] * total[d])
        for e in range(edge_quota.size):
            if edge_quota[e] == q:
                desired[e] *= factor


@njit(cache=True, nogil=True)
def _share_pool(
    stock: float,
    edges: IntArray,
    tiers: IntArray,
    desired: FloatArray,
    flow: FloatArray,
    shipped: FloatArray,
    d: int,
    dt: float,
    want: FloatArray,
    weight: FloatArray,
    got: FloatArray,
) -> None:
    """Share a pool that cannot fill all orders: tier after tier, water-filled inside a tier."""
    left = stock
    j = 0
    while j < edges.size:
        tier, first = tiers[edges[j]], j
        while j < edges.size and tiers[edges[j]] == tier:
            want[j - first] = desired[edges[j], d] * dt
            weight[j - first] = flow[edges[j], d]
            j += 1
        waterfill(left, want, weight, j - first, got)
        for i in range(first, j):
            shipped[edges[i], d] = got[i - first]
            left = max(0.0, left - got[i - first])


@njit(cache=True, nogil=True)
def _ship(w: World, s: State, dt: float, want: FloatArray, weight: FloatArray, got: FloatArray) -> None:
    """Ship from pools what is desired and there, t in this step."""
    pool_edge_ptr, pool_edge, edge_tier, flow = w.pool_edge_ptr, w.pool_edge, w.edge_tier, w.flow
    shipped, desired, the_pool, sent = s.shipped, s.desired, s.pool, s.sent
    n = desired.shape[1]
    for pool in range(pool_edge_ptr.size - 1):
        edges = pool_edge[pool_edge_ptr[pool] : pool_edge_ptr[pool + 1]]
        total = np.zeros(n)
        for e in edges:
            total += desired[e] * dt
        for d in range(n):
            total[d] = min(1.0, the_pool[pool, d] / max(total[d], TINY))
        for e in edges:
            shipped[e] = desired[e] * dt * total
        for d in range(n):
            if total[d] < 1.0 - NEVER_SHORT:
                stock = the_pool[pool, d]
                _share_pool(stock, edges, edge_tier, desired, flow, shipped, d, dt, want, weight, got)
        for e in edges:
            sent[pool] += shipped[e]
            the_pool[pool] -= shipped[e]
        the_pool[pool] = np.maximum(0.0, the_pool[pool])


@njit(cache=True, nogil=True)
def _dispatch(w: World, s: State, tr: Trace, k: int, dt: float) -> None:
    """Put shipments on their conveyors and keep the books of what was not shipped."""
    edge_pool, edge_series, edge_quota, lag = w.edge_pool, w.edge_series, w.edge_quota, w.lag
    plan, ring, shipped, quota_left = s.plan, s.ring, s.shipped, s.quota_left
    desired, transit, backlog, order = s.desired, s.transit, s.backlog, s.order
    unfilled, wanted = s.unfilled, s.wanted
    edge_unfilled, edge_blocked, trace_series = tr.edge_unfilled, tr.edge_blocked, tr.series
    n = plan.shape[1]
    slots = ring.shape[1]
    for e in range(edge_pool.size):
        series = edge_series[e]
        quota = edge_quota[e]
        for d in range(n):
            sent = shipped[e, d]
            if quota >= 0:
                quota_left[quota, d] += max(0.0, desired[e, d] * dt - sent)
            at = lag[e, d] / dt
            i = int(at)
            late = (at - i) * sent
            ring[e, (k + i) % slots, d] += sent - late
            ring[e, (k + i + 1) % slots, d] += late
            transit[e, d] += sent
            backlog[e, d] = max(0.0, backlog[e, d] + order[e, d] * dt - sent)
            unfilled[e, d] = max(0.0, wanted[e, d] - sent / dt)
            edge_unfilled[e, d] += unfilled[e, d] * dt
            edge_blocked[e, d] += max(0.0, wanted[e, d] - desired[e, d]) * dt
        if series >= 0:
            for d in range(n):
                trace_series[k, series, d] += shipped[e, d]


@njit(cache=True, nogil=True)
def _record(w: World, s: State, tr: Trace, k: int, dt: float) -> None:
    """Write the lines' share stopped at the end of the step and lost during it; grow."""
    level_ptr, growth = w.level_ptr, w.growth
    plan, lost, made, grown = s.plan, s.lost, s.made, s.grown
    lost_end, lost_mean, line_output = tr.lost_end, tr.lost_mean, tr.line_output
    for p in range(level_ptr[1]):
        for d in range(plan.shape[1]):
            lost_end[k + 1, p, d] = lost[p, d]
            lost_mean[k, p, d] = 1.0 - made[p, d] / max(plan[p, d] * dt, TINY)
            line_output[p, d] += made[p, d]
    for p in range(growth.shape[0]):
        for d in range(plan.shape[1]):
            if growth[p, d] != 0.0:
                grown[p, d] *= np.exp(growth[p, d] * dt)


@njit(cache=True, nogil=True)
def _note(node: FloatArray, residual: FloatArray, gap: float, through: float, i: int, d: int) -> None:
    """Keep the largest residual over throughput, of the node and of the week; nan stays."""
    part = abs(gap) / max(through, TINY)
    node[i, d] = np.maximum(node[i, d], part)
    residual[d] = np.maximum(residual[d], part)


@njit(cache=True, nogil=True)
def _check_markets(w: World, s: State, tr: Trace, week: int) -> None:
    """Close the balance of every market: what it and its buffers hold, got, and used."""
    ptr, market_buf, hand, market = w.market_buf_ptr, w.market_buf, s.hand, s.market
    start, arrived, used = s.start_market, s.arrived, s.used
    node, residual, lowest = tr.market_residual, tr.residual[week], tr.lowest
    for m in range(ptr.size - 1):
        for d in range(market.shape[1]):
            held = market[m, d]
            low = market[m, d]
            for j in range(ptr[m], ptr[m + 1]):
                held += hand[market_buf[j, 0], d]
                low = min(low, hand[market_buf[j, 0], d])
            gap = held - start[m, d] - arrived[m, d] + used[m, d]
            _note(node, residual, gap, arrived[m, d] + start[m, d], m, d)
            lowest[d] = min(lowest[d], low)


@njit(cache=True, nogil=True)
def _check_pools(w: World, s: State, tr: Trace, week: int) -> None:
    """Close the balance of every pool and of the work that goes into it."""
    pool_stock, work, start, made_in, sent = s.pool, s.work, s.start_pool, s.made_in, s.sent
    node, residual, lowest = tr.pool_residual, tr.residual[week], tr.lowest
    for i in range(w.pool_edge_ptr.size - 1):
        for d in range(pool_stock.shape[1]):
            gap = pool_stock[i, d] + work[i, d] - start[i, d] - made_in[i, d] + sent[i, d]
            _note(node, residual, gap, made_in[i, d] + start[i, d], i, d)
            lowest[d] = min(lowest[d], pool_stock[i, d])


@njit(cache=True, nogil=True)
def _check_routes(w: World, s: State, tr: Trace, week: int) -> None:
    """Close the balance of every conveyor: what lies on it is what was sent and has not arrived."""
    ring, transit, backlog, shipped = s.ring, s.transit, s.backlog, s.shipped
    edge_pool, flow, lag, sent = w.edge_pool, w.flow, w.lag, s.sent
    node, residual, lowest = tr.edge_residual, tr.residual[week], tr.lowest
    n = transit.shape[1]
    on_way = np.zeros(n)
    for e in range(edge_pool.size):
        on_way[:] = 0.0
        for i in range(ring.shape[1]):
            for d in range(n):
                on_way[d] += ring[e, i, d]
        for d in range(n):
            through = sent[edge_pool[e], d] + flow[e, d] * lag[e, d]
            _note(node, residual, on_way[d] - transit[e, d], through, e, d)
            lowest[d] = min(lowest[d], backlog[e, d], shipped[e, d])


@njit(cache=True, nogil=True)
def _longest(ptr: IntArray) -> int:
    """Return the largest group of an offset array."""
    longest = 1
    for i in range(ptr.size - 1):
        longest = max(longest, ptr[i + 1] - ptr[i])
    return longest


@njit(cache=True, nogil=True)
def simulate(w: World, s: State, tr: Trace) -> None:
    """Run all steps of one block of draws, in place.

    Parameters
    ----------
    w
        The world, its draws cut to the block.
    s
        State at the start; changed in place.
    tr
        Trace of zeros; filled in place.
    """
    dt = 1.0 / w.steps_per_week
    size = max(_longest(w.market_buf_ptr), _longest(w.pool_edge_ptr))
    want, weight, got = np.zeros(size), np.zeros(size), np.zeros(size)
    for k in range(w.n_steps):
        _arrive(w, s, k)
        _order(w, s, k, dt)
        _receive(w, s, dt, want, weight, got)
        _draw_on_stock(w, s, dt)
        _produce(w, s, tr, dt)
        _use_up(w, s)
        _put_out(w, s, tr, k, dt)
        _apply_quotas(w, s, k, dt)
        _ship(w, s, dt, want, weight, got)
        _dispatch(w, s, tr, k, dt)
        _record(w, s, tr, k, dt)
        if (k + 1) % w.steps_per_week == 0:
            _check_markets(w, s, tr, k // w.steps_per_week)
            _check_pools(w, s, tr, k // w.steps_per_week)
            _check_routes(w, s, tr, k // w.steps_per_week)
    for b in range(s.hand.shape[0]):
        for d in range(s.plan.shape[1]):
            tr.final_stock[b, d] = s.hand[b, d]
