"""Where buyers outside the supplier stand in the base year: need and own supply, link by link.

A link of the chain is counted in the oxide it handles, t REO a year.  Need runs up the chain from the magnets
and products that buyers outside China buy, wherever these are made today; motors that come with their magnets
inside are the supplier's own demand.  Supply is what mines and plants outside made in the base year, times
the margin of capacity over output; what was enlarged since is a project.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS, MAGNETS, PRODUCTS
from dearth.book.project_rows import LINKS
from dearth.engine.arrays import FloatArray
from dearth.world.closing import balanced_chain
from dearth.world.draws import Draws
from dearth.world.flows import CHN, CODES, LEAST, Chain
from dearth.world.market_rows import DESTINATIONS

__all__ = ["BASE_YEAR", "BUYERS", "Standing", "magnet_content", "standing_of"]

BASE_YEAR: Final = 2024.5
BUYERS: Final = tuple(DESTINATIONS)
_STAGES: Final = ("concentrate", "oxide", "metal", "magnet")
_CLAY: Final = ("ore:ionic-myanmar",)
_TIED: Final = ("MMR", "SEA")  # clay of Myanmar and Laos leaves over land to the supplier


class Standing(NamedTuple):
    """The base year outside the supplier; B buyers, E elements, S links, N draws; t REO a year.

    Attributes
    ----------
    need
        Of each buyer at each link, (B, S, E, N).
    bound
        What plants outside could make for each buyer, at capacity and as they ship today, (B, S, E, N).
    free
        What they could make besides, (S, E, N).
    growth
        Growth of need, 1/y, (E, N).
    through_magnets
        Whether an element passes the links metal and magnet at all, (E,).
    swarf
        Oxide that comes back from grinding, per oxide in finished magnets, where makers recycle it, (E, N).
    """

    need: FloatArray
    bound: FloatArray
    free: FloatArray
    growth: FloatArray
    through_magnets: FloatArray
    swarf: FloatArray


def _places(buyer: str) -> list[int]:
    return [CODES.index(p) for p in DESTINATIONS[buyer]]


def _into(flow: FloatArray, buyer: str) -> FloatArray:
    """Return what a buyer's places take from all origins, (N,)."""
    return np.asarray(flow[:, _places(buyer)].sum(axis=(0, 1)))


def _from_outside(flow: FloatArray, buyer: str) -> FloatArray:
    outside = [i for i in range(len(CODES)) if i != CHN]
    return np.asarray(flow[outside][:, _places(buyer)].sum(axis=(0, 1)))


def _flow(chain: Chain, material: str, n: int) -> FloatArray:
    """Return the flows of a material, all end uses together, (from, to, N)."""
    parts = list(chain.flows.get(material, {}).values())
    return np.sum(parts, axis=0) if parts else np.zeros((len(CODES), len(CODES), n))


def magnet_content(chain: Chain, n: int) -> FloatArray:
    """Return t REO of each element per t of NdFeB magnet made outside, (E, N)."""
    made = {m: np.delete(chain.made[m], CHN, axis=0).sum(axis=0) for m in MAGNETS if m != "magnet:smco"}
    total = np.maximum(np.sum(list(made.values()), axis=0), LEAST)
    return np.stack(
        [
            np.sum([made[m] * chain.recipe.get((m, e), np.zeros(n)) for m in made], axis=0) / total
            for e in ELEMENTS
        ]
    )


def _in_magnets(chain: Chain, buyer: str, n: int, *, outside: bool) -> FloatArray:
    """Return the oxide in magnets that a buyer takes, (E, N)."""
    take = _from_outside if outside else _into
    out = np.zeros((len(ELEMENTS), n))
    for magnet in MAGNETS:
        tonnes = take(_flow(chain, magnet, n), buyer)
        for e, element in enumerate(ELEMENTS):
            out[e] += tonnes * chain.recipe.get((magnet, element), np.zeros(n))
    return out


def _in_products(chain: Chain, buyer: str, n: int) -> FloatArray:
    out = np.zeros((len(ELEMENTS), n))
    for product in PRODUCTS:
        tonnes = _into(_flow(chain, product, n), buyer)
        for e, element in enumerate(ELEMENTS):
            out[e] += tonnes * chain.recipe.get((product, element), np.zeros(n))
    return out


