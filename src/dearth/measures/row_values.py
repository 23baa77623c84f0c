"""Figures of the rows of a countdown, draw by draw: before any quantile is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, IntArray, Trace
from dearth.measures.exposure import exposure
from dearth.measures.sites import Seen, Site, sites_of
from dearth.world.build import Model

__all__ = [
    "Looked",
    "PartLosses",
    "RowValues",
    "exposure_of_rows",
    "looked_at",
    "losses_of",
    "part_losses",
    "row_values",
]


class Looked(NamedTuple):
    """A run as the countdown looks at it.

    Attributes
    ----------
    model
        What was run.
    sites
        Sectors at places.
    plain, exposed
        See :mod:`dearth.measures.exposure`; (P, N).
    lost
        Mean share of the output of the sector that each line costs; (lines, N).
    """

    model: Model
    sites: list[Site]
    plain: FloatArray
    exposed: FloatArray
    lost: FloatArray


class RowValues(NamedTuple):
    """Figures of some rows.

    Attributes
    ----------
    need, exposed, plain
        Planned use, t/week; share exposed to the controls; weeks until the plain rule sees a stop; (R, N).
    weeks
        Of the stops, by threshold; (R, 4, N).
    rest
        Largest share stopped, share lost, week of recovery; (R, 3, N).
    path
        Share stopped week by week; (R, W, N).
    """

    need: FloatArray
    exposed: FloatArray
    plain: FloatArray
    weeks: FloatArray
    rest: FloatArray
    path: FloatArray


class PartLosses(NamedTuple):
    """Output lost for want of each part, t/week: by line of a row and by part.

    Attributes
    ----------
    lines, part
        Numbers of the lines, and of the part of each among `names`.
    names
        Parts.
    loss, by_part
        (lines, N), (parts, N).
    """

    lines: list[int]
    part: IntArray
    names: list[str]
    loss: FloatArray
    by_part: FloatArray


def looked_at(model: Model, trace: Trace) -> Looked:
    """Return what the countdown reads of a run."""
    seen = exposure(model.world)
    lost = trace.lost_mean.mean(axis=0) * model.dependence
    return Looked(model, sites_of(model, trace), seen.plain(), seen.share, lost)


def row_values(run: Looked, seen: Sequence[Seen]) -> RowValues:
    """Return the figures of some rows, all rows at once."""
    exposed, plain = exposure_of_rows(run, [_lines(one) for one in seen])
    return RowValues(
        need=np.stack([np.sum([site.need for site in one.sites], axis=0) for one in seen]),
        exposed=exposed,
        plain=plain,
        weeks=np.stack([[*one.stops.weeks.values()] for one in seen]),
        rest=np.stack([[one.stops.peak, one.stops.lost, one.stops.recovery] for one in seen]),
        path=np.stack([one.end[:: run.model.world.steps_per_week] for one in seen]),
    )


def exposure_of_rows(run: Looked, lines: Sequence[Sequence[int]]) -> tuple[FloatArray, FloatArray]:
    """Return the share exposed and the plain weeks of rows of some `lines`, (R, N) both; needs no run."""
    at, starts = np.concatenate(lines), np.cumsum([0, *map(len, lines[:-1])])
    rate = run.model.world.rate[at]
    exposed = np.add.reduceat(run.exposed[at] * rate, starts) / np.add.reduceat(rate, starts)
    return exposed, np.minimum.reduceat(run.plain[at], starts)


def _lines(seen: Seen) -> list[int]:
    return [line for site in seen.sites for line in site.lines]


def part_losses(run: Looked, seen: Seen) -> PartLosses:
    """Return what the lack of each part costs a row."""
    return losses_of(run, seen.sites)


def losses_of(run: Looked, sites: Sequence[Site]) -> PartLosses:
    """Return what the lack of each part costs some sites together."""
    lines = [line for site in sites for line in site.lines]
    parts = [run.model.processes[i].part for i in lines]
    names = list(dict.fromkeys(parts))
    if len(sites) == 1 and len(names) == len(lines):
        loss = run.lost[lines] * sites[0].need
        return PartLosses(lines, np.arange(len(lines), dtype=np.int64), names, loss, loss)
    need = np.repeat(np.stack([s.need for s in sites]), [len(s.lines) for s in sites], axis=0)
    loss = run.lost[lines] * need
    part = np.array([names.index(p) for p in parts])
    by_part = np.zeros((len(names), loss.shape[1]))
    np.add.at(by_part, part, loss)
    return PartLosses(lines, part, names, loss, by_part)
