"""Scenario and book to one frozen market of arrays: elements, destinations, two price tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from dearth.axes import ELEMENTS
from dearth.book import Book
from dearth.book.schema import FactRow
from dearth.calendar import WEEKS_PER_YEAR, week_of_date
from dearth.engine.arrays import FloatArray
from dearth.engine.front import front_tables, spread_row
from dearth.engine.market import Behaviour, Market
from dearth.world.draws import Draws
from dearth.world.market_flows import ERA_2009, MINES, Flows, growth_path, keys_of, other_path, stacked
from dearth.world.market_rows import DESTINATIONS, Fitted, Keys, MarketRows, fitted_rows
from dearth.world.market_rules import (
    GOODS,
    Buyer,
    Clock,
    duties,
    floors,
    gates,
    held_at_port,
    leak_open,
    quota,
    stockpiles,
)
from dearth.world.scenario import Scenario

__all__ = ["MINES", "STEPS_PER_WEEK", "MarketModel", "build_market"]

STEPS_PER_WEEK: Final = 4
_PAYING: Final = frozenset({"NdPr", "Tb", "Dy"})
_PRICE_YEAR: Final = {2009: 2009, 2024: 2025}  # prices just before the first event of each era
_NO_CAP: Final = 1e9  # USD/kg


@dataclass(frozen=True)
class MarketModel:
    """A market and the names of its parts.

    Attributes
    ----------
    buyers
        In the order of the arrays.
    closing
        Element -> how far home use by difference is from the book's home use, as a share of supply, (N,).
    """

    market: Market
    buyers: tuple[Buyer, ...]
    closing: Mapping[str, FloatArray]
    rows: MarketRows
    used: Mapping[str, FactRow]
    draws: Draws


def _curbed(rows: MarketRows, scenario: Scenario, path: FloatArray, mine: str) -> FloatArray:
    """Take away the unrecorded output that events stop."""
    out = path.copy()
    share = rows.get("unrecorded-share", place="CHN", basis=mine, default=0.0)
    stopped = rows.get("curb-share", place="CHN", basis=mine, default=0.0)
    for event in scenario.active_events:
        if _ores(event.materials, mine):
            w = max(0, int(week_of_date(event.date, scenario.start)))
            if event.action == "curb":
                out[w:] = path[w:] * (1.0 - share * stopped)
            elif event.action == "open":
                out[w:] = path[w:]
            elif event.action == "stop-flow" and event.origin == "MMR":
                out[w:] *= 1.0 - rows.get("foreign-ore-share", basis=mine, default=0.0)
    return out


def _ores(materials: tuple[str, ...], mine: str) -> bool:
    clay = any(m.startswith("ore:ionic") for m in materials)
    light = any(m.startswith("ore:") and not m.startswith("ore:ionic") for m in materials)
    return clay if mine == "ionic" else light


def _buyers(rows: MarketRows) -> tuple[Buyer, ...]:
    """Return the buyers that the base year knows, oxides first."""
    found = []
    for good in GOODS:
        for place in DESTINATIONS:
            quantity = "market-export" if good in ELEMENTS else "market-magnet"
            row = rows.find(quantity, **keys_of(good, place="CHN", partner=place))
            if row is not None and (row.central or 0.0) > 0.0 and row.partner == place:
                found.append(Buyer(good, place))
    return tuple(found)


def _values(rows: MarketRows, buyers: tuple[Buyer, ...], price: FloatArray) -> FloatArray:
    """Return what is at stake per kg of the good, USD, capped by the cost of a way round, (B, N)."""
    return stacked([_value(rows, b, price) for b in buyers])


def _value(rows: MarketRows, buyer: Buyer, price: FloatArray) -> FloatArray:
    """Return the value at stake of one buyer group, USD per kg of its good.

    Oxide is bought by makers of magnets: what a missing kg costs them is the value they add per kg of
    magnet, over the heavy rare earth in it.  Dy and Tb stand in for each other, so they share it in
    proportion to their prices: V(Dy) = added / (Dy + Tb P(Tb) / P(Dy)), V(Tb) = V(Dy) P(Tb) / P(Dy).
    Users of magnets bid with the margin of what they make, up to the cost of doing without the magnet.
    """
    if buyer.good in {"Dy", "Tb", "NdPr"}:
        added = rows.get("value-at-stake", material="magnet-maker", place="outside")
        if buyer.good == "NdPr":
            return added / _held(rows, buyer.destination, "magnet-light", "NdPr")
        ratio = price[GOODS.index("Tb")] / price[GOODS.index("Dy")]
        dy, tb = (_held(rows, buyer.destination, "magnet-heavy", e) for e in ("Dy", "Tb"))
        per_dy: FloatArray = added / (dy + tb * ratio)
        return per_dy * ratio if buyer.good == "Tb" else per_dy
    keys = keys_of(buyer.good if buyer.good in ELEMENTS else "magnet", place="outside")
    value = rows.get("value-at-stake", **keys)
    if buyer.good in {"La", "Ce"}:  # the high end of their range is the cost of the way round
        return value
    return np.minimum(value, rows.get("market-way-round", default=_NO_CAP, **keys))


def _held(rows: MarketRows, destination: str, magnet: str, element: str) -> FloatArray:
    """Return t of an element per t of magnet made somewhere; a place without its own row is as China."""
    own = rows.find("heavy-content", material=magnet, element=element, place=destination)
    if own is not None:
        return rows.draws.of(own)
    return rows.get("heavy-content", material=magnet, element=element, place="CHN")


_BEHAVIOUR: Final = {
    "stock_power": "price-inventory-elasticity",
    "working_stock": "working-stock",
    "parity": "price-parity-weight",
    "price_time": "price-adjustment-time",
    "expect_time": "expectation-time",
    "use_power": "elasticity-short",
    "thrift_power": "elasticity-long",
    "thrift_time": "substitution-delay",
    "thrift_fade": "substitution-return",
    "thrift_pace": "substitution-speed",
    "supply_power": "supply-elasticity",
    "supply_time": "supply-response-time",
    "capacity_power": "capacity-elasticity",
    "capacity_time": "capacity-response-time",
    "supply_most": "supply-most",
    "precaution": "precaution",
    "restock_time": "restock-time",
    "rent_rise": "rent-rise-time",
    "rent_fall": "rent-fall-time",
    "leak_time": "leak-build-time",
    "sink_cover": "sink-cover",
    "quota_time": "quota-release-time",
    "port_time": "port-release-time",
}
_SMUGGLING: Final = {"leak_most": "leak-max", "leak_risk": "leak-risk-cost"}
_PERCENT: Final = frozenset({"thrift_pace"})


def _behaviour(rows: MarketRows) -> Behaviour:
    found = {name: rows.get(quantity) for name, quantity in _BEHAVIOUR.items()}
    found |= {name: rows.get(quantity, place="CHN") for name, quantity in _SMUGGLING.items()}
    found["horizon"] = rows.get("decision-horizon", basis="licence")
    found["quota_horizon"] = rows.get("decision-horizon", basis="quota")
    return Behaviour(**{k: v / 100.0 if k in _PERCENT else v for k, v in found.items()})


def _by_buyer(
    rows: MarketRows, buyers: tuple[Buyer, ...], quantity: str, default: float | None = None
) -> FloatArray:
    return stacked(
        [rows.get(quantity, default=default, **keys_of(b.good, place=b.destination)) for b in buyers]
    )


def _by_route(
    rows: MarketRows, buyers: tuple[Buyer, ...], quantity: str, default: float | None = None
) -> FloatArray:
    """Return numbers of the way from China; magnets without a row of their own go as oxides do."""
    found = []
    for b in buyers:
        way: Keys = {"place": "CHN", "partner": b.destination}
        keys: Keys = {**way, "element": b.good, "material": "oxide"}
        if b.good not in ELEMENTS:
            magnet: Keys = {**way, "material": "magnet"}
            keys = {**way, "material": "oxide"} if rows.find(quantity, **magnet) is None else magnet
        found.append(rows.get(quantity, default=default, **keys))
    return stacked(found)


def _content(rows: MarketRows) -> FloatArray:
    """Return the oxide in each good, t per t, (G, E, N); oxides hold nothing of another element."""
    out = np.zeros((len(GOODS), len(ELEMENTS), rows.n))
    for g, good in enumerate(GOODS):
        if good not in ELEMENTS:
            for e, element in enumerate(ELEMENTS):
                out[g, e] = rows.get(
                    "heavy-content", place="CHN", material=good, element=element, default=0.0
                )
    return out


def build_market(
    scenario: Scenario,
    book: Book,
    fitted: Mapping[str, Fitted] | None = None,
    *,
    steps_per_week: int = STEPS_PER_WEEK,
    fixed: Mapping[str, float | FloatArray] | None = None,
    central: bool = False,
) -> MarketModel:
    """Return the frozen market of a scenario.

    Parameters
    ----------
    scenario, book
        What happens, and what is known.
    fitted
        Numbers that replace the priors of their rows; None: the frozen set that is shipped.
    steps_per_week
        Changed only to test that answers do not move.
    fixed
        Values by row id, one or one per draw, that come before all others (a fit tries them).
    central
        Draw nothing: the draws differ in `fixed` alone.

    Raises
    ------
    ScenarioError
        The scenario overrides a row the book does not have.
    BookError
        The book lacks a row the market needs.
    """
    scenario.check_ids({row.id for row in book.rows})
    draws = Draws(
        book, scenario.draws, scenario.seed, fixed={**scenario.set, **(fixed or {})}, central=central
    )
    rows = MarketRows(book, draws, scenario.base, fitted_rows() if fitted is None else fitted)
    clock = Clock(scenario.weeks * steps_per_week, steps_per_week)
    buyers = _buyers(rows)
    flows = Flows(rows, buyers)
    market = _assembled(scenario, rows, clock, buyers, flows)
    use = {e: rows.get("market-use", place="CHN", element=e, default=0.0) / WEEKS_PER_YEAR for e in ELEMENTS}
    total = flows.supply.sum(axis=0)
    closing = {e: (flows.home[i] - use[e]) / total[i] for i, e in enumerate(ELEMENTS)}
    return MarketModel(market, buyers, closing, rows, dict(draws.used), draws)


def _assembled(
    scenario: Scenario, rows: MarketRows, clock: Clock, buyers: tuple[Buyer, ...], flows: Flows
) -> Market:
    price = stacked([_base_price(rows, _PRICE_YEAR[scenario.base], g) for g in GOODS])
    tables = front_tables()
    return Market(
        steps_per_week=clock.steps_per_week,
        n_steps=clock.n_steps,
        paying=np.array([e in _PAYING for e in ELEMENTS], np.int64),
        good=np.array([GOODS.index(b.good) for b in buyers], np.int64),
        behaviour=_behaviour(rows),
        front_out=tables.out,
        front_x=tables.x,
        front_max=tables.x_max,
        **_inside(scenario, rows, flows, price),
        **_outside(scenario, rows, buyers, flows, price),
        **_ruled(scenario, rows, clock, buyers),
    )


def _inside(scenario: Scenario, rows: MarketRows, flows: Flows, price: FloatArray) -> dict[str, Any]:
    """Return the arrays of China: prices, supply by mine, home use, stocks."""
    weeks = scenario.weeks
    cost = stacked([rows.get("production-cost", place="CHN", element=e) for e in ELEMENTS])
    made = [growth_path(rows, scenario, weeks, "output-growth", place="CHN", basis=m) for m in MINES]
    curbed = [_curbed(rows, scenario, path, m) for path, m in zip(made, MINES, strict=True)]
    free = [np.clip(rows.get("unrecorded-share", place="CHN", basis=m), 0.0, 1.0) for m in MINES]
    return {
        "price0": price,
        "floor": np.minimum(cost, price[: len(ELEMENTS)]),
        "supply0": flows.supply,
        "supply_path": stacked(curbed).transpose(1, 0, 2).copy(),
        "answering": stacked(free),
        "home0": flows.home,
        "home_path": _paths(rows, scenario, weeks, "CHN", ELEMENTS),
        "stock0": stacked([rows.get("market-stock", place="CHN", element=e) for e in ELEMENTS]),
        "content": _content(rows),
    }


def _outside(
    scenario: Scenario, rows: MarketRows, buyers: tuple[Buyer, ...], flows: Flows, price: FloatArray
) -> dict[str, Any]:
    """Return the arrays of buyers outside: need, other supply, stocks, ways, values at stake."""
    value = _values(rows, buyers, price)
    spread = _by_buyer(rows, buyers, "market-cover-spread")
    contract = [rows.get("contract-share", **keys_of(b.good, place="outside")) for b in buyers]
    most = [rows.get("substitution-cap", **keys_of(g, place="outside")) for g in GOODS]
    return {
        "need0": flows.bought + flows.other,
        "need_path": _paths(rows, scenario, scenario.weeks, "outside", GOODS),
        "other0": flows.other,
        "other_path": other_path(rows, scenario, scenario.weeks),
        "cover": _by_buyer(rows, buyers, "market-cover"),
        "spread": spread_row(np.median(spread, axis=1)),
        "transit": _by_route(rows, buyers, "market-transit"),
        "value": value,
        "by_value": np.ascontiguousarray(np.argsort(-value, axis=0, kind="stable")),
        "value_spread": rows.get("value-spread"),
        "thin": 1.0 - stacked(contract),
        "substitutable": stacked(most),
        "freight": _by_route(rows, buyers, "freight"),
        "import_duty": _by_route(rows, buyers, "import-duty", 0.0) / 100.0,
    }


def _ruled(scenario: Scenario, rows: MarketRows, clock: Clock, buyers: tuple[Buyer, ...]) -> dict[str, Any]:
    """Return the arrays of rules: licences, quota, duties, floors, stockpiles, stops, enforcement."""
    rule = gates(scenario, rows, buyers, clock)
    tonnage = quota(scenario, clock, float(np.median(rows.get("quota-reo-share"))))
    under = bool(tonnage.pace.max() >= 0.0)
    return {
        "klass": rule.klass,
        "allowance": rule.allowance,
        "outlook": rule.outlook,
        "headroom": rows.get("market-headroom"),
        "quota": np.array([int(under and b.good in ELEMENTS) for b in buyers], np.int64),
        "covered": np.clip(rows.get("quota-coverage"), 0.0, 1.0),
        "quota_add": tonnage.add,
        "quota_keep": tonnage.keep,
        "quota_pace": tonnage.pace,
        "duty": duties(scenario, rows, clock),
        "price_floor": floors(scenario, buyers, clock),
        "stockpile": stockpiles(scenario, clock),
        "held": held_at_port(scenario, rows, buyers, clock),
        "leak_open": leak_open(scenario, clock),
    }


def _base_price(rows: MarketRows, year: int, good: str) -> FloatArray:
    """Return the price in China at the start: before duty in the years of export duties."""
    basis = "net of duty" if year == ERA_2009 else "domestic, VAT included"
    return rows.get("base-price", year, **keys_of(good, place="CHN", basis=basis))


def _paths(
    rows: MarketRows, scenario: Scenario, weeks: int, place: str, goods: tuple[str, ...]
) -> FloatArray:
    paths = []
    for good in goods:
        keys = keys_of(good, place=place)
        paths.append(growth_path(rows, scenario, weeks, "market-growth", **keys))
    return stacked(paths).transpose(1, 0, 2).copy()
