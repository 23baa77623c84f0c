"""What a place may lack, what a missing tonne costs it, and how long its stocks carry it: read from a run.

Rows of need are materials at a link of the chain; a commodity is what buyers miss, and takes of several rows:
a tonne of magnets that does not come must be made elsewhere, and then needs oxides that are held back too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import MAGNETS, MATERIALS, stage_of
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.bought import first_stop, sites_among, worth_of
from dearth.world.build import Model
from dearth.world.plan_measures import REGIONS, price_of, worth_per_kg
from dearth.world.relief import Gated, gated_flows, lines_behind

__all__ = ["HEAVY", "Case", "case_of", "group_of", "held_weeks"]

HEAVY: Final = "Dy+Tb"
_NDFEB: Final = tuple(m for m in MAGNETS if m != "magnet:smco")
_MAGNET_ELEMENTS: Final = ("NdPr", HEAVY, "Sm", "Gd")
_LEAST: Final = 1e-12


class Case(NamedTuple):
    """A place before a plan; K commodities, each with one row of need and one stock of its own.

    Attributes
    ----------
    place
        Key of `dearth.world.plan_measures.REGIONS`.
    names
        Of the commodities, (K,).
    keys
        ``magnet:ndfeb``, ``magnet:smco`` or ``oxide:ELEMENT``, (K,).
    flow
        Held back in a year of full control, t/y, (K,).
    uses
        What a tonne of each takes of each row, (K, K).
    held
        Weeks of flow that may be missed before the first lines stop, (K, N).
    value
        Value added that is lost at home with a tonne, MUSD/t, (K,).
    price
        USD/kg, (K,).
    share
        Of all that is held back from places outside, by key, (K,).
    worth
        A year's value added that hangs on all this, MUSD.
    """

    place: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    flow: FloatArray
    uses: FloatArray
    held: FloatArray
    value: FloatArray
    price: FloatArray
    share: FloatArray
    worth: float


def group_of(material: str) -> str:
    """Return the commodity of a material: NdFeB magnets are one, Dy and Tb are one, metal is its oxide."""
    if material in _NDFEB:
        return "magnet:ndfeb"
    if stage_of(material) == "magnet":
        return material
    element = material.split(":")[1]
    return "oxide:" + (HEAVY if element in {"Dy", "Tb"} else element)


def _name(key: str) -> str:
    if key == "magnet:ndfeb":
        return "NdFeB magnets"
    return MATERIALS.get(key, f"{key.split(':')[1]} oxide and metal")


def held_weeks(
    model: Model,
    trace: Trace,
    materials: Collection[str],
    gated: Mapping[str, Gated],
    places: Collection[str],
) -> FloatArray:
    """Return the weeks of flow missed when the first of the lines behind some materials stopped; (N,).

    That is what stocks and goods on the way carry.  Where nothing stops, all that was missed is carried.
    """
    w = model.world
    edges = np.concatenate([gated[m].edges for m in materials])
    weight = w.flow[edges] / np.maximum(w.flow[edges].sum(axis=0), _LEAST)
    gap = (np.maximum(0.0, 1.0 - w.allowance[:, w.edge_class[edges]]) * weight).sum(axis=1) / w.steps_per_week
    missed = np.concatenate([np.zeros((1, gap.shape[1])), np.cumsum(gap, axis=0)])
    lines = sorted({line for m in materials for line in lines_behind(model, m, places)})
    if not lines:
        return np.asarray(missed[-1])
    stop = np.minimum(first_stop(model, sites_among(model, trace, lines)), w.n_steps / w.steps_per_week)
    at = np.minimum((stop * w.steps_per_week).astype(np.intp), missed.shape[0] - 1)
    return np.asarray(missed[at, np.arange(gap.shape[1])])


def case_of(model: Model, trace: Trace, place: str) -> Case | None:
    """Return what a place may lack under the controls of a run, or None where nothing priced is held back."""
    places = REGIONS[place]
    gated = {m: g for m, g in gated_flows(model, places).items() if price_of(model, m) is not None}
    groups: dict[str, list[str]] = {}
    for material in gated:
        groups.setdefault(group_of(material), []).append(material)
    groups = {key: some for key, some in groups.items() if _feeds(model, key, some, places)}
    if not groups:
        return None
    keys = tuple(sorted(groups, key=lambda key: (not key.startswith("magnet"), key)))
    flow = np.array([sum(_flow(gated[m]) for m in groups[key]) for key in keys])
    uses = np.eye(len(keys))
    for i, key in enumerate(keys):
        if key.startswith("magnet"):
            content = _content(model, groups[key], gated)
            uses[i] += [content.get(other, 0.0) for other in keys]
    value, worth = _values(model, trace, keys, groups, places)
    world = gated_flows(model, REGIONS["outside"])
    return Case(
        place=place,
        names=tuple(_name(key) for key in keys),
        keys=keys,
        flow=flow,
        uses=uses,
        held=np.stack([held_weeks(model, trace, groups[key], gated, places) for key in keys]),
        value=value,
        price=np.array([_price(model, groups[key], gated) for key in keys]),
        share=np.array([_share(groups[key], gated, world) for key in keys]),
        worth=worth,
    )


def _flow(gated: Gated) -> float:
    return float(np.median(gated.flow)) * WEEKS_PER_YEAR


def _feeds(model: Model, key: str, materials: Sequence[str], places: Collection[str]) -> bool:
    """Say whether any line of the places hangs on a commodity."""
    return any(lines_behind(model, m, places) for m in materials) or key.startswith("magnet")


def _content(model: Model, magnets: Sequence[str], gated: Mapping[str, Gated]) -> dict[str, float]:
    """Return t REO of each commodity of oxides that goes into a tonne of some magnets, grinding included."""
    total = sum(_flow(gated[m]) for m in magnets)
    found: dict[str, float] = {}
    for (material, element), amount in model.chain.recipe.items():
        if material in magnets:
            key = group_of(f"oxide:{element}")
            each = float(np.median(amount / model.chain.magnet_yield[material]))
            found[key] = found.get(key, 0.0) + each * _flow(gated[material]) / max(total, _LEAST)
    return found


def _price(model: Model, materials: Sequence[str], gated: Mapping[str, Gated]) -> float:
    """Return the mean price of some materials, USD/kg, weighted by flow."""
    priced = [(_flow(gated[m]), price_of(model, m)) for m in materials]
    total = sum(flow for flow, _ in priced)
    return sum(flow * float(np.median(p)) for flow, p in priced if p is not None) / max(total, _LEAST)


def _share(materials: Sequence[str], gated: Mapping[str, Gated], world: Mapping[str, Gated]) -> float:
    """Return the share of the places in all that is held back from buyers outside."""
    mine = sum(_flow(gated[m]) for m in materials)
    return min(1.0, mine / max(sum(_flow(world[m]) for m in materials if m in world), mine, _LEAST))


def _values(
    model: Model,
    trace: Trace,
    keys: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    places: Collection[str],
) -> tuple[FloatArray, float]:
    """Return value added lost with a tonne of each commodity, MUSD/t, and a year's behind them all, MUSD."""
    added = float(np.median(model.draws.get("value-added-share")))
    behind = {key: _lines(model, groups[key], places) for key in keys}
    value = [added * _worth(model, trace, behind[key], key) for key in keys]
    every = sorted({line for lines in behind.values() for line in lines})
    return np.array(value), added * float(np.median(_output(model, trace, every)))


