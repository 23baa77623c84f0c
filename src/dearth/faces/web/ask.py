"""What a request asks, checked: a scenario by name, as data or as YAML text, with changes laid over it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dearth.errors import Fault, InputError, ScenarioError, did_you_mean
from dearth.faces.catalogue import Study
from dearth.faces.options import overrides_of
from dearth.faces.web.problems import ProblemError
from dearth.world.scenario import (
    DEFAULT_SCENARIO,
    Event,
    Scenario,
    load_scenario,
    read_scenario,
    scenario_names,
)
from dearth.world.scenario_file import MAX_BYTES, parse_yaml

__all__ = ["Question", "asked", "event_id", "named_scenario", "without", "written_scenario"]

_Value = Annotated[str, Field(max_length=400)] | int | float
_MAX_SET: Final = 1000
_SET: Final = "set."


class Question(BaseModel):
    """What is asked of a study."""

    model_config = ConfigDict(extra="forbid")

    scenario: Annotated[str, Field(max_length=MAX_BYTES)] | dict[str, Any] = Field(
        default=DEFAULT_SCENARIO, description="A name of /scenarios, a scenario as data, or its YAML text."
    )
    set: dict[Annotated[str, Field(max_length=200)], _Value] = Field(
        default_factory=dict, max_length=_MAX_SET, description="Scenario values and assumptions, by key."
    )
    draws: int | None = Field(default=None, description="Size of the ensemble.")
    seed: int | None = None
    weeks: int | None = None
    as_of: str | None = Field(default=None, max_length=40)
    options: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=200)]] = Field(
        default_factory=dict, max_length=20, description="Options that only this study takes, e.g. for_place."
    )
    off: list[Annotated[str, Field(max_length=40)]] = Field(
        default_factory=list, max_length=_MAX_SET, description="Ids of events that shall not happen."
    )
    central: bool = Field(default=False, description="One draw of central values: the median path, fast.")
    lean: bool = Field(default=False, description="Without `sources`, and with short paths.")
    session: str = Field(default="", max_length=64, description="The latest run of a session wins.")
    sequence: int = Field(default=0, ge=0, le=2**53, description="Order of runs within the session.")

    def own(self, one: Study) -> dict[str, str]:
        """Return the options that only this study takes.

        Raises
        ------
        InputError
            It takes no such option: one fault for each.
        """
        known = [name for name in one.options if name not in SHARED]
        faults = [
            Fault(
                f"{one.name} has no option {name!r}",
                "options",
                cure=did_you_mean(name, known) if known else "",
            )
            for name in self.options
            if name not in known
        ]
        if faults:
            raise InputError("Checking what was asked", faults)
        return dict(self.options)


SHARED: Final = frozenset(
    (
        "scenario",
        "draws",
        "seed",
        "weeks",
        "as_of",
        "set",
        "workers",
        "keep",
        "cluster",
        "book",
        "firm",
        "json",
        "csv",
        "xlsx",
        "html",
        "quiet",
    )
)
"""Options of the catalogue that are fields of a question of their own, or of the command line only."""


def event_id(event: Event) -> str:
    """Return a short name of an event: the same in every scenario that holds it."""
    text = json.dumps(event.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
    return f"{event.date.isoformat()}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def named_scenario(name: str) -> Scenario:
    """Return a shipped scenario; nothing else on this machine can be named.

    Raises
    ------
    ProblemError
        404 with the nearest names.
    """
    if name not in scenario_names():
        what = f"no scenario {name[:80]!r}"
        raise ProblemError(
            404, what, [Fault(what, "scenario", cure=did_you_mean(name[:80], scenario_names()))]
        )
    return load_scenario(name)


def written_scenario(given: str | Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return a scenario as plain data, and how to call it in messages.

    Raises
    ------
    ScenarioError
        It is no YAML, or no such scenario is shipped.
    """
    if not isinstance(given, str):
        return given, "scenario"
    if given in scenario_names():
        return load_scenario(given).to_dict(), f"scenario {given}"
    if "\n" in given or ":" in given:
        return parse_yaml(given.encode("utf-8", "replace"), "scenario"), "scenario"
    fault = Fault(f"no scenario {given[:80]!r}", "scenario", cure=did_you_mean(given[:80], scenario_names()))
    raise ScenarioError("Finding a scenario", fault)


def asked(question: Question, known: Collection[str], draws: int | None = None) -> Scenario:
    """Return the scenario of a question, with everything laid over it; all faults at once.

    Parameters
    ----------
    known
        Ids of assumptions that may be overridden.
    draws
        Size of the ensemble where none is asked for; None: as the scenario says.

    Raises
    ------
    InputError
        Anything is wrong with it.
    """
    written, where = written_scenario(question.scenario)
    named = {
        "draws": 1 if question.central else question.draws if question.draws is not None else draws,
        "seed": question.seed,
        "weeks": question.weeks,
        "as_of": question.as_of,
    }
    texts = {key: str(value) for key, value in named.items() if value is not None}
    overrides, faults = overrides_of([f"{key}={value}" for key, value in question.set.items()], texts)
    try:
        scenario = read_scenario(written, where, overrides)
    except InputError as error:
        unknown = _unknown(overrides, known)
        raise ScenarioError(error.phase, [*faults, *error.faults, *unknown]) from None
    faults += [*_unknown_ids(scenario, known), *_unknown_events(scenario, question.off)]
    if faults:
        raise ScenarioError("Checking what was asked", faults)
    return without(scenario, question.off)


def _unknown(overrides: Mapping[str, str], known: Collection[str]) -> list[Fault]:
    """Return the faults of overrides of assumptions that there are not, of a scenario that cannot be read."""
    ids = [key.removeprefix(_SET) for key in overrides if key.startswith(_SET)]
    return [
        Fault(
            f"unknown assumption {one[:80]!r}", f"set.{one[:80]}", cure=did_you_mean(one[:80], sorted(known))
        )
        for one in ids
        if one not in known
    ]


def _unknown_ids(scenario: Scenario, known: Collection[str]) -> list[Fault]:
    try:
        scenario.check_ids(known)
    except ScenarioError as error:
        return list(error.faults)
    return []


def _unknown_events(scenario: Scenario, off: Collection[str]) -> list[Fault]:
    ids = [event_id(event) for event in scenario.events]
    return [
        Fault(f"no event {one[:40]!r} in this scenario", "off", cure=did_you_mean(one[:40], ids))
        for one in off
        if one not in ids
    ]


def without(scenario: Scenario, off: Collection[str]) -> Scenario:
    """Return the scenario without some of its events."""
    if not off:
        return scenario
    kept = [event for event in scenario.events if event_id(event) not in off]
    data = {
        **scenario.to_dict(),
        "events": [event.model_dump(mode="json", exclude_none=True) for event in kept],
    }
    return Scenario.model_validate(data)
