"""The small chain of the bench: the compiled kernel beside plain numpy, on a run that meets both events."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from small_chain import kernel, plain
from small_chain.chain import ARCS, Chain, read_chain


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Return 30 weeks with the gate shut in some, and capacity lost in others that overlap."""
    whole = read_chain(30)
    whole.constants.update(gate_from=3, gate_to=18, loss_from=12, loss_to=24)
    return whole


def test_the_kernel_gives_what_plain_numpy_gives(chain):
    plainly = plain.run(chain)
    assert plainly.shape == (31, 2, 4, 6, 12)
    np.testing.assert_allclose(kernel.run(chain), plainly, rtol=1e-9, atol=1e-9)


def test_both_events_move_the_chain(chain):
    """Otherwise equal outputs would say little."""
    record = plain.run(chain)
    assert np.abs(record[3] - record[0]).max() < 1e-6
    assert np.abs(record[13] - record[0]).max() > 1
    spared = chain.constants | {"loss_share": 1.0}
    assert np.abs(record[-1] - plain.run(chain._replace(constants=spared))[-1]).max() > 1


def test_the_tables_are_the_chain_that_is_told(chain):
    assert chain.share.size == ARCS == 3456
    np.testing.assert_allclose(chain.share.sum(axis=2), 1.0, atol=1e-9)
