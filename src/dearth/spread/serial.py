"""One block after another, on the thread that asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Serial"]

B = TypeVar("B")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Serial:
    """The plainest :class:`dearth.spread.protocol.Map`."""

    def __call__(self, function: Callable[[B], R], blocks: Sequence[B]) -> Iterator[tuple[int, R]]:
        """Yield number and result of every block, in order."""
        for number, block in enumerate(blocks):
            yield number, function(block)
