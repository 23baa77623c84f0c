"""The frozen market of both base years: shapes, balance, and what a scenario may change."""

from __future__ import annotations

from typing import get_type_hints

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.engine.market import Market
from dearth.errors import BookError, ScenarioError
from dearth.world.market import MINES, MarketModel, build_market
from dearth.world.market_rows import Fitted
from dearth.world.market_rules import GOODS
from dearth.world.scenario import load_scenario
from small_book import without

N = 24
NAMES = ("quota-2010", "squeeze-2025")
SIGNED = {"quota_pace", "stockpile", "klass"}


def built(name: str, book: Book, central: bool = False, **changes: object) -> MarketModel:
    scenario = load_scenario(name).model_copy(update={"draws": N, **changes})
    return build_market(scenario, book, {}, central=central)


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest, book: Book) -> MarketModel:
    return built(request.param, book)


def test_arrays_have_the_axes_they_state(model: MarketModel) -> None:
    m = model.market
    size = {
        "E": len(ELEMENTS),
        "G": len(GOODS),
        "M": len(MINES),
        "B": len(model.buyers),
        "N": N,
        "T": m.n_steps,
        "W": m.n_steps // m.steps_per_week + 1,
        "C": m.allowance.shape[1],
    }
    shapes = {
        "E": ("paying",),
        "B": ("good", "klass", "quota", "spread"),
        "N": ("covered", "value_spread", "headroom"),
        "GN": ("price0", "substitutable"),
        "EN": ("floor", "home0", "stock0"),
        "MEN": ("supply0",),
        "WMN": ("supply_path",),
        "MN": ("answering",),
        "WEN": ("home_path", "other_path"),
        "GEN": ("content",),
        "BN": ("need0", "other0", "cover", "transit", "value", "by_value", "thin", "freight", "import_duty"),
        "WGN": ("need_path",),
        "TGN": ("duty",),
        "TB": ("price_floor",),
        "TE": ("stockpile",),
        "TCN": ("allowance", "outlook"),
        "T": ("quota_add", "quota_keep", "quota_pace", "leak_open"),
        "TBN": ("held",),
    }
    for axes, names in shapes.items():
        for name in names:
            array = getattr(m, name)
            assert array.shape == tuple(size[a] for a in axes), name
            assert array.flags["C_CONTIGUOUS"], name  # another layout is another compilation
    named = {n for names in shapes.values() for n in names}
    rest = {"steps_per_week", "n_steps", "behaviour", "front_out", "front_x", "front_max"}
    assert named | rest == set(get_type_hints(Market))


def test_every_number_is_one(model: MarketModel) -> None:
    for name, array in model.market._asdict().items():
        if isinstance(array, np.ndarray):
            assert np.isfinite(array).all(), name
            assert name in SIGNED or array.min(initial=0.0) >= 0.0, name
    for name, array in model.market.behaviour._asdict().items():
        assert array.shape == (N,), name
        assert np.isfinite(array).all(), name
        if name.endswith("_time"):
            assert array.min() > 0.0, name


def test_the_base_year_is_in_balance(model: MarketModel) -> None:
    m = model.market
    bought = m.need0 - m.other0
    assert bought.min() > 0.0
    for e in range(len(ELEMENTS)):
        export = bought[m.good == e].sum(axis=0)
        assert m.home0[e] + export == pytest.approx(m.supply0[:, e].sum(axis=0), rel=1e-9)
    magnets = np.einsum(
        "gen,gn->en", m.content, np.stack([m.need0[m.good == g].sum(axis=0) for g in range(len(GOODS))])
    )
    assert (magnets <= m.home0 + 1e-9).mean() > 0.9  # what leaves inside magnets is part of home use


def test_prices_start_above_their_floor(model: MarketModel) -> None:
    """Else the price moves by itself from the first day."""
    m = model.market
    assert (m.floor <= m.price0[: len(ELEMENTS)] * (1.0 + 1e-12)).all()


def test_buyers_from_the_highest_value_down(model: MarketModel) -> None:
    m = model.market
    for n in range(N):
        assert sorted(m.by_value[:, n]) == list(range(len(model.buyers)))
        assert (np.diff(m.value[m.by_value[:, n], n]) <= 0.0).all()


