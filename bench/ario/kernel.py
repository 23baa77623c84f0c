# ruff: noqa: PLR0913, PLR0917, C901 (kernels take the arrays they work on one by one)
"""ARIO as a kernel in the manner of dearth's engine: compiled, in place, a pass over the table for a rule."""

from __future__ import annotations

import numpy as np

from ario.table import Array, Record, Table
from compiling import entry, shared, sums

NEAR, NIL = 1e-5, 1e-8  # numbers that BoARIO takes for equal: relative, absolute
TINY = 1e-300


@shared
def strive(alpha, demand, made, alpha_max, per_tau):
    """Raise or lower the factor of overproduction, (f,), by what was not delivered the day before."""
    for f in range(alpha.size):
        scarcity = (demand[f] - made[f]) / demand[f] if demand[f] != 0.0 else 0.0
        aim = alpha_max * scarcity if scarcity != 0.0 else 1.0
        pull = scarcity if scarcity != 0.0 else 1.0
        alpha[f] = max(alpha[f] + (aim - alpha[f] * pull) * per_tau, 1.0)


@shared
def produce(made, wish, ratio, cap, alpha, usual, lost, demand, stock, floor, free):
    """Set capacity, what is wished and what is made, (f,); `ratio` is the share that the stocks allow.

    `free` (i, f) is infinite where an input cannot stop an industry, and 0 else.
    """
    inputs = stock.shape[0]
    for f in range(made.size):
        cap[f] = usual[f] * (1.0 - lost[f]) * alpha[f]
        wish[f] = min(demand[f], cap[f])
        ratio[f] = 1.0
    for i in range(inputs):
        for f in range(made.size):
            ratio[f] = min(ratio[f], (stock[i, f] + free[i, f]) / max(floor[i, f] * wish[f], TINY))
    for f in range(made.size):
        made[f] = wish[f] * ratio[f]


@shared
def deliver(add, orders, made, demand):
    """Set what arrives of every input, (i, f): all buyers of a seller get the same share of their orders."""
    sectors, many = add.shape
    for i in range(sectors):
        for f in range(many):
            add[i, f] = 0.0
    for s in range(many):
        share = made[s] / demand[s] if demand[s] != 0.0 else 0.0
        i = s % sectors
        for f in range(many):
            add[i, f] += orders[s, f] * share


@shared
def restock(stock, add, made, recipe):
    """Move the stocks, unless they would hardly move."""
    far = 0
    for i in range(stock.shape[0]):
        for f in range(stock.shape[1]):
            used = made[f] * recipe[i, f]
            far += abs(add[i, f] - used) > NIL + NEAR * abs(used)
    if far:
        for i in range(stock.shape[0]):
            for f in range(stock.shape[1]):
                stock[i, f] += add[i, f] - made[f] * recipe[i, f]


@sums
def summed(row):
    """Return the sum of a row, in any order, so that the compiler may take many terms at a time."""
    found = 0.0
    for k in range(row.size):
        found += row[k]
    return found


@shared
def order(orders, demand, total, want, table, final, stock, wish, made, cap, usual, recipe, goal, per_stock):
    """Set the orders of the next day, (seller, buyer), and the demand they add up to, (seller,)."""
    sectors, many = stock.shape
    far = 0
    for i in range(sectors):
        for f in range(many):
            aim = wish[f] * goal[i, f]
            far += abs(stock[i, f] - aim) > NIL + NEAR * abs(aim)
            want[i, f] = max(aim - stock[i, f], 0.0)
            total[i, f] = 0.0
    pull = per_stock if far else 0.0
    for s in range(many):
        able, i = cap[s] / usual[s] if usual[s] != 0.0 else 1.0, s % sectors
        for f in range(many):
            total[i, f] += table[s, f] * able
    for i in range(sectors):
        for f in range(many):
            some = made[f] * recipe[i, f] + want[i, f] * pull
            share = some / max(total[i, f], TINY)
            want[i, f] = share if total[i, f] > 0.0 else 0.0
    for s in range(many):
        able, i = cap[s] / usual[s] if usual[s] != 0.0 else 1.0, s % sectors
        for f in range(many):
            orders[s, f] = want[i, f] * (table[s, f] * able)
        demand[s] = summed(orders[s]) + final[s]


@entry
def simulate(made_all, cap_all, stock_all, unmet_all, lost, table, final, usual, recipe, dur, free, settings):
    """Fill the record, (day, ...), from the base year on."""
    alpha_max, per_alpha, psi, per_stock = settings
    sectors, many = recipe.shape
    orders, alpha, stock = table.copy(), np.ones(many), np.empty((sectors, many))
    goal, floor = np.empty((sectors, many)), np.empty((sectors, many))
    for i in range(sectors):
        for f in range(many):
            goal[i, f] = recipe[i, f] * dur[i]
            floor[i, f] = goal[i, f] * psi
            stock[i, f] = usual[f] * goal[i, f]
    demand, made, wish, ratio = orders.sum(axis=1) + final, usual.copy(), np.empty(many), np.empty(many)
    cap, add, total, want = (
        np.empty(many), np.empty((sectors, many)), np.empty((sectors, many)), np.empty((sectors, many)),
    )  # fmt: skip
    for day in range(lost.shape[0]):
        stock_all[day] = stock
        if day > 1:
            strive(alpha, demand, made, alpha_max, per_alpha)
        produce(made, wish, ratio, cap, alpha, usual, lost[day], demand, stock, floor, free)
        deliver(add, orders, made, demand)
        for f in range(many):
            made_all[day, f], cap_all[day, f] = made[f], cap[f]
            unmet_all[day, f] = final[f] * (1.0 - made[f] / demand[f]) if demand[f] != 0.0 else final[f]
        restock(stock, add, made, recipe)
        order(
            orders, demand, total, want, table, final, stock, wish, made, cap, usual, recipe, goal, per_stock
        )  # fmt: skip


def run(table: Table, lost: Array) -> Record:
    """Return the record of all days; `lost` (day, f) is the share of capital that is gone."""
    days, many, sectors = len(lost), len(table.usual), len(table.dur)
    record = Record(
        np.empty((days, many)),
        np.empty((days, many)),
        np.empty((days, sectors, many)),
        np.empty((days, many)),
    )
    s = table.settings
    settings = s["alpha_max"], 1.0 / s["tau_alpha"], s["psi"], 1.0 / s["tau_stock"]
    simulate(
        *record,
        lost,
        table.flow,
        table.final,
        table.usual,
        table.recipe,
        table.dur,
        np.where(table.needed, 0.0, np.inf),
        settings,
    )
    return record
