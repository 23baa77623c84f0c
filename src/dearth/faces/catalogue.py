"""The studies, in one frozen table that feeds every face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

__all__ = ["ENSEMBLE", "FIRM", "FIRM_PLAN", "FIRM_STUDIES", "STUDIES", "Study", "Views", "load", "study"]


def load(path: str) -> Any:
    """Import and return what ``module:name`` names."""
    module, name = path.split(":")
    return getattr(import_module(module), name)


@dataclass(frozen=True, slots=True)
class Views:
    """Functions that show the answer of a study, each as ``module:function``, imported when asked for.

    Attributes
    ----------
    terminal
        ``(answer, console)`` to what rich prints.
    files
        Option that names a file -> ``(answer, scenario)`` to its text.
    """

    terminal: str
    files: Mapping[str, str]


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
    views
        How its answer is shown.
    draws
        Size of the ensemble where none is asked for; None: as the scenario says.
    """

    name: str
    path: str
    line: str
    options: tuple[str, ...]
    views: Views
    draws: int | None = None

    def load(self) -> Any:
        """Import and return the function (this is where numpy and numba come in)."""
        return load(self.path)


_ENSEMBLE: Final = ("draws", "seed", "weeks", "as_of", "set", "workers", "book")
_FILES: Final = ("json", "csv", "html", "quiet")


def _views(terminal: str, **files: str) -> Views:
    """Return views of this floor; `files` by option without its dashes."""
    named = {f"--{option}": f"dearth.faces.{path}" for option, path in files.items()}
    return Views(f"dearth.faces.{terminal}", MappingProxyType(named))


STUDIES: Final = (
    Study(
        name="countdown",
        path="dearth.studies.countdown:countdown",
        line="Who stops, and when: weeks until 0.1, 1, 10 and 50 % of each sector's output stands still.",
        options=("scenario", *_ENSEMBLE, "keep", "cluster", "firm", *_FILES),
        views=_views("tables:countdown_view", csv="present:countdown_csv", html="report:countdown_html"),
    ),
    Study(
        name="price",
        path="dearth.studies.price:price",
        line="What prices do inside China and outside, which tonnes pay them, and what moved them.",
        options=("scenario", *_ENSEMBLE, *_FILES),
        views=_views("price_tables:price_view", csv="price_text:price_csv", html="price_report:price_html"),
    ),
    Study(
        name="horizon",
        path="dearth.studies.horizon:horizon",
        line="How long the leverage lasts: unused, used once, to the limit; and what each project is worth.",
        options=("scenario", *(o for o in _ENSEMBLE if o != "weeks"), *_FILES),
        views=_views(
            "horizon_tables:horizon_view", csv="horizon_text:horizon_csv", html="horizon_report:horizon_html"
        ),
    ),
    Study(
        name="plan",
        path="dearth.studies.plan:plan",
        line="Which measures buy most weeks per dollar, which portfolio is cheapest, what a cut-off costs.",
        options=("scenario", "for_place", *_ENSEMBLE, "firm", *_FILES),
        views=_views("plan_tables:plan_view", csv="plan_text:plan_csv", html="plan_report:plan_html"),
        draws=40,
    ),
)

ENSEMBLE: Final = Study(
    name="countdown in blocks",
    path="dearth.studies.ensemble:ensemble",
    line="The countdown of very many draws, run in blocks and on as many workers as there are.",
    options=STUDIES[0].options,
    views=STUDIES[0].views,
)
"""The countdown when it is asked for more draws than are held at once, with ``--keep`` or ``--cluster``."""

FIRM: Final = Study(
    name="countdown of a firm",
    path="dearth.studies.firm:firm_countdown",
    line="Which lines of your own stop, when, because of what, and what a week of stock is worth.",
    options=STUDIES[0].options,
    views=_views("firm_tables:firm_view", csv="firm_text:firm_csv", html="firm_report:firm_html"),
)
"""The countdown when it is asked with ``--firm``."""

FIRM_PLAN: Final = Study(
    name="plan of a firm",
    path="dearth.studies.plan_firm:firm_plan",
    line="Which stocks and second sources of your own buy most weeks per money.",
    options=("scenario", *_ENSEMBLE, "firm", *_FILES),
    views=_views("plan_firm:firm_plan_view", csv="plan_firm:firm_plan_csv", html="plan_firm:firm_plan_html"),
)
"""The plan when it is asked with ``--firm``."""

FIRM_STUDIES: Final[Mapping[str, Study]] = MappingProxyType({"countdown": FIRM, "plan": FIRM_PLAN})


def study(name: str) -> Study:
    """Return the study called `name`; KeyError if there is none."""
    return {s.name: s for s in STUDIES}[name]
