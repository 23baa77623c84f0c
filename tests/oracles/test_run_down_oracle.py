"""The run-down level by level against the plain one node by node, on random firms."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.firm.graph import graph_of
from dearth.firm.run_down import Arrivals, run_down
from firm_made_up import random_firm
from oracles.plain_run_down import plain_run_down


@given(st.integers(0, 2**31), st.floats(0.0, 0.8), st.floats(0.0, 0.6), st.floats(0.0, 1.0))
@settings(max_examples=40, deadline=None)
def test_both_say_the_same(seed: int, second: float, recipes: float, hit: float) -> None:
    graph = graph_of(random_firm(seed, 14, 3, second=second, recipes=recipes))
    rng = np.random.default_rng(seed)
    shares = np.ones((16, 5, 3))
    shares[:, 1:] = np.clip(rng.random((16, 4, 3)) * 1.6 - 0.3, 0.0, 1.0)
    of = np.where(rng.random(len(graph.node)) < hit, rng.integers(1, 5, len(graph.node)), 0)
    arrive = Arrivals(shares, of.astype(np.intp))
    found, plain = run_down(graph, arrive), plain_run_down(graph, arrive)
    np.testing.assert_allclose(found.output, plain.output, atol=1e-9)
    np.testing.assert_allclose(found.stop, plain.stop, atol=1e-7)
    assert np.array_equal(np.isnan(found.stop), np.isnan(plain.stop))
