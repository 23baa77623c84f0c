"""From a place's case, its projects and a set of futures to the arrays of the portfolio programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.project_rows import LINKS, History, load_histories
from dearth.calendar import WEEKS_PER_YEAR
from dearth.engine.arrays import FloatArray
from dearth.measures.plan_case import Case, group_of
from dearth.measures.portfolio_rows import Problem
from dearth.world.draws import Draws
from dearth.world.hazards import Hazards, load_hazards
from dearth.world.plan_future import Reply, squeezes_of
from dearth.world.projects import Projects, projects_of
from dearth.world.starts import Push, Starts, draw_starts, output_share

__all__ = ["DONE", "YEARS", "Futures", "Lever", "decimal_year", "futures_of", "levers_of", "problem_of"]

YEARS: Final = 20
_SEPARATION: Final = LINKS.index("separation")
_MAGNET: Final = "magnet:ndfeb"
_PERCENT: Final = 100.0
_PER_MILLION: Final = 1e3
DONE: Final = ("commissioned", "ramped")


class Lever(NamedTuple):
    """A lever of the programme.

    Attributes
    ----------
    key
        ``project:ID``, ``stock:COMMODITY`` or ``redesign:COMMODITY``.
    name
        In words.
    unit
        Of its size.
    at
        Number of the project or commodity.
    """

    key: str
    name: str
    unit: str
    at: int


class Futures(NamedTuple):
    """Luck of a set of futures; the same for every plan and reply that are compared.

    Attributes
    ----------
    draws
        One draw of the book for each future.
    seed
        Of squeezes.
    as_of
        Decimal year in which the plan is made.
    projects, hazards
        What is known of projects then.
    """

    draws: Draws
    seed: int
    as_of: float
    projects: Projects
    hazards: Hazards


def decimal_year(day: date) -> float:
    """Return a day as a decimal year."""
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def futures_of(
    book: Book, count: int, seed: int, as_of: float, histories: Sequence[History] | None = None
) -> Futures:
    """Return `count` futures as they look from a day."""
    draws = Draws(book, count, seed)
    known = load_histories() if histories is None else histories
    return Futures(draws, seed, as_of, projects_of(draws, known, as_of), load_hazards())


def levers_of(case: Case, projects: Projects) -> list[Lever]:
    """Return projects that can still be helped and add what the place lacks, stocks, and redesigns."""
    make = _made_by_projects(case, projects)
    useful = [p for p in range(len(projects.id)) if make[p].any() and projects.stage[p] not in DONE]
    found = [
        Lever(f"project:{projects.id[p]}", f"{projects.name[p]} ({projects.company[p]})", "project", p)
        for p in useful
    ]
    for k, key in enumerate(case.keys):
        found.append(Lever(f"stock:{key}", f"stock of {case.names[k]}", "week", k))
    for k, key in enumerate(case.keys):
        if key.startswith("magnet"):
            found.append(Lever(f"redesign:{key}", f"redesign without {case.names[k]}", "% of need", k))
    return found


def _made_by_projects(case: Case, projects: Projects) -> FloatArray:
    """Return what each project adds to each row at nameplate, t/y, (P, K)."""
    make = np.zeros((len(projects.id), len(case.keys)))
    if _MAGNET in case.keys:
        make[:, case.keys.index(_MAGNET)] = projects.magnets
    separates = (projects.links[:, _SEPARATION] > 0.0) & (projects.magnets <= 0.0)
    for e, element in enumerate(ELEMENTS):
        key = group_of(f"oxide:{element}")
        if key in case.keys:
            make[:, case.keys.index(key)] += separates * np.median(projects.tonnes[:, e], axis=-1)
    return make


class _Paths(NamedTuple):
    """Output of projects by year as a share of nameplate, (P, T, W), and whether money is found, (P, W)."""

    plain: FloatArray
    helped: FloatArray
    financed: FloatArray


def _paths(futures: Futures, reply: Reply, floors: FloatArray) -> _Paths:
    """Return what projects make without and with public help; a price cut spares those with a floor."""
    draws, projects = futures.draws, futures.projects
    years = futures.as_of + 0.5 + np.arange(YEARS, dtype=np.float64)
    common: list[Push] = []
    if reply.technology_ban:
        slower = np.broadcast_to(
            draws.get("reply-ratio", sector="technology ban"), (len(projects.id), draws.n)
        )
        common.append(Push("commissioned", slower, futures.as_of, np.inf))
    cut = np.broadcast_to(draws.get("reply-ratio", sector="price cut"), (len(projects.id), draws.n))
    exposed = [Push("financed", cut, futures.as_of, np.inf)] if reply.price_cut else []
    spared = np.where(floors[:, None] > 0.0, 1.0, cut)
    some = [Push("financed", spared, futures.as_of, np.inf)] if reply.price_cut else []
    faster = np.broadcast_to(draws.get("finance-ratio"), (len(projects.id), draws.n))
    helped = _starts(futures, [*common, *some, Push("financed", faster, futures.as_of, np.inf)])
    plain = _starts(futures, [*common, *exposed])
    money = np.isfinite(helped.financed) & (helped.financed < futures.as_of + YEARS)
    return _Paths(output_share(plain, years), output_share(helped, years), money.astype(float))


def _starts(futures: Futures, pushes: Sequence[Push]) -> Starts:
    return draw_starts(futures.projects, futures.hazards, futures.draws, futures.as_of, pushes)


def problem_of(
    case: Case,
    levers: Sequence[Lever],
    futures: Futures,
    reply: Reply,
    floors: Mapping[str, bool] | None = None,
) -> Problem:
    """Return the programme of a place over some futures.

    Parameters
    ----------
    floors
        Whether a helped project has a floor price or an offtake, by id; all have where it is not said.
    """
    draws, projects = futures.draws, futures.projects
    n, kinds = draws.n, len(case.keys)
    has = np.array([1.0 if floors is None else float(floors.get(name, False)) for name in projects.id])
    paths = _paths(futures, reply, has)
    squeezes = squeezes_of(draws, YEARS, futures.seed, reply)
    under = squeezes.weeks / WEEKS_PER_YEAR
    grown = (
        1.0 + draws.get("outside-growth", element="NdPr", place="outside")[:, None] / _PERCENT
    ) ** np.arange(YEARS)
    missing = (under * squeezes.depth * grown)[:, :, None] * case.flow
    make = _made_by_projects(case, projects)
    anyway = np.einsum("ptw,pk->wtk", paths.plain, make * case.share) * under[:, :, None]
    need = np.maximum(0.0, missing @ case.uses - anyway)
    parts = [
        _column(case, lever, futures, paths, (under, squeezes.depth, grown), make, reply, has)
        for lever in levers
    ]
    premium = (draws.get("spot-premium").mean() - 1.0) * case.price / _PER_MILLION
    return Problem(
        cost=np.array([p.cost for p in parts]),
        most=np.array([p.most for p in parts]),
        whole=np.array([lever.unit == "project" for lever in levers]),
        running=np.stack([p.running for p in parts], axis=1),
        made=np.stack([p.made for p in parts], axis=2),
        make=np.stack([p.make for p in parts]),
        stored=np.stack([p.stored for p in parts]),
        held=case.held[:, np.arange(n) % case.held.shape[1]].T * case.flow / WEEKS_PER_YEAR,
        serves=case.uses,
        uses=case.uses,
        need=need,
        squeeze=np.where(need.any(axis=2), squeezes.number, -1),
        spot=draws.get("spot-share")[:, None, None] * missing,
        premium=premium,
        refill=case.price / _PER_MILLION,
        value=np.maximum(case.value, premium),
        chance=np.full(n, 1.0 / n),
    )._replace(uses=case.uses.reshape(kinds, kinds))


class _Column(NamedTuple):
    """What one lever adds to the programme."""

    cost: float
    most: float
    running: FloatArray
    made: FloatArray
    make: FloatArray
    stored: FloatArray


def _column(  # noqa: PLR0913, PLR0917 (what a column is made of)
    case: Case,
    lever: Lever,
    futures: Futures,
    paths: _Paths,
    squeeze: tuple[FloatArray, FloatArray, FloatArray],
    make: FloatArray,
    reply: Reply,
    floors: FloatArray,
) -> _Column:
    under, depth, grown = squeeze
    none, kinds = np.zeros(futures.draws.n), len(case.keys)
    k = lever.at
    if lever.unit == "project":
        return _project(case, k, futures, paths, under, make[k], reply, floors[k] > 0.0)
    flow = case.flow[k]
    draws = futures.draws
    if lever.unit == "week":
        tonnes = flow / WEEKS_PER_YEAR
        carry = 1.0 + float(np.median(draws.get("holding-cost") / _PERCENT * draws.get("plan-period")))
        stored = np.zeros(kinds)
        stored[k] = tonnes
        cost = tonnes * case.price[k] * carry / _PER_MILLION
        return _Column(cost, _most(draws, "stock"), none, np.zeros_like(under), np.zeros(kinds), stored)
    each = float(np.median(draws.get("way-round", material="magnet")))
    tonnes = flow / _PERCENT
    cost = tonnes * each * float(np.median(draws.get("plan-period"))) / _PER_MILLION
    ready = np.arange(YEARS)[None, :] >= 1
    most = _most(draws, "spared")
    return _Column(cost, most, none, under * depth * grown * ready, tonnes * case.uses[k], np.zeros(kinds))


def _most(draws: Draws, lever: str) -> float:
    """Return the largest size of a lever that a portfolio is offered, weeks or per cent."""
    return float(np.round(np.median(draws.get("measure-most", sector=lever))))


def _project(  # noqa: PLR0913, PLR0917 (what a project is made of)
    case: Case,
    at: int,
    futures: Futures,
    paths: _Paths,
    under: FloatArray,
    make: FloatArray,
    reply: Reply,
    floor: bool,
) -> _Column:
    """Return the column of a project: what help adds to what the place would get of it anyway."""
    draws = futures.draws
    main = int(np.argmax(make))
    claim = np.clip(draws.get("plan-claim"), case.share[main], 1.0)
    more = np.maximum(0.0, claim * paths.helped[at] - case.share[main] * paths.plain[at]).T
    capital = draws.get("public-share") * futures.projects.capex[at] * paths.financed[at]
    running = capital
    if floor:
        running = capital + (claim * paths.helped[at].sum(axis=0)) * _gap(case, draws, make, reply)
    return _Column(0.0, 1.0, np.asarray(running), more * under, make, np.zeros(len(case.keys)))


def _gap(case: Case, draws: Draws, make: FloatArray, reply: Reply) -> FloatArray:
    """Return what a floor pays for a year's output of a project at nameplate, MUSD, (W,)."""
    cut = draws.get("reply-price-cut", element="NdPr") / draws.get("stock-price", material="oxide:NdPr")
    lower = np.clip(1.0 - cut, 0.0, 1.0) if reply.price_cut else np.zeros(draws.n)
    total = np.zeros(draws.n)
    for k, key in enumerate(case.keys):
        if key.startswith("magnet"):
            each = draws.get("running-gap", material="magnet") + lower * case.price[k]
        else:
            each = (draws.get("running-gap-share", material="oxide") + lower) * case.price[k]
        total = total + make[k] * each / _PER_MILLION
    return total
