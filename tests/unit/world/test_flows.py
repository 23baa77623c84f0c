"""Who supplies whom: trade as told, own output next, China for the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dearth.axes import ASSEMBLIES, PLACES
from dearth.book import Book, FactRow
from dearth.world.draws import Draws
from dearth.world.flows import CHN, CODES, Needs, apparent_use, settle
from dearth.world.trade_fit import fit_to_trade
from small_book import book_of, row

FIXED = settings(derandomize=True, deadline=None, database=None, max_examples=150)
P = len(PLACES)
Array = NDArray[np.float64]


def random_case(seed: int, n: int = 3) -> tuple[Array, Array, Array]:
    """Return output, trade and demand, with many zeros and very unequal sizes."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> Array:
        sizes = 10.0 ** rng.uniform(-6.0, 5.0, shape)
        return np.asarray(np.where(rng.random(shape) < 0.4, 0.0, sizes))

    trade = some(P, P, n)
    trade[CHN] = 0.0
    trade[np.arange(P), np.arange(P)] = 0.0
    return some(P, n), trade, some(P, n)


@FIXED
@given(st.integers(0, 10**6))
def test_every_place_gets_what_it_needs_and_nobody_gives_below_zero(seed: int) -> None:
    output, trade, demand = random_case(seed)
    flows = settle(output, trade, demand)
    assert flows.min() >= 0.0
    assert flows.sum(axis=0) == pytest.approx(demand, rel=1e-9, abs=1e-9)


@FIXED
@given(st.integers(0, 10**6))
def test_no_place_but_china_gives_more_than_it_makes_nor_more_than_told(seed: int) -> None:
    output, trade, demand = random_case(seed)
    flows = settle(output, trade, demand)
    others = np.arange(P) != CHN
    assert np.all(flows.sum(axis=1)[others] <= output[others] * (1 + 1e-9) + 1e-9)
    abroad = flows * (1.0 - np.eye(P))[:, :, None]
    assert np.all(abroad[others] <= trade[others] * (1 + 1e-12))


@FIXED
@given(st.integers(0, 10**6))
def test_own_output_is_used_before_any_is_bought_from_china(seed: int) -> None:
    """A place that buys from China has given away or used all it makes."""
    output, trade, demand = random_case(seed)
    flows = settle(output, trade, demand)
    left = output - flows.sum(axis=1)
    for place in range(P):
        if place != CHN:
            buys = flows[CHN, place] > 1e-9 * (1.0 + demand[place])
            assert np.all(left[place][buys] <= 1e-9 * (1.0 + output[place][buys]))


def test_a_case_that_can_be_done_by_hand() -> None:
    jpn, kor, deu = (CODES.index(c) for c in ("JPN", "KOR", "DEU"))
    output, trade, demand = np.zeros((P, 1)), np.zeros((P, P, 1)), np.zeros((P, 1))
    output[jpn], demand[jpn], demand[kor], demand[deu], demand[CHN] = 100.0, 90.0, 30.0, 5.0, 7.0
    trade[jpn, kor], trade[jpn, deu] = 20.0, 10.0  # Germany needs only half of what it is said to buy
    flows = settle(output, trade, demand)[..., 0]
    assert flows[jpn, [kor, deu, jpn]].tolist() == pytest.approx([20.0, 5.0, 75.0])
    assert flows[CHN, [kor, deu, jpn, CHN]].tolist() == pytest.approx([10.0, 0.0, 15.0, 7.0])


def test_a_place_cannot_ship_what_it_does_not_make() -> None:
    jpn, kor = CODES.index("JPN"), CODES.index("KOR")
    output, trade, demand = np.zeros((P, 1)), np.zeros((P, P, 1)), np.zeros((P, 1))
    output[jpn], trade[jpn, kor], demand[kor] = 5.0, 20.0, 20.0
    flows = settle(output, trade, demand)[..., 0]
    assert (flows[jpn, kor], flows[CHN, kor]) == pytest.approx((5.0, 15.0))


# Needs of lines, and the assemblies they imply


def demand_row(sector: str, place: str, material: str, tonnes: float) -> FactRow:
    name = f"demand-{sector}-{place}-{material.split(':')[1]}".lower()
    return row(
        name, "demand", tonnes, sector=sector, place=place, material=material, element="", unit="t magnet/y"
    )


