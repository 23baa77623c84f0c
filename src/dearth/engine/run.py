"""The only loop over draws: cut the ensemble into blocks, run them, check the mass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.engine import week
from dearth.engine.arrays import FloatArray, IntArray, Trace, World
from dearth.errors import Fault, MassError
from dearth.watch import beat

__all__ = ["Labels", "initial_state", "run"]

TOLERANCE: Final = 1e-9  # of throughput
BLOCK: Final = 16  # draws that share one pass through the structure


class Labels(NamedTuple):
    """Names of the nodes, so that a failed check can say where."""

    markets: tuple[str, ...]
    pools: tuple[str, ...]
    edges: tuple[str, ...]


def _conveyor(time: FloatArray, flow: FloatArray, dt: float, name: str, lag: str) -> dict[str, Any]:
    """Return the fields of conveyors that took in `flow`, t/week, for ever; (item, N) both."""
    at = time / dt
    steps = np.floor(at).astype(np.int64)
    slots = steps.max(axis=1, initial=0) + 2
    late = at - steps
    ring = np.zeros((flow.shape[0], int(slots.max(initial=2)), flow.shape[1]))
    week.load_conveyor(ring, slots, steps, late, flow, dt)
    short = name.removesuffix("_ring")
    at_start = np.zeros_like(slots)
    return {
        name: ring,
        f"{short}_slots": slots,
        f"{short}_at": at_start,
        f"{lag}_steps": steps,
        f"{lag}_late": late,
    }


_ZERO_BY_BUFFER: Final = (
    "apart",
    "affected",
    "halted",
    "received",
    "missing",
    "spare",
    "now",
    "theirs",
    "rest",
    "out",
)
_ZERO_BY_MARKET: Final = (
    "market",
    "use",
    "ask",
    "asked",
    "wished",
    "missed",
    "open_flow",
    "switched",
    "arrived",
    "used",
)
_ZERO_BY_POOL: Final = ("orders", "owed", "made_in", "sent", "part")
_ZERO_BY_EDGE: Final = ("backlog", "unfilled")
_ZERO_BY_PROCESS: Final = ("made", "lost", "share")


def initial_state(w: World) -> week.State:
    """Return the steady state of the base year, from which every run starts."""
    n = w.rate.shape[1]
    dt = 1.0 / w.steps_per_week
    owner = np.repeat(np.arange(w.rate.shape[0]), np.diff(w.buf_ptr)).astype(np.int64)
    use = w.need * w.rate[owner]
    market_base = np.zeros((w.edge_ptr.size - 1, n))
    np.add.at(market_base, w.buf_market, use)
    hand = use * w.cover
    start_market = np.zeros_like(market_base)
    np.add.at(start_market, w.buf_market, hand)
    routes = _conveyor(w.lag, w.flow, dt, "ring", "lag")
    maker = np.repeat(np.arange(w.rate.shape[0]), np.diff(w.out_ptr)).astype(np.int64)
    intake = _base_intake(w, maker)
    making = _conveyor(w.lead[maker], intake, dt, "out_ring", "lead")
    work = np.zeros_like(w.pool_stock)
    np.add.at(work, w.out_pool, making["out_ring"].sum(axis=1))
    held: dict[str, Any] = {
        "hand": hand,
        "able": np.ones_like(hand),
        "kept": np.full_like(hand, -1.0),
        "pool": w.pool_stock.copy(),
        "work": work,
        "work_target": work.copy(),
        "start_pool": w.pool_stock + work,
        "start_market": start_market,
        "transit": routes["ring"].sum(axis=1),
    }
    flows: dict[str, Any] = {
        "plan": w.rate.copy(),
        "grown": np.ones_like(w.rate),
        "grow": np.exp(w.growth * dt),
        "order": w.flow.copy(),
        "desired": w.flow.copy(),
        "wanted": w.flow.copy(),
        "shipped": w.flow * dt,
        "market_base": market_base,
        "ahead": _growth_ahead(w, owner, use),
        "lead_ahead": np.exp(w.growth * w.lead),
    }
    rest: dict[str, Any] = {
        name: np.zeros_like(like)
        for names, like in (
            (_ZERO_BY_BUFFER, hand),
            (_ZERO_BY_MARKET, market_base),
            (_ZERO_BY_POOL, w.pool_stock),
            (_ZERO_BY_EDGE, w.flow),
            (_ZERO_BY_PROCESS, w.rate),
        )
        for name in names
    }
    return week.State(
        **held, **routes, **making, **flows, **rest, quota_left=np.zeros((w.quota_add.shape[1], n))
    )


def _whole_steps(w: World) -> World:
    """Return the world with no route shorter than a step: what leaves in a step is used in the next."""
    return w._replace(lag=np.maximum(w.lag, 1.0 / w.steps_per_week))


def _growth_ahead(w: World, owner: IntArray, use: FloatArray) -> FloatArray:
    """Return by how much the use of a route's buyers grows while goods are on the way, (E, N).

    Buyers and makers order for the day of arrival: growth that is planned is expected.
    """
    total, grown = (np.zeros((w.edge_ptr.size - 1, use.shape[1])) for _ in range(2))
    np.add.at(total, w.buf_market, use)
    np.add.at(grown, w.buf_market, use * w.growth[owner])
    market = np.repeat(np.arange(total.shape[0]), np.diff(w.edge_ptr))
    rate = grown / np.maximum(total, week.TINY)
    return np.asarray(np.exp(rate[market] * np.maximum(w.lag, 1.0 / w.steps_per_week)))


def _base_intake(w: World, maker: IntArray) -> FloatArray:
    """Return what each output adds to its pool in the base year, in the order of the makers."""
    out = w.out_yield * w.rate[maker]
    room = w.pool_base.copy()
    intake: FloatArray = np.zeros_like(out)
    for o, pool in enumerate(w.out_pool):
        intake[o] = np.minimum(out[o], room[pool])
        room[pool] -= intake[o]
    return intake


def _empty_trace(w: World, n: int) -> Trace:
    """Return a trace of zeros for `n` draws."""
    lines = int(w.level_ptr[1])
    weeks = max(1, w.n_steps // w.steps_per_week)
    return Trace(
        lost_end=np.zeros((w.n_steps + 1, lines, n)),
        lost_mean=np.zeros((w.n_steps, lines, n)),
        series=np.zeros((w.n_steps, w.n_series, n)),
        buffer_loss=np.zeros((w.need.shape[0], n)),
        edge_blocked=np.zeros((w.flow.shape[0], n)),
        edge_unfilled=np.zeros((w.flow.shape[0], n)),
        final_stock=np.zeros((w.need.shape[0], n)),
        market_residual=np.zeros((w.edge_ptr.size - 1, n)),
        pool_residual=np.zeros((w.pool_stock.shape[0], n)),
        edge_residual=np.zeros((w.flow.shape[0], n)),
        residual=np.zeros((weeks, n)),
        line_output=np.zeros((lines, n)),
        unsold=np.zeros((w.out_pool.size, n)),
        lowest=np.zeros(n),
    )


_NOT_BY_DRAW: Final = {"quota_add", "quota_keep", "front_left", "front_out", "front_x"}


def _cut(w: World, draws: slice) -> World:
    """Return the world with the draws of one block only, each array contiguous."""
    changes: dict[str, Any] = {
        name: np.ascontiguousarray(value[..., draws])
        for name, value in w._asdict().items()
        if isinstance(value, np.ndarray)
        and name not in _NOT_BY_DRAW
        and (value.dtype == np.float64 or name == "spread")
    }
    return w._replace(**changes)


def _run_block(w: World, draws: slice) -> Trace:
    """Run one block of draws."""
    part = _cut(w, draws)
    trace = _empty_trace(w, part.rate.shape[1])
    week.simulate(part, initial_state(part), trace)
    return trace


def run(w: World, labels: Labels, workers: int = 1) -> Trace:
    """Run the ensemble and check that no mass appeared or vanished.

    Parameters
    ----------
    w
        The world of all draws.
    labels
        Names of its nodes.
    workers
        Threads; the result does not depend on it, for every draw is computed alone.

    Raises
    ------
    MassError
        A weekly balance of a market, pool or conveyor is off by more than 1e-9 of throughput.
    StoppedError
        Someone who watches called the run off.
    """
    n = w.rate.shape[1]
    w = _whole_steps(w)
    blocks = [slice(lo, min(lo + BLOCK, n)) for lo in range(0, n, BLOCK)]
    trace = _empty_trace(w, n)
    with ThreadPoolExecutor(workers) as pool:
        try:
            for i, part in enumerate(pool.map(lambda b: _run_block(w, b), blocks)):
                for whole, some in zip(trace, part, strict=True):
                    whole[..., blocks[i]] = some
                beat("run", i + 1, len(blocks))
        finally:
            pool.shutdown(cancel_futures=True)  # of a run that was called off
    _check_mass(trace, labels)
    return trace


def _check_mass(trace: Trace, labels: Labels) -> None:
    """Raise when a residual is above tolerance, naming the node, its place and the week."""
    worst = trace.residual.max(initial=0.0)
    if worst <= TOLERANCE and trace.lowest.min(initial=0.0) >= 0.0:
        return
    week_at = int(np.argmax(~(trace.residual.max(axis=1) <= TOLERANCE))) + 1
    faults = [
        Fault(what=f"balance off by {node.max():.3g} of throughput", where=f"{kind} {name}, week {week_at}")
        for kind, residual, names in (
            ("market", trace.market_residual, labels.markets),
            ("pool", trace.pool_residual, labels.pools),
            ("route", trace.edge_residual, labels.edges),
        )
        for name, node in zip(names, residual, strict=True)
        if not node.max() <= TOLERANCE
    ]
    if trace.lowest.min() < 0.0:
        faults.append(Fault(what=f"a stock or flow fell below zero: {trace.lowest.min():.3g} t"))
    raise MassError("Checking the mass balance", faults)
