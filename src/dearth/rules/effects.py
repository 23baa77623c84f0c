"""What a rule does to a shipment, strictest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

__all__ = ["EFFECTS", "NO_RULE", "Effect", "severity", "strictest"]

Effect = Literal[
    "PROHIBIT", "DENY", "CBC", "LIC", "LIC_QUOTA", "LIC_ORD", "EXEMPT_REPORT", "COMPLY", "DUTY", "INFO", "NLR"
]
NO_RULE: Final = "NLR"

# effect -> what it means, in words; the order is the precedence
EFFECTS: Final[dict[str, str]] = {
    "PROHIBIT": "forbidden; only an application for an exceptional case is open",
    "DENY": "a licence is needed, and the rule says that it is in principle refused",
    "CBC": "a licence is needed, and is decided case by case",
    "LIC": "a licence of the dual-use regime (or of the law named) is needed",
    "LIC_QUOTA": "an export quota licence is needed",
    "LIC_ORD": "an ordinary export licence, on the export contract, is needed",
    "EXEMPT_REPORT": "exempt from the licence, with a report within a deadline",
    "COMPLY": "a duty of conduct",
    "DUTY": "a customs duty is due",
    "INFO": "a signal or a benchmark; no gate",
    "NLR": "no rule hit on these facts",
}
_RANK: Final = {name: len(EFFECTS) - place for place, name in enumerate(EFFECTS)}


def severity(effect: str) -> int:
    """Return the rank of an effect, higher if stricter; a duty of conduct ranks with no rule at all."""
    return _RANK[NO_RULE] if effect == "COMPLY" else _RANK[effect]


def strictest(effects: Iterable[str]) -> str:
    """Return the strictest of some effects, ``NLR`` of none; duties of conduct never decide."""
    gates = [effect for effect in effects if effect != "COMPLY"]
    return max(gates, key=severity, default=NO_RULE)
