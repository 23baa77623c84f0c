"""The fit of each place's NdFeB lines to what trade says its makers use."""

from __future__ import annotations

import numpy as np

from dearth.engine.arrays import FloatArray, IntArray
from dearth.world.flows import CHN, CODES, LEAST, MILITARY_SECTOR, SCALED_GRADES, Needs

__all__ = ["fit_to_trade"]


class _Scaled:
    """Needs of assemblies of the NdFeB grades as one array, to be scaled many times; in order of lines."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.at = [
            (key, material)
            for key, inputs in needs.lines.items()
            for material in inputs
            if material.removeprefix("assembly:") in SCALED_GRADES
        ]
        self.amount = np.stack([needs.lines[key][material] for key, material in self.at])
        self.place = np.array([CODES.index(place) for (_, place), _ in self.at], np.int64)
        self.rows = {
            (f"assembly:{grade}", military): self._in_turn(f"assembly:{grade}", military)
            for grade in SCALED_GRADES
            for military in (False, True)
        }

    def _in_turn(self, material: str, military: bool) -> list[IntArray]:
        """Return lines of a material: the first of every place, then the second of every place, and so on."""
        by_place: dict[int, list[int]] = {}
        for i, ((sector, _), name) in enumerate(self.at):
            if name == material and (sector == MILITARY_SECTOR) == military:
                by_place.setdefault(int(self.place[i]), []).append(i)
        turns = max(map(len, by_place.values()), default=0)
        return [np.array([r[k] for r in by_place.values() if len(r) > k], np.int64) for k in range(turns)]

    def of(self, material: str, military: bool) -> FloatArray:
        """Return the need of each place, (place, N), summed in the order of the lines."""
        table = np.zeros((len(CODES), self.needs.n))
        for rows in self.rows[material, military]:
            table[self.place[rows]] += self.amount[rows]
        return table

    def makers(self) -> FloatArray:
        """Return what the makers of each place use for all these grades, (place, N)."""
        makes = np.zeros((len(CODES), self.needs.n))
        for grade in SCALED_GRADES:
            material = f"assembly:{grade}"
            civil = (self.needs.split[material] * self.of(material, military=False)[None]).sum(axis=1)
            makes += civil + self.of(material, military=True)
        return makes

    def give_back(self) -> None:
        """Write the amounts into the lines they came from."""
        for (key, material), amount in zip(self.at, self.amount, strict=True):
            self.needs.lines[key][material] = amount


def fit_to_trade(needs: Needs, use: FloatArray, rounds: int = 40) -> FloatArray:
    """Scale each place's NdFeB lines until its makers use what trade says; return the factors.

    Sector splits are assumptions, magnet trade is published: the split follows the trade.  China is
    left alone: it closes Nd+Pr.
    """
    scaled = _Scaled(needs)
    total = np.ones_like(use)
    for _ in range(rounds):
        makes = scaled.makers()
        factor = np.where((makes > LEAST) & (use > LEAST), use / np.maximum(makes, LEAST), 1.0)
        factor[CHN] = 1.0
        factor = np.clip(factor, 0.2, 5.0)
        if np.all(factor == 1.0):
            break
        scaled.amount *= factor[scaled.place]
        total *= factor
    scaled.give_back()
    return total
