"""The frozen base rates are what the library of survival analysis makes of the histories."""

from __future__ import annotations

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from dearth.book.project_rows import load_histories
from dearth.measures import base_rates
from dearth.measures.back_test import back_test_csv, forward_csv
from dearth.measures.base_rates import base_rates_csv, histories_hash, law_of
from dearth.world.hazards import load_hazards
from dearth.world.spells import Spell, spells_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("lifelines", reason="the extra `fit` is not installed")

SOME = ("phoenix-2010", "lynas-2010", "dubbo-2010", "steenkampskraal-2010")
DATA = Path(base_rates.__file__).resolve().parents[1] / "data" / "fitted"


def newest(name: str) -> str:
    return max(DATA.glob(f"{name}-*.csv")).read_text("utf-8")


def same(made: str, kept: str) -> None:
    """Compare two tables cell by cell, numbers to six digits: libraries round the last ones differently."""
    ours, theirs = (list(csv.DictReader(text.splitlines())) for text in (made, kept))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.keys() == b.keys()
        for column, cell in a.items():
            try:
                assert math.isclose(float(cell), float(b[column]), rel_tol=2e-4, abs_tol=2e-4), (column, a, b)
            except ValueError:
                assert cell == b[column]


def test_the_frozen_table_is_what_the_library_makes() -> None:
    same(base_rates_csv(load_histories()), newest("projects"))


def test_the_frozen_table_names_its_histories() -> None:
    assert load_hazards().histories_sha256 == histories_hash(load_histories())


def test_the_frozen_back_tests_are_what_the_library_makes() -> None:
    kept = newest("back-test").splitlines()
    rows = [line for line in kept[1:] if line.split(",")[0] in SOME]
    assert len(rows) > 10
    same(back_test_csv(load_histories(), only=SOME), "\n".join([kept[0], *rows]))
    same(forward_csv(load_histories()), newest("forward"))


def test_the_weibull_law_maximises_the_likelihood_of_the_spells() -> None:
    """A plain grid of scale and shape finds nothing better."""
    spells = [s for s in spells_of(load_histories()) if s.step == "financed"]
    law = law_of(spells, "next")

    def likelihood(scale: float, shape: float) -> float:
        total = 0.0
        for s in spells:
            total -= (s.years / scale) ** shape
            if s.outcome == "next":
                total += math.log(shape / scale) + (shape - 1.0) * math.log(s.years / scale)
        return total

    best = likelihood(law.scale, law.shape)
    steps = np.exp(np.linspace(-0.7, 0.7, 29))
    tried = [likelihood(law.scale * a, law.shape * b) for a in steps for b in steps]
    assert best >= max(tried) - 1e-6


def test_incidence_without_a_law_equals_the_textbook_product() -> None:
    """Aalen-Johansen on five spells, reckoned by hand."""
    cases = [(1.0, "next"), (2.0, "end"), (3.0, "censored"), (4.0, "next"), (5.0, "censored")]
    spells = [Spell(f"p{i}", "financed", y, o, 2010.0, {}) for i, (y, o) in enumerate(cases)]
    by_hand = 1 / 5 + (4 / 5) * (3 / 4) * (1 / 2)
    assert base_rates.incidence_at(spells, "next", [1.0, 3.5, 4.5]) == pytest.approx([0.2, 0.2, by_hand])


def test_a_cause_that_never_happened_has_no_rate() -> None:
    spells = [Spell("p", "financed", 3.0, "censored", 2010.0, {})]
    assert math.isinf(law_of(spells, "next").scale)
    few = [Spell("p", "financed", 4.0, "end", 2010.0, {}), *spells]
    assert law_of(few, "end").scale == pytest.approx(7.0)
