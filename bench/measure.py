"""What every bench shares: clocks, limits of the machine, growth curves, and the dated blocks of the page."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "out" / "bench"  # what takes long to make and may be kept between runs


class Spent(NamedTuple):
    """Seconds on the clock and of the processor."""

    wall: float
    cpu: float


def once(work: Callable[[], object]) -> Spent:
    """Return what one call takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def best(work: Callable[[], object], times: int = 5) -> Spent:
    """Return the shortest wall and CPU time of some calls; what else the machine did only adds."""
    found = [once(work) for _ in range(times)]
    return Spent(min(s.wall for s in found), min(s.cpu for s in found))


def rounds(work: Callable[[], object], times: int = 5) -> list[Spent]:
    """Return what some calls took, one after another."""
    return [once(work) for _ in range(times)]


RATES = ["| what | wall, median | range | CPU, best | rate | beside |", "|---|---|---|---|---|---|"]


def rate_row(what: str, found: list[Spent], count: float, unit: str, beside: str = "") -> str:
    """Return a row of a table of rates: by the best CPU time, for other work only adds to it."""
    walls, cpu = [s.wall for s in found], min(s.cpu for s in found)
    spread = f"{told(min(walls))} to {told(max(walls))}"
    cells = [what, told(median(walls)), spread, told(cpu), f"{rounded(count / cpu)} {unit}/s", beside]
    return f"| {' | '.join(cells)} |"


def rounded(x: float) -> str:
    """Return a number with three digits that count."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def ratio(found: list[Spent], base: list[Spent]) -> float:
    """Return by how much the best CPU time is longer than that of something plain."""
    return min(s.cpu for s in found) / min(s.cpu for s in base)


@njit(nogil=True, error_model="numpy")
def triad(a, b, c, scalar, times):
    """STREAM's triad, a = b + scalar * c, over and over."""
    for turn in range(times):
        for i in range(a.size):
            a[i] = b[i] + scalar * c[i]
        b[turn % b.size] += 1e-9


def speed_of_triad(size: int, times: int) -> float:
    """Return bytes per second of CPU time on arrays of `size` numbers, the best of several."""
    a, b, c = np.zeros(size), np.ones(size), np.ones(size)
    triad(a, b, c, 0.5, 1)
    return 24 * size * times / best(lambda: triad(a, b, c, 0.5, times), 7).cpu


@njit(nogil=True, error_model="numpy")
def divisions(a, b, c, times):
    """Divide one array by another, over and over; every turn by other numbers."""
    for turn in range(times):
        for i in range(a.size):
            a[i] = b[i] / c[i]
        c[turn % c.size] += 1e-9


def speed_of_division(size: int = 2_000, times: int = 5_000) -> float:
    """Return divisions per second of CPU time, on vectors of numbers that lie near."""
    a, b, c = np.zeros(size), np.ones(size), np.full(size, 3.0)
    divisions(a, b, c, 1)
    return size * times / best(lambda: divisions(a, b, c, times), 7).cpu


def peak_flops(size: int = 768) -> float:
    """Return flop per second of CPU time in the product of two matrices by numpy's BLAS.

    As near to the peak as a program comes; threads count as CPU time, so the figure is that of one.
    """
    a, b = np.ones((size, size)), np.ones((size, size))
    return 2 * size**3 / best(lambda: a @ b, 7).cpu


class Growth(NamedTuple):
    """A fitted exponent: time = constant x size ^ exponent."""

    exponent: float
    low: float
    high: float


def growth(sizes: Sequence[float], seconds: Sequence[float]) -> Growth:
    """Return the exponent by least squares of logarithms, with its 95 % interval (Student's t)."""
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(seconds, float))
    fit = stats.linregress(x, y)
    wide = float(stats.t.ppf(0.975, len(x) - 2)) * float(fit.stderr) if len(x) > 2 else float("nan")
    return Growth(float(fit.slope), float(fit.slope) - wide, float(fit.slope) + wide)


def growth_row(what: str, unit: str, sizes: Sequence[float], seconds: Sequence[float]) -> str:
    """Return a row of a table of growth: sizes, times, exponent."""
    found = growth(sizes, seconds)
    pairs = ", ".join(f"{size:,.0f}: {told(s)}" for size, s in zip(sizes, seconds, strict=True))
    return f"| {what} | {unit} | {pairs} | {found.exponent:.2f} ({found.low:.2f} to {found.high:.2f}) |"


def told(seconds: float) -> str:
    """Return a time with its unit."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:,.1f} us" if seconds >= 1e-6 else f"{seconds * 1e9:,.0f} ns"
    if seconds < 1:
        return f"{seconds * 1e3:,.2f} ms"
    return f"{seconds:,.2f} s" if seconds < 100 else f"{seconds:,.0f} s"


def verdict(what: str, seen: float, wanted: float, told_as: Callable[[float], str], *, most: bool) -> str:
    """Return a line of the page that says what was wanted; `most`: no more of it, else no less.

    The table at the head of the page is made from these lines, see wanted.py.
    """
    word = "reached" if (seen <= wanted if most else seen >= wanted) else "**not reached**"
    return f"- {what}: {told_as(seen)}; {told_as(wanted)} were wanted: {word}."


def machine(tools: Iterable[str] = ("numpy", "numba")) -> str:
    """Return the day, the machine and the versions."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = "/".join(f"{part:.1f}" for part in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {names[0] if names else 'processor not told'}, "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"{', '.join(_version(tool) for tool in tools)}; "
        f"load of the machine over 1/5/15 minutes at the end {load}."
    )


def _version(tool: str) -> str:
    try:
        return f"{tool} {version(tool)}"
    except PackageNotFoundError:
        return f"{tool} not installed"


def write_block(name: str, lines: list[str], *, show: bool = True) -> None:
    """Put the block of a bench into the page, which holds its marks, and print it."""
    if show:
        print("\n".join(lines))
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    text = PAGE.read_text("utf-8")
    head, rest = text.split(begin)
    tail = rest.split(end)[1]
    PAGE.write_text(f"{head}{begin}\n{chr(10).join(lines)}\n{end}{tail}", "utf-8")
