"""A million members in one go: how long, and whether memory stays.  Too long for ``make bench``.

``python bench/million_members.py --weeks 4 --write``; the blocks go to a folder of out/bench, so a run
that was ended goes on there, and says that it did.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from measure import KEPT, machine, write_block

SCENARIO = "squeeze-2025"
SIZE = 250  # members of a block
EVERY = 20.0  # s between two looks
WARM = 0.1  # share of the members in which workers start and caches fill
MOST = 1.05  # how much more memory the end may hold than the warm start
TOOLS = ("dearth", "numpy", "numba")
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


class Look(NamedTuple):
    """What was seen at one time: blocks that are done, MB of the command and of all its workers."""

    seconds: float
    blocks: int
    command: float
    workers: float


def resident(process: int) -> float:
    """Return the memory of a process, MB of 10^6 bytes; none if it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * PAGE_SIZE / 1e6
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def children(process: int) -> list[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(word) for path in tasks for word in path.read_text("ascii").split()]


def watched(process: subprocess.Popen[bytes], folder: Path) -> list[Look]:
    """Look at the run until it ends."""
    found, start = [], time.monotonic()
    while True:
        done = len(list(folder.glob("*.block")))
        workers = sum(resident(child) for child in children(process.pid))
        found.append(Look(time.monotonic() - start, done, resident(process.pid), workers))
        try:
            process.wait(EVERY)
        except subprocess.TimeoutExpired:
            continue
        return found


def told(looks: list[Look], seconds: float, members: int, weeks: int) -> list[str]:
    """Return the lines of the block."""
    first = looks[0].blocks * SIZE
    warm = [look for look in looks if look.blocks * SIZE >= WARM * members] or looks
    third = max(1, len(warm) // 3)
    early, late = (
        max(look.command + look.workers for look in part) for part in (warm[:third], warm[-third:])
    )
    most = max(look.command + look.workers for look in looks)
    word = "reached" if late <= MOST * early else "**not reached**"
    kept = f", {first:,} of them kept from before" if looks[0].blocks > 1 else ""
    return [
        f"{members:,} members of {SCENARIO}, {weeks} weeks, blocks of {SIZE}, two workers{kept}.",
        "",
        f"- {seconds / 60:.1f} minutes, {(members - first) / seconds:,.0f} members a second.",
        f"- Memory of the command and its workers, every {EVERY:.0f} s: {most:,.0f} MB at most; after "
        f"{WARM:.0%} of the members {early:,.0f} MB at most in the first third, {late:,.0f} MB in the last.",
        f"- memory of the last third, of that of the first: {late / early:.2f} times; {MOST:.2f} times were "
        f"wanted: {word}.",
    ]


def main() -> None:
    """Run, watch, tell."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--weeks", type=int, default=4)
    asked.add_argument("--members", type=int, default=1_000_000)
    asked.add_argument("--write", action="store_true", help="put the block into docs/performance.md")
    given = asked.parse_args()
    folder = KEPT / f"million-{given.weeks}-weeks"  # a folder keeps one ensemble
    command = [
        sys.executable, "-m", "dearth", "countdown", SCENARIO, "--weeks", str(given.weeks),
        "--draws", str(given.members), "--workers", "2", "--keep", str(folder), "--json",
    ]  # fmt: skip
    folder.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with (folder.parent / "million.json").open("wb") as out:
        process = subprocess.Popen(command, stdout=out)
        looks = watched(process, folder)
    if process.returncode:
        sys.exit(process.returncode)
    lines = [machine(TOOLS), "", *told(looks, time.monotonic() - start, given.members, given.weeks)]
    if given.write:
        write_block("million_members", lines)
    else:
        print("\n".join(lines))


if __name__ == "__main__":
    main()
