"""A countdown run block by block: of each block of draws only what its rows need is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, IntArray, Trace
from dearth.engine.run import run_reduced
from dearth.measures.countdown_rows import Named
from dearth.measures.exports import exports_of
from dearth.measures.exposure import exposure
from dearth.measures.row_scan import Rows, scan
from dearth.measures.row_values import Looked, RowValues, exposure_of_rows, looked_at, row_values
from dearth.measures.sites import Site, lines_of, seen_of_many
from dearth.measures.stops import FIRST, THRESHOLDS
from dearth.world.build import Model
from dearth.world.cut import cut, pieces

__all__ = ["Ran", "ran"]

_GONE = np.empty((0, 0))
_LEVELS: Final = np.array([*THRESHOLDS.values()]), [*THRESHOLDS].index(FIRST)


class Ran(NamedTuple):
    """What a countdown keeps of a run.

    Attributes
    ----------
    looked
        Sites without their shares by step, and what each line costs.
    trace
        Sums of the run; no records by step.
    values
        Figures of the rows, in the order asked for.
    exports
        By goods; (months, N).
    """

    looked: Looked
    trace: Trace
    values: RowValues
    exports: dict[str, FloatArray]


class _Kept(NamedTuple):
    """Of the run of some draws: fields of `RowValues`, loss by line, exports by goods."""

    weeks: FloatArray
    rest: FloatArray
    path: FloatArray
    lost: FloatArray
    exports: dict[str, FloatArray]


def ran(model: Model, picks: Sequence[Named], workers: int = 1) -> Ran:
    """Run a model for some rows, whose sites are numbered as in :func:`dearth.measures.sites.lines_of`.

    Memory grows with draws times rows times weeks, not with draws times lines times steps.

    Raises
    ------
    MassError, StoppedError
        See :func:`dearth.engine.run.run`.
    """
    sites = [list(lines) for lines in lines_of(model).values()]
    rows = _rows(sites, [pick.sites for pick in picks])

    def keep(draws: slice, trace: Trace) -> _Kept:
        part = _glance(model, draws)
        found = _alone(part, trace, picks) if trace.lowest.size == 1 else _scanned(part, trace, sites, rows)
        lost = trace.lost_mean.mean(axis=0) * part.dependence
        return _Kept(*found, lost, exports_of(part, trace))

    trace, kept = run_reduced(model.world, model.labels, keep, workers)
    weeks, rest, path, lost = (_joined(getattr(part, name) for part in kept) for name in _Kept._fields[:4])
    exports = {good: _joined(part.exports[good] for part in kept) for good in kept[0].exports}
    looked, (need, exposed, plain) = _before(model, picks)
    values = RowValues(need, exposed, plain, weeks, rest, path)
    return Ran(looked._replace(lost=lost), trace, values, exports)


def _glance(model: Model, draws: slice) -> Model:
    """Return the model with some of its draws in what the measures of a run look at, not copied."""
    w = model.world
    return replace(
        model,
        world=w._replace(rate=w.rate[:, draws], flow=w.flow[:, draws]),
        dependence=model.dependence[:, draws],
    )


def _rows(sites: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> Rows:
    """Return lines by site and sites by row as they are scanned."""
    return Rows(*_flat(sites), *_flat(rows))


def _flat(groups: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    return np.cumsum([0, *map(len, groups)]), np.concatenate(groups)


def _scanned(
    part: Model, trace: Trace, sites: Sequence[list[int]], rows: Rows
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weeks, rest and path of the rows, as in `RowValues`."""
    need = np.stack([part.world.rate[lines].sum(axis=0) for lines in sites])
    per_week, n = part.world.steps_per_week, need.shape[1]
    size, weeks = rows.row_ptr.size - 1, trace.lost_mean.shape[0] // per_week
    out = np.empty((size, len(THRESHOLDS), n)), np.empty((size, 3, n)), np.empty((size, weeks + 1, n))
    dependence = np.ascontiguousarray(part.dependence)
    scan((trace.lost_end, trace.lost_mean), dependence, need, rows, _LEVELS, per_week, out)
    return out


def _alone(part: Model, trace: Trace, picks: Sequence[Named]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what :func:`_scanned` does, of a single draw, which adds up along other axes."""
    looked = looked_at(part, trace)
    found = row_values(looked, seen_of_many(part, [[looked.sites[i] for i in pick.sites] for pick in picks]))
    return found.weeks, found.rest, found.path


def _before(model: Model, picks: Sequence[Named]) -> tuple[Looked, tuple[FloatArray, FloatArray, FloatArray]]:
    """Return what is known of the lines, and need, exposure and plain weeks of the rows, without a run."""
    sites = [
        Site(*key, at, model.world.rate[at].sum(axis=0), _GONE, _GONE) for key, at in lines_of(model).items()
    ]
    parts = [_exposed(cut(model, draws), sites, picks) for draws in pieces(model)]
    plain, exposed, row_exposed, row_plain = map(_joined, zip(*parts, strict=True))
    need = np.stack([np.sum([sites[i].need for i in pick.sites], axis=0) for pick in picks])
    return Looked(model, sites, plain, exposed, _GONE), (need, row_exposed, row_plain)


def _exposed(part: Model, sites: Sequence[Site], picks: Sequence[Named]) -> tuple[FloatArray, ...]:
    """Return plain weeks and exposed share of all processes, then exposed share and plain weeks of rows."""
    seen = exposure(part.world)
    looked = Looked(part, [], seen.plain(), seen.share, _GONE)
    lines = [[line for i in pick.sites for line in sites[i].lines] for pick in picks]
    return (looked.plain, looked.exposed, *exposure_of_rows(looked, lines))


def _joined(parts: Iterable[FloatArray]) -> FloatArray:
    """Return arrays put together along the draws."""
    found = list(parts)
    return found[0] if len(found) == 1 else np.concatenate(found, axis=-1)
