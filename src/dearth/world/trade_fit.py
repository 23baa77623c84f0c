"""The fit of each place's NdFeB lines to what trade says its makers use."""

from __future__ import annotations

from typing import Final

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.world.flows import CHN, CODES, LEAST, MILITARY_SECTOR, SCALED_GRADES, Needs
from dearth.world.settle import Split

__all__ = ["fit_to_trade"]

_ASSEMBLIES: Final = tuple(f"assembly:{grade}" for grade in SCALED_GRADES)


class _Scaled:
    """Needs of assemblies of the NdFeB grades as one array, to be scaled many times; line after line.

    Lines of one material, use and place are added up in the order in which they stand: first the first
    lines of all of these, then the second ones, and so on.
    """

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.split = {m: Split(needs.split[m]) for m in _ASSEMBLIES}
        by_need: dict[tuple[str, bool, str], list[tuple[tuple[str, str], str]]] = {}
        for (sector, place), inputs in needs.lines.items():
            for material in inputs:
                if material in _ASSEMBLIES:
                    of = material, sector == MILITARY_SECTOR, place
                    by_need.setdefault(of, []).append(((sector, place), material))
        longest_first = sorted(by_need.items(), key=lambda item: -len(item[1]))
        turns = max((len(lines) for _, lines in longest_first), default=0)
        self.turns = [[lines[k] for _, lines in longest_first if len(lines) > k] for k in range(turns)]
        self.at = [line for turn in self.turns for line in turn]
        self.amount = np.stack([needs.lines[key][material] for key, material in self.at])
        self.place = np.array([CODES.index(place) for (_, place), _ in self.at], np.int64)
        self.of = np.array([self._slot(*of) for of, _ in longest_first], np.int64)

    @staticmethod
    def _slot(material: str, military: bool, place: str) -> int:
        return (2 * _ASSEMBLIES.index(material) + military) * len(CODES) + CODES.index(place)

    def needed(self) -> FloatArray:
        """Return the need of each place by grade and end use, (grade, use, place, N)."""
        table = np.zeros((len(_ASSEMBLIES) * 2 * len(CODES), self.needs.n))
        summed, first = np.zeros((self.of.size, self.needs.n)), 0
        for turn in self.turns:
            summed[: len(turn)] += self.amount[first : first + len(turn)]
            first += len(turn)
        table[self.of] = summed
        return table.reshape(len(_ASSEMBLIES), 2, len(CODES), -1)

    def makers(self) -> FloatArray:
        """Return what the makers of each place use for all these grades, (place, N)."""
        makes = np.zeros((len(CODES), self.needs.n))
        for material, (civil, military) in zip(_ASSEMBLIES, self.needed(), strict=True):
            makes += self.split[material].made(civil) + military
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
