"""What a measure buys, draw by draw: output saved, and how much later lines stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.sites import Site, seen_of
from dearth.measures.stops import FIRST, worst_part
from dearth.world.build import Model

__all__ = [
    "Bought",
    "bought",
    "first_stop",
    "free_to_wait",
    "lost_weeks",
    "restricted_gain",
    "sites_among",
    "worth_of",
]


class Bought(NamedTuple):
    """What a measure buys the lines it is for; one entry per draw.

    Attributes
    ----------
    weeks
        Weeks of their full output that are not lost within the run.
    before, after
        Week of the first stop (1 % of their output), infinite if none.
    later
        Weeks by which that comes later, both cut at the end of the run.
    """

    weeks: FloatArray
    before: FloatArray
    after: FloatArray
    later: FloatArray


def sites_among(model: Model, trace: Trace, lines: Sequence[int]) -> list[Site]:
    """Put some lines together by sector and place: what stands still for want of their parts alone."""
    at: dict[tuple[str, str], list[int]] = {}
    for i in lines:
        at.setdefault((model.processes[i].name, model.processes[i].place), []).append(i)
    return [
        Site(
            *key,
            some,
            model.world.rate[some].sum(axis=0),
            worst_part(trace.lost_end[:, some], model.dependence[some]),
            worst_part(trace.lost_mean[:, some], model.dependence[some]),
        )
        for key, some in at.items()
    ]


def first_stop(model: Model, sites: list[Site]) -> FloatArray:
    """Return the week in which 1 % of the output of some sites stands still, infinite if never; (N,)."""
    return seen_of(model, sites).stops.weeks[FIRST]


def restricted_gain(before: FloatArray, after: FloatArray, horizon: float) -> FloatArray:
    """Return by how much `after` is later than `before`, both cut at the horizon; (N,)."""
    return np.asarray(np.minimum(after, horizon) - np.minimum(before, horizon))


def lost_weeks(sites: Sequence[Site], steps_per_week: int, until: float | None = None) -> FloatArray:
    """Return the weeks of its full output that each site loses.

    Parameters
    ----------
    until
        Count only the first weeks of the run.

    Returns
    -------
    FloatArray
        (sites, N).
    """
    end = None if until is None else round(until * steps_per_week)
    return np.stack([site.mean[:end].sum(axis=0) for site in sites]) / steps_per_week


def bought(before: tuple[Model, Trace], after: tuple[Model, Trace], lines: Sequence[int]) -> Bought:
    """Return what a measure buys the lines it is for, from a run without and one with it.

    Weeks are weighted by the need of each sector as it was without the measure.
    """
    per_week = before[0].world.steps_per_week
    horizon = before[0].world.n_steps / per_week
    old, new = sites_among(*before, lines), sites_among(*after, lines)
    need = np.stack([site.need for site in old])
    saved = lost_weeks(old, per_week) - lost_weeks(new, per_week)
    weeks = (saved * need).sum(axis=0) / need.sum(axis=0)
    first = first_stop(before[0], old), first_stop(after[0], new)
    return Bought(np.asarray(weeks), *first, restricted_gain(*first, horizon))


def free_to_wait(found: Bought, saved: FloatArray) -> tuple[Bought, FloatArray]:
    """Return what a stock buys when its holder may leave it untouched where it would do harm.

    A stock that fills every gap from the first day also keeps buyers from turning to other makers early; in
    some draws that costs more than it saves.  There it stays in store, and buys nothing.

    Parameters
    ----------
    saved
        What it saves the whole place, (N,).
    """
    use = (found.weeks >= 0.0) & (saved >= 0.0)
    weeks, later, kept = (np.where(use, some, 0.0) for some in (found.weeks, found.later, saved))
    return Bought(weeks, found.before, np.where(use, found.after, found.before), later), kept


def worth_of(sites: Sequence[Site], usd_per_kg: FloatArray) -> FloatArray:
    """Return a year's output of each site that hangs on its need, MUSD, (sites, N).

    Parameters
    ----------
    usd_per_kg
        Output per kilogram of need, (sites, N).
    """
    need = np.stack([site.need for site in sites]) * WEEKS_PER_YEAR
    return np.asarray(need * usd_per_kg / 1e3)
