"""What holds in every shipped scenario: mass of every element, no stock below zero, quotas kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dearth.axes import ELEMENTS, stage_of
from dearth.book import Book
from dearth.engine import week
from dearth.engine.arrays import Trace, World
from dearth.engine.layout import laid_out
from dearth.engine.licences import OPEN
from dearth.engine.run import TOLERANCE, initial_state, run
from dearth.world.build import CHAIN_YEAR, Model, build
from dearth.world.scenario import Event, Scenario, load_scenario, scenario_names
from oracles.networks import on_the_way

Array = NDArray[np.float64]
DRAWS = 4
CHAIN = [name for name in scenario_names() if load_scenario(name).base == CHAIN_YEAR]


@pytest.fixture(scope="module")
def ran(book: Book, centres: Mapping[str, float]) -> Mapping[str, tuple[Model, Trace]]:
    """Return every shipped scenario at its own length, with a few draws."""
    found = {}
    for name in CHAIN:
        scenario = load_scenario(name)
        few = scenario.model_copy(update={"draws": min(DRAWS, scenario.draws)})
        model = build(few, book, centres=centres)
        found[name] = (model, run(model.world, model.labels))
    return found


@pytest.mark.parametrize("name", CHAIN)
def test_no_mass_is_lost_in_any_week(ran: Mapping[str, tuple[Model, Trace]], name: str) -> None:
    model, trace = ran[name]
    assert TOLERANCE == 1e-9
    assert trace.residual.shape == (load_scenario(name).weeks, model.draws.n)
    assert trace.residual.max() < 1e-9
    assert trace.residual.max() > 0.0, "a residual of exactly nothing was not computed"


@pytest.mark.parametrize("name", CHAIN)
def test_nothing_is_negative_and_shares_are_shares(ran: Mapping[str, tuple[Model, Trace]], name: str) -> None:
    _, trace = ran[name]
    assert trace.lowest.min() >= 0.0
    for field in ("series", "buffer_loss", "edge_blocked", "edge_unfilled", "final_stock", "unsold"):
        assert getattr(trace, field).min(initial=0.0) >= 0.0, field
    assert 0.0 <= trace.lost_end.min() <= trace.lost_end.max() <= 1.0
    assert -1e-9 <= trace.lost_mean.min() <= trace.lost_mean.max() <= 1.0


@pytest.mark.parametrize("name", CHAIN)
def test_no_process_makes_an_element(ran: Mapping[str, tuple[Model, Trace]], name: str) -> None:
    assert ran[name][0].loss.min() > -1e-9


def first_draw(w: World) -> World:
    """Return the world with its first draw only."""
    shared = {"quota_add", "quota_keep", "front_left", "front_out", "front_x"}
    changes: dict[str, Any] = {
        name: np.ascontiguousarray(value[..., :1])
        for name, value in w._asdict().items()
        if isinstance(value, np.ndarray) and name not in shared
        if value.dtype == np.float64 or name == "spread"
    }
    return w._replace(**changes)


def held(model: Model, w: World, s: week.State) -> Array:
    """Return tonnes of each element in all stocks, work and conveyors, (element,)."""
    total = np.zeros(len(ELEMENTS))
    for b, m in enumerate(w.buf_market):
        total += model.content[model.markets[m].material][:, 0] * s.hand[b, 0]
    for m, node in enumerate(model.markets):
        total += model.content[node.material][:, 0] * s.market[m, 0]
    for i, node in enumerate(model.pools):
        total += model.content[node.material][:, 0] * (s.pool[i, 0] + s.work[i, 0])
    for e, route in enumerate(model.routes):
        total += model.content[route.material][:, 0] * on_the_way(s, e)
    return total


@pytest.mark.parametrize("name", ["squeeze-2025", "cutoff", "as-planned"])
def test_every_element_balances_over_the_whole_world(
    ran: Mapping[str, tuple[Model, Trace]], name: str
) -> None:
    """What all stocks gain is what goes into pools less what processes use, element by element.

    No process but a mine puts out more of an element than processes took in.
    """
    model = ran[name][0]
    w = first_draw(model.world)
    w = w._replace(lag=np.maximum(w.lag, 1.0 / w.steps_per_week))
    w, state = laid_out(w, initial_state(w))
    before = held(model, w, state)
    trace = Trace(*(np.zeros((*x.shape[:-1], 1)) for x in ran[name][1]))
    week.simulate(w, state, trace)
    after = held(model, w, state)
    made, mined, unsold, used = (np.zeros(len(ELEMENTS)) for _ in range(4))
    for i, node in enumerate(model.pools):
        tonnes = model.content[node.material][:, 0] * state.made_in[i, 0]
        made += tonnes
        mined += tonnes * (stage_of(node.material) == "concentrate")
    for m, node in enumerate(model.markets):
        used += model.content[node.material][:, 0] * state.used[m, 0]
    for o, pool in enumerate(w.out_pool):
        material = model.pools[pool].material
        if stage_of(material) != "concentrate":
            unsold += model.content[material][:, 0] * trace.unsold[o, 0]
    assert np.all(made > 0.0)
    assert np.abs(after - before - (made - used)).max() < 1e-9 * (made + before).max()
    assert np.abs((after - before - (made - used)) / (made + before)).max() < 1e-9
    assert np.all(made - mined + unsold <= used * (1.0 + 1e-9))
    assert np.abs(after - before).max() > 1.0, "nothing moved: the balance is no test"


def test_prohibited_goods_leave_no_more(cutoff_model: Model, cutoff_trace: Trace) -> None:
    """After the longest time that declared goods pass, no recorded tonne leaves China."""
    passes = cutoff_model.draws.get("declared-pass", place="CHN")
    after = int(np.ceil(passes.max() * 4)) + 1
    assert cutoff_trace.series[:2].min() >= 0.0
    assert cutoff_trace.series[0].sum() > 0.0
    assert cutoff_trace.series[after:].max() == 0.0


def test_home_trade_never_meets_a_gate(model: Model, trace: Trace) -> None:
    home = [e for e, r in enumerate(model.routes) if r.origin == r.destination]
    assert np.all(model.world.edge_class[home] == -1)
    assert trace.edge_blocked[home].max() == 0.0
    away = [e for e, r in enumerate(model.routes) if model.world.edge_class[e] >= 0]
    assert {model.routes[e].origin for e in away} == {"CHN", "USA"}
    assert trace.edge_blocked[away].max() > 0.0


def quota_scenario(tonnes: float) -> Scenario:
    goods = ["oxide:NdPr", "metal:NdPr"]
    event = Event(
        date=date(2025, 1, 1),
        what="x",
        source="y",
        action="quota",
        origin="CHN",
        materials=goods,
        tonnes_per_half_year=tonnes,
    )
    plain = load_scenario("steady").model_copy(update={"weeks": 104, "draws": 3})
    return plain.model_copy(update={"events": (event,), "as_of": date(2030, 1, 1)})


def half_years(trace: Trace, model: Model) -> Array:
    """Return exports of Nd+Pr from China in each half-year of two years, (4, N)."""
    at = [i for i, name in enumerate(model.series) if name.split()[0] == "NdPr"]
    flow = trace.series[:, at].sum(axis=1)
    starts = [
        (d - date(2025, 1, 1)).days * 4 // 7 for d in (date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1))
    ]
    return np.stack([part.sum(axis=0) for part in np.split(flow, starts)])


def test_exports_keep_to_a_quota_half_year_by_half_year(book: Book, centres: Mapping[str, float]) -> None:
    """A quota of 70 % of the flow is used up in each half-year and never exceeded, nothing carried."""
    free = build(quota_scenario(1e9), book, centres=centres)
    usual = half_years(run(free.world, free.labels), free)
    cap = 0.7 * float(usual.min())
    tight = build(quota_scenario(cap), book, centres=centres)
    got = half_years(run(tight.world, tight.labels), tight)
    assert np.all(got <= cap * (1.0 + 1e-9))
    assert got == pytest.approx(np.full_like(got, cap), rel=1e-6)


def test_what_is_left_of_a_quota_is_carried_to_july_and_dies_in_january(model: Model) -> None:
    """Trade that is shut in the first half of 2025 and in the second half of 2026 shows what is kept.

    The first unused half is there on top in July 2025; that of 2026 would be there in January 2027.
    """
    w = first_draw(model.world)
    steps = w.n_steps
    at = next(e for e, r in enumerate(model.routes) if r.origin == "CHN" and r.material == "magnet:low")
    base = float(w.flow[at, 0])
    release, keep, shut = np.zeros((steps, 1)), np.ones((steps, 1)), np.full((steps, 1, 1), OPEN)
    quarter = steps // 4
    release[::quarter] = 0.5 * base * quarter / 4
    keep[2 * quarter] = 0.0
    shut[:quarter] = shut[quarter : 2 * quarter] = 0.0
    only = np.full(w.edge_quota.shape, -1, np.int64)
    only[at] = 0
    gates = np.full(w.edge_class.shape, -1, np.int64)
    gates[at] = 0
    changed = w._replace(
        quota_add=release, quota_keep=keep, allowance=shut, edge_quota=only, edge_class=gates, n_series=1,
        edge_series=np.where(only == 0, 0, -1),
    )  # fmt: skip
    lost = run(changed, model.labels).series[:, 0, 0]
    kept = run(changed._replace(quota_keep=np.ones((steps, 1))), model.labels).series[:, 0, 0]
    one = float(release[0, 0])
    assert lost[: 2 * quarter].sum() == 0.0
    assert lost[2 * quarter : 3 * quarter].sum() <= one * (1.0 + 1e-9)
    assert kept[2 * quarter : 3 * quarter].sum() > 1.5 * one
    assert lost[2 * quarter :].sum() <= 2.0 * one * (1.0 + 1e-9)
