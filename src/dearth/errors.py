"""Everything that can go wrong, as one small tree.

::

    DearthError                 anything dearth raises on purpose
    ├── InputError              the user's input is wrong            exit status 2
    │   ├── ScenarioError       a scenario file or override
    │   └── UnknownNameError    a name that is not in a closed list
    ├── BookError               rows of the data book are wrong      exit status 2
    ├── RuleError               a rule, a list or the lexicon is wrong   exit status 2
    ├── UnitError               a unit outside the closed list       exit status 2
    ├── ModelError              the engine broke one of its laws     exit status 1
    │   └── MassError           mass appeared or vanished
    └── StoppedError            the run was called off on the way    exit status 130

Every error carries a list of :class:`Fault`: all faults of one input are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

__all__ = [
    "BookError",
    "DearthError",
    "Fault",
    "InputError",
    "MassError",
    "ModelError",
    "RuleError",
    "ScenarioError",
    "StoppedError",
    "UnitError",
    "UnknownNameError",
    "did_you_mean",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what, where, why and the cure."""

    what: str
    where: str = ""
    why: str = ""
    cure: str = ""

    def __str__(self) -> str:
        """Return one line: ``where: what (why); cure``."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        reason = f" ({self.why})" if self.why else ""
        cure = f"; {self.cure}" if self.cure else ""
        return f"{head}{reason}{cure}"


class DearthError(Exception):
    """Base of the tree; `phase` heads the list of faults."""

    exit_status = 1

    def __init__(self, phase: str, faults: Fault | Iterable[Fault]) -> None:
        self.phase = phase
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(str(self))

    def __reduce__(self) -> tuple[type[DearthError], tuple[str, tuple[Fault, ...]]]:
        """Let an error come home from another process as it is."""
        return type(self), (self.phase, self.faults)

    def __str__(self) -> str:
        """Return the phase, then one bullet per fault."""
        return "\n".join([self.phase, *(f"  - {fault}" for fault in self.faults)])


class InputError(DearthError):
    """The user's input is wrong; nothing was written."""

    exit_status = 2


class ScenarioError(InputError):
    """A scenario file or an override does not describe a scenario."""


class UnknownNameError(InputError):
    """A name that is not in the closed list it should come from."""


class BookError(DearthError):
    """Rows of the data book, or of an overlay, are wrong."""

    exit_status = 2


class RuleError(DearthError):
    """Rules, lists of parties or the lexicon are wrong."""

    exit_status = 2


class UnitError(DearthError):
    """A unit outside the closed list, or a conversion between dimensions."""

    exit_status = 2


class ModelError(DearthError):
    """The engine broke one of its own laws: our fault, never the user's."""


class MassError(ModelError):
    """Mass appeared or vanished; the fault names the element, the week and the place."""


class StoppedError(DearthError):
    """The run was called off on the way: by whom it was for, or by a newer one; see `dearth.watch`."""

    exit_status = 130


_SHOWN: Final = 12  # names in a list of known ones


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return the cure for an unknown `name`: the nearest known ones, or the list of all."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    shown = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
    return f"known: {shown}"
