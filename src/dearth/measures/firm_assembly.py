"""To buy the assembly instead of the magnet: what it buys, what it costs, on whom one then depends.

Firms were reported to weigh it (``data/firm/responses.yaml``).  It moves the dependence and does not end it:
the magnets still come from the same place, inside another product, under rules that may change.  It is shown
as such; whether a firm's goods come under a rule is for the firm, its supplier and counsel to determine.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.book.read import DATA
from dearth.calendar import WEEKS_PER_YEAR, date_of_week
from dearth.engine.arrays import FloatArray
from dearth.firm.run_down import Arrivals, arriving, run_down
from dearth.measures.firm_lanes import Lane, Supply, Way, assembly_of
from dearth.measures.firm_run import FirmRun
from dearth.measures.firm_stops import Bought, lost_money, moved, stops
from dearth.measures.firm_supply import arrived, left_for_one, rank_of, transit
from dearth.plain_yaml import Bounds, parse_yaml, read_bytes
from dearth.rules.ruleset import RuleSet
from dearth.world.gates import events_on
from dearth.world.rule_gates import ORIGIN, deciding

__all__ = ["Instead", "instead_of_magnet", "reported", "rules_named", "spend_moved", "worth_of_a_piece"]

_CONTROLS: Final = ("licence", "prohibit", "quota")
_BOUNDS: Final = Bounds(what="file of responses", max_bytes=100_000, max_depth=4, max_nodes=500)


class Instead(NamedTuple):
    """What buying one part inside an assembly would do.

    Attributes
    ----------
    supply, lane, assembly
        The source of the magnet, its trade, and that of the assembly which holds it.
    ready
        Weeks from the firm's week 0 until the assembly is approved and leaves, (N,).
    bought
        Weeks and margin it buys.
    pieces
        Units of the part that come as assemblies over the weeks followed, (N,).
    """

    supply: Supply
    lane: Lane
    assembly: Lane
    ready: FloatArray
    bought: Bought
    pieces: FloatArray


@cache
def reported() -> dict[str, Any]:
    """Return the report that firms weighed this, with its source."""
    path = DATA / "firm" / "responses.yaml"
    found: dict[str, Any] = parse_yaml(read_bytes(path, _BOUNDS), path.name, _BOUNDS)[
        "assembly-instead-of-magnet"
    ]
    return found


def instead_of_magnet(done: FirmRun) -> list[Instead]:
    """Return, for every bare magnet that the scenario holds at a border, what its assembly would buy.

    The assembly is ordered on the day of the stocks, approved after the book's time to approve another
    source, and leaves then as assemblies of that place do; the magnet goes on as it is.
    """
    found = []
    for supply in done.supplies:
        lane = next((one for one in supply.lanes if _held(done, one)), None)
        if lane is not None and assembly_of(lane) in done.left:
            found.append(_instead(done, supply, lane))
    return found


def _held(done: FirmRun, lane: Lane) -> bool:
    way: Way | None = done.ways.get(lane)
    if way is None or not lane.material.startswith("magnet:"):
        return False
    events = (one for edge in way.edges.tolist() for one in events_on(done.model.routes[edge], done.scenario))
    return any(event.action in _CONTROLS for event in events)


def _instead(done: FirmRun, supply: Supply, lane: Lane) -> Instead:
    world, assembly = done.model.world, assembly_of(lane)
    ready = done.begin + world.switch_time
    rank = rank_of(f"assembly {supply.site} {supply.part}", done.scenario.seed, done.draws)
    leaves = left_for_one(done.left[assembly], world.focus, rank)
    step = np.arange(leaves.shape[0])[:, None] / world.steps_per_week
    leaves = np.where(step >= ready, leaves, 0.0)
    lag = transit(done.model, done.ways[assembly])
    comes = arrived(leaves, lag, world.steps_per_week, done.begin, done.weeks, before=0.0)
    magnet = done.by_source[supply.source]
    arrive = _with(done, supply.source, np.maximum(magnet, comes))
    after = run_down(done.graph, arrive)
    saved = lost_money(done.firm, done.done).sum(axis=0) - lost_money(done.firm, after).sum(axis=0)
    bought = Bought(supply.part, float("nan"), moved(stops(done.done), stops(after)), saved)
    use = float(done.graph.use[done.graph.node[supply.source]] * done.graph.share[supply.source])
    pieces = np.maximum(comes - magnet, 0.0).sum(axis=0) * use
    return Instead(supply, lane, assembly, world.switch_time + lag, bought, pieces)


def _with(done: FirmRun, source: int, share: FloatArray) -> Arrivals:
    return arriving(done.graph, {**done.by_source, source: share}, done.weeks, done.draws)


def worth_of_a_piece(found: Instead) -> float | None:
    """Return the margin saved for each piece bought as an assembly, mean of the draws; None: none is bought.

    What an assembly costs above its magnet is not in the workbook; above this it loses money.
    """
    pieces = float(found.pieces.mean())
    return float(found.bought.saved.mean()) / pieces if pieces > 0 else None


def spend_moved(done: FirmRun, supply: Supply) -> float | None:
    """Return the spend of a week that moves from the magnet to its assembly; None: unknown."""
    rows = [row for row in done.firm.sources if (row.part, row.site) == (supply.part, supply.site)]
    spend = rows[0].spend_per_year if rows else None
    return None if spend is None else spend / WEEKS_PER_YEAR


def rules_named(rules: RuleSet, done: FirmRun, lane: Lane) -> tuple[str, ...]:
    """Return the rules that decide on a trade out of China on the last day that is known.

    Of a trade of other places the rules say nothing.
    """
    if lane.origin != ORIGIN:
        return ()
    last = date_of_week(done.scenario.weeks, done.scenario.start)
    day = min(last, max(done.scenario.as_of, done.scenario.start))
    return deciding(rules, day, (lane.material, lane.destination, lane.use), done.scenario.as_of)[1]
