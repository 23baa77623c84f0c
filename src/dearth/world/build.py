"""Scenario and book to one frozen world of arrays, with the names of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ASSEMBLIES, ELEMENTS, MAGNETS, METALS, ORES, OXIDES, PLACES, PRODUCTS, SECTORS, stage_of
from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.calendar import DAYS_PER_WEEK, WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray, IntArray, World
from dearth.engine.front import front_tables, spread_row
from dearth.engine.run import Labels
from dearth.world.draws import Draws
from dearth.world.flows import CODES, MILITARY_SECTOR, Chain, balanced_chain
from dearth.world.gates import Edges, gate_arrays, quota_arrays
from dearth.world.scenario import Scenario

__all__ = ["FRONT_POINTS", "STEPS_PER_WEEK", "Buffer", "Model", "Node", "Process", "Route", "build"]

STEPS_PER_WEEK: Final = 4
FRONT_POINTS: Final = 1537
PAYING: Final = ("NdPr", "Tb", "Dy")  # mine output and separation follow these (MODEL.md, step 4)
_NO_LIMIT: Final = 1e18
# Made to drawing: finished stock belongs to one customer, so it is time on the way, not a common pool.
_DEDICATED: Final = ("assembly", "magnet")
_LOOSE_WEEKS: Final = 0.1  # of such goods between conveyor and lorry
_LEAST_FLOW: Final = 1e-6  # t/y; smaller flows are rounding of the balance
_MAKER: Final = {
    "assembly": "assembly-maker",
    "product": "product-maker",
    "magnet": "magnet-maker",
    "metal": "metal-maker",
    "oxide": "separator",
}
_LEVEL: Final = {"line": 0, "assembly": 1, "product": 1, "magnet": 2, "metal": 3, "oxide": 4, "concentrate": 5}
_GROUP: Final = {"assembly": 0, "product": 0, "magnet": 1, "metal": 2, "oxide": 3, "concentrate": 4}


class Node(NamedTuple):
    """A material at a place for an end use (``""`` above magnets)."""

    material: str
    place: str
    use: str


class Process(NamedTuple):
    """Something that makes or uses: a line (`name` is a sector), a maker, a separator, a mine."""

    stage: str
    name: str
    place: str
    use: str


class Buffer(NamedTuple):
    """The stock of one input at one process."""

    process: int
    market: int


class Route(NamedTuple):
    """A trade route of one material."""

    material: str
    origin: str
    destination: str
    use: str


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
    chain: Chain
    used: Mapping[str, FactRow]
    draws: Draws

    @property
    def lines(self) -> tuple[Process, ...]:
        """The lines of end-use sectors: the first processes."""
        return tuple(p for p in self.processes if p.stage == "line")


class _Parts:
    """Collects processes, inputs and outputs from a balanced chain, t/week."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.rate: dict[Process, FloatArray] = {}
        self.inputs: dict[Process, list[tuple[Node, FloatArray]]] = {}
        self.outputs: dict[Process, list[tuple[Node, FloatArray, bool]]] = {}
        self.routes: dict[Route, FloatArray] = {}
        self._routes()
        self._lines()
        self._makers()
        self._separators()

    def _routes(self) -> None:
        for material, by_use in self.chain.flows.items():
            for use, table in by_use.items():
                for i, origin in enumerate(CODES):
                    for j, place in enumerate(CODES):
                        if table[i, j].max() > _LEAST_FLOW:
                            self.routes[Route(material, origin, place, use)] = table[i, j] / WEEKS_PER_YEAR

    def _add(
        self,
        process: Process,
        rate: FloatArray,
        inputs: Iterable[tuple[Node, FloatArray]],
        outputs: Iterable[tuple[Node, FloatArray, bool]],
    ) -> None:
        if rate.max() * WEEKS_PER_YEAR > _LEAST_FLOW:
            self.rate[process] = rate
            self.inputs[process] = [(n, need) for n, need in inputs if need.max() > 0.0]
            self.outputs[process] = [(n, y, pays) for n, y, pays in outputs if y.max() > 0.0]

    def _lines(self) -> None:
        for (sector, place), needs in self.chain.lines.items():
            use = "military" if sector == MILITARY_SECTOR else "civil"
            total = np.maximum(sum(needs.values(), np.zeros(1)), 1e-12)
            inputs = [(Node(m, place, _line_use(m, use)), x / total) for m, x in needs.items()]
            self._add(Process("line", sector, place, use), total / WEEKS_PER_YEAR, inputs, [])

    def _makers(self) -> None:
        for material in (*ASSEMBLIES, *PRODUCTS, *MAGNETS, *METALS):
            for use, place, made in self._made(material):
                process = Process(stage_of(material), material, place, use)
                pays = (Node(material, place, use), np.ones_like(made), True)
                swarf = self._swarf(material, place)
                self._add(process, made / WEEKS_PER_YEAR, self._recipe(material, place, use), [pays, *swarf])

    def _made(self, material: str) -> Iterable[tuple[str, str, FloatArray]]:
        """Yield (use, place, t/y): assemblies are made for one end use, all else for any."""
        flows = self.chain.flows[material]
        by_use = flows.items() if material in ASSEMBLIES else [("", sum(flows.values(), np.zeros(1)))]
        for use, table in by_use:
            for i, place in enumerate(CODES):
                yield use, place, table[i].sum(axis=0)

    def _recipe(self, material: str, place: str, use: str) -> list[tuple[Node, FloatArray]]:
        stage, chain = stage_of(material), self.chain
        if stage == "assembly":
            return [(Node("magnet:" + material.split(":")[1], place, use), np.ones(1))]
        if stage == "metal":
            return [(Node("oxide:" + material.split(":")[1], place, ""), 1.0 / chain.metal_yield[material])]
        shares = [(e, chain.recipe[material, e]) for e in ELEMENTS if (material, e) in chain.recipe]
        if stage == "product":
            return [(Node(f"oxide:{e}", place, ""), share) for e, share in shares]
        return [(Node(f"metal:{e}", place, ""), share / chain.magnet_yield[material]) for e, share in shares]

    def _swarf(self, material: str, place: str) -> list[tuple[Node, FloatArray, bool]]:
        if material not in MAGNETS:
            return []
        lost = (1.0 / self.chain.magnet_yield[material] - 1.0) * self.chain.swarf_recovery[material]
        return [
            (Node(f"oxide:{e}", place, ""), self.chain.recipe[material, e] * lost, False)
            for e in ELEMENTS
            if (material, e) in self.chain.recipe
        ]

    def _separators(self) -> None:
        for ore in ORES:
            for i, place in enumerate(CODES):
                feed = self.chain.feed[ore][i] / WEEKS_PER_YEAR
                outputs = [
                    (Node(f"oxide:{e}", place, ""), self.chain.separated[ore, e][i], e in PAYING)
                    for e in ELEMENTS
                ]
                node = Node(ore, place, "")
                self._add(Process("oxide", ore, place, ""), feed, [(node, np.ones(1))], outputs)
                mined = self.chain.mined[ore][i] / WEEKS_PER_YEAR
                output = [(node, np.ones_like(mined), True)]
                self._add(Process("concentrate", ore, place, ""), mined, [], output)


