"""Why a line stops: line <- part <- supplier <- material <- rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.firm.graph import Graph
from dearth.firm.run_down import Arrivals, RunDown
from dearth.measures.binding import trace_up
from dearth.measures.firm_lanes import Way
from dearth.world.build import Model
from dearth.world.gates import events_on
from dearth.world.parts import Route
from dearth.world.scenario import Event, Scenario

__all__ = ["Cause", "Why", "cause_of", "why"]


class Why(NamedTuple):
    """What ends a line.

    Attributes
    ----------
    path
        From the line down to the part whose own supply ended it.
    share
        Share of the stops of the line that end there.
    source
        Number of the source of that part that falls short most; -1: none does.
    """

    path: tuple[str, ...]
    share: float
    source: int


class Cause(NamedTuple):
    """Where the shortage of a supply begins in the world: the route, and the dated event on it, if any."""

    route: Route | None
    event: Event | None


def why(graph: Graph, done: RunDown, arrive: Arrivals, line: int) -> Why | None:
    """Return what ends a line in most draws; None: it never stops."""
    path = done.path[line]
    if not path:
        return None
    node = graph.names.index(path[-1])
    stopped = done.binding[line] >= 0
    here = done.binding[line] == node
    return Why(path, float(here.sum() / stopped.sum()), _worst(graph, done, arrive, line, node, here))


def _worst(  # noqa: PLR0913, PLR0917 (one line in one draw set)
    graph: Graph, done: RunDown, arrive: Arrivals, line: int, node: int, draws: FloatArray
) -> int:
    """Return the source of a node of which most was missing before the line stopped."""
    missing = {}
    last = int(np.ceil(np.nanmax(done.stop[line][draws])))
    for source in np.flatnonzero(graph.node == node).tolist():
        left = arrive.shares[: max(1, last), arrive.of[source]][:, draws]
        missing[source] = float((1.0 - left).sum() * graph.share[source])
    worst = max(missing, key=missing.__getitem__, default=-1)
    return worst if worst >= 0 and missing[worst] > 0 else -1


def cause_of(model: Model, trace: Trace, scenario: Scenario, way: Way, day: date) -> Cause:
    """Return where the shortage of a way begins, and the event that makes it.

    A way under a gate of its own begins there; else the walk goes up from the inputs of its makers
    (:func:`dearth.measures.binding.trace_up`).

    Parameters
    ----------
    day
        On which the line stops: the last event by then decides.
    """
    for edge in way.edges.tolist():
        route = model.routes[edge]
        if found := events_on(route, scenario):
            return Cause(route, _deciding(found, day))
    if not len(way.edges):
        return Cause(None, None)
    route = _above(model, trace, way)
    events = events_on(route, scenario) if route is not None else ()
    return Cause(route, _deciding(events, day))


def _deciding(events: Sequence[Event], day: date) -> Event | None:
    """Return the event that holds goods back: the last one by a day that does not open the gate."""
    held = [event for event in events if event.action != "open"]
    return next((event for event in reversed(held) if event.date <= day), held[0] if held else None)


def _above(model: Model, trace: Trace, way: Way) -> Route | None:
    w = model.world
    edge = int(way.edges[np.argmax(trace.edge_unfilled[way.edges].sum(axis=1))])
    outputs = np.flatnonzero((w.out_pool == w.edge_pool[edge]) & (w.out_pays == 1))
    makers = np.searchsorted(w.out_ptr, outputs, side="right") - 1
    inputs: list[int] = [b for p in makers.tolist() for b in range(int(w.buf_ptr[p]), int(w.buf_ptr[p + 1]))]
    if not inputs:
        return model.routes[edge]
    worst = max(inputs, key=lambda b: float(trace.buffer_loss[b].sum()))
    found = trace_up(w, trace, worst)
    return model.routes[found.edge] if found.edge >= 0 else None
