"""Who supplies whom with one material: trade as told, then home output, then China for the rest.

Most places send a material nowhere, so only the rows of those that do are worked on: a sum over places adds
the same numbers in the same order, without the zeros between them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from dearth.axes import PLACES
from dearth.engine.arrays import FloatArray, IntArray

__all__ = ["CHN", "CODES", "LEAST", "Split", "Trade", "settle"]

CODES: Final = tuple(PLACES)
CHN: Final = CODES.index("CHN")
LEAST: Final = 1e-12


class _Settled(NamedTuple):
    """Flows of the senders (S, to, N), home output used at home, and what China adds, (place, N)."""

    flows: FloatArray
    home: FloatArray
    rest: FloatArray


class Trade:
    """Trade of one material between places other than from China, to be settled for many demands.

    Parameters
    ----------
    trade
        (from, to, N).
    """

    def __init__(self, trade: FloatArray) -> None:
        sends = np.asarray(trade.any(axis=(1, 2)))
        sends[CHN] = False
        self._shape = trade.shape
        self._from: IntArray = np.flatnonzero(sends)
        self._told = trade[self._from]
        self._into = np.maximum(trade.sum(axis=0), LEAST)

    def made(self, output: FloatArray, demand: FloatArray) -> FloatArray:
        """Return what each place makes, (place, N): the sums over destinations of :meth:`flows`."""
        flows, home, rest = self._settle(output, demand)
        made = home
        made[self._from] = flows.sum(axis=1)
        made[CHN] = rest.sum(axis=0)
        return made

    def flows(self, output: FloatArray, demand: FloatArray) -> FloatArray:
        """Return who supplies whom, (from, to, N); see :func:`settle`."""
        found = self._settle(output, demand)
        flows = np.zeros(self._shape)
        places = np.arange(len(CODES))
        flows[places, places] = found.home
        flows[self._from] = found.flows
        flows[CHN] = found.rest
        return flows

    def _settle(self, output: FloatArray, demand: FloatArray) -> _Settled:
        flows = self._told * np.minimum(1.0, demand / self._into)
        out = np.maximum(flows.sum(axis=1), LEAST)
        flows *= np.minimum(1.0, output[self._from] / out)[:, None]
        gap = np.maximum(0.0, demand - flows.sum(axis=0))
        left = output.copy()
        left[self._from] -= flows.sum(axis=1)
        home = np.minimum(np.maximum(0.0, left), gap)
        home[CHN] = 0.0
        flows[np.arange(self._from.size), self._from] += home[self._from]
        return _Settled(flows, home, gap - home)


def settle(output: FloatArray, trade: FloatArray, demand: FloatArray) -> FloatArray:
    """Return who supplies whom: trade as told, then home output, then China for the rest.

    Parameters
    ----------
    output
        Output of each place, (place, N); China's entry is not used.
    trade
        Trade between places other than from China, (from, to, N).
    demand
        Need of each place, (place, N).

    Returns
    -------
    FloatArray
        Flows (from, to, N), not negative; columns sum to `demand` wherever imports of China stay
        below its need.
    """
    return Trade(trade).flows(output, demand)


class Split:
    """Shares of each place's need that each origin makes, (from, to, N), to be asked for many needs."""

    def __init__(self, share: FloatArray) -> None:
        places = np.arange(len(CODES))
        abroad = np.asarray(share.any(axis=2))
        abroad[places, places] = False
        self._from: IntArray = np.flatnonzero(abroad.any(axis=1))
        self._abroad = share[self._from]
        self._home = share[places, places]

    def made(self, need: FloatArray) -> FloatArray:
        """Return what each origin makes of the needs of all places, (place, N)."""
        made = self._home * need
        made[self._from] = (self._abroad * need).sum(axis=1)
        return made
