"""Who stops, and when: the countdown of every sector and place of a scenario."""

from __future__ import annotations

import math
from datetime import date
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.axes import MATERIALS, PLACES, SECTORS, stage_of
from dearth.book import Book
from dearth.book.sources import source_of
from dearth.calendar import WEEKS_PER_YEAR, date_of_week
from dearth.engine.arrays import FloatArray, Trace
from dearth.engine.run import run
from dearth.measures.bands import tidied, tidy
from dearth.measures.binding import Upstream
from dearth.measures.exposure import exposure
from dearth.measures.groups import GROUPS, members
from dearth.measures.influence import rank_correlations
from dearth.measures.sites import Seen, Site, keys_of, rows_at_once, seen_of, seen_of_many, sites_of
from dearth.measures.stops import FIRST, Band, bands
from dearth.watch import beat
from dearth.world.build import Model
from dearth.world.envelope import answered
from dearth.world.ready import built
from dearth.world.scenario import Scenario

__all__ = ["countdown"]

_SEEN: Final = 0.05  # a stop in fewer draws than this is "never", with a reason
_PRIORS_SHOWN: Final = 20
_NOTHING: Final = np.empty(0)
_RHO_DIGITS: Final = 9  # beyond them rounding would decide between equals
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
    lost: FloatArray
    upstream: Upstream


class _Pick(NamedTuple):
    """What a row is about: keys and names of sector and place, and its sites."""

    names: tuple[str, str, str, str]
    sites: list[Site]


class _Figures(NamedTuple):
    """Numbers of some rows: medians (R), weeks (R, 4, 3), odds (R, 4), rest (R, 3, 3), paths (3, R, W)."""

    need: FloatArray
    exposed: FloatArray
    plain: FloatArray
    weeks: FloatArray
    ever: FloatArray
    rest: FloatArray
    path: FloatArray


