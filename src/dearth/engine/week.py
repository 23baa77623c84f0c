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

from dearth.engine.arrays import FloatArray, World

__all__ = ["State", "simulate", "waterfill"]

TINY = 1e-300
NEVER_SHORT = 1e-13  # relative shortfall that is rounding, not scarcity
NOTHING = 1e-12  # of the base year: a smaller plan or delivery is rounding


class State(NamedTuple):
    """What changes from step to step; arrays as in :class:`dearth.engine.arrays.World`."""

    hand: FloatArray  # B, stock at hand, t
    apart: FloatArray  # B, of it with customers that are not served now, t
    affected: FloatArray  # B, their share of the buyer group
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
    switched: FloatArray  # M, share of unfilled orders that other routes have taken over
    quota_left: FloatArray  # Q, t
    arrived: FloatArray  # M, cumulative, t
    used: FloatArray  # M, cumulative, t
    start_market: FloatArray  # M, t
    made_in: FloatArray  # L, cumulative, t
    sent: FloatArray  # L, cumulative, t
    start_pool: FloatArray  # L, t


@njit(cache=True, nogil=True)
def waterfill(total, want, weight, n, got):
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
    left = total
    mass = 0.0
    for i in range(n):
        mass += weight[i]
    for r in range(n):
        i = rank[r]
        fair = left * weight[i] / mass if mass > TINY else 0.0
        got[i] = min(want[i], fair)
        left -= got[i]
        mass -= weight[i]


@njit(cache=True, nogil=True)
def _arrive(w, s, k):
    """Move what the conveyors deliver at the start of step `k` into markets and pools."""
    slot = k % s.ring.shape[1]
    n = s.plan.shape[1]
    for m in range(w.edge_ptr.size - 1):
        for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
            for d in range(n):
                a = s.ring[e, slot, d]
                s.ring[e, slot, d] = 0.0
                s.transit[e, d] -= a
                s.market[m, d] += a
                s.arrived[m, d] += a
    slot = k % s.out_ring.shape[1]
    for o in range(w.out_pool.size):
        pool = w.out_pool[o]
        for d in range(n):
            a = s.out_ring[o, slot, d]
            s.out_ring[o, slot, d] = 0.0
            s.work[pool, d] -= a
            s.pool[pool, d] += a


@njit(cache=True, nogil=True)
def _plan_lines(w, s):
    """Plan of the lines: base-year rate times growth, t/week."""
    for p in range(w.level_ptr[0], w.level_ptr[1]):
        for d in range(s.plan.shape[1]):
            s.plan[p, d] = w.rate[p, d] * s.grown[p, d]


@njit(cache=True, nogil=True)
def _plan_makers(w, s, level):
    """Plan of makers: the best-paid output asks for most; never above capacity, t/week.

    What is owed counts as a gap of the stock, not as an order: a backlog that drove the plan by
    its clearing rate would be ordered again in every week of the lead time, and swing.
    """
    n = s.plan.shape[1]
    for p in range(w.level_ptr[level], w.level_ptr[level + 1]):
        for d in range(n):
            s.plan[p, d] = 0.0
        for o in range(w.out_ptr[p], w.out_ptr[p + 1]):
            if w.out_pays[o] == 0:
                continue
            pool = w.out_pool[o]
            for d in range(n):
                target = w.pool_stock[pool, d] + s.work_target[pool, d] + s.owed[pool, d]
                gap = target - s.pool[pool, d] - s.work[pool, d]
                ask = (s.orders[pool, d] + gap / w.pool_time[pool, d]) / max(w.pool_base[pool, d], TINY)
                s.plan[p, d] = max(s.plan[p, d], w.rate[p, d] * ask)
        for d in range(n):
            s.plan[p, d] = min(s.plan[p, d], w.capacity[p, d] * s.grown[p, d])
            if s.plan[p, d] < NOTHING * w.rate[p, d]:
                s.plan[p, d] = 0.0


