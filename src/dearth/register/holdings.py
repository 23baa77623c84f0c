"""What the rows amount to: licences held and drawn down, applications pending, and what to warn of.

A draw-down that breaks a licence is recorded like any other, for it happened; the row and the balance say
what is wrong with it.  Sums are exact in decimals, so ten times 0.1 kg empties a licence of 1 kg.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar
from unicodedata import normalize

from dearth.errors import Fault, InputError, did_you_mean
from dearth.register.chain import Row
from dearth.units import UNITS

__all__ = ["Application", "Holdings", "Licence", "holdings", "warnings_of"]

_Held = TypeVar("_Held")
_PHASE: Final = "Writing to the register"


@dataclass(slots=True)
class Licence:
    """A licence held: its terms, and what was drawn from it, in its own unit (None: no limit stated)."""

    row: int
    number: str
    item: str
    issued: str
    expires: str
    consignees: tuple[str, ...]
    quantity: Decimal | None
    unit: str | None
    type: str = ""
    drawn: Decimal = Decimal(0)
    last_drawn: str | None = None
    references: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> Decimal | None:
        """Quantity that is left, negative when overdrawn; None when no quantity is stated."""
        return None if self.quantity is None else self.quantity - self.drawn

    def state(self, on: str) -> str:
        """Return ``not yet``, ``live`` or ``expired`` on a day."""
        if on < self.issued:
            return "not yet"
        return "live" if on <= self.expires else "expired"

    def to_dict(self, on: str, warn_days: int | None = None) -> dict[str, Any]:
        """Return the licence on a day as plain JSON, with its warnings."""
        return {
            "row": self.row,
            "number": self.number,
            "item": self.item,
            "type": self.type,
            "consignees": list(self.consignees),
            "issued": self.issued,
            "expires": self.expires,
            "state": self.state(on),
            "days_left": (date.fromisoformat(self.expires) - date.fromisoformat(on)).days,
            "quantity": _number(self.quantity),
            "drawn": _number(self.drawn),
            "left": _number(self.left),
            "unit": self.unit,
            "warnings": list(self._warnings(on, warn_days)),
        }

    def _warnings(self, on: str, warn_days: int | None) -> Iterator[str]:
        left = self.left
        if left is not None and left < 0:
            yield f"overdrawn by {_plain(-left)} {self.unit}"
        if left == 0:
            yield "nothing is left"
        if self.state(on) == "expired":
            rest = f", {_plain(left)} {self.unit} unused" if left is not None and left > 0 else ""
            yield f"expired on {self.expires}{rest}"
        days = (date.fromisoformat(self.expires) - date.fromisoformat(on)).days
        if warn_days is not None and 0 <= days <= warn_days:
            yield f"expires in {days} days"


@dataclass(slots=True)
class Application:
    """An application: what was asked for, and what of it is decided, in its own unit."""

    row: int
    number: str
    item: str
    filed: str
    quantity: Decimal | None
    unit: str | None
    consignees: tuple[str, ...] = ()
    granted: Decimal = Decimal(0)
    closed: str = ""  # the result that ended it

    @property
    def pending(self) -> Decimal | None:
        """Quantity that is not decided; None when none was stated."""
        if self.quantity is None:
            return None
        return Decimal(0) if self.closed else max(self.quantity - self.granted, Decimal(0))

    def to_dict(self, on: str, warn_days: int | None = None) -> dict[str, Any]:
        """Return the application on a day as plain JSON, with its warnings."""
        waiting = (date.fromisoformat(on) - date.fromisoformat(self.filed)).days
        late = warn_days is not None and not self.closed and waiting > warn_days
        return {
            "row": self.row,
            "number": self.number,
            "item": self.item,
            "consignees": list(self.consignees),
            "filed": self.filed,
            "state": self.closed or "pending",
            "days_waiting": None if self.closed else waiting,
            "quantity": _number(self.quantity),
            "granted": _number(self.granted),
            "pending": _number(self.pending),
            "unit": self.unit,
            "warnings": [f"pending for {waiting} days"] if late else [],
        }


@dataclass(frozen=True, slots=True)
class Holdings:
    """Licences and applications by number, as the rows up to a day leave them."""

    licences: dict[str, Licence]
    applications: dict[str, Application]

    def to_dict(self, on: str, warn_days: int | None = None, late_days: int | None = None) -> dict[str, Any]:
        """Return both as plain JSON on a day.

        Parameters
        ----------
        on
            ISO date.
        warn_days
            Warn of a licence that expires within so many calendar days; None for no such warning.
        late_days
            Warn of an application that waits for more calendar days; None for no such warning.
        """
        return {
            "on": on,
            "licences": [one.to_dict(on, warn_days) for one in self.licences.values()],
            "applications": [one.to_dict(on, late_days) for one in self.applications.values()],
        }


def holdings(rows: Iterable[Row], on: str | None = None) -> Holdings:
    """Return what rows amount to; rows dated after `on` (an ISO date) are left out."""
    known = [row for row in rows if row.kind in _APPLY]
    gone = {int(row.record["row"]) for row in known if row.kind == "void"}
    found = Holdings({}, {})
    for row in sorted(
        known, key=lambda row: row.kind not in _HELD
    ):  # voided and entered anew, it stands later
        if row.number not in gone and (on is None or row.day <= on):
            _APPLY[row.kind](found, row, row.record)
    return found


def warnings_of(record: Mapping[str, Any], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return what to warn of when `record` is written after `rows`, which hold no determinations.

    Raises
    ------
    InputError
        The record names a licence, an application or a row that the rows do not hold, or uses a number twice.
    """
    kind = record["kind"]
    known = tuple(rows) if kind in _APPLY else ()
    if kind == "void":
        return tuple(_tell_void(record, holdings(known), known))
    return tuple(_TELL[kind](record, holdings(known))) if kind in _TELL else ()


