"""Who stops, and when: the answer as data, reproducible, weighed, and moved the right way by its inputs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from dearth.answer import Answer
from dearth.axes import PLACES, SECTORS
from dearth.book import Book
from dearth.calendar import date_of_week
from dearth.engine.arrays import Trace
from dearth.engine.run import BLOCK, run
from dearth.errors import BookError
from dearth.measures.groups import GROUPS
from dearth.measures.stops import THRESHOLDS, crossing_weeks
from dearth.studies.countdown import countdown
from dearth.world.build import Model, build
from dearth.world.scenario import Scenario
from small_book import without

Row = Mapping[str, Any]
FIRST = "1"


@pytest.fixture(scope="module")
def answer(squeeze: Scenario, book: Book) -> Answer:
    return countdown(squeeze, book)


@pytest.fixture(scope="module")
def single(squeeze: Scenario, book: Book) -> Answer:
    """One draw: every P50 is the draw itself."""
    return countdown(squeeze, book, draws=1)


def week_or_never(row: Row, level: str = FIRST, at: str = "p50") -> float:
    week = row["stopped"][level][at]
    return math.inf if week is None else float(week)


def numbers(value: Any) -> Iterator[float]:
    """Yield every number of nested data."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, int | float):
        yield float(value)


class TestReproducible:
    def test_the_same_seed_gives_the_same_bytes(self, squeeze: Scenario, book: Book, answer: Answer) -> None:
        assert countdown(squeeze, book).to_json() == answer.to_json()

    def test_two_workers_give_the_bytes_of_one(self, squeeze: Scenario, book: Book, answer: Answer) -> None:
        assert squeeze.draws > BLOCK, "one block would be run by one worker alone"
        assert countdown(squeeze, book, workers=2).to_json() == answer.to_json()

    def test_another_seed_gives_another_answer(self, squeeze: Scenario, book: Book) -> None:
        one, two = (countdown(squeeze, book, draws=4, seed=seed) for seed in (1, 2))
        assert one.seed == 1
        assert one.answer["rows"] != two.answer["rows"]

    def test_draws_and_seed_are_part_of_the_question(self, single: Answer, squeeze: Scenario) -> None:
        assert single.draws == single.question["draws"] == 1
        assert single.scenario["sha256"] != squeeze.sha256


