"""What holds in every market: mass, rest, causes before effects, limits that are known without a model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dearth.engine.market import Market, MarketTrace
from dearth.engine.prices import TOLERANCE, run_market
from dearth.errors import MassError
from oracles.markets import OPEN, Size, behaving, calm, licensed, random_market, under_quota


def fixed(examples: int) -> settings:
    """Return settings that draw the same examples in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


SEEDS = st.integers(0, 10_000)
SIZES = st.builds(
    Size,
    elements=st.integers(1, 3),
    mines=st.integers(1, 2),
    destinations=st.integers(1, 3),
    magnets=st.integers(0, 1),
    draws=st.integers(1, 3),
    weeks=st.integers(8, 60),
    steps_per_week=st.sampled_from([1, 2, 4]),
)
NEVER_BELOW_ZERO = (
    "china", "cover", "expected", "licence_rent", "quota_rent", "shipped", "leaked", "received", "lost",
    "short", "use", "output", "sunk", "thin_tonnes", "quote", "weighted",
)  # fmt: skip


def cost_side(m: Market, trace: MarketTrace) -> np.ndarray:
    """Return the quote without any rent, (W, B, N): price inside, duty, freight, import duty."""
    k = np.arange(trace.china.shape[0]) * m.steps_per_week + m.steps_per_week - 1
    price = trace.china[:, m.good]
    return np.asarray((price * (1.0 + m.duty[k][:, m.good]) + m.freight) * (1.0 + m.import_duty))


# Mass


@fixed(60)
@given(seed=SEEDS, size=SIZES)
def test_mass_closes_and_nothing_is_negative(seed: int, size: Size) -> None:
    trace = run_market(random_market(seed, size))
    assert trace.residual.max() < TOLERANCE
    assert trace.lowest.min() >= 0.0
    for name in NEVER_BELOW_ZERO:
        record = getattr(trace, name)
        assert np.isfinite(record).all(), name
        assert record.min() >= 0.0, name
    assert max(trace.lost.max(), trace.short.max()) <= 1.0 + 1e-12


@fixed(30)
@given(seed=SEEDS, size=SIZES)
def test_what_leaves_arrives(seed: int, size: Size) -> None:
    """Received is sent, a transit later, plus other supply; nothing is left out or made on the way."""
    m = random_market(seed, size)
    m = m._replace(transit=np.floor(m.transit))  # whole weeks: the books close at the end of a week
    trace = run_market(m)
    weeks = m.need_path.shape[0] - 1
    other = np.zeros_like(trace.received)
    for b, g in enumerate(m.good):
        if g < m.floor.shape[0]:
            other[:, b] = m.other0[b] * m.other_path[:weeks, g]
    sent = trace.shipped + trace.leaked
    for b in range(m.good.size):
        for n in range(m.headroom.size):
            late = int(m.transit[b, n])
            if late < weeks:
                arrived = (trace.received - other)[late:, b, n]
                before = (m.need0 - m.other0)[b, n] * late
                assert (trace.received - other)[:late, b, n].sum() == pytest.approx(
                    before, rel=1e-9, abs=1e-9
                )
                assert arrived == pytest.approx(sent[: weeks - late, b, n], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["price0", "need0", "supply0", "freight"])
def test_a_market_that_is_not_a_number_is_refused(name: str) -> None:
    m = calm(Size(weeks=4))
    with pytest.raises(MassError):
        run_market(m._replace(**{name: getattr(m, name) * math.nan}))


# Rest


@pytest.mark.parametrize("steps", [1, 4])
def test_a_market_without_events_stands_still_for_ten_years(steps: int) -> None:
    m = calm(Size(3, 2, 2, 1, 2, 520, steps))
    others = 0.3 * m.need0 * (m.good < 3)[:, None]
    trace = run_market(m._replace(other0=others, supply0=m.supply0 - _freed(m, others)))
    for name in ("china", "cover", "expected", "quote", "weighted", "use", "output", "received", "shipped"):
        record = getattr(trace, name)
        assert np.abs(record / record[0] - 1.0).max() < 1e-9, name
    for name in ("licence_rent", "quota_rent", "leaked", "lost", "sunk"):
        assert np.abs(getattr(trace, name)).max() < 1e-9, name


def _freed(m: Market, others: np.ndarray) -> np.ndarray:
    """Return what mines need not give when others supply a part of the need, (M, E, N)."""
    n_m, n_e, _ = m.supply0.shape
    freed = np.stack([others[m.good == e].sum(axis=0) for e in range(n_e)])
    return np.repeat(freed[None] / n_m, n_m, axis=0)


