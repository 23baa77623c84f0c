"""How long the leverage lasts: shares are shares, samples are shown, facts stand apart from rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from dearth.answer import Answer
from dearth.book import Book
from dearth.errors import ScenarioError
from dearth.measures.archive import as_announced, sealed_rows
from dearth.measures.card import outcome_of
from dearth.measures.horizon_parts import NOT_AN_ASSESSMENT
from dearth.measures.horizon_rows import SHOWN
from dearth.measures.horizon_table import start_of
from dearth.measures.leverage import survival
from dearth.measures.worth import worth_of
from dearth.studies.horizon import horizon
from dearth.world.played import decimal, played
from dearth.world.scenario import Scenario, load_scenario
from dearth.world.starts import output_share

DRAWS = 16
Figures = Mapping[str, Any]


@pytest.fixture(scope="module")
def today() -> Scenario:
    return load_scenario("today").model_copy(update={"draws": DRAWS})


@pytest.fixture(scope="module")
def answer(today: Scenario, book: Book) -> Answer:
    return horizon(today, book)


def test_the_same_question_gives_the_same_bytes(answer: Answer, today: Scenario, book: Book) -> None:
    assert horizon(today, book, workers=2).to_json() == answer.to_json()


def test_every_share_is_a_share_and_each_link_is_limited_by_those_above(answer: Answer) -> None:
    rows = {(r["element"], r["link"], r["buyer"]): r for r in answer.answer["rows"]}
    for row in rows.values():
        path = row["survives"]["path"]
        assert all(0.0 <= v <= 1.0 for q in path.values() for v in q)
        assert all(a <= b <= c for a, b, c in zip(path["p10"], path["p50"], path["p90"], strict=True))
    for element in SHOWN:
        links = [rows[element, s, "outside"]["survives"]["path"]["p50"] for s in ("mine", "separation")]
        assert all(a >= b - 1e-9 for a, b in zip(*links, strict=True))


def test_heavy_oxide_hardly_exists_outside_and_ore_does(answer: Answer) -> None:
    rows = {(r["element"], r["link"], r["buyer"]): r for r in answer.answer["rows"]}
    dy = rows["Dy", "separation", "outside"]["survives"]["path"]["p50"][0]
    ndpr = rows["NdPr", "separation", "outside"]["survives"]["path"]["p50"][0]
    assert dy < 0.15
    assert 0.25 < ndpr < 0.45
    assert rows["Y", "separation", "outside"]["survives"]["path"]["p50"][0] < 0.02
    assert rows["Dy", "mine", "outside"]["survives"]["path"]["p50"][0] > 2.0 * dy


def test_playing_the_card_shortens_it(answer: Answer) -> None:
    for plays in (e[key] for e in answer.answer["elements"] for key in ("plays", "plays_oxide")):
        once, limit = (plays[p]["leverage_years_lost"]["p50"] for p in ("once", "limit"))
        assert plays["unused"]["leverage_years_lost"]["p50"] == 0.0
        assert limit >= once >= 0.0
        assert plays["unused"]["lost_per_year_of_squeeze"] is None
    loss = answer.answer["supplier"]
    assert loss["limit"]["withheld_musd"]["p50"] > loss["once"]["withheld_musd"]["p50"] > 0.0


def test_projects_show_facts_and_base_rates_with_their_samples(answer: Answer) -> None:
    rows = answer.answer["projects"]
    assert len(rows) > 40
    for row in rows:
        assert row["chance"]["says"] == NOT_AN_ASSESSMENT
        assert "not an assessment of this company" in NOT_AN_ASSESSMENT
        assert row["chance"]["rests_on"] >= 10
        assert row["url"].startswith("http")
        assert row["read"]["announced"]
        chances = [v for k, v in row["chance"].items() if k.startswith("by_")]
        assert chances == sorted(chances)
        assert chances[-1] + row["chance"]["ends_first"] <= 1.0 + 1e-9
    assert all(
        s["n"] == s["events"] + s["other_events"] + s["censored"]
        for s in answer.answer["base_rates"]["steps"]
    )


def test_the_worth_of_a_project_is_what_is_lost_without_it(today: Scenario, book: Book) -> None:
    start = start_of(today, book)
    calm = outcome_of(start.table, (), start.before)
    worth = worth_of(start.table, calm)
    p = start.table.projects.id.index("benson-2025")
    gone = start.table.projects.tonnes.copy()
    gone[p] = 0.0
    magnets = start.table.projects.magnets.copy()
    magnets[p] = 0.0
    bare = start.table._replace(projects=start.table.projects._replace(tonnes=gone, magnets=magnets))
    # plans to come are measured by the live ones: keep theirs as they were
    share = calm.share.copy()
    share[p] = 0.0
    without = survival(bare.standing, calm.projects, share, calm.need)
    by_hand = (calm.survival.outside[-1] - without.outside[-1])[:, :10].mean(axis=1)
    np.testing.assert_allclose(worth.chain[p], by_hand, atol=1e-9)


def test_a_plan_at_its_word_starts_in_its_year_at_nameplate(today: Scenario, book: Book) -> None:
    start = start_of(today, book)
    made = start.table.projects
    starts = as_announced(made, start.table.as_of, DRAWS)
    share = output_share(starts, start.table.years)
    p = made.id.index("northlake-2025")
    assert (starts.first[p] == 2028.5).all()
    assert (share[p, start.table.years > 2028.6] == 1.0).all()
    late = made.id.index("mp-heavy-2022")
    assert (starts.first[late] == start.table.as_of + 1.0).all()
    none = made.id.index("strange-lake-2025")
    assert made.tonnes[none].sum() == 0.0


def test_forecasts_stand_beside_our_runs_of_their_assumptions(answer: Answer) -> None:
    found = answer.answer["forecasts"]
    rows = {r["id"]: r for r in found["rows"]}
    assert rows["pothen-light"]["value"] == 2017
    assert rows["pothen-light"]["outcome"] == "wrong"
    ours = rows["iea-n1-2035"]["ours"]
    assert ours["as_announced"]["p50"] > ours["base_rates"]["p50"]
    run = found["pothen_2013"]
    assert run["year_met"] <= 2014
    assert all(run["base_rate"][y] < 0.6 for y in run["base_rate"])
    met = rows["g7-2030"]["chance_met"]
    assert met["Dy"] <= 0.1


def test_the_record_of_what_was_withheld_stands_beside(answer: Answer) -> None:
    record = {(r["episode"], r["to"]): r for r in answer.answer["record"]}
    assert record["Japan 2010", "JPN"]["weeks"] == 9.1
    assert all(r["url"].startswith("http") for r in record.values())


def test_what_was_announced_after_the_day_is_not_known(book: Book) -> None:
    early = horizon(load_scenario("cutoff").model_copy(update={"draws": 4}), book)
    names = {p["id"] for p in early.answer["projects"]}
    assert "benson-2025" not in names
    assert "eneabba-2022" in names
    assert any("announced after the as-of day" in w for w in early.warnings)
    assert early.answer["clock"]["played_before"] == []


def test_the_card_was_played_where_the_scenario_says_so(today: Scenario) -> None:
    ((begin, end),) = played(today)
    assert begin == pytest.approx(2025.254, abs=0.01)
    assert end <= decimal(today.as_of)
    assert played(load_scenario("steady")) == ()


def test_an_assumption_can_be_set_and_matters(answer: Answer, today: Scenario, book: Book) -> None:
    flat = today.model_copy(update={"set": {f"hzn-growth-{e}": -2.0 for e in ("dy", "ndpr", "tb")}})
    shrunk = horizon(flat, book)

    def dy(found: Answer) -> float:
        rows = {(r["element"], r["link"], r["buyer"]): r for r in found.answer["rows"]}
        return float(rows["Dy", "separation", "outside"]["survives"]["path"]["p50"][-1])

    assert dy(shrunk) > dy(answer)


def test_more_draws_than_the_memory_holds_are_refused(today: Scenario, book: Book) -> None:
    with pytest.raises(ScenarioError, match="at most 2000"):
        horizon(today, book, draws=2001)


def test_a_year_without_a_chain_is_refused(book: Book) -> None:
    with pytest.raises(ScenarioError, match="no chain"):
        horizon(load_scenario("quota-2010"), book, draws=2)


def test_the_answer_is_plain_json_and_names_its_assumptions(answer: Answer) -> None:
    found = json.loads(answer.to_json())
    assert found["study"] == "horizon"
    ids = {s["id"] for s in found["sources"]}
    assert {"hzn-growth-dy", "hzn-list-weight", "hzn-entry", "hzn-squeeze-response"} <= ids
    assert sum("not an assessment" in w for w in answer.warnings) == 1


def test_what_is_foretold_can_be_sealed(today: Scenario, book: Book) -> None:
    start = start_of(today, book)
    rows = sealed_rows(start.table, outcome_of(start.table, (), start.before))
    assert len(rows) == 18
    assert all(0.0 <= r["p5"] <= r["p50"] <= r["p95"] <= 1.0 for r in rows)


def test_one_draw_is_enough(today: Scenario, book: Book) -> None:
    found = horizon(today, book, draws=1)
    assert found.draws == 1
    assert len(found.answer["rows"]) == 168
