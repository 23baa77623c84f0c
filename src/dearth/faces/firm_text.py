"""A firm's countdown as CSV: one row for each line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dearth.answer import Answer
from dearth.faces.firm_phrases import ARROW, chain_of
from dearth.faces.present import csv_text

if TYPE_CHECKING:
    from dearth.world.scenario import Scenario

__all__ = ["FIRM_COLUMNS", "firm_csv"]

_QUANTILES: Final = ("p10", "p50", "p90")
FIRM_COLUMNS: Final = (
    "line",
    "description",
    "plant",
    "place",
    "weekly_output",
    "margin_per_week",
    "currency",
    "week_p10",
    "week_p50",
    "week_p90",
    "date_p10",
    "date_p50",
    "date_p90",
    "share_of_draws_ever",
    "weeks_lost_p10",
    "weeks_lost_p50",
    "weeks_lost_p90",
    "part",
    "supplier",
    "site",
    "material",
    "rule_date",
    "rule",
    "rule_source",
    "path",
    "never",
)


def firm_csv(answer: Answer, _scenario: Scenario | None = None) -> str:
    """Return one row per line; weeks beyond the horizon are empty."""
    currency = answer.answer["firm"]["currency"]
    return csv_text(FIRM_COLUMNS, (_cells(row, currency) for row in answer.answer["lines"]))


def _cells(row: dict[str, Any], currency: str) -> dict[str, object]:
    stop, found = row["stop"], row["critical"] or {}
    rule = found.get("rule") or {}
    return {
        **{key: row[key] for key in FIRM_COLUMNS[:6]},
        "currency": currency,
        **{f"week_{q}": stop[q] for q in _QUANTILES},
        **{f"date_{q}": stop[f"date_{q}"] for q in _QUANTILES},
        "share_of_draws_ever": stop["ever"],
        **{f"weeks_lost_{q}": row["weeks_lost"][q] for q in _QUANTILES},
        **{key: found.get(key) for key in ("part", "supplier", "site", "material")},
        "rule_date": rule.get("date"),
        "rule": rule.get("what"),
        "rule_source": rule.get("source"),
        "path": ARROW.join(chain_of(row)) if found else None,
        "never": row["never"],
    }
