"""The study: the record beside the model, on a small ensemble of the market."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from dearth.answer import Answer
from dearth.book import Book
from dearth.book.observations import Observation, load_observations
from dearth.errors import InputError
from dearth.measures.episodes import episode_run
from dearth.measures.naive import known_on, rival_values
from dearth.measures.observed import Run
from dearth.measures.origins import from_origin, known_until
from dearth.measures.refit import fitted_csv, hash_of_record
from dearth.measures.turning import recovery_of_record
from dearth.studies.forecast import forecast
from dearth.studies.validate import Asked, validate
from dearth.world.market_rows import Fitted
from dearth.world.scenario import load_scenario

DRAWS = 12


@pytest.fixture(scope="module")
def record() -> list[Observation]:
    return [o for o in load_observations() if o.episode == "2025"]


@pytest.fixture(scope="module")
def run(book: Book) -> Run:
    return episode_run("2025", book, DRAWS)


@pytest.fixture(scope="module")
def answer(book: Book) -> Answer:
    return validate(book, Asked(("2025",), DRAWS, network=False))


def episode(answer: Answer) -> Any:
    return answer.answer["episodes"]["2025"]


def test_every_observation_is_shown_with_its_verdict(answer: Answer, record: list[Observation]) -> None:
    rows = {r["id"]: r for r in episode(answer)["observations"]}
    assert set(rows) == {o.id for o in record}
    for obs in record:
        row = rows[obs.id]
        assert (row["observed"], row["use"]) == (obs.value, obs.use)
        if row["model"] is not None:
            assert row["p5"] <= row["p95"]
            assert row["inside"] == (
                row["p5"] <= obs.value <= row["p95"] or (obs.value <= 0 and row["p5"] < 100)
            )
        else:
            assert row["met"] is None


def test_the_answer_is_plain_data(answer: Answer) -> None:
    assert json.loads(answer.to_json())["answer"] == json.loads(json.dumps(answer.answer))


def test_threads_change_nothing(book: Book, answer: Answer) -> None:
    again = validate(book, Asked(("2025",), DRAWS, network=False, workers=2))
    assert again.to_json() == answer.to_json()


def test_another_seed_is_another_ensemble(book: Book, answer: Answer) -> None:
    other = validate(book, Asked(("2025",), DRAWS, seed=1, network=False))
    assert episode(other)["summary"] != episode(answer)["summary"]


def test_the_record_is_not_an_input(book: Book, answer: Answer, record: list[Observation]) -> None:
    """Other figures observed, and the model says the same."""
    moved = [o.model_copy(update={"value": 3.0 * o.value + 1.0}) for o in record]
    other = validate(book, Asked(("2025",), DRAWS, network=False), observations=moved)
    said = [[r[q] for q in ("p5", "model", "p95")] for r in episode(answer)["observations"]]
    assert [[r[q] for q in ("p5", "model", "p95")] for r in episode(other)["observations"]] == said
    assert episode(other)["summary"]["mape"] != episode(answer)["summary"]["mape"]


def test_the_rivals_of_the_record_are_the_published_ones(run: Run, record: list[Observation]) -> None:
    """Persistence 55.8 %, flat 83.7 %, two-number ramp 2.7 % on the six months."""
    said = rival_values(run, record)
    at = [i for i, o in enumerate(record) if o.observable == "magnet-export-path"]
    errors = {}
    for key in ("no-change", "flat", "ramp"):
        pairs = [(said[key][i], record[i].value) for i in at]
        errors[key] = np.mean([abs(v / r - 1.0) for v, r in pairs if v is not None])
    assert errors["no-change"] == pytest.approx(0.558, abs=5e-4)
    assert errors["flat"] == pytest.approx(0.837, abs=5e-4)
    assert errors["ramp"] == pytest.approx(0.027, abs=5e-4)


def test_the_exports_of_the_record_came_back_in_its_week(record: list[Observation]) -> None:
    assert recovery_of_record(record, date(2025, 4, 4)) == pytest.approx(12.97, abs=0.01)


@pytest.mark.parametrize("day", [date(2025, 4, 4), date(2025, 6, 1), date(2025, 8, 1)])
def test_an_origin_uses_nothing_that_was_published_later(
    run: Run, record: list[Observation], day: date
) -> None:
    moved = [o if known_on(o, day) else o.model_copy(update={"value": 7.0 * o.value + 3.0}) for o in record]
    assert moved != record
    rivals = ("no-change", "flat", "ramp")
    before, after = rival_values(run, record, day), rival_values(run, moved, day)
    assert [before[k] for k in rivals] == [after[k] for k in rivals]
    assert from_origin(run, record, day).effective == from_origin(run, moved, day).effective


def test_what_was_known_moves_the_weights(run: Run, record: list[Observation]) -> None:
    day = date(2025, 8, 1)
    known = [o.model_copy(update={"value": 2.0 * o.value}) if known_on(o, day) else o for o in record]
    assert from_origin(run, known, day).effective != from_origin(run, record, day).effective
    assert from_origin(run, record, date(2025, 4, 4)).effective >= from_origin(run, record, day).effective


def test_events_after_an_origin_are_hidden() -> None:
    scenario = known_until(date(2025, 4, 4))(load_scenario("squeeze-2025"))
    assert scenario.active_events
    assert max(e.date for e in scenario.active_events) == date(2025, 4, 4)


def test_faults_come_together(book: Book) -> None:
    with pytest.raises(InputError) as caught:
        validate(book, Asked(("2011", "1973"), 0))
    assert len(caught.value.faults) == 3


def test_a_forecast_of_six_months_with_its_hashes(book: Book) -> None:
    scenario = load_scenario("squeeze-2025", {"draws": "6"})
    content = forecast(book, scenario)
    months = {r["start"] for r in content["observables"]}
    assert (min(months), max(months)) == ("2026-01-01", "2026-06-01")
    assert all(r["p5"] <= r["p50"] <= r["p95"] for r in content["observables"])
    other = forecast(book, scenario, {"mkt-eta": Fitted(0.5, 0.4, 0.6)})
    assert other["fitted_sha256"] != content["fitted_sha256"]


def test_a_file_of_fitted_numbers_is_read_as_it_was_meant(record: list[Observation]) -> None:
    numbers = [
        {"id": "a", "prior": 1.0, "value": 2.0, "low": 2.5, "high": 3.0, "identified": True},
        {"id": "b", "prior": 1.0, "value": 2.0, "low": None, "high": None, "identified": None},
    ]
    numbers[1] |= {"prior_low": 0.5, "prior_high": 4.0}
    held = {"c": {"value": 0.0, "low": 0.0, "high": 0.0}}
    found = {"numbers": numbers, "held": held, "chi2": 12.0, "rows": 38}
    hashes = {"observations_sha256": hash_of_record(record), "chain_sha256": "x"}
    rows = list(csv.DictReader(io.StringIO(fitted_csv(found, hashes))))
    assert [(r["id"], float(r["low"]), float(r["value"]), float(r["high"])) for r in rows] == [
        ("a", 2.0, 2.0, 3.0), ("b", 0.5, 2.0, 4.0), ("c", 0.0, 0.0, 0.0),
    ]  # fmt: skip
    assert {r["observations_sha256"] for r in rows} == {hash_of_record(reversed(record))}


def test_the_hash_of_the_record_sees_every_figure(record: list[Observation]) -> None:
    moved = [record[0].model_copy(update={"value": record[0].value + 1.0}), *record[1:]]
    assert hash_of_record(moved) != hash_of_record(record)
