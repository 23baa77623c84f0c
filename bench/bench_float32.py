# ruff: noqa: E402 (threads are set before numpy is loaded)
"""Numbers of four bytes in place of eight in the engine: what changes, what it would save.

Run by ``make bench``.  The same kernels, changed as their source is read (halved.py), on the shipped squeeze.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench_engine import SCENARIO, STEPS, world_of
from dearth.engine import run as runner
from dearth.engine import week
from dearth.engine.arrays import Trace
from halved import ROUNDING, copied_back, halved_kernels, smaller
from measure import KEPT, machine, told, write_block

ROUNDS = 3
LONG = 520  # weeks
FASTER, BALANCE = 2.0, 1e-6  # from which on four bytes would be taken: times, and of throughput
SHARES = (0.01, 0.1)  # of plan lost
QUANTILES = (0.1, 0.5, 0.9)


class Found(NamedTuple):
    """A run with numbers of one size."""

    trace: Trace
    cpu: float  # s, best of the rounds, inside the kernels
    bytes: int  # of the arrays of a block


def ran(world: Any, labels: Any, kernel: Callable[..., None], small: bool) -> tuple[Trace, float, int]:
    """Run all draws on one thread by a kernel; return seconds inside it and bytes of a block."""
    spent, sizes = [0.0], [0]

    def stand_in(w: Any, s: Any, tr: Any, first: int = 0, _last: int = -1) -> None:
        if first > 0:
            return
        given = tuple(smaller(some) for some in (w, s, tr)) if small else (w, s, tr)
        sizes[0] = max(sizes[0], sum(a.nbytes for some in given for a in some if isinstance(a, np.ndarray)))
        start = time.thread_time()
        kernel(*given, 0, w.n_steps)
        spent[0] += time.thread_time() - start
        if small:
            copied_back(given[2], tr)

    kept = week.simulate, runner.TOLERANCE
    week.simulate, runner.TOLERANCE = stand_in, np.inf  # type: ignore[assignment, misc]
    try:
        return runner.run(world, labels, 1), spent[0], sizes[0]
    finally:
        week.simulate, runner.TOLERANCE = kept  # type: ignore[misc]


def stops(trace: Trace, share: float) -> np.ndarray:
    """Return the week in which each line first loses a share of its plan; (line, draw), inf: never."""
    lost = trace.lost_end >= share
    return np.where(lost.any(axis=0), lost.argmax(axis=0) / STEPS, np.inf)


def stop_rows(eight: Trace, four: Trace) -> list[str]:
    """Return how far quantiles of stop weeks lie apart."""
    lines = [
        "| share lost | quantile of the draws | lines that stop by both | apart at most "
        "| moved by over 1 week | stop by one alone |",
        "|---|---|---|---|---|---|",
    ]
    for share in SHARES:
        for q in QUANTILES:
            a, b = (np.quantile(stops(t, share), q, axis=1, method="inverted_cdf") for t in (eight, four))
            both = np.isfinite(a) & np.isfinite(b)
            apart = np.abs(a[both] - b[both])
            cells = [f"{share:.0%}", f"P{100 * q:.0f}", f"{both.sum():,} of {a.size:,}"]
            cells += [f"{apart.max(initial=0.0):.2f} weeks", f"{(apart > 1).sum():,}"]
            lines.append(f"| {' | '.join([*cells, f'{(np.isfinite(a) != np.isfinite(b)).sum():,}'])} |")
    return lines


def draw_words(eight: Trace, four: Trace) -> str:
    """Return how far single draws and sums lie apart."""
    a, b = stops(eight, 0.1), stops(four, 0.1)
    other = (a != b).mean()
    made, also = eight.line_output, four.line_output
    output = np.abs(also - made) / np.maximum(np.abs(made), 1e-9)
    return (
        f"Line by line and draw by draw, {other:.2%} of the weeks of a loss of 10 % are others; output of a "
        f"line over the run differs by {np.median(output):.1e} in the median and {output.max():.1e} at most."
    )


def decision(eight: Found, four: Found, moved: float, longest: float) -> str:
    """Return what follows; `longest`: worst balance of a long run by four bytes."""
    faster, lighter = eight.cpu / four.cpu, eight.bytes / four.bytes
    worth = faster >= FASTER and max(longest, float(four.trace.residual.max())) <= BALANCE and moved == 0.0
    word = "four bytes are worth having." if worth else "eight bytes stay."
    return (
        f"**Decision: {word}** Four bytes would be taken where they make a run {FASTER:g} times as fast, "
        f"close every balance to {BALANCE:.0e} of throughput and move no quantile of a stop week. They make "
        f"it {faster:.2f} times as fast and its arrays {lighter:.2f} times as light; the quantiles move by "
        f"{moved:.2f} weeks at most; balances close to {float(four.trace.residual.max()):.0e}, and to "
        f"{longest:.0e} over {LONG} weeks. The check of every node and week at {runner.TOLERANCE:.0e}, which "
        "is how a fault of the model is found, could not be kept, nor what "
        f"{', '.join(f'`{k}`' for k in ROUNDING)} mean now."
    )


def worst_of_long(kernel: Callable[..., None]) -> float:
    """Return the worst balance of a long run by four bytes."""
    trace, _, _ = ran(*world_of(LONG, 8, STEPS), kernel, True)
    return float(trace.residual.max())


def main() -> None:
    """Compare, print and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=200)
    asked.add_argument("--weeks", type=int, default=52)
    given = asked.parse_args()
    kernels: dict[bool, Callable[..., None]] = {False: week.simulate}
    kernels[True] = halved_kernels(KEPT / "halved").simulate
    for small, kernel in kernels.items():
        ran(*world_of(1, 4, STEPS), kernel, small)  # compiled
    world, labels = world_of(given.weeks, given.draws, STEPS)
    turns: dict[bool, list[tuple[Trace, float, int]]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for small, kernel in kernels.items():
            turns[small].append(ran(world, labels, kernel, small))
    eight, four = (Found(t[0][0], min(s for _, s, _ in t), t[0][2]) for t in turns.values())
    moved = max(float(row.split("|")[4].split()[0]) for row in stop_rows(eight.trace, four.trace)[2:])
    lines = [
        machine(),
        "",
        f"{SCENARIO}, {given.draws} draws x {given.weeks} weeks, {STEPS} steps a week, one thread; "
        f"thresholds of rounding raised to {', '.join(f'{k} {v:g}' for k, v in ROUNDING.items())}.",
        "",
        "| numbers of | CPU in the kernels, best | rounds | arrays of a block | worst balance |",
        "|---|---|---|---|---|",
    ]
    for name, found, spent in (("8 bytes", eight, turns[False]), ("4 bytes", four, turns[True])):
        seconds = [s for _, s, _ in spent]
        cells = [name, told(min(seconds)), f"{told(min(seconds))} to {told(max(seconds))}"]
        cells += [f"{found.bytes / 1e6:.1f} MB", f"{float(found.trace.residual.max()):.1e}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *stop_rows(eight.trace, four.trace), "", draw_words(eight.trace, four.trace)]
    longest = worst_of_long(kernels[True])
    write_block("bench_float32", [*lines, "", decision(eight, four, moved, longest)])


if __name__ == "__main__":
    main()
