"""Who stops, and when: the countdown of every sector and place of a scenario."""

from __future__ import annotations

import importlib.metadata
import math
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.axes import MATERIALS, PLACES, SECTORS, stage_of
from dearth.book import Book
from dearth.book.sources import source_of, sources_of
from dearth.calendar import WEEKS_PER_YEAR, date_of_week
from dearth.engine.arrays import FloatArray, Trace
from dearth.engine.run import run
from dearth.measures.binding import trace_up
from dearth.measures.exposure import exposure
from dearth.measures.groups import GROUPS, Group, members
from dearth.measures.influence import ranked_beside
from dearth.measures.sites import Seen, Site, keys_of, seen_of, sites_of
from dearth.measures.stops import FIRST, Band, band
from dearth.world.build import Builder, Model, reconciled_centres
from dearth.world.scenario import Scenario

__all__ = ["countdown"]

_SEEN: Final = 0.05  # a stop in fewer draws than this is "never", with a reason
_PRIORS_SHOWN: Final = 20
_CONTROLS: Final = ("licence", "prohibit", "quota")
_UNEXPOSED: Final = 0.005
_LITTLE_EXPOSED: Final = 0.25
_ROUGH_DRAWS: Final = 50
_PRICE_ONLY: Final = ("duty", "floor", "curb", "enforce", "stockpile")


class _Run(NamedTuple):
    """A scenario that has been run."""

    scenario: Scenario
    book: Book
    model: Model
    trace: Trace
    sites: list[Site]
    plain: FloatArray
    exposed: FloatArray


def countdown(  # noqa: PLR0913 (the options of a study, and what is kept for the next)
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    *,
    builder: Builder | None = None,
) -> Answer:
    """Return when shares of each sector's output stop, place by place.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    draws, seed
        Replace those of the scenario.
    workers
        Threads; the answer does not depend on it.
    builder
        Of this book with its reconciled centres: uses again what the last scenario left; the answer does
        not depend on it.

    Returns
    -------
    Answer
        ``answer["rows"]`` by rank, ``answer["groups"]``, dates in weeks from the start with P10, P50
        and P90 over the draws, None where that share of the draws sees no stop.

    Raises
    ------
    ScenarioError, BookError
        The input does not describe a world.
    MassError
        The engine lost mass: our fault.
    """
    scenario = scenario.ensemble(draws, seed)
    model = (builder or Builder(book, centres=reconciled_centres(book))).build(scenario)
    trace = run(model.world, model.labels, workers)
    seen = exposure(model.world)
    done = _Run(scenario, book, model, trace, sites_of(model, trace), seen.plain(), seen.share)
    rows = [_site_row(done, site) for site in done.sites]
    groups = [_group_row(done, g) for g in GROUPS if members(g, keys_of(done.sites))]
    answer = {
        "clock": {
            "start": scenario.start.isoformat(),
            "weeks": scenario.weeks,
            "step_weeks": 1.0 / model.world.steps_per_week,
        },
        "rows": sorted(rows, key=_rank),
        "groups": groups,
        "mass": {"worst_residual": float(trace.residual.max(initial=0.0))},
        "exports": _exports(done),
        "priors": _priors(done),
    }
    return Answer(
        study="countdown",
        version=importlib.metadata.version("dearth"),
        book={"version": book.version, "sha256": book.sha256},
        scenario={"name": scenario.name, "title": scenario.title, "sha256": scenario.sha256},
        as_of=scenario.as_of.isoformat(),
        seed=scenario.seed,
        draws=scenario.draws,
        question=scenario.to_dict(),
        answer=answer,
        sources=sources_of(book, model.used.values()),
        warnings=_warnings(done),
    )


def _site_row(done: _Run, site: Site) -> dict[str, Any]:
    names = (site.sector, SECTORS[site.sector], site.place, PLACES[site.place])
    return _row(done, names, seen_of(done.model, [site]))


def _group_row(done: _Run, group: Group) -> dict[str, Any]:
    sites = [done.sites[i] for i in members(group, keys_of(done.sites))]
    return _row(done, (group.key, group.name, group.place_key, group.place_name), seen_of(done.model, sites))


