"""How the arrays of a block lie in memory: the numbers stay, the compiled code gets shorter.

Two things cost a single run half of its time: a signed index, which compiled code must test for
"from the end", and a row whose length it does not know, by which it multiplies at every access.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np

from dearth.engine.arrays import World
from dearth.engine.week import State

__all__ = ["laid_out"]

Arrays = TypeVar("Arrays", World, State)
_OR_NONE: Final = {"edge_class", "edge_quota", "edge_series"}  # -1: none
_BY_STEP: Final = {"quota_add", "quota_keep"}


def _unsigned(held: Arrays) -> Arrays:
    """Return the same with unsigned indices and counts, where none can be negative."""
    changes: dict[str, Any] = {
        name: value.astype(np.uint32)
        for name, value in held._asdict().items()
        if isinstance(value, np.ndarray) and value.dtype == np.int64 and name not in _OR_NONE
    }
    return held._replace(**changes)


def _in_columns(held: Arrays) -> Arrays:
    """Return the same for a single draw, with nodes next to each other by the type of the array.

    Each array gets a second column that nobody reads: an array of one column lies in the order of
    rows and of columns alike, and would be compiled for rows.
    """
    changes: dict[str, Any] = {}
    for name, value in held._asdict().items():
        if isinstance(value, np.ndarray) and value.shape[1:] == (1,) and name not in _BY_STEP:
            changes[name] = np.zeros((value.shape[0], 2), value.dtype, order="F")
            changes[name][:, :1] = value
    return held._replace(**changes)


def laid_out(w: World, s: State) -> tuple[World, State]:
    """Return a block's world and its state as copies that the compiled week runs fastest on."""
    alone = len(s.lanes) == 1
    w, s = _unsigned(w), _unsigned(s)
    return (_in_columns(w), _in_columns(s)) if alone else (w, s)
