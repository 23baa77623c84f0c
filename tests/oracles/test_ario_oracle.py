"""ARIO of the bench: the compiled kernel beside plain numpy, on made-up tables that fall short."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from ario import kernel, plain
from ario.table import Array, Table, lost_of, table_of

pytestmark = pytest.mark.xdist_group("ario")  # one worker compiles
SECTORS, REGIONS, DAYS = 3, 4, 260


def made_up(seed: int) -> tuple[Table, Array]:
    """Return a table in which some inputs are hardly needed and one industry sells nothing, and a loss."""
    rng = np.random.default_rng(seed)
    many = SECTORS * REGIONS
    flow = rng.random((many, many)) ** 3 * 1000
    flow[:, 1] *= rng.random(many) < 0.5
    flow[5, :] = flow[:, 5] = 0
    final = rng.random(many) * 4000
    final[5] = 0
    table = table_of(flow, final, np.maximum(flow.sum(axis=1) + final, 0), SECTORS)
    return table, lost_of({0: 0.6, 4: 0.3}, many, DAYS, 5, 20, 90)


@pytest.mark.parametrize("seed", range(4))
def test_the_kernel_gives_what_plain_numpy_gives(seed):
    table, lost = made_up(seed)
    ours, plainly = kernel.run(table, lost), plain.run(table, lost)
    for name in ours._fields:
        np.testing.assert_allclose(
            getattr(ours, name), getattr(plainly, name), rtol=1e-9, atol=1e-9, err_msg=name
        )


def test_the_loss_is_met_by_shortage_and_overproduction():
    """Otherwise equal outputs would say little."""
    table, lost = made_up(1)
    record = plain.run(table, lost)
    whole = table.usual > 0
    assert np.allclose(record.made[1], table.usual)
    assert (record.made[20] < record.cap[20] * 0.999)[whole].any(), "an input is short, or orders are few"
    assert (record.cap.max(axis=0) > table.usual * 1.001).any(), "somebody could make more than usual"
    assert record.unmet[20].sum() > 0.01 * table.final.sum()
    assert np.abs(record.stock[-1] - record.stock[0]).max() > 1


def test_a_table_without_a_loss_stands_still():
    table, lost = made_up(2)
    record = kernel.run(table, lost * 0)
    np.testing.assert_allclose(record.made, np.broadcast_to(table.usual, record.made.shape), rtol=1e-4)
