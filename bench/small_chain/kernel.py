# ruff: noqa: PLR0913, PLR0917 (kernels take the arrays they work on one by one)
"""The small chain as a kernel in the manner of dearth's engine: compiled, in place, links side by side.

The last axis is the link (stage, element), 24 long and known to the compiler: a pass over sellers and buyers
is a row of vectors whose sums stay in registers.  What a week would work out anew from constants alone is
worked out once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compiling import entry, shared
from small_chain.chain import ELEMENTS, PLACES, STAGES, Array, Chain

LINKS = STAGES * ELEMENTS
LAST = LINKS - ELEMENTS  # from here on the buyers are the users
ROWS = (
    20  # of (12, 24), that the lines of a week read or write beside the shares: 12 in `sell`, 8 in `receive`
)


@shared
def wish(want, bought, goal, per_adjust):
    """Set what the buyers want, (12, 24), t/week."""
    for q in range(PLACES):
        for k in range(LINKS):
            want[q, k] = max(goal[q, k] - bought[q, k] * per_adjust, 0.0)


@shared
def sell(new, fill, taken, used, want, share, finished, bought, limit, ends, plan, fall, gain, tiny):
    """Sum orders, fill and ship them, make, and move the stock of the sellers to the next week.

    `taken` is what the buyers of every link take of their stock, t/week; `used` (24,) is a row to work in.
    """
    for p in range(PLACES):
        for k in range(LINKS):
            orders = 0.0
            for q in range(PLACES):
                orders += share[p, q, k] * want[q, k]
            fill[p, k] = min(finished[p, k] / max(orders, tiny), 1.0)
            new[p, k] = finished[p, k] - orders * fill[p, k]
            used[k] = min(max(plan[p, k] - finished[p, k] * fall[p, k], 0.0), limit[p, k])
        for k in range(LAST):
            taken[p, k] = min(used[k + ELEMENTS], bought[p, k])
        for k in range(LAST, LINKS):
            taken[p, k] = min(ends[p, k], bought[p, k])
        for k in range(ELEMENTS):
            new[p, k] += gain[p, k] * used[k]
        for k in range(ELEMENTS, LINKS):
            new[p, k] += gain[p, k] * taken[p, k - ELEMENTS]


@shared
def receive(kept, want, taken, fill, share, bought, goal, per_adjust):
    """Move the stock of the buyers to the next week, and set what they want then."""
    for q in range(PLACES):
        for k in range(LINKS):
            got = 0.0
            for p in range(PLACES):
                got += share[p, q, k] * fill[p, k]
            kept[q, k] = bought[q, k] + got * want[q, k] - taken[q, k]
    wish(want, kept, goal, per_adjust)


@entry
def simulate(
    record, shares, shut, limits, lost, ends, plan, fall, gain, goal, per_adjust, tiny
):  # fmt: skip
    """Fill `record` (weeks + 1, 2, 12, 24), t, from its first week on; stocks belong to the start of a week.

    shares (2, seller, buyer, link) with the gate open and shut; limits (2, 12, 24) whole and lost, ends
    (12, 24) those of the users; shut, lost (weeks,) 0 or 1; plan - fall * stock is what makers plan to use,
    goal - stock * per_adjust what the buyers want, all (12, 24).
    """
    want, fill, taken = np.empty((PLACES, LINKS)), np.empty((PLACES, LINKS)), np.empty((PLACES, LINKS))
    used = np.empty(LINKS)
    wish(want, record[0, 1], goal, per_adjust)
    for week in range(shut.size):
        share, limit = shares[shut[week]], limits[lost[week]]
        finished, bought = record[week, 0], record[week, 1]
        sell(
            record[week + 1, 0], fill, taken, used, want, share, finished, bought,
            limit, ends, plan, fall, gain, tiny,
        )  # fmt: skip
        receive(record[week + 1, 1], want, taken, fill, share, bought, goal, per_adjust)


def links_last(nodes: Array) -> Array:
    """Return (4, 6, 12) as (12, 24)."""
    return np.ascontiguousarray(nodes.reshape(LINKS, PLACES).T)


def between(chain: Chain, event: str) -> Array:
    """Return 1 in the weeks of an event and 0 else, (weeks,)."""
    weeks = np.arange(chain.weeks)
    first, end = chain.constants[f"{event}_from"], chain.constants[f"{event}_to"]
    return ((weeks >= first) & (weeks < end)).astype(np.int64)


def tables(chain: Chain) -> tuple[Any, ...]:
    """Return what `simulate` reads, after the record."""
    per_adjust = 1.0 / chain.constants["adjust"]
    shares = np.stack([chain.share, chain.passed()]).reshape(2, LINKS, PLACES, PLACES)
    limits = [links_last(limit[:STAGES]) for limit in (chain.use_limit, chain.left())]
    gain = links_last(chain.gain[:STAGES])
    fall = per_adjust / gain
    return (
        np.ascontiguousarray(shares.transpose(0, 2, 3, 1)),
        between(chain, "gate"),
        np.stack(limits),
        between(chain, "loss"),
        links_last(chain.use_limit[1:]),
        links_last(chain.make_base[:STAGES]) / gain + links_last(chain.finished_target[:STAGES]) * fall,
        fall,
        gain,
        links_last(chain.use_base[1:] + chain.input_target[1:] * per_adjust),
        per_adjust,
        chain.constants["tiny"],
    )


def start(chain: Chain) -> Array:
    """Return a record that holds the first week."""
    record = np.empty((chain.weeks + 1, 2, PLACES, LINKS))
    record[0, 0], record[0, 1] = (
        links_last(chain.finished_target[:STAGES]),
        links_last(chain.input_target[1:]),
    )
    return record


def run(chain: Chain) -> Array:
    """Return finished and input stock from the first week to the end, (weeks + 1, 2, 4, 6, 12), t.

    A view of the record with its axes in the order of the others, not a copy.
    """
    record = start(chain)
    simulate(record, *tables(chain))
    return record.reshape(chain.weeks + 1, 2, PLACES, STAGES, ELEMENTS).transpose(0, 1, 3, 4, 2)
