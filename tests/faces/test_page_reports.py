"""The reports in a real browser: from disk, network off, light and dark, on a phone, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up import countdown_answer
from page_browser import Visit, axe_source, browser

from dearth.faces.licence_page import licence_html
from dearth.faces.report import countdown_html
from dearth.rules.read import load_rules
from dearth.rules.shipment import read_shipment
from dearth.studies.licence import licence
from dearth.world.scenario import load_scenario

pytestmark = pytest.mark.xdist_group("page")


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with browser() as one:
        yield one


def _licence() -> str:
    rules = load_rules()
    case = {"on": "2026-03-02", "from": "CN", "to": "JP", "goods": "dysprosium oxide", "use": "civil"}
    shipment, faults = read_shipment(case, rules, "shipment")
    assert shipment is not None, faults
    return licence_html(licence(shipment, rules))


@pytest.fixture(scope="module")
def reports() -> dict[str, str]:
    return {
        "countdown": countdown_html(countdown_answer(), load_scenario("squeeze-2025")),
        "licence": _licence(),
    }


@pytest.mark.parametrize("name", ["countdown", "licence"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_report_opens_from_disk_with_the_network_off(
    running: Any, reports: dict[str, str], tmp_path: Path, name: str, colours: str
) -> None:
    path = tmp_path / f"{name}.html"
    path.write_text(reports[name], encoding="utf-8")
    visit = Visit(running, path.as_uri(), offline=True, color_scheme=colours)
    visit.page.goto(path.as_uri())
    assert len(visit.text("h1")) > 5
    assert visit.axe(axe_source()) == []
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert visit.overflow() <= 0
    paper = visit.page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert len(paper) > 10_000
    assert visit.asked == [path.as_uri()]
    assert visit.said == []
    visit.close()
