# ruff: noqa: E402, PLC0415 (threads are set before numpy is loaded; peers may be absent)
"""The small chain in dearth's kernel style, plain numpy, Mesa and PySD: equal outputs first, then ratios.

Run by ``make bench``; writes the dated block of docs/performance.md.  One process, one thread, in turns.
The best of several runs is used, for a machine may be shared; CPU time stands beside wall time.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np
from numba import njit

from small_chain import kernel, plain
from small_chain.chain import Array, Chain, read_chain

ROOT = Path(__file__).parents[1]
PAGE, KEPT = ROOT / "docs" / "performance.md", ROOT / "out" / "bench"
BEGIN, END = "<!-- begin: bench_peers -->", "<!-- end: bench_peers -->"
EQUAL = 1e-6  # of the stock, or of 1 t where it is smaller
ROUNDS = 4
OURS, NUMPY = "dearth's kernel style (numba)", "plain numpy"
WANTED = {"Mesa": 600, "PySD, arcs inside sums": 5000, "PySD, a variable an arc": 5000}
Work = Callable[[], Array]
Times = dict[str, list[tuple[float, float]]]


@njit(nogil=True, error_model="numpy")
def triad(a, b, c, scalar, times):
    """STREAM's triad, a = b + scalar * c, over and over."""
    for turn in range(times):
        for i in range(a.size):
            a[i] = b[i] + scalar * c[i]
        b[turn % b.size] += 1e-9


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


def once(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU time, s."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


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


def speed_of_triad(size: int, times: int) -> float:
    """Return bytes per second of CPU time, the best of several."""
    a, b, c = np.zeros(size), np.ones(size), np.ones(size)
    triad(a, b, c, 0.5, 1)
    return 24 * size * times / min(once(lambda: triad(a, b, c, 0.5, times))[1] for _ in range(7))


def limit(chain: Chain) -> list[str]:
    """Return the triad, the kernel alone and its share of the triad."""
    record, given = kernel.start(chain), kernel.tables(chain)
    seconds = min(once(lambda: kernel.simulate(record, *given))[1] for _ in range(500))
    node, share = 8 * kernel.PLACES * kernel.LINKS, given[0][0].nbytes
    # Shares are read twice; 40 rows of nodes are read or written once, as the kernel's lines name them.
    moved = chain.weeks * (2 * share + 40 * node)
    near, far = speed_of_triad(share // 24, 20_000), speed_of_triad(40_000_000, 2)
    work = chain.weeks * 2 * 2 * share // 8
    return [
        f"The kernel alone, without tables and axes put in order: {seconds * 1e3:.2f} ms a run "
        "(best CPU time of 500), "
        f"{seconds / chain.weeks * 1e6:.2f} us a week, {moved / seconds / 1e9:.0f} GB/s named by its lines, "
        f"{work / seconds / 1e9:.1f} Gflop/s in its sums over arcs. "
        "STREAM-like triad in the same run, one thread: "
        f"{near / 1e9:.0f} GB/s on arrays of the size of the shares ({share / 1024:.0f} KiB, near cache), "
        f"{far / 1e9:.1f} GB/s on 960 MB. "
        f"The kernel's share of the near triad: {moved / seconds / near:.0%}. "
        "Sums kept in registers are not counted, "
        "so this is arithmetic of what the lines name, not a count of the hardware's.",
    ]


def machine() -> str:
    """Return the machine and the versions."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    tools = []
    for tool in ("numpy", "numba", "mesa", "pysd"):
        try:
            tools.append(f"{tool} {version(tool)}")
        except PackageNotFoundError:
            tools.append(f"{tool} not installed")
    load = "/".join(f"{part:.1f}" for part in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {names[0] if names else 'processor not told'}, "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"{', '.join(tools)}; "
        f"load of the machine over 1/5/15 minutes at the end {load}."
    )


def write(lines: list[str]) -> None:
    """Put the block into the page."""
    text = PAGE.read_text("utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(head + BEGIN + "\n" + "\n".join(lines) + "\n" + END + tail, "utf-8")


def main() -> None:
    """Run, print and write."""
    chain = read_chain()
    works = programs(chain)
    apart = differences(works)
    times = timed(works)
    middle = median(c for _, c in times[OURS])
    spread = f"Our CPU time in {ROUNDS} rounds: median {middle * 1e3:.2f} ms. Best run of each round counts."
    lines = [machine(), "", *table(times, apart), "", *verdicts(times), "", spread, "", *limit(chain)]
    print("\n".join(lines))
    write(lines)


if __name__ == "__main__":
    main()
