"""Leverage of a supplier, three ways, year by year; pure functions of arrays.

1. The share of need that survives its loss (N-1): own supply outside over need, link by link, and down the
   chain the smallest link so far.
2. Weeks until half of the lines stop after a full cut-off: the stop front on the cover of buyers.
3. The rent that it could extract in a year: what buyers would pay rather than stop, at the best degree of
   withholding.

Axes: B buyers, S links, E elements, Y years, N draws.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.world.projects import Projects
from dearth.world.standing import BASE_YEAR, BUYERS, Standing

__all__ = [
    "Survival",
    "capacity_of",
    "chokepoint",
    "first_below",
    "half_life",
    "need_in",
    "rent_of",
    "survival",
    "weeks_to_half",
]

_LEAST: Final = 1e-9
_HALF: Final = 0.5
_HOME: Final = {
    "JPN": ("JPN",),
    "EUR": ("DEU", "FRA", "REU"),
    "USA": ("USA",),
    "IND": ("IND",),
    "KOR": ("KOR",),
}
_SCRAP: Final = "recycling"


class Survival(NamedTuple):
    """Shares of need that survive the loss of the supplier, in 0..1.

    Attributes
    ----------
    outside
        Of all buyers together, down to a link, (S, E, Y, N).
    own
        Of a link alone, its inputs taken as given, not capped at 1, (S, E, Y, N).
    buyers
        Of each buyer, down to a link, (B, S, E, Y, N).
    """

    outside: FloatArray
    own: FloatArray
    buyers: FloatArray


def need_in(standing: Standing, years: FloatArray, thrift: FloatArray | None = None) -> FloatArray:
    """Return the need of each buyer, t REO a year, (B, S, E, Y, N).

    Parameters
    ----------
    standing
        The base year.
    years
        Decimal years, (Y,).
    thrift
        Share of need designed away, (E, Y, N); None: nothing.
    """
    grown = (1.0 + standing.growth[:, None]) ** (years[None, :, None] - BASE_YEAR)
    left = grown if thrift is None else grown * (1.0 - thrift)
    return np.asarray(standing.need[:, :, :, None] * left[None, None])


def capacity_of(standing: Standing, projects: Projects) -> FloatArray:
    """Return what each project adds at each link at nameplate, (P, S, E, N).

    Plants that run on scrap add at the mine as well, for they need no ore, and makers of magnets add the
    swarf that comes back to them as oxide; a plant that makes its own metal makes it for the swarf too.
    """
    links = projects.links.copy()
    if projects.size:
        scrap = np.array([k == _SCRAP for k in projects.kind])
        links[scrap, 0] = np.maximum(links[scrap, 0], links[scrap, 1])
    out = links[:, :, None, None] * projects.tonnes[:, None]
    swarf = projects.magnets[:, None, None] > 0.0
    back = np.where(swarf, projects.tonnes * standing.swarf, 0.0)
    out[:, 0] += back
    out[:, 1] += back
    gone = np.where(swarf, standing.swarf, 0.0)
    out[:, 2] *= 1.0 + gone
    return np.asarray(out)


def _home(place: str) -> str:
    return next((b for b, places in _HOME.items() if place in places), "")


def _added(capacity: FloatArray, projects: Projects, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what projects add of one element at the buyer's home, (B, S, Y, N), and elsewhere, (S, Y, N)."""
    homes = [_home(p) for p in projects.place]

    def total(rows: list[int]) -> FloatArray:
        if not rows:
            return np.zeros((capacity.shape[1], *share.shape[1:]))
        return np.asarray(np.einsum("psn,pyn->syn", capacity[rows], share[rows]))

    by_buyer = [total([i for i, h in enumerate(homes) if h == b]) for b in BUYERS]
    return np.stack(by_buyer), total([i for i, h in enumerate(homes) if not h])


def survival(
    standing: Standing,
    projects: Projects,
    share: FloatArray,
    need: FloatArray,
    capacity: FloatArray | None = None,
) -> Survival:
    """Return what survives the loss of the supplier.

    Home plants serve home first; what is left, and all that has no home among the buyers, goes to those who
    lack most, in proportion to what they lack.  A buyer's link is scarce at least as the links above it are
    for all buyers together.

    Parameters
    ----------
    standing, projects
        The base year, and what may be added.
    share
        Share of nameplate made, (P, Y, N), of `dearth.world.starts.output_share`.
    need
        (B, S, E, Y, N), of `need_in`.
    capacity
        Of `capacity_of`, to save work.
    """
    added = capacity_of(standing, projects) if capacity is None else capacity
    found = [
        _of_element(standing, e, need[:, :, e], *_added(added[:, :, e], projects, share))
        for e in range(need.shape[2])
    ]
    outside, own, buyers = (np.stack(part, axis=-3) for part in zip(*found, strict=True))
    return Survival(outside, own, buyers)


