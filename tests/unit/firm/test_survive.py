"""Time to survive: worked by hand, its laws, and what hangs on a loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.book import load_book
from dearth.errors import InputError
from dearth.firm.contents import contents_of, materials_of
from dearth.firm.graph import graph_of, use_differs
from dearth.firm.network import Bill, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier
from dearth.firm.survive import Survival, Survivor, losses_of, survive
from dearth.firm.workbook import example_firm
from firm_made_up import random_firm

SEEDS = st.integers(0, 2**31)


def small(*sources: Source, stock: float = 300.0, bill: tuple[Bill, ...] = (), **more: object) -> Firm:
    """Return a firm of one line of 100 a week, fed by one magnet of which 300 are at hand."""
    return Firm(
        head=Head("Small", "EUR"),
        plants=(Plant(id="works", place="DEU", recover_weeks=10.0),),
        lines=(Line(id="motors", plant="works", weekly_output=100.0, margin_per_unit=2.0),),
        parts=(Part(id="magnet"), Part(id="alloy-n"), Part(id="alloy-s")),
        bill=(Bill(parent="motors", part="magnet", quantity=1.0), *bill),
        suppliers=(Supplier(id="maker", name="Maker"),),
        sites=(
            Site(id="north", supplier="maker", place="CHN", recover_weeks=8.0),
            Site(id="south", supplier="maker", place="JPN"),
            Site(id="mine", supplier="maker", place="AUS"),
        ),
        sources=sources,
        stocks=(Stock(item="magnet", quantity=stock), Stock(item="motors", quantity=50.0)),
        **more,  # type: ignore[arg-type]
    )


def weeks(firm: Firm, name: str) -> float | None:
    return next(one for one in survive(firm) if one.name == name).weeks


def test_one_source_lasts_as_long_as_both_stocks() -> None:
    assert weeks(small(Source(part="magnet", site="north")), "north") == pytest.approx(3.0 + 0.5)


def test_the_plant_lasts_as_long_as_finished_goods() -> None:
    assert weeks(small(Source(part="magnet", site="north")), "works") == pytest.approx(0.5)


def test_what_goes_on_stretches_the_stock() -> None:
    north, south = (
        Source(part="magnet", site="north", share=0.6),
        Source(part="magnet", site="south", share=0.4),
    )
    assert weeks(small(north, south), "north") == pytest.approx(3.5 / 0.6)
    assert weeks(small(north, south), "south") == pytest.approx(3.5 / 0.4)


@pytest.mark.parametrize(
    ("ramp", "most", "expected"),
    [
        (5.0, 1.0, None),  # 60 a week are lacking for 5 weeks, 350 are there
        (5.8, 1.0, None),
        (5.9, 1.0, 3.5 / 0.6),
        (4.0, 0.8, 4.0 + (3.5 - 4 * 0.6) / 0.2),
        (0.0, 0.8, 3.5 / 0.2),
    ],
)
def test_a_second_source_that_ramps_up(ramp: float, most: float, expected: float | None) -> None:
    north = Source(part="magnet", site="north", share=0.6)
    south = Source(part="magnet", site="south", share=0.4, most_share=most, ramp_weeks=ramp)
    found = weeks(small(north, south), "north")
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_source_of_another_recipe_is_held_by_its_own_input() -> None:
    north = Source(part="magnet", site="north", share=0.5)
    south = Source(part="magnet", site="south", share=0.5, most_share=1.0)
    mine = Source(part="alloy-s", site="mine", share=1.0)
    tied = (Bill(parent="magnet", part="alloy-s", quantity=1.0, site="south"),)
    firm = small(north, south, mine, bill=tied)
    found = next(one for one in survive(firm) if one.name == "north")
    assert found.how == "program"
    assert found.weeks == pytest.approx(3.5 / 0.5)  # the mine sends 50 a week and no more
    stocked = replace(firm, stocks=(*firm.stocks, Stock(item="alloy-s", quantity=100.0)))
    assert weeks(stocked, "north") == pytest.approx((3.5 + 1.0) / 0.5)


def test_what_hangs_on_a_loss() -> None:
    found = {one.name: one for one in survive(small(Source(part="magnet", site="north", spend_per_year=7.0)))}
    north = found["north"]
    assert (north.parts, north.lines) == (("magnet",), ("motors",))
    assert (north.recover_weeks, north.margin_per_week, north.spend_per_year) == (8.0, 200.0, 7.0)
    assert north.at_risk == pytest.approx((8.0 - 3.5) * 200.0)
    assert found["CHN"].weeks == north.weeks
    assert replace(north, recover_weeks=None).at_risk is None
    assert replace(north, weeks=None).at_risk == 0.0


def test_a_material_takes_all_parts_that_hold_it(book) -> None:  # type: ignore[no-untyped-def]
    firm = example_firm()
    materials = materials_of(contents_of(firm, book)[0])
    found = {one.name: one for one in survive(firm, materials) if one.kind == "material"}
    assert found["magnet:high"].lines == ("line-traction", "line-lift")
    ends = [one for one in survive(firm) if one.name == "one-china"]
    assert found["NdPr"].weeks is not None
    assert ends[0].weeks is not None
    assert found["NdPr"].weeks <= ends[0].weeks


@pytest.fixture(scope="module")
def book():  # type: ignore[no-untyped-def]
    return load_book()


def test_an_overloaded_site_is_a_fault() -> None:
    firm = small(Source(part="magnet", site="north"))
    sites = (replace(firm.sites[0], capacity=99.0), *firm.sites[1:])
    with pytest.raises(InputError, match="above its capacity of 99"):
        survive(replace(firm, sites=sites))


def test_a_stated_use_that_lines_do_not_give_is_told() -> None:
    firm = small(Source(part="magnet", site="north"))
    stocks = (replace(firm.stocks[0], weekly_use=150.0), Stock(item="alloy-n", quantity=1.0, at="row 9"))
    firm = replace(firm, stocks=stocks)
    warnings = use_differs(firm, graph_of(firm))
    assert "150 a week as stated, 100 by lines" in warnings[0]
    assert "no line needs 'alloy-n'" in warnings[1]


def all_weeks(firm: Firm) -> dict[tuple[str, str], Survival]:
    return {(one.kind, one.name): one for one in survive(firm)}


def last(one: Survival) -> float:
    return np.inf if one.weeks is None else one.weeks


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.0, 50.0))
def test_more_stock_never_ends_sooner(seed: int, more: float) -> None:
    firm = random_firm(seed, 10, 3, second=0.4)
    fuller = replace(firm, stocks=tuple(replace(row, quantity=row.quantity + more) for row in firm.stocks))
    before, after = all_weeks(firm), all_weeks(fuller)
    assert all(last(after[key]) >= last(one) - 1e-9 for key, one in before.items())


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_place_never_lasts_longer_than_one_of_its_sites(seed: int) -> None:
    firm = random_firm(seed, 10, 2, second=0.5, recipes=0.3)
    found = all_weeks(firm)
    for (kind, name), one in found.items():
        if kind == "site":
            assert last(found["place", firm.places[name]]) <= last(one) + 1e-9


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from([1e-3, 7.0, 1e4]))
def test_units_do_not_matter(seed: int, factor: float) -> None:
    """Counting a part in other units moves nothing."""
    firm = random_firm(seed, 8, 2, second=0.4)
    bill = tuple(
        replace(
            row,
            quantity=row.quantity
            * (factor if row.part == "P3" else 1)
            / (factor if row.parent == "P3" else 1),
        )
        for row in firm.bill
    )
    stocks = tuple(
        replace(row, quantity=row.quantity * (factor if row.item == "P3" else 1)) for row in firm.stocks
    )
    before, after = all_weeks(firm), all_weeks(replace(firm, bill=bill, stocks=stocks))
    for key, one in before.items():
        assert last(after[key]) == pytest.approx(last(one), rel=1e-9)


def test_the_horizon_ends_the_search() -> None:
    firm = small(Source(part="magnet", site="north"), stock=100.0 * 600)
    assert weeks(firm, "north") is None
    graph = graph_of(firm)
    loss = next(one for one in losses_of(graph) if one.name == "north")
    assert Survivor(graph, 1000.0).weeks(loss.sources)[0] == pytest.approx(600.5)


def test_a_part_made_early_for_a_ramp_uses_up_its_own_input() -> None:
    """Magnets must come from the south at half rate from the first day on; the alloy from week 3 only."""
    magnets = (
        Source(part="magnet", site="north", share=0.5),
        Source(part="magnet", site="south", share=0.5, most_share=1.0, ramp_weeks=4.0),
    )
    alloys = (
        Source(part="alloy-n", site="north", share=1.0),
        Source(part="alloy-n", site="mine", share=0.0, most_share=1.0, ramp_weeks=3.0),
    )
    bill = (Bill(parent="magnet", part="alloy-n", quantity=1.0),)
    firm = small(*magnets, *alloys, stock=200.0, bill=bill)
    stocks = (firm.stocks[0], Stock(item="alloy-n", quantity=120.0))
    found = next(one for one in survive(replace(firm, stocks=stocks)) if one.name == "north")
    assert (found.weeks, found.how) == (pytest.approx(3.4), "program")
    plenty = (firm.stocks[0], Stock(item="alloy-n", quantity=150.0))
    assert weeks(replace(firm, stocks=plenty), "north") is None
