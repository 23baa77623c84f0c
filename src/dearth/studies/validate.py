"""The model against what happened: two episodes, naive rivals, causes taken out, losses included."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.book import Book
from dearth.book.observations import Observation, load_observations
from dearth.engine.run import run as run_network
from dearth.errors import Fault, InputError, did_you_mean
from dearth.measures.causes import CAUSES, refitted, switch_offs
from dearth.measures.compared import Compared, compared, summarised
from dearth.measures.episodes import EPISODES, episode_run
from dearth.measures.errors import mape
from dearth.measures.findings import (
    ablation_of,
    clean,
    drivers_of,
    errors_of,
    identification_of,
    origin_of,
    row_of,
    same_rows,
    some,
    stops_of_views,
    summary_of,
    switched_of,
)
from dearth.measures.first_stops import (
    StopView,
    brier_of,
    interval,
    market_stops,
    network_stops,
    rival_stops,
)
from dearth.measures.naive import RIVALS, rival_values
from dearth.measures.observed import Run
from dearth.measures.origins import ORIGINS, from_origin, known_until
from dearth.measures.refit import Refit, hash_of_chain, hash_of_record, refit
from dearth.measures.sites import sites_of
from dearth.measures.turning import recovery_of_record, recovery_of_rivals, recovery_weeks, turns
from dearth.measures.verdicts import Judged, statements_of_2010, statements_of_2025
from dearth.world.market_rows import Fitted, fitted_rows
from dearth.world.ready import built
from dearth.world.scenario import Scenario, load_scenario

__all__ = ["Asked", "validate"]

DRAWS: Final = 200
_NETWORK: Final = "2025"
_ROUGH: Final = 100

Told = Callable[[str], None]


class Asked(NamedTuple):
    """What a validation is asked for.

    Attributes
    ----------
    episodes
        ``"2010"``, ``"2025"`` or both.
    draws, seed, workers
        Size and seed of the ensembles (None: the scenario's seed), and threads.
    network
        Whether the network of the countdown is run too, for the first stops.
    fit, points
        Whether the free numbers are fitted anew, and the points of each profile.
    ablations
        Whether each claimed cause is taken out and the rest fitted anew.
    """

    episodes: tuple[str, ...] = tuple(EPISODES)
    draws: int = DRAWS
    seed: int | None = None
    workers: int = 1
    network: bool = True
    fit: bool = False
    points: int = 5
    ablations: bool = False


class _Work(NamedTuple):
    """What every part of a validation reads."""

    book: Book
    observations: tuple[Observation, ...]
    fitted: Mapping[str, Fitted]
    asked: Asked
    tell: Told


def validate(
    book: Book,
    asked: Asked | None = None,
    observations: Sequence[Observation] | None = None,
    fitted: Mapping[str, Fitted] | None = None,
    tell: Told = lambda _text: None,
) -> Answer:
    """Return the model beside the record of one or both episodes.

    Parameters
    ----------
    book
        What is known.
    asked
        What to do; None: both episodes, 200 draws.
    observations
        The record; None: dearth's own.
    fitted
        Fitted numbers; None: the frozen set that is shipped.
    tell
        Told what is being done.

    Returns
    -------
    Answer
        ``answer["episodes"]``, ``["identification"]``, ``["ablations"]``, ``["fitted"]``.

    Raises
    ------
    InputError
        An episode that does not exist, or the optimiser is not installed.
    """
    asked = asked or Asked()
    _checked(asked)
    record = tuple(load_observations() if observations is None else observations)
    work = _Work(book, record, fitted_rows() if fitted is None else fitted, asked, tell)
    new = refit(book, record, work.fitted, asked.points, tell) if asked.fit else None
    if new is not None:
        work = work._replace(fitted=_as_fitted(new))
    episodes = {name: _episode(work, name) for name in asked.episodes}
    ablated = _ablations(work) if asked.ablations else None
    answer = {
        "episodes": episodes,
        "fitted": _fitted_table(work),
        "identification": None if new is None else identification_of(new),
        "ablations": ablated,
        "rivals": [r._asdict() for r in RIVALS],
    }
    return _envelope(work, answer)


def _checked(asked: Asked) -> None:
    faults = [
        Fault(f"unknown episode {name[:40]!r}", "EPISODE", cure=did_you_mean(name, list(EPISODES)))
        for name in asked.episodes
        if name not in EPISODES
    ]
    if not 1 <= asked.draws <= 10_000:  # noqa: PLR2004 (as scenarios allow)
        faults.append(Fault(f"{asked.draws} draws", "--draws", cure="1 to 10,000"))
    if faults:
        raise InputError("Checking what to validate", faults)


def _as_fitted(new: Refit) -> dict[str, Fitted]:
    known = {p.id: p for p in new.profiles}
    found = dict(new.held)
    for f, value in zip(new.free, new.best.values, strict=True):
        p = known.get(f.id)
        low, high = (p.low, p.high) if p else (f.low, f.high)
        found[f.id] = Fitted(float(value), min(float(value), low), max(float(value), high))
    return found


def _run(
    work: _Work, name: str, change: Callable[[Scenario], Scenario] | None = None, prior: bool = False
) -> Run:
    """Run an episode with the asked seed; `prior`: with the book's ranges instead of fitted numbers."""

    def changed(scenario: Scenario) -> Scenario:
        new = scenario if work.asked.seed is None else scenario.model_copy(update={"seed": work.asked.seed})
        return change(new) if change else new

    asked = work.asked
    return episode_run(
        name, work.book, asked.draws, {} if prior else work.fitted, change=changed, workers=asked.workers
    )


def _episode(work: _Work, name: str) -> dict[str, Any]:
    work.tell(f"{name}: {work.asked.draws} draws of the market")
    record = [o for o in work.observations if o.episode == name]
    run = _run(work, name)
    best = episode_run(name, work.book, 1, work.fitted)
    rows = compared(run, record, best=best)
    said = rival_values(run, record)
    found = {
        "scenario": EPISODES[name],
        "start": run.start.isoformat(),
        "observations": [row_of(r, {k: v[i] for k, v in said.items()}) for i, r in enumerate(rows)],
        "summary": summary_of(rows),
        "rivals": {k: errors_of(summarised(record, v)) for k, v in said.items()},
        "same_rows": same_rows(rows, said),
        "turns": [clean(t._asdict()) for t in turns(run, record)],
        "drivers": drivers_of(run, rows),
        "residual": float(run.trace.residual.max()),
    }
    if name == _NETWORK:
        found |= _of_2025(work, run, rows, said)
    else:
        seen = _judged(work, run, rows, {}, {})
        found["statements"] = [clean(s._asdict()) for s in statements_of_2010(seen)]
    work.tell(f"{name}: switching causes off")
    found["switch_offs"] = [switched_of(s) for s in switch_offs(name, work.book, work.fitted)]
    return found


def _judged(
    work: _Work,
    run: Run,
    rows: Sequence[Compared],
    views: Mapping[str, StopView],
    rival_path: Mapping[str, float | None],
) -> Judged:
    record = [r.observation for r in rows]
    events = [o for o in record if o.observable == "stop"]
    return Judged(
        run=run,
        rows=rows,
        turns=turns(run, record),
        recovery=recovery_weeks(run, record) if views else np.zeros(1),
        recovery_seen=recovery_of_record(record, run.start) if views else None,
        views=views,
        briers={key: brier_of(view, events, run.start) for key, view in views.items()},
        rival_path=rival_path,
        fitted=list(work.fitted),
    )


def _of_2025(
    work: _Work, run: Run, rows: Sequence[Compared], said: Mapping[str, Sequence[float | None]]
) -> dict[str, Any]:
    """Return what only 2025 has: stops, the recovery date, origins, the acceptance statements."""
    record = [r.observation for r in rows]
    views = {"market": market_stops(run), **_network(work), **rival_stops(run)}
    seen = _judged(work, run, rows, views, _rival_path(rows, said))
    work.tell("2025: rolling origins")
    low, mid, high = interval(seen.recovery)
    return {
        "statements": [clean(s._asdict()) for s in statements_of_2025(seen)],
        "stops": stops_of_views(seen, [o for o in record if o.observable == "stop"]),
        "recovery": {
            "p10": some(low),
            "p50": some(mid),
            "p90": some(high),
            "record": some(seen.recovery_seen),
            "rivals": {k: some(v) for k, v in recovery_of_rivals(record, said, run.start).items()},
        },
        "origins": [
            origin_of(from_origin(_run(work, _NETWORK, known_until(d), True), record, d)) for d in ORIGINS
        ],
    }


def _network(work: _Work) -> dict[str, StopView]:
    if not work.asked.network:
        return {}
    work.tell("2025: the network of the countdown")
    scenario = load_scenario(EPISODES[_NETWORK]).model_copy(update={"draws": work.asked.draws})
    model = built(scenario, work.book)
    trace = run_network(model.world, model.labels, work.asked.workers)
    return {"network": network_stops(model, sites_of(model, trace))}


def _rival_path(
    rows: Sequence[Compared], said: Mapping[str, Sequence[float | None]]
) -> dict[str, float | None]:
    at = [i for i, r in enumerate(rows) if r.observation.observable == "magnet-export-path"]
    record = [rows[i].observation.value for i in at]
    found = {key: mape([values[i] for i in at], record) for key, values in said.items()}
    return {key: v for key, v in found.items() if v is not None}


def _ablations(work: _Work) -> list[dict[str, Any]]:
    causes = tuple(c for c in CAUSES if c.episode in work.asked.episodes)
    start = {key: f.value for key, f in work.fitted.items()}
    return [ablation_of(r) for r in refitted(work.book, work.observations, causes, start, work.tell)]


def _fitted_table(work: _Work) -> list[dict[str, Any]]:
    rows = []
    for key, f in sorted(work.fitted.items()):
        low, high = work.book.get(key).bounds
        rows.append(
            {
                "id": key,
                "prior": work.book.get(key).central,
                "prior_low": low,
                "prior_high": high,
                "value": some(f.value),
                "low": some(f.low),
                "high": some(f.high),
            }
        )
    return rows


def _envelope(work: _Work, answer: dict[str, Any]) -> Answer:
    asked, scenarios = work.asked, [load_scenario(EPISODES[name]) for name in work.asked.episodes]
    sha = hashlib.sha256("".join(s.sha256 for s in scenarios).encode()).hexdigest()
    return Answer(
        study="validate",
        version=importlib.metadata.version("dearth"),
        book={"version": work.book.version, "sha256": work.book.sha256},
        scenario={"name": "+".join(s.name for s in scenarios), "sha256": sha},
        as_of=max(s.as_of for s in scenarios).isoformat(),
        seed=asked.seed if asked.seed is not None else scenarios[0].seed,
        draws=asked.draws,
        question={
            "episodes": list(asked.episodes),
            "network": asked.network,
            "fit": asked.fit,
            "ablations": asked.ablations,
            "observations_sha256": hash_of_record(work.observations),
            "chain_sha256": hash_of_chain(work.book),
        },
        answer=answer,
        sources=_sources(work),
        warnings=_warnings(work),
    )


def _sources(work: _Work) -> list[dict[str, Any]]:
    shown = ("id", "value", "unit", "use", "bar", "source", "url", "grade", "note")
    wanted = set(work.asked.episodes)
    return [{k: getattr(o, k) for k in shown} for o in work.observations if o.episode in wanted]


def _warnings(work: _Work) -> list[str]:
    notes = [
        "Both episodes are known to everybody who built the model: only a forecast made before the fact "
        "(--archive, --score) is a blind test.",
        "Bands hold the ranges of inputs, not the errors of the model's form; coverage far below 90 % "
        "says so.",
    ]
    if not work.fitted:
        notes.append("No fitted numbers are in use: the model runs at the book's ranges.")
    if work.asked.draws < _ROUGH:
        notes.append(
            f"Only {work.asked.draws} draws: the 5 and 95 % ends are rough; use 200 or more to cite."
        )
    if not work.asked.network and _NETWORK in work.asked.episodes:
        notes.append("The network of the countdown was not run: first stops come from the market alone.")
    return notes
