"""Base rates against what happened, so that nothing is predicted from itself.

Left out one by one: each plan of the lists of 2010-15 is predicted from the other plans: money found from the
other plans of those lists, first product after the money from all other plans of the book.  That uses later
cases, so it tests the rates and not foresight.  Forward: the law is fitted to what was known on 1 January
2016 and asked how many of the plans still waiting would start.  Slips: plans picked by hand since 2016 give
no base rate; of those that started, the first year is compared with the plan and with the law of all others.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import resources
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.book.project_rows import COHORTS, History, year_span
from dearth.engine.arrays import FloatArray
from dearth.measures.base_rates import law_of
from dearth.world.hazards import Law
from dearth.world.spells import Spell, dates_of, spells_of

__all__ = [
    "BACK_TEST_COLUMNS",
    "Laws",
    "back_test_csv",
    "brier",
    "calibration",
    "chance_by",
    "count_band",
    "first_product",
    "forward_csv",
    "frozen",
    "slips",
]

YEARS: Final = (2012, 2015, 2018, 2020, 2025)
BACK_TEST_COLUMNS: Final = (
    *(
        "project",
        "listed",
        "stage",
        "planned_first",
        "year",
        "chance",
        "as_announced",
        "eight_years",
        "happened",
    ),
)
_LISTED: Final = COHORTS[0]
_EIGHT: Final = 8
_STEP: Final = 1.0 / 24.0
_FORWARD: Final = 2016.0
_BINS: Final = (0.0, 0.05, 0.15, 0.4, 0.7, 1.0)

Fit = Callable[[Sequence[Spell], str], Law]


class Laws(NamedTuple):
    """Laws of the two steps to first product: next step and end, for money and for building."""

    money: Law
    given_up: Law
    product: Law
    abandoned: Law


def _grid(span: float) -> FloatArray:
    return np.arange(0.0, max(span, 0.0) + _STEP, _STEP)


def _incidence(onward: Law, end: Law, age: FloatArray) -> FloatArray:
    """Return the share that took the next step by each age, given that neither had happened at age[0]."""
    h, g = (np.asarray(law.hazard_until(age), float) for law in (onward, end))
    alive = np.exp(-(h - h[0]) - (g - g[0]))
    middle = (alive[1:] + alive[:-1]) / 2.0
    return np.concatenate([[0.0], np.cumsum(middle * np.diff(h))])


def chance_by(laws: Laws, stage: str, waited: float, span: float) -> float:
    """Return the chance of a first product within `span` years.

    Parameters
    ----------
    laws
        Of both steps.
    stage
        ``announced`` or ``financed``.
    waited
        Years already spent at that stage.
    span
        Years to come.
    """
    if span <= 0.0:
        return 0.0
    ahead = _grid(span)
    if stage != "announced":
        return float(min(1.0, _incidence(laws.product, laws.abandoned, waited + ahead)[-1]))
    money = np.diff(_incidence(laws.money, laws.given_up, waited + ahead))
    built = _incidence(laws.product, laws.abandoned, ahead)
    left = built[::-1][1:]
    return float(min(1.0, (money * (left + built[::-1][:-1]) / 2.0).sum()))


def first_product(history: History, by_id: Mapping[str, History]) -> float:
    """Return the decimal year of first product of a plan or of what it went on as; NaN: none."""
    year = history.year("commissioned")
    if math.isnan(year) and history.continued_by:
        return first_product(by_id[history.continued_by], by_id)
    return year


def _seen(history: History, by_id: Mapping[str, History]) -> float:
    later = _seen(by_id[history.continued_by], by_id) if history.continued_by else -math.inf
    return max(history.year("seen"), later)


def _laws(money: Sequence[Spell], product: Sequence[Spell], fit: Fit) -> Laws:
    return Laws(fit(money, "next"), fit(money, "end"), fit(product, "next"), fit(product, "end"))


def _of(spells: Iterable[Spell], step: str) -> list[Spell]:
    return [s for s in spells if s.step == step]


def _listing(history: History) -> float:
    """Return when a plan stood on its list: the day of the plan, else of its announcement."""
    return history.year("planned_on") if history.planned_on else history.year("announced")


def back_test_csv(
    histories: Sequence[History], fit: Fit = law_of, only: Collection[str] | None = None
) -> str:
    """Return the predictions of the lists of 2010-15, each from the others, as CSV (needs lifelines).

    Parameters
    ----------
    histories, fit
        All plans, and what fits a law to spells.
    only
        Ids of the plans to predict; None: all of the lists.
    """
    by_id = {h.id: h for h in histories}
    mine = [h for h in histories if h.cohort == _LISTED]
    listed = _of(spells_of(mine), "financed")
    building = _of(spells_of(histories), "commissioned")
    out = io.StringIO()
    writer = csv.DictWriter(out, BACK_TEST_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for history in mine if only is None else [h for h in mine if h.id in only]:
        others = {history.id, history.continued_by}
        laws = _laws(
            [s for s in listed if s.project not in others],
            [s for s in building if s.project not in others],
            fit,
        )
        writer.writerows(_predicted(history, by_id, laws))
    return out.getvalue()


def _predicted(history: History, by_id: Mapping[str, History], laws: Laws) -> list[dict[str, Any]]:
    listed = _listing(history)
    then = dates_of(history, listed)
    first, seen = first_product(history, by_id), _seen(history, by_id)
    span = year_span(history.commissioned) or (first, first)
    lines = []
    for year in YEARS:
        unclear = ".." in history.commissioned and span[0] < year + 1.0 < span[1]
        if math.floor(seen) < year or year + 1.0 <= listed or unclear:
            continue
        chance = chance_by(laws, then.stage, listed - then.since, year + 1.0 - listed)
        planned = history.planned_first
        lines.append(
            {
                "project": history.id,
                "listed": round(listed, 3),
                "stage": then.stage,
                "planned_first": "" if planned is None else f"{planned:g}",
                "year": year,
                "chance": round(chance, 4),
                "as_announced": "" if planned is None else int(planned <= year),
                "eight_years": int(math.floor(listed) + _EIGHT <= year),
                "happened": int(first < year + 1.0),
            }
        )
    return lines


def forward_csv(histories: Sequence[History], fit: Fit = law_of) -> str:
    """Return, as CSV, starts foretold on 1 January 2016 from what was known then, and starts seen."""
    by_id = {h.id: h for h in histories}
    mine = [h for h in histories if h.cohort == _LISTED]
    known = spells_of(mine, _FORWARD)
    laws = _laws(_of(known, "financed"), _of(known, "commissioned"), fit)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["project", "year", "chance", "happened"])
    for history in mine:
        then = dates_of(history, _FORWARD)
        waiting = then.stage in ("announced", "financed") and math.isnan(then.ended)
        if not waiting or ".." in history.commissioned:
            continue
        first, seen = first_product(history, by_id), _seen(history, by_id)
        for year in (2020, 2025):
            if math.floor(seen) >= year:
                chance = chance_by(laws, then.stage, _FORWARD - then.since, year + 1.0 - _FORWARD)
                writer.writerow([history.id, year, round(chance, 4), int(first < year + 1.0)])
    return out.getvalue()


def frozen(name: str) -> list[dict[str, str]]:
    """Return the newest frozen table ``data/fitted/NAME-DATE.csv``; empty if none is shipped."""
    folder = resources.files("dearth") / "data" / "fitted"
    names = sorted(
        p.name for p in folder.iterdir() if p.name.startswith(f"{name}-") and p.name.endswith(".csv")
    )
    return list(csv.DictReader((folder / names[-1]).read_text("utf-8").splitlines())) if names else []


def brier(rows: Iterable[Mapping[str, str]], column: str) -> tuple[float | None, int]:
    """Return the mean squared error of a column of chances, and the number of cases that have one."""
    cases = [(float(r[column]) - float(r["happened"])) ** 2 for r in rows if r[column] != ""]
    return (math.fsum(cases) / len(cases) if cases else None), len(cases)


def calibration(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return, by bin of the chance given, cases, mean chance and share that happened."""
    found = []
    for low, high in pairwise(_BINS):
        last = high == _BINS[-1]
        here = [r for r in rows if low <= float(r["chance"]) < high or (last and float(r["chance"]) == high)]
        if here:
            found.append(
                {
                    "from": low,
                    "to": high,
                    "n": len(here),
                    "foretold": round(math.fsum(float(r["chance"]) for r in here) / len(here), 4),
                    "happened": round(math.fsum(float(r["happened"]) for r in here) / len(here), 4),
                }
            )
    return found


def count_band(chances: Sequence[float]) -> tuple[int, float, int]:
    """Return P10, mean and P90 of how many of independent events happen (exact convolution)."""
    law = np.ones(1)
    for p in chances:
        law = np.convolve(law, [1.0 - p, p])
    cumulative = np.cumsum(law)
    low, high = (int(np.searchsorted(cumulative, q - 1e-12)) for q in (0.1, 0.9))
    return low, math.fsum(chances), high


def slips(histories: Iterable[History]) -> list[dict[str, Any]]:
    """Return the years between the planned and the actual first year of plans that started, by cohort."""
    rows = list(histories)
    by_id = {h.id: h for h in rows}
    found = []
    for history in rows:
        first = first_product(history, by_id)
        if history.planned_first is None or math.isnan(first) or ".." in history.commissioned:
            continue
        found.append(
            {
                "project": history.project,
                "id": history.id,
                "cohort": history.cohort,
                "planned": history.planned_first,
                "actual": math.floor(first),
                "slip": math.floor(first) - history.planned_first,
            }
        )
    return found
