"""The chart of calibration in SVG: what was foretold against what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dearth.faces.phrases import share_text

__all__ = ["PLOT", "calibration_chart"]

Figures = Mapping[str, Any]
Point = tuple[float, float]

PLOT: Final = {"width": 340.0, "height": 176.0, "left": 46.0, "right": 12.0, "top": 10.0, "bottom": 24.0}
_LEVELS: Final = (0.0, 0.5, 1.0)


def _x(value: float, low: float, high: float) -> float:
    span = PLOT["width"] - PLOT["left"] - PLOT["right"]
    return PLOT["left"] + span * (value - low) / max(high - low, 1e-9)


def _y(share: float) -> float:
    height = PLOT["height"] - PLOT["top"] - PLOT["bottom"]
    return PLOT["top"] + height * (1.0 - min(1.0, max(0.0, share)))


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _axes(ticks: Sequence[tuple[float, str]]) -> dict[str, Any]:
    return {
        **PLOT,
        "right": PLOT["width"] - PLOT["right"],
        "bottom": PLOT["height"] - PLOT["bottom"],
        "x": [(round(at, 1), label) for at, label in ticks],
        "y": [(round(_y(v), 1), share_text(v)) for v in _LEVELS],
    }


def calibration_chart(bins: Sequence[Figures]) -> dict[str, Any]:
    """Return points of foretold against happened, as large as their number of cases."""
    axes = _axes([(_x(v, 0.0, 1.0), share_text(v)) for v in _LEVELS])
    most = max((b["n"] for b in bins), default=1)
    points = [
        {
            "x": round(_x(b["foretold"], 0.0, 1.0), 1),
            "y": round(_y(b["happened"]), 1),
            "r": round(3.0 + 7.0 * (b["n"] / most) ** 0.5, 1),
            "n": b["n"],
        }
        for b in bins
    ]
    even = _path([(_x(0.0, 0.0, 1.0), _y(0.0)), (_x(1.0, 0.0, 1.0), _y(1.0))])
    return {"axes": axes, "points": points, "even": even}