@njit(cache=True, nogil=True)
def _market_order(w, s, m, ask, scratch):
    """Order of market `m`, t/week: use plus the gap of stock at hand, in transit and on order."""
    n = s.plan.shape[1]
    use, target, position = scratch[0], scratch[1], scratch[2]
    for d in range(n):
        use[d] = 0.0
        target[d] = 0.0
        position[d] = s.market[m, d]
    for j in range(w.market_buf_ptr[m], w.market_buf_ptr[m + 1]):
        b = w.market_buf[j, 0]
        p = w.market_buf[j, 1]
        for d in range(n):
            u = w.need[b, d] * s.plan[p, d]
            use[d] += u
            target[d] += u * w.cover[b, d]
            position[d] += s.hand[b, d]
    for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
        for d in range(n):
            scale = use[d] / max(s.market_base[m, d], TINY)
            target[d] += w.lag[e, d] * w.flow[e, d] * scale
            position[d] += s.transit[e, d] + s.backlog[e, d]
    for d in range(n):
        ask[d] = max(0.0, use[d] + (target[d] - position[d]) / w.order_time[m, d])


@njit(cache=True, nogil=True)
def _switch(w, s, m, dt, scratch):
    """Advance the share of unfilled orders that moves to routes that still deliver."""
    n = s.plan.shape[1]
    unfilled, weight, wanted = scratch[0], scratch[1], scratch[2]
    for d in range(n):
        unfilled[d] = 0.0
        weight[d] = 0.0
        wanted[d] = 0.0
    for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
        for d in range(n):
            unfilled[d] += s.unfilled[e, d]
            wanted[d] += s.wanted[e, d]
            weight[d] += w.flow[e, d] * s.shipped[e, d] / max(s.wanted[e, d] * dt, TINY)
    for d in range(n):
        short = unfilled[d] / max(wanted[d], TINY)
        step = 1.0 - np.exp(-dt / w.switch_time[d])
        s.switched[m, d] += (w.switch_share[m, d] * short - s.switched[m, d]) * step


@njit(cache=True, nogil=True)
def _order_edges(w, s, m, k, dt, ask, scratch):
    """Split the order of market `m` over its routes; what the gates let pass is desired."""
    n = s.plan.shape[1]
    unfilled, weight = scratch[0], scratch[1]
    for e in range(w.edge_ptr[m], w.edge_ptr[m + 1]):
        pool = w.edge_pool[e]
        gate = w.edge_class[e]
        for d in range(n):
            moved = s.switched[m, d] * s.unfilled[e, d]
            share = w.flow[e, d] / max(s.market_base[m, d], TINY)
            order = share * ask[d]
            if weight[d] > NOTHING * s.market_base[m, d]:
                still = w.flow[e, d] * s.shipped[e, d] / max(s.wanted[e, d] * dt, TINY)
                order += s.switched[m, d] * unfilled[d] * still / weight[d]
                s.backlog[e, d] = max(0.0, s.backlog[e, d] - moved * dt)
            s.order[e, d] = order
        for d in range(n):
            fresh = s.order[e, d]
            wanted = fresh + s.backlog[e, d] / w.backlog_time[d]
            s.wanted[e, d] = wanted
            if gate >= 0:
                allowed = w.flow[e, d] * w.allowance[k, gate, d]
                wanted = min(wanted, allowed)
                fresh = min(fresh, allowed)
            s.desired[e, d] = wanted
            s.orders[pool, d] += fresh
            s.owed[pool, d] += (wanted - fresh) * w.backlog_time[d]


@njit(cache=True, nogil=True)
def _order(w, s, k, dt, scratch):
    """Orders run up the chain: lines ask markets, markets ask pools, pools ask makers."""
    n_groups = w.group_ptr.size - 1
    s.orders[:] = 0.0
    s.owed[:] = 0.0
    _plan_lines(w, s)
    for level in range(w.level_ptr.size - 1):
        if level > 0:
            _plan_makers(w, s, level)
        if level >= n_groups:
            continue
        for m in range(w.group_ptr[level], w.group_ptr[level + 1]):
            _market_order(w, s, m, scratch[3], scratch)
            _switch(w, s, m, dt, scratch)
            _order_edges(w, s, m, k, dt, scratch[3], scratch)


@njit(cache=True, nogil=True)
def _receive(w, s, dt, want, weight, got):
    """Share what has arrived among the buffers of each market, t in this step."""
    n = s.plan.shape[1]
    for m in range(w.market_buf_ptr.size - 1):
        lo, hi = w.market_buf_ptr[m], w.market_buf_ptr[m + 1]
        for d in range(n):
            total = 0.0
            for j in range(lo, hi):
                b = w.market_buf[j, 0]
                u = w.need[b, d] * s.plan[w.market_buf[j, 1], d]
                want[j - lo] = max(0.0, u * (dt + w.cover[b, d]) - s.hand[b, d])
                total += want[j - lo]
            if s.market[m, d] >= total:
                for j in range(lo, hi):
                    s.received[w.market_buf[j, 0], d] = want[j - lo]
                s.market[m, d] -= total
                continue
            for j in range(lo, hi):
                b = w.market_buf[j, 0]
                weight[j - lo] = w.need[b, d] * w.rate[w.market_buf[j, 1], d]
            waterfill(s.market[m, d], want, weight, hi - lo, got)
            given = 0.0
            for j in range(lo, hi):
                s.received[w.market_buf[j, 0], d] = got[j - lo]
                given += got[j - lo]
            s.market[m, d] = max(0.0, s.market[m, d] - given)


