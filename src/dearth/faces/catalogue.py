"""The studies, in one frozen table that feeds every face."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

__all__ = ["STUDIES", "Study", "study"]


@dataclass(frozen=True, slots=True)
class Study:
    """One question that dearth answers.

    Attributes
    ----------
    name
        Of the command.
    path
        ``module:function``, imported only when the study is run.
    line
        What it answers, in one line.
    options
        Names of the shared options it takes, in the order of its help; see ``dearth.faces.options``.
    """

    name: str
    path: str
    line: str
    options: tuple[str, ...]

    def load(self) -> Any:
        """Import and return the function (this is where numpy and numba come in)."""
        module, function = self.path.split(":")
        return getattr(import_module(module), function)


_ENSEMBLE: Final = ("draws", "seed", "weeks", "as_of", "set", "workers", "book")
_FILES: Final = ("json", "csv", "html", "quiet")

STUDIES: Final = (
    Study(
        name="countdown",
        path="dearth.studies.countdown:countdown",
        line="Who stops, and when: weeks until 0.1, 1, 10 and 50 % of each sector's output stands still.",
        options=("scenario", *_ENSEMBLE, *_FILES),
    ),
)


def study(name: str) -> Study:
    """Return the study called `name`; KeyError if there is none."""
    return {s.name: s for s in STUDIES}[name]