def _row(done: _Run, names: tuple[str, str, str, str], seen: Seen) -> dict[str, Any]:
    """Return the answer of one line or group as plain data."""
    need = np.sum([site.need for site in seen.sites], axis=0)
    plain = _plain(done, seen)
    stopped = {name: _date(done, weeks, plain) for name, weeks in seen.stops.weeks.items()}
    ever = float(stopped[FIRST]["ever"])
    return {
        "sector": names[0],
        "sector_name": names[1],
        "place": names[2],
        "place_name": names[3],
        "need_t_per_year": _tidy(float(np.median(need)) * WEEKS_PER_YEAR),
        "stopped": stopped,
        "binding": _binding(done, seen) if ever >= _SEEN else None,
        "peak_stopped": _band(band(seen.stops.peak)),
        "lost_share": _band(band(seen.stops.lost)),
        "recovery_weeks": _band(band(seen.stops.recovery)),
        "exposed_share": _tidy(float(np.median(_weighted(done, seen, done.exposed)))),
        "never": _why_never(done, seen) if ever < _SEEN else None,
        "path": _path(done, seen.end),
    }


def _lines(seen: Seen) -> list[int]:
    return [line for site in seen.sites for line in site.lines]


def _weighted(done: _Run, seen: Seen, by_process: FloatArray) -> FloatArray:
    """Return the mean over lines of a number, weighted by need, (N,)."""
    lines = _lines(seen)
    weight = done.model.world.rate[lines]
    return np.asarray((by_process[lines] * weight).sum(axis=0) / weight.sum(axis=0))


def _plain(done: _Run, seen: Seen) -> float:
    """Return the median of the plain rule for the line that it stops first."""
    return float(np.median(done.plain[_lines(seen)].min(axis=0)))


def _date(done: _Run, weeks: FloatArray, plain: float) -> dict[str, Any]:
    p10, p50, p90 = (_week(v) for v in band(weeks))
    start: date = done.scenario.start
    shown = _week(plain) if plain <= done.scenario.weeks else None
    return {
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "ever": _tidy(float(np.isfinite(weeks).mean())),
        "date_p50": None if p50 is None else date_of_week(p50, start).isoformat(),
        "plain": shown,
        "added": None if p50 is None or shown is None else _tidy(p50 - shown),
    }


