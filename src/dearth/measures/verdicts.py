"""The statements that the model has to meet, each with its figure: met, not met, or not to be judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.engine.arrays import FloatArray
from dearth.measures.compared import Compared
from dearth.measures.errors import mape
from dearth.measures.first_stops import WIDE, StopView, chances, interval
from dearth.measures.observed import Run
from dearth.measures.turning import Turn

__all__ = ["Judged", "Statement", "statements_of_2010", "statements_of_2025"]

_RECOVERY_BAR: Final = 2.0
_WIDTH_BAR: Final = 4.0
_WIDE_SHARE: Final = 0.05
_FOLLOWS: Final = 1.25
_FIRM: Final = 0.5
_FACTOR: Final = 1.5
_PEAK_WEEKS: Final = 8.7  # two months
_PEAK_DAY: Final = date(2011, 8, 15)
_FADED: Final = 0.25
_NOBODY: Final = 0.001
_NEAR_ZERO: Final = 0.1


class Statement(NamedTuple):
    """One statement: what is asked, the figure, and whether it is met (None: nobody can say)."""

    key: str
    text: str
    figure: str
    met: bool | None


class Judged(NamedTuple):
    """What the statements of an episode are judged by."""

    run: Run
    rows: Sequence[Compared]
    turns: Sequence[Turn]
    recovery: FloatArray
    recovery_seen: float | None
    views: Mapping[str, StopView]
    briers: Mapping[str, float | None]
    rival_path: Mapping[str, float | None]
    fitted: Sequence[str]


def statements_of_2025(seen: Judged) -> list[Statement]:
    """Return the statements about 2025."""
    stops = [_stops(seen, key) for key in ("market", "network") if key in seen.views]
    return [
        _magnets(seen),
        _recovery(seen),
        *stops,
        _no_wide_stop(seen),
        _brier(seen),
        _quotes(seen),
        _china(seen),
        _aggregate(seen),
        _firms(seen),
    ]


def statements_of_2010(seen: Judged) -> list[Statement]:
    """Return the statements about 2010 to 2014."""
    return [
        _dated(seen, "Dy"),
        _dy_peak(seen),
        _dated(seen, "La"),
        _dated(seen, "Ce"),
        _rent(seen),
        _nobody(seen),
    ]


def _row(seen: Judged, name: str) -> Compared | None:
    return next((r for r in seen.rows if r.observation.id == name), None)


def _percent(value: float | None) -> str:
    return "not known" if value is None else "infinite" if math.isinf(value) else f"{100.0 * value:.1f} %"


def _number(value: float | None) -> str:
    return "none" if value is None or not math.isfinite(value) else f"{value:.3g}"


def _magnets(seen: Judged) -> Statement:
    path = [r for r in seen.rows if r.observation.observable == "magnet-export-path" and r.model is not None]
    error = mape([r.model for r in path], [r.observation.value for r in path])
    named = ", ".join(f"{key} {_percent(v)}" for key, v in seen.rival_path.items())
    legal = not any("decision-time" in name for name in seen.fitted)
    text = "magnet exports, April to September 2025, within 7 % mean error; decision time not fitted"
    met = None if error is None else error <= 0.07 and legal  # noqa: PLR2004 (the statement's own figure)
    return Statement("magnets", text, f"{_percent(error)} ({named})", met)


def _recovery(seen: Judged) -> Statement:
    low, mid, high = interval(seen.recovery)
    text = "the date at which monthly exports cross 90 % of their mean of the first quarter, within 2 weeks"
    said = (
        f"week {_number(mid)} (80 %: {_number(low)} to {_number(high)}), record {_number(seen.recovery_seen)}"
    )
    if seen.recovery_seen is None:
        return Statement("recovery", text, said, None)
    return Statement("recovery", text, said, abs(mid - seen.recovery_seen) <= _RECOVERY_BAR)


def _stops(seen: Judged, key: str) -> Statement:
    view = seen.views[key]
    low, mid, high = interval(view.earliest)
    record = next((r.observation for r in seen.rows if r.observation.observable == "first-stop"), None)
    text = f"first stops ({key}): an 80 % interval no wider than 4 weeks that holds the record"
    width = high - low if math.isfinite(high) else math.inf
    figure = f"week {_number(mid)}, {_number(low)} to {_number(high)}, width {_number(width)}"
    if record is None:
        return Statement(f"stops-{key}", text, figure, None)
    figure += f"; record {record.value:g}, sources {_number(record.low)} to {_number(record.high)}"
    holds = low <= (record.high or record.value) and high >= (record.low or record.value)
    return Statement(f"stops-{key}", text, figure, width <= _WIDTH_BAR and holds)


def _no_wide_stop(seen: Judged) -> Statement:
    text = "no false wide stop: half of the magnet users, or of the car lines, of a place at once"
    share = {
        key: float(np.mean(np.max([*view.worst.values()], axis=0) >= WIDE))
        for key, view in seen.views.items()
        if key in {"market", "network"}
    }
    figure = ", ".join(f"{key}: in {_percent(v)} of the draws" for key, v in share.items())
    return Statement("wide-stop", text, figure, all(v < _WIDE_SHARE for v in share.values()))


def _brier(seen: Judged) -> Statement:
    text = "chances of the observed stops, and of firms that did not stop, better than plain run-down (Brier)"
    figure = ", ".join(f"{key} {_number(v)}" for key, v in seen.briers.items())
    mine = [v for k, v in seen.briers.items() if k in {"market", "network"} and v is not None]
    plain = seen.briers.get("run-down")
    met = None if plain is None or not mine else all(v < plain for v in mine)
    return Statement("brier", text, figure, met)


def _quotes(seen: Judged) -> Statement:
    names = ("obs-2025-dy-europe-may", "obs-2025-tb-europe-may", "obs-2025-dy-volume-weighted")
    rows = [_row(seen, name) for name in names]
    text = "Europe's Dy and Tb within 25 % of the quote, and volume-weighted Dy within 15 %, at the same time"
    found = [r for r in rows if r is not None and r.model is not None]
    figure = "; ".join(f"{_of(r)} {_number(r.model)}, record {r.observation.value:g}" for r in found)
    met = all(r.met for r in found) if len(found) == len(names) else None
    return Statement("quotes", text, figure, met)


def _of(row: Compared) -> str:
    return f"{row.observation.element} {row.observation.tier}"


def _path(seen: Judged, tier: str) -> FloatArray:
    """Return Dy's median weekly path over the price at the start."""
    run, e = seen.run, ELEMENTS.index("Dy")
    at = next(i for i, b in enumerate(run.model.buyers) if b == ("Dy", "EUR"))
    weekly = run.trace.china[:, e] if tier == "china" else run.trace.quote[:, at]
    return np.asarray(np.median(weekly / run.market.price0[e], axis=1))


