"""Time to survive, sweep, bounds and program, beside one plain linear program for each loss."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.firm.graph import graph_of
from dearth.firm.network import Firm
from dearth.firm.survive import Survivor, losses_of
from firm_made_up import random_firm
from oracles.plain_survival import plain_weeks

EXACT = 1e-9
SEEDS = st.integers(0, 2**31)


def compare(firm: Firm, horizon: float = 520.0) -> Counter[str]:
    """Compare every loss of a firm; return how each was found."""
    graph = graph_of(firm)
    survivor = Survivor(graph, horizon)
    losses = [loss for loss in losses_of(graph) if loss.kind in ("site", "place")]
    hows: Counter[str] = Counter()
    for loss, (weeks, how) in zip(losses, survivor.every(losses), strict=True):
        lost = [loss.name] if loss.kind == "site" else [s for s, p in firm.places.items() if p == loss.name]
        plain = plain_weeks(firm, lost, horizon)
        hows[how] += 1
        if math.isinf(plain) or math.isinf(weeks):
            assert weeks == plain, (loss.kind, loss.name, how)
        else:
            assert weeks == pytest.approx(plain, abs=EXACT, rel=1e-11), (loss.kind, loss.name, how)
    return hows


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 14), st.integers(1, 4))
def test_one_source_for_each_part(seed: int, parts: int, lines: int) -> None:
    hows = compare(random_firm(seed, parts, lines, reuse=1.9))
    assert set(hows) <= {"sweep"}


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 12))
def test_second_sources_with_ramps(seed: int, parts: int) -> None:
    compare(random_firm(seed, parts, 2, second=0.6))


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(3, 11))
def test_sources_that_need_different_parts(seed: int, parts: int) -> None:
    compare(random_firm(seed, parts, 2, second=0.7, recipes=0.7))


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 10))
def test_sites_that_share_a_capacity(seed: int, parts: int) -> None:
    compare(random_firm(seed, parts, 2, second=0.8, recipes=0.4, capacities=0.5))


@pytest.mark.parametrize(("seed", "parts"), [(1664339093, 4), (1947286327, 12), (1992355807, 12)])
def test_a_stock_that_ends_as_a_ramp_does_is_no_stop(seed: int, parts: int) -> None:
    compare(random_firm(seed, parts, 2, second=0.6))


def test_all_three_ways_are_met() -> None:
    hows: Counter[str] = Counter()
    for seed in range(12):
        hows += compare(random_firm(seed, 10, 2, second=0.6, recipes=0.6, capacities=0.3))
    assert min(hows["sweep"], hows["bounds"], hows["program"]) > 0
