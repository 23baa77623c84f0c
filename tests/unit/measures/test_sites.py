"""Lines put together by sector and place, and groups of them weighted by need."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.engine.arrays import Trace
from dearth.measures.sites import keys_of, seen_of, seen_of_many, sites_of
from dearth.world.build import Model


def test_every_line_is_in_the_site_of_its_sector_and_place(model: Model, trace: Trace) -> None:
    sites = sites_of(model, trace)
    assert sorted(line for site in sites for line in site.lines) == list(range(len(model.lines)))
    for site in sites:
        assert {(model.lines[i].name, model.lines[i].place) for i in site.lines} == {
            (site.sector, site.place)
        }
    assert len(set(keys_of(sites))) == len(sites)


def test_a_site_loses_what_its_worst_part_loses(model: Model, trace: Trace) -> None:
    sites = sites_of(model, trace)
    assert max(len(site.lines) for site in sites) > 1
    for site in sites:
        for share, found in ((trace.lost_end, site.end), (trace.lost_mean, site.mean)):
            lost = share[:, site.lines] * model.dependence[site.lines]
            np.testing.assert_array_equal(found, lost.max(axis=1))


def test_rows_looked_at_together_are_those_looked_at_alone(model: Model, trace: Trace) -> None:
    sites = sites_of(model, trace)
    rows = [*([site] for site in sites[:5]), sites[:7], [sites[9]], sites[3:5]]
    for row, together in zip(rows, seen_of_many(model, rows), strict=True):
        alone = seen_of(model, row)
        np.testing.assert_array_equal(together.end, alone.end)
        np.testing.assert_array_equal(together.mean, alone.mean)
        for name, weeks in alone.stops.weeks.items():
            np.testing.assert_array_equal(together.stops.weeks[name], weeks)


def test_a_group_lies_between_its_sites_weighted_by_need(model: Model, trace: Trace) -> None:
    one, other = (
        s for s in sites_of(model, trace) if s.sector == "ev-traction" and s.place in {"USA", "JPN"}
    )
    seen = seen_of(model, [one, other])
    wanted = (one.end * one.need + other.end * other.need) / (one.need + other.need)
    np.testing.assert_allclose(seen.end, wanted, atol=1e-12)
    assert seen.stops.peak == pytest.approx(seen.mean.max(axis=0), abs=0.2)
    np.testing.assert_allclose(seen_of(model, [one]).end, one.end, rtol=1e-12)
