"""Records to write in tests."""

from __future__ import annotations

from typing import Any

SHA = "ab" * 32


def determination(number: int = 1, day: str = "2026-01-05", **more: Any) -> dict[str, Any]:
    return {
        "kind": "determination",
        "day": day,
        "case": {"id": f"case-{number}", "facts": {"item.form": "oxide", "item.elements": ["Dy"]}},
        "rules": {"sha256": SHA, "version": "2026.10.08"},
        "answer": {"determination": "LIC", "worst_case": "LIC", "codes": ["1C905.b"]},
        **more,
    }


def licence(number: str = "L-1", **more: Any) -> dict[str, Any]:
    return {
        "kind": "licence",
        "day": "2026-01-10",
        "number": number,
        "item": "Dysprosium oxide",
        "issued": "2026-01-08",
        "expires": "2026-07-07",
        "consignees": ["Beispiel Magnet GmbH"],
        "quantity": 100,
        "unit": "kg",
        **more,
    }


def drawdown(amount: float, **more: Any) -> dict[str, Any]:
    return {
        "kind": "drawdown",
        "day": "2026-02-01",
        "licence": "L-1",
        "quantity": amount,
        "unit": "kg",
        "consignee": "Beispiel Magnet GmbH",
        **more,
    }


def application(number: str = "A-1", **more: Any) -> dict[str, Any]:
    return {
        "kind": "application",
        "day": "2026-03-01",
        "number": number,
        "item": "Terbium metal",
        "filed": "2026-03-01",
        "quantity": 50,
        "unit": "kg",
        **more,
    }


def outcome(result: str = "granted", **more: Any) -> dict[str, Any]:
    return {"kind": "outcome", "day": "2026-05-01", "application": "A-1", "result": result, **more}