def _line_use(material: str, use: str) -> str:
    return use if material in ASSEMBLIES else "civil"


def _market_use(material: str, use: str) -> str:
    """Return the end use of the market a buyer draws from: products and ores know none."""
    return use if stage_of(material) in {"assembly", "magnet"} else ("civil" if material in PRODUCTS else "")


class _Indexed:
    """Puts the parts in the order of the engine's arrays."""

    def __init__(self, parts: _Parts, n: int) -> None:
        self.parts, self.n = parts, n
        served = {Node(r.material, r.origin, _pool_use(r)) for r in parts.routes}
        self.processes = sorted(parts.rate, key=lambda p: _LEVEL[p.stage])
        self.markets = self._find_markets()
        self.market_at = {m: i for i, m in enumerate(self.markets)}
        self.pools = sorted(served, key=lambda node: (_GROUP[stage_of(node.material)], node))
        self.pool_at = {p: i for i, p in enumerate(self.pools)}
        self.routes = self._order_routes()
        self.buffers: list[Buffer] = []
        self.need: list[FloatArray] = []
        for i, process in enumerate(self.processes):
            for node, need in parts.inputs[process]:
                market = self.market_at[node._replace(use=_market_use(node.material, node.use))]
                self.buffers.append(Buffer(i, market))
                self.need.append(np.broadcast_to(need, (n,)))

    def _find_markets(self) -> list[Node]:
        found = {
            node._replace(use=_market_use(node.material, node.use))
            for inputs in self.parts.inputs.values()
            for node, _ in inputs
        }
        return sorted(found, key=lambda node: (_GROUP[stage_of(node.material)], node))

    def _order_routes(self) -> list[Route]:
        """Return routes by market; routes to a place without buyers are rounding and dropped."""
        at = {}
        for route in self.parts.routes:
            node = Node(route.material, route.destination, _market_use(route.material, route.use))
            if node in self.market_at:
                at[route] = self.market_at[node]
        return sorted(at, key=lambda route: (at[route], route))

    def market_of(self, route: Route) -> int:
        """Return the market a route leads to."""
        node = Node(route.material, route.destination, _market_use(route.material, route.use))
        return self.market_at[node]


def _pool_use(route: Route) -> str:
    return route.use if route.material in ASSEMBLIES else ""


