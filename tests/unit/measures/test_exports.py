"""Exports by four-week months: whole months only, and none where the run is shorter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dearth.engine.arrays import Trace
from dearth.measures.exports import exports_of
from dearth.world.build import Model


def test_a_run_shorter_than_a_month_has_no_months(model: Model, trace: Trace) -> None:
    steps = 4 * model.world.steps_per_week - 1
    short = trace._replace(series=trace.series[:steps])
    n = model.world.rate.shape[1]
    found = exports_of(_of_steps(model, steps), short)
    assert found.keys() == exports_of(model, trace).keys()
    assert all(share.shape == (0, n) for share in found.values())


def test_a_month_is_the_mean_of_its_weeks(model: Model, trace: Trace) -> None:
    span = 4 * model.world.steps_per_week
    one = exports_of(_of_steps(model, span), trace._replace(series=trace.series[:span]))
    for good, share in exports_of(model, trace).items():
        assert np.array_equal(one[good], share[:1])


def _of_steps(model: Model, steps: int) -> Model:
    return replace(model, world=model.world._replace(n_steps=steps))
