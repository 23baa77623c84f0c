# ruff: noqa: E402, PLC0415 (threads are set before numpy is loaded; peers may be absent)
"""The small chain in dearth's kernel style, plain numpy, Mesa and PySD: equal outputs first, then ratios.

Run by ``make bench``; writes the dated block of docs/performance.md.  One process, one thread, in turns.
The best of several runs is used, for a machine may be shared; CPU time stands beside wall time.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import sys
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import numpy as np

from measure import KEPT, best, machine, once, peak_flops, speed_of_triad, write_block
from small_chain import kernel, plain
from small_chain.chain import Array, Chain, read_chain

EQUAL = 1e-6  # of the stock, or of 1 t where it is smaller
ROUNDS = 4
OURS, NUMPY = "dearth's kernel style (numba)", "plain numpy"
WANTED = {"Mesa": 600, "PySD, arcs inside sums": 5000, "PySD, a variable an arc": 5000}
Work = Callable[[], Array]
Times = dict[str, list[tuple[float, float]]]


def programs(chain: Chain) -> dict[str, Work]:
    """Return what is installed, by name."""
    found: dict[str, Work] = {OURS: lambda: kernel.run(chain), NUMPY: lambda: plain.run(chain)}
    if find_spec("mesa"):
        from small_chain import mesa_chain

        found["Mesa"] = lambda: mesa_chain.run(chain)
    if find_spec("pysd"):
        from small_chain import pysd_chain

        for form, name in (("folded", "PySD, arcs inside sums"), ("arcs", "PySD, a variable an arc")):
            model = pysd_chain.load(chain, form, KEPT)
            found[name] = lambda m=model, f=form: pysd_chain.run(m, chain, f)
    return found


def differences(works: dict[str, Work]) -> dict[str, float]:
    """Return the largest relative difference to plain numpy; end where one is too large."""
    truth = works[NUMPY]()
    found = {}
    for name, work in works.items():
        found[name] = float((np.abs(work() - truth) / np.maximum(np.abs(truth), 1.0)).max())
        if not found[name] <= EQUAL:
            sys.exit(f"{name} differs by {found[name]:.2e} from plain numpy, over {EQUAL:.0e}: nothing timed")
    return found


def timed(works: dict[str, Work]) -> Times:
    """Let the programs take turns; a quick one runs many times a round, of which the best counts."""
    found: Times = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            runs = [once(work)]
            runs += [once(work) for _ in range(min(100, int(0.5 / runs[0][0])))]
            found[name].append((min(w for w, _ in runs), min(c for _, c in runs)))
    return found


def ratios(times: Times, name: str, column: int) -> tuple[float, float, float]:
    """Return the ratio of the best times to ours, and the lowest and highest ratio of a round."""
    ours, theirs = ([t[column] for t in times[n]] for n in (OURS, name))
    rounds = [b / a for a, b in zip(ours, theirs, strict=True)]
    return min(theirs) / min(ours), min(rounds), max(rounds)


def table(times: Times, apart: dict[str, float]) -> list[str]:
    """Return the rows of the programs."""
    lines = [
        "| program | difference | wall, best | CPU, best | wall / ours | rounds | CPU / ours | rounds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, pairs in times.items():
        wall, cpu = (min(p[i] for p in pairs) * 1e3 for i in (0, 1))
        cells = [name, f"{apart[name]:.0e}", f"{wall:,.2f} ms", f"{cpu:,.2f} ms"]
        for column in (0, 1):
            best, low, high = ratios(times, name, column)
            cells += [f"{best:,.1f}", f"{low:,.1f} to {high:,.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def verdicts(times: Times) -> list[str]:
    """Return what was wanted beside what was seen, and whoever was faster than we."""
    lines = []
    for name, wanted in WANTED.items():
        if name not in times:
            lines.append(f"- {name}: not installed, not run.")
            continue
        seen = ratios(times, name, 1)[0]
        word = "reached" if seen >= wanted else "**not reached**"
        lines.append(f"- {name}: {seen:,.0f} times our CPU time; {wanted:,} were wanted: {word}.")
    slower = [n for n in times if n != OURS and ratios(times, n, 1)[0] < 1]
    lines.append(f"- Faster than ours: {', '.join(slower) or 'none of these'}.")
    return lines


def limit(chain: Chain) -> list[str]:
    """Return the triad, the peak, the kernel alone and its share of both."""
    record, given = kernel.start(chain), kernel.tables(chain)
    seconds = best(lambda: kernel.simulate(record, *given), 500).cpu
    node, share = 8 * kernel.PLACES * kernel.LINKS, given[0][0].nbytes
    moved = chain.weeks * (2 * share + kernel.ROWS * node)  # shares are read twice
    near, far = speed_of_triad(share // 24, 20_000), speed_of_triad(40_000_000, 2)
    work, peak = chain.weeks * 2 * 2 * share // 8, peak_flops()
    return [
        f"The kernel alone, without its tables: {seconds * 1e3:.2f} ms a run (best CPU time of 500), "
        f"{seconds / chain.weeks * 1e6:.2f} us a week, {moved / seconds / 1e9:.0f} GB/s named by its lines, "
        f"{work / seconds / 1e9:.1f} Gflop/s in its sums over arcs. In the same run, one thread: STREAM-like "
        f"triad {near / 1e9:.0f} GB/s on arrays as large as the shares ({share / 1024:.0f} KiB, near) "
        f"and {far / 1e9:.1f} GB/s on 960 MB; {peak / 1e9:.0f} Gflop/s in numpy's product of matrices. "
        f"The kernel's share of the near triad: {moved / seconds / near:.0%}; of that product: "
        f"{work / seconds / peak:.0%}. What is wanted again by a sum and stays in the nearest cache is not "
        "counted, so this is arithmetic of what the lines name, not a count of the hardware's.",
    ]


def main() -> None:
    """Run, print and write."""
    chain = read_chain()
    works = programs(chain)
    apart = differences(works)
    times = timed(works)
    middle = median(c for _, c in times[OURS])
    spread = f"Our CPU time in {ROUNDS} rounds: median {middle * 1e3:.2f} ms. Best run of each round counts."
    said = machine(("numpy", "numba", "mesa", "pysd"))
    lines = [said, "", *table(times, apart), "", *verdicts(times), "", spread, "", *limit(chain)]
    write_block("bench_peers", lines)


if __name__ == "__main__":
    main()
