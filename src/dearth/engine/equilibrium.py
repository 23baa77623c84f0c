"""The long run without stocks: a spatial equilibrium with caps on trade, as an oracle.

Places use, make and trade goods.  Demand and marginal cost are straight lines, freight is a cost per
tonne, a mine gives its basket at once, and a cap limits a weighted sum of flows.  The competitive equilibrium
maximises consumer surplus minus the cost of production and of freight [Samuelson 1952; Takayama and Judge
1971], a convex quadratic programme.  Its multipliers are the prices (of the balances) and the rents (of the
caps); a rent is above zero only where its cap binds.

The solver, PIQP [Schwan et al. 2023], is loaded when asked for: the extra ``oracle`` installs it, and nothing
else in dearth needs it.  The tests hold solutions against a tangent linear programme solved by HiGHS.

References
----------
Samuelson, P. A. (1952): Spatial price equilibrium and linear programming. American Economic Review 42,
283-303.
Takayama, T. and Judge, G. G. (1971): Spatial and temporal price and allocation models. North-Holland.
Schwan, R., Jiang, Y., Kuhn, D., Jones, C. N. (2023): PIQP: a proximal interior-point quadratic programming
solver. arXiv:2304.00290.
Ahn, B.-H. and Hogan, W. W. (1982): On convergence of the PIES algorithm for computing equilibria. Operations
Research 30.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dearth.engine.arrays import FloatArray, IntArray
from dearth.errors import Fault, InputError, ModelError

__all__ = ["Curves", "Equilibrium", "EquilibriumResult", "solve", "solve_curved"]

_PHASE: Final = "The spatial equilibrium cannot be solved"
_TOLERANCES: Final = (1e-11, 1e-8)  # of the solver: the second where rounding keeps it from the first


class Equilibrium(NamedTuple):
    """What a spatial equilibrium is made of; NaN means "there is none".

    Axes: R places, E goods, M mines, Q caps.  Prices and costs are USD/kg, quantities t/y.

    Attributes
    ----------
    demand_price : (R, E)
        Price at which use ends; NaN: no use there.
    demand_slope : (R, E)
        Fall of that price per tonne used, above 0.
    sink_price : (R, E)
        What a low-value use pays for any tonnage: the floor of the price, below 0 where disposal costs money;
        NaN: none, every tonne must be used or shipped.
    mine_place : (M,)
        Row of R.
    basket : (M, E)
        Tonnes of each good per tonne of mine output; below 0 for what a maker of goods takes in.
    mine_cost, mine_slope : (M,)
        Marginal cost of the first tonne of output, and its rise per tonne (0 or more).
    mine_most : (M,)
        Most output; infinite: no limit.
    freight : (R, R, E)
        Cost from the first place to the second, specific duties included; NaN: no route. The diagonal is
        not read.
    cap_weight : (Q, R, R, E)
        Tonnes that one tonne of a flow counts under a cap, 0 or more.
    cap : (Q,)
        Most tonnes under the cap.
    """

    demand_price: FloatArray
    demand_slope: FloatArray
    sink_price: FloatArray
    mine_place: IntArray
    basket: FloatArray
    mine_cost: FloatArray
    mine_slope: FloatArray
    mine_most: FloatArray
    freight: FloatArray
    cap_weight: FloatArray
    cap: FloatArray


class EquilibriumResult(NamedTuple):
    """Prices in USD/kg and quantities in t/y; axes as in `Equilibrium`.

    Attributes
    ----------
    prices : (R, E)
        Price at each place. Where a good is neither used nor made nor shipped, any price inside the arbitrage
        bounds will do, and this is one of them.
    use, sunk : (R, E)
        Tonnes used along the demand line, and sent to the low-value use.
    flows : (R, R, E)
        Tonnes from the first place to the second.
    production : (M,)
        Output of each mine, tonnes of basket.
    rent : (Q,)
        USD/kg counted under each cap, exactly 0 where it is slack. Under a cap of 0 it is at least the gain
        from a first tonne, and not unique.
    mine_rent : (M,)
        Rent of a mine at its limit, exactly 0 below it.
    welfare : float
        Consumer surplus and sink receipts minus costs, 1000 USD/y.
    """

    prices: FloatArray
    use: FloatArray
    sunk: FloatArray
    flows: FloatArray
    production: FloatArray
    rent: FloatArray
    mine_rent: FloatArray
    welfare: float


class Curves(NamedTuple):
    """Constant elasticities for `solve_curved`; prices USD/kg, quantities t/y.

    Attributes
    ----------
    price, use, demand_power : (R, E)
        A point of each demand curve, and the elasticity there (a positive number).
    value, output, supply_power : (M,)
        A point of each supply curve (value of a tonne of basket), and its elasticity (above 0).
    duty : (R, R, E)
        Duty on a flow as a share of the price at its origin.
    """

    price: FloatArray
    use: FloatArray
    demand_power: FloatArray
    value: FloatArray
    output: FloatArray
    supply_power: FloatArray
    duty: FloatArray


class _Programme(NamedTuple):
    """Minimise x'diag(h)x / 2 + c'x; balance x = 0; limit x <= most; x >= 0.  Tonnes in units of `unit`."""

    h: FloatArray
    c: FloatArray
    balance: FloatArray
    limit: FloatArray
    most: FloatArray
    unit: float


class _Solution(NamedTuple):
    """Quantities, multipliers of the balances (price of one unit more use) and of the limits."""

    x: FloatArray
    price: FloatArray
    rent: FloatArray


class _Index(NamedTuple):
    """Flat indices of what exists: uses, sinks and routes, and the cells at both ends of each route.

    The variables stand in the order use, sink, mine, route.
    """

    demand: IntArray
    sink: IntArray
    route: IntArray
    origin: IntArray
    target: IntArray


def _index(eq: Equilibrium) -> _Index:
    n_r, n_e = eq.demand_price.shape
    away = ~np.eye(n_r, dtype=bool)[:, :, None] & ~np.isnan(eq.freight)
    route = np.flatnonzero(away)
    start, rest = np.divmod(route, n_r * n_e)
    end, good = np.divmod(rest, n_e)
    return _Index(
        demand=np.flatnonzero(~np.isnan(eq.demand_price)),
        sink=np.flatnonzero(~np.isnan(eq.sink_price)),
        route=route,
        origin=start * n_e + good,
        target=end * n_e + good,
    )


def _one_per_column(rows: int, at: IntArray) -> FloatArray:
    """Return a matrix with one 1 in each column, in row `at`."""
    matrix = np.zeros((rows, at.size))
    matrix[at, np.arange(at.size)] = 1.0
    return matrix


def _balance(eq: Equilibrium, at: _Index) -> FloatArray:
    """Return use + sink + departures - output - arrivals, one row per place and good."""
    n_r, n_e = eq.demand_price.shape
    cells, n_m = n_r * n_e, eq.mine_place.size
    made = np.zeros((n_r, n_e, n_m))
    made[eq.mine_place, :, np.arange(n_m)] = eq.basket
    route = _one_per_column(cells, at.origin) - _one_per_column(cells, at.target)
    demand, sink = _one_per_column(cells, at.demand), _one_per_column(cells, at.sink)
    return np.hstack((demand, sink, -made.reshape(cells, n_m), route))


def _limits(eq: Equilibrium, at: _Index) -> tuple[FloatArray, FloatArray]:
    """Return rows and right-hand sides of the caps, then of the mines with a limit."""
    n_m, n_q = eq.mine_place.size, eq.cap.size
    before, bound = at.demand.size + at.sink.size, np.flatnonzero(np.isfinite(eq.mine_most))
    caps = np.zeros((n_q, before + n_m + at.route.size))
    caps[:, before + n_m :] = eq.cap_weight.reshape(n_q, eq.freight.size)[:, at.route]
    mines = np.zeros((bound.size, caps.shape[1]))
    mines[np.arange(bound.size), before + bound] = 1.0
    return np.vstack((caps, mines)), np.concatenate((eq.cap, eq.mine_most[bound]))


def _programme(eq: Equilibrium, at: _Index) -> _Programme:
    price, slope = eq.demand_price.ravel()[at.demand], eq.demand_slope.ravel()[at.demand]
    limit, most = _limits(eq, at)
    unit = float(np.max(np.abs(price) / slope, initial=0.0)) or 1.0
    sink, freight = eq.sink_price.ravel()[at.sink], eq.freight.ravel()[at.route]
    flat = np.zeros_like
    return _Programme(
        h=np.concatenate((slope, flat(sink), eq.mine_slope, flat(freight))) * unit,
        c=np.concatenate((-price, -sink, eq.mine_cost, freight)),
        balance=_balance(eq, at),
        limit=limit,
        most=most / unit,
        unit=unit,
    )


def _solver() -> Any:
    try:
        return importlib.import_module("piqp")
    except ImportError as error:
        fault = Fault("the solver PIQP is not installed", cure="pip install 'dearth[oracle]'")
        raise InputError(_PHASE, fault) from error


def _minimise(p: _Programme) -> _Solution:
    piqp = _solver()
    for tolerance in _TOLERANCES:
        solver = _set_up(piqp, p, tolerance)
        status = solver.solve()
        if status == piqp.PIQP_SOLVED:
            found = solver.result
            rent = np.array(found.z_u) if p.most.size else np.zeros(0)
            return _Solution(np.array(found.x), np.array(found.y), rent)
    why = "a sink pays more than a mine without limit costs, or the numbers differ too much in size"
    raise ModelError(_PHASE, Fault(f"PIQP stopped with {status}", "the quadratic programme", why))


def _set_up(piqp: Any, p: _Programme, tolerance: float) -> Any:
    solver, column = piqp.DenseSolver(), np.asfortranarray
    solver.settings.eps_abs = solver.settings.eps_rel = tolerance
    solver.settings.eps_duality_gap_abs = solver.settings.eps_duality_gap_rel = tolerance
    limits = (column(p.limit), None, p.most) if p.most.size else (None, None, None)
    balanced, least = np.zeros(p.balance.shape[0]), np.zeros(p.c.size)
    solver.setup(column(np.diag(p.h)), p.c, column(p.balance), balanced, *limits, least)
    return solver


def _result(eq: Equilibrium, at: _Index, p: _Programme, found: _Solution) -> EquilibriumResult:
    x = np.maximum(found.x, 0.0)
    slack = p.most - p.limit @ x
    # Of a slack and its multiplier one is zero; an interior point leaves the smaller one a little above.
    rent = np.where(slack > found.rent, 0.0, np.maximum(found.rent, 0.0))
    mine_rent = np.zeros(eq.mine_place.size)
    mine_rent[np.isfinite(eq.mine_most)] = rent[eq.cap.size :]
    sizes = (at.demand.size, at.sink.size, eq.mine_place.size)
    use, sunk, made, flow = np.split(x * p.unit, np.cumsum(sizes))
    return EquilibriumResult(
        prices=found.price.reshape(eq.demand_price.shape),
        use=_spread(use, at.demand, eq.demand_price.shape),
        sunk=_spread(sunk, at.sink, eq.demand_price.shape),
        flows=_spread(flow, at.route, eq.freight.shape),
        production=made,
        rent=rent[: eq.cap.size],
        mine_rent=mine_rent,
        welfare=-p.unit * float(p.c @ x + 0.5 * p.h @ x**2),
    )


def _spread(values: FloatArray, at: IntArray, shape: tuple[int, ...]) -> FloatArray:
    full = np.zeros(shape)
    full.ravel()[at] = values
    return full


def _shape_faults(eq: Equilibrium) -> Iterator[Fault]:
    n_r, n_e = np.shape(eq.demand_price) if np.ndim(eq.demand_price) == 2 else (0, 0)  # noqa: PLR2004
    n_m, n_q = np.size(eq.mine_place), np.size(eq.cap)
    cells, mines, caps = (n_r, n_e), (n_m,), (n_q,)
    wanted = (cells,) * 3 + (mines, (n_m, n_e)) + (mines,) * 3 + ((n_r, *cells), (n_q, n_r, *cells), caps)
    for name, array, shape in zip(eq._fields, eq, wanted, strict=True):
        if np.shape(array) != shape:
            what = f"shape {np.shape(array)} instead of {shape}"
            yield Fault(what, name, cure="see the axes in Equilibrium")


def _value_faults(eq: Equilibrium) -> Iterator[Fault]:
    used = ~np.isnan(eq.demand_price)
    held: dict[str, NDArray[np.bool_]] = {
        "demand_price": ~np.isinf(eq.demand_price),
        "demand_slope": np.isfinite(eq.demand_slope[used]) & (eq.demand_slope[used] > 0.0),
        "sink_price": ~np.isinf(eq.sink_price),
        "mine_place": (eq.mine_place >= 0) & (eq.mine_place < eq.demand_price.shape[0]),
        "basket": np.isfinite(eq.basket),
        "mine_cost": np.isfinite(eq.mine_cost),
        "mine_slope": np.isfinite(eq.mine_slope) & (eq.mine_slope >= 0.0),
        "mine_most": eq.mine_most >= 0.0,
        "freight": ~np.isinf(eq.freight),
        "cap_weight": np.isfinite(eq.cap_weight) & (eq.cap_weight >= 0.0),
        "cap": np.isfinite(eq.cap) & (eq.cap >= 0.0),
    }
    for name, fine in held.items():
        if not fine.all():
            yield Fault(f"{int((~fine).sum())} values outside their range", name, cure="see Equilibrium")


def solve(eq: Equilibrium) -> EquilibriumResult:
    """Return the competitive equilibrium, units and axes as in `Equilibrium`.

    Raises
    ------
    InputError
        Arrays that do not fit together or hold values outside their range, all at once; PIQP is missing.
    ModelError
        The programme has no solution, for example since a sink pays more than a limitless mine costs.
    """
    faults = list(_shape_faults(eq)) or list(_value_faults(eq))
    if faults:
        raise InputError(_PHASE, faults)
    at = _index(eq)
    programme = _programme(eq, at)
    return _result(eq, at, programme, _minimise(programme))


def _straightened(eq: Equilibrium, curves: Curves, price: FloatArray) -> Equilibrium:
    """Return `eq` with the tangents of the curves at `price`, and the duties paid there."""
    none = np.isnan(eq.demand_price)
    use = np.where(none, 1.0, curves.use * (price / curves.price) ** -curves.demand_power)
    value = np.sum(eq.basket * price[eq.mine_place], axis=1)
    output = curves.output * (value / curves.value) ** curves.supply_power
    return eq._replace(
        demand_price=np.where(none, np.nan, price * (1.0 + 1.0 / curves.demand_power)),
        demand_slope=price / (curves.demand_power * use),
        mine_cost=value * (1.0 - 1.0 / curves.supply_power),
        mine_slope=value / (curves.supply_power * output),
        freight=eq.freight + curves.duty * price[:, None, :],
    )


def _curve_faults(eq: Equilibrium, curves: Curves) -> Iterator[Fault]:
    cells, mines = eq.demand_price.shape, eq.mine_place.shape
    wanted = (cells, cells, cells, mines, mines, mines, eq.freight.shape)
    for name, array, shape in zip(curves._fields, curves, wanted, strict=True):
        if np.shape(array) != shape:
            yield Fault(f"shape {np.shape(array)} instead of {shape}", name, cure="see the axes in Curves")
            continue
        used = array[~np.isnan(eq.demand_price)] if name == "use" else array
        low = used >= 0.0 if name == "duty" else used > 0.0
        if not (low & np.isfinite(used)).all():
            yield Fault("values that are not above 0, or not finite", name, cure="see Curves")


def solve_curved(
    eq: Equilibrium, curves: Curves, close: float = 1e-9, rounds: int = 100
) -> EquilibriumResult:
    """Return the equilibrium with constant elasticities and duties by value.

    Each round solves with the tangents of all curves, and the duties, at the prices of the round before
    [PIES: Ahn and Hogan 1982]; in one round a price moves by a factor of 2 at most.  Of `eq`, `demand_price`
    says only where there is use; `demand_slope`, `mine_cost` and `mine_slope` are not read.  `mine_rent`
    and `welfare` are those of the last tangents.

    Raises
    ------
    InputError
        Faults of `eq` or of the curves.
    ModelError
        Prices still move by more than the share `close` after `rounds`.
    """
    faults = list(_curve_faults(eq, curves))
    if faults:
        raise InputError(_PHASE, faults)
    price = np.array(curves.price)
    for _ in range(rounds):
        found = solve(_straightened(eq, curves, price))
        now = np.clip(found.prices, 0.5 * price, 2.0 * price)
        if np.max(np.abs(now / price - 1.0)) < close:
            return found
        price = now
    what = f"prices still move by more than {close:g} after {rounds} rounds"
    raise ModelError(_PHASE, Fault(what, cure="start from prices nearer to the answer"))
