"""One row of the data book: frozen, checked on the way in, with closed lists of kinds, grades and terms.

Checks that look at two columns are validators of the later column, so that every fault of a row is
reported at once and with the column it is in.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from dearth.axes import ELEMENT_MEMBERS, MATERIALS, PLACES
from dearth.book.row import COLUMNS, GRADES, KINDS, SAFE, TERMS, Figures, first_and_last
from dearth.errors import did_you_mean
from dearth.units import UNITS

__all__ = [
    "COLUMNS",
    "GRADES",
    "KINDS",
    "REGIONS",
    "SYMBOLS",
    "TERMS",
    "FactRow",
]

Kind = Literal["sourced", "derived", "assumption", "hole"]
Grade = Literal["A", "B", "C", "-"]
Terms = Literal["public-domain", "open-licence", "cc-by", "quoted-fact", "isolated-price-quote", "own-work"]
Preferred = Literal["yes", "no", ""]

REGIONS: Final = ("WORLD", "EU27", "EUR", "*")
SYMBOLS: Final = (
    *("La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb"),
    *("Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Y", "Sc"),
)
_ELEMENTS: Final = (*SYMBOLS, *ELEMENT_MEMBERS, "REO", "LREE", "HREE", "*")
_PREFIXES: Final = ("ore", "oxide", "metal", "magnet", "assembly", "product")
_CODES: Final = (*PLACES, *REGIONS)
_PLACE_NAMES: Final = {name: code for code, name in PLACES.items()}

_KEBAB: Final = r"^[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*$"
_YEARS: Final = (1900, 2100)


def _fault(what: str, cure: str = "") -> PydanticCustomError:
    """Return a fault that the reader turns into words."""
    return PydanticCustomError("dearth", "{what}", {"what": what, "cure": cure})


def _number(value: object) -> object:
    """Turn an empty cell into None; refuse what Python, but no table, would take for a number."""
    if value == "":
        return None
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise _fault(f"{value!r} is not a number", "write it plainly, e.g. 1250.5")
    return value


def _plain_zero(number: float | None) -> float | None:
    """Turn a negative zero into zero: it says no more, and some programs drop its sign."""
    return None if number is None else number + 0.0


@lru_cache(maxsize=4096)
def _unit(unit: str) -> str:
    if unit not in UNITS:
        raise _fault(f"unknown unit {unit!r}", did_you_mean(unit, list(UNITS)))
    return unit


@lru_cache(maxsize=4096)
def _place(place: str) -> str:
    if place in _PLACE_NAMES:
        raise _fault(f"place {place!r} is written by its code", f"write {_PLACE_NAMES[place]!r}")
    if place.isupper() and place not in _CODES:
        raise _fault(f"unknown place code {place!r}", did_you_mean(place, _CODES))
    return place


@lru_cache(maxsize=4096)
def _material(material: str) -> str:
    prefix, colon, rest = material.partition(":")
    if colon and prefix in _PREFIXES and rest != "*" and material not in MATERIALS:
        raise _fault(f"unknown material {material!r}", did_you_mean(material, list(MATERIALS)))
    return material


@lru_cache(maxsize=4096)
def _element(element: str) -> str:
    for part in element.split("+") if element else ():
        if part not in _ELEMENTS:
            raise _fault(f"unknown element {part!r}", did_you_mean(part, _ELEMENTS))
    return element


@lru_cache(maxsize=4096)
def _first_and_last(text: str) -> tuple[str, str]:
    """Return the first and the last period named by a date, without its suffix."""
    span = first_and_last(text)
    if span is None:
        cure = "write YYYY, YYYY-MM, YYYY-MM-DD or FIRST..LAST, with f (forecast) or e (estimate)"
        raise _fault(f"{text!r} is not a date", cure)
    return span


@lru_cache(maxsize=4096)
def _date(text: str) -> str:
    first, last = _first_and_last(text)
    for day in (first, last):
        try:
            datetime.date.fromisoformat((day + "-01-01")[:10])
        except ValueError as error:
            raise _fault(f"{text!r} is not a date", str(error)) from None
        if not _YEARS[0] <= int(day[:4]) <= _YEARS[1]:
            raise _fault(f"date {text!r} is outside {_YEARS[0]}..{_YEARS[1]}", "check the year")
    if last < first[: len(last)]:
        raise _fault(f"{text!r} ends before it begins", "write FIRST..LAST")
    return text


@lru_cache(maxsize=4096)
def _url(url: str) -> str:
    if url and (not url.startswith(("http://", "https://")) or " " in url or len(url) < len("http://a.b")):
        raise _fault(f"{url[:80]!r} is not one address", "write one http(s) address")
    return url


_Text = Annotated[str, Field(max_length=600, pattern=SAFE)]
_Needed = Annotated[str, Field(min_length=1, max_length=600, pattern=SAFE)]
_Kebab = Annotated[str, Field(max_length=120, pattern=_KEBAB)]
_Number = Annotated[
    float | None, Field(allow_inf_nan=False), BeforeValidator(_number), AfterValidator(_plain_zero)
]
_Place = Annotated[_Text, AfterValidator(_place)]


class FactRow(Figures, BaseModel):
    """One sourced figure, derived figure, assumption or known hole.

    Attributes
    ----------
    id
        Unique over all files of the book.
    quantity, material, element, place, partner, sector, basis
        What is measured, of what, where, to where, for whom, and counted how.
    value, low, high
        In `unit`; ``low <= value <= high``; any of them may be None.
    date
        Period the figure holds for, as written; see `period` and `year`.
    kind, grade, terms
        One of `KINDS`, `GRADES`, `TERMS`.
    source, url
        Who says so, and where; a sourced row has both.
    preferred
        ``"yes"``, ``"no"`` or ``""``: an explicit choice among rivals.
    note
        How derived, why preferred, the reasoning of an assumption.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: _Kebab
    quantity: _Kebab
    material: Annotated[_Text, AfterValidator(_material)]
    element: Annotated[_Text, AfterValidator(_element)]
    place: _Place
    partner: _Place
    sector: _Text
    basis: _Text
    value: _Number
    low: _Number
    high: _Number
    unit: Annotated[str, AfterValidator(_unit)]
    date: Annotated[str, AfterValidator(_date)]
    kind: Kind
    source: _Needed
    url: Annotated[str, Field(max_length=600, pattern=SAFE), AfterValidator(_url)]
    grade: Grade
    terms: Terms
    preferred: Preferred
    note: _Text

    @field_validator("high")
    @classmethod
    def _ordered(cls, high: float | None, info: ValidationInfo) -> float | None:
        low, value = info.data.get("low"), info.data.get("value")
        if low is not None and high is not None and low > high:
            raise _fault(f"low {low:g} is above high {high:g}", "swap them")
        if value is not None and low is not None and value < low:
            raise _fault(f"value {value:g} is below low {low:g}", "widen the range")
        if value is not None and high is not None and value > high:
            raise _fault(f"value {value:g} is above high {high:g}", "widen the range")
        return high

    @field_validator("kind")
    @classmethod
    def _numbers_fit(cls, kind: Kind, info: ValidationInfo) -> Kind:
        columns = ("value", "low", "high")
        if any(column not in info.data for column in columns):
            return kind
        given = [column for column in columns if info.data[column] is not None]
        if kind == "hole" and given:
            raise _fault(f"a hole has no {' or '.join(given)}", "empty it, or choose another kind")
        if kind != "hole" and not given and info.data.get("unit") != "text":
            raise _fault(f"a {kind} row needs a value, or low and high", "give one, or kind 'hole'")
        return kind

    @field_validator("url")
    @classmethod
    def _sourced(cls, url: str, info: ValidationInfo) -> str:
        if not url and info.data.get("kind") == "sourced":
            raise _fault("a sourced row needs an address", "give the url of the source")
        return url

    @field_validator("grade")
    @classmethod
    def _graded(cls, grade: str, info: ValidationInfo) -> str:
        if grade == "-" and info.data.get("kind") == "sourced":
            raise _fault("a sourced row needs a grade", "A primary, B secondary, C no primary named")
        return grade