def _lines(model: Model, materials: Sequence[str], places: Collection[str]) -> list[int]:
    return sorted({line for m in materials for line in lines_behind(model, m, places)})


def _output(model: Model, trace: Trace, lines: Sequence[int]) -> FloatArray:
    """Return a year's output of the sectors of some lines, as far as it needs their parts, MUSD, (N,)."""
    sites = [
        site._replace(need=_whole_need(model, site.sector, site.place))
        for site in sites_among(model, trace, lines)
    ]
    usd = np.stack([worth_per_kg(model, site.sector) for site in sites])
    depends = np.stack([model.dependence[site.lines].max(axis=0) for site in sites])
    return np.asarray((worth_of(sites, usd) * depends).sum(axis=0))


def _whole_need(model: Model, sector: str, place: str) -> FloatArray:
    at = [i for i, p in enumerate(model.lines) if p.name == sector and p.place == place]
    return np.asarray(model.world.rate[at].sum(axis=0))


def _worth(model: Model, trace: Trace, lines: Sequence[int], key: str) -> float:
    """Return the output that hangs on a tonne of a commodity, MUSD/t, through what the lines hold of it."""
    if not lines:
        return 0.0
    held = [
        model.world.rate[i] * WEEKS_PER_YEAR * _held_in(model, model.processes[i].part, key) for i in lines
    ]
    tonnes = float(np.median(np.sum(held, axis=0)))
    return float(np.median(_output(model, trace, lines))) / tonnes if tonnes > _LEAST else 0.0


def _held_in(model: Model, part: str, key: str) -> FloatArray | float:
    """Return t of a commodity in a tonne of a part: of magnets one, of oxides by the recipe."""
    if key.startswith("magnet"):
        return 1.0
    made_of = part.replace("assembly", "magnet")
    grown = model.chain.magnet_yield.get(made_of, np.ones(1))
    some = [a for (m, e), a in model.chain.recipe.items() if m == made_of and group_of(f"oxide:{e}") == key]
    return np.asarray(np.sum(some, axis=0) / grown) if some else 0.0
