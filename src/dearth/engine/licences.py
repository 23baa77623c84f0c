"""Licence gates: what share of the base flow may leave, from the decision chain alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray

__all__ = ["OPEN", "Gate", "GateNumbers", "allowance", "licensed_share"]

OPEN: Final = 1e9  # allowance of a route without a gate, as a multiple of its base flow
MOST_STAGES: Final = 5
STAGES: Final = 3.0  # usual stages of the decision chain: provincial check, ministry, issue
_LONGEST_STEP: Final = 1.0 / 16.0  # weeks, inside the integration


class Gate(NamedTuple):
    """One dated change of the rule for a class of goods.

    `kind` is one of ``licence``, ``inspect``, ``prohibit``, ``stop-flow``, ``open``; `week` counts
    from the start of the run.
    """

    week: float
    kind: str


class GateNumbers(NamedTuple):
    """Numbers of a gate, one per draw.

    Attributes
    ----------
    decision
        Mean time from application to decision, weeks.
    grant
        Share granted in each round of applications.
    refile
        Mean time from a refusal to the next application, weeks.
    stages
        Steps of the decision chain, whole numbers from 1 to 5.
    declared
        Weeks for which goods already declared still pass.
    headroom
        Licensed trade over the base flow, at most.
    inspected, inspection
        Share of uncontrolled goods that customs test, and the mean time it takes, weeks.
    """

    decision: FloatArray
    grant: FloatArray
    refile: FloatArray
    stages: FloatArray
    declared: FloatArray
    headroom: FloatArray
    inspected: FloatArray
    inspection: FloatArray


class _Chain(NamedTuple):
    """Rates of the decision chain, one per draw; `last` marks the deciding stage, (stage, N)."""

    pace: FloatArray
    grant: FloatArray
    back: FloatArray
    last: FloatArray

    def slope(self, y: FloatArray) -> FloatArray:
        """Return the time derivative of the stages, the refused and the granted, 1/week."""
        flow = self.pace * y[:MOST_STAGES]
        decided = (flow * self.last).sum(axis=0)
        refiled = self.back * y[MOST_STAGES]
        change = np.empty_like(y)
        change[:MOST_STAGES] = -flow
        change[1:MOST_STAGES] += (flow * (1.0 - self.last))[:-1]
        change[0] += refiled
        change[MOST_STAGES] = (1.0 - self.grant) * decided - refiled
        change[MOST_STAGES + 1] = self.grant * decided
        return change

    def step(self, y: FloatArray, h: float) -> FloatArray:
        """Return the state after `h` weeks: one classic Runge-Kutta step."""
        k1 = self.slope(y)
        k2 = self.slope(y + 0.5 * h * k1)
        k3 = self.slope(y + 0.5 * h * k2)
        k4 = self.slope(y + h * k3)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def licensed_share(
    times: FloatArray,
    decision: FloatArray,
    grant: FloatArray,
    refile: FloatArray,
    stages: FloatArray | float = STAGES,
) -> FloatArray:
    """Return the share of standing customers that holds a licence, at each of `times`.

    All apply at time 0.  A decision takes `stages` steps in a row (an Erlang time with mean
    `decision`); refused applications come back after a mean of `refile` weeks.

    Parameters
    ----------
    times
        Weeks since the rule, rising, not negative; shape (S,).
    decision, grant, refile, stages
        Weeks, share, weeks, whole numbers from 1 to 5; shape (N,).

    Returns
    -------
    FloatArray
        Shape (S, N), from 0 towards 1 where `grant` is above 0.

    Notes
    -----
    Statutory limit 45 working days, Announcement 18 of 2025 and the dual-use regulation; the
    number of stages is an assumption (MODEL.md, step 5).  Classic Runge-Kutta, step 1/16 week.
    """
    last = np.arange(1, MOST_STAGES + 1)[:, None] == np.broadcast_to(stages, decision.shape)
    chain = _Chain(stages / decision, grant, 1.0 / refile, last.astype(np.float64))
    y = np.zeros((MOST_STAGES + 2, decision.size))
    y[0] = 1.0
    share = np.zeros((times.size, decision.size))
    now = 0.0
    for i, t in enumerate(times):
        n = math.ceil((float(t) - now) / _LONGEST_STEP)
        for _ in range(n):
            y = chain.step(y, (float(t) - now) / n)
        now = float(t)
        share[i] = y[MOST_STAGES + 1]
    return share


def _gate_path(instants: FloatArray, gate: Gate, numbers: GateNumbers) -> FloatArray:
    """Return the allowance at the `instants` as if `gate` alone were in force from its week on."""
    since = np.maximum(0.0, instants - gate.week)
    ones = np.ones_like(numbers.decision)
    if gate.kind == "licence":
        share = licensed_share(since, numbers.decision, numbers.grant, numbers.refile, numbers.stages)
        return share * numbers.headroom
    if gate.kind == "inspect":
        done = licensed_share(since, numbers.inspection, ones, ones)
        return (1.0 - numbers.inspected * (1.0 - done)) * numbers.headroom
    if gate.kind in {"prohibit", "stop-flow"}:
        return np.zeros((instants.size, ones.size))
    return np.full((instants.size, ones.size), OPEN)


def _share_after(instants: FloatArray, week: FloatArray) -> FloatArray:
    """Return the share of each step that lies after `week` (one per draw); shape (T, N)."""
    start, end = instants[:-1, None], instants[1:, None]
    return np.clip((end - week[None, :]) / (end - start), 0.0, 1.0)


def allowance(n_steps: int, steps_per_week: int, gates: Sequence[Gate], numbers: GateNumbers) -> FloatArray:
    """Return what may leave in each step, as a multiple of the base flow.

    Parameters
    ----------
    n_steps, steps_per_week
        Clock of the run.
    gates
        Changes of the rule in order of week; a later one replaces the earlier.
    numbers
        One value per draw.

    Returns
    -------
    FloatArray
        Mean over each step, shape (T, N); `OPEN` where nothing holds the goods.
    """
    instants = np.arange(n_steps + 1) / steps_per_week
    total = np.full((n_steps, numbers.decision.size), OPEN)
    for gate in gates:
        path = _gate_path(instants, gate, numbers)
        mean = 0.5 * (path[1:] + path[:-1])
        passes = numbers.declared if gate.kind in {"licence", "inspect", "prohibit"} else 0.0
        after = _share_after(instants, np.full(numbers.decision.size, gate.week) + passes)
        before = np.where(after > 0.0, np.minimum(total, numbers.headroom), total)
        total = np.where(after >= 1.0, mean, after * mean + (1.0 - after) * before)
    return total
