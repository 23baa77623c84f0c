"""Charts of the horizon in SVG: fans of what survives, plays beside each other, calibration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dearth.faces.phrases import share_text

__all__ = ["PLOT", "calibration_chart", "plays_chart", "survival_chart"]

Figures = Mapping[str, Any]
Point = tuple[float, float]

PLOT: Final = {"width": 340.0, "height": 176.0, "left": 46.0, "right": 12.0, "top": 10.0, "bottom": 24.0}
_TICKS: Final = 4
_LEVELS: Final = (0.0, 0.5, 1.0)


def _x(value: float, low: float, high: float) -> float:
    span = PLOT["width"] - PLOT["left"] - PLOT["right"]
    return PLOT["left"] + span * (value - low) / max(high - low, 1e-9)


def _y(share: float) -> float:
    height = PLOT["height"] - PLOT["top"] - PLOT["bottom"]
    return PLOT["top"] + height * (1.0 - min(1.0, max(0.0, share)))


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _line(years: Sequence[float], shares: Sequence[float]) -> list[Point]:
    return [(_x(t, years[0], years[-1]), _y(v)) for t, v in zip(years, shares, strict=True)]


def _axes(ticks: Sequence[tuple[float, str]]) -> dict[str, Any]:
    return {
        **PLOT,
        "right": PLOT["width"] - PLOT["right"],
        "bottom": PLOT["height"] - PLOT["bottom"],
        "x": [(round(at, 1), label) for at, label in ticks],
        "y": [(round(_y(v), 1), share_text(v)) for v in _LEVELS],
    }


def _years(years: Sequence[float]) -> dict[str, Any]:
    step = max(1, (len(years) - 1) // _TICKS)
    return _axes([(_x(t, years[0], years[-1]), f"{t:.0f}") for t in years[::step]])


def survival_chart(years: Sequence[float], path: Figures, links: Mapping[str, Figures]) -> dict[str, Any]:
    """Return the fan of what survives down to the last link, with the P50 of the other links.

    Parameters
    ----------
    years
        Of the paths.
    path
        ``p10``, ``p50``, ``p90`` at the last link, shares 0..1.
    links
        Link -> its path.
    """
    high, low = _line(years, path["p90"]), _line(years, path["p10"])
    return {
        "axes": _years(years),
        "band": _path([*high, *reversed(low)]) + "Z",
        "lines": [{"link": link, "d": _path(_line(years, p["p50"]))} for link, p in links.items()],
    }


def plays_chart(years: Sequence[float], plays: Mapping[str, Figures]) -> dict[str, Any]:
    """Return the P50 of leverage under each play, with the bands of the first and the last."""
    names = list(plays)
    bands = []
    for name in (names[0], names[-1]):
        path = plays[name]["path"]
        high, low = _line(years, path["p90"]), _line(years, path["p10"])
        bands.append({"play": name, "d": _path([*high, *reversed(low)]) + "Z"})
    lines = [{"play": n, "d": _path(_line(years, plays[n]["path"]["p50"]))} for n in names]
    return {"axes": _years(years), "bands": bands, "lines": lines}


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
