"""The measures that a plan is made of: what each changes in the world, how much of it, and what it costs.

A measure is the buyer's own: a stock, a plant with its own inputs, a redesign, a second maker approved ahead.
Nothing here carries goods past a control, and nothing helps anyone fall below one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from dearth.axes import MATERIALS, PLACES, stage_of
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.errors import BookError, Fault
from dearth.world.build import Model
from dearth.world.relief import Gated, Relief, gated_flows, lines_behind

__all__ = ["REGIONS", "Hand", "Measure", "measures_for", "price_of", "worth_per_kg"]

REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "outside": tuple(code for code in PLACES if code != "CHN"),
    "EUR": ("DEU", "FRA", "REU"),
    **{code: (code,) for code in ("USA", "JPN", "KOR", "IND", "DEU", "FRA")},
}
_PER_MILLION: Final = 1e3  # USD/kg times t is 1,000 USD
_PERCENT: Final = 100.0
_MOST: Final = 8  # materials ranked one by one
_HEAVY: Final = ("Sm", "Gd", "Tb", "Dy", "Y", "NdPr")


@dataclass(frozen=True)
class Hand:
    """The figures behind a measure, medians, so that a person can follow it.

    Attributes
    ----------
    flow
        What the control holds back in a usual week, t/week.
    share
        Share of all that its buyers take in that week.
    size, size_unit
        How much is done.
    tonnes
        The stock in t, or the plant in t a year.
    price
        USD/kg: of the goods, of a kilogram of yearly capacity, or of a kilogram saved; None: a sum is paid.
    carry
        Factor on that for the years it is paid for: holding, running gap.
    most
        Weeks of output it can save at most: stock times share; None where no such product holds.
    """

    flow: float
    share: float
    size: float
    size_unit: str
    tonnes: float
    price: float | None
    carry: float
    most: float | None

    @property
    def cost(self) -> float | None:
        """Cost in MUSD as a person would multiply it; None where no one price holds."""
        return None if self.price is None else self.tonnes * self.price * self.carry / _PER_MILLION


@dataclass(frozen=True)
class Measure:
    """Something a buyer may do.

    Attributes
    ----------
    key
        Kebab-case, unique.
    lever
        ``stock``, ``supply``, ``spared`` or ``second``.
    name
        In words.
    materials
        What it is about.
    relief
        What it changes in the world.
    cost
        MUSD over the years it is paid for, (N,).
    lines
        Lines it is for.
    hand
        Its arithmetic.
    """

    key: str
    lever: str
    name: str
    materials: tuple[str, ...]
    relief: Relief
    cost: FloatArray
    lines: tuple[int, ...]
    hand: Hand


def price_of(model: Model, material: str) -> FloatArray | None:
    """Return the price of a material, USD/kg, (N,); None where the book has none."""
    row = model.draws.find("stock-price", material=material)
    return None if row is None else model.draws.of(row)


def worth_per_kg(model: Model, sector: str) -> FloatArray:
    """Return the output that hangs on a kilogram of a sector's need, USD/kg, (N,)."""
    return model.draws.get("output-per-kg", sector=sector)


def measures_for(model: Model, places: Collection[str]) -> list[Measure]:
    """Return the measures open to `places` against what the gates hold back, in a fixed order."""
    gated = {
        material: some
        for material, some in gated_flows(model, places).items()
        if price_of(model, material) is not None
    }
    first = dict(list(gated.items())[:_MOST])
    kinds: tuple[Callable[[Model, Collection[str], Mapping[str, Gated]], Iterator[Measure]], ...] = (
        _stocks, _plants, _redesigns, _seconds,
    )  # fmt: skip
    return [measure for kind in kinds for measure in kind(model, places, first)]


def _lines_of(model: Model, materials: Collection[str], places: Collection[str]) -> tuple[int, ...]:
    return tuple(sorted({line for m in materials for line in lines_behind(model, m, places)}))


