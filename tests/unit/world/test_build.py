"""The arrays of a world: what flows out flows in, nothing moves without cause, names stay with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.axes import stage_of
from dearth.book import Book
from dearth.engine.arrays import Trace, World
from dearth.engine.run import run
from dearth.errors import BookError, ScenarioError
from dearth.world.build import Model, Resolution, build
from dearth.world.scenario import Scenario, load_scenario
from small_book import without

Array = NDArray[np.float64]
FLAT = 1e-6


def owners(ptr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the owner of each member of an offset array."""
    return np.repeat(np.arange(ptr.size - 1), np.diff(ptr))


def market_use(w: World) -> Array:
    """Return the base-year use of each market, (M, N)."""
    use = np.zeros((w.edge_ptr.size - 1, w.rate.shape[1]))
    np.add.at(use, w.buf_market, w.need * w.rate[owners(w.buf_ptr)])
    return use


def test_what_flows_into_a_market_is_what_its_buyers_use(model: Model) -> None:
    w = model.world
    inflow = np.zeros_like(market_use(w))
    np.add.at(inflow, owners(w.edge_ptr), w.flow)
    assert inflow == pytest.approx(market_use(w), rel=1e-6, abs=1e-6)


def test_what_flows_out_of_a_pool_is_its_base(model: Model) -> None:
    w = model.world
    outflow = np.zeros_like(w.pool_base)
    np.add.at(outflow, w.edge_pool, w.flow)
    assert outflow == pytest.approx(w.pool_base, rel=1e-12, abs=1e-12)


def test_what_is_made_fills_every_pool(model: Model) -> None:
    w = model.world
    made = np.zeros_like(w.pool_base)
    np.add.at(made, w.out_pool, w.out_yield * w.rate[owners(w.out_ptr)])
    short = w.pool_base - made
    assert np.all(short <= 1e-6 * w.pool_base + 1e-6)


def test_every_route_leads_to_buyers_and_every_buyer_has_a_route(model: Model) -> None:
    w = model.world
    assert np.all(np.diff(w.market_buf_ptr) > 0)
    assert np.all(np.diff(w.edge_ptr) > 0)
    assert np.all(np.diff(w.pool_edge_ptr) > 0)
    assert sorted(w.pool_edge.tolist()) == list(range(w.flow.shape[0]))
    assert sorted(w.market_buf[:, 0].tolist()) == list(range(w.need.shape[0]))


def test_every_maker_is_driven_by_the_orders_for_something_it_makes(model: Model) -> None:
    """What nobody drives comes along with what pays: co-products of separation, and swarf."""
    w = model.world
    maker = owners(w.out_ptr)
    driven = set(maker[w.out_pays == 1].tolist())
    assert set(maker.tolist()) == driven
    paid = set(w.out_pool[w.out_pays == 1].tolist())
    silent = [model.pools[i] for i in range(len(model.pools)) if i not in paid]
    assert {stage_of(node.material) for node in silent} == {"oxide"}
    assert all(node.place != "CHN" for node in silent if node.material in {"oxide:NdPr", "oxide:Dy"})


def test_own_use_comes_first(model: Model) -> None:
    w = model.world
    for e, route in enumerate(model.routes):
        assert w.edge_tier[e] == int(route.origin != route.destination)
    for pool in range(len(model.pools)):
        tiers = w.edge_tier[w.pool_edge[w.pool_edge_ptr[pool] : w.pool_edge_ptr[pool + 1]]]
        assert tiers.tolist() == sorted(tiers.tolist())


def test_names_stay_with_their_numbers(model: Model) -> None:
    w = model.world
    for e, route in enumerate(model.routes):
        pool, market = model.pools[w.edge_pool[e]], model.markets[owners(w.edge_ptr)[e]]
        assert (pool.material, pool.place) == (route.material, route.origin)
        assert (market.material, market.place) == (route.material, route.destination)
    assert len(model.labels.markets) == len(set(model.labels.markets)) == len(model.markets)
    assert len(model.labels.pools) == len(set(model.labels.pools)) == len(model.pools)


