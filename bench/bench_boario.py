# ruff: noqa: E402 (threads are set before numpy is loaded)
"""ARIO on pymrio's test table, in dearth's kernel style and by BoARIO: equal outputs first, then ratios.

Run by ``make bench``, which keeps BoARIO in an environment of its own.  A process each, a thread, in turns.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ario import kernel, plain
from ario.table import Array, Record, Table, lost_of, table_of
from measure import KEPT, Spent, best, machine, peak_flops, speed_of_triad, told, write_block

BOARIO = Path(os.environ.get("DEARTH_BENCH_BOARIO", KEPT / "boario" / "bin" / "python"))
SIDE = Path(__file__).parent / "ario" / "boario_side.py"
DAYS, ROUNDS, EQUAL = 730, 5, 1e-6
OURS, NUMPY, THEIRS = "dearth's kernel style (numba)", "plain numpy", "BoARIO"


class Other:
    """BoARIO in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], saved: Path) -> None:
        self.process = process
        self.tools = str(json.loads(self._line())["tools"])
        self.saved = np.load(saved)

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return line or sys.exit("BoARIO ended")

    def once(self) -> Spent:
        """Return what one run of it took, in its own clocks."""
        assert self.process.stdin is not None
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return Spent(*json.loads(self._line()))


@contextmanager
def other() -> Iterator[Other]:
    """Start BoARIO, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "boario.npz"
        command = [str(BOARIO), str(SIDE), str(saved), str(DAYS)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, text=True, cwd=folder, **pipes) as process:
            try:
                yield Other(process, saved)
            finally:
                process.terminate()


def given(saved: dict[str, Array]) -> tuple[Table, Array]:
    """Return the table and the loss as BoARIO read them."""
    table = table_of(saved["flow"], saved["final"], saved["usual"], int(saved["sectors"]))
    shares = dict(zip(saved["lost"].tolist(), saved["shares"].tolist(), strict=True))
    return table, lost_of(shares, len(table.usual), DAYS, *saved["event"].tolist())


def apart(record: Record, saved: dict[str, Array]) -> float:
    """Return the largest difference to BoARIO, of itself or of a unit of the table."""
    pairs = ((getattr(record, name), saved[name]) for name in Record._fields)
    return max(float((np.abs(a - b) / np.maximum(np.abs(b), 1)).max()) for a, b in pairs)


def limit(table: Table, lost: Array, seconds: float) -> str:
    """Return what the kernel moves and its share of the triad of this run."""
    cells = table.flow.size
    rows = table.recipe.size
    # Orders are read twice and written once, the table is read twice; 17 (i, f) rows as the lines name them.
    moved, work = len(lost) * 8 * (5 * cells + 17 * rows), len(lost) * 8 * cells
    near, peak = speed_of_triad(5 * cells // 3, 10_000), peak_flops()
    return (
        f"Our run takes {seconds / len(lost) * 1e6:.2f} us a day, names {moved / seconds / 1e9:.0f} GB/s in "
        f"its lines and does {work / seconds / 1e9:.1f} Gflop/s in passes over the table. In the same run "
        f"and one thread: triad on arrays as large as what it moves a day {near / 1e9:.0f} GB/s (share "
        f"{moved / seconds / near:.0%}), product of matrices {peak / 1e9:.0f} Gflop/s "
        f"(share {work / seconds / peak:.0%})."
    )


def rows(times: dict[str, list[Spent]], differences: dict[str, float]) -> list[str]:
    """Return the table of programs."""
    lines = [
        "| program | difference | wall, best | CPU, best | wall / ours | CPU / ours | rounds |",
        "|---|---|---|---|---|---|---|",
    ]
    ours = times[OURS]
    for name, spent in times.items():
        wall, cpu = min(s.wall for s in spent), min(s.cpu for s in spent)
        turns = [b.cpu / a.cpu for a, b in zip(ours, spent, strict=True)]
        cells = [name, f"{differences[name]:.0e}", told(wall), told(cpu)]
        cells += [f"{wall / min(s.wall for s in ours):,.1f}", f"{cpu / min(s.cpu for s in ours):,.1f}"]
        lines.append(f"| {' | '.join([*cells, f'{min(turns):,.1f} to {max(turns):,.1f}'])} |")
    return lines


def main() -> None:
    """Run, print and write."""
    if not BOARIO.exists():
        write_block("bench_boario", [f"{machine()} BoARIO is not installed: nothing run."])
        return
    with other() as boario:
        saved = dict(boario.saved)
        table, lost = given(saved)
        works: dict[str, Callable[[], Record]] = {
            OURS: lambda: kernel.run(table, lost),
            NUMPY: lambda: plain.run(table, lost),
        }
        differences = {name: apart(work(), saved) for name, work in works.items()} | {THEIRS: 0.0}
        for name, found in differences.items():
            if not found <= EQUAL:
                sys.exit(f"{name} differs by {found:.2e} from BoARIO, over {EQUAL:.0e}: nothing timed")
        times: dict[str, list[Spent]] = {name: [] for name in differences}
        for _ in range(ROUNDS):
            times[OURS].append(best(works[OURS], 50))
            times[NUMPY].append(best(works[NUMPY], 2))
            times[THEIRS].append(boario.once())
    seconds = min(s.cpu for s in times[OURS])
    said = [f"{machine()} The other process: {boario.tools}.", "", *rows(times, differences), ""]
    write_block("bench_boario", [*said, limit(table, lost, seconds)])


if __name__ == "__main__":
    main()
