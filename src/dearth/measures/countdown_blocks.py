"""A countdown run block by block: of each block of draws only what its rows need is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dearth.engine.arrays import FloatArray, Trace
from dearth.engine.run import run_reduced
from dearth.measures.countdown_rows import Named
from dearth.measures.exports import exports_of
from dearth.measures.row_values import Looked, RowValues, looked_at, row_values
from dearth.measures.sites import Site, lines_of, seen_of_many
from dearth.world.build import Model
from dearth.world.cut import cut

__all__ = ["Ran", "ran"]

_GONE = np.empty((0, 0))


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
    values: RowValues
    plain: FloatArray
    exposed: FloatArray
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

    def keep(draws: slice, trace: Trace) -> _Kept:
        part = cut(model, draws)
        looked = looked_at(part, trace)
        values = row_values(
            looked, seen_of_many(part, [[looked.sites[i] for i in pick.sites] for pick in picks])
        )
        return _Kept(values, looked.plain, looked.exposed, looked.lost, exports_of(part, trace))

    trace, kept = run_reduced(model.world, model.labels, keep, workers)
    rate = model.world.rate
    sites = [Site(*key, at, rate[at].sum(axis=0), _GONE, _GONE) for key, at in lines_of(model).items()]
    plain, exposed, lost = (
        _joined([getattr(part, name) for part in kept]) for name in ("plain", "exposed", "lost")
    )
    values = RowValues(
        *(_joined([getattr(part.values, name) for part in kept]) for name in RowValues._fields)
    )
    exports = {good: _joined([part.exports[good] for part in kept]) for good in kept[0].exports}
    return Ran(Looked(model, sites, plain, exposed, lost), trace, values, exports)


def _joined(parts: list[FloatArray]) -> FloatArray:
    """Return arrays put together along the draws."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