class TestData:
    def test_it_is_one_json_object_without_nan_or_infinity(self, answer: Answer) -> None:
        def refuse(text: str) -> float:
            raise AssertionError(text)

        back = json.loads(answer.to_json(), parse_constant=refuse)
        assert back == json.loads(json.dumps(answer.to_dict()))
        assert all(math.isfinite(x) for x in numbers(back))

    def test_every_line_of_the_world_is_in_a_row_once(self, answer: Answer, model: Model) -> None:
        rows = [(r["sector"], r["place"]) for r in answer.answer["rows"]]
        assert len(rows) == len(set(rows))
        assert set(rows) == {(p.name, p.place) for p in model.lines}
        for r in answer.answer["rows"]:
            assert (r["sector_name"], r["place_name"]) == (SECTORS[r["sector"]], PLACES[r["place"]])

    def test_rows_are_sorted_by_the_likely_first_stop(self, answer: Answer) -> None:
        rows = answer.answer["rows"]
        keys = [(week_or_never(r), -r["stopped"][FIRST]["ever"], -r["need_t_per_year"]) for r in rows]
        assert keys == sorted(keys)
        assert keys[0][0] < math.inf
        assert keys[-1][0] == math.inf

    def test_dates_are_in_order(self, answer: Answer) -> None:
        for r in (*answer.answer["rows"], *answer.answer["groups"]):
            for level in THRESHOLDS:
                band = [week_or_never(r, level, at) for at in ("p10", "p50", "p90")]
                assert band == sorted(band), r["sector"]
            for at in ("p10", "p50", "p90"):
                levels = [week_or_never(r, level, at) for level in THRESHOLDS]
                assert levels == sorted(levels), r["sector"]
            ever = [r["stopped"][level]["ever"] for level in THRESHOLDS]
            assert ever == sorted(ever, reverse=True)

    def test_a_band_says_what_the_chance_of_ever_says(self, answer: Answer) -> None:
        for r in answer.answer["rows"]:
            for stop in r["stopped"].values():
                assert (stop["p10"] is None) == (stop["ever"] < 0.1 - 1e-9) or stop["ever"] == 0.0
                assert (stop["p50"] is None) == (stop["ever"] < 0.5)

    def test_dates_are_the_weeks_on_the_calendar(self, answer: Answer, squeeze: Scenario) -> None:
        for r in answer.answer["rows"]:
            for stop in r["stopped"].values():
                if stop["p50"] is None:
                    assert stop["date_p50"] is None
                    assert stop["added"] is None
                else:
                    assert stop["date_p50"] == date_of_week(stop["p50"], squeeze.start).isoformat()
                    if stop["plain"] is not None:
                        assert stop["added"] == pytest.approx(stop["p50"] - stop["plain"], abs=1e-4)

    def test_who_stops_has_a_cause_and_who_does_not_has_a_reason(self, answer: Answer) -> None:
        for r in (*answer.answer["rows"], *answer.answer["groups"]):
            seen = r["stopped"][FIRST]["ever"] >= 0.05
            assert (r["never"] is None) == seen
            assert (r["binding"] is not None) == seen

    def test_shares_are_shares(self, answer: Answer) -> None:
        for r in (*answer.answer["rows"], *answer.answer["groups"]):
            values = [*r["peak_stopped"].values(), *r["lost_share"].values(), r["exposed_share"]]
            assert all(0.0 <= x <= 1.0 for x in values if x is not None)
            assert all(0.0 <= x <= 1.0 for x in numbers(r["path"]["p90"]))

    def test_mass_and_sources_come_with_the_answer(self, answer: Answer, model: Model) -> None:
        assert 0.0 <= answer.answer["mass"]["worst_residual"] < 1e-9
        assert {s["id"] for s in answer.sources} == set(model.used)
        kinds = [s["kind"] for s in answer.sources]
        assumed = kinds.count("assumption")
        assert kinds[:assumed] == ["assumption"] * assumed > [] or assumed == 0
        assert str(assumed) in answer.warnings[0]


class TestSums:
    def test_a_group_is_the_mean_of_its_rows_weighed_by_need(self, single: Answer) -> None:
        rows = single.answer["rows"]
        checked = 0
        for g in GROUPS:
            mine = [r for r in rows if r["sector"] in g.sectors and r["place"] in g.places]
            found = [x for x in single.answer["groups"] if (x["sector"], x["place"]) == (g.key, g.place_key)]
            assert len(found) == bool(mine)
            if not mine:
                continue
            need = np.array([r["need_t_per_year"] for r in mine])
            path = np.array([r["path"]["p50"] for r in mine])
            lost = np.array([r["lost_share"]["p50"] for r in mine])
            assert found[0]["need_t_per_year"] == pytest.approx(need.sum(), rel=1e-4)
            assert found[0]["path"]["p50"] == pytest.approx(need @ path / need.sum(), abs=1e-5)
            assert found[0]["lost_share"]["p50"] == pytest.approx(need @ lost / need.sum(), abs=1e-5)
            checked += path.max() > 0.0
        assert checked > 10

    def test_need_is_the_need_of_the_book_times_the_factor_that_fits_it(
        self, single: Answer, book: Book
    ) -> None:
        """All the parts of a sector at a place, added up from the demand rows."""
        for r in single.answer["rows"]:
            rows = book.find(quantity="demand", sector=r["sector"], place=r["place"])
            total = sum(x.central for x in rows)
            assert r["need_t_per_year"] == pytest.approx(total, rel=0.35)

    def test_a_date_is_the_first_lasting_crossing_of_the_worst_part(
        self, answer: Answer, model: Model, trace: Trace
    ) -> None:
        """One sector, its parts put together here: the largest of share stopped times dependence."""
        (row,) = [r for r in answer.answer["rows"] if (r["sector"], r["place"]) == ("ev-traction", "DEU")]
        lines = [i for i, p in enumerate(model.lines) if (p.name, p.place) == ("ev-traction", "DEU")]
        assert len(lines) >= 2
        end = np.max([trace.lost_end[:, i] * model.dependence[i] for i in lines], axis=0)
        mean = np.max([trace.lost_mean[:, i] * model.dependence[i] for i in lines], axis=0)
        weeks = np.sort(crossing_weeks(end, mean, 0.01, 4))
        middle = weeks[math.ceil(0.5 * weeks.size) - 1]
        assert row["stopped"][FIRST]["p50"] == pytest.approx(middle, abs=1e-3)
        assert row["path"]["p50"] == pytest.approx(np.median(end[::4], axis=1), abs=1e-5)

    def test_exports_are_shares_of_the_base_year(self, answer: Answer) -> None:
        """Lanthanum is under no control: what leaves China in the first month is what always left."""
        exports = answer.answer["exports"]
        assert exports["La"]["p50"][0] == pytest.approx(1.0, abs=0.05)
        assert exports["Dy"]["p50"][1] < 0.2
        assert len(exports["Dy"]["p50"]) == 52 // 4


