"""Weighted least squares under balances that are sums of products of figures.

The problem is ``min sum(((x_i - m_i) / sigma_i)**2)`` under ``c(x) = 0`` and ``lower <= x <= upper``, where
each balance ``c`` is a sum of terms ``coefficient * product(x_j ** p_j)``.  Each round linearises the
balances at the last point and solves the linear problem by its Karush-Kuhn-Tucker equations; bounds are kept
by an active set.  For linear balances one round is the answer.  numpy is enough: the systems are small and
dense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault, ModelError

__all__ = ["Balanced", "Constraint", "Measurement", "Term", "solve"]

Array = npt.NDArray[np.float64]

_HOLD: Final = 1e-12  # weight that keeps what no figure determines at its start
_SOFT: Final = 1e-12  # relaxes dependent balances; Newton rounds remove its effect
_TINY: Final = 1e-12
_ROUGH: Final = 1e-3  # of one sigma, while bounds are sought
_FINE: Final = 1e-9
_MAX_ROUNDS: Final = 60
_MAX_SWITCHES: Final = 200
_PHASE: Final = "Reconciling the base year"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure to reconcile.

    Attributes
    ----------
    id
        Unique name.
    value
        What the source says; for an unmeasured figure its start.
    sigma
        One standard deviation, same unit as `value`: 0 fixes the figure, infinity leaves it free.
    lower, upper
        Bounds the reconciled figure keeps.
    """

    id: str
    value: float
    sigma: float
    lower: float = 0.0
    upper: float = float("inf")


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient * product(figure ** power)``, e.g. ore x basket x recovery."""

    coefficient: float
    factors: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A balance: its terms sum to zero."""

    id: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Balanced:
    """The reconciled figures.

    Attributes
    ----------
    values
        By id of the measurement.
    cost
        Sum of squared z over the measured figures.
    closure
        Largest absolute balance over the size of its terms.
    rounds
        Linearised problems that were solved.
    """

    values: Mapping[str, float]
    cost: float
    closure: float
    rounds: int


def _size(figure: Measurement) -> float:
    """Return a magnitude of a figure that is never zero."""
    spread = figure.sigma if 0 < figure.sigma < np.inf else 0.0
    return max(abs(figure.value), spread) or 1.0


class _Terms:
    """All terms of all balances as arrays, scaled so that each balance is of order one."""

    def __init__(self, figures: Sequence[Measurement], constraints: Sequence[Constraint]) -> None:
        place = {figure.id: i for i, figure in enumerate(figures)}
        flat = [(row, term) for row, c in enumerate(constraints) for term in c.terms]
        width = max((len(term.factors) for _, term in flat), default=1)
        self.rows = np.array([row for row, _ in flat], dtype=np.intp)
        self.coefficient = np.array([term.coefficient for _, term in flat], dtype=np.float64)
        self.index = np.full((len(flat), width), len(figures), dtype=np.intp)
        self.power = np.zeros((len(flat), width))
        for k, (_, term) in enumerate(flat):
            for j, (name, power) in enumerate(term.factors):
                self.index[k, j], self.power[k, j] = place[name], power
        self.size = len(constraints), len(figures)
        typical = np.array([_size(figure) for figure in figures])
        self.scale = self._sum(np.abs(self.coefficient) * self._factors(typical).prod(axis=1))

    def _sum(self, terms: Array) -> Array:
        return np.bincount(self.rows, terms, minlength=self.size[0]).astype(np.float64)

    def _factors(self, x: Array) -> Array:
        return np.asarray(np.append(x, 1.0)[self.index] ** self.power)

    def values(self, x: Array) -> Array:
        """Return each balance at `x`, over its scale."""
        return self._sum(self.coefficient * self._factors(x).prod(axis=1)) / self.scale

    def slopes(self, x: Array) -> Array:
        """Return the Jacobian of `values`, balances by figures."""
        factors, padded = self._factors(x), np.append(x, 1.0)
        jacobian = np.zeros((self.size[0], self.size[1] + 1))
        for j in range(factors.shape[1]):
            others = np.delete(factors, j, axis=1).prod(axis=1)
            own = self.power[:, j] * padded[self.index[:, j]] ** np.where(
                self.power[:, j] == 0, 0, self.power[:, j] - 1
            )
            np.add.at(jacobian, (self.rows, self.index[:, j]), self.coefficient * others * own)
        return np.asarray(jacobian[:, :-1] / self.scale[:, None])


