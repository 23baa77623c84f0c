"""Flows between stages and places: nothing on the way is lost or counted twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from dearth.axes import stage_of
from dearth.book import Book
from dearth.engine.arrays import Trace
from dearth.engine.run import run
from dearth.measures.network_flows import Link, links_of, recorded, weekly
from dearth.world.build import Model, build
from dearth.world.scenario import Scenario

WEEKS = 16


@pytest.fixture(scope="module")
def central(squeeze: Scenario, book: Book, centres: Mapping[str, float]) -> Model:
    scenario = squeeze.model_copy(update={"draws": 1, "weeks": WEEKS})
    return build(scenario, book, centres=centres)


@pytest.fixture(scope="module")
def traced(central: Model) -> Trace:
    return run(recorded(central.world), central.labels)


@pytest.fixture(scope="module")
def links(central: Model, traced: Trace) -> list[Link]:
    return links_of(central, traced)


def test_every_route_is_on_record_and_the_run_itself_is_the_same(central: Model, traced: Trace) -> None:
    plain = run(central.world, central.labels)
    assert np.array_equal(plain.lost_end, traced.lost_end)
    exports = plain.series.sum(axis=0)[:, 0]
    every = traced.series.sum(axis=0)[:, 0]
    at = central.world.edge_series
    summed = np.array([every[at == s].sum() for s in range(central.world.n_series)])
    assert summed == pytest.approx(exports)


def test_links_add_up_to_what_was_shipped(central: Model, traced: Trace, links: list[Link]) -> None:
    used = set(central.world.buf_market.tolist())
    market = np.repeat(np.arange(central.world.edge_ptr.size - 1), np.diff(central.world.edge_ptr))
    counted = np.isin(market, sorted(used))
    shipped = weekly(central.world, traced)[:, counted].sum(axis=1)
    assert shipped.shape == (WEEKS,)
    assert np.sum([link.path for link in links], axis=0) == pytest.approx(shipped)
    assert sum(link.base for link in links) == pytest.approx(central.world.flow[counted, 0].sum())


def test_goods_go_down_the_chain_only(links: list[Link]) -> None:
    order = ["concentrate", "oxide", "metal", "magnet", "assembly", "product", "line"]
    for link in links:
        assert link.source[0] == stage_of(link.material)
        assert order.index(link.source[0]) < order.index(link.target[0])
        assert (link.path >= 0.0).all()
    assert [link.base for link in links] == sorted((link.base for link in links), reverse=True)
