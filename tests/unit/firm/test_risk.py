"""The risk map: gap, money, and who hides behind a low spend."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dearth.firm.graph import graph_of
from dearth.firm.network import Bill, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier
from dearth.firm.risk import risk_map
from dearth.firm.survive import losses_of
from firm_made_up import random_firm


def firm() -> Firm:
    """Four bought parts of one line: dear and cheap, quick and slow to come back."""
    names = ("dear", "cheap", "quick", "blind")
    recover = {"dear": 10.0, "cheap": 12.0, "quick": 1.0, "blind": None}
    spend = {"dear": 9e6, "cheap": 1e4, "quick": 2e4, "blind": 8e6}
    return Firm(
        head=Head("Small", "EUR"),
        plants=(Plant(id="works", place="DEU", recover_weeks=1.0),),
        lines=(Line(id="line", plant="works", weekly_output=10.0, margin_per_unit=5.0),),
        parts=tuple(Part(id=name) for name in names),
        bill=tuple(Bill(parent="line", part=name) for name in names),
        suppliers=(Supplier(id="maker", name="Maker"),),
        sites=tuple(
            Site(id=f"at-{n}", supplier="maker", place="JPN", recover_weeks=recover[n]) for n in names
        ),
        sources=tuple(Source(part=n, site=f"at-{n}", spend_per_year=spend[n]) for n in names),
        stocks=tuple(Stock(item=n, quantity=20.0) for n in names),
    )


def test_gap_money_and_the_hidden_one_by_hand() -> None:
    found = {(one.loss.kind, one.loss.name): one for one in risk_map(firm(), {"Nd": ("dear",)})}
    cheap = found["site", "at-cheap"]
    assert (cheap.loss.weeks, cheap.gap_weeks, cheap.at_risk) == (2.0, 10.0, 500.0)
    assert cheap.hidden
    assert not found["site", "at-dear"].hidden
    assert not found["site", "at-quick"].hidden  # it is back before the stock is used up
    assert (found["site", "at-quick"].gap_weeks, found["site", "at-quick"].at_risk) == (0.0, 0.0)
    assert (found["site", "at-blind"].gap_weeks, found["site", "at-blind"].at_risk) == (None, None)
    assert found["material", "Nd"].gap_weeks == 8.0
    assert next(one.hidden for one in risk_map(firm()))
    assert found["place", "JPN"].gap_weeks is None


def test_unknown_money_stands_before_known_and_known_by_size() -> None:
    order = [one for one in risk_map(firm()) if not one.hidden]
    blank = [one.at_risk is None for one in order]
    assert blank == sorted(blank, reverse=True)
    known = [one.at_risk or 0.0 for one in order if one.at_risk is not None]
    assert known == sorted(known, reverse=True)


def test_without_spend_nobody_can_tell_who_hides() -> None:
    bare = replace(firm(), sources=tuple(replace(one, spend_per_year=None) for one in firm().sources))
    assert not any(one.hidden for one in risk_map(bare))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_single_loss_is_on_the_map_once(seed: int) -> None:
    some = random_firm(seed, 15, 3, second=0.3)
    losses = losses_of(graph_of(some))
    found = [(one.loss.kind, one.loss.name) for one in risk_map(some)]
    assert sorted(found) == sorted((loss.kind, loss.name) for loss in losses)
