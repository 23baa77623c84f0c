"""Close the base year of each draw: the few factors that make supply equal to use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from dearth.axes import PRODUCTS
from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws
from dearth.world.flows import CHN, CODES, LEAST, Balance, Chain, Needs, apparent_use
from dearth.world.gaps import Gaps
from dearth.world.trade_fit import fit_to_trade

__all__ = ["balanced_chain"]

_CLOSE_ENOUGH: Final = 1e-9  # t/y
_TURNS: Final = 5  # of fit and closing; each turn leaves about a sixteenth of the miss


def _close_ndpr(gaps: Gaps, element: dict[str, FloatArray]) -> FloatArray:
    """Return the factor on China's NdFeB lines that uses up Nd+Pr; the gap is near linear in it."""

    def left(china: FloatArray) -> FloatArray:
        return gaps.of(gaps.magnets(china), element, ("NdPr",))["NdPr"]

    gaps.note()
    new = np.ones_like(element["Dy"])
    old = np.full_like(new, 2.0)
    old_gap = left(old)
    for _ in range(3):
        gap = left(new)
        slope = (gap - old_gap) / np.where(new == old, 1.0, new - old)
        step = np.where(np.abs(slope) > LEAST, -gap / np.where(slope == 0.0, 1.0, slope), 0.0)
        old, old_gap, new = new, gap, np.maximum(0.05, new + step)
    return new


def _fit_and_close(needs: Needs, gaps: Gaps, use: FloatArray, element: dict[str, FloatArray]) -> FloatArray:
    """Scale NdFeB lines to what trade and Nd+Pr say; return the factors, (place, N).

    China's lines also buy assemblies that others make: its factor moves their magnet use, so the fit
    to trade and the closing of Nd+Pr take turns.  China's factor closes last.
    """
    total = fit_to_trade(needs, use)
    for _ in range(_TURNS):
        china = np.ones_like(use)
        china[CHN] = _close_ndpr(gaps, element)
        needs.scale_ndfeb(china)
        total *= china * fit_to_trade(needs, use)
    return total


_CLOSED: Final = ("Sm", "Gd", "Tb", "Dy", "Other")


def _close_elements(gaps: Gaps, china: FloatArray, element: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Return intensity factors, at most 1, so that no element of magnets is over-used (secant)."""
    old = dict(element)
    magnets = gaps.magnets(china)
    old_gap = gaps.of(magnets, old, _CLOSED)
    new = {e: np.where(old_gap[e] < 0.0, 0.8 * old[e], old[e]) for e in _CLOSED}
    for _ in range(6):
        for e, gap in gaps.of(magnets, new, _CLOSED).items():
            slope = (gap - old_gap[e]) / np.where(new[e] == old[e], 1.0, new[e] - old[e])
            step = np.where(np.abs(slope) > LEAST, new[e] - gap / np.where(slope == 0.0, 1.0, slope), new[e])
            old[e], old_gap[e] = new[e], gap
            moved = np.where(old[e] < 1.0, np.clip(step, 0.0, 1.0), old[e])
            new[e] = np.where(np.abs(gap) < _CLOSE_ENOUGH, old[e], moved)
    return new


_PRODUCT_ELEMENTS: Final = ("La", "Ce", "Y")


def _close_products(balance: Balance, gaps: Mapping[str, FloatArray]) -> FloatArray:
    """Cut China's own product lines where La, Ce or Y would be over-used; return the factor (N,)."""
    factor = np.ones(balance.n)
    for e, gap in gaps.items():
        home = sum(
            (
                amount[CHN] * balance.recipe[m, e]
                for m, amount in balance.products.items()
                if (m, e) in balance.recipe
            ),
            np.zeros(balance.n),
        )
        factor = np.minimum(factor, np.clip(1.0 + np.minimum(gap, 0.0) / np.maximum(home, LEAST), 0.05, 1.0))
    for amount in balance.products.values():
        amount[CHN] *= factor
    for (_, place), inputs in balance.needs.lines.items():
        for material in inputs:
            if material in PRODUCTS and place == "CHN":
                inputs[material] = inputs[material] * factor
    return factor


def balanced_chain(draws: Draws) -> Chain:
    """Return the base year of every draw, supply equal to use everywhere.

    Raises
    ------
    BookError
        The book lacks a row the chain needs.
    """
    needs = Needs(draws)
    balance = Balance(draws, needs)
    element = {e: np.ones(draws.n) for e in _CLOSED}
    gaps = Gaps(balance)
    left = gaps.of(gaps.magnets(np.ones(draws.n)), element, _PRODUCT_ELEMENTS)
    products = _close_products(balance, left)
    fitted = _fit_and_close(needs, gaps, apparent_use(draws), element)
    china = _close_ndpr(gaps, element)
    element = _close_elements(gaps, china, element)
    chain = balance.run(china, element)
    closing = {
        "china-ndfeb-lines": fitted[CHN] * china,
        "china-product-lines": products,
        **{f"intensity-{e}": f for e, f in element.items()},
    }
    closing |= {f"lines-{c}": fitted[i] for i, c in enumerate(CODES) if i != CHN}
    return chain._replace(closing=closing)
