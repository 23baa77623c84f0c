"""What moves the countdown, against the same taken by hand from the engine's run and scipy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from dearth.book import Book
from dearth.engine.run import run
from dearth.measures.sites import seen_of, sites_of
from dearth.measures.stops import Stops
from dearth.studies import influence as study
from dearth.studies.influence import Moved, influence, noise
from dearth.world.build import build
from dearth.world.scenario import Scenario

_BLOCK = 12
AUTOMOTIVE = {"ev-traction", "other-automotive"}
HEAD = "countdown squeeze-2025: automotive outside China"


@pytest.fixture(scope="module")
def found(squeeze: Scenario, book: Book) -> tuple[Moved, ...]:
    """All influences over two blocks of 12 draws."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "_BLOCK", _BLOCK)
        return influence([squeeze], book, draws=2 * _BLOCK, least=1e-9)


def block(scenario: Scenario, book: Book, centres: Mapping[str, float]) -> tuple[Stops, np.ndarray]:
    """The stops of automotive lines outside China, and the draws of the cover of assembly makers."""
    model = build(scenario, book, centres=centres)
    sites = sites_of(model, run(model.world, model.labels))
    outside = [s for s in sites if s.sector in AUTOMOTIVE and s.place != "CHN"]
    return seen_of(model, outside).stops, model.draws.of(book.get("cover-assembly-maker"))


def test_it_is_the_root_mean_square_of_spearmans_rho(
    squeeze: Scenario, book: Book, centres: Mapping[str, float], found: tuple[Moved, ...]
) -> None:
    seeds = (squeeze.seed, squeeze.seed + 1)
    blocks = [block(squeeze.model_copy(update={"draws": _BLOCK, "seed": s}), book, centres) for s in seeds]
    prior = np.concatenate([b[1] for b in blocks])
    outcomes = [
        np.concatenate([b[0].weeks["1"] for b in blocks]),
        np.concatenate([b[0].weeks["10"] for b in blocks]),
        np.concatenate([b[0].peak for b in blocks]),
    ]
    rho = [stats.spearmanr(prior, np.nan_to_num(o, posinf=1e9)).statistic for o in outcomes]
    wanted = np.sqrt(np.mean(np.square(rho)) - 1 / (2 * _BLOCK - 1))
    (stored,) = [m.influence for m in found if (m.id, m.study) == ("cover-assembly-maker", HEAD)]
    assert stored == pytest.approx(wanted, abs=1e-9)


def test_each_row_and_answer_once_strongest_first_rows_of_the_book_only(
    book: Book, found: tuple[Moved, ...]
) -> None:
    assert len({(m.id, m.study) for m in found}) == len(found) > 100
    assert {m.study for m in found} == {HEAD, "countdown squeeze-2025: every sector outside China"}
    sizes = [m.influence for m in found]
    assert sizes == sorted(sizes, reverse=True)
    assert 0.0 < sizes[-1] <= sizes[0] <= 1.0
    rows = {r.id: r for r in book.rows}
    assert all(rows[m.id].low != rows[m.id].high for m in found)


def test_what_chance_may_give_is_left_out(squeeze: Scenario, book: Book) -> None:
    assert noise(2000) == pytest.approx(0.0894, abs=1e-4)
    least = noise(_BLOCK)
    assert least > 1.0
    assert influence([squeeze], book, draws=_BLOCK) == ()


def test_nothing_moves_where_nothing_is_held_back(squeeze: Scenario, book: Book) -> None:
    calm = squeeze.model_copy(update={"events": (), "weeks": 4})
    assert influence([calm], book, draws=_BLOCK, least=1e-9) == ()
    assert influence([], book) == ()