def first_stops(model: Model, trace: Trace) -> dict[tuple[str, str, str], np.ndarray[Any, Any]]:
    """Return the week of 1 % of each line outside China, by draw."""
    return {
        (p.name, p.place, p.part): crossing_weeks(trace.lost_end[:, i], trace.lost_mean[:, i], 0.01, 4)
        for i, p in enumerate(model.lines)
        if p.place != "CHN"
    }


def by_group(model: Model, shares: np.ndarray[Any, Any]) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    """Return the share of each group outside China, parts put together and weighed here, (T, N)."""
    worst: dict[tuple[str, str], np.ndarray[Any, Any]] = {}
    need: dict[tuple[str, str], np.ndarray[Any, Any]] = {}
    for i, p in enumerate(model.lines):
        key = (p.name, p.place)
        part = shares[:, i] * model.dependence[i]
        worst[key] = np.maximum(worst[key], part) if key in worst else part
        need[key] = need.get(key, 0.0) + model.world.rate[i]
    found = {}
    for g in GROUPS:
        keys = [k for k in worst if k[0] in g.sectors and k[1] in g.places]
        if keys:
            total = np.sum([worst[k] * need[k] for k in keys], axis=0)
            found[g.key, g.place_key] = total / np.sum([need[k] for k in keys], axis=0)
    return found


def lost_by_group(model: Model, trace: Trace) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    return {key: share.mean(axis=0) for key, share in by_group(model, trace.lost_mean).items()}


def first_by_group(model: Model, trace: Trace) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    end, mean = by_group(model, trace.lost_end), by_group(model, trace.lost_mean)
    return {key: crossing_weeks(end[key], mean[key], 0.01, 4) for key in end}


