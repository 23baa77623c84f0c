"""Prices by place and tier, the parts they are made of, and the tonnes that pay them.

Levels are those at the start and at the end of each week, so paths have one point more than the run has
weeks.  A path is its start plus its parts, and nothing else: what moved a price adds up to the move.  The
parts follow `dearth.engine.prices`: the price inside China is what sellers expect at a normal stock, times a
factor for the stock at hand; outside come duties, freight, the rents of licence and quota, and floors of
public contracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import PLACES
from dearth.engine.arrays import FloatArray
from dearth.engine.market import Market, MarketTrace

__all__ = [
    "GOOD_NAMES",
    "MOVED",
    "OUTSIDE",
    "PARTS",
    "PLACE_NAMES",
    "TIERS",
    "Inside",
    "Parts",
    "Tonnes",
    "inside_prices",
    "parts_of",
    "stopped_share",
    "tonnes_of",
]

TIERS: Final = ("china", "fob", "volume-weighted", "quote")
PARTS: Final = ("anchor", "tax", "freight", "scarcity", "licence", "quota", "floor")
OUTSIDE: Final = "outside"
GOOD_NAMES: Final = {
    "La": "lanthanum oxide",
    "Ce": "cerium oxide",
    "NdPr": "neodymium-praseodymium oxide",
    "Sm": "samarium oxide",
    "Gd": "gadolinium oxide",
    "Tb": "terbium oxide",
    "Dy": "dysprosium oxide",
    "Y": "yttrium oxide",
    "Other": "other rare-earth oxides",
    "magnet-light": "magnets without Dy or Tb",
    "magnet-heavy": "magnets with Dy or Tb",
}
PLACE_NAMES: Final = {**PLACES, "EUR": "Europe", OUTSIDE: "outside China"}
MOVED: Final = 0.01  # share of the start below which a price has not moved


class Inside(NamedTuple):
    """Prices inside China, USD/kg, (W + 1, G, N).

    Attributes
    ----------
    price
        As traded.
    anchor
        What it would be at the normal stock cover of each element.
    """

    price: FloatArray
    anchor: FloatArray


class Parts(NamedTuple):
    """A price at the start, (N,), and what moved it since, USD/kg, each (W + 1, N)."""

    start: FloatArray
    anchor: FloatArray
    tax: FloatArray
    freight: FloatArray
    scarcity: FloatArray
    licence: FloatArray
    quota: FloatArray
    floor: FloatArray

    @property
    def path(self) -> FloatArray:
        """The price, (W + 1, N)."""
        return np.asarray(self.start + sum(self[1:], np.zeros_like(self.anchor)))


class Tonnes(NamedTuple):
    """Tonnes of one good that China sold, by what they paid, t/week, (W + 1, N).

    The first point is the base flow.

    Attributes
    ----------
    home
        Used in China at the price inside, as planned; zero for magnet goods.
    contract
        Declared exports that do not pay the rent.
    thin
        Declared exports that pay the quote.
    smuggled
        Exports that no customs office saw.
    """

    home: FloatArray
    contract: FloatArray
    thin: FloatArray
    smuggled: FloatArray

    @property
    def all(self) -> FloatArray:
        """Everything sold, (W + 1, N)."""
        return np.asarray(self.home + self.contract + self.thin + self.smuggled)


def _stock_factor(market: Market, trace: MarketTrace) -> FloatArray:
    """Return price over anchor of each element, (W + 1, E, N): the stock term, smoothed as prices are."""
    v = market.behaviour
    bound = v.working_stock
    term = v.stock_power * np.log((market.stock0 + bound) / (trace.cover + bound))
    step = 1.0 - np.exp(-1.0 / v.price_time)
    smooth = np.zeros((term.shape[0] + 1, *term.shape[1:]))
    for w in range(term.shape[0]):
        smooth[w + 1] = smooth[w] + (term[w] - smooth[w]) * step
    return np.exp(smooth)


def inside_prices(market: Market, trace: MarketTrace) -> Inside:
    """Return prices inside China of elements and of magnet goods, which follow the oxides they hold."""
    elements = market.floor.shape[0]
    oxides = np.concatenate([market.price0[None, :elements], trace.china])
    anchors = oxides / _stock_factor(market, trace)
    content = market.content[elements:]
    return Inside(*(_with_goods(market, content, p) for p in (oxides, anchors)))


def _with_goods(market: Market, content: FloatArray, oxides: FloatArray) -> FloatArray:
    elements = market.floor.shape[0]
    rise = np.einsum("gen,wen->wgn", content, oxides - market.price0[:elements])
    return np.concatenate([oxides, market.price0[None, elements:] + rise], axis=1)


def _instants(market: Market, weeks: int) -> list[int]:
    """Return the steps whose rules hold at the start and at the end of each week."""
    return [0, *(w * market.steps_per_week + market.steps_per_week - 1 for w in range(weeks))]


def _from_zero(weekly: FloatArray) -> FloatArray:
    return np.concatenate([np.zeros_like(weekly[:1]), weekly])


def parts_of(market: Market, trace: MarketTrace, inside: Inside, tier: str, buyers: Sequence[int]) -> Parts:
    """Return one price of one good, split.

    Parameters
    ----------
    market, trace
        What was run, and what it left.
    inside
        Of the same run.
    tier
        One of `TIERS`; ``fob`` is the spot price at a Chinese port.
    buyers
        Rows of the buyers of one good at the place; their prices are weighted by their need of the base year,
        so that a price moves only when somebody's price does.
    """
    if tier == "china":
        return _parts_inside(market, inside, int(market.good[buyers[0]]))
    need = market.need0[list(buyers)]
    weight = need / need.sum(axis=0)
    found = [_parts_outside(market, trace, inside, tier, b) for b in buyers]
    return Parts(
        *(sum(w * p[i] for w, p in zip(weight, found, strict=True)) for i in range(len(Parts._fields)))
    )


def _parts_inside(market: Market, inside: Inside, good: int) -> Parts:
    price, anchor = inside.price[:, good], inside.anchor[:, good]
    none = np.zeros_like(price)
    start = market.price0[good]
    return Parts(start, anchor - start, none, none, price - anchor, none, none, none)


def _parts_outside(market: Market, trace: MarketTrace, inside: Inside, tier: str, b: int) -> Parts:
    """Return the price of one buyer; `Parts` of ``fob`` leave out the way and the import."""
    good, at = int(market.good[b]), _instants(market, trace.china.shape[0])
    price, anchor = inside.price[:, good], inside.anchor[:, good]
    none = np.zeros_like(price)
    freight = none[0] if tier == "fob" else market.freight[b]
    landed = 1.0 + (none[0] if tier == "fob" else market.import_duty[b])
    tax = price * ((1.0 + market.duty[at, good]) * landed - 1.0) + freight * (landed - 1.0)
    paying = market.thin[b] if tier == "volume-weighted" else 1.0
    licence = _from_zero(trace.licence_rent[:, b]) * paying
    quota = _from_zero(trace.quota_rent) * paying if market.quota[b] else none
    before = price + tax + freight + licence + quota
    least = market.price_floor[at, b][:, None] if tier != "fob" else 0.0
    floor = np.maximum(0.0, least - before)
    start = before[0] + floor[0]
    return Parts(
        start, anchor - price[0], tax - tax[0], none, price - anchor, licence, quota, floor - floor[0]
    )


def tonnes_of(market: Market, trace: MarketTrace, good: int, buyers: Sequence[int]) -> Tonnes:
    """Return the tonnes of a good sold in China and to some of its buyers."""
    at = list(buyers)
    base = np.maximum(0.0, market.need0[at] - market.other0[at])
    thin0 = (base * market.thin[at]).sum(axis=0)
    thin = np.concatenate([thin0[None], trace.thin_tonnes[:, at].sum(axis=1)])
    sent = np.concatenate([base.sum(axis=0)[None], trace.shipped[:, at].sum(axis=1)])
    home = np.zeros_like(thin)
    if good < market.floor.shape[0]:
        weeks = [0, *range(thin.shape[0] - 1)]
        home = market.home0[good] * market.home_path[weeks, good]
    return Tonnes(home, np.maximum(0.0, sent - thin), thin, _from_zero(trace.leaked[:, at].sum(axis=1)))


def stopped_share(market: Market, trace: MarketTrace, buyers: Sequence[int]) -> FloatArray:
    """Return the share of the plan of some buyers that is lost, weighted by need, (W + 1, N)."""
    need = market.need0[list(buyers)]
    return _from_zero((trace.lost[:, list(buyers)] * need).sum(axis=1) / need.sum(axis=0))
