# ruff: noqa: PLR0913, PLR0917 (an event has this many marks)
"""A table of inputs and outputs as both programs read it, and what they record.  What it means: spec.md."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray
SETTINGS = {"alpha_max": 1.25, "tau_alpha": 365.0, "psi": 0.8, "tau_stock": 60.0}
STOCK_DAYS = 90.0
DAYS_OF_A_YEAR = 365


class Table(NamedTuple):
    """Industries f in the order region, sector; amounts a day."""

    flow: Array  # (seller, buyer)
    final: Array  # (f,)
    usual: Array  # output, (f,)
    recipe: Array  # input a unit of output, (sector, f)
    dur: Array  # days of stock aimed at, (sector,)
    needed: Array  # inputs that can stop an industry, (sector, f)
    settings: dict[str, float]


class Record(NamedTuple):
    """What is compared, every day."""

    made: Array  # (day, f)
    cap: Array  # (day, f)
    stock: Array  # at the start of the day, (day, sector, f)
    unmet: Array  # final demand, (day, f)


def table_of(flow: Array, final: Array, usual: Array, sectors: int) -> Table:
    """Return the table from amounts of a year: flow (seller, buyer), final and usual (f,)."""
    many = len(usual)
    inputs = flow.reshape(-1, sectors, many).sum(axis=0)
    recipe = np.divide(inputs, usual, out=np.zeros_like(inputs), where=usual != 0)
    day = usual / DAYS_OF_A_YEAR
    return Table(
        flow / DAYS_OF_A_YEAR, final / DAYS_OF_A_YEAR, day, recipe, np.full(sectors, STOCK_DAYS),
        inputs > 1e-5 * day, SETTINGS,
    )  # fmt: skip


def lost_of(shares: dict[int, float], many: int, days: int, start: int, stays: int, back: int) -> Array:
    """Return the share of capital that is gone, (day, f).

    The line back begins the day after `stays` is over, and each day counts what was back the evening before.
    """
    day = np.arange(days)
    left = np.clip(1 - (day - 1 - start - stays) / back, 0, 1) * (day >= start)
    lost = np.zeros((days, many))
    for industry, share in shares.items():
        lost[:, industry] = share * left
    return lost
