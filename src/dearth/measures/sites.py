"""Sectors at places: the lines of a model put together, and what stops of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.stops import LEAST, Stops, share_of_group, stops_of, stops_of_many
from dearth.world.build import Model

__all__ = ["Seen", "Site", "keys_of", "lines_of", "rows_at_once", "seen_of", "seen_of_many", "sites_of"]


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
    at = lines_of(model)
    end, mean = (
        _worst_parts(share, model.dependence, list(at.values()))
        for share in (trace.lost_end, trace.lost_mean)
    )
    return [
        Site(*key, lines, model.world.rate[lines].sum(axis=0), end[:, i], mean[:, i])
        for i, (key, lines) in enumerate(at.items())
    ]


def _worst_parts(share: FloatArray, dependence: FloatArray, sites: list[list[int]]) -> FloatArray:
    """Return :func:`dearth.measures.stops.worst_part` of the lines of every site, (time, sites, N)."""
    firsts = [lines[0] for lines in sites]
    worst = share[:, firsts] * dependence[firsts]
    for nth in range(1, max(map(len, sites))):
        have = [i for i, lines in enumerate(sites) if len(lines) > nth]
        some = [sites[i][nth] for i in have]
        worst[:, have] = np.maximum(worst[:, have], share[:, some] * dependence[some])
    return np.asarray(worst)


def lines_of(model: Model) -> dict[tuple[str, str], list[int]]:
    """Return the lines of every sector and place, in their first order."""
    at: dict[tuple[str, str], list[int]] = {}
    for i, process in enumerate(model.lines):
        at.setdefault((process.name, process.place), []).append(i)
    return at


def keys_of(sites: Sequence[Site]) -> list[tuple[str, str]]:
    """Return sector and place of every site."""
    return [(site.sector, site.place) for site in sites]


def seen_of(model: Model, sites: list[Site]) -> Seen:
    """Return the output-weighted shares of some sites, and when they stop."""
    end, mean = _shares(sites)
    return Seen(end, mean, sites, stops_of(end, mean, model.world.steps_per_week))


def rows_at_once(model: Model) -> int:
    """Return how many rows of an ensemble are best looked at together."""
    return max(1, _AT_ONCE // int(model.world.rate.shape[1]))


def seen_of_many(model: Model, rows: Sequence[list[Site]]) -> list[Seen]:
    """Return what :func:`seen_of` returns of each row, all rows at once; see `rows_at_once`."""
    end, mean = _shares_of_many(rows)
    stops = stops_of_many(end, mean, model.world.steps_per_week)
    return [
        Seen(end[:, i], mean[:, i], sites, found)
        for i, (sites, found) in enumerate(zip(rows, stops, strict=True))
    ]


def _shares_of_many(rows: Sequence[list[Site]]) -> tuple[FloatArray, FloatArray]:
    """Return what :func:`_shares` returns of each row, (time, R, N); rows of one site all at once."""
    first = rows[0][0]
    end, mean = (np.empty((like.shape[0], len(rows), like.shape[1])) for like in (first.end, first.mean))
    alone = [i for i, sites in enumerate(rows) if len(sites) == 1]
    if alone:
        need = np.stack([rows[i][0].need for i in alone])
        least = np.maximum(need, LEAST)
        end[:, alone] = np.stack([rows[i][0].end for i in alone], axis=1) * need / least
        mean[:, alone] = np.stack([rows[i][0].mean for i in alone], axis=1) * need / least
    for i, sites in enumerate(rows):
        if len(sites) > 1:
            end[:, i], mean[:, i] = _shares(sites)
    return end, mean


def _shares(sites: list[Site]) -> tuple[FloatArray, FloatArray]:
    """Return the output-weighted shares of some sites at the end of, and during, each step."""
    need = np.stack([site.need for site in sites])
    end = share_of_group(np.stack([site.end for site in sites], axis=1), need)
    return end, share_of_group(np.stack([site.mean for site in sites], axis=1), need)
