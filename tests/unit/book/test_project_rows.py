"""Histories and forecasts: dates, and every way a file can be wrong, all faults at once."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from dearth.book.project_rows import (
    HISTORY_COLUMNS,
    decimal_year,
    load_forecasts,
    load_histories,
    year_span,
)
from dearth.errors import BookError
from made_projects import BLANK, history

FORECAST = {
    **{
        "id": "f-1",
        "who": "W",
        "made_on": "2013",
        "says": "s",
        "element": "Dy",
        "link": "mine",
        "quantity": "q",
    },
    **{"value": "1", "low": "", "high": "", "unit": "1", "due": "2030", "outcome": "open", "observed": ""},
    **{"source": "s", "url": "https://example.org", "grade": "A", "terms": "quoted-fact", "note": ""},
}


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2011", 2011.0, 2012.0),
        ("2011-04", 2011.25, 2011.0 + 4 / 12),
        ("2012..2020", 2012.0, 2021.0),
        ("2011-01-01", 2011.0, 2011.0 + 1 / 31 / 12),
    ],
)
def test_a_date_is_a_stretch_of_decimal_years(text: str, low: float, high: float) -> None:
    assert year_span(text) == pytest.approx((low, high))
    assert decimal_year(text) == pytest.approx((low + high) / 2.0)


def test_no_date_is_not_a_date() -> None:
    assert year_span("") is None
    assert math.isnan(decimal_year(""))


@pytest.mark.parametrize("text", ["soon", "2011-13", "1066", "2020..2012", "2011e", "9999"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is"):
        year_span(text)


def test_the_shipped_tables_are_whole() -> None:
    rows = load_histories()
    assert len({r.id for r in rows}) == len(rows)
    assert sum(r.cohort == "listed-2010" for r in rows) == 29
    assert all(r.url.startswith("http") and r.source and r.grade != "-" for r in rows)
    assert {f.id for f in load_forecasts()} >= {"pothen-light", "pothen-heavy", "iea-n1-2035", "g7-2030"}


def test_the_base_rate_of_the_lists_is_that_of_the_evidence() -> None:
    rows = [r for r in load_histories() if r.cohort == "listed-2010"]
    by_2020 = [r for r in rows if r.commissioned and r.year("commissioned") < 2021.0]
    assert (len(rows), len(by_2020)) == (29, 3)


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("place", "Narnia", "unknown place 'Narnia'"),
        ("kind", "volcano", "not in the list"),
        ("links", "mine+moon", "unknown link 'moon'"),
        ("ore", "ore:cheese", "unknown ore"),
        ("announced", "yesterday", "is not a date"),
        ("announced", "", "the cell is empty"),
        ("permitted", "2009", "permitted after it was"),
        ("ended", "2015", "an end needs a day and a way"),
        ("capex_first", "100", "a cost needs its unit"),
        ("capacity", "-5", "greater than or equal to 0"),
        ("capacity", "nan", "finite"),
        ("capacity", "1e99", "less than or equal"),
        ("in_base", "2", "less than or equal to 1"),
        ("url", "ftp://x", "looks like"),
        ("project", "=HYPERLINK()", "looks like a formula"),
        ("note", "x" * 700, "longer than 600"),
        ("continued_by", "nobody", "which is no id"),
    ],
)
def test_a_wrong_cell_is_named_with_its_cure(tmp_path: Path, column: str, cell: str, says: str) -> None:
    good = {"financed": "2012", "announced": "2010"} if column == "permitted" else {}
    late = {"permitted": "2015"} if column == "permitted" else {column: cell}
    path = written(tmp_path, [{**BLANK, **good, **late}])
    if column == "permitted":
        says = "it was permitted after it was financed"
    with pytest.raises(BookError) as error:
        load_histories(path)
    assert says in str(error.value)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    rows = [{**BLANK, "place": "Narnia"}, {**BLANK, "kind": "volcano", "announced": "never"}]
    with pytest.raises(BookError) as error:
        load_histories(written(tmp_path, rows))
    text = str(error.value)
    assert all(
        s in text for s in ("Narnia", "volcano", "never", "rows.csv:2", "rows.csv:3", "stands 2 times")
    )


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b"id\n\x00\n", b"id,colour\n1,2\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with pytest.raises(BookError):
        load_histories(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="no such file"):
        load_histories(tmp_path / "none.csv")


def test_columns_are_those_of_the_model() -> None:
    assert set(BLANK) == set(HISTORY_COLUMNS)
    assert history().project == "A"


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [("value", "", "needs a number"), ("due", "1066", "greater"), ("link", "x", "list")],
)
def test_a_wrong_forecast_is_refused(tmp_path: Path, column: str, cell: str, says: str) -> None:
    assert load_forecasts(written(tmp_path, [FORECAST]))[0].value == 1.0
    with pytest.raises(BookError, match=says):
        load_forecasts(written(tmp_path, [{**FORECAST, column: cell}]))
