"""Time to survive every single loss: time and memory, and the ratio to one plain program for each loss.

Run by hand: ``python bench/bench_firm.py``.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import numpy as np

from dearth.firm.graph import Graph, graph_of
from dearth.firm.run_down import arriving, run_down
from dearth.firm.second import Coupled, solve_weeks
from dearth.firm.survive import Survivor, losses_of
from firm_made_up import random_firm
from oracles.plain_run_down import plain_run_down


def best(times: int, run) -> tuple[float, object]:  # type: ignore[no-untyped-def]
    """Return the shortest time of some runs, in seconds, and the last result."""
    spent, result = [], None
    for _ in range(times):
        start = time.perf_counter()
        result = run()
        spent.append(time.perf_counter() - start)
    return min(spent), result


def every(graph: Graph, losses: list) -> list[tuple[float, str]]:  # type: ignore[type-arg]
    return Survivor(graph).every(losses)


def whole_program(graph: Graph, loss) -> float:  # type: ignore[no-untyped-def]
    """Solve the whole firm's program for one loss, as without sweep and bounds."""
    coupled = Coupled(graph)
    coupled.touched = lambda _nodes: np.arange(graph.size)  # type: ignore[method-assign]
    removed = np.zeros(len(graph.node), bool)
    removed[loss.sources] = True
    return solve_weeks(coupled, removed, 520.0)


def report(name: str, parts: int, times: int, programs: int, **how: float) -> None:
    firm = random_firm(7, parts, max(3, parts // 200), shallow=True, **how)
    start = time.perf_counter()
    graph = graph_of(firm)
    built = time.perf_counter() - start
    losses = [loss for loss in losses_of(graph) if loss.kind == "site"]
    spent, found = best(times, lambda: every(graph, losses))
    hows = Counter(way for _weeks, way in found)  # type: ignore[attr-defined]
    line = f"{name:<34} {len(losses):>7} losses {1e3 * spent:>9.1f} ms"
    line += f"  (arrays {1e3 * built:.0f} ms)  {dict(hows)}"
    if programs:
        some = losses[:: max(1, len(losses) // programs)][:programs]
        each, _ = best(1, lambda: [whole_program(graph, loss) for loss in some])
        each /= len(some)
        ratio = each * len(losses) / spent
        line += (
            f"\n{'':<34} a program each: {1e3 * each:.0f} ms, so all would take {ratio:,.0f} times as long"
        )
    print(line)


def run_of_weeks(name: str, parts: int) -> None:
    """Time who stops when, and the ratio to the plain node-by-node loop."""
    graph = graph_of(random_firm(7, parts, max(3, parts // 200), shallow=True, second=0.4))
    shares = np.clip(np.random.default_rng(1).random((52, 20, 100)).cumsum(axis=0) / 10, 0, 1)
    arrive = arriving(graph, {source: shares[:, source] for source in range(20)}, 52, 100)
    spent, _ = best(2, lambda: run_down(graph, arrive))
    plain, _ = best(1, lambda: plain_run_down(graph, arrive))
    print(f"{name:<46} {spent:.2f} s, node by node {plain / spent:.1f} times as long")


def main() -> None:
    report("10,000 parts, one source each", 10_000, 7, 3)
    report("1,000 parts, second sources", 1_000, 3, 5, second=0.4)
    report("same, 1 % of parts by two recipes", 1_000, 1, 0, second=0.4, recipes=0.025)
    report("same, 1 % of sites with a capacity", 1_000, 1, 0, second=0.4, capacities=0.01)
    report("100,000 parts, one source each", 100_000, 1, 0)
    run_of_weeks("run-down, 1,000 parts, 52 weeks, 100 draws", 1_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory so far: {peak:.0f} MiB")


if __name__ == "__main__":
    main()
