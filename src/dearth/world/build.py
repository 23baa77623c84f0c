"""Scenario and book to one frozen world of arrays, with the names of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import PLACES, stage_of
from dearth.book import Book
from dearth.book.reconcile import reconcile
from dearth.book.schema import FactRow
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray, IntArray, World
from dearth.engine.front import front_tables, spread_row
from dearth.engine.run import Labels
from dearth.world.closing import balanced_chain
from dearth.world.content import check_content, element_content
from dearth.world.draws import Draws
from dearth.world.flows import Chain
from dearth.world.gates import Edges, gate_arrays, quota_arrays
from dearth.world.index import GROUP, LEVEL, Indexed, offsets, pool_use, stacked
from dearth.world.parts import PAYING, Buffer, Node, Parts, Process, Route
from dearth.world.scenario import Scenario

__all__ = ["STANDARD", "Model", "Resolution", "build", "reconciled_centres"]

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


@dataclass(frozen=True)
class Model:
    """A world and the names of its parts, in the order of its arrays."""

    world: World
    labels: Labels
    processes: tuple[Process, ...]
    buffers: tuple[Buffer, ...]
    markets: tuple[Node, ...]
    pools: tuple[Node, ...]
    routes: tuple[Route, ...]
    series: tuple[str, ...]
    content: Mapping[str, FloatArray]
    loss: FloatArray
    dependence: FloatArray
    chain: Chain
    used: Mapping[str, FactRow]
    draws: Draws

    @property
    def lines(self) -> tuple[Process, ...]:
        """The lines of end-use sectors: the first processes."""
        return tuple(p for p in self.processes if p.stage == "line")


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


def _pools(
    ix: Indexed, draws: Draws, out: _Outputs, rate: FloatArray, lead: FloatArray
) -> dict[str, FloatArray]:
    """Return the numbers of the pools: base intake, stock, its cap, and adjustment time."""
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
        "missing": room,
    }


def _lead(draws: Draws, process: Process) -> FloatArray:
    """Return weeks from input to goods that may leave; goods made to drawing wait there as well."""
    lead = draws.get("process-lead", material=process.stage)
    if process.stage in _DEDICATED:
        return lead + np.maximum(0.0, draws.get("pool-cover", material=process.stage) - _LOOSE_WEEKS)
    return lead


def _cover(draws: Draws, process: Process) -> FloatArray:
    """Return mean weeks of need that a buyer group holds of its inputs."""
    if process.stage == "line":
        return draws.get("cover", sector=process.name, place=process.place)
    return draws.get("cover", material=_MAKER[process.stage], place=process.place)


def _spread(draws: Draws, process: Process) -> IntArray:
    """Return the row of the front tables for a buyer group."""
    key = {"sector": process.name} if process.stage == "line" else {"material": _MAKER[process.stage]}
    return spread_row(draws.get("cover-spread", **key))


def _lag(draws: Draws, route: Route, least: float) -> FloatArray:
    """Return door-to-door weeks; never less than `least`, the longest step that is supported."""
    if route.origin == route.destination:
        weeks = draws.get("transit-home", material=stage_of(route.material), place=route.origin)
    else:
        weeks = draws.get(
            "transit", material=stage_of(route.material), place=route.origin, partner=route.destination
        )
    return np.maximum(least, weeks)


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


def _market_times(ix: Indexed, draws: Draws) -> dict[str, FloatArray]:
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


def _dependence(processes: tuple[Process, ...], draws: Draws) -> FloatArray:
    """Return the share of a sector's output that needs the part of each line, (lines, N)."""
    lines = [p for p in processes if p.stage == "line"]
    rows = [draws.find("dependence", sector=p.name, material=p.part) for p in lines]
    return stacked([np.ones(1) if row is None else np.clip(draws.of(row), 0.0, 1.0) for row in rows], draws.n)


def reconciled_centres(book: Book) -> dict[str, float]:
    """Return the reconciled base-year value of every figure of the balance, by row id."""
    return {figure.id: figure.reconciled for figure in reconcile(book).figures}


def build(
    scenario: Scenario,
    book: Book,
    resolution: Resolution = STANDARD,
    centres: Mapping[str, float] | None = None,
) -> Model:
    """Return the frozen world of a scenario.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    resolution
        Steps and classes of cover; changed only to test that answers do not move.
    centres
        Reconciled central values by row id; a scenario's own values come before them.

    Raises
    ------
    ScenarioError
        The scenario overrides a row the book does not have.
    BookError
        The book lacks a row the chain needs.
    """
    scenario.check_ids({row.id for row in book.rows})
    values = Draws(book, scenario.draws, scenario.seed, scenario.set, centres)
    chain = balanced_chain(values)
    ix = Indexed(Parts(chain), values.n)
    world, series = _world(ix, values, scenario, resolution)
    processes, markets, pools = tuple(ix.processes), tuple(ix.markets), tuple(ix.pools)
    content = element_content(chain, values)
    return Model(
        world=world,
        labels=_labels(ix),
        processes=processes,
        buffers=tuple(ix.buffers),
        markets=markets,
        pools=pools,
        routes=tuple(ix.routes),
        series=tuple(series),
        content=content,
        loss=check_content(world, processes, markets, pools, content),
        dependence=_dependence(processes, values),
        chain=chain,
        used=dict(values.used),
        draws=values,
    )


