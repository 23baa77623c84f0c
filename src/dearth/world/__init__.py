"""Scenario, book and rules become one frozen world of arrays."""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_SCENARIO"]

DEFAULT_SCENARIO: Final = "squeeze-2025"
"""The scenario that is meant when none is named."""
