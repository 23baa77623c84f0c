"""Which signals fired on which row, and what to tell of it when the row is shown.

A row carries one bit for each signal.  Figures and words are told only of rows that somebody will read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.declarations.criteria import Criteria

__all__ = ["LEARNED", "Marks", "Shown", "Told", "from_columns"]

Array = NDArray[Any]
LEARNED: Final = "learned"


class Told(NamedTuple):
    """What triggered a signal on a row: figures and words, and by what its points are multiplied."""

    a: float | None = None
    b: float | None = None
    n: int | None = None
    z: float | None = None
    t: str | None = None
    factor: float = 1.0


class Shown(NamedTuple):
    """A row that is told of: its position, and what it declares, enriched."""

    position: int
    stated: Mapping[str, Any]


Teller = Callable[[Shown], Iterator[Told]]


class Marks:
    """Signals by row: bits [rows], factors of graded signals, and who tells of each signal."""

    def __init__(self, rows: int, criteria: Criteria) -> None:
        self.codes = [code for code, reason in criteria.reasons.items() if reason.layer != LEARNED]
        self.bits = np.zeros(rows, np.uint32)
        self.factors: dict[str, tuple[Array, Array]] = {}
        self._tellers: dict[str, list[Teller]] = {}

    def fire(self, code: str, positions: Array, tell: Teller, factors: Array | None = None) -> None:
        """Mark rows; a graded signal comes with the factor of its points on each."""
        if not len(positions):
            return
        self.bits[positions] |= self.bit(code)
        self._tellers.setdefault(code, []).append(tell)
        if factors is not None:
            self.factors[code] = positions, factors

    def bit(self, code: str) -> np.uint32:
        """Return the bit of a signal."""
        return np.uint32(1 << self.codes.index(code))

    def fired(self, code: str) -> Array:
        """Return whether a signal fired, by row."""
        return np.asarray((self.bits & self.bit(code)) != 0)

    def count(self) -> dict[str, int]:
        """Return the number of rows on which each signal fired, those that fired only."""
        found = {code: int(np.count_nonzero(self.bits & self.bit(code))) for code in sorted(self.codes)}
        return {code: n for code, n in found.items() if n}

    def codes_of(self, bits: int) -> list[str]:
        """Return the names of set bits, in the order of the alphabet."""
        return sorted(code for i, code in enumerate(self.codes) if bits >> i & 1)

    def tell(self, shown: Shown) -> Iterator[tuple[str, Told]]:
        """Yield (code, what triggered it) of a row."""
        for code in self.codes_of(int(self.bits[shown.position])):
            for teller in self._tellers[code]:
                for told in teller(shown):
                    yield code, told


def from_columns(
    positions: Array, words: Callable[[int], str | None] | None = None, **columns: Array
) -> Teller:
    """Return who tells from columns beside the fired `positions`, ascending; `words` takes an index."""

    def tell(shown: Shown) -> Iterator[Told]:
        at = int(np.searchsorted(positions, shown.position))
        if at < len(positions) and positions[at] == shown.position:
            cells = {name: column[at].item() for name, column in columns.items()}
            yield Told(**cells, t=words(at) if words else None)

    return tell
