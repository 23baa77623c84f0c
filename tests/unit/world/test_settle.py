"""Who supplies whom: only the senders are worked on, and not a bit of it shows."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.world.settle import CHN, CODES, LEAST, Split, Trade, settle

PLACES = len(CODES)


def dense(output: np.ndarray, trade: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """The same law with every pair of places."""
    flows = trade * np.minimum(1.0, demand / np.maximum(trade.sum(axis=0), LEAST))[None]
    flows[CHN] = 0.0
    flows *= np.minimum(1.0, output / np.maximum(flows.sum(axis=1), LEAST))[:, None]
    gap = np.maximum(0.0, demand - flows.sum(axis=0))
    home = np.minimum(np.maximum(0.0, output - flows.sum(axis=1)), gap)
    home[CHN] = 0.0
    flows[np.arange(PLACES), np.arange(PLACES)] += home
    flows[CHN] += gap - home
    return flows


@pytest.fixture(params=(1, 7), ids=("one draw", "some draws"))
def told(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng, n = np.random.default_rng(5), request.param
    trade = rng.random((PLACES, PLACES, n)) * (rng.random((PLACES, PLACES, 1)) < 0.15)
    trade[rng.permutation(PLACES)[:9]] = 0.0  # they send nothing
    trade[CHN] = 0.7  # counts as told, but China fills gaps only
    output, demand = 2.0 * rng.random((2, PLACES, n)) * (rng.random((2, PLACES, 1)) < 0.8)
    output[CHN] = 5.0  # not used
    return output, trade, demand


def test_flows_are_those_of_the_law_for_every_pair(told: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    output, trade, demand = told
    before = trade.copy()
    wanted = dense(output, trade, demand)
    assert (wanted > 0.0).sum() > PLACES
    assert settle(output, trade, demand).tobytes() == wanted.tobytes()
    assert np.array_equal(trade, before), "what was told is not written to"


def test_what_is_made_is_the_sum_of_the_flows(told: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    output, trade, demand = told
    settled = Trade(trade)
    for factor in (1.0, 0.3, 4.0):
        wanted = dense(output, trade, factor * demand).sum(axis=1)
        assert settled.made(output, factor * demand).tobytes() == wanted.tobytes()


def test_needs_split_among_origins_are_those_of_every_pair(
    told: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, share, need = told
    assert Split(share).made(need).tobytes() == (share * need[None]).sum(axis=1).tobytes()
