"""Overrides of single scenario values, given as text on a command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from dearth.calendar import date_of_week
from dearth.errors import Fault, did_you_mean
from dearth.world.scenario_faults import MAX_WEEKS, parse_day

__all__ = ["OVERRIDES", "overridden", "shortened"]

_DIGITS: Final = 18


def _whole(text: str) -> int:
    if not re.fullmatch(rf"[-+]?[0-9]{{1,{_DIGITS}}}", text):
        raise ValueError("a whole number")
    return int(text)


def _number(text: str) -> float:
    if not re.fullmatch(r"[-+]?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][-+]?[0-9]{1,3})?", text):
        raise ValueError("a plain number")
    return float(text)


# scalar keys that may be overridden, and how their text is read
OVERRIDES: Final[dict[str, Callable[[str], Any]]] = {
    "weeks": _whole,
    "draws": _whole,
    "seed": _whole,
    "start": str,
    "as_of": str,
    "growth": str,
}


def overridden(raw: Mapping[str, Any], overrides: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """Return `raw` with `overrides` laid over it, and what is wrong with them."""
    result = dict(raw)
    faults: list[Fault] = []
    for key, text in overrides.items():
        where = f"--set {key[:80]}"
        name = key.replace("-", "_") if not key.startswith("set.") else key
        reader = _number if name.startswith("set.") else OVERRIDES.get(name)
        if reader is None:
            cure = did_you_mean(key, [*OVERRIDES, "set.<assumption>"])
            faults.append(Fault(f"unknown key {key[:80]!r}", where, cure=cure))
            continue
        try:
            _put(result, name, reader(text.strip()))
        except ValueError as error:
            faults.append(Fault(f"{text[:60]!r} is not {error}", where, cure="write it plainly, e.g. 52"))
    return result, faults


def _put(result: dict[str, Any], name: str, value: Any) -> None:
    if not name.startswith("set."):
        result[name] = value
        return
    settings = result.get("set") or {}
    if isinstance(settings, Mapping):
        result["set"] = {**settings, name.removeprefix("set."): value}


def shortened(raw: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """Return `raw` without the events that an override of `weeks` pushes past the end.

    Events that were past the end already, before the override, stay and are a fault.
    """
    start = parse_day(raw.get("start"))[0]
    now, before, events = raw.get("weeks"), written.get("weeks"), raw.get("events")
    counts = all(type(weeks) is int and 1 <= weeks <= MAX_WEEKS for weeks in (now, before))
    if start is None or not counts or not isinstance(events, list) or now >= before:  # type: ignore[operator]
        return raw
    end, old_end = date_of_week(float(now or 0), start), date_of_week(float(before or 0), start)
    days = [parse_day(e.get("date"))[0] if isinstance(e, Mapping) else None for e in events]
    kept = [e for e, day in zip(events, days, strict=True) if day is None or not end < day <= old_end]
    return {**raw, "events": kept}
