"""Sectors at places: the lines of a model put together, and what stops of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.stops import Stops, share_of_group, stops_of, stops_of_many, worst_part
from dearth.world.build import Model

__all__ = ["Seen", "Site", "keys_of", "rows_at_once", "seen_of", "seen_of_many", "sites_of"]


_AT_ONCE: Final = 4096  # rows times draws that are looked at together: what a cache holds


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
    end, mean = _shares(sites)
    return Seen(end, mean, sites, stops_of(end, mean, model.world.steps_per_week))


def rows_at_once(model: Model) -> int:
    """Return how many rows of an ensemble are best looked at together."""
    return max(1, _AT_ONCE // model.draws.n)


def seen_of_many(model: Model, rows: Sequence[list[Site]]) -> list[Seen]:
    """Return what :func:`seen_of` returns of each row, all rows at once; see `rows_at_once`."""
    end, mean = (np.stack(part, axis=1) for part in zip(*map(_shares, rows), strict=True))
    stops = stops_of_many(end, mean, model.world.steps_per_week)
    return [
        Seen(end[:, i], mean[:, i], sites, found)
        for i, (sites, found) in enumerate(zip(rows, stops, strict=True))
    ]


def _shares(sites: list[Site]) -> tuple[FloatArray, FloatArray]:
    """Return the output-weighted shares of some sites at the end of, and during, each step."""
    need = np.stack([site.need for site in sites])
    end = share_of_group(np.stack([site.end for site in sites], axis=1), need)
    return end, share_of_group(np.stack([site.mean for site in sites], axis=1), need)
