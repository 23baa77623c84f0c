"""The countdown as one self-contained HTML file: nothing is loaded; it reads where no script runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from dearth.answer import Answer
from dearth.faces.baked import CHARTS, answer_data, live
from dearth.faces.page import date_ticks, rendered, source_cells
from dearth.faces.phrases import (
    THRESHOLDS,
    axis_end,
    date_text,
    headline,
    name_of,
    number_text,
    reasons_of,
    share_range,
    share_text,
    stop_text,
    week_text,
)
from dearth.world.scenario import Scenario

__all__ = ["countdown_html", "track"]

Figures = Mapping[str, Any]

_BARS: Final = 24


def track(figures: Figures, axis: float) -> dict[str, Any]:
    """Return where a countdown bar lies, in per cent of the axis.

    Returns
    -------
    dict
        ``safe``: up to P10; ``start``, ``size``: of the range P10-P90; ``mid``: P50 or None;
        ``open``: whether the range goes on beyond the axis; ``empty``: nothing ever stops there.
    """

    def at(week: float | None) -> float:
        return 100.0 if week is None else min(100.0, 100.0 * week / axis)

    start, end = at(figures["p10"]), at(figures["p90"])
    beyond = figures["p90"] is None or figures["p90"] > axis
    shown = figures["p50"] is not None and figures["p50"] <= axis
    return {
        "safe": round(start, 3),
        "start": round(start, 3),
        "size": round(max(0.0, end - start), 3),
        "mid": round(at(figures["p50"]), 3) if shown else None,
        "open": beyond,
        "empty": figures["ever"] <= 0 or start >= 100.0,  # noqa: PLR2004 (per cent)
    }


def _bar(row: Figures, axis: float, horizon: float) -> dict[str, Any]:
    return {
        "name": name_of(row),
        "binding": _binding(row),
        "tracks": [
            {
                "label": f"{key} %",
                **_stop(row["stopped"][key], horizon),
                **track(row["stopped"][key], axis),
            }
            for key in ("1", "10")
        ],
    }


def _binding(row: Figures) -> str:
    binding = row["binding"]
    if binding is None:
        return ""
    held = f", {binding['held']}" if binding.get("held") else ""
    return f"{binding['material_name']}{held} ({share_text(binding['share'])})"


def _stop(figures: Figures, horizon: float) -> dict[str, str]:
    return {"text": stop_text(figures, horizon), "date": date_text(figures["date_p50"])}


def _table_row(row: Figures, horizon: float) -> dict[str, Any]:
    one, recovery = row["stopped"]["1"], row["recovery_weeks"]
    return {
        "name": name_of(row),
        "need": number_text(row["need_t_per_year"]),
        "stops": [
            {
                **_stop(row["stopped"][key], horizon),
            }
            for key in THRESHOLDS
        ],
        "plain": "" if one["plain"] is None else f"{one['plain']:.1f}",
        "added": "" if one["added"] is None else f"{one['added']:+.1f}",
        "peak": share_range(row["peak_stopped"]),
        "lost": share_range(row["lost_share"]),
        "recovery": "" if row["never"] else week_text(recovery["p50"], horizon),
        "binding": _binding(row) or str(row["never"] or ""),
    }


def _prior(prior: Figures) -> dict[str, Any]:
    influence = prior["influence"]
    return {
        **{key: number_text(prior[key]) for key in ("value", "low", "high")},
        "id": prior["id"],
        "quantity": prior["quantity"],
        "note": str(prior.get("note") or ""),
        "unit": prior["unit"],
        "influence": None if influence is None else f"{influence:+.2f}",
        "size": 0 if influence is None else round(100 * min(1.0, abs(influence)), 1),
    }


def _context(answer: Answer, scenario: Scenario | None) -> dict[str, Any]:
    found = answer.answer
    start, horizon = date.fromisoformat(found["clock"]["start"]), float(found["clock"]["weeks"])
    stopping = [row for row in found["rows"] if row["never"] is None]
    groups = [row for row in found["groups"] if row["never"] is None]
    leading = [*groups, *stopping[:_BARS]]
    axis = axis_end(leading, horizon)
    return {
        "answer": answer,
        "scenario": scenario,
        "live": live(CHARTS, answer_data(answer)),
        "headline": headline(found),
        "start": date_text(start.isoformat()),
        "as_of": date_text(answer.as_of),
        "horizon": f"{horizon:g}",
        "axis": f"{axis:g}",
        "ticks": [(round(100 * at, 3), label) for at, label in date_ticks(start, axis, first_year=False)],
        "bars": [_bar(row, axis, horizon) for row in leading],
        "more_bars": max(0, len(stopping) - _BARS),
        "rows": [_table_row(row, horizon) for row in [*found["groups"], *found["rows"]]],
        "never": reasons_of(found["rows"]),
        "priors": [_prior(p) for p in sorted(found["priors"], key=lambda p: -abs(p["influence"] or 0.0))],
        "sources": [source_cells(source) for source in answer.sources],
        "residual": f"{found['mass']['worst_residual']:.1e}",
        "date_text": date_text,
    }


def countdown_html(answer: Answer, scenario: Scenario | None = None) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    answer
        Of the study countdown.
    scenario
        When given, its events are listed with their sources.
    """
    return rendered("countdown.html.j2", _context(answer, scenario))
