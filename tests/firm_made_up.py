"""Random firms without a circle, for tests and benchmarks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dearth.firm.graph import graph_of
from dearth.firm.network import Bill, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier

PLACES = ("CHN", "JPN", "DEU", "USA", "KOR")


def random_firm(  # noqa: C901, PLR0913, PLR0917 (a test's knobs)
    seed: int,
    parts: int = 12,
    lines: int = 3,
    second: float = 0.0,
    recipes: float = 0.0,
    capacities: float = 0.0,
    reuse: float = 1.6,
    shallow: bool = False,
) -> Firm:
    """Return a firm in which every part goes into one to three lines or earlier parts.

    Parameters
    ----------
    second, recipes, capacities
        Chance that a part has a second source, that such a part needs another part at one of its sites only,
        and that a site has a capacity for all its parts together.
    """
    rng = np.random.default_rng(seed)
    names = [f"L{i}" for i in range(lines)] + [f"P{i}" for i in range(parts)]
    bill: dict[tuple[str, str, str], float] = {}
    for number in range(parts):
        first, last = 0, lines + number  # of the names above it
        if shallow:
            first, last = max(0, last // 8 - 1), max(1, last // 2)
        users = min(last - first, 1 + int(rng.poisson(reuse - 1.0)))
        for user in rng.choice(last - first, size=users, replace=False):
            bill[names[first + user], f"P{number}", ""] = float(rng.integers(1, 5)) / 2
    sites, sources = [], []
    shared = max(2, parts // 3)
    for number in range(parts):
        part = f"P{number}"
        if rng.random() < 0.1:
            continue  # made in the house
        own = f"S{number}" if rng.random() < 0.6 else f"S{parts + rng.integers(shared)}"
        sites.append(own)
        if rng.random() >= second:
            sources.append(Source(part=part, site=own))
            continue
        other = f"T{rng.integers(max(2, parts // 2))}"
        sites.append(other)
        share = float(rng.integers(0, 5)) / 4
        ramp = float(rng.integers(0, 4))
        most = min(1.0, 1 - share + float(rng.integers(0, 4)) / 4)
        mine = min(1.0, share + float(rng.integers(0, 3)) / 4)
        sources.append(
            Source(part=part, site=own, share=share, most_share=mine, ramp_weeks=float(rng.integers(0, 3)))
        )
        sources.append(Source(part=part, site=other, share=1 - share, most_share=most, ramp_weeks=ramp))
        if rng.random() < recipes and number + 1 < parts:
            for site in (own, other):
                child = f"P{rng.integers(number + 1, parts)}"
                bill.setdefault((part, child, site), float(rng.integers(1, 4)) / 2)
    stocks = [
        Stock(item=name, quantity=float(rng.integers(0, 60)) * (1.0 if name[0] == "L" else 3.0))
        for name in names
        if rng.random() < 0.8
    ]
    output = rng.integers(5, 40, size=lines).astype(float)
    firm = Firm(
        head=Head(name="Made up", currency="EUR"),
        plants=tuple(Plant(id=f"W{i}", place=PLACES[i % len(PLACES)]) for i in range(min(2, lines))),
        lines=tuple(
            Line(
                id=f"L{i}",
                plant=f"W{i % min(2, lines)}",
                weekly_output=float(output[i]),
                margin_per_unit=10.0,
            )
            for i in range(lines)
        ),
        parts=tuple(Part(id=f"P{i}") for i in range(parts)),
        bill=tuple(Bill(parent=a, part=b, site=c, quantity=q) for (a, b, c), q in bill.items()),
        suppliers=(Supplier(id="A", name="Maker A"),),
        sites=tuple(
            Site(
                id=name, supplier="A", place=PLACES[i % len(PLACES)], recover_weeks=float(rng.integers(1, 30))
            )
            for i, name in enumerate(dict.fromkeys(sites))
        ),
        sources=tuple(sources),
        stocks=tuple(stocks),
    )
    return _with_capacities(firm, rng, capacities) if capacities else firm


def _with_capacities(firm: Firm, rng: np.random.Generator, chance: float) -> Firm:
    graph = graph_of(firm)
    load = np.zeros(len(graph.sites))
    bound = graph.site >= 0
    np.add.at(load, graph.site[bound], (graph.share * graph.use[graph.node])[bound])
    at = dict(zip(graph.sites, load.tolist(), strict=True))
    sites = []
    for site in firm.sites:
        room = 1.0 + float(rng.integers(0, 4)) / 4
        capacity = at[site.id] * room + 1.0 if rng.random() < chance else None
        sites.append(replace(site, capacity=capacity))
    return replace(firm, sites=tuple(sites))
