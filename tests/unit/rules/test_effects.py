"""Precedence of effects."""

from __future__ import annotations

from dearth.rules.effects import EFFECTS, severity, strictest


def test_precedence_is_the_documented_one() -> None:
    order = "PROHIBIT DENY CBC LIC LIC_QUOTA LIC_ORD EXEMPT_REPORT COMPLY DUTY INFO NLR"
    assert list(EFFECTS) == order.split()
    gates = [name for name in EFFECTS if name != "COMPLY"]
    assert sorted(gates, key=severity, reverse=True) == gates


def test_duties_of_conduct_never_decide() -> None:
    assert strictest(["COMPLY"]) == "NLR"
    assert strictest(["COMPLY", "DUTY", "INFO"]) == "DUTY"
    assert strictest([]) == "NLR"
    assert severity("COMPLY") == severity("NLR")
