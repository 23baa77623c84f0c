"""Parties of a recorded case screened again, so that a notice that came later is seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

from dearth.rules.conditions import FactValue

if TYPE_CHECKING:
    from dearth.rules.parties import Parties

__all__ = ["LISTED", "rescreened"]

# list -> the fact that says whether a party of the deal is on it
LISTED: Final = {"control": "user.cn_control_list", "watch": "user.cn_watch_list"}


def rescreened(
    facts: Mapping[str, FactValue],
    names: Sequence[str],
    screened: Collection[str],
    day: date,
    lists: Parties,
) -> dict[str, FactValue]:
    """Return facts with those on lists as they stand on a day.

    Parameters
    ----------
    names
        Of the parties, as they were recorded.
    screened
        Facts that the lists gave when the case was recorded; a fact that was stated by hand stays.
    day
        A day after a list was last checked counts as the day of that check: what a later notice says is
        not known, and is no change of the record.
    """
    found = dict(facts)
    for which, fact in LISTED.items():
        if fact in facts and fact not in screened:
            continue
        on = min(day, lists.tables.lists[which].vintage)
        answers = [getattr(lists.screen(name, on), which) for name in names]
        if True in answers:
            found[fact] = True
        elif None in answers or fact not in facts:
            found.pop(fact, None)
        else:
            found[fact] = False
    return found
