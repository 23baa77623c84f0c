"""The portfolio of a place as plain data: what was chosen, how sure that is, and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dearth.book.schema import FactRow
from dearth.calendar import WEEKS_PER_YEAR
from dearth.measures.bands import tidy
from dearth.measures.plan_case import Case, group_of
from dearth.measures.plan_compare import INSIDE, LEVEL, OUTSIDE, Compared, Portfolio, Programme
from dearth.measures.plan_problem import YEARS
from dearth.world.named_plans import NamedPlan
from dearth.world.plan_future import REPLIES

__all__ = ["SERVICE", "portfolio_answer", "service_of", "stocked"]

SERVICE: Final = (
    0.1  # share of the damage left that the headline portfolio keeps, or the least that can be kept
)
_LEAST: Final = 1e-3


def service_of(frontier: Sequence[Portfolio]) -> Portfolio | None:
    """Return the portfolio of the headline service, or of the best that can be kept."""
    at = [one for one in frontier if one.share >= SERVICE]
    return min(at, key=lambda one: one.share) if at else None


def portfolio_answer(
    programme: Programme, frontier: Sequence[Portfolio], plans: Sequence[NamedPlan]
) -> dict[str, Any]:
    """Return everything about the programme of a place, as plain data."""
    chosen = service_of(frontier)
    return {
        "years": YEARS,
        "level": LEVEL,
        "futures": {"inside": INSIDE, "outside": OUTSIDE},
        "commodities": _commodities(programme.case),
        "projects": sum(lever.unit == "project" for lever in programme.levers),
        "nothing": {
            "mean_musd": tidy(float(programme.nothing.mean())),
            "worst_musd": tidy(programme.worst),
        },
        "weekly_value_musd": tidy(programme.case.worth / WEEKS_PER_YEAR),
        "chosen": None if chosen is None else _chosen(programme, chosen),
        "frontier": [_frontier(programme, one) for one in frontier],
        "stock_policy": _policy(programme, frontier),
        "plans": [_compared(one) for one in programme.compared(plans, chosen)],
        "announced": [
            _announced(plan.key, one.lever, one.target, one.row) for plan in plans for one in plan.measures
        ],
        "replies": [{"key": reply.key, "name": reply.name} for reply in REPLIES],
    }


def _commodities(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "name": case.names[k],
            "flow_t_per_year": tidy(float(case.flow[k])),
            "held_weeks": tidy(float(np.median(case.held[k]))),
            "value_musd_per_t": tidy(float(case.value[k])),
            "price_usd_per_kg": tidy(float(case.price[k])),
            "takes": {case.keys[r]: tidy(float(case.uses[k, r])) for r in np.flatnonzero(case.uses[k])},
        }
        for k, key in enumerate(case.keys)
    ]


def _sizes(programme: Programme, units: Any) -> list[dict[str, Any]]:
    problem = programme.problem
    each = problem.cost + problem.chance @ problem.running
    return [
        {
            "key": lever.key,
            "name": lever.name,
            "size": tidy(float(units[j])),
            "unit": lever.unit,
            "spending_musd": tidy(float(units[j] * each[j])),
        }
        for j, lever in enumerate(programme.levers)
        if units[j] > _LEAST
    ]


def _chosen(programme: Programme, chosen: Portfolio) -> dict[str, Any]:
    """Return the portfolio, the bound from the linear programme, and the check in other futures."""
    best = chosen.whole or chosen.linear
    check = programme.checked(chosen)
    return {
        "share_left": chosen.share,
        "levers": _sizes(programme, best.units),
        "spending_musd": tidy(best.spending),
        "bound_musd": tidy(chosen.linear.least),
        "rounding_gap": tidy(max(0.0, best.spending / max(chosen.linear.least, 1e-9) - 1.0)),
        "inside": {"spending_musd": tidy(check.inside[0]), "worst_musd": tidy(check.inside[1])},
        "outside": {"spending_musd": tidy(check.outside[0]), "worst_musd": tidy(check.outside[1])},
        "gap": {
            "bound_musd": tidy(check.bound),
            "reached_musd": tidy(check.reached),
            "gap_musd": tidy(check.reached - check.bound),
            "noise_musd": tidy(check.noise),
        },
    }


def _frontier(programme: Programme, one: Portfolio) -> dict[str, Any]:
    best = one.whole or one.linear
    return {
        "share_left": one.share,
        "spending_musd": tidy(best.spending),
        "bound_musd": tidy(one.linear.least),
        "worst_musd": tidy(best.risk),
        "mean_musd": tidy(float(best.damage.mean())),
        "levers": _sizes(programme, best.units),
    }


def _policy(programme: Programme, frontier: Sequence[Portfolio]) -> list[dict[str, Any]]:
    """Return the weeks of each material to hold, by the share of damage that is left."""
    rows = []
    for j, lever in enumerate(programme.levers):
        if lever.unit == "week":
            weeks = {f"{one.share:g}": tidy(float((one.whole or one.linear).units[j])) for one in frontier}
            held = tidy(float(np.median(programme.case.held[lever.at])))
            rows.append(
                {"key": programme.case.keys[lever.at], "name": lever.name, "held": held, "weeks": weeks}
            )
    return rows


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": one.title,
        "spending_musd": tidy(one.spending),
        "damage_mean_musd": tidy(one.mean),
        "damage_worst_musd": tidy(one.risk),
        "regret_mean_musd": tidy(one.regret_mean),
        "regret_most_musd": tidy(one.regret_most),
        "avoided": {key: tidy(share) for key, share in one.avoided.items()},
        "fails_under": list(one.fails),
        "without_effect_here": list(one.idle),
    }


def _announced(plan: str, lever: str, target: str, row: FactRow) -> dict[str, Any]:
    return {
        "plan": plan, "lever": lever, "target": target, "amount": row.central, "unit": row.unit,
        "date": row.date, "source": row.source, "url": row.url, "grade": row.grade, "note": row.note,
    }  # fmt: skip


def stocked(programme: Programme, chosen: Portfolio, materials: Sequence[str]) -> dict[str, float]:
    """Return the stocks of a portfolio by material of the network, weeks of what is held back."""
    best = chosen.whole or chosen.linear
    weeks = {
        programme.case.keys[lever.at]: float(best.units[j])
        for j, lever in enumerate(programme.levers)
        if lever.unit == "week"
    }
    return {m: weeks[group_of(m)] for m in materials if weeks.get(group_of(m), 0.0) > _LEAST}
