"""An answer as JSON, CSV and HTML text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.faces.phrases import THRESHOLDS

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = ["COUNTDOWN_COLUMNS", "countdown_csv", "csv_text", "safe_cell"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_QUANTILES: Final = ("p10", "p50", "p90")

COUNTDOWN_COLUMNS: Final = (
    "sector",
    "sector_name",
    "place",
    "place_name",
    "need_t_per_year",
    "stopped_percent",
    "week_p10",
    "week_p50",
    "week_p90",
    "share_of_draws_ever",
    "date_p50",
    "plain_weeks",
    "added_weeks",
    "binding_material",
    "binding_stage",
    "binding_share",
    "peak_stopped_p10",
    "peak_stopped_p50",
    "peak_stopped_p90",
    "lost_share_p10",
    "lost_share_p50",
    "lost_share_p90",
    "recovery_weeks_p10",
    "recovery_weeks_p50",
    "recovery_weeks_p90",
    "never",
)


def safe_cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers and None stay as they are."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return a CSV table: comma, quotes where needed, one line feed per row, None as an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def countdown_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return one row per sector, place and threshold; weeks beyond the horizon are empty."""
    rows = (cells for row in answer.answer["rows"] for cells in _thresholds(row))
    return csv_text(COUNTDOWN_COLUMNS, rows)


def _thresholds(row: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    binding = row["binding"] or {}
    shared = {
        **{key: row[key] for key in COUNTDOWN_COLUMNS[:5]},
        **{f"binding_{key}": binding.get(key) for key in ("material", "stage", "share")},
        **{
            f"{name}_{q}": row[name][q]
            for name in ("peak_stopped", "lost_share", "recovery_weeks")
            for q in _QUANTILES
        },
        "never": row["never"],
    }
    for key in THRESHOLDS:
        figures = row["stopped"][key]
        yield {
            **shared,
            "stopped_percent": float(key),
            **{f"week_{q}": figures[q] for q in _QUANTILES},
            "share_of_draws_ever": figures["ever"],
            "date_p50": figures["date_p50"],
            "plain_weeks": figures["plain"],
            "added_weeks": figures["added"],
        }
