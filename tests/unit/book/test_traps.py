"""Known traps: a doctored row is caught by its rule, and the shipped book has fallen into none of them."""

from __future__ import annotations

import pytest

from dearth.book import audit, load_book
from dearth.book.traps import TRAPS, find_traps
from small_book import book_of, row

SOURCED = {
    "kind": "sourced",
    "source": "someone",
    "url": "https://a.org/",
    "grade": "B",
    "terms": "quoted-fact",
}
MINE = {**SOURCED, "material": "REO", "element": "REO", "unit": "t REO/y"}


def claim(name, quantity, value, **columns):
    return row(name, quantity, value, **{**SOURCED, **columns})


def mined(name, value, **columns):
    return row(name, "mine-production", value, **{**MINE, "place": "AUS", "date": "2024", **columns})


def found(*rows):
    return {(t.kind, t.row.id): t for t in find_traps(book_of(rows, "facts"))}


AUSTRALIA = [mined("a-2022", 16000, date="2022"), mined("a-2023", 18000, date="2023")]
F35 = {
    "material": "rare-earth elements",
    "element": "REO",
    "sector": "F-35",
    "unit": "kg/unit",
    "date": "2026",
}
EXPORT = {"place": "CHN", "partner": "WORLD", "unit": "t/month", "date": "2025-10"}
DEFENCE = {"place": "USA", "sector": "defence"}
BASE = [
    row("d-high", "demand", 175, material="assembly:high", unit="t magnet/y", **DEFENCE),
    row("d-smco", "demand", 170, material="assembly:smco", unit="t magnet/y", **DEFENCE),
]
USE = {"material": "NdFeB magnets", "unit": "t/y", **DEFENCE}
QUOTA = claim("quota", "quota-mining", 270000, material="REO", place="CHN", unit="t REO/y")
DOCTORED = [
    (
        "outlier",
        [claim("bad", "content", 418, **F35), claim("good", "content", 15, **{**F35, "date": "2027"})],
    ),
    ("outlier", [*AUSTRALIA, mined("bad", 113000)]),
    ("footnote", [*AUSTRALIA, mined("a-2024", 13000), mined("bad", 113000)]),
    ("footnote", [*AUSTRALIA, mined("a-2024", 13000), mined("bad", 130001)]),
    ("footnote", [*AUSTRALIA, mined("a-2024", 13000), mined("bad", 130002, date="2023")]),
    ("misread", [mined("good", 13700), mined("bad", 18700)]),
    ("misread", [mined("good", 13000), mined("bad", 13)]),
    ("misread", [mined("good", 13000), mined("bad", 130000)]),
    ("gross weight", [mined("bad", 72000, basis="gross weight", place="Myanmar")]),
    ("gross weight", [mined("bad", 41700, basis="as traded")]),
    (
        "called magnets",
        [
            claim("good", "export", 4343.5, material="rare earths without magnets", **EXPORT),
            claim("bad", "export", 4343.5, material="rare-earth magnets", basis="HS 850511", **EXPORT),
        ],
    ),
    (
        "called magnets",
        [claim("bad", "export", 4343.5, material="magnets", basis="customs aggregate", **EXPORT)],
    ),
    ("vintages", [mined("bad", 13000, source="USGS MCS (v1)"), mined("good", 29000, source="USGS MCS (v2)")]),
    ("quota as output", [QUOTA, mined("bad", 270000, place="CHN")]),
    ("beyond use", [*BASE, claim("bad", "sector-use", 3500, **USE)]),
]


@pytest.mark.parametrize(("kind", "rows"), DOCTORED, ids=lambda x: x if isinstance(x, str) else "")
def test_a_doctored_row_is_caught(kind, rows):
    trap = found(*rows)[kind, "bad"]
    assert trap.what
    assert not trap.settled


def test_every_rule_has_a_doctored_row():
    assert {kind for kind, _rows in DOCTORED} == set(TRAPS)


INNOCENT = [
    [*AUSTRALIA, mined("a-2024", 29000)],
    [claim("a", "content", 11, **F35), claim("b", "content", 20, **F35)],
    [mined("a", 13700, grade="A"), mined("b", 29000, basis="estimate")],
    [mined("a", 72000, basis="oxide content")],
    [QUOTA, mined("a", 270000, place="CHN", note="the quota, taken as output")],
    [QUOTA, mined("a", 255000, place="CHN")],
    [*BASE, claim("a", "sector-use", 400, **USE)],
    [
        claim("a", "export", 4343.5, material="rare earths without magnets", **EXPORT),
        claim("b", "export", 5473, material="rare-earth magnets", **EXPORT),
    ],
]


@pytest.mark.parametrize("rows", INNOCENT)
def test_rows_that_are_right_are_left_alone(rows):
    assert found(*rows) == {}


def test_a_row_that_is_not_used_is_settled_and_says_why():
    assert found(*AUSTRALIA, mined("bad", 113000, preferred="no"))["outlier", "bad"].settled
    settled = found(
        mined("bad", 13000, source="USGS, MCS 2025"), mined("good", 29000, source="USGS, MCS 2026")
    )
    assert settled["vintages", "bad"].settled == "not used: later vintage of the source"


def test_our_own_assumptions_are_no_claims():
    assumed = {"kind": "assumption", "low": 0, "high": 1e6, "note": "why"}
    assert found(*AUSTRALIA, mined("bad", 113000, **assumed)) == {}


@pytest.fixture(scope="module")
def shipped():
    return load_book()


@pytest.mark.parametrize(
    ("kind", "quantity", "figure"),
    [
        ("outlier", "content", 418),
        ("gross weight", "mine-production", 72000),
        ("vintages", "mine-production", 13000),
        ("beyond use", "sector-use", 4000),
    ],
)
def test_the_known_figures_are_shipped_seen_and_not_used(shipped, kind, quantity, figure):
    seen = [t for t in audit(shipped).traps if t.kind == kind and t.row.quantity == quantity]
    known = [t for t in seen if figure in {t.row.value, t.row.high}]
    assert known
    assert all(t.settled for t in known)
    assert all(t.row.note for t in known)


@pytest.mark.parametrize(
    "kind", ["footnote", "misread", "gross weight", "called magnets", "vintages", "beyond use"]
)
def test_no_row_in_use_has_fallen_into_a_trap(shipped, kind):
    assert [t.row.id for t in audit(shipped).traps if t.kind == kind and not t.settled] == []


def test_australia_never_mined_113000_t(shipped):
    rows = shipped.find(quantity="mine-production", place="AUS")
    assert max(r.central for r in rows if r.has_number) < 60000


def test_the_month_of_4343_t_is_no_month_of_magnets(shipped):
    rows = [r for r in shipped.find(quantity="export", date="2025-10") if r.value == 4343.5]
    assert [r.material for r in rows] == ["rare earths without magnets"]


def test_an_f_35_holds_11_to_20_kg(shipped):
    used = shipped.one(quantity="content", sector="F-35", basis="elements")
    assert used.bounds == (11, 20)
    others = [r for r in shipped.rivals(used).rows if r is not used]
    assert [r.preferred for r in others if r.value == 418] == ["no"]
