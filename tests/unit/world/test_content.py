"""Elements in materials, and the process that would make more of one than it takes in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.axes import ELEMENTS, MAGNETS, MATERIALS, ORES, PRODUCTS
from dearth.book import Book
from dearth.errors import MassError
from dearth.world.build import Model, build
from dearth.world.content import check_content
from dearth.world.flows import CODES
from dearth.world.parts import Process
from dearth.world.scenario import Scenario


def doctored(scenario: Scenario, **values: float) -> Scenario:
    """Return the scenario with rows replaced: ids with ``_`` for ``-``."""
    override = {name.replace("_", "-"): value for name, value in values.items()}
    return scenario.model_copy(update={"draws": 2, "set": override})


def row_id(book: Book, quantity: str, material: str, element: str = "") -> str:
    return book.one(quantity=quantity, material=material, element=element).id


def complaint(scenario: Scenario, book: Book, centres: Mapping[str, float], **values: float) -> str:
    with pytest.raises(MassError) as caught:
        build(doctored(scenario, **values), book, centres=centres)
    return str(caught.value)


@pytest.mark.parametrize("magnet", ["magnet:low", "magnet:smco"])
def test_a_magnet_yield_above_one_is_refused(
    squeeze: Scenario, book: Book, centres: Mapping[str, float], magnet: str
) -> None:
    text = complaint(squeeze, book, centres, **{row_id(book, "magnet-yield", magnet): 1.2})
    element = "Sm" if magnet == "magnet:smco" else "NdPr"
    assert f"{magnet} in CHN: makes more {element} than it takes in" in text
    others = set(MAGNETS) - {magnet}
    assert not any(other in text for other in others)


def test_a_metal_yield_above_one_is_refused(
    squeeze: Scenario, book: Book, centres: Mapping[str, float]
) -> None:
    text = complaint(squeeze, book, centres, **{row_id(book, "metal-yield", "metal:Tb"): 1.01})
    assert "metal:Tb in CHN: makes more Tb than it takes in" in text
    assert "Dy" not in text


def test_swarf_that_gives_back_more_than_was_lost_is_refused(
    squeeze: Scenario, book: Book, centres: Mapping[str, float]
) -> None:
    text = complaint(squeeze, book, centres, **{row_id(book, "swarf-recovery", "magnet:high"): 1.1})
    for element in ("NdPr", "Dy", "Tb"):
        assert f"magnet:high in CHN: makes more {element} than it takes in" in text


def test_every_fault_is_named_at_once(squeeze: Scenario, book: Book, centres: Mapping[str, float]) -> None:
    values = {row_id(book, "metal-yield", f"metal:{e}"): 1.5 for e in ("Dy", "Tb")}
    text = complaint(squeeze, book, centres, **values)
    assert "metal:Dy in CHN" in text
    assert "metal:Tb in CHN" in text


def test_a_recipe_that_does_not_match_the_content_is_refused(model: Model) -> None:
    """A separator whose ore holds no terbium cannot give any."""
    content = {name: x.copy() for name, x in model.content.items()}
    content["ore:ionic-myanmar"][ELEMENTS.index("Tb")] = 0.0
    with pytest.raises(MassError, match=r"ore:ionic-myanmar in CHN: makes more Tb than it takes in"):
        check_content(model.world, model.processes, model.markets, model.pools, content)


def test_no_process_of_the_shipped_world_makes_an_element(model: Model) -> None:
    assert model.loss.min() > -1e-9
    assert model.loss.shape == (len(model.processes), len(ELEMENTS), model.draws.n)


def test_content_is_a_share_of_the_tonne(model: Model) -> None:
    assert set(model.content) >= set(MATERIALS)
    for material, share in model.content.items():
        assert share.min() >= 0.0, material
        total = share.sum(axis=0)
        if material in ORES or material in PRODUCTS or material.startswith(("oxide:", "metal:")):
            assert total == pytest.approx(1.0), material
        else:
            assert np.all((total > 0.2) & (total < 0.6)), material


def test_an_assembly_holds_what_its_magnet_holds(model: Model) -> None:
    for grade in ("none", "low", "high", "smco"):
        assert np.array_equal(model.content[f"assembly:{grade}"], model.content[f"magnet:{grade}"])


def test_heavy_magnets_hold_more_dysprosium_than_light_ones(model: Model) -> None:
    dy = ELEMENTS.index("Dy")
    none, low, high = (model.content[f"magnet:{g}"][dy] for g in ("none", "low", "high"))
    assert np.all(none == 0.0)
    assert np.all((low > 0.0) & (high > low))


def of_stage(model: Model, *stages: str) -> list[tuple[Process, dict[str, NDArray[np.float64]]]]:
    """Return the processes of some stages, and what each loses of each element."""
    return [
        (process, dict(zip(ELEMENTS, model.loss[i], strict=True)))
        for i, process in enumerate(model.processes)
        if process.stage in stages
    ]


def test_lines_keep_all_and_assembly_makers_lose_nothing(model: Model) -> None:
    for line, loss in of_stage(model, "line"):
        assert np.stack(list(loss.values())) == pytest.approx(model.content[line.part])
    for _, loss in of_stage(model, "assembly"):
        assert max(np.abs(x).max() for x in loss.values()) < 1e-12


def test_metal_makers_lose_what_their_yield_says(model: Model) -> None:
    for maker, loss in of_stage(model, "metal"):
        own = loss.pop(maker.name.split(":")[1])
        assert own == pytest.approx(1.0 / model.chain.metal_yield[maker.name] - 1.0)
        assert max(np.abs(x).max() for x in loss.values()) == 0.0


def test_magnet_makers_lose_the_swarf_that_does_not_come_back(model: Model) -> None:
    chain = model.chain
    for maker, loss in of_stage(model, "magnet"):
        for element, lost in loss.items():
            share = chain.recipe.get((maker.name, element), np.zeros(model.draws.n))
            kept = chain.swarf_recovery[maker.name] * ((element, maker.place) in chain.swarf_home)
            swarf = share * (1.0 / chain.magnet_yield[maker.name] - 1.0)
            assert lost == pytest.approx(swarf * (1.0 - kept), abs=1e-12)


def test_separators_lose_what_they_do_not_separate_or_nobody_orders(model: Model) -> None:
    for separator, loss in of_stage(model, "oxide"):
        at = CODES.index(separator.place)
        for element, lost in loss.items():
            basket = model.content[separator.name][ELEMENTS.index(element)]
            got = model.chain.separated[separator.name, element][at]
            wanted = any(p == (f"oxide:{element}", separator.place, "") for p in model.pools)
            assert lost == pytest.approx(basket - got * wanted, abs=1e-12)
