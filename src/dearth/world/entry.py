"""Plans that nobody has announced yet: as many tonnes a year as a share of the live ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from dearth.book.project_rows import LINKS
from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws
from dearth.world.projects import Projects

__all__ = ["entrants", "joined"]

_METAL, _MAGNET = LINKS.index("metal"), LINKS.index("magnet")
_PIECES: Final = 2  # plans a year and link, so that luck averages out as it does among real ones
_NEW: Final = {
    "funding": "unknown",
    "regime": "elsewhere",
    "permit": "no permit read",
    "offtake": "none read",
    "radioactive": "not read",
    "list": "picked since 2016",
}


def entrants(projects: Projects, draws: Draws, years: FloatArray, easier: FloatArray) -> Projects:
    """Return plans to come.

    Metal is made by few plants that anybody announces; new ones are taken to follow the magnets they serve.

    Parameters
    ----------
    projects
        The live ones, whose tonnes are the measure.
    draws
        Rows ``project-entry`` and ``project-entry-lag``, and those of ramps.
    years
        Decimal years in which plans appear, (Y,).
    easier
        How many times more of them than in calm, (Y, N).
    """
    n, rate = draws.n, draws.get("project-entry")
    waiting = np.array([s in ("announced", "financed") for s in projects.stage], float)
    tonnes = np.einsum("p,ps,pen->sen", waiting, projects.links, projects.tonnes)
    tonnes[_METAL] = np.maximum(tonnes[_METAL], tonnes[_MAGNET])
    magnets = float((waiting * projects.magnets).sum())
    lag = draws.get("project-entry-lag")
    made = [
        (kind, s, y, piece)
        for s, kind in enumerate(LINKS)
        for y in range(years.size)
        for piece in range(_PIECES)
    ]
    size = np.stack([rate * easier[y] / _PIECES * tonnes[s] for _, s, y, _ in made])
    links = np.zeros((len(made), len(LINKS)))
    links[np.arange(len(made)), [s for _, s, _, _ in made]] = 1.0
    kinds = tuple(kind for kind, *_ in made)
    mean_rate = float(np.median(rate))
    return Projects(
        id=tuple(f"new-{kind}-{int(years[y])}-{piece}" for kind, _, y, piece in made),
        name=tuple(f"a {kind} not yet announced" for kind in kinds),
        company=("",) * len(made),
        place=("ROW",) * len(made),
        kind=kinds,
        links=links,
        stage=("announced",) * len(made),
        since=np.array([years[y] for _, _, y, _ in made]) + float(np.median(lag)),
        planned=np.full(len(made), np.nan),
        tonnes=size,
        magnets=np.array([magnets * mean_rate / _PIECES if kind == "magnet" else 0.0 for kind in kinds]),
        capex=np.full((len(made), n), np.nan),
        capex_known=np.zeros(len(made), bool),
        opex=np.full((len(made), n), np.nan),
        ramp=np.stack([draws.get("ramp-time", sector=kind) for kind in kinds]),
        plateau=np.stack([draws.get("plateau-share", sector=kind) for kind in kinds]),
        levels={"kind": kinds, **{g: (level,) * len(made) for g, level in _NEW.items()}},
    )


def joined(first: Projects, second: Projects) -> Projects:
    """Return the projects of both, the first before the second."""

    def both(name: str) -> object:
        a, b = getattr(first, name), getattr(second, name)
        if name == "levels":
            return {g: a[g] + b[g] for g in a}
        return a + b if isinstance(a, tuple) else np.concatenate([a, b])

    return Projects(**{name: both(name) for name in Projects._fields})  # type: ignore[arg-type]
