"""The risk map: who can stop a line for longer than it survives, for how much, and at what spend.

A supplier on which little is spent and much hangs is *hidden*: a list by spend does not show it.

References
----------
Simchi-Levi, Schmidt, Wei (2014): From superstorms to factory fires. Harvard Business Review 92(1-2), 96-101:
exposure and spend hardly go together, and most of the exposure sits where little is spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dearth.firm.network import Firm
from dearth.firm.survive import Survival, survive

__all__ = ["Risk", "risk_map"]

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Risk:
    """One loss on the map.

    Attributes
    ----------
    loss
        How long the firm stands without it.
    gap_weeks
        Weeks for which lines stand until it is back; None: the time to recover is unknown.
    at_risk
        Margin lost in these weeks, in the firm's currency; None: unknown.
    hidden
        A supplier's site that may be away for longer than the firm survives, with spend in the lower half
        and margin at stake in a week in the upper half of all suppliers' sites of known spend.
    """

    loss: Survival
    gap_weeks: float | None
    at_risk: float | None
    hidden: bool


def risk_map(firm: Firm, materials: Mapping[str, Iterable[str]] | None = None) -> tuple[Risk, ...]:
    """Return every single loss: hidden ones first, then those of unknown money, then by money at risk.

    Parameters
    ----------
    materials
        Parts that hold each material, as :func:`dearth.firm.contents.materials_of` tells.

    Raises
    ------
    InputError
        The usual use is above a stated capacity.
    """
    losses = survive(firm, materials)
    hidden = _hidden(losses)
    found = [Risk(loss, _gap(loss), loss.at_risk, (loss.kind, loss.name) in hidden) for loss in losses]
    return tuple(sorted(found, key=_rank))


def _gap(loss: Survival) -> float | None:
    if loss.weeks is None:
        return 0.0
    return None if loss.recover_weeks is None else max(0.0, loss.recover_weeks - loss.weeks)


def _rank(risk: Risk) -> tuple[bool, bool, float, float, str]:
    """Order: hidden, then unknown money of a loss that stops lines, then by money, then by weeks."""
    weeks = risk.loss.weeks if risk.loss.weeks is not None else np.inf
    blank = risk.at_risk is None
    money = risk.loss.margin_per_week if blank else risk.at_risk
    return not risk.hidden, not blank, -(money or 0.0), weeks, f"{risk.loss.kind} {risk.loss.name}"


def _hidden(losses: Sequence[Survival]) -> set[tuple[str, str]]:
    sites = [loss for loss in losses if loss.kind == "site" and loss.spend_per_year]
    if not sites:
        return set()
    little = float(np.quantile(np.array([loss.spend_per_year for loss in sites]), _HALF))
    much = float(np.quantile(np.array([loss.margin_per_week or 0.0 for loss in sites]), _HALF))
    return {
        (loss.kind, loss.name)
        for loss in sites
        if _gap(loss) != 0.0
        and (loss.margin_per_week or 0.0) >= max(much, 1e-9)
        and (loss.spend_per_year or 0.0) <= little
    }
