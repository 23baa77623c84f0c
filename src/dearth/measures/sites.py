"""Sectors at places: the lines of a model put together, and what stops of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.stops import Stops, share_of_group, stops_of, worst_part
from dearth.world.build import Model

__all__ = ["Seen", "Site", "keys_of", "seen_of", "sites_of"]


class Site(NamedTuple):
    """A sector at a place.

    Attributes
    ----------
    sector, place
        By their keys.
    lines
        Numbers of its lines, one for each part that its goods need.
    need
        Planned use of all its parts, t/week, (N,).
    end, mean
        Share of its output that stands still: at the end of each step (steps + 1, N) and on average
        over each step (steps, N).
    """

    sector: str
    place: str
    lines: list[int]
    need: FloatArray
    end: FloatArray
    mean: FloatArray


class Seen(NamedTuple):
    """One site or a group of them, output-weighted by need; shapes as in :class:`Site`."""

    end: FloatArray
    mean: FloatArray
    sites: list[Site]
    stops: Stops


def sites_of(model: Model, trace: Trace) -> list[Site]:
    """Put the lines of each sector and place together, in their first order."""
    at: dict[tuple[str, str], list[int]] = {}
    for i, process in enumerate(model.lines):
        at.setdefault((process.name, process.place), []).append(i)
    return [
        Site(
            *key,
            lines,
            model.world.rate[lines].sum(axis=0),
            worst_part(trace.lost_end[:, lines], model.dependence[lines]),
            worst_part(trace.lost_mean[:, lines], model.dependence[lines]),
        )
        for key, lines in at.items()
    ]


def keys_of(sites: Sequence[Site]) -> list[tuple[str, str]]:
    """Return sector and place of every site."""
    return [(site.sector, site.place) for site in sites]


def seen_of(model: Model, sites: list[Site]) -> Seen:
    """Return the output-weighted shares of some sites, and when they stop."""
    need = np.stack([site.need for site in sites])
    end = share_of_group(np.stack([site.end for site in sites], axis=1), need)
    mean = share_of_group(np.stack([site.mean for site in sites], axis=1), need)
    return Seen(end, mean, sites, stops_of(end, mean, model.world.steps_per_week))
