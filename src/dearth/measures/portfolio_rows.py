"""The arrays of a portfolio's programme, its columns and rows; see :mod:`dearth.measures.portfolio`.

Axes: J levers, W scenarios, T years, R rows of need (a material at a link of the chain), K commodities (what
buyers miss: each takes of several rows), P stocks.  Money in MUSD, amounts in t, all per year of the period.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault

__all__ = ["Columns", "Problem", "Rows", "balance_rows", "problem_faults", "risk_rows", "stock_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


class Problem(NamedTuple):
    """The arrays; see the module for axes and units.

    Attributes
    ----------
    cost
        Of a unit of each lever, (J,).
    most
        Units at most, (J,).
    whole
        Whether a lever is done whole or not at all, (J,).
    running
        What a unit costs besides, in each scenario, (W, J).
    made
        Share of a lever's output that there is, (W, T, J).
    make
        Output of a unit, t/y, (J, R).
    stored
        Stock of a unit, t, (J, P).
    held
        Stock that is there anyway, t, (W, P).
    serves
        What a tonne of stock gives to a row, (P, R).
    uses
        What a tonne of a commodity takes of a row, (K, R).
    need
        Lacking in the year if nothing is done, (W, T, R).
    squeeze
        Number of the squeeze a year belongs to, -1 for none, (W, T).
    spot, premium
        Tonnes that a premium still buys in a year, (W, T, K), at which price, MUSD/t, (K,).
    refill
        MUSD/t released, (P,).
    value
        MUSD lost with a tonne that is short, (K,).
    chance
        Of each scenario, (W,).
    """

    cost: Floats
    most: Floats
    whole: npt.NDArray[np.bool_]
    running: Floats
    made: Floats
    make: Floats
    stored: Floats
    held: Floats
    serves: Floats
    uses: Floats
    need: Floats
    squeeze: Ints
    spot: Floats
    premium: Floats
    refill: Floats
    value: Floats
    chance: Floats


def problem_faults(problem: Problem) -> list[Fault]:
    """Return what is wrong with the arrays, all of it."""
    faults = []
    for name, value in problem._asdict().items():
        if value.dtype == np.float64 and not bool(np.isfinite(value).all()):
            faults.append(Fault("holds a number that is not finite", name, cure="give a finite one"))
        elif value.dtype == np.float64 and bool((value < 0).any()):
            faults.append(Fault("holds a negative number", name, cure="give zero or more"))
    if not np.isclose(problem.chance.sum(), 1.0):
        faults.append(Fault(f"chances add up to {problem.chance.sum():g}", "chance", cure="make it 1"))
    return faults


class Columns(NamedTuple):
    """Where each variable stands.

    Attributes
    ----------
    levers
        How many levers; they come first.
    eta, tail
        Of the CVaR: the quantile, and the excess of each scenario.
    short, bought
        Column of the shortage and of what a premium buys, -1 where nothing can lack, (W, T, K).
    drawn
        Column of what is released from stock, -1 where nothing can lack, (W, T, P).
    size
        Number of all.
    """

    levers: int
    eta: int
    tail: Ints
    short: Ints
    bought: Ints
    drawn: Ints
    size: int

    @classmethod
    def of(cls, problem: Problem) -> Columns:
        """Return the columns of a problem: second-stage variables only where something can lack."""
        levers, scenarios = len(problem.cost), len(problem.chance)
        lacks = problem.need > 0.0
        by_kind = (lacks[:, :, None, :] & (problem.uses > 0.0)).any(axis=3)
        by_stock = (lacks[:, :, None, :] & (problem.serves > 0.0)).any(axis=3)
        by_stock &= (problem.squeeze >= 0)[:, :, None]
        at = levers + 1 + scenarios
        numbered: list[Ints] = []
        for some in (by_kind, by_kind & (problem.spot > 0.0), by_stock):
            where = np.full(some.shape, -1, np.intp)
            where[some] = np.arange(at, at + int(some.sum()))
            at += int(some.sum())
            numbered.append(where)
        short, bought, drawn = numbered
        tail = np.arange(levers + 1, levers + 1 + scenarios)
        return cls(levers, levers, tail, short, bought, drawn, at)

    def bound(self, high: Floats, problem: Problem) -> None:
        """Put the upper bounds of what a premium buys into `high`."""
        some = self.bought >= 0
        high[self.bought[some]] = problem.spot[some]

    def damage_weights(self, problem: Problem) -> Floats:
        """Return what each column adds to the damage of its scenario, MUSD, (columns,)."""
        weight = np.zeros(self.size)
        for at, each in (
            (self.short, problem.value),
            (self.bought, problem.premium),
            (self.drawn, problem.refill),
        ):
            some = at >= 0
            weight[at[some]] = np.broadcast_to(each, at.shape)[some]
        return weight

    def damage(self, values: Floats, problem: Problem) -> Floats:
        """Return the damage of each scenario, MUSD, (W,)."""
        cost = values * self.damage_weights(problem)
        total = np.zeros(len(problem.chance))
        for at in (self.short, self.bought, self.drawn):
            total += np.where(at >= 0, cost[at], 0.0).sum(axis=(1, 2))
        return total


@dataclass
class Rows:
    """Rows in the making, as triplets."""

    count: int = 0
    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)

    def open(self, low: Floats, high: Floats) -> Ints:
        """Add rows with these bounds and return their numbers."""
        numbers = np.arange(self.count, self.count + len(low))
        self.count += len(low)
        self.low.append(low)
        self.high.append(high)
        return numbers

    def put(self, row: Ints, column: Ints, value: Floats | float) -> None:
        """Add entries; zeros and columns of -1 are left out."""
        row, column, some = np.broadcast_arrays(row, column, np.asarray(value, float))
        kept = (column >= 0) & (some != 0.0)
        self.row.append(row[kept].ravel())
        self.column.append(column[kept].ravel())
        self.value.append(some[kept].ravel())

    def bounds(self) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of all rows."""
        return np.concatenate(self.low), np.concatenate(self.high)

    def matrix(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Floats]:
        """Return the matrix by rows: starts, columns, values."""
        row, column = np.concatenate(self.row), np.concatenate(self.column)
        order = np.argsort(row, kind="stable")
        starts = np.searchsorted(row[order], np.arange(self.count + 1))
        return starts.astype(np.int32), column[order].astype(np.int32), np.concatenate(self.value)[order]


