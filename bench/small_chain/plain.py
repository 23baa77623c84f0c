"""The small chain in plain numpy: whole arrays, one line an equation of spec.md."""

from __future__ import annotations

import numpy as np

from small_chain.chain import ELEMENTS, PLACES, STAGES, Array, Chain


def run(chain: Chain) -> Array:
    """Return finished and input stock from the first week to the end, (weeks + 1, 2, 4, 6, 12), t."""
    c = chain.constants
    finished, bought = chain.finished_target[:STAGES].copy(), chain.input_target[1:].copy()
    record = np.empty((chain.weeks + 1, 2, STAGES, ELEMENTS, PLACES))
    shares, limits = (chain.share, chain.passed()), (chain.use_limit, chain.left())
    for week in range(chain.weeks):
        record[week, 0], record[week, 1] = finished, bought
        share, limit = shares[chain.gated(week)], limits[chain.loses(week)]
        want = np.maximum(0.0, chain.use_base[1:] + (chain.input_target[1:] - bought) / c["adjust"])
        orders = np.matmul(share, want[..., None])[..., 0]
        fill = np.minimum(1.0, finished / np.maximum(orders, c["tiny"]))
        arrived = want * np.matmul(fill[..., None, :], share)[..., 0, :]
        gap = (chain.finished_target[:STAGES] - finished) / c["adjust"]
        plan = np.maximum(0.0, chain.make_base[:STAGES] + gap) / chain.gain[:STAGES]
        use = np.minimum(limit, np.concatenate([plan, limit[STAGES:]]))
        use[1:] = np.minimum(use[1:], bought)
        finished = finished + chain.gain[:STAGES] * use[:STAGES] - fill * orders
        bought = bought + arrived - use[1:]
    record[chain.weeks, 0], record[chain.weeks, 1] = finished, bought
    return record
