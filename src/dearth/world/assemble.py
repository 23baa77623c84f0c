"""Indexed parts, draws and events to the engine's arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.axes import stage_of
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine import front
from dearth.engine.arrays import FloatArray, IntArray, World
from dearth.stored import key_of, stored
from dearth.world.draws import Draws
from dearth.world.gates import Edges, gate_arrays, quota_arrays
from dearth.world.index import GROUP, LEVEL, Indexed, offsets, pool_use, stacked
from dearth.world.kept import Kept
from dearth.world.parts import PAYING, Node, Process, Route
from dearth.world.scenario import Scenario

__all__ = ["STANDARD", "Resolution", "assemble"]

_NO_LIMIT: Final = 1e18
# Made to drawing: finished stock belongs to one customer, so it is time on the way, not a common pool.
_DEDICATED: Final = ("assembly", "magnet")
_LOOSE_WEEKS: Final = 0.1  # of such goods between conveyor and lorry
_MAKER: Final = {
    "assembly": "assembly-maker",
    "product": "product-maker",
    "magnet": "magnet-maker",
    "metal": "metal-maker",
    "oxide": "separator",
}


class Resolution(NamedTuple):
    """Steps per week, and points of the coverage fronts (classes of cover)."""

    steps_per_week: int = 4
    front_points: int = 1537


STANDARD: Final = Resolution()


class _Outputs(NamedTuple):
    owner: list[int]
    pool: list[int]
    pays: list[int]
    out_yield: list[FloatArray]


def _outputs(ix: Indexed) -> _Outputs:
    """Return outputs that somebody orders; without a paying one, all of a process pay."""
    out = _Outputs([], [], [], [])
    for i, process in enumerate(ix.processes):
        wanted = [o for o in ix.parts.outputs[process] if o[0] in ix.pool_at]
        any_pays = any(pays for _, _, pays in wanted)
        for node, share, pays in wanted:
            out.owner.append(i)
            out.pool.append(ix.pool_at[node])
            out.pays.append(int(pays or not any_pays))
            out.out_yield.append(share)
    return out


def _pool_numbers(ix: Indexed, draws: Draws, out: _Outputs) -> dict[str, Any]:
    """Return outputs, and of pools the base intake, stock, its cap, and adjustment time."""
    rate = _rate(ix, draws.n)
    lead = _leads(ix, draws)
    base = np.zeros((len(ix.pools), draws.n))
    for route in ix.routes:
        base[ix.pool_at[Node(route.material, route.origin, pool_use(route))]] += ix.parts.routes[route]
    room, work = base.copy(), np.zeros_like(base)
    surplus = np.zeros_like(base)
    for owner, pool, share in zip(out.owner, out.pool, out.out_yield, strict=True):
        made = rate[owner] * share
        taken = np.minimum(made, room[pool])
        room[pool] -= taken
        work[pool] += taken * lead[owner]
        surplus[pool] += made - taken
    stage = [stage_of(node.material) for node in ix.pools]
    own = np.array([s in _DEDICATED for s in stage])[:, None]
    weeks = stacked([draws.get("pool-cover", material=s) for s in stage], draws.n)
    stock = base * np.where(own, np.minimum(weeks, _LOOSE_WEEKS), weeks)
    adjust = stacked([draws.get("pool-adjustment", material=s) for s in stage], draws.n)
    paying = np.array(
        [n.material.split(":")[1] in PAYING or s != "oxide" for n, s in zip(ix.pools, stage, strict=True)]
    )
    free = paying[:, None] & (surplus <= 1e-9 * np.maximum(base, 1e-12))
    return {
        "pool_base": base,
        "pool_stock": stock,
        "pool_cap": np.where(free, _NO_LIMIT, stock + work),
        "pool_time": np.where(own, _NO_LIMIT, adjust),
        "out_yield": stacked(out.out_yield, draws.n),
    }


def _leads(ix: Indexed, draws: Draws) -> FloatArray:
    """Return weeks from input to goods that may leave, of every process, (P, N)."""
    stages = dict.fromkeys(p.stage for p in ix.processes)
    by_stage = {stage: _lead(draws, stage) for stage in stages}
    return stacked([by_stage[p.stage] for p in ix.processes], draws.n)


def _lead(draws: Draws, stage: str) -> FloatArray:
    """Return the weeks of one stage; goods made to drawing wait there as well."""
    lead = draws.get("process-lead", material=stage)
    if stage in _DEDICATED:
        return lead + np.maximum(0.0, draws.get("pool-cover", material=stage) - _LOOSE_WEEKS)
    return lead


def _cover(draws: Draws, process: Process) -> FloatArray:
    """Return mean weeks of need that a buyer group holds of its inputs."""
    if process.stage == "line":
        return draws.get("cover", sector=process.name, place=process.place)
    return draws.get("cover", material=_MAKER[process.stage], place=process.place)


def _spread(draws: Draws, process: Process) -> FloatArray:
    """Return how much cover differs between the customers of a buyer group."""
    key = {"sector": process.name} if process.stage == "line" else {"material": _MAKER[process.stage]}
    return draws.get("cover-spread", **key)


def _lag(draws: Draws, route: Route) -> FloatArray:
    """Return door-to-door weeks."""
    stage = stage_of(route.material)
    if route.origin == route.destination:
        return draws.get("transit-home", material=stage, place=route.origin)
    return draws.get("transit", material=stage, place=route.origin, partner=route.destination)


_BUYER: Final = {
    "assembly": "line",
    "product": "line",
    "magnet": "assembly",
    "metal": "magnet",
    "oxide": "metal",
}


def _focus(draws: Draws, scenario: Scenario) -> FloatArray:
    """Return how far a shortage falls on single customers.

    Licences and stopped flows hit one customer and spare another; where nothing is controlled, a
    shortage is a matter of lead times, and all who order get the same share.
    """
    focus = np.clip(draws.get("shortage-focus"), 0.0, 1.0)
    return focus if scenario.active_events else np.zeros_like(focus)


def _market_times(ix: Indexed, draws: Draws) -> dict[str, Any]:
    """Return order times and switch shares of the markets."""
    stage = [stage_of(m.material) for m in ix.markets]
    buyer = [_BUYER.get(s, "oxide") for s in stage]
    return {
        "order_time": stacked([draws.get("order-adjustment", material=b) for b in buyer], draws.n),
        "switch_share": stacked([draws.get("reroute-share", material=s) for s in stage], draws.n),
    }


def _growth(ix: Indexed, draws: Draws, planned: bool) -> FloatArray:
    """Return exponential growth, 1/week: of a sector as planned, of a maker as of whom it serves."""
    growth = np.zeros((len(ix.processes), draws.n))
    if not planned:
        return growth
    pools: dict[int, FloatArray] = {}
    for i, process in enumerate(ix.processes):
        if process.stage == "line":
            yearly = draws.get("growth", sector=process.name) / 100.0
            growth[i] = np.log1p(yearly) / WEEKS_PER_YEAR
            continue
        if process.stage != ix.processes[i - 1].stage:
            pools |= _pool_growth(ix, growth, draws.n)
        wanted = [
            pools[ix.pool_at[n]] for n, _, pays in ix.parts.outputs[process] if pays and n in ix.pool_at
        ]
        growth[i] = np.max(np.stack(wanted), axis=0) if wanted else 0.0
    return growth


def _pool_growth(ix: Indexed, growth: FloatArray, n: int) -> dict[int, FloatArray]:
    """Return the growth of what leaves each pool, from that of its buyers as known so far."""
    use, grown = (np.zeros((len(ix.markets), n)) for _ in range(2))
    for buffer, need in zip(ix.buffers, ix.need, strict=True):
        amount = need * ix.parts.rate[ix.processes[buffer.process]]
        use[buffer.market] += amount
        grown[buffer.market] += amount * growth[buffer.process]
    market = grown / np.maximum(use, 1e-300)
    flow: dict[int, FloatArray] = {}
    weighted: dict[int, FloatArray] = {}
    for route in ix.routes:
        pool = ix.pool_at[Node(route.material, route.origin, pool_use(route))]
        amount = ix.parts.routes[route]
        flow[pool] = flow.get(pool, np.zeros(n)) + amount
        weighted[pool] = weighted.get(pool, np.zeros(n)) + amount * market[ix.market_of(route)]
    return {pool: weighted[pool] / np.maximum(flow[pool], 1e-300) for pool in flow}


_SERIES_STAGES: Final = ("oxide", "metal", "magnet")


def _series(ix: Indexed) -> tuple[list[int], list[str]]:
    """Return which recorded flow each route adds to: exports from China by goods and destination."""
    names: list[str] = []
    at: list[int] = []
    for route in ix.routes:
        stage = stage_of(route.material)
        name = ""
        if route.origin == "CHN" != route.destination and stage in _SERIES_STAGES:
            goods = "magnet" if stage == "magnet" else route.material.split(":")[1]
            name = f"{goods} {route.destination}"
        if name and name not in names:
            names.append(name)
        at.append(names.index(name) if name else -1)
    return at, names


def _by_market(ix: Indexed) -> tuple[IntArray, IntArray]:
    """Return buffers by market as offsets and (buffer, process) pairs."""
    order = sorted(range(len(ix.buffers)), key=lambda b: ix.buffers[b].market)
    pairs = np.array([(b, ix.buffers[b].process) for b in order], np.int64).reshape(-1, 2)
    return offsets([ix.buffers[b].market for b in order], len(ix.markets)), pairs


def _by_pool(ix: Indexed, pool: Sequence[int], tier: Sequence[int]) -> tuple[IntArray, IntArray]:
    """Return routes by pool, own use first, as offsets and route numbers."""
    order = sorted(range(len(pool)), key=lambda e: (pool[e], tier[e], e))
    return offsets([pool[e] for e in order], len(ix.pools)), np.array(order, np.int64)


def assemble(
    ix: Indexed, draws: Draws, scenario: Scenario, resolution: Resolution, kept: Kept
) -> tuple[World, list[str]]:
    """Return the world of arrays and the names of its recorded flows; parts in `kept` are used again."""

    def part(name: str, make: Callable[..., Any], *of: object) -> Any:
        return kept.part(name, draws, (ix, *of), lambda: make(ix, draws, *of))

    def gates() -> dict[str, Any]:
        return _gates(Edges(tuple(ix.routes), n_steps, per_week), scenario, draws)

    n_steps, per_week = scenario.weeks * resolution.steps_per_week, resolution.steps_per_week
    story = (scenario.start, scenario.active_events)
    out, names, structure = part("structure", _frame)
    world = World(
        steps_per_week=per_week,
        n_steps=n_steps,
        n_series=len(names),
        **structure,
        **part("capacity", _capacities),
        **part("spread", _spreads),
        growth=part("growth", _growth, scenario.growth == "planned"),
        **part("stocks", _process_stocks),
        **part("pools", _pool_numbers, out),
        **part("markets", _market_times),
        **kept.part("gates", draws, (ix, n_steps, per_week, story), gates),
        **part("routes", _route_numbers, 1.0 / min(per_week, STANDARD.steps_per_week)),
        **_fronts(resolution.front_points),
        focus=_focus(draws, scenario),
        backlog_time=draws.get("backlog-clearing", material="magnet"),
        switch_time=draws.get("reroute-time", material="magnet"),
    )
    return world, names


def _frame(ix: Indexed, _draws: Draws) -> tuple[_Outputs, list[str], dict[str, Any]]:
    """Return outputs, names of recorded flows, and who belongs to whom."""
    series, names = _series(ix)
    out = _outputs(ix)
    return out, names, {**_structure(ix, out), "edge_series": np.array(series, np.int64)}


def _structure(ix: Indexed, out: _Outputs) -> dict[str, Any]:
    """Return who belongs to whom."""
    pool = [ix.pool_at[Node(r.material, r.origin, pool_use(r))] for r in ix.routes]
    tier = [0 if r.origin == r.destination else 1 for r in ix.routes]
    market_buf_ptr, market_buf = _by_market(ix)
    pool_edge_ptr, pool_edge = _by_pool(ix, pool, tier)
    return {
        "level_ptr": offsets([LEVEL[p.stage] for p in ix.processes], 6),
        "group_ptr": offsets([GROUP[stage_of(m.material)] for m in ix.markets], 5),
        "buf_ptr": offsets([b.process for b in ix.buffers], len(ix.processes)),
        "buf_market": np.array([b.market for b in ix.buffers], np.int64),
        "market_buf_ptr": market_buf_ptr,
        "market_buf": market_buf,
        "edge_ptr": offsets([ix.market_of(r) for r in ix.routes], len(ix.markets)),
        "edge_pool": np.array(pool, np.int64),
        "edge_tier": np.array(tier, np.int64),
        "pool_edge_ptr": pool_edge_ptr,
        "pool_edge": pool_edge,
        "dedicated": np.array([int(p.stage in _DEDICATED) for p in ix.processes], np.int64),
        "out_ptr": offsets(out.owner, len(ix.processes)),
        "out_pool": np.array(out.pool, np.int64),
        "out_pays": np.array(out.pays, np.int64),
    }


def _rate(ix: Indexed, n: int) -> FloatArray:
    return stacked([ix.parts.rate[p] for p in ix.processes], n)


def _capacities(ix: Indexed, draws: Draws) -> dict[str, Any]:
    """Return rates and capacities of processes."""
    margin = [draws.get("capacity-margin", material=p.stage, place=p.place) for p in ix.processes]
    rate = _rate(ix, draws.n)
    return {"rate": rate, "capacity": rate * np.maximum(1.0, stacked(margin, draws.n))}


def _owners(ix: Indexed) -> list[Process]:
    """Return the process of each buffer."""
    return [ix.processes[b.process] for b in ix.buffers]


def _spreads(ix: Indexed, draws: Draws) -> dict[str, Any]:
    """Return the rows of the front tables: how much cover differs between the customers of each buffer."""
    return {"spread": front.spread_row(stacked([_spread(draws, p) for p in _owners(ix)], draws.n))}


def _process_stocks(ix: Indexed, draws: Draws) -> dict[str, Any]:
    """Return throughput times of processes, and need and stock of their inputs."""
    n = draws.n
    return {
        "lead": _leads(ix, draws),
        "need": stacked(ix.need, n),
        "cover": stacked([_cover(draws, p) for p in _owners(ix)], n),
    }


def _gates(edges: Edges, scenario: Scenario, draws: Draws) -> dict[str, Any]:
    """Return what may pass the routes when; of the scenario its start and active events alone."""
    gate, allowance = gate_arrays(edges, scenario, draws)
    quota, quota_add, quota_keep = quota_arrays(edges, scenario)
    return {
        "edge_class": gate,
        "allowance": allowance,
        "edge_quota": quota,
        "quota_add": quota_add,
        "quota_keep": quota_keep,
    }


def _route_numbers(ix: Indexed, draws: Draws, least: float) -> dict[str, Any]:
    """Return flows and times of routes, no time below `least`, the longest step that is supported."""
    return {
        "flow": stacked([ix.parts.routes[r] for r in ix.routes], draws.n),
        "lag": np.maximum(least, stacked([_lag(draws, r) for r in ix.routes], draws.n)),
    }


@cache
def _fronts(points: int) -> dict[str, Any]:
    """Return the tables of the stop front, found once for this program and machine; not to be written to."""
    key = key_of([Path(front.__file__)], str(points), np.__version__)
    data = stored("fronts", key, lambda: np.stack(front.front_tables(points)[:3]).tobytes())
    left, out, x = np.frombuffer(bytearray(data)).reshape(3, len(front.SPREADS), points)
    return {"front_left": left, "front_out": out, "front_x": x, "front_max": front.X_MAX}
