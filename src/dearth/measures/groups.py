"""Groups of lines that a reader asks for together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from dearth.axes import PLACES, SECTORS

__all__ = ["GROUPS", "Group", "members"]


class Group(NamedTuple):
    """Some sectors at some places."""

    key: str
    name: str
    place_key: str
    place_name: str
    sectors: tuple[str, ...]
    places: tuple[str, ...]


_AUTOMOTIVE: Final = ("ev-traction", "other-automotive")
_OUTSIDE: Final = tuple(p for p in PLACES if p != "CHN")
_EUROPE: Final = ("DEU", "FRA", "REU")


def _automotive(place_key: str, place_name: str, places: tuple[str, ...]) -> Group:
    return Group("automotive", "automotive", place_key, place_name, _AUTOMOTIVE, places)


GROUPS: Final = (
    _automotive("outside-CHN", "outside China", _OUTSIDE),
    _automotive("EUROPE", "Europe", _EUROPE),
    *(_automotive(p, PLACES[p], (p,)) for p in ("USA", "JPN", "KOR", "IND")),
    *(Group(s, name, "outside-CHN", "outside China", (s,), _OUTSIDE) for s, name in SECTORS.items()),
)


def members(group: Group, lines: Sequence[tuple[str, str]]) -> list[int]:
    """Return the numbers of the (sector, place) `lines` that belong to the group."""
    return [i for i, (sector, place) in enumerate(lines) if sector in group.sectors and place in group.places]
