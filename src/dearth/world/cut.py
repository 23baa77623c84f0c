"""Some draws of a model, for those who run a large ensemble piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from dearth.engine.arrays import World
from dearth.engine.run import blocks
from dearth.world.build import Model

__all__ = ["cut", "pieces"]

_PIECE: Final = 256  # draws that are looked at together

_NOT_BY_DRAW: Final = ("quota_", "front_")  # tables; the last axis of all other floats is the draw
_WHOLE_BY_DRAW: Final = ("spread",)


def cut(model: Model, draws: slice) -> Model:
    """Return the model with some of its draws in all that a run and the measures of lines look at.

    Names, rows of the book, `Model.draws` and `Model.chain` stay those of the whole ensemble.
    """
    if draws.indices(model.world.rate.shape[1]) == (0, model.world.rate.shape[1], 1):
        return model
    changes: dict[str, Any] = {
        name: np.ascontiguousarray(value[..., draws])
        for name, value in model.world._asdict().items()
        if _by_draw(name, value)
    }
    world: World = model.world._replace(**changes)
    dependence, loss = model.dependence[..., draws], model.loss[..., draws]
    return replace(model, world=world, dependence=dependence, loss=loss)


def pieces(model: Model) -> list[slice]:
    """Return the draws of a model in pieces, for memory's sake; none is a single draw among others."""
    return blocks(model.world.rate.shape[1], _PIECE)


def _by_draw(name: str, value: object) -> bool:
    if not isinstance(value, np.ndarray) or name.startswith(_NOT_BY_DRAW):
        return False
    return value.dtype == np.float64 or name in _WHOLE_BY_DRAW