def _offsets(owners: Sequence[int], n: int) -> IntArray:
    """Return the offsets of sorted owners."""
    return np.searchsorted(np.asarray(owners, np.int64), np.arange(n + 1)).astype(np.int64)


def _stack(arrays: Sequence[FloatArray], n: int) -> FloatArray:
    """Return arrays of (N,) as one contiguous (item, N)."""
    if not arrays:
        return np.zeros((0, n))
    return np.ascontiguousarray(np.stack([np.broadcast_to(a, (n,)) for a in arrays]).astype(np.float64))


class _Outputs(NamedTuple):
    owner: list[int]
    pool: list[int]
    pays: list[int]
    out_yield: list[FloatArray]


def _outputs(ix: _Indexed) -> _Outputs:
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


def _pools(ix: _Indexed, draws: Draws, out: _Outputs, rate: FloatArray, lead: FloatArray) -> dict[str, FloatArray]:
    """Return the numbers of the pools: base intake, stock, its cap, and adjustment time."""
    base = np.zeros((len(ix.pools), draws.n))
    for route in ix.routes:
        base[ix.pool_at[Node(route.material, route.origin, _pool_use(route))]] += ix.parts.routes[route]
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
    weeks = _stack([draws.get("pool-cover", material=s) for s in stage], draws.n)
    stock = base * np.where(own, np.minimum(weeks, _LOOSE_WEEKS), weeks)
    adjust = _stack([draws.get("pool-adjustment", material=s) for s in stage], draws.n)
    paying = np.array([n.material.split(":")[1] in PAYING or s != "oxide" for n, s in zip(ix.pools, stage, strict=True)])
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


_BUYER: Final = {"assembly": "line", "product": "line", "magnet": "assembly", "metal": "magnet", "oxide": "metal"}


def _market_times(ix: _Indexed, draws: Draws) -> dict[str, FloatArray]:
    """Return order times and switch shares of the markets."""
    stage = [stage_of(m.material) for m in ix.markets]
    buyer = [_BUYER.get(s, "oxide") for s in stage]
    return {
        "order_time": _stack([draws.get("order-adjustment", material=b) for b in buyer], draws.n),
        "switch_share": _stack([draws.get("reroute-share", material=s) for s in stage], draws.n),
    }


def _growth(ix: _Indexed, draws: Draws, planned: bool) -> FloatArray:
    """Return exponential growth, 1/week; makers grow with the fastest sector, so capacity keeps pace."""
    if not planned:
        return np.zeros((len(ix.processes), draws.n))
    by_sector = {s: np.log1p(draws.get("growth", sector=s) / 100.0) / WEEKS_PER_YEAR for s in SECTORS}
    fastest = np.max(np.stack(list(by_sector.values())), axis=0)
    return _stack([by_sector[p.name] if p.stage == "line" else fastest for p in ix.processes], draws.n)


_SERIES_STAGES: Final = ("oxide", "metal", "magnet")


def _series(ix: _Indexed) -> tuple[list[int], list[str]]:
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


def _content(chain: Chain, n: int) -> dict[str, FloatArray]:
    """Return the elements in a tonne of each material, (element, N), t REO/t."""
    content = {}
    for i, e in enumerate(ELEMENTS):
        unit = np.zeros((len(ELEMENTS), n))
        unit[i] = 1.0
        content[f"oxide:{e}"] = unit
        content[f"metal:{e}"] = unit
    for material in (*MAGNETS, *PRODUCTS):
        content[material] = _stack([chain.recipe.get((material, e), np.zeros(n)) for e in ELEMENTS], n)
    for material in ASSEMBLIES:
        content[material] = content["magnet:" + material.split(":")[1]]
    return content


def build(
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    steps_per_week: int = STEPS_PER_WEEK,
    front_points: int = FRONT_POINTS,
    centres: Mapping[str, float] | None = None,
) -> Model:
    """Return the frozen world of a scenario.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario.
    steps_per_week, front_points
        Resolution in time and of the coverage fronts; changed only to test that answers do not move.
    centres
        Reconciled central values by row id.

    Raises
    ------
    ScenarioError
        The scenario overrides a row the book does not have.
    BookError
        The book lacks a row the chain needs.
    """
    scenario.check_ids({row.id for row in book.rows})
    values = Draws(book, draws or scenario.draws, scenario.seed if seed is None else seed, scenario.set, centres)
    chain = balanced_chain(values)
    ix = _Indexed(_Parts(chain), values.n)
    world, series = _world(ix, values, scenario, steps_per_week, front_points)
    return Model(
        world=world,
        labels=_labels(ix),
        processes=tuple(ix.processes),
        buffers=tuple(ix.buffers),
        markets=tuple(ix.markets),
        pools=tuple(ix.pools),
        routes=tuple(ix.routes),
        series=tuple(series),
        content=_content(chain, values.n),
        chain=chain,
        used=dict(values.used),
        draws=values,
    )


