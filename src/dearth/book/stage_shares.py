"""China's share of each stage, from the balance, beside every share that somebody published.

A share computed here is only worth something if no input was set from it: each carries the input that would
make it true by construction, and whether the base year is built that way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dearth.axes import MAGNETS, PLACES
from dearth.book.base_year import CHINA
from dearth.book.book import Book
from dearth.book.equations import Equations, evaluate
from dearth.book.schema import FactRow

__all__ = ["BASE_YEAR", "SLACK", "PublishedShare", "StageShare", "stage_shares"]

BASE_YEAR: Final = 2024
SLACK: Final = 0.5
_WINDOWS: Final = (0, 1, 3)
_MAGNET_RE: Final = ("NdPr", "Dy", "Tb")

Construction = Literal["no", "partly", "yes"]


@dataclass(frozen=True, slots=True)
class PublishedShare:
    """A published share in %; `inside` tells whether the reconciled share agrees to half a point."""

    id: str
    year: int
    basis: str
    low: float
    high: float
    inside: bool


@dataclass(frozen=True, slots=True)
class StageShare:
    """China's share of one stage, in % of the world.

    Attributes
    ----------
    name
        Stage and basis, e.g. ``"separation NdPr"``.
    source, reconciled
        From the source figures and from the balanced ones.
    published
        Every published share of the same basis, nearest year first.
    span
        Least and most of the published figures of the base year; where that year has only one, of a year
        around it, then of three; None if there is none.
    inside
        Whether `reconciled` lies in `span`, to half a point (most shares are printed whole); None without.
    source_inside
        The same of `source`.
    related, wide_span, wide_inside
        Published shares on a neighbouring basis; the span of all figures, same or neighbouring basis, of up
        to three years around; whether `reconciled` lies in it.
    true_by
        The input that would make the share true by construction.
    by_construction
        Whether the base year is built that way, and `reason` why.
    """

    name: str
    source: float
    reconciled: float
    published: tuple[PublishedShare, ...]
    related: tuple[PublishedShare, ...]
    span: tuple[float, float] | None
    inside: bool | None
    source_inside: bool | None
    wide_span: tuple[float, float] | None
    wide_inside: bool | None
    true_by: str
    by_construction: Construction
    reason: str


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a share is made of, and under which words of the book others publish it."""

    name: str
    parts: tuple[str, ...]
    material: str
    bases: tuple[str, ...]
    near_bases: tuple[str, ...]
    true_by: str
    by_construction: Construction
    reason: str


