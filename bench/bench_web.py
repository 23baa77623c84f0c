"""From a moved slider to the answer in hand: a real server, thirty moves in a row, medians and p95.

Run by ``make bench``, by hand with ``python bench/bench_web.py [MOVES] [DRAWS]``; ratios are to the empty
request.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "faces"))

from web_client import API, ask, free_port, until

from measure import machine, write_block

WEEKS = 104
SLIDER = "cover-assembly-maker"


def moved(line: http.client.HTTPConnection, value: float, **body: Any) -> tuple[float, float, int]:
    """Return milliseconds on the clock, milliseconds of the engine, and bytes, of one move."""
    asked = {"scenario": "squeeze-2025", "weeks": WEEKS, "lean": True, "set": {SLIDER: value}, **body}
    start = time.perf_counter()
    line.request("POST", f"{API}/run/countdown", json.dumps(asked), {"Content-Type": "application/json"})
    reply = line.getresponse()
    content = reply.read()
    spent = 1e3 * (time.perf_counter() - start)
    assert reply.status == 200, content[:500]
    engine = reply.headers["Server-Timing"].split("engine;dur=")[1].split(",")[0]
    return spent, float(engine), len(content)


def shown(name: str, times: list[float], unit: float) -> str:
    """Return the row of some times: median, p95, and the ratio of the median to the empty request."""
    last = sorted(times)[max(0, round(0.95 * len(times)) - 1)]
    middle = statistics.median(times)
    return f"| {name} | {len(times)} | {middle:,.1f} ms | {last:,.1f} ms | {middle / unit:,.1f} |"


def empty(port: int, times: int) -> list[float]:
    """Return milliseconds of requests that ask for nothing."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        ask(port, "GET", "/health")
        found.append(1e3 * (time.perf_counter() - start))
    return found


def main() -> None:
    moves, draws = (int(text) for text in (*sys.argv[1:], *("30", "200")[len(sys.argv) - 1 :]))
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "dearth", "serve", "--port", str(port), "--quiet"])
    try:
        assert until(lambda: process.poll() is not None or _warm(port), 600.0)
        assert process.poll() is None, "the server ended"
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        moved(line, 7.5, central=True)
        values = [3.0 + 0.3 * k for k in range(moves)]
        median_path = [moved(line, value, central=True) for value in values]
        fan = [moved(line, value, draws=draws) for value in values[: max(1, moves // 10)]]
        again = [moved(line, values[0], central=True) for _ in values]
        unit = empty(port, moves)
        middle = statistics.median(unit)
        lines = [
            machine(("dearth", "numpy", "numba", "fastapi", "uvicorn")),
            "",
            f"{WEEKS} weeks; answers of {median_path[0][2] / 1e3:.0f} kB (median path) and "
            f"{fan[0][2] / 1e3:.0f} kB (fan); the server held {_memory(process.pid)} MB at most.",
            "",
            "| request | moves | median | p95 | median / empty request |",
            "|---|---|---|---|---|",
            shown("empty request", unit, middle),
            shown("median path (1 draw)", [one[0] for one in median_path], middle),
            shown("of it the engine", [one[1] for one in median_path], middle),
            shown(f"fan ({draws} draws)", [one[0] for one in fan], middle),
            shown("same question again", [one[0] for one in again], middle),
        ]
        write_block("bench_web", lines)
    finally:
        process.terminate()
        process.wait()


def _warm(port: int) -> bool:
    try:
        return bool(ask(port, "GET", "/health")[1]["warm"])
    except OSError:
        return False


def _memory(pid: int) -> str:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return "unknown"
    line = next(line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM"))
    return f"{int(line.split()[1]) / 1024:.0f}"


if __name__ == "__main__":
    main()
