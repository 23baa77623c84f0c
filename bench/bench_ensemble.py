"""Ensembles in blocks: members a second on one and two workers, memory as they grow, the same bytes.

Run by ``make bench``.  ``--members N --keep FOLDER`` runs one large ensemble on two workers instead, e.g. a
million; ``--weeks`` shortens it.  "Steady" leaves out the first block of each worker, in which it starts.
Where others use the machine, CPU time tells more: two workers are twice one while a member costs the same.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from dearth.book import load_book
from dearth.faces.run_ensemble import Teller, map_of
from dearth.studies.ensemble import BLOCK, ensemble
from dearth.watch import watched
from dearth.world.scenario import load_scenario
from measure import machine, verdict, write_block
from memory import peak_memory

SCENARIO = "squeeze-2025"
MILLION = 1_000_000


class Clock:
    """Notes when each block came home."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self, phase: str, _done: int, _of: int) -> None:
        if phase == "ensemble":
            self.at.append(time.perf_counter())


def used() -> tuple[float, float, float]:
    """Return the largest memory of this process and of any worker, MB, and the CPU time of all, s."""
    for worker in multiprocessing.active_children():
        worker.join()
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    most = both[1].ru_maxrss * 1024 / 1e6
    return peak_memory(), most, sum(found.ru_utime + found.ru_stime for found in both)


def measure(members: int, weeks: int, workers: int) -> None:
    """Run one ensemble and print what it took; to be called in a process of its own."""
    scenario = load_scenario(SCENARIO, {"weeks": str(weeks), "draws": str(members)})
    book, clock = load_book(), Clock()
    start = time.perf_counter()
    with watched(clock):
        answer = ensemble(scenario, book, spread=map_of(workers, None))
    whole = time.perf_counter() - start
    skip = workers  # blocks in which workers also start and load the kernels
    rest = len(clock.at) - skip
    steady = rest * BLOCK / (clock.at[-1] - clock.at[skip - 1]) if rest > 0 else 0.0
    digest = hashlib.sha256(answer.to_json().encode()).hexdigest()[:12]
    own, worker, cpu = used()
    load = "/".join(f"{x:.1f}" for x in os.getloadavg())
    told = (f"{whole:.1f}", f"{steady:.1f}", f"{cpu / members * 1e3:.1f}", f"{own:.0f}", f"{worker:.0f}")
    print(*told, digest, load)


def alone(members: int, weeks: int, workers: int) -> list[str]:
    """Measure in a process of its own, so that memory is that of this run."""
    command = [sys.executable, __file__, "--measure", str(members), str(weeks), str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return done.stdout.split()


def rows_of(found: dict[tuple[int, int], list[str]]) -> list[str]:
    """Return the table of members and workers."""
    lines = [
        "| members | workers | whole | steady, members/s | CPU a member | memory, parent | a worker "
        "| bytes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (members, workers), (whole, steady, cpu, own, worker, digest, _load) in found.items():
        theirs = f"{worker} MB" if workers > 1 else "-"
        cells = [f"{members:,}", str(workers), f"{whole} s", steady, f"{cpu} ms", f"{own} MB", theirs, digest]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def table(weeks: int, sizes: tuple[int, ...]) -> None:
    """Write members a second and memory of growing ensembles, and the ratio of two workers to one."""
    found = {(size, workers): alone(size, weeks, workers) for size in sizes for workers in (1, 2)}
    most, least = max(sizes), min(sizes)
    same = all(found[size, 1][5] == found[size, 2][5] for size in sizes)
    rate = {key: float(steady) or key[0] / float(whole) for key, (whole, steady, *_) in found.items()}
    by_cpu = 2.0 * float(found[most, 1][2]) / float(found[most, 2][2])
    held = {key: float(own) for key, (_, _, _, own, *_) in found.items()}
    seconds = timedelta(seconds=round(MILLION / rate[most, 2]))
    lines = [
        machine(("dearth", "numpy", "numba")),
        "",
        f"{SCENARIO}, {weeks} weeks, blocks of {BLOCK}; each row a process of its own, one run.",
        "",
        *rows_of(found),
        "",
        f"The same bytes on one worker and two: {'yes' if same else '**NO**'}. Two workers to one: "
        f"{rate[most, 2] / rate[most, 1]:.2f} by the clock, {by_cpu:.2f} by CPU time, start of workers "
        f"included. A million members of {weeks} weeks would take {seconds} on two workers at this rate; "
        "`make bench` does not run them: `python bench/million_members.py` does.",
        "",
        verdict(
            f"memory of {most:,} members, of that of {least:,}",
            held[most, 1] / held[least, 1],
            1.05,
            lambda x: f"{x:.2f} times",
            most=True,
        ),
    ]
    write_block("bench_ensemble", lines)


def large(members: int, weeks: int, keep: Path | None) -> None:
    """Run one large ensemble on two workers, saying how far it is."""
    scenario = load_scenario(SCENARIO, {"weeks": str(weeks), "draws": str(members)})
    start = time.perf_counter()
    with watched(Teller(quiet=False)):
        answer = ensemble(scenario, load_book(), spread=map_of(2, None), keep=keep)
    seconds = time.perf_counter() - start
    own, worker, _ = used()
    first = answer.answer["groups"][0]
    took = timedelta(seconds=round(seconds))
    print(f"{members:,} members of {weeks} weeks: {took}, {members / seconds:.1f} a second")
    print(f"memory at most: {own:.0f} MB here, {worker:.0f} MB a worker")
    print(f"{first['sector_name']}, {first['place_name']}, 1 % stopped: {first['stopped']['1']}")


def main() -> None:
    """Read the options and run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--measure", nargs=3, type=int, help=argparse.SUPPRESS)
    asked.add_argument("--members", type=int, help="run one ensemble of this size, e.g. 1000000")
    asked.add_argument("--weeks", type=int, default=52)
    asked.add_argument("--sizes", type=int, nargs="+", default=[500, 1500])
    asked.add_argument("--keep", type=Path)
    told = asked.parse_args()
    if told.measure:
        measure(*told.measure)
    elif told.members:
        large(told.members, told.weeks, told.keep)
    else:
        table(told.weeks, tuple(told.sizes))


if __name__ == "__main__":
    main()
