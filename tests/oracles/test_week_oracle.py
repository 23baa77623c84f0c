"""The compiled week beside the plain one, and the stop front beside twenty thousand buyers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dearth.engine.arrays import Trace, World
from dearth.engine.front import SPREADS, spread_row
from dearth.engine.run import Labels, run
from dearth.engine.week import waterfill
from oracles.networks import Sizes, random_network, single_line
from oracles.plain_week import plain_trace, water_level


def fixed(examples: int) -> settings:
    """Return settings that draw the same examples in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


SIZES = st.builds(
    Sizes,
    weeks=st.integers(4, 24),
    steps_per_week=st.sampled_from([1, 2, 4]),
    places=st.integers(1, 3),
    levels=st.integers(2, 5),
    lines=st.integers(1, 8),
)
SHARES = ("lost_end", "lost_mean")  # of plan; all other records are tonnes or weeks


def largest_gap(world: World, labels: Labels) -> tuple[float, str]:
    """Return the largest difference of any record, of its own largest tonnage, and the record.

    Shares of plan are compared as tonnes of output: a small line on a large market shares its rounding.
    """
    trace, plain = run(world, labels), plain_trace(world)
    output = world.rate[: world.level_ptr[1]]
    gaps = {}
    for name, want in plain.items():
        size = output if name in SHARES else 1.0
        top = output.max() if name in SHARES else max(1.0, float(np.abs(want).max(initial=0.0)))
        gaps[name] = float((np.abs(getattr(trace, name) - want) * size).max(initial=0.0) / top)
    worst = max(gaps, key=lambda name: gaps[name])
    return gaps[worst], worst


@fixed(40)
@given(seed=st.integers(0, 10_000), sizes=SIZES)
def test_the_compiled_week_is_the_plain_week(seed: int, sizes: Sizes) -> None:
    gap, record = largest_gap(*random_network(seed, sizes))
    assert gap < 1e-12, record


@pytest.mark.parametrize("seed", range(12))
def test_the_compiled_week_is_the_plain_week_on_larger_networks(seed: int) -> None:
    sizes = Sizes(draws=1, weeks=40, steps_per_week=1 + seed % 4, levels=5, lines=12, routes=3)
    gap, record = largest_gap(*random_network(seed, sizes))
    assert gap < 1e-12, record


@pytest.mark.parametrize("spread", [0, 1, 25, 56])
@pytest.mark.parametrize("path", [0.0, 0.4, 1.0])
def test_the_compiled_week_is_the_plain_week_on_a_single_line(spread: int, path: float) -> None:
    world, labels = single_line(3.3, 2.7, spread=spread, steps_per_week=2, path=path)
    gap, record = largest_gap(world, labels)
    assert gap < 1e-12, record


@fixed(30)
@given(
    buyers=st.lists(st.tuples(st.floats(0.0, 1e4), st.floats(1e-6, 1e3)), min_size=1, max_size=12),
    part=st.floats(0.0, 1.2),
)
def test_water_filling_in_closed_form_is_the_bisected_level(
    buyers: list[tuple[float, float]], part: float
) -> None:
    want, weight = (np.array(column) for column in zip(*buyers, strict=True))
    total = part * float(want.sum())
    filled = np.zeros((want.size, 2))
    twice = np.array([total, 0.5 * total])  # two draws at once: the first as if alone
    waterfill(twice, *(np.stack([a, a], axis=1) for a in (want, weight)), want.size, filled, np.zeros((3, 2)))
    got = filled[:, 0]
    plain = water_level(total, want.tolist(), weight.tolist())
    assert got == pytest.approx(np.array(plain), rel=1e-9, abs=1e-9 * (1.0 + total))
    assert np.all(got <= want)
    assert got.sum() == pytest.approx(min(total, float(want.sum())), rel=1e-12, abs=1e-300)


# Twenty thousand buyers, one by one

BUYERS = 20_000
COVER, TRANSIT, WEEKS = 6.0, 3.0, 40


def covers(sigma: float) -> np.ndarray:
    """Return the covers of the buyers, lognormal with mean `COVER`, evenly spaced in probability."""
    normal = pytest.importorskip("scipy.stats").norm.ppf((np.arange(BUYERS) + 0.5) / BUYERS)
    raw = np.exp(sigma * normal)
    return COVER * raw / raw.mean()


def brute_force(sigma: float, missing: np.ndarray, steps_per_week: int, focus: float) -> np.ndarray:
    """Return the share of plan lost in each step when buyers run out one by one.

    `focus` 0: every buyer misses the same share; 1: this share of the buyers, always the same ones,
    misses everything (then `missing` must be one value from its first step on).
    """
    dt = 1.0 / steps_per_week
    stock = covers(sigma)
    lost = np.zeros(missing.size)
    depth, hit = (missing, 1.0) if focus == 0.0 else (np.sign(missing), missing.max())
    for k in range(missing.size):
        taken = np.minimum(stock, depth[k] * dt)
        stock = stock - taken
        lost[k] = hit * float(np.mean(depth[k] * dt - taken)) / dt
    return lost


def compiled(sigma: float, passes: np.ndarray, steps_per_week: int, focus: float) -> np.ndarray:
    """Return the same from the engine: what passes the gate arrives after the transit."""
    row = int(spread_row(np.array([sigma]))[0])
    assert SPREADS[row] == pytest.approx(sigma)
    world, labels = single_line(
        COVER,
        TRANSIT,
        spread=row,
        steps_per_week=steps_per_week,
        weeks=WEEKS,
        path=passes,
        focus=focus,
        pool_weeks=20.0,
    )
    trace: Trace = run(world, labels)
    return trace.lost_mean[:, 0, 0]


@pytest.mark.parametrize("sigma", [0.1, 0.4, 0.7, 1.2])
@pytest.mark.parametrize(("passes", "focus"), [(0.0, 0.0), (0.0, 1.0), (0.6, 0.0), (0.6, 1.0)])
def test_the_front_is_twenty_thousand_buyers(sigma: float, passes: float, focus: float) -> None:
    """Tolerance 0.006 of plan, 0.025 at the widest spread: the tables end at twelve mean covers."""
    spw = 2
    steps = np.arange(WEEKS * spw)
    missing = np.where(steps < TRANSIT * spw, 0.0, 1.0 - passes)
    want = brute_force(sigma, missing, spw, focus)
    got = compiled(sigma, np.full(steps.size, passes), spw, focus)
    assert want.max() > 0.9 * (1.0 - passes)
    assert got == pytest.approx(want, abs=0.006 if sigma < 1.0 else 0.025)


def test_the_front_follows_a_wavering_shortage() -> None:
    """All buyers alike (focus 0), the shortage another one in every week; tolerance 0.004 of plan."""
    spw = 2
    rng = np.random.default_rng(5)
    passes = np.repeat(rng.uniform(0.0, 0.9, WEEKS), spw)
    missing = np.concatenate((np.zeros(int(TRANSIT) * spw), 1.0 - passes))[: passes.size]
    got = compiled(0.6, passes, spw, focus=0.0)
    assert got == pytest.approx(brute_force(0.6, missing, spw, 0.0), abs=0.004)