@njit(cache=True, nogil=True)
def _lookup(table, row, at):
    """Return the table row at fractional index `at`, linear, clipped to the table."""
    last = table.shape[1] - 1
    if at >= last:
        return table[row, last]
    i = int(at)
    return table[row, i] + (at - i) * (table[row, i + 1] - table[row, i])


@njit(cache=True, nogil=True)
def _advance_front(front_left, front_out, front_x, front_max, row, apart, full, pace):
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
def _regroup(stock, apart, affected, now):
    """Return the stock of the customers not served when their share goes from `affected` to `now`.

    Customers enter with the mean stock of the served and leave with the mean stock of the unserved.
    """
    if now > affected:
        return apart + (now - affected) / max(1.0 - affected, TINY) * (stock - apart)
    return apart * now / max(affected, TINY)


@njit(cache=True, nogil=True)
def _able(w, s, b, use, d, dt):
    """Return the share of plan that buffer `b` allows, and the share stopped at the end of the step."""
    missing = 1.0 - s.received[b, d] / max(use * dt, TINY)
    s.kept[b, d] = -1.0
    if missing <= NEVER_SHORT or use <= TINY:
        s.affected[b, d] = 0.0
        s.apart[b, d] = 0.0
        return 1.0, 0.0
    depth = w.focus[d] + (1.0 - w.focus[d]) * missing
    now = missing / depth
    apart = _regroup(s.hand[b, d], s.apart[b, d], s.affected[b, d], now)
    cover = w.cover[b, d]
    rest, out = _advance_front(
        w.front_left,
        w.front_out,
        w.front_x,
        w.front_max,
        w.spread[b, d],
        apart,
        now * use * cover,
        depth * dt / max(cover, TINY),
    )
    s.affected[b, d] = now
    s.apart[b, d] = rest
    s.kept[b, d] = max(0.0, s.hand[b, d] - (apart - rest))
    return (s.received[b, d] + apart - rest) / (use * dt), missing * out


@njit(cache=True, nogil=True)
def _produce(w, s, tr, k, dt):
    """Run every process on what its inputs allow: run to zero, t in this step."""
    n = s.plan.shape[1]
    for p in range(w.level_ptr[-1]):
        lo, hi = w.buf_ptr[p], w.buf_ptr[p + 1]
        for d in range(n):
            plan = s.plan[p, d] * dt
            share, stopped, binding = 1.0, 0.0, -1
            for b in range(lo, hi):
                able, halted = _able(w, s, b, w.need[b, d] * s.plan[p, d], d, dt)
                stopped = max(stopped, halted)
                if able < share:
                    share, binding = able, b
            if binding >= 0 and plan > TINY:
                tr.buffer_loss[binding, d] += (1.0 - share) * dt
            if w.dedicated[p] == 1 and share < 1.0 - NEVER_SHORT:
                plan = min(plan, w.rate[p, d] * s.grown[p, d] * dt)
            s.made[p, d] = plan * share
            s.lost[p, d] = stopped
        for b in range(lo, hi):
            m = w.buf_market[b]
            for d in range(n):
                taken = w.need[b, d] * s.made[p, d]
                s.hand[b, d] = max(0.0, s.hand[b, d] + s.received[b, d] - taken)
                s.used[m, d] += taken
                if s.kept[b, d] >= 0.0:  # another input bound: what was spared stays with all alike
                    spared = max(0.0, s.hand[b, d] - s.kept[b, d])
                    s.apart[b, d] = min(s.hand[b, d], s.apart[b, d] + s.affected[b, d] * spared)


