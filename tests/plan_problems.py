"""Small problems of a portfolio, at random."""

from __future__ import annotations

import numpy as np

from dearth.measures.portfolio_rows import Problem


def small_problem(seed: int, scenarios: int = 4, years: int = 3) -> Problem:
    """Return a problem of four levers (two plants, two stocks), two commodities and three rows."""
    rng = np.random.default_rng(seed)
    lean = rng.random((scenarios, years)) < 0.7
    lean[:, 1] = True
    need = rng.uniform(0.0, 10.0, (scenarios, years, 3)) * lean[:, :, None]
    make = np.zeros((4, 3))
    make[:2] = rng.uniform(1.0, 6.0, (2, 3)) * (rng.random((2, 3)) < 0.8)
    made = rng.random((scenarios, years, 4))
    stored = np.zeros((4, 2))
    stored[2, 0], stored[3, 1] = 1.0, 1.0
    return Problem(
        cost=rng.uniform(1.0, 5.0, 4),
        most=np.array([1.0, 1.0, 8.0, 8.0]),
        whole=np.array([True, True, False, False]),
        running=rng.uniform(0.0, 1.0, (scenarios, 4)),
        made=made,
        make=make,
        stored=stored,
        held=rng.uniform(0.0, 1.0, (scenarios, 2)),
        serves=np.array([[1.0, 0.3, 0.0], [0.0, 0.0, 1.0]]),
        uses=np.array([[1.0, 0.3, 0.0], [0.0, 0.5, 1.0]]),
        need=need,
        squeeze=np.where(lean, 0, -1),
        spot=rng.uniform(0.0, 0.5, (scenarios, years, 2)),
        premium=rng.uniform(0.5, 1.0, 2),
        refill=rng.uniform(0.1, 0.3, 2),
        value=rng.uniform(3.0, 9.0, 2),
        chance=np.full(scenarios, 1.0 / scenarios),
    )
