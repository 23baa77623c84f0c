"""Reports in a real browser: from disk, network off, light, dark, small, on paper, no script too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from made_up import countdown_answer
from page_browser import Visit, axe_source, browser, wait_until

from dearth.articles.article import read_article
from dearth.book import load_book
from dearth.faces.baked import READING, live
from dearth.faces.claims_page import claims_html
from dearth.faces.horizon_report import horizon_html
from dearth.faces.licence_page import licence_html
from dearth.faces.page import rendered
from dearth.faces.plan_report import plan_html
from dearth.faces.price_report import price_html
from dearth.faces.report import countdown_html
from dearth.faces.validate_document import Section, Sheet
from dearth.rules.read import load_rules
from dearth.rules.shipment import read_shipment
from dearth.studies.claims import claims
from dearth.studies.horizon import horizon
from dearth.studies.licence import licence
from dearth.studies.plan import plan
from dearth.studies.price import price
from dearth.world.scenario import load_scenario

pytestmark = pytest.mark.xdist_group("page")

EVIL = "</script><img src=x onerror=alert(1)>"
CHARTED = ("countdown", "horizon", "price", "plan")
READ = ("claims", "validate")


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as one:
        yield one


def _countdown(_folder: Path) -> str:
    answer = countdown_answer()
    answer.answer["groups"][0]["place_name"] = EVIL
    return countdown_html(answer, load_scenario("squeeze-2025"))


def _studied(study: Any, html: Any, name: str, **own: Any) -> Callable[[Path], str]:
    scenario = load_scenario(name, {"draws": "2"})
    return lambda _folder: str(html(study(scenario, load_book(), **own), scenario))


def _claims(folder: Path) -> str:
    path = folder / "article.txt"
    path.write_text(f"China mined 60% of rare earths in 2024. {EVIL}\n", encoding="utf-8")
    return claims_html([claims(read_article(path), load_book())])


def _validate(_folder: Path) -> str:
    rows = [(f"row {n}", f"{n * 1.5:g} %", "NOT MET" if n % 2 else "met") for n in range(12)]
    section = Section("2025", ["What happened."], [Sheet((EVIL, "figure", "verdict"), rows)])
    return rendered(
        "validate.html.j2", {"answer": countdown_answer(), "sections": [section], "live": live(READING)}
    )


def _licence(_folder: Path) -> str:
    rules = load_rules()
    case = {"on": "2026-03-02", "from": "CN", "to": "JP", "goods": "dysprosium oxide", "use": "civil"}
    shipment, faults = read_shipment(case, rules, "shipment")
    assert shipment is not None, faults
    return licence_html(licence(shipment, rules))


MADE: dict[str, Callable[[Path], str]] = {
    "countdown": _countdown,
    "horizon": _studied(horizon, horizon_html, "today"),
    "price": _studied(price, price_html, "squeeze-2025"),
    "plan": _studied(plan, plan_html, "squeeze-2025", for_place="KOR"),
    "claims": _claims,
    "validate": _validate,
    "licence": _licence,
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("reports")

    @lru_cache
    def written(name: str) -> Path:
        path = folder / f"{name}.html"
        path.write_text(MADE[name](folder), encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize("name", list(MADE))
def test_a_report_opens_from_disk_with_the_network_off(
    running: Any, report: Callable[[str], Path], name: str
) -> None:
    path = report(name)
    assert path.stat().st_size < 1_500_000
    visit = Visit(running, path.as_uri(), offline=True)
    visit.page.goto(path.as_uri())
    assert len(visit.text("h1")) > 5
    assert visit.axe(axe_source()) == []
    visit.page.emulate_media(color_scheme="dark")
    assert visit.axe(axe_source(), "color-contrast") == []
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert visit.overflow() <= 0
    assert len(visit.page.pdf(format="A4")) > 10_000
    assert visit.page.locator("img").count() == 0
    assert visit.asked == [path.as_uri()]
    assert visit.said == []
    visit.close()


@pytest.mark.parametrize("name", CHARTED)
def test_charts_answer_in_both_languages_and_are_drawn_for_paper(
    running: Any, report: Callable[[str], Path], name: str
) -> None:
    visit = Visit(running, report(name).as_uri(), offline=True)
    visit.page.goto(report(name).as_uri())
    charts = visit.page.locator("#here .canvas svg")
    assert charts.count() >= 2
    assert all(box for box in charts.evaluate_all("(all) => all.map((one) => one.getAttribute('viewBox'))"))
    assert visit.page.locator("[data-plain]").count() == 0
    visit.page.locator("#here .canvas").first.focus()
    visit.page.keyboard.press("ArrowRight")
    assert "by dearth" in visit.text("#tip")
    told = visit.text("[data-headline]")
    visit.page.click(".tools button")
    wait_until(lambda: visit.text("[data-headline]") != told, 5, "the headline is Chinese")
    assert visit.page.get_attribute("#here", "lang") == "zh-Hans"
    visit.page.click(".tools button")
    wait_until(lambda: visit.text("[data-headline]") == told, 5, "the headline is English")
    assert visit.said == []
    visit.close()


@pytest.mark.parametrize("name", [*CHARTED, "validate"])
def test_a_table_of_a_report_is_sorted_by_its_heads(
    running: Any, report: Callable[[str], Path], name: str
) -> None:
    visit = Visit(running, report(name).as_uri(), offline=True)
    visit.page.goto(report(name).as_uri())
    table = visit.page.locator("main > section .tablebox table, main > .tablebox table").last
    visit.page.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    column = table.locator("tbody tr > :first-child")
    before = column.all_inner_texts()
    assert len(before) >= 4
    table.locator("thead button.sort").first.click()
    assert sorted(column.all_inner_texts()) == sorted(before)
    table.locator("thead button.sort").first.click()
    assert column.all_inner_texts() != before
    assert "as above" not in table.inner_text()
    visit.close()


def test_a_marked_statement_tells_its_verdict_where_it_stands(
    running: Any, report: Callable[[str], Path]
) -> None:
    visit = Visit(running, report("claims").as_uri(), offline=True)
    visit.page.goto(report("claims").as_uri())
    visit.page.locator("mark a").first.focus()
    verdict = visit.text("article.card .verdict")
    assert verdict in visit.text("#tip")
    visit.page.locator(".counts button").first.click()
    assert visit.page.locator(".counts [aria-pressed='true']").count() == 1
    visit.close()


@pytest.mark.parametrize("name", [*CHARTED, *READ])
def test_without_script_a_report_still_says_it_all(
    running: Any, report: Callable[[str], Path], name: str
) -> None:
    visit = Visit(running, report(name).as_uri(), offline=True, java_script_enabled=False)
    visit.page.goto(report(name).as_uri())
    assert len(visit.text("main")) > 200
    assert not visit.page.locator("#here").is_visible() if name in CHARTED else True
    assert visit.page.locator("main table").count() > 0 or name == "claims"
    assert visit.page.locator("img").count() == 0
    visit.close()
