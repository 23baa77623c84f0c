"""Dated rules as events of a scenario: the days on which exports from China come under a gate or out of it.

With ``amended`` rules this is a what-if ("Announcement 57 comes back"), with `as_of` what was known on a day.
Quotas are left to the scenario, for their tonnage is no part of a rule; an ordinary licence is no gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Final

from dearth.axes import END_USES, MATERIALS, PLACES
from dearth.rules.ruleset import RuleSet
from dearth.world.rule_gates import ORIGIN, GateChange, gate_changes
from dearth.world.scenario import Event

__all__ = ["events_of_rules"]

_MOST_WORDS: Final = 400
_WORDS: Final = {"prohibit": "prohibited", "licence": "under licence", "open": "out of the gate"}


def events_of_rules(
    rules: RuleSet, first: date, last: date, *, as_of: date | None = None
) -> tuple[Event, ...]:
    """Return the gates of the rules from `first` to `last` as events; those that stand on `first` come then.

    Parameters
    ----------
    rules
        Dearth's own, or those of a what-if; see :func:`dearth.rules.ruleset.amended`.
    as_of
        Day up to which rules and suspensions are known; None: all that the rule set holds.
    """
    changes = [c for c in gate_changes(rules, first, last, as_of=as_of) if c.action != "quota"]
    return tuple(
        event
        for day, same_day in groupby(changes, key=lambda c: c.day)
        for event in _of_day(day, list(same_day))
    )


def _of_day(day: date, changes: list[GateChange]) -> Iterator[Event]:
    """Yield the events of one day: one for each gate and set of materials, destinations and end uses."""
    for action in ("licence", "prohibit", None):
        found = [change for change in changes if change.action == action]
        by_use = {use: _rectangles(c for c in found if c.use == use) for use in END_USES}
        for (materials, places), use in _joined(by_use):
            names = {rule for c in found if c.material in materials and c.place in places for rule in c.rules}
            yield _event(day, action or "open", (materials, places, use), sorted(names))


_Rectangle = tuple[tuple[str, ...], tuple[str, ...]]


def _rectangles(changes: Iterable[GateChange]) -> set[_Rectangle]:
    """Return materials and places that change together, in the order of the axes."""
    of_place: dict[str, set[str]] = {}
    for change in changes:
        of_place.setdefault(change.place, set()).add(change.material)
    places_of: dict[tuple[str, ...], list[str]] = {}
    for place in PLACES:
        if place in of_place:
            materials = tuple(m for m in MATERIALS if m in of_place[place])
            places_of.setdefault(materials, []).append(place)
    return {(materials, tuple(places)) for materials, places in places_of.items()}


def _joined(by_use: dict[str, set[_Rectangle]]) -> Iterator[tuple[_Rectangle, str]]:
    """Yield each rectangle with its end use, ``all`` where every use has it."""
    shared = set.intersection(*by_use.values())
    yield from ((one, "all") for one in sorted(shared))
    for use, found in by_use.items():
        yield from ((one, use) for one in sorted(found - shared))


def _event(
    day: date, action: str, about: tuple[tuple[str, ...], tuple[str, ...], str], names: list[str]
) -> Event:
    materials, places, use = about
    what = f"{_WORDS[action]}: {', '.join(materials)}"
    source = f"dearth rules: {', '.join(names)}" if names else "dearth rules: no rule applies any more"
    return Event.model_validate(
        {
            "date": day,
            "what": what if len(what) <= _MOST_WORDS else f"{what[:_MOST_WORDS]} ...",
            "source": source[:300],
            "action": action,
            "origin": ORIGIN,
            "materials": materials,
            "destinations": places,
            "end_use": use,
        }
    )
