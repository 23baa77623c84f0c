"""The shipped lexicon: sourced, consistent with the rules, every registry number with a right check digit."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import pytest

from dearth.book.read import DATA
from dearth.lexicon import load_lexicon
from dearth.rules import load_rules

ROWS = [
    row
    for path in sorted((DATA / "lexicon").glob("*.csv"))
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
]
FACTS = load_rules().facts
ELEMENTS = ("La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "Sc")


def check_digit(number):
    """Return whether a CAS number ends in its check digit."""
    *body, last = number.replace("-", "")
    return sum(place * int(digit) for place, digit in enumerate(reversed(body), 1)) % 10 == int(last)


def test_every_row_has_a_source_and_an_address():
    assert [row for row in ROWS if not row["source"] or not re.match(r"https?://\S+$", row["url"])] == []


def test_no_cell_starts_like_a_formula():
    assert [row for row in ROWS if any(cell and cell[0] in "=+-@\t" for cell in row.values())] == []


def test_values_are_those_that_the_rules_know():
    forms, families = set(FACTS["item.form"].values), set(FACTS["item.family"].values)
    elements = set(FACTS["item.elements"].values)
    for row in ROWS:
        assert not row["form"] or row["form"] in forms, row
        assert not row["family"] or row["family"] in families, row
        assert set(filter(None, row["elements"].split("|"))) <= elements, row
        assert all(re.fullmatch(r"\d{6,10}", code) for code in filter(None, row["hs"].split("|"))), row


def test_cas_numbers_have_right_check_digits_and_one_meaning():
    meant = defaultdict(set)
    for row in ROWS:
        if row["cas"]:
            assert re.fullmatch(r"\d{2,7}-\d{2}-\d", row["cas"]), row
            assert check_digit(row["cas"]), row
            meant[row["cas"]].add((row["form"], row["elements"]))
    assert {number: what for number, what in meant.items() if len(what) > 1} == {}
    assert len(meant) > 80


def test_one_name_means_one_thing():
    meant = defaultdict(set)
    for row in ROWS:
        meant[row["name"].casefold()].add(row["id"])
    assert {name: ids for name, ids in meant.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("symbol", ELEMENTS)
@pytest.mark.parametrize("form", ["metal", "oxide"])
def test_every_element_has_its_metal_and_oxide_in_three_tongues(symbol, form):
    found = {row["language"] for row in ROWS if row["id"] == f"{form}-{symbol.lower()}"}
    assert {"en", "zh", "zh-Hant"} <= found


def test_a_magnet_grade_never_tells_its_heavy_elements():
    grades = [row for row in ROWS if row["kind"] == "grade" and row["family"] == "NdFeB"]
    assert grades
    assert {row["elements"] for row in grades} == {"Nd"}


@pytest.mark.parametrize(
    ("words", "form", "elements"),
    [
        ("氧化镝 99.9%", "oxide", ("Dy",)),
        ("1308-87-8", "oxide", ("Dy",)),
        ("metallic terbium", "metal", ("Tb",)),
        ("钐钴永磁材料", "magnet_material", ("Sm", "Co")),
        ("PrNd oxide", "oxide", ("Pr", "Nd")),
        ("gadolinium sputtering target", "target", ("Gd",)),
        ("YF3", "compound", ("Y",)),
        ("Terfenol-D", "alloy", ("Tb", "Dy", "Fe")),
    ],
)
def test_ordinary_names_are_read(words, form, elements):
    facts = load_lexicon().goods(words).facts
    assert facts["item.form"] == form
    assert facts["item.elements"] == elements


def test_a_grade_leaves_dysprosium_open():
    facts = load_lexicon().goods("NdFeB N42SH").facts
    assert facts["item.family"] == "NdFeB"
    assert "item.elements" not in facts
