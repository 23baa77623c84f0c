"""The closed list of units, and conversion inside a dimension."""

from __future__ import annotations

from math import pi
from typing import Final

from dearth.errors import Fault, UnitError, did_you_mean

__all__ = ["UNITS", "convert", "dimension_of"]

# unit -> (dimension, factor to the dimension's base unit)
UNITS: Final[dict[str, tuple[str, float]]] = {
    "1": ("number", 1.0),
    "%": ("number", 0.01),
    "count": ("count", 1.0),
    "kg": ("mass", 1e-3),
    "g": ("mass", 1e-6),
    "t": ("mass", 1.0),
    "kt": ("mass", 1e3),
    "t REO": ("mass REO", 1.0),
    "t magnet": ("mass magnet", 1.0),
    "t/y": ("mass flow", 1.0),
    "kg/y": ("mass flow", 1e-3),
    "kt/y": ("mass flow", 1e3),
    "t/month": ("mass flow", 12.0),
    "kg/month": ("mass flow", 12e-3),
    "t REO/y": ("mass flow REO", 1.0),
    "t magnet/y": ("mass flow magnet", 1.0),
    "t/t": ("mass ratio", 1.0),
    "kg/kg": ("mass ratio", 1.0),
    "wt%": ("mass ratio", 0.01),
    "kg/unit": ("mass per unit", 1.0),
    "g/unit": ("mass per unit", 1e-3),
    "kg/MW": ("mass per power", 1.0),
    "GW/y": ("power added", 1.0),
    "count/y": ("count flow", 1.0),
    "million/y": ("count flow", 1e6),
    "day": ("time", 1.0 / 7.0),
    "working day": ("time", 1.0 / 5.0),
    "week": ("time", 1.0),
    "month": ("time", 365.25 / 12.0 / 7.0),
    "year": ("time", 365.25 / 7.0),
    "%/y": ("rate", 0.01),
    "1/y": ("rate", 1.0),
    "calendar year": ("calendar", 1.0),
    "USD/kg": ("price", 1.0),
    "AUD/kg": ("price AUD", 1.0),
    "CNY/kg": ("price CNY", 1.0),
    "CNY/t": ("price CNY", 1e-3),
    "CNY/USD": ("exchange rate CNY", 1.0),
    "INR/kg": ("price INR", 1.0),
    "USD/unit": ("price per unit", 1.0),
    "USD/(kg/y)": ("capital intensity", 1.0),
    "AUD/(kg/y)": ("capital intensity AUD", 1.0),
    "EUR/(kg/y)": ("capital intensity EUR", 1.0),
    "INR/(kg/y)": ("capital intensity INR", 1.0),
    "USD": ("money", 1.0),
    "MUSD": ("money", 1e6),
    "MAUD": ("money AUD", 1.0),
    "MCAD": ("money CAD", 1.0),
    "MEUR": ("money EUR", 1.0),
    "MINR": ("money INR", 1.0),
    "tesla": ("magnetic induction", 1.0),
    "kA/m": ("magnetic field", 1.0),
    "kOe": ("magnetic field", 1e3 / (4.0 * pi)),
    "MGOe": ("energy product", 1.0),
    "degC": ("temperature", 1.0),
    "mm": ("length", 1.0),
    "text": ("text", 1.0),
}


def dimension_of(unit: str) -> str:
    """Return the dimension of `unit`.

    Raises
    ------
    UnitError
        `unit` is not in the closed list.
    """
    if unit not in UNITS:
        fault = Fault(what=f"unknown unit {unit!r}", cure=did_you_mean(unit, list(UNITS)))
        raise UnitError("Reading a unit", fault)
    return UNITS[unit][0]


def convert(value: float, unit: str, to: str) -> float:
    """Return `value` of `unit` in the unit `to`.

    Raises
    ------
    UnitError
        A unit is unknown, or the two have different dimensions.
    """
    here, there = dimension_of(unit), dimension_of(to)
    if here != there:
        fault = Fault(what=f"cannot turn {unit!r} into {to!r}", why=f"{here} is not {there}")
        raise UnitError("Converting a unit", fault)
    return value * UNITS[unit][1] / UNITS[to][1]
