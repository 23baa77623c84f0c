"""The cheapest portfolio under uncertainty: a two-stage linear programme with CVaR, on plain arrays.

First stage: how much of each lever, decided before anything is known.  Second stage, in each scenario and
year: what plants make, what is released from stock, what a premium still buys, and what goes short.  All of
it is linear, so the programme is one LP in extensive form; levers that are whole are rounded, and the LP
bounds how much that costs.  Axes and units: :mod:`dearth.measures.portfolio_rows`.

    least  sum_j cost_j x_j + sum_w p_w running_wj x_j + price * CVaR
    with   sum_j made_wtj make_jr x_j + sum_p serves_pr y_wtp + sum_k uses_kr (q_wtk + u_wtk) >= need_wtr
           sum_(t in a squeeze) y_wtp <= held_wp + sum_j stored_jp x_j
           L_w = sum_tk (value_k u_wtk + premium_k q_wtk) + sum_tp refill_p y_wtp
           CVaR = eta + sum_w p_w z_w / (1 - level),  z_w >= L_w - eta,  z_w >= 0,  CVaR <= limit

References
----------
Rockafellar, Uryasev (2000): Optimization of conditional value-at-risk. Journal of Risk 2(3), 21-41,
https://doi.org/10.21314/JOR.2000.038
Shapiro, Dentcheva, Ruszczynski (2009): Lectures on Stochastic Programming, ch. 2 and 5 (extensive form;
sample average approximation), https://doi.org/10.1137/1.9780898718751
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from dearth.errors import Fault, InputError, ModelError
from dearth.measures.portfolio_rows import (
    Columns,
    Problem,
    Rows,
    balance_rows,
    problem_faults,
    risk_rows,
    stock_rows,
)

__all__ = ["Chosen", "Problem", "cvar", "damage_of", "rounded", "solve", "spending_of"]

Floats = npt.NDArray[np.float64]
_PHASE: Final = "Looking for the cheapest portfolio"
_THREADS: Final = 1  # HiGHS keeps one pool a process; the simplex method is serial
_ROUND_AT: Final = (0.05, 0.35, 0.65)


class Chosen(NamedTuple):
    """A portfolio.

    Attributes
    ----------
    units
        Of each lever, (J,).
    spending
        Expected, MUSD.
    damage
        Damage of each scenario, MUSD, (W,).
    risk
        Its CVaR, MUSD.
    least
        A bound below which no portfolio of the programme can spend (with the price of risk counted).
    price
        What the last unit of the limit costs: MUSD of spending per MUSD of CVaR; 0 where it does not bind.
    """

    units: Floats
    spending: float
    damage: Floats
    risk: float
    least: float
    price: float


def cvar(damage: Floats, chance: Floats, level: float) -> float:
    """Return the mean of the worst ``1 - level`` of the damage, (W,) weighted by chance."""
    order = np.argsort(-damage, kind="stable")
    tail = 1.0 - level
    before = np.cumsum(chance[order]) - chance[order]
    weight = np.clip(tail - before, 0.0, chance[order])
    return float((weight * damage[order]).sum() / max(weight.sum(), 1e-300))


def spending_of(problem: Problem, units: Floats) -> float:
    """Return the expected spending on a portfolio, MUSD."""
    return float(problem.cost @ units + problem.chance @ (problem.running @ units))


def solve(  # noqa: PLR0913 (the question)
    problem: Problem,
    *,
    level: float = 0.9,
    limit: float = np.inf,
    risk_price: float = 0.0,
    fixed: Floats | None = None,
    integer: bool = False,
    judged: bool = True,
) -> Chosen | None:
    """Return the cheapest portfolio, or None where none keeps the limit.

    Parameters
    ----------
    level
        Of the CVaR: 0.9 looks at the worst tenth.
    limit
        Largest CVaR of the damage that is accepted, MUSD.
    risk_price
        MUSD of spending that a MUSD of CVaR is worth.
    fixed
        Units that are given, (J,), NaN where the programme may choose.
    integer
        Solve levers that are whole as such; slow beyond a few dozen.
    judged
        Work out the least damage of every scenario; else `damage` and `risk` are those of the programme,
        which has no reason to spare a scenario outside the tail.

    Raises
    ------
    InputError
        The arrays hold what they may not.
    ModelError
        The solver failed.
    """
    faults = problem_faults(problem)
    if faults:
        raise InputError(_PHASE, faults)
    columns = Columns.of(problem)
    rows = Rows()
    balance_rows(rows, columns, problem)
    stock_rows(rows, columns, problem)
    risk_rows(rows, columns, problem, level, limit)
    found = _solved(_model(problem, columns, rows, (level, risk_price), fixed), problem, columns, integer)
    if found is None:
        return None
    values, best, duals = found
    units = np.clip(values[: columns.levers], 0.0, problem.most)
    damage = damage_of(problem, units) if judged else columns.damage(values, problem)
    price = max(0.0, -float(duals[-1])) if np.isfinite(limit) else 0.0
    return Chosen(
        units, spending_of(problem, units), damage, cvar(damage, problem.chance, level), best, price
    )


def _model(
    problem: Problem, columns: Columns, rows: Rows, risk: tuple[float, float], fixed: Floats | None
) -> Any:
    """Return the programme as HiGHS takes it."""
    import highspy  # noqa: PLC0415 (loaded with the first programme)

    level, risk_price = risk
    low, high, cost = np.zeros(columns.size), np.full(columns.size, np.inf), np.zeros(columns.size)
    cost[: columns.levers] = problem.cost + problem.chance @ problem.running
    high[: columns.levers] = problem.most
    if fixed is not None:
        given = ~np.isnan(fixed)
        low[: columns.levers][given] = high[: columns.levers][given] = fixed[given]
    columns.bound(high, problem)
    cost[columns.eta] = risk_price
    cost[columns.tail] = risk_price * problem.chance / (1.0 - level)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns.size, rows.count
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, low, high
    program.row_lower_, program.row_upper_ = rows.bounds()
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_, matrix.index_, matrix.value_ = rows.matrix()
    return program


def _solved(
    program: Any, problem: Problem, columns: Columns, integer: bool
) -> tuple[Floats, float, Floats] | None:
    """Return columns, the bound from below, and the duals of the rows; None where there is no portfolio."""
    import highspy  # noqa: PLC0415

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", _THREADS)
    if integer:
        whole = np.concatenate([problem.whole, np.zeros(columns.size - columns.levers, bool)])
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[int(one)] for one in whole]
        solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(program)
    solver.run()
    status = solver.getModelStatus()
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        what = f"HiGHS ended with {solver.modelStatusToString(status)}"
        raise ModelError(
            _PHASE, Fault(what, "measures.portfolio", cure="ask for a service that levers can give")
        )
    solution = solver.getSolution()
    duals = np.zeros(program.num_row_) if integer else np.asarray(solution.row_dual, float)
    return np.asarray(solution.col_value, float), float(solver.getObjectiveValue()), duals


def rounded(problem: Problem, found: Chosen, *, level: float = 0.9, limit: float = np.inf) -> Chosen | None:
    """Return a portfolio in which whole levers are done whole or not at all, or None where none was found.

    Levers above a share of their whole are done, the others are not, and the rest is chosen anew; of several
    shares the cheapest that keeps the limit stands.  `least` is the bound of the linear programme: no
    portfolio of whole levers is cheaper than that.
    """
    share = np.divide(found.units, problem.most, out=np.zeros_like(found.units), where=problem.most > 0)
    best: Chosen | None = None
    for at in _ROUND_AT:
        fixed = np.where(problem.whole, np.where(share >= at, problem.most, 0.0), np.nan)
        some = solve(problem, level=level, limit=limit, fixed=fixed, judged=False)
        if some is not None and (best is None or some.spending < best.spending):
            best = some
    if best is None:
        return None
    damage = damage_of(problem, best.units)
    risk = cvar(damage, problem.chance, level)
    return best._replace(damage=damage, risk=risk, least=found.least, price=found.price)


def damage_of(problem: Problem, units: Floats) -> Floats:
    """Return the least damage of each scenario with a given portfolio, MUSD, (W,).

    What is best done in a scenario does not depend on the others, so all are solved in one programme.
    """
    columns = Columns.of(problem)
    rows = Rows()
    balance_rows(rows, columns, problem)
    stock_rows(rows, columns, problem)
    program = _model(problem, columns, rows, (0.0, 0.0), np.asarray(units, float))
    cost = np.asarray(program.col_cost_, float)
    cost[: columns.levers] = 0.0
    cost += columns.damage_weights(problem)
    program.col_cost_ = cost
    found = _solved(program, problem, columns, integer=False)
    if found is None:
        raise ModelError(
            _PHASE, Fault("a scenario cannot be served at all", "measures.portfolio", cure="report it")
        )
    return columns.damage(found[0], problem)
