"""Projects as they went: what was announced, permitted, financed, built and made, and when; and forecasts.

One row per plan.  A date is a year, a month, a day, or a range of them; a step without a date was not
read, which is not the same as not reached.  Cohorts: ``listed-2010`` are all greenfield plans of the lists of
2010 to 2015 and give base rates; ``picked-2016`` and ``pipeline-2023`` were picked by hand and give none.
"""

from __future__ import annotations

import calendar
import datetime
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dearth.axes import ORES, PLACES
from dearth.book.read import DATA, fault_of, read_bytes, read_table, refuse
from dearth.book.row import SAFE, first_and_last
from dearth.errors import Fault, did_you_mean

__all__ = [
    "COHORTS",
    "HISTORY_COLUMNS",
    "KINDS",
    "LINKS",
    "History",
    "PublishedForecast",
    "decimal_year",
    "load_forecasts",
    "load_histories",
    "year_span",
]

KINDS: Final = ("mine", "separation", "metal", "magnet", "recycling")
LINKS: Final = ("mine", "separation", "metal", "magnet")
COHORTS: Final = ("listed-2010", "picked-2016", "pipeline-2023")
_STEPS: Final = ("permitted", "financed", "built", "commissioned", "ramped")
_FIRST_YEAR, _LAST_YEAR = 1990, 2060
_MONTHS: Final = 12.0


def _fault(what: str, cure: str = "") -> PydanticCustomError:
    return PydanticCustomError("dearth", "{what}", {"what": what, "cure": cure})


def _ends(day: str) -> tuple[float, float]:
    """Return the beginning and the end of a year, month or day as decimal years."""
    datetime.date.fromisoformat((day + "-01-01")[:10])
    parts = [int(p) for p in day.split("-")]
    year = parts[0]
    if len(parts) == 1:
        return float(year), year + 1.0
    month = parts[1]
    if len(parts) == 2:  # noqa: PLR2004 (year and month)
        return year + (month - 1) / _MONTHS, year + month / _MONTHS
    days = calendar.monthrange(year, month)[1]
    start = year + (month - 1 + (parts[2] - 1) / days) / _MONTHS
    return start, start + 1.0 / days / _MONTHS


@lru_cache(maxsize=1024)
def year_span(text: str) -> tuple[float, float] | None:
    """Return the beginning and the end of a date as decimal years; None for no date.

    Raises
    ------
    ValueError
        It is not a date between 1990 and 2060.
    """
    if not text:
        return None
    span = first_and_last(text)
    if span is None or text.endswith(("e", "f")):
        raise ValueError(f"{text!r} is not a date")
    try:
        low, high = _ends(span[0])[0], _ends(span[1])[1]
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date: {error}") from None
    if not _FIRST_YEAR <= low < high <= _LAST_YEAR:
        raise ValueError(f"{text!r} is outside {_FIRST_YEAR}..{_LAST_YEAR}, or ends before it begins")
    return low, high


def decimal_year(text: str) -> float:
    """Return the middle of a date as a decimal year; NaN for no date."""
    span = year_span(text)
    return float("nan") if span is None else (span[0] + span[1]) / 2.0


def _day(text: str) -> str:
    try:
        year_span(text)
    except ValueError as error:
        raise _fault(str(error), "write YYYY, YYYY-MM, YYYY-MM-DD or FIRST..LAST") from None
    return text


def _none(value: object) -> object:
    return None if value == "" else value


def _place(code: str) -> str:
    if code not in PLACES:
        raise _fault(f"unknown place {code[:60]!r}", did_you_mean(code, list(PLACES)))
    return code


def _links(text: str) -> str:
    for link in text.split("+") if text else ():
        if link not in LINKS:
            raise _fault(f"unknown link {link[:60]!r}", did_you_mean(link, LINKS))
    return text


def _ore(text: str) -> str:
    if text and text not in ORES:
        raise _fault(f"unknown ore {text[:60]!r}", did_you_mean(text, list(ORES)))
    return text


_Text = Annotated[str, Field(max_length=600, pattern=SAFE)]
_Needed = Annotated[str, Field(min_length=1, max_length=600, pattern=SAFE)]
_Day = Annotated[str, Field(max_length=30), AfterValidator(_day)]
_NeededDay = Annotated[str, Field(min_length=1, max_length=30), AfterValidator(_day)]
_Tonnes = Annotated[float | None, Field(ge=0, le=1e7, allow_inf_nan=False), BeforeValidator(_none)]
_Known = Literal["yes", "no", "unknown"]
_Url = Annotated[str, Field(max_length=600, pattern=r"^https?://\S+$")]
_Id = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Grade = Literal["A", "B", "C", "-"]


