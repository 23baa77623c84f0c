"""What every report shares: one self-contained page, ticks of dates, rows of sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dearth.calendar import DAYS_PER_WEEK
from dearth.faces.phrases import number_text

__all__ = ["date_ticks", "rendered", "source_cells"]

Figures = Mapping[str, Any]

_TICKS: Final = 6
_MONTHS: Final = 12
_SPACE: Final = re.compile(r" (?=%)|(?<=\d) (?=\d{3}(?!\d))")


def date_ticks(
    start: date, weeks: float, most: int = _TICKS, *, first_year: bool = True
) -> list[tuple[float, str]]:
    """Return ``(share of the axis, label)`` of first days of months, at most `most`, evenly chosen.

    Parameters
    ----------
    start
        Day of week 0.
    weeks
        Length of the axis.
    first_year
        Whether the first label names its year; later ones do when the year changes.
    """
    end = start + timedelta(days=int(weeks * DAYS_PER_WEEK))
    months = [(y, m) for y in range(start.year, end.year + 1) for m in range(1, _MONTHS + 1)]
    days = [day for day in (date(y, m, 1) for y, m in months) if start <= day <= end]
    step = next(s for s in (1, 2, 3, 4, 6, 12, 24, 36, 60, 600) if -(-len(days) // s) <= most)
    chosen = days[::step]
    span = weeks * DAYS_PER_WEEK
    before = date.min if first_year else start
    return [
        ((day - start).days / span, f"{day:%b}" if day.year == last.year else f"{day:%b %Y}")
        for last, day in pairwise([before, *chosen])
    ]


def source_cells(source: Figures) -> dict[str, str]:
    """Return a row of the book as text; a link only where it is one of the web."""
    url = str(source.get("url") or "")
    span = [number_text(source.get(key)) for key in ("value", "low", "high")]
    text = {
        key: str(source.get(key) or "") for key in ("id", "quantity", "unit", "date", "kind", "grade", "note")
    }
    return {
        **text,
        "source": str(source.get("source") or ""),
        "url": url if url.startswith(("https://", "http://")) else "",
        "value": span[0] if span[1] == span[2] else f"{span[0]} ({span[1]} to {span[2]})".strip(),
    }


def _unbroken(value: Any) -> Any:
    """Keep a figure, the spaces of its thousands and its per cent sign on one line."""
    plain = isinstance(value, str) and not hasattr(value, "__html__")  # markup stays as it is
    return _SPACE.sub("\u00a0", value) if plain else value


def rendered(template: str, context: Mapping[str, Any]) -> str:
    """Return a page of `templates`; what is not markup of the template is escaped."""
    environment = Environment(
        loader=PackageLoader("dearth.faces", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_unbroken,
    )
    return environment.get_template(template).render(context)
