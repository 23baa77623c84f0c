"""The market's week, for one draw at a time: stocks, gates, front, rent, prices.

Each kernel takes the frozen market `m`, the draw `n`, the step `k` and the state `s` of that draw, and
writes only what its docstring says.  Times are weeks, flows t/week, prices USD/kg.  Equations and sources:
docs/model.md.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.engine.market import Market, MarketTrace
from dearth.errors import Fault, MassError
from dearth.watch import beat

__all__ = ["TOLERANCE", "run_market"]

TOLERANCE: Final = 1e-9  # of throughput
_SIGNAL_TIME: Final = 4.0  # weeks over which buyers judge what reaches them [MODEL.md, step 1]
_TINY: Final = 1e-12
_SPAN: Final = 20  # draws between two beats; each draw is run alone
_OPEN: Final = 1e6  # an allowance above this is no gate


class _State(NamedTuple):
    """One draw: stocks and signals; E, M, B as in `dearth.engine.market`."""

    stock: FloatArray  # E
    price: FloatArray  # G
    expected: FloatArray  # E
    supply_answer: FloatArray  # M, ln
    capacity_answer: FloatArray  # M, ln
    thrift_home: FloatArray  # E, share of use
    thrift: FloatArray  # B
    at_hand: FloatArray  # B
    ring: FloatArray  # B, slots
    on_way: FloatArray  # B
    rent: FloatArray  # B, licence rent
    leak: FloatArray  # B, t/week
    served: FloatArray  # B, smoothed share of need that leaves for the buyer
    port: FloatArray  # B, t sent and held at the port
    free: FloatArray  # B, t/week that the quota does not count
    cuts: FloatArray  # 3: quota rent, pool, smoothed share of need inside the quota
    # of the step
    use: FloatArray  # B, t/week
    other: FloatArray  # B, t/week from mines outside China
    order: FloatArray  # B
    ship: FloatArray  # B
    arrive: FloatArray  # B, t/week
    lost: FloatArray  # B
    short: FloatArray  # B
    quote: FloatArray  # B
    weighted: FloatArray  # B
    home: FloatArray  # E
    made: FloatArray  # E
    out: FloatArray  # E, exports and leak
    sunk: FloatArray  # E
    worst: FloatArray  # 2: residual, lowest


_jit = njit(inline="always", error_model="numpy")


@_jit
def _week(m: Any, k: int) -> int:
    """Return the whole week in which step k begins."""
    return k // m.steps_per_week  # type: ignore[no-any-return]


@_jit
def _prices_out(m: Any, n: int, k: int, s: Any) -> None:
    """Write the thin quote and the volume-weighted price of each buyer (MODEL.md, step 11)."""
    for b in range(m.good.size):
        g = m.good[b]
        base = (s.price[g] * (1.0 + m.duty[k, g, n]) + m.freight[b, n]) * (1.0 + m.import_duty[b, n])
        common = s.cuts[0] if m.quota[b] == 1 else 0.0
        floor = m.price_floor[k, b]
        s.quote[b] = max(base + common + s.rent[b], floor)
        s.weighted[b] = max(base + m.thin[b, n] * (common + s.rent[b]), floor)


@_jit
def _thrift(m: Any, n: int, now: float, ratio: float, cap: float, dt: float) -> float:
    """Return the substituted share after a step: slower down than up, and at a bounded pace."""
    v = m.behaviour
    target = min(cap, 1.0 - max(ratio, 1.0) ** (-v.thrift_power[n]))
    time = v.thrift_time[n] if target > now else v.thrift_fade[n] * v.thrift_time[n]
    change = (target - now) * (1.0 - np.exp(-dt / time))
    return now + min(change, v.thrift_pace[n] * dt / WEEKS_PER_YEAR)  # type: ignore[no-any-return]


@_jit
def _use(m: Any, n: int, k: int, s: Any, start: Any) -> None:
    """Write use outside and at home, and the substituted shares (step 2)."""
    v, dt, w = m.behaviour, 1.0 / m.steps_per_week, _week(m, k)
    for b in range(m.good.size):
        g = m.good[b]
        ratio = s.weighted[b] / start[b]
        s.thrift[b] = _thrift(m, n, s.thrift[b], ratio, m.substitutable[g, n], dt)
        plan = m.need0[b, n] * m.need_path[w, g, n]
        s.use[b] = plan * (1.0 - s.thrift[b]) * max(ratio, _TINY) ** (-v.use_power[n])
    for e in range(m.floor.shape[0]):
        ratio = s.price[e] / m.price0[e, n]
        s.thrift_home[e] = _thrift(m, n, s.thrift_home[e], ratio, m.substitutable[e, n], dt)
        s.home[e] = m.home0[e, n] * m.home_path[w, e, n] * _home_share(m, n, s, e)


@_jit
def _home_share(m: Any, n: int, s: Any, e: int) -> float:
    """Return use inside China over its plan, after substitution and price."""
    ratio = max(s.price[e] / m.price0[e, n], _TINY)
    return (1.0 - s.thrift_home[e]) * ratio ** (-m.behaviour.use_power[n])  # type: ignore[no-any-return]


@_jit
def _orders(m: Any, n: int, k: int, s: Any) -> None:
    """Write orders from China: use, and a share of the gap of stock and goods on the way (step 3)."""
    v, w = m.behaviour, _week(m, k)
    for b in range(m.good.size):
        other = 0.0
        if m.good[b] < m.floor.shape[0]:
            other = m.other0[b, n] * m.other_path[w, m.good[b], n]
        s.other[b] = other
        unmet = 1.0 - min(1.0, max(0.0, s.served[b]))
        wanted = m.cover[b, n] * s.use[b] * (1.0 + v.precaution[n] * unmet)
        pipe = max(0.0, s.use[b] - other) * m.transit[b, n]
        gap = wanted + pipe - s.at_hand[b] - s.on_way[b]
        s.order[b] = max(0.0, s.use[b] - other + gap / v.restock_time[n])


@_jit
def _gated(m: Any, n: int, k: int, s: Any) -> None:
    """Write what may leave under the licence of each buyer's class (step 5)."""
    w = _week(m, k)
    for b in range(m.good.size):
        s.ship[b] = s.order[b]
        c = m.klass[b]
        if c >= 0:
            share = m.allowance[k, c, n]
            if share < _OPEN:
                most = m.headroom[n] * _base(m, n, b) * m.need_path[w, m.good[b], n]
                s.ship[b] = share * min(s.order[b], most)


