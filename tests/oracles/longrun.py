"""A market of arrays as a spatial equilibrium: the same curves and costs, without stocks, time or fear.

China is place 0; the first buyer of every good is place 1, the second place 2, and so on.  All goods need
equally many buyers: a price where a good is neither used nor made is not unique, and the solver waits for it.
Mines outside China give what they gave,
whatever the price.  Mines that answer prices only in part are two mines: one that stands, one that answers.
"""

from __future__ import annotations

import math

import numpy as np

from dearth.engine.equilibrium import Curves, Equilibrium
from dearth.engine.market import Market

CHINA = 0


def places(m: Market) -> np.ndarray:
    """Return the place of each buyer, (B,)."""
    return np.array([1 + int(np.sum(m.good[:b] == g)) for b, g in enumerate(m.good)], np.int64)


def dumped_at(m: Market, n: int = 0) -> np.ndarray:
    """Return the price inside China at which a glut leaves for the low-value use, (E,).

    The market dumps by weeks of cover, not by price; at rest the cover fixes the price: the anchor is
    P0^(1 - w) P^w, so P = P0 (normal / most cover)^(power / (1 - w)), working stock added to both, or the
    floor.
    """
    v = {name: float(a[n]) for name, a in m.behaviour._asdict().items()}
    cover = (m.stock0[:, n] + v["working_stock"]) / (v["sink_cover"] + v["working_stock"])
    price = m.price0[: m.floor.shape[0], n] * cover ** (v["stock_power"] / (1.0 - v["parity"]))
    return np.asarray(np.maximum(price, m.floor[:, n]))


def landed(m: Market, price: np.ndarray, n: int = 0) -> np.ndarray:
    """Return the price at each buyer's door without a rent, (B,), from prices inside China, (E,)."""
    inside = price[m.good] * (1.0 + m.duty[-1, m.good, n])
    return np.asarray((inside + m.freight[:, n]) * (1.0 + m.import_duty[:, n]))


def equilibrium_of(m: Market, cap: float, n: int = 0, home_rises: bool = False) -> tuple[Equilibrium, Curves]:
    """Return the equilibrium of one draw of a market of elements under `cap` t/week, and its curves.

    Use outside answers with both elasticities, since a rent only raises its price.  Use at home answers a
    price below its start with the short-run elasticity alone: nobody substitutes the other way
    (`home_rises` False).
    """
    n_e = m.floor.shape[0]
    v = {name: float(a[n]) for name, a in m.behaviour._asdict().items()}
    away = v["use_power"] + v["thrift_power"]
    rows = places(m)
    shape = (1 + int(rows.max()), n_e)
    price, use, power = np.ones(shape), np.ones(shape), np.full(shape, away)
    wanted = np.full(shape, math.nan)
    price[CHINA], use[CHINA] = m.price0[:n_e, n], m.home0[:, n]
    wanted[CHINA] = price[CHINA]
    power[CHINA] = away if home_rises else v["use_power"]
    price[1:] = m.price0[:n_e, n]
    door = landed(m, m.price0[:, n], n)
    price[rows, m.good], use[rows, m.good], wanted[rows, m.good] = door, m.need0[:, n], door
    eq = _places(m, n, wanted, cap)
    return eq, _curves(m, n, eq, (price, use, power), v["supply_power"] + v["capacity_power"])


def _places(m: Market, n: int, wanted: np.ndarray, cap: float) -> Equilibrium:
    (n_r, n_e), n_m = wanted.shape, m.supply0.shape[0]
    own, others = m.supply0[:, :, n], np.flatnonzero(m.other0[:, n] > 0.0)
    single = np.zeros((others.size, n_e))
    single[np.arange(others.size), m.good[others]] = 1.0
    free = m.answering[:, n]
    basket = np.vstack((own * (1.0 - free)[:, None], own * free[:, None], single))
    kept = np.concatenate((free < 1.0, free > 0.0, np.full(others.size, True)))
    most = np.concatenate(
        (np.ones(n_m), np.full(n_m, float(m.behaviour.supply_most[n])), m.other0[others, n])
    )
    place = np.concatenate((np.zeros(2 * n_m), places(m)[others])).astype(np.int64)
    freight, weight = np.full((n_r, n_r, n_e), math.nan), np.zeros((1, n_r, n_r, n_e))
    rows = places(m)
    freight[CHINA, rows, m.good] = m.freight[:, n] * (1.0 + m.import_duty[:, n])
    weight[0, CHINA, rows, m.good] = m.quota
    sink = np.full((n_r, n_e), math.nan)
    sink[CHINA] = dumped_at(m, n)
    return Equilibrium(
        demand_price=wanted,
        demand_slope=np.ones_like(wanted),
        sink_price=sink,
        mine_place=place[kept],
        basket=basket[kept],
        mine_cost=np.zeros(int(kept.sum())),
        mine_slope=np.zeros(int(kept.sum())),
        mine_most=most[kept],
        freight=freight,
        cap_weight=weight,
        cap=np.array([cap]),
    )


def _curves(m: Market, n: int, eq: Equilibrium, points: tuple[np.ndarray, ...], supply: float) -> Curves:
    """Return the curves; a mine that stands would give a hundred times its most at the price of the start."""
    price, use, power = points
    value = np.sum(eq.basket * price[eq.mine_place], axis=1)
    stands = np.isin(eq.mine_most, [1.0]) | (eq.mine_place != CHINA)
    duty = np.zeros(eq.freight.shape)
    rows = places(m)
    paid = (1.0 + m.duty[-1, m.good, n]) * (1.0 + m.import_duty[:, n]) - 1.0
    duty[CHINA, rows, m.good] = paid
    return Curves(
        price=price,
        use=use,
        demand_power=power,
        value=value,
        output=np.where(stands, 100.0 * eq.mine_most, 1.0),
        supply_power=np.full(value.size, supply),
        duty=duty,
    )
