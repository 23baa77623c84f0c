"""What prices do: parts that add up, tiers in order, tonnes beside every price, and the same bytes again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from dearth.answer import Answer
from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.engine.prices import run_market
from dearth.errors import ScenarioError
from dearth.measures.moves import CAUSES, elasticity, moves_of, peaks_of
from dearth.measures.readings import CEILING
from dearth.measures.tiers import PARTS, TIERS, inside_prices, parts_of, tonnes_of
from dearth.studies.countdown import countdown
from dearth.studies.influence import influence
from dearth.studies.price import BY_CONSTRUCTION, price
from dearth.world.market import build_market
from dearth.world.market_rules import GOODS
from dearth.world.scenario import Event, Scenario, load_scenario

Figures = Mapping[str, Any]
DRAWS = 12


@pytest.fixture(scope="module")
def story(squeeze: Scenario) -> Scenario:
    return squeeze.model_copy(update={"draws": DRAWS, "weeks": 40})


@pytest.fixture(scope="module")
def answer(story: Scenario, book: Book) -> Answer:
    return price(story, book)


@pytest.fixture(scope="module")
def steady(book: Book) -> Answer:
    return price(load_scenario("steady").model_copy(update={"draws": DRAWS, "weeks": 60}), book)


def event(**keys: Any) -> Event:
    return Event.model_validate({"date": "2025-04-04", "what": "made up", "source": "a test", **keys})


def bands(value: Any) -> list[Figures]:
    """Return every band of nested data."""
    if isinstance(value, Mapping):
        own = [value] if set(value) == {"p5", "p10", "p50", "p90", "p95"} else []
        return own + [band for part in value.values() for band in bands(part)]
    return [band for part in value for band in bands(part)] if isinstance(value, list) else []


@pytest.fixture(scope="module")
def ran(story: Scenario, book: Book) -> Any:
    """A run with a duty and a floor of a public contract on top."""
    duty = event(action="duty", date="2025-06-01", origin="CHN", materials=["oxide:Dy"], percent=25)
    floor = event(action="floor", date="2025-07-01", origin="USA", materials=["oxide:NdPr"], usd_per_kg=110)
    more = story.model_copy(update={"events": (*story.events, duty, floor)})
    market = build_market(more, book).market
    trace = run_market(market)
    return market, trace, inside_prices(market, trace)


class TestReproducible:
    def test_the_same_seed_gives_the_same_bytes_on_any_number_of_workers(
        self, story: Scenario, book: Book, answer: Answer
    ) -> None:
        assert price(story, book, workers=2).to_json() == answer.to_json()

    def test_another_seed_gives_another_answer(self, story: Scenario, book: Book, answer: Answer) -> None:
        other = price(story, book, draws=3, seed=7)
        assert (other.seed, other.draws) == (7, 3)
        assert other.answer["rows"] != answer.answer["rows"]

    def test_it_is_plain_json_without_nan(self, answer: Answer) -> None:
        assert json.loads(answer.to_json()) == json.loads(json.dumps(answer.to_dict(), allow_nan=False))


class TestRows:
    def test_every_good_has_every_tier_inside_and_outside(self, answer: Answer) -> None:
        found = {(r["good"], r["place"], r["tier"]) for r in answer.answer["rows"]}
        assert len(found) == len(answer.answer["rows"])
        for good in GOODS:
            assert {t for g, p, t in found if g == good and p in {"CHN", "outside"}} == set(TIERS)
            assert (good, "EUR", "quote") in found

    def test_bands_are_in_order(self, answer: Answer) -> None:
        for band in bands(answer.answer):
            values = [math.inf if v is None else v for v in band.values()]
            assert values == sorted(values)

    def test_shares_of_tonnes_are_shares_and_payers_make_the_whole(self, answer: Answer) -> None:
        for row in answer.answer["rows"]:
            shares = [*row["path"]["share_of_tonnes"], *(b["p50"] for b in row["share_of_tonnes"].values())]
            assert all(0.0 <= share <= 1.0 + 1e-9 for share in shares), row["good"]
        for good in answer.answer["goods"]:
            assert sum(p["start"]["p50"] for p in good["payers"].values()) == pytest.approx(1.0, abs=0.05)

    def test_a_quote_of_a_controlled_element_stands_on_few_tonnes(self, answer: Answer) -> None:
        rows = {(r["good"], r["place"], r["tier"]): r for r in answer.answer["rows"]}
        quote, mean = rows["Dy", "outside", "quote"], rows["Dy", "outside", "volume-weighted"]
        assert quote["peak"]["times_start"]["p50"] > 1.3
        assert quote["share_of_tonnes"]["peak"]["p50"] < mean["share_of_tonnes"]["peak"]["p50"] < 1.0

    def test_the_peak_is_the_highest_point(self, answer: Answer) -> None:
        for row in answer.answer["rows"]:
            assert row["peak"]["value"]["p95"] >= max(row["path"]["p95"]) * (1.0 - 1e-5)
            assert (row["peak"]["date_p50"] is None) == (row["peak"]["week"]["p50"] is None)


class TestParts:
    """The decomposition on the arrays themselves, draw by draw and week by week."""

    @staticmethod
    def buyers(market: Any, good: str) -> list[int]:
        return [i for i, g in enumerate(market.good) if GOODS[g] == good]

    @pytest.mark.parametrize("good", GOODS)
    def test_tiers_are_in_order(self, ran: Any, good: str) -> None:
        market, trace, inside = ran
        path = {t: parts_of(market, trace, inside, t, self.buyers(market, good)).path for t in TIERS}
        for lower, higher in (("china", "fob"), ("china", "volume-weighted"), ("volume-weighted", "quote")):
            assert (path[lower] <= path[higher] * (1.0 + 1e-12)).all(), (lower, higher)
        assert (path["fob"] <= path["quote"] * (1.0 + 1e-12)).all()

    def test_a_path_is_the_price_of_the_engine(self, ran: Any) -> None:
        """Both tell the end of the week."""
        market, trace, inside = ran
        for b in range(market.good.size):
            for tier, theirs in (("quote", trace.quote), ("volume-weighted", trace.weighted)):
                ours = parts_of(market, trace, inside, tier, [b]).path
                np.testing.assert_allclose(ours[1:], theirs[:, b], rtol=1e-9, err_msg=f"{b} {tier}")

    @pytest.mark.parametrize("good", ["NdPr", "Dy", "Y", "magnet-heavy"])
    def test_the_parts_of_a_price_inside_are_its_move(self, ran: Any, good: str) -> None:
        market, trace, inside = ran
        found = parts_of(market, trace, inside, "china", self.buyers(market, good))
        if good in ELEMENTS:
            np.testing.assert_allclose(found.path[1:], trace.china[:, ELEMENTS.index(good)], rtol=1e-12)
        np.testing.assert_allclose(found.anchor[0], 0.0, atol=1e-12)

    def test_a_duty_is_tax_and_a_floor_is_a_floor(self, ran: Any) -> None:
        market, trace, inside = ran
        duty = parts_of(market, trace, inside, "fob", self.buyers(market, "Dy"))
        np.testing.assert_allclose(duty.tax[-1], 0.25 * inside.price[-1, GOODS.index("Dy")], rtol=1e-9)
        paid = [b for b in self.buyers(market, "NdPr") if market.price_floor[-1, b] > 0.0]
        assert len(paid) == 1, "one government pays it"
        floor = parts_of(market, trace, inside, "quote", paid)
        assert (floor.floor[-1] > 0.0).all()
        np.testing.assert_allclose(floor.path[-1], 110.0, rtol=1e-9)

    def test_panic_closes_the_sum(self, ran: Any) -> None:
        market, trace, inside = ran
        buyers = self.buyers(market, "Dy")
        still = market._replace(behaviour=market.behaviour._replace(precaution=np.zeros(DRAWS)))
        calm = run_market(still)
        whole = parts_of(market, trace, inside, "quote", buyers)
        other = parts_of(still, calm, inside_prices(still, calm), "quote", buyers)
        found = moves_of(whole, other)
        assert set(found) == {*PARTS, "panic"} == {p for parts in CAUSES.values() for p in parts}
        np.testing.assert_allclose(sum(found.values()), whole.path - whole.path[0], atol=1e-9)
        assert np.abs(found["panic"]).max() > 0.0

    def test_tonnes_that_pay_the_quote_are_the_spot_share_of_exports(self, ran: Any) -> None:
        market, trace, _inside = ran
        buyers = self.buyers(market, "Dy")
        found = tonnes_of(market, trace, GOODS.index("Dy"), buyers)
        np.testing.assert_allclose(found.contract[1:] + found.thin[1:], trace.shipped[:, buyers].sum(axis=1))
        assert (found.thin <= found.all).all()


class TestMoves:
    def test_they_add_up_in_the_answer(self, answer: Answer) -> None:
        for good in answer.answer["goods"]:
            for move in good["moves"].values():
                assert math.fsum(move["parts"].values()) == move["move"]
                assert math.fsum(move["causes"].values()) == pytest.approx(move["move"], abs=1e-9)
            time = good["over_time"]
            for i, total in enumerate(time["move"]):
                assert math.fsum(time[cause][i] for cause in CAUSES) == total

    def test_the_rise_of_a_controlled_quote_is_rent(self, answer: Answer) -> None:
        (dy,) = [g for g in answer.answer["goods"] if g["good"] == "Dy"]
        move = dy["moves"]["quote"]
        assert move["causes"]["rent"] > 0.5 * move["move"] > 0.0
        assert dy["moves"]["china"]["causes"]["rent"] == 0.0


class TestTrust:
    def test_above_one_half_a_peak_is_a_ceiling(self, answer: Answer) -> None:
        readings = set()
        for good in answer.answer["goods"]:
            if good["reading"] == "does not move":
                continue
            readings.add(good["reading"])
            assert (good["peak_to_value"]["p50"] > CEILING) == (good["reading"] == "ceiling, not forecast")
            assert ("ceiling" in good["sentence"]) == (good["peak_to_value"]["p50"] > CEILING)
        assert "ceiling, not forecast" in readings

    def test_the_elasticity_is_a_central_difference(self) -> None:
        base = np.array([1.0, 2.0])
        slope = elasticity(base * 1.1**0.7, base / 1.1**0.7, 1.1)
        np.testing.assert_allclose(slope, 0.7)

    def test_inputs_are_the_strongest_first_and_say_what_they_fix(self, answer: Answer) -> None:
        for good in answer.answer["goods"]:
            for found in good["sensitivity"].values():
                sizes = [abs(one["influence"]) for one in found]
                assert len(sizes) <= 5
                assert sizes == sorted(sizes, reverse=True)
                assert all(one["fixes"] == BY_CONSTRUCTION.get(one["quantity"]) for one in found)

    def test_what_is_true_by_construction_is_named(self, answer: Answer) -> None:
        named = {row["quantity"] for row in answer.answer["by_construction"]}
        assert {"base-price", "contract-share", "value-at-stake"} <= named
        assert any("by construction" in warning for warning in answer.warnings)


class TestStill:
    """Nothing happens: prices are flat, nobody pays a rent, nobody stops."""

    def test_prices_are_flat(self, steady: Answer) -> None:
        for row in steady.answer["rows"]:
            for q in ("p5", "p50", "p95"):
                path = row["path"][q]
                assert max(path) == pytest.approx(min(path), rel=1e-6), (row["good"], row["tier"])
            assert row["peak"]["week"]["p50"] is None
            assert row["half_life_weeks"]["p50"] is None

    def test_nobody_pays_a_rent_and_nobody_stops(self, steady: Answer) -> None:
        for good in steady.answer["goods"]:
            assert good["reading"] == "does not move"
            assert all(abs(v) < 1e-6 for m in good["moves"].values() for v in m["causes"].values())
            assert good["peak_to_value"]["p50"] == good["peak_to_rent_law"]["p50"] == 0.0
            assert all(stop["week_1"]["p5"] is None for stop in good["stops"])

    def test_a_scenario_without_events_is_answered(self, story: Scenario, book: Book) -> None:
        found = price(story.model_copy(update={"events": (), "draws": 1, "weeks": 1}), book)
        assert all(not inputs for g in found.answer["goods"] for inputs in g["sensitivity"].values())


class TestHalving:
    def test_weeks_until_half_of_the_rise_is_gone(self) -> None:
        weeks = np.arange(60.0)
        path = 100.0 + 50.0 * np.where(weeks < 10, weeks / 10, 0.5 ** ((weeks - 10) / 7))
        found = peaks_of(np.stack([path, np.full(60, 3.0), 1.0 + weeks], axis=1))
        assert found.halved[0] == pytest.approx(7.0)
        assert np.isnan(found.halved[1])
        assert found.halved[2] == np.inf
        assert found.moved.tolist() == [True, False, True]
        assert found.last.tolist() == [False, False, True]


class TestWhoIsRefused:
    def test_a_countdown_of_2009_is_refused_with_a_cure(self, book: Book) -> None:
        scenario = load_scenario("quota-2010")
        for ask in (lambda: countdown(scenario, book), lambda: influence([scenario], book)):
            with pytest.raises(ScenarioError, match=r"base 2009 has no chain.*dearth price"):
                ask()

    def test_events_on_prices_only_are_told_by_the_countdown(self, story: Scenario, book: Book) -> None:
        floor = event(
            action="floor", date="2025-07-01", origin="USA", materials=["oxide:NdPr"], usd_per_kg=110
        )
        short = story.model_copy(update={"draws": 2, "weeks": 16})
        told = countdown(short.model_copy(update={"events": (*short.events, floor)}), book).warnings
        assert any("floor act on prices only" in warning for warning in told)
        assert not any("prices only" in warning for warning in countdown(short, book).warnings)