@_jit
def _quota(m: Any, n: int, k: int, s: Any) -> None:
    """Cut shipments to the tonnage that is open, by water-filling on the base flow (steps 5 and 6).

    Goods that the quota does not count pass up to their share of the base flow.
    """
    s.cuts[1] = s.cuts[1] * m.quota_keep[k] + m.quota_add[k]
    if m.quota_pace[k] < 0.0:
        return
    dt = 1.0 / m.steps_per_week
    room = s.cuts[1] * (1.0 - np.exp(-dt / m.behaviour.quota_time[n])) / dt
    wanted = 0.0
    for b in range(m.good.size):
        s.free[b] = 0.0
        if m.quota[b] == 1:
            s.free[b] = min(s.ship[b], (1.0 - m.covered[n]) * _base(m, n, b))
            s.ship[b] -= s.free[b]
            wanted += s.ship[b]
    if wanted > room:
        _fill(m, n, s, room)
    for b in range(m.good.size):
        if m.quota[b] == 1:
            s.cuts[1] -= s.ship[b] * dt
            s.ship[b] += s.free[b]


@_jit
def _base(m: Any, n: int, b: int) -> float:
    """Return what a buyer took from China in the base year, t/week."""
    return max(0.0, m.need0[b, n] - m.other0[b, n])  # type: ignore[no-any-return]


