# ruff: noqa: E402 (threads are set before numpy is loaded)
"""How times grow: engine by draws, weeks, nodes; sweep by nodes; bill and screen by rows; exponents fitted.

Run by ``make bench``.  CPU time of one thread, best of several, sizes in turns; least squares of logarithms.
Larger networks for the engine are copies of the shipped world side by side; nothing is timed unless each copy
does what the single world does, to the last bit.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bench_engine import world_of
from bench_licence import bill_of
from dearth.declarations.robust import group_stats
from dearth.engine.run import Labels, run
from dearth.firm.graph import graph_of
from dearth.firm.survive import Survivor, losses_of
from dearth.lexicon import load_lexicon
from dearth.rules import load_rules
from dearth.rules.bill import assess_bill, read_bill_bytes
from firm_made_up import random_firm
from measure import growth_row, machine, once, write_block
from side_by_side import glued, same

Work = Callable[[], object]
ROUNDS = 3
GROUPS = 45_000  # of the screen, at any number of rows


def seconds_of(works: Sequence[Work], rounds: int = ROUNDS) -> list[float]:
    """Return the best CPU time of each work, all in turns, so that a busy minute harms no single size."""
    for work in works[:1]:
        work()
    turns = [[once(work).cpu for work in works] for _ in range(rounds)]
    return [min(column) for column in zip(*turns, strict=True)]


def curve(what: str, unit: str, sizes: Sequence[int], make: Callable[[int], Work]) -> str:
    """Return the row of one curve."""
    return growth_row(what, unit, sizes, seconds_of([make(size) for size in sizes]))


def engine(weeks: int, draws: int) -> Work:
    """Return a run of the shipped squeeze on one worker."""
    world, labels = world_of(weeks, draws, 4)
    return lambda: run(world, labels, 1)


def networks(copies: Sequence[int], weeks: int = 13, draws: int = 16) -> tuple[list[int], list[Work]]:
    """Return nodes and runs of growing networks; end where a copy does not do what the single does."""
    world, labels = world_of(weeks, draws, 4)
    single = run(world, labels, 1)
    nodes, works = [], []
    for k in copies:
        large = glued(world, k)
        names = Labels(*(k * part for part in labels))
        if not same(single, run(large.world, names, 1), large):
            sys.exit(f"{k} copies of the world do not do what the single one does: nothing timed")
        nodes.append(sum(k * large.sizes[kind] for kind in ("process", "market", "pool")))
        works.append(lambda w=large.world, n=names: run(w, n, 1))
    return nodes, works


def sweep(parts: int) -> Work:
    """Return the time to survive every single site of a made-up firm."""
    graph = graph_of(random_firm(7, parts, max(3, parts // 200), shallow=True))
    losses = [loss for loss in losses_of(graph) if loss.kind == "site"]
    return lambda: Survivor(graph).every(losses)


def bill(lines: int) -> Work:
    """Return the decision on a bill of materials."""
    rules, goods = load_rules(), load_lexicon().goods
    read = read_bill_bytes("bill.csv", bill_of(lines), rules)
    return lambda: assess_bill(read, rules, on=date(2026, 3, 2), read_goods=goods)


def scan(rows: int) -> Work:
    """Return the exact medians and deviations of the screen."""
    rng = np.random.default_rng(1)
    keys, x = rng.integers(0, GROUPS, rows).astype(np.uint64), rng.normal(size=rows)
    return lambda: group_stats(keys, x)


def main() -> None:
    """Fit, print and write."""
    nodes, works = networks((1, 2, 4, 8))
    lines = [
        machine(),
        "",
        "| what | of | size: best CPU time | exponent (95 %) |",
        "|---|---|---|---|",
        curve("engine, 26 weeks, 4 steps a week", "draws", (32, 64, 128, 256), lambda n: engine(26, n)),
        curve("engine, 16 draws, 4 steps a week", "weeks", (26, 52, 104, 208), lambda n: engine(n, 16)),
        growth_row("engine, 13 weeks, 16 draws, 4 steps a week", "nodes", nodes, seconds_of(works)),
        curve("time to survive every site", "parts", (5_000, 10_000, 20_000, 40_000, 80_000), sweep),
        curve("a bill decided under all rules", "lines", (1_250, 2_500, 5_000, 10_000), bill),
        curve("scan of the screen", "rows", (250_000, 500_000, 1_000_000, 2_000_000), scan),
        "",
        f"Best of {ROUNDS} rounds. Exponent 1: in proportion. Intervals by Student's t, on few points. Nodes "
        "are processes, markets and pools; larger networks are copies of the shipped one that do not trade "
        "with each other, each equal to it to the last bit.",
    ]
    write_block("bench_growth", lines)


if __name__ == "__main__":
    main()
