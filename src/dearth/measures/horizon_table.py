"""Scenario and book to what horizon and plans start from: buyers, projects, prices, stakes and cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.project_rows import History, load_histories
from dearth.book.schema import FactRow
from dearth.engine.arrays import FloatArray
from dearth.measures.card import Table, Window
from dearth.world.build import check_chain
from dearth.world.draws import Draws
from dearth.world.hazards import Hazards, load_hazards
from dearth.world.market import MarketModel, build_market
from dearth.world.market_flows import keys_of
from dearth.world.market_rules import GOODS
from dearth.world.played import decimal, played
from dearth.world.projects import projects_of
from dearth.world.scenario import Scenario
from dearth.world.standing import BUYERS, magnet_content, standing_of

__all__ = ["HORIZON_YEARS", "Stakes", "Start", "start_of"]

HORIZON_YEARS: Final = 20
_SHORT: Final = 4  # weeks: only the base of the market is read
_HEAVY: Final = ("Tb", "Dy", "Sm")


class Stakes(NamedTuple):
    """What a shortage means to buyers.

    Attributes
    ----------
    value
        Value at stake, USD per kg of oxide, mean of buyers by need, (E, N).
    cover, spread
        Median weeks of cover of a buyer at a link and its spread in logarithms, (B, S, E, N).
    """

    value: FloatArray
    cover: FloatArray
    spread: FloatArray


class Start(NamedTuple):
    """A scenario on its as-of day."""

    table: Table
    stakes: Stakes
    before: tuple[Window, ...]
    histories: tuple[History, ...]
    used: Mapping[str, FactRow]


def start_of(
    scenario: Scenario,
    book: Book,
    histories: Sequence[History] | None = None,
    hazards: Hazards | None = None,
) -> Start:
    """Return where a scenario stands on its as-of day.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    histories, hazards
        Other projects or base rates than those shipped.

    Raises
    ------
    ScenarioError
        The scenario starts from a year without a chain, or overrides a row the book does not have.
    BookError
        The book lacks a row.
    """
    check_chain(scenario)
    scenario.check_ids({row.id for row in book.rows})
    draws = Draws(book, scenario.draws, scenario.seed, fixed=scenario.set)
    standing, chain = standing_of(draws)
    rows = load_histories() if histories is None else tuple(histories)
    as_of = decimal(scenario.as_of)
    projects = projects_of(draws, rows, as_of, magnet_content(chain, draws.n))
    model = build_market(scenario.model_copy(update={"weeks": _SHORT, "events": ()}), book)
    rates = load_hazards() if hazards is None else hazards
    years = np.floor(as_of) + 0.5 + np.arange(HORIZON_YEARS + 1)
    most = [model.rows.get("substitution-cap", **keys_of(e, place="outside")) for e in ELEMENTS]
    table = Table(
        draws, standing, projects, rates, years, as_of, np.stack(most), model.market.price0[: len(ELEMENTS)]
    )
    stakes = _stakes(model)
    return Start(table, stakes, played(scenario), rows, {**model.used, **draws.used})


def _stakes(model: MarketModel) -> Stakes:
    market = model.market
    value = []
    for e in range(len(ELEMENTS)):
        rows = np.flatnonzero(market.good == e)
        need = market.need0[rows]
        value.append((market.value[rows] * need).sum(axis=0) / np.maximum(need.sum(axis=0), 1e-12))
    cover, spread = (_by_buyer(model, q) for q in ("market-cover", "market-cover-spread"))
    return Stakes(np.stack(value), cover, spread)


def _by_buyer(model: MarketModel, quantity: str) -> FloatArray:
    """Return a number of buyers' stocks, (B, S, E, N): oxide down to the metal, magnets at the magnet."""

    def of(good: str, buyer: str) -> FloatArray:
        return model.rows.get(quantity, **keys_of(good, place=buyer))

    found = []
    for buyer in BUYERS:
        oxide = np.stack([of(e, buyer) for e in ELEMENTS])
        magnet = np.stack([of(GOODS[-1] if e in _HEAVY else GOODS[-2], buyer) for e in ELEMENTS])
        found.append(np.stack([oxide, oxide, oxide, magnet]))
    return np.stack(found)