@njit(cache=True, nogil=True)
def _put_out(w, s, tr, k, dt):
    """Send output into work in process or the pool; what no stock takes is unsold."""
    n = s.plan.shape[1]
    slots = s.out_ring.shape[1]
    for p in range(w.out_ptr.size - 1):
        for o in range(w.out_ptr[p], w.out_ptr[p + 1]):
            pool = w.out_pool[o]
            for d in range(n):
                out = w.out_yield[o, d] * s.made[p, d]
                room = w.pool_cap[pool, d] + s.owed[pool, d] + s.orders[pool, d] * dt
                space = room - s.pool[pool, d] - s.work[pool, d]
                taken = min(out, max(0.0, space))
                tr.unsold[o, d] += out - taken
                s.made_in[pool, d] += taken
                at = w.lead[p, d] / dt
                i = int(at)
                late = (at - i) * taken
                if i == 0:
                    s.pool[pool, d] += taken - late
                else:
                    s.out_ring[o, (k + i) % slots, d] += taken - late
                    s.work[pool, d] += taken - late
                s.out_ring[o, (k + i + 1) % slots, d] += late
                s.work[pool, d] += late


@njit(cache=True, nogil=True)
def _apply_quotas(w, s, k, dt):
    """Release this step's quota and cut what is desired to what is left of it.

    Tonnes that are set aside here and then not shipped come back in :func:`_dispatch`.
    """
    n = s.plan.shape[1]
    for q in range(s.quota_left.shape[0]):
        for d in range(n):
            s.quota_left[q, d] = s.quota_left[q, d] * w.quota_keep[k, q] + w.quota_add[k, q]
            total = 0.0
            for e in range(w.edge_quota.size):
                if w.edge_quota[e] == q:
                    total += s.desired[e, d] * dt
            factor = min(1.0, s.quota_left[q, d] / max(total, TINY))
            s.quota_left[q, d] = max(0.0, s.quota_left[q, d] - factor * total)
            for e in range(w.edge_quota.size):
                if w.edge_quota[e] == q:
                    s.desired[e, d] *= factor


@njit(cache=True, nogil=True)
def _share_pool(w, s, pool, d, dt, want, weight, got):
    """Share a pool that cannot fill all orders: tier after tier, water-filled inside a tier."""
    left = s.pool[pool, d]
    j, hi = w.pool_edge_ptr[pool], w.pool_edge_ptr[pool + 1]
    while j < hi:
        tier, first = w.edge_tier[w.pool_edge[j]], j
        while j < hi and w.edge_tier[w.pool_edge[j]] == tier:
            e = w.pool_edge[j]
            want[j - first] = s.desired[e, d] * dt
            weight[j - first] = w.flow[e, d]
            j += 1
        waterfill(left, want, weight, j - first, got)
        for i in range(first, j):
            s.shipped[w.pool_edge[i], d] = got[i - first]
            left = max(0.0, left - got[i - first])


@njit(cache=True, nogil=True)
def _ship(w, s, dt, want, weight, got):
    """Ship from pools what is desired and there, t in this step."""
    n = s.plan.shape[1]
    for pool in range(w.pool_edge_ptr.size - 1):
        lo, hi = w.pool_edge_ptr[pool], w.pool_edge_ptr[pool + 1]
        for d in range(n):
            total = 0.0
            for j in range(lo, hi):
                total += s.desired[w.pool_edge[j], d] * dt
            if total <= s.pool[pool, d]:
                for j in range(lo, hi):
                    e = w.pool_edge[j]
                    s.shipped[e, d] = s.desired[e, d] * dt
            else:
                _share_pool(w, s, pool, d, dt, want, weight, got)
            sent = 0.0
            for j in range(lo, hi):
                sent += s.shipped[w.pool_edge[j], d]
            s.pool[pool, d] = max(0.0, s.pool[pool, d] - sent)
            s.sent[pool, d] += sent


@njit(cache=True, nogil=True)
def _dispatch(w, s, tr, k, dt):
    """Put shipments on their conveyors and keep the books of what was not shipped."""
    n = s.plan.shape[1]
    slots = s.ring.shape[1]
    for e in range(w.edge_pool.size):
        series = w.edge_series[e]
        quota = w.edge_quota[e]
        for d in range(n):
            sent = s.shipped[e, d]
            if quota >= 0:
                s.quota_left[quota, d] += max(0.0, s.desired[e, d] * dt - sent)
            at = w.lag[e, d] / dt
            i = int(at)
            late = (at - i) * sent
            s.ring[e, (k + i) % slots, d] += sent - late
            s.ring[e, (k + i + 1) % slots, d] += late
            s.transit[e, d] += sent
            s.backlog[e, d] = max(0.0, s.backlog[e, d] + s.order[e, d] * dt - sent)
            s.unfilled[e, d] = max(0.0, s.wanted[e, d] - sent / dt)
            tr.edge_unfilled[e, d] += s.unfilled[e, d] * dt
            tr.edge_blocked[e, d] += max(0.0, s.wanted[e, d] - s.desired[e, d]) * dt
        if series >= 0:
            for d in range(n):
                tr.series[k, series, d] += s.shipped[e, d]