def _week(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


def _tidy(value: float) -> float:
    """Round to six significant digits: more would claim what nobody knows."""
    return float(f"{value:.6g}")


def _band(values: Band) -> dict[str, float | None]:
    return {
        name: (_tidy(v) if math.isfinite(v) else None) for name, v in zip(Band._fields, values, strict=True)
    }


def _path(done: _Run, end: FloatArray) -> dict[str, list[float]]:
    """Return the share stopped week by week, P10 to P90."""
    weekly = end[:: done.model.world.steps_per_week]
    one = weekly.shape[1] == 1
    low, mid, high = weekly[:, [0, 0, 0]].T if one else np.quantile(weekly, [0.1, 0.5, 0.9], axis=1)
    return {
        "weeks": [float(k) for k in range(weekly.shape[0])],
        "p10": [_tidy(v) for v in low],
        "p50": [_tidy(v) for v in mid],
        "p90": [_tidy(v) for v in high],
    }


def _binding(done: _Run, seen: Seen) -> dict[str, Any] | None:
    """Return the part that costs most output, and where its shortage begins."""
    w, trace = done.model.world, done.trace
    lines = _lines(seen)
    weights = np.concatenate([np.broadcast_to(s.need, (len(s.lines), w.rate.shape[1])) for s in seen.sites])
    loss = trace.lost_mean[:, lines].mean(axis=0) * done.model.dependence[lines] * weights
    parts = [done.model.lines[i].part for i in lines]
    names = list(dict.fromkeys(parts))
    by_part = np.stack([loss[[p == name for p in parts]].sum(axis=0) for name in names])
    best = int(np.argmax(by_part.sum(axis=1)))
    hit = by_part.sum(axis=0) > 0.0
    if not hit.any():
        return None
    line = max(
        (i for i, p in zip(range(len(lines)), parts, strict=True) if p == names[best]),
        key=loss.sum(axis=1).__getitem__,
    )
    found = trace_up(w, trace, int(w.buf_ptr[lines[line]]))
    route = done.model.routes[found.edge] if found.edge >= 0 else None
    material = route.material if route else names[best]
    return {
        "input": names[best],
        "input_name": MATERIALS[names[best]],
        "material": material,
        "material_name": MATERIALS[material],
        "stage": stage_of(material),
        "held": _held(done, found.edge, found.blocked),
        "share": _tidy(float((np.argmax(by_part, axis=0)[hit] == best).mean())),
    }


def _held(done: _Run, edge: int, blocked: bool) -> str:
    if edge < 0:
        return ""
    route = done.model.routes[edge]
    where = f"{PLACES[route.origin]} to {PLACES[route.destination]}"
    return f"held at the border, {where}" if blocked else f"short at the maker, {where}"


def _why_never(done: _Run, seen: Seen) -> str:
    """Say in a few words why nothing of a line or group stops."""
    share = float(np.median(_weighted(done, seen, done.exposed)))
    places = {site.place for site in seen.sites}
    origins = {e.origin for e in done.scenario.active_events if e.action in _CONTROLS}
    if not done.scenario.active_events:
        return "nothing is held back in this scenario"
    if places <= origins:
        return "inside the place that controls exports: own use comes first"
    if share < _UNEXPOSED:
        return "none of its inputs comes from behind the controls"
    plain = _plain(done, seen)
    if share < _LITTLE_EXPOSED:
        return f"only {share:.0%} of its supply is exposed; the rest and the stocks carry it"
    return f"stocks and goods on the way last about {plain:.0f} weeks, longer than the gap"


def _rank(row: dict[str, Any]) -> tuple[float, float, float]:
    """Order rows: the earliest likely first stop, then the likeliest, then the largest need."""
    first = row["stopped"][FIRST]
    week = first["p50"] if first["p50"] is not None else 1e6
    return week, -float(first["ever"]), -float(row["need_t_per_year"])


def _exports(done: _Run) -> dict[str, Any]:
    """Return China's exports by four-week months from the start, as shares of the base year (P10-P90)."""
    w, trace = done.model.world, done.trace
    span = 4 * w.steps_per_week
    months = w.n_steps // span
    out: dict[str, Any] = {}
    goods = sorted({name.split()[0] for name in done.model.series})
    for good in goods:
        at = [i for i, name in enumerate(done.model.series) if name.split()[0] == good]
        flow = trace.series[:, at].sum(axis=1)
        base = np.zeros(flow.shape[1])
        for e, series in enumerate(w.edge_series):
            if series in at:
                base += w.flow[e]
        monthly = flow[: months * span].reshape(months, span, -1).sum(axis=1) / (4.0 * base)
        low, mid, high = np.quantile(monthly, [0.1, 0.5, 0.9], axis=1)
        out[good] = {k: [_tidy(v) for v in q] for k, q in zip(Band._fields, (low, mid, high), strict=True)}
    return out


def _priors(done: _Run) -> list[dict[str, Any]]:
    """Return the ranges that move the first stop of automotive lines outside China most."""
    sites = [done.sites[i] for i in members(GROUPS[0], keys_of(done.sites))]
    outcome = seen_of(done.model, sites).stops.weeks[FIRST] if sites else np.zeros(done.model.draws.n)
    rows = [r for r in done.model.used.values() if r.low is not None and r.high != r.low]
    found = ranked_beside([done.model.draws.of(r) for r in rows], outcome)
    rated = list(zip(found, rows, strict=True))
    rated.sort(key=lambda pair: (-abs(pair[0] or 0.0), pair[1].id))
    return [
        {**source_of(done.book, row), "influence": None if rho is None else _tidy(rho)}
        for rho, row in rated[:_PRIORS_SHOWN]
    ]


def _warnings(done: _Run) -> list[str]:
    used = list(done.model.used.values())
    assumed = sum(r.kind == "assumption" for r in used)
    notes = [
        f"{assumed} of the {len(used)} rows behind this answer are assumptions with a range; "
        "each is drawn in every run of the ensemble and listed under sources.",
        "Stock cover and lead times outside China are not published: their ranges are judgement.",
    ]
    acts = {event.action for event in done.scenario.active_events}
    if silent := [action for action in _PRICE_ONLY if action in acts]:
        notes.append(f"Events {', '.join(silent)} act on prices only, not on dates; see `dearth price`.")
    if done.model.draws.n < _ROUGH_DRAWS:
        notes.append(f"Only {done.model.draws.n} draws: the P10 and P90 are rough; use 200 or more to cite.")
    return notes
