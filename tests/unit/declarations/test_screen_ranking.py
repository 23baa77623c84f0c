"""Selection under a capacity, logged chances, feedback, the learned layer, and what must not matter."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.book import Book
from dearth.declarations.criteria import load_criteria
from dearth.declarations.learned import auc
from dearth.declarations.lots import lots
from dearth.declarations.rank import STATUSES, Candidates, Capacity, parse_capacity, rank
from dearth.errors import InputError, UnknownNameError
from dearth.studies.screen import SELECTED, Wish, screen, screening
from planted_disguises import COLUMNS, Row, arrow, ordinary, planted

TABLE, WHERE = planted(900)


def chances(book: Book, wish: Wish, table: pa.Table | None = None) -> dict[str, tuple[str, float]]:
    with screening(arrow(TABLE) if table is None else table, book, wish) as found:
        rows = found.connection.execute("SELECT id, status, probability FROM ranking").fetchall()
    return {name: (status, chance) for name, status, chance in rows}


class TestCapacity:
    @pytest.mark.parametrize(
        ("text", "of_1000"),
        [("2%", 20), ("0.5 %", 5), ("150", 150), ("5000", 1000), ("0.0001%", 1), ("100%", 1000)],
    )
    def test_shares_and_numbers(self, text: str, of_1000: int) -> None:
        assert parse_capacity(text).of(1000) == of_1000

    @pytest.mark.parametrize("text", ["0", "0%", "-2%", "101%", "2.5", "two", "", "2%%", "1e3", "nan%"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(InputError):
            parse_capacity(text)


@pytest.fixture(scope="module")
def hundred(book: Book) -> dict[str, tuple[str, float]]:
    return chances(book, Wish(capacity=Capacity(number=100), seed=1))


class TestSelection:
    def test_the_capacity_is_used_in_full_and_the_logged_chances_add_up_to_it(self, hundred) -> None:
        picked = [s for s, _c in hundred.values() if s in SELECTED]
        assert len(picked) == 100
        assert math.isclose(sum(c for _s, c in hundred.values()), 100, rel_tol=1e-9)

    def test_every_open_row_can_be_drawn_and_the_first_are_certain(self, hundred) -> None:
        assert min(c for _s, c in hundred.values()) > 0
        assert {c for s, c in hundred.values() if s == "inspect first"} == {1.0}

    def test_a_share_is_kept_for_uncertain_and_random_rows(self, hundred) -> None:
        counts = Counter(s for s, _c in hundred.values())
        assert counts["uncertain check"] == 5
        assert counts["random check"] >= 5

    def test_draws_follow_their_logged_chance(self) -> None:
        hits: Counter[int] = Counter()
        rounds = 60
        score = np.maximum(0.0, 90.0 - np.arange(200))
        for seed in range(rounds):
            lower, upper = lots(pa.array([f"{seed}:x{i}" for i in range(200)]))
            names = [f"x{i}" for i in range(200)]
            found = Candidates(
                score,
                np.ones(200, bool),
                np.ones(200, bool),
                lower,
                upper,
                lambda at, n=names: [n[i] for i in at],
            )
            ranking = rank(found, load_criteria(), Capacity(number=60), seed)
            drawn = np.isin(ranking.status, [STATUSES.index(status) for status in SELECTED[1:]])
            hits.update(np.flatnonzero(drawn).tolist())
        plan = ranking.plan
        pooled = plan.chance_uncertain + (1 - plan.chance_uncertain) * plan.chance_random
        assert (plan.first, plan.pool) == (54, 15)
        pool, rest = range(54, 69), range(69, 200)
        logged = {**dict.fromkeys(pool, pooled), **dict.fromkeys(rest, plan.chance_random)}
        sure = range(54)
        for group in (pool, rest):
            expected = rounds * sum(logged[row] for row in group)
            assert abs(sum(hits[row] for row in group) - expected) < 4 * math.sqrt(expected)
        assert not any(hits[row] for row in sure)

    def test_a_signal_on_most_rows_tells_nothing_apart(self, book: Book) -> None:
        loud = [{**row, "exemption": "not controlled"} for row in TABLE]
        with screening(arrow(loud), book) as found:
            points = {w["code"]: w["points"] for w in found.answer.answer["weights"]}
        assert points["no-licence-phrase"] < 0.06


class TestNothingElseMatters:
    def test_rerun_order_of_rows_and_foreign_columns_change_nothing(self, book: Book) -> None:
        first = screen(arrow(TABLE), book, "5%")
        assert screen(arrow(TABLE), book, "5%").to_json() == first.to_json()
        shuffled = random.Random(1).sample(TABLE, len(TABLE))
        kept = ("place", "id", "status", "score", "probability")
        rows = [[row[k] for k in kept] for row in first.answer["rows"]]
        assert [[row[k] for k in kept] for row in screen(arrow(shuffled), book, "5%").answer["rows"]] == rows
        more = arrow(TABLE).append_column("shoe size", pa.array([str(i % 7) for i in range(len(TABLE))]))
        other = screen(more, book, "5%")
        assert other.answer["rows"] == first.answer["rows"]
        assert other.answer["table"]["unused"] == {"shoe size": ""}

    def test_another_seed_moves_draws_only(self, book: Book, hundred) -> None:
        one = hundred
        two = chances(book, Wish(capacity=Capacity(number=100), seed=2))
        first = [{n for n, (s, _c) in got.items() if s == "random check"} for got in (one, two)]
        assert first[0] != first[1]
        strong = WHERE["grade-without-heavy"]
        assert one[strong] == two[strong] == ("inspect first", 1.0)


def labelled(rows: int = 1500) -> list[Row]:
    """Return a table whose air freight through the north was found faulty nine times in ten."""
    table, draw = ordinary(rows, 11), random.Random(5)
    for i, row in enumerate(table):
        row["mode"] = "air" if draw.random() < 0.3 else "sea"
        bad = row["mode"] == "air" and row["office"] == "North"
        row["truth"] = draw.random() < (0.9 if bad else 0.03)
        row["outcome"] = ("found" if row["truth"] else "clean") if i < rows * 0.7 else ""
        row["hs"], row["description"] = (
            ("847330", "computer parts") if row["mode"] == "air" else (row["hs"], row["description"])
        )
    return table


class TestOutcomes:
    def test_outcomes_teach_and_the_model_names_itself(self, book: Book) -> None:
        table = labelled()
        with screening(
            arrow(table, (*COLUMNS, "outcome")), book, Wish(capacity=Capacity(number=60))
        ) as found:
            told = found.answer.answer
        truth = {row["id"]: row["truth"] for row in table}
        first = [row for row in told["rows"] if row["status"] == "inspect first"]
        assert sum(truth[row["id"]] for row in first) / len(first) > 0.6
        assert told["learned"]["trial_auc"] > 0.7
        assert any(reason["code"] == "learned" for row in first for reason in row["reasons"])
        assert told["statuses"]["inspected before"] == 1050

    def test_too_few_outcomes_teach_nothing_and_say_so(self, book: Book) -> None:
        table = ordinary(300)
        for row in table[:20]:
            row["outcome"] = "found"
        answer = screen(arrow(table, (*COLUMNS, "outcome")), book)
        assert answer.answer["learned"]["trust"] == 0
        assert any("nothing was learned" in warning for warning in answer.warnings)

    def test_points_of_a_signal_follow_what_was_found(self, book: Book) -> None:
        table = ordinary(900)
        for i, row in enumerate(table[:600]):
            row["outcome"] = "clean"
            if i % 20 == 0:
                row["exemption"] = "not controlled"
            if i % 25 == 3:
                row.update(outcome="found", gross_kg=row["net_kg"] / 2)
        answer = screen(arrow(table, (*COLUMNS, "outcome")), book)
        points = {w["code"]: w for w in answer.answer["weights"]}
        assert points["no-licence-phrase"]["points"] < points["no-licence-phrase"]["assumed"]
        assert points["gross-below-net"]["points"] > points["gross-below-net"]["assumed"]
        assert points["gross-below-net"]["found"] == 24

    def test_outcomes_of_a_second_table(self, book: Book) -> None:
        outcomes = pa.table(
            {"id": ["D00001", "D00002"], "result": ["found", "clean"], "probability": ["0.5", "1"]}
        )
        answer = screen(arrow(ordinary(300)), book, outcomes=outcomes)
        assert answer.answer["statuses"]["inspected before"] == 2

    def test_outcomes_of_unknown_rows_are_refused(self, book: Book) -> None:
        outcomes = pa.table({"id": ["D00001", "nobody"], "outcome": ["found", "clean"]})
        with pytest.raises(InputError, match="nobody"):
            screen(arrow(ordinary(300)), book, outcomes=outcomes)

    def test_a_row_to_explain_that_is_not_there(self, book: Book) -> None:
        with pytest.raises(UnknownNameError, match="D00007"):
            screen(arrow(ordinary(300)), book, explain="D0007")


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-5, 5)), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_auc_is_the_chance_of_a_right_order(pairs: list[tuple[int, int]]) -> None:
    labels = np.array([y for y, _s in pairs])
    scores = np.array([float(s) for _y, s in pairs])
    found, clean = scores[labels == 1], scores[labels == 0]
    if not found.size or not clean.size:
        assert np.isnan(auc(labels, scores))
        return
    above = (found[:, None] > clean).mean() + 0.5 * (found[:, None] == clean).mean()
    assert auc(labels, scores) == pytest.approx(above)
