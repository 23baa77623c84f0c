"""What leaves the place that controls exports, by goods and four-week months."""

from __future__ import annotations

from typing import Final

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.world.build import Model

__all__ = ["exports_of"]

_MONTH: Final = 4  # weeks


def exports_of(model: Model, trace: Trace) -> dict[str, FloatArray]:
    """Return recorded exports by goods, as shares of the base year; (months, N)."""
    w = model.world
    span = _MONTH * w.steps_per_week
    months = w.n_steps // span
    out: dict[str, FloatArray] = {}
    goods = sorted({name.split()[0] for name in model.series})
    for good in goods:
        at = [i for i, name in enumerate(model.series) if name.split()[0] == good]
        flow = trace.series[:, at].sum(axis=1)
        base = np.zeros(flow.shape[1])
        for e in np.flatnonzero(np.isin(w.edge_series, at)):
            base += w.flow[e]
        out[good] = flow[: months * span].reshape(months, span, flow.shape[1]).sum(axis=1) / (_MONTH * base)
    return out
