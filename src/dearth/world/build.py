"""Scenario and book to one frozen world of arrays, with the names of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from dearth.axes import PLACES
from dearth.book import Book
from dearth.book.centres import reconciled_centres
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray, World
from dearth.engine.run import Labels
from dearth.errors import Fault, ScenarioError
from dearth.world.assemble import STANDARD, Resolution, assemble
from dearth.world.closing import balanced_chain
from dearth.world.content import check_content, element_content
from dearth.world.draws import Draws, RowIndex
from dearth.world.flows import Chain
from dearth.world.index import Indexed, stacked
from dearth.world.kept import Kept
from dearth.world.parts import Buffer, Node, Parts, Process, Route
from dearth.world.scenario import Scenario

__all__ = [
    "CHAIN_YEAR",
    "STANDARD",
    "Builder",
    "Model",
    "Resolution",
    "build",
    "check_chain",
    "reconciled_centres",
]

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

    @cached_property
    def lines(self) -> tuple[Process, ...]:
        """The lines of end-use sectors: the first processes."""
        return tuple(p for p in self.processes if p.stage == "line")


def _dependence(processes: tuple[Process, ...], draws: Draws) -> FloatArray:
    """Return the share of a sector's output that needs the part of each line, (lines, N)."""
    lines = [p for p in processes if p.stage == "line"]
    rows = [draws.find("dependence", sector=p.name, material=p.part) for p in lines]
    return stacked([np.ones(1) if row is None else np.clip(draws.of(row), 0.0, 1.0) for row in rows], draws.n)


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


class Builder:
    """Builds worlds of one book, one after another, and uses again what has not changed between them.

    Made for a slider: a scenario that differs from the last one in a few rows or events costs the parts
    that hang on these.  The model is the same, to the last bit, as that of :func:`build`.  Arrays may
    be shared by several models: none is ever written to.  Not for two threads at once.

    Parameters
    ----------
    book
        What is known.
    resolution
        Steps and classes of cover; changed only to test that answers do not move.
    centres
        Reconciled central values by row id; a scenario's own values come before them.
    """

    def __init__(
        self, book: Book, resolution: Resolution = STANDARD, centres: Mapping[str, float] | None = None
    ) -> None:
        self.book: Final = book
        self._resolution = resolution
        self._centres = centres
        self._index = RowIndex(book)
        self._ids = frozenset(row.id for row in book.rows)
        self._ensemble: tuple[int, int] | None = None
        self._drawn: dict[str, FloatArray] = {}
        self._kept = Kept()

    def build(self, scenario: Scenario) -> Model:
        """Return the frozen world of a scenario; raises as :func:`build`."""
        check_chain(scenario)
        scenario.check_ids(self._ids)
        draws = self._draws(scenario)
        chain, ix = self._kept.part("chain", draws, (), lambda: _base_year(draws))
        world, series = assemble(ix, draws, scenario, self._resolution, self._kept)
        content = self._kept.part("content", draws, (ix,), lambda: element_content(chain, draws))
        processes, markets, pools = tuple(ix.processes), tuple(ix.markets), tuple(ix.pools)
        named = self._kept.part("labels", draws, (ix,), lambda: _labels(ix))
        loss = self._kept.part(
            "loss", draws, (ix,), lambda: check_content(world, processes, markets, pools, content)
        )
        return Model(
            world=world,
            labels=named,
            processes=processes,
            buffers=tuple(ix.buffers),
            markets=markets,
            pools=pools,
            routes=tuple(ix.routes),
            series=tuple(series),
            content=content,
            loss=loss,
            dependence=self._kept.part("dependence", draws, (ix,), lambda: _dependence(processes, draws)),
            chain=chain,
            used=dict(draws.used),
            draws=draws,
        )

    def _draws(self, scenario: Scenario) -> Draws:
        """Return the draws of a scenario; those of another size or seed are forgotten."""
        if self._ensemble != (scenario.draws, scenario.seed):
            self._ensemble = scenario.draws, scenario.seed
            self._drawn, self._kept = {}, Kept()
        return Draws(
            self.book,
            scenario.draws,
            scenario.seed,
            fixed=scenario.set,
            centres=self._centres,
            index=self._index,
            kept=self._drawn,
        )


def _base_year(draws: Draws) -> tuple[Chain, Indexed]:
    """Return the balanced base year, and its parts in order."""
    chain = balanced_chain(draws)
    return chain, Indexed(Parts(chain), draws.n)


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
    return Builder(book, resolution, centres).build(scenario)


def _labels(ix: Indexed) -> Labels:
    def name(node: Node) -> str:
        use = f" ({node.use})" if node.use else ""
        return f"{node.material} in {PLACES[node.place]}{use}"

    routes = tuple(f"{r.material} from {PLACES[r.origin]} to {PLACES[r.destination]}" for r in ix.routes)
    return Labels(tuple(map(name, ix.markets)), tuple(map(name, ix.pools)), routes)
