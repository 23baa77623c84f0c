"""Which input stops a line, and where on the way up the chain it is held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import Trace, World

__all__ = ["Binding", "binding_buffer", "trace_up"]


class Binding(NamedTuple):
    """Where a shortage begins.

    Attributes
    ----------
    buffer
        The line's own input that binds.
    edge
        The route at the origin of the shortage: its goods are the binding material.
    blocked
        Whether a gate holds them there.
    """

    buffer: int
    edge: int
    blocked: bool


def binding_buffer(w: World, trace: Trace, process: int) -> tuple[int, float]:
    """Return the input that cost a process most weeks, and the share of stopped draws in which it did.

    The buffer is -1 when no draw lost anything.
    """
    lo, hi = int(w.buf_ptr[process]), int(w.buf_ptr[process + 1])
    loss = trace.buffer_loss[lo:hi]
    hit = loss.sum(axis=0) > 0.0
    if hi == lo or not hit.any():
        return -1, 0.0
    best = int(np.argmax(loss.sum(axis=1)))
    return lo + best, float((np.argmax(loss, axis=0)[hit] == best).mean())


def _worst_edge(w: World, trace: Trace, market: int) -> int:
    lo, hi = int(w.edge_ptr[market]), int(w.edge_ptr[market + 1])
    return lo + int(np.argmax(trace.edge_unfilled[lo:hi].sum(axis=1))) if hi > lo else -1


def _maker_of(w: World, pool: int) -> int:
    """Return the process whose orders set the output of a pool."""
    outputs = np.flatnonzero((w.out_pool == pool) & (w.out_pays == 1))
    return int(np.searchsorted(w.out_ptr, outputs[0], side="right")) - 1 if outputs.size else -1


def trace_up(w: World, trace: Trace, buffer: int) -> Binding:
    """Follow a shortage from a line's input up the chain to the route where it begins.

    At each market the route with most unfilled tonnes is taken; the walk ends where a gate holds
    more than half of them, or where the maker itself lacks no input.
    """
    at, edge = buffer, -1
    for _ in range(w.level_ptr.size):
        edge = _worst_edge(w, trace, int(w.buf_market[at]))
        if edge < 0:
            break
        unfilled, held = trace.edge_unfilled[edge].sum(), trace.edge_blocked[edge].sum()
        if held > 0.5 * unfilled:
            return Binding(buffer, edge, blocked=True)
        maker = _maker_of(w, int(w.edge_pool[edge]))
        above = binding_buffer(w, trace, maker)[0] if maker >= 0 else -1
        if above < 0:
            break
        at = above
    return Binding(buffer, edge, blocked=False)