def _apply_licence(found: Holdings, row: Row, record: Mapping[str, Any]) -> None:
    quantity = record.get("quantity")
    found.licences[record["number"]] = Licence(
        row=row.number,
        number=record["number"],
        item=record["item"],
        issued=record["issued"],
        expires=record["expires"],
        consignees=tuple(record["consignees"]),
        quantity=None if quantity is None else _exact(quantity),
        unit=record.get("unit"),
        type=record.get("type") or "",
    )


def _apply_application(found: Holdings, row: Row, record: Mapping[str, Any]) -> None:
    quantity = record.get("quantity")
    found.applications[record["number"]] = Application(
        row=row.number,
        number=record["number"],
        item=record["item"],
        filed=record["filed"],
        quantity=None if quantity is None else _exact(quantity),
        unit=record.get("unit"),
        consignees=tuple(record.get("consignees") or ()),
    )


def _apply_drawdown(found: Holdings, row: Row, record: Mapping[str, Any]) -> None:
    licence = found.licences.get(record["licence"])
    if licence is None:  # its licence was voided later
        return
    licence.unit = licence.unit or record["unit"]
    licence.drawn += _in_unit(record, licence.unit)
    licence.last_drawn = max(licence.last_drawn or row.day, row.day)
    if record.get("reference"):
        licence.references[record["reference"]] = row.number


def _apply_outcome(found: Holdings, _row: Row, record: Mapping[str, Any]) -> None:
    asked = found.applications.get(record["application"])
    if asked is None:
        return
    if record["result"] != "granted":
        asked.closed = record["result"]
        return
    if record.get("quantity") is not None:
        asked.unit = asked.unit or record["unit"]
        asked.granted += _in_unit(record, asked.unit)
    if record.get("quantity") is None or asked.quantity is None or asked.granted >= asked.quantity:
        asked.closed = "granted"


def _apply_void(_found: Holdings, _row: Row, _record: Mapping[str, Any]) -> None:
    """Do nothing: what a void takes away was left out before."""


def _tell_licence(record: Mapping[str, Any], found: Holdings) -> Iterator[str]:
    _refuse_second(record, found.licences, "licence")
    yield from ()


def _tell_application(record: Mapping[str, Any], found: Holdings) -> Iterator[str]:
    _refuse_second(record, found.applications, "application")
    yield from ()


def _tell_drawdown(record: Mapping[str, Any], found: Holdings) -> Iterator[str]:
    licence = _named(record["licence"], found.licences, "licence")
    day, amount = record["day"], _in_unit(record, licence.unit)
    if day > licence.expires:
        yield f"licence {licence.number} expired on {licence.expires}, before {day}"
    if day < licence.issued:
        yield f"licence {licence.number} was issued on {licence.issued}, after {day}"
    left = licence.left
    if left is not None and amount > left:
        yield f"over quantity: {_plain(amount)} {licence.unit} drawn, {_plain(left)} {licence.unit} left"
    if _same(record["consignee"]) not in map(_same, licence.consignees):
        named = ", ".join(licence.consignees[:5])
        yield f"consignee {record['consignee']!r} is not on licence {licence.number}, which names {named}"
    if record.get("item") and _same(record["item"]) != _same(licence.item):
        yield f"item {record['item']!r} is not the item of licence {licence.number}, {licence.item!r}"
    earlier = licence.references.get(record.get("reference") or "")
    if earlier is not None:
        yield f"reference {record['reference']!r} was drawn down before, in row {earlier}"


