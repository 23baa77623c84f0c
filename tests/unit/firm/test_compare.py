"""What differs between two workbooks: cells with units, rows that came and went."""

from __future__ import annotations

from dataclasses import replace

from dearth.firm.compare import cell_changes
from dearth.firm.network import Licence
from dearth.firm.read import firm_of_json
from dearth.firm.workbook import as_json, example_firm


def test_nothing_differs_from_itself_whatever_form_it_was_read_from() -> None:
    firm = example_firm()
    assert cell_changes(firm, firm) == ()
    assert cell_changes(firm, firm_of_json(as_json(firm).encode(), "again")) == ()


def test_every_change_is_told_with_its_unit() -> None:
    firm = example_firm()
    stocks = tuple(replace(one, quantity=1.0) if one.item == "housing" else one for one in firm.stocks)
    lines = tuple(replace(one, weekly_output=5.0) if one.id == "line-hub" else one for one in firm.lines)
    licences = (*firm.licences[1:], Licence(id="new", part="encoder"))
    sources = tuple(replace(one, share=0.7) if one.part == "lamination" else one for one in firm.sources)
    head = replace(firm.head, currency="USD")
    after = replace(firm, stocks=stocks, lines=lines, licences=licences, sources=sources, head=head)
    found = {(one.sheet, one.row, one.column): one for one in cell_changes(firm, after)}
    assert found["stocks", "housing", "quantity"][3:] == ("units", 30000.0, 1.0)
    assert found["lines", "line-hub", "weekly_output"].unit == "pieces/week"
    assert found["licences", "application-1", ""].after == "gone"
    assert found["licences", "new", ""].after == "new"
    assert found["sources", "lamination / steel-korea", "share"][4:] == (0.4, 0.7)
    assert found["firm", "", "currency"][4:] == ("EUR", "USD")
    assert len(found) == 7
