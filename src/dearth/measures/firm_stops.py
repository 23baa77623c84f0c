"""When a firm's lines stop, what that costs, and what more weeks of a stock buy.

Pure functions of a firm's arrays and of what still arrives (:class:`dearth.firm.run_down.Arrivals`); weeks
count from the day of the stocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.calendar import WEEKS_PER_YEAR, week_of_date
from dearth.engine.arrays import FloatArray
from dearth.firm.graph import Graph
from dearth.firm.network import Firm
from dearth.firm.run_down import Arrivals, RunDown, extra_stock, run_down
from dearth.measures.stops import NEVER

__all__ = [
    "Bought",
    "bought_by",
    "items_that_matter",
    "lost_money",
    "margins",
    "moved",
    "penalties",
    "stops",
    "week_cost",
]

_SAME: Final = 1e-9  # weeks
_LEAST: Final = 1e-6  # money


class Bought(NamedTuple):
    """What some weeks more of one stock buy.

    Attributes
    ----------
    item
        Part or line whose stock it is.
    weeks
        How many weeks of usual use more.
    moved
        Weeks by which each line stops later; NaN: it did not stop before, infinite: no longer, (line, N).
    saved
        Margin no longer lost over the weeks followed, (N,).
    """

    item: str
    weeks: float
    moved: FloatArray
    saved: FloatArray


def stops(done: RunDown) -> FloatArray:
    """Return weeks until each line first could not be served in full, `NEVER` if it always was, (line, N)."""
    return np.asarray(np.where(np.isnan(done.stop), NEVER, done.stop))


def margins(firm: Firm) -> FloatArray:
    """Return the margin of each line in a week at usual output, 0 where the firm does not say, (line,)."""
    return np.array([(line.margin_per_unit or 0.0) * line.weekly_output for line in firm.lines])


def lost_money(firm: Firm, done: RunDown) -> FloatArray:
    """Return margin lost in each week, lines of unknown margin not counted, (week, N)."""
    return done.money_at_risk(margins(firm))


def penalties(firm: Firm, done: RunDown) -> FloatArray:
    """Return penalties owed for what contracts do not get in each week, (week, N).

    Contracts are served before other customers, the dearest first; one that has ended owes nothing.
    """
    owed = np.zeros((done.output.shape[0], done.output.shape[2]))
    begin = firm.head.stocks_on
    for number, line in enumerate(firm.lines):
        left = done.output[:, number] * line.weekly_output
        mine = [one for one in firm.contracts if one.line == line.id]
        for one in sorted(mine, key=lambda one: -(one.penalty_per_unit or 0.0)):
            last = np.inf if one.until is None or begin is None else week_of_date(one.until, begin)
            wanted = one.weekly_quantity * (np.arange(len(owed)) <= last)[:, None]
            served = np.minimum(left, wanted)
            left = left - served
            owed += (one.penalty_per_unit or 0.0) * (wanted - served)
    return owed


def items_that_matter(firm: Firm, graph: Graph, done: RunDown) -> tuple[str, ...]:
    """Return the nodes on any path from a line to what ended it; more stock of others moves no date later.

    Those on the way of most margin come first, a line of unknown margin counting least.
    """
    weight: dict[str, float] = {}
    margin = margins(firm)
    for (line, node), way in done.ways.items():
        stake = max(float(margin[line]), _LEAST) * float((done.binding[line] == node).sum())
        for name in reversed(way):
            weight[name] = weight.get(name, 0.0) + stake
    return tuple(sorted(weight, key=lambda name: (-weight[name], -graph.names.index(name))))


def bought_by(
    firm: Firm, graph: Graph, arrive: Arrivals, more: Iterable[Mapping[str, float]]
) -> list[Bought]:
    """Return what more weeks of stocks buy, each trial against the firm as it is.

    Parameters
    ----------
    more
        Trials: weeks of usual use more, by part or line; several at once count as one trial.
    """
    plain = run_down(graph, arrive)
    before, cost = stops(plain), lost_money(firm, plain).sum(axis=0)
    found = []
    for trial in more:
        done = run_down(graph, arrive, extra_stock(graph, trial))
        saved = cost - lost_money(firm, done).sum(axis=0)
        found.append(Bought(" + ".join(trial), sum(trial.values()), moved(before, stops(done)), saved))
    return found


def moved(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return weeks by which stops came later; NaN where there was none."""
    stopped = np.isfinite(before)
    later = np.where(stopped, after - np.where(stopped, before, 0.0), np.nan)
    return np.where(np.abs(later) < _SAME, 0.0, later)


def week_cost(firm: Firm, item: str) -> float | None:
    """Return what a week of usual use of a part costs to buy, in the firm's currency; None: unknown.

    It is bound in stock, not spent: what it costs to hold is the firm's own rate of interest and store.
    """
    rows: Sequence[float | None] = [row.spend_per_year for row in firm.sources if row.part == item]
    if not rows or any(spend is None for spend in rows):
        return None
    return sum(filter(None, rows)) / WEEKS_PER_YEAR