@_jit
def _fill(m: Any, n: int, s: Any, room: float) -> None:
    """Give min(order, level * base flow) to each, with one level for all, so that `room` is used up."""
    level = 0.0
    for _ in range(m.good.size + 1):  # one round for each buyer that is served in full
        weight, given, step = 0.0, 0.0, np.inf
        for b in range(m.good.size):
            share = _base(m, n, b) * m.quota[b]
            given += min(s.ship[b], level * share) * m.quota[b]
            if s.ship[b] > level * share and share > 0.0:
                weight += share
                step = min(step, s.ship[b] / share - level)  # up to the next buyer that has enough
        if weight <= 0.0 or room - given <= _TINY * room:
            break
        level += max(min(step, (room - given) / weight), _TINY)
    for b in range(m.good.size):
        if m.quota[b] == 1:
            s.ship[b] = min(s.ship[b], level * _base(m, n, b))


@_jit
def _leaks(m: Any, n: int, k: int, s: Any) -> None:
    """Write the smuggled flow: it nears a share of the base export that the wedge sets (step 7)."""
    v, dt = m.behaviour, 1.0 / m.steps_per_week
    for b in range(m.good.size):
        g = m.good[b]
        target = 0.0
        if g < m.floor.shape[0]:
            wedge = max(0.0, 1.0 - s.price[g] / s.quote[b]) * (1.0 - v.leak_risk[n])
            blocked = max(0.0, s.order[b] - s.ship[b])
            most = v.leak_most[n] * _base(m, n, b)
            target = m.leak_open[k] * min(blocked, most * wedge)
        s.leak[b] += (target - s.leak[b]) * (1.0 - np.exp(-dt / v.leak_time[n]))


@_jit
def _answer(m: Any, n: int, s: Any, i: int) -> float:
    """Return output over its path: mining inside the quota does not answer prices, the rest does."""
    most = np.log(m.behaviour.supply_most[n])
    free = np.exp(min(most, s.supply_answer[i] + s.capacity_answer[i]))
    return 1.0 + m.answering[i, n] * (free - 1.0)  # type: ignore[no-any-return]


@_jit
def _china(m: Any, n: int, k: int, s: Any) -> None:
    """Make, use and export oxides; write stocks, and tonnes sunk (steps 4 and 6); own use comes first."""
    dt, w = 1.0 / m.steps_per_week, _week(m, k)
    n_e = m.floor.shape[0]
    s.out[:] = 0.0
    for e in range(n_e):
        s.made[e] = 0.0
        for i in range(m.supply0.shape[0]):
            s.made[e] += m.supply0[i, e, n] * m.supply_path[w, i, n] * _answer(m, n, s, i)
    for b in range(m.good.size):
        g = m.good[b]
        if g < n_e:
            s.out[g] += s.ship[b] + s.leak[b]
        else:  # oxide inside magnets: what is shipped takes the place of what was planned
            planned = m.need0[b, n] * m.need_path[w, g, n]
            for e in range(n_e):
                change = m.content[g, e, n] * (s.ship[b] - planned * _home_share(m, n, s, e))
                s.home[e] = max(0.0, s.home[e] + change)
    for e in range(n_e):
        _one_element(m, n, k, s, e, dt)


@_jit
def _one_element(m: Any, n: int, k: int, s: Any, e: int, dt: float) -> None:
    """Balance one element in China; scale exports, then use, where the stock would not last the step."""
    have = s.stock[e] / dt + s.made[e]
    bought = min(m.stockpile[k, e], have)
    have -= bought
    use = min(s.home[e], have)
    export = min(s.out[e], have - use)
    cut = export / s.out[e] if s.out[e] > 0.0 else 1.0
    if cut < 1.0:
        for b in range(m.good.size):
            if m.good[b] == e:
                s.ship[b] *= cut
                s.leak[b] *= cut
    kept = max(0.0, (have - use - export) * dt)
    limit = m.behaviour.sink_cover[n] * max(_TINY, use + export)
    s.sunk[e] = max(0.0, kept - limit) * (1.0 - np.exp(-dt / _SIGNAL_TIME))
    before = s.stock[e]
    s.stock[e] = kept - s.sunk[e]
    s.home[e], s.out[e] = use, export
    gone = (use + export + bought) * dt + s.sunk[e]
    off = abs(before + s.made[e] * dt - gone - s.stock[e])
    s.worst[0] = max(s.worst[0], off / max(_TINY, before + s.made[e] * dt))
    s.worst[1] = min(s.worst[1], s.stock[e])


