"""Whole processes of the command line, from start to exit, beside ``python -c pass`` in turn.

Medians of rounds.  ``countdown`` is shown twice: found anew, and as the answer that an earlier run kept.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from measure import machine, write_block

ROUNDS = 11
LONG = 3  # rounds of what takes seconds
DEARTH = (str(Path(sys.executable).with_name("dearth")),)
WANTED = {"dearth --help": 150, "countdown --json, kept": 600, "licence CASE": 300}  # ms


def seconds(command: tuple[str, ...], **environment: str) -> tuple[float, float]:
    """Return wall and CPU time of one process."""
    before, start = os.times(), perf_counter()
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, capture_output=True, env={**clean, **environment})
    wall, after = perf_counter() - start, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, spent


def commands(folder: Path) -> dict[str, tuple[tuple[str, ...], dict[str, str], int]]:
    """Return name -> command, environment, rounds."""
    case = folder / "case.yaml"
    case.write_bytes(subprocess.run((*DEARTH, "licence", "template"), check=True, capture_output=True).stdout)
    kept = {"DEARTH_ANEW": ""}
    return {
        "python -c pass": ((sys.executable, "-c", "pass"), {}, ROUNDS),
        "dearth --help": ((*DEARTH, "--help"), {}, ROUNDS),
        "book show WORD": ((*DEARTH, "book", "show", "dysprosium"), {}, ROUNDS),
        "licence CASE": ((*DEARTH, "licence", str(case), "--quiet"), {}, ROUNDS),
        "countdown --json, kept": ((*DEARTH, "countdown", "--json", "--quiet"), kept, ROUNDS),
        "countdown --json, anew": ((*DEARTH, "countdown", "--json", "--quiet"), {"DEARTH_ANEW": "1"}, LONG),
    }


def main() -> None:
    """Run all in turn, print and write."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = commands(Path(folder))
        for command, environment, _ in wanted.values():  # caches of compiler, book and answers
            seconds(command, **environment)
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in wanted}
        for turn in range(ROUNDS):
            for name, (command, environment, rounds) in wanted.items():
                if turn < rounds:
                    times[name].append(seconds(command, **environment))
    lines = [machine(("numpy", "numba", "typer", "pydantic")), ""]
    lines += ["| process | wall, median | range | CPU, median | wanted | |", "|---|---|---|---|---|---|"]
    for name, found in times.items():
        walls, spent = [1e3 * wall for wall, _ in found], [1e3 * cpu for _, cpu in found]
        middle, most = statistics.median(walls), WANTED.get(name)
        verdict = "" if most is None else "reached" if middle <= most else "**not reached**"
        aim = "" if most is None else f"{most} ms"
        row = f"| `{name}` | {middle:,.0f} ms | {min(walls):,.0f} to {max(walls):,.0f} | "
        lines.append(f"{row}{statistics.median(spent):,.0f} ms | {aim} | {verdict} |")
    write_block("bench_start", lines)


if __name__ == "__main__":
    main()
