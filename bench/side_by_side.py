"""Copies of one world side by side as one larger world, so that times can be told of growing networks.

The copies do not trade with each other: each must do what the single world does, to the last bit.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import Trace, World

Whole = NDArray[np.int64]

# Field -> what its first axis runs over; and what its whole numbers name, if they name something.
OF = {
    "process": ("rate", "capacity", "growth", "lead", "dedicated"),
    "buffer": ("need", "cover", "spread"),
    "market": ("order_time", "switch_share"),
    "pool": ("pool_stock", "pool_cap", "pool_base", "pool_time"),
    "edge": ("flow", "lag", "edge_tier"),
    "output": ("out_yield", "out_pays"),
}
NAMING = {
    "buf_market": ("buffer", "market"),
    "edge_pool": ("edge", "pool"),
    "edge_class": ("edge", "class"),
    "edge_quota": ("edge", "quota"),
    "edge_series": ("edge", "series"),
    "out_pool": ("output", "pool"),
}
OFFSETS = {"buf_ptr": "process", "out_ptr": "process", "edge_ptr": "market", "market_buf_ptr": "market"}
OFFSETS["pool_edge_ptr"] = "pool"
TIMES = ("level_ptr", "group_ptr", "n_series")  # so many times as large
BY_STEP = ("allowance", "quota_add", "quota_keep")  # second axis: class or quota
LISTS = ("market_buf", "pool_edge")
SAME = ("steps_per_week", "n_steps", "backlog_time", "focus", "switch_time")
SAME += ("front_left", "front_out", "front_x", "front_max")
# Of a trace: field -> axis, and what runs along it.
TRACED = {
    "lost_end": (1, "line"),
    "lost_mean": (1, "line"),
    "series": (1, "series"),
    "buffer_loss": (0, "buffer"),
    "edge_blocked": (0, "edge"),
    "edge_unfilled": (0, "edge"),
    "final_stock": (0, "buffer"),
    "market_residual": (0, "market"),
    "pool_residual": (0, "pool"),
    "edge_residual": (0, "edge"),
    "line_output": (0, "line"),
    "unsold": (0, "output"),
}


class Glued(NamedTuple):
    """The larger world, and for each kind of part which part of which copy stands where."""

    world: World
    order: dict[str, Whole]  # copy * size + part of the single world
    sizes: dict[str, int]


def _in_turn(pointer: Whole, copies: int) -> Whole:
    """Return parts in groups, such as processes by level, the copies of a group one after another."""
    size = int(pointer[-1])
    return np.concatenate(
        [copy * size + np.arange(lo, hi) for lo, hi in pairwise(pointer.tolist()) for copy in range(copies)]
    )


def _after(owners: Whole, pointer: Whole) -> Whole:
    """Return parts sorted by owner, the owners in their new order."""
    starts, ends, size = pointer[:-1], pointer[1:], int(pointer[-1])
    copy, own = np.divmod(owners, len(starts))
    parts = [c * size + np.arange(starts[o], ends[o]) for c, o in zip(copy, own, strict=True)]
    return np.concatenate([np.empty(0, np.int64), *parts])


def _place(order: Whole) -> Whole:
    """Return where each part of each copy stands."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return place


def sizes_of(w: World) -> dict[str, int]:
    """Return how many there are along each axis."""
    return {
        "process": w.rate.shape[0],
        "buffer": w.need.shape[0],
        "market": w.edge_ptr.size - 1,
        "edge": w.flow.shape[0],
        "pool": w.pool_stock.shape[0],
        "output": w.out_pool.size,
        "class": w.allowance.shape[1],
        "quota": w.quota_add.shape[1],
        "series": w.n_series,
        "line": int(w.level_ptr[1]),
    }


def glued(w: World, copies: int) -> Glued:
    """Return so many copies of a world as one.

    Raises
    ------
    ValueError
        The world has a field of which this module does not know what it runs over.
    """
    sizes = sizes_of(w)
    order = {kind: np.arange(copies * size) for kind, size in sizes.items()}
    order["process"] = _in_turn(w.level_ptr, copies)
    order["line"] = _in_turn(w.level_ptr[:2], copies)
    order["market"] = _in_turn(w.group_ptr, copies)
    for kind, owner, pointer in (
        ("buffer", "process", w.buf_ptr),
        ("output", "process", w.out_ptr),
        ("edge", "market", w.edge_ptr),
    ):
        order[kind] = _after(order[owner], pointer)
    place = {kind: _place(found) for kind, found in order.items()}
    fields: dict[str, Any] = {name: getattr(w, name) for name in SAME}
    fields |= {name: copies * getattr(w, name) for name in TIMES}
    fields |= {name: np.tile(getattr(w, name), (1, copies, 1)[: getattr(w, name).ndim]) for name in BY_STEP}
    for kind, names in OF.items():
        fields |= {name: getattr(w, name)[order[kind] % sizes[kind]] for name in names}
    for name, (kind, named) in NAMING.items():
        copy, part = np.divmod(order[kind], sizes[kind])
        fields[name] = _renamed(getattr(w, name)[part], copy, place[named], sizes[named])
    for name, kind in OFFSETS.items():
        counts = np.diff(getattr(w, name))[order[kind] % sizes[kind]]
        fields[name] = np.concatenate(([0], np.cumsum(counts)))
    fields["pool_edge"] = _list(w.pool_edge[:, None], w.pool_edge_ptr, order["pool"], [place["edge"]])[:, 0]
    both = [place["buffer"], place["process"]]
    fields["market_buf"] = _list(w.market_buf, w.market_buf_ptr, order["market"], both)
    if set(fields) != set(World._fields):
        raise ValueError(f"of a world not known: {set(World._fields) ^ set(fields)}")
    return Glued(World(**fields), order, sizes)


def _renamed(old: Whole, copy: Whole, place: Whole, size: int) -> Whole:
    """Return names of parts of the copies where there were names in the single world; -1 stays."""
    return np.where(old < 0, old, place[np.where(old < 0, 0, copy * size + old)] if place.size else -1)


def _list(old: Whole, pointer: Whole, owners: Whole, places: list[Whole]) -> Whole:
    """Return a list of parts by owner, a column for each kind of part."""
    copy, entry = np.divmod(_after(owners, pointer), int(pointer[-1]))
    columns = [
        place[copy * (place.size // (int(copy.max()) + 1)) + old[entry, i]] for i, place in enumerate(places)
    ]
    return np.ascontiguousarray(np.stack(columns, axis=1))


def same(single: Trace, many: Trace, how: Glued) -> bool:
    """Say whether every copy left what the single run did, to the last bit."""
    for name, (axis, kind) in TRACED.items():
        one = np.take(getattr(single, name), how.order[kind] % max(1, how.sizes[kind]), axis=axis)
        if not np.array_equal(one, getattr(many, name)):
            return False
    return np.array_equal(single.residual, many.residual) and np.array_equal(single.lowest, many.lowest)
