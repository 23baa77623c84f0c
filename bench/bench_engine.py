# ruff: noqa: E402 (threads are set before numpy is loaded)
"""The engine on the shipped squeeze: one run, ensembles on one and two workers, and how near the limit.

Run by ``make bench``; ``--draws``, ``--weeks``, ``--members`` make it smaller.  The work of the kernels is
counted from their own source (counted.py), the limits of the machine are measured in the same run.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from counted import BYTES, COMPARE, DIVIDE, KINDS, SUM, Count, count
from dearth.book import load_book
from dearth.engine.arrays import Trace, World
from dearth.engine.run import BLOCK, Labels, run, run_reduced
from dearth.world.build import Resolution, build
from dearth.world.scenario import load_scenario
from measure import (
    Spent,
    best,
    growth,
    machine,
    once,
    peak_flops,
    speed_of_division,
    speed_of_triad,
    told,
    verdict,
    write_block,
)
from memory import peak_memory
from oracles.plain_week import PlainWeek
from side_by_side import sizes_of

AXES = {
    "process": "processes",
    "buffer": "buffers",
    "market": "markets",
    "edge": "routes",
    "pool": "pools",
    "output": "outputs",
    "class": "gated classes",
    "quota": "quotas",
}  # axes of the network, as the page names them
SCENARIO = "squeeze-2025"
LONG, STEPS = 520, 4  # weeks of the runs of which something is wanted; steps a week
MANY = 10_000  # members
ROUNDS = 3
COUNTED_DRAWS = 6
COUNTED = (160, 601, 1_202, 1_803)  # steps of the long run, one of each quarter of a week
NEAR, FAR = 20_000, 40_000_000  # numbers in an array of the triad: three make 480 kB and 960 MB


class Machine(NamedTuple):
    """What one core of the machine gives, per second of CPU time."""

    flops: float
    divisions: float
    near: float  # bytes, three arrays of 480 kB
    block: float  # bytes, three arrays as large as a block of draws
    far: float  # bytes, three arrays of 960 MB


def world_of(weeks: int, draws: int, steps_per_week: int) -> tuple[World, Labels]:
    """Return the world of the shipped scenario."""
    scenario = load_scenario(SCENARIO, {"weeks": str(weeks), "draws": str(draws)})
    model = build(scenario, load_book(), Resolution(steps_per_week))
    return model.world, model.labels


def counts_of(world: World) -> str:
    """Return what the network has."""
    sizes = sizes_of(world)
    return ", ".join(f"{sizes[axis]:,} {name}" for axis, name in AXES.items())


# --- members in a process of their own ---


def first_stops(_draws: slice, part: Trace) -> np.ndarray:
    """Keep of a block how many lines first lost 1 % in each step."""
    lost = part.lost_end > 0.01
    first = np.where(lost.any(axis=0), lost.argmax(axis=0), lost.shape[0])
    return np.bincount(first.ravel(), minlength=lost.shape[0] + 1)


def reduced(members: int) -> None:
    """Run members in blocks that are reduced at once, on two threads; print time and memory."""
    before = time.perf_counter()
    world, labels = world_of(LONG, members, STEPS)
    built = time.perf_counter() - before
    run(*world_of(1, 2, STEPS))  # kernels from the disk
    spent = once(lambda: run_reduced(world, labels, first_stops, 2))
    print(spent.wall, spent.cpu, built, peak_memory())


def alone(members: int) -> list[float]:
    """Return wall and CPU time of the run, time of building, and memory, of a process of its own."""
    command = [sys.executable, __file__, "--reduced", str(members)]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return [float(word) for word in done.stdout.split()]


# --- measured ---


def plain_ratio() -> tuple[float, float]:
    """Return seconds of the plain week of the tests for a draw of four weeks, and its ratio to ours."""
    world, labels = world_of(4, 1, STEPS)
    plain = best(lambda: PlainWeek(world, 0).run(), 1).cpu
    many, _ = world_of(4, 10 * BLOCK, STEPS)
    return plain, plain / (best(lambda: run(many, labels, 1)).cpu / (10 * BLOCK))


def ensembles(draws: int, weeks: int) -> dict[int, list[Spent]]:
    """Return times of an ensemble by workers, in turn."""
    world, labels = world_of(weeks, draws, STEPS)
    found: dict[int, list[Spent]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, spent in found.items():
            spent.append(once(lambda k=workers: run_reduced(world, labels, first_stops, k)))  # type: ignore[misc]
    return found


def limits(size: int) -> Machine:
    """Measure the machine; `size`: bytes of a block of draws."""
    return Machine(
        peak_flops(),
        speed_of_division(),
        speed_of_triad(NEAR, 2_000),
        speed_of_triad(max(1_000, size // 24), max(1, 40_000_000 // max(1, size // 24))),
        speed_of_triad(FAR, 2),
    )


# --- told ---


def kernel_table(found: Count) -> list[str]:
    """Return the work of the kernels that name most bytes, and of all."""
    lines = [f"| kernel | {' | '.join(KINDS)} |", "|---|" + "---|" * len(KINDS)]
    ranked = sorted(found.by_kernel.items(), key=lambda item: -item[1][BYTES])
    others = [sum(column) for column in zip(*(v for _, v in ranked[10:]), strict=True)]
    shown = [*((f"`{k}`", v) for k, v in ranked[:10]), (f"{len(ranked) - 10} others", others)]
    for name, values in [*shown, ("**all, a draw and step**", found.total())]:
        lines.append(f"| {name} | {' | '.join(f'{x:,.0f}' for x in values)} |")
    return lines


def limit_table(found: Count, own: Machine, seconds: tuple[float, float]) -> list[str]:
    """Return the least time for each limit, of one run and of many members, and the share reached."""
    each = found.total()
    work = each[SUM] + each[COMPARE]
    steps = LONG * STEPS
    rows = (
        (f"operations, {work:,.0f} a step", work * steps, own.flops / 2, "half the peak"),
        (f"divisions, {each[DIVIDE]:,.0f} a step", each[DIVIDE] * steps, own.divisions, "vectors"),
        (f"bytes named, {each[BYTES]:,.0f} a step", each[BYTES] * steps, own.near, "near triad"),
        ("the same, of a block's size", each[BYTES] * steps, own.block, "triad of that size"),
        (f"once through memory, {found.passing / 1e6:,.1f} MB", found.passing, own.far, "far triad"),
    )
    lines = [
        "| limit, of one core | its speed, a second | least time of one run | share reached | "
        f"least time of {MANY:,} members, 2 cores | share reached |",
        "|---|---|---|---|---|---|",
    ]
    for what, amount, speed, how in rows:
        one, many = amount / speed, amount / speed * MANY / 2
        cells = [what, f"{speed / 1e9:,.2f} x 10^9 ({how})", told(one), f"{one / seconds[0]:.1%}"]
        lines.append(f"| {' | '.join([*cells, told(many), f'{many / seconds[1]:.1%}'])} |")
    return lines


def floor_of(found: Count, own: Machine) -> float:
    """Return the least seconds of one run on one core: operations, then divisions, which share their unit."""
    each = found.total()
    return ((each[SUM] + each[COMPARE]) / (own.flops / 2) + each[DIVIDE] / own.divisions) * LONG * STEPS


def limit_words(found: Count, own: Machine, one: float) -> str:
    """Return what the tables mean."""
    floor = floor_of(found, own)
    return (
        f"Counted on {found.draws} draws in {found.steps} steps spread over {LONG} weeks, one of them the "
        f"last of its week, where the mass is checked. The peak is that of numpy's product of matrices, "
        f"{own.flops / 1e9:.0f} Gflop/s, in which an instruction does a product and a sum; most of ours does "
        f"one, so half is the limit. Divisions share the unit of the others: both one after another take "
        f"{told(floor)} a run, {floor / one:.1%} of what ours takes, and {told(floor * MANY / 2)} for "
        f"{MANY:,} members on two cores: that is the limit of this arithmetic. Bytes named would come from "
        "the nearest cache at best, unless a compiler keeps them in registers; a block of "
        f"{BLOCK} draws holds {found.block / 1e6:.1f} MB, though not all of it is met in a step."
    )


def rows_of(one: Spent, found: dict[int, list[Spent]], draws: int, weeks: int) -> list[str]:
    """Return the table of times."""
    lines = ["| what | wall, best | rounds | CPU, best | CPU a draw and step |", "|---|---|---|---|---|"]
    cells = [f"{LONG} weeks, 1 draw", told(one.wall), "", told(one.cpu), told(one.cpu / LONG / STEPS)]
    lines.append(f"| {' | '.join(cells)} |")
    for workers, spent in found.items():
        walls = [s.wall for s in spent]
        cpu = min(s.cpu for s in spent)
        name = f"{weeks} weeks, {draws} draws, {workers} worker{'s' * (workers > 1)}"
        cells = [name, told(min(walls)), f"{told(min(walls))} to {told(max(walls))}", told(cpu)]
        lines.append(f"| {' | '.join([*cells, told(cpu / draws / weeks / STEPS)])} |")
    return lines


def many_rows(sizes: list[int]) -> tuple[list[str], float, float]:
    """Return the table of growing ensembles, and seconds of many members and MB."""
    found = {size: alone(size) for size in sizes}
    fit = growth(sizes, [found[size][1] for size in sizes])
    lines = ["| members, 2 workers | wall | CPU | building | memory at most |", "|---|---|---|---|---|"]
    for size, (wall, cpu, built, memory) in found.items():
        lines.append(f"| {size:,} | {told(wall)} | {told(cpu)} | {told(built)} | {memory:,.0f} MB |")
    most = max(sizes)
    seconds = found[most][0] * MANY / most
    lines += [
        "",
        f"{MANY:,} members would take {told(seconds)}: not run, but {most:,} members times "
        f"{MANY / most:,.1f}, for CPU time grows with members to the power {fit.exponent:.2f} "
        f"(95 %: {fit.low:.2f} to {fit.high:.2f}). Blocks of {most:,} one after another "
        "hold no more memory than one.",
    ]
    return lines, seconds, found[most][3]


def main() -> None:
    """Measure, count, print and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--reduced", type=int, help=argparse.SUPPRESS)
    asked.add_argument("--draws", type=int, default=200)
    asked.add_argument("--weeks", type=int, default=104)
    asked.add_argument("--members", type=int, nargs="+", default=[32, 64, 96, 128])
    given = asked.parse_args()
    if given.reduced:
        reduced(given.reduced)
        return
    world, labels = world_of(LONG, 1, STEPS)
    run(world, labels)
    one = best(lambda: run(world, labels), 7)
    found = ensembles(given.draws, given.weeks)
    plain, ratio = plain_ratio()
    many, seconds, memory = many_rows(given.members)
    counted = count(*world_of(LONG, COUNTED_DRAWS, STEPS), COUNTED)
    per_block = counted.block * BLOCK // COUNTED_DRAWS
    counted = counted._replace(block=per_block)
    own = limits(per_block)
    floor = floor_of(counted, own)
    clock, cores = (median(getattr(a, k) for a in found[1]) for k in ("wall", "cpu"))
    by_wall = min(a.wall for a in found[1]) / min(a.wall for a in found[2])
    by_cpu = 2 * min(a.cpu for a in found[1]) / min(a.cpu for a in found[2])
    busy = f"Medians of one worker: {told(clock)} by the clock, {told(cores)} of CPU time."
    write_block(
        "bench_engine",
        [
            machine(),
            "",
            f"{SCENARIO}: {counts_of(world)}; {STEPS} steps a week.",
            "",
            *rows_of(one, found, given.draws, given.weeks),
            "",
            f"{busy} Two workers to one by CPU time, as two cores of one's own would give: {by_cpu:.2f}. "
            f"The plain week of the tests takes {told(plain)} for a draw of 4 weeks, {ratio:,.0f} times ours "
            "in an ensemble; the tests hold both to the same numbers.",
            "",
            *many,
            "",
            verdict("Full chain, one run of 520 weeks", one.cpu, 0.005, told, most=True),
            verdict(f"{MANY:,} members of 520 weeks, 2 workers", seconds, 4.0, told, most=True),
            verdict("memory of that, in one process", memory, 600.0, lambda x: f"{x:,.0f} MB", most=True),
            f"- share of the arithmetic's limit: {floor / one.cpu:.1%} by one run, "
            f"{floor * MANY / 2 / seconds:.1%} by {MANY:,} members; the share was wanted: told.",
            verdict("two workers to one", by_wall, 1.8, lambda x: f"{x:.2f} times", most=False),
            "",
            "### The arithmetic of the limit",
            "",
            *kernel_table(counted),
            "",
            *limit_table(counted, own, (one.cpu, seconds)),
            "",
            limit_words(counted, own, one.cpu),
        ],
    )


if __name__ == "__main__":
    main()
