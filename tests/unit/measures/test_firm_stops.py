"""What stops cost and what stock buys: worked by hand, and laws on random firms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dearth.engine.arrays import FloatArray
from dearth.firm.graph import Graph, graph_of
from dearth.firm.network import Bill, Contract, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier
from dearth.firm.run_down import Arrivals, arriving, run_down
from dearth.measures.firm_path import why
from dearth.measures.firm_stops import (
    bought_by,
    items_that_matter,
    lost_money,
    penalties,
    stops,
    week_cost,
)
from firm_made_up import random_firm

WEEKS = 12


def small(**changes: object) -> Firm:
    """Two lines; the first needs a magnet from abroad, of which two weeks lie there."""
    firm = Firm(
        head=Head("Small", "EUR", date(2025, 1, 1)),
        plants=(Plant(id="works", place="DEU"),),
        lines=(
            Line(id="a", plant="works", weekly_output=100.0, margin_per_unit=2.0),
            Line(id="b", plant="works", weekly_output=10.0),
        ),
        parts=(Part(id="magnet"), Part(id="wire")),
        bill=(Bill(parent="a", part="magnet"), Bill(parent="a", part="wire"), Bill(parent="b", part="wire")),
        suppliers=(Supplier(id="maker", name="Maker"),),
        sites=(Site(id="north", supplier="maker", place="CHN"),),
        sources=(Source(part="magnet", site="north", spend_per_year=5217.857142857143),),
        stocks=(Stock(item="magnet", quantity=200.0), Stock(item="wire", quantity=220.0)),
    )
    return replace(firm, **changes)  # type: ignore[arg-type]


def cut(firm: Firm, draws: int = 2) -> tuple[Graph, Arrivals]:
    """Nothing of the magnet arrives in the first draw, all in the others."""
    graph = graph_of(firm)
    share = np.ones((WEEKS, draws))
    share[:, 0] = 0.0
    source = int(np.flatnonzero(graph.site == graph.sites.index("north"))[0])
    return graph, arriving(graph, {source: share}, WEEKS, draws)


def test_money_and_penalties_by_hand() -> None:
    contracts = (
        Contract(id="dear", line="a", weekly_quantity=40.0, penalty_per_unit=5.0, until=date(2025, 2, 5)),
        Contract(id="cheap", line="a", weekly_quantity=80.0, penalty_per_unit=1.0),
    )
    firm = small(contracts=contracts)
    graph, arrive = cut(firm)
    done = run_down(graph, arrive)
    assert stops(done).tolist() == [[2.0, np.inf], [np.inf, np.inf]]
    assert lost_money(firm, done)[:, 0].tolist() == [0.0, 0.0] + [200.0] * 10
    owed = penalties(firm, done)
    # at full output 100 go to 40 + 80 owed: the cheap contract lacks 20 from the first day on
    assert owed[:2, 0].tolist() == [20.0, 20.0]
    assert owed[2:6, 0].tolist() == [40 * 5.0 + 80.0] * 4  # the dear one ends after week 5
    assert owed[6:, 0].tolist() == [80.0] * 6


def test_a_week_of_the_stock_that_binds_is_worth_a_week() -> None:
    firm = small()
    graph, arrive = cut(firm)
    magnet, wire = bought_by(firm, graph, arrive, [{"magnet": 1.0}, {"wire": 1.0}])
    assert magnet.moved[0, 0] == pytest.approx(1.0)
    assert np.isnan(magnet.moved[0, 1])
    assert np.isnan(magnet.moved[1]).all()
    assert magnet.saved.tolist() == [200.0, 0.0]
    assert wire.moved[0, 0] == 0.0
    assert wire.saved.tolist() == [0.0, 0.0]
    (gone,) = bought_by(firm, graph, arrive, [{"magnet": float(WEEKS)}])
    assert np.isinf(gone.moved[0, 0])
    assert items_that_matter(firm, graph, run_down(graph, arrive)) == ("magnet", "a")
    assert week_cost(firm, "magnet") == pytest.approx(100.0)
    assert week_cost(firm, "wire") is None


def test_why_names_path_share_and_the_source_that_failed() -> None:
    graph, arrive = cut(small())
    done = run_down(graph, arrive)
    found = why(graph, done, arrive, 0)
    assert found is not None
    assert (found.path, found.share) == (("a", "magnet"), 1.0)
    assert graph.sites[graph.site[found.source]] == "north"
    assert why(graph, done, arrive, 1) is None


def below(graph: Graph, line: int) -> set[int]:
    found, todo = {line}, [line]
    while todo:
        node = todo.pop()
        for child in graph.child[graph.parent == node].tolist():
            if child not in found:
                found.add(child)
                todo.append(child)
    return found


def gained(graph: Graph, moved: FloatArray, line: int) -> list[int]:
    """Return the lines that go on for longer and want a part that `line` wants."""
    mine = below(graph, line)
    others = np.flatnonzero(moved > 0.0).tolist()
    return [other for other in others if other != line and mine & below(graph, other)]


@given(st.integers(0, 2**31), st.integers(0, 30), st.booleans())
@example(720341, 11, True)  # a line that depends on the stock stops earlier for it
@settings(max_examples=60, deadline=None)
def test_a_week_of_one_stock_moves_only_lines_that_depend_on_it_and_each_where_it_binds(
    seed: int, pick: int, shared: bool
) -> None:
    """Where no part goes into two things; where one does, who stops earlier lost a part to who goes on."""
    firm = random_firm(seed, 10, 3, reuse=1.6 if shared else 1.0)
    graph = graph_of(firm)
    bought = np.flatnonzero(graph.site >= 0)
    lost = int(bought[pick % len(bought)])
    arrive = arriving(graph, {lost: np.full((20, 1), (seed % 3) / 4)}, 20, 1)
    done = run_down(graph, arrive)
    stopping = np.flatnonzero(np.isfinite(stops(done)[:, 0])).tolist()
    items = items_that_matter(firm, graph, done)
    for item, found in zip(items, bought_by(firm, graph, arrive, [{one: 1.0} for one in items]), strict=True):
        for line in stopping:
            moved = found.moved[line, 0]
            if graph.names.index(item) not in below(graph, line):
                assert moved <= 0.0 if shared else moved == 0.0
            elif shared:
                assert moved >= 0.0 or gained(graph, found.moved[:, 0], line)
            else:
                assert moved > 0.0  # each is on the only way to what ended the line


def test_lines_that_want_the_same_part_may_stop_earlier_and_it_is_told() -> None:
    """With a second source that ramps, a line that goes on for longer takes from what others need."""
    firm = random_firm(15655, 10, 3, second=0.3)
    graph = graph_of(firm)
    lost = int(np.flatnonzero(graph.site >= 0)[14 % int((graph.site >= 0).sum())])
    arrive = arriving(graph, {lost: np.full((20, 1), (15655 % 3) / 4)}, 20, 1)
    items = items_that_matter(firm, graph, run_down(graph, arrive))
    found = bought_by(firm, graph, arrive, [{item: 1.0} for item in items])
    assert min(float(np.nanmin(one.moved)) for one in found) < 0.0
