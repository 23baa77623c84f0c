"""The compiled market beside the plain one, record by record, on small markets with every rule at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dearth.engine.market import Market, MarketTrace
from dearth.engine.prices import run_market
from oracles.markets import Size, calm, random_market
from oracles.plain_market import PlainMarket

CLOSE = 1e-9  # of the largest value of each record
STATE = ("residual", "lowest")
SIZES = st.builds(
    Size,
    elements=st.integers(1, 3),
    mines=st.integers(1, 2),
    destinations=st.integers(1, 2),
    magnets=st.integers(0, 1),
    draws=st.just(2),
    weeks=st.integers(6, 40),
    steps_per_week=st.sampled_from([1, 2, 4]),
)


def largest_gap(market: Market) -> tuple[float, str]:
    """Return the largest difference of any record over the record's own largest value, and the record."""
    trace = run_market(market)
    gaps: dict[str, float] = {}
    for n in range(market.headroom.size):
        for name, want in PlainMarket(market, n).run().items():
            got = getattr(trace, name)[..., n]
            assert got.shape == want.shape, name
            assert np.isfinite(want).all(), name
            top = max(1e-6, float(np.abs(want).max(initial=0.0)))
            gaps[name] = max(gaps.get(name, 0.0), float(np.abs(got - want).max(initial=0.0)) / top)
    assert set(gaps) == set(MarketTrace._fields) - set(STATE)
    worst = max(gaps, key=lambda name: gaps[name])
    return gaps[worst], worst


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10_000), size=SIZES)
def test_the_compiled_market_is_the_plain_market(seed: int, size: Size) -> None:
    gap, record = largest_gap(random_market(seed, size))
    assert gap < CLOSE, f"{record}: {gap:.2g}"


def test_a_calm_market_is_the_plain_one_too() -> None:
    gap, record = largest_gap(calm(Size(elements=2, destinations=2, magnets=1, weeks=60)))
    assert gap < CLOSE, f"{record}: {gap:.2g}"


@pytest.mark.parametrize("seed", range(4))
def test_what_buyers_receive_is_what_they_use_and_keep(seed: int) -> None:
    """The trace does not hold stocks outside, so their mass is closed where all of it is seen."""
    market = random_market(seed, Size(2, 2, 2, 1, 1, 52, 4))
    plain = PlainMarket(market, 0)
    start = [b.stock for b in plain.buyers]
    plain.run()
    for before, b in zip(start, plain.buyers, strict=True):
        assert before + b.arrived == pytest.approx(b.used + b.stock, rel=1e-12)


def test_the_random_markets_reach_every_rule() -> None:
    """An oracle that never sees a rent, a leak or a glut would agree with anything."""
    seen = dict.fromkeys(("licence_rent", "quota_rent", "leaked", "lost", "sunk", "short"), 0)
    for seed in range(12):
        trace = run_market(random_market(seed, Size(3, 2, 2, 1, 1, 40, 2)))
        for name in seen:
            seen[name] += int(getattr(trace, name).max() > 0.0)
    assert min(seen.values()) > 2, seen
