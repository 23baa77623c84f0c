"""How far a peak may be trusted: a forecast, or a ceiling set by what is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["BY_CONSTRUCTION", "CEILING", "FACTOR", "reading", "sentence"]

CEILING: Final = 0.5  # elasticity of a peak to the value at stake above which it is a ceiling
FACTOR: Final = 1.1  # by which the value at stake is tried up and down
# quantity of the book -> what it makes true by construction
BY_CONSTRUCTION: Final = {
    "base-price": "the price at the start is this row; only moves from it are an answer",
    "contract-share": "the tonnes that pay the quote are one minus this share, so a volume-weighted price "
    "that stays near its start is assumed, not found",
    "value-at-stake": "a rent never exceeds this value, so the height of a quote is bounded by it",
    "licence-grant-share": "the share of customers without a licence in the end is one minus this share",
}
_MOST: Final = 0.5  # of the draws
_HARDLY: Final = 0.05  # per cent

_STILL: Final = "does not move"
_FORECAST: Final = "forecast within its band"
_CEILING: Final = "ceiling, not forecast"


def _said(value: float | None) -> str:
    """Return a figure of three digits."""
    return f"{float(f'{value or 0.0:.3g}'):,.10g}".replace(",", " ")


def reading(moved: float, slope: float) -> str:
    """Return how to read a peak.

    Parameters
    ----------
    moved
        Share of the draws in which the price rises above its start.
    slope
        d ln(peak) / d ln(value at stake).
    """
    if moved < _MOST:
        return _STILL
    return _CEILING if slope > CEILING else _FORECAST


def sentence(moved: float, slope: float, value: Mapping[str, float | None]) -> str:
    """Return the same in a sentence; `value` is the band of the value at stake, USD/kg."""
    read, gain = reading(moved, slope), 100.0 * (FACTOR**slope - 1.0)
    if read == _STILL:
        return "The quote outside China does not rise above its start in most draws."
    tells = f"a value at stake 10 % higher raises the peak by {gain:.1f} %"
    if read == _CEILING:
        span = f"known only from {_said(value['p5'])} to {_said(value['p95'])} USD/kg"
        return f"A ceiling, not a forecast: {tells}, and that value is {span}."
    hardly = "hardly any of this peak is rent, so the value at stake does not matter"
    return f"A forecast within its band: {hardly if gain < _HARDLY else tells}."
