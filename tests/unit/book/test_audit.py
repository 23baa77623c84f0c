"""The audit, on a book of our own and as a gate over what is shipped."""

import math
from pathlib import Path

import pytest

from dearth.book import COLUMNS, FactRow, audit, load_book
from dearth.book.schema import SYMBOLS

DOCS = Path(__file__).parents[3] / "docs" / "data.md"
BASE = dict.fromkeys(COLUMNS, "") | {
    "quantity": "made-up",
    "value": 1,
    "unit": "t",
    "date": "2024",
    "kind": "sourced",
    "source": "someone",
    "url": "https://a.org/",
    "grade": "B",
    "terms": "quoted-fact",
}


@pytest.fixture(scope="module")
def book():
    return load_book()


@pytest.fixture
def report_of(tmp_path):
    def report(*rows, as_of=None):
        lines = [",".join(COLUMNS)]
        for i, cells in enumerate(rows):
            full = {**BASE, "id": f"made-up-{i}", **cells}
            lines.append(",".join(str(full[column]) for column in COLUMNS))
        path = tmp_path / "rows.csv"
        path.write_text("\n".join(lines))
        return audit(load_book([path]), as_of)

    return report


def ours(rows):
    return [row.id for row in rows if row.id.startswith("made-up")]


def test_every_shipped_row_has_source_unit_date_and_terms(book):
    report = audit(book)
    assert report.unsourced == 0
    assert report.rows == len(book.rows) == sum(report.per_file.values())
    assert sum(report.per_kind.values()) == sum(report.per_terms.values()) == report.rows


def test_a_row_without_a_source_would_be_found(book):
    bare = FactRow.model_construct(**{**BASE, "id": "bare", "source": "", "terms": "", "url": ""})
    book = load_book()
    report = audit(type(book)([bare], {"bare": next(iter(book.origins.values()))}, "0", "2026-01-01", ""))
    assert report.missing["source"] == report.missing["terms"] == report.missing["url"] == ("bare",)
    assert report.unsourced == 1


@pytest.mark.parametrize(
    ("other", "ratio"),
    [(1.2, None), (1.26, 1.26), (0.5, 2.0), (0, math.inf), (-1, math.inf)],
)
def test_disagreement_above_a_quarter(report_of, other, ratio):
    found = [d for d in report_of({}, {"value": other}).disagreements if ours(d.rows)]
    assert [d.ratio for d in found] == ([] if ratio is None else [pytest.approx(ratio)])


def test_a_hole_does_not_disagree(report_of):
    hole = {"value": "", "kind": "hole", "grade": "-"}
    report = report_of({}, hole)
    assert not [d for d in report.disagreements if ours(d.rows)]
    assert ours(report.holes) == ["made-up-1"]


def test_stale_rows_and_forecasts_that_are_over(report_of):
    report = report_of(
        {"date": "2014", "basis": "old"},
        {"date": "2014", "basis": "series"},
        {"date": "2024", "basis": "series"},
        {"date": "2024f", "basis": "forecast"},
        {"date": "2030f", "basis": "later"},
        as_of=2026,
    )
    assert ours(report.stale) == ["made-up-0", "made-up-3"]


def test_age_is_counted_from_the_date_of_the_book_not_from_the_clock(book):
    assert audit(book).as_of == int(book.date[:4])


def test_an_assumption_without_range_or_reason_is_listed(report_of):
    whole = {"kind": "assumption", "low": 0, "high": 2, "note": "why"}
    report = report_of(whole, {**whole, "low": ""}, {**whole, "note": ""})
    assert ours(report.bare_assumptions) == ["made-up-1", "made-up-2"]


def test_shipped_assumptions_have_range_and_reason(book):
    assert [row.id for row in audit(book).bare_assumptions] == []


def test_all_seventeen_elements_are_in_the_book(book):
    named = {symbol for row in book.rows for symbol in row.element.split("+")}
    named |= {"Nd", "Pr"} if "NdPr" in named else set()
    assert set(SYMBOLS) <= named


def test_every_quantity_is_explained_in_the_documents(book):
    text = DOCS.read_text(encoding="utf-8")
    assert [q for q in audit(book).per_quantity if f"`{q}`" not in text] == []


def test_facts_and_chain_share_no_quantity(book):
    folders = {"facts": set(), "chain": set()}
    for row in book.rows:
        folders[book.origins[row.id].file.split("/")[0]].add(row.quantity)
    assert folders["facts"] & folders["chain"] == set()


def test_prices_are_isolated_quotes_and_never_a_series(book):
    prices = [row for row in book.rows if row.quantity == "price"]
    dates = {row.material: {r.period for r in prices if r.material == row.material} for row in prices}
    assert {row.terms for row in prices} == {"isolated-price-quote"}
    assert [name for name, days in dates.items() if len(days) > 5] == []
    quoted = {r.quantity for r in book.rows if r.terms == "isolated-price-quote"}
    assert quoted <= {"price", "base-price"}


def test_base_prices_are_no_series_under_another_name(book):
    """With the quotes of `price`, no product has more than five dates: what DATA-LICENCE promises."""
    dates = {}
    for row in book.rows:
        if row.terms == "isolated-price-quote":
            dates.setdefault(row.material or f"oxide:{row.element}", set()).add(row.date)
    assert len(dates) > 5
    assert {name: len(days) for name, days in dates.items() if len(days) > 5} == {}


@pytest.mark.parametrize(
    ("thing", "low", "high"),
    [
        (("concentrate", "REO", "all REO"), 69, 71.5),
        (("oxide", "NdPr+Tb+Dy", "magnet REE"), 87, 92),
        (("oxide", "Tb+Dy", "Dy+Tb"), 98, 100),
        (("magnet", "", "all rare-earth magnets"), 89, 95),
    ],
)
def test_chinas_share_stands_beside_its_basis(book, thing, low, high):
    asked = dict(zip(("material", "element", "basis"), thing, strict=True))
    rows = [r for r in book.find(quantity="stage-share", place="CHN", **asked) if r.year in range(2022, 2028)]
    assert rows
    assert max(row.central for row in rows) <= high
    assert any(low <= row.central for row in rows)