def test_exports_of_china_are_recorded_by_goods_and_destination(model: Model) -> None:
    w = model.world
    for e, route in enumerate(model.routes):
        stage = stage_of(route.material)
        recorded = route.origin == "CHN" != route.destination and stage in {"oxide", "metal", "magnet"}
        goods = "magnet" if stage == "magnet" else route.material.split(":")[1]
        want = model.series.index(f"{goods} {route.destination}") if recorded else -1
        assert w.edge_series[e] == want


def test_all_numbers_are_finite_and_none_is_negative(model: Model) -> None:
    for name, value in model.world._asdict().items():
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            assert np.all(np.isfinite(value)), name
            assert value.size == 0 or value.min() >= 0.0, name


def test_cover_comes_from_the_row_of_the_buyer(model: Model) -> None:
    """The rows of four buyer groups, looked up by id instead of by key."""
    w, draws = model.world, model.draws
    rows = {
        ("other-automotive", "JPN"): "cover-other-automotive-jpn",
        ("other-automotive", "DEU"): "cover-other-automotive",
        ("assembly:low", "IND"): "cover-assembly-maker-ind",
        ("magnet:low", "JPN"): "cover-magnet-maker-jpn",
    }
    seen = set()
    for b, p in enumerate(owners(w.buf_ptr)):
        key = (model.processes[p].name, model.processes[p].place)
        if key in rows:
            seen.add(key)
            assert np.array_equal(w.cover[b], draws.of(model.used[rows[key]]))
    assert seen == set(rows)


def test_making_takes_the_weeks_of_its_row(model: Model) -> None:
    """What is made to drawing waits for its customer in the works; its pool is all but empty."""
    w, used, draws = model.world, model.used, model.draws
    for i, process in enumerate(model.processes):
        weeks = draws.of(used[f"process-lead-{process.stage}"])
        if process.stage in {"assembly", "magnet"}:
            weeks = weeks + np.maximum(0.0, draws.of(used[f"pool-cover-{process.stage}"]) - 0.1)
        assert w.lead[i] == pytest.approx(weeks), process
    for i, pool in enumerate(model.pools):
        stage = stage_of(pool.material)
        weeks = draws.of(used[f"pool-cover-{stage}"])
        if stage in {"assembly", "magnet"}:
            weeks = np.minimum(weeks, 0.1)
        assert w.pool_stock[i] == pytest.approx(weeks * w.pool_base[i]), pool


def test_capacity_is_never_below_the_base_year(model: Model) -> None:
    w = model.world
    assert np.all(w.capacity >= w.rate)
    for i, process in enumerate(model.processes):
        if (process.stage, process.place) == ("magnet", "JPN"):
            margin = model.draws.of(model.used["capacity-margin-magnet-jpn"])
            assert w.capacity[i] == pytest.approx(w.rate[i] * margin)


def test_goods_take_the_transit_of_their_row(model: Model) -> None:
    w, draws = model.world, model.draws
    at = {route: e for e, route in enumerate(model.routes)}
    for route, e in at.items():
        if route.material.startswith("magnet:") and (route.origin, route.destination) == ("CHN", "DEU"):
            weeks = draws.of(model.used["transit-chn-deu-magnet"])
            assert np.array_equal(w.lag[e], np.maximum(weeks, 0.25))


def test_an_unknown_assumption_is_refused(squeeze: Scenario, book: Book) -> None:
    with pytest.raises(ScenarioError, match="cover-other-automotiv"):
        build(squeeze.model_copy(update={"set": {"cover-other-automotiv": 2.0}}), book)