def _tell_outcome(record: Mapping[str, Any], found: Holdings) -> Iterator[str]:
    asked = _named(record["application"], found.applications, "application")
    if record.get("licence"):
        _named(record["licence"], found.licences, "licence")
    if asked.closed:
        yield f"application {asked.number} was {asked.closed} before"
    if record["day"] < asked.filed:
        yield f"application {asked.number} was filed on {asked.filed}, after {record['day']}"
    if record.get("quantity") is None:
        return
    amount, pending = _in_unit(record, asked.unit), asked.pending
    if pending is not None and amount > pending:
        left = f"{_plain(pending)} {asked.unit} pending"
        yield f"more than pending: {_plain(amount)} {asked.unit} decided, {left}"


def _tell_void(record: Mapping[str, Any], found: Holdings, rows: tuple[Row, ...]) -> Iterator[str]:
    number = record["row"]
    row = next((row for row in rows if row.number == number and row.kind != "void"), None)
    if row is None:
        cure = "only a licence, application, outcome or drawdown can be voided"
        raise InputError(_PHASE, Fault(f"there is no such entry in row {number}", "void: row", cure=cure))
    if any(other.kind == "void" and other.record["row"] == number for other in rows):
        raise InputError(_PHASE, Fault(f"row {number} was voided before", "void: row"))
    licence = found.licences.get(row.record.get("number", "")) if row.kind == "licence" else None
    if licence is not None and licence.drawn:
        yield (
            f"licence {licence.number} had {_plain(licence.drawn)} {licence.unit or ''}".rstrip()
            + " drawn down"
        )


def _refuse_second(record: Mapping[str, Any], known: Mapping[str, Licence | Application], kind: str) -> None:
    earlier = known.get(record["number"])
    if earlier is not None:
        what = f"{record['number']!r:.80} is in the register, row {earlier.row}"
        raise InputError(_PHASE, Fault(what, f"{kind}: number", cure="void that row if it is wrong"))


def _named(name: str, known: Mapping[str, _Held], kind: str) -> _Held:
    if name in known:
        return known[name]
    cure = did_you_mean(name, list(known)) if known else f"enter the {kind} first"
    raise InputError(_PHASE, Fault(f"there is no {kind} {name!r:.80} in the register", kind, cure=cure))


def _in_unit(record: Mapping[str, Any], unit: str | None) -> Decimal:
    """Return the quantity of a record in a unit, exactly; as it is when there is no unit to turn it into."""
    given, amount = record["unit"], _exact(record["quantity"])
    if unit is None or given == unit:
        return amount
    if UNITS[given][0] != UNITS[unit][0]:
        what = f"{given!r} cannot be turned into {unit!r}"
        raise InputError(_PHASE, Fault(what, f"{record.get('kind', 'row')}: unit", cure=f"give it in {unit}"))
    return amount * Decimal(repr(UNITS[given][1])) / Decimal(repr(UNITS[unit][1]))


def _exact(value: float) -> Decimal:
    return Decimal(repr(value))


def _number(value: Decimal | None) -> float | int | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _same(name: str) -> str:
    """Return a name without differences of width, case and spacing; nothing else is taken as the same."""
    return " ".join(normalize("NFKC", name).casefold().split())


_Apply = Callable[[Holdings, Row, Mapping[str, Any]], None]
_Tell = Callable[[Mapping[str, Any], Holdings], Iterator[str]]
_APPLY: Final[Mapping[str, _Apply]] = {
    "licence": _apply_licence,
    "application": _apply_application,
    "drawdown": _apply_drawdown,
    "outcome": _apply_outcome,
    "void": _apply_void,
}
_HELD: Final = ("licence", "application")
_TELL: Final[Mapping[str, _Tell]] = {
    "licence": _tell_licence,
    "application": _tell_application,
    "drawdown": _tell_drawdown,
    "outcome": _tell_outcome,
}
