"""What playing the card does: to projects, to need, to leverage, and to the supplier itself.

A squeeze makes money easier to find while it lasts and for some years after, brings plans nobody had, makes
users design the element away, and slows plants that wait for the supplier's equipment.  The same draws serve
with and without it, so a difference is an effect and not luck.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.measures.leverage import Survival, capacity_of, need_in, survival
from dearth.world.draws import Draws
from dearth.world.entry import entrants, joined
from dearth.world.hazards import Hazards
from dearth.world.projects import Projects
from dearth.world.standing import Standing
from dearth.world.starts import Push, Starts, draw_starts, output_share

__all__ = ["Loss", "Outcome", "Table", "Window", "easier_money", "loss_of", "outcome_of", "thrift_of"]

Window = tuple[float, float]
_GRAIN: Final = 0.5  # years in which the ease of money is held constant
_FAR: Final = 1e-3


class Table(NamedTuple):
    """What stays the same whatever is played: the ensemble, buyers, the live projects, the years."""

    draws: Draws
    standing: Standing
    projects: Projects
    hazards: Hazards
    years: FloatArray
    as_of: float
    most: FloatArray  # substitution cap, (E, N)
    price: FloatArray  # USD/kg inside the supplier's market, (E, N)


class Outcome(NamedTuple):
    """What follows from a play: projects with those to come, fates, need, survival, sales of the supplier.

    Attributes
    ----------
    projects, starts
        Live ones first, then those to come.
    need
        (B, S, E, Y, N), t REO a year.
    survival
        Of need without the supplier.
    sales
        What buyers outside take from the supplier at the last link they need, t REO a year, (E, Y, N).
    """

    projects: Projects
    starts: Starts
    share: FloatArray
    need: FloatArray
    survival: Survival
    sales: FloatArray


def easier_money(draws: Draws, windows: Sequence[Window], years: FloatArray) -> FloatArray:
    """Return how many times faster projects find money around the times of `years`, (Y, N).

    The response holds while a window is open and for the memory after it, which differs by draw; at its edge
    it is the share of the year that lies inside.
    """
    response, memory = draws.get("squeeze-response"), draws.get("squeeze-memory")
    inside = np.zeros((years.size, draws.n))
    for begin, end in windows:
        low = np.maximum(years[:, None] - _GRAIN / 2, begin)
        high = np.minimum(years[:, None] + _GRAIN / 2, end + memory)
        inside = np.maximum(inside, np.clip(high - low, 0.0, None) / _GRAIN)
    return np.asarray(response ** np.minimum(inside, 1.0))


def _pushes(table: Table, windows: Sequence[Window], count: int) -> list[Push]:
    """Return the pushes of a squeeze on all projects."""
    if not windows:
        return []
    memory = float(table.draws.get("squeeze-memory").max())
    begin = max(min(b for b, _ in windows), table.as_of)
    edges = np.arange(begin, max(e for _, e in windows) + memory + _GRAIN, _GRAIN)
    ease = easier_money(table.draws, windows, edges + _GRAIN / 2)
    return [
        Push("financed", np.broadcast_to(ease[i], (count, table.draws.n)), float(b), float(b + _GRAIN))
        for i, b in enumerate(edges)
        if float(ease[i].max()) > 1.0 + _FAR
    ]


def thrift_of(table: Table, windows: Sequence[Window]) -> FloatArray:
    """Return the share of need designed away for good by each year, (E, Y, N); from the as-of day on."""
    pace = table.draws.get("squeeze-thrift") / 100.0
    spent = np.zeros(table.years.size)
    for begin, end in windows:
        spent += np.clip(np.minimum(table.years, end) - max(begin, table.as_of), 0.0, None)
    return np.asarray(np.minimum(table.most[:, None], pace * spent[None, :, None]))


def _slowed(table: Table, starts: Starts, projects: Projects, windows: Sequence[Window]) -> Starts:
    """Stretch ramps of plants that need the supplier's equipment while it is withheld."""
    slow = {
        kind: table.draws.get("ramp-control-factor", sector=kind) for kind in set(projects.kind) - {"mine"}
    }
    one = np.ones(table.draws.n)
    factor = np.stack([slow.get(kind, one) for kind in projects.kind]) if projects.size else starts.ramp
    hit = np.zeros(starts.first.shape, bool)
    for begin, end in windows:
        hit |= (starts.first < end) & (starts.first + starts.ramp > max(begin, table.as_of))
    return starts._replace(ramp=np.where(hit, starts.ramp * factor, starts.ramp))


def outcome_of(
    table: Table, windows: Sequence[Window], before: Sequence[Window] = (), pushes: Sequence[Push] = ()
) -> Outcome:
    """Return what follows when the supplier squeezes in `windows`.

    Parameters
    ----------
    table
        What stays the same.
    windows
        Squeezes after the as-of day, as decimal years.
    before
        Squeezes before it: they still make money easier, and have slowed and saved what they have.
    pushes
        Further multipliers of the hazards of the live projects, (P,) or (P, N).
    """
    everything = [*before, *windows]
    ease = easier_money(table.draws, everything, table.years)
    projects = joined(table.projects, entrants(table.projects, table.draws, table.years, ease))
    own = [_widened(p, projects.size) for p in pushes]
    urged = [*_pushes(table, everything, projects.size), *own]
    starts = draw_starts(projects, table.hazards, table.draws, table.as_of, urged)
    starts = _slowed(table, starts, projects, windows)
    share = output_share(starts, table.years)
    need = need_in(table.standing, table.years, thrift_of(table, windows))
    found = survival(table.standing, projects, share, need, capacity_of(table.standing, projects))
    return Outcome(projects, starts, share, need, found, _sales(need, found))


def _widened(push: Push, count: int) -> Push:
    """Return a push on the live projects as one on all; plans to come are not pushed."""
    ratio = np.asarray(push.ratio, np.float64)
    missing = count - ratio.shape[0]
    return push._replace(ratio=np.concatenate([ratio, np.ones((missing, *ratio.shape[1:]))]))


def _sales(need: FloatArray, found: Survival) -> FloatArray:
    """Return what is bought from the supplier, at whatever link its goods leave, in oxide, (E, Y, N)."""
    return np.asarray(need[:, 1].sum(axis=0) * (1.0 - found.outside[-1]))


class Loss(NamedTuple):
    """What a play costs the supplier, MUSD, (N,): sales given up while it lasts, and lost for good after."""

    withheld: FloatArray
    later: FloatArray


def loss_of(table: Table, calm: Outcome, played: Outcome, windows: Sequence[Window]) -> Loss:
    """Return the supplier's own loss from a full cut-off in `windows`, at today's prices, discounted.

    Parameters
    ----------
    table
        Prices and the ensemble.
    calm, played
        Outcomes without and with the play.
    windows
        When nothing is sold.
    """
    rate = table.draws.get("discount-rate") / 100.0
    worth = (1.0 + rate[None]) ** -(table.years[:, None] - table.years[0])
    shut = np.zeros(table.years.size)
    for begin, end in windows:
        shut += np.clip(np.minimum(table.years + 0.5, end) - np.maximum(table.years - 0.5, begin), 0.0, 1.0)
    shut = np.minimum(shut, 1.0)[:, None]
    value = table.price[:, None] * 1e-3
    given_up = (played.sales * value).sum(axis=0) * shut
    lost = ((calm.sales - played.sales) * value).sum(axis=0)
    return Loss((given_up * worth).sum(axis=0), (lost * worth).sum(axis=0))
