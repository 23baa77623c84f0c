"""Parts of a build that are used again while nothing they were made of has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from dearth.book.schema import FactRow
from dearth.world.draws import Draws

__all__ = ["Kept"]

_LAST: Final = 3  # of each part; a user goes back and forth between a few values
Part = TypeVar("Part")


class _Made(NamedTuple):
    """A part, and all it was made of: what was handed in, the rows it read, what replaced them."""

    result: Any
    of: tuple[object, ...]
    read: Mapping[str, FactRow]
    told: Mapping[str, bytes]


class Kept:
    """Remembers the last few results of each part, with every row of the book that went into them.

    A part is a function of what it is handed and of the rows it reads.  Which row is read next can
    depend on nothing but these, so a part that would meet the same values would read the same rows
    and make the same result.
    """

    def __init__(self) -> None:
        self._made: dict[str, list[_Made]] = {}

    def part(self, name: str, draws: Draws, of: tuple[object, ...], make: Callable[[], Part]) -> Part:
        """Return the result of `make`, or an earlier one that was made of the same.

        Parameters
        ----------
        name
            Of the part.
        draws
            All that `make` reads of the book.
        of
            All else it depends on; compared by ``==``, objects without it by identity.
        make
            Makes the part; nothing of its result may be written to.
        """
        of = (draws.ensemble, *of)
        past = self._made.setdefault(name, [])
        for i, old in enumerate(past):
            if old.of == of and draws.told(old.read) == old.told:
                draws.used |= {row_id: row for row_id, row in old.read.items() if row_id not in draws.used}
                past.insert(0, past.pop(i))
                return old.result  # type: ignore[no-any-return]
        with draws.reading() as read:
            result = make()
        past.insert(0, _Made(result, of, dict(read), draws.told(read)))
        del past[_LAST:]
        return result
