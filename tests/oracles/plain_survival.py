"""Time to survive by one plain linear program for each loss, over the whole firm, in plain units.

Written from the rows of a firm, with nothing of ``dearth.firm`` but those rows.  As in Simchi-Levi et al.
(2015), Interfaces 45(5), 375-390, with one set of variables for each stretch between the ends of ramps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from dearth.firm.network import Firm, Source

Sending = tuple[str, str, float, float, float]
"""Node, site, usual share, largest share, ramp."""


def firm_sources(firm: Firm) -> list[Sending]:
    """Return ``(node, site, share, most, ramp)``; a part that is bought nowhere is made in the house."""
    found = [(line.id, line.plant, 1.0, 1.0, 0.0) for line in firm.lines]
    groups: dict[str, list[Source]] = defaultdict(list)
    for row in firm.sources:
        groups[row.part].append(row)
    for part in firm.parts:
        rows = groups.get(part.id)
        if not rows:
            found.append((part.id, "", 1.0, np.inf, 0.0))
            continue
        empty = [row for row in rows if row.share is None]
        rest = max(0.0, 1.0 - sum(row.share or 0.0 for row in rows)) / max(1, len(empty))
        for row in rows:
            share = rest if row.share is None else row.share
            most = share if row.most_share is None else max(share, row.most_share)
            found.append((part.id, row.site, share, most, row.ramp_weeks or 0.0))
    return found


def usual_use(firm: Firm, sources: list[Sending]) -> dict[str, float]:
    """Return usual weekly use by node, by walking down from the lines until nothing changes."""
    share = {(node, site): part for node, site, part, _most, _ramp in sources}
    demand = {line.id: line.weekly_output for line in firm.lines}
    use = dict(demand)
    for _ in range(len(firm.parts) + 2):
        new = defaultdict(float, demand)
        for row in firm.bill:
            tied = share[row.parent, row.site] if row.site else 1.0
            new[row.part] += row.quantity * tied * use.get(row.parent, 0.0)
        use = dict(new)
    return use


def plain_weeks(firm: Firm, lost_sites: Iterable[str], horizon: float = 520.0) -> float:
    """Return the longest time for which all lines can be served in full without some sites."""
    lost = set(lost_sites)
    every = firm_sources(firm)
    use = usual_use(firm, every)
    alive = [one for one in every if one[1] not in lost]
    ramps = sorted({ramp for *_rest, ramp in alive if 0 < ramp < horizon})
    ends = [*ramps, horizon]
    for count in range(1, len(ends) + 1):
        starts = [0.0, *ends[: count - 1]]
        length = ends[count - 1] - starts[-1]
        last = Program(firm, alive, use, starts).longest(length)
        if last < length * (1 - 1e-9):
            return starts[-1] + last
    return float("inf")


class Program:
    """Rows ``entries <= limit``; columns: source by source within a stretch, then the last length."""

    def __init__(self, firm: Firm, alive: list[Sending], use: dict[str, float], starts: list[float]) -> None:
        self.firm, self.alive, self.use, self.starts = firm, alive, use, starts
        self.lengths = [*(end - start for start, end in pairwise(starts)), None]
        self.clock = len(starts) * len(alive)
        self.entries: list[tuple[int, int, float]] = []
        self.limits: list[float] = []
        for stretch in range(len(starts)):
            self.rates(stretch)
            self.capacities(stretch)
            self.balances(stretch)

    def add(self, row: dict[int, float], limit: float) -> None:
        self.entries += [(len(self.limits), column, value) for column, value in row.items()]
        self.limits.append(limit)

    def column(self, stretch: int, number: int) -> int:
        return stretch * len(self.alive) + number

    def at_most(self, row: dict[int, float], rate: float, stretch: int) -> None:
        """At most `rate` a week in a stretch."""
        length = self.lengths[stretch]
        if length is None:
            self.add({**row, self.clock: -rate}, 0.0)
        else:
            self.add(row, rate * length)

    def rates(self, stretch: int) -> None:
        for number, (node, _site, share, most, ramp) in enumerate(self.alive):
            rate = (most if ramp <= self.starts[stretch] else share) * self.use.get(node, 0.0)
            if np.isfinite(rate):
                self.at_most({self.column(stretch, number): 1.0}, rate, stretch)

    def capacities(self, stretch: int) -> None:
        for site in (*self.firm.plants, *self.firm.sites):
            mine = [number for number, one in enumerate(self.alive) if one[1] == site.id]
            if site.capacity is not None and mine:
                self.at_most({self.column(stretch, number): 1.0 for number in mine}, site.capacity, stretch)

    def balances(self, stretch: int) -> None:
        """All that was used of a node by the end of a stretch is at most its stock and all that was made."""
        stock = {row.item: row.quantity for row in self.firm.stocks}
        output = {line.id: line.weekly_output for line in self.firm.lines}
        for one in (*self.firm.lines, *self.firm.parts):
            row: dict[int, float] = defaultdict(float)
            for earlier in range(stretch + 1):
                for number, (maker, site, *_rest) in enumerate(self.alive):
                    row[self.column(earlier, number)] += self.used(one.id, maker, site) - (maker == one.id)
            demand = output.get(one.id, 0.0)
            last = self.lengths[stretch] is None
            if last:
                row[self.clock] += demand
            passed = self.starts[stretch] if last else self.starts[stretch + 1]
            self.add(row, stock.get(one.id, 0.0) - demand * passed)

    def used(self, node: str, maker: str, site: str) -> float:
        rows = self.firm.bill
        return sum(r.quantity for r in rows if r.part == node and r.parent == maker and r.site in ("", site))

    def longest(self, length: float) -> float:
        rows, columns, values = zip(*self.entries, strict=True)
        shape = (len(self.limits), self.clock + 1)
        found = linprog(
            np.r_[np.zeros(self.clock), -1.0],
            A_ub=coo_matrix((values, (rows, columns)), shape=shape).tocsr(),
            b_ub=self.limits,
            bounds=[(0, None)] * self.clock + [(0, length)],
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        assert found.status == 0, found.message
        return float(found.x[-1])