def countdown(
    scenario: Scenario,
    book: Book,
    draws: int | None = None,
    seed: int | None = None,
    workers: int = 1,
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
    model = built(scenario, book)
    beat("build", 1, 1)
    trace = run(model.world, model.labels, workers)
    seen = exposure(model.world)
    lost = trace.lost_mean.mean(axis=0) * model.dependence
    sites, upstream = sites_of(model, trace), Upstream(model.world, trace)
    trace = trace._replace(lost_end=_NOTHING, lost_mean=_NOTHING)  # most of the memory of a large ensemble
    done = _Run(scenario, book, model, trace, sites, seen.plain(), seen.share, lost, upstream)
    rows = _rows(done, list(map(_site_pick, done.sites)))
    groups = _rows(done, _group_picks(done))
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
    return answered("countdown", scenario, book, answer, used=model.used.values(), warnings=_warnings(done))


def _site_pick(site: Site) -> _Pick:
    return _Pick((site.sector, SECTORS[site.sector], site.place, PLACES[site.place]), [site])


def _group_picks(done: _Run) -> list[_Pick]:
    keys = keys_of(done.sites)
    found = [(group, members(group, keys)) for group in GROUPS]
    return [
        _Pick((g.key, g.name, g.place_key, g.place_name), [done.sites[i] for i in at])
        for g, at in found
        if at
    ]


def _rows(done: _Run, picks: list[_Pick]) -> list[dict[str, Any]]:
    """Return the answers of lines and groups as plain data, a block of them at a time."""
    block = rows_at_once(done.model)
    beat("rows", 0, 1)
    return [row for i in range(0, len(picks), block) for row in _block(done, picks[i : i + block])]


def _block(done: _Run, picks: list[_Pick]) -> list[dict[str, Any]]:
    seen = seen_of_many(done.model, [pick.sites for pick in picks])
    told = _figures(done, seen)
    return [
        _row(done, pick.names, one, told, i) for i, (pick, one) in enumerate(zip(picks, seen, strict=True))
    ]


def _figures(done: _Run, seen: list[Seen]) -> _Figures:
    """Return the numbers of some rows, all rows at once."""
    lines = [_lines(one) for one in seen]
    at, starts = np.concatenate(lines), np.cumsum([0, *map(len, lines[:-1])])
    rate = done.model.world.rate[at]
    exposed = np.add.reduceat(done.exposed[at] * rate, starts) / np.add.reduceat(rate, starts)
    weeks = np.stack([[*one.stops.weeks.values()] for one in seen])
    rest = np.stack([[one.stops.peak, one.stops.lost, one.stops.recovery] for one in seen])
    weekly = np.stack([one.end[:: done.model.world.steps_per_week] for one in seen])
    need = np.stack([np.sum([site.need for site in one.sites], axis=0) for one in seen])
    return _Figures(
        need=tidied(np.median(need, axis=-1) * WEEKS_PER_YEAR),
        exposed=np.median(exposed, axis=-1),
        plain=np.median(np.minimum.reduceat(done.plain[at], starts), axis=-1),
        weeks=bands(weeks),
        ever=tidied(np.isfinite(weeks).mean(axis=-1)),
        rest=tidied(bands(rest)),
        path=tidied(np.quantile(weekly, [0.1, 0.5, 0.9], axis=-1)),
    )


def _row(done: _Run, names: tuple[str, str, str, str], seen: Seen, told: _Figures, i: int) -> dict[str, Any]:
    """Return the answer of one line or group as plain data."""
    stopped = {name: _date(done, told, (i, k)) for k, name in enumerate(seen.stops.weeks)}
    ever = float(stopped[FIRST]["ever"])
    peak, lost, recovery = (_band(values) for values in told.rest[i].tolist())
    return {
        "sector": names[0],
        "sector_name": names[1],
        "place": names[2],
        "place_name": names[3],
        "need_t_per_year": float(told.need[i]),
        "stopped": stopped,
        "binding": _binding(done, seen) if ever >= _SEEN else None,
        "peak_stopped": peak,
        "lost_share": lost,
        "recovery_weeks": recovery,
        "exposed_share": tidy(float(told.exposed[i])),
        "never": _why_never(done, seen, told, i) if ever < _SEEN else None,
        "path": _path(told.path[:, i]),
    }


def _lines(seen: Seen) -> list[int]:
    return [line for site in seen.sites for line in site.lines]


def _date(done: _Run, told: _Figures, at: tuple[int, int]) -> dict[str, Any]:
    p10, p50, p90 = (_week(v) for v in told.weeks[at].tolist())
    start: date = done.scenario.start
    plain = float(told.plain[at[0]])
    shown = _week(plain) if plain <= done.scenario.weeks else None
    return {
        "p10": p10,
        "p50": p50,
        "p90": p90,
        "ever": float(told.ever[at]),
        "date_p50": None if p50 is None else date_of_week(p50, start).isoformat(),
        "plain": shown,
        "added": None if p50 is None or shown is None else tidy(p50 - shown),
    }


def _week(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None


def _band(values: list[float]) -> dict[str, float | None]:
    return {name: (v if math.isfinite(v) else None) for name, v in zip(Band._fields, values, strict=True)}


def _path(quantiles: FloatArray) -> dict[str, list[float]]:
    """Return the share stopped week by week, P10 to P90; (3, weeks)."""
    low, mid, high = quantiles.tolist()
    return {"weeks": [float(k) for k in range(len(mid))], "p10": low, "p50": mid, "p90": high}


def _binding(done: _Run, seen: Seen) -> dict[str, Any] | None:
    """Return the part that costs most output, and where its shortage begins."""
    lines = _lines(seen)
    need = np.repeat(np.stack([s.need for s in seen.sites]), [len(s.lines) for s in seen.sites], axis=0)
    loss = done.lost[lines] * need
    parts = [done.model.processes[i].part for i in lines]
    names = list(dict.fromkeys(parts))
    part = np.array([names.index(p) for p in parts])
    by_part = np.zeros((len(names), loss.shape[1]))
    np.add.at(by_part, part, loss)
    best = int(np.argmax(by_part.sum(axis=1)))
    hit = by_part.sum(axis=0) > 0.0
    if not hit.any():
        return None
    worst = int(np.argmax(np.where(part == best, loss.sum(axis=1), -1.0)))
    found = done.upstream.trace_up(int(done.model.world.buf_ptr[lines[worst]]))
    route = done.model.routes[found.edge] if found.edge >= 0 else None
    material = route.material if route else names[best]
    return {
        "input": names[best],
        "input_name": MATERIALS[names[best]],
        "material": material,
        "material_name": MATERIALS[material],
        "stage": stage_of(material),
        "held": _held(done, found.edge, found.blocked),
        "share": tidy(float((np.argmax(by_part, axis=0)[hit] == best).mean())),
    }


def _held(done: _Run, edge: int, blocked: bool) -> str:
    if edge < 0:
        return ""
    route = done.model.routes[edge]
    where = f"{PLACES[route.origin]} to {PLACES[route.destination]}"
    return f"held at the border, {where}" if blocked else f"short at the maker, {where}"


def _why_never(done: _Run, seen: Seen, told: _Figures, i: int) -> str:
    """Say in a few words why nothing of a line or group stops."""
    share = float(told.exposed[i])
    places = {site.place for site in seen.sites}
    origins = {e.origin for e in done.scenario.active_events if e.action in _CONTROLS}
    if not done.scenario.active_events:
        return "nothing is held back in this scenario"
    if places <= origins:
        return "inside the place that controls exports: own use comes first"
    if share < _UNEXPOSED:
        return "none of its inputs comes from behind the controls"
    plain = float(told.plain[i])
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
        out[good] = {k: [tidy(v) for v in q] for k, q in zip(Band._fields, (low, mid, high), strict=True)}
    return out


def _priors(done: _Run) -> list[dict[str, Any]]:
    """Return the ranges that move the first stop of automotive lines outside China most."""
    sites = [done.sites[i] for i in members(GROUPS[0], keys_of(done.sites))]
    outcome = seen_of(done.model, sites).stops.weeks[FIRST] if sites else np.zeros(done.model.draws.n)
    rows = [r for r in done.model.used.values() if r.low is not None and r.high != r.low]
    drawn = np.stack([done.model.draws.of(r) for r in rows]) if rows else np.zeros((0, outcome.size))
    rho = rank_correlations(drawn, outcome[np.newaxis])[:, 0].tolist()
    rated = [
        (None if math.isnan(one) else round(one, _RHO_DIGITS), r) for one, r in zip(rho, rows, strict=True)
    ]
    rated.sort(key=lambda pair: (-abs(pair[0] or 0.0), pair[1].id))
    return [
        {**source_of(done.book, row), "influence": None if rho is None else tidy(rho)}
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