@_jit
def _at(table: Any, x: float) -> float:
    """Return the table at x on its uniform grid over [0, 1], linear between points."""
    last = table.size - 1
    place = min(max(x, 0.0), 1.0) * last
    low = min(int(place), last - 1)
    return table[low] + (table[low + 1] - table[low]) * (place - low)  # type: ignore[no-any-return]


@_jit
def _arrive(m: Any, n: int, k: int, s: Any) -> None:
    """Move goods on the way; write arrivals, stocks outside and the stop front (step 8)."""
    dt, slots = 1.0 / m.steps_per_week, s.ring.shape[1]
    for b in range(m.good.size):
        kept = m.held[k, b, n]
        freed = 0.0
        if kept <= 0.0:
            freed = s.port[b] * (1.0 - np.exp(-dt / m.behaviour.port_time[n]))
        s.port[b] += s.ship[b] * kept * dt - freed
        s.ship[b] = s.ship[b] * (1.0 - kept) + freed / dt
        sent = (s.ship[b] + s.leak[b]) * dt
        at = m.transit[b, n] / dt
        whole = int(np.floor(at))
        s.ring[b, (k + whole) % slots] += sent * (1.0 - at + whole)
        s.ring[b, (k + whole + 1) % slots] += sent * (at - whole)
        landed = s.ring[b, k % slots]
        s.ring[b, k % slots] = 0.0
        s.on_way[b] += sent - landed
        s.arrive[b] = landed / dt + s.other[b]
        _front(m, n, k, s, b, dt)
        s.worst[1] = min(s.worst[1], s.ship[b], s.leak[b], s.at_hand[b], landed, s.port[b])


@_jit
def _front(m: Any, n: int, k: int, s: Any, b: int, dt: float) -> None:
    """Run one buyer group down: stock at hand, share of plan lost, share whose stock ends inside the horizon.

    Buyers differ in cover and are short alike, so F(x) of them are out once each has missed x mean covers
    of need; those still use what arrives.  The stock left tells x, which conserves mass
    (`dearth.engine.front`).
    """
    use = max(_TINY, s.use[b])
    x = _at(m.front_x[m.spread[b]], s.at_hand[b] / (m.cover[b, n] * use)) / m.front_max
    out = _at(m.front_out[m.spread[b]], x)
    used = use * (1.0 - out * max(0.0, 1.0 - s.arrive[b] / use))
    left = s.at_hand[b] + (s.arrive[b] - used) * dt
    used += min(0.0, left) / dt
    s.at_hand[b] = max(0.0, left)
    s.lost[b] = max(0.0, 1.0 - used / use)
    leaves = (s.ship[b] + s.leak[b] + s.other[b]) / use
    s.served[b] += (leaves - s.served[b]) * (1.0 - np.exp(-dt / _SIGNAL_TIME))
    coming = leaves
    if m.klass[b] >= 0 and m.allowance[k, m.klass[b], n] < _OPEN:
        coming = m.outlook[k, m.klass[b], n] * (1.0 - s.other[b] / use) + (s.leak[b] + s.other[b]) / use
    ahead = (m.behaviour.horizon[n] + m.transit[b, n]) * max(0.0, 1.0 - coming)
    s.short[b] = _at(m.front_out[m.spread[b]], x + ahead / (m.cover[b, n] * m.front_max))


@_jit
def _toward(now: float, target: float, rise: float, fall: float, dt: float) -> float:
    """Return a rent after a step towards its target, exactly exponential."""
    return now + (target - now) * (1.0 - np.exp(-dt / (rise if target > now else fall)))  # type: ignore[no-any-return]