@njit(cache=True, nogil=True)
def _record(w, s, tr, k, dt):
    """Write the lines' share stopped at the end of the step and lost during it; grow."""
    for p in range(w.level_ptr[1]):
        for d in range(s.plan.shape[1]):
            tr.lost_end[k + 1, p, d] = s.lost[p, d]
            tr.lost_mean[k, p, d] = 1.0 - s.made[p, d] / max(s.plan[p, d] * dt, TINY)
            tr.line_output[p, d] += s.made[p, d]
    for p in range(w.growth.shape[0]):
        for d in range(s.plan.shape[1]):
            if w.growth[p, d] != 0.0:
                s.grown[p, d] *= np.exp(w.growth[p, d] * dt)


@njit(cache=True, nogil=True)
def _check(w, s, tr, week):
    """Close the mass balance of every market, pool and conveyor; residual over throughput."""
    n = s.plan.shape[1]
    for m in range(w.market_buf_ptr.size - 1):
        for d in range(n):
            held = s.market[m, d]
            low = s.market[m, d]
            for j in range(w.market_buf_ptr[m], w.market_buf_ptr[m + 1]):
                held += s.hand[w.market_buf[j, 0], d]
                low = min(low, s.hand[w.market_buf[j, 0], d])
            gap = abs(held - s.start_market[m, d] - s.arrived[m, d] + s.used[m, d])
            gap /= max(s.arrived[m, d] + s.start_market[m, d], TINY)
            tr.market_residual[m, d] = max(tr.market_residual[m, d], gap)
            tr.residual[week, d] = max(tr.residual[week, d], gap)
            tr.lowest[d] = min(tr.lowest[d], low)
    for pool in range(w.pool_edge_ptr.size - 1):
        for d in range(n):
            gap = s.pool[pool, d] + s.work[pool, d] - s.start_pool[pool, d]
            gap = abs(gap - s.made_in[pool, d] + s.sent[pool, d])
            gap /= max(s.made_in[pool, d] + s.start_pool[pool, d], TINY)
            tr.pool_residual[pool, d] = max(tr.pool_residual[pool, d], gap)
            tr.residual[week, d] = max(tr.residual[week, d], gap)
            tr.lowest[d] = min(tr.lowest[d], s.pool[pool, d])
    for e in range(w.edge_pool.size):
        for d in range(n):
            on_way = 0.0
            for i in range(s.ring.shape[1]):
                on_way += s.ring[e, i, d]
            gap = abs(on_way - s.transit[e, d])
            start = s.start_pool[w.edge_pool[e], d] + w.flow[e, d] * w.lag[e, d]
            gap /= max(s.sent[w.edge_pool[e], d] + start, TINY)
            tr.edge_residual[e, d] = max(tr.edge_residual[e, d], gap)
            tr.residual[week, d] = max(tr.residual[week, d], gap)
            tr.lowest[d] = min(tr.lowest[d], min(s.backlog[e, d], s.shipped[e, d]))


@njit(cache=True, nogil=True)
def _longest(ptr):
    """Return the largest group of an offset array."""
    longest = 1
    for i in range(ptr.size - 1):
        longest = max(longest, ptr[i + 1] - ptr[i])
    return longest


@njit(cache=True, nogil=True)
def simulate(w: World, s: State, tr) -> None:
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
    scratch = np.zeros((4, s.plan.shape[1]))
    for k in range(w.n_steps):
        _arrive(w, s, k)
        _order(w, s, k, dt, scratch)
        _receive(w, s, dt, want, weight, got)
        _produce(w, s, tr, k, dt)
        _put_out(w, s, tr, k, dt)
        _apply_quotas(w, s, k, dt)
        _ship(w, s, dt, want, weight, got)
        _dispatch(w, s, tr, k, dt)
        _record(w, s, tr, k, dt)
        if (k + 1) % w.steps_per_week == 0:
            _check(w, s, tr, k // w.steps_per_week)
    for b in range(s.hand.shape[0]):
        for d in range(s.plan.shape[1]):
            tr.final_stock[b, d] = s.hand[b, d]
