"""Time to survive by one plain linear program for each loss, over the whole firm, in plain units.

Written from the rows of a firm, with nothing of ``dearth.firm`` but those rows.  As in Simchi-Levi et al. (2015),
Interfaces 45(5), 375-390, with one set of variables for each stretch between the ends of ramps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from dearth.firm.network import Firm, Source


def firm_sources(firm: Firm) -> list[tuple[str, str, float, float, float]]:
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


def usual_use(firm: Firm, sources: list[tuple[str, str, float, float, float]]) -> dict[str, float]:
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
        last = _last_stretch(firm, every, alive, use, starts, length)
        if last < length * (1 - 1e-9):
            return starts[-1] + last
    return float("inf")


def _last_stretch(firm, every, alive, use, starts, length):  # type: ignore[no-untyped-def]
    """Return how long the last stretch can be."""
    stretches, width = len(starts), len(alive)
    lengths = [*(b - a for a, b in zip(starts[:-1], starts[1:], strict=True)), None]
    clock = stretches * width
    rows, columns, values, limits = [], [], [], []

    def add(entries, limit):  # type: ignore[no-untyped-def]
        for column, value in entries.items():
            rows.append(len(limits))
            columns.append(column)
            values.append(value)
        limits.append(limit)

    for number, (node, _site, share, most, ramp) in enumerate(alive):
        for stretch in range(stretches):
            rate = (most if ramp <= starts[stretch] else share) * use.get(node, 0.0)
            if not np.isfinite(rate):
                continue
            column = stretch * width + number
            if lengths[stretch] is None:
                add({column: 1.0, clock: -rate}, 0.0)
            else:
                add({column: 1.0}, rate * lengths[stretch])
    for site in (*firm.plants, *firm.sites):
        mine = [number for number, one in enumerate(alive) if one[1] == site.id]
        if site.capacity is None or not mine:
            continue
        for stretch in range(stretches):
            entries = {stretch * width + number: 1.0 for number in mine}
            if lengths[stretch] is None:
                add({**entries, clock: -site.capacity}, 0.0)
            else:
                add(entries, site.capacity * lengths[stretch])
    stock = {row.item: row.quantity for row in firm.stocks}
    output = {line.id: line.weekly_output for line in firm.lines}
    for node in [one.id for one in (*firm.lines, *firm.parts)]:
        for stretch in range(stretches):
            entries: dict[int, float] = defaultdict(float)
            for earlier in range(stretch + 1):
                for number, (maker, site, *_rest) in enumerate(alive):
                    column = earlier * width + number
                    if maker == node:
                        entries[column] -= 1.0
                    for row in firm.bill:
                        if row.part == node and row.parent == maker and row.site in ("", site):
                            entries[column] += row.quantity
            passed = starts[-1] if lengths[stretch] is None else starts[stretch + 1]
            if lengths[stretch] is None:
                entries[clock] += output.get(node, 0.0)
            add(entries, stock.get(node, 0.0) - output.get(node, 0.0) * passed)
    matrix = coo_matrix((values, (rows, columns)), shape=(len(limits), clock + 1)).tocsr()
    cost = np.zeros(clock + 1)
    cost[-1] = -1.0
    bounds = [(0, None)] * clock + [(0, length)]
    exact = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs", options=exact)
    assert found.status == 0, found.message
    return float(found.x[-1])
