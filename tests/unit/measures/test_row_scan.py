"""Rows found in one scan of the records are, to the last bit, those found step by step with arrays."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.engine.arrays import FloatArray, Trace
from dearth.measures.countdown_rows import groups_of, site_of
from dearth.measures.row_scan import Rows, scan
from dearth.measures.row_values import RowValues, looked_at, row_values
from dearth.measures.sites import lines_of, seen_of_many
from dearth.measures.stops import FIRST, THRESHOLDS
from dearth.world.build import Model

LEVELS = np.array([*THRESHOLDS.values()]), [*THRESHOLDS].index(FIRST)
Found = tuple[FloatArray, FloatArray, FloatArray]


def flat(groups: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.cumsum([0, *map(len, groups)]), np.concatenate(groups)


def scanned(model: Model, trace: Trace, rows: list[list[int]], per_week: int) -> Found:
    sites = [*lines_of(model).values()]
    need = np.stack([model.world.rate[lines].sum(axis=0) for lines in sites])
    n, weeks = need.shape[1], trace.lost_mean.shape[0] // per_week
    out = (
        np.empty((len(rows), len(THRESHOLDS), n)),
        np.empty((len(rows), 3, n)),
        np.empty((len(rows), weeks + 1, n)),
    )
    lost = (trace.lost_end, trace.lost_mean)
    scan(lost, model.dependence, need, Rows(*flat(sites), *flat(rows)), LEVELS, per_week, out)
    return out


@pytest.fixture(scope="module")
def rows(model: Model) -> list[list[int]]:
    keys = list(lines_of(model))
    return [pick.sites for pick in [*(site_of(key, i) for i, key in enumerate(keys)), *groups_of(keys)]]


@pytest.fixture(scope="module")
def plain(model: Model, trace: Trace, rows: list[list[int]]) -> RowValues:
    looked = looked_at(model, trace)
    return row_values(looked, seen_of_many(model, [[looked.sites[i] for i in row] for row in rows]))


def test_a_scan_finds_what_arrays_by_step_find(
    model: Model, trace: Trace, rows: list[list[int]], plain: RowValues
) -> None:
    assert model.world.rate.shape[1] > 1, "a single draw adds up along other axes"
    weeks, rest, path = scanned(model, trace, rows, model.world.steps_per_week)
    assert weeks.tobytes() == plain.weeks.tobytes()
    assert rest.tobytes() == plain.rest.tobytes()
    assert path.tobytes() == plain.path.tobytes()
    assert np.isfinite(plain.weeks).any(axis=(0, 2)).sum() >= 3, "else hardly a stop was compared"
    assert np.isinf(plain.rest[:, 2]).any(), "else no stop without an end was compared"


def test_a_stop_that_does_not_last_a_week_is_none(model: Model, trace: Trace, rows: list[list[int]]) -> None:
    short = trace._replace(lost_end=np.zeros_like(trace.lost_end), lost_mean=np.zeros_like(trace.lost_mean))
    per_week = model.world.steps_per_week
    short.lost_end[5 : 5 + per_week - 1] = 1.0
    weeks, rest, _ = scanned(model, short, rows, per_week)
    assert np.isinf(weeks).all()
    assert (rest[:, 2] == 0.0).all()
    short.lost_end[5 + per_week - 1] = 1.0
    weeks, rest, _ = scanned(model, short, rows, per_week)
    assert np.isfinite(weeks[:, 0]).any()
    assert rest[0, 2].max() == (5 + per_week) / per_week
