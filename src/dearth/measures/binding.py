"""Which input stops a line, and where on the way up the chain it is held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import Trace, World

__all__ = ["Binding", "Upstream", "binding_buffer", "trace_up"]


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


class Upstream:
    """The way up the chain from a shortage, each step of it worked out once.

    Parameters
    ----------
    w, trace
        A world, and what its run left behind.
    """

    def __init__(self, w: World, trace: Trace) -> None:
        self._w = w
        self._trace = trace
        self._unfilled = trace.edge_unfilled.sum(axis=1)
        self._blocked = trace.edge_blocked.sum(axis=1)
        self._makers = _makers(w)
        self._binding: dict[int, int] = {}

    def _worst_edge(self, market: int) -> int:
        lo, hi = int(self._w.edge_ptr[market]), int(self._w.edge_ptr[market + 1])
        return lo + int(np.argmax(self._unfilled[lo:hi])) if hi > lo else -1

    def _above(self, pool: int) -> int:
        """Return the input that binds the maker who fills a pool, -1 if it lacks none."""
        maker = self._makers.get(pool, -1)
        if maker not in self._binding:
            self._binding[maker] = binding_buffer(self._w, self._trace, maker)[0] if maker >= 0 else -1
        return self._binding[maker]

    def trace_up(self, buffer: int) -> Binding:
        """Follow a shortage from a line's input up the chain to the route where it begins.

        At each market the route with most unfilled tonnes is taken; the walk ends where a gate holds
        more than half of them, or where the maker itself lacks no input.
        """
        at, edge = buffer, -1
        for _ in range(self._w.level_ptr.size):
            edge = self._worst_edge(int(self._w.buf_market[at]))
            if edge < 0:
                break
            if self._blocked[edge] > 0.5 * self._unfilled[edge]:
                return Binding(buffer, edge, blocked=True)
            above = self._above(int(self._w.edge_pool[edge]))
            if above < 0:
                break
            at = above
        return Binding(buffer, edge, blocked=False)


def _makers(w: World) -> dict[int, int]:
    """Return, by pool, the first process whose orders set its output."""
    owner = np.repeat(np.arange(w.out_ptr.size - 1), np.diff(w.out_ptr))
    found: dict[int, int] = {}
    for pool, process, pays in zip(w.out_pool.tolist(), owner.tolist(), w.out_pays.tolist(), strict=True):
        if pays == 1:
            found.setdefault(pool, process)
    return found


def trace_up(w: World, trace: Trace, buffer: int) -> Binding:
    """Follow one shortage up the chain; see :class:`Upstream`."""
    return Upstream(w, trace).trace_up(buffer)
