"""The only loop over draws: cut the ensemble into blocks, run them, check the mass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np

from dearth.engine import week
from dearth.engine.arrays import FloatArray, IntArray, Trace, World
from dearth.engine.layout import laid_out
from dearth.errors import Fault, MassError, StoppedError
from dearth.watch import beat

__all__ = ["BLOCK", "Labels", "blocks", "initial_state", "run", "run_reduced"]

TOLERANCE: Final = 1e-9  # of throughput
BLOCK: Final = 16  # draws that share one pass through the structure, unless their records are too large
_RECORDS: Final = 96 << 20  # bytes of records by step that a block may hold
_FEW: Final = (1,)  # sizes of a block that the kernels are compiled for; all others share one
_WHILE: Final = 16 * 52  # draws times steps between two looks whether the run was called off: about 50 ms
_GLANCE: Final = 0.02  # s between two beats while a block runs
_DONE: Final[Future[Any]] = Future()  # in place of a result, which would stay in memory
_BY_STEP: Final = ("lost_end", "lost_mean", "series")  # records that grow with time
T = TypeVar("T")


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
    ring = np.empty((flow.shape[0], int(slots.max(initial=2)), flow.shape[1]))
    ring[:] = (flow * dt)[:, np.newaxis]
    short = name.removesuffix("_ring")
    at_start = np.zeros_like(slots)
    return {
        name: ring,
        f"{short}_slots": slots,
        f"{short}_at": at_start,
        f"{lag}_steps": steps,
        f"{lag}_late": at - steps,
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
_ZERO_BY_EDGE: Final = ("backlog", "unfilled", "filled")
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
    np.add.at(work, w.out_pool, (making["lead_steps"] + making["lead_late"]) * intake * dt)
    held: dict[str, Any] = {
        "hand": hand,
        "able": np.ones_like(hand),
        "kept": np.full_like(hand, -1.0),
        "pool": w.pool_stock.copy(),
        "work": work,
        "work_target": work.copy(),
        "start_pool": w.pool_stock + work,
        "start_market": start_market,
        "transit": (routes["lag_steps"] + routes["lag_late"]) * w.flow * dt,
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
        **held,
        **routes,
        **making,
        **flows,
        **rest,
        quota_left=np.zeros((w.quota_add.shape[1], n)),
        lanes=(0,) * n if n in _FEW else (),
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


def _run_block(w: World, draws: slice, off: Event) -> Trace:
    """Run one block of draws, a while at a time, so that a run that was called off frees its threads soon.

    Raises
    ------
    StoppedError
        It was called off.
    """
    part = _cut(w, draws)
    n = part.rate.shape[1]
    trace = _empty_trace(w, n)
    part, state = laid_out(part, initial_state(part))
    some = max(1, _WHILE // n)
    for first in range(0, max(1, w.n_steps), some):
        if off.is_set():
            raise StoppedError("Running", Fault("called off"))
        week.simulate(part, state, trace, first, min(first + some, w.n_steps))
    return trace


def _block_size(w: World) -> int:
    """Return how many draws share one pass: fewer in a run of many years, whose records are long."""
    each = 8 * w.n_steps * (2 * int(w.level_ptr[1]) + w.n_series)
    return min(BLOCK, max(4, _RECORDS // max(each, 1) // 4 * 4))


def blocks(n: int, size: int) -> list[slice]:
    """Return the blocks of `n` draws, none of them a single draw among others.

    A measure of one draw adds up along other axes than one of many, and rounds otherwise.
    """
    ends = [*range(size, n - 1, size), n]
    return [slice(lo, hi) for lo, hi in zip([0, *ends], ends, strict=False)]


def _each(w: World, workers: int, keep: Callable[[slice, Trace], T]) -> Iterator[tuple[slice, T]]:
    """Give every block of draws and what `keep` makes of its trace, in order; threads beside each other."""
    parts, off = blocks(w.rate.shape[1], _block_size(w)), Event()
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(lambda b: keep(b, _run_block(w, b, off)), block) for block in parts]
        try:
            for i, one in enumerate(running):
                while not wait([one], _GLANCE).done:
                    beat("run", i, len(parts))
                yield parts[i], one.result()
                running[i] = _DONE
                beat("run", i + 1, len(parts))
        finally:
            off.set()
            pool.shutdown(cancel_futures=True)  # of a run that was called off


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
    w = _whole_steps(w)
    trace = _empty_trace(w, w.rate.shape[1])
    for draws, part in _each(w, workers, lambda _draws, part: part):
        for whole, some in zip(trace, part, strict=True):
            whole[..., draws] = some
    _check_mass(trace, labels)
    return trace


def run_reduced(
    w: World, labels: Labels, keep: Callable[[slice, Trace], T], workers: int = 1
) -> tuple[Trace, list[T]]:
    """Run the ensemble, and of each block of draws keep only what `keep` makes of its records.

    Memory then grows with draws times nodes, not with draws times steps times lines.

    Parameters
    ----------
    w, labels, workers
        As for :func:`run`.
    keep
        Takes the draws of a block and its trace, which is gone afterwards; called in several threads.

    Returns
    -------
    tuple
        A trace without records by step (they have no steps), and what was kept of each block, in order.

    Raises
    ------
    MassError, StoppedError
        As :func:`run`.
    """
    w = _whole_steps(w)
    trace = _empty_trace(w._replace(n_steps=0), w.rate.shape[1])
    trace = trace._replace(residual=np.zeros((max(1, w.n_steps // w.steps_per_week), w.rate.shape[1])))
    names = [name for name in Trace._fields if name not in _BY_STEP]
    kept = []

    def work(draws: slice, part: Trace) -> tuple[list[FloatArray], T]:
        return [getattr(part, name) for name in names], keep(draws, part)

    for draws, (sums, found) in _each(w, workers, work):
        for name, some in zip(names, sums, strict=True):
            getattr(trace, name)[..., draws] = some
        kept.append(found)
    _check_mass(trace, labels)
    return trace, kept


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