class TestDirections:
    """What must hold for any sensible answer, whatever the numbers are."""

    def test_more_cover_stops_nobody_earlier(
        self, squeeze: Scenario, book: Book, centres: Mapping[str, float], model: Model, trace: Trace
    ) -> None:
        ids = [r.id for r in book.find(quantity="cover") if r.sector or r.material == "assembly-maker"]
        more = squeeze.model_copy(update={"set": dict.fromkeys(ids, 60.0)})
        longer = build(more, book, centres=centres)
        assert np.all(longer.world.cover >= model.world.cover - 1e-12)
        after = first_stops(longer, run(longer.world, longer.labels))
        before = first_stops(model, trace)
        assert all(np.all(after[key] >= before[key] - 1e-9) for key in before)
        stopped = sum(int(np.isfinite(w).sum()) for w in before.values())
        assert sum(int(np.isfinite(w).sum()) for w in after.values()) < 0.5 * stopped

    def test_the_override_reaches_the_answer(self, squeeze: Scenario, book: Book, answer: Answer) -> None:
        ids = [r.id for r in book.find(quantity="cover") if r.sector or r.material == "assembly-maker"]
        more = countdown(squeeze.model_copy(update={"set": dict.fromkeys(ids, 20.0)}), book)
        pairs = [
            (week_or_never(a), week_or_never(b))
            for a, b in zip(answer.answer["groups"], more.answer["groups"], strict=True)
        ]
        assert all(later >= sooner for sooner, later in pairs)
        automotive = pairs[0]
        assert automotive[1] > automotive[0] + 5.0
        assert more.question["set"] == dict.fromkeys(ids, 20.0)

    def test_a_cutoff_costs_every_group_more_than_the_squeeze(
        self, model: Model, trace: Trace, cutoff_model: Model, cutoff_trace: Trace
    ) -> None:
        """The same draws of the same rows; the cutoff closes all that the squeeze does, and for good."""
        assert np.array_equal(model.world.cover, cutoff_model.world.cover)
        less = {k: x.mean() for k, x in lost_by_group(model, trace).items()}
        more = {k: x.mean() for k, x in lost_by_group(cutoff_model, cutoff_trace).items()}
        assert [key for key in less if more[key] < less[key]] == []
        assert sum(more.values()) > 2.0 * sum(less.values())

    @pytest.mark.parametrize(
        "even",
        [
            pytest.param(True, id="shortage shared by all, no switching"),
            pytest.param(
                False,
                id="as the book says",
                marks=pytest.mark.xfail(
                    strict=True,
                    reason="customers newly out of supply dilute the stop front of those before them",
                ),
            ),
        ],
    )
    def test_a_cutoff_is_never_later_than_the_squeeze(
        self, squeeze: Scenario, cutoff: Scenario, book: Book, centres: Mapping[str, float], even: bool
    ) -> None:
        ids = ["shortage-focus", *(r.id for r in book.find(quantity="reroute-share"))]
        changes = {"set": dict.fromkeys(ids, 0.0) if even else {}}
        weeks = []
        for scenario in (squeeze, cutoff):
            model = build(scenario.model_copy(update=changes), book, centres=centres)
            weeks.append(first_by_group(model, run(model.world, model.labels)))
        first, later = weeks
        assert [key for key, week in later.items() if np.any(week > first[key] + 1e-5)] == []


def nobody_stops(answer: Answer) -> bool:
    rows = [*answer.answer["rows"], *answer.answer["groups"]]
    return all(stop["ever"] == 0.0 for r in rows for stop in r["stopped"].values())


def licences_only(scenario: Scenario, book: Book) -> Scenario:
    """Return the squeeze with nothing but licences, all granted at once."""
    kept = tuple(e for e in scenario.events if e.action == "licence")
    ids = {r.id: 1.0 for r in book.find(quantity="licence-grant-share")}
    at_once = {"decision-time": 0.0, "licence-refile-time": 0.0, "licence-stages": 1.0, "declared-pass": 0.5}
    return scenario.model_copy(update={"events": kept, "draws": 8, "set": {**ids, **at_once}})


def no_events(scenario: Scenario, _: Book) -> Scenario:
    return scenario.model_copy(update={"events": (), "draws": 8})


class TestNothingHeld:
    @pytest.mark.parametrize("change", [licences_only, no_events])
    def test_nobody_stops(
        self, squeeze: Scenario, book: Book, change: Callable[[Scenario, Book], Scenario]
    ) -> None:
        found = countdown(change(squeeze, book), book)
        assert nobody_stops(found)
        assert all(r["never"] for r in found.answer["rows"])

    def test_the_same_licences_never_granted_stop_many(self, squeeze: Scenario, book: Book) -> None:
        held = licences_only(squeeze, book)
        denied = {name: 0.0 if "grant" in name else x for name, x in held.set.items()}
        assert not nobody_stops(countdown(held.model_copy(update={"set": denied}), book))

    def test_without_events_the_reason_says_so(self, squeeze: Scenario, book: Book) -> None:
        found = countdown(no_events(squeeze, book), book, draws=1)
        assert {r["never"] for r in found.answer["rows"]} == {"nothing is held back in this scenario"}


def test_a_book_that_lacks_a_row_gives_no_answer(squeeze: Scenario, book: Book) -> None:
    with pytest.raises(BookError, match="shortage-focus"):
        countdown(squeeze, without(book, "shortage-focus"), draws=1)
