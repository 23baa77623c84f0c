"""The programme of a firm's stocks beside its run-down."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.firm.graph import graph_of
from dearth.firm.run_down import arriving, extra_stock, run_down
from dearth.firm.workbook import example_firm
from dearth.measures.firm_plan import _through as through
from dearth.measures.firm_plan import missing


def arrivals(share: float, weeks: int = 30, draws: int = 3):
    graph = graph_of(example_firm())
    china = [s for s, site in enumerate(graph.site) if site >= 0 and graph.places[site] == "CHN"]
    return graph, arriving(graph, {s: np.full((weeks, draws), share) for s in china}, weeks, draws)


def test_what_is_missing_is_what_the_others_cannot_send() -> None:
    graph, arrive = arrivals(0.0)
    lack = missing(graph, arrive)
    hub, traction = graph.names.index("magnets-hub"), graph.names.index("magnets-traction")
    assert lack[:, hub] == pytest.approx(np.ones((30, 3)))
    # Japan makes a fifth, and 0.35 at most from week 16 on
    assert lack[:16, traction] == pytest.approx(np.full((16, 3), 0.8))
    assert lack[16:, traction] == pytest.approx(np.full((14, 3), 0.65))


def test_nothing_is_missing_where_all_arrives() -> None:
    graph, arrive = arrivals(1.0)
    assert not missing(graph, arrive).any()


def test_use_goes_through_lines_in_shares_that_add_up() -> None:
    graph, _arrive = arrivals(0.0)
    share = through(graph)[:, : graph.lines].sum(axis=1)
    assert share[graph.use > 0] == pytest.approx(np.ones(int((graph.use > 0).sum())))


@pytest.mark.parametrize("more", [0.0, 2.0, 4.0, 9.0])
def test_free_stock_never_shortens_survival(more: float) -> None:
    graph, arrive = arrivals(0.25)
    before = np.nan_to_num(run_down(graph, arrive).stop, nan=1e9)
    for item in ("magnets-hub", "magnet-steering", "magnets-lift"):
        after = run_down(graph, arrive, extra_stock(graph, {item: more}))
        assert (np.nan_to_num(after.stop, nan=1e9) >= before - 1e-9).all()


def test_four_weeks_of_stock_last_four_weeks_over_the_missing_share() -> None:
    graph, arrive = arrivals(0.0, weeks=60)
    plain = run_down(graph, arrive).stop
    for item, line, share in (("magnets-hub", "line-hub", 1.0), ("magnets-traction", "line-traction", 0.8)):
        at = graph.names.index(line)
        later = run_down(graph, arrive, extra_stock(graph, {item: 4.0})).stop[at] - plain[at]
        assert later == pytest.approx(np.full(3, 4.0 / share), rel=1e-6)
