"""What China has left of each element for trial factors: what closing a base year asks many times.

The same sums as :meth:`dearth.world.flows.Balance.run`, without the flows that only the last run needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dearth.axes import ASSEMBLIES, MAGNETS, METALS, OXIDES
from dearth.engine.arrays import FloatArray
from dearth.world.flows import MILITARY_SECTOR, SCALED_GRADES, Balance
from dearth.world.settle import CHN, Split, Trade

__all__ = ["Gaps"]


class Gaps:
    """Supply less use of a balance, for the needs of its lines as they stand when they are noted.

    Parameters
    ----------
    balance
        Its trade and shares of makers are taken once, its needs at each :meth:`note`.
    """

    def __init__(self, balance: Balance) -> None:
        self._balance = balance
        self._trade = {m: Trade(balance.trade[m]) for m in (*MAGNETS, *METALS, *OXIDES)}
        self._split = {m: Split(balance.needs.split[m]) for m in ASSEMBLIES}
        self.note()

    def note(self) -> None:
        """Take the needs of the lines as they stand now."""
        self._need = {(m, mil): self._balance.needs.of(m, mil) for m in ASSEMBLIES for mil in (False, True)}
        self._own: dict[tuple[str, bool], list[FloatArray]] = {key: [] for key in self._need}
        for (sector, place), inputs in self._balance.needs.lines.items():
            for material, need in inputs.items():
                if place == "CHN" and material in ASSEMBLIES:
                    self._own[material, sector == MILITARY_SECTOR].append(need)

    def magnets(self, china: FloatArray) -> dict[str, FloatArray]:
        """Return what each place makes of each magnet, for China's line factor (N,); (place, N)."""
        return {m: self._magnet(m, china) for m in MAGNETS}

    def _magnet(self, magnet: str, china: FloatArray) -> FloatArray:
        grade = magnet.split(":")[1]
        assembly = f"assembly:{grade}"
        civil, military = (self._need[assembly, mil] for mil in (False, True))
        if grade in SCALED_GRADES:
            for mil, need in ((False, civil), (True, military)):
                need[CHN] = sum((own * china for own in self._own[assembly, mil]), np.zeros_like(china))
        total = self._split[assembly].made(civil) + military
        return self._trade[magnet].made(self._balance.output[magnet], total)

    def of(
        self, magnets: Mapping[str, FloatArray], element: Mapping[str, FloatArray], only: Iterable[str]
    ) -> dict[str, FloatArray]:
        """Return China's supply less what is asked of it, t REO/y, of some elements; (N,)."""
        return {e: self._gap(e, magnets, element) for e in only}

    def _gap(
        self, e: str, magnets: Mapping[str, FloatArray], element: Mapping[str, FloatArray]
    ) -> FloatArray:
        balance, name, metal = self._balance, f"metal:{e}", None
        if name in METALS:
            need = balance.metal_need(e, magnets, element)
            metal = self._trade[name].made(balance.output[name], need)
        supply = balance.oxide_supply(e, magnets, element)
        made = self._trade[f"oxide:{e}"].made(supply, balance.oxide_need(e, metal, element))
        return np.asarray(supply[CHN] - made[CHN])
