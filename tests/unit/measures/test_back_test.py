"""Base rates against what happened: nothing is predicted from itself, and the scores are the textbook's."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from dearth.book.project_rows import load_histories
from dearth.measures.back_test import (
    Laws,
    back_test_csv,
    brier,
    calibration,
    chance_by,
    count_band,
    first_product,
    forward_csv,
    frozen,
    slips,
)
from dearth.measures.money import money_response
from dearth.world.hazards import Law
from made_projects import LAWS, history

LAW = Laws(*(LAWS[key] for key in list(LAWS)[:4]))


def test_the_chance_of_two_steps_equals_a_plain_simulation() -> None:
    rng = np.random.default_rng(3)
    n, span = 200_000, 9.0

    def wait(law: Law) -> np.ndarray:
        return np.asarray(law.scale * rng.exponential(size=n) ** (1.0 / law.shape))

    money, gone = wait(LAW.money), wait(LAW.given_up)
    built, dropped = wait(LAW.product), wait(LAW.abandoned)
    started = (money < gone) & (built < dropped) & (money + built <= span)
    assert chance_by(LAW, "announced", 0.0, span) == pytest.approx(started.mean(), abs=0.005)
    financed = (built < dropped) & (built <= span)
    assert chance_by(LAW, "financed", 0.0, span) == pytest.approx(financed.mean(), abs=0.005)


def test_a_chance_grows_with_time_and_is_none_at_once() -> None:
    chances = [chance_by(LAW, "announced", 1.0, span) for span in (0.0, 1.0, 5.0, 20.0)]
    assert chances[0] == 0.0
    assert chances == sorted(chances)
    assert chances[-1] <= 1.0


def test_no_plan_is_predicted_from_itself() -> None:
    seen: list[set[str]] = []

    def fit(spells: object, _cause: str) -> Law:
        seen.append({s.project for s in spells})  # type: ignore[attr-defined]
        return LAW.money

    rows = [
        history(id=f"a-{i}", announced="2011", planned_first=2013, seen="2025", financed="2013")
        for i in range(3)
    ]
    back_test_csv(rows, fit)
    per_plan = [set().union(*seen[4 * i : 4 * i + 4]) for i in range(3)]
    assert per_plan == [{"a-1", "a-2"}, {"a-0", "a-2"}, {"a-0", "a-1"}]


def test_foresight_sees_only_what_was_known() -> None:
    laws: list[float] = []

    def fit(spells: object, _cause: str) -> Law:
        laws.extend(s.start + s.years for s in spells)  # type: ignore[attr-defined]
        return LAW.money

    forward_csv(load_histories(), fit)
    assert laws
    assert max(laws) <= 2016.0 + 1 / 12


def test_the_frozen_tables_count_what_the_evidence_counts() -> None:
    rows = frozen("back-test")
    by_2020 = [r for r in rows if r["year"] == "2020"]
    assert (len(by_2020), sum(int(r["happened"]) for r in by_2020)) == (29, 3)
    assert all(0.0 <= float(r["chance"]) <= 1.0 for r in rows)
    assert frozen("no-such-table") == []


def test_the_base_rates_beat_both_rules_of_thumb() -> None:
    dated = [r for r in frozen("back-test") if r["planned_first"]]
    ours, n = brier(dated, "chance")
    announced, same = brier(dated, "as_announced")
    eight, _ = brier(dated, "eight_years")
    assert n == same > 50
    assert ours is not None
    assert ours < min(announced or 0.0, eight or 0.0) / 2.0


def test_the_score_is_the_mean_squared_error() -> None:
    rows = [
        {"chance": "0.2", "happened": "0"},
        {"chance": "0.7", "happened": "1"},
        {"chance": "", "happened": "1"},
    ]
    score, n = brier(rows, "chance")
    assert (score, n) == (pytest.approx((0.04 + 0.09) / 2), 2)
    assert brier([], "chance") == (None, 0)


def test_every_case_lies_in_one_bin() -> None:
    rows = [{"chance": str(c), "happened": str(int(c > 0.5))} for c in (0.0, 0.05, 0.4, 0.9, 1.0)]
    bins = calibration(rows)
    assert sum(b["n"] for b in bins) == len(rows)
    assert all(b["from"] <= b["foretold"] <= b["to"] for b in bins)


def test_the_band_of_a_count_equals_enumeration() -> None:
    chances = [0.1, 0.5, 0.8, 0.3]
    law = [0.0] * 5
    for case in product((0, 1), repeat=4):
        law[sum(case)] += math.prod(p if c else 1.0 - p for p, c in zip(chances, case, strict=True))
    cumulative = np.cumsum(law)
    low, mean, high = count_band(chances)
    assert (low, high) == (int(np.argmax(cumulative >= 0.1)), int(np.argmax(cumulative >= 0.9)))
    assert mean == pytest.approx(1.7)


def test_a_plan_that_goes_on_as_another_starts_with_it() -> None:
    rows = {
        h.id: h
        for h in (
            history(id="a-1", continued_by="a-2"),
            history(id="a-2", announced="2024", commissioned="2026", seen="2026"),
        )
    }
    assert first_product(rows["a-1"], rows) == 2026.5


def test_slips_are_of_those_that_started() -> None:
    rows = [
        history(id="a-1", planned_first=2012, commissioned="2014-03"),
        history(id="a-2", planned_first=2012),
        history(id="a-3", planned_first=2012, commissioned="2012..2020"),
    ]
    assert [(s["id"], s["slip"]) for s in slips(rows)] == [("a-1", 2)]


def test_money_is_counted_inside_and_outside_squeezes() -> None:
    rows = [
        history(id="a-1", announced="2010", financed="2014"),
        history(id="a-2", announced="2010", seen="2020"),
    ]
    found = money_response(rows, [(2013.0, 2016.0)])
    assert found["inside"] == {"n": 1, "project_years": 4.5, "per_year": 0.2222}
    assert found["outside"]["n"] == 0
    assert found["ratio"] is None