def _china(seen: Judged) -> Statement:
    inside, outside = float(_path(seen, "china").max()), float(_path(seen, "quote").max())
    text = "dysprosium inside China does not follow Europe up"
    figure = f"China's highest is {inside:.2f} of its start, Europe's quote {outside:.2f}"
    return Statement("china", text, figure, inside < _FOLLOWS < outside)


def _aggregate(seen: Judged) -> Statement:
    row = _row(seen, "obs-2025-aggregate-record")
    dy = _row(seen, "obs-2025-dy-export-2025-06")
    before = _row(seen, "obs-2025-dy-export-2024-06")
    text = "all rare earths together at a record in June while dysprosium is near zero"
    if row is None or row.model is None or dy is None or dy.model is None or before is None:
        return Statement("aggregate", text, "the model gives no such figure", None)
    small = dy.model / before.observation.value
    record = "a record" if row.met else "no record"
    figure = f"June {row.model:.0f} t, {record}; Dy {dy.model:.0f} kg, {small:.0%} of June 2024"
    return Statement("aggregate", text, figure, bool(row.met) and small < _NEAR_ZERO)


def _firms(seen: Judged) -> Statement:
    events = _stop_events(seen)
    firms = [o for o in events if o.value == 0.0]
    text = "plants like those that did not stop do not stop: a chance below one half"
    said = {k: chances(v, firms, seen.run.start) for k, v in seen.views.items() if k in {"market", "network"}}
    worst = {k: max((p for p in v if p is not None), default=None) for k, v in said.items()}
    figure = ", ".join(f"{k}: at most {_percent(v)} for {len(firms)} firms" for k, v in worst.items())
    known = [v for v in worst.values() if v is not None]
    return Statement("firms", text, figure, all(v < _FIRM for v in known) if known else None)


def _stop_events(seen: Judged) -> list[Observation]:
    return [r.observation for r in seen.rows if r.observation.observable == "stop"]


def _dated(seen: Judged, element: str) -> Statement:
    rows = [
        r
        for r in seen.rows
        if r.observation.element == element
        and r.observation.tier == "fob"
        and r.model
        and r.observation.value > 0.0
        and r.observation.observable == "price"
    ]
    factors = [max(r.model / r.observation.value, r.observation.value / r.model) for r in rows if r.model]
    text = f"{element} at a Chinese port at the dated points within a factor 1.5"
    if not factors:
        return Statement(f"fob-{element}", text, "no figure", None)
    good = sum(f <= _FACTOR for f in factors)
    worst = rows[int(np.argmax(factors))].observation
    figure = (
        f"{good} of {len(rows)}; the worst is off by a factor {max(factors):.1f} ({worst.start.isoformat()})"
    )
    return Statement(f"fob-{element}", text, figure, good == len(rows))


def _dy_peak(seen: Judged) -> Statement:
    text = "dysprosium at a Chinese port peaks within two months of August 2011"
    turn = next((t for t in seen.turns if t.path == "Dy fob"), None)
    if turn is None:
        return Statement("dy-peak", text, "no figure", None)
    at = (_PEAK_DAY - seen.run.start).days / 7.0
    late = turn.model_week - at
    return Statement(
        "dy-peak",
        text,
        f"{abs(late):.0f} weeks too {'late' if late > 0 else 'early'}",
        abs(late) <= _PEAK_WEEKS,
    )


def _rent(seen: Judged) -> Statement:
    rent = np.median(seen.run.trace.quota_rent, axis=1)
    start = seen.run.start
    years = {y: (date(y, 7, 1) - start).days // 7 for y in (2011, 2013)}
    text = "one rent per kg of all quota goods in 2010 and 2011 that fades as expected scarcity fades"
    high, late = float(rent[: years[2011] + 26].max()), float(rent[years[2013] - 4 : years[2013] + 4].mean())
    figure = f"highest {high:.0f} USD/kg to the end of 2011, {late:.0f} in mid-2013"
    return Statement("rent", text, figure, high > 0.0 and late < _FADED * high)


def _nobody(seen: Judged) -> Statement:
    lost = np.median(seen.run.trace.lost, axis=2)
    worst = int(np.argmax(lost.max(axis=0)))
    buyer = seen.run.model.buyers[worst]
    most = float(lost.max())
    text = "the quota of 2010 stops no user that the record does not show"
    figure = f"largest share lost in the median run: {_percent(most)} ({buyer.good}, {buyer.destination})"
    return Statement("nobody", text, figure, most < _NOBODY)
