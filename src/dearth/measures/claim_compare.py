"""A figure beside a reading: the same within rounding, near, far, or not to be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from dearth.articles.patterns import tolerance
from dearth.articles.statement import Figure
from dearth.measures.claim_readings import Reading

__all__ = [
    "Relation",
    "allowed",
    "change_relation",
    "firm",
    "in_window",
    "recent",
    "relation",
    "relation_of",
    "tightly",
]

Relation = Literal["match", "near", "far", "open"]
_ORES: Final = frozenset({"light", "ionic and heavy", "ionic clay"})  # parts of a batch that are no firm's
_TENTHS: Final = 0.1  # points: a share told to tenths is not rounded
_TIGHT: Final = 0.006
_TIGHT_POINTS: Final = 0.6
_STEP_POINTS: Final = 3.0
_DOUBT: Final = 0.25
_MOST_OF_STEP: Final = 0.9  # a row at the very edge of rounding is not the same figure
_FIRM_DIGITS: Final = 2


def allowed(figure: Figure) -> float:
    """Return how far a reading may be from a figure and still be the same, in the unit of the figure."""
    known = tolerance()
    about = figure.bound in ("about", "nearly")
    if figure.unit == "%":
        points = known["share-about"] if about else known["share-points"]
        if figure.step < _TENTHS and not about:
            points = known["share-tenths"]
        return max(float(points), min(figure.step, _STEP_POINTS))
    part = known["level-about"] if about else known["level"]
    return max(float(part) * abs(figure.middle), _MOST_OF_STEP * figure.step)


def _far(figure: Figure) -> float:
    known = tolerance()
    if figure.unit == "%":
        return float(known["far-points"])
    return max(float(known["far-level"]) * abs(figure.middle), figure.step)


def relation(figure: Figure, reading: Reading) -> Relation:
    """Return how a figure stands to a reading; ``"open"`` where units differ or only one end is known."""
    if figure.unit != reading.unit:
        return "open"
    found = relation_of(figure, reading.low, reading.high)
    if found != "match" or not reading.bound:
        return found
    at_its_end = reading.low == 0.0 and abs(figure.middle - reading.high) <= allowed(figure)
    return "match" if at_its_end else "open"


def relation_of(figure: Figure, low: float, high: float) -> Relation:
    """Return how a figure, with its bound, stands to a value between `low` and `high`."""
    slack, far = allowed(figure), _far(figure)
    first, last = figure.low - slack, figure.high + slack
    if figure.bound == "more":
        most = figure.high * (1.0 + float(tolerance()["more"]))
        most = min(most, 100.0) if figure.unit == "%" else most
        first, last = figure.low - min(slack, figure.step + 0.5 if figure.unit == "%" else slack), most
    elif figure.bound == "less":
        first, last = 0.0, figure.high + (0.0 if figure.unit == "%" else 0.01 * figure.high)
    elif figure.bound == "nearly":
        first = figure.low * (1.0 - float(tolerance()["nearly"])) - (0.0 if figure.unit != "%" else 0.5)
        last = figure.high + slack / 2.0
    if first <= high and low <= last:
        return "match"
    distance = low - last if low > last else first - high
    return "far" if distance > far - slack else "near"


def change_relation(figure: Figure, low: float, high: float) -> Relation:
    """Return how a change in per cent stands to one between `low` and `high` per cent."""
    known = tolerance()
    slack = max(float(known["change-points"]), float(known["change"]) * abs(figure.middle))
    first, last = figure.low - slack, figure.high + slack
    if figure.bound == "more":
        first, last = (
            figure.low - min(slack, figure.step + 1.0),
            figure.high * (1.0 + float(known["more"])) + slack,
        )
    if figure.bound == "less":
        first, last = 0.0, figure.high
    if first <= high and low <= last:
        return "match"
    distance = low - last if low > last else first - high
    return "far" if distance > max(float(known["far-points"]), 0.25 * abs(figure.middle)) - slack else "near"


def tightly(figure: Figure, low: float, high: float) -> bool:
    """Say whether a figure of two digits or more is that of a row, so that it was taken from it."""
    if high - low > max(abs(high) * _TIGHT, _TIGHT_POINTS if figure.unit == "%" else 0.0):
        return False
    middle = (low + high) / 2.0
    if figure.unit == "%":
        return abs(figure.middle - middle) <= max(_TIGHT_POINTS, figure.step)
    firm = figure.step <= 0.05 * abs(figure.middle)
    return firm and abs(figure.middle - middle) <= max(
        _TIGHT * abs(middle), min(figure.step, _TIGHT * abs(middle))
    )


def in_window(found: Iterable[Reading], period: str, year: int, back: int) -> list[Reading]:
    """Return readings that a figure of this period may be.

    Parameters
    ----------
    period
        As the statement tells; ``""``: the whole years from `back` years before `year`, no forecasts.
    """
    if not period:
        return [
            one for one in found if year - back <= one.year <= year and not one.forecast and one.whole_year
        ]
    known = list(found)
    same = [one for one in known if one.period == period] if ".." in period else []
    return same or [one for one in known if _same_period(one, period)]


def recent(found: Iterable[Reading], day: str, months: int) -> list[Reading]:
    """Return the last prices of each place in the months before a day, and those of its whole year."""
    year, month = int(day[:4]), int(day[5:7] or 7)
    at = 12 * year + month

    def months_of(text: str, last: bool) -> int:
        return 12 * int(text[:4]) + (int(text[5:7]) if len(text) > 4 else (12 if last else 1))  # noqa: PLR2004

    near = [
        one
        for one in found
        if not one.forecast
        and (
            (at - months <= months_of(one.last, True) <= at + 1)
            or (months_of(one.first, False) <= at <= months_of(one.last, True))
        )
    ]
    latest: dict[tuple[str, str], str] = {}
    for one in near:
        if not _spans_a_year(one):
            key = (one.place, one.unit)
            latest[key] = max(latest.get(key, ""), one.last[:7])
    return [one for one in near if _spans_a_year(one) or one.last[:7] == latest[one.place, one.unit]]


def _spans_a_year(one: Reading) -> bool:
    return one.whole_year or (one.first[5:7] == "01" and one.last[5:7] == "12" and ".." in one.period)


def _same_period(one: Reading, period: str) -> bool:
    if period.startswith("batch"):
        batch, _, year = period.rpartition(" ")
        parts = one.basis.split(", ")
        return one.period == year and batch in parts and set(parts[parts.index(batch) + 1 :]) <= _ORES
    if one.period == period or (one.first == period and one.last.startswith(period)):
        return one.whole_year or "-" in period or ".." in period
    spans = period.split("..")
    if len(period) == 4 and ".." in one.period:  # noqa: PLR2004 (a year has four digits)
        return one.first[:4] < one.last[:4] and one.first[:4] <= period <= one.last[:4]
    if "-" in period and ".." in period and "-" in one.period and ".." not in one.period:
        return spans[0] <= one.period <= spans[-1]
    whole_months = len(spans[0]) == len("2025-04") and one.first[:7] == spans[0] and one.last[:7] == spans[-1]
    return bool("-" in period and whole_months)


def firm(figure: Figure, found: Sequence[Reading]) -> bool:
    """Say whether readings are good enough to contradict a figure: two publishers, or beyond doubt."""
    good = [one for one in found if one.grade in ("A", "B") and not one.forecast]
    if figure.unit == "%":
        return bool(good)
    publishers = {one.source.split(" ")[0] for one in good}
    doubt = _DOUBT * abs(figure.middle)
    return len(publishers) > 1 or any(
        abs(one.high - figure.middle) > doubt and abs(one.low - figure.middle) > doubt for one in good
    )
