"""Some draws of a model run as they do among all."""

from __future__ import annotations

import numpy as np

from dearth.engine.arrays import Trace, World
from dearth.engine.run import run
from dearth.world.build import Model
from dearth.world.cut import cut

PIECE = slice(5, 12)


def test_a_piece_runs_as_it_does_in_the_whole(model: Model, trace: Trace) -> None:
    piece = cut(model, PIECE)
    alone = run(piece.world, piece.labels)
    for name, whole, part in zip(Trace._fields, trace, alone, strict=True):
        if "residual" in name:  # what rounding leaves over
            assert np.allclose(whole[..., PIECE], part, rtol=0.0, atol=1e-14), name
        else:
            assert np.array_equal(whole[..., PIECE], part), name
    assert np.array_equal(piece.dependence, model.dependence[..., PIECE])


def test_every_array_by_draw_is_cut_and_no_other(model: Model) -> None:
    """A new array of the world whose last axis is the draw must not be forgotten."""
    n = model.world.rate.shape[1]
    piece = cut(model, PIECE).world
    left = {
        name
        for name, value in zip(World._fields, piece, strict=True)
        if isinstance(value, np.ndarray) and value.shape[-1] == n
    }
    assert left == set()
