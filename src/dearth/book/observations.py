"""What happened: observed figures of the two episodes, train or note, and the bar a model should meet."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dearth.axes import ELEMENTS, PLACES
from dearth.book.read import DATA, fault_of, read_bytes, read_table, refuse
from dearth.book.row import SAFE
from dearth.errors import Fault

__all__ = ["OBSERVATION_COLUMNS", "Observation", "load_observations"]


_NUMBER: Final = r"[0-9]{1,6}(\.[0-9]{1,6})?"
_BAR: Final = rf"^(|(rel|factor|mape):{_NUMBER}|range:{_NUMBER}\.\.{_NUMBER}|order|sign|none)$"
_NAMES: Final = frozenset({"", "*", "WORLD", "EUR", "EU27", "outside", *ELEMENTS, *PLACES})


def _known(name: str) -> str:
    if name not in _NAMES:
        raise PydanticCustomError("name", "no such element or place")
    return name


_Name = Annotated[str, AfterValidator(_known)]


class Observation(BaseModel):
    """One observed figure.

    Attributes
    ----------
    episode
        ``"2010"`` or ``"2025"``.
    observable, element, place, partner
        What was observed; ``*`` is all elements, `partner` the destination of a flow.
    tier
        ``china`` (price inside), ``fob`` (price at a Chinese port), ``quote`` (thin spot quote at the door),
        ``volume-weighted``, ``flow``, ``stop`` or ``sign``.
    start, end
        First and last day it covers.
    value, low, high, unit
        Figure and the range its source prints.
    use
        ``train``: may be fitted; ``note``: shown and scored, never fitted.
    bar
        ``rel:0.25``, ``factor:1.5``, ``mape:0.07``, ``range:4..10``, ``order``, ``sign``, ``none`` or empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str = Field(pattern=r"^obs-[a-z0-9-]+$")
    episode: Literal["2010", "2025"]
    observable: str = Field(min_length=1, max_length=60, pattern=SAFE)
    element: _Name
    place: _Name
    partner: _Name
    tier: Literal["china", "fob", "quote", "volume-weighted", "flow", "stop", "sign"]
    start: datetime.date
    end: datetime.date
    value: float = Field(allow_inf_nan=False)
    low: float | None = Field(allow_inf_nan=False)
    high: float | None = Field(allow_inf_nan=False)
    unit: str = Field(max_length=20, pattern=SAFE)
    use: Literal["train", "note"]
    bar: str = Field(max_length=20, pattern=_BAR)
    source: str = Field(min_length=1, max_length=600, pattern=SAFE)
    url: str = Field(max_length=600, pattern=r"^https?://\S+$")
    grade: Literal["A", "B", "C", "-"]
    terms: str = Field(max_length=40, pattern=SAFE)
    note: str = Field(max_length=600, pattern=SAFE)

    @model_validator(mode="after")
    def _sound(self) -> Observation:
        """Refuse days, values and bars that contradict each other."""
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if self.end < self.start:
            raise PydanticCustomError("order", "it ends before it starts")
        if not low <= self.value <= high:
            raise PydanticCustomError("range", "its value lies outside its range")
        if _bar_is_empty(self.bar):
            raise PydanticCustomError("bar", "its bar leaves no room")
        return self


def _bar_is_empty(bar: str) -> bool:
    """Tell whether a bar could never be met: a tolerance of 0, a factor of 1, a range turned round."""
    kind, _, rest = bar.partition(":")
    if kind in {"rel", "mape"}:
        return float(rest) <= 0.0
    if kind == "factor":
        return float(rest) <= 1.0
    if kind == "range":
        low, high = rest.split("..")
        return float(low) > float(high)
    return False


OBSERVATION_COLUMNS: Final[tuple[str, ...]] = tuple(Observation.model_fields)
_ALL: Final = TypeAdapter(tuple[Observation, ...])


def load_observations(path: str | Path | None = None) -> tuple[Observation, ...]:
    """Return the observations of `path` (None: dearth's own), in file order.

    Raises
    ------
    BookError
        Anything is wrong with the file: all faults, each with file, line and column.
    """
    file = DATA / "episodes" / "observations.csv" if path is None else Path(path)
    data = read_bytes(file)
    if isinstance(data, Fault):
        refuse([data])
        return ()
    table = read_table(file.name, data, OBSERVATION_COLUMNS)
    cells = [{**c, "low": c["low"] or None, "high": c["high"] or None} for c in table.cells]
    found: tuple[Observation, ...] = ()
    try:
        found = _ALL.validate_python(cells)
    except ValidationError as error:
        table.faults.extend(fault_of(table, detail) for detail in error.errors(include_url=False))
    table.faults.extend(_twice(file.name, found))
    refuse(table.faults)
    return found


def _twice(name: str, found: tuple[Observation, ...]) -> list[Fault]:
    """Return a fault for each id that stands more than once."""
    counts = Counter(o.id for o in found)
    return [
        Fault(f"id {i!r} stands {n} times", name, cure="give each its own")
        for i, n in counts.items()
        if n > 1
    ]
