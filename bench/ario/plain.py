"""ARIO in plain numpy, rule by rule as spec.md tells them."""

from __future__ import annotations

import numpy as np

from ario.table import Array, Record, Table


def _divided(a: Array, b: Array, default: float = 0.0) -> Array:
    return np.divide(a, b, out=np.full(np.broadcast(a, b).shape, default), where=b != 0)


def run(table: Table, lost: Array) -> Record:
    """Return the record of all days; `lost` (day, f) is the share of capital that is gone."""
    s, usual, recipe, dur = table.settings, table.usual, table.recipe, table.dur[:, None]
    sectors, many = recipe.shape
    stock, alpha, orders, made = usual * recipe * dur, np.ones(many), table.flow, usual
    rows = []
    for day, gone in enumerate(lost):
        demand = orders.sum(axis=1) + table.final
        if day > 1:
            scarcity = _divided(demand - made, demand)
            back = np.where(scarcity == 0, 1 - alpha, 0.0)
            alpha = np.maximum(1, alpha + ((s["alpha_max"] - alpha) * scarcity + back) / s["tau_alpha"])
        cap = usual * (1 - gone) * alpha
        wish = np.minimum(demand, cap)
        least = s["psi"] * dur * recipe * wish
        made = wish * np.minimum(1, np.where(table.needed, _divided(stock, least, 1.0), 1)).min(axis=0)
        given = _divided(made, demand)
        rows.append((made, cap, stock, table.final * (1 - given)))
        add, used = (orders * given[:, None]).reshape(-1, sectors, many).sum(axis=0), made * recipe
        stock = stock if np.allclose(add, used) else stock + add - used
        goal = wish * recipe * dur
        gap = 0.0 if np.allclose(stock, goal) else np.maximum(0, goal - stock) / s["tau_stock"]
        able = (table.flow * _divided(cap, usual, 1.0)[:, None]).reshape(-1, sectors, many)
        orders = (_divided(able, able.sum(axis=0)[None]) * (used + gap)).reshape(many, many)
    return Record(*(np.array(column) for column in zip(*rows, strict=True)))