def test_only_oxides_count_against_the_quota(book: Book) -> None:
    model = built("quota-2010", book, central=True)
    for buyer, counts in zip(model.buyers, model.market.quota, strict=True):
        assert bool(counts) == (buyer.good in ELEMENTS)
    assert built("squeeze-2025", book, central=True).market.quota.sum() == 0


def test_paths_begin_at_one(model: MarketModel) -> None:
    m = model.market
    for path in (m.home_path, m.need_path, m.supply_path, m.other_path):
        assert path[0] == pytest.approx(np.ones_like(path[0]))


def test_without_growth_the_2025_paths_stay(book: Book) -> None:
    m = built("squeeze-2025", book, central=True, growth="none").market
    assert m.need_path.min() == m.need_path.max() == 1.0


def test_the_crackdown_takes_unrecorded_ore_and_gives_it_back(book: Book) -> None:
    scenario = load_scenario("quota-2010").model_copy(update={"draws": 1})
    calm = scenario.model_copy(update={"events": tuple(e for e in scenario.events if e.action != "curb")})
    hit, free = (
        build_market(s, book, {}, central=True).market.supply_path[:, :, 0] for s in (scenario, calm)
    )
    curbed = hit / free
    event = next(e for e in scenario.events if e.action == "curb")
    w = int(scenario.week_of(event))
    assert curbed[: w - 1] == pytest.approx(np.ones((w - 1, 2)))
    ionic, light = curbed[w + 1, MINES.index("ionic")], curbed[w + 1, MINES.index("light")]
    assert ionic < light < 1.0
    assert curbed[-1] == pytest.approx([1.0, 1.0])


def test_central_draws_are_alike_and_drawn_ones_are_not(book: Book) -> None:
    central, drawn = built("squeeze-2025", book, central=True).market, built("squeeze-2025", book).market
    assert np.ptp(central.need0, axis=-1).max() == 0.0
    assert np.ptp(drawn.need0, axis=-1).max() > 0.0


def test_the_same_seed_is_the_same_market(book: Book) -> None:
    a, b = (built("squeeze-2025", book).market for _ in range(2))
    for name, array in a._asdict().items():
        if isinstance(array, np.ndarray):
            assert array.tobytes() == getattr(b, name).tobytes(), name


def test_fixed_comes_before_fitted_before_the_book(book: Book) -> None:
    scenario = load_scenario("squeeze-2025").model_copy(update={"draws": 3})
    fit = {"mkt-eta": Fitted(0.9, 0.9, 0.9)}
    assert (
        build_market(scenario, book, {}, central=True).market.behaviour.stock_power[0]
        == book.get("mkt-eta").value
    )
    assert build_market(scenario, book, fit, central=True).market.behaviour.stock_power == pytest.approx(
        np.full(3, 0.9)
    )
    tried = {"mkt-eta": np.array([0.3, 0.4, 0.5])}
    assert build_market(
        scenario, book, fit, fixed=tried, central=True
    ).market.behaviour.stock_power.tolist() == [
        0.3,
        0.4,
        0.5,
    ]


def test_terbium_and_dysprosium_share_one_value(book: Book) -> None:
    model = built("squeeze-2025", book, central=True)
    m, at = model.market, {b: i for i, b in enumerate(model.buyers)}
    dy, tb = at[("Dy", "EUR")], at[("Tb", "EUR")]
    prices = m.price0[[GOODS.index("Tb"), GOODS.index("Dy")], 0]
    assert m.value[tb, 0] / m.value[dy, 0] == pytest.approx(prices[0] / prices[1])


def test_an_override_of_no_row_is_refused(book: Book) -> None:
    scenario = load_scenario("squeeze-2025").model_copy(update={"draws": 1, "set": {"no-such-row": 1.0}})
    with pytest.raises(ScenarioError, match="no-such-row"):
        build_market(scenario, book, {})


def test_a_book_without_a_row_of_behaviour_is_refused(book: Book) -> None:
    scenario = load_scenario("squeeze-2025").model_copy(update={"draws": 1})
    with pytest.raises(BookError, match="price-inventory-elasticity"):
        build_market(scenario, without(book, "mkt-eta"), {})


def test_closing_is_told_for_every_element(model: MarketModel) -> None:
    assert set(model.closing) == set(ELEMENTS)
    assert all(np.isfinite(v).all() for v in model.closing.values())
    assert model.used
