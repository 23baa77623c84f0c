"""The assembly instead of the magnet: what it buys, what it costs, and that the dependence stays."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.book import Book
from dearth.firm.workbook import example_firm
from dearth.measures.firm_assembly import (
    instead_of_magnet,
    reported,
    rules_named,
    spend_moved,
    worth_of_a_piece,
)
from dearth.measures.firm_rows import assembly_rows
from dearth.measures.firm_run import FirmRun, firm_run
from dearth.measures.firm_stops import lost_money
from dearth.rules.read import load_rules
from dearth.world.scenario import load_scenario


@pytest.fixture(scope="module")
def done(book: Book) -> FirmRun:
    return firm_run(example_firm(), load_scenario("squeeze-2025", {"draws": "16"}), book)


def test_only_bare_magnets_that_a_control_holds_are_offered(done: FirmRun) -> None:
    found = {(one.supply.part, one.supply.site) for one in instead_of_magnet(done)}
    assert found == {
        ("magnet-steering", "one-china"),
        ("magnets-traction", "one-china"),
        ("magnets-hub", "two-china"),
        ("magnets-lift", "two-china"),
    }


def test_it_never_costs_output_and_comes_only_after_approval(done: FirmRun) -> None:
    before = lost_money(done.firm, done.done).sum(axis=0)
    for one in instead_of_magnet(done):
        assert (one.bought.saved >= -1e-6).all()
        assert (one.bought.saved <= before + 1e-6).all()
        stopped = one.bought.moved[~np.isnan(one.bought.moved)]
        assert (stopped >= 0.0).all()
        assert (one.ready > 4.0).all()  # the book's shortest time to approve another source, and the way
        assert (one.pieces >= 0.0).all()


def test_its_price_may_be_no_more_than_what_it_saves(done: FirmRun) -> None:
    (hub,) = [one for one in instead_of_magnet(done) if one.supply.part == "magnets-hub"]
    worth = worth_of_a_piece(hub)
    margin = next(line.margin_per_unit for line in done.firm.lines if line.id == "line-hub")
    assert worth is not None
    assert worth <= margin * (1 + 1e-9)  # one set of magnets in each motor
    assert spend_moved(done, hub.supply) == pytest.approx(2_500_000 * 7 / 365.25)


def test_the_rules_are_named_and_the_dependence_is_said_to_move(done: FirmRun) -> None:
    rules = load_rules()
    (one,) = [one for one in instead_of_magnet(done) if one.supply.part == "magnets-lift"]
    assert rules_named(rules, done, one.lane) == ("CN-2025-18",)
    assert "CN-FAQ-DEEP" in rules_named(rules, done, one.assembly)
    assert rules_named(rules, done, one.assembly._replace(origin="JPN")) == ()
    for row in assembly_rows(done, rules):
        assert row["depends_on"] == "assembly makers in China, and as before on magnets of China"
        text = repr(row).casefold()
        assert not [word for word in ("cleared", "allowed", "no licence required", "nlr") if word in text]


def test_the_report_is_cited() -> None:
    said = reported()
    assert said["url"].startswith("https://")
    assert said["date"] == "2025-06-04"
    assert "Wall Street Journal" in said["source"]


def test_without_a_control_there_is_nothing_to_offer(book: Book) -> None:
    steady = firm_run(example_firm(), load_scenario("steady", {"draws": "3", "weeks": "30"}), book)
    assert instead_of_magnet(steady) == []
