"""The envelope names every input of an answer."""

from __future__ import annotations

from dearth.book import load_book
from dearth.world.envelope import answered
from dearth.world.scenario import load_scenario


def test_the_envelope_names_scenario_book_and_rows() -> None:
    book, scenario = load_book(), load_scenario("steady", {"draws": "3", "seed": "7"})
    row = next(row for row in book.rows if row.kind == "assumption")
    envelope = answered("countdown", scenario, book, {"x": 1}, used=[row], warnings=["w"]).to_dict()
    assert envelope["book"]["sha256"] == book.sha256
    assert envelope["scenario"]["sha256"] == scenario.sha256
    assert (envelope["seed"], envelope["draws"], envelope["as_of"]) == (7, 3, scenario.as_of.isoformat())
    assert [source["id"] for source in envelope["sources"]] == [row.id]
    assert envelope["question"] == scenario.to_dict()


def test_a_question_may_be_more_than_the_scenario() -> None:
    book, scenario = load_book(), load_scenario("steady", {})
    asked = answered("plan", scenario, book, {}, used=(), warnings=(), question={"for": "JPN"})
    assert asked.question == {"for": "JPN"}
