"""What a measure changes in a built world: goods that pass beside a gate, need that falls away.

A stock or a plant of the buyer's own side is put into the network where it would arrive: on the routes that a
control closes.  A tonne released from stock, or made by a plant that has its own inputs, reaches the buyer
exactly as a tonne of the old supplier did, so the gate is opened by that much and all behind it is left to
the engine.  Nothing here passes a border that a control closes: the tonnes are the buyer's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import stage_of
from dearth.engine.arrays import FloatArray, IntArray, World
from dearth.world.build import Model

__all__ = ["Gated", "Relief", "gated_flows", "lines_behind", "released", "relieved", "weeks_lasting"]

_OPEN: Final = 0.999  # mean allowance from which a gate counts as open
_LEAST_FLOW: Final = 1e-3  # t/week; less is rounding of the balance


class Gated(NamedTuple):
    """What a control holds back of one material on its way to some places.

    Attributes
    ----------
    edges
        Numbers of the routes.
    flow
        Base-year flow on them, t/week, (N,).
    held
        Share of it that the gates hold back on average over the run, (N,).
    """

    edges: IntArray
    flow: FloatArray
    held: FloatArray


@dataclass(frozen=True)
class Relief:
    """What is done, by material; nothing by default.

    Attributes
    ----------
    stock
        Weeks of the gated base flow that lie ready on the buyer's side.
    supply
        Share of the gated base flow that plants outside the control make every week, inputs included.
    spared
        Share of the need of some lines that a redesign does without, by number of the line.
    second
        Share of unmet orders that approved second makers may take over, by stage; never below the book's.
    """

    stock: Mapping[str, float]
    supply: Mapping[str, float]
    spared: Mapping[int, float]
    second: Mapping[str, float]


def gated_flows(model: Model, places: Collection[str]) -> dict[str, Gated]:
    """Return what the gates hold back of each material bound for `places`, largest flow first."""
    w, found = model.world, {}
    mean = np.minimum(w.allowance, 1.0).mean(axis=0)  # an open gate allows more than any flow
    at: dict[str, list[int]] = {}
    for e, route in enumerate(model.routes):
        held = w.edge_class[e] >= 0 and np.median(mean[w.edge_class[e]]) < _OPEN
        if held and route.destination in places and route.origin not in places:
            at.setdefault(route.material, []).append(e)
    for material, edges in at.items():
        flow = w.flow[edges]
        total = flow.sum(axis=0)
        if np.median(total) >= _LEAST_FLOW:
            held_back = np.clip(1.0 - mean[w.edge_class[edges]], 0.0, 1.0)
            share = (flow * held_back).sum(axis=0) / np.maximum(total, _LEAST_FLOW)
            found[material] = Gated(np.array(edges, np.int64), total, share)
    return dict(sorted(found.items(), key=lambda pair: -float(np.median(pair[1].flow))))


def released(allowance: FloatArray, weeks: float, dt: float) -> FloatArray:
    """Return what arrives when a stock fills every gap until it is used up.

    Parameters
    ----------
    allowance
        Share of the base flow that passes in each step, (T, ...).
    weeks
        Stock, in weeks of the base flow.
    dt
        Length of a step, weeks.

    Returns
    -------
    FloatArray
        As `allowance`; nowhere less.
    """
    gap = np.maximum(0.0, 1.0 - allowance) * dt
    before = np.cumsum(gap, axis=0) - gap
    return np.asarray(allowance + np.clip(weeks - before, 0.0, gap) / dt)


def weeks_lasting(allowance: FloatArray, weeks: float, dt: float) -> FloatArray:
    """Return until which week a stock fills every gap: plain stock / use; infinite if it lasts, (...)."""
    gap = np.cumsum(np.maximum(0.0, 1.0 - allowance) * dt, axis=0)
    over = gap > weeks + 1e-12
    at = np.argmax(over, axis=0)
    last = np.take_along_axis(gap, at[None], axis=0)[0]
    step = np.take_along_axis(np.diff(gap, axis=0, prepend=0.0), at[None], axis=0)[0]
    inside = 1.0 - (last - weeks) / np.maximum(step, 1e-300)
    return np.asarray(np.where(over.any(axis=0), (at + inside) * dt, np.inf))


def relieved(model: Model, places: Collection[str], relief: Relief) -> Model:
    """Return the model with a relief in place from week 0.

    Raises
    ------
    KeyError
        The relief names a material that no gate holds back on its way to `places`.
    """
    gated = gated_flows(model, places)
    world = model.world
    for material in dict.fromkeys((*relief.stock, *relief.supply)):
        stock, supply = relief.stock.get(material, 0.0), relief.supply.get(material, 0.0)
        world = _opened(world, gated[material].edges, stock, supply)
    world = _spared(world, relief.spared)
    world = _seconded(model, world, places, relief.second)
    dependence = model.dependence.copy()
    for line, share in relief.spared.items():
        dependence[line] *= 1.0 - share
    return _changed(model, world, dependence)


def _changed(model: Model, world: World, dependence: FloatArray) -> Model:
    values = {name: getattr(model, name) for name in model.__dataclass_fields__}
    return Model(**{**values, "world": world, "dependence": dependence})


def _opened(w: World, edges: IntArray, stock: float, supply: float) -> World:
    """Give some routes gates of their own, opened by a stock and by a steady supply."""
    dt = 1.0 / w.steps_per_week
    edge_class = w.edge_class.copy()
    columns = [w.allowance]
    for number, old in enumerate(np.unique(w.edge_class[edges])):
        path = w.allowance[:, old]
        path = np.maximum(path, np.minimum(1.0, path + supply))
        columns.append(released(path, stock, dt)[:, None])
        edge_class[edges[w.edge_class[edges] == old]] = w.allowance.shape[1] + number
    allowance = np.ascontiguousarray(np.concatenate(columns, axis=1))
    return w._replace(edge_class=edge_class, allowance=allowance)


def _spared(w: World, spared: Mapping[int, float]) -> World:
    """Cut the need of some lines by a share."""
    if not spared:
        return w
    left = np.ones((w.rate.shape[0], 1))
    for line, share in spared.items():
        left[line] = 1.0 - share
    return w._replace(rate=w.rate * left, capacity=w.capacity * left)


def _seconded(model: Model, w: World, places: Collection[str], second: Mapping[str, float]) -> World:
    """Let more of the unmet orders of some places move to makers that are already approved."""
    if not second:
        return w
    share = w.switch_share.copy()
    for m, node in enumerate(model.markets):
        if node.place in places:
            share[m] = np.maximum(share[m], second.get(stage_of(node.material), 0.0))
    return w._replace(switch_share=share)


def lines_behind(model: Model, material: str, places: Collection[str]) -> list[int]:
    """Return the lines at `places` that a material bought there reaches, through any makers."""
    w = model.world
    markets = {
        m for m, node in enumerate(model.markets) if node.material == material and node.place in places
    }
    seen: set[int] = set()
    lines = int(w.level_ptr[1])
    while markets:
        buffers = np.flatnonzero(np.isin(w.buf_market, list(markets)))
        makers = set((np.searchsorted(w.buf_ptr, buffers, side="right") - 1).tolist()) - seen
        seen |= makers
        markets = {m for p in makers for m in _markets_of(w, p)}
    return sorted(p for p in seen if p < lines and model.processes[p].place in places)


def _markets_of(w: World, process: int) -> set[int]:
    """Return the markets that the main goods of a process reach."""
    outputs = range(w.out_ptr[process], w.out_ptr[process + 1])
    pools = [w.out_pool[o] for o in outputs if w.out_pays[o]]
    edges = np.flatnonzero(np.isin(w.edge_pool, pools))
    return set((np.searchsorted(w.edge_ptr, edges, side="right") - 1).tolist())
