# ruff: noqa: E402 (threads are set before numpy is loaded)
"""Time to survive every single loss: times, memory, and the ratio to a linear program (HiGHS) for each.

Run by ``make bench``; writes its block of docs/performance.md.  Programs for some losses are solved first,
and nothing is timed where one tells otherwise.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import resource
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import numpy as np

from dearth.firm.graph import Graph, graph_of
from dearth.firm.run_down import arriving, run_down
from dearth.firm.second import Coupled, solve_weeks
from dearth.firm.survive import Loss, Survivor, losses_of
from firm_made_up import random_firm
from measure import best, machine, once, told, write_block
from oracles.plain_run_down import plain_run_down

EQUAL = 1e-6  # weeks, or of the weeks
PROGRAMS = 3  # losses of which each is also solved as the whole firm's program
WANTED = {"10,000 parts, one source each": 0.020, "100,000 parts, one source each": 0.300}  # s


def whole_program(graph: Graph, loss: Loss) -> float:
    """Solve the whole firm's program for one loss, as without sweep and bounds."""
    coupled = Coupled(graph)
    coupled.touched = lambda _nodes: np.arange(graph.size)  # type: ignore[method-assign]
    removed = np.zeros(len(graph.node), bool)
    removed[loss.sources] = True
    return solve_weeks(coupled, removed, 520.0)


def beside_programs(graph: Graph, losses: list[Loss], found: list[tuple[float, str]]) -> float:
    """Return CPU seconds of one program, after comparing what it says."""
    places = range(0, len(losses), max(1, len(losses) // PROGRAMS))[:PROGRAMS]
    spent = 0.0
    for place in places:
        said: list[float] = []
        spent += once(lambda p=place, s=said: s.append(whole_program(graph, losses[p]))).cpu  # type: ignore[misc]
        if not np.isclose(said[0], found[place][0], rtol=EQUAL, atol=EQUAL):
            sys.exit(
                f"{losses[place].name}: {found[place][0]:g} weeks, by the program {said[0]:g}: nothing timed"
            )
    return spent / len(places)


def row(what: str, parts: int, times: int, programs: bool, **how: float) -> tuple[str, float]:
    """Return the row of one firm, and its CPU time."""
    graph = graph_of(random_firm(7, parts, max(3, parts // 200), shallow=True, **how))
    losses = [loss for loss in losses_of(graph) if loss.kind == "site"]
    found = Survivor(graph).every(losses)
    each = beside_programs(graph, losses, found) if programs else 0.0
    spent = best(lambda: Survivor(graph).every(losses), times)
    ways = ", ".join(f"{way} {n:,}" for way, n in sorted(Counter(way for _, way in found).items()))
    ratio = f"{told(each)}; {each * len(losses) / spent.cpu:,.0f}" if programs else "not run"
    cells = [what, f"{len(losses):,}", told(spent.wall), told(spent.cpu), ways, ratio]
    return f"| {' | '.join(cells)} |", spent.cpu


def run_of_weeks(parts: int) -> str:
    """Time who stops when, and the ratio to the plain node-by-node loop."""
    graph = graph_of(random_firm(7, parts, max(3, parts // 200), shallow=True, second=0.4))
    shares = np.clip(np.random.default_rng(1).random((52, 20, 100)).cumsum(axis=0) / 10, 0, 1)
    arrive = arriving(graph, {source: shares[:, source] for source in range(20)}, 52, 100)
    spent, plain = (
        best(lambda: run_down(graph, arrive), 2).cpu,
        once(lambda: plain_run_down(graph, arrive)).cpu,
    )
    return (
        f"Run-down of {parts:,} parts, 52 weeks, 100 draws: {told(spent)} of CPU time; node by node "
        f"{plain / spent:.1f} times as long."
    )


def main() -> None:
    """Run, print and write."""
    rows, cpu = [], {}
    for what, parts, times, programs, how in (
        ("10,000 parts, one source each", 10_000, 15, True, {}),
        ("100,000 parts, one source each", 100_000, 5, False, {}),
        ("1,000 parts, second sources", 1_000, 3, True, {"second": 0.4}),
        ("same, 1 % of parts by two recipes", 1_000, 1, True, {"second": 0.4, "recipes": 0.025}),
        ("same, 1 % of sites with a capacity", 1_000, 1, True, {"second": 0.4, "capacities": 0.01}),
    ):
        line, cpu[what] = row(what, parts, times, programs, **how)
        rows.append(line)
    lines = [
        machine(("numpy", "highspy")),
        "",
        "| firm | losses | wall, best | CPU, best | found by | a whole program; all by programs / ours |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    for what, wanted in WANTED.items():
        word = "reached" if cpu[what] <= wanted else "**not reached**"
        lines.append(f"- {what}: {told(cpu[what])}; {told(wanted)} were wanted: {word}.")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines += ["", run_of_weeks(1_000), f"Largest memory of all this: {peak:.0f} MiB."]
    write_block("bench_firm", lines)


if __name__ == "__main__":
    main()
