"""The report: one file, self-contained, valid, accessible, safe."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser

import pytest
from made_up import countdown_answer
from report_scripts import markup_of

from dearth.faces.baked import answer_data
from dearth.faces.page import date_ticks
from dearth.faces.report import countdown_html, track
from dearth.world.scenario import load_scenario

VOID = {"meta", "br", "hr", "img", "line", "path", "input", "link"}


class Page(HTMLParser):
    """Tags with their attributes; fails when they are not nested."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return countdown_html(countdown_answer(), load_scenario("squeeze-2025"))


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_nothing_is_loaded_and_only_the_script_of_the_policy_runs(text: str, page: Page) -> None:
    assert page.all("img") == page.all("link") == page.all("iframe") == []
    assert page.all("script") == [{"type": "application/json", "id": "answer"}, {}]
    markup = markup_of(text)
    assert "<script" not in markup
    assert "url(" not in markup
    assert "@import" not in text
    assert not [a for _tag, attributes in page.tags for a in attributes if a.startswith("on") or a == "src"]


def test_the_answer_lies_in_the_file_and_ends_no_element(text: str) -> None:
    answer = countdown_answer()
    evil = "</script><script>alert(1)</script><!-- & \u2028"
    answer.answer["groups"][0]["place_name"] = evil
    data = answer_data(answer)
    assert not set("<>&") & set(data)
    told = json.loads(data)
    assert told["answer"]["groups"][0]["place_name"] == evil
    assert told["sources"] == []
    for row, kept in zip(answer.answer["rows"], told["answer"]["rows"], strict=True):
        assert (kept["stopped"]["1"]["p50"] is None) == (row["stopped"]["1"]["p50"] is None)
        assert kept["path"]["p90"] == pytest.approx(row["path"]["p90"], rel=1e-3)
    assert countdown_html(answer).count("<script") == text.count("<script") == 2


def test_links_lead_to_the_web_only(page: Page) -> None:
    links = [a["href"] or "" for a in page.all("a")]
    assert "https://example.org/law?a=1&b=2" in links
    assert [link for link in links if not link.startswith("https://")] == []


def test_text_of_the_book_is_not_markup(text: str) -> None:
    assert "&lt;tier-1&gt; surveys &amp; interviews" in text
    assert "<b>dearth</b>" not in text


def test_it_says_what_the_answer_says(page: Page) -> None:
    words = " ".join(page.text.split())
    assert "first lines (1 %) stop in week 7.2" in words
    for part in ("The export squeeze of April 2025", "200 draws, seed 20250404", "Who never stops, and why"):
        assert part in words
    for part in ("Announcement 18", "Sources and assumptions", "a" * 12, "Before you cite this"):
        assert part in words


def test_it_can_be_read_by_machines_and_screen_readers(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    assert all(th.get("scope") in {"col", "row"} for th in page.all("th"))
    ids = [attributes["id"] for _tag, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    named = [attributes.get("aria-labelledby") for _tag, attributes in page.tags]
    assert {name for name in named if name} <= set(ids)
    assert page.all("h1")
    assert any("width=device-width" in (m.get("content") or "") for m in page.all("meta"))


def test_every_row_of_the_answer_is_in_the_table(text: str) -> None:
    table = text[text.index('id="h-table"') :]
    answer = countdown_answer().answer
    assert len(re.findall(r"<tr><th scope=\"row\">", table.split("</table>")[0])) == len(
        answer["rows"] + answer["groups"]
    )


def test_same_answer_same_bytes(text: str) -> None:
    assert countdown_html(countdown_answer(), load_scenario("squeeze-2025")) == text


def test_without_scenario_and_without_rows() -> None:
    page = Page(countdown_html(countdown_answer(rows=[], groups=[], priors=[])))
    assert "Who stops, and when" in page.text


def test_dark_mode_and_phones_are_thought_of(text: str) -> None:
    assert "prefers-color-scheme: dark" in text
    assert "max-width: 860px" in text


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ((10.0, 20.0, 30.0, 1.0), {"start": 25.0, "size": 50.0, "mid": 50.0, "open": False, "empty": False}),
        ((10.0, 20.0, None, 0.8), {"start": 25.0, "size": 75.0, "mid": 50.0, "open": True, "empty": False}),
        ((10.0, None, None, 0.3), {"start": 25.0, "size": 75.0, "mid": None, "open": True, "empty": False}),
        ((45.0, 50.0, None, 0.9), {"start": 100.0, "size": 0.0, "mid": None, "open": True, "empty": True}),
        ((None, None, None, 0.0), {"start": 100.0, "size": 0.0, "mid": None, "open": True, "empty": True}),
    ],
)
def test_where_a_bar_lies(figures: tuple[float | None, ...], expected: dict[str, object]) -> None:
    found = track(dict(zip(("p10", "p50", "p90", "ever"), figures, strict=True)), 40.0)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("weeks", [1, 4, 12, 52, 104, 260, 520])
def test_ticks_are_first_days_of_months_inside_the_axis(weeks: int) -> None:
    ticks = date_ticks(date(2025, 4, 4), weeks)
    assert len(ticks) <= 6
    assert all(0 <= at <= 1 for at, _label in ticks)
    assert all(re.fullmatch(r"[A-Z][a-z]{2}( \d{4})?", label) for _at, label in ticks)


def test_ticks_by_hand() -> None:
    assert date_ticks(date(2025, 11, 1), 13) == [
        (0.0, "Nov 2025"),
        (30 / 91, "Dec"),
        (61 / 91, "Jan 2026"),
    ]
