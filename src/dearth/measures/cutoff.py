"""What a cut-off costs: output lost by sector and place at the value that is at stake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.measures.bought import lost_weeks
from dearth.measures.sites import Site

__all__ = ["SPANS", "Cost", "cost_of"]

SPANS = {"13": 13.0, "52": 52.0}  # weeks: the spans that published estimates speak of


class Cost(NamedTuple):
    """Output lost.

    Attributes
    ----------
    weeks
        Of its full output that each site loses over the run, (sites, N).
    worth
        A year's output of each site that hangs on its need, MUSD, (sites, N).
    lost
        Output lost over the run, MUSD, (sites, N).
    by_span
        Of all sites together, MUSD, in the first weeks of the run, by span, (N,).
    """

    weeks: FloatArray
    worth: FloatArray
    lost: FloatArray
    by_span: dict[str, FloatArray]


def cost_of(sites: Sequence[Site], worth: FloatArray, steps_per_week: int, horizon: float) -> Cost:
    """Return what the sites of a run lose.

    Parameters
    ----------
    worth
        A year's output of each, MUSD, (sites, N).
    horizon
        Weeks of the run; spans beyond it are left out.
    """
    weeks = lost_weeks(sites, steps_per_week)
    spans = {
        name: np.asarray((lost_weeks(sites, steps_per_week, span) * worth).sum(axis=0) / WEEKS_PER_YEAR)
        for name, span in SPANS.items()
        if span <= horizon
    }
    return Cost(weeks, worth, np.asarray(weeks * worth / WEEKS_PER_YEAR), spans)
