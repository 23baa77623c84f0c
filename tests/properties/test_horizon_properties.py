"""What must hold for any projects, levers, stocks and squeezes."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.measures.card import Table, loss_of, outcome_of, thrift_of
from dearth.measures.leverage import first_below, need_in, rent_of, survival, weeks_to_half
from dearth.world.starts import Push, draw_starts, output_share
from made_projects import draws, hazards, projects, standing, table

YEARS = np.arange(2026.5, 2040.0)
FEW = settings(max_examples=25, deadline=None)
shares = st.floats(0.0, 1.0)


@cache
def base() -> Table:
    return table(30, **{"project-entry": 0.05})


@FEW
@given(ratio=st.floats(1.0, 50.0), begin=st.floats(2020.0, 2045.0), long=st.floats(0.1, 30.0))
def test_a_lever_that_hastens_never_delays(ratio: float, begin: float, long: float) -> None:
    made = projects(40, 3)
    for step in ("financed", "commissioned"):
        push = Push(step, np.full(3, ratio), begin, begin + long)
        plain, pushed = (draw_starts(made, hazards(), draws(40), 2026.0, p) for p in ([], [push]))
        assert (pushed.first <= plain.first + 1e-9).all()
        slow = draw_starts(made, hazards(), draws(40), 2026.0, [push._replace(ratio=np.full(3, 1.0 / ratio))])
        assert (slow.first >= plain.first - 1e-9).all()


@FEW
@given(size=st.floats(0.0, 1e5), free=st.floats(0.0, 1e4), bound=st.floats(0.0, 5e3), seed=st.integers(0, 99))
def test_what_survives_is_a_share_and_more_plants_never_lower_it(
    size: float, free: float, bound: float, seed: int
) -> None:
    n = 10
    where = standing(n, bound=bound, free=free)
    need = need_in(where, YEARS)
    made = projects(n, 3, size=size)
    share = output_share(draw_starts(made, hazards(), draws(n, seed), 2026.0), YEARS)
    without = survival(where, made, np.zeros_like(share), need)
    found = survival(where, made, share, need)
    for whole in (found.outside, found.buyers):
        assert (whole >= 0.0).all()
        assert (whole <= 1.0).all()
    assert (found.outside >= without.outside - 1e-12).all()
    assert (np.diff(found.outside, axis=0) <= 1e-12).all()
    total = (found.buyers * need).sum(axis=0)
    assert (total <= need.sum(axis=0) * found.outside + 1e-6 * need.sum(axis=0)).all()


@FEW
@given(a=shares, b=shares, cover=st.floats(0.1, 60.0), more=st.floats(0.0, 60.0), spread=st.floats(0.05, 1.5))
def test_free_stock_and_own_supply_never_shorten_survival(
    a: float, b: float, cover: float, more: float, spread: float
) -> None:
    low, high = sorted((a, b))

    def weeks(share: float, stock: float) -> float:
        return float(weeks_to_half(np.array(share), np.array(stock), np.array(spread)))

    assert weeks(low, cover + more) >= weeks(low, cover) * (1.0 - 1e-12)
    assert weeks(high, cover) >= weeks(low, cover) * (1.0 - 1e-9)
    assert weeks(low, cover) > 0.0


@FEW
@given(a=shares, b=shares, need=st.floats(0.0, 1e6), value=st.floats(0.0, 1e4))
def test_the_rent_falls_with_what_survives(a: float, b: float, need: float, value: float) -> None:
    low, high = sorted((a, b))
    rent = [float(rent_of(np.array(s), np.array(need), np.array(value))) for s in (low, high)]
    assert rent[0] >= rent[1] >= 0.0


@FEW
@given(path=st.lists(shares, min_size=2, max_size=12), a=shares, b=shares)
def test_a_lower_threshold_is_never_reached_sooner(path: list[float], a: float, b: float) -> None:
    low, high = sorted((a, b))
    years = 2026.5 + np.arange(len(path))
    values = np.array(path)[:, None]
    assert first_below(values, years, low)[0] >= first_below(values, years, high)[0] - 1e-9


@settings(max_examples=8, deadline=None)
@given(begin=st.floats(2026.0, 2035.0), long=st.floats(0.5, 8.0), more=st.floats(0.5, 5.0))
def test_a_longer_squeeze_starts_projects_sooner_and_saves_more(
    begin: float, long: float, more: float
) -> None:
    calm = outcome_of(base(), ())
    short = outcome_of(base(), ((begin, begin + long),))
    wide = outcome_of(base(), ((begin, begin + long + more),))
    live = base().projects.size
    assert (short.starts.first[:live] <= calm.starts.first[:live] + 1e-9).all()
    assert (wide.starts.first[:live] <= short.starts.first[:live] + 1e-9).all()
    saved = [thrift_of(base(), w) for w in ((), ((begin, begin + long),), ((begin, begin + long + more),))]
    assert (saved[0] == 0.0).all()
    assert (saved[2] >= saved[1]).all()
    assert (saved[2] <= base().most[:, None] + 1e-12).all()


def test_a_card_that_is_not_played_costs_nothing_and_changes_nothing() -> None:
    calm, same = outcome_of(base(), ()), outcome_of(base(), ())
    np.testing.assert_array_equal(calm.survival.outside, same.survival.outside)
    loss = loss_of(base(), calm, same, ())
    assert (loss.withheld == 0.0).all()
    assert (loss.later == 0.0).all()


def test_a_squeeze_costs_the_supplier_what_it_did_not_sell() -> None:
    windows = ((2027.0, 2028.0),)
    calm, played = outcome_of(base(), ()), outcome_of(base(), windows)
    loss = loss_of(base(), calm, played, windows)
    by_hand = played.sales[:, 1].sum(axis=0) * 100.0 * 1e-3 / 1.08
    np.testing.assert_allclose(loss.withheld, by_hand)


def test_a_lever_switched_off_is_never_better_on_average() -> None:
    live = base().projects.size
    push = Push("financed", np.full(live, 5.0), 2026.0, 2040.0)
    calm, helped = outcome_of(base(), ()), outcome_of(base(), (), pushes=[push])
    gain = helped.survival.outside.mean(axis=-1) - calm.survival.outside.mean(axis=-1)
    assert gain.min() >= -0.01
    assert gain.max() > 0.0