def _median(values: FloatArray) -> float:
    return float(np.median(values))


def _size(model: Model, lever: str) -> float:
    """Return the size in which measures are compared: a choice, so it is not drawn."""
    row = model.draws.find("measure-size", sector=lever)
    if row is None:
        fault = Fault(f"no row 'measure-size' for {lever!r}", "data/chain", cure="add it")
        raise BookError("Building the measures", fault)
    model.draws.of(row)
    return row.central


def _inflow(model: Model, material: str, places: Collection[str]) -> FloatArray:
    """Return all that the buyers of a material at some places take in a usual week, t, (N,)."""
    at = [e for e, r in enumerate(model.routes) if r.material == material and r.destination in places]
    return np.asarray(model.world.flow[at].sum(axis=0))


def _carry(model: Model) -> FloatArray:
    """Return the cost of a stock over its purchase: bought once, held for the years of the plan, (N,)."""
    return np.asarray(1.0 + model.draws.get("holding-cost") / _PERCENT * model.draws.get("plan-period"))


def _relief(**changes: Mapping[str, float] | Mapping[int, float]) -> Relief:
    empty: dict[str, Mapping[str, float]] = {"stock": {}, "supply": {}, "spared": {}, "second": {}}
    return Relief(**{**empty, **changes})  # type: ignore[arg-type]


def _stocks(model: Model, places: Collection[str], gated: Mapping[str, Gated]) -> Iterator[Measure]:
    """Yield a stock of each material, and of all of them."""
    weeks, carry = _size(model, "stock"), _carry(model)
    total = np.zeros(model.draws.n)
    tonnes = 0.0
    for material, some in gated.items():
        price = price_of(model, material)
        if price is None:
            continue
        cost = some.flow * weeks * price * carry / _PER_MILLION
        total, tonnes = total + cost, tonnes + _median(some.flow) * weeks
        share = some.flow / np.maximum(_inflow(model, material, places), 1e-12)
        hand = Hand(
            _median(some.flow), _median(share), weeks, "weeks", _median(some.flow) * weeks,
            _median(price), _median(carry), weeks * _median(share),
        )  # fmt: skip
        yield Measure(
            "stock-" + material.replace(":", "-").lower(), "stock",
            f"{weeks:g} weeks of {MATERIALS[material]} in stock", (material,),
            _relief(stock={material: weeks}), cost, _lines_of(model, (material,), places), hand,
        )  # fmt: skip
    if len(gated) > 1:
        flow = float(sum(_median(g.flow) for g in gated.values()))
        hand = Hand(flow, 1.0, weeks, "weeks", tonnes, None, _median(carry), None)
        yield Measure(
            "stock-everything", "stock", f"{weeks:g} weeks of everything held back, in stock", tuple(gated),
            _relief(stock=dict.fromkeys(gated, weeks)), total, _lines_of(model, gated, places), hand,
        )  # fmt: skip


def _plants(model: Model, places: Collection[str], gated: Mapping[str, Gated]) -> Iterator[Measure]:
    """Yield plants for a share of the magnets held back, and of the oxides and metals held back."""
    draws = model.draws
    share = _size(model, "supply") / _PERCENT
    years = draws.get("plan-period")
    magnets = {m: g for m, g in gated.items() if stage_of(m) == "magnet"}
    heavy = {
        m: g for m, g in gated.items() if stage_of(m) in {"oxide", "metal"} and m.split(":")[1] in _HEAVY
    }
    if magnets:
        gap = draws.get("running-gap", material="magnet") * years
        capital = draws.get("plant-cost", material="magnet")
        yield _plant(
            model, places, "magnets", "magnet plants with inputs of their own", magnets, share, capital, gap
        )
    if heavy:
        rise, capital = (
            draws.get("running-gap-share", material="oxide"),
            draws.get("plant-cost", material="oxide"),
        )
        total = np.sum([g.flow for g in heavy.values()], axis=0)
        price = np.sum([g.flow * (price_of(model, m)) for m, g in heavy.items()], axis=0) / total  # type: ignore[operator]
        gap = price * rise * years
        yield _plant(
            model, places, "oxides", "separation and metal of magnet elements", heavy, share, capital, gap
        )
        again = draws.get("plant-cost", material="recycling")
        yield _plant(
            model, places, "recycling", "recycling of magnets to oxide and metal", heavy, share, again, gap
        )


