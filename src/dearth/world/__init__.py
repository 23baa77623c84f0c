"""Scenario, book and rules become one frozen world of arrays."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_SCENARIO", "MOST_AT_ONCE"]

DEFAULT_SCENARIO: Final = "squeeze-2025"
"""The scenario that is meant when none is named."""

MOST_AT_ONCE: Final = 10_000
"""Draws of an ensemble that is held in memory as a whole."""
