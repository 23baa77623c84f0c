"""The page in a real browser, served by a real server; nothing of it is replaced."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from page_browser import VIEWS, Visit, axe_source, browser, served, wait_until

from dearth.faces.catalogue import STUDIES
from dearth.world.scenario import load_scenario

pytestmark = pytest.mark.xdist_group("page")

HEADLINE = ".headline"
BARS = ".bars .row:not([hidden])"
MOVED = "cover-assembly-maker"


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def base(running: Any) -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def axe() -> str:
    return axe_source()


@pytest.fixture
def visit(running: Any, base: str) -> Iterator[Visit]:
    one = Visit(running, base, accept_downloads=True)
    yield one
    outside = [url for url in one.asked if not url.startswith((base, "data:", "blob:"))]
    one.close()
    assert outside == []
    assert one.said == []


def drag(visit: Visit, key: str, value: float) -> None:
    """Move a slider as a hand does: value and event."""
    script = """([id, value]) => {
        const slider = document.getElementById(id);
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }"""
    visit.page.evaluate(script, [f"slider-{key}", value])
    visit.settled()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_opens_in_every_dress_without_a_fault_of_access(visit: Visit, axe: str, view: str) -> None:
    visit.open(view)
    assert len(visit.text(HEADLINE)) > 8
    assert visit.text("nav [aria-current]")
    assert visit.axe(axe) == []
    visit.page.select_option(".tools select", "dark")
    visit.settled()
    assert visit.axe(axe, "color-contrast") == []
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert visit.overflow() <= 0
    visit.page.click(".tools button")
    wait_until(lambda: visit.page.get_attribute("html", "lang") == "zh-Hans", 10, "Chinese")
    visit.settled()
    assert re.search("[\u4e00-\u9fff]{2}", visit.text(HEADLINE))
    assert visit.overflow() <= 0


def test_every_study_of_the_catalogue_has_a_view(visit: Visit) -> None:
    visit.open("book")
    links = visit.page.eval_on_selector_all("nav a", "(all) => all.map((one) => one.getAttribute('href'))")
    named = {re.search(r"view=([\w-]+)", link).group(1) for link in links}  # type: ignore[union-attr]
    assert {study.name for study in STUDIES} <= named | {"validate"}


def test_the_first_screen_is_one_sentence(visit: Visit) -> None:
    visit.open("countdown")
    pattern = r"First car lines outside China stop in week (\d+) \((\d+)[^0-9](\d+)\)\."
    found = re.fullmatch(pattern, visit.text(HEADLINE))
    assert found is not None, visit.text(HEADLINE)
    middle, low, high = map(int, found.groups())
    assert low <= middle <= high
    assert visit.page.locator(BARS).count() >= 8


def test_a_slider_repaints_bars_and_fan_and_the_address_brings_both_back(
    visit: Visit, running: Any, base: str
) -> None:
    visit.open("countdown")
    bars, charts, headline = visit.text(".bars"), visit.painted(), visit.text(HEADLINE)
    drag(visit, MOVED, 14)
    assert visit.text(f"output[for=slider-{MOVED}]") == "14 weeks"
    assert visit.text(".bars") != bars
    assert visit.painted() != charts
    assert visit.text(HEADLINE) != headline
    wait_until(lambda: f"set={MOVED}=14" in visit.here(), 5, "the address names the change")
    other = Visit(running, base)
    other.page.goto(visit.page.url)
    other.settled()
    assert other.text(".bars") == visit.text(".bars")
    assert other.text(HEADLINE) == visit.text(HEADLINE)
    assert other.text(f"output[for=slider-{MOVED}]") == "14 weeks"
    other.close()
    visit.page.click("text=Undo all")
    visit.settled()
    assert "set=" not in visit.page.url


def test_the_median_is_painted_before_the_range_and_both_times_are_told(visit: Visit) -> None:
    visit.open("countdown", seed=7)
    script = (
        "() => performance.getEntriesByType('measure').map((one) => [one.name, one.startTime + one.duration])"
    )
    told = visit.page.evaluate(script)
    assert [name for name, _end in told] == ["dearth:median", "dearth:fan"]
    assert told[0][1] <= told[1][1]
    assert re.search(r"median \d+ ms · range \d+ ms", visit.text(".times"))


def test_while_the_hand_moves_only_the_last_question_is_answered(visit: Visit) -> None:
    visit.open("countdown")
    script = """(id) => {
        const slider = document.getElementById(id);
        for (const value of [4, 5, 6, 8, 9, 10, 11, 12]) {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
    }"""
    before = len(visit.asked)
    visit.page.evaluate(script, f"slider-{MOVED}")
    visit.settled()
    runs = [url for url in visit.asked[before:] if "/run/" in url]
    assert len(runs) <= 4  # the first move, the last, and a range for the last
    assert visit.text(f"output[for=slider-{MOVED}]") == "12 weeks"
    shown = visit.text(".bars")
    visit.page.reload()
    visit.settled()
    assert visit.text(".bars") == shown


def test_a_figure_tells_its_source_on_hover_and_on_focus(visit: Visit) -> None:
    visit.open("countdown")
    visit.page.hover(f"{BARS} >> nth=0")
    assert "Calculated by dearth" in visit.text("#tip")
    visit.page.keyboard.press("Escape")
    assert visit.page.is_hidden("#tip")
    visit.page.focus(HEADLINE)
    assert "Calculated by dearth" in visit.text("#tip")
    visit.page.focus(f"#slider-{MOVED}")
    assert MOVED in visit.text("#tip")
    visit.page.click("text=As a table")
    cells = visit.page.locator("table td.num")
    wait_until(lambda: cells.count() > 50, 10, "the table behind the chart")
    assert visit.page.locator("table td.num:not([data-tip])").count() == 0
    cells.first.focus()
    assert "Calculated by dearth" in visit.text("#tip")
    assert visit.page.evaluate("() => document.activeElement.getAttribute('aria-describedby')") == "tip"


def test_everything_is_reached_by_keys_alone(visit: Visit) -> None:
    visit.open("countdown")
    keys = visit.page.keyboard
    keys.press("Tab")
    assert visit.page.evaluate("() => document.activeElement.className") == "skip"
    here = """() => {
        const now = document.activeElement;
        return now.id || now.getAttribute("role") || now.className || now.tagName;
    }"""
    seen = []
    for _press in range(60):
        keys.press("Tab")
        seen.append(visit.page.evaluate(here))
    assert {"img", "option", f"slider-{MOVED}", "scenario"} <= set(seen)
    visit.page.focus(BARS)
    keys.press("ArrowDown")
    keys.press("Enter")
    visit.settled()
    assert visit.page.locator(BARS).nth(1).get_attribute("aria-selected") == "true"
    visit.page.focus(".canvas")
    for _press in range(20):
        keys.press("ArrowRight")
    assert re.search(r"week 19 · ", visit.text("#tip"))
    visit.page.focus(f"#slider-{MOVED}")
    before = visit.text(".bars")
    for _press in range(25):
        keys.press("ArrowRight")
    visit.settled()
    assert visit.text(".bars") != before
    visit.page.focus("nav a[href*='view=book']")
    keys.press("Enter")
    visit.settled()
    assert "view=book" in visit.page.url
    visit.page.locator("table [tabindex='0']").focus()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    assert visit.page.evaluate("() => document.activeElement.cellIndex") == 2
    assert visit.page.is_visible("#tip")


def test_an_event_is_switched_off_and_on_again(visit: Visit) -> None:
    visit.open("timeline")
    before = visit.text(".bars")
    visit.page.click("text=All off")
    visit.settled()
    assert "No car lines" in visit.text(HEADLINE)
    assert "off=" in visit.address("timeline") or visit.page.locator(".events .off").count() > 0
    visit.page.click("text=All on")
    visit.settled()
    assert visit.text(".bars") == before


def test_two_scenarios_stand_side_by_side(visit: Visit) -> None:
    visit.open("compare", scenario2="cutoff", draws2=6, weeks2=26)
    wait_until(lambda: visit.page.locator("table tbody tr").count() > 5, 60, "both have answered")
    found = re.search(r"week (\d+)\+? in A, week (\d+)\+? in B", visit.text(HEADLINE))
    assert found is not None, visit.text(HEADLINE)
    assert int(found.group(2)) <= int(found.group(1))  # nothing leaves China in B


def test_an_assumption_is_changed_in_its_table(visit: Visit) -> None:
    visit.open("assumptions")
    before = visit.painted()
    visit.page.fill("#assumption-words", MOVED)
    field = visit.page.locator(f"tr[data-key='{MOVED}'] input")
    field.fill("14")
    field.press("Enter")
    visit.settled()
    assert visit.painted() != before
    wait_until(lambda: f"set={MOVED}=14" in visit.here(), 5, "the address names the change")


def test_a_good_is_chosen_and_its_prices_are_painted(visit: Visit) -> None:
    visit.open("price")
    before, charts = visit.text(HEADLINE), visit.painted()
    visit.page.click(".chip:has-text('Tb')")
    visit.settled()
    assert "erbium" in visit.text(HEADLINE)
    assert visit.text(HEADLINE) != before
    assert visit.painted() != charts


def test_the_week_moves_the_flows_without_another_run(visit: Visit) -> None:
    visit.open("flows")
    charts, runs = visit.painted(), sum("flows" in url for url in visit.asked)
    visit.page.focus("#flow-week")
    visit.page.keyboard.press("Home")
    wait_until(lambda: visit.painted() != charts, 10, "the Sankey is painted again")
    assert "week 0" in visit.text("output[for=flow-week]")
    assert sum("flows" in url for url in visit.asked) == runs


def test_the_book_is_searched(visit: Visit) -> None:
    visit.open("book")
    visit.page.fill("#book-words", "dysprosium price")
    wait_until(lambda: "pick.q=dysprosium" in visit.here(), 10, "the address names the words")
    wait_until(lambda: visit.page.locator("table tbody tr").count() > 3, 20, "rows")
    assert visit.page.locator("table tbody a[href^='http']").count() > 3
    visit.page.fill("#book-words", "no such words at all")
    wait_until(lambda: "No row" in visit.text("main"), 20, "no rows")
    visit.said.clear()  # the browser reports the 404 of an empty search


def test_a_case_is_decided_and_an_answer_narrows_it(visit: Visit) -> None:
    visit.open("licence")
    wait_until(lambda: visit.page.locator(".rules li").count() > 0, 30, "the rules have spoken")
    assert "licence" in visit.text(HEADLINE)
    missing = visit.page.locator(".missing li").count()
    visit.page.select_option("[id='fact-user.military']", "true")
    wait_until(lambda: visit.page.locator(".missing li").count() != missing, 30, "one question less")
    visit.page.click("summary:has-text('The trace')")
    assert visit.page.locator(".inner").count() > 5
    assert not re.search(r"\b(cleared|allowed|no licence required)\b", visit.text("main"), re.IGNORECASE)


def test_a_workbook_is_dropped_in_and_a_broken_one_tells_its_faults(visit: Visit, base: str) -> None:
    visit.open("firm")
    with urlopen(f"{base}api/v1/firm/template.xlsx", timeout=30) as told:
        workbook = told.read()
    visit.page.set_input_files("#firm-file", {"name": "firm.xlsx", "mimeType": XLSX, "buffer": workbook})
    wait_until(lambda: visit.page.locator("table tbody tr").count() > 2, 90, "lines of the firm")
    assert re.search(r"First line to stop: .+, week \d+", visit.text(HEADLINE))
    visit.page.set_input_files(
        "#firm-file", {"name": "firm.xlsx", "mimeType": XLSX, "buffer": b"no workbook"}
    )
    wait_until(lambda: visit.page.locator(".problem").count() == 1, 30, "the faults are told")
    visit.said.clear()  # the browser reports the refusal


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_the_answer_is_taken_away(visit: Visit, tmp_path: Path) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open("countdown", set=f"{MOVED}=9")
    visit.page.click("summary:has-text('Share and save')")
    copied = "() => navigator.clipboard.readText()"
    visit.page.click("text=Copy as command")
    command = visit.page.evaluate(copied)
    assert command == f"dearth countdown squeeze-2025 --weeks 26 --draws 6 --set {MOVED}=9"
    visit.page.click("text=Copy as Python")
    wait_until(lambda: "import dearth" in visit.page.evaluate(copied), 5, "Python")
    compile(visit.page.evaluate(copied), "copied", "exec")
    visit.page.click("text=Copy link")
    wait_until(lambda: visit.page.evaluate(copied) == visit.here(), 5, "the link")
    scenario = _saved(visit, "Save scenario file", tmp_path / "mine.yaml")
    story = load_scenario(scenario)
    assert (story.set[MOVED], story.draws, story.weeks) == (9, 6, 26)
    names = zipfile.ZipFile(
        io.BytesIO(_saved(visit, "Data: CSV", tmp_path / "data.zip").read_bytes())
    ).namelist()
    assert any(name.endswith(".csv") for name in names)
    assert any("README" in name for name in names)


def test_a_view_is_saved_as_one_file_that_opens_from_disk_with_the_network_off(
    visit: Visit, running: Any, axe: str, tmp_path: Path
) -> None:
    visit.open("countdown")
    visit.page.click("text=As a table")
    visit.page.click("summary:has-text('Share and save')")
    path = _saved(visit, "Save this view", tmp_path / "view.html")
    report = Visit(running, path.as_uri(), offline=True)
    report.page.goto(path.as_uri())
    assert report.text("h1") == visit.text(HEADLINE)
    assert report.text(".bars") == visit.text(".bars")
    assert report.page.locator("img.picture").count() == len(visit.painted())
    assert report.page.locator("tbody tr").count() > 10
    assert "dearth countdown squeeze-2025 --weeks 26 --draws 6" in report.text("footer")
    assert report.page.locator("script, link, button, input").count() == 0
    assert report.axe(axe) == []
    report.page.set_viewport_size({"width": 360, "height": 740})
    assert report.overflow() <= 0
    assert len(report.page.pdf(format="A4")) > 10_000
    assert report.asked == [path.as_uri()]
    assert report.said == []
    report.close()


def _saved(visit: Visit, button: str, path: Path) -> Path:
    with visit.page.expect_download(timeout=60_000) as waiting:
        visit.page.click(f"text={button}")
    waiting.value.save_as(path)
    return path


def test_a_scenario_file_is_opened_and_travels_in_the_address(
    visit: Visit, running: Any, base: str, tmp_path: Path
) -> None:
    visit.open("countdown")
    plain = (
        load_scenario("cutoff")
        .model_copy(update={"draws": 6, "weeks": 26, "name": "my-own", "title": "My own"})
        .to_dict()
    )
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(plain, default=str), encoding="utf-8")
    visit.page.click("summary:has-text('Share and save')")
    visit.page.set_input_files(".share input[type=file]", str(path))
    wait_until(lambda: "My own" in visit.text(".facts"), 60, "the file is the story")
    visit.settled()
    wait_until(lambda: "#file=" in visit.here(), 5, "the address holds the file")
    other = Visit(running, base)
    other.page.goto(visit.page.url)
    other.settled()
    assert "My own" in other.text(".facts")
    assert other.text(".bars") == visit.text(".bars")
    assert not any("file=" in url for url in other.asked)  # what stands after # is sent to nobody
    other.close()


def test_wrong_values_of_an_address_are_told_with_their_cure(visit: Visit) -> None:
    visit.page.goto(visit.address("countdown", set="no-such-assumption=4"))
    wait_until(lambda: visit.page.locator(".problem li").count() > 0, 30, "the fault is told")
    assert "no-such-assumption" in visit.text(".problem")
    visit.said.clear()  # the browser reports the refusal
    visit.page.goto(f"{visit.base}?view=nowhere&draws=6&weeks=26&seed=x&off=&lang=xx&set=&theme=red")
    visit.settled()
    assert visit.text(HEADLINE)
    visit.said.clear()
