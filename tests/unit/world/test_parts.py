"""Processes, stocks and routes collected from a balanced chain, and their order in the arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.axes import ASSEMBLIES, ELEMENTS, MAGNETS, METALS, ORES, OXIDES, PRODUCTS, stage_of
from dearth.book import Book
from dearth.calendar import WEEKS_PER_YEAR
from dearth.world.closing import balanced_chain
from dearth.world.draws import Draws
from dearth.world.flows import CODES, Chain
from dearth.world.index import LEVEL, Indexed, offsets, pool_use, stacked
from dearth.world.parts import Node, Parts, Process, Route, market_use

N = 6
LEAST = 2e-6 / WEEKS_PER_YEAR  # flows below this are rounding of the balance, and dropped


@pytest.fixture(scope="module")
def chain(book: Book, centres: Mapping[str, float]) -> Chain:
    return balanced_chain(Draws(book, N, 11, centres=centres))


@pytest.fixture(scope="module")
def parts(chain: Chain) -> Parts:
    return Parts(chain)


@pytest.fixture(scope="module")
def indexed(parts: Parts) -> Indexed:
    return Indexed(parts, N)


def inputs_of(parts: Parts, process: Process) -> dict[Node, NDArray[np.float64]]:
    return dict(parts.inputs[process])


def test_every_line_uses_its_one_part_tonne_for_tonne(chain: Chain, parts: Parts) -> None:
    lines = [p for p in parts.rate if p.stage == "line"]
    assert len(lines) > 100
    for line in lines:
        ((node, need),) = parts.inputs[line]
        assert (node.material, node.place) == (line.part, line.place)
        assert need.tolist() == [1.0]
        assert parts.outputs[line] == []
        yearly = chain.lines[line.name, line.place][line.part]
        assert parts.rate[line] * 365.25 / 7.0 == pytest.approx(yearly)


def test_defence_buys_military_assemblies_and_civil_products(parts: Parts) -> None:
    for line in (p for p in parts.rate if p.stage == "line"):
        ((node, _),) = parts.inputs[line]
        military = line.name == "defence" and line.part in ASSEMBLIES
        assert node.use == ("military" if military else "civil"), line


def test_flows_between_places_become_routes(chain: Chain, parts: Parts) -> None:
    for material, by_use in chain.flows.items():
        for use, table in by_use.items():
            kept = [r for r in parts.routes if (r.material, r.use) == (material, use)]
            total = np.sum([parts.routes[r] for r in kept], axis=0) if kept else np.zeros(N)
            assert total * 365.25 / 7.0 == pytest.approx(table.sum(axis=(0, 1)), abs=len(CODES) ** 2 * 1e-6)
            for r in kept:
                flow = table[CODES.index(r.origin), CODES.index(r.destination)]
                assert parts.routes[r] * 365.25 / 7.0 == pytest.approx(flow)


def test_assemblies_hold_one_tonne_of_magnet_of_their_grade(parts: Parts) -> None:
    makers = [p for p in parts.rate if p.stage == "assembly"]
    assert {p.use for p in makers} == {"civil", "military"}
    for maker in makers:
        ((node, need),) = parts.inputs[maker]
        assert node == Node(maker.name.replace("assembly", "magnet"), maker.place, maker.use)
        assert need.tolist() == [1.0]


def test_magnets_take_their_recipe_and_what_is_lost_in_making(chain: Chain, parts: Parts) -> None:
    for maker in (p for p in parts.rate if p.stage == "magnet"):
        taken = inputs_of(parts, maker)
        for element in ELEMENTS:
            share = chain.recipe.get((maker.name, element))
            node = Node(f"metal:{element}", maker.place, "")
            if share is None or share.max() == 0.0:
                assert node not in taken
            else:
                assert taken[node] * chain.magnet_yield[maker.name] == pytest.approx(share)


def test_swarf_comes_back_only_where_scrap_is_separated(chain: Chain, parts: Parts) -> None:
    for maker in (p for p in parts.rate if p.stage == "magnet"):
        back = {node: share for node, share, pays in parts.outputs[maker] if not pays}
        for node, share in back.items():
            element = node.material.split(":")[1]
            assert (element, maker.place) in chain.swarf_home
            lost = chain.recipe[maker.name, element] * (1.0 / chain.magnet_yield[maker.name] - 1.0)
            assert np.all(share < lost)
            assert share == pytest.approx(lost * chain.swarf_recovery[maker.name])
        places = {place for _, place in chain.swarf_home}
        assert bool(back) <= (maker.place in places)
    assert any(node.place == "CHN" for m in parts.outputs for node, _, pays in parts.outputs[m] if not pays)


def test_makers_make_what_their_place_ships(chain: Chain, parts: Parts) -> None:
    for material in (*METALS, *MAGNETS, *ASSEMBLIES, *PRODUCTS):
        for place in CODES:
            shipped = sum(
                flow for r, flow in parts.routes.items() if (r.material, r.origin) == (material, place)
            )
            made = sum(x for p, x in parts.rate.items() if (p.name, p.place) == (material, place))
            assert np.asarray(made) == pytest.approx(np.asarray(shipped), rel=1e-6, abs=16 * LEAST)


def test_separators_give_the_basket_of_their_ore(chain: Chain, parts: Parts) -> None:
    for separator in (p for p in parts.rate if p.stage == "oxide"):
        ((node, need),) = parts.inputs[separator]
        assert node == Node(separator.name, separator.place, "")
        assert need.tolist() == [1.0]
        given = {node.material: share for node, share, _ in parts.outputs[separator]}
        for oxide in OXIDES:
            at = CODES.index(separator.place)
            share = chain.separated[separator.name, oxide.split(":")[1]][at]
            assert given.get(oxide, np.zeros(N)) == pytest.approx(share)
        assert np.all(np.sum(list(given.values()), axis=0) <= 1.0 + 1e-9)


def test_only_the_elements_that_pay_drive_a_separator(parts: Parts) -> None:
    for separator in (p for p in parts.rate if p.stage == "oxide"):
        pays = {node.material for node, _, pays in parts.outputs[separator] if pays}
        assert pays <= {"oxide:NdPr", "oxide:Tb", "oxide:Dy"}
        assert "oxide:NdPr" in pays


def test_mines_take_nothing(parts: Parts) -> None:
    mines = [p for p in parts.rate if p.stage == "concentrate"]
    assert {p.name for p in mines} == set(ORES)
    assert all(parts.inputs[p] == [] for p in mines)


@pytest.mark.parametrize(
    ("material", "use", "market", "pool"),
    [
        ("assembly:low", "military", "military", "military"),
        ("magnet:low", "military", "military", ""),
        ("product:glass", "civil", "civil", ""),
        ("metal:Dy", "", "", ""),
        ("oxide:Dy", "", "", ""),
        ("ore:scrap", "", "", ""),
    ],
)
def test_end_uses_part_only_where_goods_are_made_for_them(
    material: str, use: str, market: str, pool: str
) -> None:
    assert market_use(material, use) == market
    assert pool_use(Route(material, "CHN", "JPN", use)) == pool


# The order of the arrays


def test_processes_run_from_lines_to_mines(indexed: Indexed) -> None:
    levels = [LEVEL[p.stage] for p in indexed.processes]
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (0, 5)


def test_markets_of_a_group_serve_no_process_above_them(indexed: Indexed) -> None:
    """Orders run up the chain level by level: a market is asked once all its buyers have planned."""
    for buffer in indexed.buffers:
        material = indexed.markets[buffer.market].material
        buyer = indexed.processes[buffer.process]
        group = {"assembly": 0, "product": 0, "magnet": 1, "metal": 2, "oxide": 3, "concentrate": 4}
        assert LEVEL[buyer.stage] <= group[stage_of(material)]


def test_every_buffer_points_to_the_market_of_its_input(parts: Parts, indexed: Indexed) -> None:
    at = 0
    for i, process in enumerate(indexed.processes):
        for node, need in parts.inputs[process]:
            buffer = indexed.buffers[at]
            market = indexed.markets[buffer.market]
            assert buffer.process == i
            assert (market.material, market.place) == (node.material, node.place)
            assert np.array_equal(indexed.need[at], np.broadcast_to(need, (N,)))
            at += 1
    assert at == len(indexed.buffers)


def test_routes_are_sorted_by_the_market_they_lead_to(indexed: Indexed) -> None:
    at = [indexed.market_of(r) for r in indexed.routes]
    assert at == sorted(at)
    for r, m in zip(indexed.routes, at, strict=True):
        assert (r.material, r.destination) == indexed.markets[m][:2]


def test_dropped_routes_are_rounding(parts: Parts, indexed: Indexed) -> None:
    dropped = {r: parts.routes[r].max() for r in set(parts.routes) - set(indexed.routes)}
    assert all(flow < 1e-3 for flow in dropped.values()), dropped


def test_offsets_bound_the_members_of_each_owner() -> None:
    assert offsets([0, 0, 2, 2, 2], 4).tolist() == [0, 2, 2, 5, 5]
    assert offsets([], 2).tolist() == [0, 0, 0]


def test_stacked_is_contiguous_and_has_a_row_for_each_item() -> None:
    made = stacked([np.ones(1), np.arange(3.0)], 3)
    assert made.tolist() == [[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]]
    assert made.flags.c_contiguous
    assert stacked([], 3).shape == (0, 3)