def _labels(ix: _Indexed) -> Labels:
    def name(node: Node) -> str:
        use = f" ({node.use})" if node.use else ""
        return f"{node.material} in {PLACES[node.place]}{use}"

    routes = tuple(f"{r.material} from {PLACES[r.origin]} to {PLACES[r.destination]}" for r in ix.routes)
    return Labels(tuple(map(name, ix.markets)), tuple(map(name, ix.pools)), routes)


def _by_market(ix: _Indexed) -> tuple[IntArray, IntArray]:
    """Return buffers by market as offsets and (buffer, process) pairs."""
    order = sorted(range(len(ix.buffers)), key=lambda b: ix.buffers[b].market)
    pairs = np.array([(b, ix.buffers[b].process) for b in order], np.int64).reshape(-1, 2)
    return _offsets([ix.buffers[b].market for b in order], len(ix.markets)), pairs


def _by_pool(ix: _Indexed, pool: Sequence[int], tier: Sequence[int]) -> tuple[IntArray, IntArray]:
    """Return routes by pool, own use first, as offsets and route numbers."""
    order = sorted(range(len(pool)), key=lambda e: (pool[e], tier[e], e))
    return _offsets([pool[e] for e in order], len(ix.pools)), np.array(order, np.int64)


def _world(
    ix: _Indexed, draws: Draws, scenario: Scenario, steps_per_week: int, front_points: int
) -> tuple[World, list[str]]:
    """Assemble the arrays."""
    n, n_steps = draws.n, scenario.weeks * steps_per_week
    rate = _stack([ix.parts.rate[p] for p in ix.processes], n)
    margin = [draws.get("capacity-margin", material=p.stage, place=p.place) for p in ix.processes]
    lead = _stack([_lead(draws, p) for p in ix.processes], n)
    out = _outputs(ix)
    pools = _pools(ix, draws, out, rate, lead)
    pool = [ix.pool_at[Node(r.material, r.origin, _pool_use(r))] for r in ix.routes]
    tier = [0 if r.origin == r.destination else 1 for r in ix.routes]
    edges = Edges(tuple(ix.routes), n_steps, steps_per_week)
    gate, allowance = gate_arrays(edges, scenario, draws)
    quota, quota_add, quota_keep = quota_arrays(edges, scenario)
    series, names = _series(ix)
    market_buf_ptr, market_buf = _by_market(ix)
    pool_edge_ptr, pool_edge = _by_pool(ix, pool, tier)
    tables = front_tables(front_points)
    owners = [ix.processes[b.process] for b in ix.buffers]
    least = 1.0 / min(steps_per_week, STEPS_PER_WEEK)
    world = World(
        steps_per_week=steps_per_week,
        n_steps=n_steps,
        level_ptr=_offsets([_LEVEL[p.stage] for p in ix.processes], 6),
        group_ptr=_offsets([_GROUP[stage_of(m.material)] for m in ix.markets], 5),
        buf_ptr=_offsets([b.process for b in ix.buffers], len(ix.processes)),
        buf_market=np.array([b.market for b in ix.buffers], np.int64),
        market_buf_ptr=market_buf_ptr,
        market_buf=market_buf,
        edge_ptr=_offsets([ix.market_of(r) for r in ix.routes], len(ix.markets)),
        edge_pool=np.array(pool, np.int64),
        edge_class=gate,
        edge_tier=np.array(tier, np.int64),
        edge_quota=quota,
        edge_series=np.array(series, np.int64),
        n_series=len(names),
        pool_edge_ptr=pool_edge_ptr,
        pool_edge=pool_edge,
        dedicated=np.array([int(p.stage in _DEDICATED) for p in ix.processes], np.int64),
        out_ptr=_offsets(out.owner, len(ix.processes)),
        out_pool=np.array(out.pool, np.int64),
        out_pays=np.array(out.pays, np.int64),
        rate=rate,
        capacity=rate * np.maximum(1.0, _stack(margin, n)),
        growth=_growth(ix, draws, scenario.growth == "planned"),
        need=_stack(ix.need, n),
        cover=_stack([_cover(draws, p) for p in owners], n),
        spread=np.ascontiguousarray(np.stack([np.broadcast_to(_spread(draws, p), (n,)) for p in owners])),
        out_yield=_stack(out.out_yield, n),
        lead=lead,
        pool_stock=pools["pool_stock"],
        pool_cap=pools["pool_cap"],
        pool_base=pools["pool_base"],
        flow=_stack([ix.parts.routes[r] for r in ix.routes], n),
        lag=_stack([_lag(draws, r, least) for r in ix.routes], n),
        backlog_time=draws.get("backlog-clearing", material="magnet"),
        focus=np.clip(draws.get("shortage-focus"), 0.0, 1.0),
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


_ = DAYS_PER_WEEK, OXIDES