def _needs(chain: Chain, buyer: str, n: int) -> FloatArray:
    """Return the need of a buyer at every link, (S, E, N): magnets, then back up by yields."""
    magnets = _in_magnets(chain, buyer, n, outside=False)
    cut = np.mean([chain.magnet_yield[m] for m in MAGNETS], axis=0)
    metal = magnets / np.maximum(cut, LEAST)
    loss = [chain.metal_yield.get(f"metal:{e}", np.ones(n)) for e in ELEMENTS]
    oxide = metal / np.maximum(np.stack(loss), LEAST) + _in_products(chain, buyer, n)
    return np.stack([oxide, oxide, metal, magnets])


def _bound(chain: Chain, buyer: str, n: int) -> FloatArray:
    """Return supply from outside that goes to a buyer, (S, E, N); ore is pooled."""
    oxide = np.stack([_from_outside(_flow(chain, f"oxide:{e}", n), buyer) for e in ELEMENTS])
    metal = np.stack([_from_outside(_flow(chain, f"metal:{e}", n), buyer) for e in ELEMENTS])
    return np.stack([np.zeros_like(oxide), oxide, metal, _in_magnets(chain, buyer, n, outside=True)])


def _outside(chain: Chain, key: str, n: int) -> FloatArray:
    made = chain.made.get(key)
    return np.zeros(n) if made is None else np.asarray(np.delete(made, CHN, axis=0).sum(axis=0))


def _mined(chain: Chain, draws: Draws) -> FloatArray:
    """Return the oxide that ore mined outside could give, (E, N).

    Recovery is that of NdPr from the same ore: heavy oxides of Mt Weld and Mountain Pass are not separated
    today, but they are in the concentrate.
    """
    out = np.zeros((len(ELEMENTS), draws.n))
    open_share = draws.get("ore-open-share", place="MMR")
    for ore, mined in chain.mined.items():
        if ore == "ore:scrap":
            continue
        usable = np.ones((len(CODES), draws.n))
        for place in _TIED if ore in _CLAY else ():
            usable[CODES.index(place)] = open_share
        usable[CHN] = 0.0
        recovery = draws.get("separation-recovery", material=ore, element="NdPr")
        tonnes = (mined * usable).sum(axis=0) * recovery
        for e, element in enumerate(ELEMENTS):
            out[e] += tonnes * draws.get("basket", material=ore, element=element)
    return out


def _supply(chain: Chain, draws: Draws) -> FloatArray:
    """Return what is mined and made outside, (S, E, N)."""
    n = draws.n
    magnets = np.zeros((len(ELEMENTS), n))
    for magnet in MAGNETS:
        for e, element in enumerate(ELEMENTS):
            magnets[e] += _outside(chain, magnet, n) * chain.recipe.get((magnet, element), np.zeros(n))
    oxide = np.stack([_outside(chain, f"supply:{e}", n) for e in ELEMENTS])
    back = oxide - np.stack([_outside(chain, f"oxide:{e}", n) for e in ELEMENTS])
    metal = np.stack([_outside(chain, f"metal:{e}", n) for e in ELEMENTS])
    return np.stack([_mined(chain, draws) + np.maximum(back, 0.0), oxide, metal, magnets])


def standing_of(draws: Draws) -> tuple[Standing, Chain]:
    """Return the base year outside the supplier, and the chain it comes from.

    Raises
    ------
    BookError
        The book lacks a row.
    """
    chain = balanced_chain(draws)
    n = draws.n
    need = np.stack([_needs(chain, b, n) for b in BUYERS])
    bound = np.stack([_bound(chain, b, n) for b in BUYERS])
    growth = np.stack([draws.get("outside-growth", element=e, place="outside") / 100.0 for e in ELEMENTS])
    free = np.maximum(_supply(chain, draws) - bound.sum(axis=0), 0.0)
    margin = np.stack([draws.get("capacity-margin", material=stage, place="*") for stage in _STAGES])[:, None]
    bound, free = bound * margin, free * margin
    total = need.sum(axis=0)
    passes = np.median(total[LINKS.index("magnet")], axis=-1) > 0.1 * np.median(total[1], axis=-1)
    return Standing(need, bound, free, growth, passes.astype(np.float64), _swarf(chain)), chain


def _swarf(chain: Chain) -> FloatArray:
    """Return the oxide that comes back from swarf per oxide in finished magnets, (E, N)."""
    cut = np.mean([chain.magnet_yield[m] for m in MAGNETS], axis=0)
    back = np.mean([chain.swarf_recovery[m] for m in MAGNETS], axis=0)
    share = (1.0 - cut) / np.maximum(cut, LEAST) * back
    return np.asarray(np.broadcast_to(share, (len(ELEMENTS), share.size)).copy())