def _plant(  # noqa: PLR0913, PLR0917 (what a plant is)
    model: Model,
    places: Collection[str],
    key: str,
    name: str,
    gated: Mapping[str, Gated],
    share: float,
    capital: FloatArray,
    gap: FloatArray,
) -> Measure:
    """Return plants that make a share of some flows; they cost their capital and the running gap."""
    yearly = np.sum([g.flow for g in gated.values()], axis=0) * share * WEEKS_PER_YEAR
    inflow = np.sum([_inflow(model, m, places) for m in gated], axis=0)
    part = np.sum([g.flow for g in gated.values()], axis=0) / np.maximum(inflow, 1e-12)
    hand = Hand(
        _median(yearly) / WEEKS_PER_YEAR / share, _median(part), share * _PERCENT, "% of it", _median(yearly),
        _median(capital), _median((capital + gap) / capital), None,
    )  # fmt: skip
    return Measure(
        f"supply-{key}", "supply", f"{name}, {share:.0%} of what is held back", tuple(gated),
        _relief(supply=dict.fromkeys(gated, share)), yearly * (capital + gap) / _PER_MILLION,
        _lines_of(model, gated, places), hand,
    )  # fmt: skip


def _redesigns(model: Model, places: Collection[str], gated: Mapping[str, Gated]) -> Iterator[Measure]:
    """Yield a redesign that spares a share of each class of magnet that is held back."""
    draws = model.draws
    share = _size(model, "spared") / _PERCENT
    price, years = draws.get("way-round", material="magnet"), draws.get("plan-period")
    for material in gated:
        if stage_of(material) != "magnet":
            continue
        part = "assembly:" + material.split(":")[1]
        lines = tuple(
            i
            for i, p in enumerate(model.lines)
            if p.place in places and p.part == part and p.use != "military"
        )
        if not lines:
            continue
        yearly = model.world.rate[list(lines)].sum(axis=0) * share * WEEKS_PER_YEAR
        hand = Hand(
            _median(yearly) / WEEKS_PER_YEAR / share, 1.0, share * _PERCENT, "% of need", _median(yearly),
            _median(price), _median(years), None,
        )  # fmt: skip
        yield Measure(
            "redesign-" + material.replace(":", "-"), "spared",
            f"redesign: {share:.0%} of the goods do without {MATERIALS[material]}", (material,),
            _relief(spared=dict.fromkeys(lines, share)), yearly * price * years / _PER_MILLION, lines, hand,
        )  # fmt: skip


def _seconds(model: Model, places: Collection[str], gated: Mapping[str, Gated]) -> Iterator[Measure]:
    """Yield second makers approved ahead: they serve what they can make, no more."""
    if not gated:
        return
    stages = ("assembly", "magnet", "metal", "oxide")
    second = {s: _median(model.draws.get("second-share", material=s)) for s in stages}
    lines = _lines_of(model, gated, places)
    sectors = len({(model.processes[i].name, model.processes[i].place) for i in lines})
    each = model.draws.get("approval-cost")
    hand = Hand(
        float(sum(_median(g.flow) for g in gated.values())),
        1.0,
        float(sectors),
        "sectors",
        0.0,
        None,
        1.0,
        None,
    )
    yield Measure(
        "second-makers", "second", "second makers approved before the shortage", tuple(gated),
        _relief(second=second), each * sectors, lines, hand,
    )  # fmt: skip
