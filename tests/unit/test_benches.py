"""What the benches count and put together is right, and the page of performance holds all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from dearth.book import load_book
from dearth.engine.run import Labels, run
from dearth.world.build import build
from dearth.world.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import counted  # noqa: E402 (the folder of the benches comes first)
import renew_page  # noqa: E402
import side_by_side  # noqa: E402
import wanted  # noqa: E402

PAGE = (ROOT / "docs" / "performance.md").read_text("utf-8")


def test_waterfill_is_counted_to_the_last_operation() -> None:
    """One buyer who is served in full: one round raises the level by nothing, so there is no other."""
    found: dict[str, list[int]] = {}
    fill = counted.plain_kernels(found)["waterfill"]
    total, want, weight, got, level = (
        counted.Array(np.array(x, float), True) for x in ([2.0], [[1.0]], [[4.0]], [[0.0]], [[0.0]] * 3)
    )
    fill(total, want, weight, 1, got, level)
    assert got.data == pytest.approx(1.0)
    # First round: the buyer waits, 2 / 4 is the level; the fill: 0.5 x 4 is more than is wanted.
    sums, comparisons, divisions, exponentials, named = (sum(x) for x in zip(*found.values(), strict=True))
    assert divisions == 1
    assert exponentials == 0
    assert sums == 5  # two in the test and the sums of the round, one of its rise, one of the fill
    assert comparisons >= 4
    assert named % 8 == 0


def test_numbers_that_count_say_what_plain_ones_say() -> None:
    a = counted.Number(3.0)
    assert 1.0 - a == -2.0
    assert 2.0 / a == pytest.approx(2 / 3)
    assert max(0.0, a) == 3.0
    assert float(1.0 / counted.Number(0.0)) == np.inf


def test_copies_side_by_side_do_what_the_single_world_does() -> None:
    scenario = load_scenario("squeeze-2025", {"weeks": "2", "draws": "3"})
    model = build(scenario, load_book())
    many = side_by_side.glued(model.world, 2)
    names = Labels(*(2 * part for part in model.labels))
    single, twice = run(model.world, model.labels), run(many.world, names)
    assert side_by_side.same(single, twice, many)
    twice.line_output[0, 0] += 1e-12
    assert not side_by_side.same(single, twice, many)


LONG = {"soak_serve", "fans_serve", "million_members"}  # not part of `make bench`


def test_every_bench_has_its_place() -> None:
    there = {path.stem.removeprefix("bench_") for path in (ROOT / "bench").glob("bench_*.py")}
    assert there == {*renew_page.BENCHES, *renew_page.OUTSIDE}
    assert len(there) == len(renew_page.BENCHES) + len(renew_page.OUTSIDE)
    blocks = wanted.blocks_of(PAGE)
    assert {f"bench_{name}" for name in renew_page.BENCHES} == blocks.keys() - LONG


def test_what_was_wanted_is_read_out_of_the_blocks() -> None:
    text = (
        "2026-01-02, here\n\n- Mesa: 7 times; 600 were wanted: **not reached**.\n- Faster than ours: Mesa.\n"
    )
    page = f"<!-- begin: bench_peers -->\n{text}<!-- end: bench_peers -->\n"
    lines = wanted.table(page)
    row = "| Small chain beside Mesa | 600 | 7 times | **not reached** | bench_peers, 2026-01-02 |"
    assert row in lines
    assert "| A peer that is faster is named | yes | Mesa | told | bench_peers |" in lines


def test_the_tests_that_the_page_names_exist() -> None:
    assert {goal.reached for goal in wanted.tested()} == {"by a test"}