@_jit
def _rents(m: Any, n: int, k: int, s: Any) -> None:
    """Write the licence rents: value at stake x share short, rising fast and falling slowly (step 9)."""
    v, dt = m.behaviour, 1.0 / m.steps_per_week
    for b in range(m.good.size):
        gated = m.klass[b] >= 0 and m.allowance[k, m.klass[b], n] < _OPEN
        target = m.value[b, n] * s.short[b] if gated and m.quota[b] == 0 else 0.0
        s.rent[b] = _toward(s.rent[b], target, v.rent_rise[n], v.rent_fall[n], dt)
    target = _quota_bid(m, n, k, s, dt) if m.quota_pace[k] >= 0.0 else 0.0
    s.cuts[0] = _toward(s.cuts[0], target, v.rent_rise[n], v.rent_fall[n], dt)


@_jit
def _quota_bid(m: Any, n: int, k: int, s: Any, dt: float) -> float:
    """Return what the marginal tonne of the quota is worth: one rent in USD/kg for all elements inside it.

    Buyers expect the tonnage in force, whether or not it is used; it serves them from the highest value
    down, and the last one served sets the bid, times the share of buyers whose stock ends in the horizon.
    That scarcity is learnt as slowly as the expected price.
    """
    v = m.behaviour
    ordered, short = 0.0, 0.0
    for b in range(m.good.size):
        ordered += s.order[b] * m.quota[b] * m.covered[n]
        short += s.order[b] * m.quota[b] * m.covered[n] * _expected_short(m, n, s, b)
    if ordered <= _TINY:
        return 0.0
    share = min(1.0, m.quota_pace[k] / ordered)
    s.cuts[2] += (share - s.cuts[2]) * (1.0 - np.exp(-dt / v.expect_time[n]))
    left, worth = s.cuts[2] * ordered, 0.0
    for i in range(m.good.size):
        b = m.by_value[i, n]
        tonnes = s.order[b] * m.quota[b] * m.covered[n]
        if tonnes > 0.0 and left > 0.0:
            part = min(1.0, left / tonnes)
            worth = m.value[b, n] * (1.0 + m.value_spread[n] * (1.0 - 2.0 * part))
            left -= tonnes
    return worth * short / ordered


@_jit
def _expected_short(m: Any, n: int, s: Any, b: int) -> float:
    """Return the share of buyers whose stock ends inside the horizon if only the tonnage in force leaves."""
    use = max(_TINY, s.use[b])
    x = _at(m.front_x[m.spread[b]], s.at_hand[b] / (m.cover[b, n] * use))
    ahead = (m.behaviour.quota_horizon[n] + m.transit[b, n]) * (1.0 - s.cuts[2])
    return _at(m.front_out[m.spread[b]], (x + ahead / m.cover[b, n]) / m.front_max)


@_jit
def _received(m: Any, n: int, s: Any, e: int) -> float:
    """Return the price that sellers inside come to expect: their own, drawn outward by smuggling.

    The pull on the price is the share of smuggled tonnes in all that leaves, or in the base flow where less
    leaves (a trickle past a closed gate sets no price): were all to leave that way, the price inside would
    be the outside price net of risk.
    """
    pull, weight = 0.0, 0.0
    for b in range(m.good.size):
        if m.good[b] == e:
            share = s.leak[b] / max(_TINY, s.leak[b] + s.ship[b], _base(m, n, b))
            wedge = max(0.0, s.quote[b] - s.price[e]) * (1.0 - m.behaviour.leak_risk[n])
            pull += _base(m, n, b) * share * wedge
            weight += _base(m, n, b)
    return s.price[e] + pull / max(_TINY, weight)  # type: ignore[no-any-return]


