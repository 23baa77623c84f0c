"""Groups of lines that a reader asks for together."""

from __future__ import annotations

from dearth.axes import PLACES, SECTORS
from dearth.measures.groups import GROUPS, members

LINES = [("ev-traction", "CHN"), ("ev-traction", "DEU"), ("wind", "DEU"), ("other-automotive", "USA")]


def group(key: str, place: str) -> list[int]:
    (found,) = [g for g in GROUPS if (g.key, g.place_key) == (key, place)]
    return members(found, LINES)


def test_automotive_outside_china_leaves_china_and_wind_out() -> None:
    assert group("automotive", "outside-CHN") == [1, 3]
    assert group("automotive", "EUROPE") == [1]
    assert group("automotive", "USA") == [3]
    assert group("automotive", "JPN") == []
    assert group("wind", "outside-CHN") == [2]


def test_groups_have_names_of_their_own_and_known_members() -> None:
    assert len({(g.key, g.place_key) for g in GROUPS}) == len(GROUPS)
    for g in GROUPS:
        assert set(g.sectors) <= set(SECTORS)
        assert set(g.places) <= set(PLACES)
        assert "CHN" not in g.places


def test_every_sector_has_a_group_outside_china() -> None:
    assert {g.key for g in GROUPS if g.place_key == "outside-CHN"} == {"automotive", *SECTORS}
