"""Recorded determinations decided again: under the rules of their date, of another day, or of a new rule set.

The register knows no rules.  Whoever replays brings a function from a case and a day to an answer, which is
``Determination.to_dict()`` of the rules; what is compared are the fields named in :data:`COMPARED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from dearth.errors import Fault, InputError
from dearth.register.chain import Row

__all__ = ["COMPARED", "Change", "Decide", "Replay", "changes", "replay"]

COMPARED: Final = ("determination", "worst_case", "if_reactivated", "disputed", "deciding", "codes")
Decide = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""From the recorded case and an ISO date to an answer under the rules of that day."""


@dataclass(frozen=True, slots=True)
class Replay:
    """One recorded determination, decided again.

    Attributes
    ----------
    row, day, case
        Number of the row, its as-of date, and the id of its case.
    recorded, then, now
        What was recorded; what the rules at hand say for its own date; what they say for `on`.
    same_rules
        Whether the rule set at hand is the recorded one, by hash.
    """

    row: int
    day: str
    case: str
    on: str
    recorded: Mapping[str, Any]
    then: Mapping[str, Any]
    now: Mapping[str, Any]
    same_rules: bool

    @property
    def holds(self) -> bool:
        """Whether the record is found again under the rules of its date."""
        return not differences(self.recorded, self.then)

    @property
    def stands(self) -> bool:
        """Whether the same case has the same answer on `on`."""
        return not differences(self.recorded, self.now)

    def to_dict(self) -> dict[str, Any]:
        """Return the replay as plain JSON."""
        return {
            "row": self.row,
            "day": self.day,
            "case": self.case,
            "on": self.on,
            "same_rules": self.same_rules,
            "holds": self.holds,
            "stands": self.stands,
            "differences_then": differences(self.recorded, self.then),
            "differences_now": differences(self.recorded, self.now),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded determination that would be another one now, and whether dates or data made it so.

    Attributes
    ----------
    by_date
        What differs between the rules of `since` and those of `on`, both from the rule set at hand.
    by_data
        What differs between the record and the rule set at hand on the record's own date: the rule set
        was corrected or completed since.
    """

    row: int
    day: str
    case: str
    recorded: Mapping[str, Any]
    now: Mapping[str, Any]
    by_date: Mapping[str, tuple[Any, Any]]
    by_data: Mapping[str, tuple[Any, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the change as plain JSON."""
        return {
            "row": self.row,
            "day": self.day,
            "case": self.case,
            "recorded": _shown(self.recorded),
            "now": _shown(self.now),
            "by_date": {name: list(pair) for name, pair in self.by_date.items()},
            "by_data": {name: list(pair) for name, pair in self.by_data.items()},
        }


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the compared fields in which two answers differ, as (was, is); order in lists never counts."""
    fields = {name: (was.get(name), now.get(name)) for name in COMPARED if name in was or name in now}
    return {name: pair for name, pair in fields.items() if _plain(pair[0]) != _plain(pair[1])}


def replay(row: Row, decide: Decide, on: str, rules_sha256: str) -> Replay:
    """Return a determination decided again under the rules of its date and of `on`.

    Raises
    ------
    InputError
        The row holds no determination.
    """
    record = _determination(row)
    case = record["case"]
    return Replay(
        row.number,
        row.day,
        _name(case),
        on,
        record["answer"],
        decide(case, row.day),
        decide(case, on),
        record["rules"].get("sha256") == rules_sha256,
    )


def changes(rows: Iterable[Row], decide: Decide, since: str, on: str) -> tuple[Change, ...]:
    """Return the recorded determinations that would be others under the rules at hand.

    Parameters
    ----------
    rows
        Of the register; rows of other kinds are passed over.
    decide
        Answers under the rule set at hand.
    since, on
        ISO dates: rules that begin, end, are suspended or come back between the two are what changed
        "by date".
    """
    found = (_change(row, decide, since, on) for row in rows if row.kind == "determination")
    return tuple(change for change in found if change is not None)


def _change(row: Row, decide: Decide, since: str, on: str) -> Change | None:
    record = _determination(row)
    case, recorded = record["case"], record["answer"]
    now = decide(case, on)
    by_date = differences(decide(case, since), now)
    by_data = differences(recorded, decide(case, row.day))
    if not by_date and not by_data:
        return None
    return Change(row.number, row.day, _name(case), recorded, now, by_date, by_data)


def _determination(row: Row) -> dict[str, Any]:
    if row.kind != "determination":
        fault = Fault(f"is a {row.kind}, not a determination", f"row {row.number}")
        raise InputError("Replaying the register", fault)
    return row.record


def _name(case: Mapping[str, Any]) -> str:
    return str(case.get("id") or "")


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in COMPARED if name in answer}


def _plain(value: Any) -> Any:
    """Return a value in which lists compare without order, and tuples are lists."""
    if isinstance(value, list | tuple):
        return sorted((_plain(one) for one in value), key=repr)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value
