"""What every way to spread work agrees on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from dearth.errors import Fault, ModelError

__all__ = ["TRIES", "Map", "lost_workers"]

B = TypeVar("B")
R = TypeVar("R")

TRIES: Final = 4
"""How often a block is begun before a worker that dies over it is no longer taken for an accident."""


class Map(Protocol):
    """Runs a function on many blocks.

    Three keep to it: :class:`dearth.spread.serial.Serial`, :class:`dearth.spread.processes.Processes` and
    :class:`dearth.spread.cluster.Cluster`.
    """

    def __call__(self, function: Callable[[B], R], blocks: Sequence[B]) -> Iterator[tuple[int, R]]:
        """Yield the number of a block and what `function` returned for it, every block once, in any order.

        Parameters
        ----------
        function
            Of a module (or a ``functools.partial`` of one), the same for the same block whoever calls it.
        blocks
            Plain data.

        Raises
        ------
        DearthError
            As `function` raises; or workers die over the same block again and again.  Closing the iterator
            ends the work: what was not begun is not begun.
        """
        ...  # pragma: no cover (a protocol)


def lost_workers(block: int, why: str, cure: str) -> ModelError:
    """Return the error of a block that no worker lived to finish."""
    what = f"a worker was lost {TRIES} times over block {block}"
    return ModelError("Spreading the work", Fault(what, "workers", why, cure))
