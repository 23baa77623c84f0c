"""The ratio of paragraph 1(1) of Announcement 61, tier by tier, in intervals.

Numerator: value of Chinese-origin items of Part 1 contained.  Denominator: value of the item of Part 2.  No
published text says which tier of assembly the denominator is, so every line has its ratio, and what it holds
has its own.  An unknown share is the whole range that the known ones leave, never zero.

For one line, with its parts i, quantity q, value v, share of value s and ratio r:

* by shares: ``r = sum(s_i r_i)``; parts of unknown share have together what the known ones leave over;
* by values: ``r = sum(q_i v_i r_i) / v``, which skips tiers whose value is unknown.

Both hold, so their common range is taken.  Value that is added above the parts (work, margin) holds no such
item; where a line says that its breakdown is only a part, what is left over may.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from dearth.rules.bill_file import Bill, Line

__all__ = ["NONE", "UNKNOWN", "WHOLE", "Ratios", "Span", "ratios_of"]

_MOST_SHARE: Final = 1e12  # keeps prices of next to nothing from becoming infinite
SLACK: Final = 1e-9  # of rounding; a ratio so near below a threshold counts as on it


class Span(NamedTuple):
    """A range of a number, both ends included."""

    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """Return both ends as plain JSON."""
        return {"low": self.low, "high": self.high}


NONE: Final = Span(0.0, 0.0)
WHOLE: Final = Span(1.0, 1.0)
UNKNOWN: Final = Span(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ratios by place in the bill.

    Attributes
    ----------
    own
        Of each line, its own value being the denominator.
    inside
        The greatest over the line and all below it that may be items of Part 2; None where there is none.
    warnings
        What was contradictory.
    """

    own: tuple[Span, ...]
    inside: tuple[Span | None, ...]
    warnings: tuple[str, ...]


class _Part(NamedTuple):
    """A part, as its parent sees it."""

    share: float | None  # of the parent's value
    ratio: Span
    content: Span  # Chinese value of all its pieces, in money


def ratios_of(
    bill: Bill, known: Sequence[Span], may_be_part2: Sequence[bool], rates: Mapping[str, float]
) -> Ratios:
    """Return the ratios of a bill.

    Parameters
    ----------
    known
        By place: what the facts of the line alone say of its ratio.
    may_be_part2
        By place: whether it is, or may be, an item of Part 2.
    rates
        Worth of one unit of each currency in a common one; values in other currencies are unknown.
    """
    own, content = list(known), [UNKNOWN] * len(known)
    inside: list[Span | None] = [None] * len(known)
    warnings: list[str] = []
    values = [_worth(line, rates) for line in bill.lines]
    for place in bill.upward:
        line, below = bill.lines[place], bill.children[place]
        if below and known[place] != WHOLE:
            parts = [_part(bill.lines[i], own[i], content[i], values[i], values[place]) for i in below]
            own[place] = _joined(known[place], line, _from_parts(parts, line, values[place]), warnings)
        content[place] = _content(
            own[place], values[place], [(bill.lines[i], content[i]) for i in below], line
        )
        inside[place] = _greatest([own[place] if may_be_part2[place] else None, *(inside[i] for i in below)])
    return Ratios(tuple(own), tuple(inside), tuple(warnings))


def _worth(line: Line, rates: Mapping[str, float]) -> float | None:
    rate = rates.get(line.currency)
    return None if not line.value or rate is None else line.value * rate  # a price of 0 is no value


def _part(line: Line, ratio: Span, content: Span, value: float | None, whole: float | None) -> _Part:
    share = line.value_share
    if share is None and value is not None and whole and line.quantity is not None:
        share = min(line.quantity * value / whole, _MOST_SHARE)
    return _Part(share, ratio, _times(line, content))


def _times(line: Line, content: Span) -> Span:
    """Return the content of all pieces; their number may be unknown."""
    if line.quantity is None:
        return NONE if content == NONE else Span(0.0, math.inf)
    return Span(line.quantity * content.low, line.quantity * content.high)


def _from_parts(parts: Sequence[_Part], line: Line, value: float | None) -> Span:
    """Return what the parts say of the ratio, by shares and by values."""
    known = [(part.share, part.ratio) for part in parts if part.share is not None]
    left = max(0.0, 1.0 - sum(share for share, _ratio in known))
    rest = [part.ratio.high for part in parts if part.share is None]
    most = 1.0 if not line.whole else max(rest, default=0.0)
    low = sum(share * ratio.low for share, ratio in known)
    high = sum(share * ratio.high for share, ratio in known) + left * most
    span = Span(min(low, 1.0), min(high, 1.0))
    if not value:
        return span
    by_value = sum(part.content.low for part in parts) / value
    top = sum(part.content.high for part in parts) / value if line.whole else math.inf
    return _common(span, Span(min(by_value, 1.0), min(top, 1.0))) or _hull(
        span, Span(by_value, min(top, 1.0))
    )


def _content(own: Span, value: float | None, below: Sequence[tuple[Line, Span]], line: Line) -> Span:
    """Return the Chinese value in one piece, in money; its upper end is infinite where nothing bounds it."""
    if value is not None:
        return Span(own.low * value, own.high * value)
    if own == NONE:
        return NONE
    if not below or own == WHOLE:
        return Span(0.0, math.inf)
    held = [_times(part, content) for part, content in below]
    return Span(sum(one.low for one in held), sum(one.high for one in held) if line.whole else math.inf)


def _joined(stated: Span, line: Line, found: Span, warnings: list[str]) -> Span:
    """Return the common range of what a line says of itself and what its parts say; the widest if none."""
    common = _common(stated, found)
    if common is not None:
        return common
    says = f"{stated.low:.4g}-{stated.high:.4g}"
    warnings.append(
        f"row {line.row}: {line.id[:60]!r} says {says} of its Chinese share, its parts"
        f" {found.low:.4g}-{found.high:.4g}; the whole range is kept"
    )
    return _hull(stated, found)


def _common(one: Span, other: Span) -> Span | None:
    low, high = max(one.low, other.low), min(one.high, other.high)
    if low <= high:
        return Span(low, high)
    return Span(high, low) if low - high <= SLACK * low else None


def _hull(one: Span, other: Span) -> Span:
    return Span(min(one.low, other.low, 1.0), min(max(one.high, other.high), 1.0))


def _greatest(spans: Sequence[Span | None]) -> Span | None:
    found = [span for span in spans if span is not None]
    if not found:
        return None
    return Span(max(span.low for span in found), max(span.high for span in found))
