"""Which trade of the world a firm's sources hang on: material, place of the supplier, place of use, end use.

A source whose part holds no rare earth hangs on none.  One whose content nobody knows is kept apart: unknown
is never none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENT_MEMBERS, METALS
from dearth.engine.arrays import IntArray, World
from dearth.firm.contents import Content
from dearth.firm.graph import Graph
from dearth.firm.network import Firm
from dearth.world.build import Model
from dearth.world.flows import MILITARY_SECTOR

__all__ = ["Lane", "Supply", "Way", "assembly_of", "guessed", "supplies_of", "watched", "way_of"]

_GROUP: Final = {
    **{name: name for name in ELEMENT_MEMBERS},
    **{member: group for group, members in ELEMENT_MEMBERS.items() for member in members},
}
_PRODUCT: Final = {"Y": "product:yttrium-ceramics", "Gd": "product:gadolinium"}
_IN_GOODS: Final = ("assembly", "product", "line")
_WORST: Final = "magnet:high"


class Lane(NamedTuple):
    """A trade: `use` is civil or military."""

    material: str
    origin: str
    destination: str
    use: str


class Way(NamedTuple):
    """How the world carries a lane.

    Attributes
    ----------
    how
        ``route``: the world has this trade; ``makers``: not this one, so what the makers at that place send
        anywhere stands for it; ``none``: the world has no such maker.
    edges
        Routes of the model.
    """

    how: str
    edges: IntArray


@dataclass(frozen=True, slots=True)
class Supply:
    """What one source of a part hangs on.

    Attributes
    ----------
    source
        Number of the source in the graph.
    lanes
        The trades; empty: nothing that the world follows.
    one_of
        Whether the part is one of them, and nobody knows which (a magnet of unknown grade), or needs all.
    known
        As in :class:`dearth.firm.contents.Content`.
    """

    source: int
    part: str
    site: str
    place: str
    destination: str
    lanes: tuple[Lane, ...]
    one_of: bool
    known: str


def supplies_of(firm: Firm, graph: Graph, contents: Mapping[str, Content]) -> tuple[Supply, ...]:
    """Return what every source hangs on whose part holds rare earths, or may hold some.

    Parameters
    ----------
    contents
        Of every part, as :func:`dearth.firm.contents.contents_of` gives them.
    """
    bought = {site.id: site.stage for site in firm.sites}
    used_at = _Places(firm, graph)
    found = []
    for source, (node, site) in enumerate(zip(graph.node.tolist(), graph.site.tolist(), strict=True)):
        content = contents.get(graph.names[node])
        name = graph.sites[site] if site >= 0 else ""
        if content is None or name not in bought or graph.scale[node] <= 0 or _holds_none(content):
            continue
        place, (destination, use) = graph.places[site], used_at.of(node)
        materials = _materials(bought[name], content)
        found.append(
            Supply(
                source, content.part, name, place, destination,
                tuple(Lane(one, place, destination, use) for one in materials),
                bool(content.classes), content.known,
            )
        )  # fmt: skip
    return tuple(found)


def _holds_none(content: Content) -> bool:
    nothing = content.magnet is not None and content.magnet.high <= 0
    return nothing and not any(grams.high > 0 for grams in content.elements.values())


def _materials(stage: str, content: Content) -> tuple[str, ...]:
    """Return the materials of the model that a part is; several classes: one of them."""
    if content.classes:
        return tuple(_magnet(one, stage) for one in content.classes)
    groups = dict.fromkeys(_GROUP[name] for name in content.elements if name in _GROUP)
    return tuple(_compound(group, stage) for group in groups)


def _magnet(name: str, stage: str) -> str:
    """Return a magnet, or the assembly that holds it where the site delivers finished goods."""
    return name.replace("magnet:", "assembly:") if stage in _IN_GOODS else name


def _compound(group: str, stage: str) -> str:
    if stage in _IN_GOODS and group in _PRODUCT:
        return _PRODUCT[group]
    return f"metal:{group}" if stage == "metal" and f"metal:{group}" in METALS else f"oxide:{group}"


def guessed(supply: Supply, stage: str) -> Supply:
    """Return a supply of unknown content as if it held a magnet with much Dy and Tb."""
    lane = Lane(_magnet(_WORST, stage), supply.place, supply.destination, "civil")
    return Supply(
        supply.source, supply.part, supply.site, supply.place, supply.destination, (lane,), False, "guess"
    )


def assembly_of(lane: Lane) -> Lane:
    """Return the trade of the assembly that holds a magnet; any other trade is its own."""
    return lane._replace(material=lane.material.replace("magnet:", "assembly:"))


class _Places:
    """Where most of each part is used, and whether only defence uses it."""

    def __init__(self, firm: Firm, graph: Graph) -> None:
        self.graph = graph
        self.sources: list[list[int]] = [[] for _ in range(graph.size)]
        for source, node in enumerate(graph.node.tolist()):
            self.sources[node].append(source)
        self.civil = np.zeros(graph.size, bool)
        self.civil[: graph.lines] = [line.sector != MILITARY_SECTOR for line in firm.lines]
        self.amount: list[dict[str, float]] = [{} for _ in range(graph.size)]
        for edge in np.argsort(graph.level[graph.parent], kind="stable").tolist():
            self._add(edge)

    def of(self, node: int) -> tuple[str, str]:
        """Return place and end use."""
        amount = self.amount[node]
        return max(amount, key=lambda place: (amount[place], place)), (
            "civil" if self.civil[node] else "military"
        )

    def _add(self, edge: int) -> None:
        parent, child = int(self.graph.parent[edge]), int(self.graph.child[edge])
        self.civil[child] |= self.civil[parent]
        for place, share in self._made_at(parent, int(self.graph.only[edge])):
            amount = self.amount[child]
            amount[place] = amount.get(place, 0.0) + float(self.graph.weight[edge]) * share

    def _made_at(self, node: int, only: int) -> Iterator[tuple[str, float]]:
        for source in self.sources[node] if only < 0 else [only]:
            site, share = int(self.graph.site[source]), float(self.graph.share[source])
            if site >= 0:
                yield self.graph.places[site], share
            else:
                total = sum(self.amount[node].values()) or 1.0
                yield from ((place, some / total) for place, some in self.amount[node].items())


def way_of(model: Model, lane: Lane) -> Way:
    """Return how the world carries a lane."""
    fitting = [
        number
        for number, route in enumerate(model.routes)
        if (route.material, route.origin) == (lane.material, lane.origin) and route.use in ("", lane.use)
    ]
    direct = [number for number in fitting if model.routes[number].destination == lane.destination]
    if direct:
        return Way("route", np.array(direct, np.int64))
    abroad = [number for number in fitting if model.routes[number].destination != lane.origin]
    return Way("makers" if fitting else "none", np.array(abroad or fitting, np.int64))


def watched(world: World, ways: Iterable[Way]) -> tuple[World, dict[int, int]]:
    """Return the world with a record of every route of some ways, and the number of each route's series.

    The series that it recorded before are kept, first; a route that is watched is in a series of its own,
    so the old ones miss it.
    """
    wanted = sorted({int(edge) for way in ways for edge in way.edges})
    series = world.edge_series.copy()
    series[wanted] = world.n_series + np.arange(len(wanted))
    at = {edge: int(series[edge]) for edge in wanted}
    return world._replace(edge_series=series, n_series=world.n_series + len(wanted)), at
