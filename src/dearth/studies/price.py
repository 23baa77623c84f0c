"""What prices do: by good, place and tier, with the tonnes that pay each, and what moved them."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.answer import Answer
from dearth.book import Book
from dearth.book.sources import source_of
from dearth.calendar import date_of_week
from dearth.engine.arrays import FloatArray
from dearth.engine.market import Market, MarketTrace
from dearth.engine.prices import run_market
from dearth.measures.bands import fan_of, five, tidy
from dearth.measures.influence import rank_correlations
from dearth.measures.moves import CAUSES, Peaks, at, elasticity, moves_of, peaks_of, shares_when, tonnes_when
from dearth.measures.readings import BY_CONSTRUCTION, FACTOR, reading, sentence
from dearth.measures.tiers import (
    GOOD_NAMES,
    OUTSIDE,
    PLACE_NAMES,
    TIERS,
    Inside,
    Parts,
    Tonnes,
    inside_prices,
    parts_of,
    stopped_share,
    tonnes_of,
)
from dearth.world.envelope import answered
from dearth.world.market import MarketModel, build_market
from dearth.world.market_rows import fitted_rows
from dearth.world.market_rules import GOODS
from dearth.world.scenario import Scenario

__all__ = ["BY_CONSTRUCTION", "price"]

_POINTS: Final = 104
_INPUTS: Final = 5
_CHANCE: Final = 4.0  # over the root of the draws: a rank correlation that chance hardly gives
_ROUGH_DRAWS: Final = 50
_STOPPED: Final = {"1": 0.01, "10": 0.1}
_OUTSIDE_TIERS: Final = ("volume-weighted", "quote")


class _Run(NamedTuple):
    """A market that has been run, and the same without precaution."""

    scenario: Scenario
    model: MarketModel
    trace: MarketTrace
    inside: Inside
    calm: MarketTrace
    calm_inside: Inside

    @property
    def market(self) -> Market:
        return self.model.market


class _Seen(NamedTuple):
    """One good: its buyers by place, the tonnes sold, and its spot quote outside."""

    good: int
    places: dict[str, list[int]]
    tonnes: Tonnes
    quote: Parts
    peaks: Peaks


class _Tried(NamedTuple):
    """Peaks of the quote outside, (G, N): value at stake times and over the factor, and without any rent."""

    up: FloatArray
    down: FloatArray
    none: FloatArray


def price(
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
) -> Answer:
    """Return what prices do inside China and outside, by tier, with the tonnes that pay each.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario.
    workers
        Threads; the answer does not depend on it.

    Returns
    -------
    Answer
        ``answer["rows"]``, one per good, place and tier; ``answer["goods"]``, what moved each good, how far
        its peak is a matter of the value at stake, who stops.  USD/kg, tonnes per week, weeks from the
        start; bands are P5, P10, P50, P90 and P95 over the draws.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a market.
    MassError
        The engine lost mass: our fault.
    """
    scenario = scenario.ensemble(draws, seed)
    run = _run(scenario, build_market(scenario, book), workers)
    seen = [_seen(run, good) for good in sorted(set(run.market.good.tolist()))]
    tried = _tried(run, seen, workers)
    sensitive = _sensitivity(run, book, seen)
    goods = [_good(run, tried, one, i, sensitive) for i, one in enumerate(seen)]
    answer = {
        "clock": {
            "start": scenario.start.isoformat(),
            "weeks": scenario.weeks,
            "every_weeks": _stride(scenario),
        },
        "goods": goods,
        "rows": [row for one in seen for row in _rows(run, one)],
        "by_construction": _by_construction(run, book),
        "mass": {"worst_residual": float(run.trace.residual.max(initial=0.0))},
    }
    return answered(
        "price", scenario, book, answer, used=run.model.used.values(), warnings=_warnings(run, goods)
    )


def _run(scenario: Scenario, model: MarketModel, workers: int) -> _Run:
    market = model.market
    still = market.behaviour._replace(precaution=np.zeros_like(market.behaviour.precaution))
    without = market._replace(behaviour=still)
    trace, calm = run_market(market, workers), run_market(without, workers)
    return _Run(scenario, model, trace, inside_prices(market, trace), calm, inside_prices(without, calm))


def _places(run: _Run, good: int) -> dict[str, list[int]]:
    """Return the buyers of a good by place: all outside China, then each destination."""
    rows = [i for i, g in enumerate(run.market.good.tolist()) if g == good]
    return {OUTSIDE: rows, **{run.model.buyers[i].destination: [i] for i in rows}}


def _seen(run: _Run, good: int) -> _Seen:
    places = _places(run, good)
    quote = parts_of(run.market, run.trace, run.inside, "quote", places[OUTSIDE])
    tonnes = tonnes_of(run.market, run.trace, good, places[OUTSIDE])
    return _Seen(good, places, tonnes, quote, peaks_of(quote.path))


def _tried(run: _Run, seen: list[_Seen], workers: int) -> _Tried:
    """Run the rent law with another value at stake; where nobody pays a rent there is nothing to try."""
    if max(run.trace.licence_rent.max(initial=0.0), run.trace.quota_rent.max(initial=0.0)) <= 0.0:
        same = np.stack([one.peaks.value for one in seen])
        return _Tried(same, same, same)

    def peaks(factor: float) -> FloatArray:
        market = run.market._replace(value=run.market.value * factor)
        trace = run_market(market, workers)
        inside = inside_prices(market, trace)
        quotes = [parts_of(market, trace, inside, "quote", one.places[OUTSIDE]) for one in seen]
        return np.stack([quote.path.max(axis=0) for quote in quotes])

    return _Tried(peaks(FACTOR), peaks(1.0 / FACTOR), peaks(0.0))


def _stride(scenario: Scenario) -> int:
    """Return every how many weeks a path is told."""
    return math.ceil(scenario.weeks / _POINTS)


def _weeks(scenario: Scenario) -> list[float]:
    return [float(w) for w in range(0, scenario.weeks + 1, _stride(scenario))]


def _rows(run: _Run, seen: _Seen) -> list[dict[str, Any]]:
    """Return the rows of a good: inside China, at its ports, then each place outside by tier."""
    everyone = seen.places[OUTSIDE]
    rows = [_row(run, seen, "CHN", tier, everyone) for tier in TIERS if tier not in _OUTSIDE_TIERS]
    for place, buyers in seen.places.items():
        rows += [_row(run, seen, place, tier, buyers) for tier in _OUTSIDE_TIERS]
    return rows


def _row(run: _Run, seen: _Seen, place: str, tier: str, buyers: list[int]) -> dict[str, Any]:
    parts = parts_of(run.market, run.trace, run.inside, tier, buyers)
    peaks, path = peaks_of(parts.path), parts.path
    here = tonnes_of(run.market, run.trace, seen.good, buyers)
    tonnes = {"china": here.home, "volume-weighted": here.contract + here.thin}.get(tier, here.thin)
    share = tonnes / np.maximum(seen.tonnes.all, 1e-300)
    stride = _stride(run.scenario)
    return {
        "good": GOODS[seen.good],
        "good_name": GOOD_NAMES[GOODS[seen.good]],
        **{"place": place, "place_name": PLACE_NAMES[place], "tier": tier},
        "start": five(parts.start),
        "peak": _peak(run, peaks, parts.start),
        "half_life_weeks": five(peaks.halved[peaks.moved]),
        "end": five(path[-1]),
        "tonnes_per_week": tonnes_when(tonnes, peaks),
        "share_of_tonnes": shares_when(tonnes, seen.tonnes.all, peaks),
        "path": {
            "weeks": _weeks(run.scenario),
            **fan_of(path[::stride]),
            "tonnes_per_week": [tidy(v) for v in np.median(tonnes[::stride], axis=1)],
            "share_of_tonnes": [tidy(v) for v in np.median(share[::stride], axis=1)],
        },
    }


def _peak(run: _Run, peaks: Peaks, start: FloatArray) -> dict[str, Any]:
    """Return the highest price; weeks are of the draws in which the price rises at all."""
    moved = peaks.moved
    week = five(peaks.point[moved].astype(np.float64))
    day = None if week["p50"] is None else date_of_week(week["p50"], run.scenario.start).isoformat()
    return {
        "value": five(peaks.value),
        "times_start": five(peaks.value / start),
        "week": week,
        "date_p50": day,
        "moved": tidy(float(moved.mean())),
        "still_rising": tidy(float(peaks.last.mean())),
    }


def _good(run: _Run, tried: _Tried, seen: _Seen, i: int, sensitive: dict[str, Any]) -> dict[str, Any]:
    moved = float(seen.peaks.moved.mean())
    slope = elasticity(tried.up[i], tried.down[i], FACTOR)
    value = _weighted(run, seen, run.market.value)
    middle = five(slope)["p50"] or 0.0
    return {
        "good": GOODS[seen.good],
        "name": GOOD_NAMES[GOODS[seen.good]],
        "moved": tidy(moved),
        "value_at_stake": five(value),
        "peak_to_value": five(slope),
        "peak_to_rent_law": five(np.log(seen.peaks.value / tried.none[i])),
        "reading": reading(moved, middle),
        "sentence": sentence(moved, middle, five(value)),
        "payers": {
            name: shares_when(getattr(seen.tonnes, name), seen.tonnes.all, seen.peaks)
            for name in Tonnes._fields
        },
        "moves": {tier: _move(run, seen, tier) for tier in TIERS},
        "over_time": _over_time(run, seen),
        "stops": [_stop(run, place, buyers) for place, buyers in seen.places.items()],
        "sensitivity": sensitive[GOODS[seen.good]],
    }


def _weighted(run: _Run, seen: _Seen, by_buyer: FloatArray) -> FloatArray:
    rows = seen.places[OUTSIDE]
    need = run.market.need0[rows]
    return np.asarray((by_buyer[rows] * need).sum(axis=0) / need.sum(axis=0))


def _both(run: _Run, seen: _Seen, tier: str) -> dict[str, FloatArray]:
    rows = seen.places[OUTSIDE]
    parts = parts_of(run.market, run.trace, run.inside, tier, rows)
    return moves_of(parts, parts_of(run.market, run.calm, run.calm_inside, tier, rows))


def _move(run: _Run, seen: _Seen, tier: str) -> dict[str, Any]:
    """Return what moved a price up to its peak: means over the draws, which add up, and bands by cause."""
    found = _both(run, seen, tier)
    path = np.sum(list(found.values()), axis=0)
    start = parts_of(run.market, run.trace, run.inside, tier, seen.places[OUTSIDE]).start
    top = peaks_of(start + path).point
    parts = {name: round(float(at(values, top).mean()), 4) for name, values in found.items()}
    causes = {cause: math.fsum(parts[p] for p in names) for cause, names in CAUSES.items()}
    return {
        "start": round(float(start.mean()), 4),
        "move": math.fsum(parts.values()),
        "causes": causes,
        "parts": parts,
        "bands": {
            cause: five(at(np.sum([found[p] for p in names], axis=0), top)) for cause, names in CAUSES.items()
        },
    }


def _over_time(run: _Run, seen: _Seen) -> dict[str, list[float]]:
    """Return the mean of each cause of the quote outside, point by point; they add up to the mean move."""
    found = _both(run, seen, "quote")
    stride = _stride(run.scenario)
    means = {
        cause: [round(float(v), 4) for v in np.sum([found[p] for p in names], axis=0)[::stride].mean(axis=1)]
        for cause, names in CAUSES.items()
    }
    return {
        "weeks": _weeks(run.scenario),
        **means,
        "move": [math.fsum(v) for v in zip(*means.values(), strict=True)],
    }


def _stop(run: _Run, place: str, buyers: list[int]) -> dict[str, Any]:
    """Return the share of the plan of buyers that is lost, and the week from which it is 1 and 10 %."""
    lost = stopped_share(run.market, run.trace, buyers)
    return {
        "place": place,
        "place_name": PLACE_NAMES[place],
        "peak": five(lost.max(axis=0)),
        "run": five(lost[1:].mean(axis=0)),
        **{f"week_{name}": five(_first(lost >= level)) for name, level in _STOPPED.items()},
    }


def _first(reached: NDArray[np.bool_]) -> FloatArray:
    return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)


def _outcomes(run: _Run, seen: _Seen) -> dict[str, FloatArray]:
    rows = seen.places[OUTSIDE]

    def top(tier: str) -> FloatArray:
        parts = parts_of(run.market, run.trace, run.inside, tier, rows)
        return np.asarray(parts.path.max(axis=0))

    stopped = stopped_share(run.market, run.trace, rows).max(axis=0)
    return {
        "quote": seen.peaks.value,
        **{t: top(t) for t in ("volume-weighted", "china")},
        "stopped": stopped,
    }


def _sensitivity(run: _Run, book: Book, seen: list[_Seen]) -> dict[str, Any]:
    """Return, by good and headline answer, the inputs with the largest rank correlation with it."""
    rows = [r for r in run.model.used.values() if np.ptp(run.model.draws.of(r)) > 0.0]
    outcomes = {GOODS[one.good]: _outcomes(run, one) for one in seen}
    if not rows:
        return {good: {name: [] for name in found} for good, found in outcomes.items()}
    stacked = np.stack([values for found in outcomes.values() for values in found.values()])
    rho = iter(rank_correlations(np.stack([run.model.draws.of(r) for r in rows]), stacked).T)

    def strongest(one: FloatArray) -> list[dict[str, Any]]:
        order = sorted(np.flatnonzero(~np.isnan(one)), key=lambda k: (-abs(one[k]), rows[k].id))[:_INPUTS]
        return [
            {
                **source_of(book, rows[k]),
                "influence": tidy(one[k]),
                "above_chance": bool(abs(one[k]) >= _CHANCE / math.sqrt(run.scenario.draws)),
                "fixes": BY_CONSTRUCTION.get(rows[k].quantity),
            }
            for k in order
        ]

    return {good: {name: strongest(next(rho)) for name in found} for good, found in outcomes.items()}


def _by_construction(run: _Run, book: Book) -> list[dict[str, Any]]:
    rows = sorted(run.model.used.values(), key=lambda r: r.id)
    return [
        {**source_of(book, row), "fixes": BY_CONSTRUCTION[row.quantity]}
        for row in rows
        if row.quantity in BY_CONSTRUCTION
    ]


def _warnings(run: _Run, goods: list[dict[str, Any]]) -> list[str]:
    used, n = list(run.model.used.values()), run.scenario.draws
    assumed = sum(r.kind == "assumption" for r in used)
    ceilings = [g["good"] for g in goods if g["reading"].startswith("ceiling")]
    notes = [f"Peaks of the quote of {', '.join(ceilings)}: ceiling, not forecast."] if ceilings else []
    notes += [
        "A quote is what the few tonnes without a contract fetch: read it beside its share of tonnes.",
        "True by construction: prices at the start; how little of a rent the volume-weighted price carries "
        "(contract-share); that no rent exceeds the value at stake.",
        f"{assumed} of the {len(used)} rows behind this answer are assumptions with a range, all drawn.",
        "Tonnes used inside China are planned use; what mines outside China sell is not counted.",
    ]
    if fitted := [r for r in fitted_rows() if r in run.model.used]:
        notes.append(
            f"{len(fitted)} numbers were set by the record of both episodes: errors there are no forecast."
        )
    if n < _ROUGH_DRAWS:
        notes.append(
            f"Only {n} draws: P5 to P95 and the inputs that matter are rough; use 200 or more to cite."
        )
    return notes
