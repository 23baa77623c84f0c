"""From the move of a slider to the last chart painted, in a real browser: median path and fan apart.

Thirty moves in a row of one slider of squeeze-2025 with 200 draws and 104 weeks, each to a new value.
The page measures itself: from the input event to the task after the frame that shows the answer.
"""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from measure import machine, write_block

MOVES = 30
SECONDS = 20.0  # after which no further move is made
DRAWS, WEEKS = 200, 104
TOOLS = ("dearth", "fastapi", "playwright")
SLIDER = "cover-assembly-maker"
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
_ENDS = "(name) => performance.getEntriesByName(name).map((one) => one.duration)"
_CLEAR = "() => { performance.clearMeasures(); performance.clearResourceTimings(); }"
_SERVER = """(fan) => {
    const runs = performance.getEntriesByType("resource").filter((one) => one.name.includes("/run/"));
    const whole = (one) => one.serverTiming.find((part) => part.name === "total")?.duration;
    return runs.map(whole).filter((ms) => ms !== undefined).filter((_ms, at) => !fan || at % 2 === 1);
}"""
_MOVE = """([id, value]) => {
    const slider = document.getElementById(id);
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.005)


def warm(base: str) -> bool:
    with suppress(URLError, ConnectionError), urlopen(f"{base}api/v1/health", timeout=5) as told:
        return b'"warm":true' in told.read()
    return False


def moves(page: Any, name: str, first: float) -> tuple[list[float], list[float]]:
    """Return milliseconds of up to thirty moves, each begun after the last, and of them the server's."""
    page.evaluate(_CLEAR)
    end = time.monotonic() + SECONDS
    for number in range(MOVES):
        page.evaluate(_MOVE, [f"slider-{SLIDER}", round(first + 0.2 * number, 1)])
        wait(lambda done=number: len(page.evaluate(_ENDS, name)) > done, 300)
        if time.monotonic() > end:
            break
    return list(page.evaluate(_ENDS, name)), list(page.evaluate(_SERVER, name == "dearth:fan"))


def row(what: str, times: list[float], server: list[float]) -> str:
    """Return the row of some moves."""
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    inside = f"{statistics.median(server):,.0f} ms" if server else "not told"
    ends = f"{statistics.median(times):,.0f} ms | {p95:,.0f} ms | {min(times):,.0f} to {max(times):,.0f} ms"
    return f"| {what} | {len(times)} | {ends} | {inside} |"


def measured(base: str) -> list[str]:
    """Return the rows of both kinds of answer."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{base}?view=countdown&draws={DRAWS}&weeks={WEEKS}&lang=en")
        wait(lambda: len(page.evaluate(_ENDS, "dearth:fan")) > 0, 300)
        median = row("slider to median path, painted", *moves(page, "dearth:median", 3.2))
        wait(lambda: "busy" not in page.evaluate("() => document.body.className"), 300)
        fan = row(f"slider to fan of {DRAWS} draws, painted", *moves(page, "dearth:fan", 9.2))
        chromium.close()
    return [median, fan]


def main() -> None:
    if shutil.which("chromium") is None:
        write_block("bench_page", [f"{machine(TOOLS)} No chromium on PATH: nothing measured."])
        return
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "dearth", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait(lambda: warm(base), 180)
            rows = measured(base)
        finally:
            server.terminate()
    head = [
        machine(TOOLS),
        "",
        f"squeeze-2025, {DRAWS} draws x {WEEKS} weeks, in Chromium; up to {MOVES} moves or {SECONDS:g} s.",
        "",
        "| from the slider on | moves | median | p95 | range | of it the server |",
        "|---|---|---|---|---|---|",
    ]
    write_block("bench_page", [*head, *rows])


if __name__ == "__main__":
    main()
