"""Sums that do not close: a change told beside its two ends, and not the one between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dearth.articles.statement import Figure, Statement
from dearth.measures.claim_compare import change_relation, relation_of

__all__ = ["ends_alone", "told_beside_its_ends"]

_MULTIPLE: Final = 0.12  # a multiple in words is rounded


def told_beside_its_ends(statement: Statement) -> str:
    """Return what the two ends give where it is far from the change that is told, ``""`` where it closes."""
    start, end = statement.figure("from"), statement.figure("to")
    told = statement.figure("change") or statement.figure("value")
    if start is None or end is None or told is None or start.middle <= 0.0:
        return ""
    ratio = end.middle / start.middle
    if told.unit == "1":
        figure = replace(told, step=max(told.step, _MULTIPLE * told.middle))
        return "" if relation_of(figure, ratio, ratio) != "far" else f"{ratio:.3g} times"
    if told.unit != "%":
        return ""
    change = abs(100.0 * (ratio - 1.0))
    return "" if change_relation(told, change, change) != "far" else f"{100.0 * (ratio - 1.0):+.3g} %"


def ends_alone(statement: Statement) -> Statement:
    """Return the statement of the two ends, without the change that is told beside them."""
    kept: tuple[Figure, ...] = tuple(one for one in statement.figures if one.role in ("from", "to"))
    return replace(statement, figures=kept, kind="change")
