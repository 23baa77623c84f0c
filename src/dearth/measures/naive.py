"""What rivals that need no model say of each observation, from what was known on a day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.calendar import DAYS_PER_WEEK
from dearth.measures.compared import series_key, series_of
from dearth.measures.observed import Run, in_days, modelled
from dearth.measures.rivals import fitted_ramp, flat, no_change, ramp, static_elasticity

__all__ = ["PUBLISHED_AFTER", "RIVALS", "Rival", "known_on", "rival_values"]

# days until a figure is known: customs figures come on the 20th of the next month
PUBLISHED_AFTER: Final = {"flow": 20, "sign": 20}
_LEAST: Final = 2
_PRICES: Final = frozenset({"fob", "quote", "volume-weighted"})
_CUT_WEEKS: Final = 13  # the cut that static elasticity sees: the mean of the weeks before


class Rival(NamedTuple):
    """A rival: its key, what it does in words, and whether it has seen the record that it is held against."""

    key: str
    name: str
    seen: bool


RIVALS: Final = (
    Rival("no-change", "no change: the value before", True),
    Rival("flat", "flat: the mean before the first event", False),
    Rival("ramp", "ramp: two numbers fitted to the record itself", True),
    Rival("static-elasticity", "static elasticity: the same cut, no stocks, no time", False),
)


def known_on(obs: Observation, day: date) -> bool:
    """Return whether an observation had been published by a day; a price is known on its last day."""
    return obs.end + timedelta(days=PUBLISHED_AFTER.get(obs.tier, 0)) <= day


def rival_values(
    run: Run, observations: Sequence[Observation], origin: date | None = None
) -> dict[str, list[float | None]]:
    """Return what each rival says of each observation, None where it says nothing.

    Parameters
    ----------
    run
        Run of the episode, for its start; static elasticity also takes its cut and its elasticity.
    observations
        Of one episode; those before its start are the base.
    origin
        Nothing published after this day is used; None: "no change" sees each value before the next, and the
        ramp is fitted to all of the record.
    """
    said: dict[tuple[object, ...], dict[str, float | None]] = {}
    for at in series_of(observations).values():
        path = [observations[i] for i in at]
        values = {key: rule(run, path, origin) for key, rule in _RULES.items()}
        for k, obs in enumerate(path):
            said[_ident(obs)] = {key: values[key][k] for key in _RULES}
    return {key: [said[_ident(obs)][key] for obs in observations] for key in _RULES}


def _ident(obs: Observation) -> tuple[object, ...]:
    return (*series_key(obs), obs.start, obs.end)


def _base(run: Run, path: Sequence[Observation], origin: date | None) -> list[float]:
    """Return what was observed before the start, else the first week of the run: the book's base year."""
    found = [o.value for o in path if o.end < run.start and (origin is None or known_on(o, origin))]
    return found or [v for v in [_first_week(run, path[0])] if v is not None]


def _first_week(run: Run, obs: Observation) -> float | None:
    if obs.tier in {"stop", "sign"}:
        return None
    week = {"start": run.start, "end": run.start + timedelta(days=DAYS_PER_WEEK - 1)}
    value = modelled(run, obs.model_copy(update=week))
    if value is None:
        return None
    weeks = ((obs.end - obs.start).days + 1) / DAYS_PER_WEEK if obs.tier == "flow" else 1.0
    return float(np.median(value)) * weeks


def _flat(run: Run, path: Sequence[Observation], origin: date | None) -> list[float | None]:
    base = _base(run, path, origin)
    return [float(v) for v in flat(base, len(path))] if base else [None] * len(path)


def _unchanged(_run: Run, path: Sequence[Observation], origin: date | None) -> list[float | None]:
    if origin is not None:
        known = [o.value for o in path if known_on(o, origin)]
        return [known[-1] if known else None] * len(path)
    return [_some(v) for v in no_change([o.value for o in path], np.nan)]


def _ramp(run: Run, path: Sequence[Observation], origin: date | None) -> list[float | None]:
    """Fit pace and level to what is known after the lowest point (a flow) or the first (a price)."""
    out: list[float | None] = [None] * len(path)
    after = [k for k, o in enumerate(path) if o.end > run.start and (origin is None or known_on(o, origin))]
    if not after:
        return out
    first = min(after, key=lambda k: path[k].value) if path[0].tier == "flow" else after[0]
    rest = [k for k in after if k > first]
    if len(rest) < _LEAST:
        return out
    weeks = np.array([_week(path[first], path[k]) for k in rest])
    start = path[first].value
    pace, level = fitted_ramp(weeks, [path[k].value for k in rest], start)
    for k in range(first, len(path)):
        out[k] = float(ramp([_week(path[first], path[k])], start, pace, level)[0])
    return out


def _week(first: Observation, obs: Observation) -> float:
    middle = [o.start.toordinal() + o.end.toordinal() for o in (first, obs)]
    return (middle[1] - middle[0]) / 2.0 / DAYS_PER_WEEK


def _elastic(run: Run, path: Sequence[Observation], origin: date | None) -> list[float | None]:
    """Return the base price at which use would have shrunk to what leaves China in the run."""
    base, obs = _base(run, path, origin), path[0]
    if not base or obs.tier not in _PRICES or obs.element not in ELEMENTS:
        return [None] * len(path)
    return [_raised(run, o, float(np.mean(base))) for o in path]


def _raised(run: Run, obs: Observation, price: float) -> float | None:
    at = [i for i, b in enumerate(run.model.buyers) if b.good == obs.element]
    since = max(run.start, obs.end - timedelta(weeks=_CUT_WEEKS))
    flow = in_days(run, run.trace.shipped[:, at].sum(axis=1), since, obs.end)
    if flow is None:
        return None
    base = (run.market.need0[at] - run.market.other0[at]).sum(axis=0)
    share = float(np.clip(np.median(flow / base), 0.0, 1.0))
    return float(static_elasticity(price, share, float(np.median(run.market.behaviour.use_power))))


def _some(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


_Rule = Callable[[Run, Sequence[Observation], "date | None"], list["float | None"]]
_RULES: Final[dict[str, _Rule]] = {
    "no-change": _unchanged,
    "flat": _flat,
    "ramp": _ramp,
    "static-elasticity": _elastic,
}
