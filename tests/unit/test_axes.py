"""The axes: closed lists that agree with each other."""

from __future__ import annotations

import pytest

from dearth import axes

SIMULATED_STAGES = {"concentrate", "oxide", "metal", "magnet", "assembly", "product"}


def test_the_nine_groups_hold_every_rare_earth_but_sc_and_pm_once() -> None:
    members = [m for element in axes.ELEMENTS for m in axes.ELEMENT_MEMBERS[element]]
    rare_earths = ["La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y"]
    assert len(axes.ELEMENTS) == 9
    assert sorted(members) == sorted(rare_earths)


def test_groups_and_members_name_the_same_elements_in_the_same_order() -> None:
    assert tuple(axes.ELEMENT_MEMBERS) == axes.ELEMENTS


def test_controlled_elements_are_simulated() -> None:
    assert set(axes.CONTROLLED_2025) < set(axes.ELEMENTS)
    assert not set(axes.CONTROLLED_2025) & {"La", "Ce", "NdPr", "Other"}


@pytest.mark.parametrize("names", [axes.ELEMENTS, axes.STAGES, axes.END_USES])
def test_no_name_stands_twice(names: tuple[str, ...]) -> None:
    assert len(set(names)) == len(names)


def test_materials_are_the_sum_of_their_families() -> None:
    families = (axes.ORES, axes.OXIDES, axes.METALS, axes.MAGNETS, axes.ASSEMBLIES, axes.PRODUCTS)
    assert sum(map(len, families)) == len(axes.MATERIALS)


def test_every_element_has_an_oxide_and_metals_are_of_known_elements() -> None:
    assert [m.split(":")[1] for m in axes.OXIDES] == list(axes.ELEMENTS)
    assert {m.split(":")[1] for m in axes.METALS} < set(axes.ELEMENTS)


def test_every_magnet_grade_has_its_assembly() -> None:
    grades = [m.split(":")[1] for m in axes.MAGNETS]
    assert [a.split(":")[1] for a in axes.ASSEMBLIES] == grades


def test_every_material_has_a_stage_and_every_stage_but_lines_a_material() -> None:
    stages = {axes.stage_of(material) for material in axes.MATERIALS}
    assert stages == SIMULATED_STAGES
    assert stages | {"line"} == set(axes.STAGES)


@pytest.mark.parametrize(
    ("material", "stage"),
    [
        ("ore:scrap", "concentrate"),
        ("oxide:Dy", "oxide"),
        ("magnet:smco", "magnet"),
        ("product:glass", "product"),
    ],
)
def test_stage_of_a_material(material: str, stage: str) -> None:
    assert axes.stage_of(material) == stage


def test_a_material_of_no_family_has_no_stage() -> None:
    with pytest.raises(KeyError):
        axes.stage_of("copper:wire")


def test_places_are_the_sixteen_of_the_model() -> None:
    assert len(axes.PLACES) == 16
    assert all(len(code) == 3 and code.isupper() for code in axes.PLACES)
    assert len(set(axes.PLACES.values())) == 16


@pytest.mark.parametrize("table", [axes.PLACES, axes.SECTORS, axes.MATERIALS])
def test_every_key_has_words(table: dict[str, str]) -> None:
    assert all(key.strip() == key and words.strip() for key, words in table.items())


def test_sector_keys_are_kebab_case() -> None:
    assert all(key.replace("-", "").isalpha() and key.islower() for key in axes.SECTORS)
