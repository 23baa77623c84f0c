"""What a run says where something was observed: the same price, tier, place and days, in the same unit."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.observations import Observation, load_observations
from dearth.measures.episodes import episode_run
from dearth.measures.observed import Run, fob, in_days, modelled

DY = ELEMENTS.index("Dy")


@pytest.fixture(scope="module")
def run(book: Book) -> Run:
    return episode_run("2010", book, 2, {}, central=True)


@pytest.fixture(scope="module")
def squeeze_run(book: Book) -> Run:
    return episode_run("2025", book, 2, {}, central=True)


def seen(**changes: Any) -> Observation:
    fixed: dict[str, Any] = dict.fromkeys(("partner", "note"), "")
    fixed |= {"id": "obs-2010-x", "episode": "2010", "observable": "price", "element": "Dy", "place": "CHN"}
    fixed |= {"tier": "china", "start": date(2010, 1, 1), "end": date(2010, 1, 31), "value": 1.0, "low": None}
    fixed |= {"high": None, "unit": "USD/kg", "use": "train", "bar": "none", "source": "made up"}
    fixed |= {"url": "https://example.org", "grade": "A", "terms": "quoted-fact"}
    return Observation(**{**fixed, **changes})


def flow(run: Run, first: date, last: date, **changes: Any) -> np.ndarray | None:
    fixed: dict[str, Any] = {
        "observable": "oxide-export",
        "tier": "flow",
        "partner": "WORLD",
        "unit": "t/month",
    }
    return modelled(run, seen(start=first, end=last, **{**fixed, **changes}))


def test_one_week_is_the_week(run: Run) -> None:
    first = run.start + timedelta(weeks=60)
    found = modelled(run, seen(start=first, end=first + timedelta(days=6)))
    assert found == pytest.approx(run.trace.china[60, DY])


def test_days_weigh_by_their_share_of_a_week(run: Run) -> None:
    first = run.start + timedelta(weeks=60, days=5)
    found = in_days(run, run.trace.china[:, DY], first, first + timedelta(days=8))
    china = run.trace.china[:, DY]
    assert found == pytest.approx((2.0 * china[60] + 7.0 * china[61]) / 9.0)


@pytest.mark.parametrize("days", [3, 30])
def test_a_path_says_nothing_of_days_before_it(run: Run, days: int) -> None:
    day = run.start - timedelta(days=days)
    assert in_days(run, run.trace.china[:, DY], day, day) is None


def test_after_the_end_is_unknown(run: Run) -> None:
    end = run.start + timedelta(weeks=run.trace.china.shape[0])
    for first, last in (
        (end, end + timedelta(days=30)),
        (end - timedelta(days=10), end + timedelta(days=20)),
    ):
        assert flow(run, first, last) is None
    assert in_days(run, run.trace.china[:, DY], end, end) is None
    assert flow(run, end - timedelta(days=10), end - timedelta(days=1)) is not None


def test_months_add_up_to_a_year(run: Run) -> None:
    starts = [date(2010, m, 1) for m in range(1, 13)] + [date(2011, 1, 1)]
    months = [flow(run, a, b - timedelta(days=1)) for a, b in pairwise(starts)]
    year = flow(run, date(2010, 1, 1), date(2010, 12, 31))
    assert sum(m for m in months if m is not None) == pytest.approx(year, rel=1e-9)


def test_destinations_add_up_to_the_world(run: Run) -> None:
    days = (date(2010, 3, 1), date(2010, 3, 31))
    parts = [flow(run, *days, partner=p) for p in ("JPN", "EUR", "USA", "IND", "KOR", "ROW")]
    assert sum(p for p in parts if p is not None) == pytest.approx(flow(run, *days))


def test_kilograms_are_a_thousandth(run: Run) -> None:
    days = (date(2010, 3, 1), date(2010, 3, 31))
    assert flow(run, *days, unit="kg/month") == pytest.approx(1000.0 * flow(run, *days))  # type: ignore[operator]


def test_all_elements_are_product_tonnes(run: Run) -> None:
    days = (date(2010, 3, 1), date(2010, 3, 31))
    total = flow(run, *days, observable="aggregate-export", element="*")
    parts = [flow(run, *days, element=e) for e in ELEMENTS]
    assert total == pytest.approx(sum(p for p in parts if p is not None) / run.reo_share)


def test_days_before_the_start_run_at_the_base_year(squeeze_run: Run) -> None:
    """April 2025 begins three days before the run."""
    run, first = squeeze_run, squeeze_run.start
    whole = flow(run, first - timedelta(days=3), first + timedelta(days=6))
    after = flow(run, first, first + timedelta(days=6))
    base = sum(
        (run.market.need0 - run.market.other0)[i] for i, b in enumerate(run.model.buyers) if b.good == "Dy"
    )
    assert whole == pytest.approx(after + base * 3.0 / 7.0)


def test_a_price_in_yuan_uses_the_rate_of_its_year(run: Run) -> None:
    dollars, yuan = modelled(run, seen()), modelled(run, seen(unit="CNY/kg"))
    assert yuan == pytest.approx(dollars * run.fx[2010])  # type: ignore[operator]


def test_the_port_price_has_duty_and_the_quota_rent(run: Run) -> None:
    m, t = run.market, run.trace
    w = int(t.quota_rent[:, 0].argmax())
    k = w * m.steps_per_week + m.steps_per_week - 1
    assert t.quota_rent[w, 0] > 0.0
    assert fob(run, DY)[w] == pytest.approx(t.china[w, DY] * (1.0 + m.duty[k, DY]) + t.quota_rent[w])


def test_the_quote_is_of_the_asked_place(run: Run) -> None:
    first = run.start + timedelta(weeks=100)
    days = {"start": first, "end": first + timedelta(days=6), "tier": "quote"}
    for place in ("EUR", "JPN"):
        i = run.model.buyers.index(("Dy", place))
        assert modelled(run, seen(place=place, **days)) == pytest.approx(run.trace.quote[100, i])


def test_the_volume_weighted_price_lies_between_home_and_quote(squeeze_run: Run) -> None:
    run = squeeze_run
    i = [b for b, x in enumerate(run.model.buyers) if x.good == "Dy"]
    found = modelled(
        run,
        seen(tier="volume-weighted", place="outside", start=run.start, end=run.start + timedelta(weeks=40)),
    )
    assert found is not None
    assert run.trace.china[:40, DY, 0].min() < found[0] < run.trace.quote[:40, i, 0].max()


def test_what_the_market_does_not_know_is_none(run: Run) -> None:
    days = (date(2010, 3, 1), date(2010, 3, 31))
    assert flow(run, *days, partner="DEU") is None  # Europe is one place
    assert flow(run, *days, partner="EU27") is None
    assert flow(run, *days, observable="first-stop") is None
    assert modelled(run, seen(tier="stop")) is None
    assert modelled(run, seen(tier="quote", place="CHN")) is None


def test_every_train_row_with_a_tolerance_has_a_model_value(run: Run, squeeze_run: Run) -> None:
    runs = {"2010": run, "2025": squeeze_run}
    for o in load_observations():
        if o.use == "train" and o.bar.partition(":")[0] in {"rel", "factor", "mape", "order"}:
            found = modelled(runs[o.episode], o)
            assert found is not None, o.id
            assert np.isfinite(found).all(), o.id
            assert found.shape == (2,), o.id