@pytest.fixture(scope="module")
def small() -> Needs:
    """Germany makes 40 % of its car motors, buys the rest from Japan and China, three to one."""
    low = "assembly:low"
    rows = [
        demand_row("other-automotive", "DEU", low, 100.0),
        demand_row("defence", "DEU", low, 10.0),
        row("home-deu", "assembly-local-share", 0.4, material=low, place="DEU"),
        row("jpn-deu", "assembly-import-share", 0.6, material=low, place="JPN", partner="DEU"),
        row("chn-deu", "assembly-import-share", 0.2, material=low, place="CHN", partner="DEU"),
    ]
    return Needs(Draws(book_of(rows), 2, 1))


def test_imported_assemblies_are_split_by_origin(small: Needs) -> None:
    deu, jpn = CODES.index("DEU"), CODES.index("JPN")
    civil = small.assemblies("assembly:low")["civil"][..., 0]
    assert civil[[deu, jpn, CHN], deu].tolist() == pytest.approx([40.0, 45.0, 15.0])
    assert civil.sum() == pytest.approx(100.0)


def test_military_assemblies_are_made_at_home(small: Needs) -> None:
    deu = CODES.index("DEU")
    military = small.assemblies("assembly:low")["military"]
    assert military[deu, deu].tolist() == pytest.approx([10.0, 10.0])
    assert military.sum() == pytest.approx(20.0)


def test_shares_of_origins_sum_to_one_in_every_draw(book: Book) -> None:
    needs = Needs(Draws(book, 12, 5))
    for material in ASSEMBLIES:
        assert needs.split[material].min() >= 0.0
        assert needs.split[material].sum(axis=0) == pytest.approx(np.ones((P, 12)))


def test_scaling_touches_the_ndfeb_of_its_place_only() -> None:
    rows = [
        demand_row("wind", "DEU", "assembly:high", 10.0),
        demand_row("wind", "JPN", "assembly:high", 10.0),
        demand_row("aerospace", "DEU", "assembly:smco", 10.0),
        demand_row("refining", "DEU", "product:fcc-catalyst", 10.0),
    ]
    needs = Needs(Draws(book_of(rows), 1, 1))
    factor = np.ones((P, 1))
    factor[CODES.index("DEU")] = 3.0
    needs.scale_ndfeb(factor)
    found = {key[0] + key[1]: float(x[0]) for key, inputs in needs.lines.items() for x in inputs.values()}
    assert found == {"windDEU": 30.0, "windJPN": 10.0, "aerospaceDEU": 10.0, "refiningDEU": 10.0}


def test_lines_are_scaled_until_makers_use_what_trade_says(small: Needs) -> None:
    """Germany's makers serve Germany only: 40 + 10 t of 110 t asked for; 150 t is three times that."""
    use = np.zeros((P, 2))
    use[CODES.index("DEU")] = 150.0
    low = {key: inputs["assembly:low"].copy() for key, inputs in small.lines.items()}
    factor = fit_to_trade(small, use)
    assert factor[CODES.index("DEU")] == pytest.approx(3.0)
    for key, inputs in small.lines.items():
        assert inputs["assembly:low"] == pytest.approx(3.0 * low[key])


def test_apparent_use_is_imports_and_own_output_and_other_trade() -> None:
    rows = [
        row("m-jpn", "magnet-imports-china", 30.0, material="magnet", partner="JPN"),
        row("m-deu", "magnet-imports-china", 40.0, material="magnet", partner="DEU"),
        row("m-world", "magnet-imports-china", 999.0, material="magnet", partner="WORLD"),
        row("o-low", "magnet-output", 100.0, material="magnet:low", place="JPN"),
        row("o-smco", "magnet-output", 50.0, material="magnet:smco", place="JPN"),
        row("t-low", "magnet-trade", 25.0, material="magnet:low", place="JPN", partner="DEU"),
        row("t-big", "magnet-trade", 9.0, material="magnet:none", place="FRA", partner="DEU"),
    ]
    use = apparent_use(Draws(book_of(rows), 1, 1))[:, 0]
    found = dict(zip(CODES, use, strict=True))
    assert {c: x for c, x in found.items() if x} == {"JPN": 105.0, "DEU": 74.0}