def balance_rows(rows: Rows, columns: Columns, problem: Problem) -> None:
    """Add the rows by which what is made, released, bought and short covers every need."""
    w, t, r = np.nonzero(problem.need > 0.0)
    need = problem.need[w, t, r]
    number = rows.open(need, np.full(len(need), np.inf))
    for j in range(columns.levers):
        rows.put(number, np.asarray(j), problem.made[w, t, j] * problem.make[j, r])
    for k in range(problem.uses.shape[0]):
        rows.put(number, columns.short[w, t, k], problem.uses[k, r])
        rows.put(number, columns.bought[w, t, k], problem.uses[k, r])
    for p in range(problem.serves.shape[0]):
        rows.put(number, columns.drawn[w, t, p], problem.serves[p, r])


def stock_rows(rows: Rows, columns: Columns, problem: Problem) -> None:
    """Add the rows by which a stock lasts for one squeeze; it is filled again before the next."""
    scenarios, _years, stocks = columns.drawn.shape
    most = int(problem.squeeze.max(initial=-1)) + 1
    for s in range(most):
        inside = problem.squeeze == s
        used = (columns.drawn >= 0) & inside[:, :, None]
        some = np.argwhere(used.any(axis=1))
        if not len(some):
            continue
        number = np.full((scenarios, stocks), -1, np.intp)
        number[some[:, 0], some[:, 1]] = rows.open(
            np.full(len(some), -np.inf), problem.held[some[:, 0], some[:, 1]]
        )
        w, t, p = np.nonzero(used)
        rows.put(number[w, p], columns.drawn[w, t, p], 1.0)
        for j in range(columns.levers):
            rows.put(number[some[:, 0], some[:, 1]], np.asarray(j), -problem.stored[j, some[:, 1]])


def risk_rows(rows: Rows, columns: Columns, problem: Problem, level: float, limit: float) -> None:
    """Add the excess of each scenario over the quantile, and the limit of the CVaR (the last row)."""
    scenarios = len(problem.chance)
    number = rows.open(np.zeros(scenarios), np.full(scenarios, np.inf))
    weight = columns.damage_weights(problem)
    rows.put(number, columns.tail, 1.0)
    rows.put(number, np.asarray(columns.eta), 1.0)
    for at in (columns.short, columns.bought, columns.drawn):
        w = np.nonzero(at >= 0)[0]
        rows.put(number[w], at[at >= 0], -weight[at[at >= 0]])
    last = rows.open(np.array([-np.inf]), np.array([limit]))
    rows.put(last, np.asarray([columns.eta]), 1.0)
    rows.put(np.broadcast_to(last, (scenarios,)), columns.tail, problem.chance / (1.0 - level))
