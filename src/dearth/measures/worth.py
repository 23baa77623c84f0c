"""What each project is worth: how much more of need would survive because of it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.engine.arrays import FloatArray
from dearth.measures.bands import five, tidy
from dearth.measures.card import Outcome, Table
from dearth.measures.leverage import capacity_of, chokepoint

__all__ = ["Worth", "choke_shares", "lines_of", "worth_of"]

_TEN: Final = 10
_SHOWN: Final = 1e-5
_LEAST: Final = 1e-9


class Worth(NamedTuple):
    """Marginal effect of the live projects on the share of need that survives, mean of ten years from now.

    Attributes
    ----------
    own, chain
        At the link where it helps most, its inputs taken as given; and down the chain to the last link, (P,
        E, N).
    sure
        As `chain`, if it ran at its nameplate from the first year, (P, E, N).
    """

    own: FloatArray
    chain: FloatArray
    sure: FloatArray


def _chain(own: FloatArray) -> FloatArray:
    return np.asarray(np.minimum(1.0, own.min(axis=0)))


def worth_of(table: Table, outcome: Outcome) -> Worth:
    """Return what each live project adds, with all others as drawn."""
    count, last = table.projects.size, min(_TEN, table.years.size)
    total = np.maximum(outcome.need.sum(axis=0), _LEAST)[:, :, :last]
    own = outcome.survival.own[:, :, :last]
    whole = _chain(own)
    capacity = capacity_of(table.standing, table.projects)
    found: list[list[FloatArray]] = [[], [], []]
    for p in range(count):
        size = capacity[p][:, :, None] / total
        adds = size * outcome.share[p, :last][None, None]
        found[0].append(adds.max(axis=0).mean(axis=1))
        found[1].append((whole - _chain(own - adds)).mean(axis=1))
        found[2].append((_chain(own - adds + size) - _chain(own - adds)).mean(axis=1))
    empty = np.zeros((0, len(ELEMENTS), table.draws.n))
    return Worth(*(np.stack(f) if f else empty for f in found))


def lines_of(worth: Worth, p: int) -> list[dict[str, Any]]:
    """Return, element by element, what a project adds, in shares of need; untouched ones are left out."""
    lines = []
    for e, element in enumerate(ELEMENTS):
        if (
            float(worth.own[p, e].max(initial=0.0)) > _SHOWN
            or float(worth.sure[p, e].max(initial=0.0)) > _SHOWN
        ):
            lines.append(
                {
                    "element": element,
                    "own": five(worth.own[p, e]),
                    "chain": five(worth.chain[p, e]),
                    "mean_own": tidy(float(worth.own[p, e].mean())),
                    "mean_chain": tidy(float(worth.chain[p, e].mean())),
                    "sure": tidy(float(worth.sure[p, e].mean())),
                }
            )
    return lines


def choke_shares(outcome: Outcome, e: int, y: int) -> list[float]:
    """Return the share of draws in which each link is the scarcest for an element in a year."""
    links = chokepoint(outcome.survival.own)[e, y]
    return [tidy(float(np.mean(links == s))) for s in range(outcome.survival.own.shape[0])]
