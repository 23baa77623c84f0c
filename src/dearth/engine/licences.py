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
_SHORTEST: Final = 1e-3  # weeks; a decision at once is one within ten minutes
_TERMS: Final = 12  # of the exponential series of numbers up to 1/8: exact to the last digit


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


def _generator(pace: FloatArray, grant: FloatArray, back: FloatArray, stages: FloatArray) -> FloatArray:
    """Return the rates between the stages, the refused and the granted, 1/week; (N, to, from)."""
    refused, granted = MOST_STAGES, MOST_STAGES + 1
    rates = np.zeros((pace.size, MOST_STAGES + 2, MOST_STAGES + 2))
    for stage in range(MOST_STAGES):
        last = stage + 1 == stages
        rates[:, stage, stage] = -pace
        rates[:, stage + 1, stage] = np.where(last, 0.0, pace)
        rates[:, refused, stage] += np.where(last, (1.0 - grant) * pace, 0.0)
        rates[:, granted, stage] = np.where(last, grant * pace, 0.0)
    rates[:, refused, refused] = -back
    rates[:, 0, refused] = back
    return rates


def _propagator(rates: FloatArray, weeks: float) -> FloatArray:
    """Return exp(rates * weeks) for each draw: Taylor terms of a small part of it, squared up again."""
    small = rates * weeks
    halvings = max(0, math.ceil(math.log2(max(float(np.abs(small).max()), 1e-9)))) + 3
    small = small / 2.0**halvings
    term = total = np.broadcast_to(np.eye(small.shape[1]), small.shape)
    for power in range(1, _TERMS):
        term = term @ small / power
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


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
    number of stages is an assumption (MODEL.md, step 5).  The chain is linear: solved
    exactly, by the exponential of its rates.
    """
    rates = _generator(
        stages / np.maximum(decision, _SHORTEST),
        grant,
        1.0 / np.maximum(refile, _SHORTEST),
        np.broadcast_to(stages, decision.shape),
    )
    y = np.zeros((decision.size, MOST_STAGES + 2, 1))
    y[:, 0] = 1.0
    share = np.zeros((times.size, decision.size))
    ahead: dict[float, FloatArray] = {}
    for i, weeks in enumerate(np.diff(times, prepend=0.0)):
        step = round(float(weeks), 9)
        if step > 0.0:
            if step not in ahead:
                ahead[step] = _propagator(rates, step)
            y = ahead[step] @ y
        share[i] = y[:, MOST_STAGES + 1, 0]
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
