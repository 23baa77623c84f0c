"""Which figures of the book move the countdown: how far, over many draws of all of them at once.

Every row with a range is drawn, all at once and independently, by a Latin hypercube in each block of draws;
its influence on one outcome is Spearman's rank correlation, a measure for outcomes that rise or fall with
their inputs but not in proportion (McKay, Beckman and Conover 1979; Marino et al. 2008,
doi:10.1016/j.jtbi.2008.04.011).  With independent inputs its square is the share of the outcome's rank
variance that goes with the row.  A stop that never comes ranks after all that do, together with its like.

Partial correlations are not used: they ask how well a row would predict once all others were known, and
so rate a figure that hardly moves the answer as highly as one that drives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import SECTORS
from dearth.book import Book
from dearth.engine.arrays import FloatArray
from dearth.engine.run import run
from dearth.measures.groups import GROUPS, Group, members
from dearth.measures.influence import joint_influence, rank_correlations
from dearth.measures.sites import keys_of, seen_of, sites_of
from dearth.measures.stops import FIRST, Stops
from dearth.world.build import Model, build, check_chain, reconciled_centres
from dearth.world.scenario import Scenario

__all__ = ["DRAWS", "Moved", "influence", "noise"]

DRAWS: Final = 2000
_BLOCK: Final = 200
_SEEN: Final = 0.05  # a stop in fewer draws than this is no date to explain
_LARGE: Final = "10"
_NOISE: Final = 4.0


class Moved(NamedTuple):
    """How much a row moves an answer, 0 to 1, and which answer."""

    id: str
    influence: float
    study: str


class _Sample(NamedTuple):
    """Draws of one scenario: priors by row id, (N,); outcomes by group, each (outcomes, N)."""

    priors: dict[str, FloatArray]
    outcomes: dict[Group, FloatArray]
    draws: int


def noise(draws: int) -> float:
    """Return the influence below which a row is not told from one without any: 4 / sqrt(N)."""
    return float(_NOISE / np.sqrt(max(1, draws)))


def influence(
    scenarios: Iterable[Scenario],
    book: Book,
    draws: int = DRAWS,
    workers: int = 1,
    least: float | None = None,
) -> tuple[Moved, ...]:
    """Return which rows move the countdown of the scenarios, strongest first.

    Two answers of each scenario are looked at: when automotive lines outside China stop, and when those of
    every sector outside China do, all sectors counted alike.  Outcomes are the weeks in which 1 and 10 % of
    output have stopped and the largest share stopped; see
    :func:`dearth.measures.influence.joint_influence` for how they are taken together.

    A row without a range is not drawn and has no influence; of those that the model uses, all are exact by
    nature (this place separates this ore, that ore holds none of an element).  Rows that only steer the
    balance of the base year are counted in the rows whose centres they move.

    Parameters
    ----------
    scenarios, book
        What happens, and what is known.
    draws
        Of each scenario, in blocks of 200 with seeds one apart.
    workers
        Threads; the answer does not depend on it.
    least
        Smallest influence to return; :func:`noise` of `draws` unless told.

    Returns
    -------
    tuple of Moved
        At most one for a row and an answer.

    Raises
    ------
    ScenarioError, BookError, MassError
        As for a countdown.
    """
    asked = list(scenarios)
    for scenario in asked:
        check_chain(scenario)
    centres = reconciled_centres(book)
    found: list[Moved] = []
    for scenario in asked:
        sample = _sample(scenario, book, centres, draws, workers)
        for name, groups in _answers(sample).items():
            sizes = _sizes(sample, groups)
            found += [Moved(key, size, f"countdown {scenario.name}: {name}") for key, size in sizes]
    bar = noise(draws) if least is None else least
    return tuple(sorted((m for m in found if m.influence >= bar), key=lambda m: (-m.influence, m.id)))


def _answers(sample: _Sample) -> dict[str, list[Group]]:
    """Return the groups of each answer that the scenario has lines of."""
    head = GROUPS[0]
    named = {
        f"{head.name} {head.place_name}": [g for g in sample.outcomes if g is head],
        f"every sector {head.place_name}": [g for g in sample.outcomes if g.key in SECTORS],
    }
    return {name: groups for name, groups in named.items() if groups}


def _sample(
    scenario: Scenario, book: Book, centres: Mapping[str, float], draws: int, workers: int
) -> _Sample:
    """Run the scenario in blocks of draws and put them together."""
    blocks = []
    for i, start in enumerate(range(0, draws, _BLOCK)):
        size = {"draws": min(_BLOCK, draws - start), "seed": scenario.seed + i}
        blocks.append(_block(scenario.model_copy(update=size), book, centres, workers))
    return _Sample(
        {key: np.concatenate([block.priors[key] for block in blocks]) for key in blocks[0].priors},
        {g: np.concatenate([block.outcomes[g] for block in blocks], axis=1) for g in blocks[0].outcomes},
        draws,
    )


def _block(scenario: Scenario, book: Book, centres: Mapping[str, float], workers: int) -> _Sample:
    model = build(scenario, book, centres=centres)
    priors = {key: model.draws.of(row) for key, row in model.used.items()}
    return _Sample(priors, dict(_outcomes(model, workers)), scenario.draws)


def _outcomes(model: Model, workers: int) -> Iterator[tuple[Group, FloatArray]]:
    sites = sites_of(model, run(model.world, model.labels, workers))
    keys = keys_of(sites)
    for group in GROUPS:
        inside = [sites[i] for i in members(group, keys)]
        if inside:
            yield group, _told(seen_of(model, inside).stops)


def _told(stops: Stops) -> FloatArray:
    """Return the outcomes of a group: week of 1 %, week of 10 %, largest share stopped; (3, N)."""
    return np.stack([stops.weeks[FIRST], stops.weeks[_LARGE], stops.peak])


def _stacked(sample: _Sample, groups: Sequence[Group]) -> FloatArray:
    """Return the outcomes of some groups, without dates that hardly ever come; (outcomes, N)."""
    rows = np.concatenate([sample.outcomes[g] for g in groups])
    return np.asarray(rows[np.isfinite(rows).mean(axis=1) >= _SEEN])


def _sizes(sample: _Sample, groups: Sequence[Group]) -> list[tuple[str, float]]:
    priors = np.stack(list(sample.priors.values()))
    sizes = joint_influence(rank_correlations(priors, _stacked(sample, groups)), sample.draws)
    return [(key, float(size)) for key, size in zip(sample.priors, sizes, strict=True)]
