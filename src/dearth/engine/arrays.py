"""The arrays the engine works on: one frozen World, one Trace.

Entities
--------
process (P)
    Turns inputs into outputs at one place: mines, separators, metal, magnet, product and assembly
    makers, and the lines of end-use sectors.  Sorted by level, lines first, mines last.
buffer (B)
    Stock of one input at hand at one process (a buyer group); sorted by process.
market (M)
    Where arrivals of one material at one place, for one end use, are shared among its buffers;
    sorted by group, the most downstream first.
pool (L)
    Finished goods of one material at one place of production.
edge (E)
    Trade route from a pool to a market (home trade too); sorted by market.
output (O)
    What a process makes, into which pool; sorted by process.
class (C)
    Goods under one gate: product, destination and end use.
quota (Q)
    Edges that share one tonnage.

The last axis of every float array is the draw of the ensemble (N).  Rates are tonnes per week,
stocks tonnes, times weeks; see :mod:`dearth.axes` for what a tonne counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatArray", "IntArray", "Trace", "World"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class World(NamedTuple):
    """Everything the week needs, frozen before the first step.

    ``*_ptr`` arrays are offsets: the members of item i are ``ptr[i]:ptr[i + 1]``.
    """

    # clock
    steps_per_week: int
    n_steps: int
    # structure
    level_ptr: IntArray  # processes by level
    group_ptr: IntArray  # markets by group; group g buys for processes of levels <= g
    buf_ptr: IntArray  # buffers by process
    buf_market: IntArray
    market_buf_ptr: IntArray
    market_buf: IntArray  # buffers by market
    edge_ptr: IntArray  # edges by market
    edge_pool: IntArray
    edge_class: IntArray  # -1: no gate can close it
    edge_tier: IntArray  # 0 own use, 1 contract, 2 licensed civil, 3 spot
    edge_quota: IntArray  # -1: none
    edge_series: IntArray  # which recorded flow it adds to; -1: none
    n_series: int
    pool_edge_ptr: IntArray
    pool_edge: IntArray  # edges by pool, tier after tier
    dedicated: IntArray  # P, 1: parts made to drawing, so makers that are served cannot make up for others
    out_ptr: IntArray  # outputs by process
    out_pool: IntArray
    out_pays: IntArray  # 1: orders for this output decide the rate of the process
    # numbers, last axis = draw
    rate: FloatArray  # P, base-year rate of the process, t/week of its main output
    capacity: FloatArray  # P, t/week
    growth: FloatArray  # P, 1/week, exponential
    need: FloatArray  # B, t of input per t of rate
    cover: FloatArray  # B, mean weeks of need at hand
    spread: IntArray  # B, row of the front tables
    out_yield: FloatArray  # O, t of output per t of rate
    lead: FloatArray  # P, throughput time, weeks
    pool_stock: FloatArray  # L, target and initial finished goods
    pool_cap: FloatArray  # L, stock above which further output counts as unsold
    pool_base: FloatArray  # L, base-year intake, t/week
    flow: FloatArray  # E, base-year flow, t/week
    lag: FloatArray  # E, door to door, weeks
    order_time: FloatArray  # M, weeks in which a stock gap is re-ordered
    pool_time: FloatArray  # L, weeks in which a finished-goods gap is closed
    backlog_time: FloatArray  # N, weeks in which a backlog may be cleared
    focus: FloatArray  # N, how far a shortage falls on single customers: 1 wholly, 0 evenly
    switch_share: FloatArray  # M, share of unfilled orders that can move to other routes at most
    switch_time: FloatArray  # N, weeks to qualify another route
    # gates and quotas
    allowance: FloatArray  # T, C, N: mean over the step, as a multiple of the base flow
    quota_add: FloatArray  # T, Q: tonnes released at the start of the step
    quota_keep: FloatArray  # T, Q: share of the unused part that survives into this step
    # fronts: rows = spread of cover, columns = grid of x = weeks missed / mean cover
    front_left: FloatArray  # share of initial stock left when the front stands at x
    front_out: FloatArray  # F(x): share of buyers out of stock
    front_x: FloatArray  # x as a function of the share of stock left, on a uniform grid of it
    front_max: float  # largest x of the grid


class Trace(NamedTuple):
    """What a run leaves behind; S = steps + 1 instants, T = steps.

    Attributes
    ----------
    lost_end : (S, lines, N)
        Share of a line's plan that is stopped at each instant.
    lost_mean : (T, lines, N)
        Share of a line's plan lost during each step.
    series : (T, series, N)
        Recorded shipments, tonnes per step, at dispatch.
    buffer_loss : (B, N)
        Weeks of plan of the process lost for want of this input.
    edge_blocked, edge_unfilled : (E, N)
        Tonnes held back by the gate; tonnes ordered and not shipped for any reason.
    final_stock : (B, N)
        Final stock at hand, tonnes.
    market_residual, pool_residual, edge_residual
        Largest weekly mass residual of each node over its own throughput, (M|L|E, N).
    residual : (W, N)
        Largest of them in each week.
    line_output : (lines, N)
        Tonnes of rate made over the run.
    unsold : (O, N)
        Output that no stock would take, tonnes.
    lowest : (N,)
        Smallest stock or flow met in the run: never below zero.
    """

    lost_end: FloatArray
    lost_mean: FloatArray
    series: FloatArray
    buffer_loss: FloatArray
    edge_blocked: FloatArray
    edge_unfilled: FloatArray
    final_stock: FloatArray
    market_residual: FloatArray
    pool_residual: FloatArray
    edge_residual: FloatArray
    residual: FloatArray
    line_output: FloatArray
    unsold: FloatArray
    lowest: FloatArray
