"""The benches in turn, each with its dated block in docs/performance.md; run by ``make bench``.

Some only: ``python bench/renew_page.py NAME...``.  The table at the head of the page is made anew from all
blocks.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import wanted
from measure import PAGE, write_block

HERE = Path(__file__).parent
SLOWEST = 600.0  # s
# In the order of the page; all together within twelve minutes on two quiet cores.
BENCHES = (
    "engine",
    "growth",
    "ensemble",
    "float32",
    "peers",
    "boario",
    "firm",
    "start",
    "licence",
    "claims",
    "screen",
    "book",
    "plan",
    "validate",
    "web",
    "page",
)
# What `make bench` does not run, and why.
OUTSIDE = {
    "screen_cases": "tells what is found, not how fast; writes docs/screen.md",
    "screen_public": "needs a folder of public declarations; writes docs/screen.md",
}
ROW = re.compile(r"^\| (\w+) \| ([\d.]+) s \| ([\d-]+) \|$", re.MULTILINE)


def ran(name: str) -> float | None:
    """Run one bench, which writes its block; return its seconds, or nothing if it did not end well."""
    print(f"== {name}", flush=True)
    command = [sys.executable, str(HERE / f"bench_{name}.py")]
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SLOWEST, check=False)
    except subprocess.TimeoutExpired:
        print(f"stopped: over {SLOWEST:g} s")
        return None
    seconds = time.monotonic() - start
    print(done.stdout, done.stderr if done.returncode else "", sep="")
    print(f"== {name}: ended with {done.returncode} after {seconds:.0f} s", flush=True)
    return seconds if done.returncode == 0 else None


def write_seconds(found: dict[str, float]) -> None:
    """Write how long each bench took when it last ran."""
    _, _, rest = PAGE.read_text("utf-8").partition("<!-- begin: seconds -->")
    kept = {name: (seconds, day) for name, seconds, day in ROW.findall(rest)}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    kept |= {name: (f"{seconds:.0f}", today) for name, seconds in found.items()}
    known = [name for name in BENCHES if name in kept]
    total = sum(float(kept[name][0]) for name in known)
    rows = [f"| {name} | {kept[name][0]} s | {kept[name][1]} |" for name in known]
    head = [f"{len(known)} of {len(BENCHES)} benches, {total / 60:.1f} min.", ""]
    write_block("seconds", [*head, "| bench | took | on |", "|---|---|---|", *rows])


def main() -> None:
    """Run what is asked, else all, and tell of all."""
    asked = [name.removesuffix(".py").removeprefix("bench_") for name in sys.argv[1:]]
    unknown = sorted({*asked} - {*BENCHES, *OUTSIDE})
    if unknown:
        sys.exit(f"no such bench: {', '.join(unknown)}; there are {', '.join((*BENCHES, *OUTSIDE))}")
    found = {name: ran(name) for name in asked or BENCHES}
    write_seconds({name: seconds for name, seconds in found.items() if seconds is not None})
    wanted.main()
    failed = [name for name, seconds in found.items() if seconds is None]
    if failed:
        sys.exit(f"did not end well, their blocks are as they were: {', '.join(failed)}")


if __name__ == "__main__":
    main()
