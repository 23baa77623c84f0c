"""Projects as arrays: what each would add, where it stands on a day, what it costs, and its classes.

Facts of named projects come from ``data/projects/histories.csv``; what they lack (ramp, plateau, capital per
kg, overrun) is drawn from rows of their kind.  A project without a tonnage that was read adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book.project_rows import LINKS, History
from dearth.engine.arrays import FloatArray
from dearth.world.draws import Draws
from dearth.world.spells import Dates, classes_of, dates_of

__all__ = ["Projects", "live", "projects_of"]

_E: Final = {e: i for i, e in enumerate(ELEMENTS)}
_STATED: Final = {"ndpr": "NdPr", "dy": "Dy", "tb": "Tb", "sm": "Sm"}
_MAGNET_REE: Final = ("NdPr", "Tb", "Dy")
_CURRENCY: Final = {"MAUD": "AUD", "MCAD": "CAD", "MEUR": "EUR", "MINR": "INR"}
_PER_KG: Final = 1e-3  # MUSD per (USD/(kg/y) x t/y)
_GROUPS: Final = ("kind", "funding", "regime", "permit", "offtake", "radioactive", "list")


class Projects(NamedTuple):
    """Projects outside the supplier; P of them, E elements, S links, N draws.

    Attributes
    ----------
    id, name, company, place, kind
        As in the book; `place` is a code of `dearth.axes.PLACES`.
    links
        Links of the chain at which capacity is added, (P, S).
    stage, since
        Last measured step reached, and its decimal year, (P,).
    planned
        First year of production by its own plan, NaN if none was read, (P,).
    tonnes
        Oxide it would add a year at nameplate, beyond what it already made in the base year, (P, E, N).
    magnets
        t magnet a year at nameplate, (P,).
    capex
        MUSD, overrun included, (P, N); where `capex_known` is false, capital per kg of its kind times size.
    opex
        USD per kg of main product, (P, N); NaN where no row tells.
    ramp, plateau
        Years from first product to the plateau, and its share of nameplate, (P, N).
    levels
        Group of classes -> level of each project.
    """

    id: tuple[str, ...]
    name: tuple[str, ...]
    company: tuple[str, ...]
    place: tuple[str, ...]
    kind: tuple[str, ...]
    links: FloatArray
    stage: tuple[str, ...]
    since: FloatArray
    planned: FloatArray
    tonnes: FloatArray
    magnets: FloatArray
    capex: FloatArray
    capex_known: FloatArray
    opex: FloatArray
    ramp: FloatArray
    plateau: FloatArray
    levels: dict[str, tuple[str, ...]]

    @property
    def size(self) -> int:
        """Number of projects."""
        return len(self.id)


def live(histories: Iterable[History], as_of: float) -> list[tuple[History, Dates]]:
    """Return the projects that are known at `as_of`, have not ended, and are not replaced by a later plan."""
    found = []
    rows = list(histories)
    known = {h.id for h in rows if h.year("announced") <= as_of}
    for history in rows:
        dates = dates_of(history, as_of)
        if history.id in known and math.isnan(dates.ended) and history.continued_by not in known:
            found.append((history, dates))
    return found


def projects_of(
    draws: Draws, histories: Iterable[History], as_of: float, magnet_content: FloatArray | None = None
) -> Projects:
    """Return the live projects of a day.

    Parameters
    ----------
    draws
        Draws of the rows of the book.
    histories
        Of `dearth.book.project_rows.load_histories`.
    as_of
        Decimal year; what was read later is not known.
    magnet_content
        t REO of each element per t of magnet made outside, (E, N); None: zero.
    """
    n = draws.n
    content = np.zeros((len(ELEMENTS), n)) if magnet_content is None else magnet_content
    found = [(h, d) for h, d in live(histories, as_of)]
    tonnes = [_tonnes(draws, h, content) for h, _ in found]
    costs = [_capex(draws, h, t) for (h, _), t in zip(found, tonnes, strict=True)]
    classes = [classes_of(h, d) for h, d in found]
    rows = [h for h, _ in found]
    return Projects(
        id=tuple(h.id for h in rows),
        name=tuple(h.project for h in rows),
        company=tuple(h.company for h in rows),
        place=tuple(h.place for h in rows),
        kind=tuple(h.kind for h in rows),
        links=np.array([[float(link in h.links.split("+")) for link in LINKS] for h in rows]).reshape(
            -1, len(LINKS)
        ),
        stage=tuple(d.stage for _, d in found),
        since=np.array([d.since for _, d in found]),
        planned=np.array([math.nan if h.planned_first is None else h.planned_first + 0.5 for h in rows]),
        tonnes=_stack([t * (1.0 - h.in_base) for h, t in zip(rows, tonnes, strict=True)], (len(ELEMENTS), n)),
        magnets=np.array([(h.magnets or 0.0) * (1.0 - h.in_base) for h in rows]),
        capex=_stack([c for c, _ in costs], (n,)),
        capex_known=np.array([known for _, known in costs]),
        opex=_stack([_by_kind(draws, "project-running-cost", h, math.nan) for h in rows], (n,)),
        ramp=_stack([_by_kind(draws, "ramp-time", h, 0.0) for h in rows], (n,)),
        plateau=_stack([draws.get("plateau-share", sector=h.kind) for h in rows], (n,)),
        levels={g: tuple(c[g] for c in classes) for g in _GROUPS},
    )


def _stack(arrays: list[FloatArray], shape: tuple[int, ...]) -> FloatArray:
    return np.stack(arrays) if arrays else np.zeros((0, *shape))


def _by_kind(draws: Draws, quantity: str, history: History, default: float) -> FloatArray:
    row = draws.find(quantity, sector=history.kind)
    return np.full(draws.n, default) if row is None else draws.of(row)


def _tonnes(draws: Draws, history: History, content: FloatArray) -> FloatArray:
    """Return the oxide that a project makes or uses a year at nameplate, (E, N)."""
    if history.magnets:
        return history.magnets * content
    out = np.zeros((len(ELEMENTS), draws.n))
    stated = {e: getattr(history, c) for c, e in _STATED.items() if getattr(history, c) is not None}
    for element, value in stated.items():
        out[_E[element]] = value
    if history.dytb:
        split = draws.get("dy-share-of-dytb")
        out[_E["Dy"]], out[_E["Tb"]] = history.dytb * split, history.dytb * (1.0 - split)
    if stated or history.dytb or not (history.ore and history.capacity):
        return out
    return history.capacity * _basket(draws, history)


def _basket(draws: Draws, history: History) -> FloatArray:
    """Return the oxide recovered per t of oxide mined, (E, N), or the mix of its magnet oxides."""
    share = np.stack([draws.get("basket", material=history.ore, element=e) for e in ELEMENTS])
    if history.capacity_unit == "t magnet REO/y":
        kept = np.array([e in _MAGNET_REE for e in ELEMENTS])[:, None] * share
        return np.asarray(kept / np.maximum(kept.sum(axis=0), 1e-12))
    recovered = [draws.get("separation-recovery", material=history.ore, element=e) for e in ELEMENTS]
    return np.asarray(share * np.stack(recovered))


def _capex(draws: Draws, history: History, tonnes: FloatArray) -> tuple[FloatArray, bool]:
    """Return the capital cost in MUSD, and whether a figure of the project itself was read."""
    stated = history.capex_latest or history.capex_first
    if stated:
        code = _CURRENCY.get(history.capex_unit)
        rate = 1.0 if code is None else draws.get("project-fx", sector=code)
        grown = 1.0 if history.capex_latest else 1.0 + draws.get("cost-overrun")
        return np.broadcast_to(stated * rate * grown, (draws.n,)).copy(), True
    size = np.full(draws.n, history.magnets or 0.0) if history.magnets else tonnes.sum(axis=0)
    per_kg = draws.get("project-capital-intensity", sector=history.kind)
    return size * per_kg * _PER_KG * (1.0 + draws.get("cost-overrun")), False
