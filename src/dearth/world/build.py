"""Scenario and book to one frozen world of arrays, with the names of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from dearth.axes import PLACES
from dearth.book import Book
from dearth.book.reconcile import reconcile
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray, World
from dearth.engine.run import Labels
from dearth.errors import Fault, ScenarioError
from dearth.world.assemble import STANDARD, Resolution, assemble
from dearth.world.closing import balanced_chain
from dearth.world.content import check_content, element_content
from dearth.world.draws import Draws
from dearth.world.flows import Chain
from dearth.world.index import Indexed, stacked
from dearth.world.parts import Buffer, Node, Parts, Process, Route
from dearth.world.scenario import Scenario

__all__ = ["CHAIN_YEAR", "STANDARD", "Model", "Resolution", "build", "check_chain", "reconciled_centres"]

CHAIN_YEAR: Final = 2024


@dataclass(frozen=True)
class Model:
    """A world and the names of its parts, in the order of its arrays."""

    world: World
    labels: Labels
    processes: tuple[Process, ...]
    buffers: tuple[Buffer, ...]
    markets: tuple[Node, ...]
    pools: tuple[Node, ...]
    routes: tuple[Route, ...]
    series: tuple[str, ...]
    content: Mapping[str, FloatArray]
    loss: FloatArray
    dependence: FloatArray
    chain: Chain
    used: Mapping[str, FactRow]
    draws: Draws

    @property
    def lines(self) -> tuple[Process, ...]:
        """The lines of end-use sectors: the first processes."""
        return tuple(p for p in self.processes if p.stage == "line")


def _dependence(processes: tuple[Process, ...], draws: Draws) -> FloatArray:
    """Return the share of a sector's output that needs the part of each line, (lines, N)."""
    lines = [p for p in processes if p.stage == "line"]
    rows = [draws.find("dependence", sector=p.name, material=p.part) for p in lines]
    return stacked([np.ones(1) if row is None else np.clip(draws.of(row), 0.0, 1.0) for row in rows], draws.n)


def reconciled_centres(book: Book) -> dict[str, float]:
    """Return the reconciled base-year value of every figure of the balance, by row id."""
    return {figure.id: figure.reconciled for figure in reconcile(book).figures}


def check_chain(scenario: Scenario) -> None:
    """Refuse a scenario that starts from a year of which only the market is known.

    Raises
    ------
    ScenarioError
        Its base year has no chain of plants, routes and lines.
    """
    if scenario.base != CHAIN_YEAR:
        what = f"base {scenario.base} has no chain of plants and lines"
        why = f"of {scenario.base} the book holds prices and tonnes only"
        cure = f"ask `dearth price` of it, or take a scenario of base {CHAIN_YEAR}"
        raise ScenarioError("Building the chain", Fault(what, f"scenario {scenario.name}", why, cure))


def build(
    scenario: Scenario,
    book: Book,
    resolution: Resolution = STANDARD,
    centres: Mapping[str, float] | None = None,
) -> Model:
    """Return the frozen world of a scenario.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    resolution
        Steps and classes of cover; changed only to test that answers do not move.
    centres
        Reconciled central values by row id; a scenario's own values come before them.

    Raises
    ------
    ScenarioError
        The scenario overrides a row the book does not have, or starts from a year without a chain.
    BookError
        The book lacks a row the chain needs.
    """
    check_chain(scenario)
    scenario.check_ids({row.id for row in book.rows})
    values = Draws(book, scenario.draws, scenario.seed, fixed=scenario.set, centres=centres)
    chain = balanced_chain(values)
    ix = Indexed(Parts(chain), values.n)
    world, series = assemble(ix, values, scenario, resolution)
    processes, markets, pools = tuple(ix.processes), tuple(ix.markets), tuple(ix.pools)
    content = element_content(chain, values)
    return Model(
        world=world,
        labels=_labels(ix),
        processes=processes,
        buffers=tuple(ix.buffers),
        markets=markets,
        pools=pools,
        routes=tuple(ix.routes),
        series=tuple(series),
        content=content,
        loss=check_content(world, processes, markets, pools, content),
        dependence=_dependence(processes, values),
        chain=chain,
        used=dict(values.used),
        draws=values,
    )


def _labels(ix: Indexed) -> Labels:
    def name(node: Node) -> str:
        use = f" ({node.use})" if node.use else ""
        return f"{node.material} in {PLACES[node.place]}{use}"

    routes = tuple(f"{r.material} from {PLACES[r.origin]} to {PLACES[r.destination]}" for r in ix.routes)
    return Labels(tuple(map(name, ix.markets)), tuple(map(name, ix.pools)), routes)
