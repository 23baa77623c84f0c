"""Portfolios beside each other: the cheapest for a service, the frontier, named plans, replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.book import Book
from dearth.engine.arrays import FloatArray
from dearth.measures.plan_case import Case
from dearth.measures.plan_problem import DONE, Futures, futures_of, levers_of, problem_of
from dearth.measures.portfolio import Chosen, cvar, damage_of, rounded, solve, spending_of
from dearth.measures.portfolio_rows import Problem
from dearth.world.named_plans import NamedPlan
from dearth.world.plan_future import REPLIES, Reply

__all__ = ["LEVEL", "SERVICES", "Checked", "Compared", "Portfolio", "Programme", "programme_of"]

LEVEL: Final = 0.9  # the CVaR looks at the worst tenth of futures
SERVICES: Final = (
    0.5,
    0.25,
    0.1,
    0.05,
)  # share of the damage of doing nothing that is left in the worst tenth
FAILS: Final = 0.5  # a reply makes a plan fail when it takes this share of what the plan avoids
INSIDE: Final = 50
OUTSIDE: Final = 150
_COPIES: Final = 3
_SEED: Final = 7919  # between the seeds of sets of futures


class Portfolio(NamedTuple):
    """A portfolio that keeps a service: `share` of the damage of doing nothing is left in the worst tenth."""

    share: float
    linear: Chosen
    whole: Chosen | None


class Checked(NamedTuple):
    """A portfolio in futures that it was not chosen for.

    Attributes
    ----------
    inside, outside
        Spending and CVaR in the futures it was chosen in, and in others, MUSD.
    bound, reached
        Spending plus priced risk: the mean of the best of several sets of futures (no portfolio is better, on
        average), and of this one in other futures; the difference is the gap.
    noise
        Standard error of the bound.
    """

    inside: tuple[float, float]
    outside: tuple[float, float]
    bound: float
    reached: float
    noise: float


class Compared(NamedTuple):
    """A portfolio or plan beside the others.

    Attributes
    ----------
    key, title, units
        Its name and size.
    spending, mean, risk
        MUSD: expected spending, damage on average and in the worst tenth.
    regret_mean, regret_most
        By how much it comes dearer, all counted, than the best of those compared, on average and at most.
    avoided
        Share of the damage in the worst tenth that it avoids, by reply.
    fails
        Replies that take at least half of what it avoids.
    idle
        Parts of it that do nothing here.
    """

    key: str
    title: str
    units: FloatArray
    spending: float
    mean: float
    risk: float
    regret_mean: float
    regret_most: float
    avoided: Mapping[str, float]
    fails: tuple[str, ...]
    idle: tuple[str, ...]


class Programme:
    """The programme of a place over one set of futures, and what may be asked of it."""

    def __init__(self, case: Case, book: Book, seed: int, as_of: float) -> None:
        self.case, self.book, self.seed, self.as_of = case, book, seed, as_of
        self.futures = futures_of(book, INSIDE, seed, as_of)
        self.levers = levers_of(case, self.futures.projects)
        self.problem = self.problem_for(self.futures, REPLIES[0])
        self.nothing = damage_of(self.problem, np.zeros(len(self.levers)))
        self.worst = cvar(self.nothing, self.problem.chance, LEVEL)

    def problem_for(
        self, futures: Futures, reply: Reply, floors: Mapping[str, bool] | None = None
    ) -> Problem:
        """Return the arrays for a set of futures under a reply."""
        return problem_of(self.case, self.levers, futures, reply, floors)

    def frontier(self) -> list[Portfolio]:
        """Return the cheapest portfolio for each service that can be kept."""
        found = []
        for share in SERVICES:
            limit = share * self.worst
            linear = solve(self.problem, level=LEVEL, limit=limit, judged=False)
            if linear is not None:
                whole = rounded(self.problem, linear, level=LEVEL, limit=limit)
                found.append(Portfolio(share, linear if whole else self._judged(linear), whole))
        return found

    def _judged(self, chosen: Chosen) -> Chosen:
        damage = damage_of(self.problem, chosen.units)
        return chosen._replace(damage=damage, risk=cvar(damage, self.problem.chance, LEVEL))

    def checked(self, portfolio: Portfolio) -> Checked:
        """Return how a portfolio does in futures that it was not chosen for."""
        chosen = portfolio.whole or portfolio.linear
        price = max(portfolio.linear.price, 1e-9)
        others = self.problem_for(futures_of(self.book, OUTSIDE, self.seed + _SEED, self.as_of), REPLIES[0])
        damage = damage_of(others, chosen.units)
        outside = spending_of(others, chosen.units), cvar(damage, others.chance, LEVEL)
        best = [self._best(self.problem, price)]
        for copy in range(2, _COPIES + 1):
            more = futures_of(self.book, INSIDE, self.seed + copy * _SEED, self.as_of)
            best.append(self._best(self.problem_for(more, REPLIES[0]), price))
        noise = float(np.std(best, ddof=1) / np.sqrt(len(best)))
        reached = outside[0] + price * outside[1]
        return Checked((chosen.spending, chosen.risk), outside, float(np.mean(best)), reached, noise)

    @staticmethod
    def _best(problem: Problem, price: float) -> float:
        found = solve(problem, level=LEVEL, risk_price=price, judged=False)
        return 0.0 if found is None else found.least

    def compared(self, plans: Sequence[NamedPlan], chosen: Portfolio | None) -> list[Compared]:
        """Return doing nothing, the named plans and the chosen portfolio beside each other."""
        entries = [_Entry("nothing", "no plan", np.zeros(len(self.levers)), {}, ())]
        entries += [self._entry(plan) for plan in plans]
        if chosen is not None:
            best = chosen.whole or chosen.linear
            entries.append(
                _Entry("cheapest", f"cheapest for {1 - chosen.share:.0%} less damage", best.units, None, ())
            )
        problems = {reply.key: self.problem_for(self.futures, reply) for reply in REPLIES}
        empty = {key: cvar(damage_of(p, entries[0].units), p.chance, LEVEL) for key, p in problems.items()}
        plain = [self._plain(entry) for entry in entries]
        total = np.stack([spending + damage for spending, damage in plain])
        regret = total - total.min(axis=0)
        found = []
        for i, entry in enumerate(entries):
            spending, damage = plain[i]
            left = {reply.key: self._risk(entry, reply) for reply in REPLIES[1:]}
            left[REPLIES[0].key] = cvar(damage, self.problem.chance, LEVEL)
            avoided = {key: 1.0 - left[key] / max(empty[key], 1e-9) for key in empty}
            numbers = (spending.mean(), damage.mean(), cvar(damage, self.problem.chance, LEVEL))
            spent, mean, risk = (float(number) for number in numbers)
            more = float(regret[i].mean()), float(regret[i].max())
            name = entry.key, entry.title, entry.units
            found.append(Compared(*name, spent, mean, risk, *more, avoided, _fails(avoided), entry.idle))
        return found

    def _plain(self, entry: _Entry) -> tuple[FloatArray, FloatArray]:
        """Return spending and damage in each future without a reply, MUSD."""
        problem = self.problem_for(self.futures, REPLIES[0], entry.floors)
        spending = problem.cost @ entry.units + problem.running @ entry.units
        return np.asarray(spending), damage_of(problem, entry.units)

    def _risk(self, entry: _Entry, reply: Reply) -> float:
        problem = self.problem_for(self.futures, reply, entry.floors)
        return cvar(damage_of(problem, entry.units), problem.chance, LEVEL)

    def _why_idle(self, target: str) -> str:
        """Say why a part of a plan does nothing for this place in this scenario."""
        projects = self.futures.projects
        if target in projects.id:
            done = projects.stage[projects.id.index(target)] in DONE
            return "produces already" if done else "adds nothing that is held back and separated or made here"
        return "not held back" if ":" in target else "names no rare-earth project"

    def _entry(self, plan: NamedPlan) -> _Entry:
        """Return the units of a named plan, and its parts that do nothing here."""
        units = np.zeros(len(self.levers))
        used: set[str] = set()
        for j, lever in enumerate(self.levers):
            kind, _, target = lever.key.partition(":")
            if kind == "project" and target in plan.projects:
                units[j] = 1.0
                used.add(target)
            elif kind == "stock":
                units[j] = min(self.problem.most[j], plan.stock_weeks(target, self.case.flow[lever.at]))
                used |= {target} if units[j] > 0 else set()
        idle = tuple(
            dict.fromkeys(
                f"{one.target} ({self._why_idle(one.target)})"
                for one in plan.measures
                if one.target not in used
            )
        )
        return _Entry(plan.key, plan.title, units, plan.projects, idle)


class _Entry(NamedTuple):
    """Something to compare; `floors` None: all help holds when prices fall."""

    key: str
    title: str
    units: FloatArray
    floors: Mapping[str, bool] | None
    idle: tuple[str, ...]


def _fails(avoided: Mapping[str, float]) -> tuple[str, ...]:
    """Return the replies that take at least half of what a plan avoids without a reply."""
    plain = avoided[REPLIES[0].key]
    if plain <= 0.0:
        return ()
    return tuple(key for key, share in avoided.items() if share < FAILS * plain)


def programme_of(case: Case | None, book: Book, seed: int, as_of: float) -> Programme | None:
    """Return the programme of a place, or None where nothing is held back from it."""
    return None if case is None else Programme(case, book, seed, as_of)
