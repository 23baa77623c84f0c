"""Time to survive the loss of every single site, place and material, beside the time to recover.

The time to survive a loss is the longest time for which every line can still be served in full, whatever is
done with stocks and second sources.  Where a part has one source, one sweep answers for all.  Where other
sources go on, the need of each part is set against what they can deliver, ramps included; that is exact
unless choosing among sources moves the needs of other parts.  There it is an upper bound; stocks alone, and
what is left while all others keep to their usual sources, give lower ones, and only where the bounds differ a
linear program is solved.

References
----------
Simchi-Levi, Schmidt, Wei (2014): From superstorms to factory fires. Harvard Business Review 92(1-2), 96-101.
Simchi-Levi et al. (2015): Interfaces 45(5), 375-390, https://doi.org/10.1287/inte.2015.0804
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dearth.firm.graph import Bools, Floats, Graph, Ints, graph_of
from dearth.firm.network import Firm
from dearth.firm.second import Coupled, solve_weeks
from dearth.firm.sweep import HORIZON, Needs, needs_of

__all__ = ["Loss", "Survival", "Survivor", "losses_of", "survive"]

_FULL: Final = 1e-12  # what rounding may leave of a whole share
_INSTANT: Final = 1e-10  # weeks, and share of the time so far: what happens within it happens at once


class Loss(NamedTuple):
    """What is lost: `kind` is site, place or material."""

    kind: str
    name: str
    sources: Ints


@dataclass(frozen=True, slots=True)
class Survival:
    """How long the firm stands without something.

    Attributes
    ----------
    weeks
        Time to survive; None: no line stops within the horizon.
    how
        ``sweep``, ``bounds`` or ``program``: what the figure came from.
    parts
        Nodes that are lost in part or whole, those that end it first.
    lines
        Lines that depend on one of them.
    recover_weeks
        Time to recover: of a site as stated, of a place or material the longest of its sites; None: unknown.
    margin_per_week
        Margin of the lines that depend on it, in the firm's currency; None: unknown for one of them.
    spend_per_year
        Spent with it; None: unknown.
    """

    kind: str
    name: str
    weeks: float | None
    how: str
    parts: tuple[str, ...]
    lines: tuple[str, ...]
    recover_weeks: float | None
    margin_per_week: float | None
    spend_per_year: float | None

    @property
    def at_risk(self) -> float | None:
        """Margin lost at most: all these lines stand from then to the day of recovery; None: unknown."""
        if self.weeks is None:
            return 0.0
        if self.recover_weeks is None or self.margin_per_week is None:
            return None
        return max(0.0, self.recover_weeks - self.weeks) * self.margin_per_week


class Survivor:
    """A firm ready for losses.

    Parameters
    ----------
    graph
        Its arrays.
    horizon
        Weeks beyond which nothing is looked at.
    """

    def __init__(self, graph: Graph, horizon: float = HORIZON) -> None:
        self.graph = graph
        self.horizon = horizon
        self.coupled = Coupled(graph)
        self.needs: Needs = needs_of(graph, graph.usual, horizon)

    @cached_property
    def least(self) -> Needs:
        """Needs when every node of many recipes takes, of each part, the one that takes least."""
        return needs_of(self.graph, _least_weight(self.graph, self.coupled), self.horizon)

    def every(self, losses: Sequence[Loss]) -> list[tuple[float, str]]:
        """Return :meth:`weeks` of many losses; those of parts with one source all at once."""
        if not losses:
            return []
        graph = self.graph
        single = (np.bincount(graph.node, minlength=graph.size) == 1) & ~self.coupled.below_mixed
        counts = np.fromiter((len(loss.sources) for loss in losses), np.intp, len(losses))
        nodes = graph.node[np.concatenate([loss.sources for loss in losses])]
        first = np.cumsum(counts) - counts
        plain = np.logical_and.reduceat(single[nodes], first).tolist()
        weeks = np.minimum.reduceat(self.needs.weeks[nodes], first).tolist()
        return [
            (some, "sweep") if easy else self.weeks(loss.sources)
            for loss, some, easy in zip(losses, weeks, plain, strict=True)
        ]

    def weeks(self, lost: Ints) -> tuple[float, str]:
        """Return the time to survive the loss of some sources, and how it was found."""
        graph, gone = self.graph, set(lost.tolist())
        nodes = np.unique(graph.node[lost])
        nodes = nodes[graph.use[nodes] > 0]
        left = {
            node: [one for one in self.coupled.sources[node] if one not in gone] for node in nodes.tolist()
        }
        partial = {node: some for node, some in left.items() if graph.most[some].any()}
        alone = np.array([node for node in left if node not in partial], np.intp)
        needs = self.least if (coupled := self._couples(nodes, partial)) else self.needs
        upper = self._ends(needs, alone, partial)
        if not coupled:
            return upper, "bounds" if partial else "sweep"
        if upper <= _first(self.needs, nodes) or upper <= self._as_usual(nodes, alone, partial):
            return upper, "bounds"
        removed = np.zeros(len(graph.node), bool)
        removed[lost] = True
        return solve_weeks(self.coupled, removed, self.horizon), "program"

    def _ends(self, needs: Needs, alone: Ints, partial: Mapping[int, list[int]]) -> float:
        """Return when a need is not met first, of parts without a source and of parts with some left."""
        end = min([_first(needs, alone), *(self._end(needs, *one) for one in partial.items())])
        return end if end <= self.horizon else float("inf")

    def _as_usual(self, nodes: Ints, alone: Ints, partial: Mapping[int, list[int]]) -> float:
        """Return how long the lines stand while every node that is not lost keeps to its usual sources.

        That can be done unless the sources that are left need other parts, share a capacity, or work ahead
        with a part that is lost too; then 0.
        """
        if self._moves(partial) or self._nested(nodes, partial):
            return 0.0
        return self._ends(self.needs, alone, partial)

    def _couples(self, nodes: Ints, partial: Mapping[int, list[int]]) -> bool:
        """Say whether choosing among sources may move the needs of other parts."""
        if self.coupled.below_mixed[nodes].any():
            return True
        return self._moves(partial) or self._nested(nodes, partial)

    def _moves(self, partial: Mapping[int, list[int]]) -> bool:
        """Say whether a part that keeps some sources takes other parts by them, or capacity of others."""
        coupled = self.coupled
        return any(coupled.mixed[node] or coupled.joint[left].any() for node, left in partial.items())

    def _nested(self, nodes: Ints, partial: Mapping[int, list[int]]) -> bool:
        """Say whether a part that is made early, for a ramp is to come, needs another part that is lost."""
        graph = self.graph
        if not any(_waits(graph, left).any() for left in partial.values()):
            return False
        lost, todo, seen = set(nodes.tolist()), list(partial), set(partial)
        while todo:
            for below in self.coupled.inputs[todo.pop()]:
                if below in lost:
                    return True
                if below not in seen:
                    seen.add(below)
                    todo.append(below)
        return False

    def _end(self, needs: Needs, node: int, left: list[int]) -> float:
        """Return the first time at which the sources that are left have not delivered what is needed."""
        share, most, ramp = (array[left] for array in (self.graph.share, self.graph.most, self.graph.ramp))
        waits = _waits(self.graph, left)
        first = float(np.where(waits, share, most).sum())
        times, slopes = needs.of(node)
        at = np.concatenate(([0.0], times, ramp[waits]))
        turn = np.concatenate(([-first], slopes, (share - most)[waits]))
        return _crossing(at, turn)


def _waits(graph: Graph, sources: list[int]) -> Bools:
    """Say which sources will reach more than their usual share later."""
    return np.asarray((graph.ramp[sources] > 0) & (graph.most[sources] > graph.share[sources]))


def _first(needs: Needs, nodes: Ints) -> float:
    return float(needs.weeks[nodes].min(initial=np.inf))


def _crossing(at: Floats, turn: Floats) -> float:
    """Return the first time at which a sum of hinges, 0 at first, rises above 0.

    Where a stock ends at the very time at which a ramp does, nothing is short: both turns count at once.
    """
    order = np.argsort(at, kind="stable")
    at, slope = at[order], np.cumsum(turn[order])
    ends = np.append(at[1:], np.inf)
    value = 0.0
    for start, end, steep in zip(at.tolist(), ends.tolist(), slope.tolist(), strict=True):
        lasts = end - start > _INSTANT * max(1.0, start)
        if lasts and steep > _FULL and (value >= 0.0 or value + steep * (end - start) > 0.0):
            return float(start - min(value, 0.0) / steep)
        if end < np.inf:
            value += steep * (end - start)
    return float("inf")


def _least_weight(graph: Graph, coupled: Coupled) -> Floats:
    """Weight of each edge when a node of many recipes takes the least it can, (edge,)."""
    least = graph.weight.copy()
    groups: dict[tuple[int, int], dict[int, float]] = {}
    for edge in np.flatnonzero(coupled.mixed[graph.parent]).tolist():
        key = int(graph.parent[edge]), int(graph.child[edge])
        tied = int(graph.only[edge])
        groups.setdefault(key, {})[tied] = float(graph.weight[edge])
        least[edge] = 0.0
    for edge in np.flatnonzero(coupled.mixed[graph.parent]).tolist():
        found = groups.pop((int(graph.parent[edge]), int(graph.child[edge])), None)
        if found is not None:
            always = found.pop(-1, 0.0)
            makers = coupled.sources[int(graph.parent[edge])]
            least[edge] = always + min(found.get(maker, 0.0) for maker in makers)
    return least


def losses_of(graph: Graph, materials: Mapping[str, Iterable[str]] | None = None) -> list[Loss]:
    """Return the loss of every single site, place and material.

    Parameters
    ----------
    materials
        Parts that hold each material, by its name.
    """
    bought = graph.site >= 0
    order = np.argsort(graph.site, kind="stable")
    cuts = np.searchsorted(graph.site[order], np.arange(len(graph.sites) + 1))
    by_site = [order[first:last] for first, last in pairwise(cuts)]
    losses = [Loss("site", name, some) for name, some in zip(graph.sites, by_site, strict=True) if len(some)]
    places = np.array([*graph.places, ""])[np.where(bought, graph.site, len(graph.sites))]
    losses += [Loss("place", place, np.flatnonzero(places == place)) for place in dict.fromkeys(graph.places)]
    index = {name: number for number, name in enumerate(graph.names)}
    for material, parts in (materials or {}).items():
        nodes = [index[part] for part in parts]
        losses.append(Loss("material", material, np.flatnonzero(np.isin(graph.node, nodes))))
    return [loss for loss in losses if len(loss.sources)]


def survive(
    firm: Firm, materials: Mapping[str, Iterable[str]] | None = None, horizon: float = HORIZON
) -> tuple[Survival, ...]:
    """Return how long a firm stands without every single site, place and material.

    Parameters
    ----------
    materials
        Parts that hold each material, by its name, as :mod:`dearth.firm.contents` tells.
    horizon
        Weeks beyond which nothing is looked at.

    Raises
    ------
    InputError
        The usual use is above a stated capacity.
    """
    graph = graph_of(firm)
    survivor = Survivor(graph, horizon)
    money = _Money(firm, graph)
    losses = losses_of(graph, materials)
    ends = survivor.every(losses)
    return tuple(money.told(loss, *end, survivor.needs) for loss, end in zip(losses, ends, strict=True))


class _Money:
    """Lines and money that hang on a loss."""

    def __init__(self, firm: Firm, graph: Graph) -> None:
        self.graph = graph
        self.reach = _reach(graph)
        self.margin = [
            None if line.margin_per_unit is None else line.margin_per_unit * line.weekly_output
            for line in firm.lines
        ]
        self.spend = {(row.part, row.site): row.spend_per_year for row in firm.sources}

    def told(self, loss: Loss, weeks: float, how: str, needs: Needs) -> Survival:
        """Return the survival of a loss with all that hangs on it."""
        graph = self.graph
        nodes = np.unique(graph.node[loss.sources])
        first = nodes[np.argsort(needs.weeks[nodes], kind="stable")]
        lines = self._lines(nodes)
        return Survival(
            kind=loss.kind,
            name=loss.name,
            weeks=weeks if np.isfinite(weeks) else None,
            how=how,
            parts=tuple(graph.names[node] for node in first),
            lines=tuple(graph.names[line] for line in lines),
            recover_weeks=self._recover(loss),
            margin_per_week=_total(self.margin[line] for line in lines),
            spend_per_year=self._spend(loss),
        )

    def _lines(self, nodes: Ints) -> list[int]:
        bits = np.bitwise_or.reduce(self.reach[nodes], axis=0)
        return np.flatnonzero(np.unpackbits(bits, count=self.graph.lines)).tolist()

    def _recover(self, loss: Loss) -> float | None:
        sites = self.graph.site[loss.sources]
        weeks = self.graph.recover[np.unique(sites[sites >= 0])]
        return float(weeks.max()) if len(weeks) and not np.isnan(weeks).any() else None

    def _spend(self, loss: Loss) -> float | None:
        graph = self.graph
        pairs = ((graph.names[graph.node[one]], graph.site[one]) for one in loss.sources)
        named = [(part, graph.sites[site]) for part, site in pairs if site >= 0]
        return _total(self.spend[pair] for pair in named if pair in self.spend)


def _reach(graph: Graph) -> npt.NDArray[np.uint8]:
    """Return the lines that each node goes into, one bit a line, (node, bytes)."""
    reach = np.zeros((graph.size, (graph.lines + 7) // 8), np.uint8)
    reach[: graph.lines] = np.packbits(np.eye(graph.lines, dtype=bool), axis=1)
    order = np.argsort(graph.level[graph.child], kind="stable")
    depth = graph.level[graph.child][order]
    cuts = np.searchsorted(depth, np.arange(int(graph.level.max(initial=0)) + 2))
    for first, last in pairwise(cuts):
        some = order[first:last]
        np.bitwise_or.at(reach, graph.child[some], reach[graph.parent[some]])
    return reach


def _total(values: Iterable[float | None]) -> float | None:
    found = list(values)
    return None if any(value is None for value in found) else float(sum(filter(None, found)))
