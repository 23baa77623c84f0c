"""The audit of projects: what is counted, and what is weak."""

from __future__ import annotations

from dearth.book.project_audit import audit_projects
from made_projects import history


def test_it_counts_rows_and_names_the_weak_ones() -> None:
    rows = [
        history(id="a-1", ndpr=5),
        history(id="a-2", commissioned="2012..2020", ore="ore:monazite", capacity=10, grade="C"),
        history(id="a-3", cohort="picked-2016"),
    ]
    found = audit_projects(rows, [])
    assert (found.histories, found.forecasts) == (3, 0)
    assert found.by_cohort == {"listed-2010": 2, "picked-2016": 1}
    assert found.by_grade == {"A": 2, "C": 1}
    assert found.without_tonnes == ("a-3",)
    assert found.unclear == ("a-2",)


def test_the_shipped_rows_pass_it() -> None:
    found = audit_projects()
    assert sum(found.by_cohort.values()) == found.histories > 80
    assert found.by_outcome["open"] >= 5
