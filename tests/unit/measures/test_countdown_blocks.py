"""A countdown run block by block finds what one finds that looks at all draws and steps at once."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.engine.arrays import Trace
from dearth.measures.countdown_blocks import Ran, ran
from dearth.measures.countdown_rows import Named, groups_of, site_of
from dearth.measures.exports import exports_of
from dearth.measures.row_values import looked_at, losses_of
from dearth.measures.sites import lines_of
from dearth.measures.stops import crossing_weeks
from dearth.world.build import Model


@pytest.fixture(scope="module")
def picks(model: Model) -> list[Named]:
    keys = list(lines_of(model))
    return [*(site_of(key, i) for i, key in enumerate(keys)), *groups_of(keys)]


@pytest.fixture(scope="module")
def found(model: Model, picks: list[Named]) -> Ran:
    return ran(model, picks, workers=2)


def test_rows_are_those_of_a_plain_look_at_the_whole_run(
    model: Model, trace: Trace, picks: list[Named], found: Ran
) -> None:
    sites = list(lines_of(model).values())
    per_week = model.world.steps_per_week
    for i, pick in enumerate(picks):
        need = [model.world.rate[sites[at]].sum(axis=0) for at in pick.sites]
        end, mean = (
            sum(
                np.max([share[:, line] * model.dependence[line] for line in sites[at]], axis=0) * weight
                for at, weight in zip(pick.sites, need, strict=True)
            )
            / sum(need)
            for share in (trace.lost_end, trace.lost_mean)
        )
        np.testing.assert_allclose(found.values.need[i], sum(need), rtol=1e-12)
        np.testing.assert_allclose(found.values.path[i], end[::per_week], atol=1e-12)
        np.testing.assert_allclose(found.values.rest[i, 0], end.max(axis=0), atol=1e-12)
        np.testing.assert_allclose(found.values.rest[i, 1], mean.mean(axis=0), atol=1e-12)
        ten = crossing_weeks(end, mean, 0.1, per_week)
        np.testing.assert_allclose(found.values.weeks[i, 2], ten, atol=1e-6)


def test_losses_sums_and_exports_are_those_of_the_whole_run(model: Model, trace: Trace, found: Ran) -> None:
    whole = looked_at(model, trace)
    np.testing.assert_array_equal(found.looked.lost, whole.lost)
    np.testing.assert_array_equal(found.looked.plain, whole.plain)
    np.testing.assert_array_equal(found.looked.exposed, whole.exposed)
    np.testing.assert_array_equal(found.trace.edge_unfilled, trace.edge_unfilled)
    np.testing.assert_array_equal(found.trace.buffer_loss, trace.buffer_loss)
    for good, share in exports_of(model, trace).items():
        np.testing.assert_allclose(found.exports[good], share, rtol=1e-12)


def test_losses_by_part_add_up_to_those_of_the_lines(found: Ran) -> None:
    for sites in (found.looked.sites[:1], found.looked.sites[:6]):
        losses = losses_of(found.looked, sites)
        for number, name in enumerate(losses.names):
            lines = [k for k, part in enumerate(losses.part) if part == number]
            assert lines, name
            assert losses.by_part[number] == pytest.approx(sum(losses.loss[k] for k in lines), rel=1e-12)


def test_the_records_by_step_are_gone(found: Ran) -> None:
    assert found.trace.lost_mean.shape[0] == found.trace.series.shape[0] == 0
    assert all(site.end.size == site.mean.size == 0 for site in found.looked.sites)