@fixed(30)
@given(seed=SEEDS, size=SIZES, at=st.floats(0.2, 0.9))
def test_nothing_happens_before_its_cause(seed: int, size: Size, at: float) -> None:
    """A market that is told everything and one whose rules end at a week are the same until that week."""
    m = random_market(seed, size)
    week = int(at * size.weeks)
    k = week * m.steps_per_week
    blind = m._replace(
        allowance=_from(m.allowance, k, OPEN),
        outlook=_from(m.outlook, k, 1.0),
        quota_pace=_from(m.quota_pace, k, -1.0),
        quota_add=_from(m.quota_add, k, 0.0),
        held=_from(m.held, k, 0.0),
        duty=_from(m.duty, k, 0.5),
        stockpile=_from(m.stockpile, k, 0.0),
        leak_open=_from(m.leak_open, k, 0.0),
        price_floor=_from(m.price_floor, k, 0.0),
    )
    told, untold = run_market(m), run_market(blind)
    for name in NEVER_BELOW_ZERO:
        assert np.array_equal(getattr(told, name)[:week], getattr(untold, name)[:week]), name


def _from(path: np.ndarray, k: int, value: float) -> np.ndarray:
    out = path.copy()
    out[k:] = value
    return out


@fixed(10)
@given(seed=SEEDS)
def test_draws_do_not_touch_each_other_and_workers_do_not_count(seed: int) -> None:
    m = random_market(seed, Size(2, 2, 2, 1, 5, 30, 2))
    one, two, five = (run_market(m, workers) for workers in (1, 2, 5))
    for a, b, c in zip(one, two, five, strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()


# Order of outcomes: one product, one route, no precaution, all buyers alike in what they see


ONE_ROUTE = st.fixed_dictionaries(
    {
        "share": st.floats(0.0, 0.9),
        "cover": st.floats(2.0, 20.0),
        "transit": st.floats(0.0, 8.0),
        "value": st.floats(1.0, 3000.0),
        "thin": st.floats(0.02, 1.0),
    }
)


def one_route(draw: dict[str, float], weeks: int = 104) -> Market:
    m = behaving(calm(Size(weeks=weeks)), precaution=0.0)
    numbers = {name: np.full_like(m.need0, draw[name]) for name in ("cover", "transit", "value", "thin")}
    return m._replace(**numbers)


def held_price(m: Market) -> Market:
    """Return the market with a price inside China that does not answer its stock."""
    return behaving(m, stock_power=0.0)


@fixed(60)
@given(draw=ONE_ROUTE, looser=st.floats(0.01, 0.5))
def test_a_looser_licence_never_raises_the_quote(draw: dict[str, float], looser: float) -> None:
    m = held_price(one_route(draw))
    tight = run_market(licensed(m, draw["share"], 4)).quote
    loose = run_market(licensed(m, min(1.0, draw["share"] + looser), 4)).quote
    assert float((loose - tight).max()) <= 1e-9 * float(tight.max())


@fixed(60)
@given(draw=ONE_ROUTE, more=st.floats(1.0, 10.0))
def test_more_stock_never_raises_the_peak_under_licences(draw: dict[str, float], more: float) -> None:
    m = held_price(one_route(draw))
    low = peak(licensed(m, draw["share"], 4))
    high = peak(licensed(m._replace(cover=m.cover + more), draw["share"], 4))
    assert high <= low * (1.0 + 1e-9)


def peak(m: Market) -> float:
    return float(run_market(m).quote.max())


def test_signs_that_are_only_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Where China's price answers or buyers hoard, a looser licence may raise a quote.

    Under a quota more cover may raise the peak: `cover` is the stock wanted as well as the stock at hand, and
    the bid counts orders, restocking of a larger stock included.
    """
    g = np.random.default_rng(1)
    looser, stock = [], []
    for seed in range(40):
        m = random_market(seed, Size(2, 1, 2, 0, 1, 80, 2), events=False)
        tight, loose = run_market(licensed(m, 0.2, 4)).quote, run_market(licensed(m, 0.6, 4)).quote
        looser.append(float(((loose - tight) / tight).max()))
        draw = {
            "cover": g.uniform(2, 20),
            "transit": g.uniform(0, 8),
            "value": g.uniform(1, 900),
            "thin": 0.3,
        }
        m, pace = held_price(one_route(draw)), float(g.uniform(1.0, 9.0))
        stock.append(
            peak(under_quota(m._replace(cover=m.cover + 5.0), pace)) / peak(under_quota(m, pace)) - 1.0
        )
    with capsys.disabled():
        for what, rise in (
            ("looser licence, many routes: a quote", looser),
            ("quota, more cover: the peak", stock),
        ):
            seen = sum(r > 1e-6 for r in rise)
            print(f"\n  {what} rises in {seen} of 40 markets, by {max(rise):.1%} at most", end="")  # noqa: T201
    assert max(stock) < 0.15
    assert np.isfinite(looser).all()


def test_two_equal_destinations_have_one_price() -> None:
    for rule in (lambda m: licensed(m, 0.3, 4), lambda m: under_quota(m, 8.0, 4)):
        trace = run_market(rule(calm(Size(1, 1, 2))))
        assert trace.quote[-1, 0] != pytest.approx(trace.quote[0, 0], rel=1e-3)  # something happened
        for name in ("quote", "weighted", "use", "received", "lost"):
            record = getattr(trace, name)
            assert record[:, 0] == pytest.approx(record[:, 1], rel=1e-9), name


def test_the_order_of_buyers_does_not_matter() -> None:
    m = random_market(3, Size(2, 1, 3, 0, 1, 60, 4))
    turned = np.arange(m.good.size)[::-1].copy()
    numbers = ("need0", "other0", "cover", "transit", "value", "thin", "freight", "import_duty")
    by_buyer = ("good", "klass", "quota", "spread", *numbers)
    other = m._replace(**{name: np.ascontiguousarray(getattr(m, name)[turned]) for name in by_buyer})
    other = other._replace(
        held=np.ascontiguousarray(m.held[:, turned]),
        by_value=np.ascontiguousarray(np.argsort(-other.value, axis=0, kind="stable")),
    )
    a, b = run_market(m), run_market(other)
    assert a.quote[:, turned] == pytest.approx(b.quote, rel=1e-9)
    assert a.china == pytest.approx(b.china, rel=1e-9)


def test_the_unit_of_mass_does_not_matter() -> None:
    """Ten times all tonnes: the same prices."""
    m = random_market(5, Size(2, 2, 2, 1, 1, 60, 4))
    tonnes = ("supply0", "home0", "need0", "other0", "stockpile", "quota_add")
    big = m._replace(**{name: getattr(m, name) * 10.0 for name in tonnes})
    big = big._replace(quota_pace=np.where(m.quota_pace < 0.0, -1.0, m.quota_pace * 10.0))
    a, b = run_market(m), run_market(big)
    assert a.quote == pytest.approx(b.quote, rel=1e-9)
    assert 10.0 * a.shipped == pytest.approx(b.shipped, rel=1e-9, abs=1e-9)


# Extreme conditions


@pytest.mark.parametrize("rule", ["licence", "quota"])
def test_endless_stock_outside_has_no_rent(rule: str) -> None:
    m = held_price(behaving(calm(), precaution=0.0))
    m = m._replace(cover=m.cover * 1e9)
    trace = run_market(licensed(m, 0.0, 4) if rule == "licence" else under_quota(m, 1.0, 4))
    assert max(trace.licence_rent.max(), trace.quota_rent.max()) < 1e-6
    assert trace.lost.max() < 1e-6


def test_a_licence_at_once_has_no_rent_and_moves_nothing() -> None:
    m = calm(Size(2, 1, 2))
    trace, free = run_market(licensed(m, 1.0, 4)), run_market(m)
    assert trace.licence_rent.max() < 1e-9
    assert trace.quote == pytest.approx(free.quote, rel=1e-9)


def test_a_wide_quota_has_no_rent() -> None:
    """Tonnage enough is open from the first step on."""
    m = under_quota(calm(Size(2, 1, 2)), 1000.0)
    add = m.quota_add.copy()
    add[0] = 1e6
    trace = run_market(m._replace(quota_add=add))
    assert trace.quota_rent.max() < 1e-9


@pytest.mark.parametrize("rule", ["licence", "quota"])
def test_nothing_at_stake_leaves_the_cost_side(rule: str) -> None:
    m = calm(Size(1, 1, 2))
    m = m._replace(value=np.zeros_like(m.value))
    m = licensed(m, 0.1, 4) if rule == "licence" else under_quota(m, 5.0, 4)
    trace = run_market(m)
    assert trace.quote == pytest.approx(cost_side(m, trace), rel=1e-9)
    assert max(trace.licence_rent.max(), trace.quota_rent.max()) == 0.0


def test_a_closed_border_without_end_stops_all_buyers() -> None:
    trace = run_market(licensed(calm(Size(weeks=400)), 0.0, 4))
    assert trace.lost[-1].min() > 1.0 - 1e-4  # the last customers of the table have 12 times the mean cover
    assert trace.short[-1].min() > 1.0 - 1e-4
    assert trace.licence_rent[-1].max() == pytest.approx(500.0, rel=1e-4)  # all that is at stake


def test_a_price_floor_holds_for_its_buyer_alone() -> None:
    m = calm(Size(1, 1, 2))
    floor = m.price_floor.copy()
    floor[:, 1] = 50.0
    trace, free = run_market(m._replace(price_floor=floor)), run_market(m)
    assert trace.quote[:, 1].min() == 50.0
    assert trace.quote[:, 0] == pytest.approx(free.quote[:, 0], rel=1e-9)


def test_enforcement_is_the_regime_switch() -> None:
    """With smuggling the same licence carries the price outside into China; without it China's falls."""
    m = behaving(licensed(calm(Size(weeks=80)), 0.1, 4), leak_most=1.0, leak_risk=0.1)
    open_border = run_market(m._replace(leak_open=np.ones(m.n_steps)))
    closed = run_market(m)
    assert closed.leaked.max() == 0.0
    assert closed.china[-1, 0, 0] < m.price0[0, 0]
    assert open_border.china[-1, 0, 0] > closed.china[-1, 0, 0]
    assert open_border.quote[-1, 0, 0] < closed.quote[-1, 0, 0]
