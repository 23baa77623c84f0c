"""Who stops, and when: the countdown of every sector and place of a scenario."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from dearth.answer import Answer
from dearth.book import Book
from dearth.calendar import WEEKS_PER_YEAR
from dearth.measures.bands import tidied, tidy
from dearth.measures.binding import Upstream
from dearth.measures.countdown_blocks import Ran, ran
from dearth.measures.countdown_rows import (
    Figures,
    Named,
    binding_of,
    clock_of,
    groups_of,
    priors_of,
    rank,
    row_of,
    site_of,
    warnings_of,
)
from dearth.measures.groups import GROUPS
from dearth.measures.influence import rank_correlations
from dearth.measures.row_values import losses_of
from dearth.measures.sites import lines_of, rows_at_once
from dearth.measures.stops import FIRST, THRESHOLDS, Band, bands
from dearth.watch import beat
from dearth.world.build import Model
from dearth.world.envelope import answered
from dearth.world.ready import built
from dearth.world.scenario import Scenario

__all__ = ["countdown"]

_FIRST: Final = list(THRESHOLDS).index(FIRST)


class _Run(NamedTuple):
    """A scenario that has been run."""

    scenario: Scenario
    book: Book
    model: Model
    picks: list[Named]
    ran: Ran
    upstream: Upstream


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
    keys = list(lines_of(model))
    picks = [*(site_of(key, i) for i, key in enumerate(keys)), *groups_of(keys)]
    found = ran(model, picks, workers)
    done = _Run(scenario, book, model, picks, found, Upstream(model.world, found.trace))
    rows = _rows(done)
    answer = {
        "clock": clock_of(scenario, model),
        "rows": sorted(rows[: len(keys)], key=rank),
        "groups": rows[len(keys) :],
        "mass": {"worst_residual": float(found.trace.residual.max(initial=0.0))},
        "exports": _exports(done),
        "priors": _priors(done),
    }
    used = model.used.values()
    return answered("countdown", scenario, book, answer, used=used, warnings=warnings_of(scenario, used))


def _rows(done: _Run) -> list[dict[str, Any]]:
    """Return the answers of lines and groups as plain data, a block of them at a time."""
    block, count = rows_at_once(done.model), len(done.picks)
    beat("rows", 0, 1)
    return [row for lo in range(0, count, block) for row in _block(done, slice(lo, min(lo + block, count)))]


def _block(done: _Run, rows: slice) -> list[dict[str, Any]]:
    told = _figures(done, rows)
    return [_row(done, pick, told, i) for i, pick in enumerate(done.picks[rows])]


def _figures(done: _Run, rows: slice) -> Figures:
    """Return the numbers of some rows, all rows at once."""
    need, exposed, plain, weeks, rest, path = (values[rows] for values in done.ran.values)
    return Figures(
        need=tidied(np.median(need, axis=-1) * WEEKS_PER_YEAR),
        exposed=np.median(exposed, axis=-1),
        plain=np.median(plain, axis=-1),
        weeks=bands(weeks),
        ever=tidied(np.isfinite(weeks).mean(axis=-1)),
        rest=tidied(bands(rest)),
        path=tidied(np.quantile(path, [0.1, 0.5, 0.9], axis=-1)),
    )


def _row(done: _Run, pick: Named, told: Figures, i: int) -> dict[str, Any]:
    """Return the answer of one line or group as plain data."""
    return row_of(done.scenario, pick, told, i, lambda: _binding(done, pick))


def _binding(done: _Run, pick: Named) -> dict[str, Any] | None:
    """Return the part that costs most output, and where its shortage begins."""
    found = losses_of(done.ran.looked, [done.ran.looked.sites[i] for i in pick.sites])
    best = int(found.by_part.sum(axis=1).argmax())
    hit = found.by_part.sum(axis=0) > 0.0
    if not hit.any():
        return None
    worst = int(np.where(found.part == best, found.loss.sum(axis=1), -1.0).argmax())
    most = found.by_part.argmax(axis=0)[hit]
    share = np.count_nonzero(most == best) / most.size
    return binding_of(done.model, done.upstream, found.names[best], found.lines[worst], share)


def _exports(done: _Run) -> dict[str, Any]:
    """Return China's exports by four-week months from the start, as shares of the base year (P10-P90)."""
    out: dict[str, Any] = {}
    for good, monthly in done.ran.exports.items():
        low, mid, high = np.quantile(monthly, [0.1, 0.5, 0.9], axis=1)
        out[good] = {k: [tidy(v) for v in q] for k, q in zip(Band._fields, (low, mid, high), strict=True)}
    return out


def _priors(done: _Run) -> list[dict[str, Any]]:
    """Return the ranges that move the first stop of automotive lines outside China most."""
    group = GROUPS[0]
    at = [i for i, pick in enumerate(done.picks) if pick.names[::2] == (group.key, group.place_key)]
    outcome = done.ran.values.weeks[at[0], _FIRST] if at else np.zeros(done.model.draws.n)
    rows = [r for r in done.model.used.values() if r.low is not None and r.high != r.low]
    drawn = np.stack([done.model.draws.of(r) for r in rows]) if rows else np.zeros((0, outcome.size))
    rho = rank_correlations(drawn, outcome[np.newaxis])[:, 0].tolist()
    return priors_of(done.book, zip(rho, rows, strict=True))
