"""The views of the horizon and of the plan in a real browser, served by a real server."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from page_browser import Visit, browser, served, wait_until

pytestmark = pytest.mark.xdist_group("page")

HEADLINE = ".headline"


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    with browser() as running, served() as base:
        one = Visit(running, base)
        yield one
        outside = [url for url in one.asked if not url.startswith((base, "data:", "blob:"))]
        one.close()
        assert outside == []
        assert one.said == []


def test_an_element_and_a_stage_are_chosen_on_the_horizon(visit: Visit) -> None:
    visit.open("horizon")
    before, charts = visit.text(HEADLINE), visit.painted()
    assert "dysprosium oxide" in before
    visit.page.click(".chip:has-text('Tb')")
    wait_until(lambda: "terbium oxide" in visit.text(HEADLINE), 10, "terbium")
    assert visit.painted() != charts
    projects = visit.page.locator(".milestone").count()
    assert projects > 5
    visit.page.click(".chip:has-text('makes product')")
    wait_until(lambda: visit.page.locator(".milestone").count() == 0, 10, "those that run have no odds")
    assert "not an assessment of any company" in visit.text("main")


def test_a_plan_tells_what_its_choice_is_worth_elsewhere(visit: Visit) -> None:
    visit.open("plan")
    found = re.search(r"Out of sample: .* leaves \$([\d.]+).*times the \$([\d.]+)", visit.text("main"))
    assert found is not None
    assert len(visit.painted()) == 2
    assert visit.page.locator("table").count() >= 3
    visit.page.select_option("#plan-place", "KOR")
    wait_until(lambda: "Korea" in visit.text(HEADLINE), 180, "the plan of Korea")
    wait_until(lambda: "plan.for_place=KOR" in visit.here(), 10, "the address names the place")
