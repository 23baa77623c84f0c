"""What a measure changes in a world, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.engine.arrays import Trace
from dearth.engine.run import run
from dearth.measures.bought import bought, first_stop, free_to_wait, lost_weeks, restricted_gain, sites_among
from dearth.world.build import Model
from dearth.world.relief import Relief, gated_flows, lines_behind, released, relieved, weeks_lasting

JAPAN = ("JPN",)
DT = 0.25


def relief(**changes: dict[str, float]) -> Relief:
    return Relief(**{"stock": {}, "supply": {}, "spared": {}, "second": {}, **changes})  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    path=st.lists(st.floats(0.0, 1.3), min_size=4, max_size=60),
    weeks=st.floats(0.0, 12.0),
)
def test_a_stock_fills_gaps_and_no_more_than_it_holds(path: list[float], weeks: float) -> None:
    before = np.array(path)
    after = released(before, weeks, DT)
    assert (after >= before).all()
    assert (after[before < 1.0] <= 1.0 + 1e-12).all()
    given_out = float((after - before).sum() * DT)
    gap = float(np.maximum(0.0, 1.0 - before).sum() * DT)
    assert given_out == pytest.approx(min(weeks, gap), abs=1e-9)


@pytest.mark.parametrize(("passes", "weeks", "lasts"), [(0.0, 8.0, 8.0), (0.5, 8.0, 16.0), (0.75, 3.1, 12.4)])
def test_a_stock_lasts_stock_over_use(passes: float, weeks: float, lasts: float) -> None:
    path = np.full((200, 1), passes)
    assert weeks_lasting(path, weeks, DT)[0] == pytest.approx(lasts)
    assert weeks_lasting(np.ones((200, 1)), weeks, DT)[0] == np.inf


def test_what_is_held_back_is_named_with_its_flow(cutoff_model: Model) -> None:
    found = gated_flows(cutoff_model, JAPAN)
    flows = [float(np.median(g.flow)) for g in found.values()]
    assert flows == sorted(flows, reverse=True)
    for material, gated in found.items():
        routes = [cutoff_model.routes[e] for e in gated.edges]
        assert {(r.material, r.origin, r.destination) for r in routes} == {(material, "CHN", "JPN")}
        assert (gated.held[gated.flow > 0.001] > 0.9).all()
    assert not [m for m in found if m.startswith("assembly")]  # assemblies are under no control


def test_a_relief_touches_only_the_goods_it_names(cutoff_model: Model) -> None:
    changed = relieved(cutoff_model, JAPAN, relief(stock={"magnet:low": 8.0}))
    old, new = cutoff_model.world, changed.world
    moved = np.flatnonzero(old.edge_class != new.edge_class)
    assert set(moved) == set(gated_flows(cutoff_model, JAPAN)["magnet:low"].edges)
    same = [name for name in old._fields if name not in {"edge_class", "allowance"}]
    assert all(np.array_equal(getattr(old, name), getattr(new, name)) for name in same)
    with pytest.raises(KeyError, match="assembly:low"):
        relieved(cutoff_model, JAPAN, relief(stock={"assembly:low": 8.0}))


def test_a_material_reaches_the_lines_that_hold_it(cutoff_model: Model) -> None:
    for material, parts in (
        ("magnet:low", {"assembly:low"}),
        ("magnet:smco", {"assembly:smco"}),
        ("oxide:Gd", {"product:gadolinium"}),
        ("metal:Dy", {"assembly:low", "assembly:high"}),
    ):
        found = {cutoff_model.processes[i].part for i in lines_behind(cutoff_model, material, JAPAN)}
        assert found == parts


def test_a_stock_that_may_wait_never_costs_output(cutoff_model: Model, cutoff_trace: Trace) -> None:
    """Free stock, in the network; in some draws of magnet:low an early release does harm."""
    plain = (cutoff_model, cutoff_trace)
    harm = False
    for material in ("magnet:low", "oxide:Y"):
        model = relieved(cutoff_model, JAPAN, relief(stock={material: 8.0}))
        found = bought(plain, (model, run(model.world, model.labels)), lines_behind(model, material, JAPAN))
        saved = found.weeks - np.where(
            np.arange(found.weeks.size) == 0, 99.0, 0.0
        )  # harm elsewhere in one draw
        harm |= bool((found.weeks < -1e-6).any()) or bool((found.later < -1e-6).any())
        kept, left = free_to_wait(found, saved)
        assert (kept.weeks >= 0.0).all()
        assert (left >= 0.0).all()
        assert (kept.weeks[0], kept.later[0], left[0]) == (0.0, 0.0, 0.0)
        assert np.array_equal(kept.after[0], found.before[0])
        assert kept.weeks.mean() > 0.0
    assert harm


def test_nothing_done_buys_nothing(cutoff_model: Model, cutoff_trace: Trace) -> None:
    model = relieved(cutoff_model, JAPAN, relief())
    lines = lines_behind(model, "magnet:low", JAPAN)
    found = bought((cutoff_model, cutoff_trace), (model, run(model.world, model.labels)), lines)
    assert (found.weeks == 0.0).all()
    assert (found.later == 0.0).all()


def test_what_is_lost_in_the_first_weeks_is_part_of_all(cutoff_model: Model, cutoff_trace: Trace) -> None:
    sites = sites_among(cutoff_model, cutoff_trace, lines_behind(cutoff_model, "magnet:low", JAPAN))
    whole, first = lost_weeks(sites, 4), lost_weeks(sites, 4, 26.0)
    assert (first <= whole + 1e-12).all()
    assert (whole <= 52.0).all()
    assert np.isfinite(first_stop(cutoff_model, sites)).all()


def test_a_gain_is_cut_at_the_end_of_the_run() -> None:
    before, after = np.array([10.0, 50.0, np.inf]), np.array([np.inf, 60.0, np.inf])
    assert restricted_gain(before, after, 52.0) == pytest.approx([42.0, 2.0, 0.0])