def _made(kind: str, things: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{kind}-{thing}" for thing in things)


_GRADES: Final = [grade.partition(":")[2] for grade in MAGNETS]
_STAGES: Final = (
    _Stage(
        "mining, all REO",
        ("mined",),
        "concentrate",
        ("all REO",),
        (),
        "China's mining quota over a world total that contains the same quota",
        "partly",
        "both this share and the published ones divide the quota of 270,000 t; only the world total differs: "
        "Laos is added here, and vintages of the others move",
    ),
    _Stage(
        "mining, magnet rare earths",
        _made("mined", _MAGNET_RE),
        "concentrate",
        ("magnet REE",),
        (),
        "a basket of Bayan Obo chosen to give the share",
        "no",
        "baskets are those of USGS, tonnes are the quota; undocumented Chinese output is not counted",
    ),
    _Stage(
        "separation, NdPr",
        ("separated-ndpr",),
        "oxide",
        ("magnet REE", "NdPr"),
        ("all REO",),
        "recoveries in China set from the share, or plant outputs abroad set from it",
        "no",
        "plants abroad stand at their own reports (5,900 and 1,294 t and small ones); recoveries in China "
        "have ranges from a plant design and a press count; scrap is left out",
    ),
    _Stage(
        "separation, magnet rare earths",
        _made("separated", _MAGNET_RE),
        "oxide",
        ("magnet REE",),
        ("all REO",),
        "as for NdPr",
        "no",
        "as for NdPr",
    ),
    _Stage(
        "separation, Dy and Tb",
        ("separated-dy", "separated-tb"),
        "oxide",
        ("Dy+Tb",),
        (),
        "recoveries of Dy and Tb of zero outside China",
        "yes",
        "they are zero because no heavy circuit ran outside China before May 2025; so the share follows from "
        "that input and proves nothing",
    ),
    _Stage(
        "metal, NdPr",
        ("metal-ndpr",),
        "metal",
        ("oxide to metal",),
        (),
        "a Chinese metal output set from the share",
        "partly",
        "no Chinese total is published: it is the metal that published blanks and shipments need; plants "
        "abroad stand at their shipments",
    ),
    _Stage(
        "magnets, NdFeB",
        _made("magnets", [g for g in _GRADES if g != "smco"]),
        "magnet",
        ("sintered NdFeB", "NdFeB", "all rare-earth magnets"),
        (),
        "a finished yield, or magnets abroad, set from the share",
        "no",
        "260,000 t of blanks times yields of two makers, against makers abroad at their capacities; one of "
        "the four figures behind Japan's output was itself inferred from a world share of 2020",
    ),
)


def stage_shares(book: Book, eq: Equations, values: Mapping[str, float]) -> tuple[StageShare, ...]:
    """Return China's share of each stage.

    Parameters
    ----------
    book
        Its rows ``stage-share`` are what others published; none is no fault.
    eq, values
        Equations of the base year and its reconciled figures.
    """
    rows = book.find(quantity="stage-share", place=CHINA)
    return tuple(_share(stage, rows, eq, values) for stage in _STAGES)


def _mined(eq: Equations, element: str, place: str, values: Mapping[str, float]) -> float:
    """Return what is mined at a place, of an element or whole; scrap is not mined."""
    baskets = {r.material: r.id for r in eq.rows.values() if r.quantity == "basket" and r.element == element}
    total = 0.0
    for row in eq.rows.values():
        if row.quantity == "mine-output" and row.material != "ore:scrap" and row.place == place:
            total += values[row.id] * (values[baskets[row.material]] if element else 1.0)
    return total


def _made_at(eq: Equations, part: str, place: str, values: Mapping[str, float]) -> float:
    kind, _, thing = part.partition("-")
    if kind == "mined":
        return _mined(eq, thing, place, values)
    return sum(evaluate(term, values) for term in eq.parts.get(f"{part}-{place}".lower(), ()))


def _percent(eq: Equations, parts: Sequence[str], values: Mapping[str, float]) -> float:
    """Return China's part of the world in %, 0 when nothing is made."""
    by_place = {place: sum(_made_at(eq, part, place, values) for part in parts) for place in PLACES}
    world = sum(by_place.values())
    return 100.0 * by_place[CHINA] / world if world else 0.0


def _share(stage: _Stage, rows: Iterable[FactRow], eq: Equations, values: Mapping[str, float]) -> StageShare:
    same, near = (_rows(stage.material, bases, rows) for bases in (stage.bases, stage.near_bases))
    source, reconciled = (_percent(eq, stage.parts, at) for at in (eq.source, values))
    span, wide = _span(same), _span([r for r in same + near if r.value is not None], _WINDOWS[-1:])
    return StageShare(
        name=stage.name,
        source=source,
        reconciled=reconciled,
        published=tuple(_published(row, reconciled) for row in same),
        related=tuple(_published(row, reconciled) for row in near),
        span=span,
        inside=_within(reconciled, span),
        source_inside=_within(source, span),
        wide_span=wide,
        wide_inside=_within(reconciled, wide),
        true_by=stage.true_by,
        by_construction=stage.by_construction,
        reason=stage.reason,
    )


def _rows(material: str, bases: Sequence[str], rows: Iterable[FactRow]) -> list[FactRow]:
    """Return what is published of a stage on these bases, forecasts left out, the nearest year first."""
    found = [r for r in rows if r.material == material and r.basis in bases and not r.is_forecast]
    return sorted(found, key=lambda row: abs(row.year - BASE_YEAR))


def _published(row: FactRow, share: float) -> PublishedShare:
    low, high = row.bounds
    inside = _within(share, (low, high)) is True
    return PublishedShare(row.id, row.year, row.basis, low, high, inside)


def _span(rows: Sequence[FactRow], windows: Sequence[int] = _WINDOWS) -> tuple[float, float] | None:
    """Return the span of what is published, in the narrowest window of years that has two figures."""
    near: list[FactRow] = []
    for years in windows:
        near = [row for row in rows if abs(row.year - BASE_YEAR) <= years]
        if len(near) > 1:
            break
    if not near:
        return None
    return min(row.bounds[0] for row in near), max(row.bounds[1] for row in near)


def _within(share: float, span: tuple[float, float] | None) -> bool | None:
    return None if span is None else span[0] - SLACK <= share <= span[1] + SLACK
