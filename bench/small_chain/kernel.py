# ruff: noqa: PLR0913, PLR0917 (kernels take the arrays they work on one by one)
"""The small chain as a kernel in the manner of dearth's engine: compiled, in place, links side by side.

The last axis is the link (stage, element), 24 long: a pass over sellers and buyers is a row of vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.core.compiler import Compiler

from small_chain.chain import ELEMENTS, PLACES, STAGES, Array, Chain

LINKS = STAGES * ELEMENTS


class _Apart(Compiler):
    """Compiles for arrays that never overlap, as the engine does, so that loops become vectors."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return super().define_pipelines()


class _Bare(_Apart):
    """And that makes and drops no array."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.nrt = False
        return super().define_pipelines()


# A product and the sum after it may be one instruction ("contract"); the compiler has no other freedom.
entry = njit(nogil=True, error_model="numpy", pipeline_class=_Apart)
shared = njit(nogil=True, error_model="numpy", fastmath={"contract"}, pipeline_class=_Bare)


@shared
def order(want, fill, shipped, share, finished, bought, use_base, aim, per_adjust, tiny):
    """Set what the buyers want, the share of it that sellers fill, and what they ship; all (12, 24), t/week.

    Four terms at a time, so that a sum is read and written once for four products.
    """
    links = want.shape[1]
    for q in range(PLACES):
        for k in range(links):
            want[q, k] = max(use_base[q, k] + (aim[q, k] - bought[q, k]) * per_adjust, 0.0)
    for p in range(PLACES):
        for k in range(links):
            shipped[p, k] = 0.0
        for q in range(0, PLACES, 4):
            for k in range(links):
                one = share[p, q, k] * want[q, k] + share[p, q + 1, k] * want[q + 1, k]
                two = share[p, q + 2, k] * want[q + 2, k] + share[p, q + 3, k] * want[q + 3, k]
                shipped[p, k] += one + two
        for k in range(links):
            fill[p, k] = min(finished[p, k] / max(shipped[p, k], tiny), 1.0)
            shipped[p, k] *= fill[p, k]


@shared
def arrive(got, want, fill, share):
    """Set what the buyers get of all sellers, (12, 24), t/week."""
    links = want.shape[1]
    for q in range(PLACES):
        for k in range(links):
            got[q, k] = 0.0
        for p in range(0, PLACES, 4):
            for k in range(links):
                one = share[p, q, k] * fill[p, k] + share[p + 1, q, k] * fill[p + 1, k]
                two = share[p + 2, q, k] * fill[p + 2, k] + share[p + 3, q, k] * fill[p + 3, k]
                got[q, k] += one + two
        for k in range(links):
            got[q, k] *= want[q, k]


@shared
def make(used, taken, finished, bought, limit, ends, make_base, target, per_gain, per_adjust):
    """Set what sellers use and what the buyers of every link take of their stock, (12, 24), t/week."""
    links = used.shape[1]
    for p in range(PLACES):
        for k in range(links):
            plan = max(make_base[p, k] + (target[p, k] - finished[p, k]) * per_adjust, 0.0)
            used[p, k] = min(plan * per_gain[p, k], limit[p, k])
        for k in range(links - ELEMENTS):
            taken[p, k] = min(used[p, k + ELEMENTS], bought[p, k])
            used[p, k + ELEMENTS] = taken[p, k]
        for k in range(links - ELEMENTS, links):
            taken[p, k] = min(ends[p, k], bought[p, k])


@shared
def close(new, kept, finished, bought, shipped, got, used, taken, gain):
    """Move both stocks to the next week, (12, 24), t."""
    for p in range(PLACES):
        for k in range(new.shape[1]):
            new[p, k] = finished[p, k] + gain[p, k] * used[p, k] - shipped[p, k]
            kept[p, k] = bought[p, k] + got[p, k] - taken[p, k]


@entry
def simulate(
    record,
    shares,
    shut,
    limits,
    lost,
    ends,
    make_base,
    per_gain,
    gain,
    target,
    use_base,
    aim,
    per_adjust,
    tiny,
):
    """Fill `record` (weeks + 1, 2, 12, 24), t, from its first week on; stocks belong to the start of a week.

    shares (2, seller, buyer, link) with the gate open and shut; limits (2, 12, 24) whole and lost,
    ends (12, 24) those of the users; shut, lost (weeks,) 0 or 1; the rest (12, 24), use_base and aim
    those of the link's buyers.
    """
    scratch = np.empty((6, PLACES, LINKS))
    want, fill, shipped, got, used, taken = (
        scratch[0],
        scratch[1],
        scratch[2],
        scratch[3],
        scratch[4],
        scratch[5],
    )
    for week in range(shut.size):
        share, finished, bought = shares[shut[week]], record[week, 0], record[week, 1]
        order(want, fill, shipped, share, finished, bought, use_base, aim, per_adjust, tiny)
        arrive(got, want, fill, share)
        make(used, taken, finished, bought, limits[lost[week]], ends, make_base, target, per_gain, per_adjust)
        close(record[week + 1, 0], record[week + 1, 1], finished, bought, shipped, got, used, taken, gain)


def links_last(nodes: Array) -> Array:
    """Return (4, 6, 12) as (12, 24)."""
    return np.ascontiguousarray(nodes.reshape(LINKS, PLACES).T)


def tables(chain: Chain) -> tuple[Any, ...]:
    """Return what `simulate` reads, after the record."""
    c, weeks = chain.constants, range(chain.weeks)
    shares = np.stack([chain.share, chain.passed()]).reshape(2, LINKS, PLACES, PLACES)
    limits = [links_last(limit[:STAGES]) for limit in (chain.use_limit, chain.left())]
    gain = links_last(chain.gain[:STAGES])
    return (
        np.ascontiguousarray(shares.transpose(0, 2, 3, 1)),
        np.array([chain.gated(week) for week in weeks], np.int64),
        np.stack(limits),
        np.array([chain.loses(week) for week in weeks], np.int64),
        links_last(chain.use_limit[1:]),
        links_last(chain.make_base[:STAGES]),
        1.0 / gain,
        gain,
        links_last(chain.finished_target[:STAGES]),
        links_last(chain.use_base[1:]),
        links_last(chain.input_target[1:]),
        1.0 / c["adjust"],
        c["tiny"],
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
    """Return finished and input stock from the first week to the end, (weeks + 1, 2, 4, 6, 12), t."""
    record = start(chain)
    simulate(record, *tables(chain))
    shape = (chain.weeks + 1, 2, STAGES, ELEMENTS, PLACES)
    return np.ascontiguousarray(record.swapaxes(2, 3)).reshape(shape)
