"""The base year closes in every draw: nothing used that is not supplied, and trade as published."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.axes import ASSEMBLIES, ELEMENTS, MAGNETS, METALS, ORES, OXIDES, PLACES, PRODUCTS
from dearth.book import Book
from dearth.world.closing import balanced_chain
from dearth.world.draws import Draws
from dearth.world.flows import CHN, CODES, Chain

N = 40
Array = NDArray[np.float64]
NDFEB = ("none", "low", "high")


@pytest.fixture(scope="module", params=["reconciled", "source", "another seed"])
def case(request: pytest.FixtureRequest, book: Book, centres: Mapping[str, float]) -> tuple[Draws, Chain]:
    """Return the draws and their balanced chain."""
    asked = {"reconciled": (20250404, centres), "source": (20250404, None), "another seed": (7, centres)}
    seed, middle = asked[request.param]
    draws = Draws(book, N, seed, centres=middle)
    return draws, balanced_chain(draws)


def use_of_oxide(chain: Chain, element: str) -> Array:
    """Return the use of an oxide at each place from what is made of it downstream, (place, N)."""
    use = np.zeros((len(PLACES), N))
    if f"metal:{element}" in METALS:
        use += chain.made[f"metal:{element}"] / chain.metal_yield[f"metal:{element}"]
    for product in PRODUCTS:
        use += chain.made[product] * chain.recipe.get((product, element), np.zeros(N))
    return use


def supply_of_oxide(chain: Chain, element: str) -> Array:
    """Return the oxide that separators and swarf give at each place, (place, N)."""
    supply = np.sum([chain.feed[ore] * chain.separated[ore, element] for ore in ORES], axis=0)
    home = np.array([(element, place) in chain.swarf_home for place in CODES])[:, None]
    for magnet in MAGNETS:
        part = chain.recipe.get((magnet, element), np.zeros(N))
        swarf = chain.made[magnet] * part * (1.0 / chain.magnet_yield[magnet] - 1.0)
        supply = supply + home * swarf * chain.swarf_recovery[magnet]
    return np.asarray(supply)


def test_chinas_ndpr_is_used_up_in_every_draw(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    supply = supply_of_oxide(chain, "NdPr")[CHN]
    given = chain.flows["oxide:NdPr"][""][CHN].sum(axis=0)
    assert supply.min() > 0.0
    assert given == pytest.approx(supply, rel=1e-9)


@pytest.mark.parametrize("element", ELEMENTS)
def test_no_element_is_over_used(case: tuple[Draws, Chain], element: str) -> None:
    chain = case[1]
    supply = supply_of_oxide(chain, element)
    given = chain.flows[f"oxide:{element}"][""].sum(axis=1)
    assert np.all(given <= supply * (1 + 1e-9) + 1e-6)


@pytest.mark.parametrize("element", ELEMENTS)
def test_every_user_of_an_oxide_gets_what_its_output_takes(case: tuple[Draws, Chain], element: str) -> None:
    chain = case[1]
    got = chain.flows[f"oxide:{element}"][""].sum(axis=0)
    assert got == pytest.approx(use_of_oxide(chain, element), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("metal", METALS)
def test_magnet_makers_get_the_metal_their_recipes_take(case: tuple[Draws, Chain], metal: str) -> None:
    chain = case[1]
    element = metal.split(":")[1]
    need = np.zeros((len(PLACES), N))
    for magnet in MAGNETS:
        part = chain.recipe.get((magnet, element), np.zeros(N))
        need += chain.made[magnet] * part / chain.magnet_yield[magnet]
    assert chain.flows[metal][""].sum(axis=0) == pytest.approx(need, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("grade", [m.split(":")[1] for m in MAGNETS])
def test_makers_of_assemblies_get_their_magnets_by_end_use(case: tuple[Draws, Chain], grade: str) -> None:
    chain = case[1]
    for use in ("civil", "military"):
        wanted = chain.flows[f"assembly:{grade}"][use].sum(axis=1)
        assert chain.flows[f"magnet:{grade}"][use].sum(axis=0) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_lines_get_their_assemblies(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    for assembly in ASSEMBLIES:
        for use in ("civil", "military"):
            need = np.zeros((len(PLACES), N))
            for (sector, place), inputs in chain.lines.items():
                if assembly in inputs and (sector == "defence") == (use == "military"):
                    need[CODES.index(place)] += inputs[assembly]
            assert chain.flows[assembly][use].sum(axis=0) == pytest.approx(need, rel=1e-9, abs=1e-9)


def test_the_magnet_use_of_each_place_is_what_trade_says(case: tuple[Draws, Chain]) -> None:
    """Imports from China, own output and other trade, added up from the rows themselves."""
    draws, chain = case
    said = {code: np.zeros(N) for code in CODES}
    for r in draws.rows("magnet-imports-china"):
        said[r.partner] += draws.of(r)
    for r in draws.rows("magnet-output"):
        if r.material != "magnet:smco":
            said[r.place] += draws.of(r)
    for r in draws.rows("magnet-trade"):
        if r.material != "magnet:smco":
            said[r.partner] += draws.of(r)
            said[r.place] -= draws.of(r)
    made = np.sum([chain.made[f"magnet:{g}"] for g in NDFEB], axis=0)
    got = np.sum([f.sum(axis=0) for g in NDFEB for f in chain.flows[f"magnet:{g}"].values()], axis=0)
    makers = [i for i, code in enumerate(CODES) if code != "CHN" and got[i].max() > 0.0]
    assert len(makers) >= 12
    for i in makers:
        assert got[i] == pytest.approx(np.maximum(said[CODES[i]], 0.0), rel=1e-5, abs=1e-6), CODES[i]
    assert made.sum(axis=0) == pytest.approx(got.sum(axis=0), rel=1e-9)


def test_factors_that_close_the_balance_only_cut(case: tuple[Draws, Chain]) -> None:
    closing = case[1].closing
    for name in ("china-product-lines", *(n for n in closing if n.startswith("intensity-"))):
        assert closing[name].max() <= 1.0, name
        assert closing[name].min() > 0.0, name


def test_an_intensity_is_cut_only_where_the_element_is_used_up(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    for element in ("Sm", "Gd", "Tb", "Dy", "Other"):
        cut = chain.closing[f"intensity-{element}"] < 1.0 - 1e-9
        left = (supply_of_oxide(chain, element) - chain.flows[f"oxide:{element}"][""].sum(axis=1))[CHN]
        assert np.all(left[cut] < 1e-6)
        assert np.all(left[~cut] >= -1e-6)


def test_the_named_factors_are_those_applied(case: tuple[Draws, Chain]) -> None:
    """The rows times the factors give the lines and recipes of the chain."""
    draws, chain = case
    for r in draws.rows("demand"):
        if r.place not in PLACES:
            continue
        factor = np.ones(N)
        if r.material.removeprefix("assembly:") in NDFEB:
            name = "china-ndfeb-lines" if r.place == "CHN" else f"lines-{r.place}"
            factor = chain.closing[name]
        elif r.material in PRODUCTS and r.place == "CHN":
            factor = chain.closing["china-product-lines"]
        assert chain.lines[r.sector, r.place][r.material] == pytest.approx(draws.of(r) * factor, rel=1e-9)
    for r in draws.rows("recipe"):
        if r.material in MAGNETS and (r.material, r.element) in chain.recipe:
            factor = chain.closing.get(f"intensity-{r.element}", np.ones(N))
            assert chain.recipe[r.material, r.element] == pytest.approx(draws.of(r) * factor, rel=1e-12)


def test_nothing_is_negative(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    assert min(f.min() for by_use in chain.flows.values() for f in by_use.values()) >= 0.0
    assert min(x.min() for x in chain.made.values()) >= 0.0
    assert min(x.min() for x in chain.recipe.values()) >= 0.0
    assert set(chain.flows) == {*ORES, *OXIDES, *METALS, *MAGNETS, *ASSEMBLIES, *PRODUCTS}


def test_no_concentrate_is_shipped_that_was_not_mined(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    for ore in ORES:
        assert np.all(chain.made[ore] <= chain.mined[ore] * (1 + 1e-9) + 1e-9)
        assert chain.feed[ore] == pytest.approx(chain.flows[ore][""].sum(axis=0))


def test_shares_of_each_product_sum_to_one(case: tuple[Draws, Chain]) -> None:
    chain = case[1]
    for product in PRODUCTS:
        parts = [x for (material, _), x in chain.recipe.items() if material == product]
        assert np.sum(parts, axis=0) == pytest.approx(np.ones(N)), product


def test_the_central_draw_moves_the_sources_little(book: Book, centres: Mapping[str, float]) -> None:
    """On the reconciled book no factor is far from 1: the book and the chain agree."""
    closing = balanced_chain(Draws(book, 1, 1, centres=centres)).closing
    far = {name: float(x[0]) for name, x in closing.items() if not 0.8 <= x[0] <= 1.25}
    assert far == {}
