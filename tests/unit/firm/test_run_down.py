"""Who stops when suppliers get less: worked by hand, its laws, and the time to survive as the upper end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.errors import InputError
from dearth.firm.graph import Graph, graph_of
from dearth.firm.network import Bill, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier
from dearth.firm.run_down import arriving, extra_stock, run_down
from dearth.firm.survive import Loss, Survivor, losses_of
from dearth.firm.workbook import example_firm
from firm_made_up import random_firm

SEEDS = st.integers(0, 2**31)


def chain(magnet: float = 240.0, rotor: float = 130.0, motors: float = 0.0, *sources: Source) -> Firm:
    return Firm(
        head=Head("Small", "EUR"),
        plants=(Plant(id="works", place="DEU"),),
        lines=(Line(id="motors", plant="works", weekly_output=100.0, margin_per_unit=2.0),),
        parts=(Part(id="rotor"), Part(id="magnet")),
        bill=(
            Bill(parent="motors", part="rotor", quantity=1.0),
            Bill(parent="rotor", part="magnet", quantity=1.0),
        ),
        suppliers=(Supplier(id="maker", name="Maker"),),
        sites=(
            Site(id="north", supplier="maker", place="CHN"),
            Site(id="south", supplier="maker", place="JPN"),
        ),
        sources=sources or (Source(part="magnet", site="north"),),
        stocks=(
            Stock(item="magnet", quantity=magnet),
            Stock(item="rotor", quantity=rotor),
            Stock(item="motors", quantity=motors),
        ),
    )


def without(graph: Graph, site: str, weeks: int = 26, left: float = 0.0, draws: int = 1) -> np.ndarray:  # type: ignore[type-arg]
    arrive = np.ones((weeks, len(graph.node), draws))
    arrive[:, graph.site == graph.sites.index(site)] = left
    return arrive


def test_a_chain_lasts_as_long_as_its_stocks_inside_the_week() -> None:
    graph = graph_of(chain())
    found = run_down(graph, without(graph, "north"))
    assert found.stop[0, 0] == pytest.approx(2.4 + 1.3)
    assert found.path[0] == ("motors", "rotor", "magnet")
    assert graph.names[found.binding[0, 0]] == "magnet"
    assert found.output[2, 0, 0] == 1.0
    assert found.output[3, 0, 0] == pytest.approx(0.7)
    assert found.output[4:, 0, 0] == pytest.approx(0.0)


def test_all_arrives_and_nobody_stops() -> None:
    graph = graph_of(example_firm())
    found = run_down(graph, np.ones((52, len(graph.node), 2)))
    assert np.isnan(found.stop).all()
    assert (found.output == 1.0).all()
    assert (found.binding == -1).all()


def test_part_of_the_deliveries_stretches_the_stock_and_then_slows_the_line() -> None:
    graph = graph_of(chain())
    found = run_down(graph, without(graph, "north", left=0.5))
    assert found.stop[0, 0] == pytest.approx((2.4 + 1.3) / 0.5)
    assert found.output[-1, 0, 0] == pytest.approx(0.5)


def test_a_second_source_takes_over_after_its_ramp() -> None:
    sources = (
        Source(part="magnet", site="north", share=0.6),
        Source(part="magnet", site="south", share=0.4, most_share=1.0, ramp_weeks=9.0),
    )
    graph = graph_of(chain(0.0, 0.0, 0.0, *sources))
    found = run_down(graph, without(graph, "north"))
    assert found.stop[0, 0] == 0.0  # from the first day on 40 a week, not 100
    assert found.output[:9, 0, 0] == pytest.approx(0.4)
    assert found.output[9:, 0, 0] == pytest.approx(1.0)


def test_money_at_risk_is_what_is_not_made() -> None:
    graph = graph_of(chain())
    money = run_down(graph, without(graph, "north", weeks=6)).money_at_risk(np.array([200.0]))
    assert money[:, 0] == pytest.approx([0, 0, 0, 0.3 * 200, 200, 200])


def test_one_more_week_of_a_stock_moves_only_lines_that_need_it() -> None:
    graph = graph_of(example_firm())
    arrive = without(graph, "two-china", weeks=40)
    before = run_down(graph, arrive).stop[:, 0]
    after = run_down(graph, arrive, extra_stock(graph, {"magnets-hub": 1.0})).stop[:, 0]
    hub = graph.names.index("line-hub")
    assert after[hub] - before[hub] == pytest.approx(1.0)
    others = np.arange(graph.lines) != hub
    assert np.array_equal(after[others], before[others], equal_nan=True)
    same = run_down(graph, arrive, extra_stock(graph, {"winding-wire": 1.0})).stop[:, 0]
    assert np.array_equal(same, before, equal_nan=True)


def test_sources_that_are_not_named_send_as_ever() -> None:
    graph = graph_of(example_firm())
    hit = np.flatnonzero(graph.node == graph.names.index("magnets-hub"))
    found = arriving(graph, dict.fromkeys(hit.tolist(), np.full((8, 3), 0.25)), 8, 3)
    spread = found.shares[:, found.of]
    others = np.delete(np.arange(len(graph.node)), hit)
    assert (spread[:, hit] == 0.25).all()
    assert (spread[:, others] == 1.0).all()
    assert spread.shape == (8, len(graph.node), 3)
    assert np.array_equal(run_down(graph, found).stop, run_down(graph, spread).stop, equal_nan=True)


def test_the_path_is_the_one_of_most_draws() -> None:
    graph = graph_of(chain(100.0, 0.0, 0.0, Source(part="magnet", site="north")))
    arrive = np.ones((6, len(graph.node), 3))
    arrive[:, graph.site == graph.sites.index("works"), 0] = 0.0
    arrive[:, graph.site == graph.sites.index("north"), 1:] = 0.0
    found = run_down(graph, arrive)
    assert found.path[0] == ("motors", "rotor", "magnet")
    assert set(found.ways.values()) == {("motors",), ("motors", "rotor", "magnet")}


def test_draws_do_not_touch_each_other() -> None:
    graph = graph_of(random_firm(3, 12, 3, second=0.4))
    arrive = np.random.default_rng(1).random((20, len(graph.node), 4))
    whole = run_down(graph, arrive)
    for draw in range(4):
        alone = run_down(graph, arrive[:, :, draw : draw + 1])
        assert np.array_equal(alone.output[:, :, 0], whole.output[:, :, draw])


@pytest.mark.parametrize(
    "bad", [np.ones((3, 2)), np.ones((3, 99, 1)), np.full((3, 2, 1), np.nan), np.full((3, 2, 1), 1.5)]
)
def test_shares_that_are_none_are_refused(bad: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(InputError):
        run_down(graph_of(chain()), bad)


def stops_of(graph: Graph, losses: Sequence[Loss]) -> Iterator[np.ndarray]:  # type: ignore[type-arg]
    """Return the weeks in which each line stops, (line,), for every loss: each is a draw of one run."""
    arrive = np.ones((40, len(graph.node), len(losses)))
    for draw, loss in enumerate(losses):
        arrive[:, loss.sources, draw] = 0.0
    return iter(run_down(graph, arrive).stop.T)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.booleans())
def test_no_line_lasts_longer_than_the_time_to_survive(seed: int, shallow: bool) -> None:
    graph = graph_of(random_firm(seed, 9, 2, second=0.4, recipes=0.3, shallow=shallow))
    survivor = Survivor(graph)
    losses = losses_of(graph)
    for loss, stop in zip(losses, stops_of(graph, losses), strict=True):
        first = np.nanmin(np.append(stop, np.inf))
        weeks = survivor.weeks(loss.sources)[0]
        if weeks < 39:
            assert first <= weeks + 1e-6


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_in_a_tree_with_one_source_each_the_two_agree(seed: int) -> None:
    graph = graph_of(random_firm(seed, 9, 1, reuse=1.0))
    survivor = Survivor(graph)
    losses = losses_of(graph)
    for loss, stop in zip(losses, stops_of(graph, losses), strict=True):
        weeks = survivor.weeks(loss.sources)[0]
        if loss.kind == "site" and weeks < 39:
            assert stop[0] == pytest.approx(weeks, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.floats(0.0, 5.0))
def test_more_of_every_stock_never_stops_a_line_sooner(seed: int, more: float) -> None:
    graph = graph_of(random_firm(seed, 9, 2))
    arrive = np.random.default_rng(seed).random((30, len(graph.node), 1))
    before = run_down(graph, arrive).stop
    after = run_down(graph, arrive, graph.stock + more).stop
    assert (np.nan_to_num(after, nan=np.inf) >= np.nan_to_num(before, nan=np.inf) - 1e-9).all()