@_jit
def _inside(m: Any, n: int, s: Any) -> None:
    """Write prices inside China, expected prices and the answer of mines (steps 4 and 10)."""
    v, dt, n_e = m.behaviour, 1.0 / m.steps_per_week, m.floor.shape[0]
    for e in range(n_e):
        flow = max(_TINY, s.home[e] + s.out[e])
        cover = max(_TINY, s.stock[e] / flow)
        anchor = (1.0 - v.parity[n]) * np.log(m.price0[e, n]) + v.parity[n] * np.log(s.expected[e])
        bound = v.working_stock[n]
        target = anchor + v.stock_power[n] * np.log((m.stock0[e, n] + bound) / (cover + bound))
        target = max(target, np.log(m.floor[e, n]))
        now = np.log(s.price[e])
        s.price[e] = np.exp(now + (target - now) * (1.0 - np.exp(-dt / v.price_time[n])))
        slow = np.log(s.expected[e])
        s.expected[e] = np.exp(
            slow + (np.log(_received(m, n, s, e)) - slow) * (1.0 - np.exp(-dt / v.expect_time[n]))
        )
    for g in range(n_e, m.price0.shape[0]):
        s.price[g] = m.price0[g, n]
        for e in range(n_e):
            s.price[g] += m.content[g, e, n] * (s.price[e] - m.price0[e, n])
    for i in range(m.supply0.shape[0]):
        now_value, old_value = 0.0, 0.0
        for e in range(n_e):
            now_value += m.paying[e] * m.supply0[i, e, n] * s.price[e]
            old_value += m.paying[e] * m.supply0[i, e, n] * m.price0[e, n]
        gain = np.log(now_value / old_value) if old_value > 0.0 else 0.0
        fast, slow = v.supply_power[n] * gain, v.capacity_power[n] * gain
        s.supply_answer[i] += (fast - s.supply_answer[i]) * (1.0 - np.exp(-dt / v.supply_time[n]))
        s.capacity_answer[i] += (slow - s.capacity_answer[i]) * (1.0 - np.exp(-dt / v.capacity_time[n]))


@_jit
def _record(m: Any, n: int, k: int, s: Any, t: Any) -> None:
    """Add the step's flows to its week; keep levels at the end of the week."""
    w, dt = _week(m, k), 1.0 / m.steps_per_week
    for b in range(m.good.size):
        t.shipped[w, b, n] += s.ship[b] * dt
        t.leaked[w, b, n] += s.leak[b] * dt
        t.received[w, b, n] += s.arrive[b] * dt
        t.use[w, b, n] += s.use[b] * dt
        t.thin_tonnes[w, b, n] += s.ship[b] * dt * m.thin[b, n]
    t.sunk[w, :, n] += s.sunk
    if (k + 1) % m.steps_per_week > 0:
        return
    _prices_out(m, n, k, s)
    for b in range(m.good.size):
        t.quote[w, b, n], t.weighted[w, b, n] = s.quote[b], s.weighted[b]
        t.licence_rent[w, b, n], t.lost[w, b, n], t.short[w, b, n] = s.rent[b], s.lost[b], s.short[b]
        off = abs(s.ring[b].sum() - s.on_way[b]) / max(_TINY, m.need0[b, n])
        s.worst[0] = max(s.worst[0], off)
    t.quota_rent[w, n] = s.cuts[0]
    for e in range(m.floor.shape[0]):
        t.china[w, e, n], t.expected[w, e, n] = s.price[e], s.expected[e]
        t.cover[w, e, n] = s.stock[e] / max(_TINY, s.home[e] + s.out[e])
    for i in range(m.supply0.shape[0]):
        t.output[w, i, n] = 0.0
        for e in range(m.floor.shape[0]):
            t.output[w, i, n] += m.supply0[i, e, n] * m.supply_path[w, i, n] * _answer(m, n, s, i)


@_jit
def _started(m: Any, n: int, s: Any) -> None:
    """Fill the state as if the first week had run for ever."""
    dt = 1.0 / m.steps_per_week
    s.price[:] = m.price0[:, n]
    s.expected[:] = m.price0[: m.floor.shape[0], n]
    for b in range(m.good.size):
        flow = max(0.0, m.need0[b, n] - m.other0[b, n])
        s.at_hand[b] = m.cover[b, n] * m.need0[b, n]
        at = m.transit[b, n] / dt
        for i in range(int(np.floor(at))):
            s.ring[b, i] = flow * dt
        s.ring[b, int(np.floor(at))] = flow * dt * (at - np.floor(at))
        s.on_way[b] = s.ring[b].sum()
        s.served[b] = 1.0
        s.out[min(m.good[b], m.floor.shape[0] - 1)] += flow if m.good[b] < m.floor.shape[0] else 0.0
    for e in range(m.floor.shape[0]):
        s.stock[e] = m.stock0[e, n] * (m.home0[e, n] + s.out[e])
    s.cuts[2] = 1.0


