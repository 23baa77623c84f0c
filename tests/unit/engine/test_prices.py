"""The market's week, one mechanism at a time, on numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dearth.engine.market import Market
from dearth.engine.prices import run_market
from dearth.errors import MassError
from oracles.markets import Size, behaving, calm, licensed, under_quota


def test_the_quote_is_price_duty_freight_and_import_duty() -> None:
    m = calm(Size(weeks=2))
    m = m._replace(duty=np.full_like(m.duty, 0.25))
    assert run_market(m).quote[0, 0, 0] == pytest.approx((20.0 * 1.25 + 0.3) * 1.03, rel=1e-12)


def test_only_the_thin_share_pays_the_rent() -> None:
    m = licensed(calm(Size(weeks=30)), 0.0, 4)
    trace = run_market(m)
    rent = trace.licence_rent[-1, 0, 0]
    assert rent > 10.0
    assert trace.quote[-1, 0, 0] - trace.weighted[-1, 0, 0] == pytest.approx(0.7 * rent, rel=1e-12)


def test_what_a_licence_lets_through() -> None:
    m = calm(Size(weeks=6))
    m = m._replace(value=np.zeros_like(m.value))
    trace = run_market(behaving(licensed(m, 0.4, 2), precaution=0.0, stock_power=0.0))
    assert trace.shipped[1, 0, 0] == pytest.approx(10.0)
    assert trace.shipped[2, 0, 0] == pytest.approx(4.0, rel=0.05)  # orders grow a little as stock falls


def test_a_catching_up_customer_has_headroom_over_its_base() -> None:
    share = np.concatenate((np.zeros(30 * 4), np.ones(30 * 4)))
    m = behaving(licensed(calm(Size(weeks=60)), share, 2), restock_time=1.0)
    trace = run_market(m._replace(headroom=np.full_like(m.headroom, 1.3)))
    assert trace.shipped[31, 0, 0] == pytest.approx(13.0)


def test_headroom_is_over_what_came_from_china() -> None:
    """With 60 % of the need from elsewhere the base is 4 t/week, not 10."""
    share = np.concatenate((np.zeros(30 * 4), np.ones(30 * 4)))
    m = calm(Size(weeks=60))
    m = m._replace(other0=np.full_like(m.need0, 6.0), supply0=m.supply0 - 6.0)
    trace = run_market(behaving(licensed(m, share, 2), restock_time=1.0))
    assert trace.shipped[31, 0, 0] == pytest.approx(1.3 * 4.0)


def quota_of(m: Market, tonnes: float) -> Market:
    add = np.zeros(m.n_steps)
    add[0] = tonnes
    m = under_quota(m, 1.0)
    return m._replace(quota_add=add)


def test_an_open_quota_is_used_up_and_no_more() -> None:
    trace = run_market(quota_of(calm(Size(1, 1, 2, weeks=300)), 500.0))
    assert trace.shipped.sum() == pytest.approx(500.0, rel=1e-6)
    assert (np.diff(trace.shipped.sum(axis=(1, 2))[40:]) <= 1e-9).all()


def test_the_unused_part_of_a_quota_is_lost_where_it_is_not_kept() -> None:
    m = quota_of(calm(Size(weeks=104)), 500.0)
    keep = m.quota_keep.copy()
    keep[20 * m.steps_per_week] = 0.0
    trace = run_market(m._replace(quota_keep=keep))
    assert trace.shipped[:20].sum() > 50.0
    assert trace.shipped[20:].sum() == 0.0


def test_tonnage_is_shared_by_base_flow_up_to_what_is_ordered() -> None:
    """Bases 9 and 1, a tight quota: nine to one; goods outside the quota go on."""
    m = calm(Size(2, 1, 2, weeks=20))
    need = np.array([[9.0], [1.0], [10.0], [10.0]])
    m = under_quota(m._replace(need0=need, supply0=m.supply0 - np.array([[[10.0], [0.0]]])), 5.0)
    trace = run_market(m._replace(quota=np.array([1, 1, 0, 0], np.int64)))
    assert trace.shipped[10, 0, 0] == pytest.approx(9.0 * trace.shipped[10, 1, 0], rel=1e-6)
    assert trace.shipped[10, 2:, 0] == pytest.approx([10.0, 10.0], rel=0.05)


def test_goods_that_the_quota_does_not_count_pass() -> None:
    m = quota_of(calm(Size(weeks=20)), 0.0)
    trace = run_market(m._replace(covered=np.full_like(m.covered, 0.7)))
    assert trace.shipped[:, 0, 0] == pytest.approx(np.full(20, 3.0))


def test_a_port_keeps_a_share_and_lets_it_go_later() -> None:
    m = calm(Size(weeks=120))
    held = np.zeros_like(m.held)
    held[10 * 4 : 18 * 4] = 0.6
    trace, free = run_market(m._replace(held=held)), run_market(m)
    assert trace.shipped[:10] == pytest.approx(free.shipped[:10])
    assert trace.shipped[10, 0, 0] == pytest.approx(4.0, rel=0.05)
    assert trace.shipped[18:26].sum() > free.shipped[18:26].sum() + 20.0
    gone = trace.shipped.sum() / free.shipped.sum()
    assert gone == pytest.approx(1.0, abs=0.02)  # nothing stays at the port for ever


def test_arrivals_are_a_transit_late_even_between_steps() -> None:
    m = calm(Size(weeks=40))
    m = m._replace(transit=np.full_like(m.transit, 3.6))
    trace = run_market(licensed(m, 0.0, 10))
    received = trace.received[:, 0, 0]
    assert received[:13] == pytest.approx(np.full(13, 10.0))
    assert received[13] == pytest.approx(6.0, rel=1e-9)
    assert received[14:].max() == 0.0


def test_smuggling_needs_a_wedge_blocked_goods_and_an_open_border() -> None:
    m = behaving(licensed(calm(Size(weeks=60)), 0.0, 4), leak_most=0.5, leak_risk=0.0)
    shut, open_ = run_market(m), run_market(m._replace(leak_open=np.ones(m.n_steps)))
    assert shut.leaked.max() == 0.0
    assert 0.0 < open_.leaked.max() <= 0.5 * 10.0
    risky = behaving(m._replace(leak_open=np.ones(m.n_steps)), leak_risk=1.0)
    assert run_market(risky).leaked.max() == 0.0


def test_thrift_is_paced_and_capped() -> None:
    m = behaving(licensed(calm(Size(weeks=520)), 0.0, 0), thrift_power=5.0, use_power=0.0, thrift_time=1.0)
    m = m._replace(substitutable=np.full_like(m.substitutable, 0.4), thin=np.ones_like(m.thin))
    use = run_market(m).use[:, 0, 0] / 10.0
    assert use[51] == pytest.approx(1.0 - 0.1 * 52 / 52.18, abs=0.003)
    assert use[-1] == pytest.approx(0.6, abs=1e-6)


def test_a_glut_of_a_co_product_goes_to_the_sink() -> None:
    m = behaving(
        licensed(calm(Size(weeks=400)), 0.0, 4), sink_cover=20.0, supply_power=0.0, capacity_power=0.0
    )
    trace = run_market(m)
    assert trace.cover[-1, 0, 0] == pytest.approx(20.0, rel=0.2)
    home = m.home0[0, 0] * (trace.china[-1, 0, 0] / 20.0) ** -0.05
    assert trace.sunk[-1, 0, 0] == pytest.approx(25.0 - home, rel=0.02)


def test_the_price_inside_stops_at_its_floor() -> None:
    m = behaving(licensed(calm(Size(weeks=400)), 0.0, 4), sink_cover=1e6, stock_power=3.0)
    m = m._replace(floor=np.full_like(m.floor, 12.0))
    assert run_market(m).china[:, 0, 0].min() == pytest.approx(12.0, rel=1e-6)


def test_a_reserve_that_buys_raises_the_price_and_one_that_sells_lowers_it() -> None:
    m = calm(Size(weeks=30))
    for tonnes, sign in ((5.0, 1.0), (-5.0, -1.0)):
        flow = m.stockpile.copy()
        flow[:40] = tonnes
        moved = run_market(m._replace(stockpile=flow)).china[9, 0, 0] - 20.0
        assert moved * sign > 0.5


def test_an_empty_warehouse_serves_home_first() -> None:
    m = calm(Size(weeks=30))
    trace = run_market(m._replace(supply_path=np.full_like(m.supply_path, 0.4)))
    assert trace.shipped[-1, 0, 0] < 1.0
    assert trace.sunk.max() == 0.0
    assert trace.cover.min() >= 0.0


def test_only_output_outside_the_mining_quota_answers_up_to_its_most() -> None:
    m = behaving(calm(Size(1, 2, weeks=520)), supply_power=4.0, supply_most=1.5)
    m = m._replace(home_path=np.full_like(m.home_path, 1.4), answering=np.array([[0.0], [0.5]]))
    output = run_market(m).output[:, :, 0] / (m.supply0[0, 0, 0])
    assert output[:, 0] == pytest.approx(np.ones(520))
    assert 1.05 < output[:, 1].max() <= 1.25 + 1e-9


def test_magnets_held_back_free_their_oxide() -> None:
    m = calm(Size(1, 1, 1, magnets=1, weeks=10))
    m = licensed(m, 0.0, 2)._replace(klass=np.array([-1, 0], np.int64))
    cover = run_market(m).cover[:, 0, 0]
    assert cover[2] > 9.0 * 1.1  # less use and more stock


def test_a_mine_without_a_paying_element_does_not_answer() -> None:
    m = calm(Size(2, 2, weeks=20))
    supply = m.supply0.copy()
    supply[0, 0], supply[1, 0] = 0.0, m.supply0[:, 0].sum()  # the first mine gives element 1 only
    m = m._replace(
        supply0=supply, paying=np.array([1, 0], np.int64), home_path=np.full_like(m.home_path, 1.2)
    )
    output = run_market(m).output
    assert output[:, 0, 0] == pytest.approx(np.full(20, output[0, 0, 0]))
    assert output[-1, 1, 0] > output[0, 1, 0]


@pytest.mark.parametrize(("name", "value"), [("price0", math.nan), ("need0", math.inf), ("stock0", math.nan)])
def test_a_broken_market_is_our_fault(name: str, value: float) -> None:
    m = calm(Size(weeks=4))
    with pytest.raises(MassError, match="report"):
        run_market(m._replace(**{name: np.full_like(getattr(m, name), value)}))


def test_more_workers_than_draws() -> None:
    m = calm(Size(draws=2, weeks=4))
    assert run_market(m, 8).china.tobytes() == run_market(m, 1).china.tobytes()
