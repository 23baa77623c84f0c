"""Tariff codes as numbers: the digits times 16, plus how many they are; 0 where no code stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["begins", "cut", "number_of", "six", "text_of"]

Array = NDArray[Any]
_SIX: Final = 6
_POWERS: Final = 10 ** np.arange(13, dtype=np.int64)


def number_of(code: str) -> int:
    """Return the number of a code."""
    return int(code) * 16 + len(code)


def text_of(number: int) -> str:
    """Return the code of a number, "" for 0."""
    return str(number >> 4).zfill(number & 15) if number else ""


def cut(codes: Array, digits: int) -> Array:
    """Return the first digits of each code, or all that it has."""
    size = codes & 15
    kept = np.minimum(size, digits)
    return np.asarray((codes >> 4) // _POWERS[size - kept] * 16 + kept)


def six(codes: Array) -> Array:
    """Return the first six digits of each code, 0 where there are fewer."""
    return np.where((codes & 15) >= _SIX, cut(codes, _SIX), 0)


def begins(codes: Array, prefixes: Iterable[str]) -> Array:
    """Return whether each code begins with one of `prefixes`."""
    hit = np.zeros(len(codes), bool)
    size = codes & 15
    for prefix in prefixes:
        over = size - len(prefix)
        hit |= (over >= 0) & ((codes >> 4) // _POWERS[np.maximum(over, 0)] == int(prefix))
    return hit
