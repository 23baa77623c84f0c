"""Times of the engine on the shipped squeeze, as a table; the plain week of the tests beside it.

Run by ``make bench``.  Best of several runs; compiled once before.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dearth.book import load_book
from dearth.engine.arrays import World
from dearth.engine.run import Labels, run
from dearth.world.build import Resolution, build
from dearth.world.scenario import load_scenario

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from oracles.plain_week import PlainWeek

SCENARIO = "squeeze-2025"


def best(work: Callable[[], object], times: int = 3) -> float:
    """Return the shortest wall time, s."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def world_of(weeks: int, draws: int, steps_per_week: int) -> tuple[World, Labels]:
    """Return the world of the shipped scenario."""
    scenario = load_scenario(SCENARIO, {"weeks": str(weeks), "draws": str(draws)})
    model = build(scenario, load_book(), Resolution(steps_per_week))
    return model.world, model.labels


def row(what: str, seconds: float, note: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<58}{seconds * 1e3:>12,.1f} ms  {note}")


def first_run() -> None:
    """Time the first run of this process: kernels compiled, or read from disk."""
    world, labels = world_of(1, 1, 4)
    sizes = (world.rate, world.need, world.flow, world.pool_stock)
    names = ("processes", "buffers", "routes", "pools")
    print(", ".join(f"{a.shape[0]} {name}" for a, name in zip(sizes, names, strict=True)))
    row("first run of the process (kernels from disk or compiled)", best(lambda: run(world, labels), 1))


def ensembles() -> None:
    """Time single runs and ensembles, on one and two workers."""
    world, labels = world_of(520, 1, 4)
    row("520 weeks, 1 draw, 4 steps a week", best(lambda: run(world, labels)))
    for steps in (1, 4):
        world, labels = world_of(104, 200, steps)
        for workers in (1, 2):
            seconds = best(lambda w=world, n=labels, k=workers: run(w, n, k), 2)
            per = seconds / (200 * 104 * steps) * 1e6
            name = f"104 weeks, 200 draws, {steps} steps a week, {workers} workers"
            row(name, seconds, f"{per:.1f} us a draw and step")


def beside_the_plain_week() -> None:
    """Time the plain week of the tests on the same world."""
    world, labels = world_of(4, 1, 4)
    plain = best(lambda: PlainWeek(world, 0).run(), 1)
    many, _ = world_of(4, 200, 4)
    compiled = best(lambda: run(many, labels, 2))
    row("4 weeks, 1 draw, plain Python", plain)
    row("4 weeks, 200 draws, compiled, 2 workers", compiled, f"{plain * 200 / compiled:,.0f} times as fast")


def command_line() -> None:
    """Time the whole command, from start to answer, and its memory."""
    command = [sys.executable, "-m", "dearth", "countdown", SCENARIO, "--json", "--quiet"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row("dearth countdown, 52 weeks, 200 draws, start to answer", seconds, f"{peak:,.0f} MB at most")


def look_up() -> None:
    """Time a look-up in the book as a whole process."""
    command = [sys.executable, "-m", "dearth", "book", "show", "china mining share"]
    seconds = best(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), 7)
    row("dearth book show 'china mining share', whole process", seconds)


if __name__ == "__main__":
    print(f"numpy {np.__version__}, scenario {SCENARIO}")
    first_run()
    ensembles()
    beside_the_plain_week()
    look_up()
    command_line()