class _Problem:
    """Figures as arrays in units of their own scale, with the state of the active set."""

    def __init__(self, figures: Sequence[Measurement], constraints: Sequence[Constraint]) -> None:
        self.terms = _Terms(figures, constraints)
        self.start = np.array([f.value for f in figures])
        sigma = np.array([f.sigma for f in figures])
        self.lower = np.array([f.lower for f in figures])
        self.upper = np.array([f.upper for f in figures])
        self.measured = np.isfinite(sigma) & (sigma > 0)
        self.unit = np.where(self.measured, sigma, np.maximum(np.abs(self.start), 1.0))
        self.weight = np.where(self.measured, 1.0, _HOLD)
        self.fixed = sigma == 0
        self.active = self.fixed.copy()
        self.x = np.clip(self.start, self.lower, self.upper)
        self.dual = np.zeros(len(constraints))
        self.rounds = 0

    def step(self) -> float:
        """Solve one linearised problem for the figures that are not held; return the largest scaled step.

        The measured figures, whose weight is 1, are eliminated before the equations are solved.
        """
        slopes = self.terms.slopes(self.x) * self.unit
        away = (self.start - self.x) / self.unit
        known, free = self.measured & ~self.active, ~self.measured & ~self.active
        a, b = slopes[:, known], slopes[:, free]
        n, m = b.shape[1], b.shape[0]
        matrix = np.zeros((n + m, n + m))
        matrix[range(n), range(n)] = _HOLD
        matrix[:n, n:], matrix[n:, :n] = b.T, b
        matrix[n:, n:] = -a @ a.T
        matrix[range(n, n + m), range(n, n + m)] -= _SOFT
        right = np.concatenate([_HOLD * away[free], -self.terms.values(self.x) - a @ away[known]])
        answer = np.linalg.solve(matrix, right)
        self.dual = answer[n:]
        move = np.zeros_like(self.x)
        move[free], move[known] = answer[:n], away[known] - a.T @ self.dual
        self.x += move * self.unit
        self.rounds += 1
        return float(np.max(np.abs(move), initial=0.0))

    def converge(self, tolerance: float) -> None:
        """Repeat `step` at the present active set until no figure moves by more than `tolerance` sigmas."""
        for _ in range(_MAX_ROUNDS):
            if self.step() < tolerance:
                return

    def settle(self, tolerance: float) -> None:
        """Find the bounds that hold, to `tolerance`."""
        for _ in range(_MAX_SWITCHES):
            self.converge(tolerance)
            if not self.clamp() and not self.release():
                return

    def clamp(self) -> bool:
        """Hold every figure that left its bounds at the bound; tell whether there was one."""
        slack = _TINY * np.maximum(1.0, np.abs(self.unit))
        out = ~self.active & ((self.x < self.lower - slack) | (self.x > self.upper + slack))
        self.x = np.clip(self.x, self.lower, self.upper)
        self.active |= out
        return bool(out.any())

    def release(self) -> bool:
        """Let go the held figure that pulls inwards most; tell whether there was one."""
        pull = self.weight * (self.x - self.start) / self.unit
        pull += (self.terms.slopes(self.x) * self.unit).T @ self.dual
        inwards = np.where(self.x <= self.lower, -pull, pull)
        inwards[~self.active | self.fixed] = -np.inf
        worst = int(np.argmax(inwards)) if inwards.size else 0
        if not inwards.size or inwards[worst] <= 1e-9:  # noqa: PLR2004 - rounding of the dual
            return False
        self.active[worst] = False
        return True


def solve(figures: Sequence[Measurement], constraints: Sequence[Constraint]) -> Balanced:
    """Return the figures nearest to their sources, in their own sigmas, that close every balance.

    Parameters
    ----------
    figures
        Unique ids; a free figure (infinite sigma) that nothing determines stays at its start.
    constraints
        Balances over the ids of `figures`.

    Raises
    ------
    ModelError
        The balances contradict each other or the bounds; the fault names the worst balance.
    """
    problem = _Problem(figures, constraints)
    problem.settle(_ROUGH)
    problem.settle(_FINE)
    gaps = np.abs(problem.terms.values(problem.x)) if constraints else np.zeros(1)
    worst = int(np.argmax(gaps))
    if not gaps[worst] < 1e-9:  # noqa: PLR2004 - also catches not a number
        what = f"the balance {constraints[worst].id!r} stays open by {gaps[worst]:.2g} of its size"
        raise ModelError(_PHASE, Fault(what=what, cure="a figure fixed or bounded against it must give way"))
    z = (problem.x - problem.start)[problem.measured] / problem.unit[problem.measured]
    values = {figure.id: float(x) for figure, x in zip(figures, problem.x, strict=True)}
    return Balanced(values, float(z @ z), float(gaps[worst]), problem.rounds)
