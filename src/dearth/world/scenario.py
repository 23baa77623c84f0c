"""What a user may change: a frozen scenario, read from YAML and checked in one go.

A scenario says when the story starts, how long it is followed, what happens on which day, and which
assumptions of the book it overrides. Everything else comes from the book.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dearth.axes import END_USES, MATERIALS, PLACES
from dearth.calendar import week_of_date
from dearth.errors import Fault, ScenarioError, did_you_mean
from dearth.world import DEFAULT_SCENARIO, MOST_AT_ONCE
from dearth.world.scenario_faults import action_faults, cross_faults, faults_of, parse_day
from dearth.world.scenario_file import parse_yaml, read_bytes
from dearth.world.scenario_override import overridden, shortened

__all__ = [
    "DEFAULT_SCENARIO",
    "Event",
    "Scenario",
    "load_scenario",
    "read_scenario",
    "scenario_names",
    "scenario_schema",
    "scenario_text",
]

Action = Literal[
    "licence", "prohibit", "inspect", "open", "stop-flow", "quota", "note",
    "duty", "curb", "enforce", "floor", "stockpile",
]  # fmt: skip
_PHASE: Final = "Checking a scenario"
_MAX_ITEMS: Final = 1000


def _fault(what: str, cure: str = "") -> PydanticCustomError:
    return PydanticCustomError("dearth", "{what}", {"what": what, "cure": cure})


def _day(value: object) -> date:
    day, fault = parse_day(value)
    if day is None:
        raise _fault(*fault)
    return day


def _place(code: str) -> str:
    if code not in PLACES:
        raise _fault(f"unknown place {code[:60]!r}", did_you_mean(code, list(PLACES)))
    return code


def _all_places(value: object) -> object:
    if value in ("all", ("all",)):
        return tuple(PLACES)
    if not isinstance(value, list | tuple):
        raise _fault(f"{str(value)[:60]!r} is not a list of places", "write `all`, or a list: [USA, JPN]")
    return tuple(value)


def _expand_materials(patterns: tuple[str, ...]) -> tuple[str, ...]:
    chosen: set[str] = set()
    for pattern in patterns:
        stem = pattern.removesuffix("*")
        found = [m for m in MATERIALS if m == pattern or (stem != pattern and m.startswith(stem))]
        if not found:
            raise _fault(f"unknown material {pattern[:60]!r}", did_you_mean(pattern, list(MATERIALS)))
        chosen.update(found)
    return tuple(m for m in MATERIALS if m in chosen)


def _listed(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise _fault(f"{str(value)[:60]!r} is not a list", "write a list, e.g. [a, b]")
    return tuple(value)


def _web(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"'\\]+", url):
        raise _fault(f"{url[:80]!r} is not a web address", "write one that begins with https://")
    return url


def _printable(text: str) -> str:
    if any(not c.isprintable() and c != "\n" for c in text):
        raise _fault("text holds control characters", "remove them")
    return text.strip()


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fault(f"{str(value)[:60]!r} is not a number", "write a plain number, e.g. 6.5")
    return float(value)


def _text(limit: int, least: int = 1) -> Any:
    return Annotated[str, Field(min_length=least, max_length=limit), AfterValidator(_printable)]


_Date = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
_Place = Annotated[str, AfterValidator(_place), WithJsonSchema({"enum": list(PLACES)})]
_Destinations = Annotated[
    tuple[_Place, ...],
    Field(max_length=_MAX_ITEMS),
    BeforeValidator(_all_places),
    WithJsonSchema(
        {"oneOf": [{"const": "all"}, {"type": "array", "items": {"enum": list(PLACES)}, "minItems": 1}]}
    ),
]
_Materials = Annotated[
    tuple[str, ...], Field(max_length=_MAX_ITEMS), AfterValidator(_expand_materials), BeforeValidator(_listed)
]
_Number = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False), BeforeValidator(_number)]
_Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False), BeforeValidator(_number)]
_Weeks = Annotated[float, Field(gt=0, le=520, allow_inf_nan=False), BeforeValidator(_number)]
_Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,119}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Event(_Strict):
    """Something that happens on a day.

    Attributes
    ----------
    action
        ``licence``: exports need a licence from that day; standing customers apply that day and the
        licence chain decides. ``prohibit``: nothing leaves. ``inspect``: goods that need no licence
        are delayed by customs tests. ``open``: the control ends. ``stop-flow``: that trade ends.
        ``quota``: at most `tonnes_per_half_year`. ``note``: recorded, without effect.
        These act on prices only: ``duty``: an export duty of `percent`. ``curb``: unrecorded mining of
        the ores stops in part (the book says how much) until ``open``. ``enforce``: smuggling of the
        goods no longer answers prices, until ``open``. ``floor``: a public contract pays at least
        `usd_per_kg`. ``stockpile``: `tonnes` are bought inside `origin` over `over_weeks`.
    materials
        Keys of `dearth.axes.MATERIALS`; patterns such as ``magnet:*`` are expanded when read.
    destinations
        Place codes other than `origin`; ``all`` is expanded when read.
    """

    date: _Date
    what: _text(500)  # type: ignore[valid-type]
    source: _text(300)  # type: ignore[valid-type]
    url: Annotated[str, Field(max_length=2000), AfterValidator(_web)] | None = None
    action: Action
    origin: _Place | None = None
    materials: _Materials = ()
    destinations: _Destinations = Field(default=("all",), validate_default=True)
    end_use: Literal["all", "civil", "military"] = "all"
    tonnes_per_half_year: _Number | None = Field(default=None, description="t REO or t magnet; quota only")
    percent: _Percent | None = Field(default=None, description="of the price; duty only")
    usd_per_kg: _Number | None = Field(default=None, description="floor only")
    tonnes: _Number | None = Field(default=None, description="t REO; stockpile only")
    over_weeks: _Weeks | None = Field(default=None, description="stockpile only")

    @field_validator("destinations")
    @classmethod
    def _abroad(cls, places: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        origin = info.data.get("origin")
        return tuple(p for p in PLACES if p in places and p != origin) if origin else ()

    @model_validator(mode="after")
    def _complete(self) -> Event:
        faults = action_faults(self.model_dump(), "")
        if faults:
            raise PydanticCustomError("cross", "{what}", {"what": str(faults[0]), "cure": ""})
        return self

    @property
    def end_uses(self) -> tuple[str, ...]:
        """The end uses it touches, in the order of `dearth.axes.END_USES`."""
        return tuple(END_USES) if self.end_use == "all" else (self.end_use,)


class Scenario(_Strict):
    """A story to simulate; frozen.

    Attributes
    ----------
    start
        Day of week 0.
    as_of
        Day up to which facts and events are known: an input, never the clock.
    weeks, seed, draws
        Length of the run, seed and size of the ensemble.
    growth
        ``none``, or ``planned``: demand grows as the book plans.
    base
        Year of the balance that the story starts from: 2024 (chain and market) or 2009 (market only).
    set
        Assumptions of the book that this scenario overrides: row id -> value in the row's unit.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: _text(200)  # type: ignore[valid-type]
    description: _text(4000)  # type: ignore[valid-type]
    start: _Date
    as_of: _Date
    weeks: Annotated[int, Field(ge=1, le=520)]
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]
    draws: Annotated[int, Field(ge=1, le=100_000_000)]
    growth: Literal["none", "planned"] = "none"
    base: Literal[2009, 2024] = 2024
    events: Annotated[tuple[Event, ...], Field(max_length=_MAX_ITEMS), BeforeValidator(_listed)] = ()
    set: Annotated[dict[_Key, _Number], Field(max_length=_MAX_ITEMS)] = Field(default_factory=dict)

    @field_validator("events")
    @classmethod
    def _by_day(cls, events: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(sorted(events, key=lambda event: event.date))

    @model_validator(mode="after")
    def _inside(self) -> Scenario:
        faults = cross_faults(self.model_dump())
        if faults:
            raise PydanticCustomError("cross", "{what}", {"what": str(faults[0]), "cure": ""})
        return self

    @property
    def active_events(self) -> tuple[Event, ...]:
        """Events that act on the model: no notes, and none after an `as_of` inside the horizon.

        An `as_of` before `start` hides nothing: such a scenario is a what-if from end to end.
        """
        hides = self.as_of >= self.start
        return tuple(e for e in self.events if e.action != "note" and not (hides and e.date > self.as_of))

    def ensemble(self, draws: int | None, seed: int | None) -> Scenario:
        """Return the scenario with another size or seed of the ensemble, where one is given.

        Raises
        ------
        ScenarioError
            It has more draws than are held in memory at once.
        """
        asked = {"draws": draws, "seed": seed}
        found = self.model_copy(update={k: v for k, v in asked.items() if v is not None})
        if found.draws > MOST_AT_ONCE:
            why = f"{MOST_AT_ONCE:,} are held in memory at once"
            cure = "take fewer; only `dearth countdown`, or `dearth.ensemble` in Python, runs more, in blocks"
            raise ScenarioError(_PHASE, Fault(f"{found.draws:,} draws", "draws", why, cure))
        return found

    def week_of(self, event: Event) -> float:
        """Return weeks from `start` to the day of `event`."""
        return week_of_date(event.date, self.start)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (dates as ISO text); `Scenario` reads it back."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def sha256(self) -> str:
        """Hash of the content in canonical form: independent of order of keys, comments and layout."""
        # not remembered: pydantic hands what an object remembers on to its changed copies
        text = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def check_ids(self, known: Collection[str]) -> None:
        """Refuse overrides of assumptions that the book does not know.

        Raises
        ------
        ScenarioError
            With one fault per unknown id.
        """
        names = sorted(known)
        faults = [
            Fault(f"unknown assumption {key!r}", f"set.{key}", cure=did_you_mean(key, names))
            for key in self.set
            if key not in known
        ]
        if faults:
            raise ScenarioError(_PHASE, faults)


def _shipped() -> Any:
    return resources.files("dearth") / "data" / "scenarios"


def scenario_names() -> tuple[str, ...]:
    """Return the names of the shipped scenarios, the default first."""
    names = sorted(p.name.removesuffix(".yaml") for p in _shipped().iterdir() if p.name.endswith(".yaml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_SCENARIO))


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file."""
    schema = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "dearth scenario"}


def scenario_text(name_or_path: str | Path) -> tuple[bytes, str]:
    """Return the bytes of a scenario and how to name it in messages.

    Raises
    ------
    ScenarioError
        No such scenario or file, or the file cannot be read.
    """
    text = str(name_or_path)
    names = scenario_names()
    if text in names:
        return (_shipped() / f"{text}.yaml").read_bytes(), f"scenario {text}"
    looks_like_path = "/" in text or "\\" in text or text.endswith((".yaml", ".yml"))
    try:
        exists = Path(text).exists()
    except (OSError, ValueError):
        exists = False
    if text and (exists or looks_like_path):
        return read_bytes(Path(text)), text
    cure = did_you_mean(text, names)
    raise ScenarioError("Finding a scenario", Fault(f"no scenario or file {text[:80]!r}", cure=cure))


def load_scenario(
    name_or_path: str | Path = DEFAULT_SCENARIO,
    overrides: Mapping[str, str] | None = None,
    known_ids: Callable[[], Collection[str]] | None = None,
) -> Scenario:
    """Return a scenario, shipped or from a file, with overrides applied.

    Parameters
    ----------
    name_or_path
        A name of `scenario_names`, else the path of a YAML file.
    overrides
        Text by key, e.g. ``{"weeks": "52", "set.cover-other-automotive": "6"}``.
    known_ids
        Gives the ids that `set` may name, when they are to be checked here.

    Raises
    ------
    ScenarioError
        All faults of the file and of the overrides at once; nothing is half-read.
    """
    data, where = scenario_text(name_or_path)
    return read_scenario(parse_yaml(data, where), where, overrides, known_ids)


def read_scenario(
    written: Mapping[str, Any],
    where: str = "scenario",
    overrides: Mapping[str, str] | None = None,
    known_ids: Callable[[], Collection[str]] | None = None,
) -> Scenario:
    """Return the scenario of plain data, as a file or a request holds them; see `load_scenario`.

    Raises
    ------
    ScenarioError
        All faults of the data and of the overrides at once.
    """
    raw, faults = overridden(written, overrides or {})
    raw = shortened(raw, written)
    faults += [_at(fault, where) for fault in cross_faults(raw)]
    scenario = None
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        faults += [_at(fault, where) for fault in faults_of(error, _fields())]
    if faults or scenario is None:
        raise ScenarioError(_PHASE, faults)
    if known_ids is not None:
        scenario.check_ids(known_ids())
    return scenario


def _fields() -> dict[str, tuple[str, ...]]:
    return {"": tuple(Scenario.model_fields), "events": tuple(Event.model_fields)}


def _at(fault: Fault, where: str) -> Fault:
    return Fault(fault.what, f"{where}, {fault.where}" if fault.where else where, fault.why, fault.cure)
