"""Numbers and findings in words, the same in the terminal and in the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

__all__ = [
    "THRESHOLDS",
    "axis_end",
    "date_text",
    "headline",
    "main_group",
    "name_of",
    "number_text",
    "plain_text",
    "range_text",
    "reasons_of",
    "share_range",
    "share_text",
    "stop_text",
    "week_text",
]

# Keys of "stopped" in the answer, in per cent of output.
THRESHOLDS: Final = ("0.1", "1", "10", "50")
# Numbers of weeks at which an axis may end: they halve and quarter into whole weeks.
_ROUND: Final = (8, 12, 16, 20, 24, 28, 32, 40, 52, 64, 80, 104, 156, 208, 260, 312, 416, 520)
_NUMBER: Final = re.compile(r"[0-9]+")
_TO: Final = "\u2013"
_COVERED: Final = 0.85
_FINE: Final = 0.1
_SURE: Final = 0.995
_RARE: Final = 0.005
_THOUSAND: Final = 1000.0

Figures = Mapping[str, Any]


def week_text(weeks: float | None, horizon: float) -> str:
    """Return ``"7.2"``, or ``"52+"`` for what lies beyond the horizon."""
    return f"{horizon:g}+" if weeks is None else f"{weeks:.1f}"


def axis_end(rows: Iterable[Figures], horizon: float) -> float:
    """Return the last week of an axis: a round number that shows all but the latest of the crossings.

    It covers 85 % of the finite P50 and P90 of 1 and 10 %, so that a few late ones do not flatten the rest.
    """
    stops = [row["stopped"][key] for row in rows for key in ("1", "10")]
    ends = sorted(d[q] for d in stops for q in ("p50", "p90") if d[q] is not None)
    last = ends[int(_COVERED * len(ends))] if ends else horizon
    return min(horizon, next((float(n) for n in _ROUND if n >= last), horizon))


def date_text(iso: str | None) -> str:
    """Return ``"24 May 2025"``, or nothing."""
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.day} {day:%b %Y}"


def share_text(share: float | None) -> str:
    """Return a share (0..1) in per cent, without claiming more than is known."""
    if share is None:
        return "?"
    if share <= 0:
        return "0 %"
    if share >= 1:
        return "100 %"
    if share < _RARE:
        return "<1 %"
    if share > _SURE:
        return ">99 %"
    return f"{share * 100:.1f} %" if share < _FINE else f"{share * 100:.0f} %"


def share_range(figures: Figures) -> str:
    """Return P50 with P10-P90 of a share, e.g. ``"12 % (8.0-19 %)"``."""
    low, mid, high = (share_text(figures[q]) for q in ("p10", "p50", "p90"))
    return mid if low == mid == high else f"{mid} ({low.removesuffix(' %')}{_TO}{high})"


def range_text(figures: Figures, horizon: float) -> str:
    """Return ``"5.9-9.4"``, the weeks of P10 and P90."""
    return f"{week_text(figures['p10'], horizon)}{_TO}{week_text(figures['p90'], horizon)}"


def stop_text(figures: Figures, horizon: float) -> str:
    """Return when a threshold is crossed, e.g. ``"7.2 (5.9-9.4)"``, ``"23 % of draws"``, ``"never"``."""
    if figures["ever"] <= 0:
        return "never"
    if figures["p50"] is None:
        return f"{share_text(figures['ever'])} of draws"
    return f"{figures['p50']:.1f} ({range_text(figures, horizon)})"


def plain_text(figures: Figures) -> str:
    """Return plain stock over net use, and what the model adds, e.g. ``"plain 6.1 (+1.1)"``."""
    if figures.get("plain") is None:
        return ""
    added = figures.get("added")
    return f"plain {figures['plain']:.1f}" + (f" ({added:+.1f})" if added is not None else "")


def number_text(value: float | None) -> str:
    """Return a figure with three significant digits, thousands spaced."""
    if value is None:
        return ""
    if abs(value) >= _THOUSAND:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def name_of(row: Figures) -> str:
    """Return ``"EV traction, Germany"`` or ``"Automotive outside China"``."""
    sector, place = str(row["sector_name"]), str(row["place_name"])
    joint = " " if place.startswith(("outside ", "in ", "of ")) else ", "
    return sector[:1].upper() + sector[1:] + joint + place


def main_group(answer: Figures) -> Figures | None:
    """Return the group (else the row) that the headline is about: automotive, if it is there."""
    groups: Sequence[Figures] = answer["groups"] or answer["rows"]
    return next((g for g in groups if g["sector"] == "automotive"), groups[0] if groups else None)


def reasons_of(rows: Iterable[Figures]) -> dict[str, list[str]]:
    """Return, by reason, the names of the rows that never stop; reasons that differ in a number are one."""
    told: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["never"] is not None:
            reason = str(row["never"])
            told.setdefault(_NUMBER.sub("#", reason), []).append((reason, name_of(row)))
    return {_merged([reason for reason, _name in same]): [n for _reason, n in same] for same in told.values()}


def _merged(reasons: Sequence[str]) -> str:
    """Return one sentence for many that differ only in whole numbers, each written as a range."""
    columns = list(zip(*(map(int, _NUMBER.findall(reason)) for reason in reasons), strict=True))
    spans = iter([f"{min(c)}" if min(c) == max(c) else f"{min(c)} to {max(c)}" for c in columns])
    return _NUMBER.sub(lambda _match: next(spans), reasons[0])


def headline(answer: Figures) -> str:
    """Return the finding in one sentence."""
    group, horizon = main_group(answer), answer["clock"]["weeks"]
    if group is None:
        return "No sector uses what this scenario touches."
    stopped = group["stopped"]
    if all(stopped[key]["ever"] <= 0 for key in ("1", "10", "50")):
        return f"{name_of(group)}: no lines stop within {horizon} weeks, in any draw."
    first = _crossing("first lines (1 %) stop", stopped["1"], horizon, dated=True)
    more = [_crossing(f"{key} %", stopped[key], horizon) for key in ("10", "50")]
    return f"{name_of(group)}: {', '.join([first, *more])}."


def _crossing(what: str, figures: Figures, horizon: float, *, dated: bool = False) -> str:
    if figures["ever"] <= 0:
        return f"{what} never"
    if figures["p50"] is None:
        return f"{what} never in {share_text(1 - figures['ever'])} of draws"
    day = date_text(figures.get("date_p50")) if dated else ""
    about = f", about {day}" if day else ""
    return f"{what} in week {figures['p50']:.1f} (P10{_TO}P90 {range_text(figures, horizon)}{about})"
