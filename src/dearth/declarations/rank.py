"""Scores, and which rows to open under a capacity; every chance of being opened is logged.

Most of the capacity goes to the highest scores.  A share is kept for rows just below the cut and for rows
drawn at random, or else nobody learns what the signals miss.  Draws come from a hash of seed and id, so the
order of the file changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria
from dearth.declarations.lots import lot
from dearth.errors import Fault, InputError

__all__ = ["STATUSES", "Candidates", "Capacity", "Plan", "Ranking", "parse_capacity", "rank"]

Array = NDArray[Any]
STATUSES: Final = (
    "inspect first", "uncertain check", "random check", "not enough to judge", "not selected",
    "inspected before",
)  # fmt: skip
_FIRST, _UNCERTAIN, _RANDOM, _LITTLE, _NOT, _BEFORE = range(len(STATUSES))
_PIECE: Final = 1 << 20  # rows at a time
_CAPACITY: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$")


@dataclass(frozen=True)
class Capacity:
    """How many rows can be opened: a share of the open rows, or a number."""

    share: float | None = None
    number: int | None = None

    def of(self, rows: int) -> int:
        """Return the number of inspections among `rows` open rows, at least one, at most all."""
        wanted = self.number if self.number is not None else round(rows * (self.share or 0.0))
        return max(1, min(rows, wanted))

    def __str__(self) -> str:
        """Return it as it was asked."""
        return f"{100 * self.share:g}%" if self.share is not None else str(self.number)


def parse_capacity(text: str) -> Capacity:
    """Return a capacity written ``2%`` or ``150``.

    Raises
    ------
    InputError
        It is neither, or not above zero, or above 100 %.
    """
    match = _CAPACITY.match(text)
    value = float(match[1]) if match else 0.0
    whole = bool(match) and value == int(value)
    if not match or value <= 0 or (match[2] and value > 100) or (not match[2] and not whole):  # noqa: PLR2004
        cure = "write a share such as 2%, or a number of inspections such as 150"
        raise InputError(
            "Reading the command line", Fault(f"{text[:40]!r} is no capacity", "--capacity", cure=cure)
        )
    return Capacity(share=value / 100) if match[2] else Capacity(number=int(value))


@dataclass(frozen=True)
class Plan:
    """How the capacity is shared out."""

    open_rows: int
    capacity: int
    first: int
    uncertain: int
    pool: int
    random: int
    left: int

    @property
    def chance_uncertain(self) -> float:
        """Chance of a row of the pool to be drawn as uncertain."""
        return self.uncertain / self.pool if self.pool else 0.0

    @property
    def chance_random(self) -> float:
        """Chance of a row not selected otherwise to be drawn at random."""
        return self.random / self.left if self.left else 0.0


@dataclass(frozen=True)
class Candidates:
    """What a ranking rests on, [rows]: scores, whether a row can be judged, is still open, and its draws.

    Attributes
    ----------
    names
        Gives the ids at some positions.
    """

    score: Array
    able: Array
    still_open: Array
    draw: Array
    lot: Array
    names: Callable[[Array], list[str]]


@dataclass(frozen=True)
class Ranking:
    """A plan, and of each row its place (0 for rows inspected before) and the index of its status."""

    plan: Plan
    place: Array
    status: Array


def _plan(criteria: Criteria, capacity: Capacity, rows: int, able: int) -> Plan:
    number = capacity.of(rows) if rows else 0
    explore = round(number * criteria.limit("explore-share"))
    uncertain = round(explore * criteria.limit("explore-uncertain"))
    first = min(number - explore, able)
    pool = min(round(uncertain * criteria.limit("uncertain-pool")), able - first)
    uncertain = min(uncertain, pool)
    random = number - first - uncertain
    return Plan(rows, number, first, uncertain, pool, random, rows - first - uncertain)


def rank(found: Candidates, criteria: Criteria, capacity: Capacity, seed: int) -> Ranking:
    """Return the place and the status of every row."""
    every = bool(found.still_open.all())  # then nothing need be copied
    here = np.arange(0) if every else np.flatnonzero(found.still_open)
    able, score, draw, lots = (
        column if every else column[here] for column in (found.able, found.score, found.draw, found.lot)
    )
    plan = _plan(criteria, capacity, score.size, int(np.count_nonzero(able & (score > 0))))
    order = _order(able, score, draw, lots)
    order = order if every else here[order]
    place = np.zeros(found.score.size, np.int32)
    place[order] = np.arange(1, order.size + 1, dtype=np.int32)
    status = np.where(found.able, np.uint8(_NOT), np.uint8(_LITTLE))
    status[~found.still_open] = _BEFORE
    status[order[: plan.first]] = _FIRST
    pool = order[plan.first : plan.first + plan.pool].copy()
    del order
    drawn = _drawn(pool, found.names(pool), plan.uncertain, seed) if plan.uncertain else pool[:0]
    status[drawn] = _UNCERTAIN
    status[_smallest(found, (status == _NOT) | (status == _LITTLE), plan.random)] = _RANDOM
    return Ranking(plan, place, status)


def _order(able: Array, score: Array, draw: Array, lots: Array) -> Array:
    """Return the order: those that can be judged first, by score, ties by lot."""
    values = np.unique(
        np.concatenate([np.unique(piece) for piece in np.array_split(score, 1 + score.size // _PIECE)])
    )
    by_lot = np.argsort(draw)
    if _tied(draw, by_lot):
        by_lot = np.lexsort((lots, draw))
    height = np.empty(score.size, np.uint32)
    for first in range(0, score.size, _PIECE):
        at = by_lot[first : first + _PIECE]
        below = values.size - 1 - np.searchsorted(values, score[at])
        height[first : first + _PIECE] = below + np.where(able[at], 0, values.size)
    if 2 * values.size <= np.iinfo(np.uint16).max:
        height = height.astype(np.uint16)  # sorted by counting
    return np.asarray(by_lot[np.argsort(height, kind="stable")])


def _tied(draw: Array, order: Array) -> bool:
    """Return whether two rows drew the same number."""
    return any(
        (np.diff(draw[order[first : first + _PIECE + 1]]) == 0).any()
        for first in range(0, order.size, _PIECE)
    )


def _drawn(pool: Array, names: list[str], number: int, seed: int) -> Array:
    """Return so many rows of the pool, by a lot of their own."""
    drawn = sorted(range(len(names)), key=lambda i: (lot(f"uncertain:{seed}:{names[i]}")[0], names[i]))
    return pool[drawn[:number]]


def _smallest(found: Candidates, left: Array, number: int) -> Array:
    """Return the positions of so many smallest lots among the rows that are left."""
    if number <= 0:
        return np.arange(0)
    lots = found.lot[left]
    if number < lots.size:
        lots.partition(number - 1)
        left = left & (found.lot <= lots[number - 1])
    near = np.flatnonzero(left)
    return near[np.lexsort((found.draw[near], found.lot[near]))[:number]]