@pytest.mark.parametrize(
    ("lost", "named"),
    [
        ("decision-time", "decision-time"),
        ("pool-cover-oxide", "pool-cover"),
        ("transit-home", "transit-home"),
        ("cover-wind", "cover"),
    ],
)
def test_a_row_the_book_lacks_is_named(squeeze: Scenario, book: Book, lost: str, named: str) -> None:
    with pytest.raises(BookError, match=named):
        build(squeeze.model_copy(update={"draws": 1}), without(book, lost))


def test_what_a_scenario_sets_goes_before_what_was_reconciled(
    squeeze: Scenario, book: Book, centres: Mapping[str, float]
) -> None:
    override = {"cover-wind": 11.0}
    changed = squeeze.model_copy(update={"draws": 3, "set": override})
    built = build(changed, book, centres={**centres, "cover-wind": 5.0})
    at = [b for b, p in enumerate(owners(built.world.buf_ptr)) if built.processes[p].name == "wind"]
    assert at
    assert np.all(built.world.cover[at] == 11.0)


def test_the_same_scenario_gives_the_same_world(
    squeeze: Scenario, book: Book, centres: Mapping[str, float], model: Model
) -> None:
    again = build(squeeze, book, centres=centres).world
    for name, value in model.world._asdict().items():
        assert np.array_equal(value, getattr(again, name)), name


def test_a_finer_step_changes_the_clock_and_nothing_of_the_base_year(
    squeeze: Scenario, book: Book, centres: Mapping[str, float], model: Model
) -> None:
    fine = build(squeeze, book, Resolution(8, 1537), centres).world
    assert fine.n_steps == 2 * model.world.n_steps
    for name in ("rate", "flow", "lag", "cover", "need", "pool_stock", "lead", "capacity"):
        assert np.array_equal(getattr(fine, name), getattr(model.world, name)), name
    assert fine.allowance.shape[0] == 2 * model.world.allowance.shape[0]


# Steady state


def moved(w: World, trace: Trace) -> dict[str, float]:
    """Return how far a run has moved from the base year, as shares of it."""
    use = w.need * w.rate[owners(w.buf_ptr)]
    stock = use * w.cover
    base = np.zeros((w.n_series, w.rate.shape[1]))
    recorded = w.edge_series >= 0
    np.add.at(base, w.edge_series[recorded], w.flow[recorded])
    tonnes = trace.series * w.steps_per_week
    weeks = w.n_steps / w.steps_per_week
    lines = trace.lost_mean.shape[1]
    return {
        "stopped": float(trace.lost_end.max()),
        "lost": float(np.abs(trace.lost_mean).max()),
        "stock": float((np.abs(trace.final_stock - stock) / (stock + use)).max()),
        "exports": float((np.abs(tonnes - base) / (base + 1e-3)).max()),
        "output": float(np.abs(trace.line_output / (w.rate[:lines] * weeks) - 1.0).max()),
        "unfilled": float((trace.edge_unfilled / ((w.flow + 1e-3) * weeks)).max()),
    }


def still(scenario: Scenario, **changes: Any) -> Scenario:
    return scenario.model_copy(update={"events": (), "growth": "none", **changes})


def test_the_steady_scenario_is_flat_for_ten_years(book: Book, centres: Mapping[str, float]) -> None:
    scenario = load_scenario("steady")
    assert (scenario.weeks, scenario.draws, scenario.events) == (520, 1, ())
    model = build(scenario, book, centres=centres)
    found = moved(model.world, run(model.world, model.labels))
    assert {name: x for name, x in found.items() if x >= FLAT} == {}


@pytest.mark.parametrize("seed", [1, 20250404])
def test_drawn_worlds_are_flat_too(
    book: Book, centres: Mapping[str, float], squeeze: Scenario, seed: int
) -> None:
    model = build(still(squeeze, weeks=104, draws=8, seed=seed), book, centres=centres)
    found = moved(model.world, run(model.world, model.labels))
    assert {name: x for name, x in found.items() if x >= FLAT} == {}


def test_the_check_of_flatness_can_fail(model: Model, trace: Trace) -> None:
    found = moved(model.world, trace)
    assert min(found.values()) > 1e-3