class History(BaseModel):
    """What is known of one plan; named facts, never an assessment of a company.

    Attributes
    ----------
    kind, links
        Kind of plant for base rates; links of the chain at which it adds capacity, joined by ``+``.
    announced .. ramped
        Day of each step as read; empty: not read.
    ended, ending
        Day and way of an end; a stalled plan has none.
    seen
        Last day for which anything was read of it: it is censored there.
    continued_by
        Id of a later plan for the same deposit or plant.
    planned_on, planned_first
        When a first year of production was named, and which.
    capacity, ndpr, dy, tb, dytb, sm, magnets
        At nameplate: in `capacity_unit`; t REO a year; `dytb` is a stated sum; t magnet a year.
    in_base
        Share of the nameplate that already produced in the base year 2024.
    capex_first, capex_latest
        In millions of `capex_unit`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: _Id
    project: _Needed
    company: _Text
    place: Annotated[str, AfterValidator(_place)]
    country: _Needed
    kind: Literal["mine", "separation", "metal", "magnet", "recycling"]
    links: Annotated[str, AfterValidator(_links)]
    cohort: Literal["listed-2010", "picked-2016", "pipeline-2023"]
    announced: _NeededDay
    permitted: _Day
    financed: _Day
    built: _Day
    commissioned: _Day
    ramped: _Day
    ended: _Day
    ending: Literal["", "cancelled", "failed", "blocked"]
    seen: _NeededDay
    continued_by: _Text
    planned_on: _Day
    planned_first: Annotated[float | None, Field(ge=1990, le=2060), BeforeValidator(_none)]
    capacity: _Tonnes
    capacity_unit: _Text
    ore: Annotated[str, AfterValidator(_ore)]
    ndpr: _Tonnes
    dy: _Tonnes
    tb: _Tonnes
    dytb: _Tonnes
    sm: _Tonnes
    magnets: _Tonnes
    in_base: Annotated[float, Field(ge=0, le=1), BeforeValidator(lambda v: 0.0 if v == "" else v)]
    capex_first: _Tonnes
    capex_latest: _Tonnes
    capex_unit: Literal["", "MUSD", "MAUD", "MCAD", "MEUR", "MINR"]
    funding: Literal["public", "private", "unknown"]
    offtake: _Known
    floor: _Known
    radioactive: _Known
    source: _Needed
    url: _Url
    outcome_url: Annotated[str, Field(max_length=600, pattern=r"^(https?://\S+)?$")]
    grade: _Grade
    terms: Literal["public-domain", "open-licence", "quoted-fact", "own-work"]
    note: _Text

    @model_validator(mode="after")
    def _in_order(self) -> History:
        """Refuse steps out of order, an end without a way, and a cost without a unit."""
        known = [(s, span) for s in ("announced", *_STEPS) if (span := year_span(getattr(self, s)))]
        for (before, first), (after, second) in pairwise(known):
            if first[0] > second[1]:
                raise _fault(f"it was {before} after it was {after}", "check both dates")
        if bool(self.ended) != bool(self.ending):
            raise _fault("an end needs a day and a way", "fill both `ended` and `ending`, or none")
        if (self.capex_first or self.capex_latest) and not self.capex_unit:
            raise _fault("a cost needs its unit", "fill `capex_unit`")
        return self

    def year(self, step: str) -> float:
        """Return the decimal year of ``announced`` .. ``ramped``, ``ended``, ``seen``; NaN if not read."""
        return decimal_year(getattr(self, step))


HISTORY_COLUMNS: Final[tuple[str, ...]] = tuple(History.model_fields)


class PublishedForecast(BaseModel):
    """A forecast or goal that somebody published, and what came of it.

    Attributes
    ----------
    says, element, link, quantity, value, low, high, unit, due
        What was foretold, by which year.
    outcome, observed
        ``open``, ``right``, ``late``, ``wrong`` or ``hindsight``, and what happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: _Id
    who: _Needed
    made_on: _NeededDay
    says: _Needed
    element: _Text
    link: Literal["*", "mine", "separation", "metal", "magnet"]
    quantity: _Needed
    value: _Tonnes
    low: _Tonnes
    high: _Tonnes
    unit: _Needed
    due: Annotated[int, Field(ge=1990, le=2060)]
    outcome: Literal["open", "right", "late", "wrong", "hindsight"]
    observed: _Text
    source: _Needed
    url: _Url
    grade: _Grade
    terms: Literal["public-domain", "open-licence", "quoted-fact", "own-work"]
    note: _Text

    @model_validator(mode="after")
    def _says_something(self, _info: ValidationInfo) -> PublishedForecast:
        if self.value is None and self.low is None and self.high is None:
            raise _fault("a forecast needs a number", "give value, low or high")
        return self


_Row = TypeVar("_Row", bound=BaseModel)


def _load(file: Path, kind: type[_Row]) -> tuple[_Row, ...]:
    """Return the rows of a table; all faults at once."""
    data = read_bytes(file)
    if isinstance(data, Fault):
        refuse([data])
        return ()
    table = read_table(file.name, data, tuple(kind.model_fields))
    rows: Sequence[_Row] = ()
    adapter: TypeAdapter[Any] = TypeAdapter(tuple[kind, ...])  # type: ignore[valid-type]
    try:
        rows = adapter.validate_python(table.cells)
    except ValidationError as error:
        table.faults.extend(_placed(table, error))
    counts = Counter(cells["id"] for cells in table.cells)
    table.faults.extend(
        Fault(f"id {i!r} stands {n} times", file.name, cure="give each its own")
        for i, n in counts.items()
        if n > 1
    )
    refuse(table.faults)
    return tuple(rows)


def _placed(table: Any, error: ValidationError) -> list[Fault]:
    return [fault_of(table, detail) for detail in error.errors(include_url=False)]


def load_histories(path: str | Path | None = None) -> tuple[History, ...]:
    """Return the histories of `path` (None: dearth's own), in file order.

    Raises
    ------
    BookError
        Anything is wrong with the file: all faults, each with file, line and column.
    """
    file = DATA / "projects" / "histories.csv" if path is None else Path(path)
    rows = _load(file, History)
    known = {r.id for r in rows}
    faults = [
        Fault(
            f"{r.id!r} goes on as {r.continued_by!r}, which is no id",
            file.name,
            cure="name a row of the file",
        )
        for r in rows
        if r.continued_by and r.continued_by not in known
    ]
    refuse(faults)
    return rows


def load_forecasts(path: str | Path | None = None) -> tuple[PublishedForecast, ...]:
    """Return the archive of published forecasts and goals, in file order; faults as in `load_histories`."""
    return _load(DATA / "projects" / "forecasts.csv" if path is None else Path(path), PublishedForecast)
