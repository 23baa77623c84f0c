"""Events of a scenario to gates, quotas, duties, floors and stockpiles."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.engine.licences import OPEN
from dearth.engine.prices import _OPEN
from dearth.world.draws import Draws
from dearth.world.market_rows import DESTINATIONS, MarketRows
from dearth.world.market_rules import (
    GOODS,
    Buyer,
    Clock,
    duties,
    floors,
    gates,
    goods_of,
    held_at_port,
    leak_open,
    quota,
    stockpiles,
)
from dearth.world.scenario import Event, Scenario

WEEKS = 104
CLOCK = Clock(WEEKS * 4, 4)
OXIDES = ("oxide:*", "metal:*")
ALL = tuple(Buyer(good, place) for good in GOODS for place in DESTINATIONS)


def event(day: str, action: str, materials: tuple[str, ...] = OXIDES, **more: Any) -> Event:
    fixed = {"what": "made up", "source": "made up", "origin": "CHN"}
    return Event(date=date.fromisoformat(day), action=action, materials=materials, **{**fixed, **more})  # type: ignore[arg-type]


def story(*events: Event, base: int = 2009, start: str = "2009-01-01") -> Scenario:
    return Scenario(
        name="made-up",
        title="made up",
        description="made up",
        start=date.fromisoformat(start),
        as_of=date(2015, 12, 31),
        weeks=WEEKS,
        seed=1,
        draws=2,
        growth="none",
        base=base,
        events=events,
    )


@pytest.fixture
def rows(book: Book) -> MarketRows:
    return MarketRows(book, Draws(book, 2, 1, central=True), 2024, {})


def step(day: str, start: str = "2009-01-01") -> int:
    """Return the first step that begins on or after a day."""
    days = (date.fromisoformat(day) - date.fromisoformat(start)).days
    return int(np.ceil(days / 7 * 4 - 1e-9))


def test_goods_of_materials() -> None:
    assert goods_of(("oxide:Dy", "metal:Dy", "metal:Tb")) == {"Dy", "Tb"}
    assert goods_of(("magnet:high",)) == goods_of(("magnet:low",)) == {"magnet-heavy"}
    assert goods_of(("magnet:none",)) == {"magnet-light"}
    assert goods_of(("ore:ionic-china",)) == frozenset()


def test_open_of_the_licences_is_open_in_the_market() -> None:
    assert OPEN >= _OPEN


def test_no_rule_no_class(rows: MarketRows) -> None:
    found = gates(story(event("2009-03-05", "note")), rows, ALL, CLOCK)
    assert (found.klass == -1).all()
    assert found.allowance.shape == found.outlook.shape == (CLOCK.n_steps, 0, 2)


def test_a_prohibition_closes_what_it_names_where_it_names_it(rows: MarketRows) -> None:
    s = story(event("2009-03-05", "prohibit", ("oxide:Dy",), destinations=["JPN"]))
    found = gates(s, rows, ALL, CLOCK)
    hit = [b for i, b in enumerate(ALL) if found.klass[i] >= 0]
    assert hit == [Buyer("Dy", "JPN")]
    k, passed = step("2009-03-05"), float(rows.get("declared-pass")[0])
    assert (found.allowance[:k] == OPEN).all()
    assert (found.outlook[:k] == 1.0).all()
    assert (found.outlook[k:] == 0.0).all()  # nobody expects declared goods to come again
    assert found.allowance[k, 0, 0] >= 1.0  # declared goods still leave
    assert (found.allowance[k + int(passed * 4) + 1 :] == 0.0).all()


def test_a_licence_lets_more_through_week_by_week_and_open_ends_it(rows: MarketRows) -> None:
    s = story(event("2009-03-05", "licence", ("oxide:Dy",)), event("2010-03-04", "open", ("oxide:Dy",)))
    found = gates(s, rows, (Buyer("Dy", "EUR"),), CLOCK)
    a, b = step("2009-03-05") + 12, step("2010-03-04")
    path = found.allowance[a:b, 0, 0]
    assert (np.diff(path) >= -1e-12).all()
    assert 0.0 <= path[0] < path[-1] <= 1.0
    assert (found.allowance[b:] == OPEN).all()
    assert (found.outlook[b:] == 1.0).all()


def test_tests_of_unlisted_magnets_hold_back_a_share(rows: MarketRows) -> None:
    s = story(event("2009-03-05", "inspect", ("magnet:none",)))
    found = gates(s, rows, (Buyer("magnet-light", "EUR"),), CLOCK)
    queue = float(rows.get("queue-share", material="magnet-light")[0])
    k = step("2009-03-05")
    assert found.outlook[k, 0, 0] == pytest.approx(1.0 - queue)
    assert found.allowance[:, 0].min() >= 1.0 - queue - 1e-12


def test_a_military_rule_does_not_touch_the_market(rows: MarketRows) -> None:
    s = story(event("2009-03-05", "prohibit", ("oxide:Dy",), end_use="military"))
    assert (gates(s, rows, ALL, CLOCK).klass == -1).all()


def test_goods_stay_at_the_port_until_open(rows: MarketRows) -> None:
    stop = event("2009-03-05", "stop-flow", destinations=["JPN"])
    s = story(stop, event("2009-06-04", "open", destinations=["JPN"]))
    found = held_at_port(s, rows, ALL, CLOCK)
    a, b, share = step("2009-03-05"), step("2009-06-04"), float(rows.get("held-share")[0])
    assert 0.0 < share <= 1.0
    for i, buyer in enumerate(ALL):
        touched = buyer.destination == "JPN" and buyer.good in ELEMENTS
        assert found[:, i].max() == (share if touched else 0.0)
        assert (found[:a, i] == 0.0).all()
        assert (found[b:, i] == 0.0).all()
        assert (found[a:b, i] == (share if touched else 0.0)).all()


def tonnes(day: str, amount: float) -> Event:
    return event(day, "quota", tonnes_per_half_year=amount)


def released(found: Any, day: str) -> tuple[int, float]:
    """Return the step that holds a day, and the tonnes released on it, split as the day splits the step."""
    at = (date.fromisoformat(day) - date(2009, 1, 1)).days / 7.0 * CLOCK.steps_per_week
    k, share = int(at), 1.0 - (at - int(at))
    tonnes = found.add[k] + found.add[k + 1]
    assert found.add[k] == pytest.approx(tonnes * share, abs=1e-5)
    return k, tonnes


def test_no_quota_without_an_event() -> None:
    found = quota(story(), CLOCK, 1.0)
    assert (found.pace < 0.0).all()
    assert found.add.sum() == 0.0


def test_a_quota_is_released_carried_over_summer_and_lost_at_new_year() -> None:
    found = quota(
        story(tonnes("2009-01-01", 1000.0), tonnes("2009-07-01", 600.0), tonnes("2010-01-01", 800.0)),
        CLOCK,
        0.5,
    )
    days = ("2009-01-01", "2009-07-01", "2010-01-01")
    (_, first), (summer, second), (year, third) = (released(found, day) for day in days)
    assert (first, second, third) == pytest.approx((500.0, 300.0, 400.0))
    assert found.keep[summer] == 1.0
    assert found.keep[year] == 0.0
    half_year = 52.1775 / 2.0
    assert found.pace[summer + 1] == pytest.approx(300.0 / half_year, rel=1e-3)
    assert found.pace[summer - 1] == pytest.approx(500.0 / half_year, rel=1e-3)


def test_a_second_batch_leaves_the_first_alone() -> None:
    found = quota(story(tonnes("2009-01-01", 1000.0), tonnes("2009-05-01", 300.0)), CLOCK, 1.0)
    assert found.keep[step("2009-05-01")] == 1.0


def test_two_batches_of_a_half_year_are_one_tonnage() -> None:
    found = quota(story(tonnes("2009-01-01", 1000.0), tonnes("2009-05-01", 300.0)), CLOCK, 1.0)
    assert found.pace[step("2009-05-01")] == pytest.approx(1300.0 / 26.09, rel=1e-3)


def test_a_year_without_an_event_gets_the_last_tonnage_anew() -> None:
    found = quota(story(tonnes("2009-01-01", 1000.0)), CLOCK, 1.0)
    for day in ("2009-07-01", "2010-01-01", "2010-07-01"):
        assert released(found, day)[1] == pytest.approx(1000.0), day
    assert found.keep[released(found, "2010-01-01")[0]] == 0.0


def test_open_for_all_ends_the_quota_and_for_one_does_not() -> None:
    start = tonnes("2009-01-01", 1000.0)
    ended = quota(story(start, event("2010-01-01", "open")), CLOCK, 1.0)
    assert (ended.pace[step("2010-01-01") :] < 0.0).all()
    assert ended.add[step("2010-01-01") :].sum() == 0.0
    japan = quota(story(start, event("2010-01-01", "open", destinations=["JPN"])), CLOCK, 1.0)
    assert (japan.pace >= 0.0).all()
    dysprosium = quota(story(start, event("2010-01-01", "open", ("oxide:Dy",))), CLOCK, 1.0)
    assert (dysprosium.pace >= 0.0).all()


def test_duties_follow_the_book_then_events(rows: MarketRows, book: Book) -> None:
    old = MarketRows(book, Draws(book, 2, 1, central=True), 2009, {})
    found = duties(story(event("2010-07-01", "duty", ("oxide:Dy",), percent=40.0)), old, CLOCK)
    dy, la, k = GOODS.index("Dy"), GOODS.index("La"), step("2010-07-01")
    assert found[0, dy, 0] == pytest.approx(0.25)
    assert found[k - 1, dy, 0] == pytest.approx(0.25)
    assert found[k, dy, 0] == pytest.approx(0.40)
    assert found[k, la, 0] == pytest.approx(0.15)
    assert found[:, GOODS.index("magnet-heavy")].max() == 0.0
    assert duties(story(base=2024), rows, CLOCK).max() == 0.0  # no duties in 2024


def test_a_floor_holds_where_its_government_pays() -> None:
    s = story(event("2009-07-02", "floor", ("oxide:NdPr",), origin="USA", usd_per_kg=110.0))
    found = floors(s, ALL, CLOCK)
    k = step("2009-07-02")
    for i, buyer in enumerate(ALL):
        paid = 110.0 if buyer == Buyer("NdPr", "USA") else 0.0
        assert (found[:k, i] == 0.0).all()
        assert (found[k:, i] == paid).all()


def test_a_stockpile_is_bought_evenly_and_in_full() -> None:
    s = story(event("2009-03-05", "stockpile", ("oxide:Dy", "oxide:Tb"), tonnes=520.0, over_weeks=26.0))
    found = stockpiles(s, CLOCK)
    assert found.sum() / 4 == pytest.approx(520.0, rel=1e-9)
    assert found.sum(axis=0).nonzero()[0].tolist() == [ELEMENTS.index("Tb"), ELEMENTS.index("Dy")]
    assert found.max() == pytest.approx(10.0)


def test_smuggling_ends_with_enforcement() -> None:
    found = leak_open(story(event("2009-03-05", "enforce")), CLOCK)
    k = step("2009-03-05")
    assert (found[:k] == 1.0).all()
    assert (found[k:] == 0.0).all()


def test_a_step_is_the_first_at_or_after_a_week() -> None:
    assert [CLOCK.step(w) for w in (0.0, 0.01, 0.25, 1.0, 1.0 + 1e-12)] == [0, 1, 1, 4, 4]
