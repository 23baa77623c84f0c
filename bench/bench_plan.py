"""The portfolio programme at its stated size: 50 scenarios, 150 projects, 20 years; seconds on 2 cores.

Run by ``make bench``.  Beside the least spending with parts of projects stands what whole ones cost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dearth.measures.portfolio import Problem, damage_of, rounded, solve
from measure import machine, once, told, write_block

SCENARIOS, PROJECTS, YEARS, COMMODITIES, LINKS = 50, 150, 20, 5, 3


def made_up(scenarios: int, projects: int, years: int, seed: int, squeezed: float) -> Problem:
    """Return a problem of projects and one stock of each commodity; `squeezed` is the share of lean years."""
    rng = np.random.default_rng(seed)
    rows, levers = COMMODITIES * LINKS, projects + COMMODITIES
    make = np.zeros((levers, rows))
    for j in range(projects):
        kinds = rng.choice(COMMODITIES, 2, replace=False)
        links = rng.integers(1, LINKS + 1)
        for k in kinds:
            make[j, k * LINKS : k * LINKS + links] = rng.uniform(20.0, 400.0)
    start = rng.integers(1, 2 * years, (scenarios, levers))
    made = (np.arange(years)[None, :, None] >= start[:, None, :]).astype(float)
    made[:, :, projects:] = 0.0
    stored = np.zeros((levers, COMMODITIES))
    stored[projects:] = np.eye(COMMODITIES) * 20.0
    lean = rng.random((scenarios, years)) < squeezed
    need = rng.uniform(200.0, 4000.0, rows)[None, None, :] * lean[:, :, None]
    squeeze = np.where(lean, np.cumsum(lean & ~np.pad(lean, ((0, 0), (1, 0)))[:, :-1], axis=1) - 1, -1)
    value = rng.uniform(0.5, 5.0, COMMODITIES)
    cost = np.r_[rng.uniform(20.0, 900.0, projects), value * 30.0]
    return Problem(
        cost=cost,
        most=np.r_[np.ones(projects), np.full(COMMODITIES, 260.0)],
        whole=np.r_[np.ones(projects, bool), np.zeros(COMMODITIES, bool)],
        running=np.zeros((scenarios, levers)),
        made=made,
        make=make,
        stored=stored,
        held=np.zeros((scenarios, COMMODITIES)),
        serves=np.repeat(np.eye(COMMODITIES), LINKS, axis=1),
        uses=np.repeat(np.eye(COMMODITIES), LINKS, axis=1),
        need=need,
        squeeze=squeeze,
        spot=0.05 * need[:, :, ::LINKS],
        premium=value * 0.3,
        refill=value * 0.05,
        value=value,
        chance=np.full(scenarios, 1.0 / scenarios),
    )


def row(squeezed: float, kept: float) -> str:
    """Return the row of one problem: `kept` of the damage without a portfolio is the limit."""
    problem = made_up(SCENARIOS, PROJECTS, YEARS, 1, squeezed)
    nothing = damage_of(problem, np.zeros_like(problem.cost))
    limit = kept * float(np.sort(nothing)[-5:].mean())
    got: list[Any] = []
    spent = once(lambda: got.append(solve(problem, limit=limit)))
    found = got[0]
    if found is None:
        return f"| {squeezed:.0%} | {told(spent.wall)} | no portfolio keeps the limit | | | |"
    more = once(lambda: got.append(rounded(problem, found, limit=limit)))
    whole = got[1]
    gap = "none" if whole is None else f"{max(0.0, whole.spending / whole.least - 1.0):.1%} above the bound"
    cells = [f"{squeezed:.0%}", told(spent.wall), told(spent.cpu), f"{found.risk:.0f} of {limit:.0f}"]
    cells += [f"{int((found.units[:PROJECTS] > 0).sum())}", told(more.wall), gap]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Solve, print and write."""
    lines = [
        machine(("dearth", "numpy", "highspy")),
        "",
        f"{SCENARIOS} scenarios, {PROJECTS} projects, {YEARS} years; one run each.",
        "",
        "| lean years | wall | CPU | damage in the worst tenth, of its limit | projects "
        "| rounding to whole ones | spending of it |",
        "|---|---|---|---|---|---|---|",
        *(row(squeezed, kept) for squeezed, kept in ((0.25, 0.3), (1.0, 0.8))),
    ]
    write_block("bench_plan", lines)


if __name__ == "__main__":
    main()
