"""The countdown of a firm: the example under the squeeze, and what its answer must hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dearth.answer import Answer
from dearth.book import Book
from dearth.errors import InputError
from dearth.firm.network import Licence
from dearth.firm.workbook import example_firm
from dearth.measures.firm_run import firm_run
from dearth.studies.firm import firm_countdown
from dearth.world.scenario import Scenario, load_scenario

DRAWS = 24


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("squeeze-2025", {"draws": str(DRAWS), "weeks": "40"})


@pytest.fixture(scope="module")
def answer(scenario: Scenario, book: Book) -> Answer:
    return firm_countdown(scenario, book, example_firm())


@pytest.fixture(scope="module")
def lines(answer: Answer) -> dict[str, Any]:
    return {row["line"]: row for row in answer.answer["lines"]}


def test_every_line_has_a_date_a_chance_and_a_path_to_the_rule(lines: dict[str, Any]) -> None:
    assert set(lines) == {"line-steering", "line-traction", "line-hub", "line-lift"}
    for row in lines.values():
        stop, path = row["stop"], row["critical"]
        assert 0.05 < stop["ever"] <= 1.0
        assert stop["p10"] is not None
        assert stop["date_p10"] > "2025-04-04"
        known = [stop[q] for q in ("p10", "p50", "p90") if stop[q] is not None]
        assert known == sorted(known)
        assert path["path"][0] == row["line"]
        assert path["place"] == "CHN"
        assert path["material"].startswith("magnet:")
        assert path["rule"]["date"] == "2025-04-04"
        assert path["rule"]["action"] == "licence"
    assert lines["line-traction"]["critical"]["path"] == [
        "line-traction",
        "rotor-traction",
        "magnets-traction",
    ]


def test_money_by_week_and_in_all(answer: Answer) -> None:
    money = answer.answer["money"]
    assert len(money["by_week"]["p50"]) == answer.answer["clock"]["weeks"] == 40
    assert money["by_week"]["p90"][0] == 0.0
    most = sum(row["margin_per_week"] for row in answer.answer["lines"])
    assert max(money["by_week"]["p90"]) <= most
    assert 0 < money["mean"] < most * 40
    assert money["total"]["p10"] <= money["total"]["p50"] <= money["total"]["p90"]
    assert money["penalties"]["p90"] > 0.0


def test_more_of_a_stock_moves_only_its_own_line(answer: Answer) -> None:
    parts = {
        "line-traction": ("rotor-traction", "magnets-traction"),
        "line-hub": ("magnets-hub",),
        "line-lift": ("magnets-lift",),
        "line-steering": ("magnet-steering", "rotor-steering"),
    }
    owner = {part: line for line, mine in parts.items() for part in mine}
    seen = {row["item"]: row for row in answer.answer["stocks"]}
    assert set(owner) <= set(seen)
    for item, row in seen.items():
        for more in row["more"]:
            assert [move["line"] for move in more["moves"]] == [owner.get(item, item)]
            assert more["moves"][0]["later"]["p10"] >= more["weeks"] * (1 - 1e-6)
        assert row["more"][1]["saved_mean"] > row["more"][0]["saved_mean"] > 0
    assert not {"winding-wire", "bearing", "controller", "encoder"} & set(seen)


def test_what_is_unknown_is_said(answer: Answer) -> None:
    found = {row["part"]: row for row in answer.answer["suppliers"]}
    assert found["encoder"]["how"] == "unknown"
    assert found["encoder"]["arrives"] is None
    assert found["magnet-steering"]["one_of"]
    assert {row["part"]: row["how"] for row in answer.answer["suppliers"] if row["site"] == "two-asia"} == {
        "magnets-lift": "makers"
    }
    notes = " ".join(answer.warnings)
    assert "Contents unknown, taken to arrive as ever: encoder" in notes
    assert "Grade unknown, each class in an equal part of the draws: magnet-steering" in notes
    filled = {row["part"]: row for row in answer.answer["contents"]}
    assert filled["magnets-traction"]["known"] == "the book"
    assert (
        filled["magnets-traction"]["magnet_grams"]["low"] < filled["magnets-traction"]["magnet_grams"]["high"]
    )
    assert {row["confirmed"] for row in answer.answer["matches"]} == {None}
    assert all(row["if_unknown"] is not None for row in answer.answer["lines"])


def test_the_answer_holds_the_workbook_and_two_runs_are_one(
    answer: Answer, scenario: Scenario, book: Book
) -> None:
    assert answer.question["firm"]["stocks"]
    assert len(answer.question["firm_sha256"]) == 64
    assert firm_countdown(scenario, book, example_firm(), workers=2).to_json() == answer.to_json()


def test_licences_contracts_and_the_day_of_the_stocks_count(scenario: Scenario, book: Book) -> None:
    few = scenario.model_copy(update={"draws": 8})
    firm = example_firm()
    granted = tuple(replace(one, status="granted", quantity=1e9) for one in firm.licences)
    late = replace(firm.head, stocks_on=date(2025, 6, 6))
    moved = firm_run(replace(firm, licences=granted, head=late), few, book)
    assert moved.begin == pytest.approx(9.0)
    assert moved.start == date(2025, 6, 6)
    assert moved.weeks == 31
    names = [line.id for line in firm.lines]
    served = moved.done.output[:, names.index("line-steering")]
    assert served.min() == 1.0  # a licence for all it needs
    assert moved.done.output[:, names.index("line-hub")].min() < 1.0
    assert set(moved.windows) == {"application-1", "application-2"}


def test_stocks_counted_after_the_end_are_refused(scenario: Scenario, book: Book) -> None:
    firm = example_firm()
    late = replace(firm, head=replace(firm.head, stocks_on=date(2027, 1, 1)))
    with pytest.raises(InputError, match="stocks were counted on 2027-01-01"):
        firm_run(late, scenario, book)


def test_an_application_that_the_scenario_asks_for_nowhere_is_said(scenario: Scenario, book: Book) -> None:
    steady = load_scenario("steady", {"draws": "4", "weeks": "30"})
    firm = replace(example_firm(), licences=(Licence(id="odd", part="housing", quantity=5.0),))
    found = firm_countdown(steady, book, firm)
    assert all(row["stop"]["ever"] == 0.0 for row in found.answer["lines"])
    assert {row["never"] for row in found.answer["lines"]} == {"nothing is held back in this scenario"}
    assert any("not counted: odd" in note for note in found.warnings)
    assert found.answer["money"]["total"]["p90"] == 0.0
    assert found.answer["stocks"] == []
