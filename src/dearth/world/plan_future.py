"""Futures of a plan: when exports are squeezed, how long and how deep, and what the supplier replies.

A future is one draw of the ensemble.  Squeezes begin at random with the rate of the book, last a drawn number
of weeks and hold back a drawn share; a later one waits for the end of the one before.  A reply changes this,
or the projects: see :class:`Reply`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws

__all__ = ["REPLIES", "Reply", "Squeezes", "squeezes_of"]

_WEEKS: Final = 52
_PERCENT: Final = 100.0


@dataclass(frozen=True)
class Reply:
    """What the supplier does about a plan.

    Attributes
    ----------
    key, name
        For people and machines.
    price_cut
        Whether it sells below what new plants need: those without a floor price find money more slowly.
    technology_ban
        Whether it withholds equipment, extractants and know-how.
    tighter
        Whether licences take longer.
    quota
        Whether a standing quota holds goods back in every year.
    """

    key: str
    name: str
    price_cut: bool = False
    technology_ban: bool = False
    tighter: bool = False
    quota: bool = False


REPLIES: Final = (
    Reply("none", "no reply"),
    Reply("price-cut", "price below what rivals need", price_cut=True),
    Reply("tighter-licences", "tighter licences", tighter=True),
    Reply("technology-ban", "equipment and know-how withheld", technology_ban=True),
    Reply("quota", "a standing quota", quota=True),
)


class Squeezes(NamedTuple):
    """Squeezes by year.

    Attributes
    ----------
    weeks
        Weeks of the year under squeeze, (W, T).
    depth
        Share held back while it lasts, (W, T).
    number
        Which squeeze of the future a year belongs to, the first that touches it, -1 for none, (W, T).
    """

    weeks: FloatArray
    depth: FloatArray
    number: npt.NDArray[np.intp]


def squeezes_of(draws: Draws, years: int, seed: int, reply: Reply) -> Squeezes:
    """Return the squeezes of each future; replies change them with the same luck.

    Parameters
    ----------
    draws
        One draw of the book's rows for each future.
    years
        Length of the plan.
    """
    rate, middle, spread = (draws.get(f"squeeze-{what}") for what in ("rate", "length", "spread"))
    depth = np.clip(draws.get("squeeze-depth"), 0.0, 1.0)
    longer = draws.get("reply-length", sector="tighter licences") if reply.tighter else np.ones(draws.n)
    found = [
        _one(
            rate[w],
            (middle[w] * longer[w], spread[w]),
            years,
            np.random.default_rng([seed, crc32(b"squeeze"), w]),
        )
        for w in range(draws.n)
    ]
    weeks, number = (np.stack(some) for some in zip(*found, strict=True))
    deep = np.broadcast_to(depth[:, None], weeks.shape)
    if not reply.quota:
        return Squeezes(weeks, deep, number)
    return _with_quota(Squeezes(weeks, deep, number), draws)


def _luck(seed: int, future: int) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(b"squeeze"), future])


def _one(
    rate: float, lasts: tuple[float, float], years: int, rng: np.random.Generator
) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return weeks under squeeze and number of the squeeze by year, of one future.

    `lasts` is the middle of a squeeze, in weeks, and the spread of its logarithm.
    Luck is drawn ahead in pairs, so that a longer squeeze keeps the luck of the others.
    """
    luck = rng.random(4 * years), rng.standard_normal(4 * years)
    begins = _begins(rate, luck[0])
    under = np.zeros(years * _WEEKS, bool)
    number = np.full(years, -1, np.intp)
    free = 0
    for count, (begin, noise) in enumerate(zip(begins, luck[1], strict=False)):
        start = max(free, int(begin * _WEEKS))
        if start >= under.size:
            break
        length = max(1, round(lasts[0] * float(np.exp(lasts[1] * noise))))
        under[start : start + length] = True
        free = start + length + 1
        touched = slice(start // _WEEKS, min(years, (start + length - 1) // _WEEKS + 1))
        number[touched] = np.where(number[touched] < 0, count, number[touched])
    weeks = under.reshape(years, _WEEKS).sum(axis=1) * (WEEKS_PER_YEAR / _WEEKS)
    return np.asarray(weeks), number


def _begins(rate: float, luck: FloatArray) -> Sequence[float]:
    """Return the years in which squeezes begin, in order: a Poisson stream."""
    return [float(t) for t in np.cumsum(-np.log1p(-luck) / max(rate, 1e-9))]


def _with_quota(plain: Squeezes, draws: Draws) -> Squeezes:
    """Add a quota that holds back a share of every week from the second year on; squeezes come on top."""
    share = (draws.get("reply-quota", sector="quota") / _PERCENT)[:, None]
    full = np.full_like(plain.weeks, WEEKS_PER_YEAR)
    held = np.minimum(
        1.0, (plain.weeks * np.maximum(plain.depth, share) + (full - plain.weeks) * share) / full
    )
    later = np.arange(plain.weeks.shape[1])[None, :] >= 1
    number = np.where(later, 0, np.where(plain.number >= 0, 1, -1)).astype(np.intp)
    return Squeezes(np.where(later, full, plain.weeks), np.where(later, held, plain.depth), number)
