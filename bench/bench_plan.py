"""The portfolio programme at its stated size: 50 scenarios, 150 projects, 20 years; seconds on 2 cores.

python bench/bench_plan.py
"""

from __future__ import annotations

import time

import numpy as np

from dearth.measures.portfolio import Problem, damage_of, rounded, solve

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


def main() -> None:
    for squeezed, kept in ((0.25, 0.3), (1.0, 0.8)):
        problem = made_up(SCENARIOS, PROJECTS, YEARS, 1, squeezed)
        nothing = damage_of(problem, np.zeros_like(problem.cost))
        limit = kept * float(np.sort(nothing)[-5:].mean())
        began = time.perf_counter()
        found = solve(problem, limit=limit)
        seconds = time.perf_counter() - began
        if found is None:
            print(f"{squeezed:.0%} of years lean: no portfolio keeps the limit, {seconds:.1f} s")
            continue
        began = time.perf_counter()
        whole = rounded(problem, found, limit=limit)
        more = time.perf_counter() - began
        gap = (
            "no whole portfolio"
            if whole is None
            else f"{max(0.0, whole.spending / whole.least - 1.0):.1%} above the bound"
        )
        print(
            f"{SCENARIOS} scenarios x {PROJECTS} projects x {YEARS} years, {squeezed:.0%} of years lean: "
            f"{seconds:.1f} s, spending {found.spending:.0f}, CVaR {found.risk:.0f} of {limit:.0f}, "
            f"{int((found.units[:PROJECTS] > 0).sum())} projects; "
            f"whole projects by rounding {more:.1f} s, {gap}"
        )


if __name__ == "__main__":
    main()
