"""Every bench in turn, and its dated block in docs/performance.md; run by ``make bench``.

A bench that writes no block of its own has its lines put there as they were printed.
Some only: ``python bench/renew_page.py NAME...``.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

from measure import PAGE, machine, write_block

HERE = Path(__file__).parent
TOOLS = ("dearth", "numpy", "numba", "duckdb", "highspy", "scikit-learn")
SLOWEST = 900.0  # s


def place_for(name: str, title: str) -> None:
    """Give a bench its place at the end of the page, unless it has one."""
    text = PAGE.read_text("utf-8").rstrip("\n")
    if f"<!-- begin: {name} -->" not in text:
        place = f"<!-- begin: {name} -->\n<!-- end: {name} -->"
        PAGE.write_text(f"{text}\n\n## {title}\n\n{place}\n", "utf-8")


def title_of(path: Path) -> str:
    """Return the first line of a bench's own words."""
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or path.stem
    return words.splitlines()[0].split(":")[0].split("; ")[0].rstrip(".")


def ran(path: Path) -> bool:
    """Run one bench, put its lines on the page, and say whether it ended well."""
    print(f"== {path.name}", flush=True)
    place_for(path.stem, title_of(path))
    start = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, str(path)], capture_output=True, encoding="utf-8", timeout=SLOWEST, check=False
        )
    except subprocess.TimeoutExpired:
        print(f"stopped: over {SLOWEST:g} s")
        return False
    print(done.stdout, done.stderr if done.returncode else "", sep="")
    if done.returncode == 0 and "write_block" not in path.read_text("utf-8"):
        write_block(
            path.stem, [machine(TOOLS), "", "```", *done.stdout.rstrip().splitlines(), "```"], show=False
        )
    print(f"== {path.name}: ended with {done.returncode} after {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode == 0


def main() -> None:
    """Run what is asked, else all."""
    asked = [HERE / f"{name.removesuffix('.py')}.py" for name in sys.argv[1:]]
    failed = [path.name for path in asked or sorted(HERE.glob("bench_*.py")) if not ran(path)]
    if failed:
        sys.exit(f"did not end well, their blocks are as they were: {', '.join(failed)}")


if __name__ == "__main__":
    main()
