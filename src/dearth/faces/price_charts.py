"""Charts of prices in SVG: fans with lines as thick as the tonnes that pay them, causes over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from dearth.faces.page import date_ticks
from dearth.faces.phrases import number_text
from dearth.faces.price_text import CAUSES

__all__ = ["PLOT", "axes", "causes_chart", "fan_chart", "line_width", "nice_top"]

Figures = Mapping[str, Any]
Point = tuple[float, float]

PLOT: Final = {"width": 340.0, "height": 176.0, "left": 46.0, "right": 10.0, "top": 10.0, "bottom": 24.0}
_STEPS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_APART: Final = 0.12  # of the axis, so that labels do not touch
_HAIR: Final = 0.7
_THICK: Final = 6.0


def line_width(share: float | None) -> float:
    """Return the width of a line in SVG units: a hair for no tonnes, 6.7 for all of them."""
    return round(_HAIR + _THICK * min(1.0, max(0.0, share or 0.0)), 2)


def nice_top(highest: float) -> float:
    """Return a round number at or above a positive one."""
    if highest <= 0.0:
        return 1.0
    power = 10.0 ** len(str(int(highest))) / 10.0 if highest >= 1.0 else 0.1
    return next(step * power for step in _STEPS if step * power >= highest or step == _STEPS[-1])


def _x(week: float, horizon: float) -> float:
    return PLOT["left"] + (PLOT["width"] - PLOT["left"] - PLOT["right"]) * week / horizon


def _y(value: float, low: float, high: float) -> float:
    height = PLOT["height"] - PLOT["top"] - PLOT["bottom"]
    return PLOT["top"] + height * (1.0 - (min(high, max(low, value)) - low) / (high - low))


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _line(weeks: Sequence[float], values: Sequence[float], low: float, high: float) -> list[Point]:
    return [(_x(w, weeks[-1]), _y(v, low, high)) for w, v in zip(weeks, values, strict=True)]


def _band(upper: list[Point], lower: list[Point]) -> str:
    return _path([*upper, *reversed(lower)]) + "Z"


def axes(start: date, weeks: Sequence[float], low: float, high: float) -> dict[str, Any]:
    """Return ticks in SVG units: dates along `weeks`, three prices from `low` to `high`."""
    left, right = _x(0.0, weeks[-1]), _x(weeks[-1], weeks[-1])
    ticks = date_ticks(start, weeks[-1], most=4)
    below = [low] if -low > _APART * (high - low) else []
    prices = [*below, 0.0, high / 2.0, high]
    return {
        **PLOT,
        "left": left,
        "right": right,
        "bottom": PLOT["height"] - PLOT["bottom"],
        "x": [(round(left + (right - left) * at, 1), label) for at, label in ticks],
        "y": [(round(_y(p, low, high), 1), number_text(p)) for p in prices],
    }


def fan_chart(rows: Mapping[str, Figures], start: date) -> dict[str, Any]:
    """Return the fan of the spot quote with the lines of the other tiers.

    Parameters
    ----------
    rows
        Tier -> its row of the answer: ``quote``, ``volume-weighted`` and ``china``.
    start
        Day of week 0.
    """
    quote, weeks = rows["quote"]["path"], rows["quote"]["path"]["weeks"]
    top = nice_top(max(max(row["path"]["p95"]) for row in rows.values()))
    line = {q: _line(weeks, quote[q], 0.0, top) for q in ("p5", "p10", "p90", "p95")}
    return {
        "axes": axes(start, weeks, 0.0, top),
        "outer": _band(line["p95"], line["p5"]),
        "inner": _band(line["p90"], line["p10"]),
        "lines": [
            {
                "tier": tier,
                "d": _path(_line(weeks, row["path"]["p50"], 0.0, top)),
                "width": line_width(row["share_of_tonnes"]["peak"]["p50"]),
            }
            for tier, row in rows.items()
        ],
    }


def causes_chart(over_time: Figures, start: date) -> dict[str, Any]:
    """Return the causes of a move over time: those that raise the price stacked up, the others down."""
    weeks = over_time["weeks"]
    up = [sum(max(0.0, over_time[c][i]) for c in CAUSES) for i in range(len(weeks))]
    down = [sum(min(0.0, over_time[c][i]) for c in CAUSES) for i in range(len(weeks))]
    high = nice_top(max(up))
    low = -nice_top(-min(down)) if min(down) < -0.02 * high else 0.0
    return {
        "axes": axes(start, weeks, low, high),
        "areas": _areas(over_time, low, high),
        "line": _path(_line(weeks, over_time["move"], low, high)),
    }


def _areas(over_time: Figures, low: float, high: float) -> list[dict[str, str]]:
    """Return one area per cause and side of zero."""
    weeks, found = over_time["weeks"], []
    for side in (max, min):
        base = [0.0] * len(weeks)
        for cause in CAUSES:
            edge = [b + side(0.0, v) for b, v in zip(base, over_time[cause], strict=True)]
            if edge != base:
                area = _band(_line(weeks, edge, low, high), _line(weeks, base, low, high))
                found.append({"cause": cause, "d": area})
            base = edge
    return found