def _of_element(
    standing: Standing, e: int, need: FloatArray, home: FloatArray, pool: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the arrays of :class:`Survival` for one element; one at a time, so that they fit into memory."""
    bound = standing.bound[:, :, e, None] + home
    free = standing.free[:, e, None] + pool
    lack = np.maximum(need - bound, 0.0)
    spare = free + np.maximum(bound - need, 0.0).sum(axis=0)
    part = np.minimum(1.0, spare / np.maximum(lack.sum(axis=0), _LEAST))
    own = (bound.sum(axis=0) + free) / np.maximum(need.sum(axis=0), _LEAST)
    if standing.through_magnets[e] <= 0.0:
        own[2:] = np.inf  # links that it does not pass are no limit
    outside = np.minimum(1.0, np.minimum.accumulate(own, axis=0))
    limited = outside / np.maximum(np.minimum(1.0, own), _LEAST)
    buyers = (np.minimum(need, bound) + lack * part) / np.maximum(need, _LEAST)
    buyers = np.where(need > _LEAST, buyers, outside[None]) * limited[None]
    return outside, own, np.clip(buyers, 0.0, 1.0)


def chokepoint(own: FloatArray) -> FloatArray:
    """Return the number of the scarcest link, (E, Y, N); of equals, the first on the way."""
    return np.asarray(own.argmin(axis=0))


def weeks_to_half(share: FloatArray, cover: FloatArray, spread: FloatArray) -> FloatArray:
    """Return the weeks from a full cut-off until half of the lines stand still.

    With a share s of need still coming, a missing share (1 - s) D weeks of need are missed after t weeks, D =
    (1 - s) t; lines whose cover is used up lose that share: lost = F(D) (1 - s), F lognormal in cover.
    Half is lost at D = F^-1(0.5 / (1 - s)); with s at or above one half, never.

    Parameters
    ----------
    share
        Share of need that survives.
    cover, spread
        Median cover in weeks, and its spread as a standard deviation of logarithms; broadcast against
        `share`.
    """
    missing = 1.0 - share
    level = np.where(missing > _HALF, _HALF / np.maximum(missing, _LEAST), 1.0)
    missed = cover * np.exp(spread * np.interp(level, *_normal_table()))
    return np.where(missing > _HALF, missed / np.maximum(missing, _LEAST), np.inf)


@cache
def _normal_table() -> tuple[FloatArray, FloatArray]:
    """Return a table of the standard normal law from its middle up: share below, quantile."""
    z = np.linspace(0.0, 8.0, 4001)
    return np.array([NormalDist().cdf(float(v)) for v in z]), z


def rent_of(share: FloatArray, need: FloatArray, value: FloatArray) -> FloatArray:
    """Return the most that the supplier could extract in a year, MUSD.

    Withholding the share w of what buyers lack (need times 1 - s) leaves the short share p = w (1 - s); the
    rent per kg is value times p, paid on the rest, (1 - w)(1 - s) need.  It is largest at w = 1/2: value
    need (1 - s)^2 / 4.

    Parameters
    ----------
    share, need, value
        Surviving share; need in t REO a year; value at stake in USD per kg; broadcast against each other.
    """
    return np.asarray(value * need * (1.0 - share) ** 2 / 4.0 * 1e-3)


def first_below(leverage: FloatArray, years: FloatArray, level: float) -> FloatArray:
    """Return the first year from which leverage stays at or below `level` to the end; ``inf``: not within.

    Between two years it is interpolated.

    Parameters
    ----------
    leverage
        (..., Y, N).
    years
        Decimal years, (Y,).
    level
        Threshold in 0..1.
    """
    low = leverage <= level
    stays = np.flip(np.logical_and.accumulate(np.flip(low, axis=-2), axis=-2), axis=-2)
    ever = stays.any(axis=-2)
    k = stays.argmax(axis=-2)
    after = np.take_along_axis(leverage, k[..., None, :], axis=-2)[..., 0, :]
    before = np.take_along_axis(leverage, np.maximum(k - 1, 0)[..., None, :], axis=-2)[..., 0, :]
    fall = np.maximum(before - after, _LEAST)
    earlier = years[np.maximum(k - 1, 0)]
    within = np.clip((before - level) / fall, 0.0, 1.0) * (years[k] - earlier)
    return np.where(ever, earlier + within, np.inf)


def half_life(leverage: FloatArray, years: FloatArray) -> FloatArray:
    """Return the years until leverage is half of what it is in the first year, for good, (..., N)."""
    relative = leverage / np.maximum(leverage[..., :1, :], _LEAST)
    return np.asarray(first_below(relative, years, _HALF) - years[0])
