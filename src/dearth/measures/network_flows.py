"""What moves between stages and places, week by week: every route of a run with one draw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dearth.axes import stage_of
from dearth.engine.arrays import FloatArray, Trace, World
from dearth.world.build import Model

__all__ = ["Link", "links_of", "recorded", "weekly"]


class Link(NamedTuple):
    """Goods of one material from where they are made to a stage that uses them.

    Attributes
    ----------
    source, target
        ``(stage, place)``: who makes them, and who uses them.
    material
        Key of `dearth.axes.MATERIALS`.
    base
        t/week in the base year.
    path
        t/week at dispatch, week by week, (W,).
    """

    source: tuple[str, str]
    target: tuple[str, str]
    material: str
    base: float
    path: FloatArray


def recorded(world: World) -> World:
    """Return the world with the shipments of every route on record, not of the exports alone."""
    edges = world.edge_pool.size
    return world._replace(edge_series=np.arange(edges, dtype=np.int64), n_series=edges)


def weekly(world: World, trace: Trace) -> FloatArray:
    """Return shipments by week and route, t/week, (W, E): of the first draw of a :func:`recorded` world."""
    steps = world.steps_per_week
    weeks = trace.series.shape[0] // steps
    first = trace.series[: weeks * steps, :, 0]
    return np.asarray(first.reshape(weeks, steps, -1).sum(axis=1))


def _users(model: Model) -> list[dict[str, float]]:
    """Return, market by market, the stages that draw from it with their shares of its planned use."""
    world = model.world
    owner = np.repeat(np.arange(world.rate.shape[0]), np.diff(world.buf_ptr))
    use = world.need[:, 0] * world.rate[owner, 0]
    found: list[dict[str, float]] = [{} for _ in range(world.edge_ptr.size - 1)]
    for market, process, tonnes in zip(world.buf_market, owner, use, strict=True):
        stage = model.processes[process].stage
        found[market][stage] = found[market].get(stage, 0.0) + float(tonnes)
    totals = [sum(stages.values()) for stages in found]
    return [
        {stage: tonnes / total for stage, tonnes in stages.items()} if total > 0.0 else {}
        for stages, total in zip(found, totals, strict=True)
    ]


def links_of(model: Model, trace: Trace) -> list[Link]:
    """Return every link with its base year and its weeks, largest base first.

    A market that several stages draw from passes its arrivals on in proportion to their planned use.

    Parameters
    ----------
    model, trace
        Of one draw, run on the :func:`recorded` world.
    """
    by_week, world = weekly(model.world, trace), model.world
    found: dict[tuple[tuple[str, str], tuple[str, str], str], tuple[float, FloatArray]] = {}
    for market, users in enumerate(_users(model)):
        for edge in range(world.edge_ptr[market], world.edge_ptr[market + 1]):
            route = model.routes[edge]
            for stage, share in users.items():
                key = (stage_of(route.material), route.origin), (stage, route.destination), route.material
                base, path = found.get(key, (0.0, np.zeros(by_week.shape[0])))
                found[key] = base + share * float(world.flow[edge, 0]), path + share * by_week[:, edge]
    links = [Link(*key, base, path) for key, (base, path) in found.items()]
    return sorted(links, key=lambda link: (-link.base, link.material, link.source, link.target))
