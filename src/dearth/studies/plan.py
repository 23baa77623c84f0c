"""Which measures buy most time per dollar, which portfolio is cheapest, and what a cut-off costs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.axes import PLACES, SECTORS
from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.book.sources import source_of
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import Trace
from dearth.engine.run import run
from dearth.errors import Fault, ScenarioError, did_you_mean
from dearth.measures.bands import span, tidy
from dearth.measures.bought import Bought, bought, first_stop, free_to_wait, lost_weeks, worth_of
from dearth.measures.cutoff import Cost, cost_of
from dearth.measures.plan_answer import portfolio_answer, service_of, stocked
from dearth.measures.plan_case import case_of
from dearth.measures.plan_compare import Portfolio, Programme
from dearth.measures.plan_problem import decimal_year
from dearth.measures.sites import Site, sites_of
from dearth.measures.stops import band
from dearth.world.build import Model
from dearth.world.envelope import answered
from dearth.world.named_plans import named_plans
from dearth.world.plan_measures import REGIONS, Measure, measures_for, worth_per_kg
from dearth.world.ready import built
from dearth.world.relief import Relief, gated_flows, relieved
from dearth.world.scenario import Scenario

__all__ = ["DEFAULT_PLACE", "plan"]

DEFAULT_PLACE: Final = "outside"
_NAMES: Final = {"outside": "all places outside China", "EUR": "Europe", **PLACES}
_PUBLISHED: Final = ("modelled-loss", "exposed-value")
_ROUGH_DRAWS: Final = 20
_LITTLE: Final = 0.02  # weeks of the place's output: a measure that buys less is ranked behind the others


class _Run(NamedTuple):
    """A scenario that has been run without any measure."""

    scenario: Scenario
    book: Book
    model: Model
    trace: Trace
    place: str
    sites: list[Site]
    cost: Cost
    workers: int
    used: dict[str, FactRow]


def plan(  # noqa: PLR0913, PLR0917 (what was asked)
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    for_place: str = DEFAULT_PLACE,
) -> Answer:
    """Return measures ranked by weeks per dollar, the cheapest portfolio, and what a cut-off costs.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario.
    workers
        Threads; the answer does not depend on it.
    for_place
        Whose plan it is, one of :data:`dearth.world.plan_measures.REGIONS`.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a world, or names no place that can plan.
    """
    place = _place(for_place)
    scenario = scenario.ensemble(draws, seed)
    done = _run(scenario, book, place, workers)
    measures = _measures(done)
    answer = {
        "clock": {"start": scenario.start.isoformat(), "weeks": scenario.weeks},
        "place": {"key": place, "name": _NAMES[place], "codes": list(REGIONS[place])},
        "measures": measures,
        "without": _without(),
        "cutoff": _cutoff(done),
        "portfolio": _portfolio(done),
    }
    return answered(
        "plan",
        scenario,
        book,
        answer,
        used={**done.model.used, **done.used}.values(),
        warnings=_warnings(done),
        question={**scenario.to_dict(), "for": place},
    )


def _place(name: str) -> str:
    known = {key.casefold(): key for key in REGIONS}
    if name.casefold() not in known:
        fault = Fault(f"no plan is known for {name[:60]!r}", "--for", cure=did_you_mean(name, list(REGIONS)))
        raise ScenarioError("Choosing whose plan it is", fault)
    return known[name.casefold()]


def _run(scenario: Scenario, book: Book, place: str, workers: int) -> _Run:
    model = built(scenario, book)
    trace = run(model.world, model.labels, workers)
    sites = _sites(model, trace, place)
    worth = worth_of(sites, np.stack([worth_per_kg(model, site.sector) for site in sites]))
    cost = cost_of(sites, worth, model.world.steps_per_week, scenario.weeks)
    return _Run(scenario, book, model, trace, place, sites, cost, workers, {})


def _sites(model: Model, trace: Trace, place: str) -> list[Site]:
    return [site for site in sites_of(model, trace) if site.place in REGIONS[place]]


def _measures(done: _Run) -> list[dict[str, Any]]:
    """Return one row for each measure, the most weeks per dollar first."""
    rows = [_measure_row(done, measure) for measure in measures_for(done.model, REGIONS[done.place])]
    return sorted(rows, key=_rank)


def _rank(row: dict[str, Any]) -> tuple[bool, float, str]:
    """Order measures by weeks per dollar; those that hardly matter to the place come last."""
    return row["place_weeks"]["p50"] < _LITTLE, -row["weeks_per_100_musd"], row["key"]


def _measure_row(done: _Run, measure: Measure) -> dict[str, Any]:
    """Run the network with a measure in place, and say what that buys and costs."""
    model = relieved(done.model, REGIONS[done.place], measure.relief)
    trace = run(model.world, model.labels, done.workers)
    found = bought((done.model, done.trace), (model, trace), measure.lines)
    left = lost_weeks(_sites(model, trace, done.place), model.world.steps_per_week)
    saved = ((done.cost.weeks - left) * done.cost.worth).sum(axis=0) / WEEKS_PER_YEAR
    if measure.lever == "stock":
        found, saved = free_to_wait(found, saved)
    weekly = done.cost.worth.sum(axis=0) / WEEKS_PER_YEAR
    place_weeks = span(saved / weekly)
    paid = float(np.median(measure.cost)) if measure.hand.cost is None else measure.hand.cost
    return {
        "key": measure.key,
        "lever": measure.lever,
        "name": measure.name,
        "materials": list(measure.materials),
        "sectors": sorted({SECTORS[done.model.processes[i].name] for i in measure.lines}),
        "weeks": span(found.weeks),
        "place_weeks": place_weeks,
        "cost_musd": tidy(paid),
        "cost_range_musd": span(measure.cost),
        "weeks_per_100_musd": tidy(100.0 * (place_weeks["p50"] or 0.0) / max(paid, 1e-9)),
        "saved": span(saved),
        "first_stop": _first(found),
        "hand": _hand(measure),
    }


def _first(found: Bought) -> dict[str, float | None]:
    """Return the first stop of the lines concerned without and with it; None beyond the run."""
    before, after = band(found.before).p50, band(found.after).p50
    return {
        "without": tidy(before) if math.isfinite(before) else None,
        "with": tidy(after) if math.isfinite(after) else None,
        "later": tidy(float(found.later.mean())),
    }


def _hand(measure: Measure) -> dict[str, Any]:
    hand = measure.hand
    return {
        name: tidy(value) if isinstance(value, float) else value for name, value in vars(hand).items()
    } | {"flow_t_per_year": tidy(hand.flow * WEEKS_PER_YEAR)}


def _portfolio(done: _Run) -> dict[str, Any] | None:
    """Return the cheapest portfolio of the place, what stands beside it, and its stocks in the network."""
    case = case_of(done.model, done.trace, done.place)
    if case is None:
        return None
    programme = Programme(case, done.book, done.scenario.seed, decimal_year(done.scenario.as_of))
    frontier = programme.frontier()
    found = portfolio_answer(programme, frontier, named_plans(done.book, REGIONS[done.place]))
    done.used.update(programme.futures.draws.used)
    chosen = service_of(frontier)
    return {**found, "in_network": None if chosen is None else _in_network(done, programme, chosen)}


def _in_network(done: _Run, programme: Programme, chosen: Portfolio) -> dict[str, Any]:
    """Run the network with the stocks of the portfolio in place; plants are not there on day 0."""
    places = REGIONS[done.place]
    weeks = stocked(programme, chosen, list(gated_flows(done.model, places)))
    model = relieved(done.model, places, Relief(weeks, {}, {}, {}))
    trace = run(model.world, model.labels, done.workers)
    sites = _sites(model, trace, done.place)
    left = lost_weeks(sites, model.world.steps_per_week) * done.cost.worth / WEEKS_PER_YEAR
    before, after = (band(first_stop(*pair)).p50 for pair in ((done.model, done.sites), (model, sites)))
    return {
        "stock_weeks": {material: tidy(some) for material, some in weeks.items()},
        "output_lost_without_musd": span(done.cost.lost.sum(axis=0)),
        "output_lost_with_musd": span(left.sum(axis=0)),
        "first_stop_without": tidy(before) if math.isfinite(before) else None,
        "first_stop_with": tidy(after) if math.isfinite(after) else None,
    }


def _without() -> list[dict[str, str]]:
    """Return levers that move no tonne in the network by themselves, and why."""
    return [
        {
            "lever": "tariff",
            "why": "a tariff makes foreign goods dearer at home and adds no tonne within the run; it works, "
            "if at all, through the projects that it helps to start, see the portfolio",
        },
        {
            "lever": "premium purchase",
            "why": "who pays more in a shortage takes tonnes from another buyer; the sum of what is lost "
            "stays; in the portfolio it is what is left when stock and plants do not do",
        },
        {
            "lever": "price floor and offtake",
            "why": "they pay for projects that would not be built otherwise, years ahead; see the portfolio",
        },
    ]


def _cutoff(done: _Run) -> dict[str, Any]:
    """Return what the scenario costs the place, beside what others have published."""
    share = done.model.draws.get("value-added-share")
    lost = done.cost.lost
    rows = [
        {
            "sector": site.sector,
            "sector_name": SECTORS[site.sector],
            "place": site.place,
            "place_name": PLACES[site.place],
            "worth_musd_per_year": span(done.cost.worth[i]),
            "weeks_lost": span(done.cost.weeks[i]),
            "output_lost_musd": span(lost[i]),
        }
        for i, site in enumerate(done.sites)
    ]
    gdp = _gdp(done)
    spans = {
        name: {
            "output_lost_musd": span(some),
            "value_added_lost_musd": span(some * share),
            "share_of_gdp_percent": span(100.0 * some * share / gdp) if gdp else None,
        }
        for name, some in (*done.cost.by_span.items(), ("run", lost.sum(axis=0)))
    }
    return {
        "rows": sorted(rows, key=lambda row: -row["output_lost_musd"]["p50"]),
        "spans": spans,
        "gdp_musd": gdp,
        "published": [_published(done.book, row) for row in _estimates(done.book, REGIONS[done.place])],
    }


def _gdp(done: _Run) -> float | None:
    """Return the yearly product of the place, MUSD; None where a part of it has no row."""
    rows = [done.model.draws.find("gdp", place=code) for code in REGIONS[done.place]]
    found = [float(np.median(done.model.draws.of(row))) for row in rows if row is not None]
    return sum(found) if len(found) == len(rows) else None


def _estimates(book: Book, places: Iterable[str]) -> list[FactRow]:
    """Return published estimates, those of the place first; all are shown."""
    mine = set(places) | ({"EU27"} if "DEU" in set(places) else set())
    rows = [row for quantity in _PUBLISHED for row in book.find(quantity=quantity) if row.has_number]
    return sorted(rows, key=lambda row: (row.place not in mine, row.quantity, row.place, row.id))


def _published(book: Book, row: FactRow) -> dict[str, Any]:
    shown = source_of(book, row)
    kept = ("id", "value", "low", "high", "unit", "date", "source", "url", "grade", "note")
    what = {"quantity": row.quantity, "what": row.material, "place": row.place, "case": row.basis}
    return {**what, "sector": row.sector, **{name: shown[name] for name in kept}}


def _warnings(done: _Run) -> list[str]:
    used = list({**done.model.used, **done.used}.values())
    assumed = sum(row.kind == "assumption" for row in used)
    notes = [
        f"{assumed} of the {len(used)} rows behind this answer are assumptions with a range; "
        "each is drawn in every run of the ensemble and listed under sources.",
        "Costs are rough: purchase and holding of stocks, capital and running gap of plants, over the years "
        "of the plan; nothing is discounted and no resale is counted.",
        "A measure counts as in place on day 0: plants and redesigns take years, stocks weeks to months.",
        "Weeks come from the network of `dearth countdown`, run anew with each measure. Only the portfolio "
        "is a programme of its own: plain stock over use by year, the damage of short parts added up.",
    ]
    if done.scenario.draws < _ROUGH_DRAWS:
        notes.append(f"Only {done.scenario.draws} draws: the P10 and P90 are rough; use 40 or more to cite.")
    return notes
