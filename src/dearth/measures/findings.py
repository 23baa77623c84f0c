"""Findings of a validation as plain data: numbers to six digits, None where there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.observations import Observation
from dearth.measures.causes import Refitted, Switched
from dearth.measures.compared import Compared, Summary, bar_text, summarised
from dearth.measures.first_stops import StopView, chances, interval
from dearth.measures.influence import rank_correlation
from dearth.measures.observed import Run
from dearth.measures.origins import Origin
from dearth.measures.refit import Refit
from dearth.measures.verdicts import Judged

__all__ = [
    "ablation_of",
    "clean",
    "drivers_of",
    "errors_of",
    "identification_of",
    "origin_of",
    "row_of",
    "same_rows",
    "some",
    "stops_of_views",
    "summary_of",
    "switched_of",
    "view_of",
]

_DRIVERS: Final = 5


def view_of(view: StopView) -> dict[str, Any]:
    """Return when one view has the first stops, and the worst."""
    first = {place: interval(weeks) for place, weeks in view.first.items()} | {
        "anywhere": interval(view.earliest)
    }
    return {
        "first": {
            place: dict(zip(("p10", "p50", "p90"), map(some, b), strict=True)) for place, b in first.items()
        },
        "worst": {place: some(float(np.median(w))) for place, w in view.worst.items()},
    }


def row_of(row: Compared, rivals: Mapping[str, float | None]) -> dict[str, Any]:
    """Return one observation beside the model and its rivals."""
    o = row.observation
    return {
        "id": o.id,
        "observable": o.observable,
        "element": o.element,
        "place": o.place,
        "partner": o.partner,
        "tier": o.tier,
        "start": o.start.isoformat(),
        "end": o.end.isoformat(),
        "unit": o.unit,
        "observed": o.value,
        "low": o.low,
        "high": o.high,
        "p5": some(row.low),
        "model": some(row.model),
        "p95": some(row.high),
        "error": some(row.error),
        "use": o.use,
        "bar": bar_text(o.bar),
        "met": row.met,
        "inside": row.inside,
        "rivals": {k: some(v) for k, v in rivals.items()},
        "source": o.source,
        "url": o.url,
        "note": o.note,
    }


def summary_of(rows: Sequence[Compared]) -> dict[str, Any]:
    """Return the errors of an episode, and how many bars it meets."""
    judged = [r for r in rows if r.met is not None]
    inside = [r.inside for r in rows if r.inside is not None and r.observation.tier != "sign"]
    train = [r for r in judged if r.observation.use == "train"]
    found = errors_of(summarised([r.observation for r in rows], [r.model for r in rows]))
    return found | {
        "train": errors_of(_only(rows, "train")),
        "note": errors_of(_only(rows, "note")),
        "bars": len(judged),
        "bars_met": sum(bool(r.met) for r in judged),
        "train_bars": len(train),
        "train_bars_met": sum(bool(r.met) for r in train),
        "coverage": some(float(np.mean(inside))) if inside else None,
        "covered": len(inside),
        "unsaid": sum(r.model is None for r in rows),
    }


def _only(rows: Sequence[Compared], use: str) -> Summary:
    kept = [r for r in rows if r.observation.use == use]
    return summarised([r.observation for r in kept], [r.model for r in kept])


def same_rows(rows: Sequence[Compared], said: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """Return model and rival on the very rows on which both say something, and who comes nearer."""
    found = {}
    for key, values in said.items():
        at = [i for i, r in enumerate(rows) if r.model is not None and values[i] is not None]
        if at:
            record = [rows[i].observation for i in at]
            mine, theirs = (
                summarised(record, [rows[i].model for i in at]),
                summarised(record, [values[i] for i in at]),
            )
            better = None if mine.factor is None or theirs.factor is None else mine.factor < theirs.factor
            found[key] = {
                "rows": mine.pairs,
                "model": errors_of(mine),
                "rival": errors_of(theirs),
                "model_nearer": better,
            }
    return found


def errors_of(found: Summary) -> dict[str, Any]:
    """Return a summary as plain data."""
    named = found._asdict()
    named["theil"] = None if found.theil is None else found.theil._asdict()
    return dict(clean(named))


def drivers_of(run: Run, rows: Sequence[Compared]) -> list[dict[str, Any]]:
    """Return the five drawn rows that move two figures of the episode most."""
    names = {"Dy in China, highest": run.trace.china[:, ELEMENTS.index("Dy")].max(axis=0)}
    magnets = [r.observation for r in rows if r.observation.observable == "magnet-export-path"]
    if magnets:
        at = [i for i, b in enumerate(run.model.buyers) if b.good not in set(ELEMENTS)]
        names["magnet exports, least week"] = run.trace.shipped[:, at].sum(axis=1).min(axis=0)
    else:
        names["quota rent, highest"] = run.trace.quota_rent.max(axis=0)
    used = [r for r in run.model.used.values() if r.low is not None and r.low != r.high]
    found = []
    for name, outcome in names.items():
        rated = [(rank_correlation(run.model.draws.of(r), outcome) or 0.0, r.id) for r in used]
        rated.sort(key=lambda pair: (-abs(pair[0]), pair[1]))
        found.append(
            {"figure": name, "inputs": [{"id": i, "influence": some(v)} for v, i in rated[:_DRIVERS]]}
        )
    return found


def switched_of(found: Switched) -> dict[str, Any]:
    """Return a switch-off."""
    figures = {k: {"as_is": some(a), "switched": some(b)} for k, (a, b) in found.figures.items()}
    return {"key": found.key, "claim": found.claim, "figures": figures, "held": found.held}


def origin_of(found: Origin) -> dict[str, Any]:
    """Return a rolling origin."""
    return {
        "day": found.day.isoformat(),
        "known": found.known,
        "ahead": found.ahead,
        "effective": some(found.effective),
        "coverage": some(found.coverage),
        "model": errors_of(found.model),
        "magnets": errors_of(found.magnets),
        "rivals": {k: errors_of(v) for k, v in found.rivals.items()},
        "rivals_magnets": {k: errors_of(v) for k, v in found.rivals_magnets.items()},
    }


def ablation_of(found: Refitted) -> dict[str, Any]:
    """Return a cause taken out."""
    return {
        "episode": found.cause.episode,
        "cause": found.cause.key,
        "name": found.cause.name,
        "rows": found.rows,
        "chi2": some(found.full),
        "chi2_without": some(found.without),
        "ratio": some(found.ratio),
        "identified": found.identified,
    }


def identification_of(new: Refit) -> dict[str, Any]:
    """Return the fitted numbers with their profiles."""
    known = {p.id: p for p in new.profiles}
    rows = []
    for f, value in zip(new.free, new.best.values, strict=True):
        p = known.get(f.id)
        rows.append(
            {
                "id": f.id,
                "prior": f.value,
                "prior_low": f.low,
                "prior_high": f.high,
                "value": some(float(value)),
                "low": None if p is None else some(p.low),
                "high": None if p is None else some(p.high),
                "identified": None if p is None else p.identified,
                "profile": None
                if p is None
                else [[some(float(a)), some(float(c))] for a, c in zip(p.at, p.chi2, strict=True)],
            }
        )
    return {
        "chi2": some(new.best.chi2),
        "with_prior": some(new.best.total),
        "rows": new.rows,
        "free": len(new.free),
        "on_bound": new.on_bound(),
        "numbers": rows,
        "held": {key: {k: some(v) for k, v in f._asdict().items()} for key, f in new.held.items()},
    }


def clean(value: Any) -> Any:
    """Return plain data: six significant digits, None where a number is not finite."""
    if isinstance(value, Mapping):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return clean(value._asdict())
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if isinstance(value, np.bool_):
        return bool(value)
    return some(float(value)) if isinstance(value, float | np.floating) else value


def some(value: float | None) -> float | None:
    """Return a number to six significant digits, None where it is not finite."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def stops_of_views(seen: Judged, events: Sequence[Observation]) -> dict[str, Any]:
    """Return the first stops of every view, and the chances of what was observed."""
    start = seen.run.start
    said = {key: chances(view, events, start) for key, view in seen.views.items()}
    return {
        "views": {key: view_of(view) | {"brier": some(seen.briers[key])} for key, view in seen.views.items()},
        "events": [
            {
                "id": o.id,
                "place": o.place,
                "day": o.end.isoformat(),
                "stopped": o.value > 0.0,
                "chance": {key: some(v[i]) for key, v in said.items()},
            }
            for i, o in enumerate(events)
        ],
    }
