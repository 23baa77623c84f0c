"""The two episodes as runs, and their train rows as residuals."""

from __future__ import annotations

import numpy as np
import pytest

from dearth.book import Book
from dearth.book.observations import load_observations
from dearth.measures.episodes import EPISODES, FREE, OFF, episode_run, free_numbers, record_of, train_batch
from dearth.measures.fit import residuals, tolerance
from dearth.measures.observed import modelled
from dearth.world.scenario import Scenario, load_scenario

OBSERVATIONS = load_observations()


def test_every_episode_has_its_scenario_and_record() -> None:
    assert {o.episode for o in OBSERVATIONS} == set(EPISODES)
    for episode, name in EPISODES.items():
        scenario = load_scenario(name)
        end = scenario.start.toordinal() + 7 * scenario.weeks
        for o in record_of(episode, OBSERVATIONS):
            assert o.start.toordinal() < end, o.id
            assert o.end.toordinal() > scenario.start.toordinal() - 8, o.id


def test_train_and_note_are_apart() -> None:
    for episode in EPISODES:
        train, note = (record_of(episode, OBSERVATIONS, use) for use in ("train", "note"))
        assert train
        assert not {o.id for o in train} & {o.id for o in note}
        assert len(train) + len(note) == sum(o.episode == episode for o in OBSERVATIONS)


def test_free_numbers_have_a_range_around_their_value(book: Book) -> None:
    found = free_numbers(book)
    assert [f.id for f in found] == list(FREE)
    for f in found:
        assert f.low <= f.value <= f.high, f.id
        assert f.scale > 0.0, f.id


def test_the_batch_is_the_run_point_by_point(book: Book) -> None:
    free = free_numbers(book, FREE[:2])
    values = np.array([[f.value, 0.5 * (f.value + f.high)] for f in free])
    together = train_batch(book, free, OBSERVATIONS)(values)
    rows = sum(tolerance(o) is not None for e in EPISODES for o in record_of(e, OBSERVATIONS))
    assert together.shape == (rows, 2)
    alone = []
    for episode in EPISODES:
        fixed = OFF | {f.id: float(values[i, 1]) for i, f in enumerate(free)}
        run = episode_run(episode, book, 1, {}, fixed=fixed, central=True)
        record = record_of(episode, OBSERVATIONS)
        alone.append(residuals(record, [modelled(run, o) for o in record], 1)[:, 0])
    assert together[:, 1] == pytest.approx(np.concatenate(alone), rel=1e-9, abs=1e-9)
    assert not np.allclose(together[:, 0], together[:, 1])


def test_a_change_reaches_the_scenario(book: Book) -> None:
    def without_quota(s: Scenario) -> Scenario:
        return s.model_copy(update={"events": tuple(e for e in s.events if e.action != "quota")})

    with_, off = (episode_run("2010", book, 1, {}, change=c, central=True) for c in (None, without_quota))
    assert with_.trace.quota_rent.max() > 1.0
    assert off.trace.quota_rent.max() == 0.0


def test_the_shipped_fit_is_what_a_run_uses(book: Book) -> None:
    bare, shipped = (episode_run("2025", book, 1, fitted, central=True) for fitted in ({}, None))
    moved = [
        n for n, v in bare.market.behaviour._asdict().items() if v != getattr(shipped.market.behaviour, n)
    ]
    assert moved