@_jit
def _new_state(m: Any, slots: int) -> _State:
    n_g, n_e, n_b, n_m = m.price0.shape[0], m.floor.shape[0], m.good.size, m.supply0.shape[0]
    z = np.zeros
    return _State(
        z(n_e), z(n_g), z(n_e), z(n_m), z(n_m), z(n_e), z(n_b), z(n_b), z((n_b, slots)), z(n_b), z(n_b),
        z(n_b), z(n_b), z(n_b), z(n_b), z(3), z(n_b), z(n_b), z(n_b), z(n_b), z(n_b), z(n_b), z(n_b), z(n_b),
        z(n_b), z(n_e), z(n_e), z(n_e), z(n_e), z(2),
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def _run(m: Any, t: Any, slots: int, first: int, last: int) -> None:
    """Run draws `first` to `last`; they do not touch each other, so threads do not change a byte."""
    for n in range(first, last):
        s = _new_state(m, slots)
        _started(m, n, s)
        start = np.zeros(m.good.size)
        _prices_out(m, n, 0, s)
        start[:] = s.weighted
        for k in range(m.n_steps):
            _prices_out(m, n, k, s)
            _use(m, n, k, s, start)
            _orders(m, n, k, s)
            _gated(m, n, k, s)
            _quota(m, n, k, s)
            _leaks(m, n, k, s)
            _china(m, n, k, s)
            _arrive(m, n, k, s)
            _rents(m, n, k, s)
            _inside(m, n, s)
            _record(m, n, k, s, t)
        t.residual[n], t.lowest[n] = s.worst[0], s.worst[1]


def _empty_trace(m: Market) -> MarketTrace:
    weeks, n = m.n_steps // m.steps_per_week, m.headroom.size
    n_e, n_b, n_m = m.floor.shape[0], m.good.size, m.supply0.shape[0]
    by_element, by_buyer = (weeks, n_e, n), (weeks, n_b, n)
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(MarketTrace._fields, by_buyer)
    shapes |= dict.fromkeys(("china", "cover", "sunk", "expected"), by_element)
    shapes |= {"quota_rent": (weeks, n), "output": (weeks, n_m, n), "residual": (n,), "lowest": (n,)}
    return MarketTrace(**{name: np.zeros(shape) for name, shape in shapes.items()})


def run_market(market: Market, workers: int = 1) -> MarketTrace:
    """Return the prices, flows and stocks of every week and draw.

    Parameters
    ----------
    market
        Frozen; `n_steps` is a multiple of `steps_per_week`.
    workers
        Threads; the result does not depend on it.

    Raises
    ------
    MassError
        A stock, inside China or on the way, does not close to 1e-9 of its throughput: our fault.
    """
    slots = int(np.floor(market.transit.max() * market.steps_per_week)) + 2
    trace = _empty_trace(market)
    n = market.headroom.size
    spans = list(pairwise([*range(0, n, _SPAN), n]))
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        try:
            for i, _ in enumerate(pool.map(lambda span: _run(market, trace, slots, *span), spans)):
                beat("market", i + 1, len(spans))
        finally:
            pool.shutdown(cancel_futures=True)  # of a run that was called off
    worst = float(trace.residual.max())
    finite = all(np.isfinite(part).all() for part in trace)
    if not (finite and worst < TOLERANCE and trace.lowest.min() >= 0.0):
        what = f"market mass residual {worst:.2g}, lowest stock {trace.lowest.min():.2g}, finite: {finite}"
        raise MassError("Running the market", Fault(what, cure="please report this with the scenario"))
    return trace