def _labels(ix: Indexed) -> Labels:
    def name(node: Node) -> str:
        use = f" ({node.use})" if node.use else ""
        return f"{node.material} in {PLACES[node.place]}{use}"

    routes = tuple(f"{r.material} from {PLACES[r.origin]} to {PLACES[r.destination]}" for r in ix.routes)
    return Labels(tuple(map(name, ix.markets)), tuple(map(name, ix.pools)), routes)


def _by_market(ix: Indexed) -> tuple[IntArray, IntArray]:
    """Return buffers by market as offsets and (buffer, process) pairs."""
    order = sorted(range(len(ix.buffers)), key=lambda b: ix.buffers[b].market)
    pairs = np.array([(b, ix.buffers[b].process) for b in order], np.int64).reshape(-1, 2)
    return offsets([ix.buffers[b].market for b in order], len(ix.markets)), pairs


def _by_pool(ix: Indexed, pool: Sequence[int], tier: Sequence[int]) -> tuple[IntArray, IntArray]:
    """Return routes by pool, own use first, as offsets and route numbers."""
    order = sorted(range(len(pool)), key=lambda e: (pool[e], tier[e], e))
    return offsets([pool[e] for e in order], len(ix.pools)), np.array(order, np.int64)


def _world(ix: Indexed, draws: Draws, scenario: Scenario, resolution: Resolution) -> tuple[World, list[str]]:
    """Assemble the arrays."""
    steps_per_week, front_points = resolution
    n, n_steps = draws.n, scenario.weeks * steps_per_week
    rate = stacked([ix.parts.rate[p] for p in ix.processes], n)
    margin = [draws.get("capacity-margin", material=p.stage, place=p.place) for p in ix.processes]
    lead = stacked([_lead(draws, p) for p in ix.processes], n)
    out = _outputs(ix)
    pools = _pools(ix, draws, out, rate, lead)
    pool = [ix.pool_at[Node(r.material, r.origin, pool_use(r))] for r in ix.routes]
    tier = [0 if r.origin == r.destination else 1 for r in ix.routes]
    edges = Edges(tuple(ix.routes), n_steps, steps_per_week)
    gate, allowance = gate_arrays(edges, scenario, draws)
    quota, quota_add, quota_keep = quota_arrays(edges, scenario)
    series, names = _series(ix)
    market_buf_ptr, market_buf = _by_market(ix)
    pool_edge_ptr, pool_edge = _by_pool(ix, pool, tier)
    tables = front_tables(front_points)
    owners = [ix.processes[b.process] for b in ix.buffers]
    least = 1.0 / min(steps_per_week, STANDARD.steps_per_week)
    world = World(
        steps_per_week=steps_per_week,
        n_steps=n_steps,
        level_ptr=offsets([LEVEL[p.stage] for p in ix.processes], 6),
        group_ptr=offsets([GROUP[stage_of(m.material)] for m in ix.markets], 5),
        buf_ptr=offsets([b.process for b in ix.buffers], len(ix.processes)),
        buf_market=np.array([b.market for b in ix.buffers], np.int64),
        market_buf_ptr=market_buf_ptr,
        market_buf=market_buf,
        edge_ptr=offsets([ix.market_of(r) for r in ix.routes], len(ix.markets)),
        edge_pool=np.array(pool, np.int64),
        edge_class=gate,
        edge_tier=np.array(tier, np.int64),
        edge_quota=quota,
        edge_series=np.array(series, np.int64),
        n_series=len(names),
        pool_edge_ptr=pool_edge_ptr,
        pool_edge=pool_edge,
        dedicated=np.array([int(p.stage in _DEDICATED) for p in ix.processes], np.int64),
        out_ptr=offsets(out.owner, len(ix.processes)),
        out_pool=np.array(out.pool, np.int64),
        out_pays=np.array(out.pays, np.int64),
        rate=rate,
        capacity=rate * np.maximum(1.0, stacked(margin, n)),
        growth=_growth(ix, draws, scenario.growth == "planned"),
        need=stacked(ix.need, n),
        cover=stacked([_cover(draws, p) for p in owners], n),
        spread=np.ascontiguousarray(np.stack([np.broadcast_to(_spread(draws, p), (n,)) for p in owners])),
        out_yield=stacked(out.out_yield, n),
        lead=lead,
        pool_stock=pools["pool_stock"],
        pool_cap=pools["pool_cap"],
        pool_base=pools["pool_base"],
        flow=stacked([ix.parts.routes[r] for r in ix.routes], n),
        lag=stacked([_lag(draws, r, least) for r in ix.routes], n),
        backlog_time=draws.get("backlog-clearing", material="magnet"),
        focus=_focus(draws, scenario),
        switch_time=draws.get("reroute-time", material="magnet"),
        allowance=allowance,
        quota_add=quota_add,
        quota_keep=quota_keep,
        front_left=tables.left,
        front_out=tables.out,
        front_x=tables.x,
        front_max=tables.x_max,
        pool_time=pools["pool_time"],
        **_market_times(ix, draws),
    )
    return world, names
