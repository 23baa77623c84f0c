"""Plans of states as rows: each measure names a lever and a target that is known, and cites its figure."""

from __future__ import annotations

import pytest

from dearth.book import Book
from dearth.book.project_rows import load_histories
from dearth.errors import BookError
from dearth.world.named_plans import LEVERS, NamedPlan, PlannedMeasure, named_plans
from dearth.world.plan_measures import REGIONS

STATES = {"usa-dual-line", "japan", "france", "eu", "korea", "india"}


def test_every_plan_is_there_and_belongs_to_its_place(book: Book) -> None:
    assert {plan.key for plan in named_plans(book, REGIONS["outside"])} == STATES
    assert {plan.key for plan in named_plans(book, REGIONS["EUR"])} == {"france", "eu"}
    assert {plan.key for plan in named_plans(book, REGIONS["FRA"])} == {"france"}
    assert named_plans(book, ("BRA",)) == []


def test_projects_that_plans_help_are_known(book: Book) -> None:
    known = {history.id for history in load_histories()}
    for plan in named_plans(book, REGIONS["outside"]):
        assert set(plan.projects) <= known, plan.key
        assert {one.lever for one in plan.measures} <= set(LEVERS)


def test_each_measure_carries_the_figure_of_the_row_it_cites(book: Book) -> None:
    for plan in named_plans(book, REGIONS["outside"]):
        for one in plan.measures:
            cited = book.get(one.row.note.rpartition("row ")[2])
            assert (one.row.central, one.row.unit, one.row.url) == (cited.central, cited.unit, cited.url)


def test_a_stock_is_counted_in_weeks_of_what_is_held_back(book: Book) -> None:
    usa = next(plan for plan in named_plans(book, ("USA",)))
    assert usa.stock_weeks("magnet:ndfeb", 4500.0) == pytest.approx(450.0 / 4500.0 * 365.25 / 7.0)
    japan = next(plan for plan in named_plans(book, ("JPN",)))
    assert japan.stock_weeks("oxide:Y", 1.0) == pytest.approx(60.0 / 7.0)
    assert japan.stock_weeks("oxide:La", 1.0) == 0.0


def test_help_with_a_floor_holds_when_prices_fall(book: Book) -> None:
    (usa,) = named_plans(book, ("USA",))
    assert usa.projects["northlake-2025"] is True
    assert usa.projects["benson-2025"] is False


def test_rows_that_are_no_measure_are_refused_all_at_once(book: Book) -> None:
    plan = named_plans(book, ("IND",))[0]
    row = plan.measures[0].row
    wrong = [
        row.model_copy(update={"id": f"w-{i}", "basis": text}) for i, text in enumerate(("gift", "bribe: x"))
    ]

    class Broken:
        def find(self, **_keys: str) -> list[object]:
            return [row, *wrong]

    with pytest.raises(BookError) as caught:
        named_plans(Broken(), ("IND",))  # type: ignore[arg-type]
    assert len(caught.value.faults) == 2
    assert "lever: target" in str(caught.value)
    assert isinstance(NamedPlan("k", "t", ("IND",), (PlannedMeasure("loan", "p", row),)).projects, dict)
