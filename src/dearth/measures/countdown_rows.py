"""Rows of a countdown as plain data, from figures of lines and groups: one wording for all ways to run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from dearth.axes import MATERIALS, PLACES, SECTORS, stage_of
from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.book.sources import source_of
from dearth.calendar import date_of_week
from dearth.engine.arrays import FloatArray
from dearth.measures.bands import tidy
from dearth.measures.binding import Upstream
from dearth.measures.groups import GROUPS, members
from dearth.measures.stops import FIRST, THRESHOLDS, Band
from dearth.world.build import Model
from dearth.world.scenario import Scenario

__all__ = [
    "RHO_DIGITS",
    "SEEN",
    "Figures",
    "Named",
    "binding_of",
    "clock_of",
    "groups_of",
    "priors_of",
    "rank",
    "row_of",
    "site_of",
    "warnings_of",
]

SEEN: Final = 0.05  # a stop in fewer draws than this is "never", with a reason
RHO_DIGITS: Final = 9  # beyond them rounding would decide between equals
_PRIORS_SHOWN: Final = 20
_CONTROLS: Final = ("licence", "prohibit", "quota")
_UNEXPOSED: Final = 0.005
_LITTLE_EXPOSED: Final = 0.25
_ROUGH_DRAWS: Final = 50
_PRICE_ONLY: Final = ("duty", "floor", "curb", "enforce", "stockpile")


class Named(NamedTuple):
    """What a row is about: keys and names of sector and place, the numbers and places of its sites."""

    names: tuple[str, str, str, str]
    sites: list[int]
    places: frozenset[str]


class Figures(NamedTuple):
    """Numbers of some rows: medians (R), weeks (R, 4, 3), odds (R, 4), rest (R, 3, 3), paths (3, R, W)."""

    need: FloatArray
    exposed: FloatArray
    plain: FloatArray
    weeks: FloatArray
    ever: FloatArray
    rest: FloatArray
    path: FloatArray


def site_of(key: tuple[str, str], number: int) -> Named:
    """Return the row of a sector at a place."""
    sector, place = key
    return Named((sector, SECTORS[sector], place, PLACES[place]), [number], frozenset({place}))


def groups_of(keys: list[tuple[str, str]]) -> list[Named]:
    """Return the rows of the groups that have any of the (sector, place) `keys`."""
    found = [(group, members(group, keys)) for group in GROUPS]
    return [
        Named((g.key, g.name, g.place_key, g.place_name), at, frozenset(keys[i][1] for i in at))
        for g, at in found
        if at
    ]


def row_of(
    scenario: Scenario,
    pick: Named,
    told: Figures,
    i: int,
    binding: Callable[[], dict[str, Any] | None],
) -> dict[str, Any]:
    """Return the answer of one line or group as plain data.

    Parameters
    ----------
    scenario
        As run.
    pick
        What it is about.
    told, i
        Figures of some rows, and which of them is meant.
    binding
        Finds the part that costs most output; asked only where something stops.
    """
    stopped = {name: _date(scenario, told, (i, k)) for k, name in enumerate(THRESHOLDS)}
    ever = float(stopped[FIRST]["ever"])
    peak, lost, recovery = (_band(values) for values in told.rest[i].tolist())
    return {
        "sector": pick.names[0],
        "sector_name": pick.names[1],
        "place": pick.names[2],
        "place_name": pick.names[3],
        "need_t_per_year": float(told.need[i]),
        "stopped": stopped,
        "binding": binding() if ever >= SEEN else None,
        "peak_stopped": peak,
        "lost_share": lost,
        "recovery_weeks": recovery,
        "exposed_share": tidy(float(told.exposed[i])),
        "never": _why_never(scenario, pick.places, told, i) if ever < SEEN else None,
        "path": _path(told.path[:, i]),
    }


def _date(scenario: Scenario, told: Figures, at: tuple[int, int]) -> dict[str, Any]:
    p10, p50, p90 = map(_week, told.weeks[at].tolist())
    start: date = scenario.start
    plain = float(told.plain[at[0]])
    shown = _week(plain) if plain <= scenario.weeks else None
    return {
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "ever": float(told.ever[at]),
        "date_p50": None if p50 is None else date_of_week(p50, start).isoformat(),
        "plain": shown,
        "added": None if p50 is None or shown is None else tidy(p50 - shown),
    }


def _week(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _band(values: list[float]) -> dict[str, float | None]:
    return {name: (v if math.isfinite(v) else None) for name, v in zip(Band._fields, values, strict=True)}


def _path(quantiles: FloatArray) -> dict[str, list[float]]:
    """Return the share stopped week by week, P10 to P90; (3, weeks)."""
    low, mid, high = quantiles.tolist()
    return {"weeks": list(_weeks(len(mid))), "p10": low, "p50": mid, "p90": high}


@lru_cache(maxsize=4)
def _weeks(count: int) -> tuple[float, ...]:
    return tuple(map(float, range(count)))


def _why_never(scenario: Scenario, places: frozenset[str], told: Figures, i: int) -> str:
    """Say in a few words why nothing of a line or group stops."""
    share = float(told.exposed[i])
    origins = {e.origin for e in scenario.active_events if e.action in _CONTROLS}
    if not scenario.active_events:
        return "nothing is held back in this scenario"
    if places <= origins:
        return "inside the place that controls exports: own use comes first"
    if share < _UNEXPOSED:
        return "none of its inputs comes from behind the controls"
    plain = float(told.plain[i])
    if share < _LITTLE_EXPOSED:
        return f"only {share:.0%} of its supply is exposed; the rest and the stocks carry it"
    return f"stocks and goods on the way last about {plain:.0f} weeks, longer than the gap"


def rank(row: dict[str, Any]) -> tuple[float, float, float]:
    """Order rows: the earliest likely first stop, then the likeliest, then the largest need."""
    first = row["stopped"][FIRST]
    week = first["p50"] if first["p50"] is not None else 1e6
    return week, -float(first["ever"]), -float(row["need_t_per_year"])


def binding_of(model: Model, upstream: Upstream, part: str, line: int, share: float) -> dict[str, Any]:
    """Return the part that costs most output, and where its shortage begins.

    Parameters
    ----------
    model, upstream
        Names of the parts, and the way up the chain.
    part, line
        The part, and the number of the line that loses most for want of it.
    share
        Of the draws that lose anything, in which it is that part.
    """
    found = upstream.trace_up(int(model.world.buf_ptr[line]))
    route = model.routes[found.edge] if found.edge >= 0 else None
    material = route.material if route else part
    return {
        "input": part,
        "input_name": MATERIALS[part],
        "material": material,
        "material_name": MATERIALS[material],
        "stage": stage_of(material),
        "held": _held(model, found.edge, found.blocked),
        "share": tidy(share),
    }


def _held(model: Model, edge: int, blocked: bool) -> str:
    if edge < 0:
        return ""
    route = model.routes[edge]
    where = f"{PLACES[route.origin]} to {PLACES[route.destination]}"
    return f"held at the border, {where}" if blocked else f"short at the maker, {where}"


def priors_of(book: Book, rated: Iterable[tuple[float, FactRow]]) -> list[dict[str, Any]]:
    """Return the rows that move an outcome most; `rated` holds rank correlations, NaN where unknown."""
    known = [(None if math.isnan(one) else round(one, RHO_DIGITS), row) for one, row in rated]
    known.sort(key=lambda pair: (-abs(pair[0] or 0.0), pair[1].id))
    return [
        {**source_of(book, row), "influence": None if rho is None else tidy(rho)}
        for rho, row in known[:_PRIORS_SHOWN]
    ]


def clock_of(scenario: Scenario, model: Model) -> dict[str, Any]:
    """Return when the story starts, how long it is followed, and in which steps."""
    return {
        "start": scenario.start.isoformat(),
        "weeks": scenario.weeks,
        "step_weeks": 1.0 / model.world.steps_per_week,
    }


def warnings_of(scenario: Scenario, used: Iterable[FactRow]) -> list[str]:
    """Return what a reader should know before citing a countdown that rests on the rows `used`."""
    rows = list(used)
    assumed = sum(r.kind == "assumption" for r in rows)
    notes = [
        f"{assumed} of the {len(rows)} rows behind this answer are assumptions with a range; "
        "each is drawn in every run of the ensemble and listed under sources.",
        "Stock cover and lead times outside China are not published: their ranges are judgement.",
    ]
    acts = {event.action for event in scenario.active_events}
    if silent := [action for action in _PRICE_ONLY if action in acts]:
        notes.append(f"Events {', '.join(silent)} act on prices only, not on dates; see `dearth price`.")
    if scenario.draws < _ROUGH_DRAWS:
        notes.append(f"Only {scenario.draws} draws: the P10 and P90 are rough; use 200 or more to cite.")
    return notes
