"""Good bills: forms of files, columns, and the tree."""

from __future__ import annotations

import json

import pytest

from dearth.rules.bill import Bill, read_bill_bytes


def read(text: str, name: str = "bill.csv") -> Bill:
    return read_bill_bytes(name, text.encode())


CAR = (
    "id,parent,description,quantity\ncar,,car,\nmotor,car,motor,2\nmagnet,motor,magnet,16\nbody,car,body,1\n"
)


def test_the_tree_is_read_in_any_order() -> None:
    bill = read(CAR)
    assert bill.parents == (-1, 0, 1, 0)
    assert bill.children == ((1, 3), (2,), (), ())
    assert bill.depths == (0, 1, 2, 1)
    places = {place: rank for rank, place in enumerate(bill.upward)}
    assert all(places[child] < places[parent] for child, parent in enumerate(bill.parents) if parent >= 0)
    head, *rows = CAR.splitlines()
    backwards = read("\n".join([head, *reversed(rows)]))
    assert {line.id for line in backwards.lines} == {line.id for line in bill.lines}


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_separate_too(mark: str) -> None:
    assert read(CAR.replace(",", mark)).lines == read(CAR).lines


def test_a_byte_order_mark_blank_lines_and_case_of_the_header_do_not_matter() -> None:
    text = "\ufeff" + CAR.replace("id,parent", "ID , Parent").replace("body", "\n\nbody", 1)
    assert [line.id for line in read(text).lines] == ["car", "motor", "magnet", "body"]


def test_rows_are_counted_as_an_editor_counts_them() -> None:
    assert [line.row for line in read("id,description\n\na,x\n\n\nb,y\n").lines] == [3, 6]


def test_json_says_the_same_as_csv() -> None:
    rows = [
        {"id": "car", "description": "car"},
        {"id": "motor", "parent": "car", "description": "motor", "quantity": 2},
        {"id": "magnet", "parent": "motor", "description": "magnet", "quantity": 16.0},
        {"id": "body", "parent": "car", "description": "body", "quantity": "1", "value": None},
    ]
    for raw in (rows, {"lines": rows}):
        found = read(json.dumps(raw), "bill.json")
        assert [line.quantity for line in found.lines] == [line.quantity for line in read(CAR).lines]
        assert found.parents == read(CAR).parents


def test_lists_and_flags_of_json() -> None:
    line = {"id": "a", "description": "x", "elements": ["Nd", "Dy"], "deep_processed": True, "cn_tech": False}
    facts = read(json.dumps([line, {"id": "b", "description": "y", "elements": []}])).lines
    assert facts[0].facts == {
        "item.elements": ("Nd", "Dy"),
        "item.deep_processed": True,
        "item.cn_tech": False,
    }
    assert facts[1].facts == {"item.elements": ()}


def test_an_empty_cell_is_unknown_and_none_is_none() -> None:
    bill = read("id,description,elements,value,deep_processed\na,x,,,\nb,y,none,,\n")
    assert dict(bill.lines[0].facts) == {}
    assert bill.lines[0].value is None
    assert bill.lines[1].facts["item.elements"] == ()


@pytest.mark.parametrize("text", ["Nd|Dy", "Nd Dy", "nd; dy", "Nd/Dy", "Nd|Dy|Nd"])
def test_elements_are_written_in_many_ways(text: str) -> None:
    assert read(f"id,description,elements\na,x,{text}\n").lines[0].facts["item.elements"] == ("Nd", "Dy")


def test_the_order_of_an_alloy_does_not_matter() -> None:
    bill = read("id,form,alloy\na,alloy,Co-Sm\nb,alloy,Fe-Dy\n")
    assert [line.facts["item.alloy"] for line in bill.lines] == ["Sm-Co", "Dy-Fe"]


def test_a_column_that_is_not_read_is_told() -> None:
    bill = read("id,description,orign,supplier\na,x,CN,Beispiel\n")
    assert bill.warnings[0] == "column 'orign' is not read; did you mean 'origin'?"
    assert bill.warnings[1].startswith("column 'supplier' is not read")


def test_a_chain_of_fifty_thousand_tiers_is_read() -> None:
    rows = "".join(f"p{n},{f'p{n - 1}' if n else ''},x\n" for n in range(50_000))
    bill = read("id,parent,description\n" + rows)
    assert bill.depths[-1] == 49_999


def test_words_are_description_grade_and_cas() -> None:
    bill = read("id,description,grade,cas,hs\na,magnet,N42SH,1308-87-8,8505.11.10.00\n")
    assert bill.lines[0].words == "magnet N42SH 1308-87-8"
    assert bill.lines[0].facts == {"item.hs8": "85051110"}
