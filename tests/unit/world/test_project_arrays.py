"""Projects as arrays: which are live, what they would add, what they cost, and plans to come."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.project_rows import load_histories
from dearth.world.draws import Draws
from dearth.world.entry import entrants, joined
from dearth.world.projects import live, projects_of
from made_projects import draws, history, projects

NDPR, DY, TB = (ELEMENTS.index(e) for e in ("NdPr", "Dy", "Tb"))


@pytest.fixture(scope="module")
def few(book: Book) -> Draws:
    return Draws(book, 30, 5)


def test_the_ended_the_unannounced_and_the_replaced_are_not_live() -> None:
    rows = [
        history(id="a-1", announced="2011"),
        history(id="a-2", announced="2030"),
        history(id="a-3", announced="2011", ended="2015", ending="failed"),
        history(id="a-4", announced="2011", continued_by="a-5"),
        history(id="a-5", announced="2020"),
    ]
    assert [h.id for h, _ in live(rows, 2026.0)] == ["a-1", "a-5"]
    assert [h.id for h, _ in live(rows, 2014.0)] == ["a-1", "a-3", "a-4"]


def test_stated_tonnes_come_before_the_basket(few: Draws) -> None:
    rows = [
        history(id="a-1", ndpr=100, dytb=10, capacity=5000, capacity_unit="t REO/y", ore="ore:monazite"),
        history(id="a-2", capacity=1000, capacity_unit="t REO/y", ore="ore:monazite"),
        history(id="a-3", capacity=1000, capacity_unit="t magnet REO/y", ore="ore:monazite"),
        history(id="a-4", capacity=1000, capacity_unit="t concentrate/y"),
    ]
    tonnes = projects_of(few, rows, 2026.0).tonnes
    assert (tonnes[0, NDPR] == 100.0).all()
    np.testing.assert_allclose(tonnes[0, DY] + tonnes[0, TB], 10.0)
    assert 100.0 < np.median(tonnes[1, NDPR]) < 300.0
    np.testing.assert_allclose(tonnes[2].sum(axis=0), 1000.0)
    assert tonnes[3].sum() == 0.0


def test_what_ran_in_the_base_year_is_not_added_again(few: Draws) -> None:
    rows = [history(ndpr=100, in_base=0.25), history(id="a-2", ndpr=100, in_base=1)]
    tonnes = projects_of(few, rows, 2026.0).tonnes[:, NDPR]
    assert (tonnes[0] == 75.0).all()
    assert (tonnes[1] == 0.0).all()


def test_a_cost_is_turned_into_dollars_and_grows_until_a_later_one_is_read(few: Draws) -> None:
    rows = [
        history(id="a-1", capex_first=100, capex_unit="MUSD"),
        history(id="a-2", capex_first=100, capex_latest=150, capex_unit="MUSD"),
        history(id="a-3", capex_first=100, capex_latest=150, capex_unit="MAUD"),
        history(id="a-4", magnets=1000, kind="magnet", links="magnet"),
    ]
    made = projects_of(few, rows, 2026.0)
    assert made.capex[0].min() >= 100.0
    assert (made.capex[1] == 150.0).all()
    assert (made.capex[2] < 120.0).all()
    assert made.capex_known.tolist() == [True, True, True, False]
    assert made.capex[3].min() > 0.0


def test_the_shipped_projects_stand_where_the_record_puts_them(few: Draws) -> None:
    made = projects_of(few, load_histories(), 2026.0)
    at = {name: i for i, name in enumerate(made.id)}
    assert made.stage[at["eneabba-2022"]] == "financed"
    assert made.stage[at["serra-verde-2017"]] == "commissioned"
    assert "seadrift-2021" not in at
    before = projects_of(few, load_histories(), 2023.0)
    assert before.stage[before.id.index("serra-verde-2017")] == "announced"


def test_plans_to_come_are_a_share_of_the_live_ones() -> None:
    made, years = projects(20, 3), np.arange(2026.5, 2031.0)
    ensemble = draws(20, **{"project-entry": 0.1})
    new = entrants(made, ensemble, years, np.ones((5, 20)))
    each = new.tonnes[:, NDPR] * new.links[:, [1]]
    np.testing.assert_allclose(each.sum(axis=0), 0.1 * 5 * 300.0)
    easy = entrants(made, ensemble, years, np.full((5, 20), 2.0))
    np.testing.assert_allclose(easy.tonnes, 2.0 * new.tonnes)
    both = joined(made, new)
    assert both.size == made.size + new.size
    assert len(set(both.id)) == both.size


def test_joined_keeps_classes_in_step() -> None:
    made = projects(4, 2)
    both = joined(made, projects(4, 3))
    assert all(len(levels) == 5 for levels in both.levels.values())
