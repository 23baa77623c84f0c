"""A firm's own applications for export licences: when they are decided, drawn with the ranges of the book.

The chain is that of the engine (:func:`dearth.engine.licences.licensed_share`), for one application instead
of all: some steps in a row, granted with a chance, filed again after a refusal.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

import numpy as np

from dearth.engine.arrays import FloatArray
from dearth.engine.licences import GateNumbers
from dearth.firm.network import Licence

__all__ = ["granted_in"]

_ROUNDS: Final = 40


def granted_in(licence: Licence, filed: float, numbers: GateNumbers, seed: int) -> FloatArray:
    """Return the week of the run in which goods of an application may leave, infinite for never, (N,).

    Parameters
    ----------
    licence
        A granted one counts from the day it was filed, as that of the grant is not asked for; a refused one
        is filed again.
    filed
        Week of the run in which it was filed, or the rule began if that was later.
    numbers
        Of the gate.
    """
    draws = numbers.decision.size
    now = np.full(draws, filed)
    if licence.status == "granted":
        return now
    rng = np.random.Generator(np.random.PCG64([seed, crc32(f"licence {licence.id}".encode())]))
    if licence.status == "refused":
        now = now + rng.exponential(numbers.refile)
    done = np.full(draws, np.inf)
    for _ in range(_ROUNDS):
        now = now + rng.gamma(numbers.stages, numbers.decision / numbers.stages)
        granted = rng.random(draws) < numbers.grant
        done = np.where(np.isinf(done) & granted, now, done)
        now = now + rng.exponential(numbers.refile)
    return done
