"""An answer as CSV, and the safety of its cells."""

from __future__ import annotations

import csv
import io

import pytest
from made_up import countdown_answer

from dearth.faces.present import COUNTDOWN_COLUMNS, countdown_csv, csv_text, safe_cell


def test_one_row_per_sector_place_and_threshold() -> None:
    answer = countdown_answer()
    rows = list(csv.DictReader(io.StringIO(countdown_csv(answer))))
    keys = [(row["sector"], row["place"], row["stopped_percent"]) for row in rows]
    assert len(set(keys)) == len(keys) == 4 * len(answer.answer["rows"])
    assert tuple(rows[0]) == COUNTDOWN_COLUMNS


def test_figures_are_those_of_the_answer() -> None:
    answer = countdown_answer()
    first = next(csv.DictReader(io.StringIO(countdown_csv(answer))))
    source = answer.answer["rows"][0]
    assert float(first["week_p50"]) == source["stopped"]["0.1"]["p50"]
    assert float(first["peak_stopped_p90"]) == source["peak_stopped"]["p90"]
    assert first["recovery_weeks_p90"] == ""
    assert first["binding_material"] == "magnet:high"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert "\n'" in csv_text(["a"], [{"a": text}]).replace('"', "")


@pytest.mark.parametrize("value", [-1.5, 0, None, "plain", ""])
def test_other_cells_stay(value: object) -> None:
    assert safe_cell(value) == value


def test_cells_with_separators_are_quoted() -> None:
    text = csv_text(["a", "b"], [{"a": 'x, "y"\nz', "b": 1.5}])
    assert list(csv.reader(io.StringIO(text)))[1] == ['x, "y"\nz', "1.5"]
